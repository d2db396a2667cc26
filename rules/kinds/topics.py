"""What a question is about: weighted phrases per topic, data in `topics.toml`.

The topic is certain only when it is clearly ahead; an uncertain one goes to an agent. Pure.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.judgement import Topic
from rules.kinds.phrases import Phrases, Words

_CERTAIN = 4  # weight that makes a topic certain …
_AHEAD = 2  # … when it leads by this much


@dataclass(frozen=True, slots=True)
class Topics:
    """The phrases of each topic, in the order in which ties are settled."""

    groups: tuple[tuple[Topic, Phrases], ...]

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "Topics":
        """The topics as they stand in the data file."""
        return cls(tuple((Topic(name), Phrases.from_toml(phrases)) for name, phrases in table.items()))

    def weigh(self, text: Words, signature: Words) -> "Weighed":
        """The topic that a plain text speaks of most; a signature counts half."""
        scores = [
            (phrases.weigh(text) + phrases.weigh(signature) // 2, -place, topic)
            for place, (topic, phrases) in enumerate(self.groups)
        ]
        ranked = sorted(scores, reverse=True)
        (best, _, topic), second = ranked[0], ranked[1][0]
        if best == 0:
            return Weighed(Topic.OTHER, 0, certain=False)
        return Weighed(topic, best, certain=best >= _CERTAIN and best - second >= _AHEAD)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A topic, how much speaks for it, and whether it is clearly ahead."""

    topic: Topic
    score: int
    certain: bool


def load(path: Path) -> Topics:
    """Read `topics.toml`."""
    return Topics.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))
