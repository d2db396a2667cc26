"""`take_in`: what happens to one kept message, from raw bytes to tickets and a reply in the outbox.

    load → parse → facts → read → judge → numbers → compose        (no write lock is held)
    carry out: one short transaction                                (the thread is as it was, else judge again)

A message that fails is set aside with its traceback, lies with an agent as a ticket and can be retried; the rest goes
on. `fetch`, `retry` and `replay` all end here.
"""

import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from intake import sub_address
from intake.attachments import Extractor
from intake.compose import ReplyContext, TicketEntry, UnreadFile
from intake.events import Events
from intake.handing_in import FORM, TYPED
from intake.opening import open_message
from intake.outside import Outside
from intake.reading import read
from intake.replying import Envelope, Replier
from intake.settings import Desk
from rules import joining
from rules.application import FieldName, Reading
from rules.book import RuleBook
from rules.calendar import WorkingCalendar
from rules.errors import Temporary
from rules.judgement import Facts, Flag, Judgement, Kind, TicketPlan
from rules.kinds.bounce_words import with_report
from rules.kinds.senders import recipient
from rules.message import Message
from rules.policy import Conduct, judge
from rules.sla import due
from rules.ticket import State, number_of
from store.records import ComposedReply, KeptMessage
from store.unit_of_work import AlreadyTakenIn, Store, ThreadMoved

