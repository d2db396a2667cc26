"""A document in the making: paragraphs as lines, table rows as lines of cells, text boxes after their paragraph.

What all readers write on, so that a table looks the same whether it came by Word, a sheet or a web page. Knows no
file format.
"""

from dataclasses import dataclass, field

from intake.attachments.extracted import Note, Refused
from intake.parsing.characters import plain
from intake.parsing.html_tables import BAR, Grid
from intake.parsing.rendered import Canvas, Rendered, Span
from rules.message import Cell

MOST_TEXT = 120_000  # code points of text that are read of one file: an application stands on the first pages
MOST_IN_SHEETS = 300_000  # the same of a workbook, where every row may be a school
_MOST_CELLS = 20_000  # cells of tables, empty ones too
_DEEPEST_TABLE = 12  # tables within tables beyond this are read as plain lines
_MOST_SPAN = 200  # rows or columns that one cell may cover


@dataclass(slots=True)
class _Placed:
    """A finished cell of a table: what stands in it and how far it reaches."""

    piece: Rendered
    columns: int
    continued: bool
    rows: int = 1

    @property
    def is_plain(self) -> bool:
        """Whether the cell is a line of words, or nothing, in its own row."""
        piece = self.piece
        return self.rows == 1 and not (piece.tables or piece.struck or "\n" in piece.text)


@dataclass(slots=True)
class _Table:
    """A table whose rows are being read."""

    rows: list[list[_Placed]] = field(default_factory=list)
    below: list[Canvas] = field(default_factory=list)  # where the text goes on when the open cell ends


@dataclass(slots=True)
class _Sheet:
    """A text of its own: the document, or a text box in it."""

    canvas: Canvas = field(default_factory=Canvas)
    tables: list[_Table] = field(default_factory=list)
    plain_tables: int = 0  # open tables that lie too deep to be kept as tables
    aside: list[Rendered] = field(default_factory=list)  # finished text boxes that wait for the paragraph's end
    tab: bool = False
    begun: list[str] | None = None  # a cell so far, as long as it is but words and line ends

    def laid(self) -> Canvas:
        """The canvas to write on; a cell that is more than words gets one of its own."""
        if self.begun is not None:
            begun, self.begun = self.begun, None
            self.canvas = Canvas()
            for words in begun:
                self.canvas.words(words) if words else self.canvas.line_break()
        return self.canvas

    def finished_cell(self) -> Rendered:
        """The cell under way; nearly all are one paragraph of plain words."""
        if self.begun is not None:
            words = [*self.begun]
            while words and not words[-1]:
                words.pop()
            while words and not words[0]:
                words.pop(0)
            if "" not in words:
                self.begun = None
                return Rendered(" ".join("".join(words).split()))
        return self.laid().rendered()


class Paper:
    """Collects a document; `rendered` gives it back. Raises `Refused` when more is written than is read of a file."""

    def __init__(self, most: int = MOST_TEXT) -> None:
        self._most = most
        self._sheets = [_Sheet()]
        self._margins: list[Rendered] = []
        self._told: set[str] = set()  # texts of the margins so far
        self._written = 0
        self._cells = 0

    @property
    def _now(self) -> _Sheet:
        return self._sheets[-1]

    def words(self, text: str, *, struck: bool = False) -> None:
        """Put words down; white space collapses, a tab before them is kept."""
        if not text:
            return
        self._written += len(text)
        if self._written > self._most:
            raise Refused(Note.TOO_LARGE)
        now = self._sheets[-1]
        if now.begun is not None and not struck and not now.tab and text.isprintable():
            now.begun.append(text)
            return
        canvas = now.laid()
        if now.tab and canvas.visible and text.strip():
            canvas.separator("\t")
            canvas.space = now.tab = False
            text = text.lstrip()
        start = canvas.length
        canvas.words(text)
        if struck:
            canvas.struck.append(Span(start, canvas.length))

    @property
    def started(self) -> bool:
        """Whether anything was put down."""
        return self._written > 0

    def put(self, piece: Rendered) -> None:
        """Put a finished text down, on lines of its own."""
        self.line_end()
        self._written += len(piece.text)
        self._now.laid().put(piece)
        self.line_end()

    def tab(self) -> None:
        """A tabulator: kept between words, dropped at both ends of a line."""
        self._now.tab = self._now.laid().visible

    def line_break(self) -> None:
        """The line ends here, be it empty."""
        now = self._sheets[-1]
        now.tab = False
        if now.begun is not None:
            now.begun.append("")
        else:
            now.canvas.line_break()

    def line_end(self) -> None:
        """What follows stands on a line of its own."""
        now = self._sheets[-1]
        now.tab = False
        if now.begun is None or (now.begun and now.begun[-1]):
            now.laid().line_end()

    def paragraph_end(self) -> None:
        """A paragraph ends; the text boxes that hang on it follow."""
        self.line_break()
        waiting = self._sheets[-1].aside
        if waiting:
            self._sheets[-1].aside = []
            canvas = self._sheets[-1].laid()
            for piece in waiting:
                canvas.put(piece)
                canvas.line_end()

    def begin_aside(self) -> None:
        """A text box (or footnote) begins: a text of its own that follows the paragraph it hangs on."""
        self._sheets.append(_Sheet())

    def end_aside(self, *, margin: bool = False) -> None:
        """The text box ends; a header or footer (`margin`) goes to the end of the document, equal ones once."""
        if len(self._sheets) > 1:
            piece = _finished(self._sheets.pop())
            if margin and piece.text not in self._told:
                self._told.add(piece.text)
                self._margins.append(piece)
            elif not margin and piece.text.strip():
                self._now.aside.append(piece)

    def begin_table(self) -> None:
        """A table begins."""
        now = self._now
        now.laid().line_end()
        if len(now.tables) >= _DEEPEST_TABLE:
            now.plain_tables += 1
        else:
            now.tables.append(_Table())

    def begin_row(self) -> None:
        """A row begins."""
        if self._now.plain_tables:
            self.line_end()
        elif self._now.tables:
            self._now.tables[-1].rows.append([])

    def cell(self, text: str, *, columns: int = 1, rows: int = 1) -> None:
        """A whole cell of words only, its lines set apart."""
        self._count(len(text))
        clean = " ".join(text.split()) if text.isprintable() else _clean(text)
        now = self._now
        if now.plain_tables or not now.tables:
            self.words(f"{clean} ")
            return
        table = now.tables[-1]
        table.rows = table.rows or [[]]
        placed = _Placed(Rendered(clean), _bounded(columns), continued=False, rows=_bounded(rows))
        table.rows[-1].append(placed)

    def _count(self, letters: int) -> None:
        """One more cell with so many letters."""
        self._cells += 1
        self._written += letters
        if self._cells > _MOST_CELLS or self._written > self._most:
            raise Refused(Note.TOO_LARGE)

    def begin_cell(self) -> None:
        """A cell begins."""
        self._count(0)
        now = self._now
        now.tab = False
        if now.plain_tables:
            now.laid().words(" ")
        elif now.tables:
            now.tables[-1].below.append(now.laid())
            now.begun = []

    def end_cell(self, *, columns: int = 1, rows: int = 1, continued: bool = False) -> None:
        """A cell ends; `continued` says that it belongs to the cell above it."""
        now = self._now
        if now.plain_tables or not now.tables or not now.tables[-1].below:
            return
        self.paragraph_end()
        table = now.tables[-1]
        piece = now.finished_cell()
        now.canvas = table.below.pop()
        if not table.rows:
            table.rows.append([])
        table.rows[-1].append(_Placed(piece, _bounded(columns), continued, _bounded(rows)))

    def end_table(self) -> None:
        """The table ends and is put down."""
        now = self._now
        if now.plain_tables:
            now.plain_tables -= 1
            self.line_end()
        elif now.tables:
            while now.tables[-1].below:
                self.end_cell()
            _put_down(now.laid(), now.tables.pop())

    def rendered(self) -> Rendered:
        """What was put down; tables and boxes left open are closed."""
        while len(self._sheets) > 1:
            self.end_aside()
        for piece in self._margins:
            self._now.aside.append(piece)
        self._margins.clear()
        return _finished(self._now)


