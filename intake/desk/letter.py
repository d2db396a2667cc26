"""A letter as runs of text: which stretch is quoted, which words a field's value was taken from.

Pure: no HTML is made here (the template escapes every run), and no mark is set where the text does not say what the
source claims: a mark that lies would be worse than none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rules.application import FieldName, FieldValue, Source
from rules.message import Attachment, Message, Part, Zone

TEXT_LIMIT = 100_000  # code points of one part that are shown; the whole stays in the raw message
_ORDER = tuple(FieldName)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with one voice and the same marks.

    `marks`: numbers (1–7) of the fields whose value stands here. `begins`: those whose mark starts with this run (an
    anchor goes here); `ends`: those whose mark ends with it (the number is printed here).
    """

    text: str
    zone: Zone = Zone.OWN
    marks: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One readable text of a letter: heading («» for the body), runs, and how long the whole is if it was cut."""

    heading: str
    runs: tuple[Run, ...]
    cut_of: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """What the desk shows of one message's content. `marked`: numbers of the fields that have a mark in it."""

    parts: tuple[ShownPart, ...]
    attachments: tuple[Attachment, ...]
    marked: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int
    start: int
    end: int


def number_of(name: FieldName) -> int:
    """The number 1–7 of a field, as the marks and the list show it."""
    return _ORDER.index(name) + 1


def shown(message: Message, fields: Sequence[tuple[FieldName, FieldValue]]) -> Letter:
    """The texts of a message with the fields' sources marked: its read parts, and any other part a source names."""
    sources = [(number_of(name), value) for name, value in fields if value.source is not None]
    named = {value.source.part for _, value in sources if value.source is not None}
    read = {part.name for part in message.read_parts()}
    parts: list[ShownPart] = []
    marked: set[int] = set()
    for part in message.parts:
        if part.name not in read | named or not part.text.strip():
            continue
        marks = list(_marks(part, sources))
        if part.name not in read and not marks:
            continue
        marked.update(mark.number for mark in marks)
        parts.append(_part(part, marks))
    return Letter(tuple(parts), message.attachments, frozenset(marked))


def _part(part: Part, marks: Sequence[_Mark]) -> ShownPart:
    cut = len(part.text) if len(part.text) > TEXT_LIMIT else 0
    return ShownPart(_heading(part.name), tuple(runs(part, marks)), cut)


def _heading(name: str) -> str:
    if name in {"body", "html"}:
        return ""
    if name == "subject":
        return "Тема письма"
    return f"Вложение «{name.removeprefix('attachment:')}»"


def _marks(part: Part, sources: Iterable[tuple[int, FieldValue]]) -> Iterable[_Mark]:
    for number, value in sources:
        source = value.source
        if source is not None and source.part == part.name and _says_so(part.text, source, value):
            yield _Mark(number, source.start, source.end)


def _says_so(text: str, source: Source, value: FieldValue) -> bool:
    """Whether the text at the source is what was written (the fields may stem from another message of the ticket)."""
    if not 0 <= source.start < source.end <= min(len(text), TEXT_LIMIT):
        return False
    here = _bare(text[source.start : source.end])
    return bool(here) and any(
        _bare(said) in here or here in _bare(said) for said in (value.written, value.value) if said
    )


def _bare(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def runs(part: Part, marks: Sequence[_Mark]) -> Iterable[Run]:
    """The part's text, whole and in order, cut wherever a voice or a mark begins or ends."""
    text = part.text[:TEXT_LIMIT]
    edges = {0, len(text)}
    spans = [(one.start, one.end) for one in part.stretches] + [(one.start, one.end) for one in marks]
    edges.update(edge for span in spans for edge in span if 0 < edge < len(text))
    cuts, in_order = sorted(edges), sorted(marks, key=lambda mark: mark.number)
    stretches = iter(sorted(part.stretches, key=lambda one: one.start))
    here = next(stretches, None)
    for start, end in pairwise(cuts):
        while here is not None and here.end <= start:
            here = next(stretches, None)
        zone = here.zone if here is not None and here.start <= start else Zone.OWN
        over = [mark for mark in in_order if mark.start <= start < mark.end]
        yield Run(
            text[start:end],
            zone,
            tuple(mark.number for mark in over),
            tuple(mark.number for mark in over if mark.start == start),
            tuple(mark.number for mark in over if mark.end == end),
        )
