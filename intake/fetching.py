"""Getting every message out of a folder, whatever the server does over one of them.

One letter that a server cannot read must neither stop the others nor be taken for gone, and a server that can read
nothing must not make a hundred letters unreadable: that is decided here, by asking again, alone, and by comparing.
Speaks to the server through four questions and knows no library.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Protocol

from intake.batches import BATCH_BYTES, Listed, batches, chunks, utc

CONTROL_MESSAGES = 3

Answers = Mapping[int, Mapping[bytes, Any]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message as the server holds it.

    `received_at` is the INTERNALDATE in UTC, `UNKNOWN_TIME` if the server gave none that can be read. `oversized`: `raw`
    is the header section only. `raw` is empty when the server has the message but twice refused its text.
    """

    uid: int
    received_at: datetime
    size: int
    raw: bytes
    oversized: bool


class Server(Protocol):
    """What is asked of the server; every question may raise `MailboxUnreachable`."""

    def ask(self, uids: list[int], *items: str) -> Answers | None:
        """FETCH: what the server gives, None if it refuses."""

    def find(self, *criteria: object) -> list[int]:
        """SEARCH: the UIDs found."""

    def noop(self) -> None:
        """NOOP: lets the server say what has changed."""

    def give_up(self, what: str) -> NoReturn:
        """Raise `MailboxUnreachable` for a server that answers and yet serves nothing."""


def listed(server: Server, uids: Sequence[int], max_bytes: int = 0) -> list[Listed]:
    """Arrival and size of the messages that there are, ascending. `max_bytes` 0: nothing is oversized."""
    # a server may have to open the letter for its size, but never for its arrival
    answers = server.ask(list(uids), "INTERNALDATE", "RFC822.SIZE")
    if answers is None:
        answers = server.ask(list(uids), "INTERNALDATE")
    if answers is None:
        server.give_up("refuses to list its messages")
    found = set(answers)
    found.update(_still_there(server, [uid for uid in uids if uid not in answers]))
    return [_row(uid, answers.get(uid, {}), max_bytes) for uid in sorted(found)]


def messages(server: Server, uids: Iterable[int], max_bytes: int) -> Iterator[list[Fetched]]:
    """The messages ascending, in batches; see `intake.mailbox.Connection.fetch`."""
    for chunk in chunks(uids):
        for batch in batches(listed(server, chunk, max_bytes)):
            if found := _batch(server, batch, max_bytes):
                yield found


def _row(uid: int, answer: Mapping[bytes, Any], max_bytes: int) -> Listed:
    size = answer.get(b"RFC822.SIZE")
    if not isinstance(size, int):
        size, max_bytes = BATCH_BYTES, 0  # of unknown size it travels alone
    return Listed(uid, utc(answer.get(b"INTERNALDATE")), size, size > max_bytes > 0)


def _still_there(server: Server, uids: Sequence[int]) -> set[int]:
    """Those that the server knows of, though it said nothing about them."""
    if not uids:
        return set()
    server.noop()
    return set(server.find("UID", ",".join(map(str, uids)))) & set(uids)


def _batch(server: Server, batch: Sequence[Listed], max_bytes: int) -> list[Fetched]:
    raws = _texts(server, batch)
    for one in [one for one in batch if one.uid not in raws]:
        raws |= _texts(server, [one]) or _given_up(server, one, proved=bool(raws))
    return [_fetched(one, raws[one.uid], max_bytes) for one in batch if one.uid in raws]


def _fetched(one: Listed, raw: bytes, max_bytes: int) -> Fetched:
    if one.oversized or len(raw) <= max_bytes:
        return Fetched(one.uid, one.received_at, one.size, raw, one.oversized)
    head, _, _ = raw.partition(b"\r\n\r\n")  # the server had told no size, or a wrong one
    return Fetched(one.uid, one.received_at, len(raw), head[:max_bytes] + b"\r\n\r\n", oversized=True)


def _given_up(server: Server, refused: Listed, *, proved: bool) -> dict[int, bytes]:
    """An empty text for a message that was refused twice; nothing if it is gone.

    Not before the server has served another one: else its disk is ill, not the message.
    """
    if not _still_there(server, [refused.uid]):
        return {}
    others = [] if proved else server.find("NOT", "UID", str(refused.uid))[-CONTROL_MESSAGES:]
    if not proved and not any(_section(server, [uid], "HEADER") for uid in others):
        server.give_up(f"gives out no message at all, not only number {refused.uid}")
    return {refused.uid: b""}


def _texts(server: Server, batch: Sequence[Listed]) -> dict[int, bytes]:
    whole = [one.uid for one in batch if not one.oversized]
    heads = [one.uid for one in batch if one.oversized]
    return _section(server, whole, "") | _section(server, heads, "HEADER")


def _section(server: Server, uids: list[int], section: str) -> dict[int, bytes]:
    answers = server.ask(uids, f"BODY.PEEK[{section}]") if uids else None
    key = f"BODY[{section}]".encode()
    return {uid: one[key] for uid, one in (answers or {}).items() if isinstance(one.get(key), bytes)}
