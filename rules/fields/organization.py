"""Names of organisations: found from their legal form to where they end, and brought into the nominative.

A name begins with a written-out legal form (a full name) or an abbreviated one (a short name). Where it ends is the
hard part: quotes are followed to their end, then only what belongs to names may follow («№ 5», «имени …», a place in
the genitive). Does not know which organisation registers.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from rules.application import FieldValue, Status
from rules.fields.fold import fold, is_mixed, to_cyrillic
from rules.fields.found import Found, doubtful, good, refused
from rules.fields.legal_forms import legal_forms
from rules.fields.name_extent import end_of_name, ends_clearly
from rules.fields.name_nominative import nominative
from rules.fields.tidy import tidy, without_code

ABBREVIATION_ONLY = "abbreviation_only"
NO_FORM = "no legal form in the name"
UNCLEAR_END = "where the name ends is unclear"
FULL, SHORT = "full", "short"

_LABEL = re.compile(
    r"^(?:\d{1,2}[.)]\s*)?(?:(?:полн|сокращ|кратк)[а-яё.]*(?:\s+|(?=\s?:)))?(?:официальн[а-яё]+\s+)?(?:(?:наименован|назван)[а-яё]+)?"
    r"(?:\s+(?:организации|учреждения|школы|оо|оу))?(?:\s*\([^)]{0,40}\))?\s*[:–—-]\s*",
    re.IGNORECASE,
)
_MIXED = re.compile("[a-z](?:(?=[а-я])|(?<=[а-я].))")  # led by the rarer letter: most texts have none
_LETTERS = re.compile("[а-яa-z]+")
_ENDS = " \t,;:.–—-|/"
_PAIRS = {"«": "»", "“": "”", "„": "“", "(": ")"}
_ALIKE = str.maketrans("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху")
_KIND_AND_NUMBER = re.compile(r"(?<![А-Яа-яЁё«\"“-])(?:СОШ|ООШ|НОШ|СШ|ОШ|ВСОШ|ЦО)(?=\s?(?:№|N)?\s?\d)")
_FURTHER_MARK = re.compile(  # legal forms that are in no table: «СОГБПОУ», «МБООУ»
    r"(?<![А-Яа-яЁё«\"“-])[А-ЯЁ]{1,6}(?:ОУ|ОБУ|ОАУ|ОКУ|УДО|УДПО)(?=\s(?:[«\"“А-ЯЁ№]|[а-яё]+ая\s))"
)
_NOTE = re.compile(r"\s*\((?!полн|коррекц|вечерн|сменн|смен)[а-яё]+\s[^()]*\)\s*")  # a remark behind the name
_MORE = re.compile(
    r"\s*(?:[.;]\s+[А-ЯЁ]|[,;.|/–—-]\s*(?:\+?\d|адрес|тел|г\.|город|с\.|село|п\.|респ|[А-ЯЁ][\w-]+(?:ая|ий)\s(?:обл|кра))|"
    r"\s(?:г|с|п|д|х|пгт|р\.?п|город|село|пос[её]лок|станица|деревня)[.\s]\s?[А-ЯЁ]|.*@)"
)
_TAIL = 120  # code points after a name; a longer rest is text
_OWNER = re.compile(r"муниципальн|государственн|федеральн|областн|краев|республиканск|частн|автономн|бюджетн|казенн")
_QUOTED_BEHIND = re.compile(r"[а-я\s-]{0,50}[«\"“„]")  # «организация высшего образования «…»
_SCHOOL_BEHIND = re.compile(r"\s(?:сош|оош|нош|сш|ош|гимназия|лицей|школа|детский сад|д/с|дс|№)(?![а-я])")  # «моу сош»
_ONLY_KIND = re.compile(
    r"[а-я]{2,7}\s(?:сош|оош|нош|сш|ош|дс|д/с|школа|детский сад|лицей|гимназия)"
)  # «МОУ СОШ» of which place?
_LONGEST_OWNER = 40
_OWNED = re.compile(r"(?<![А-Яа-яЁё-])[А-ЯЁ][а-яё]+(?:-[А-ЯЁ]?[а-яё]+)?(?:ское|цкое)\s+$")
_TRADER = re.compile(r"ИП\s|индивидуальн\w+\s+предпринимат", re.IGNORECASE)
_MOST = 500  # names of one text that are looked at


def normalise_full(written: str) -> FieldValue:
    """The full name in a value that stands for it: nominative, white space collapsed, label and end marks removed.

    Invalid `abbreviation_only`: it begins with an abbreviated legal form or is nothing but an abbreviation. Doubtful: no
    legal form (a colloquial name), code behind the value.
    """
    text, coded = _cleaned(written)
    if not _has_letters(text):
        return FieldValue(written=written)
    folded = _folded(text)
    forms = legal_forms()
    if forms.short.match(folded) or _only_abbreviation(text):
        inside = next((one for one in find(text) if one.kind == FULL), None)
        return refused(ABBREVIATION_ONLY, written) if inside is None else replace(inside.value, written=written)
    expanded = forms.expanded.search(folded)
    if expanded is None or expanded.start() > 60:  # noqa: PLR2004 - a branch's own name may stand before
        return doubtful(text, written, NO_FORM)
    value = nominative(_own_part(_without_neighbour(text, folded)))
    return doubtful(value, written, "code behind the value dropped") if coded else good(value, written)


def normalise_short(written: str) -> FieldValue:
    """The short name in a value that stands for it. Doubtful: no abbreviated legal form, or a written-out one."""
    text, coded = _cleaned(written)
    if not _has_letters(text):
        return FieldValue(written=written)
    folded = _folded(text)
    forms = legal_forms()
    if coded:
        return doubtful(text, written, "code behind the value dropped")
    if forms.short.search(folded, 0, 80) or forms.kind.match(folded) or _FURTHER_MARK.match(text):
        return good(_corrected(_own_part(text)), written)
    if forms.expanded.search(folded, 0, 80):
        return doubtful(nominative(text), written, "a full name where the short one is asked")
    if _only_abbreviation(text):
        return good(text, written)
    return doubtful(text, written, "a colloquial name")


def find(text: str) -> list[Found]:
    """Names of organisations in a free text, in order; `kind` is `full` or `short`."""
    folded = _folded(text)
    found: list[Found] = []
    floor = 0
    for start, head, kind in sorted(_beginnings(folded, text)):
        if start < floor or len(found) >= _MOST:
            continue
        end = end_of_name(text, folded, head, kind)
        begin = _with_owner(text, start, floor) if kind == FULL else start
        written = text[begin:end].rstrip(" \t\n,;:–—-")
        if kind == SHORT and end - begin < 4 and written.islower():  # noqa: PLR2004 - «оу», «уо» in small letters
            continue
        end = begin + len(written)
        if end <= head or (kind == FULL and not _is_specific(folded, begin, head)):
            continue  # «наше МБОУ просит», «все образовательные организации» name nobody
        value = _found_value(folded, begin, written, kind)
        if value.status is Status.OK and not ends_clearly(text, folded, end, kind):
            value = doubtful(value.value or "", value.written, UNCLEAR_END)
        found.append(Found(begin, end, written, value, kind))
        floor = end
    return found


def is_trader(start: int, organizations: list[Found]) -> bool:
    """Whether the person whose name begins there is herself the organisation: an «индивидуальный предприниматель»."""
    around = next((one for one in organizations if one.start <= start < one.end), None)
    return around is not None and _TRADER.match(around.written) is not None


def _with_owner(text: str, start: int, floor: int) -> int:
    """The beginning with the subject's adjective before the form: «Кировское областное государственное …»."""
    owner = _OWNED.search(text, max(floor, start - _LONGEST_OWNER), start)
    return owner.start() if owner else start


