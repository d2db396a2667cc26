"""Rows of an HTML table put down as lines: cells side by side, or below each other where the table is mere layout."""

from dataclasses import dataclass, field, replace

from intake.parsing.rendered import Canvas, Rendered
from rules.message import Cell, Table

BAR = " | "
_TALL = 4  # lines up to which a cell may be squeezed onto one line
_COLUMN = 3  # lines from which two cells side by side look like columns of a page
_MOST_SPAN = 200


@dataclass(slots=True)
class Grid:
    """One table while it is read: its finished cells and which places later rows find taken."""

    row: int = -1
    taken: dict[int, int] = field(default_factory=dict)  # column → first row where it is free again
    waiting: list[tuple[Rendered, int, int]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    sides: int = 0  # rows that stand on one line with two cells or more

    def add(self, piece: Rendered, rows: str | None, columns: str | None) -> None:
        """A cell is finished."""
        self.waiting.append((piece, _span(rows), _span(columns)))

    def end_row(self, canvas: Canvas) -> None:
        """Put the waiting cells down."""
        if not self.waiting:
            return
        self.row += 1
        pieces = [piece for piece, _, _ in self.waiting]
        canvas.line_end()
        if any(piece.text.strip() for piece in pieces):
            if _layout(pieces):
                self._below(pieces, canvas)
            else:
                self._beside(canvas)
        self.waiting.clear()
        canvas.line_end()

    def table(self) -> Table | None:
        """The table as a value; None if no row has cells side by side."""
        return Table(tuple(self.cells)) if self.sides else None

    def _below(self, pieces: list[Rendered], canvas: Canvas) -> None:
        for piece in pieces:
            if piece.text.strip():
                canvas.line_end()
                canvas.put(piece)
        canvas.line_end()

    def _beside(self, canvas: Canvas) -> None:
        column = 0
        canvas.put(Rendered(" ")) if not self.waiting[0][0].text else None
        for number, (piece, rows, columns) in enumerate(self.waiting):
            while self.taken.get(column, 0) > self.row:
                column += 1
            if number:
                canvas.separator(BAR)
            start = canvas.put(_on_one_line(piece))
            self.cells.append(Cell(start, start + len(piece.text), self.row, column, rows, columns))
            for place in range(column, column + columns):
                self.taken[place] = self.row + rows
            column += columns
        self.sides += len(self.waiting) > 1


def _on_one_line(piece: Rendered) -> Rendered:
    return replace(piece, text=piece.text.replace("\n", " ")) if "\n" in piece.text else piece


def _span(text: str | None) -> int:
    return min(_MOST_SPAN, int(text)) if text and text.isdecimal() and len(text) < 5 and int(text) else 1  # noqa: PLR2004


def _layout(pieces: list[Rendered]) -> bool:
    """Whether the cells of a row are parts of a page rather than values that belong together."""
    if not any("\n" in piece.text or piece.tables for piece in pieces):
        return False
    filled = [piece for piece in pieces if piece.text.strip()]
    heights = [piece.text.count("\n") + 1 for piece in filled]
    if len(pieces) == 1:
        return "\n" in pieces[0].text or bool(pieces[0].tables)
    if any(piece.tables for piece in filled) or max(heights) > _TALL or (len(filled) == 1 and heights[0] > 1):
        return True
    return sum(height >= _COLUMN for height in heights) > 1
