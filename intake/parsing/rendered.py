"""A text in the making: lines put down as a browser would, and the marks that lie on them.

`Canvas` takes words, line ends and finished pieces; `Rendered` is what it gives back. Knows no HTML.
"""

import re
from dataclasses import dataclass, field, replace

from intake.parsing.characters import plain
from rules.message import Cell, Table

_COLLAPSIBLE = re.compile(r"[ \t\r\n\f]+")
_VISIBLE = re.compile(r"\S")
_BLANK_LINES = 2  # line ends in a row that are kept: one empty line


@dataclass(frozen=True, slots=True)
class Span:
    """A marked run of text; `sure` is False for an indented block that may or may not be a quotation."""

    start: int
    end: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text with its tables, its struck runs and its quoted runs (nested ones lie within each other)."""

    text: str = ""
    tables: tuple[Table, ...] = ()
    struck: tuple[Span, ...] = ()
    quotes: tuple[Span, ...] = ()
    defects: tuple[str, ...] = ()

    def moved(self, by: int) -> "Rendered":
        """The same with all offsets moved."""
        if not by or not (self.tables or self.struck or self.quotes):
            return self
        return replace(
            self,
            tables=tuple(Table(tuple(_cell(cell, by) for cell in table.cells)) for table in self.tables),
            struck=tuple(replace(span, start=span.start + by, end=span.end + by) for span in self.struck),
            quotes=tuple(replace(span, start=span.start + by, end=span.end + by) for span in self.quotes),
        )


def _cell(cell: Cell, by: int) -> Cell:
    return replace(cell, start=cell.start + by, end=cell.end + by)


def joined(pieces: list[Rendered]) -> Rendered:
    """Several texts one below the other, an empty line between them."""
    if len(pieces) == 1:
        return pieces[0]
    canvas = Canvas()
    for piece in pieces:
        if piece.text.strip():
            canvas.line_end(empty=True)
            canvas.put(piece)
    return canvas.rendered(tuple(dict.fromkeys(defect for piece in pieces for defect in piece.defects)))


@dataclass(slots=True)
class Canvas:
    """Collects text line by line. Offsets it hands out count code points of what `rendered` will give."""

    chunks: list[str] = field(default_factory=list)
    length: int = 0
    ends: int = 0  # line ends owed before the next word
    open_line: bool = False  # something stands on the current line, be it a space
    visible: bool = False  # a word stands on the current line
    space: bool = False  # a space owed before the next word
    defects: set[str] = field(default_factory=set)
    tables: list[Table] = field(default_factory=list)
    struck: list[Span] = field(default_factory=list)
    quotes: list[Span] = field(default_factory=list)

    def words(self, text: str, *, keep: bool = False) -> None:
        """Put words down; white space collapses as in a browser unless `keep`."""
        if keep:
            self._kept(text)
            return
        text = _COLLAPSIBLE.sub(" ", text)
        clean, defects = plain(text)
        if defects:
            self.defects.update(defects)
        if not clean.strip(" "):
            self.open_line = self.open_line or "\u00a0" in text
            self.space = self.space or bool(clean)
            return
        begins, ends = text[0] == " ", text[-1] == " "
        body = clean[begins : len(clean) - ends]
        self.space = self.space or begins
        self._emit(body)
        self.space = ends

    def _kept(self, text: str) -> None:
        clean, defects = plain(text)
        self.defects.update(defects)
        for number, line in enumerate(clean.split("\n")):
            if number:
                self.line_break()
            if line.strip():
                self._emit(line)

    def _emit(self, text: str) -> None:
        if self.length and self.ends:
            self._raw("\n" * min(self.ends, _BLANK_LINES))
        elif self.space and self.visible:
            self._raw(" ")
        self._raw(text)
        self.ends, self.space, self.visible, self.open_line = 0, False, True, True

    def _raw(self, text: str) -> None:
        self.chunks.append(text)
        self.length += len(text)

    def line_end(self, *, empty: bool = False) -> None:
        """A block begins or ends here; `empty` asks for an empty line."""
        if self.visible:
            self.ends = 1
        elif self.open_line:
            self.ends += 1
        if empty and self.length:
            self.ends = max(self.ends, _BLANK_LINES)
        self.open_line = self.visible = self.space = False

    def line_break(self) -> None:
        """A forced line break."""
        self.ends = 1 if self.visible else self.ends + 1
        self.open_line = self.visible = self.space = False

    def put(self, piece: Rendered) -> int:
        """Put a finished piece down where the text now ends; its place is returned."""
        if not piece.text:
            return self.length
        self._emit("")
        start = self.length
        moved = piece.moved(start)
        self._raw(piece.text)
        self.tables += moved.tables
        self.struck += moved.struck
        self.quotes += moved.quotes
        self.defects.update(piece.defects)
        return start

    def separator(self, text: str) -> None:
        """Put down what stands between two cells of a row."""
        self._raw(text)

    def rendered(self, defects: tuple[str, ...] = ()) -> Rendered:
        """What has been put down so far."""
        text = "".join(self.chunks)
        if not (self.tables or self.struck or self.quotes or self.defects or defects):
            return Rendered(text)
        return Rendered(
            text=text,
            tables=tuple(sorted(self.tables, key=lambda table: table.cells[0].start)),
            struck=_filled(text, self.struck),
            quotes=_filled(text, self.quotes),
            defects=tuple(dict.fromkeys((*defects, *sorted(self.defects)))),
        )


def _filled(text: str, spans: list[Span]) -> tuple[Span, ...]:
    """The spans without the white space in front of them; empty ones go."""
    kept = []
    for span in spans:
        filled = _VISIBLE.search(text, span.start, span.end)
        if filled:
            kept.append(replace(span, start=filled.start()))
    return tuple(kept)