def _is_specific(folded: str, start: int, head: int) -> bool:
    """Whether a written-out legal form is one organisation's: it has an owner or a quoted name, and is no plural."""
    form = folded[start:head]
    if "предпринимател" in form or "ответственност" in form:
        return True
    if re.search(r"[а-я](?:ых|их|ые|ие|ыми|ими)\s(?:[а-я]+\s){0,6}[а-я]+$", form):
        return False
    return _OWNER.search(form) is not None or _QUOTED_BEHIND.match(folded, head) is not None


def _found_value(folded: str, start: int, written: str, kind: str) -> FieldValue:
    if kind == FULL:
        return good(nominative(tidy(written)), written)
    name = _corrected(tidy(written))
    if _ONLY_KIND.fullmatch(folded, start, start + len(written)):
        return doubtful(name, written, UNCLEAR_END)
    if legal_forms().short.match(folded, start) or _FURTHER_MARK.match(name):
        return good(name, written)
    return doubtful(name, written, NO_FORM)


def _beginnings(folded: str, text: str) -> Iterator[tuple[int, int, str]]:
    """Where names begin, where their legal forms end, and of which kind they are."""
    forms = legal_forms()
    if any(head in folded for head in ("учрежден", "организац", "заведен", "предпри", "обществ")):
        yield from ((match.start(), match.end(), FULL) for match in forms.fulls(folded))
    for match in forms.shorts(folded):
        mark = text[match.start("mark") : match.end("mark")]
        small = mark.islower() and _SCHOOL_BEHIND.match(folded, match.end()) is not None
        if mark.isupper() or len(mark) > 3 or small or (mark[:1].isupper() and mark[1:2].isupper()):  # noqa: PLR2004
            yield match.start(), match.end(), SHORT
    for match in _FURTHER_MARK.finditer(text):
        yield match.start(), match.end(), SHORT
    for match in _KIND_AND_NUMBER.finditer(text):
        yield match.start(), match.end(), SHORT