TRIES = 5  # how often a message is judged again when its thread keeps moving
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what a mailbox gives when the server names no time
FUTURE = timedelta(minutes=5)  # an arrival later than this after now is not believed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message."""

    raw_id: int
    kind: Kind
    tickets: tuple[str, ...] = ()
    reply: str = ""
    silence: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message read and judged, before anything is written."""

    message: Message
    reading: Reading
    facts: Facts
    judgement: Judgement
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything that taking in needs, wired once."""

    store: Store
    book: RuleBook
    extractor: Extractor
    replier: Replier
    conduct: Conduct
    calendar: WorkingCalendar
    hours: float
    limit: int
    desk: Desk
    ours: frozenset[str]
    events: Events
    now: Callable[[], datetime]

    def take_in(self, raw_id: int) -> Outcome:
        """Take one kept message in. Never raises for what the message holds."""
        with self.store.reading() as work:
            kept = work.messages.load(raw_id)
        try:
            return self._take_in_sent(kept) if kept.sent else self._take_in(kept)
        except AlreadyTakenIn:
            return Outcome(raw_id, Kind.UNREADABLE, silence="already taken in")
        except Temporary:
            raise  # the database is busy or the thread keeps moving: the same message is taken up again
        except Exception as error:  # noqa: BLE001 - the one broad net of the house: nothing may stop the next message
            return self._set_aside(kept, error)

    def examine(self, kept: KeptMessage) -> Judged:
        """Parse, ask the store, read and judge; writes nothing."""
        message = open_message(kept.content, self.book, self.extractor)
        if kept.mailbox not in TYPED:
            plain = Facts(received_at=kept.received_at, our_addresses=self.ours)
            message = with_report(message, self.book.judging, plain)
        facts = self._facts(kept, message)
        asked = _asked(facts)
        reading = read(message, self.book, ours=self.ours, asked=asked)
        facts = self._with_neighbours(message, reading, facts)
        judgement = judge(message, reading, facts, self.book.judging, self.conduct)
        return Judged(message, reading, facts, judgement, kept.size)

    def _take_in_sent(self, kept: KeptMessage) -> Outcome:
        """A person's answer from outside the desk; first what it answers, if that still waits here."""
        outside = Outside(
            store=self.store,
            book=self.book,
            tokens=self.replier.tokens,
            ours=self.ours,
            calendar=self.calendar,
            hours=self.hours,
            now=self.now,
        )
        message = outside.open(kept)
        for raw_id in outside.awaited(message):
            self.take_in(raw_id)
        self.events.judged(kept.id, Kind.SENT.value)
        tickets, silence = outside.take_in(kept, message)
        self.events.taken_in(kept.id, Kind.SENT.value, tickets, "", silence)
        return Outcome(kept.id, Kind.SENT, tickets, silence=silence)

    def _take_in(self, kept: KeptMessage) -> Outcome:
        for _ in range(TRIES):
            judged = self.examine(kept)
            self.events.judged(kept.id, judged.judgement.kind.value)
            try:
                return self._carry_out(kept, judged)
            except ThreadMoved:
                self.events.judged_again(kept.id)
        return self._carry_out(kept, self.examine(kept))

    def _carry_out(self, kept: KeptMessage, judged: Judged) -> Outcome:
        judgement, facts = judged.judgement, judged.facts
        numbers = self._numbers(judgement)
        thread_key = facts.thread.key if facts.thread else secrets.token_hex(6)
        due_at = due(facts.received_at, self.hours, self.calendar)
        composed = self._composed(judged, thread_key, numbers, due_at)
        resend_id = self._resend_id(judgement)
        with self.store.writing() as work:
            tickets = work.carry_out(
                kept.id,
                judged.message,
                judged.reading,
                judgement,
                thread_key=thread_key,
                expected_version=facts.thread.version if facts.thread else None,
                numbers=numbers,
                received_at=facts.received_at,
                due_at=due_at,
                composed=composed,
                now=self.now(),
                resend_id=resend_id,
                proves=_proves(judged, kept.mailbox),
            )
        reply = composed.kind.value if composed else ""
        self.events.taken_in(kept.id, judgement.kind.value, tuple(tickets), reply, judgement.silence)
        return Outcome(kept.id, judgement.kind, tuple(tickets), reply, judgement.silence)

    def _facts(self, kept: KeptMessage, message: Message) -> Facts:
        now, tokens = self.now(), self.replier.tokens
        received = arrival(kept.received_at, message, now)
        plain = Facts(received_at=received, our_addresses=self.ours)
        to, _ = recipient(message, plain, self.book.judging.kinds)
        with self.store.reading() as work:
            facts = work.facts_about(
                message,
                thread_keys=(
                    *tokens.thread_keys((*message.in_reply_to, *reversed(message.references))),
                    *sub_address.thread_keys(tokens, message, self.ours),
                ),
                recipient=to,
                received_at=received,
                ours=self.ours,
                oversized=kept.oversized,
                now=now,
            )
        typed = kept.mailbox in TYPED
        ours = facts.ours or (not typed and sub_address.is_our_own(tokens, message, self.ours))
        return replace(facts, typed=typed, ours=ours)

    def _with_neighbours(self, message: Message, reading: Reading, facts: Facts) -> Facts:
        """What else is known of the places that the letter names, and the thread that it repeats without answering."""
        around = joining.places(reading)
        asks_where = facts.thread is None and joining.asks_where(message, reading, self.book.judging)
        if not around and not asks_where:
            return facts
        with self.store.reading() as work:
            near, registered = work.threads.near(around)
            facts = replace(facts, near=near, registered=registered)
            if facts.thread is not None:
                return facts
            key = joining.thread_to_join(message, reading, near, self.book.judging)
            thread = work.threads.thread(key, self.now()) if key else None
            if thread is None and asks_where and message.sender is not None:
                thread = work.threads.latest_of(message.sender.key, self.now())
        return facts if thread is None else replace(facts, thread=thread, joined=True)

    def _numbers(self, judgement: Judgement) -> tuple[str, ...]:
        """Fresh ticket numbers for the tickets to be opened, of the month in the desk's zone."""
        wanted = sum(1 for plan in judgement.tickets if plan.number is None)
        if not wanted:
            return ()
        today = self.now().astimezone(self.desk.zone)
        serials = self.store.reserve_numbers(wanted, today.year, today.month)
        return tuple(number_of(today.year, today.month, serial) for serial in serials)

    def _composed(
        self, judged: Judged, thread_key: str, numbers: tuple[str, ...], due_at: datetime
    ) -> ComposedReply | None:
        plan = judged.judgement.reply
        if plan is None:
            return None
        fresh = iter(numbers)
        entries = tuple(
            TicketEntry(ticket.number or next(fresh), ticket.application, ticket.state)
            for ticket in judged.judgement.tickets
        )
        message = judged.message
        context = ReplyContext(
            desk_name=self.desk.name,
            desk_address=self.desk.address,
            tickets=entries,
            due=due_at,
            original_subject=message.subject,
            applicant_name=message.sender.name if message.sender else "",
            reply_address=plan.recipient,
            size=judged.size,
            limit=self.limit,
            round=plan.round,
            answered=judged.facts.thread is not None and not judged.facts.joined,
            unread_files=_unread(message),
            link=self.replier.link(thread_key),
            articles=plan.articles,
        )
        envelope = Envelope(thread_key=thread_key, round=plan.round, recipient=plan.recipient, held=plan.held)
        return self.replier.reply(plan.kind, context, envelope, message)

    def _resend_id(self, judgement: Judgement) -> str:
        """The Message-ID under which a reply that came back goes to a second address; "" if none does."""
        if judgement.undelivered is None or not judgement.resend:
            return ""
        bounced, _ = judgement.undelivered
        domain = self.desk.address.rpartition("@")[2]
        return self.replier.tokens.message_id(bounced.thread_key, "again", bounced.reply_id, domain)

    def _set_aside(self, kept: KeptMessage, error: Exception) -> Outcome:
        """Keep the failure with its traceback and give it to an agent as a ticket whose clock runs."""
        words = "".join(traceback.format_exception(error))
        plan = TicketPlan(
            number=None,
            kind=Kind.UNREADABLE,
            topic=None,
            state=State.REVIEW,
            application=None,
            flags=frozenset({Flag.FAILED}),
        )
        judgement = Judgement(kind=Kind.UNREADABLE, because=("set aside after a failure",), tickets=(plan,), turn=True)
        numbers = self._numbers(judgement)
        received = min(kept.received_at, self.now())
        with self.store.writing() as work:
            number = work.set_aside(
                kept.id,
                words,
                judgement,
                thread_key=secrets.token_hex(6),
                numbers=numbers,
                received_at=received,
                due_at=due(received, self.hours, self.calendar),
                now=self.now(),
            )
        self.events.set_aside(kept.id, f"{type(error).__name__}")
        return Outcome(kept.id, Kind.UNREADABLE, (number,) if number else (), error=words)


