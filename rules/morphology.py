"""Russian word forms: what a word may be, and its nominative. The only user of pymorphy3.

The dictionary is loaded at the first question (about 50 ms, 23 MB) and every answer is remembered. Knows grammar,
nothing of people, places or letters; never decides between readings.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_EXTRA_CASES = {"gen2": "gent", "gen1": "gent", "loc2": "loct", "loc1": "loct", "acc2": "accs", "voct": "nomn"}
_LONGEST = 40  # code points; a longer word is none
_RUSSIAN = re.compile("[\u0400-\u04ff]+(?:-[\u0400-\u04ff]+)*")  # the analyzer raises on letters without a Unicode name


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of a word form (OpenCorpora tags).

    `kinds` holds all grammemes, `case` one of `CASES` or "" (indeclinable or no noun), `gender` `masc`, `femn`, `neut`
    or "", `known` whether the word stands in the dictionary (otherwise it was guessed from its ending).
    """

    kinds: frozenset[str]
    case: str
    gender: str
    plural: bool
    known: bool
    normal: str

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds


@lru_cache(maxsize=1)
def _analyzer() -> Any:  # noqa: ANN401 - pymorphy3 has no types
    import pymorphy3  # noqa: PLC0415 - 80 ms that a run without names need not pay

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=50_000)
def forms(word: str) -> tuple[Form, ...]:
    """All readings of a lower-cased word, the likeliest first; none for what is no Russian word."""
    if len(word) > _LONGEST or not _RUSSIAN.fullmatch(word):
        return ()
    parses = _analyzer().parse(word)
    known_words = {one: bool(_analyzer().word_is_known(one)) for one in {parse.word for parse in parses}}
    return tuple(_form(parse, known=known_words[parse.word]) for parse in parses)


@lru_cache(maxsize=50_000)
def known(word: str) -> bool:
    """Whether a lower-cased word stands in the dictionary: far cheaper than `forms` where it does not."""
    return len(word) <= _LONGEST and _RUSSIAN.fullmatch(word) is not None and bool(_analyzer().word_is_known(word))


def _form(parse: Any, *, known: bool) -> Form:  # noqa: ANN401 - pymorphy3 has no types
    tag = parse.tag
    case = str(tag.case or "")
    return Form(
        kinds=frozenset(tag.grammemes),
        case=_EXTRA_CASES.get(case, case),
        gender=str(tag.gender or ""),
        plural=tag.number == "plur",
        known=known,
        normal=str(parse.normal_form),
    )


@lru_cache(maxsize=20_000)
def nominatives(word: str, kind: str, gender: str = "") -> tuple[str, ...]:
    """The nominative singulars that a lower-cased word could be an oblique form of.

    Only readings with that grammeme (`Surn`, `Name`, `Geox`, `NOUN`, `ADJF` …) and, if given, that gender; likeliest
    first, without doubles.
    """
    if len(word) > _LONGEST or not _RUSSIAN.fullmatch(word):
        return ()
    made = []
    for parse in _analyzer().parse(word):
        tag = parse.tag
        if kind not in tag or (gender and tag.gender not in {gender, None}):
            continue
        wanted = {"nomn", "sing", gender} if gender and kind == "ADJF" else {"nomn", "sing"}
        inflected = parse.inflect(wanted) or parse.inflect({"nomn"})
        made.append(str(inflected.word if inflected else parse.word))
    return tuple(dict.fromkeys(made))


def has(word: str, *kinds: str) -> bool:
    """Whether some reading of a lower-cased word has one of the grammemes."""
    return any(not form.kinds.isdisjoint(kinds) for form in forms(word))
