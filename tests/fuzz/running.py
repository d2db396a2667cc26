"""One spoilt letter through parsing, reading and judging, as `intake read` does it; what goes wrong is a `Finding`."""

import json
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import FrameType

from intake.bootstrap import SAMPLES
from intake.rereading import held_back
from intake.showing import Reader, Shown, as_json, as_text
from tests.fuzz.spoiling import spoilt

LETTERS = Path(__file__).resolve().parents[1] / "letters"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SLOW = 2.0  # seconds for one letter
_TRIES = 3  # of a letter that was slow
_STUCK = 30.0  # seconds after which a letter is interrupted
_SHRINKING = 20.0  # seconds spent on making a letter smaller


class Stuck(BaseException):
    """A letter is still not read; no `except Exception` on the way may swallow this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A letter that broke something: `what` tells one fault from another, `details` is for the one who mends it."""

    case: str
    ways: tuple[str, ...]
    raw: bytes
    what: str
    details: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One letter's run; `seconds` of the processor here, or of waiting for the reader of files, whichever are more."""

    seconds: float
    finding: Finding | None = None


def sources() -> list[bytes]:
    """The letters to spoil: the tests' and the sandbox's, without those that are held back."""
    paths = [*LETTERS.rglob("*.eml"), *SAMPLES.glob("*.eml")]
    return [path.read_bytes() for path in sorted(paths) if not held_back(path)]


def case(letters: list[bytes], seed: int, number: int) -> tuple[bytes, tuple[str, ...]]:
    """The spoilt letter of one case; it depends on the letters, the seed and the number alone."""
    return spoilt(letters, Random(f"{seed}-{number}"))


def run(reader: Reader, name: str, raw: bytes, ways: tuple[str, ...] = ()) -> Outcome:
    """Read one letter. Slow is what is slow each time: other work on the machine is no fault of the letter."""
    outcome = _once(reader, name, raw, ways)
    for _again in range(_TRIES - 1):
        if outcome.finding is None or outcome.finding.what != "slow":
            break
        outcome = min(outcome, _once(reader, name, raw, ways), key=lambda one: one.seconds)
    return outcome


def _once(reader: Reader, name: str, raw: bytes, ways: tuple[str, ...]) -> Outcome:
    start = (time.perf_counter(), time.process_time())
    try:
        with _alarm():
            fault = _unsound(_read(reader, raw))
    except (Exception, Stuck) as error:  # noqa: BLE001 - any exception at all is what is looked for
        what = "slow" if isinstance(error, Stuck) else f"{type(error).__name__} in {_place(error)}"
        details = "".join(traceback.format_exception(error))
        return Outcome(_spent(start), Finding(name, ways, raw, what, details))
    seconds = _spent(start)
    if seconds > SLOW:
        return Outcome(seconds, Finding(name, ways, raw, "slow", f"{seconds:.2f} s for {len(raw)} bytes\n"))
    return Outcome(seconds, Finding(name, ways, raw, fault, fault + "\n") if fault else None)


def _spent(start: tuple[float, float]) -> float:
    here = time.process_time() - start[1]
    return max(here, time.perf_counter() - start[0] - here)


def _read(reader: Reader, raw: bytes) -> Shown:
    shown = reader.read("spoilt.eml", raw, NOW)
    json.dumps(as_json(shown), ensure_ascii=False).encode()
    as_text(shown).encode()
    return shown


def _unsound(shown: Shown) -> str:
    """What does not hold although nothing was raised: a value without status, a source that lies outside its part."""
    for application in shown.reading.applications:
        for name, value in application.items():
            if value.usable is not bool(value.value):
                return f"unsound: {name.value} is {value.status.value} with value {value.value!r}"
            part = shown.message.part(value.source.part) if value.source else None
            if value.source and (part is None or not 0 <= value.source.start <= value.source.end <= len(part.text)):
                return f"unsound: the source of {name.value} lies outside the letter"
    return ""


def _place(error: BaseException) -> str:
    """The last line of our own code on the way to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        one
        for one in frames
        if {"intake", "rules"} & set(Path(one.filename).parts) and "site-packages" not in one.filename
    ]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).parent.name}/{Path(last.filename).name}:{last.lineno}"


@contextmanager
def _alarm() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Stuck

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, _STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def smaller(reader: Reader, finding: Finding, clock: Callable[[], float] = time.monotonic) -> Finding:
    """The same fault with as little of the letter as some seconds of trying leave; a slow letter stays as it is."""
    if finding.what == "slow":
        return finding
    raw, stop, size = finding.raw, clock() + _SHRINKING, len(finding.raw) // 2
    while size and clock() < stop:
        at, kept = 0, len(raw)
        while at < len(raw) and clock() < stop:
            tried = raw[:at] + raw[at + size :]
            found = _once(reader, finding.case, tried, ()).finding
            if found and found.what == finding.what:
                raw = tried
            else:
                at += size
        size = min(size, len(raw)) if len(raw) < kept and size < len(raw) else size // 2
    return replace(finding, raw=raw)
