"""`python -m tests.bench.reading`: what parsing and reading cost, beside mail-parser's own parsing, all in one run.

The median test letter, an HTML letter of 60 kB, the worst of the hostile letters, and the memory of a process that
reads. The letters are taken in turn, so that no small cache answers for the letter it has just seen.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mailparser

from intake.bootstrap import rule_book
from intake.parsing import parse
from intake.reading import read
from rules.message import Message
from tests.bench.hostile import shapes
from tests.bench.letters import LETTERS

OURS = frozenset({"info@sferum.ru"})
ROUNDS = 7
MEMORY = 120  # MB a reader may take
_FIELDS = (
    ("Полное наименование", "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № {n}»"),
    ("Сокращённое наименование", "МБОУ СШ № {n}"),
    ("Населённый пункт", "г. Казань"),
    ("Субъект РФ", "Республика Татарстан"),
    ("ФИО администратора", "Иванова Мария Петровна"),
    ("Телефон", "8 917 123-45-67"),
    ("Почта", "school{n}@mail.example"),
)
_ROW = (
    "<tr style='height:15pt'><td style='border:1px solid #ccc;padding:4px;font-family:Arial;font-size:11pt'><b>{}</b>"
    "</td><td style='border:1px solid #ccc;padding:4px'><span style='color:#333333'>{}</span></td></tr>\n"
)


def main() -> int:
    """Print the figures; with `--memory` only read every letter and print the peak in MB."""
    book = rule_book()
    letters = [path.read_bytes() for path in sorted(LETTERS.rglob("*.eml"))]

    def parsed(raw: bytes) -> Message:
        return parse(raw, book.quotes)

    def reading(message: Message) -> object:
        return read(message, book, ours=OURS)

    if "--memory" in sys.argv:
        for raw in letters:
            reading(parsed(raw))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return 0
    steps = (("mail-parser", mailparser.parse_from_bytes), ("parse", parsed))
    for name, some in (("median letter", letters), ("HTML of 60 kB", [_html(60_000)])):
        messages = [parsed(raw) for raw in some]
        costs = {step: _median(work, some) for step, work in steps} | {"read": _median(reading, messages)}
        _print(name, costs)
    name, seconds = max(_hostile(parsed, reading), key=lambda pair: pair[1])
    print(f"hostile letters: parse and read at most {seconds:.2f} s («{name}»; bound 1)")
    peak = subprocess.run([sys.executable, "-m", "tests.bench.reading", "--memory"], capture_output=True, check=True)
    print(f"memory of a reader: {int(peak.stdout)} MB (bound {MEMORY})")
    return 0


def _print(name: str, costs: dict[str, float]) -> None:
    own = costs["mail-parser"]
    figures = ", ".join(f"{step} {cost:.2f} ms ({cost / own:.1f})" for step, cost in costs.items())
    print(f"{name}: {figures}")


def _median(work: Callable[[Any], object], some: Sequence[Any]) -> float:
    """Milliseconds: the median over letters of the best of some rounds, the letters taken in turn."""
    best = [float("inf")] * len(some)
    for _ in range(ROUNDS):
        best = [min(known, _timed(lambda one=one: work(one))) for known, one in zip(best, some, strict=True)]  # type: ignore[misc]
    return statistics.median(best) * 1000


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _hostile(parsed: Callable[[bytes], Message], reading: Callable[[Message], object]) -> Iterable[tuple[str, float]]:
    for name, raw in shapes():
        yield name, _timed(lambda raw=raw: reading(parsed(raw)))  # type: ignore[misc]


def _html(size: int) -> bytes:
    """A letter with one table of labelled values, as a word processor writes it."""
    rows: list[str] = []
    while sum(map(len, rows)) < size:
        label, value = _FIELDS[len(rows) % len(_FIELDS)]
        rows.append(_ROW.format(label, value.format(n=len(rows) // len(_FIELDS) + 1)))
    head = "From: x@school.example\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return f"{head}<html><body><table>{''.join(rows)}</table></body></html>".encode()


if __name__ == "__main__":
    sys.exit(main())
