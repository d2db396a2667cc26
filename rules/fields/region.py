"""Subjects of the Russian Federation: 89 names in every usual spelling, order and case, with the tax-service code.

A spelling is compared by its canonical words (case endings and abbreviations folded away), so that «обл. Тульская»,
«Тульской области» and «ТУЛЬСКАЯ ОБЛ» are one. Typing errors are forgiven only where no other subject is near. Pure;
the table is read by `Regions.load` alone.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz, process

from rules.application import FieldValue, Status
from rules.fields.fold import fold, to_cyrillic
from rules.fields.found import Found, doubtful, good, refused
from rules.fields.tidy import tidy, without_code

NOT_A_REGION = "not_a_region"
_WORD = re.compile(r"[а-яёa-zăĕҫӳ]+|\d+", re.IGNORECASE)
_UNITS = {
    "область": "обл", "области": "обл", "областью": "обл", "обл": "обл", "областной": "обл", "обл-ть": "обл",
    "край": "край", "края": "край", "краю": "край", "краем": "край", "крае": "край", "кр": "край",
    "республика": "респ", "республики": "респ", "республике": "респ", "республику": "респ", "республикой": "респ",
    "респ": "респ", "республик": "респ", "рес": "респ", "республикасы": "респ",
    "автономный": "авт", "автономного": "авт", "автономном": "авт", "автономному": "авт", "автономным": "авт",
    "автономная": "авт", "автономной": "авт", "автономную": "авт", "авт": "авт", "автон": "авт",
    "округ": "окр", "округа": "окр", "округе": "окр", "округу": "окр", "округом": "окр", "окр": "окр", "ао": "ао",
    "город": "г", "города": "г", "городе": "г", "гор": "г", "г": "г",
    "народная": "народ", "народной": "народ", "народную": "народ",
}  # fmt: skip
_ENDING = re.compile(
    r"(?:ого|ому|ами|ями|ыми|ими|ая|ой|ую|ою|ий|ый|им|ым|ом|ем|ей|ею|их|ых|ия|ии|ию|ие|ь|а|у|е|и|ы|о|я|ю|й)$"
)
_MIXED = re.compile("[a-z](?:(?=[а-я])|(?<=[а-я].))")  # led by the rarer letter: most texts have none
_LONGEST = 8  # words of the longest spelling
_ADJECTIVE = re.compile(r"(?:ая|ой|ую|ою|ий|ого|ому|им|ом)(?![а-я])")  # «Омская» is a region, «Омск» a town
_SHORT = 4
_FILLER = frozenset(
    "россия россии рф российская российской федерация федерации регион региона субъект субъекте субъекта это наш находимся "  # noqa: SIM905 - lines of words, not a column
    "мы в на по из код номер № округ".split()
)
_RATIO, _GAP = 84.0, 4.0
_UNIT_RATIO = 76.0
_LONG_UNITS = ("область", "республика", "автономный", "округ", "автономная")
_TYPO_LENGTH = 5
_OKRUG_PARENTS = {"86": "72", "89": "72", "83": "29"}


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One canonical spelling: its words, the subject, and how far it may be used."""

    words: tuple[str, ...]
    code: str
    former: bool = False
    alone: bool = True  # counts in free text; False: only under a label («Тульская»)


