"""Answer addresses of a thread's own («info+TAG@…»): they find the thread when all Message-IDs are lost (domain.md §6).

The tag is signed like a Message-ID. Written into replies only when switched on and proved to arrive; understood always,
as answers to old replies may still come. Looks nothing up and sends nothing.
"""

import re
import secrets
from collections.abc import Callable, Collection, Iterator

from intake.tokens import Tokens
from rules.judgement import NoticeKind
from rules.message import Message
from store.records import ReplyRecord

LONGEST_LOCAL = 64  # octets before the @ (RFC 5321 §4.5.3.1.1)
MOST = 100  # addresses of one letter that are looked at
TOLD_BY_SERVERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
PROBE = "probe-"  # how the thread key of a probe begins; that of a thread never does
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,300}@[^\s@<>()\[\],;:\"\\]{1,255}")


def address(tokens: Tokens, thread_key: str, desk_address: str) -> str:
    """The thread's own form of the desk's address; "" if it would be longer than an address may be."""
    local, _, domain = desk_address.strip().rpartition("@")
    whole = f"{local}+{tokens.tag(thread_key)}"
    return f"{whole}@{domain}" if local and len(whole.encode()) <= LONGEST_LOCAL else ""


def thread_keys(tokens: Tokens, message: Message, ours: Collection[str]) -> tuple[str, ...]:
    """The threads that a letter was addressed to, each once. `ours`: our addresses, case folded."""
    found = (tokens.thread_of_tag(tag) for tag in _tags(message, ours))
    return tuple(dict.fromkeys(key for key in found if key is not None))


def is_our_own(tokens: Tokens, message: Message, ours: Collection[str]) -> bool:
    """Whether we wrote it: a Message-ID that only we can make, or a probe."""
    if tokens.thread_key_of(message.message_id) is not None:
        return True
    return any(key.startswith(PROBE) for key in thread_keys(tokens, message, ours))


def probe_key() -> str:
    """The key of a new probe; there is no such thread."""
    return f"{PROBE}{secrets.token_hex(4)}"


def answers_to(tokens: Tokens, desk_address: str) -> Callable[[ReplyRecord], str]:
    """Where answers to a reply go: to its thread's own address; "" for a notice, which has no thread."""

    def of(reply: ReplyRecord) -> str:
        key = None if isinstance(reply.kind, NoticeKind) else tokens.thread_key_of(reply.message_id)
        return "" if key is None else address(tokens, key, desk_address)

    return of


def _tags(message: Message, ours: Collection[str]) -> Iterator[str]:
    told = (hit for name in TOLD_BY_SERVERS for value in message.header_all(name) for hit in _ADDRESS.findall(value))
    written = (one.key for one in (*message.to, *message.cc))
    for key in list(dict.fromkeys((*written, *(one.casefold() for one in told))))[:MOST]:
        local, _, domain = key.rpartition("@")
        base, plus, tag = local.rpartition("+")
        if plus and f"{base}@{domain}" in ours:
            yield tag
