"""What reading one file gave: `Extracted`, its code words, and how it travels over a pipe. No I/O, no library.

The wire form is JSON, never pickle: the process that reads foreign files is not trusted by the one that asked.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from operator import gt

from intake.parsing.rendered import Rendered, Span
from rules.errors import Permanent
from rules.message import Cell, Stretch, Table, Zone


class Note(StrEnum):
    """Why the text of a file could not be read, or is not to be relied on."""

    READ = ""  # read, or nothing to read
    LOCKED = "locked"  # needs a password
    SCAN = "scan"  # pictures of text, no text
    NO_READER = "no reader"  # nothing here reads this format
    TOO_LARGE = "too large"  # more than is read of one file or one letter; what was read is there
    BROKEN = "broken"  # not what it claims to be, or damaged
    BOMB = "bomb"  # small outside, endless inside
    TIMEOUT = "timeout"  # took longer than a file or a letter may take
    OCR = "ocr"  # the text was guessed from a picture: every value in it is doubtful


class Refused(Permanent):
    """A file that is not read any further; `note` says why."""

    def __init__(self, note: Note) -> None:
        super().__init__(f"the file is not read: {note.value}")
        self.note = note


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one file.

    `name` as shown (a member of an archive: `архив.zip/Заявка.docx`); `text`, `tables` and `stretches` as in
    `rules.message.Part` (struck-out text is a stretch of its own); `note` a value of `Note`; `children` all files
    found inside, those inside of them too, in reading order, each without children of its own.
    """

    name: str
    text: str = ""
    tables: tuple[Table, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    note: str = ""
    children: tuple["Extracted", ...] = ()


def extracted(name: str, page: Rendered, note: Note = Note.READ) -> Extracted:
    """A rendered page as the text of a file; without a visible character it has none."""
    if not page.text.strip():
        return Extracted(name, note=note.value)
    return Extracted(name, page.text, page.tables, _stretches(page), note.value)


def _stretches(page: Rendered) -> tuple[Stretch, ...]:
    """The text in runs, struck or not, without gaps."""
    runs: list[Stretch] = []
    at = 0
    for span in sorted(page.struck, key=lambda span: span.start):
        if span.end <= at:
            continue
        start = max(at, span.start)
        if start > at:
            runs.append(Stretch(at, start, Zone.OWN))
        runs.append(Stretch(start, span.end, Zone.STRUCK))
        at = span.end
    if at < len(page.text):
        runs.append(Stretch(at, len(page.text), Zone.OWN))
    return tuple(runs)


def to_wire(one: Extracted) -> bytes:
    """JSON of one file, its children left out: they travel before it. A table travels column by column."""
    tables = [
        [
            [cell.start for cell in table.cells],
            [cell.end for cell in table.cells],
            [cell.row for cell in table.cells],
            [cell.column for cell in table.cells],
            [cell.rows for cell in table.cells],
            [cell.columns for cell in table.cells],
        ]
        for table in one.tables
    ]
    struck = [[run.start, run.end] for run in one.stretches if run.zone is Zone.STRUCK]
    return json.dumps([one.name, one.text, tables, struck, one.note], ensure_ascii=False).encode("utf-8", "replace")


def from_wire(raw: bytes) -> Extracted:
    """The file in a JSON frame. Raises `ValueError` if it is none, or speaks of places outside its text."""
    try:
        name, text, tables, struck, note = json.loads(raw)
        grid = tuple(_table(table, len(text)) for table in tables)
        spans = tuple(Span(int(start), int(end)) for start, end in struck)
    except (TypeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    is_text = isinstance(name, str) and isinstance(text, str)
    if not is_text or any(not 0 <= span.start <= span.end <= len(text) for span in spans):
        msg = "a name or a text is no text, or a place lies outside of it"
        raise ValueError(msg)
    return Extracted(name, text, grid, _stretches(Rendered(text, struck=spans)), Note(note).value)


def _table(columns: list[list[int]], most: int) -> Table:
    """A table told column by column. Raises `ValueError` or `TypeError` if it cannot be one of a text that long."""
    starts, ends, *_ = columns
    cells = tuple(map(Cell, *columns))
    numbers = [number for column in columns for number in column]
    if not numbers or set(map(type, numbers)) != {int} or len(numbers) != len(columns) * len(cells):
        msg = "a table is no table"
        raise ValueError(msg)
    if min(numbers) < 0 or max(ends) > most or any(map(gt, starts, ends)):
        msg = "a cell lies outside the text"
        raise ValueError(msg)
    return Table(cells)
