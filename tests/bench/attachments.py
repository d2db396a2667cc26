"""How long the worker takes over one file of each large kind, and how much memory: `python -m tests.bench.attachments`.

The files are made here: a Word table of 5,400 cells, a workbook of 11,400, ten dense pages of PDF with a ruled table.
The process is started once; the figure is the best of a few tries. The aim: 150 ms and 120 MB.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from intake.attachments import Extractor
from rules.message import Attachment
from tests.unit.attachments.making import docx, pdf, word_table, xlsx, xlsx_row

TRIES = 5
WORDS = [
    "Муниципальное",
    "бюджетное",
    "общеобразовательное",
    "учреждение",
    "школа",
    "имени",
    "Иванова",
    "8912",
    "1234567",
    "Омская",
    "область",
]


def files() -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file."""
    dice = random.Random(5)

    def words(many: int) -> str:
        return " ".join(dice.choice(WORDS) for _ in range(many))

    look = '<w:rFonts w:ascii="Times"/><w:sz w:val="24"/><w:lang w:val="ru-RU"/>'
    table = word_table([[words(2) for _ in range(6)] for _ in range(900)]).replace("<w:rPr>", f"<w:rPr>{look}")
    yield "5,400 cells.docx", docx(table)
    numbers = (
        xlsx_row(row, words(3), 89121234567.0 + row, words(2), dice.random(), words(2), words(1))
        for row in range(1, 1901)
    )
    yield "11,400 cells.xlsx", xlsx({"Лист": "".join(numbers)})
    lines = [(x, y, words(3)[:24]) for y in range(812, 30, -12) for x in (32, 172, 312, 452)]
    ruled = [(30, y, 590, y) for y in range(822, 20, -12)] + [(x, 30, x, 822) for x in (30, 170, 310, 450, 590)]
    yield "10 dense pages.pdf", pdf(lines, pages=10, ruled=ruled)


def main() -> None:
    """Print one line for each file."""
    with Extractor() as extractor:
        for name, content in files():
            best = min(_timed(extractor, name, content) for _ in range(TRIES))
            kilobytes = _peak(extractor)
            print(f"{name:22} {len(content) / 1000:6.0f} kB {1000 * best:6.0f} ms  peak {kilobytes / 1000:4.0f} MB")


def _timed(extractor: Extractor, name: str, content: bytes) -> float:
    start = time.perf_counter()
    extractor.texts([(Attachment(name, "", len(content), ""), content)])
    return time.perf_counter() - start


def _peak(extractor: Extractor) -> int:
    """The most memory that the process held so far, in kB."""
    process = extractor._process
    if process is None:
        return 0
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    main()
