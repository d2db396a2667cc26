"""Lines of a printed page to blocks: rows of cells by ruled lines or white lanes, and paragraphs joined again. Pure.

A row of a printed form is often wrapped. Between ruled lines all that stands in one box is one cell. Without them, what
leaves the first column empty belongs to the row above it, and so does what goes on with a small letter under a capital
one. Outside of tables a line that ended because no further word had room goes on in the next one. Knows no PDF.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LANE = 0.7  # letter sizes of white that make a lane
_NUMBER = 5  # digits that make a number
_MOST_LINES = 400  # of one block
_NEAR = 3.0  # points by which walls of one table may differ
_CLOSE = 1.9  # letter sizes from one line of a paragraph to the next at most
_ALIKE = 0.12  # share by which letter sizes within a paragraph may differ
_BLANK = 0.2  # letter sizes of a narrow blank
_LABEL = re.compile(r"\s*(?:\d{1,2}[.)]|[•·–—*-]\s)|[^:]{1,60}:(?!//)")
_LETTER = 0.5  # letter sizes that a letter takes on average


@dataclass(frozen=True, slots=True)
class Run:
    """Words side by side without a wide gap, from `x0` to `x1` in points."""

    x0: float
    x1: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """What stands at one height `y` (growing upwards) in letters of one `size`, and the `walls` that cross it."""

    y: float
    size: float
    runs: tuple[Run, ...]
    walls: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A cell: its text and how many columns it covers."""

    text: str
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Floor:
    """A level ruled line."""

    y: float
    first: float
    last: float


Rows = list[list[Box]]


def blocks(lines: Sequence[Line], floors: Sequence[Floor] = (), margin: float = 0.0) -> Iterator[Rows]:
    """Blocks of rows of cells; a line or paragraph of its own is a block of one row of one cell.

    `margin` is where the text of the page ends on the right at least, 0 if that is not known: then no lines are joined.
    """
    edge = max([margin, *(run.x1 for line in lines for run in line.runs)]) if margin else 0.0
    at = 0
    while at < len(lines):
        end = _ruled_until(lines, at)
        if end > at:
            yield from _table(lines[at:end], floors)
        else:
            end = _lanes_until(lines, at)
            if end - at > 1 or len(lines[at].runs) > 1:
                yield _rows(lines[at:end])
            else:
                end = _paragraph_until(lines, at, edge)
                yield [[Box(_joined(lines[at:end]))]]
        at = end


def _ruled_until(lines: Sequence[Line], at: int) -> int:
    """Where the table of ruled boxes ends that begins at `at`; `at` if none begins."""
    first = lines[at].walls
    end = at
    columns = False
    while end < len(lines) and end - at < _MOST_LINES and len(lines[end].walls) > 1 and _same(first, lines[end].walls):
        columns = columns or len(lines[end].walls) > 2  # noqa: PLR2004 - two walls make one column
        end += 1
    return end if columns else at


