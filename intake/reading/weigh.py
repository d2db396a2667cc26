"""Candidates of each field, weighed against each other.

Every candidate knows its score and the rule that found it. The best one wins; a different runner-up close behind makes
the field doubtful and is kept, so that an agent can choose. Nothing is searched here.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rapidfuzz import fuzz

from intake.reading.entities import Entity, soften
from intake.reading.mentions import is_authority, mentioned
from intake.reading.owners import Owned, Owner
from intake.reading.segments import Segment
from rules.application import MISSING, Application, FieldValue, Source, Status
from rules.book import RuleBook
from rules.fields import email, organization, person, phone, place
from rules.fields.fold import fold
from rules.fields.place_inside import find_inside
from rules.labels import Slot
from rules.message import Part, Zone
from rules.phrases import Phrases

LABELLED, CUED, NEAR, PLAIN, FAINT, INSIDE_NAME = 100, 95, 90, 60, 40, 20
IN_NAME = "named only inside the organisation's name"
_CLOSE = 15
_ZONE = {Zone.OWN: 0, Zone.LETTERHEAD: -10, Zone.SIGNATURE: -15, Zone.QUOTED: 0, Zone.STRUCK: -100}
_NO_PATRONYMIC = re.compile(
    r"\(?\s*(?:без\s+отчества|отчеств[оа]\s+(?:[а-яё]+\s+){0,2}(?:нет|отсутствует)|отчество\s*[:—–-]\s*нет|нет\s+отчества)\s*\)?",
    re.IGNORECASE,
)
_I_AM_ADMIN = re.compile(
    r"\bадмин\w*\W{1,4}(?:(?:буду|является|назначена?|станет|это|—|-)\W{1,3}){0,2}я\b(?!\s+(?:прошу|хочу|бы|не))|"
    r"\bя\b\W{1,3}(?:(?:буду|являюсь|назначена?|и\s+есть|же|сама?|стану)\W{1,3}){0,3}админ\w*",
    re.IGNORECASE,
)
_SHORT_LINE = 60  # code points; a place alone on a line is an answer, in a sentence it may be talk
_WITHIN = {"86": "72", "89": "72", "83": "29"}  # autonomous districts and the subject they are part of
_SUBJECT_CITIES = frozenset({"г. москва", "г. санкт-петербург", "г. севастополь"})  # their inner towns go before them
_WHOLE_NAME = 3  # words: surname, name, patronymic
_SURNAME = 75.0  # likeness of a surname in two cases
_MOST_VALUES = 1_000  # values under one label that are weighed: more are no form, and each may ask the dictionary
_VALUE_LIMIT = 2_000  # a longer labelled value is text, not a value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a field with its score, place and evidence in words."""

    value: FieldValue
    score: int
    start: int
    end: int
    zone: Zone
    evidence: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything seen in one passage: the part, its segments and its owned entities."""

    part: Part
    cut: tuple[Segment, ...]
    seen: tuple[Owned, ...]

    def value_text(self, segment: Segment) -> str:
        """The value of a labelled segment on one line."""
        return soften(self.part.text[segment.start : min(segment.end, segment.start + _VALUE_LIMIT)])


def weigh(scene: Scene, book: RuleBook) -> Application:
    """The application that one scene holds; fields nothing speaks for are missing."""
    full, short = _names(scene, book.phrases)
    region = best(_innermost(list(_regions(scene, book))), scene.part)
    settlement = _settlement(scene, book, region)
    if not region.usable and region.status is not Status.INVALID:
        region = _guessed(settlement, book)
    admin = _admin(scene)
    return Application(
        organization_full_name=full,
        organization_short_name=short,
        settlement=settlement,
        region=region,
        admin_full_name=admin,
        admin_phone=_contact(scene, "phone", Slot.PHONE, admin, phone.normalise),
        admin_email=_contact(scene, "email", Slot.EMAIL, admin, email.normalise),
    )


def best(candidates: Iterable[Candidate], part: Part, *, close: int = _CLOSE) -> FieldValue:
    """The winner as a field value with its source; doubtful when another value is close behind."""
    ranked = sorted(candidates, key=lambda one: (-one.score, one.start))
    usable = [one for one in ranked if one.value.usable]
    if not usable:
        return _placed(ranked[0], part) if ranked else MISSING
    winner = usable[0]
    if ranked[0].value.status is Status.INVALID and ranked[0].score - winner.score > 2 * _CLOSE:
        return _placed(ranked[0], part)
    if len(usable) == 1:
        return _placed(winner, part)
    said = fold(winner.value.value or "")
    twins: list[Candidate] = []
    others: list[Candidate] = []
    for one in usable:
        (twins if fold(one.value.value or "") == said else others).append(one)
    winner = next((one for one in twins if one.value.status is Status.OK and winner.score - one.score <= close), winner)
    rivals = [one for one in others if winner.score - one.score < close]
    value = _placed(winner, part)
    if not rivals:
        return value
    names = dict.fromkeys([winner.value.value or "", *(one.value.value or "" for one in rivals)])
    return replace(value, status=Status.DOUBTFUL, reason=value.reason or "two candidates", candidates=tuple(names))


def _placed(candidate: Candidate, part: Part) -> FieldValue:
    source = Source(part.name, candidate.start, candidate.end, candidate.zone)
    written = candidate.value.written or part.text[candidate.start : candidate.end]
    return replace(candidate.value, source=source, written=written, evidence=candidate.evidence)


def _of_entity(entity: Entity, score: int, evidence: str, value: FieldValue | None = None) -> Candidate:
    return Candidate(
        value or entity.found.value, score + _ZONE[entity.zone], entity.start, entity.end, entity.zone, evidence
    )


def _labelled_values(
    scene: Scene, slot: Slot, normalise: Callable[[str], FieldValue], *, alone: bool = True
) -> Iterator[Candidate]:
    """What stands after the labels of that slot, as a whole."""
    asked = (one for one in scene.cut if one.label is not None and slot in one.label.slots)
    for segment in islice(asked, _MOST_VALUES):
        if segment.label is not None and (not alone or len(segment.label.slots) == 1):
            text = scene.value_text(segment)
            start = segment.start + len(text) - len(text.lstrip())
            end = segment.start + len(text.rstrip())
            if end > start and any(one.isalnum() for one in text):
                value = normalise(text.strip())
                words = f"label «{segment.label.words}»"
                yield Candidate(value, LABELLED + _ZONE[segment.zone], start, end, segment.zone, words)


# --- names of the organisation -------------------------------------------------------------------------------------


def _names(scene: Scene, phrases: Phrases) -> tuple[FieldValue, FieldValue]:
    full = list(_name_candidates(scene, "full", Slot.FULL, organization.normalise_full, phrases))
    short = list(_name_candidates(scene, "short", Slot.SHORT, organization.normalise_short, phrases))
    chosen_full, chosen_short = best(full, scene.part, close=1), best(short, scene.part, close=1)
    return _untangle(chosen_full, chosen_short)


def _name_candidates(
    scene: Scene, kind: str, slot: Slot, normalise: Callable[[str], FieldValue], phrases: Phrases
) -> Iterator[Candidate]:
    kinds = _name_kinds(scene)
    spoken_of = mentioned(scene.part.text, scene.seen, phrases)
    busy = {one.entity.segment for one in scene.seen if one.entity.kind in {"person", "phone", "email"}}
    barred = {number for number, some in kinds.items() if len(some) > 1 or number in busy}
    alone = [segment for number, segment in enumerate(scene.cut) if segment.asks(slot) and number not in barred]
    yield from _labelled_values(Scene(scene.part, tuple(alone), ()), slot, normalise)
    for one in scene.seen:
        if one.entity.kind != "organization" or one.entity.found.kind != kind:
            continue
        if one.entity in spoken_of:
            continue
        segment = scene.cut[one.entity.segment]
        score = PLAIN
        if segment.label and set(segment.label.slots) & {slot, Slot.NAME}:
            score = NEAR
        elif kind == "short" and "full" in kinds[one.entity.segment]:  # «… учреждение «Школа № 5» (МБОУ «Школа № 5»)»
            score = PLAIN + _CLOSE
        elif segment.label and not set(segment.label.slots) & {Slot.FULL, Slot.SHORT, Slot.ADDRESS, Slot.SETTLEMENT}:
            score = FAINT
        score -= 25 * is_authority(one.entity, phrases)
        yield _of_entity(one.entity, score, f"{kind} name found in the text")
    if kind == "full":
        yield from _generic_names(scene, kinds.keys())


def _name_kinds(scene: Scene) -> dict[int, set[str]]:
    """Which kinds of names (`full`, `short`) of organisations stand in each segment that holds one."""
    kinds: dict[int, set[str]] = {}
    for one in scene.seen:
        if one.entity.kind == "organization":
            kinds.setdefault(one.entity.segment, set()).add(one.entity.found.kind)
    return kinds


def _generic_names(scene: Scene, holders: Container[int]) -> Iterator[Candidate]:
    """A value under «Название» in which no legal form was recognised: a colloquial name."""
    unknown = tuple(s for number, s in enumerate(scene.cut) if s.asks(Slot.NAME) and number not in holders)
    for candidate in _labelled_values(Scene(scene.part, unknown, ()), Slot.NAME, organization.normalise_full):
        if candidate.value.usable:
            yield replace(candidate, score=FAINT)


def _untangle(full: FieldValue, short: FieldValue) -> tuple[FieldValue, FieldValue]:
    """An abbreviation that stands under a general label is the short name; one value serves one field only."""
    if full.usable and short.usable and full.source == short.source:
        return full, MISSING
    return full, short


# --- place ---------------------------------------------------------------------------------------------------------


def _regions(scene: Scene, book: RuleBook) -> Iterator[Candidate]:
    asked = {number for number, s in enumerate(scene.cut) if s.asks(Slot.REGION)}
    named = _name_kinds(scene).keys()
    hit = False
    for one in scene.seen:
        entity = one.entity
        if entity.kind == "region":
            hit = hit or entity.segment in asked
            yield _of_entity(entity, _place_score(scene, entity, named), "region named in the text")
        elif entity.kind == "region in name":
            yield _of_entity(entity, INSIDE_NAME, "region named inside the organisation's name")
    if not hit:
        yield from _labelled_values(scene, Slot.REGION, lambda text: place.normalise_region(text, book.regions))


def _innermost(candidates: list[Candidate]) -> list[Candidate]:
    """Without the subject that another candidate lies in: ХМАО — Югра stands in addresses beside Тюменская область."""
    around = {_WITHIN.get(one.value.code) for one in candidates}
    return [one for one in candidates if one.value.code not in around]


def _place_score(scene: Scene, entity: Entity, named: Container[int]) -> int:
    """`named`: the segments that hold an organisation's name."""
    segment = scene.cut[entity.segment]
    if segment.label and set(segment.label.slots) & {Slot.SETTLEMENT, Slot.REGION, Slot.ADDRESS}:
        return LABELLED
    if segment.label and set(segment.label.slots) <= {Slot.ADMIN, Slot.PHONE, Slot.EMAIL, Slot.OTHER, Slot.IGNORE}:
        return FAINT
    return PLAIN + 20 * (entity.segment in named)


