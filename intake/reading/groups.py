"""Several organisations in one passage: which segments belong to which.

Organisations are told apart by their names. What stands in a name's own segments is its own; what is said once,
outside of them, is said for all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from intake.reading.entities import Entity
from intake.reading.lending import ONCE, doubted, lend, said_for_all
from intake.reading.mentions import mentioned
from intake.reading.owners import Owned
from intake.reading.segments import Segment
from intake.reading.turns import BY_ORDER, paired, turns, words_of
from intake.reading.turns import counts as _counts
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, FieldValue, Status
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
    if _is_one(made) and not book.phrases.speaks_of_several(scene.part.text):
        return tuple(one for one in (weigh(scene, book),) if not one.empty)
    common, made = _with_shared(weigh(rest, book), made, scene, book)
    made = _in_turn(made, rest, book)
    return tuple(_same_as_before(lend(made, common, scene.part, book.phrases), scene, groups, book.phrases))


def _is_one(made: list[Application]) -> bool:
    """Whether what looks like several organisations is one application: no administrator, number or address is given
    more than once, and one of them has none of these; or one has only a full name and the other only a short one.
    """
    given = [{name for name in _OF_PERSON if one[name].status is not Status.MISSING} for one in made]
    if any(first & second for first, second in combinations(given, 2)):
        return False
    names = [{name for name in (FieldName.FULL_NAME, FieldName.SHORT_NAME) if one[name].usable} for one in made]
    halves = len(made) == _SEVERAL and len(names[0]) == len(names[1]) == 1 and names[0] != names[1]
    return halves or (any(given) and not all(given))


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
        elif (
            name is FieldName.REGION
            or (name is FieldName.SETTLEMENT and _labelled_last(value, holders[0], made))
            or (last_only and name in _OF_PERSON and holders[0] is made[-1])
        ):
            common = common.having(name, doubted(value))
    return common, made


def _labelled_last(value: FieldValue, holder: Application, made: list[Application]) -> bool:
    """Whether a place stands behind a label of its own after the last organisation."""
    return holder is made[-1] and value.evidence.startswith("label")


def _same_as_before(
    made: list[Application], scene: Scene, groups: list[Group], phrases: Phrases
) -> Iterator[Application]:
    """«Там же», «администратор тот же»: what an organisation has of the one before it."""
    before: Application | None = None
    for one, group in zip(made, groups, strict=True):
        here = one
        if before is not None and not (one.settlement.usable and one.admin_full_name.usable):
            text = " ".join(f"{_words(scene.cut[n])} {scene.value_text(scene.cut[n])}" for n in sorted(group.segments))
            names = (FieldName.SETTLEMENT, FieldName.REGION) if phrases.is_same_place(text) else ()
            if not one.admin_full_name.usable and phrases.is_same_admin(text):
                names = (*names, *_OF_PERSON)
            for name in names:
                if before[name].usable and (not here[name].usable or here[name].reason == ONCE):
                    here = here.having(name, before[name])
        before = here
        yield here


def _words(segment: Segment) -> str:
    return segment.label.words if segment.label else ""


def _groups(scene: Scene, phrases: Phrases) -> list[Group]:
    starts = _labelled_starts(scene)
    if len(starts) < _SEVERAL:
        return _under_headings(scene, _by_paragraph(scene, phrases))
    if columns := _by_label(scene, len(starts)):
        return columns
    starts = _with_headings(scene, starts)
    stops = [*starts[1:], _last_stop(scene, starts, phrases)]
    return [Group(frozenset(range(start, stop))) for start, stop in zip(starts, stops, strict=True)]


def _labelled_starts(scene: Scene) -> list[int]:
    """Where each repetition of a list of labels begins.

    As many names under one label, so many organisations; each begins with the first label that comes as often.
    """
    filled = {number for number, segment in enumerate(scene.cut) if segment.label and _filled(scene, segment)}
    homes = _by_segment(scene)
    kinds = {number: {one.entity.kind for one in homes.get(number, ())} for number in filled}
    people = {number for number in filled if "person" in kinds[number] and "organization" not in kinds[number]}
    for slot in (Slot.FULL, Slot.NAME, Slot.SHORT):
        labelled = [number for number in sorted(filled - people) if _leads(scene.cut[number], slot)]
        names = {fold(scene.value_text(scene.cut[number])).strip(' .,;"«»') for number in labelled} - {""}
        if len(labelled) == len(names) >= _SEVERAL:
            starts = _first_as_often(scene, filled, len(names))
            bounds = pairwise([*starts, len(scene.cut)])
            one_each = all(sum(a <= number < b for number in labelled) == 1 for a, b in bounds)
            return starts if starts and one_each else labelled
    return []


def _by_label(scene: Scene, count: int) -> list[Group]:
    """Organisations told apart under each label («Полные названия: а) … б) …, Краткие: а) … б) …»): the first entry of
    each list is the first organisation's; [] if the labels do not come so.
    """
    places: dict[tuple[Slot, ...], list[int]] = {}
    for number, segment in enumerate(scene.cut):
        if segment.label and _filled(scene, segment):
            places.setdefault(segment.label.slots, []).append(number)
    lists = [numbers for numbers in places.values() if len(numbers) == count]
    if len(lists) < _SEVERAL or any(last[-1] > first[0] for last, first in pairwise(lists)):
        return []
    return [Group(frozenset(numbers[turn] for numbers in lists)) for turn in range(count)]


def _under_headings(scene: Scene, groups: list[Group]) -> list[Group]:
    """The groups with the heading of a place («Город Мценск:») that stands over them, and without the next one."""
    homes = _by_segment(scene)
    headings = [
        number
        for number, segment in enumerate(scene.cut)
        if segment.label is None
        and scene.part.text[segment.start : segment.end].rstrip().endswith(":")
        and {one.entity.kind for one in homes.get(number, ())} in ({"settlement"}, {"region"}, {"settlement", "region"})
    ]
    if len(headings) < _SEVERAL or not groups:
        return groups
    made = []
    for group in groups:
        own = group.segments - set(headings)
        over = [number for number in headings if own and number < min(own)]
        made.append(Group(own | set(over[-1:])))
    return made


def _leads(segment: Segment, slot: Slot) -> bool:
    """Whether a label asks for that name, and for no longer one."""
    return segment.asks(slot) and (slot is not Slot.SHORT or not segment.asks(Slot.FULL))


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
            return _with_next_paragraph(scene, list(_extents(scene, starts)), phrases)
    return []


def _with_next_paragraph(scene: Scene, groups: list[Group], phrases: Phrases) -> list[Group]:
    """The groups; one whose own paragraph names no person and no number takes the paragraphs up to the next one, if
    they do.
    """
    told = {one.entity.segment for one in scene.seen if one.entity.kind in {"person", "phone", "email"}}
    made: list[Group] = []
    for group, after in zip(groups, [*groups[1:], None], strict=True):
        between = frozenset(range(max(group.segments) + 1, min(after.segments))) if after else frozenset[int]()
        text = " ".join(scene.value_text(scene.cut[number]) for number in sorted(between))
        mine = between & told and not group.segments & told and not phrases.for_all(text)
        made.append(Group(group.segments | between) if mine else group)
    return made


def _homes(scene: Scene, kind: str, phrases: Phrases) -> dict[int, Entity]:
    """The segments in which an organisation is named for the first time, with its name."""
    homes: dict[int, Entity] = {}
    spoken_of = mentioned(scene.part.text, scene.seen, phrases)
    known: list[frozenset[str]] = []
    for one in scene.seen:
        if one.entity in spoken_of:
            continue
        if one.entity.kind == "organization" and one.entity.found.kind == kind and _counts(one.entity):
            name = words_of(fold(one.entity.found.written))
            if one.entity.segment not in homes and not (
                any(map(name.issubset, known)) or any(map(name.issuperset, known))
            ):
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
        if blocks[scene.cut[number].block] == 1 and not _filled(scene, replace(scene.cut[number], end=entity.start))
    }
    entries = told | {number for number in begun if scene.cut[number].block in below}
    return told | begun if len(homes.keys() & entries) >= _SEVERAL else entries


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