def _same(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two lines lie within the same outer walls."""
    return abs(one[0] - other[0]) < _NEAR and abs(one[-1] - other[-1]) < _NEAR


def _table(lines: Sequence[Line], floors: Sequence[Floor]) -> Iterator[Rows]:
    """Rows of boxes by the walls between them and the floors below them."""
    walls = _together(wall for line in lines for wall in line.walls)
    inside = [floor for floor in floors if _spans(floor, walls)]
    rows: list[list[Line]] = []
    for line in lines:
        above = rows[-1][-1] if rows else None
        if above is not None and not _parted(above, line, inside) and (inside or _hangs(above, line)):
            rows[-1].append(line)
        else:
            rows.append([line])
    made = [_boxes(row, walls) for row in rows]
    yield _without_empty_sides(made)


def _together(places: Iterator[float]) -> list[float]:
    """The places in order, near ones as one."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _NEAR:
            kept.append(place)
    return kept


def _spans(floor: Floor, walls: list[float]) -> bool:
    """Whether a level line goes from wall to wall: underlined words do not."""
    return any(floor.first < one + 2 * _NEAR and floor.last > other - 2 * _NEAR for one, other in pairwise(walls))


def _parted(above: Line, line: Line, floors: Sequence[Floor]) -> bool:
    return any(line.y + 0.2 * line.size < floor.y < above.y + 0.2 * above.size for floor in floors)


def _hangs(above: Line, line: Line) -> bool:
    """Without floors: whether a line leaves its first column empty."""
    return bool(line.runs and len(above.walls) > 1 and line.runs[0].x0 > above.walls[1] - _NEAR)


def _boxes(lines: Sequence[Line], walls: list[float]) -> list[Box]:
    """The cells of one row; where a wall is missing, a cell covers several columns."""
    own = _together(wall for line in lines for wall in line.walls)
    edges = [wall for wall in walls if any(abs(wall - mine) <= _NEAR for mine in own)] or walls
    words: list[list[str]] = [[] for _ in range(max(1, len(edges) - 1))]
    for line in lines:
        for run in line.runs:
            place = bisect_right(edges, (run.x0 + min(run.x1, run.x0 + 2 * line.size)) / 2) - 1
            words[max(0, min(place, len(words) - 1))].append(run.text)
    spans = [max(1, sum(1 for wall in walls if one - 1 < wall < other - 1)) for one, other in pairwise(edges)] or [1]
    return [Box(_glued(texts), columns) for texts, columns in zip(words, spans, strict=True)]


def _without_empty_sides(rows: Rows) -> Rows:
    """The rows without first or last columns in which nothing stands: a frame round the page makes such."""
    while rows and all(len(row) > 1 and not row[0].text and row[0].columns == rows[0][0].columns for row in rows):
        rows = [row[1:] for row in rows]
    while rows and all(len(row) > 1 and not row[-1].text and row[-1].columns == rows[0][-1].columns for row in rows):
        rows = [row[:-1] for row in rows]
    return rows


def _lanes_until(lines: Sequence[Line], at: int) -> int:
    """Where the block ends whose lines leave white lanes between columns."""
    if len(lines[at].runs) < 2:  # noqa: PLR2004 - two columns
        return at + 1
    taken = _merged([], lines[at])
    end = at + 1
    while end < len(lines) and end - at < _MOST_LINES and len(lines[end].walls) <= 2:  # noqa: PLR2004 - no ruled table
        grown = _merged(taken, lines[end])
        if len(grown) < 2 or not lines[end].runs or _far(lines[end - 1], lines[end]):  # noqa: PLR2004
            break
        taken = grown
        end += 1
    return end


def _far(above: Line, line: Line) -> bool:
    """Whether an empty stretch, several lines high, parts two lines."""
    return above.y - line.y > 5 * max(above.size, line.size)


def _merged(taken: list[tuple[float, float]], line: Line) -> list[tuple[float, float]]:
    """The places where something stands in any line so far, neighbours joined."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted([*taken, *((run.x0, run.x1) for run in line.runs)]):
        if merged and start - merged[-1][1] < _LANE * line.size:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _rows(lines: Sequence[Line]) -> Rows:
    taken: list[tuple[float, float]] = []
    for line in lines:
        taken = _merged(taken, line)
    starts = [start for start, _ in taken]
    rows: list[list[str]] = []
    for line in lines:
        cells = [""] * len(starts)
        for run in line.runs:
            place = max(0, bisect_right(starts, run.x0 + 0.01) - 1)
            cells[place] = _glued([cells[place], run.text])
        if rows and _goes_on(rows[-1], cells):
            rows[-1] = [_glued([above, cell]) for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return [[Box(text) for text in _trimmed(row)] for row in rows]


def _goes_on(above: list[str], cells: list[str]) -> bool:
    """Whether a line continues the row above it."""
    if not cells[0]:
        return bool(above[0])
    small = cells[0][0].islower() and above[0][:1].isupper() and not above[0].endswith(":")
    return small and not any(map(_is_value, cells[1:]))


def _is_value(cell: str) -> bool:
    """A number or an address begins a row of its own, however its label is written."""
    return "@" in cell or sum(map(str.isdigit, cell)) >= _NUMBER


def _trimmed(row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:
        row.pop()
    return row


def _paragraph_until(lines: Sequence[Line], at: int, edge: float) -> int:
    """Where the paragraph ends that begins at `at`."""
    end = at + 1
    while edge and end < len(lines) and end - at < _MOST_LINES and _flows(lines[end - 1], lines[end], edge):
        end += 1
    return end


def _flows(above: Line, line: Line, edge: float) -> bool:
    """Whether a line goes on with the sentence above: its first word had no room there, and it begins nothing new."""
    if len(above.runs) != 1 or len(line.runs) != 1 or len(line.walls) > 2:  # noqa: PLR2004 - no ruled table
        return False
    size = max(above.size, line.size)
    if not 0 < above.y - line.y < _CLOSE * size or abs(above.size - line.size) > _ALIKE * size:
        return False
    if line.runs[0].x0 > above.runs[0].x0 + 4 * size or _LABEL.match(line.runs[0].text):
        return False
    word = line.runs[0].text.split(" ", 1)[0]
    return above.runs[0].x1 + (_BLANK + _LETTER * len(word)) * line.size > edge


def _joined(lines: Sequence[Line]) -> str:
    return _glued([run.text for line in lines for run in line.runs])


def _glued(texts: list[str]) -> str:
    """Lines of one cell as one text; a word broken at its hyphen keeps it (Санкт-Петербург) and gets no blank."""
    whole = ""
    for text in filter(None, texts):
        broken = len(whole) > 1 and whole[-1] == "-" and whole[-2].isalnum() and text[0].isalnum()
        whole += text if broken or not whole else f" {text}"
    return whole
