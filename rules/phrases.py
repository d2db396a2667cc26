"""Turns of phrase that say what a writer wants: data in `phrases.toml`, compiled once. Pure."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rules.fields.fold import fold

_SHORT_ANSWER = 600  # code points; a longer text is no mere yes
_LIMIT = 20_000  # code points of a letter that are listened to


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    parts = []
    for phrase in phrases:
        words = [
            re.escape(word.rstrip("*")) + (r"\w*\W+(?:\w+\W+){0,3}?" if word.endswith("*") else r"\w*\s+")
            for word in phrase.split()
        ]
        last = re.escape(phrase.split()[-1].rstrip("*!")) + (r"\b" if phrase.endswith("!") else "")
        parts.append(r"\b" + "".join(words[:-1]) + last)
    return re.compile("|".join(parts))


def _asides(brackets: list[str], lines: list[str]) -> re.Pattern[str]:
    """Brackets and whole lines that begin with one of these words; a line's word is followed by a colon or a dash."""
    opened, begun = ("|".join(word.replace(" ", r"\s+") for word in words) for words in (brackets, lines))
    return re.compile(
        rf"\([ \t]*(?:{opened})\b[^()\n]{{0,300}}\)|^[ \t]*(?:>[> \t]*)?[-–—•*]?[ \t]*(?:{begun})[ \t]*[:—–-].*$",
        re.IGNORECASE | re.MULTILINE,
    )


@dataclass(frozen=True, slots=True)
class Phrases:
    """The compiled phrases; each question takes the sender's own text."""

    request: re.Pattern[str]
    correction: re.Pattern[str]
    confirmation: re.Pattern[str]
    announcement: re.Pattern[str]
    question: re.Pattern[str]
    acceptance: re.Pattern[str]
    mention_before: re.Pattern[str]
    mention_after: re.Pattern[str]
    authority: re.Pattern[str]
    tasked_before: re.Pattern[str]
    tasked_after: re.Pattern[str]
    former_before: re.Pattern[str]
    former_after: re.Pattern[str]
    stale_before: re.Pattern[str]
    stale_after: re.Pattern[str]
    common: re.Pattern[str]
    several: re.Pattern[str]
    same_place: re.Pattern[str]
    blanks_begin: re.Pattern[str]
    blanks_end: re.Pattern[str]
    on_behalf: re.Pattern[str]
    same_admin: re.Pattern[str]
    aside: re.Pattern[str]

    @classmethod
    def load(cls, path: Path) -> "Phrases":
        """Read `phrases.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        keys = (
            *("requests", "corrects", "confirms", "announces", "questions", "accepts"),
            *("mentioned_before", "mentioned_after", "authorities"),
            *(
                "tasked_before",
                "tasked_after",
                "former_before",
                "former_after",
                "stale_before",
                "stale_after",
                "for_all",
                "several",
                "same_place",
            ),
            *("blanks_begin", "blanks_end", "on_behalf", "same_admin"),
        )
        heard = [_pattern(table[key]) for key in keys]
        heard.append(_asides(table["aside_brackets"], table["aside_lines"]))
        return cls(*heard)

    def without_asides(self, text: str) -> str:
        """The text with samples and former names shown as spaces, so that nobody finds a value there."""
        if self.aside.search(text) is None:
            return text
        return self.aside.sub(lambda hit: re.sub(r"[^\n]", " ", hit.group()), text)

    def for_all(self, text: str) -> bool:
        """Whether it says that something holds for all the organisations of a letter."""
        return self.common.search(fold(text)) is not None

    def speaks_of_several(self, text: str) -> bool:
        """Whether it speaks of several organisations of the writer's."""
        plain = fold(text[:_LIMIT])
        return self.several.search(plain) is not None or self.common.search(plain) is not None

    def is_same_place(self, text: str) -> bool:
        """Whether it says that something lies where the one before it does."""
        return self.same_place.search(fold(text)) is not None

    def is_same_admin(self, text: str) -> bool:
        """Whether it says that somebody is the administrator whom the one before has."""
        return self.same_admin.search(fold(text)) is not None

    def requests(self, text: str) -> bool:
        """Whether it asks for the registration of an organisation."""
        return self.request.search(fold(text[:_LIMIT])) is not None

    def corrects(self, text: str) -> bool:
        """Whether it says that something earlier was wrong or incomplete."""
        return self.correction.search(fold(text[:_LIMIT])) is not None

    def confirms(self, text: str) -> bool:
        """Whether it confirms what is quoted below it."""
        return self.confirmation.search(fold(text[:_LIMIT])) is not None

    def announces(self, text: str) -> bool:
        """Whether it points to an attached file."""
        return self.announcement.search(fold(text[:_LIMIT])) is not None

    def accepts(self, text: str) -> bool:
        """Whether a short answer accepts what we offered: «да», «почта та же, с которой пишу»."""
        plain = fold(text).strip()
        return len(plain) < _SHORT_ANSWER and self.acceptance.search(plain) is not None

    def is_question(self, sentence: str) -> bool:
        """Whether a sentence that ends in a question mark asks something of us."""
        return self.question.search(fold(sentence)) is not None
