"""What a question is about: weighted phrases per topic, data in `topics.toml`.

The topic is certain only when it is clearly ahead; an uncertain one goes to an agent. Pure.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from rules.judgement import Topic
from rules.kinds.phrases import Phrases, Words

_CERTAIN = 4  # weight that makes a topic certain …
_ORDER = (Topic.TEACHER_STUDENT, Topic.PARENT, Topic.ORGANIZATION, Topic.OTHER)  # ties go to the first
_AHEAD = 2  # … when it leads by this much


@dataclass(frozen=True, slots=True)
class Topics:
    """The phrases of each topic, in the order in which ties are settled; `account`: those of any account of one's own."""

    groups: tuple[tuple[Topic, Phrases], ...]
    account: Phrases

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "Topics":
        """The topics as they stand in the data file."""
        groups = tuple((topic, Phrases.from_toml(table[topic])) for topic in _ORDER)
        return cls(groups, Phrases.from_toml(table["account"]))

    def weigh(self, text: Words, signature: Words, *, for_oneself: bool = False) -> "Weighed":
        """The topic that a plain text speaks of most; a signature counts half.

        `for_oneself`: the writer wants an account of his own, so that the words of a form he pasted do not count.
        """
        scores = {topic: phrases.weigh(text) + phrases.weigh(signature) // 2 for topic, phrases in self.groups}
        whose = Topic.PARENT if scores[Topic.PARENT] > scores[Topic.TEACHER_STUDENT] else Topic.TEACHER_STUDENT
        scores[whose] += self.account.weigh(text)
        if for_oneself:
            del scores[Topic.ORGANIZATION]
        ranked = sorted(scores.items(), key=itemgetter(1), reverse=True)  # stable: ties keep the order of the topics
        (topic, best), (_, second) = ranked[0], ranked[1]
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
