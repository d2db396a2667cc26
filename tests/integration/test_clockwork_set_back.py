"""Jobs go on although the machine's clock is set back: they wait for a time of the day that would be an hour away."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.house import ROOT, moved_clock

PROGRAM = """
import sys, threading
from pathlib import Path
from intake.events import Events
from intake.scheduler import Clockwork, Job
runs = Path(sys.argv[1])
clock = Clockwork(Events(), threads=2)
clock.add(Job("tick", lambda: runs.write_text(str(int(runs.read_text()) + 1)), 0.3))
clock.start()
threading.Event().wait(60)
"""


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_job_goes_on_after_the_clock_was_set_back_by_an_hour(tmp_path: Path) -> None:
    clock, runs = tmp_path / "clock", tmp_path / "runs"
    clock.write_text("@2026-11-11 12:00:00\n", encoding="utf-8")
    runs.write_text("0", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(runs)], cwd=ROOT, env=os.environ | moved_clock(str(clock))
    )

    def count() -> int:
        return int(runs.read_text(encoding="utf-8") or 0)

    try:
        assert _until(lambda: count() >= 3)
        clock.write_text("@2026-11-11 11:00:00\n", encoding="utf-8")
        before = count()
        assert _until(lambda: count() >= before + 5)
    finally:
        process.terminate()
        process.wait(10)