def _finished(sheet: _Sheet) -> Rendered:
    while sheet.tables:
        table = sheet.tables[-1]
        while table.below:
            piece = sheet.finished_cell()
            sheet.canvas = table.below.pop()
            table.rows = table.rows or [[]]
            table.rows[-1].append(_Placed(piece, 1, continued=False))
        _put_down(sheet.canvas, sheet.tables.pop())
    for piece in sheet.aside:
        sheet.canvas.line_end()
        sheet.canvas.put(piece)
    sheet.aside.clear()
    return sheet.canvas.rendered()


def _put_down(canvas: Canvas, table: _Table) -> None:
    """The rows of a table as lines."""
    canvas.line_end()
    grid, reach = Grid(), 0
    rows = _joined_down(table.rows) if any(cell.continued for row in table.rows for cell in row) else table.rows
    for row in rows:
        if grid.row + 1 >= reach and all(cell.is_plain for cell in row):
            _plain_row(grid, canvas, row)
            continue
        for cell in row:
            grid.add(cell.piece, str(cell.rows), str(cell.columns))
            reach = max(reach, grid.row + 1 + cell.rows)
        grid.end_row(canvas)
    made = grid.table()
    if made:
        canvas.tables.append(made)
    canvas.line_end()


def _plain_row(grid: Grid, canvas: Canvas, row: list[_Placed]) -> None:
    """A row as `Grid` puts it down, in fewer steps: one line of words in each cell, no cell above that reaches in."""
    if not row:
        return
    grid.row += 1
    texts = [cell.piece.text for cell in row]
    canvas.line_end()
    if any(texts):
        lead = "" if texts[0] else " "
        at = canvas.put(Rendered(lead + BAR.join(texts))) + len(lead)
        column = 0
        for cell, text in zip(row, texts, strict=True):
            grid.cells.append(Cell(at, at + len(text), grid.row, column, 1, cell.columns))
            column += cell.columns
            at += len(text) + len(BAR)
        grid.sides += len(row) > 1
    canvas.line_end()


def _clean(text: str) -> str:
    """The lines of a cell, white space and what nobody sees taken out."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in plain(text)[0].splitlines())))


def _joined_down(rows: list[list[_Placed]]) -> list[list[_Placed]]:
    """The rows without the cells that continue one above; that one grows instead."""
    above: dict[int, _Placed] = {}
    kept: list[list[_Placed]] = []
    for row in rows:
        column = 0
        kept.append([])
        for cell in row:
            origin = above.get(column) if cell.continued else None
            if origin is not None:
                origin.rows = min(_MOST_SPAN, origin.rows + 1)
            else:
                kept[-1].append(cell)
                above[column] = cell
            column += cell.columns
    return kept


def _bounded(span: int) -> int:
    return max(1, min(_MOST_SPAN, span))
