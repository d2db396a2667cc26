"""Finding settlements in running text, and taking a postal address apart.

Typed places («с. Экажево»), places written beside a region («Урено-Карлинское, Ульяновская обл.») and well-known cities
by name alone. Only candidates: which is the applicant's settlement is the reader's to say.
"""

import re
from collections.abc import Iterator

from rules import morphology
from rules.application import MISSING, FieldValue, Status
from rules.fields.fold import fold
from rules.fields.found import Found
from rules.fields.gazetteer import CITY, Gazetteer
from rules.fields.region import Regions, find_regions, normalise_region
from rules.fields.settlement import TYPE, nominatives, normalise_settlement, type_of

_NAME = r"[А-ЯЁA-Z][А-Яа-яЁёA-Za-z]+(?:[-‑](?:[А-Яа-яЁё]+|\d+))*"
_TYPED = re.compile(
    rf"(?<![А-Яа-яЁёA-Za-z\d№-])((?i:{TYPE}))(?:[ \u00a0]+|(?<=\.)[ \u00a0]*)[«\"]?({_NAME}(?:[ \u00a0]{_NAME}){{0,2}})"
)
_LOWER = re.compile(rf"(?<![а-яёa-z\d№-])({TYPE})\s+([а-яё]{{3,}}(?:-[а-яё]+)*)(?![а-яё])")
_CAPITAL = re.compile(rf"(?<![А-Яа-яЁёA-Za-z-]){_NAME}(?:[ \u00a0]{_NAME})?")
_HONOUR = re.compile(r"(?:имени|им\.?|ул\.?|улиц\w+|пр\.?|просп\w*|пер\.?|пл\.?|площад\w+|шоссе|кинотеатр\w*|гостиниц\w+)\s*$", re.I)
_IN = re.compile(r"(?:^|[\s(])(?:в|во|из|под)\s$", re.IGNORECASE)
_NOT_AFTER = re.compile(r"\s?(?:район|р-н|област|обл\b|кра[йя]|округ|улиц|ул\.|проспект|сельсовет|[А-ЯЁ]\.)")
_REGION_BEFORE = re.compile(r"(?:обл\.?|област[ьи]|кра[йяе]|республик\w+\s[А-ЯЁ][\w-]+|респ\.\s?[А-ЯЁ][\w-]+|\b[А-ЯЁ]{2,4}|район|р-н)\s?,\s*$")
_REGION_AFTER = re.compile(
    r"\s?,\s*(?:[А-ЯЁ][\w-]+(?:ая|ой|ий|ого)\s(?:обл|кра|респ|авт|АО|респ)|Респ|республик|обл\.|(?:РТ|ДНР|ЛНР|ХМАО|ЯНАО|КБР|КЧР|НАО|ЕАО|РБ|РХ|РД)\b)",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"(?:ая|ое|ые|ие|ий|ый|ой|яя|ее|ом|ем|ого|его|ых|их|ую)$")
_BACK = 24


def find_settlements(text: str, gazetteer: Gazetteer) -> list[Found]:
    """Typed places of a free text and bare names of known cities, in order; `kind` is `typed` or `bare`."""
    found = list(_typed(text, gazetteer))
    taken = {at for one in found for at in (one.start, one.end - 1)}
    found.extend(_lower(text, gazetteer, taken))
    spans = [(one.start, one.end) for one in found]
    found.extend(_bare(text, gazetteer, spans))
    return sorted(found, key=lambda one: one.start)


def _typed(text: str, gazetteer: Gazetteer) -> Iterator[Found]:
    for match in _TYPED.finditer(text):
        name = _name(match.group(2), gazetteer, text[match.end() : match.end() + 12])
        if name is None:
            continue
        end = match.start(2) + len(name)
        short = type_of(fold(match.group(1)))
        if short in {"д.", "с.", "п.", "г.", "х.", "ст."} and match.group(1).isupper() and "." not in match.group(1):
            continue
        if re.match(r"\.?\s?[А-ЯЁ]\.", text[end:]) or (name[-1:].isupper() and len(name) <= 2):  # noqa: PLR2004
            continue  # initials
        written = text[match.start() : end]
        value = normalise_settlement(written, gazetteer, None)
        if value.usable:
            yield Found(match.start(), end, written, value, "typed")


