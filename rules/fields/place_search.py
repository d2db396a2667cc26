"""Finding settlements in running text, and taking a postal address apart.

Typed places («с. Экажево»), places written beside a region («Урено-Карлинское, Ульяновская обл.») and well-known cities
by name alone. Only candidates: which is the applicant's settlement is the reader's to say.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from rules import morphology
from rules.application import MISSING, FieldValue, Status
from rules.fields.fold import fold
from rules.fields.found import Found
from rules.fields.gazetteer import CITY, Gazetteer, fold_name
from rules.fields.person_name import is_patronymic
from rules.fields.region import Regions, find_regions, normalise_region
from rules.fields.settlement import SUBJECT_CITIES, nominatives, normalise_settlement
from rules.fields.settlement_types import TYPE

_NAME = r"[А-ЯЁA-Z][А-Яа-яЁёA-Za-z]+(?:[-‑](?:[А-Яа-яЁё]+|\d+))*"
_WORD = re.compile(rf"(?<![А-Яа-яЁёA-Za-z-]){_NAME}")
_TYPE_BEFORE = re.compile(rf"(?<![а-яёa-z\d№-])({TYPE})(?:[ \u00a0\n]{{1,3}}|(?<=\.)[ \u00a0]{{0,3}})[«\"]?$")
_LAST = re.compile(r"([а-яё/-]+)\.?[ \u00a0\n]{0,3}[«\"]?$")
_TYPE_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя/-"
_BEFORE_NAME = ' \u00a0\n.«"'
_HEADS = frozenset(
    "г о гор сел с п т рп р/п кп дп пос пгт раб дер д ста ст ст- хут х аул а улу у нас сло сл зат раз рзд мес м пст тип окр "  # noqa: SIM905 - lines of words, not a column
    "с/п пан".split()
)
_RARE_MARKS = frozenset("АУМК")  # capital letters with a dot that are initials before they are types of places
_WHOLE_TYPES = frozenset(
    "города городе городу поселка поселке села селе деревни деревне станицы станице хутора хуторе".split()  # noqa: SIM905 - words, not a column
)
_SMALL_WORD = re.compile(r"(?<![А-Яа-яЁёA-Za-z-])[а-яё]{3,}(?:-[а-яё]+)*(?![А-Яа-яЁёA-Za-z-])")
_MOST = 600  # places of one text that are looked at
_HONOUR = re.compile(
    r"(?:имени|им\.?|ул\.?|улиц\w+|пр\.?|просп\w*|пер\.?|пл\.?|площад\w+|шоссе|кинотеатр\w*|гостиниц\w+)\s*$",
    re.IGNORECASE,
)
_IN = re.compile(r"(?:^|[\s(])(?:в|во|из|под)\s$", re.IGNORECASE)
_LAST_OF_IN = frozenset("вВоОзЗдД")
_NOT_AFTER = re.compile(r"\s?(?:район|р-н|област|обл\b|кра[йя]|округ|улиц|ул\.|проспект|сельсовет|[А-ЯЁ]\.)")
_REGION_BEFORE = re.compile(
    r"(?:обл\.?|област[ьи]|кра[йяе]|республик\w+\s[А-ЯЁ][\w-]+|респ\.\s?[А-ЯЁ][\w-]+|\b[А-ЯЁ]{2,4}|район|р-н)\s?,\s*$"
)
_REGION_AFTER = re.compile(
    r"\s?,\s*(?:[А-ЯЁ][\w-]+(?:ая|ой|ий|ого)\s(?:обл|кра|респ|авт|АО|респ)|Респ|республик|обл\.|(?:РТ|ДНР|ЛНР|ХМАО|ЯНАО|КБР|КЧР|НАО|ЕАО|РБ|РХ|РД)\b)",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"(?:ая|ое|ые|ие|ий|ый|ой|яя|ее|ом|ем|ого|его|ых|их|ую)$")
_PART = re.compile(r"\s?,\s*(?:вн\.?\s?тер|г\.|город|п\.|пос|р\.?п\.|пгт|село|с\.|д\.\s?[А-ЯЁ]|деревня)", re.IGNORECASE)
_SURNAME = re.compile(r"(?:[оеё]в|[иы]н|ск[иа][йя]|енко|[уюя]к|ян|[ое]вич|ко|ец)[ауы]?$")
_BACK = 32


class _Word(NamedTuple):
    """A capitalised word and its span."""

    text: str
    start: int
    end: int


def find_settlements(text: str, gazetteer: Gazetteer) -> list[Found]:
    """Typed places of a free text and bare names of known cities, in order; `kind` is `typed` or `bare`."""
    folded = fold(text)
    words = [_Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    found: list[Found] = []
    floor = 0
    for at, word in enumerate(words):
        if word.start < floor or len(found) >= _MOST:
            continue
        one = _typed(text, folded, words, at, gazetteer) or _bare(text, words, at, gazetteer)
        if one is not None:
            found.append(one)
            floor = one.end
    found.extend(_lower(text, folded, gazetteer, {at for one in found for at in range(one.start, one.end)}))
    return sorted(found, key=lambda one: one.start)


def _typed(text: str, folded: str, words: list[_Word], at: int, gazetteer: Gazetteer) -> Found | None:
    """The place whose name begins with this word, if a type stands before it."""
    start = words[at].start
    before = folded[max(0, start - _BACK) : start]
    if _last_word(before)[:3] not in _HEADS or not _LAST.search(before):
        return None
    match = _TYPE_BEFORE.search(before)
    if match is None:
        return None
    begin = max(0, start - _BACK) + match.start()
    mark = text[begin : begin + len(match.group(1))]
    name = _name(_following(text, words, at), gazetteer, text, start)
    if name is None or _is_initial(mark, name, gazetteer) or _is_year(text, begin, mark):
        return None
    if mark == "с" and _is_with(name, words[at + 1 : at + 2], gazetteer):
        return None
    end = start + len(name)
    value = normalise_settlement(text[begin:end], gazetteer, None)
    return Found(begin, end, text[begin:end], value, "typed") if value.usable else None


def _last_word(before: str) -> str:
    """The run of letters of types that a folded text ends in, dots, spaces and opening quotes behind it left out."""
    tail = before.rstrip(_BEFORE_NAME)
    return tail[len(tail.rstrip(_TYPE_LETTERS)) :]


def _is_initial(mark: str, name: str, gazetteer: Gazetteer) -> bool:
    """Whether «С. Лобанов» is a person and not a village."""
    if len(mark.rstrip(".")) != 1 or (not mark.isupper() and not mark[:1].isupper()):
        return False
    if mark[:1] in _RARE_MARKS:
        return not gazetteer.named(name)
    return "." not in mark or (not gazetteer.named(name) and _may_be_surname(name))


def _is_with(name: str, following: list[_Word], gazetteer: Gazetteer) -> bool:
    """Whether «с» is the preposition: «с Марьяной Хасановной», «привет с Сахалина»."""
    if gazetteer.named(name):
        return False
    if following and is_patronymic(following[0].text):
        return True
    readings = [form for form in morphology.forms(fold_name(name)) if form.known]
    return bool(readings) and all(form.case != "nomn" for form in readings if "NOUN" in form or "ADJF" in form)


def _may_be_surname(name: str) -> bool:
    return _SURNAME.search(name) is not None or morphology.has(fold_name(name), "Surn")


def _is_year(text: str, begin: int, mark: str) -> bool:
    """Whether «г.» after a number is a year."""
    return (
        mark[:1] in "гГ"
        and len(mark) <= len("г.")
        and re.search(r"(?:\d{4}|\.\d\d)\s?$", text[max(0, begin - 5) : begin]) is not None
    )


def _following(text: str, words: list[_Word], at: int) -> str:
    """The word and up to two capitalised ones after it, as written."""
    end = words[at].end
    for word in words[at + 1 : at + 3]:
        if word.start != end + 1 or text[end] not in " \u00a0":
            break
        end = word.end
    return text[words[at].start : end]


def _name(words: str, gazetteer: Gazetteer, text: str, start: int) -> str | None:
    """How many of the capitalised words belong to the name; None if they name a district or a person."""
    after = text[start + len(words) : start + len(words) + 12]
    if re.match(r"\.?\s?[А-ЯЁ]\.", after) or (len(words) <= 2 and words.isupper()):  # noqa: PLR2004 - initials
        return None
    parts = re.split(r"[ \u00a0]", words)
    for size in range(len(parts), 1, -1):
        joined = " ".join(parts[:size])
        if gazetteer.named(joined) or any(gazetteer.named(one) for one in nominatives(joined)):
            return words[: len(joined)]
    if len(parts) == 1 or not _ADJECTIVE.search(parts[0]) or _ADJECTIVE.search(parts[1]):
        return (
            None
            if len(parts) == 1 and _NOT_AFTER.match(after) and _ADJECTIVE.search(parts[0])
            else words[: len(parts[0])]
        )
    if (len(parts) == 2 and _NOT_AFTER.match(after)) or re.match(r"[А-ЯЁ]", after):  # noqa: PLR2004
        return words[: len(parts[0])]
    return words[: len(parts[0]) + 1 + len(parts[1])]


def _lower(text: str, folded: str, gazetteer: Gazetteer, taken: set[int]) -> Iterator[Found]:
    """Places written without capitals: only those the gazetteer knows."""
    typed = any(one in folded for one in _WHOLE_TYPES)
    for word in _SMALL_WORD.finditer(text):
        if not typed and folded[word.start() : word.end()] not in gazetteer.places:
            continue  # the common case
        if word.start() in taken or not _may_be_place(folded, word, gazetteer):
            continue
        match = _TYPE_BEFORE.search(folded[max(0, word.start() - _BACK) : word.start()])
        if match is None:
            continue
        begin = max(0, word.start() - _BACK) + match.start()
        value = normalise_settlement(text[begin : word.end()], gazetteer, None)
        if value.usable and not _is_year(text, begin, text[begin : begin + len(match.group(1))]):
            yield Found(begin, word.end(), text[begin : word.end()], value, "typed")


def _may_be_place(folded: str, word: re.Match[str], gazetteer: Gazetteer) -> bool:
    """Whether a word in small letters is a known place's name, or an oblique form of one behind a whole type word."""
    plain = word.group()
    if folded[word.start() : word.end()] in gazetteer.places:
        return True
    before = folded[max(0, word.start() - _BACK) : word.start()].split()
    return bool(before) and before[-1] in _WHOLE_TYPES and any(map(gazetteer.named, nominatives(plain)))


