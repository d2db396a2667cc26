"""Tickets with everything that hangs on one: fields, histories, keys, links, notes, turns."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from rules.ticket import State
from store.columns import AnyText
from store.tables.row import Row, any_text, identity, key_text, later_key, moment, one_of, table_of


class TicketRow(Row, table=True):
    """One ticket (обращение).

    `repeats`: how often the applicant wrote without telling anything new. `asked_at`: when the request that a waiting
    ticket waits for was accepted by the server, `nudged`: the reminders since. `task`: what an agent has to do on a
    finished ticket. `decided_at`: from when on a decision can no longer be undone.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("number"),
        one_of("state", State),
        Index("ix_ticket_thread_id", "thread_id"),
        Index("ix_ticket_state_kind", "state", "kind"),
        Index("ix_ticket_opened_at", "opened_at"),
        Index("ix_ticket_decided_at", "decided_at"),
        Index("ix_ticket_state_asked_at", "state", "asked_at"),
        Index(
            "ix_ticket_task",
            "task_since",
            sqlite_where=text("task_since IS NOT NULL"),
            postgresql_where=text("task_since IS NOT NULL"),
        ),
    )

    id: int | None = identity(default=None, primary_key=True)
    number: str
    thread_id: int = identity(foreign_key="thread.id")
    first_message_id: int = identity(foreign_key="message.id")
    kind: str
    topic: str | None = None
    state: str
    flags: str
    title: str = any_text()
    applicant_address: str = any_text()
    region_code: str
    opened_at: datetime = moment()
    changed_at: datetime = moment()
    assignee: str = later_key()
    repeats: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    asked_at: datetime | None = moment(default=None)
    nudged: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    task: str = any_text(default="")
    task_since: datetime | None = moment(default=None)
    decided_at: datetime | None = moment(default=None)


class TicketMessageRow(Row, table=True):
    """Which messages are about which tickets."""

    __tablename__ = "ticket_message"
    __table_args__ = (Index("ix_ticket_message_message_id", "message_id"),)

    ticket_id: int = identity(primary_key=True, foreign_key="ticket.id")
    message_id: int = identity(primary_key=True, foreign_key="message.id")


class FieldRow(Row, table=True):
    """One of the seven fields of a ticket as it is now; `message_id` is the message its source points into."""

    __tablename__ = "field"

    ticket_id: int = identity(primary_key=True, foreign_key="ticket.id")
    name: str = Field(primary_key=True)
    value: str | None = Field(default=None, sa_type=AnyText)
    code: str = any_text()
    status: str
    reason: str = any_text()
    written: str = any_text()
    source_part: str | None = Field(default=None, sa_type=AnyText)
    source_start: int | None = None
    source_end: int | None = None
    source_zone: str | None = None
    candidates: str = any_text()
    evidence: str = any_text()
    message_id: int | None = identity(default=None, foreign_key="message.id")


class FieldChangeRow(Row, table=True):
    """The history of the fields; what a ticket was opened with is the first `before`."""

    __tablename__ = "field_change"
    __table_args__ = (Index("ix_field_change_ticket_id", "ticket_id"),)

    id: int | None = identity(default=None, primary_key=True)
    ticket_id: int = identity(foreign_key="ticket.id")
    name: str
    at: datetime = moment()
    message_id: int | None = identity(default=None, foreign_key="message.id")
    by: str = any_text()
    before: str = any_text()
    after: str = any_text()


class StateChangeRow(Row, table=True):
    """The history of the states; what a ticket was opened in is the first `before`."""

    __tablename__ = "state_change"
    __table_args__ = (Index("ix_state_change_ticket_id", "ticket_id"),)

    id: int | None = identity(default=None, primary_key=True)
    ticket_id: int = identity(foreign_key="ticket.id")
    at: datetime = moment()
    message_id: int | None = identity(default=None, foreign_key="message.id")
    by: str = any_text()
    before: str
    after: str


class TicketKeyRow(Row, table=True):
    """By what a ticket is found again: its place and number, the administrator's phone and address, its sender."""

    __tablename__ = "ticket_key"
    __table_args__ = (Index("ix_ticket_key_value_kind", "value", "kind"),)

    ticket_id: int = identity(primary_key=True, foreign_key="ticket.id")
    kind: str = Field(primary_key=True)
    value: str = key_text(primary_key=True)


class TicketLinkRow(Row, table=True):
    """Two tickets that belong together: `twin` (possible duplicates, both ways) or `duplicate_of` (decided)."""

    __tablename__ = "ticket_link"
    __table_args__ = (Index("ix_ticket_link_other_id", "other_id"),)

    ticket_id: int = identity(primary_key=True, foreign_key="ticket.id")
    other_id: int = identity(primary_key=True, foreign_key="ticket.id")
    kind: str = Field(primary_key=True)
    at: datetime = moment()


class NoteRow(Row, table=True):
    """An internal note on a ticket; no applicant ever sees it."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_ticket_id", "ticket_id"),)

    id: int | None = identity(default=None, primary_key=True)
    ticket_id: int = identity(foreign_key="ticket.id")
    at: datetime = moment()
    by: str = any_text()
    text: str = any_text()


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

    id: int | None = identity(default=None, primary_key=True)
    ticket_id: int = identity(foreign_key="ticket.id")
    started_at: datetime = moment()
    due_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)
    ended_by_reply: int | None = identity(default=None, foreign_key="reply.id")
    automatic: bool | None = None
    warned_at: datetime | None = moment(default=None)
    breached_at: datetime | None = moment(default=None)


ticket = table_of(TicketRow)
ticket_message = table_of(TicketMessageRow)
field = table_of(FieldRow)
field_change = table_of(FieldChangeRow)
state_change = table_of(StateChangeRow)
ticket_key = table_of(TicketKeyRow)
ticket_link = table_of(TicketLinkRow)
note = table_of(NoteRow)
turn = table_of(TurnRow)
