"""The tables, the only SQLModel classes. Repositories work on them through `.c`; nothing else sees them.

States are plain text with a CHECK, values of the rules are JSON text (`store.codec`), moments are aware UTC. Text that
a letter supplies is `AnyText`, or `KeyText` where it is looked up. A row is never deleted.
"""

from datetime import datetime
from typing import Any, ClassVar, cast

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from rules.ticket import State
from store.columns import AnyText, Identity, KeyText, UtcDateTime
from store.records import RawState, ReplyState

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, states: type[RawState] | type[ReplyState] | type[State]) -> CheckConstraint:
    names = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def _text(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    return Field(sa_type=AnyText, sa_column_kwargs={"server_default": ""}, **options)


def _key(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    return Field(sa_type=KeyText, **options)


def _moment(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    return Field(sa_type=UtcDateTime, **options)


def _number(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    return Field(sa_type=cast("Any", Identity), **options)


class Row(SQLModel):
    """What all tables share."""

    metadata: ClassVar[MetaData] = METADATA


class RawMessageRow(Row, table=True):
    """One message of one folder as the server has it; its bytes are in `raw_body`, so that scans stay light."""

    __tablename__ = "raw_message"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "uid_validity", "uid"),
        _one_of("state", RawState),
        Index("ix_raw_message_fingerprint", "fingerprint"),
        Index("ix_raw_message_message_id", "message_id"),
        Index("ix_raw_message_state_id", "state", "id"),
        Index(
            "ix_raw_message_unmarked",
            *("mailbox", "folder", "uid_validity", "uid"),
            sqlite_where=text("marked = 0"),
            postgresql_where=text("NOT marked"),
        ),
    )

    id: int | None = _number(default=None, primary_key=True)
    mailbox: str = _key()
    folder: str = _key()
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    received_at: datetime = _moment()
    kept_at: datetime = _moment()
    size: int = Field(sa_type=BigInteger)
    message_id: str = _key()
    fingerprint: str
    oversized: bool
    marked: bool
    state: str
    tries: int
    not_before: datetime | None = _moment(default=None)
    error: str = _text(default="")
    duplicate_of: int | None = _number(default=None, foreign_key="raw_message.id")


class RawBodyRow(Row, table=True):
    """The bytes of a raw message; a duplicate has none of its own."""

    __tablename__ = "raw_body"

    raw_id: int = _number(primary_key=True, foreign_key="raw_message.id")
    content: bytes = Field(sa_type=LargeBinary)


class BookmarkRow(Row, table=True):
    """How far a folder has been read."""

    __tablename__ = "bookmark"

    mailbox: str = _key(primary_key=True)
    folder: str = _key(primary_key=True)
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)
    since: datetime | None = _moment(default=None)


class MailboxStateRow(Row, table=True):
    """When a mailbox was last read and what is wrong with it."""

    __tablename__ = "mailbox_state"

    mailbox: str = _key(primary_key=True)
    last_good_look: datetime | None = _moment(default=None)
    error: str = _text(default="")
    error_since: datetime | None = _moment(default=None)
    failures: int = 0


class ThreadRow(Row, table=True):
    """One correspondence. `version` grows with every change in it: a judgement holds for one version."""

    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = _number(default=None, primary_key=True)
    key: str = _key()
    version: int
    created_at: datetime = _moment()


class MessageRow(Row, table=True):
    """A message that was taken in: what it says in its head, what it was judged to be, and why."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("raw_id"),
        Index("ix_message_thread_id", "thread_id"),
        Index("ix_message_message_id", "message_id"),
        Index("ix_message_kind_id", "kind", "id"),
    )

    id: int | None = _number(default=None, primary_key=True)
    raw_id: int = _number(foreign_key="raw_message.id")
    thread_id: int | None = _number(default=None, foreign_key="thread.id")
    message_id: str = _key()
    from_address: str = _text()
    from_name: str = _text()
    subject: str = _text()
    kind: str
    topic: str | None = None
    because: str = _text()
    silence: str = _text()
    defects: str = _text()
    received_at: datetime = _moment()
    taken_in_at: datetime = _moment()
    reading: str = _text()


class TicketRow(Row, table=True):
    """One ticket (обращение)."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("number"),
        _one_of("state", State),
        Index("ix_ticket_thread_id", "thread_id"),
        Index("ix_ticket_state_kind", "state", "kind"),
        Index("ix_ticket_opened_at", "opened_at"),
    )

    id: int | None = _number(default=None, primary_key=True)
    number: str
    thread_id: int = _number(foreign_key="thread.id")
    first_message_id: int = _number(foreign_key="message.id")
    kind: str
    topic: str | None = None
    state: str
    flags: str
    title: str = _text()
    applicant_address: str = _text()
    region_code: str
    opened_at: datetime = _moment()
    changed_at: datetime = _moment()


class TicketMessageRow(Row, table=True):
    """Which messages are about which tickets."""

    __tablename__ = "ticket_message"
    __table_args__ = (Index("ix_ticket_message_message_id", "message_id"),)

    ticket_id: int = _number(primary_key=True, foreign_key="ticket.id")
    message_id: int = _number(primary_key=True, foreign_key="message.id")


