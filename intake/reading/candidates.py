"""What candidates of a field are, and how the best of them is chosen.

Every candidate knows its score and the rule that found it. The best one wins; a different runner-up close behind makes
the field doubtful and is kept, so that an agent can choose. Nothing is searched here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from intake.reading.entities import Entity, soften
from intake.reading.owners import Owned
from intake.reading.segments import Segment
from rules.application import MISSING, FieldValue, Source, Status
from rules.fields.fold import fold
from rules.labels import Slot
from rules.message import Part, Zone

LABELLED, CUED, NEAR, PLAIN, FAINT, INSIDE_NAME = 100, 95, 90, 60, 40, 20
CLOSE = 15
TWO = "two candidates"
_ZONE = {Zone.OWN: 0, Zone.LETTERHEAD: -10, Zone.SIGNATURE: -15, Zone.QUOTED: 0, Zone.STRUCK: -100}
_MOST_VALUES = 1_000  # values under one label that are weighed: more are no form, and each may ask the dictionary
VALUE_LIMIT = 2_000  # a longer labelled value is text, not a value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a field with its score, place and evidence in words."""

    value: FieldValue
    score: int
    start: int
    end: int
    zone: Zone
    evidence: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything seen in one passage: the part, its segments and its owned entities."""

    part: Part
    cut: tuple[Segment, ...]
    seen: tuple[Owned, ...]

    def value_text(self, segment: Segment) -> str:
        """The value of a labelled segment on one line."""
        return soften(self.part.text[segment.start : min(segment.end, segment.start + VALUE_LIMIT)])


def best(candidates: Iterable[Candidate], part: Part, *, close: int = CLOSE) -> FieldValue:
    """The winner as a field value with its source; doubtful when another value is close behind."""
    ranked = sorted(candidates, key=lambda one: (-one.score, one.start))
    usable = [one for one in ranked if one.value.usable]
    if not usable:
        return placed(ranked[0], part) if ranked else MISSING
    winner = usable[0]
    if ranked[0].value.status is Status.INVALID and ranked[0].score - winner.score > 2 * CLOSE:
        return placed(ranked[0], part)
    if len(usable) == 1:
        return placed(winner, part)
    said = fold(winner.value.value or "")
    twins: list[Candidate] = []
    others: list[Candidate] = []
    for one in usable:
        (twins if fold(one.value.value or "") == said else others).append(one)
    winner = next((one for one in twins if one.value.status is Status.OK and winner.score - one.score <= close), winner)
    rivals = [one for one in others if winner.score - one.score < close]
    value = placed(winner, part)
    if not rivals:
        return value
    names = dict.fromkeys([winner.value.value or "", *(one.value.value or "" for one in rivals)])
    return replace(value, status=Status.DOUBTFUL, reason=value.reason or TWO, candidates=tuple(names))


def placed(candidate: Candidate, part: Part) -> FieldValue:
    """The candidate's value with its source and evidence."""
    source = Source(part.name, candidate.start, candidate.end, candidate.zone)
    value = candidate.value
    written = value.written or part.text[candidate.start : candidate.end]
    return FieldValue(
        value.value, value.status, value.reason, written, value.code, source, value.candidates, candidate.evidence
    )


def of_entity(entity: Entity, score: int, evidence: str, value: FieldValue | None = None) -> Candidate:
    """An entity as a candidate, with its own value or another one; its zone lowers the score."""
    return Candidate(
        value or entity.found.value, score + _ZONE[entity.zone], entity.start, entity.end, entity.zone, evidence
    )


def labelled_values(
    scene: Scene, slot: Slot, normalise: Callable[[str], FieldValue], *, alone: bool = True
) -> Iterator[Candidate]:
    """What stands after the labels of that slot, as a whole."""
    asked = (one for one in scene.cut if one.label is not None and slot in one.label.slots)
    for segment in islice(asked, _MOST_VALUES):
        if segment.label is not None and (not alone or len(segment.label.slots) == 1):
            text = scene.value_text(segment)
            start = segment.start + len(text) - len(text.lstrip())
            end = segment.start + len(text.rstrip())
            if end > start and any(one.isalnum() for one in text):
                value = normalise(text.strip())
                words = f"label «{segment.label.words}»"
                yield Candidate(value, LABELLED + _ZONE[segment.zone], start, end, segment.zone, words)
