"""Raw messages and what was made of them: keep, mark, hand out, set aside. Never reads one (that is parsing).

The same (mailbox, folder, UIDVALIDITY, UID) is one row. The same message under another of these (a folder begun anew,
a letter copied elsewhere or delivered to two mailboxes) is recorded as `duplicate` and never taken in; what makes two
messages one is `rules.fingerprint`. What lies in a Sent folder is compared with its like only: a letter that somebody of
ours writes to ourselves must arrive too. Copies of our own replies there are not kept at all.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, false, func, or_, select, text, update

from rules.fingerprint import fingerprint
from rules.judgement import Kind, Topic
from store import codec, tables
from store.records import Bookmark, FailedMessage, KeptBatch, KeptMessage, MessageRecord, RawMessage, RawState
from store.upsert import Insert, insert_into, insert_new

_raw, _body, _message = tables.raw_message.c, tables.raw_body.c, tables.message.c
_SENT = "sent:"  # before the fingerprint of what lies in a Sent folder
_KEEP_LOCK = 7_301_227  # PostgreSQL advisory lock: two folders must not both find the same bytes new
_Place = tuple[str, str, int, int]

_LOAD = (
    select(
        *(
            _raw.id,
            _raw.mailbox,
            _raw.folder,
            _raw.uid,
            _raw.received_at,
            _raw.size,
            _raw.oversized,
            _raw.state,
            _raw.tries,
            _raw.fingerprint,
        ),
        _body.content,
    )
    .join(tables.raw_body, _body.raw_id == func.coalesce(_raw.duplicate_of, _raw.id), isouter=True)
    .where(_raw.id == bindparam("the_id"))
)

_OPEN = (_raw.id == bindparam("the_id")) & _raw.state.in_((RawState.KEPT.value, RawState.FAILED.value))
_CLOSE = update(tables.raw_message).where(_OPEN).values(state=RawState.DONE.value).returning(_raw.tries)

_FIRST_WITH = (
    select(_raw.fingerprint, func.min(_raw.id))
    .where(_raw.fingerprint.in_(bindparam("prints", expanding=True)), _raw.state != RawState.DUPLICATE.value)
    .group_by(_raw.fingerprint)
)

_MESSAGE_ID = re.compile(rb"^message-id:\s*<?([^>\s]{1,998})", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_HEAD = (
    65_536  # bytes in which a Message-ID is looked for; only a shortcut for `has`, so missing one is no harm
)


class Messages:
    """The repository of messages, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, batch: Sequence[RawMessage], bookmark: Bookmark) -> KeptBatch:
        """Keep a batch and move the folder's bookmark, in one commit; keeping the same twice is keeping it once."""
        whole, batch = batch, self._without_our_copies(batch)
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _KEEP_LOCK})
        rows = [_raw_row(one) for one in batch]
        first = self._first_with([row["fingerprint"] for row, one in zip(rows, batch, strict=True) if one.content])
        fresh: list[tuple[dict[str, Any], RawMessage]] = []
        again: list[tuple[dict[str, Any], RawMessage]] = []
        seen: set[str] = set()
        for row, one in zip(rows, batch, strict=True):
            print_ = row["fingerprint"]
            (again if one.content and (print_ in first or print_ in seen) else fresh).append((row, one))
            seen.add(print_)
        new = self._insert([row for row, _ in fresh])
        bodies = [{"raw_id": new[_place(one)], "content": one.content} for _, one in fresh if _place(one) in new]
        if bodies:
            self._connection.execute(tables.raw_body.insert(), bodies)
        duplicates = self._keep_again(again, first) if again else 0
        move_bookmark(self._connection, bookmark)
        return KeptBatch(len(bodies), duplicates, len(whole) - len(bodies) - duplicates)

    def _without_our_copies(self, batch: Sequence[RawMessage]) -> Sequence[RawMessage]:
        """The batch without the copies of our own replies that lie in a Sent folder."""
        ids = {one.uid: _message_id(one.content).lower() for one in batch if one.sent}
        if not ids:
            return batch
        found = select(tables.reply.c.message_id).where(tables.reply.c.message_id.in_(sorted(set(ids.values()) - {""})))
        ours = set(self._connection.execute(found).scalars())
        return [one for one in batch if ids.get(one.uid) not in ours]

    def _keep_again(self, again: list[tuple[dict[str, Any], RawMessage]], first: dict[str, int]) -> int:
        """Rows for messages that are kept already; those of this very batch have their first row by now."""
        first = first | self._first_with([row["fingerprint"] for row, _ in again if row["fingerprint"] not in first])
        rows = []
        for row, _ in again:
            original = first.get(row["fingerprint"])
            rows.append(row | {"state": RawState.DUPLICATE.value, "duplicate_of": original})
        return len(self._insert(rows))

    def _first_with(self, prints: list[str]) -> dict[str, int]:
        if not prints:
            return {}
        found = self._connection.execute(_FIRST_WITH, {"prints": prints})
        return {print_: row for print_, row in found}  # noqa: C416 - rows are no pairs to the type checker

    def _insert(self, rows: list[dict[str, Any]]) -> dict[_Place, int]:
        """Insert what is not there yet; the numbers of the new rows by their place."""
        if not rows:
            return {}
        place = ("mailbox", "folder", "uid_validity", "uid")
        statement = insert_new(self._connection.dialect.name, tables.raw_message, "id", *place)
        done = self._connection.execute(statement, rows)
        return {(row.mailbox, row.folder, row.uid_validity, row.uid): row.id for row in done}

    def unmarked(self, mailbox: str, folder: str, uid_validity: int, limit: int) -> list[tuple[int, int]]:
        """(row, UID) of kept messages of that folder that the server was not told about yet, oldest first."""
        found = self._connection.execute(
            select(_raw.id, _raw.uid)
            .where(
                _raw.mailbox == mailbox,
                _raw.folder == folder,
                _raw.uid_validity == uid_validity,
                _raw.marked == false(),
            )
            .order_by(_raw.uid)
            .limit(limit)
        )
        return [(row.id, row.uid) for row in found]

    def mark(self, ids: Iterable[int]) -> None:
        """The server has marked or moved these."""
        self._connection.execute(update(tables.raw_message).where(_raw.id.in_(list(ids))).values(marked=True))

    def next_kept(self, limit: int, now: datetime, *, failed_too: bool = False) -> list[int]:
        """Messages to take in, oldest first; with `failed_too` also those set aside whose retry is due."""
        wanted = _raw.state == RawState.KEPT.value
        if failed_too:
            wanted = or_(wanted, (_raw.state == RawState.FAILED.value) & (_raw.not_before <= now))
        return list(self._connection.execute(select(_raw.id).where(wanted).order_by(_raw.id).limit(limit)).scalars())

    def load(self, raw_id: int) -> KeptMessage:
        """One message with its bytes (a duplicate's are the original's). Raises `LookupError` if there is none."""
        row = self._connection.execute(_LOAD, {"the_id": raw_id}).first()
        if row is None:
            msg = f"there is no kept message {raw_id}"
            raise LookupError(msg)
        return KeptMessage(
            id=row.id,
            mailbox=row.mailbox,
            folder=row.folder,
            uid=row.uid,
            received_at=row.received_at,
            size=row.size,
            content=row.content or b"",
            oversized=row.oversized,
            state=RawState(row.state),
            tries=row.tries,
            sent=row.fingerprint.startswith(_SENT),
        )

    def close(self, raw_id: int) -> int | None:
        """The message is taken in. Returns how often it failed before; None if somebody else was quicker."""
        return self._connection.execute(_CLOSE, {"the_id": raw_id}).scalar()

    def set_aside(self, raw_id: int, error: str, not_before: datetime | None = None) -> bool:
        """It failed, with that traceback; retried by itself only after `not_before`. False if it is done already."""
        done = self._connection.execute(
            update(tables.raw_message)
            .where(_OPEN)
            .values(state=RawState.FAILED.value, error=error, tries=_raw.tries + 1, not_before=not_before),
            {"the_id": raw_id},
        )
        return done.rowcount == 1

    def failed(self, limit: int = 200) -> list[FailedMessage]:
        """What was set aside, newest first, with the tickets it lies under."""
        rows = self._connection.execute(
            select(tables.raw_message).where(_raw.state == RawState.FAILED.value).order_by(_raw.id.desc()).limit(limit)
        ).all()
        numbers = self._numbers_of([row.id for row in rows])
        return [
            FailedMessage(
                id=row.id,
                mailbox=row.mailbox,
                folder=row.folder,
                uid=row.uid,
                received_at=row.received_at,
                size=row.size,
                tries=row.tries,
                error=row.error,
                not_before=row.not_before,
                tickets=tuple(numbers.get(row.id, ())),
            )
            for row in rows
        ]

    def requeue(self, raw_id: int) -> bool:
        """Take a message that was set aside up again. False if it is not set aside."""
        done = self._connection.execute(
            update(tables.raw_message)
            .where(_raw.id == raw_id, _raw.state == RawState.FAILED.value)
            .values(state=RawState.KEPT.value, not_before=None)
        )
        return done.rowcount == 1

    def count_by_state(self) -> dict[RawState, int]:
        """How many raw messages are in each state."""
        found = self._connection.execute(select(_raw.state, func.count()).group_by(_raw.state)).all()
        counts = {row[0]: row[1] for row in found}
        return {state: counts.get(state.value, 0) for state in RawState}

    def has(self, message_id: str) -> bool:
        """Whether a message of that Message-ID (without angle brackets) is kept, taken in or not."""
        found = select(_raw.id).where(_raw.message_id == message_id).limit(1)
        return bool(message_id) and self._connection.execute(found).first() is not None

    def found(self, message_id: str) -> int | None:
        """The row of the message with that Message-ID (without angle brackets); None if none is kept."""
        first = select(func.min(_raw.id)).where(_raw.message_id == message_id, _raw.state != RawState.DUPLICATE.value)
        return self._connection.execute(first).scalar() if message_id else None

    def fate(self, raw_id: int) -> tuple[RawState, tuple[str, ...]] | None:
        """How far a message has come, and the numbers of its tickets; None if there is none."""
        state = self._connection.execute(select(_raw.state).where(_raw.id == raw_id)).scalar()
        return None if state is None else (RawState(state), tuple(self._numbers_of([raw_id]).get(raw_id, ())))

    def count_from(self, mailbox: str, address: str, since: datetime) -> int:
        """How many messages of that sender were taken in from a mailbox since a moment."""
        return int(
            self._connection.execute(
                select(func.count())
                .select_from(tables.message)
                .join(tables.raw_message, _raw.id == _message.raw_id)
                .where(
                    _raw.mailbox == mailbox,
                    _raw.received_at > since,
                    func.lower(_message.from_address) == address.strip().lower(),
                )
            ).scalar_one()
        )

    def kept_with(self, message_ids: Sequence[str]) -> list[int]:
        """Letters to us of these Message-IDs (without angle brackets) that are still to be taken in, oldest first."""
        found = select(_raw.id).where(_raw.message_id.in_(list(message_ids)), _raw.state == RawState.KEPT.value)
        found = found.where(_raw.fingerprint.not_like(f"{_SENT}%"))
        return list(self._connection.execute(found.order_by(_raw.id)).scalars()) if message_ids else []

    def already_ours(self, message_id: str) -> bool:
        """Whether that Message-ID (without angle brackets) is one of our own replies'."""
        found = select(tables.reply.c.id).where(tables.reply.c.message_id == message_id.lower())
        return bool(message_id) and self._connection.execute(found).first() is not None

    def without_ticket(self, limit: int, offset: int = 0) -> list[MessageRecord]:
        """Messages that lie under no ticket (advertising, machines, our own), newest first."""
        rows = self._connection.execute(
            _without_ticket(select(tables.message)).order_by(_message.id.desc()).limit(limit).offset(offset)
        )
        return [message_record(row) for row in rows]

    def count_without_ticket(self) -> int:
        """How many messages lie under no ticket."""
        return int(
            self._connection.execute(_without_ticket(select(func.count()).select_from(tables.message))).scalar_one()
        )

    def _numbers_of(self, raw_ids: list[int]) -> dict[int, list[str]]:
        if not raw_ids:
            return {}
        found = self._connection.execute(
            select(_message.raw_id, tables.ticket.c.number)
            .join(tables.ticket_message, tables.ticket_message.c.message_id == _message.id)
            .join(tables.ticket, tables.ticket.c.id == tables.ticket_message.c.ticket_id)
            .where(_message.raw_id.in_(raw_ids))
            .order_by(tables.ticket.c.id)
        )
        numbers: dict[int, list[str]] = {}
        for raw_id, number in found:
            numbers.setdefault(raw_id, []).append(number)
        return numbers