def _bare(text: str, words: list[_Word], at: int, gazetteer: Gazetteer) -> Found | None:
    """The known city, or the place beside a region, that begins with this word."""
    start = words[at].start
    joined = _following(text, words, at).split(" ")
    inside = _is_inside(text, start)
    for size in range(min(2, len(joined)), 0, -1):
        name = " ".join(joined[:size])
        end = start + len(name)
        if not inside and text[end : end + 1] != "," and fold_name(name) not in gazetteer.places:
            continue  # the common case: a word that is no place's name
        if _is_bare(text, start, end, name, gazetteer, inside=inside):
            value = normalise_settlement(("в " if inside else "") + name, gazetteer, None)
            return Found(start, end, name, replace(value, written=name), "bare") if value.usable else None
    return None


def _is_inside(text: str, start: int) -> bool:
    """Whether «в», «из» or «под» stands right before."""
    last = text[max(0, start - 3) : start].rstrip()[-1:]
    return last in _LAST_OF_IN and _IN.search(text, max(0, start - 6), start) is not None


def _is_bare(text: str, start: int, end: int, name: str, gazetteer: Gazetteer, *, inside: bool) -> bool:
    """Whether a capitalised word is a settlement's name by itself; `inside`: «в» stands before it."""
    some = gazetteer.places.get(fold_name(name), ())
    if not some and not inside and not _REGION_AFTER.match(text, end):
        return False
    before = text[max(0, start - _BACK) : start]
    if not some and inside:
        some = next(
            (known for one in nominatives(name) if (known := gazetteer.named(one)) and known[0].population >= CITY), ()
        )
    if _HONOUR.search(before) or _NOT_AFTER.match(text, end):
        return False
    beside = _REGION_AFTER.match(text, end) is not None or _REGION_BEFORE.search(before) is not None
    if not some:
        return (
            beside
            and not (" " in name or name.isupper())
            and _REGION_AFTER.match(text, end) is not None
            and _unknown(name)
        )
    if fold_name(name) in SUBJECT_CITIES and _PART.match(text, end):
        return False  # «Санкт-Петербург, г. Колпино»
    if beside:
        return True
    return some[0].population >= CITY and (inside or not morphology.has(fold(name), "Name", "Patr"))


def _unknown(name: str) -> bool:
    """Whether a word is in no dictionary as anything but a place, and no district's adjective."""
    if _ADJECTIVE.search(name) and not name.endswith("ое"):
        return False
    if not morphology.known(name.lower()):
        return True
    readings = morphology.forms(name.lower())
    return not any(form.known for form in readings) or any("Geox" in form for form in readings)


def from_address(text: str, gazetteer: Gazetteer, regions: Regions) -> tuple[FieldValue, FieldValue]:
    """Settlement and region of a postal address; what it does not name is missing."""
    seen = find_regions(text, regions)
    region = normalise_region(text, regions) if seen else MISSING
    code = region.code if region.usable else None
    settlement = normalise_settlement(text, gazetteer, code)
    return settlement, region if region.status is not Status.INVALID else MISSING
