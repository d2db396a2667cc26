"""`python -m tests.fuzz`: spoil letters for some time; exit status 1 when one of them broke something.

Each finding is written as a letter with its story beside it; the same seed and number make the same letter again as
long as the letters are the same.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from intake.attachments import Extractor
from intake.bootstrap import rule_book
from intake.showing import Reader
from tests.fuzz.running import Finding, case, run, smaller, sources

SAME = 3  # letters kept for one fault
TELL = 10.0  # seconds between two lines of progress


def main() -> int:
    """Run until the time is over, or one case again."""
    wanted = _arguments()
    seed = wanted.seed if wanted.seed is not None else secrets.randbelow(1_000_000)
    letters, counts = sources(), Counter[str]()
    _say(f"seed {seed}, {len(letters)} letters to spoil")
    slowest, number, start, told = (0.0, ""), 0, time.monotonic(), 0.0
    with Extractor() as extractor:
        reader = Reader(rule_book(), extractor, frozenset({"info@sferum.ru"}))
        for number in _numbers(wanted, start):
            raw, ways = case(letters, seed, number)
            outcome = run(reader, f"{seed}-{number}", raw, ways)
            slowest = max(slowest, (outcome.seconds, f"{seed}-{number} ({', '.join(ways)}; {len(raw)} bytes)"))
            if outcome.finding:
                counts[outcome.finding.what] += 1
                if counts[outcome.finding.what] <= SAME:
                    _keep(outcome.finding, smaller(reader, outcome.finding), wanted.into)
            if wanted.case is not None:
                _keep_as(wanted.into, f"{seed}-{number}", raw)
            if time.monotonic() - start > told + TELL:
                told = time.monotonic() - start
                _say(f"{told:.0f} s: {number + 1} letters, {sum(counts.values())} findings")
    seconds = time.monotonic() - start
    done = 1 if wanted.case is not None else number + 1
    _say(f"{done} letters in {seconds:.0f} s: {done / seconds:.1f} a second; slowest {slowest[0]:.2f} s: {slowest[1]}")
    for what, times in counts.most_common():
        _say(f"{times} x {what}")
    _say(f"findings are in {wanted.into}" if counts else "nothing broke")
    return 1 if counts else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Spoil letters at random and read them.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="the run to repeat (default: a fresh one, which is printed)")
    parser.add_argument(
        "--case", type=int, metavar="N", help="only that letter of the seed; it is written to the folder"
    )
    parser.add_argument("--into", type=Path, default=Path("var/fuzz"), help="folder of findings (default: %(default)s)")
    return parser.parse_args()


def _numbers(wanted: argparse.Namespace, start: float) -> Iterator[int]:
    """The one case that is wanted; else 0, 1, 2 … until the time is over."""
    if wanted.case is not None:
        yield wanted.case
        return
    for number in count():
        yield number
        if time.monotonic() > start + wanted.seconds:
            return


def _keep(whole: Finding, small: Finding, folder: Path) -> None:
    _keep_as(folder, whole.case, whole.raw)
    if small.raw != whole.raw:
        _keep_as(folder, f"{whole.case}-small", small.raw)
    story = f"case {whole.case} (seed and number)\nways {', '.join(whole.ways)}\n{whole.what}\n\n{whole.details}"
    (folder / f"{whole.case}.txt").write_text(story, encoding="utf-8", errors="backslashreplace")
    _say(f"FOUND {whole.case}: {whole.what} ({len(whole.raw)} bytes, made smaller: {len(small.raw)})")


def _keep_as(folder: Path, name: str, raw: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(raw)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