def move_bookmark(connection: Connection, bookmark: Bookmark) -> None:
    """Write a bookmark; within one UIDVALIDITY it only moves forward, whoever comes late."""
    connection.execute(
        _move_bookmark(connection.dialect.name),
        {
            "mailbox": bookmark.mailbox,
            "folder": bookmark.folder,
            "uid_validity": bookmark.uid_validity,
            "last_uid": bookmark.last_uid,
            "since": bookmark.since,
        },
    )


@cache
def _move_bookmark(dialect: str) -> Insert:
    table = tables.bookmark
    statement = insert_into(dialect, table)
    new = statement.excluded
    ahead = (table.c.uid_validity == new.uid_validity) & (table.c.last_uid > new.last_uid)
    return statement.on_conflict_do_update(
        index_elements=[table.c.mailbox, table.c.folder],
        set_={
            "uid_validity": new.uid_validity,
            "last_uid": case((ahead, table.c.last_uid), else_=new.last_uid),
            "since": new.since,
        },
    )


def message_record(row: Row[Any]) -> MessageRecord:
    """A row of the table `message` as a value."""
    return MessageRecord(
        id=row.id,
        raw_id=row.raw_id,
        message_id=row.message_id,
        from_address=row.from_address,
        from_name=row.from_name,
        subject=row.subject,
        kind=Kind(row.kind),
        topic=Topic(row.topic) if row.topic else None,
        because=codec.words_from_json(row.because),
        silence=row.silence,
        defects=codec.words_from_json(row.defects),
        received_at=row.received_at,
        taken_in_at=row.taken_in_at,
    )


