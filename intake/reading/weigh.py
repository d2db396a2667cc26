"""The fields of one organisation, each from its candidates: names and place here, the administrator and her contacts in
`administrator.py` and `contacts.py`. Nothing is searched here.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import replace

from intake.reading.administrator import administrator
from intake.reading.candidates import (
    CLOSE,
    FAINT,
    INSIDE_NAME,
    LABELLED,
    NEAR,
    PLAIN,
    VALUE_LIMIT,
    Candidate,
    Scene,
    best,
    labelled_values,
    of_entity,
)
from intake.reading.contacts import phone_and_email
from intake.reading.entities import Entity, soften
from intake.reading.mentions import is_authority, mentioned
from intake.reading.owners import Owned
from rules.application import MISSING, Application, FieldValue, Status
from rules.book import RuleBook
from rules.fields import organization, place
from rules.fields.fold import fold
from rules.fields.place_inside import find_inside
from rules.labels import Slot
from rules.message import Zone
from rules.phrases import Phrases

__all__ = ["IN_NAME", "Scene", "weigh"]

IN_NAME = "named only inside the organisation's name"
_PRIVATE = ("ООО", "ИП ")  # who writes for a school by contract names a firm beside it
_MENTION = 25  # code points before a city in which it is said to be somebody else's
_SHORT_LINE = 60  # code points; a place alone on a line is an answer, in a sentence it may be talk
_WITHIN = {"86": "72", "89": "72", "83": "29"}  # autonomous districts and the subject they are part of
_SUBJECT_CITIES = frozenset({"г. москва", "г. санкт-петербург", "г. севастополь"})  # their inner towns go before them


def weigh(scene: Scene, book: RuleBook) -> Application:
    """The application that one scene holds; fields nothing speaks for are missing."""
    full, short = _names(scene, book.phrases)
    region = best(_innermost(list(_regions(scene, book))), scene.part)
    settlement = _settlement(scene, book, region)
    if not region.usable and region.status is not Status.INVALID:
        region = _guessed(settlement, book)
    admin = administrator(scene)
    admin_phone, admin_email = phone_and_email(scene, admin)
    return Application(
        organization_full_name=full,
        organization_short_name=short,
        settlement=settlement,
        region=region,
        admin_full_name=admin,
        admin_phone=admin_phone,
        admin_email=admin_email,
    )


# --- names of the organisation -------------------------------------------------------------------------------------


def _names(scene: Scene, phrases: Phrases) -> tuple[FieldValue, FieldValue]:
    spoken_of = mentioned(scene.part.text, scene.seen, phrases)
    full = list(_name_candidates(scene, "full", organization.normalise_full, phrases, spoken_of))
    short = list(_name_candidates(scene, "short", organization.normalise_short, phrases, spoken_of))
    chosen_full, chosen_short = best(full, scene.part, close=1), best(short, scene.part, close=1)
    return _untangle(chosen_full, chosen_short)


def _name_candidates(
    scene: Scene, kind: str, normalise: Callable[[str], FieldValue], phrases: Phrases, spoken_of: Container[Entity]
) -> Iterator[Candidate]:
    slot = Slot.FULL if kind == "full" else Slot.SHORT
    kinds = _name_kinds(scene)
    busy = {one.entity.segment for one in scene.seen if one.entity.kind in {"person", "phone", "email"}}
    barred = {number for number, some in kinds.items() if len(some) > 1 or number in busy}
    barred |= {one.entity.segment for one in scene.seen if one.entity.kind == "person" and _leads(one, scene)}
    alone = [segment for number, segment in enumerate(scene.cut) if segment.asks(slot) and number not in barred]
    yield from labelled_values(Scene(scene.part, tuple(alone), ()), slot, normalise)
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
            score = PLAIN + CLOSE
        elif segment.label and not set(segment.label.slots) & {Slot.FULL, Slot.SHORT, Slot.ADDRESS, Slot.SETTLEMENT}:
            score = FAINT
        score -= 10 * one.entity.found.written.startswith(_PRIVATE)
        score -= 25 * is_authority(one.entity, phrases) + 10 * (one.entity.found.value.reason == organization.NO_FORM)
        yield of_entity(one.entity, score, f"{kind} name found in the text")
    if kind == "full":
        yield from _generic_names(scene, kinds.keys())


def _leads(one: Owned, scene: Scene) -> bool:
    """Whether a person is what a labelled value begins with: «Полностью: Цыбикова Соелма Батуевна»."""
    return not scene.part.text[scene.cut[one.entity.segment].start : one.entity.start].strip()


def _name_kinds(scene: Scene) -> dict[int, set[str]]:
    """Which kinds of names (`full`, `short`) of organisations stand in each segment that holds one."""
    kinds: dict[int, set[str]] = {}
    for one in scene.seen:
        if one.entity.kind == "organization":
            kinds.setdefault(one.entity.segment, set()).add(one.entity.found.kind)
    return kinds


def _generic_names(scene: Scene, holders: Container[int]) -> Iterator[Candidate]:
    """A value under «Название» in which no legal form was recognised: a colloquial name."""
    people = {one.entity.segment for one in scene.seen if one.entity.kind in {"person", "phone", "email"}}
    unknown = tuple(s for n, s in enumerate(scene.cut) if s.asks(Slot.NAME) and n not in holders and n not in people)
    for candidate in labelled_values(Scene(scene.part, unknown, ()), Slot.NAME, organization.normalise_full):
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
            passing = _is_elsewhere(scene, entity, book.phrases)
            yield of_entity(
                entity, FAINT if passing else _place_score(scene, entity, named), "region named in the text"
            )
        elif entity.kind == "region in name":
            yield of_entity(entity, INSIDE_NAME, "region named inside the organisation's name")
    if not hit:
        yield from labelled_values(scene, Slot.REGION, lambda text: place.normalise_region(text, book.regions))


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


def _elsewhere(scene: Scene, entity: Entity, phrases: Phrases) -> bool:
    """Whether a city is where somebody else is: «по совету коллег из Горно-Алтайска»."""
    return entity.found.kind == "bare" and _is_elsewhere(scene, entity, phrases)


def _is_elsewhere(scene: Scene, entity: Entity, phrases: Phrases) -> bool:
    before = fold(scene.part.text[max(0, entity.start - _SHORT_LINE) : entity.start])
    return phrases.mention_before.search(before[-_MENTION:]) is not None


def _settlement(scene: Scene, book: RuleBook, region: FieldValue) -> FieldValue:
    code = region.code or None

    def normalise(text: str) -> FieldValue:
        return place.normalise_settlement(text, book.gazetteer, code)

    candidates = list(labelled_values(scene, Slot.SETTLEMENT, normalise))
    candidates.extend(_before_region(scene, normalise))
    named = _name_kinds(scene).keys()
    telling = named | {one.entity.segment for one in scene.seen if one.entity.kind == "region"}
    for one in scene.seen:
        entity = one.entity
        if entity.kind == "settlement":
            score, value = _place_score(scene, entity, named) - 5, normalise(entity.found.written)
            if value.usable and (_in_passing(scene, entity, telling) or _elsewhere(scene, entity, book.phrases)):
                score, value = FAINT, replace(value, status=Status.DOUBTFUL, reason="named in passing")
            candidates.append(of_entity(entity, score, "place named in the text", value))
        elif entity.kind == "settlement in name":
            value = normalise(entity.found.written)
            if value.usable:
                value = replace(value, status=Status.DOUBTFUL, reason=IN_NAME)
            candidates.append(of_entity(entity, INSIDE_NAME, "place named inside the organisation's name", value))
    usable = _typed_first([one for one in candidates if one.value.usable])
    if code and not any(one.score > INSIDE_NAME for one in usable):
        usable.extend(_inside(scene, book, code))
    inner = [one for one in usable if fold(one.value.value or "") not in _SUBJECT_CITIES]
    return best(inner or usable, scene.part, close=6)


def _typed_first(candidates: list[Candidate]) -> list[Candidate]:
    """Without the bare name of a place that stands elsewhere with its type («Кош-Агач» beside «с. Кош-Агач»)."""
    said = [fold(one.value.value or "") for one in candidates if one.score > INSIDE_NAME]
    typed = {name.partition(" ")[2] for name in said if " " in name}
    return [one for one in candidates if fold(one.value.value or "") not in typed]


def _before_region(scene: Scene, normalise: Callable[[str], FieldValue]) -> Iterator[Candidate]:
    """What stands before the region under a label of both («Населённый пункт и субъект: Бологое Тверской области»)."""
    placed = {one.entity.segment for one in scene.seen if one.entity.kind == "settlement"}
    for one in scene.seen:
        segment = scene.cut[one.entity.segment]
        if one.entity.kind == "region" and one.entity.segment not in placed and segment.asks(Slot.SETTLEMENT):
            text = soften(scene.part.text[segment.start : one.entity.start]).strip(" ,;/(")
            value = normalise(text) if 0 < len(text) <= _SHORT_LINE else MISSING
            if value.usable:
                start = segment.start
                yield Candidate(value, LABELLED - 5, start, start + len(text), segment.zone, "place before the region")


def _inside(scene: Scene, book: RuleBook, code: str) -> Iterator[Candidate]:
    """Places of the letter's region that stand in a sentence: «находится в Дальнереченске»."""
    for segment in scene.cut:
        if segment.zone is not Zone.OWN or segment.end - segment.start > VALUE_LIMIT * 5:
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