class FieldRow(Row, table=True):
    """One of the seven fields of a ticket as it is now; `message_id` is the message its source points into."""

    __tablename__ = "field"

    ticket_id: int = _number(primary_key=True, foreign_key="ticket.id")
    name: str = Field(primary_key=True)
    value: str | None = Field(default=None, sa_type=AnyText)
    code: str = _text()
    status: str
    reason: str = _text()
    written: str = _text()
    source_part: str | None = Field(default=None, sa_type=AnyText)
    source_start: int | None = None
    source_end: int | None = None
    source_zone: str | None = None
    candidates: str = _text()
    evidence: str = _text()
    message_id: int | None = _number(default=None, foreign_key="message.id")


class FieldChangeRow(Row, table=True):
    """The history of the fields; what a ticket was opened with is the first `before`."""

    __tablename__ = "field_change"
    __table_args__ = (Index("ix_field_change_ticket_id", "ticket_id"),)

    id: int | None = _number(default=None, primary_key=True)
    ticket_id: int = _number(foreign_key="ticket.id")
    name: str
    at: datetime = _moment()
    message_id: int | None = _number(default=None, foreign_key="message.id")
    by: str = _text()
    before: str = _text()
    after: str = _text()


class StateChangeRow(Row, table=True):
    """The history of the states; what a ticket was opened in is the first `before`."""

    __tablename__ = "state_change"
    __table_args__ = (Index("ix_state_change_ticket_id", "ticket_id"),)

    id: int | None = _number(default=None, primary_key=True)
    ticket_id: int = _number(foreign_key="ticket.id")
    at: datetime = _moment()
    message_id: int | None = _number(default=None, foreign_key="message.id")
    by: str = _text()
    before: str
    after: str


class ReplyRow(Row, table=True):
    """The outbox: unique by (thread, what happened, round), so that no reply is ever queued twice."""

    __tablename__ = "reply"
    __table_args__ = (
        UniqueConstraint("thread_id", "kind", "round"),
        UniqueConstraint("message_id"),
        _one_of("state", ReplyState),
        Index("ix_reply_state_not_before", "state", "not_before"),
        Index("ix_reply_sent_at", "sent_at"),
        Index("ix_reply_recipient_key_created_at", "recipient_key", "created_at"),
    )

    id: int | None = _number(default=None, primary_key=True)
    thread_id: int = _number(foreign_key="thread.id")
    kind: str
    round: int
    message_id: str = _key()
    recipient: str = _text()
    recipient_key: str = _key()
    subject: str = _text()
    text: str = _text()
    html: str = _text()
    in_reply_to: str = _text()
    references: str = _text()
    automatic: bool
    state: str
    held_because: str = _text()
    created_at: datetime = _moment()
    not_before: datetime = _moment()
    tries: int
    first_try_at: datetime | None = _moment(default=None)
    claimed_at: datetime | None = _moment(default=None)
    claimed_by: str = _text()
    sent_at: datetime | None = _moment(default=None)
    last_error: str = _text()
    last_error_at: datetime | None = _moment(default=None)
    copied: bool


class ReplyTicketRow(Row, table=True):
    """Which replies are about which tickets."""

    __tablename__ = "reply_ticket"
    __table_args__ = (Index("ix_reply_ticket_ticket_id", "ticket_id"),)

    reply_id: int = _number(primary_key=True, foreign_key="reply.id")
    ticket_id: int = _number(primary_key=True, foreign_key="ticket.id")


class TurnRow(Row, table=True):
    """One stretch in which the applicant waits for us; at most one is open for a ticket."""

    __tablename__ = "turn"
    __table_args__ = (
        Index("ix_turn_ticket_id", "ticket_id"),
        Index(
            "uq_turn_open",
            "ticket_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = _number(default=None, primary_key=True)
    ticket_id: int = _number(foreign_key="ticket.id")
    started_at: datetime = _moment()
    due_at: datetime = _moment()
    ended_at: datetime | None = _moment(default=None)
    ended_by_reply: int | None = _number(default=None, foreign_key="reply.id")
    automatic: bool | None = None


class CounterRow(Row, table=True):
    """Serial numbers given out so far, by name."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


def _table(row: type[Row]) -> Table:
    return METADATA.tables[str(row.__tablename__)]


raw_message = _table(RawMessageRow)
raw_body = _table(RawBodyRow)
bookmark = _table(BookmarkRow)
mailbox_state = _table(MailboxStateRow)
thread = _table(ThreadRow)
message = _table(MessageRow)
ticket = _table(TicketRow)
ticket_message = _table(TicketMessageRow)
field = _table(FieldRow)
field_change = _table(FieldChangeRow)
state_change = _table(StateChangeRow)
reply = _table(ReplyRow)
reply_ticket = _table(ReplyTicketRow)
turn = _table(TurnRow)
counter = _table(CounterRow)
