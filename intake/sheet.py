"""A worksheet file (xlsx), written row by row: the only xlsxwriter.

Every cell is a string cell: no formula, no number, no link is ever made of what an applicant wrote.
"""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]

from rules.errors import SettingsError

MOST_ROWS = 1_048_576  # a worksheet holds no more
_LONGEST = 32_767  # UTF-16 units of one cell
_WIDTH = 28  # of a column, in characters


def write_sheet(out: BinaryIO, name: str, rows: Iterable[Sequence[str]], most: int = MOST_ROWS) -> int:
    """Write rows, the first of them headings; how many. Holds one row in memory, the rest in temporary files.

    Raises `SettingsError` when there are more rows than a worksheet holds.
    """
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    count = 0
    for row in rows:
        if count == most:
            msg = f"a worksheet holds {most} rows; export less at once with --since and --until, or choose csv"
            raise SettingsError(msg)
        if count == 0:
            sheet.set_column(0, max(0, len(row) - 1), _WIDTH)
        for place, cell in enumerate(row):
            sheet.write_string(count, place, _safe(cell), bold if count == 0 else None)
        count += 1
    book.close()
    return count


def _safe(cell: str) -> str:
    """A text that the library writes as a text: what looks like its own markup of rich text it would copy unescaped."""
    cut = cell[: _LONGEST // 2]
    return f"{cut} " if cut.startswith("<r>") and cut.endswith("</r>") else cut
