"""Several organisations in one sentence: what comes as often as they do belongs to them in turn.

Order alone is weak evidence: only what also stands between its organisation's name and the next one is sure, the rest
is for an agent to look at. Finds no values.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from intake.reading.entities import Entity
from intake.reading.lending import doubted
from intake.reading.mentions import mentioned
from intake.reading.owners import Owned, Owner
from intake.reading.weigh import Scene, weigh
from rules.application import Application, FieldName, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.phrases import Phrases

BY_ORDER = "given to the organisations in their order"
_SEVERAL = 2
_WORD = re.compile(r"\w+")
_TOLD_APART = (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL, FieldName.SETTLEMENT, FieldName.SHORT_NAME)


def paired(scene: Scene, book: RuleBook) -> list[Application]:
    """The organisations of one sentence, empty if it names fewer than two."""
    named = _named(scene, book.phrases)
    if len(named) < _SEVERAL:
        return []
    made = [weigh(one, book) for one in turns(scene, len(named), named)]
    bounds = [*(one.start for one in named), len(scene.part.text)]
    spans = list(pairwise(bounds))
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
        if any(alike(a, b) for a in names for b in names if a != b):
            return []
        if kind == "short" and len(names) >= _SEVERAL and not phrases.speaks_of_several(scene.part.text):
            return []
        if names:
            return sorted(names.values(), key=lambda one: one.start)
    return []


def counts(entity: Entity) -> bool:
    """Whether an organisation's name can tell organisations apart."""
    return entity.zone.value == "own" and entity.found.value.status is not Status.INVALID


def alike(one: str, other: str) -> bool:
    """Whether two folded names may be the same organisation: all words of one stand in the other."""
    words, others = set(_WORD.findall(one)), set(_WORD.findall(other))
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
    return [replace(scene, seen=tuple(_in_turn(scene, turn, as_often, named))) for turn in range(count)]


def _applies(one: Owned) -> bool:
    """Whether it may be an administrator's, or is no person, number or address."""
    if one.entity.kind not in {"person", "phone", "email"}:
        return True
    usable = one.entity.found.value.usable
    return one.owner is Owner.ADMIN or (one.owner in {Owner.NOBODY, Owner.OTHER} and usable)


def _sort(one: Owned) -> str:
    """What sort of thing it is."""
    return f"{one.entity.kind} {one.entity.found.kind}" if one.entity.kind == "organization" else one.entity.kind


def _in_turn(scene: Scene, turn: int, as_often: dict[str, list[str]], named: Sequence[Entity]) -> Iterator[Owned]:
    """What belongs to the organisation of that turn; `as_often`: the values of sorts that come as often as names."""
    for one in scene.seen:
        sort = _sort(one)
        if sort in as_often:
            if as_often[sort][turn] == fold(one.entity.found.written):
                yield one
        elif sort != "organization short" or not named or _holder(one.entity, named) == turn:
            yield one


def _holder(entity: Entity, named: Sequence[Entity]) -> int:
    """The number of the organisation whose name stands last before a short name."""
    return max((number for number, name in enumerate(named) if name.start <= entity.start), default=0)