def _name(words: str, gazetteer: Gazetteer, after: str) -> str | None:
    """How many of the capitalised words belong to the name."""
    parts = re.split(r"[ \u00a0]", words)
    for size in range(len(parts), 1, -1):
        joined = " ".join(parts[:size])
        if gazetteer.named(joined) or any(gazetteer.named(one) for one in nominatives(joined)):
            return words[: len(joined)]
    if len(parts) == 1 or not _ADJECTIVE.search(parts[0]) or _ADJECTIVE.search(parts[1]):
        return None if len(parts) == 1 and _NOT_AFTER.match(after) and _ADJECTIVE.search(parts[0]) else words[: len(parts[0])]
    if len(parts) == 2 and _NOT_AFTER.match(after) or re.match(r"[А-ЯЁ]", after):  # noqa: PLR2004
        return words[: len(parts[0])]
    return words[: len(parts[0]) + 1 + len(parts[1])]


def _lower(text: str, gazetteer: Gazetteer, taken: set[int]) -> Iterator[Found]:
    """Places written without capitals: only those the gazetteer knows."""
    for match in _LOWER.finditer(text):
        if match.start() in taken or not gazetteer.named(match.group(2)) or len(match.group(1)) > 1 and match.group(1) == "пос":
            continue
        value = normalise_settlement(match.group(), gazetteer, None)
        if value.usable:
            yield Found(match.start(), match.end(), match.group(), value, "typed")


def _bare(text: str, gazetteer: Gazetteer, spans: list[tuple[int, int]]) -> Iterator[Found]:
    for match in _CAPITAL.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in spans):
            continue
        words = re.split(r"[ \u00a0]", match.group())
        for joined in (match.group(), words[0]) if len(words) > 1 else (match.group(),):
            end = match.start() + len(joined)
            if _is_bare(text, match.start(), end, joined, gazetteer):
                value = normalise_settlement(("в " if _IN.search(text, max(0, match.start() - 6), match.start()) else "") + joined, gazetteer, None)
                if value.usable:
                    yield Found(match.start(), end, joined, value, "bare")
                break


def _is_bare(text: str, start: int, end: int, name: str, gazetteer: Gazetteer) -> bool:
    """Whether a capitalised word is a settlement's name by itself."""
    some = gazetteer.named(name)
    before = text[max(0, start - _BACK) : start]
    inside = _IN.search(before) is not None
    if not some and inside:
        some = next((known for one in nominatives(name) if (known := gazetteer.named(one)) and known[0].population >= CITY), ())
    if _HONOUR.search(before) or _NOT_AFTER.match(text, end):
        return False
    beside = _REGION_AFTER.match(text, end) is not None or _REGION_BEFORE.search(before) is not None
    if not some:
        return beside and _REGION_AFTER.match(text, end) is not None and _ADJECTIVE.search(name) is None and _unknown(name)
    if beside:
        return True
    return some[0].population >= CITY and (inside or not morphology.has(fold(name), "Name", "Patr"))


def _unknown(name: str) -> bool:
    """Whether a word is in no dictionary as anything but a place."""
    readings = morphology.forms(name.lower())
    return not any(form.known for form in readings) or any("Geox" in form for form in readings)


def from_address(text: str, gazetteer: Gazetteer, regions: Regions) -> tuple[FieldValue, FieldValue]:
    """Settlement and region of a postal address; what it does not name is missing."""
    seen = find_regions(text, regions)
    region = normalise_region(text, regions) if seen else MISSING
    code = region.code if region.usable else None
    settlement = normalise_settlement(text, gazetteer, code)
    return settlement, region if region.status is not Status.INVALID else MISSING
