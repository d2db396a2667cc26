"""Letters and the threads they belong to: raw bytes, what was made of them, replies in the outbox."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text, true
from sqlmodel import Field

from store.records import RawState, ReplyState
from store.tables.row import Row, any_text, identity, key_text, later_key, moment, one_of, table_of


class RawMessageRow(Row, table=True):
    """One message of one folder as the server has it; its bytes are in `raw_body`, so that scans stay light."""

    __tablename__ = "raw_message"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "uid_validity", "uid"),
        one_of("state", RawState),
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

    id: int | None = identity(default=None, primary_key=True)
    mailbox: str = key_text()
    folder: str = key_text()
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    received_at: datetime = moment()
    kept_at: datetime = moment()
    size: int = Field(sa_type=BigInteger)
    message_id: str = key_text()
    fingerprint: str
    oversized: bool
    marked: bool
    state: str
    tries: int
    not_before: datetime | None = moment(default=None)
    error: str = any_text(default="")
    duplicate_of: int | None = identity(default=None, foreign_key="raw_message.id")


class RawBodyRow(Row, table=True):
    """The bytes of a raw message; a duplicate has none of its own."""

    __tablename__ = "raw_body"

    raw_id: int = identity(primary_key=True, foreign_key="raw_message.id")
    content: bytes = Field(sa_type=LargeBinary)


class BookmarkRow(Row, table=True):
    """How far a folder has been read."""

    __tablename__ = "bookmark"

    mailbox: str = key_text(primary_key=True)
    folder: str = key_text(primary_key=True)
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)
    since: datetime | None = moment(default=None)


class MailboxStateRow(Row, table=True):
    """When a mailbox was last read and what is wrong with it."""

    __tablename__ = "mailbox_state"

    mailbox: str = key_text(primary_key=True)
    last_good_look: datetime | None = moment(default=None)
    error: str = any_text(default="")
    error_since: datetime | None = moment(default=None)
    failures: int = 0


class ThreadRow(Row, table=True):
    """One correspondence. `version` grows with every change in it: a judgement holds for one version."""

    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = identity(default=None, primary_key=True)
    key: str = key_text()
    version: int
    created_at: datetime = moment()
    proved: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class MessageRow(Row, table=True):
    """A message that was taken in: what it says in its head, what it was judged to be, and why."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("raw_id"),
        Index("ix_message_thread_id", "thread_id"),
        Index("ix_message_message_id", "message_id"),
        Index("ix_message_kind_id", "kind", "id"),
    )

    id: int | None = identity(default=None, primary_key=True)
    raw_id: int = identity(foreign_key="raw_message.id")
    thread_id: int | None = identity(default=None, foreign_key="thread.id")
    message_id: str = key_text()
    from_address: str = any_text()
    from_name: str = any_text()
    subject: str = any_text()
    kind: str
    topic: str | None = None
    because: str = any_text()
    silence: str = any_text()
    defects: str = any_text()
    received_at: datetime = moment()
    taken_in_at: datetime = moment()
    reading: str = any_text()


class ReplyRow(Row, table=True):
    """The outbox: unique by (thread, what happened, round), so that no reply is ever queued twice.

    A notice to our own people has no thread and is unique by `once`. `resent_of`: the reply that was undelivered at
    another address.
    """

    __tablename__ = "reply"
    __table_args__ = (
        UniqueConstraint("thread_id", "kind", "round"),
        UniqueConstraint("message_id"),
        UniqueConstraint("once"),
        one_of("state", ReplyState),
        Index("ix_reply_state_not_before", "state", "not_before"),
        Index("ix_reply_sent_at", "sent_at"),
        Index("ix_reply_recipient_key_created_at", "recipient_key", "created_at"),
        Index("ix_reply_recipient_domain_created_at", "recipient_domain", "created_at"),
        Index("ix_reply_resent_of", "resent_of"),
    )

    id: int | None = identity(default=None, primary_key=True)
    thread_id: int | None = identity(default=None, foreign_key="thread.id")
    once: str | None = key_text(default=None)
    kind: str
    round: int
    message_id: str = key_text()
    recipient: str = any_text()
    recipient_key: str = key_text()
    recipient_domain: str = later_key()
    resent_of: int | None = identity(default=None, foreign_key="reply.id")
    subject: str = any_text()
    text: str = any_text()
    html: str = any_text()
    in_reply_to: str = any_text()
    references: str = any_text()
    automatic: bool
    state: str
    held_because: str = any_text()
    created_at: datetime = moment()
    not_before: datetime = moment()
    tries: int
    first_try_at: datetime | None = moment(default=None)
    claimed_at: datetime | None = moment(default=None)
    claimed_by: str = any_text()
    sent_at: datetime | None = moment(default=None)
    last_error: str = any_text()
    last_error_at: datetime | None = moment(default=None)
    copied: bool


class ReplyTicketRow(Row, table=True):
    """Which replies are about which tickets."""

    __tablename__ = "reply_ticket"
    __table_args__ = (Index("ix_reply_ticket_ticket_id", "ticket_id"),)

    reply_id: int = identity(primary_key=True, foreign_key="reply.id")
    ticket_id: int = identity(primary_key=True, foreign_key="ticket.id")


raw_message = table_of(RawMessageRow)
raw_body = table_of(RawBodyRow)
bookmark = table_of(BookmarkRow)
mailbox_state = table_of(MailboxStateRow)
thread = table_of(ThreadRow)
message = table_of(MessageRow)
reply = table_of(ReplyRow)
reply_ticket = table_of(ReplyTicketRow)
