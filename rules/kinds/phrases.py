"""Weighted phrases: how a text is listened to, and what a group of phrases hears in it.

A phrase is a run of word beginnings: «я в отпуск» hears «я в отпуске»; `*` lets up to three words pass between two of
them, `$` ends a word («сын$» is no «сынок»). Pure; knows nothing of what the phrases mean.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LIMIT = 4_000  # code points of a letter that are listened to
_START = 3  # letters by which phrases are found
_WORD = re.compile(r"\w+")
_INVISIBLE = re.compile("[\x00\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in plain words: in lower case with ё as е, one space before, between and after them; `starts` are their first one to three letters."""

    text: str
    starts: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.starts)

    def then(self, other: "Words") -> "Words":
        """These words and the other ones after them."""
        return Words(self.text + other.text[1:], self.starts | other.starts)


def plain(text: str) -> Words:
    """The words of a text; only its first `LIMIT` code points are listened to."""
    words = _WORD.findall(_INVISIBLE.sub("", text[:LIMIT]).lower().replace("ё", "е"))
    return Words(f" {' '.join(words)} ", _starts(words))


def _starts(words: list[str]) -> frozenset[str]:
    """The first one to three letters of each word."""
    longest = {word[:_START] for word in words}
    return frozenset(longest.union(*({one[:length] for one in longest} for length in range(1, _START))))


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

    @property
    def start(self) -> str:
        """The first letters that a word of the text must have."""
        return self.needle.strip()[:_START]


@dataclass(frozen=True, slots=True)
class Phrases:
    """A group of phrases that speak for the same thing, found by the first letters of their longest words."""

    phrases: tuple[Phrase, ...]
    by_start: Mapping[str, tuple[Phrase, ...]]
    all_starts: frozenset[str]

    @classmethod
    def from_toml(cls, table: Mapping[str, int] | Iterable[str]) -> "Phrases":
        """A table phrase → weight, or a list of phrases of weight 1."""
        items = table.items() if isinstance(table, Mapping) else ((one, 1) for one in table)
        phrases = tuple(Phrase.of(written, weight) for written, weight in items)
        starts = frozenset(one.start for one in phrases)
        return cls(phrases, {start: tuple(one for one in phrases if one.start == start) for start in starts}, starts)

    def heard(self, words: Words) -> list[Phrase]:
        """The phrases that a text says."""
        near = self.all_starts & words.starts
        text = words.text
        likely = [one for start in near for one in self.by_start[start] if one.needle in text]
        return [one for one in likely if one.pattern is None or one.pattern.search(text)]

    def first(self, words: Words) -> str:
        """The first phrase of the data that a text says, as written there; "" if none."""
        found = self.heard(words)
        return min(found, key=self.phrases.index).written if found else ""

    def starts(self, words: Words) -> str:
        """The first phrase that a text begins with; "" if none."""
        for one in self.heard(words):
            if one.pattern.match(words.text) if one.pattern else words.text.startswith(one.needle):
                return one.written
        return ""

    def weigh(self, words: Words) -> int:
        """The weights of all phrases that a text says, together."""
        return sum(one.weight for one in self.heard(words))
