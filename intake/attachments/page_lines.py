"""The marks on a page put in order: pieces of text at one height become lines of runs, with the walls between them.

Text that runs in another direction than most of the page comes last. Pure; knows neither fonts nor files.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from intake.attachments.columns import Floor, Line, Run
from intake.attachments.pdf_marks import Marks, Piece, turned

_SAME_LINE = 0.4  # letter sizes by which pieces of one line may differ in height
_BLANK = 0.14  # letter sizes of white that is a blank
_GAP = 1.1  # letter sizes of white that set runs apart
_AGAIN = 0.12  # letter sizes within which the same letters are drawn twice to look bold
_INNER = re.compile(r"\S+(?: {1,2}\S+)*")
_REACH = 2.0  # points by which a wall may end short of the letters
_MOST_PLACES = 200  # different places of ruled lines from which they are a drawing and no table
_NEAR = 2.0  # points within which ruled lines are one

Spans = list[tuple[float, float]]


def lines_of(marks: Marks) -> tuple[list[Line], list[Floor]]:
    """(the lines of a page from top to bottom, its level ruled lines in the axes of most of the text)."""
    turns: dict[int, list[Piece]] = {}
    for piece in marks.pieces:
        turns.setdefault(piece.turn, []).append(piece)
    ordered = sorted(turns, key=lambda turn: -sum(len(piece.text) for piece in turns[turn]))
    found: list[Line] = []
    floors: list[Floor] = []
    for number, turn in enumerate(ordered):
        walls, level = _ruled(marks, turn) if number == 0 else ({}, {})
        found += [_line(line, walls) for line in _at_one_height(turns[turn])]
        floors += [Floor(y, first, last) for y, spans in level.items() for first, last in spans]
    return [line for line in found if line.runs], floors


def _ruled(marks: Marks, turn: int) -> tuple[dict[float, Spans], dict[float, Spans]]:
    """(upright lines by their place along the text, level ones by their height)."""
    upright: list[tuple[float, float, float]] = []
    level: list[tuple[float, float, float]] = []
    for rule in marks.rules:
        (x0, y0), (x1, y1) = turned(rule.x0, rule.y0, turn), turned(rule.x1, rule.y1, turn)
        if abs(x1 - x0) > abs(y1 - y0):
            level.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        else:
            upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    walls, floors = _united(upright), _united(level)
    return (walls, floors) if max(len(walls), len(floors)) <= _MOST_PLACES else ({}, {})


def _united(rules: Iterable[tuple[float, float, float]]) -> dict[float, Spans]:
    """Ruled lines by place; near places are one, stretches that touch are one."""
    placed: dict[float, Spans] = {}
    place = float("-inf")
    for at, first, last in sorted(rules):
        if at - place > _NEAR:
            place = at
        placed.setdefault(place, []).append((first, last))
    return {place: _touching(spans) for place, spans in placed.items()}


def _touching(spans: Spans) -> Spans:
    made: Spans = []
    for first, last in sorted(spans):
        if made and first - made[-1][1] <= _NEAR:
            made[-1] = (made[-1][0], max(last, made[-1][1]))
        else:
            made.append((first, last))
    return made


def _at_one_height(pieces: Sequence[Piece]) -> Iterable[list[Piece]]:
    """The pieces of each line, lines from top to bottom."""
    line: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.y, piece.x0)):
        if line and line[0].y - piece.y > _SAME_LINE * min(line[0].size, piece.size):
            yield line
            line = []
        line.append(piece)
    if line:
        yield line


def _line(pieces: list[Piece], walls: dict[float, Spans]) -> Line:
    """Pieces of one line as runs of words."""
    size = max(piece.size for piece in pieces)
    y = pieces[0].y
    crossing = tuple(sorted(x for x, spans in walls.items() if _crosses(spans, y, y + 0.5 * size)))
    words = _Words(crossing)
    for piece in sorted(pieces, key=lambda piece: piece.x0):
        words.add(piece)
    return Line(y, size, tuple(words.runs()), crossing)


def _crosses(spans: Spans, low: float, high: float) -> bool:
    return any(first - _REACH <= low and high <= last + _REACH for first, last in spans)


class _Words:
    """Runs of words in the making, from left to right."""

    def __init__(self, walls: tuple[float, ...]) -> None:
        self._walls = walls
        self._runs: list[Run] = []
        self._text: list[str] = []
        self._from = self._to = self._last = 0.0
        self._size = 0.0

    def add(self, piece: Piece) -> None:
        """The next piece; the same letters at the same place again are passed over."""
        text = piece.text
        lead = len(text) - len(text.lstrip())
        each = (piece.x1 - piece.x0) / len(text)
        if "   " in text.strip():
            for match in _INNER.finditer(text):
                self._add(match.group(), piece.x0 + each * match.start(), piece.x0 + each * match.end(), piece.size)
            return
        tail = len(text) - len(text.rstrip())
        self._add(text.strip(), piece.x0 + each * lead, piece.x1 - each * tail, piece.size)

    def _add(self, text: str, x0: float, x1: float, size: float) -> None:
        if self._text and text == self._text[-1] and abs(x0 - self._last) < _AGAIN * size:
            return
        gap = x0 - self._to
        if self._text and (gap > _GAP * max(size, self._size) or self._walled(x0)):
            self._close()
        if not self._text:
            self._from = x0
        elif gap > _BLANK * size:
            self._text.append(" ")
        self._last = x0
        self._text.append(text)
        self._to = max(x1, self._to) if len(self._text) > 1 else x1
        self._size = size

    def _walled(self, x0: float) -> bool:
        """Whether a wall stands between the last letters and those at `x0`."""
        place = bisect_left(self._walls, self._to - _NEAR)
        return place < len(self._walls) and self._walls[place] <= x0 + _NEAR and self._walls[place] > self._last

    def _close(self) -> None:
        whole = " ".join("".join(self._text).split())
        if whole:
            self._runs.append(Run(self._from, self._to, whole))
        self._text = []

    def runs(self) -> list[Run]:
        """All runs."""
        self._close()
        return self._runs