def _folded(text: str) -> str:
    """Folded, words that mix alphabets made Cyrillic; as long as before."""
    folded = fold(text)
    if _MIXED.search(folded):
        folded = _LETTERS.sub(lambda match: to_cyrillic(match.group()), folded)
    return folded


def _corrected(text: str) -> str:
    """A name without Latin look-alikes in its Russian words."""
    return " ".join(word.translate(_ALIKE) if is_mixed(word) else word for word in text.split(" "))


def _cleaned(written: str) -> tuple[str, bool]:
    text, coded = without_code(tidy(written))
    text = _LABEL.sub("", text).strip(_ENDS + "•·*")
    if text[:1] in _PAIRS and text.endswith(_PAIRS[text[:1]]) and text.count(text[:1]) == 1 and text[1:2].isupper():
        text = text[1:-1]
    if coded and text.count("«") > text.count("»"):
        text += "»"
    if text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1]
    return _corrected(text), coded


def _has_letters(text: str) -> bool:
    return sum(one.isalpha() for one in text) > 2  # noqa: PLR2004


def _own_part(text: str) -> str:
    """A value without the sentences, addresses and numbers that stand behind the name."""
    first = next(iter(find(text)), None)
    if first is None or first.start > 0:
        return text
    rest = text[first.end :]
    return text[: first.end] if _MORE.match(rest) or _NOTE.fullmatch(rest) or len(rest) > _TAIL else text


def _only_abbreviation(text: str) -> bool:
    """Whether a text is abbreviations and numbers alone («СОШ № 5», «ГКУ СО»)."""
    words = re.findall(r"[А-Яа-яЁё]+", text)
    return bool(words) and all(word.isupper() and len(word) <= 6 for word in words)  # noqa: PLR2004


def _without_neighbour(text: str, folded: str) -> str:
    """A full name without the short one that stands behind it in the same value."""
    for match in legal_forms().short.finditer(folded, 20):
        before = text[: match.start()].rstrip()
        bracketed = before.endswith(("(", ",", ";", "/", "-", "–", "—", "|")) or text[match.start() :][:1].isupper()
        if (
            bracketed
            and not before.endswith(("филиал", "Филиал", "«", '"'))
            and match.group("mark").upper() == text[match.start("mark") : match.end("mark")]
        ):
            text, folded = text[: len(before)].rstrip(" (,;/–—-|"), folded[: len(before)]
            break
    marker = re.search(r"[(,;]\s*(?:сокр|крат|коротк|далее)", folded)
    return text[: marker.start()].rstrip() if marker else text
