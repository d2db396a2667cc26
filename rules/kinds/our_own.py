"""Is it our own mail coming back? Only our Message-ID says so; anybody can write our address into From."""

from rules.application import Reading
from rules.judgement import Facts, Kind, Verdict
from rules.kinds.heard import Heard
from rules.message import Message


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """Our own reply, returned by a forwarding rule or a copy: recorded like an automatic reply."""
    return Verdict(Kind.AUTO_REPLY, "our own Message-ID") if facts.ours else None
