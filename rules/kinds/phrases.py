"""Weighted phrases: how a text is listened to, and what a group of phrases hears in it.

A phrase is a run of word beginnings: «я в отпуск» hears «я в отпуске». `*` lets up to three words pass between its sides;
of the two sides of `~` either may come first, with up to four words between; `|` parts runs that may stand for each
other on one side. `$` ends a word («сын$» is no «сынок»), and words of one or two letters are whole anyway. Pure; knows
nothing of what the phrases mean.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

LIMIT = 4_000  # code points of a letter that are listened to
_START, _SHORT_START = 4, 3  # letters by which phrases are found; a word of three or fewer by all of them
_LONG = 6  # letters; a longer word tells hardly more
_WHOLE = 2  # letters; so short a word is no beginning of another
_GAP = r"(?: \w+){0,3}?"
_NEAR = r"(?: \w+){0,4}?"
_WORD = re.compile(r"\w+")
_INVISIBLE = re.compile("[\x00\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in plain words: in lower case with ё as е, one space before, between and after them.

    `starts` are their first three and four letters; `said` remembers what each group of phrases heard, by its identity.
    """

    text: str
    starts: frozenset[str]
    said: dict[int, "list[Phrase]"] = field(default_factory=dict, compare=False, repr=False)

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
    """The first letters of each word: a phrase's word of three letters may begin a longer one."""
    longest = {word[:_START] for word in words}
    return frozenset(longest.union({one[:_SHORT_START] for one in longest}))


@dataclass(frozen=True)
class Phrase:
    """One phrase: every one of `sides` must have one of its needles in a plain text, the most telling side first.

    Then `pattern` must match, unless the needles say it all.
    """

    written: str
    weight: int
    sides: tuple[tuple[str, ...], ...]
    says_all: bool

    @classmethod
    def of(cls, written: str, weight: int) -> "Phrase":
        """A phrase as it is written in the data files."""
        needles = [tuple(_needle(run) for run in side.split("|")) for side in re.split(r" [*~] ", written)]
        needles.sort(key=_telling)
        return cls(written, weight, tuple(needles), " " not in written)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a text that says it matches; made when first needed, as most phrases never are."""
        return re.compile(_pattern(self.written))

    def said_in(self, text: str) -> bool:
        """Whether a text says it whose words are in place for its first side."""
        has = text.__contains__
        return self.says_all or (
            all(any(map(has, side)) for side in self.sides[1:]) and self.pattern.search(text) is not None
        )

    def at_start(self, words: Words) -> bool:
        """Whether a text begins with it."""
        return words.text.startswith(self.sides[0]) if self.says_all else self.pattern.match(words.text) is not None


def _telling(side: tuple[str, ...]) -> int:
    """Sorts the side first that the fewest texts have: few alternatives, long words."""
    return len(side) - 2 * min(*map(len, side), _LONG)


def _is_whole(word: str) -> bool:
    return word.endswith("$") or len(word) <= _WHOLE


def _needle(run: str) -> str:
    """What a text that says a run of words surely holds: its longest word."""
    word = max(run.split(), key=len)
    return f" {word.removesuffix('$')}" + " " * _is_whole(word)


def _pattern(written: str) -> str:
    """The sides in their order; of the two sides of a «~» either may come first."""
    one, swapped, other = written.partition(" ~ ")
    if swapped:
        one, other = _pattern(one), _pattern(other)
        return f"(?:{one}{_NEAR}{other}|{other}{_NEAR}{one})"
    return _GAP.join(f"(?:{'|'.join(map(_run, side.split('|')))})" for side in written.split(" * "))


def _run(run: str) -> str:
    words = (re.escape(word.removesuffix("$")) + ("" if _is_whole(word) else r"\w*") for word in run.split())
    return "".join(f" {word}(?= )" for word in words)


@dataclass(frozen=True)
class Phrases:
    """A group of phrases that speak for the same thing, found by the first letters of their most telling words."""

    phrases: tuple[Phrase, ...]
    by_start: Mapping[str, tuple[tuple[str, Phrase], ...]]
    all_starts: frozenset[str]

    @classmethod
    def from_toml(cls, table: Mapping[str, int] | Iterable[str]) -> "Phrases":
        """A table phrase → weight, or a list of phrases of weight 1."""
        items = table.items() if isinstance(table, Mapping) else ((one, 1) for one in table)
        phrases = tuple(Phrase.of(written, weight) for written, weight in items)
        by_start: dict[str, list[tuple[str, Phrase]]] = {}
        for one in phrases:
            for needle in one.sides[0]:
                by_start.setdefault(needle.strip()[:_START], []).append((needle, one))
        return cls(phrases, {start: tuple(found) for start, found in by_start.items()}, frozenset(by_start))

    @cached_property
    def beginning(self) -> re.Pattern[str]:
        """How a name in one piece may begin that says one of them: «mailer daemon» begins «mailer-daemon» too."""
        runs = (
            r"[\W_]*".join(re.escape(word.removesuffix("$")) for word in one.written.split())
            + r"(?![^\W_])" * one.written.endswith("$")
            for one in self.phrases
        )
        return re.compile(rf"[\W_]*(?:{'|'.join(runs)})")

    def heard(self, words: Words) -> list[Phrase]:
        """The phrases that a text says, each once."""
        known = words.said.get(id(self))
        if known is None:
            known = words.said[id(self)] = self._listen(words)
        return known

    def _listen(self, words: Words) -> list[Phrase]:
        text = words.text
        likely = {
            one.written: one
            for start in self.all_starts & words.starts
            for needle, one in self.by_start[start]
            if needle in text
        }
        return [one for one in likely.values() if one.said_in(text)]

    def first(self, words: Words) -> str:
        """The first phrase of the data that a text says, as written there; "" if none."""
        found = self.heard(words)
        return min(found, key=self.phrases.index).written if found else ""

    def starts(self, words: Words) -> str:
        """The first phrase that a text begins with; "" if none."""
        for one in self.heard(words):
            if one.at_start(words):
                return one.written
        return ""

    def weigh(self, words: Words) -> int:
        """The weights of all phrases that a text says, together."""
        return sum(one.weight for one in self.heard(words))