def _in_passing(scene: Scene, entity: Entity, telling: Container[int]) -> bool:
    """Whether a city is only mentioned in a sentence that neither names the organisation nor gives an address.

    `telling`: the segments that do.
    """
    segment = scene.cut[entity.segment]
    long = segment.end - segment.start > _SHORT_LINE
    return entity.found.kind == "bare" and segment.label is None and long and entity.segment not in telling


def _settlement(scene: Scene, book: RuleBook, region: FieldValue) -> FieldValue:
    code = region.code or None

    def normalise(text: str) -> FieldValue:
        return place.normalise_settlement(text, book.gazetteer, code)

    candidates = list(_labelled_values(scene, Slot.SETTLEMENT, normalise))
    named = _name_kinds(scene).keys()
    telling = named | {one.entity.segment for one in scene.seen if one.entity.kind == "region"}
    for one in scene.seen:
        entity = one.entity
        if entity.kind == "settlement":
            score, value = _place_score(scene, entity, named) - 5, normalise(entity.found.written)
            if _in_passing(scene, entity, telling) and value.usable:
                score, value = FAINT, replace(value, status=Status.DOUBTFUL, reason="named in passing")
            candidates.append(_of_entity(entity, score, "place named in the text", value))
        elif entity.kind == "settlement in name":
            value = normalise(entity.found.written)
            if value.usable:
                value = replace(value, status=Status.DOUBTFUL, reason=IN_NAME)
            candidates.append(_of_entity(entity, INSIDE_NAME, "place named inside the organisation's name", value))
    usable = [one for one in candidates if one.value.usable]
    if code and not any(one.score > INSIDE_NAME for one in usable):
        usable.extend(_inside(scene, book, code))
    inner = [one for one in usable if fold(one.value.value or "") not in _SUBJECT_CITIES]
    return best(inner or usable, scene.part, close=6)


