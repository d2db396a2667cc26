"""What the finders of `rules.fields` see in each segment, and the cue words around it.

Every finder works on its own; nothing is decided here. A soft line break is shown to the finders as a space (one code
point for one, so that offsets hold).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from intake.reading.segments import Segment
from rules.book import RuleBook
from rules.fields import email, organization, person, phone, place
from rules.fields.found import Found
from rules.labels import Slot
from rules.message import Part, Zone

_GAP = 200  # code points before an entity in which cue words count
_BREAK = re.compile(r"\n(?:>[> ]*)?")
_SENTENCE = re.compile(r"[.!?](?=\s+[А-ЯЁA-Z])|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing found: its kind (`phone`, `email`, `person`, `organization`, `settlement`, `region`), offsets into the
    part, the finder's result, the segment it stands in, and the tags of the cue words before and right after it.
    """

    kind: str
    start: int
    end: int
    found: Found
    segment: int
    zone: Zone
    before: frozenset[str]
    after: frozenset[str]
    gap: str = ""
    trail: str = ""


def entities(part: Part, cut: list[Segment], book: RuleBook) -> list[Entity]:
    """All entities of the segments, in the order of the text, not overlapping within a kind."""
    made: list[Entity] = []
    for number, segment in enumerate(cut):
        text = soften(part.text[segment.start : segment.end])
        raw = sorted(_find_all(text, segment, book), key=lambda pair: (pair[1].start, -pair[1].end))
        made.extend(_with_cues(raw, text, number, segment, book))
    return made


def soften(text: str) -> str:
    """The text with line breaks inside a sentence, and quotation marks after them, shown as spaces."""
    return _BREAK.sub(lambda hit: " " * len(hit.group()), text)


def _find_all(text: str, segment: Segment, book: RuleBook) -> Iterable[tuple[str, Found]]:
    if segment.asks(Slot.IGNORE):
        return
    has_digits = any(one.isdigit() for one in text)
    if has_digits:
        yield from (("phone", found) for found in phone.find(text))
    if "@" in text or "соба" in text.lower():
        yield from (("email", found) for found in email.find(text))
    organizations = list(organization.find(text))
    yield from (("organization", found) for found in organizations)
    inside = [(found.start, found.end) for found in organizations]
    for found in person.find(text):
        if not _within(found, inside):
            yield "person", found
    for kind, places in (
        ("region", place.find_regions(text, book.regions)),
        ("settlement", place.find_settlements(text, book.gazetteer)),
    ):
        for found in places:
            yield (kind if not _within(found, inside) else f"{kind} in name"), found


def _within(found: Found, spans: list[tuple[int, int]]) -> bool:
    return any(start <= found.start and found.end <= end for start, end in spans)


def _with_cues(
    raw: list[tuple[str, Found]], text: str, number: int, segment: Segment, book: RuleBook
) -> Iterable[Entity]:
    stops = sorted({found.end for _, found in raw})
    for kind, found in raw:
        floor = max((stop for stop in stops if stop <= found.start), default=0)
        gap = text[max(floor, found.start - _GAP) : found.start]
        cut = [match.end() for match in _SENTENCE.finditer(gap)]
        gap = gap[cut[-1] :] if cut else gap
        ceiling = min((other.start for _, other in raw if other.start >= found.end), default=len(text))
        trail = re.match(r"\s*(?:[(,–—-]\s*[^()\n.;]{0,40}\)?)?", text[found.end : min(ceiling, found.end + _GAP)])
        yield Entity(
            kind,
            segment.start + found.start,
            segment.start + found.end,
            found,
            number,
            segment.zone,
            frozenset(book.labels.tags(gap)) - {""},
            frozenset(book.labels.tags(trail.group() if trail else "")) - {""},
            gap,
            trail.group() if trail else "",
        )