@dataclass(frozen=True, slots=True)
class Regions:
    """The table of the subjects."""

    names: dict[str, str]
    spellings: dict[str, tuple[_Spelling, ...]]  # by first canonical word, longest first
    abbreviations: dict[str, tuple[str, ...]]
    typical: dict[str, str]  # canonical spelling → code, for typing errors
    heads: frozenset[str]  # the first three letters of all words a spelling may begin with

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def load(cls, path: Path) -> "Regions":
        """Read `regions.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        ambiguous = table.pop("ambiguous", {})
        made = [one for code, entry in table.items() for one in _spellings(code, entry)]
        by_first: dict[str, list[_Spelling]] = {}
        for one in dict.fromkeys(made):
            by_first.setdefault(one.words[0], []).append(one)
        short = {mark: (code,) for code, entry in table.items() for mark in entry.get("abbreviations", ())}
        return cls(
            names={code: entry["name"] for code, entry in table.items()},
            spellings={first: tuple(sorted(some, key=lambda one: -len(one.words))) for first, some in by_first.items()},
            abbreviations={**{mark: tuple(codes) for mark, codes in ambiguous.items()}, **short},
            typical={" ".join(one.words): one.code for one in made if not one.former},
            heads=frozenset(first[:3] for first in by_first) | frozenset(word[:3] for word in _UNITS),
        )

    def name_of(self, code: str) -> str:
        """The official name of a subject; "" for an unknown code."""
        return self.names.get(code, "")


def _spellings(code: str, entry: dict[str, object]) -> Iterator[_Spelling]:
    name, kind = str(entry["name"]), entry["kind"]
    for former in _strings(entry.get("former")):
        yield from (_Spelling(words, code, former=True) for words in _orders(_canonical(former)))
    for text in (name, *_strings(entry.get("spellings"))):
        words = _canonical(text)
        alone = kind not in {"oblast", "krai"} or len(words) > 1 or not words[0].endswith("ск")
        yield from (_Spelling(one, code, alone=alone and not _adjective_only(one)) for one in _orders(words))
    if kind in {"oblast", "krai"}:
        yield _Spelling(_canonical(name)[:1], code, alone=False)
    if kind == "republic" and not name.startswith("Республика"):
        yield _Spelling(_canonical(name)[:-1], code, alone=False)
    if kind == "okrug":
        yield from (_Spelling(one, code) for one in _orders((*_canonical(name)[:-2], "ао")) if "югр" not in one)


def _adjective_only(words: tuple[str, ...]) -> bool:
    return len(words) <= 2 and all(word.endswith(("ск", "цк")) or word in {"кабардин", "карачаев"} for word in words)  # noqa: PLR2004


def _strings(some: object) -> tuple[str, ...]:
    return tuple(map(str, some)) if isinstance(some, list) else ()


def _orders(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """The words as they stand and with the unit («обл», «край», «респ») at the other end."""
    units = ("обл", "край", "респ")
    if len(words) > 1 and words[-1] in units:
        return (words, (words[-1], *words[:-1]))
    if len(words) > 1 and words[0] in units:
        return (words, (*words[1:], words[0]))
    return (words,)


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """The canonical form of one folded word."""
    unit = _UNITS.get(word)
    if unit is not None:
        return unit
    if len(word) <= _SHORT:
        return word
    once = _ENDING.sub("", word)
    return once if len(once) >= _SHORT - 1 else word


def _canonical(text: str) -> tuple[str, ...]:
    return tuple(_stem(to_cyrillic(word)) for word in _WORD.findall(fold(text)))


def normalise_region(written: str, regions: Regions) -> FieldValue:
    """The subject in a value that stands for the region: official name and code.

    Invalid `not_a_region`: the country, a federal district, a district, a city that is no subject. Doubtful: a former
    subject, an ambiguous abbreviation, a typing error, two subjects, a bare code.
    """
    text, coded = without_code(tidy(written))
    value = _normalised(text, regions)
    if not value.usable:
        return refused(NOT_A_REGION, written)
    if coded:
        return doubtful(value.value or "", written, "code behind the value dropped", code=value.code)
    if value.status is Status.DOUBTFUL:
        return doubtful(value.value or "", written, value.reason, code=value.code, candidates=value.candidates)
    return good(value.value or "", written, code=value.code)


@lru_cache(maxsize=2048)
def _normalised(text: str, regions: Regions) -> FieldValue:
    whole = _whole(text, regions)
    if whole is not None:
        return whole
    seen = {found.value.code: found.value for found in find_regions(text, regions)}
    for okrug, parent in _OKRUG_PARENTS.items():
        if okrug in seen:
            seen.pop(parent, None)
    if seen:
        first, *others = seen.values()
        if others:
            names = (first.value or "", *(one.value or "" for one in others))
            return doubtful(first.value or "", text, "two candidates", code=first.code, candidates=names)
        return first
    return _misspelt(text, regions) or refused(NOT_A_REGION, text)


def _whole(text: str, regions: Regions) -> FieldValue | None:
    """A value that is a spelling as a whole, an abbreviation or a code."""
    mark = re.sub(r"[.\s]+$|^[.\s]+", "", text)
    codes = regions.abbreviations.get(mark) or regions.abbreviations.get(mark.upper())
    if codes:
        return _of_codes(codes, text, regions)
    digits = re.fullmatch(r"(?:регион\s*|код\s*)?(\d{2})(?:-?й)?(?:\s*регион)?", mark.lower())
    if digits and digits.group(1) in regions.names:
        code = digits.group(1)
        return doubtful(regions.names[code], text, "only a code", code=code)
    words = tuple(word for word in _canonical(text) if word not in _FILLER_STEMS)
    for one in regions.spellings.get(words[0], ()) if words else ():
        if one.words == words and (one.alone or _ADJECTIVE.search(fold(text))):
            return _of_spelling(one, text, regions)
    return _shortened(words, text, regions)


def _shortened(words: tuple[str, ...], text: str, regions: Regions) -> FieldValue | None:
    """«Краснод. край»: a cut adjective with its noun, if only one subject begins so."""
    if len(words) != len(("обл", "adjective")) or not {"обл", "край"} & set(words):
        return None
    unit = "обл" if "обл" in words else "край"
    head = next((word for word in words if word != unit), "")
    begun = {code for key, code in regions.typical.items() if key.endswith(f" {unit}") and key.startswith(head)}
    if len(head) < _SHORT or len(begun) != 1:
        return None
    code = begun.pop()
    return good(regions.names[code], text, code=code)


def _of_codes(codes: tuple[str, ...], text: str, regions: Regions) -> FieldValue:
    names = tuple(regions.names[code] for code in codes)
    if len(codes) > 1:
        return doubtful(names[0], text, "ambiguous abbreviation", code=codes[0], candidates=names)
    return good(names[0], text, code=codes[0])


def _of_spelling(one: _Spelling, text: str, regions: Regions) -> FieldValue:
    name = regions.names[one.code]
    return doubtful(name, text, "former subject", code=one.code) if one.former else good(name, text, code=one.code)


_FILLER_STEMS = frozenset(_stem(word) for word in _FILLER) - {"окр"}


@lru_cache(maxsize=2048)
def _unit_or_word(stem: str) -> str:
    """The canonical unit that a canonical word is a misspelling of («олбаст», «респубик»), else the word."""
    if len(stem) < _TYPO_LENGTH:
        return stem
    near = process.extractOne(stem, _LONG_UNITS, scorer=fuzz.ratio, score_cutoff=_UNIT_RATIO)
    return _UNITS[near[0]] if near else stem


def _misspelt(text: str, regions: Regions) -> FieldValue | None:
    """A spelling with typing errors, if exactly one subject is near."""
    words = tuple(_unit_or_word(word) for word in _canonical(text) if word not in _FILLER_STEMS)
    query = " ".join(words)
    if len(query) < _TYPO_LENGTH or len(query) > 60 or {"федеральн", "район", "р"} & set(words):  # noqa: PLR2004
        return None
    near = process.extract(query, regions.typical.keys(), scorer=fuzz.ratio, score_cutoff=_RATIO - _GAP, limit=8)
    if len(words) == 1:  # «Калининград» is no misspelt «калининградская»
        near = [one for one in near if one[0].endswith("ск") == (_ADJECTIVE.search(fold(text)) is not None)]
    if not near or near[0][1] < _RATIO:
        return None
    best = regions.typical[near[0][0]]
    rival = next((score for key, score, _ in near if regions.typical[key] != best), 0.0)
    if near[0][1] - rival < _GAP:
        return None
    return doubtful(regions.names[best], text, "spelling", code=best)


def find_regions(text: str, regions: Regions) -> list[Found]:
    """All subjects named in a free text, in any case form, longest first.

    `kind` is `region`, `city` (the three cities that are subjects) or `abbreviation`. An adjective without its noun («Московский район») is none.
    """
    folded = fold(text)
    if _MIXED.search(folded):
        folded = _WORD.sub(lambda match: to_cyrillic(match.group()), folded)
    spans = [match.span() for match in _WORD.finditer(folded)]
    found = []
    at = 0
    heads = regions.heads
    likely = [  # a letter that is its own folded form is a small one: such a word is no abbreviation
        number
        for number, (start, end) in enumerate(spans)
        if folded[start : start + 3] in heads or (text[start] != folded[start] and text[start:end].isupper())
    ]
    for number in likely:
        if number < at:
            continue
        start, end = spans[number]
        if _stem(folded[start:end]) not in regions.spellings and not _may_be_mark(text[start:end]):
            continue
        words = [(_stem(folded[left:right]), left, right) for left, right in spans[number : number + _LONGEST]]
        count, value, kind = _here(text, words, regions)
        if value is not None:
            stop = words[count - 1][2]
            found.append(Found(start, stop, text[start:stop], replace(value, written=text[start:stop]), kind))
            at = number + count
    return found


def _here(text: str, words: list[tuple[str, int, int]], regions: Regions) -> tuple[int, FieldValue | None, str]:
    """The subject that begins with the first of the words: how many words, its value, its kind."""
    for one in regions.spellings.get(words[0][0], ()):
        size = len(one.words)
        if not one.alone or tuple(word for word, _, _ in words[:size]) != one.words:
            continue
        if not _together(text, words[:size]) or not _capital(text, words[:size]) or _is_part(text, words, one):
            continue
        kind = "city" if regions.names[one.code] in {"Москва", "Санкт-Петербург", "Севастополь"} else "region"
        return size, _of_spelling(one, "", regions), kind
    mark = text[words[0][1] : words[0][2]]
    codes = regions.abbreviations.get(mark) if _may_be_mark(mark) else None
    if codes and (
        ((len(mark) > 2 or len(codes) == 1) and mark not in _COMMON)  # noqa: PLR2004
        or _ends_address(text, words[0][1], words[0][2])
    ):
        return 1, _of_codes(codes, mark, regions), "abbreviation"
    return 0, None, ""


def _ends_address(text: str, start: int, end: int) -> bool:
    """Whether two letters stand right after a place («с. Экажево, РИ», «из Тосно, ЛО») or head an address («РИ,
    Назрановский район»).
    """
    if text[end : end + 1].isalnum():
        return False
    before = text[max(0, start - 40) : start].rstrip()
    if before.endswith((",", "(")) and (
        _TYPED_PLACE.search(text, max(0, start - 40), start) or _FROM_PLACE.search(before)
    ):
        return True
    return _PLACE_BEHIND.match(text, end) is not None and (not before or before[-1] in "(,;:.\n–—-")


def _may_be_mark(word: str) -> bool:
    """Whether a word as written may be an abbreviation of a subject's name."""
    return word.isupper() or word == "СПб"


