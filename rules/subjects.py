"""The subject rule: whether a subject asks for the registration of an organisation, however it is spelled.

Applicants are told to write «СФЕРУМ: Регистрация организации»; they add prefixes, exclamations and typos, swap words
and letters. A subject is evidence, never a verdict. Pure; the spellings are data in `subject.toml`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from rules.fields.fold import fold, to_cyrillic
from rules.subject_prefixes import SubjectPrefixes

MAX_SUBJECT = 300  # code points that are looked at
_TYPO_RATIO = 78.0
_TYPO_LENGTH = 5
_RULE_RATIO = 84.0
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f]")
_WORD = re.compile(r"[a-zа-я]+")


class Match(IntEnum):
    """How clearly a subject asks for the registration of an organisation."""

    NO = 0
    WEAK = 1  # «заявка сферум»: the right words, not all of them
    EXACT = 2


@dataclass(frozen=True, slots=True)
class Concept:
    """Spellings of one word of the rule."""

    stems: tuple[str, ...]
    typical: tuple[str, ...]

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "Concept":
        """The concept as it stands in the data file."""
        return cls(tuple(table["stems"]), tuple(table["typical"]))

    def named_in(self, words: Iterable[str]) -> bool:
        """Whether one of the folded words says it, possibly mistyped."""
        return any(self._is(word) for word in words)

    def _is(self, word: str) -> bool:
        if word.startswith(self.stems):
            return True
        if len(word) < _TYPO_LENGTH:
            return False
        return any(fuzz.ratio(word, one, score_cutoff=_TYPO_RATIO) for one in self.typical)


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """The data of the rule, compiled."""

    rule: str
    prefixes: SubjectPrefixes
    platform: Concept
    act: Concept
    request: Concept
    organization: Concept
    instead: Concept
    asking: Concept

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "SubjectRule":
        """The rule as it stands in the data file."""
        names = ("platform", "act", "request", "organization", "instead", "asking")
        return cls(table["rule"], SubjectPrefixes.from_toml(table), *(Concept.from_toml(table[name]) for name in names))


def load(path: Path) -> SubjectRule:
    """Read `subject.toml`."""
    return SubjectRule.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))


def strip_prefixes(subject: str, rule: SubjectRule) -> str:
    """The subject without «Re:», «Fwd:», «Отв:», «НА:» and list or ticket tags in front of it."""
    return rule.prefixes.stripped(subject)


def is_registration(subject: str, rule: SubjectRule) -> Match:
    """How clearly the subject asks for the registration of an organisation.

    All three words of the rule in any order, or nearly its letters: `EXACT`; two of them, or an application to the
    platform: `WEAK`. A question, or a pupil's or parent's own registration, counts one less.
    """
    plain = strip_prefixes(_INVISIBLE.sub("", subject[:MAX_SUBJECT]), rule)
    words = [to_cyrillic(word) for word in _WORD.findall(fold(plain))]
    if not words:
        return Match.NO
    found = _match(words, rule)
    if rule.instead.named_in(words):
        return Match.NO if found is Match.WEAK else Match(max(found - 1, 0))
    if "?" in plain or rule.asking.named_in(words):
        return Match(max(found - 1, 0))
    return found


def _match(words: list[str], rule: SubjectRule) -> Match:
    letters = "".join(words)
    if fuzz.ratio(letters, rule.rule.replace(" ", "")) >= _RULE_RATIO:
        return Match.EXACT
    platform, organization = rule.platform.named_in(words), rule.organization.named_in(words)
    act = rule.act.named_in(words)
    asked = act or rule.request.named_in(words)
    if platform and act and organization:
        return Match.EXACT
    return Match.WEAK if asked and (platform or organization or (rule.request.named_in(words) and act)) else Match.NO
