"""What an answer changes in an application (domain.md §4, «answer to a waiting ticket»).

Gaps are filled and unusable values replaced; a value that contradicts a good one makes the field doubtful with both
shown, unless the letter says that it corrects. The administrator's phone and address are settled only by a sender we
know: a wrong number taken for right locks a school out. Pure; knows nothing of tickets' states or replies.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from rapidfuzz import fuzz

from rules.application import Application, FieldName, FieldValue, Status
from rules.fields.fold import fold

DIFFERS = "two messages differ"
BY_ANOTHER = "given by a sender we cannot be sure of"
CONTRADICTED = "a later message gives a value that cannot be used"

_CONTACTS = frozenset({FieldName.PHONE, FieldName.EMAIL})
_NAMES = (FieldName.FULL_NAME, FieldName.SHORT_NAME)
_NOT_WORD = re.compile(r"[\W_]+")
_PLACE_TYPE = re.compile(r"^(?:город|село|деревня|поселок|станица|хутор|аул|г|с|д|п|пгт|рп|ст ца|х|пос) ")
_SAME_NAME = 88.0
_OTHER_ORGANIZATION = 4  # fields that make a letter about another organisation a whole application


class Effect(StrEnum):
    """What happened to one field."""

    FILLED = "filled"  # it was missing
    REPLACED = "replaced"  # what was there could not be used
    CORRECTED = "corrected"  # the letter says that it corrects, or an uncertain value became certain
    CONFIRMED = "confirmed"  # a doubtful value was said again
    DISPUTED = "disputed"  # two values stand against each other


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change, with what was known before."""

    field: FieldName
    effect: Effect
    before: FieldValue


@dataclass(frozen=True, slots=True)
class Merged:
    """The application after an answer, and what the answer changed in it."""

    application: Application
    changes: tuple[Change, ...] = ()

    @property
    def settles(self) -> bool:
        """Whether the answer said anything new at all."""
        return bool(self.changes)


def merge(known: Application, new: Application, *, trusted: bool, correction: bool) -> Merged:
    """What is known after a further message.

    `trusted`: the sender is known to the thread. `correction`: the message says that it corrects an earlier one.
    """
    result = known
    changes: list[Change] = []
    for name, value in new.items():
        before = known[name]
        after, effect = _field(name, before, value, trusted=trusted, correction=correction)
        if effect is None:
            continue
        result = result.having(name, after)
        changes.append(Change(name, effect, before))
    return Merged(result, tuple(changes))


def _field(
    name: FieldName, before: FieldValue, value: FieldValue, *, trusted: bool, correction: bool
) -> tuple[FieldValue, Effect | None]:
    """One field after the message, and what happened to it; None when nothing did."""
    if value.status is Status.MISSING:
        return before, None
    stranger = name in _CONTACTS and not trusted
    if value.status is Status.INVALID:
        return _unusable(before, value, correction=correction and not stranger)
    if not before.usable:
        effect = Effect.FILLED if before.status is Status.MISSING else Effect.REPLACED
        return (_doubted(value, BY_ANOTHER, (value,)) if stranger else value), effect
    if same_value(name, before, value):
        return _said_again(name, before, value, stranger=stranger)
    return _contradicted(name, before, value, stranger=stranger, correction=correction)


def _contradicted(
    name: FieldName, before: FieldValue, value: FieldValue, *, stranger: bool, correction: bool
) -> tuple[FieldValue, Effect | None]:
    """Another usable value: a correction counts, a certain value beats a guess, else both stand."""
    if stranger and _shown(before, value, BY_ANOTHER):
        return before, None
    if stranger:
        return _doubted(before, BY_ANOTHER, (before, value)), Effect.DISPUTED
    if correction or _settles(name, before, value):
        return value, Effect.CORRECTED
    if _shown(before, value, DIFFERS):
        return before, None
    return _doubted(before, DIFFERS, (before, value)), Effect.DISPUTED


