"""The administrator's phone and address: which of a letter's contacts are hers.

Contacts of the office, of another person, and of a signer who is not the administrator are no candidates.
"""

from collections.abc import Callable
from dataclasses import replace

from rapidfuzz import fuzz

from intake.reading.candidates import (
    CLOSE,
    CUED,
    FAINT,
    LABELLED,
    NEAR,
    PLAIN,
    TWO,
    Candidate,
    Scene,
    best,
    labelled_values,
    of_entity,
)
from intake.reading.entities import FORMER, STALE
from intake.reading.owners import Owned, Owner
from rules.application import FieldValue, Status
from rules.fields import email, person, phone
from rules.fields.fold import fold
from rules.labels import Slot
from rules.message import Zone

_WHOLE_NAME = 3  # words: surname, name, patronymic
_SURNAME = 75.0  # likeness of a surname in two cases


def phone_and_email(scene: Scene, admin: FieldValue) -> tuple[FieldValue, FieldValue]:
    """Both contacts of the administrator, whose name is known already."""
    return (
        _contact(scene, "phone", Slot.PHONE, admin, phone.normalise),
        _contact(scene, "email", Slot.EMAIL, admin, email.normalise),
    )


def _contact(
    scene: Scene, kind: str, slot: Slot, admin: FieldValue, normalise: Callable[[str], FieldValue]
) -> FieldValue:
    seen = [one for one in scene.seen if one.entity.kind == kind]
    signer_is_admin = _signer_is_admin(scene, admin)
    candidates = [
        made for one in seen if (made := _contact_candidate(_beside(one, admin), signer_is_admin=signer_is_admin))
    ]
    held = {one.entity.segment for one in seen}
    empty = tuple(s for number, s in enumerate(scene.cut) if number not in held)
    candidates.extend(
        candidate
        for candidate in labelled_values(Scene(scene.part, empty, ()), slot, normalise)
        if kind == "phone" or "@" in candidate.value.written
    )
    registered = [one for one in candidates if one.score > LABELLED]
    return best(registered or candidates, scene.part, close=CLOSE if not registered else 1)


def _beside(one: Owned, admin: FieldValue) -> Owned:
    """A contact that stands beside a person: the administrator's if that is she, another's if it is somebody else."""
    if (
        one.owner not in {Owner.NOBODY, Owner.OTHER}
        or not admin.value
        or admin.reason == TWO
        or FORMER in one.entity.after
        or STALE in one.entity.before
    ):
        return one
    if not one.beside:
        return one
    hers = _same_person(one.beside, admin.value)
    if hers:
        return replace(one, owner=Owner.ADMIN)
    return one if hers is None else replace(one, owner=Owner.OTHER, near_another=one.owner is Owner.NOBODY)


def _same_person(beside: str, admin: str) -> bool | None:  # noqa: PLR0911 - a table of cases, read from the top
    """Whether a name is the administrator's; None when that cannot be told (initials, a name in an oblique case)."""
    words, names = fold(beside).replace(".", " ").split(), fold(admin).split()
    if len(words) == len(names) == _WHOLE_NAME:
        return all(fuzz.ratio(word, name) >= _SURNAME for word, name in zip(sorted(words), sorted(names), strict=True))
    if len(names) == _WHOLE_NAME and len(words) == _WHOLE_NAME - 1:  # «Сарданы Егоровны»
        pairs = zip(words, names[1:], strict=True)
        if all(fuzz.ratio(word, name) >= _SURNAME for word, name in pairs):
            return True
        if person.is_patronymic(words[1]):
            return False
    if len(words) == 1 and any(fuzz.ratio(words[0], name) >= _SURNAME for name in names):
        return True
    if names[0] in words:
        return True
    if len(words) < _WHOLE_NAME or len(names) < _WHOLE_NAME:
        return None
    return any(fuzz.ratio(word, names[0]) >= _SURNAME for word in words)


def _contact_candidate(one: Owned, *, signer_is_admin: bool) -> Candidate | None:
    score = {Owner.ADMIN: CUED, Owner.NOBODY: NEAR if one.labelled else PLAIN + 5}.get(one.owner)
    if one.owner is Owner.SIGNER and signer_is_admin:
        score = NEAR + 10
    if one.owner is Owner.OFFICE and one.entity.kind == "email" and one.entity.zone is Zone.OWN:
        score = FAINT
    value = one.entity.found.value
    if score is None and one.near_another and value.usable:
        score, value = FAINT, replace(value, status=Status.DOUBTFUL, reason="stands beside another person")
    if score is None:
        return None
    if value.status is Status.INVALID and not one.labelled and one.owner is not Owner.ADMIN:
        return None  # an office's landline or a stray run of digits is not the field
    words = "corrected" if one.corrected else "for the registration" if one.register else f"whose: {one.owner}"
    return of_entity(one.entity, score + 20 * one.register + 30 * one.corrected, words, value)


def _signer_is_admin(scene: Scene, admin: FieldValue) -> bool:
    """Whether the one who signs is the administrator, so that the signature's numbers are the administrator's."""
    signers = [one.entity for one in scene.seen if one.entity.kind == "person" and one.owner is Owner.SIGNER]
    if not admin.value:
        return False
    surname = fold(admin.value).split()[0]
    return any(surname in fold(entity.found.written) for entity in signers)
