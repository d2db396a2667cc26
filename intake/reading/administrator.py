"""Who the administrator is: the person named so, the writer who says «администратор — я», or a name put together from
two places of the letter.

Takes persons with their owners; finds names only where the usual finder has none (first name and patronymic alone,
unusual names), and then never calls them sure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from intake.reading.candidates import (
    CLOSE,
    CUED,
    FAINT,
    LABELLED,
    PLAIN,
    TWO,
    Candidate,
    Scene,
    best,
    labelled_values,
    of_entity,
    placed,
)
from intake.reading.name_parts import whole_names
from intake.reading.owners import Owned, Owner
from rules.application import MISSING, FieldValue, Status
from rules.fields import person
from rules.fields.fold import fold
from rules.labels import Slot
from rules.message import Part, Zone

_NO_PATRONYMIC = re.compile(
    r"\(?\s*(?:без\s+отчества|отчеств[оа]\s+(?:[а-яё]+\s+){0,2}(?:нет|отсутствует)|отчество\s*[:—–-]\s*нет|нет\s+отчества)\s*\)?",
    re.IGNORECASE,
)
_I_AM_ADMIN = re.compile(
    r"\bадмин\w*\W{1,4}(?:(?:буду|является|назначена?|станет|это|—|-)\W{1,3}){0,2}я\b(?!\s+(?:прошу|хочу|бы|не))|"
    r"\bты\b\W{1,3}(?:и\W{1,3})?будешь\W{1,3}админ|\bадмин\w*\W[^.!?\n]{0,30}\b(?:тоже\W|также\W)?буду\W(?:тоже\W)?(?:я|сама?)\b|"
    r"\bя\b\W{1,3}(?:(?:буду|являюсь|назначена?|и\s+есть|же|сама?|стану)\W{1,3}){0,3}админ\w*",
    re.IGNORECASE,
)
_ADMIN_CUE = re.compile(r"админ|ответственн|за (?:платформ|сферум)\w* отвеча|вести", re.IGNORECASE)
_PUT_TOGETHER = "put together from two places"
_CONTACT_PERSON = re.compile(r"контактн\w+\s+лиц", re.IGNORECASE)
_CUE_REACH = 60  # code points before a name in which it is called the administrator's
_UNUSUAL = re.compile(
    r"(?i:админ\w*)\W{1,4}(?:(?:буд\w+|является|назначен\w*|стан\w+|это|у нас|школы|платформы|наш\w*)\W{1,3}){0,3}"
    r"(?P<name>[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)?(?:\s[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)?){1,2})"
)


def administrator(scene: Scene) -> FieldValue:
    """The administrator's full name; initials are completed by the same person's name elsewhere in the letter."""
    people = [one for one in scene.seen if one.entity.kind == "person"]
    owners = {Owner.ADMIN, Owner.NOBODY}
    writer = _writer_is_admin(scene)
    if writer:
        people = [replace(one, owner=Owner.ADMIN) if one.owner is Owner.SIGNER else one for one in people]
    candidates = [_person(one) for one in people if one.owner in owners]
    held = {one.entity.segment for one in people}
    empty = tuple(s for number, s in enumerate(scene.cut) if number not in held)
    texts = (scene.value_text(segment) for segment in scene.cut)
    alone = any("отчеств" in text.lower() and _NO_PATRONYMIC.search(text) for text in texts)

    def normalise(text: str) -> FieldValue:
        text = _NO_PATRONYMIC.sub("", text).strip(" ()—–-,")
        return person.normalise(text, complete_allowed_without_patronymic=alone)

    candidates.extend(labelled_values(Scene(scene.part, empty, ()), Slot.ADMIN, normalise))
    candidates.extend(
        Candidate(person.normalise(text), LABELLED + CLOSE, start, end, Zone.OWN, "name given in parts")
        for text, start, end in whole_names(scene.part.text, scene.cut)
    )
    chosen = best(candidates, scene.part)
    if chosen.status is Status.OK:
        return chosen
    if chosen.status is Status.MISSING:
        chosen = best(_contact_people(people), scene.part)
    if chosen.status is not Status.MISSING and chosen.reason != TWO:
        chosen = _completed(chosen, people, scene.part)
    return chosen if chosen.status is Status.OK else _pieced(scene, chosen, people, writer=writer)


def _contact_people(people: Iterable[Owned]) -> Iterator[Candidate]:
    """Who is given as the person to contact, where no administrator is named; doubtful."""
    for one in people:
        value = one.entity.found.value
        if one.owner is Owner.OTHER and value.usable and _CONTACT_PERSON.search(one.entity.gap):
            value = replace(value, status=Status.DOUBTFUL, reason=value.reason or "named as the person to contact")
            yield of_entity(one.entity, FAINT, "the person to contact", value)


def _writer_is_admin(scene: Scene) -> bool:
    """Whether the letter says «администратор — я», so that whoever signs it is the administrator."""
    return any(
        "админ" in text.lower() and _I_AM_ADMIN.search(text)
        for text in (scene.value_text(segment) for segment in scene.cut)
    )


def _person(one: Owned) -> Candidate:
    score = CUED if one.owner is Owner.ADMIN else PLAIN - 10 * ("other" in one.entity.after)
    return of_entity(one.entity, score, "named as administrator" if one.owner is Owner.ADMIN else "the person named")


def _completed(short: FieldValue, people: Iterable[Owned], part: Part) -> FieldValue:
    """Initials or a name without patronymic, completed by the same person's full name elsewhere in the letter."""
    for one in people:
        value = one.entity.found.value
        if value.status is Status.OK and value.value and _initials_fit(short.written, value.value):
            return placed(of_entity(one.entity, PLAIN, "full name of the same person elsewhere in the letter"), part)
    return short