_TYPED_PLACE = re.compile(
    r"(?<![а-яё])(?:г|гор|город|с|село|п|пос|пос[её]лок|пгт|рп|р\.\s?п|д|дер|деревня|ст|ст-ца|станица|х|хутор|аул|с\.\s?п)"
    r"[.\s]\s*[А-ЯЁ][а-яё-]+(?:\s[А-ЯЁ][а-яё-]+)?\s?[,(]\s*$",
    re.IGNORECASE,
)
_FROM_PLACE = re.compile(r"(?<![а-яё])(?:из|во?)\s+[А-ЯЁ][а-яё-]+(?:\s[А-ЯЁ][а-яё-]+)?\s?[,(]$", re.IGNORECASE)
_PLACE_BEHIND = re.compile(
    r"\s?,\s*(?:[А-ЯЁ][а-яё-]+(?:ский|цкий|ый|ий)\s+(?:р-н|район|м\.?\s?р|м\.?\s?о|г\.?\s?о|округ|муницип|городск)|"
    r"(?:г|гор|город|с|село|п|пос|пос[её]лок|пгт|рп|р\.\s?п|д|дер|деревня|ст-ца|станица|х|хутор|аул|с\.\s?п)[.\s]\s?[А-ЯЁ])"
)
_COMMON = frozenset({"МО", "ЛО", "СО", "УР", "РИ", "РБ", "МСК", "РМ", "РД", "НСО", "ЧАО"})


