"""Sheets (.xlsx, .xlsm, .xlsb, .xls, .ods) as tables: the only file that knows python-calamine.

calamine aborts its whole process on a sheet with one cell in the farthest corner: never call this outside the worker.
Hidden sheets, rows and columns are left out, formulas stand by their last value.
"""

import datetime as dt
import io
import math
from collections.abc import Mapping

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.hidden_cells import Hidden
from intake.attachments.paper import MOST_IN_SHEETS, Paper

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_MOST_ROWS = 20_000  # rows of a sheet that are looked at
_STILL_GOING = 200  # last rows looked at: when they hold something, the sheet goes on
_MOST_COLUMNS = 200
_EXACT = 10**15  # whole numbers up to here survive being a float


def read_spreadsheet(name: str, content: bytes, hidden: Mapping[str, Hidden] | None = None) -> Extracted:
    """The sheets of a workbook one below the other, `hidden` rows and columns (by sheet) left out.

    Raises `Refused` if it is locked or broken.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise Refused(Note.LOCKED) from None
    except (CalamineError, OSError, ValueError):
        raise Refused(Note.BROKEN) from None
    paper, note = Paper(MOST_IN_SHEETS), Note.READ
    try:
        for position, sheet in enumerate(book.sheets_metadata):
            if _is_seen(sheet):
                note = (
                    _written(paper, book.get_sheet_by_index(position), (hidden or {}).get(sheet.name, Hidden())) or note
                )
    except CalamineError:
        note = Note.BROKEN
    except Refused as refused:
        note = refused.note
    return extracted(name, paper.rendered(), note)


def _is_seen(sheet: SheetMetadata) -> bool:
    return sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet


def _written(paper: Paper, sheet: CalamineSheet, hidden: Hidden) -> Note:
    """Put the filled rows of a sheet down as one table."""
    if sheet.start is None:
        return Note.READ
    merged, covered = _merged(sheet)
    top, left = sheet.start
    unseen = frozenset(column - left for column in hidden.columns)
    last = -1
    paper.line_end()
    paper.begin_table()
    for number, row in enumerate(sheet.iter_rows()):
        if number >= _MOST_ROWS:
            paper.end_table()
            return Note.TOO_LARGE if last >= number - _STILL_GOING else Note.READ
        if number + top in hidden.rows:
            continue
        texts = [shown(value) for value in row[:_MOST_COLUMNS]]
        if unseen:
            texts = ["" if column in unseen else text for column, text in enumerate(texts)]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            last = number
            _row(paper, number, texts, merged, covered | {(number, column) for column in unseen} if unseen else covered)
    paper.end_table()
    return Note.READ


def _row(
    paper: Paper,
    number: int,
    texts: list[str],
    merged: dict[tuple[int, int], tuple[int, int]],
    covered: set[tuple[int, int]],
) -> None:
    paper.begin_row()
    for column, text in enumerate(texts):
        if (number, column) in covered:
            continue
        rows, columns = merged.get((number, column), (1, 1))
        paper.cell(text, rows=rows, columns=columns)


def _merged(sheet: CalamineSheet) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """(spans in rows and columns by the cell that has them, cells covered by another), counted from the first filled."""
    top, left = sheet.start or (0, 0)
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        rows, columns = min(last_row - first_row, _MOST_COLUMNS), min(last_column - first_column, _MOST_COLUMNS)
        place = (first_row - top, first_column - left)
        if place[1] < 0 or len(covered) > _MOST_ROWS or len(spans) > _MOST_ROWS:
            continue
        spans[place] = (rows + 1, columns + 1)
        covered.update((place[0] + r, place[1] + c) for r in range(rows + 1) for c in range(columns + 1) if r or c)
    return spans, covered


def shown(value: Value) -> str:
    """A cell's value as a person sees it: whole numbers without a point, dates as dd.mm.yyyy."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer() and abs(value) < _EXACT
        return str(int(value)) if whole else repr(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%d.%m.%Y %H:%M" if value.hour or value.minute else "%d.%m.%Y")
    if isinstance(value, dt.date):
        return value.strftime("%d.%m.%Y")
    return value.strftime("%H:%M") if isinstance(value, dt.time) else str(value)
