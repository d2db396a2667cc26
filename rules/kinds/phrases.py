"""Weighted phrases: how a text is listened to, and what a group of phrases hears in it.

A phrase is a run of word beginnings: «я в отпуск» hears «я в отпуске»; `*` lets up to three words pass between two of
them, `$` ends a word («сын$» is no «сынок»). Pure; knows nothing of what the phrases mean.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.fields.fold import fold

LIMIT = 4_000  # code points of a letter that are listened to
_NOT_WORD = re.compile(r"\W+")
_INVISIBLE = dict.fromkeys(
    [0x00, 0xAD, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)


def plain(text: str) -> str:
    """The words of a text, folded, with one space before and after each; only its first `LIMIT` code points."""
    words = _NOT_WORD.sub(" ", fold(text[:LIMIT].translate(_INVISIBLE))).strip()
    return f" {words} "


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: `needle` must be in a plain text, then `pattern` (None when the needle says it all) must match."""

    written: str
    weight: int
    needle: str
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, written: str, weight: int) -> "Phrase":
        """A phrase as it is written in the data files."""
        words = written.split()
        if len(words) == 1:
            return cls(written, weight, f" {words[0].removesuffix('$')}" + " " * written.endswith("$"), None)
        pattern = ""
        for word in words:
            if word == "*":
                pattern += r"(?: \w+){0,3}?"
            else:
                pattern += " " + re.escape(word.removesuffix("$")) + ("" if word.endswith("$") else r"\w*")
        longest = max((word.removesuffix("$") for word in words), key=len)
        return cls(written, weight, f" {longest}", re.compile(pattern + "(?= )"))

    def heard(self, text: str) -> bool:
        """Whether the plain text says it."""
        return self.needle in text and (self.pattern is None or self.pattern.search(text) is not None)


@dataclass(frozen=True, slots=True)
class Phrases:
    """A group of phrases that speak for the same thing."""

    phrases: tuple[Phrase, ...]

    @classmethod
    def from_toml(cls, table: Mapping[str, int] | Iterable[str]) -> "Phrases":
        """A table phrase → weight, or a list of phrases of weight 1."""
        items = table.items() if isinstance(table, Mapping) else ((one, 1) for one in table)
        return cls(tuple(Phrase.of(written, weight) for written, weight in items))

    def first(self, text: str) -> str:
        """The first phrase that a plain text says, as written in the data; "" if none."""
        return next((one.written for one in self.phrases if one.heard(text)), "")

    def starts(self, text: str) -> str:
        """The first phrase that a plain text begins with; "" if none."""
        for one in self.phrases:
            if one.pattern.match(text) if one.pattern else text.startswith(one.needle):
                return one.written
        return ""

    def weigh(self, text: str) -> int:
        """The weights of all phrases that a plain text says, together."""
        return sum(one.weight for one in self.phrases if one.heard(text))