def _together(text: str, words: list[tuple[str, int, int]]) -> bool:
    """Whether only spaces, dots, hyphens or brackets stand between the words."""
    return all(
        len(gap := text[left[2] : right[1]]) <= 6 and not gap.strip(' .\u00a0\n\t-–—‑()/«»"')  # noqa: PLR2004
        for left, right in pairwise(words)
    )


def _capital(text: str, words: list[tuple[str, int, int]]) -> bool:
    """One-word spellings that are also common words must be capitalised («Коми», «Крым», «Алтай» need not be)."""
    return len(words) > 1 or len(words[0][0]) > _SHORT or text[words[0][1]].isupper()


def _is_part(text: str, words: list[tuple[str, int, int]], one: _Spelling) -> bool:
    """Whether the words belong to something else: a street, a district, the other half of a hyphenated word."""
    size = len(one.words)
    start, end = words[0][1], words[size - 1][2]
    before, after = fold(text[max(0, start - 14) : start]), fold(text[end : end + 12])
    if start > 1 and text[start - 1] in "-‑" and text[start - 2].isalpha():
        return True
    if re.match(r"-[а-я]", after) or re.search(
        r"(?:ул|улица|пр|проспект|пр-т|пер|шоссе|площадь|пл|бульвар|наб)\.?\s*$", before
    ):
        return True
    bare = size == 1 and one.code not in {"77", "78", "92"}
    return bare and re.match(r"\s?(?:район|р-н|улиц|проспект|шоссе)", after) is not None
