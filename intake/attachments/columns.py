"""Lines of a printed page to rows of cells, by the white lanes that run down through them. Pure; knows no PDF.

A row of a printed form is often wrapped: what leaves the first column empty belongs to the row above it, and so does
what goes on with a small letter under a capital one.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_WIDE = re.compile(r"\S {3,}\S")
_WORDS = re.compile(r"\S+(?: \S+)*")  # words a single space apart
_LANE = 2  # blank places that make a lane
_NUMBER = 5  # digits that make a number
_MOST_LINES = 400  # of one block


def blocks(lines: Iterable[str]) -> Iterator[list[list[str]]]:
    """Blocks of rows of cells: a line of its own is a block of one row of one cell."""
    block: list[str] = []
    taken: list[tuple[int, int]] = []
    for line in lines:
        grown = _merged(taken, line)
        if block and line.strip() and len(block) < _MOST_LINES and _lanes(grown):
            block.append(line)
            taken = grown
            continue
        if block:
            yield _rows(block, _lanes(taken))
            block = []
        if _WIDE.search(line):
            block, taken = [line], _merged([], line)
        else:
            taken = []
            yield [[line.strip()]]
    if block:
        yield _rows(block, _lanes(taken))


def _merged(taken: list[tuple[int, int]], line: str) -> list[tuple[int, int]]:
    """The places where something stands in any line so far, neighbours joined."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted([*taken, *(match.span() for match in _WORDS.finditer(line))]):
        if merged and start - merged[-1][1] < _LANE:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _lanes(taken: list[tuple[int, int]]) -> list[int]:
    """Where each column but the first begins."""
    return [start for start, _ in taken[1:]]


def _rows(block: list[str], lanes: list[int]) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in block:
        edges = [0, *lanes, len(line)]
        cells = [line[start:end].strip() for start, end in pairwise(edges)]
        if rows and _goes_on(rows[-1], cells):
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return [_trimmed(row) for row in rows]


def _goes_on(above: list[str], cells: list[str]) -> bool:
    """Whether a line continues the row above it."""
    if not cells[0]:
        return bool(above[0])
    small = cells[0][0].islower() and above[0][:1].isupper()
    return small and any(cells[1:]) and not any(map(_is_value, cells[1:]))


def _is_value(cell: str) -> bool:
    """A number or an address begins a row of its own, however its label is written."""
    return "@" in cell or sum(map(str.isdigit, cell)) >= _NUMBER


def _trimmed(row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:
        row.pop()
    return row