def _unusable(before: FieldValue, value: FieldValue, *, correction: bool) -> tuple[FieldValue, Effect | None]:
    """Something was written that cannot be used: a good value stays, but is no longer beyond doubt."""
    if before.status is Status.MISSING:
        return value, Effect.FILLED
    if before.status is Status.INVALID:
        repeated = (before.reason, fold(before.written)) == (value.reason, fold(value.written))
        return (before, None) if repeated else (value, Effect.REPLACED)
    if correction:
        return value, Effect.CORRECTED  # the old one is said to be wrong, so it must not be used either
    if value.written in before.candidates:
        return before, None
    written = replace(value, value=value.written or value.reason)
    return _doubted(before, CONTRADICTED, (before, written)), Effect.DISPUTED


def _said_again(
    name: FieldName, before: FieldValue, value: FieldValue, *, stranger: bool
) -> tuple[FieldValue, Effect | None]:
    richer = name is FieldName.ADMIN and len(_words(value.value)) > len(_words(before.value))
    if stranger or (before.status is Status.OK and not richer):
        return before, None
    if before.reason in {DIFFERS, BY_ANOTHER, CONTRADICTED}:
        return before, None  # one side of a dispute repeats itself; only a correction or a person settles it
    if value.status is Status.OK or richer:
        return value, Effect.CONFIRMED
    return before, None


def _settles(name: FieldName, before: FieldValue, value: FieldValue) -> bool:
    """Whether a certain value takes the place of a guess; never for what opens the account."""
    guess = before.status is Status.DOUBTFUL and before.reason not in {DIFFERS, BY_ANOTHER, CONTRADICTED}
    return name not in _CONTACTS and guess and value.status is Status.OK


def _shown(before: FieldValue, value: FieldValue, reason: str) -> bool:
    """Whether the dispute is known already, so that the message says nothing new."""
    return before.status is Status.DOUBTFUL and value.value in before.candidates and before.reason == reason


def _doubted(value: FieldValue, reason: str, sides: Iterable[FieldValue]) -> FieldValue:
    shown = dict.fromkeys([*value.candidates, *(side.value for side in sides if side.value)])
    return replace(value, status=Status.DOUBTFUL, reason=reason, candidates=tuple(shown))


def same_value(name: FieldName, one: FieldValue, other: FieldValue) -> bool:
    """Whether two usable values of a field mean the same, whatever their quotes, case or abbreviated types."""
    if name is FieldName.REGION and one.code and other.code:
        return one.code == other.code
    first, second = _plain(one.value), _plain(other.value)
    if name in _CONTACTS:
        return fold(one.value or "") == fold(other.value or "")
    if name is FieldName.SETTLEMENT:
        return _PLACE_TYPE.sub("", first) == _PLACE_TYPE.sub("", second)
    if name is FieldName.ADMIN:
        return set(first.split()) <= set(second.split()) or set(second.split()) <= set(first.split())
    return first == second


def _plain(text: str | None) -> str:
    return _NOT_WORD.sub(" ", fold(text or "")).strip()


def _words(text: str | None) -> list[str]:
    return _plain(text).split()


def names_organization(application: Application) -> bool:
    """Whether it says which organisation it is about."""
    return any(application[name].usable for name in _NAMES)


def same_organization(known: Application, new: Application) -> bool:
    """Whether two applications name the same organisation, or at least do not name different ones.

    A number («школа № 5») must agree; the rest may be written loosely. Settlements that differ speak against it.
    """
    if not (names_organization(known) and names_organization(new)):
        return True
    if known.settlement.usable and new.settlement.usable and _far_apart(known, new):
        return False
    return any(_alike(known[a].value, new[b].value) for a in _NAMES for b in _NAMES)


def is_another_organization(known: Application, new: Application, *, alone: bool = True) -> bool:
    """Whether what a letter says is an application of another organisation.

    A letter about one school must say a good deal before it is taken for another's (its name may only be written
    loosely); one that lists several (`alone` false) tells them apart by their names.
    """
    if not alone:
        return not same_organization(known, new)
    given = sum(1 for _, value in new.items() if value.usable)
    return given >= _OTHER_ORGANIZATION and not same_organization(known, new)


def _far_apart(known: Application, new: Application) -> bool:
    return not same_value(FieldName.SETTLEMENT, known.settlement, new.settlement)


def _alike(one: str | None, other: str | None) -> bool:
    first, second = _plain(one), _plain(other)
    if not first or not second or set(re.findall(r"\d+", first)) != set(re.findall(r"\d+", second)):
        return False
    return fuzz.token_set_ratio(first, second) >= _SAME_NAME
