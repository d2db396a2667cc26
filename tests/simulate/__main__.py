"""`make simulate`: a day of simulated applicants against the real process, Dovecot and an SMTP sink, with a moved clock.

    APPLICANTS=300   how many (each kind in turn)
    SEED=1           the same seed is the same day
    DEFECT=…         skip_commit, double_reply or lost_letter: the simulation must fail

Prints how each kind ended against the hand-written table `expected.toml`. Exit status: 0 as expected, 1 not, 2 cannot run.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.simulate.running import simulate
from tests.simulate.world import ProcessEnded

DEFECTS = ("skip_commit", "double_reply", "lost_letter")


def main() -> int:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--applicants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--defect", choices=("", *DEFECTS), default="")
    parser.add_argument("--keep", type=Path, help="folder for settings and database (default: one that is removed)")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(143))  # servers and folder go in any case
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="simulate-") as gone:
        folder = chosen.keep or Path(gone)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            done = simulate(folder, applicants=chosen.applicants, seed=chosen.seed, defect=chosen.defect)
        except (pytest.skip.Exception, pytest.fail.Exception, ProcessEnded) as missing:
            print(missing, file=sys.stderr)  # noqa: T201 - this is a command
            return 2
    print(done.told())  # noqa: T201 - this is a command
    print(f"{chosen.applicants} applicants, seed {chosen.seed}, {time.monotonic() - began:.0f} s")  # noqa: T201
    return 0 if done.ok else 1


if __name__ == "__main__":
    sys.exit(main())