def _inside(scene: Scene, book: RuleBook, code: str) -> Iterator[Candidate]:
    """Places of the letter's region that stand in a sentence: «находится в Дальнереченске»."""
    for segment in scene.cut:
        if segment.zone is not Zone.OWN or segment.end - segment.start > _VALUE_LIMIT * 5:
            continue
        text = soften(scene.part.text[segment.start : segment.end])
        for found in find_inside(text, book.gazetteer, code):
            start = segment.start + found.start
            yield Candidate(
                found.value, FAINT, start, start + len(found.written), segment.zone, "place named in a sentence"
            )


def _guessed(settlement: FieldValue, book: RuleBook) -> FieldValue:
    """The region of a well-known city, always doubtful."""
    code = book.gazetteer.region_guess(settlement.value) if settlement.value else None
    if code is None:
        return MISSING
    return FieldValue(
        value=book.regions.name_of(code),
        code=code,
        status=Status.DOUBTFUL,
        reason="guessed from the settlement",
        written=settlement.written,
        source=settlement.source,
        evidence="well-known city",
    )


# --- the administrator ---------------------------------------------------------------------------------------------


def _admin(scene: Scene) -> FieldValue:
    people = [one for one in scene.seen if one.entity.kind == "person"]
    owners = {Owner.ADMIN, Owner.NOBODY}
    if _writer_is_admin(scene):
        people = [replace(one, owner=Owner.ADMIN) if one.owner is Owner.SIGNER else one for one in people]
    candidates = [_person(one) for one in people if one.owner in owners]
    held = {one.entity.segment for one in people}
    empty = tuple(s for number, s in enumerate(scene.cut) if number not in held)
    texts = (scene.value_text(segment) for segment in scene.cut)
    alone = any("отчеств" in text.lower() and _NO_PATRONYMIC.search(text) for text in texts)

    def normalise(text: str) -> FieldValue:
        text = _NO_PATRONYMIC.sub("", text).strip(" ()—–-,")
        return person.normalise(text, complete_allowed_without_patronymic=alone)

    candidates.extend(_labelled_values(Scene(scene.part, empty, ()), Slot.ADMIN, normalise))
    chosen = best(candidates, scene.part)
    if chosen.status is Status.INVALID or (chosen.usable and chosen.status is Status.DOUBTFUL):
        return _completed(chosen, people, scene.part)
    return chosen


