"""What mail programs put before a subject: «Re:», «RE[2]:», «Отв:», «НА:», «Fwd:», «Пересл:», list and ticket tags. Pure.

Known by the words of `subject.toml`, with a count in any of its spellings («Re(3):», «Re^2:»). A subject that many
programs have passed on carries a whole pile of them, mixed.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COUNT = r"(?:\s{0,3}\[\s?\d{1,3}\s?\]|\s{0,3}\(\s?\d{1,3}\s?\)|\s?[\^*]\d{1,3}|\d{1,2})?"
_TAG = r"\[[^\]\n]{1,40}\]"
_UNSEEN = "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"  # before and within prefixes of right-to-left programs
_BEFORE = rf"(?:\s|{_UNSEEN})*"


@dataclass(frozen=True, slots=True)
class SubjectPrefixes:
    """The compiled prefixes. `one`: a prefix or a tag; `piled`: a prefix, with tags before it; `forward`: of those that
    say that a letter was passed on.
    """

    one: re.Pattern[str]
    piled: re.Pattern[str]
    forward: re.Pattern[str]

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "SubjectPrefixes":
        """The prefixes as they stand in the data file: the lists `answers` and `forwards`."""
        either, forward = _words((*table["answers"], *table["forwards"])), _words(table["forwards"])
        return cls(
            one=re.compile(rf"{_BEFORE}(?:{either}|{_TAG})", re.IGNORECASE),
            piled=re.compile(rf"{_BEFORE}(?:{_TAG}\s*){{0,3}}({either})", re.IGNORECASE),
            forward=re.compile(forward, re.IGNORECASE),
        )

    @classmethod
    def load(cls, path: Path) -> "SubjectPrefixes":
        """Read them from `subject.toml`."""
        return cls.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))

    def stripped(self, subject: str) -> str:
        """The subject without all prefixes and tags in front of it."""
        start = 0
        while hit := self.one.match(subject, start):
            start = hit.end()
        return subject[start:].strip()

    def unpiled(self, subject: str) -> str:
        """The subject without its pile of prefixes; the first one that says «passed on» stays, as it was written."""
        start, passed_on = 0, ""
        while hit := self.piled.match(subject, start):
            start = hit.end()
            if not passed_on and self.forward.fullmatch(hit.group(1)):
                passed_on = hit.group(1)
        return f"{passed_on} {subject[start:].strip()}".strip()


def _words(words: Iterable[str]) -> str:
    known = "|".join(re.escape(one).replace(r"\ ", r"\s") for one in sorted(words, key=len, reverse=True))
    return rf"(?:{known})\.?{_COUNT}\s{{0,3}}[:\uff1a]"