@dataclass(frozen=True, slots=True)
class _Half:
    """A first name with a patronymic somewhere in the letter; `cued`: it is called the administrator's there."""

    start: int
    end: int
    zone: Zone
    given: str
    father: str
    cued: bool


def _pieced(scene: Scene, chosen: FieldValue, people: list[Owned], *, writer: bool) -> FieldValue:
    """A name put together from two places: «администратор Галина Константиновна» and the signature with her surname,
    or «Умнова Ксения» and «Ксения Дмитриевна».
    """
    halves = list(_halves(scene, writer=writer))
    if chosen.usable:
        named = fold(chosen.value or "").split()
        fitting = [one for one in halves if fold(one.given) in named]
        if chosen.reason != person.NO_PATRONYMIC or len({fold(one.father) for one in fitting}) != 1:
            return chosen
        return replace(chosen, value=f"{chosen.value} {fitting[0].father}", reason=_PUT_TOGETHER)
    cued = [one for one in halves if one.cued]
    if chosen.status is not Status.MISSING or len({(one.given, one.father) for one in cued}) != 1:
        return chosen if cued or chosen.status is not Status.MISSING else _unusual(scene)
    half = cued[0]
    for one in people:
        value = one.entity.found.value
        if (
            value.status is Status.OK
            and fold(value.value or "").split()[1:] == fold(f"{half.given} {half.father}").split()
        ):
            return placed(
                of_entity(one.entity, PLAIN, "the same person's full name elsewhere in the letter"), scene.part
            )
    surnames = {match.group(1) for segment in scene.cut for match in _beside_given(half, scene.value_text(segment))}
    if len(surnames) == 1:
        value = FieldValue(
            value=f"{surnames.pop()} {half.given} {half.father}", status=Status.DOUBTFUL, reason=_PUT_TOGETHER
        )
    else:
        value = FieldValue(value=f"{half.given} {half.father}", status=Status.DOUBTFUL, reason="no surname")
    return placed(
        Candidate(value, PLAIN, half.start, half.end, half.zone, "name and patronymic of the administrator"), scene.part
    )


def _halves(scene: Scene, *, writer: bool) -> Iterator[_Half]:
    for segment in scene.cut:
        if segment.zone is Zone.LETTERHEAD:
            continue
        text = scene.value_text(segment)
        labelled = segment.asks(Slot.ADMIN)
        for start, end, given, father in person.without_surname(text):
            cued = (
                labelled
                or (writer and (segment.zone is Zone.SIGNATURE or not text[end:].strip(" .,")))
                or _ADMIN_CUE.search(text, max(0, start - _CUE_REACH), start) is not None
            )
            yield _Half(segment.start + start, segment.start + end, segment.zone, given, father, cued)


def _beside_given(half: _Half, text: str) -> Iterator[re.Match[str]]:
    """The capitalised word before the same first name elsewhere: «Бадмаева Саглара»."""
    pattern = rf"\b([А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?)\s+{re.escape(half.given)}(?!\s+[А-ЯЁ][а-яё]+(?:вн|ич))(?![а-яё])"
    hits = re.finditer(pattern, text) if half.given in text else ()
    return (hit for hit in hits if person.is_surname(hit.group(1)) and not person.is_title(hit.group(1)))


def _unusual(scene: Scene) -> FieldValue:
    """A name of two or three capitalised words that follows the post at once and is in no dictionary; doubtful."""
    for segment in scene.cut:
        text = scene.value_text(segment)
        hit = _UNUSUAL.search(text) if "админ" in text.lower() and segment.zone is not Zone.LETTERHEAD else None
        value = person.normalise(hit.group("name")) if hit else MISSING
        if hit and value.usable and not person.is_common(hit.group("name").split()[0]):
            start = segment.start + hit.start("name")
            value = replace(value, status=Status.DOUBTFUL, reason=value.reason or "an unusual name")
            end = segment.start + hit.end("name")
            return placed(Candidate(value, FAINT, start, end, segment.zone, "named as administrator"), scene.part)
    return MISSING


def _initials_fit(written: str, full: str) -> bool:
    words = [word for word in fold(written).replace(".", " ").split() if word.isalpha() or "-" in word]
    names = fold(full).split()
    if not words or len(names) < 3:  # noqa: PLR2004 - surname, name, patronymic
        return False
    surname = max(words, key=len)
    rest = [word for word in words if word != surname]
    return surname == names[0] and all(any(name.startswith(word) for name in names[1:]) for word in rest)
