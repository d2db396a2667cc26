"""What the store takes and gives: frozen values and the names of states. No table, no SQL, no I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rules.actions import ActionName
from rules.application import Application, FieldName, FieldValue, Status
from rules.errors import Permanent, Temporary
from rules.judgement import Flag, Kind, NoticeKind, ReplyKind, TicketPlan, Topic
from rules.people import Role
from rules.ticket import State


class AlreadyTakenIn(Permanent):
    """Another process has taken this message in; nothing was changed."""


class ThreadMoved(Temporary):
    """The thread has changed since it was read: judge the message again. Nothing was changed."""


class Undoing(StrEnum):
    """Why an action cannot be undone (any more)."""

    NEVER = "never"  # there is no such action, or it is of a kind that is final
    UNDONE = "undone"  # it is undone already
    LATE = "late"  # the time for it is over
    LEAVING = "leaving"  # its letter is under way
    MOVED = "moved"  # something has happened in the thread since


class NotUndoable(Permanent):
    """An action cannot be undone; `why` says for what reason. Nothing was changed."""

    def __init__(self, why: Undoing) -> None:
        super().__init__(f"this action cannot be undone: {why.value}")
        self.why = why


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


class HookState(StrEnum):
    """How far an event for the webhook has come."""

    WAITING = "waiting"
    TOLD = "told"
    DEAD = "dead"  # given up after its tries; lies with an operator
    DROPPED = "dropped"  # its decision was undone


UNSENT = frozenset({ReplyState.HELD, ReplyState.QUEUED, ReplyState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """One message as the server gave it. `content` holds the headers only when `oversized`; `size` is the whole.

    `sent`: it lies in a Sent folder, so somebody of ours wrote it.
    """

    mailbox: str
    folder: str
    uid_validity: int
    uid: int
    received_at: datetime  # INTERNALDATE
    kept_at: datetime
    size: int  # bytes
    content: bytes
    oversized: bool = False
    sent: bool = False


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
    """A raw message with its bytes, ready to be taken in (or shown). `sent`: it was found in a Sent folder."""

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
    sent: bool = False


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
class Notice:
    """A letter to one of our own people, ready to be queued; never twice with the same `once`."""

    kind: NoticeKind
    once: str
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRecord:
    """A reply, or a notice to our own people, in the outbox. `tickets` are the numbers it is about; `copied`: a copy
    lies in the Sent folder.
    """

    id: int
    kind: ReplyKind | NoticeKind
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
    """Everything about one ticket. `application` is None when it is not about one; `history` oldest first.

    `asked_at`: since when it waits for an answer to what was asked, `nudged`: the reminders since. `decided_at`: from
    when on its decision stands.
    """

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
    assignee: str = ""
    repeats: int = 0
    asked_at: datetime | None = None
    nudged: int = 0
    task: str = ""
    decided_at: datetime | None = None

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


@dataclass(frozen=True, slots=True)
class Hook:
    """An event for the webhook about one ticket, told once its decision can no longer be undone."""

    event_id: str
    event: str
    number: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person or a timer does with tickets of one thread, to be carried out at once.

    `expected_version`: of the thread as the actor saw it. `plans` name tickets that exist. `assignee`: who has them from
    now on (None: as before). `ends_turns`: the open turns end now, without a reply; `turn_due`: a turn begins now.
    `supersedes`: what the tickets' thread
    still has to send by itself is not sent any more. `reminded`: a reminder is on its way; `task_done`: the task on finished tickets is done. `decided_at`: from when on
    the decision stands. `undo_until`: None for what cannot be undone. `automatic`: no person did it. `proves`: it
    proves that the thread's e-mail address is the writer's.
    """

    name: ActionName
    by: str
    at: datetime
    thread_key: str
    expected_version: int
    plans: tuple[TicketPlan, ...]
    assignee: str | None = None
    ends_turns: bool = False
    turn_due: datetime | None = None
    reminded: bool = False
    task_done: bool = False
    decided_at: datetime | None = None
    duplicate_of: str = ""
    replies: tuple[ComposedReply, ...] = ()
    supersedes: bool = False
    hooks: tuple[Hook, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    undo_until: datetime | None = None
    automatic: bool = False
    proves: bool = False
    batch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """One line of the audit log."""

    id: int
    at: datetime
    by: str
    name: ActionName
    number: str
    batch: str
    details: Mapping[str, str]
    reply_id: int | None
    undo_until: datetime | None
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class TicketLink:
    """Another ticket that belongs to one. `kind`: `twin` (possible duplicates), `duplicate_of`, or `duplicate` the other
    way round.
    """

    number: str
    kind: str
    state: State
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An internal note on a ticket."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """A ticket that waits for its applicant since a request was accepted; `nudged`: reminders since, the last of them
    accepted at `reminded_at`. `heard_at`: when a person last wrote about it.
    """

    number: str
    thread_key: str
    asked_at: datetime
    nudged: int
    reminded_at: datetime | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTurn:
    """A turn that no answer has ended yet, and what was told about it."""

    id: int
    number: str
    title: str
    assignee: str
    state: State
    started_at: datetime
    due_at: datetime
    warned_at: datetime | None
    breached_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """A stretch of time in figures, and how things stand at its reading: `waiting`, `held` and `set_aside` are of now.

    `letters`: people's letters that arrived; `opened`: tickets; `decided`: tickets by the end they came to. Turns that
    ended in time are told apart by who ended them; `broken` ones ended too late.
    """

    letters: int
    opened: int
    decided: tuple[tuple[State, int], ...]
    kept_by_people: int
    kept_by_itself: int
    broken: int
    waiting: int
    held: int
    undelivered: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Person:
    """One of our own people; `email` in lower case."""

    email: str
    name: str
    role: Role
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRecord:
    """An event for the webhook and how far it has come."""

    id: int
    event_id: str
    event: str
    number: str
    payload: str
    state: HookState
    created_at: datetime
    not_before: datetime
    tries: int
    last_error: str
    done_at: datetime | None
