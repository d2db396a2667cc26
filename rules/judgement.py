"""What the rules are told (`Facts`) and what they answer (`Judgement`).

`Facts` is everything the store knows that matters for one message; `Judgement` is everything that is to happen, as
values. Judging is pure: the same message, reading and facts give the same judgement, today and in a replay.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.application import Application
from rules.ticket import State


class Kind(StrEnum):
    """Kinds of message (domain.md §3)."""

    APPLICATION = "application"
    QUESTION = "question"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    UNREADABLE = "unreadable"
    SENT = "sent"  # a person's answer from outside the desk, found in the Sent folder


class Topic(StrEnum):
    """What a question is about."""

    TEACHER_STUDENT = "teacher_student"
    PARENT = "parent"
    ORGANIZATION = "organization"
    OTHER = "other"


class ReplyKind(StrEnum):
    """What happened, as a reply tells it; each has a folder of this name under `templates/replies/`."""

    RECEIVED = "received"
    MISSING = "missing"
    QUESTION_RECEIVED = "question_received"
    TOO_LARGE = "too_large"
    SEVERAL = "several"  # the first letter holds several organisations
    UNREADABLE_ATTACHMENT = "unreadable_attachment"  # the application is announced in a file that could not be read
    REMINDER = "reminder"
    EXPIRED = "expired"
    STATUS = "status"
    DUPLICATE = "duplicate"
    APPROVED = "approved"
    REJECTED = "rejected"
    ANSWER = "answer"


class NoticeKind(StrEnum):
    """What our own people are told by mail; each has a folder of this name under `templates/notices/`."""

    WARNING = "warning"  # three quarters of a turn's time are over
    BREACH = "breach"  # a turn is over and nobody has answered
    DIGEST = "digest"  # each working day
    ALERT = "alert"  # something an operator must do


REQUESTS = frozenset({ReplyKind.MISSING, ReplyKind.SEVERAL, ReplyKind.UNREADABLE_ATTACHMENT})
"""Replies that ask the applicant for something: a waiting ticket waits for the answer to one."""

SUBSTANTIVE = REQUESTS | {ReplyKind.ANSWER, ReplyKind.APPROVED, ReplyKind.REJECTED, ReplyKind.DUPLICATE}
"""Replies that are an answer and end a turn (of tickets that nobody reviews); an acknowledgement does not (domain.md §5)."""


class Flag(StrEnum):
    """Marks on a ticket that an agent should see."""

    ASKS = "asks"  # есть вопрос
    WITHDRAWN = "withdrawn"  # просит отозвать заявку
    POSSIBLE_DUPLICATE = "possible_duplicate"
    UNREACHABLE = "unreachable"  # заявитель недоступен
    NOBODY_TO_ANSWER = "nobody_to_answer"  # ответить некому
    REPLY_HELD = "reply_held"  # ответ задержан
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    FAILED = "failed"  # set aside after a failure
    ALREADY_REGISTERED = "already_registered"  # уже зарегистрирована: смена администратора?
    ANSWERED_OUTSIDE = "answered_outside"  # somebody answered in webmail; the decision is still to be made
    SPAM = "spam"  # closed as nobody's letter
    PHONE = "phone"  # three requests were made: a person phones


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question's answer: the kind it found and why, in words."""

    kind: Kind
    because: str
    topic: Topic | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as the rules need it."""

    number: str
    state: State
    kind: Kind
    application: Application | None
    addresses: frozenset[str] = frozenset()  # who opened its thread, case folded: the senders it knows
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """The correspondence a message belongs to. `version` grows with each change: a judgement holds for one version.

    `rounds`: how often each kind of reply was queued in it. `requests`: how many requests for missing fields were made
    in it and not dropped. `lately`: the kinds of reply queued in it in the last 24 h. `proved`: the e-mail address was
    proved to be the writer's (a form's is not, until its link was used or its mail answered).
    """

    key: str
    version: int
    tickets: tuple[TicketFacts, ...] = ()
    rounds: tuple[tuple[ReplyKind, int], ...] = ()
    requests: int = 0
    lately: frozenset[ReplyKind] = frozenset()
    proved: bool = True

    def round_of(self, kind: ReplyKind) -> int:
        """The round that the next reply of that kind would be."""
        return dict(self.rounds).get(kind, 0) + 1


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """A reply of ours that a bounce is about. `again`: it went to a second address already, or is that second one.

    `thread_key` is "" for a notice to our own people.
    """

    reply_id: int
    recipient: str
    thread_key: str
    tickets: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class NearTicket:
    """A ticket of another thread at the same place: a possible twin. `sender`: who opened it, case folded."""

    number: str
    state: State
    thread_key: str
    sender: str
    application: Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known beside the message itself.

    `by_token`: `thread` was found by our signed token, not only by a number in the subject. `received_at`: when the
    message arrived (INTERNALDATE; the topmost Received line if that lies in the future).
    `our_addresses`: case folded addresses of our mailboxes. `ours`: the Message-ID is one of our own replies.
    `bounced`: the reply a delivery report is about. `replies_lately`: automatic replies to the address we would answer
    to in the last 24 h, `domain_lately` to its domain. `oversized`: kept by its headers only. `joined`: the thread was
    found by what the letter says, not by what it answers. `near`: tickets of other
    threads at the places that the letter names. `registered`: organisations there that were registered before.
    `typed`: a person typed it into our form, or an agent took it down: no machine wrote it, and it is not bulk.
    """

    received_at: datetime
    our_addresses: frozenset[str] = frozenset()
    thread: ThreadFacts | None = None
    ours: bool = False
    bounced: ReplyFacts | None = None
    replies_lately: int = 0
    domain_lately: int = 0
    by_token: bool = False
    oversized: bool = False
    joined: bool = False
    near: tuple[NearTicket, ...] = ()
    registered: tuple[Application, ...] = ()
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPlan:
    """One ticket to open (`number` None) or to change.

    `flags` are added, `settled` taken away. `twins`: numbers of tickets it may be a duplicate of. `repeat`: the
    applicant wrote once more without telling anything new. `task`: what an agent has to do on a finished ticket.
    """

    number: str | None
    kind: Kind
    topic: Topic | None
    state: State
    application: Application | None
    flags: frozenset[Flag] = frozenset()
    settled: frozenset[Flag] = frozenset()
    twins: tuple[str, ...] = ()
    repeat: bool = False
    task: str = ""


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """The one reply to a message, over all its tickets. `held` says why it must wait for an agent ("" = it may go).

    `articles`: names of the articles that it carries.
    """

    kind: ReplyKind
    recipient: str
    round: int = 1
    held: str = ""
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that is to happen because of one message.

    `because`: why this kind, in words. `silence`: why no reply goes ("" when one goes). `turn`: whether the message
    starts a turn on its tickets. `undelivered`: the reply that a bounce takes back, with the reason; `resend`: the
    address it goes to instead, once.
    """

    kind: Kind
    topic: Topic | None = None
    because: tuple[str, ...] = ()
    tickets: tuple[TicketPlan, ...] = ()
    reply: ReplyPlan | None = None
    silence: str = ""
    turn: bool = False
    undelivered: tuple[ReplyFacts, str] | None = None
    resend: str = ""
