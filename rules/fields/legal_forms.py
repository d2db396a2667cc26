"""Words that names of educational organisations begin with and are made of (`rules/data/organizations.toml`). Pure."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "organizations.toml"


@dataclass(frozen=True, slots=True)
class LegalForms:
    """Compiled patterns; all but `kind` match folded text of the same length.

    `expanded`: a written-out legal form up to its head word (groups `branch`, `form`, `head`; a firm's
    form has no `head`). `short`: an abbreviated
    one. `kind`: abbreviations of kinds of schools. `noun`: a word that schools are called by. `begin`: cheap test.
    """

    expanded: re.Pattern[str]
    short: re.Pattern[str]
    kind: re.Pattern[str]
    noun: re.Pattern[str]
    own_expanded: re.Pattern[str]  # as `expanded` and `short`, without a branch before the form: several times faster
    own_short: re.Pattern[str]

    def fulls(self, folded: str) -> Iterator[re.Match[str]]:
        """All written-out legal forms of a folded text."""
        return (self.expanded if _may_hold_branch(folded) else self.own_expanded).finditer(folded)

    def shorts(self, folded: str) -> Iterator[re.Match[str]]:
        """All abbreviated legal forms of a folded text."""
        return (self.short if _may_hold_branch(folded) else self.own_short).finditer(folded)

    @classmethod
    def load(cls, path: Path) -> "LegalForms":
        """Read `organizations.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        word = rf"(?:{_any(table['adjectives'])})[а-я-]*"
        first = rf"(?:{_any(table['first'])})[а-я-]*"
        branch = r"(?P<branch>(?:[а-я-]+(?:ск|цк)[а-я]{2,3}\s{1,3})?(?:филиал|структурн[а-я]+\sподразделени)[а-я]{0,2}\s{1,3})?"
        between = rf"(?:\s{{1,8}}(?:\(?{word}\)?,?|и|для|по|-))"
        form = (
            rf"(?P<form>(?:религиозн[а-я]+\s+организаци[а-я]+\s*[-–—]\s*)?{first}{between}{{0,12}}\s{{1,8}}(?P<head>(?:{_any(table['heads'])})[а-я]{{1,3}})|"
            rf"(?:{'|'.join(table['firms'])}))(?![а-я])"
        )
        marks = sorted({mark.lower() for mark in table["abbreviations"]}, key=lambda one: (-len(one), one))
        short = rf"(?P<mark>{_by_first_letter([_spaced(one) for one in marks])})(?![а-яa-z\d])"
        before_form, before_mark = "(?<![а-я-])", r"(?<![а-яa-z\d-])"
        return cls(
            expanded=re.compile(before_form + branch + form),
            short=re.compile(before_mark + branch.replace("?P<branch>", "?P<of>") + short),
            kind=re.compile(
                rf"(?:{'|'.join(sorted(map(str.lower, table['kinds']), key=len, reverse=True))})(?![а-яa-z])"
            ),
            noun=re.compile(rf"(?:{_any(table['nouns'])})[а-я]*"),
            own_expanded=re.compile(before_form + form),
            own_short=re.compile(before_mark + short),
        )


def _may_hold_branch(folded: str) -> bool:
    return "филиал" in folded or "структурн" in folded


def _any(stems: list[str]) -> str:
    return "|".join(sorted(dict.fromkeys(stem.replace("ё", "е") for stem in stems), key=len, reverse=True))


def _by_first_letter(patterns: list[str]) -> str:
    """The same alternatives in the same order, those of one first letter together: it is then looked at only once."""
    groups: dict[str, list[str]] = {}
    for pattern in patterns:
        groups.setdefault(pattern[0], []).append(pattern[1:])
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in groups.items())


def _spaced(mark: str) -> str:
    return re.escape(mark).replace(r"\ ", r"\s?")


@lru_cache(maxsize=1)
def legal_forms() -> LegalForms:
    """The table of this product, read once at the first question."""
    return LegalForms.load(DATA)
