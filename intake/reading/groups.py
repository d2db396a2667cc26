"""Several organisations in one passage: which segments belong to which.

Organisations are told apart by their names. What stands in a name's own segments is its own; what is said once,
outside of them, is said for all.
"""

from dataclasses import dataclass, replace

from intake.reading.entities import Entity
from intake.reading.tables import fill
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.labels import Slot

_NAMES = {FieldName.FULL_NAME.value, FieldName.SHORT_NAME.value}


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers of the segments of one organisation."""

    segments: frozenset[int]


def grouped(scene: Scene, book: RuleBook) -> tuple[Application, ...]:
    """One application for each organisation of the scene; one when there is only one, or none."""
    groups = _groups(scene)
    if len(groups) < 2:  # noqa: PLR2004 - one organisation needs no dividing
        whole = weigh(scene, book)
        return () if whole.empty else (whole,)
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
    full = [number for number, s in enumerate(scene.cut) if s.asks(Slot.FULL)]
    labelled = full or [number for number, s in enumerate(scene.cut) if s.asks(Slot.NAME)]
    starts = _distinct_starts(scene, labelled) if len(labelled) > 1 else []
    if len(starts) < 2:  # noqa: PLR2004
        return _by_paragraph(scene)
    stops = [*starts[1:], len(scene.cut)]
    return [Group(frozenset(range(start, stop))) for start, stop in zip(starts, stops, strict=True)]


def _distinct_starts(scene: Scene, labelled: list[int]) -> list[int]:
    """The labelled segments that begin a new organisation: their values differ."""
    values: set[str] = set()
    starts = []
    for number in labelled:
        value = fold(scene.value_text(scene.cut[number])).strip()
        if value and value not in values:
            values.add(value)
            starts.append(number)
    return starts


def _by_paragraph(scene: Scene) -> list[Group]:
    """Organisations in paragraphs or lines of their own: from the line that names one to the next, or to the end of
    its paragraph.
    """
    homes: dict[int, str] = {}
    for one in scene.seen:
        if one.entity.kind == "organization" and one.entity.found.kind == "full" and _counts(one.entity):
            name = fold(one.entity.found.written)
            if one.entity.segment not in homes and all(not _alike(name, known) for known in homes.values()):
                homes[one.entity.segment] = name
    if len(homes) < 2:  # noqa: PLR2004
        return []
    starts = sorted(homes)
    return [Group(_extent(scene, start, starts)) for start in starts]


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
