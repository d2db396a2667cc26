"""What the store takes and gives: frozen values and the names of states. No table, no SQL, no I/O here."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rules.application import Application, FieldName, FieldValue, Status
from rules.errors import Permanent, Temporary
from rules.judgement import Flag, Kind, ReplyKind, Topic
from rules.ticket import State


class AlreadyTakenIn(Permanent):
    """Another process has taken this message in; nothing was changed."""


class ThreadMoved(Temporary):
    """The thread has changed since it was read: judge the message again. Nothing was changed."""


class DatabaseBusy(Temporary):
    """The database is locked, full or out of reach for the moment. Nothing was changed."""


class RawState(StrEnum):
    """How far a raw message has come."""

    KEPT = "kept"
    DONE = "done"
    FAILED = "failed"  # set aside with its traceback; a person or a retry takes it up again
    DUPLICATE = "duplicate"  # the same message is kept already


class ReplyState(StrEnum):
    """How far a reply has come."""

    HELD = "held"  # waits for an agent
    QUEUED = "queued"
    SENDING = "sending"  # claimed by a process until its lease ends
    SENT = "sent"
    REFUSED = "refused"  # the server refused it for good, or we gave up
    UNDELIVERED = "undelivered"  # accepted, then bounced
    DROPPED = "dropped"  # an agent does not want it sent


UNSENT = frozenset({ReplyState.HELD, ReplyState.QUEUED, ReplyState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """One message as the server gave it. `content` holds the headers only when `oversized`; `size` is the whole."""

    mailbox: str
    folder: str
    uid_validity: int
    uid: int
    received_at: datetime  # INTERNALDATE
    kept_at: datetime
    size: int  # bytes
    content: bytes
    oversized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far a folder has been read. What arrived up to `since` is old and never taken in (None: everything is new)."""

    mailbox: str
    folder: str
    uid_validity: int
    last_uid: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """What became of a batch: rows to take in, copies of messages that are kept already, rows that were there before."""

    new: int = 0
    duplicates: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A raw message with its bytes, ready to be taken in (or shown)."""

    id: int
    mailbox: str
    folder: str
    uid: int
    received_at: datetime
    size: int
    content: bytes
    oversized: bool
    state: RawState
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMessage:
    """A message that was set aside. `error` is the traceback, `tickets` the numbers it lies under."""

    id: int
    mailbox: str
    folder: str
    uid: int
    received_at: datetime
    size: int
    tries: int
    error: str
    not_before: datetime | None = None
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """A message that was taken in, for lists: what it is and why. Its bytes: `messages.load(raw_id)`."""

    id: int
    raw_id: int
    message_id: str
    from_address: str
    from_name: str
    subject: str
    kind: Kind
    topic: Topic | None
    because: tuple[str, ...]
    silence: str
    defects: tuple[str, ...]
    received_at: datetime
    taken_in_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedReply:
    """A reply ready to be queued. `held` says why it must wait for an agent ("" = it may go), `automatic` that no person
    decided it; it leaves from `not_before` on.
    """

    kind: ReplyKind
    round: int
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: str = ""
    held: str = ""
    automatic: bool = True
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRecord:
    """A reply in the outbox. `tickets` are the numbers it is about; `copied`: a copy lies in the Sent folder."""

    id: int
    kind: ReplyKind
    round: int
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    in_reply_to: str
    references: str
    automatic: bool
    state: ReplyState
    held_because: str
    created_at: datetime
    not_before: datetime
    tries: int
    first_try_at: datetime | None
    claimed_at: datetime | None
    claimed_by: str
    sent_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    copied: bool
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One field of a ticket. `raw_id`: the raw message into whose parts `value.source` points (None: no message)."""

    name: FieldName
    value: FieldValue
    raw_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One change of one field after the ticket was opened. `by` is `applicant` or who did it."""

    name: FieldName
    at: datetime
    by: str
    message_id: int | None
    before: FieldValue
    after: FieldValue


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One move of a ticket from state to state. `by` is `applicant`, `system` or who did it."""

    at: datetime
    by: str
    message_id: int | None
    before: State
    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One stretch in which the applicant waits for us (domain.md §5). Open while `ended_at` is None."""

    started_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    ended_by_reply: int | None = None
    automatic: bool | None = None


@dataclass(frozen=True, slots=True)
class UnsettledField:
    """A field that keeps a ticket from being clean: doubtful, invalid or missing, and why."""

    name: FieldName
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """The latest reply of a ticket, for lists."""

    kind: ReplyKind
    state: ReplyState
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A ticket in a list. `due_at` is that of its open turn (None: nobody waits for us)."""

    number: str
    state: State
    kind: Kind
    topic: Topic | None
    flags: frozenset[Flag]
    title: str
    region: str
    applicant_address: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None = None
    unsettled: tuple[UnsettledField, ...] = ()
    reply: ReplyLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """Everything about one ticket. `application` is None when it is not about one; `history` oldest first."""

    number: str
    thread_key: str
    state: State
    kind: Kind
    topic: Topic | None
    flags: frozenset[Flag]
    title: str
    applicant_address: str
    region_code: str
    opened_at: datetime
    changed_at: datetime
    application: Application | None
    fields: tuple[FieldRecord, ...] = ()
    history: tuple[FieldChange, ...] = ()
    moves: tuple[StateChange, ...] = ()
    messages: tuple[MessageRecord, ...] = ()
    replies: tuple[ReplyRecord, ...] = ()
    turns: tuple[TurnRecord, ...] = field(default=())

    @property
    def turn(self) -> TurnRecord | None:
        """The open turn, None if nobody waits for us."""
        return next((turn for turn in self.turns if turn.ended_at is None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """When a mailbox was last read, and what is wrong with it now (`error` "" = nothing)."""

    mailbox: str
    last_good_look: datetime | None
    error: str
    error_since: datetime | None
    failures: int