def _writer_is_admin(scene: Scene) -> bool:
    """Whether the letter says «администратор — я», so that whoever signs it is the administrator."""
    return any(
        "админ" in text.lower() and _I_AM_ADMIN.search(text)
        for text in (scene.value_text(segment) for segment in scene.cut)
    )


def _person(one: Owned) -> Candidate:
    score = CUED if one.owner is Owner.ADMIN else PLAIN - 10 * ("other" in one.entity.after)
    return _of_entity(one.entity, score, "named as administrator" if one.owner is Owner.ADMIN else "the person named")


def _completed(short: FieldValue, people: Iterable[Owned], part: Part) -> FieldValue:
    """Initials or a name without patronymic, completed by the same person's full name elsewhere in the letter."""
    for one in people:
        value = one.entity.found.value
        if value.status is Status.OK and value.value and _initials_fit(short.written, value.value):
            return _placed(_of_entity(one.entity, PLAIN, "full name of the same person elsewhere in the letter"), part)
    return short


def _initials_fit(written: str, full: str) -> bool:
    words = [word for word in fold(written).replace(".", " ").split() if word.isalpha() or "-" in word]
    names = fold(full).split()
    if not words or len(names) < 3:  # noqa: PLR2004 - surname, name, patronymic
        return False
    surname = max(words, key=len)
    rest = [word for word in words if word != surname]
    return surname == names[0] and all(any(name.startswith(word) for name in names[1:]) for word in rest)


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
        for candidate in _labelled_values(Scene(scene.part, empty, ()), slot, normalise)
        if kind == "phone" or "@" in candidate.value.written
    )
    registered = [one for one in candidates if one.score > LABELLED]
    return best(registered or candidates, scene.part, close=_CLOSE if not registered else 1)


def _beside(one: Owned, admin: FieldValue) -> Owned:
    """A contact that stands beside a person: the administrator's if that is she, another's if it is somebody else."""
    if one.owner not in {Owner.NOBODY, Owner.OTHER} or not one.beside or not admin.value:
        return one
    hers = _same_person(one.beside, admin.value)
    if hers:
        return replace(one, owner=Owner.ADMIN)
    return one if hers is None else replace(one, owner=Owner.OTHER, near_another=one.owner is Owner.NOBODY)


def _same_person(beside: str, admin: str) -> bool | None:
    """Whether a name is the administrator's; None when that cannot be told (initials, a name in an oblique case)."""
    words, names = fold(beside).replace(".", " ").split(), fold(admin).split()
    if len(words) == len(names) == _WHOLE_NAME:
        return all(fuzz.ratio(word, name) >= _SURNAME for word, name in zip(sorted(words), sorted(names), strict=True))
    if len(names) == _WHOLE_NAME and len(words) == _WHOLE_NAME - 1:  # «Сарданы Егоровны»
        pairs = zip(words, names[1:], strict=True)
        if all(fuzz.ratio(word, name) >= _SURNAME for word, name in pairs):
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
    return _of_entity(one.entity, score + 20 * one.register + 30 * one.corrected, words, value)


def _signer_is_admin(scene: Scene, admin: FieldValue) -> bool:
    """Whether the one who signs is the administrator, so that the signature's numbers are the administrator's."""
    signers = [one.entity for one in scene.seen if one.entity.kind == "person" and one.owner is Owner.SIGNER]
    if not admin.value:
        return False
    surname = fold(admin.value).split()[0]
    return any(surname in fold(entity.found.written) for entity in signers)
