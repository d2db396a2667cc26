"""Personal names from an oblique case into the nominative, with an honest word on how sure that is.

Surnames follow rules of their endings, because the dictionary spoils them («Зайцев» → «Зайцы»); it is asked only where
an ending allows several readings. A name that already stands in the nominative is never touched: the caller knows
that from the patronymic, or from `given_case`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rules import morphology

MASC, FEMN = "masc", "femn"
_FEMN_PATRONYMIC = re.compile(
    r"(?:[оеё]в|[иь]нич|ич|[кмнтлдр]ич|ьин|нич)н(а|ы|е|у|ой|ою)$|(?:овн|евн|ёвн|ичн|инишн|ишн)(а|ы|е|у|ой|ою)$"
)
_MASC_PATRONYMIC = re.compile(r"(?:[иы]ч)(|а|у|ем|ём|ом|е)$")
_CASE_OF = {
    FEMN: {"а": "nomn", "ы": "gent", "е": "datv", "у": "accs", "ой": "ablt", "ою": "ablt"},
    MASC: {"": "nomn", "а": "gent", "у": "datv", "ем": "ablt", "ём": "ablt", "ом": "ablt", "е": "loct"},
}
_SHORT_PART = 3  # letters; «Кара-оол» has no parts of its own
_VOWELS = "аеёиоуыэюя"
_SIBILANTS = "гкхжчшщц"
_POSSESSIVE = re.compile(r"(?:[оеё]в|[иы]н)$")
_FLEETING = re.compile(r"[аеиоуыэюя]йц[ау]$")
_ADJECTIVE = re.compile(r"(?:ск|цк|[бвгдзклмнпрстх]н|[жшч]|ст|т|р|в|л|г|к|х|б|п|д)$")


@dataclass(frozen=True, slots=True)
class Guess:
    """A nominative, and other ones that are possible (empty: there is no doubt)."""

    word: str
    others: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def patronymic_case(word: str) -> tuple[str, str] | None:
    """Gender and case of a lower-cased patronymic; None if the word has not the ending of one."""
    femn = _FEMN_PATRONYMIC.search(word)
    if femn:
        return FEMN, _CASE_OF[FEMN][femn.group(1) or femn.group(2)]
    masc = _MASC_PATRONYMIC.search(word)
    return (MASC, _CASE_OF[MASC][masc.group(1)]) if masc else None


def patronymic(word: str) -> str:
    """A lower-cased patronymic in the nominative."""
    femn = _FEMN_PATRONYMIC.search(word)
    if femn:
        return word[: -len(femn.group(1) or femn.group(2))] + "а"
    masc = _MASC_PATRONYMIC.search(word)
    return word[: len(word) - len(masc.group(1))] if masc else word


def given_case(word: str) -> tuple[str, str]:
    """Gender and case of a lower-cased first name, ("", "nomn") if unknown or if it may be a nominative."""
    readings = [form for form in morphology.forms(word) if "Name" in form and not form.plural]
    if not readings or any(form.case in {"nomn", ""} or "Fixd" in form for form in readings):
        return next(((form.gender, "nomn") for form in readings if form.case == "nomn"), ("", "nomn"))
    return readings[0].gender, readings[0].case


def given(word: str, gender: str, case: str) -> Guess:
    """A lower-cased first name in the nominative, from a known gender and case; parts after a hyphen each by itself."""
    if "-" in word and all(len(part) > _SHORT_PART for part in word.split("-")) and case != "nomn":
        parts = [given(part, gender, case) for part in word.split("-")]
        whole = "-".join(part.word for part in parts)
        return Guess(whole, (word,) if any(part.others for part in parts) else ())
    readings = [form for form in morphology.forms(word) if "Name" in form and not form.plural and form.gender == gender]
    fitting = [form for form in readings if _fits(form.case, case)] or readings
    known = dict.fromkeys(form.normal for form in fitting if form.known and _cut(word, form.normal))
    if known:
        first, *others = sorted(known, key=lambda one: not _regular(one, word, gender, case))
        plain = _regular(first, word, gender, case)
        return Guess(first, tuple(one for one in others if not plain or _regular(one, word, gender, case)))
    guess = _by_ending(word, gender, case)
    if guess.word != word and gender == MASC and case != "nomn" and not guess.others:
        return Guess(guess.word, (word,))  # unknown names of other languages may not decline
    return guess


def _fits(found: str, case: str) -> bool:
    """Accusative and genitive, dative and prepositional look alike for persons."""
    alike = ({"gent", "accs"}, {"datv", "loct"})
    return found == case or any(found in pair and case in pair for pair in alike)


def _cut(word: str, normal: str) -> bool:
    """Whether a normal form can belong to the word at all."""
    size = max(1, min(len(word), len(normal)) - 3)
    return word[:size].replace("ё", "е") == normal[:size].replace("ё", "е")


def _regular(normal: str, word: str, gender: str, case: str) -> bool:
    return normal in {_by_ending(word, gender, case).word, *_by_ending(word, gender, case).others}


def _by_ending(word: str, gender: str, case: str) -> Guess:
    """The nominative of a noun-like name by its ending alone."""
    if gender == FEMN:
        return _femn_noun(word, case)
    return _masc_noun(word, case)


def _femn_noun(word: str, case: str) -> Guess:  # noqa: PLR0911 - a table of endings, read from the top
    soft = "я" if len(word) > 2 and word[-2] in _VOWELS else ""  # noqa: PLR2004 - «ию», «ие»
    if case == "gent" and word.endswith("ы"):
        return Guess(word[:-1] + "а")
    if case in {"gent", "datv", "loct"} and word.endswith("и"):
        if word[-2:-1] in _SIBILANTS:
            return Guess(word[:-1] + "а")
        if word[-2:-1] in _VOWELS:
            return Guess(word[:-1] + "я")
        return Guess(word[:-1] + ("я" if case == "gent" else "ь"), (word[:-1] + ("ь" if case == "gent" else "я"), word))
    if case in {"datv", "loct"} and word.endswith("е"):
        return Guess(word[:-1] + (soft or "а"), (word[:-1] + "я",) if word[-2:-1] == "л" else ())
    if case == "accs" and word.endswith(("у", "ю")):
        return Guess(word[:-1] + ("а" if word.endswith("у") else "я"))
    if case == "ablt" and word.endswith(("ой", "ою", "ей", "ею")):
        stem = word[:-2]
        return Guess(stem + ("а" if word[-2] == "о" or stem[-1:] in _SIBILANTS else "я"))
    if case == "ablt" and word.endswith("ью"):
        return Guess(word[:-1])
    return Guess(word)  # consonants and foreign vowels do not decline


def _masc_noun(word: str, case: str) -> Guess:  # noqa: PLR0911 - a table of endings, read from the top
    if (case in {"gent", "accs"} and word.endswith(("а", "я"))) or (case == "datv" and word.endswith(("у", "ю"))):
        if _FLEETING.search(word):
            return Guess(word[:-3] + "ец")  # «Коломийца», «Китайцу»
        return _masc_stem(word[:-1], hard=word[-1] in "ау")
    if case == "ablt" and word.endswith(("ом", "ем", "ём")):
        return _masc_stem(word[:-2], hard=word[-2] == "о" or word[-3:-2] in _SIBILANTS)
    if case == "loct" and word.endswith("е"):
        return Guess(word[:-1], (word[:-1] + "а",))
    if (case == "datv" and word.endswith("е")) or (case == "gent" and word.endswith("ы")):
        return Guess(word[:-1] + "а")
    if case == "gent" and word.endswith("и"):
        return Guess(word[:-1] + ("а" if word[-2:-1] in _SIBILANTS else "я"))
    if case == "ablt" and word.endswith(("ой", "ою", "ей", "ею")):
        return Guess(word[:-2] + ("а" if word[-2] == "о" or word[-3:-2] in _SIBILANTS else "я"))
    return Guess(word)


def _masc_stem(stem: str, *, hard: bool) -> Guess:
    if hard:
        return Guess(stem)
    if stem[-1:] in _VOWELS:
        return Guess(stem + "й")
    if stem.endswith("ь"):
        return Guess(stem[:-1] + "ей", (stem[:-1] + "ий",))
    return Guess(stem + "ь", (stem + "й",))


def surname(word: str, gender: str, case: str) -> Guess:
    """A lower-cased surname in the nominative, from a known gender and case; parts after a hyphen each by itself."""
    if "-" in word:
        parts = [surname(part, gender, case) for part in word.split("-")]
        others = tuple(
            "-".join(part.others[0] if part.others else part.word for part in parts) for part in parts if part.others
        )
        return Guess("-".join(part.word for part in parts), others[:1])
    declined = (word.endswith("ы") or (word.endswith("ого") and gender == MASC)) and case == "gent"
    if word.endswith(("ых", "их", "о", "э", "ы", "дзе")) and not declined:
        return Guess(word)
    return _femn_surname(word, case) if gender == FEMN else _masc_surname(word, case)


def _femn_surname(word: str, case: str) -> Guess:  # noqa: PLR0911 - a table of endings, read from the top
    if word.endswith(("ой", "ою", "ей", "ею")):
        stem = word[:-2]
        if _POSSESSIVE.search(stem):
            return _possessive_or_adjective(word, stem)
        adjective = stem + ("ая" if word[-2] == "о" or stem[-1:] in "жшчщ" else "яя")
        if re.search(r"[сц]к$", stem) or case != "ablt":
            return Guess(adjective, () if re.search(r"[сц]к$|н$|[жшчщ]$", stem) else (word,))
        noun = stem + ("а" if word[-2] == "о" or stem[-1:] in _SIBILANTS else "я")
        return _dictionary(word, FEMN, (noun, adjective))
    if word.endswith(("ую", "юю")):
        return Guess(word[:-2] + ("ая" if word.endswith("ую") else "яя"))
    if case == "accs" and word.endswith("у") and _POSSESSIVE.search(word[:-1]):
        return Guess(word[:-1] + "а")
    if word[-1:] in "уюеы" or (word.endswith("и") and case in {"gent", "datv"}):
        guess = _femn_noun(word, case)
        return guess if guess.word == word else _dictionary(word, FEMN, (guess.word, *guess.others, word))
    return Guess(word)


def _possessive_or_adjective(word: str, stem: str) -> Guess:
    """«Ивановой» is Иванова; «Полевой» may be Полевая or Полева where the dictionary knows the adjective alone."""
    adjectives = [form.normal for form in morphology.forms(word) if "ADJF" in form and form.known]
    if not adjectives or morphology.has(word, "Surn"):
        return Guess(stem + "а")
    both = (stem + "ая", stem + "а") if adjectives[0].endswith("ой") else (stem + "а", stem + "ая")
    return Guess(both[0], both[1:])


def _masc_surname(word: str, case: str) -> Guess:  # noqa: PLR0911 - a table of endings, read from the top
    for ending in ("ого", "его", "ому", "ему", "ым", "им", "ом", "ем"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and re.search(r"[сц]к$", stem) and ending in {"ого", "ому", "им", "ом"}:
            return Guess(stem + "ий", (stem + "ой",) if stem in {"донск", "трубецк", "волынск", "луговск"} else ())
        if word.endswith(ending) and _POSSESSIVE.search(stem) and ending in {"ым", "ом"}:
            return Guess(stem)
        if word.endswith(ending) and ending in {"ого", "ому", "его", "ему"} and _ADJECTIVE.search(stem):
            hard = "ий" if stem[-1:] in _SIBILANTS else "ый"
            options = (stem + "ий",) if ending[0] == "е" else (stem + hard, stem + "ой")
            return _dictionary(word, MASC, options)
    if word.endswith(("а", "у", "е")) and _POSSESSIVE.search(word[:-1]):
        return Guess(word[:-1])
    noun = _masc_noun(word, case)
    if noun.word == word:
        return noun
    if not noun.others and re.search(
        r"(?:ук|юк|чук|як|ак|ик|ян|янц|швил|ич|ыч|ман|берг|штейн|дт|ер|ов|ин)$", noun.word
    ):
        return noun
    return _dictionary(word, MASC, (noun.word, *noun.others))


def _dictionary(word: str, gender: str, options: tuple[str, ...]) -> Guess:
    """One of the options or the dictionary's own nominative, with the rest as doubts.

    A surname of the dictionary counts most, then a common noun («Воробей»), then an adjective («Плохой»).
    """
    oblique = [form for form in morphology.forms(word) if form.known and not form.plural and form.case != "nomn"]
    surnames = [one for one in morphology.nominatives(word, "Surn", gender) if one != word]
    nouns = [form.normal for form in oblique if "NOUN" in form and "Surn" not in form]
    adjectives = [form.normal for form in oblique if "ADJF" in form] if gender == MASC else []
    for pool in (surnames, nouns, adjectives):
        agreed = next((one for one in pool if one in options), None)
        if agreed:
            return Guess(agreed)
    first, *others = dict.fromkeys((*options, *nouns[:1]))
    return Guess(first, tuple(others) or (word,))
