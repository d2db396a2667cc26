"""What the finders of `rules.fields` see in each segment, and the cue words around it.

Every finder works on its own; nothing is decided here. A soft line break is shown to the finders as a space (one code
point for one, so that offsets hold).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from intake.reading.segments import Segment
from rules.book import RuleBook
from rules.fields import email, organization, person, phone, place
from rules.fields.fold import fold
from rules.fields.found import Found
from rules.labels import Slot
from rules.message import Part, Zone

_GAP = 200  # code points before an entity in which cue words count
_BREAK = re.compile(r"\n(?:>[> ]*)?")
_SENTENCE = re.compile(r"[.!?](?=\s+[А-ЯЁA-Z])|\n\s*\n")
_DIGIT = re.compile(r"\d")
_TRAIL = re.compile(r"\s*(?:[(,–—-]\s*[^()\n.;]{0,40}\)?)?")
_OF_THE_LAST = re.compile(r"^\s*\([^()]*\)(?=.*\w)", re.DOTALL)  # a bracket that speaks of the find before
_REST = 120  # code points behind a find in which its sentence goes on
_SHORTEST_CUE = 6  # code points
FORMER = "former"  # the tag of who or what is no more to be taken
_NEAREST = 3  # words right before a phone or an address that may call it wrong: «старый номер телефона»
_NEAR = 70  # code points behind a phone or an address in which it may be called out of date
STALE = "stale"  # the tag of a phone or an address that is called old or wrong right before it
_FORMER = frozenset({FORMER})
_STALE = frozenset({STALE})
_ADMIN = frozenset({"admin"})
_NO_TAGS: frozenset[str] = frozenset()
_OWNED = frozenset({"phone", "email", "person"})  # kinds that belong to somebody: cue words are looked at for these


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing found: its kind (`phone`, `email`, `person`, `organization`, `settlement`, `region`), offsets into the
    part, the finder's result, the segment it stands in, and the tags of the cue words before and right after it
    (of a person, phone or address only; with the words themselves in `gap` and `trail`).
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

    def __hash__(self) -> int:
        return hash((self.kind, self.start, self.end))


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
    if "\n" not in text:
        return text
    return _BREAK.sub(lambda hit: " " * len(hit.group()), text) if "\n>" in text else text.replace("\n", " ")


def _find_all(text: str, segment: Segment, book: RuleBook) -> Iterable[tuple[str, Found]]:
    if segment.asks(Slot.IGNORE):
        return
    if _DIGIT.search(text):
        yield from (("phone", found) for found in phone.find(text))
    if "@" in text or "соба" in text.lower():
        yield from (("email", found) for found in email.find(text))
    organizations = list(organization.find(text))
    yield from (("organization", found) for found in organizations)
    inside = [(found.start, found.end) for found in organizations]  # in order, none within another
    for found in person.find(text):
        if not _within(found, inside) or organization.is_trader(found.start, organizations):
            yield "person", found
    for kind, places in (
        ("region", place.find_regions(text, book.regions)),
        ("settlement", place.find_settlements(text, book.gazetteer)),
    ):
        for found in places:
            yield (kind if not _within(found, inside) else f"{kind} in name"), found


def _within(found: Found, spans: list[tuple[int, int]]) -> bool:
    at = bisect_right(spans, found.start, key=itemgetter(0)) - 1
    return at >= 0 and found.end <= spans[at][1]


def _with_cues(
    raw: list[tuple[str, Found]], text: str, number: int, segment: Segment, book: RuleBook
) -> Iterable[Entity]:
    """The finds as entities. A cue word speaks for the next find only: it lies between that one and its neighbours."""
    starts = [found.start for _, found in raw]
    stops = sorted(found.end for _, found in raw)
    for at, (kind, found) in enumerate(raw):
        gap = trail = ""
        if kind in _OWNED:
            before, after = bisect_right(stops, found.start), bisect_left(starts, found.end)
            floor = stops[before - 1] if before else 0
            ceiling = starts[after] if after < len(starts) else len(text)
            gap = _last_sentence(text[max(floor, found.start - _GAP) : found.start])
            hit = _TRAIL.match(text[found.end : min(ceiling, found.end + _GAP)])
            trail = hit.group() if hit else ""
        start, end = segment.start + found.start, segment.start + found.end
        before_tags = after_tags = _NO_TAGS
        if kind in _OWNED:
            own_gap = _OF_THE_LAST.sub("", gap) if "(" in gap else gap
            before_tags = _tags(own_gap, book) | _said_before(kind, gap, book)
            after_tags = _tags(trail, book)
            if trail.lstrip().startswith(","):
                after_tags -= _FORMER  # «новый X, старый Y»: the word speaks of what follows
            after_tags |= _said_after(kind, _rest(raw, at, text), book)
        yield Entity(kind, start, end, found, number, segment.zone, before_tags, after_tags, gap, trail)


def _rest(raw: list[tuple[str, Found]], at: int, text: str) -> str:
    """The rest of the sentence behind a find, up to the clause in which the next one of its kind stands."""
    kind, found = raw[at]
    limit = min(len(text), found.end + _REST)
    following = len(text)
    for number in range(at + 1, len(raw)):
        other, one = raw[number]
        if one.start >= limit or (other == kind and one.start >= found.end):
            following = one.start
            break
    rest = text[found.end : min(limit, following)]
    if following < limit:
        rest = rest[: max(rest.rfind(mark) for mark in ",;:") + 1]
    return _SENTENCE.split(rest, 1)[0]


def _said_before(kind: str, gap: str, book: RuleBook) -> frozenset[str]:
    if len(gap) < _SHORTEST_CUE:
        return _NO_TAGS
    plain = fold(gap)
    if kind != "person":
        nearest = " ".join(re.split("[,;]", plain)[-1].split()[-_NEAREST:])
        return _STALE if nearest and book.phrases.stale_before.search(nearest) else _NO_TAGS
    if book.phrases.former_before.search(plain):
        return _FORMER
    return _ADMIN if book.phrases.tasked_before.search(plain) else _NO_TAGS


def _said_after(kind: str, rest: str, book: RuleBook) -> frozenset[str]:
    if len(rest) < _SHORTEST_CUE:
        return _NO_TAGS
    plain = fold(rest)
    if kind != "person":
        return _FORMER if book.phrases.stale_after.search(plain[:_NEAR]) else _NO_TAGS
    if book.phrases.former_after.search(plain):
        return _FORMER
    return _ADMIN if book.phrases.tasked_after.search(plain) else _NO_TAGS


def _last_sentence(text: str) -> str:
    end = 0
    for match in _SENTENCE.finditer(text):
        end = match.end()
    return text[end:]


def _tags(text: str, book: RuleBook) -> frozenset[str]:
    """The tags of the label words of a text."""
    return frozenset(book.labels.tags(text)) - {""} if text and not text.isspace() else _NO_TAGS
