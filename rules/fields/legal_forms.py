"""Words that names of educational organisations begin with and are made of (`rules/data/organizations.toml`). Pure."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "organizations.toml"


@dataclass(frozen=True, slots=True)
class LegalForms:
    """Compiled patterns; all but `kind` match folded text of the same length.

    `expanded`: a written-out legal form up to its head word (groups `branch`, `form`, `head`). `short`: an abbreviated
    one. `kind`: abbreviations of kinds of schools. `noun`: a word that schools are called by. `begin`: cheap test.
    """

    expanded: re.Pattern[str]
    short: re.Pattern[str]
    kind: re.Pattern[str]
    noun: re.Pattern[str]

    @classmethod
    def load(cls, path: Path) -> "LegalForms":
        """Read `organizations.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        word = rf"(?:{_any(table['adjectives'])})[а-я-]*"
        first = rf"(?:{_any(table['first'])})[а-я-]*"
        branch = r"(?P<branch>(?:[а-я-]+(?:ск|цк)[а-я]{2,3}\s{1,3})?(?:филиал|структурн[а-я]+\sподразделени)[а-я]{0,2}\s{1,3})?"
        between = rf"(?:\s{{1,8}}(?:\(?{word}\)?,?|и|для|по|-))"
        expanded = rf"(?<![а-я-]){branch}(?P<form>{first}{between}{{0,12}}\s{{1,8}}(?P<head>(?:{_any(table['heads'])})[а-я]{{1,3}}))(?![а-я])"
        marks = sorted({mark.lower() for mark in table["abbreviations"]}, key=lambda one: (-len(one), one))
        short = rf"(?<![а-яa-z\d-]){branch.replace('?P<branch>', '?P<of>')}(?P<mark>{'|'.join(_spaced(one) for one in marks)})(?![а-яa-z\d])"
        return cls(
            expanded=re.compile(expanded),
            short=re.compile(short),
            kind=re.compile(
                rf"(?:{'|'.join(sorted(map(str.lower, table['kinds']), key=len, reverse=True))})(?![а-яa-z])"
            ),
            noun=re.compile(rf"(?:{_any(table['nouns'])})[а-я]*"),
        )


def _any(stems: list[str]) -> str:
    return "|".join(sorted(dict.fromkeys(stem.replace("ё", "е") for stem in stems), key=len, reverse=True))


def _spaced(mark: str) -> str:
    return re.escape(mark).replace(r"\ ", r"\s?")


@lru_cache(maxsize=1)
def legal_forms() -> LegalForms:
    """The table of this product, read once at the first question."""
    return LegalForms.load(DATA)
