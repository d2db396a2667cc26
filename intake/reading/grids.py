"""Tables: those of HTML and documents, and those that people draw with bars, tabs and dashes in plain text.

A grid is a table with the texts of its cells, each with the stretches of the part it is made of; a cell may run over
several lines. What a grid says is read on a *sheet*: a text written out anew, one value a line, from which every offset
leads back into the part. Which words are labels is `rules.labels`' business; chooses no values.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.reading.segments import Segment
from rules.application import Application, Source
from rules.book import RuleBook
from rules.labels import Label, Slot, read_label
from rules.message import Cell, Part, Table, Zone

_RULE = re.compile(r"[\s|+\-=_─━═│┃┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬:]{3,}")
_BARS = "|│┃¦"
_SAMPLE = re.compile(
    r"\b(?:пример|образец|например|как заполн|подсказк|пояснени|требовани|комментари|примечани)|\bбыло\b|\bпрежн|\bстар(?:ое|ые|ый)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(?:№\s*(?:п\s*/\s*п)?|\d{1,3})[.)]?\s*")
_FEWEST_LABELS = 3  # cells that make a column one of labels
_MOST_LINES = 2_000  # lines of one part in which tables are looked for
_MOST_COLUMNS = 20
Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: its text on one line, and the stretches of the part that it is made of (none for an empty one)."""

    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `start`/`end` bound it in the part's text."""

    start: int
    end: int
    rows: tuple[tuple[GridCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text written out from a grid; `origins` are (start, end, pieces) of each cell in it, in order."""

    part: Part
    cut: tuple[Segment, ...]
    origins: tuple[tuple[int, int, tuple[Piece, ...]], ...]

    def back(self, application: Application) -> Application:
        """The application with its sources pointing into the part that the sheet was written from."""
        for name, value in application.items():
            if value.source is not None:
                application = application.having(name, replace(value, source=self._origin(value.source)))
        return application

    def _origin(self, source: Source) -> Source | None:
        for start, end, pieces in self.origins:
            if start <= source.start <= end and pieces:
                if len(pieces) > 1:
                    return replace(source, start=pieces[0][0], end=pieces[-1][1])
                return replace(
                    source,
                    start=pieces[0][0] + source.start - start,
                    end=min(pieces[0][0] + source.end - start, pieces[0][1]),
                )
        return None


def drawn_grids(part: Part) -> list[Grid]:
    """The tables that are drawn in the part's plain text; a table the part knows of itself is none of them."""
    if not any(bar in part.text for bar in (*_BARS, "\t")):
        return []
    known = [(min(c.start for c in one.cells), max(c.end for c in one.cells)) for one in part.tables if one.cells]
    made: list[Grid] = []
    run: list[tuple[int, int, list[Piece] | None]] = []
    offset = 0
    for line in part.text.split("\n")[:_MOST_LINES]:
        end = offset + len(line)
        cells = None if any(a <= offset < b for a, b in known) else _cells(line, offset)
        rule = _RULE.fullmatch(line) is not None and bool(run)
        if cells is None and not rule:
            made.extend(_grid(part, run))
            run = []
        else:
            run.append((offset, end, None if rule else cells))
        offset = end + 1
    made.extend(_grid(part, run))
    return made


def known_grids(part: Part) -> Iterator[Grid]:
    """The tables that the part knows of itself, spans left aside."""
    for table in part.tables:
        rows: dict[int, dict[int, GridCell]] = {}
        for cell in table.cells:
            text = " ".join(part.text[cell.start : cell.end].split())
            rows.setdefault(cell.row, {})[cell.column] = GridCell(text, ((cell.start, cell.end),) if text else ())
        if rows:
            width = max(column for row in rows.values() for column in row) + 1
            empty = GridCell("", ())
            yield Grid(
                min(cell.start for cell in table.cells),
                max(cell.end for cell in table.cells),
                tuple(tuple(row.get(column, empty) for column in range(min(width, _MOST_COLUMNS))) for row in rows.values()),
            )  # fmt: skip


def label_sheets(part: Part, grid: Grid, book: RuleBook) -> list[Sheet]:
    """The grid as labels with their values, if one of its first columns holds labels and it has more than two columns.

    One sheet, or one for each column of answers where each names its own organisation. Columns of samples, hints and running numbers are left out. A grid of two columns reads as lines by itself, unless
    its cells run over several lines.
    """
    if not grid.rows or _heading_slots(grid, book):
        return []
    width = max(len(row) for row in grid.rows)
    split = any(len(cell.pieces) > 1 for row in grid.rows for cell in row)
    if width < 2 or (width == 2 and not split):  # noqa: PLR2004 - a label and its value
        return []
    column = _label_column(grid, book)
    if column is None:
        return []
    return [_label_lines(part, grid, column, answers, book) for answers in _answer_columns(grid, column, book)]


def heading_sheet(part: Part, grid: Grid, book: RuleBook) -> Sheet | None:
    """A drawn grid with a heading row, as a part that knows its table; None if it has no such row."""
    if not _heading_slots(grid, book):
        return None
    text, origins, cells = "", [], []
    for number, row in enumerate(grid.rows):
        for column, cell in enumerate(row):
            start = len(text)
            text += cell.text + "\n"
            origins.append((start, start + len(cell.text), cell.pieces))
            cells.append(Cell(start, start + len(cell.text), number, column))
    return Sheet(Part(part.name, text, tables=(Table(tuple(cells)),)), (), tuple(origins))


def _cells(line: str, offset: int) -> list[Piece] | None:
    """The cells of one line as stretches of the part, None if the line is no row of a table."""
    marks = [place for place, one in enumerate(line) if one in _BARS] if any(b in line for b in _BARS) else []
    if not marks and line.count("\t") > 1:
        marks = [place for place, one in enumerate(line) if one == "\t"]
    if not marks or len(marks) > _MOST_COLUMNS:
        return None
    first, last = len(line) - len(line.lstrip()), len(line.rstrip()) - 1
    bounds = [-1, *marks, len(line)]
    if marks[0] == first and line[first] in _BARS:
        bounds = bounds[1:]
    if marks[-1] == last and line[last] in _BARS and len(bounds) > 2:  # noqa: PLR2004
        bounds = bounds[:-1]
    cells = []
    for before, after in pairwise(bounds):
        text = line[before + 1 : after]
        start = before + 1 + len(text) - len(text.lstrip())
        cells.append((offset + start, offset + max(start, before + 1 + len(text.rstrip()))))
    return cells if len(cells) > 1 else None


def _grid(part: Part, run: Sequence[tuple[int, int, list[Piece] | None]]) -> Iterator[Grid]:
    """The table that a run of rows and rules makes, if it is one: two rows or more of the same width."""
    rows = [cells for _, _, cells in run if cells is not None]
    if len(rows) < 2:  # noqa: PLR2004 - one row is a line with a bar in it
        return
    width = max(len(cells) for cells in rows)
    if sum(1 for cells in rows if len(cells) == width) * 2 < len(rows):
        return
    blocks = _blocks(run)
    grown = [_merged(block, part, width) for block in blocks]
    yield Grid(run[0][0], run[-1][1], tuple(_continued(grown)))


def _blocks(run: Sequence[tuple[int, int, list[Piece] | None]]) -> list[list[list[Piece]]]:
    """The lines of each row: those between two rules, where rules stand between all rows, else each its own."""
    parts: list[list[list[Piece]]] = [[]]
    for _, _, cells in run:
        if cells is None:
            parts.append([])
        else:
            parts[-1].append(cells)
    parts = [one for one in parts if one]
    if len(parts) > 2:  # noqa: PLR2004 - one rule only parts the heading from what follows
        return parts
    return [[line] for one in parts for line in one]


def _merged(block: Sequence[Sequence[Piece]], part: Part, width: int) -> tuple[GridCell, ...]:
    made = []
    for column in range(width):
        pieces = tuple(line[column] for line in block if column < len(line) and line[column][1] > line[column][0])
        made.append(GridCell(" ".join(part.text[a:b] for a, b in pieces), pieces))
    return tuple(made)


def _continued(rows: Sequence[tuple[GridCell, ...]]) -> list[tuple[GridCell, ...]]:
    """Rows whose first cell is empty go on with the row above."""
    made: list[tuple[GridCell, ...]] = []
    for row in rows:
        if made and not row[0].text and any(cell.text for cell in row):
            pairs = zip(made[-1], row, strict=True)
            made[-1] = tuple(
                GridCell(" ".join(text for text in (a.text, b.text) if text), (*a.pieces, *b.pieces)) for a, b in pairs
            )
        elif any(cell.text for cell in row):
            made.append(row)
    return made


def _heading_slots(grid: Grid, book: RuleBook) -> bool:
    """Whether the first row is a heading: most of its cells are labels, of two fields or more, one of them a name."""
    cells = [cell for cell in grid.rows[0] if cell.text] if grid.rows else []
    labels = [label for cell in cells if (label := _label_of(cell.text, book))]
    slots = {slot for label in labels for slot in label.slots}
    names = {Slot.FULL, Slot.SHORT, Slot.NAME} & slots
    return len(cells) > 2 and len(slots) > 1 and len(labels) * 2 >= len(cells) and bool(names)  # noqa: PLR2004


def _label_of(text: str, book: RuleBook) -> Label | None:
    return read_label(text, book.labels)


def _label_column(grid: Grid, book: RuleBook) -> int | None:
    """The first column with labels of three fields or more, one row each."""
    for column in range(2):
        found = [
            label
            for row in grid.rows
            if column < len(row) and row[column].text and (label := _label_of(row[column].text, book))
        ]
        slots = {slot for label in found for slot in label.slots} - {Slot.IGNORE, Slot.OTHER}
        if len(found) >= _FEWEST_LABELS and len(slots) >= _FEWEST_LABELS:
            return column
    return None


def _answer_columns(grid: Grid, labels: int, book: RuleBook) -> list[tuple[int, ...]]:
    """The columns of the answers, those of each organisation together: behind the labels, not headed as samples.

    Where few rows fill several of them, one answer runs over several cells; where most do, each column is an
    organisation of its own if it has a name of its own, else only the last one answers.
    """
    width = max(len(row) for row in grid.rows)
    columns = tuple(
        column
        for column in range(labels + 1, width)
        if not (column < len(grid.rows[0]) and _SAMPLE.search(grid.rows[0][column].text))
    )
    filled = [[c for c in columns if c < len(row) and row[c].text] for row in grid.rows]
    if sum(1 for one in filled if len(one) > 1) * 2 <= len(grid.rows):
        return [columns]
    names = [row for row in grid.rows if labels < len(row) and _names_organization(row[labels].text, book)]
    for row in names:
        said = {row[column].text for column in columns if column < len(row)} - {""}
        if len(said) == len(columns):
            return [(column,) for column in columns]
    return [columns[-1:]]


def _names_organization(text: str, book: RuleBook) -> bool:
    label = _label_of(text, book)
    return label is not None and bool({Slot.FULL, Slot.SHORT, Slot.NAME} & set(label.slots))


def _label_lines(part: Part, grid: Grid, labels: int, columns: tuple[int, ...], book: RuleBook) -> Sheet:
    text, origins, cut = "", [], []
    for number, row in enumerate(grid.rows):
        head = row[labels].text if labels < len(row) else ""
        cells = [row[column] for column in columns if column < len(row) and row[column].text]
        if not cells or not head:
            continue
        value = ", ".join(cell.text for cell in cells)
        pieces = tuple(piece for cell in cells for piece in cell.pieces)
        label = read_label(head.rstrip(" :"), book.labels)
        start = len(text)
        text += value + "\n\n"
        origins.append((start, start + len(value), pieces))
        cut.append(Segment(label, start, start, start + len(value), Zone.OWN, number))
    return Sheet(Part(part.name, text), tuple(cut), tuple(origins))
