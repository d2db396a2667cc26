"""Is there anything to read at all? What cannot be made out is shown to an agent, never dropped."""

from rules.application import Reading
from rules.judgement import Facts, Kind, Verdict
from rules.kinds.heard import Heard
from rules.message import Message


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """A message without text or header that could be read, or one kept by its headers only."""
    if facts.oversized:
        return Verdict(Kind.UNREADABLE, "too large: kept by its headers only")
    return Verdict(Kind.UNREADABLE, "neither a text nor a header could be read") if message.unreadable else None
