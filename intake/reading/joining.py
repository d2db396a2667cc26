"""What two parts of one voice say, put together: a body and its files, or several files.

The organisations are told apart by their names. A paper about another organisation, that is no application itself,
neither fills nor casts doubt: people attach consents, orders and samples of others.
"""

from collections.abc import Sequence
from dataclasses import replace

from intake.reading.lending import lend
from intake.reading.tables import fill
from rules.application import Application, FieldName, Status
from rules.merging import names_organization, same_organization, same_value
from rules.phrases import Phrases

DIFFERENT_PARTS = "letter and file name different ones"
_NAMES = (FieldName.FULL_NAME, FieldName.SHORT_NAME)
_CONTACTS = (FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL)
_FEWEST = 4  # fields of a paper that may be an application itself
_WHOLE = 6  # fields of one that is, beside another


def joined(
    known: Sequence[Application], found: Sequence[Application], phrases: Phrases, *, correction: bool
) -> list[Application]:
    """The applications of two parts.

    `correction`: the sender says that something is to be corrected, so that what the body says goes before a file.
    """
    if not known or not found:
        return list(known or found)
    if len(known) == 1 and len(found) == 1:
        return _two(known[0], found[0], correction=correction)
    if len(found) == 1 and not names_organization(found[0]):
        return lend(known, found[0], None, phrases)
    if len(known) == 1 and not _stands_by_itself(known[0]):
        return lend(found, known[0], None, phrases)
    made = list(known)
    for one in found:
        at = next((number for number, other in enumerate(made) if not _different(other, one)), None)
        if at is not None:
            made[at] = _one(made[at], one, correction=correction)
        elif _stands_by_itself(one) and _given(one) >= _WHOLE:
            made.append(one)
    return made


def _two(first: Application, second: Application, *, correction: bool) -> list[Application]:
    if not _different(first, second):
        return [_one(first, second, correction=correction)]
    standing = [one for one in (first, second) if _stands_by_itself(one)]
    if len(standing) > 1 and not all(_given(one) >= _WHOLE for one in standing):
        return [max(standing, key=_given)]  # an order or a sample that names somebody
    return standing or [_one(first, second, correction=correction)]


def _one(first: Application, second: Application, *, correction: bool) -> Application:
    """What two parts say of one organisation: the fuller one is filled by the other."""
    more, less = sorted((first, second), key=lambda one: len(one.to_ask()))
    return _settled(fill(more, less, allowed=lambda _: True), first, second, correction=correction)


def _settled(whole: Application, first: Application, second: Application, *, correction: bool) -> Application:
    """Where body and file name different contacts, the one that corrects goes first; else a person looks at both."""
    for name in _CONTACTS:
        one, other = first[name], second[name]
        if not (one.usable and other.usable) or same_value(name, one, other):
            continue
        if correction:
            whole = whole.having(name, one)
        else:
            both = tuple(dict.fromkeys(value for value in (one.value, other.value) if value))
            whole = whole.having(
                name, replace(whole[name], status=Status.DOUBTFUL, reason=DIFFERENT_PARTS, candidates=both)
            )
    return whole


def _different(one: Application, other: Application) -> bool:
    """Whether two applications name different organisations; names of different kinds cannot be compared."""
    comparable = any(one[name].usable and other[name].usable for name in _NAMES)
    return comparable and not same_organization(one, other)


def _stands_by_itself(one: Application) -> bool:
    """Whether it is an application: it names an organisation and its administrator, and not much is missing."""
    said = one.admin_full_name.evidence
    named = said == "named as administrator" or said.startswith(("label", "name given"))
    return names_organization(one) and named and _given(one) >= _FEWEST


def _given(one: Application) -> int:
    return sum(1 for _, value in one.items() if value.usable)
