"""Which article answers a question: weighted phrases per article, data in `articles.toml`.

An article is offered only when it clearly fits; a fault or a complaint gets none, because a person must look. Pure once
loaded; the articles themselves are texts under `templates/articles/` and no business of the rules.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.errors import SettingsError
from rules.judgement import Topic
from rules.kinds.phrases import Phrases, Words, plain

MOST = 2  # articles in one reply
_FITS = 4  # weight from which an article fits
_NEAR = 2  # how far behind the best one a second may be …
_CLEAR = 6  # … unless it fits clearly by itself


@dataclass(frozen=True, slots=True)
class ArticleRule:
    """One article: its name, its topic, what speaks for it. `general`: for whoever asks how the whole thing is done.
    `mends`: it answers a fault («код не приходит»), so that words of trouble do not speak against it.
    """

    name: str
    topic: Topic
    cues: Phrases
    general: bool = False
    mends: bool = False


@dataclass(frozen=True, slots=True)
class ArticleBook:
    """All articles with their cues. `how`: words of a question how something is done; `against`: words of faults,
    complaints and demands, which no article answers.
    """

    rules: tuple[ArticleRule, ...]
    how: Phrases
    against: Phrases

    @classmethod
    def load(cls, path: Path) -> "ArticleBook":
        """Read the data file. Raises `SettingsError` naming the file and what is wrong or missing in it."""
        try:
            return cls.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{path}: the articles' cues cannot be read: {error!r}"
            raise SettingsError(msg) from error

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "ArticleBook":
        """The book as it stands in the data file."""
        rules = tuple(_rule(name, one) for name, one in table["article"].items())
        return cls(rules, Phrases.from_toml(table["how"]), Phrases.from_toml(table["against"]))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all articles."""
        return tuple(one.name for one in self.rules)

    def fitting(self, text: str, topic: Topic) -> tuple[str, ...]:
        """The names of at most two articles that answer a question of this topic, best first; () if none clearly does.

        `text` is the sender's own text, with the subject before it where it says something.
        """
        words = plain(text)
        trouble = self.against.weigh(words)
        ranked = sorted(
            ((_score(one, words, trouble), -place, one) for place, one in enumerate(self.rules) if one.topic is topic),
            key=lambda scored: scored[:2],
            reverse=True,
        )
        special = [(score, one.name) for score, _, one in ranked if score >= _FITS and not one.general]
        if special:
            return tuple(name for score, name in special if score >= min(_CLEAR, special[0][0] - _NEAR))[:MOST]
        if trouble:
            return ()
        how = self.how.weigh(words)
        return tuple(one.name for score, _, one in ranked if one.general and score and score + how >= _FITS)[:1]


def _rule(name: str, table: Mapping[str, Any]) -> ArticleRule:
    return ArticleRule(
        name=name,
        topic=Topic(table["topic"]),
        cues=Phrases.from_toml(table["cues"]),
        general=bool(table.get("general", False)),
        mends=bool(table.get("mends", False)),
    )


def _score(rule: ArticleRule, words: Words, trouble: int) -> int:
    return rule.cues.weigh(words) - (0 if rule.mends else trouble)
