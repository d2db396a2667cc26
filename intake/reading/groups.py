"""Several organisations in one passage: which segments belong to which.

Organisations are told apart by their names. What stands in a name's own segments is its own; what is said once,
outside of them, is said for all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from intake.reading.entities import Entity
from intake.reading.owners import Owned
from intake.reading.tables import fill
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.labels import Slot

_SEVERAL = 2
_NAMES = {FieldName.FULL_NAME.value, FieldName.SHORT_NAME.value}


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers of the segments of one organisation."""

    segments: frozenset[int]


def grouped(scene: Scene, book: RuleBook) -> tuple[Application, ...]:
    """One application for each organisation of the scene; one when there is only one, or none."""
    groups = _groups(scene)
    if len(groups) < _SEVERAL:
        paired = _paired(scene)
        made = [weigh(one, book) for one in paired] if paired else [weigh(scene, book)]
        return tuple(one for one in made if not one.empty)
    taken = frozenset().union(*(group.segments for group in groups))
    common = weigh(_only(scene, frozenset(range(len(scene.cut))) - taken), book)
    made = [weigh(_only(scene, group.segments), book) for group in groups]
    common = _with_shared(common, made)
    return tuple(fill(one, common, allowed=lambda name: name not in _NAMES) for one in made)


def _with_shared(common: Application, made: list[Application]) -> Application:
    """What only the last organisation's stretch holds, though all need it, was said for all: persons and contacts."""
    for name in (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL, FieldName.REGION):
        holders = [one for one in made if one[name].usable]
        if not common[name].usable and len(holders) == 1 and holders[0] is made[-1] and len(made) > 1:
            common = common.having(name, holders[0][name])
    return common


def _groups(scene: Scene) -> list[Group]:
    starts = _labelled_starts(scene)
    if len(starts) < _SEVERAL:
        return _by_paragraph(scene)
    stops = [*starts[1:], len(scene.cut)]
    return [Group(frozenset(range(start, stop))) for start, stop in zip(starts, stops, strict=True)]


def _labelled_starts(scene: Scene) -> list[int]:
    """Where each repetition of a list of labels begins.

    As many names under one label, so many organisations; each begins with the first label that comes as often.
    """
    for slot in (Slot.FULL, Slot.NAME, Slot.SHORT):
        labelled = [number for number, segment in enumerate(scene.cut) if segment.asks(slot)]
        names = {fold(scene.value_text(scene.cut[number])).strip(' .,;"«»') for number in labelled} - {""}
        if len(labelled) == len(names) >= _SEVERAL:
            return _first_as_often(scene, len(names))
    return []


def _first_as_often(scene: Scene, count: int) -> list[int]:
    places: dict[tuple[Slot, ...], list[int]] = {}
    for number, segment in enumerate(scene.cut):
        if segment.label and segment.label.slots != (Slot.IGNORE,):
            places.setdefault(segment.label.slots, []).append(number)
    return next((numbers for numbers in places.values() if len(numbers) == count), [])


def _by_paragraph(scene: Scene) -> list[Group]:
    """Organisations in paragraphs or lines of their own: from the line that names one to the next, or to the end of
    its paragraph. Abbreviated names count where no full one stands and the line says more than the name.
    """
    for kind in ("full", "short"):
        homes = _homes(scene, kind)
        starts = sorted(homes if kind == "full" else (number for number in homes if _is_entry(scene, number)))
        if len(starts) >= _SEVERAL:
            return [Group(_extent(scene, start, starts)) for start in starts]
    return []


def _homes(scene: Scene, kind: str) -> dict[int, str]:
    """The segments in which an organisation is named for the first time, with its name."""
    homes: dict[int, str] = {}
    for one in scene.seen:
        if one.entity.kind == "organization" and one.entity.found.kind == kind and _counts(one.entity):
            name = fold(one.entity.found.written)
            if one.entity.segment not in homes and all(not _alike(name, known) for known in homes.values()):
                homes[one.entity.segment] = name
    return homes


def _is_entry(scene: Scene, number: int) -> bool:
    """Whether a line is an entry of a list: it names a person, a number or an address besides the organisation."""
    return any(one.entity.segment == number and one.entity.kind in {"person", "phone", "email"} for one in scene.seen)


def _paired(scene: Scene) -> list[Scene]:
    """Several organisations in one sentence, whose administrators and numbers follow in the same order.

    What comes as often as organisations belongs to them in turn; everything else to all of them.
    """
    named = [one for one in scene.seen if one.entity.kind == "organization" and one.entity.found.kind == "full"]
    names = dict.fromkeys(fold(one.entity.found.written) for one in named if _counts(one.entity))
    if len(names) < _SEVERAL or any(_alike(a, b) for a in names for b in names if a != b):
        return []
    return [replace(scene, seen=tuple(_in_turn(scene, turn, len(names)))) for turn in range(len(names))]


def _in_turn(scene: Scene, turn: int, count: int) -> Iterator[Owned]:
    order: dict[str, list[str]] = {}
    for one in scene.seen:
        sort = f"{one.entity.kind} {one.entity.found.kind if one.entity.kind == 'organization' else ''}"
        values = order.setdefault(sort, [])
        if (written := fold(one.entity.found.written)) not in values:
            values.append(written)
    for one in scene.seen:
        sort = f"{one.entity.kind} {one.entity.found.kind if one.entity.kind == 'organization' else ''}"
        values = order[sort]
        if len(values) != count or values[turn] == fold(one.entity.found.written):
            yield one


def _extent(scene: Scene, start: int, starts: list[int]) -> frozenset[int]:
    """The segments of one organisation: those of its paragraph that no other organisation has begun."""
    block = scene.cut[start].block
    first = min(number for number, segment in enumerate(scene.cut) if segment.block == block)
    alone = sum(1 for other in starts if scene.cut[other].block == block) == 1
    stop = next((other for other in starts if other > start), len(scene.cut))
    begin = first if alone else start
    return frozenset(n for n in range(begin, stop) if scene.cut[n].block == block)


def _counts(entity: Entity) -> bool:
    return entity.zone.value == "own" and entity.found.value.status is not Status.INVALID


def _alike(one: str, other: str) -> bool:
    """Whether two full names may be the same organisation, or one the founder of the other."""
    return one in other or other in one


def _only(scene: Scene, numbers: frozenset[int]) -> Scene:
    """The scene reduced to some of its segments."""
    order = sorted(numbers)
    place = {number: index for index, number in enumerate(order)}
    seen = tuple(
        replace(one, entity=replace(one.entity, segment=place[one.entity.segment]))
        for one in scene.seen
        if one.entity.segment in place
    )
    return Scene(scene.part, tuple(scene.cut[number] for number in order), seen)
