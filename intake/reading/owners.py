"""Whose each found name, phone and address is: the administrator's, the office's, another person's, or nobody's yet.

Decided by the label of the segment, the cue words just before and after, and the person last named in the same
paragraph. Never chooses a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from intake.reading.entities import FORMER, STALE, Entity
from intake.reading.segments import Segment
from rules.fields.person import is_title, without_surname
from rules.labels import Slot
from rules.message import Zone

_REGISTER = re.compile(r"регистр", re.IGNORECASE)
_CORRECTED = re.compile(r"правильн|опечатк|верн(?:ый|о)\b|исправ|поменял|сменил", re.IGNORECASE)
_COMPUTERS = re.compile(r"систем\w*\s+админ|сисадмин", re.IGNORECASE)  # a post, not the platform's administrator
_DENIED = re.compile(r"(?<![а-яё])не\s+(?:рабоч|служебн|городск|стационарн|общ)", re.IGNORECASE)
_AFTER_THE_LAST = re.compile(r"^\s*\([^()]*\)")  # a bracket that speaks of the value before
_FOR_REGISTRATION = re.compile(r"\s*\([^()]*регистр", re.IGNORECASE)
_OF_SOMEBODY = re.compile(
    r"(?i:телефон|номер|почта|адрес|тел|контакты?|мобильный|сотовый|мобильник|мейл|ящик|e-?mail)\.?\s+(?:у\s+)?([А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?)\W{0,4}$"
)
_SHORTEST_CALL = 10  # code points
_NOT_THE_POST = re.compile(r"(?<![а-яё])не\s+((?:[а-яё-]+\s+){1,3})$", re.IGNORECASE)
_BUT = re.compile(r",\s*а\s+(?:[а-яё-]+\s+){0,4}$")  # «не …, а учитель физкультуры …»
_NOT_THIS = re.compile(r"(?:^|[^а-яё])(?:не|вместо|кроме)\s+\W?$", re.IGNORECASE)


class Owner(StrEnum):
    """Whose it is."""

    ADMIN = "admin"
    NOBODY = "nobody"  # nothing says whose
    SIGNER = "signer"  # who signed the letter
    OFFICE = "office"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Owned:
    """An entity with its owner; `labelled` says that a label or cue word names its very kind; `register`: it is said
    to be for the registration; `near_another`: nothing but the person before it says that it is another's; `beside`: the person last named before a contact in the same paragraph, in the
    nominative where that is known.
    """

    entity: Entity
    owner: Owner
    labelled: bool = False
    register: bool = False
    corrected: bool = False
    beside: str = ""
    near_another: bool = False


def owned(found: list[Entity], cut: list[Segment]) -> list[Owned]:
    """Each entity with its owner, in the same order."""
    return list(_walk(found, cut))


def _walk(found: list[Entity], cut: list[Segment]) -> Iterator[Owned]:
    person, block, denied = Owner.NOBODY, -1, False
    beside = ""
    last_segment = -1
    for entity in found:
        segment = cut[entity.segment]
        if segment.block != block and not (segment.label and entity.kind in {"phone", "email"}):
            person, block, beside = Owner.NOBODY, segment.block, ""
        if segment.asks(Slot.OTHER) and entity.segment != last_segment:
            person = Owner.OTHER
        last_segment = entity.segment
        if entity.kind == "person":
            person = Owner.ADMIN if denied and _BUT.search(entity.gap) else _of_person(entity, segment)
            denied = _is_denied(entity.gap)
            beside = entity.found.value.value or entity.found.written
            yield Owned(entity, person, labelled=segment.asks(Slot.ADMIN) or "admin" in entity.before)
        elif entity.kind in {"phone", "email"}:
            if called := _called(entity.gap) or _in_bracket(entity.trail):
                person, beside = Owner.NOBODY, called
            made = _of_contact(entity, segment, person, beside)
            yield replace(made, owner=Owner.NOBODY) if called and made.owner is Owner.OFFICE else made
        else:
            yield Owned(entity, Owner.NOBODY)


def _is_denied(gap: str) -> bool:
    """Whether a post that is denied stands right before: «администратором у нас не завуч …»."""
    hit = _NOT_THE_POST.search(gap)
    return hit is not None and all(map(is_title, hit.group(1).split()))


def _called(gap: str) -> str:
    """Who is called by first name and patronymic right before a contact («номер Сардааны Егоровны»), "" if nobody."""
    gap = _AFTER_THE_LAST.sub("", gap)
    if len(gap) < _SHORTEST_CALL:
        return ""
    names = [f"{given} {father}" for _, _, given, father in without_surname(gap)]
    if names:
        return names[-1]
    surname = _OF_SOMEBODY.search(gap)
    return surname.group(1) if surname else ""


def _in_bracket(trail: str) -> str:
    """Who is named by first name and patronymic in the bracket behind a contact: «8 960 … (Роза Карловна)»."""
    if "(" not in trail:
        return ""
    return next((f"{given} {father}" for _, _, given, father in without_surname(trail)), "")


def _of_person(entity: Entity, segment: Segment) -> Owner:  # noqa: PLR0911 - a table of cases, read from the top
    if _NOT_THIS.search(entity.gap) or _is_denied(entity.gap) or FORMER in entity.before or FORMER in entity.after:
        return Owner.OTHER
    if _COMPUTERS.search(entity.gap[-40:] + entity.trail):
        return Owner.OTHER if entity.zone is not Zone.SIGNATURE else Owner.SIGNER
    if "admin" in entity.before or "admin" in entity.after:
        return Owner.ADMIN
    if segment.asks(Slot.ADMIN):
        return Owner.ADMIN
    if segment.asks(Slot.OTHER) or "other" in entity.before:
        return Owner.OTHER
    if entity.zone is Zone.LETTERHEAD:
        return Owner.OTHER
    if entity.zone is Zone.SIGNATURE:
        return Owner.SIGNER
    return Owner.NOBODY


def _of_contact(entity: Entity, segment: Segment, person: Owner, beside: str) -> Owned:
    slot, tags = (Slot.PHONE, {"phone", "mobile"}) if entity.kind == "phone" else (Slot.EMAIL, {"email", "address"})
    by_label = segment.asks(slot)
    labelled = by_label or bool(entity.before & tags) or bool(entity.after & tags)
    gap = _AFTER_THE_LAST.sub("", entity.gap)
    words = segment.label.words if by_label and segment.label else ""
    register = bool(_REGISTER.search(gap) or _FOR_REGISTRATION.match(entity.trail) or _REGISTER.search(words))
    corrected = bool(_CORRECTED.search(gap))
    anothers = _is_anothers(entity)
    owner = (
        Owner.OTHER
        if FORMER in entity.after or STALE in entity.before or anothers
        else _contact_owner(entity, segment, person, by_label=by_label)
    )
    beside = "" if anothers else beside
    return Owned(entity, owner, labelled=labelled, register=register, corrected=corrected, beside=beside)


def _is_anothers(entity: Entity) -> bool:
    """Whether the bracket behind a contact gives it to somebody else: «8 960 … (директор)»."""
    return "other" in entity.after and "admin" not in entity.after and entity.trail.lstrip().startswith("(")


def _contact_owner(entity: Entity, segment: Segment, person: Owner, *, by_label: bool) -> Owner:  # noqa: PLR0911
    if _NOT_THIS.search(entity.gap):
        return Owner.OTHER
    if ("office" in entity.before or "office" in entity.after) and not _DENIED.search(entity.gap + entity.trail):
        return Owner.OFFICE
    if "admin" in entity.before and "other" not in entity.before:
        return Owner.ADMIN
    if entity.kind == "email" and "organization" in entity.before:
        return Owner.OFFICE
    if entity.zone is Zone.SIGNATURE:
        return Owner.SIGNER
    if entity.zone is Zone.LETTERHEAD:
        return Owner.OFFICE
    if segment.label and segment.asks(Slot.ADMIN):
        return Owner.ADMIN
    if by_label and segment.label and segment.label.owner:
        return Owner(segment.label.owner)
    if segment.asks(Slot.OTHER):
        return Owner.OTHER
    return person if person is not Owner.SIGNER else Owner.NOBODY