def _without_ticket(statement: Select[Any]) -> Select[Any]:
    linked = select(tables.ticket_message.c.message_id).where(tables.ticket_message.c.message_id == _message.id)
    return statement.where(~linked.exists())


def _place(one: RawMessage) -> _Place:
    return (one.mailbox, one.folder, one.uid_validity, one.uid)


def _raw_row(one: RawMessage) -> dict[str, Any]:
    return {
        "mailbox": one.mailbox,
        "folder": one.folder,
        "uid_validity": one.uid_validity,
        "uid": one.uid,
        "received_at": one.received_at,
        "kept_at": one.kept_at,
        "size": one.size,
        "message_id": _message_id(one.content),
        "fingerprint": f"{_SENT if one.sent else ''}{fingerprint(one.content)}",
        "oversized": one.oversized,
        "marked": False,
        "state": RawState.KEPT.value,
        "tries": 0,
        "not_before": None,
        "error": "",
        "duplicate_of": None,
    }


def _message_id(content: bytes) -> str:
    """The Message-ID as it stands in the head, without angle brackets; "" if none is found at first glance."""
    end = _HEAD_END.search(content, 0, _LONGEST_HEAD)
    found = _MESSAGE_ID.search(content, 0, end.start() if end else _LONGEST_HEAD)
    return found.group(1).decode("utf-8", "replace") if found else ""