def arrival(internal_date: datetime, message: Message, now: datetime) -> datetime:
    """When a message arrived: INTERNALDATE, the topmost Received line if that is missing or in the future (domain §5)."""
    if EPOCH < internal_date <= now + FUTURE:
        return min(internal_date, now)
    if message.received is not None and message.received <= now:
        return message.received
    return now


def _unread(message: Message) -> tuple[UnreadFile, ...]:
    """The files of which nothing could be read."""
    read_ = {part.name.partition("#")[0] for part in message.parts}
    files = (file for file in message.attachments if file.note and f"attachment:{file.name}" not in read_)
    return tuple(UnreadFile(file.name, file.note) for file in files)


def _proves(judged: Judged, mailbox: str) -> bool:
    """Whether the message proves that its sender's address is her own: what is typed into a form proves nothing, a
    letter that begins a thread was never in doubt, an answer to what we sent to a form's address proves it.
    """
    sender, thread = judged.message.sender, judged.facts.thread
    if thread is None or mailbox == FORM:
        return mailbox != FORM
    if not judged.facts.by_token or sender is None:
        return False
    return any(sender.key in one.addresses for one in thread.tickets)


def _asked(facts: Facts) -> tuple[FieldName, ...]:
    """The fields that the thread's tickets still wait for."""
    if facts.thread is None:
        return ()
    waiting = [one.application for one in facts.thread.tickets if one.application and one.state is State.WAITING]
    return tuple(dict.fromkeys(name for application in waiting for name in application.to_ask()))
