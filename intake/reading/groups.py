"""Several organisations in one passage: which segments belong to which.

Organisations are told apart by their names. What stands in a name's own segments is its own; what is said once,
outside of them, is said for all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from intake.reading.entities import Entity
from intake.reading.lending import doubted, lend, said_for_all
from intake.reading.mentions import mentioned
from intake.reading.owners import Owned
from intake.reading.segments import Segment
from intake.reading.turns import BY_ORDER, alike, counts as _counts, paired, turns
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.labels import Slot
from rules.phrases import Phrases

_SEVERAL = 2
_OF_PERSON = (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL)
_BY_TURN = (FieldName.SHORT_NAME, *_OF_PERSON, FieldName.SETTLEMENT)
_LONGEST_HEADING = 100  # code points


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers of the segments of one organisation."""

    segments: frozenset[int]


def grouped(scene: Scene, book: RuleBook) -> tuple[Application, ...]:
    """One application for each organisation of the scene; one when there is only one, or none."""
    groups = _groups(scene, book.phrases)
    if len(groups) < _SEVERAL:
        made = paired(scene, book) or [weigh(scene, book)]
        return tuple(one for one in made if not one.empty)
    taken = frozenset().union(*(group.segments for group in groups))
    homes = _by_segment(scene)
    rest = _only(scene, frozenset(range(len(scene.cut))) - taken, homes)
    made = [weigh(_only(scene, group.segments, homes), book) for group in groups]
    common, made = _with_shared(weigh(rest, book), made, scene, book)
    made = _in_turn(made, rest, book)
    return tuple(_same_place(lend(made, common, scene.part, book.phrases), scene, groups, book.phrases))


def _in_turn(made: list[Application], rest: Scene, book: RuleBook) -> list[Application]:
    """The organisations with one value each of what is said of them in their order, outside of their own lines.

    Values told apart by nothing but their order are for an agent to look at.
    """
    seen = [weigh(one, book) for one in turns(rest, len(made))]
    for name in _BY_TURN:
        values = {one[name].value for one in seen if one[name].usable}
        if len(values) == len(made) and not any(one[name].usable for one in made):
            made = [one.having(name, doubted(own[name], BY_ORDER)) for one, own in zip(made, seen, strict=True)]
    return made


def _with_shared(
    common: Application, made: list[Application], scene: Scene, book: RuleBook
) -> tuple[Application, list[Application]]:
    """What only one organisation's stretch holds, though it says that it is for all; a region also unsaid."""
    last_only = all(not one[name].usable for one in made[:-1] for name in _OF_PERSON)
    for name in (*_OF_PERSON, FieldName.REGION, FieldName.SETTLEMENT):
        holders = [one for one in made if one[name].usable]
        if common[name].usable or len(holders) != 1:
            continue
        value = holders[0][name]
        if said_for_all(value, scene.part, book.phrases):
            common = common.having(name, value)
        elif name is FieldName.REGION or (last_only and name in _OF_PERSON and holders[0] is made[-1]):
            common = common.having(name, doubted(value))
    return common, made


def _same_place(
    made: list[Application], scene: Scene, groups: list[Group], phrases: Phrases
) -> Iterator[Application]:
    """«Там же»: an organisation without a place lies where the one before it does."""
    before: Application | None = None
    for one, group in zip(made, groups, strict=True):
        here = one
        if before is not None and not one.settlement.usable and before.settlement.usable:
            text = " ".join(scene.value_text(scene.cut[number]) for number in sorted(group.segments))
            if phrases.is_same_place(text):
                here = one.having(FieldName.SETTLEMENT, before.settlement)
                if before.region.usable and (not one.region.usable or one.region.status is Status.DOUBTFUL):
                    here = here.having(FieldName.REGION, before.region)
        before = here
        yield here


def _groups(scene: Scene, phrases: Phrases) -> list[Group]:
    starts = _labelled_starts(scene)
    if len(starts) < _SEVERAL:
        return _by_paragraph(scene, phrases)
    starts = _with_headings(scene, starts)
    stops = [*starts[1:], _last_stop(scene, starts, phrases)]
    return [Group(frozenset(range(start, stop))) for start, stop in zip(starts, stops, strict=True)]


def _labelled_starts(scene: Scene) -> list[int]:
    """Where each repetition of a list of labels begins.

    As many names under one label, so many organisations; each begins with the first label that comes as often.
    """
    filled = {number for number, segment in enumerate(scene.cut) if segment.label and _filled(scene, segment)}
    for slot in (Slot.FULL, Slot.NAME, Slot.SHORT):
        labelled = [number for number in sorted(filled) if scene.cut[number].asks(slot)]
        names = {fold(scene.value_text(scene.cut[number])).strip(' .,;"«»') for number in labelled} - {""}
        if len(labelled) == len(names) >= _SEVERAL:
            starts = _first_as_often(scene, filled, len(names))
            bounds = zip(starts, [*starts[1:], len(scene.cut)], strict=True)
            one_each = all(sum(a <= number < b for number in labelled) == 1 for a, b in bounds)
            return starts if starts and one_each else labelled
    return []


