"""A table with a heading row, read row by row: each row is one organisation.

A heading row is one in which at least half of the filled cells are labels naming two different slots or more. A table
of two columns, label and value, is no business of this file: its rows read like labelled lines.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from intake.reading.entities import entities
from intake.reading.owners import owned
from intake.reading.segments import Segment
from intake.reading.weigh import Scene, weigh
from rules.application import Application
from rules.book import RuleBook
from rules.labels import Label, Slot, read_label
from rules.message import Cell, Part, Table, Zone

_NAMES = frozenset({Slot.FULL, Slot.SHORT, Slot.NAME})


def tabled(part: Part, book: RuleBook) -> Iterator[Application]:
    """The applications that stand in the rows of the part's tables with a heading row."""
    for table in part.tables:
        heading = _heading(part, table, book)
        if heading is None:
            continue
        row_of_heading, labels = heading
        for cells in _rows_below(table, row_of_heading):
            application = _row(part, cells, labels, book)
            if application is not None:
                yield application


def spans(part: Part, book: RuleBook) -> list[tuple[int, int]]:
    """The stretches of the part that `tabled` has read, so that they are not read again as text."""
    return [
        (min(cell.start for cell in table.cells), max(cell.end for cell in table.cells))
        for table in part.tables
        if table.cells and _heading(part, table, book)
    ]


def _heading(part: Part, table: Table, book: RuleBook) -> tuple[int, dict[int, Label]] | None:
    """The first heading row: its number and the labels by column."""
    for row in sorted({cell.row for cell in table.cells})[:4]:
        cells = [cell for cell in table.cells if cell.row == row and part.text[cell.start : cell.end].strip()]
        labels = {c.column: label for c in cells if (label := read_label(_text(part, c), book.labels))}
        slots = {slot for label in labels.values() for slot in label.slots}
        below = any(cell.row > row for cell in table.cells)
        if below and len(cells) > 2 and len(slots) > 1 and len(labels) * 2 >= len(cells) and _NAMES & slots:  # noqa: PLR2004
            return row, labels
    return None


def _text(part: Part, cell: Cell) -> str:
    return part.text[cell.start : cell.end].replace("\n", " ").strip()


def _rows_below(table: Table, heading: int) -> Iterator[list[Cell]]:
    """Rows under the heading; a cell that spans rows is part of each of them."""
    below = [cell for cell in table.cells if cell.row > heading]
    rows: dict[int, list[Cell]] = {row: [] for row in sorted({cell.row for cell in below})}
    for cell in below:
        for row in range(cell.row, cell.row + cell.rows):
            if row in rows:
                rows[row].append(cell)
    yield from rows.values()


def _row(part: Part, cells: list[Cell], labels: dict[int, Label], book: RuleBook) -> Application | None:
    cut = [
        Segment(labels[cell.column], cell.start, cell.start, cell.end, Zone.OWN, 0)
        for cell in sorted((one for one in cells if one.column in labels), key=lambda cell: cell.column)
        if part.text[cell.start : cell.end].strip()
    ]
    if not any(segment.label and _NAMES & set(segment.label.slots) for segment in cut):
        return None
    seen = owned(entities(part, cut, book), cut)
    return weigh(Scene(part, tuple(cut), tuple(seen)), book)


def fill(application: Application, common: Application, *, allowed: Callable[[str], bool]) -> Application:
    """The application with its missing fields taken from what is said once for all."""
    for name, value in common.items():
        if application[name].status.value == "missing" and value.status.value != "missing" and allowed(name.value):
            application = application.having(name, replace(value, evidence=f"{value.evidence}, said for all"))
    return application
