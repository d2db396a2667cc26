"""Settlements: «type + name» in short form, taken out of addresses, case forms and districts.

Knows types of places and case endings; which places exist is asked of the gazetteer, which may say «unknown» but never
«wrong». Does not decide which of two settlements of a letter is the applicant's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rules import morphology
from rules.application import FieldValue
from rules.fields.fold import fold, is_mixed, to_cyrillic
from rules.fields.found import doubtful, good
from rules.fields.gazetteer import CITY, Gazetteer
from rules.fields.settlement_types import TYPE, type_of
from rules.fields.tidy import tidy, without_code

_TYPED = re.compile(rf"(?:^|(?<=[\s(«\"]))({TYPE})(?:\s+|(?<=\.)\s*)(?=[а-яa-z0-9«\"])")
_OBLIQUE_TYPE = re.compile(
    r"город[аеу]|городом|городского|сел[аеу]$|селом|селени[июя]|селением|пос[её]лк[а-я]+|деревн[еиюё]|станиц[еыу]|хутор[аеу]|аул[аеу]|улус[аеу]|"
    r"слобод[еыу]|рабоч(?:его|ем)|сельского|станции"
)
_GENDER = {"с.": "neut", "м.": "neut", "д.": "femn", "ст-ца": "femn", "сл.": "femn", "станция": "femn"}
_PIECE = re.compile(r"[,;()\n|/]")
_DISTRICT = re.compile(
    r"(?:^|\s)(?:мо\s|го\s)?[«\"]?[а-яё-]+(?:ск|цк)[а-яё]+[»\"]?\s(?:(?:городск|муниципальн|национальн|административн|сельск)[а-яё.]*\s)?"
    r"(?:район[а-яё]*|р-н[а-яё]*|округ[а-яё]*|улус[а-яё]*|кожуун[а-яё]*|сельсовет[а-яё]*|с/с|поселени[а-яё]*|волост[а-яё]*)\.?(?=\s|$)|"
    r"(?:^|\s)(?:р-н|район)\s[а-яё-]+|(?:^|\s)муниципальн[а-яё]+\s(?:район|округ|образовани)[а-яё]*(?:\s[«\"]?[а-яё -]+[»\"]?)?"
)
_REGION = re.compile(
    r"(?:^|\s)(?:(?:[а-яё-]+(?:ск|цк)[а-яё]+)\s(?:обл(?:аст[а-яё]+)?|кра[а-яё]+|респ(?:ублик[а-яё]+)?|ао|авт[а-яё.]*\s(?:окр|обл)[а-яё]*|"
    r"народн[а-яё]+\sреспублик[а-яё]+|автономн[а-яё]+\s(?:округ|област)[а-яё]*)\.?(?:\s?[-–—]\s?(?:югра|кузбасс|чувашия))?|"
    r"(?:респ\.?|республик[а-яё]+|обл\.?|область|край)\s[а-яё -]+|рф|россия|российская\sфедерация|россии)(?=\s|$)"
)
_STREET = re.compile(
    r"(?:^|\s)(?:ул\.?|улиц[а-я]*|пр\.?|просп[а-я]*\.?|пр-т|пр-кт|пер\.?|переул[а-я]*|ш\.?|шоссе|пл\.?|площад[а-я]*|б-р|бульвар[а-я]*|бул\.|наб\.|набережн(?:ая|ой)|"
    r"мкр?\.?|мкрн|микрорайон[а-я]*|кв-л|квартал[а-я]*|дом[а-я]?|корп\.?|корпус[а-я]*|стр\.|строени[а-я]*|литера?|лит\.|д\.?\s?\d|кв\.?|тер\.?|проезд[а-я]*|аллея|тракт|зд\.?|№)(?=[\s.\d]|$)"
)
_INDEX = re.compile(r"(?<!\d)\d{3}[ \u00a0]?\d{3}(?!\d)")
_LEAD = re.compile(
    r"^(?:(?:мы\s)?(?:находимся|находится|расположен[а-яё]*|адрес|живем)\s)?(?:(?:в|во|из|на|нас[а-яё.]*\sпункт[а-я]*|н\.?\s?п\.?|населенн[а-я]+\sпункт[а-я]*|"
    r"муниципальн[а-я]+\sобразовани[а-я]+)[\s:–—-]+)+"
)
_SHORTHANDS = {
    "н.новгород": "Нижний Новгород", "в.новгород": "Великий Новгород", "наб.челны": "Набережные Челны", "спб": "Санкт-Петербург",
    "с.петербург": "Санкт-Петербург", "спетербург": "Санкт-Петербург", "санктпетербург": "Санкт-Петербург", "питер": "Санкт-Петербург",
    "мск": "Москва", "екб": "Екатеринбург", "минводы": "Минеральные Воды", "ростовнадону": "Ростов-на-Дону",
    "комсомольскнаамуре": "Комсомольск-на-Амуре", "йошкарола": "Йошкар-Ола", "уланудэ": "Улан-Удэ", "горноалтайск": "Горно-Алтайск",
}  # fmt: skip
_SHORTHAND = re.compile(
    r"(?<![а-яё-])(?:[нв]\.\s?новгород|наб\.\s?челны|спб|с\.?[- ]?петербург|санкт[- ]петербург|питер|мск|екб|минводы|"
    r"ростов[- ]на[- ]дону|комсомольск[- ]на[- ]амуре|йошкар[- ]ола|улан[- ]удэ|горно[- ]алтайск)(?![а-яё-])",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![а-яё])([срдк])/п(?![а-яё])\.?", re.IGNORECASE)
_SMALL = frozenset({"им", "имени", "на", "в", "при", "под", "над", "и", "у", "за", "де"})
SUBJECT_CITIES = frozenset({"москва", "санкт-петербург", "севастополь", "спб", "петербург"})
_NAMING = frozenset({"NOUN", "ADJF", "Geox", "NUMR", "PRTF"})
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class _Piece:
    """One part of an address: its type ("" if none), whether the type is in an oblique case, the name as written."""

    kind: str
    oblique: bool
    name: str


def normalise_settlement(written: str, gazetteer: Gazetteer, region_code: str | None) -> FieldValue:
    """The settlement in a value that stands for it: «type + name» without district, street, region and index.

    Missing: no settlement in it. Doubtful: two settlements, a guessed nominative, a well-known city of another region.
    """
    return replace(_normalised(tidy(written), gazetteer, region_code), written=written)


@lru_cache(maxsize=4096)
def _normalised(written: str, gazetteer: Gazetteer, region_code: str | None) -> FieldValue:
    text, coded = without_code(written)
    text = _SHORTHAND.sub(lambda match: _SHORTHANDS[fold(match.group()).replace(" ", "").replace("-", "")], text)
    pieces = list(_pieces(_SLASHED.sub(r"\1.п.", text)))
    piece = _chosen(pieces, gazetteer, region_code)
    if piece is None:
        return FieldValue(written=written)
    name, others = _nominative(piece, gazetteer, region_code)
    shown = _capitals(name, gazetteer, region_code)
    value = " ".join(filter(None, (_type(piece.kind, shown, gazetteer, region_code), shown)))
    if coded:
        return doubtful(value, written, "code behind the value dropped")
    if others:
        return doubtful(value, written, "nominative guessed", candidates=(value, *others))
    typed = {fold(one.name) for one in pieces if one.kind and fold(one.name) not in SUBJECT_CITIES}
    if len(typed) > 1:
        return doubtful(
            value, written, "two candidates", candidates=tuple(f"{one.kind} {one.name}" for one in pieces if one.kind)
        )
    if region_code and piece.kind in {"", "г."} and _elsewhere(shown, gazetteer, region_code):
        return doubtful(value, written, "a known city of another region")
    return good(value, written)


def _elsewhere(name: str, gazetteer: Gazetteer, region: str) -> bool:
    """Whether the only known bearer of the name is a city of 50,000 or more in another region."""
    some = gazetteer.places.get(fold(name), ())
    return len(some) == 1 and some[0].population >= CITY and some[0].region != region


def _pieces(text: str) -> Iterator[_Piece]:
    """The settlements an address names, in its order."""
    for raw in _PIECE.split(text):
        piece = _INDEX.sub(" ", raw).strip(' .,;:–—-\t«»"')
        piece = " ".join(to_cyrillic_words(piece).split())
        if not piece or len(piece) > 4 * _LONGEST:
            continue
        folded = fold(piece)
        lead = _LEAD.match(folded)
        if lead:
            piece, folded = piece[lead.end() :], folded[lead.end() :]
        typed = _TYPED.search(folded)
        if typed and _STREET.match(folded) is None and not (typed.start() and _STREET.search(folded[: typed.start()])):
            yield from _typed(piece, folded, typed)
        elif typed is None and not _STREET.search(folded):
            name = _cut(piece, folded)
            if name:
                yield _Piece("", bool(lead), name)


def _typed(piece: str, folded: str, typed: re.Match[str]) -> Iterator[_Piece]:
    short = type_of(typed.group(1))
    name = _cut(piece[typed.end() :], folded[typed.end() :])
    if name and (not name[0].isdigit() or sum(one.isalpha() for one in name) > len("корп")):
        yield _Piece(short, _OBLIQUE_TYPE.match(typed.group(1)) is not None, name)


def to_cyrillic_words(text: str) -> str:
    """A text with words that mix alphabets made Cyrillic, capitals kept."""
    return " ".join(_same_case(to_cyrillic(word), word) if is_mixed(word) else word for word in text.split(" "))


def _same_case(new: str, old: str) -> str:
    return "".join(one.upper() if at < len(old) and old[at].isupper() else one for at, one in enumerate(new))


def _cut(name: str, folded: str) -> str:
    """A name without the district, region or street that follows it; "" if nothing is left."""
    ends = [match.start() for pattern in (_DISTRICT, _REGION, _STREET, _TYPED) if (match := pattern.search(folded))]
    kept = name[: min(ends, default=len(name))].strip(" .,;:–—-\t«»\"'")
    kept = re.sub(r"\s+(?:мо|го|ао)$", "", kept, flags=re.IGNORECASE)
    kept = kept if kept.isupper() else re.sub(r"\s+[А-ЯЁ]{2,4}$", "", kept)
    letters = any("а" <= one <= "я" for one in kept.lower())
    return kept if letters and len(kept) <= _LONGEST and len(kept.split()) <= 4 else ""  # noqa: PLR2004


def _chosen(pieces: list[_Piece], gazetteer: Gazetteer, region: str | None) -> _Piece | None:
    """The piece that is the settlement: the last typed one that is no subject itself, else a known or the first name."""
    typed = [one for one in pieces if one.kind]
    own = [one for one in typed if fold(one.name) not in SUBJECT_CITIES]
    bare = [one for one in pieces if not one.kind and one.name]
    if own:
        return own[-1]
    known = [one for one in bare if gazetteer.inside(one.name, region)] or [
        one for one in bare if gazetteer.named(one.name)
    ]
    bare = [one for one in bare if not _no_name(one.name)]
    plain = [one for one in known if fold(one.name) not in SUBJECT_CITIES]
    return next(iter([*plain, *known, *typed, *bare]), None)


def _no_name(name: str) -> bool:
    """Whether all words are known ones that no place is called by («нет», «не знаю»)."""
    if type_of(fold(name)):
        return True
    words = fold(name).split()
    if not all(map(morphology.known, words)):
        return False
    each = [morphology.forms(word) for word in words]
    return all(some and some[0].known and not any(_NAMING & form.kinds for form in some) for some in each)


def _nominative(piece: _Piece, gazetteer: Gazetteer, region: str | None) -> tuple[str, tuple[str, ...]]:
    """The name in the nominative and, if it had to be guessed, the other possible readings."""
    name = piece.name
    if gazetteer.inside(name, region) or (gazetteer.named(name) and not piece.oblique):
        return name, ()
    readings = list(nominatives(name))
    inside = [one for one in readings if gazetteer.inside(one, region)]
    known = inside or [one for one in readings if gazetteer.named(one) and (region is None or piece.kind in {"г.", ""})]
    firm = piece.oblique or piece.kind in {"г.", "", "ст-ца"} or inside
    if known and firm and (piece.kind or piece.oblique or not gazetteer.named(name)):
        return known[0], ()
    if piece.kind == "г." and fold(name).endswith("ска") and not gazetteer.named(name):
        return name[:-1], ()  # no town's nominative ends so
    if gazetteer.named(name) or not piece.oblique:
        return name, ()
    return _by_type(name, piece.kind)


def _by_type(name: str, kind: str) -> tuple[str, tuple[str, ...]]:
    """The nominative of an unknown name after a type in an oblique case («в станице Челбасской»)."""
    gender = _GENDER.get(kind, "masc")
    endings = {
        "neut": (("ском", "ское"), ("ского", "ское"), ("ому", "ое"), ("ом", "ое"), ("ого", "ое")),
        "femn": (("ой", "ая"), ("ую", "ая"), ("ке", "ка"), ("ки", "ка"), ("ку", "ка"), ("ы", "а")),
        "masc": (("ском", "ский"), ("ского", "ский"), ("ске", "ск"), ("ска", "ск"), ("ове", "ов"), ("ова", "ов")),
    }[gender]
    for old, new in endings:
        if fold(name).endswith(old):
            # «в городе Слободском» may be Слободской or Слободский: only a known place decides.
            others = (name[: -len(old)] + "ской",) if (old, new) == ("ском", "ский") else ()
            return name[: -len(old)] + new, others
    if fold(name).endswith(("о", "ы", "и")) or fold(name)[-1:] not in "аеуюя":
        return name, ()
    readings = [one for one in nominatives(name) if one != name]
    return name, tuple(readings[:2])


def nominatives(name: str) -> Iterator[str]:
    """Nominatives a place name could be an oblique form of, by endings and by the dictionary."""
    *before, last = name.split(" ")
    stems = {
        "ами": ("ы", "и"), "ями": ("и",), "ого": ("ий", "ый", "ое", "ой"), "его": ("ий", "ее"), "ому": ("ий", "ый", "ое"),
        "ом": ("ий", "ый", "ой", "ое", "", "о"), "ем": ("ь", "й", "е", "ее"), "ым": ("ое", "ый"), "им": ("ий", "ое"),
        "ах": ("ы", "и", "а"), "ях": ("и",), "ов": ("ы",), "ой": ("ая", "а"), "ей": ("ь", "я", "и"), "ью": ("ь",), "ую": ("ая",),
        "а": ("", "о"), "я": ("й", "ь", "е"), "у": ("а", "", "о"), "ю": ("я", "ь", "й"), "е": ("", "а", "о", "ь"),
        "и": ("ь", "я", "а", "й"), "ы": ("а",),
    }  # fmt: skip
    low = fold(last)
    for ending, options in stems.items():
        if low.endswith(ending) and len(low) > len(ending) + 2:
            stem = last[: len(last) - len(ending)]
            heads = {" ".join(before), " ".join(_adjective(one) for one in before)}
            yield from (" ".join(filter(None, (head, stem + option))) for head in heads for option in options)
    dictionary = morphology.nominatives(low, "Geox")
    yield from (" ".join((*before, one.capitalize())) for one in dictionary if one != low)


def _adjective(word: str) -> str:
    """The first word of a two-word name in the nominative («Нижнем» → «Нижний», «Набережных» → «Набережные»)."""
    for old, new in (
        ("ом", "ый"),
        ("ем", "ий"),
        ("ого", "ый"),
        ("его", "ий"),
        ("ой", "ая"),
        ("ых", "ые"),
        ("их", "ие"),
    ):
        if word.lower().endswith(old):
            stem = word[: -len(old)]
            return stem + ("ий" if new == "ый" and stem[-1:].lower() in "гкхжшщч" else new)
    return word


def _type(kind: str, name: str, gazetteer: Gazetteer, region: str | None) -> str:
    """The written type in its short form, else the gazetteer's if the name is unique there."""
    if kind == "ст.":
        return "ст-ца" if fold(name).endswith(("ская", "цкая", "ная")) else "ст."
    if kind == "а.":
        return "аул"
    if kind:
        return kind
    some = gazetteer.named(name, region)
    return some[0].kind if len({one.region for one in some}) == 1 and some[0].kind else ""


def _capitals(name: str, gazetteer: Gazetteer, region: str | None) -> str:
    """Normal capitals for a name in capitals or small letters; ё and е stay as written."""
    tidied = re.sub(r"\s*[-‑–]\s*", "-", name).replace("’", "'")
    if not (tidied.isupper() or tidied.islower() or tidied[:1].islower()) or tidied.startswith("им."):
        return tidied
    some = gazetteer.named(tidied, region)
    if some and len(some[0].name) == len(tidied):
        return _same_case(tidied.lower(), some[0].name)
    return " ".join("-".join(_capital(part) for part in word.split("-")) for word in tidied.split())


def _capital(word: str) -> str:
    return word.lower() if word.lower().rstrip(".") in _SMALL else word[:1].upper() + word[1:].lower()
