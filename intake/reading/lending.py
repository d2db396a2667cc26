"""What a letter with several organisations says once: to which of them it may be lent.

A value must never move to an organisation it does not belong to: what some organisations have of their own is lent to
the others only where the letter says that it holds for all. Finds no values.
"""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from intake.reading.tables import fill
from intake.reading.weigh import IN_NAME
from rules.application import Application, FieldName, FieldValue, Status
from rules.fields.fold import fold
from rules.message import Part
from rules.phrases import Phrases

ONCE = "said once, not clearly for all organisations"
_NAMES = frozenset({FieldName.FULL_NAME, FieldName.SHORT_NAME})
_CONTACTS = (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL)
_SAME_PLACE = 60.0  # likeness of a place in two cases
_AROUND = 400  # code points of a paragraph on either side of a value that are listened to


def lend(made: Sequence[Application], common: Application, part: Part | None, phrases: Phrases) -> list[Application]:
    """The organisations with what is said once, outside of their own lines; names are never lent.

    `part`: the part in which `common` was found, None if it is another one than that of the organisations.
    """
    for name in _CONTACTS:
        common = common.having(name, _lent(name, made, common, for_all=said_for_all(common[name], part, phrases)))
    return [fill(_placed(one, common), common, allowed=lambda name: name not in _NAMES) for one in made]


def _lent(name: FieldName, made: Sequence[Application], common: Application, *, for_all: bool) -> FieldValue:
    """A person or contact as it may be lent."""
    value = common[name]
    own_admins = any(one.admin_full_name.usable for one in made)
    if for_all or not value.usable:
        return value
    if any(one[name].usable for one in made):
        return FieldValue()
    if name is FieldName.PHONE and own_admins:
        return doubted(value)
    return value


def doubted(value: FieldValue, reason: str = ONCE) -> FieldValue:
    """The value, for an agent to look at."""
    return replace(value, status=Status.DOUBTFUL, reason=value.reason or reason)


def said_for_all(value: FieldValue, part: Part | None, phrases: Phrases) -> bool:
    """Whether the paragraph in which a value stands says that it holds for all."""
    if part is None or value.source is None or value.source.part != part.name:
        return False
    start, end = value.source.start, value.source.end
    begin = max(part.text.rfind("\n\n", 0, start) + 1, start - _AROUND, 0)
    stop = part.text.find("\n\n", end)
    return phrases.for_all(part.text[begin : min(stop if stop >= 0 else len(part.text), end + _AROUND)])


def _placed(one: Application, common: Application) -> Application:
    """A place that stands only inside a name gives way to the same place said for all."""
    own, said = one.settlement, common.settlement
    if own.reason != IN_NAME or not (own.value and said.value):
        return one
    alike = fuzz.ratio(fold(own.value).split()[-1], fold(said.value).split()[-1]) >= _SAME_PLACE
    return one.having(FieldName.SETTLEMENT, said) if alike else one
