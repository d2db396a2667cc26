"""What is heard in one message before any question is asked: its words in one spelling, beside the phrases.

Made once a message, so that each question costs little. Knows no verdicts.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from rules.judgement import Topic
from rules.kinds.phrases import LIMIT, Phrases, Words, plain
from rules.kinds.topics import Topics, Weighed
from rules.message import Message, Part, Zone
from rules.subjects import Match, SubjectRule, is_registration, strip_prefixes
from rules.twins import TwinWords

_CLEAR = 3  # points that make a wish clear, and by which talk of an own account must lead


@dataclass(frozen=True, slots=True)
class KindPhrases:
    """All groups of phrases of `kinds.toml`; what each is for is said there."""

    machine_locals: Phrases
    daemon_locals: Phrases
    machine_names: Phrases
    bounce_subjects: Phrases
    bounce_texts: Phrases
    delay_texts: Phrases
    auto_subjects_sure: Phrases
    auto_subjects: Phrases
    auto_mailers: Phrases
    receipt_subjects: Phrases
    calendar_subjects: Phrases
    absence: Phrases
    machine_texts: Phrases
    unsubscribe: Phrases
    advertising: Phrases
    to_a_school: Phrases
    to_us: Phrases
    own_account: Phrases
    for_organization: Phrases
    engaged: Phrases
    where_is_it: Phrases
    earlier_one: Phrases
    withdraws: Phrases
    resends: Phrases
    asks: Phrases
    thanks: Phrases
    but: Phrases
    common: Phrases

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> "KindPhrases":
        """The groups as they stand in the data file."""
        return cls(**{one.name: Phrases.from_toml(table[one.name]) for one in fields(cls)})


def load(path: Path) -> KindPhrases:
    """Read `kinds.toml`."""
    return KindPhrases.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))


class Articles(Protocol):
    """What judging asks of the articles."""

    def fitting(self, text: str, topic: Topic) -> tuple[str, ...]:
        """The names of the articles that answer a letter, best first; none when none fits clearly."""


class Book(Protocol):
    """The rule data that judging needs."""

    @property
    def subject(self) -> SubjectRule:
        """The subject rule (`subject.toml`)."""

    @property
    def kinds(self) -> KindPhrases:
        """The phrases of the kinds of message (`kinds.toml`)."""

    @property
    def topics(self) -> Topics:
        """The topics of questions (`topics.toml`)."""

    @property
    def twins(self) -> TwinWords:
        """How names of organisations are compared (`twins.toml`)."""

    @property
    def articles(self) -> Articles:
        """The articles that answer questions (`articles.toml`)."""


@dataclass(frozen=True)
class Heard:
    """One message's words.

    `raw` is the sender's own text as written, `own` the same in plain words, `signature` what stands under it,
    `subject` and `bare_subject` the subject in plain words, with and without «Re:». `text` is subject and own text
    together. `headers` are the names of the headers that are there.
    """

    raw: str
    own: Words
    signature: Words
    subject: Words
    bare_subject: Words
    text: Words
    headers: frozenset[str]
    match: Match
    book: Book

    @property
    def phrases(self) -> KindPhrases:
        """The phrases to listen for."""
        return self.book.kinds

    @cached_property
    def topic(self) -> Weighed:
        """What the letter speaks of, if it is a question."""
        return self.book.topics.weigh(self.text, self.signature, for_oneself=self.for_oneself)

    @cached_property
    def for_oneself(self) -> bool:
        """A pupil, parent or teacher who wants an account of his own, whatever form he pasted."""
        own = self.phrases.own_account.weigh(self.text)
        return own >= _CLEAR and own - self.phrases.for_organization.weigh(self.own) >= _CLEAR

    @property
    def answers(self) -> bool:
        """Whether the subject says that it answers or forwards."""
        return self.subject.text != self.bare_subject.text

    @cached_property
    def asking(self) -> bool:
        """Whether the sender asks something: a question mark, or words that ask."""
        return "?" in self.raw or bool(self.phrases.asks.first(self.own))


def listen(message: Message, book: Book) -> Heard:
    """The words of one message; never raises, whatever the text."""
    raw, signature = _voices(message)
    bare = plain(strip_prefixes(message.subject[:LIMIT], book.subject))
    own = plain(raw)
    return Heard(
        raw=raw,
        own=own,
        signature=plain(signature),
        subject=plain(message.subject),
        bare_subject=bare,
        text=bare.then(own),
        headers=frozenset([name for name, _ in message.headers]),
        match=is_registration(message.subject, book.subject),
        book=book,
    )


def _voices(message: Message) -> tuple[str, str]:
    """The sender's own text and signature; the whole text where no voice is the sender's own (a mere forward)."""
    parts = [part for part in message.read_parts() if not part.name.startswith("attachment:")]
    own = "\n".join(_stretches(part, Zone.OWN) for part in parts).strip()
    signature = "\n".join(_stretches(part, Zone.SIGNATURE) for part in parts)
    if not own:
        own = "\n".join(part.text[:LIMIT] for part in parts)
    return own[:LIMIT], signature[:LIMIT]


def _stretches(part: Part, zone: Zone) -> str:
    if not part.stretches:
        return part.text[:LIMIT] if zone is Zone.OWN else ""
    return "".join(part.text[one.start : min(one.end, one.start + LIMIT)] for one in part.stretches if one.zone is zone)