def _filled(scene: Scene, segment: Segment) -> bool:
    return any(one.isalnum() for one in scene.part.text[segment.start : segment.end])


def _first_as_often(scene: Scene, filled: set[int], count: int) -> list[int]:
    places: dict[tuple[Slot, ...], list[int]] = {}
    for number in sorted(filled):
        label = scene.cut[number].label
        if label and label.slots != (Slot.IGNORE,):
            places.setdefault(label.slots, []).append(number)
    return next((numbers for numbers in places.values() if len(numbers) == count), [])


def _with_headings(scene: Scene, starts: list[int]) -> list[int]:
    """The starts moved up to the headings over them («2) МБОУ «СОШ № 5»», «Школа 2:»), if all have one."""
    above = [start - 1 for start in starts]
    if above[0] < 0 or not all(_heading(scene, number) for number in above):
        return starts
    return above


def _heading(scene: Scene, number: int) -> bool:
    """Whether a segment is a short line of its own, or a label with nothing behind it."""
    segment = scene.cut[number]
    if segment.label:
        return not _filled(scene, segment)
    return segment.end - segment.start <= _LONGEST_HEADING


def _last_stop(scene: Scene, starts: list[int], phrases: Phrases) -> int:
    """Where the last organisation's lines end: what follows in a paragraph of its own and has no like in the lines of
    the others is said of all of them.
    """
    told = {scene.cut[n].label.slots for n in range(starts[0], starts[-1]) if scene.cut[n].label}  # type: ignore[union-attr]
    stop = len(scene.cut)
    for number in range(len(scene.cut) - 1, starts[-1], -1):
        segment = scene.cut[number]
        if segment.block == scene.cut[number - 1].block and not phrases.for_all(scene.value_text(segment)):
            likely = any(scene.cut[n].block == segment.block for n in range(starts[-1], number))
            if likely and segment.label and segment.label.slots in told:
                break
            continue
        if segment.label and segment.label.slots in told and not phrases.for_all(segment.label.words):
            break
        stop = number
    return stop


def _by_paragraph(scene: Scene, phrases: Phrases) -> list[Group]:
    """Organisations in paragraphs or lines of their own: from the line that names one to the next, or to the end of
    its paragraph. Abbreviated names count where no full one stands and the line says more than the name, or begins
    with it and goes on below.
    """
    for kind in ("full", "short"):
        homes = _homes(scene, kind, phrases)
        starts = sorted(homes if kind == "full" else homes.keys() & _entries(scene, homes))
        if len(starts) >= _SEVERAL:
            return list(_extents(scene, starts))
    return []


def _homes(scene: Scene, kind: str, phrases: Phrases) -> dict[int, Entity]:
    """The segments in which an organisation is named for the first time, with its name."""
    homes: dict[int, Entity] = {}
    spoken_of = mentioned(scene.part.text, scene.seen, phrases)
    known: list[str] = []
    for one in scene.seen:
        if one.entity in spoken_of:
            continue
        if one.entity.kind == "organization" and one.entity.found.kind == kind and _counts(one.entity):
            name = fold(one.entity.found.written)
            if one.entity.segment not in homes and all(not alike(name, other) for other in known):
                homes[one.entity.segment] = one.entity
                known.append(name)
    return homes


def _entries(scene: Scene, homes: Mapping[int, Entity]) -> set[int]:
    """The lines that may be an entry of a list: they name a person, a number or an address, or begin with an
    organisation and have such lines in their paragraph.
    """
    told = {one.entity.segment for one in scene.seen if one.entity.kind in {"person", "phone", "email"}}
    blocks = Counter(scene.cut[number].block for number in homes)
    below = {scene.cut[number].block for number in told}
    begun = {
        number
        for number, entity in homes.items()
        if entity.start == scene.cut[number].start
        and scene.cut[number].block in below
        and blocks[scene.cut[number].block] == 1
    }
    return told | begun


def _extents(scene: Scene, starts: list[int]) -> Iterator[Group]:
    """The segments of each organisation: those of its paragraph that no other organisation has begun."""
    first: dict[int, int] = {}
    for number, segment in enumerate(scene.cut):
        first.setdefault(segment.block, number)
    begun = Counter(scene.cut[start].block for start in starts)
    for start, stop in zip(starts, [*starts[1:], len(scene.cut)], strict=True):
        block = scene.cut[start].block
        begin = first[block] if begun[block] == 1 else start
        yield Group(frozenset(n for n in range(begin, stop) if scene.cut[n].block == block))


def _by_segment(scene: Scene) -> dict[int, list[Owned]]:
    """What was seen in each segment that holds anything."""
    homes: dict[int, list[Owned]] = {}
    for one in scene.seen:
        homes.setdefault(one.entity.segment, []).append(one)
    return homes


def _only(scene: Scene, numbers: frozenset[int], homes: dict[int, list[Owned]]) -> Scene:
    """The scene reduced to some of its segments; `homes`: what was seen in each."""
    order = sorted(numbers)
    seen = tuple(
        replace(one, entity=replace(one.entity, segment=index))
        for index, number in enumerate(order)
        for one in homes.get(number, ())
    )
    return Scene(scene.part, tuple(scene.cut[number] for number in order), seen)
