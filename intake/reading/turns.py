"""Several organisations in one sentence: what comes as often as they do belongs to them in turn.

Order alone is weak evidence: only what also stands between its organisation's name and the next one is sure, the rest
is for an agent to look at. Finds no values.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from intake.reading.entities import Entity
from intake.reading.lending import doubted, said_for_all
from intake.reading.mentions import mentioned
from intake.reading.owners import Owned, Owner
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.phrases import Phrases

BY_ORDER = "given to the organisations in their order"
_SEVERAL = 2
_CONTACTS = frozenset({"person", "phone", "email"})
_WORD = re.compile(r"\w+")
_SHARED = (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL, FieldName.SETTLEMENT)
_TOLD_APART = (*_SHARED, FieldName.SHORT_NAME)


def paired(scene: Scene, book: RuleBook) -> list[Application]:
    """The organisations of one sentence, empty if it names fewer than two."""
    named = _named(scene, book.phrases)
    if len(named) < _SEVERAL:
        return []
    made = [weigh(one, book) for one in turns(scene, len(named), named)]
    if not book.phrases.speaks_of_several(scene.part.text) and all(
        one[name] == made[0][name] for one in made for name in _SHARED
    ):
        return []  # nothing but names is told apart: one organisation under two names, for an agent to look at
    bounds = [*(one.start for one in named), len(scene.part.text)]
    spans = list(pairwise(bounds))
    for name in _SHARED:
        value = made[0][name]
        if (
            value.usable
            and all(one[name] == value for one in made)
            and not said_for_all(value, scene.part, book.phrases)
        ):
            made = [one.having(name, doubted(value)) for one in made]
    for name in _TOLD_APART:
        if len({one[name].value for one in made}) > 1 and not all(
            _between(one, name, span) for one, span in zip(made, spans, strict=True)
        ):
            made = [one.having(name, doubted(one[name], BY_ORDER)) if one[name].usable else one for one in made]
    return made


def _between(one: Application, name: FieldName, span: tuple[int, int]) -> bool:
    """Whether a value stands behind its organisation's name and before the next one's, or is none."""
    source = one[name].source
    return source is None or span[0] <= source.start < span[1]


def _named(scene: Scene, phrases: Phrases) -> list[Entity]:
    """The organisations that apply, each where it is first named: by full names, or by short ones where the letter
    speaks of several and no full one stands.
    """
    spoken_of = mentioned(scene.part.text, scene.seen, phrases)
    applying = [one.entity for one in scene.seen if one.entity.kind == "organization" and one.entity not in spoken_of]
    for kind in ("full", "short"):
        names: dict[str, Entity] = {}
        for entity in applying:
            if entity.found.kind == kind and counts(entity):
                names.setdefault(fold(entity.found.written), entity)
        if any(alike(a, b) for a, b in combinations(map(words_of, names), 2)):
            return []
        if kind == "short" and len(names) >= _SEVERAL and not phrases.speaks_of_several(scene.part.text):
            return []
        if names:
            return sorted(names.values(), key=lambda one: one.start)
    return []


def counts(entity: Entity) -> bool:
    """Whether an organisation's name can tell organisations apart."""
    return entity.zone.value == "own" and entity.found.value.status is not Status.INVALID


def words_of(name: str) -> frozenset[str]:
    """The words of a folded name."""
    return frozenset(_WORD.findall(name))


def alike(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two names may be the same organisation: all words of one stand in the other."""
    return words <= others or others <= words


def turns(scene: Scene, count: int, named: Sequence[Entity] = ()) -> list[Scene]:
    """The scene as each of so many organisations sees it: what comes as often as they do belongs to them in turn.

    `named`: their names where they stand in the scene; a short name then goes with the name before it.
    """
    order: dict[str, dict[str, None]] = {}
    for one in scene.seen:
        if _applies(one):
            order.setdefault(_sort(one), {})[fold(one.entity.found.written)] = None
    as_often = {sort: list(values) for sort, values in order.items() if len(values) == count}
    apart = bool(named) and any(_stand_apart(scene, sort, values, named) for sort, values in as_often.items())
    return [_of_turn(scene, turn, as_often, named, apart=apart) for turn in range(count)]


def _of_turn(scene: Scene, turn: int, as_often: dict[str, list[str]], named: Sequence[Entity], *, apart: bool) -> Scene:
    """The scene of one organisation; labels whose values are all another's are none of its own."""
    seen = tuple(_in_turn(scene, turn, as_often, named, apart=apart))
    left = {one.entity.segment for one in scene.seen} - {one.entity.segment for one in seen}
    cut = tuple(replace(one, label=None) if number in left else one for number, one in enumerate(scene.cut))
    return Scene(scene.part, cut, seen)


def _applies(one: Owned) -> bool:
    """Whether it may be an administrator's, or is no person, number or address."""
    if one.entity.kind not in _CONTACTS:
        return True
    usable = one.entity.found.value.usable
    return one.owner is Owner.ADMIN or (one.owner in {Owner.NOBODY, Owner.OTHER} and usable)


def _sort(one: Owned) -> str:
    """What sort of thing it is."""
    return f"{one.entity.kind} {one.entity.found.kind}" if one.entity.kind == "organization" else one.entity.kind


def _stand_apart(scene: Scene, sort: str, values: Sequence[str], named: Sequence[Entity]) -> bool:
    """Whether each organisation's person, number or address stands between its name and the next."""
    if sort not in _CONTACTS:
        return False
    found = {fold(one.entity.found.written): _holder(one.entity, named) for one in scene.seen if _sort(one) == sort}
    return named[0].start < min(one.entity.start for one in scene.seen if _sort(one) == sort) and all(
        found[value] == turn for turn, value in enumerate(values)
    )


def _in_turn(
    scene: Scene, turn: int, as_often: dict[str, list[str]], named: Sequence[Entity], *, apart: bool
) -> Iterator[Owned]:
    """What belongs to the organisation of that turn; `as_often`: the values of sorts that come as often as names.

    `apart`: persons, numbers and addresses stand behind their organisations' names.
    """
    for one in scene.seen:
        sort = _sort(one)
        if sort in as_often:
            mine = as_often[sort][turn] == fold(one.entity.found.written)
        elif named and (
            sort == "organization short" or (apart and sort in _CONTACTS and one.entity.start > named[0].start)
        ):
            mine = _holder(one.entity, named) == turn
        else:
            mine = True
        if mine:
            yield one


def _holder(entity: Entity, named: Sequence[Entity]) -> int:
    """The number of the organisation whose name stands last before a short name."""
    return max((number for number, name in enumerate(named) if name.start <= entity.start), default=0)
