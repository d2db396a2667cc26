"""A ticket opened for an action, and the action carried out: what all of casework stands on.

Each action is one short transaction that fails when the thread has changed since the agent saw it.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.casework.refused import Refused, Why
from intake.compose import ReplyContext, TicketEntry
from intake.parsing import parse
from intake.replying import Envelope, Replier
from rules.actions import UNDO_SECONDS, ActionName
from rules.application import Application
from rules.book import RuleBook
from rules.calendar import WorkingCalendar
from rules.judgement import Facts, Kind, ReplyKind, ThreadFacts, TicketFacts, TicketPlan
from rules.kinds.senders import recipient
from rules.message import Message
from rules.sla import due
from store.records import Act, ActionRecord, ComposedReply, MessageRecord, TicketRecord
from store.unit_of_work import Store, ThreadMoved

PEOPLES_KINDS = frozenset({Kind.APPLICATION, Kind.QUESTION})


@dataclass(frozen=True, slots=True)
class Opened:
    """One ticket as an action needs it: its record, its thread as it is now, the last letter a person wrote in it."""

    record: TicketRecord
    thread: ThreadFacts
    letter: Message | None

    @property
    def ticket(self) -> TicketFacts:
        """The ticket among those of its thread."""
        return next(one for one in self.thread.tickets if one.number == self.record.number)

    @property
    def application(self) -> Application:
        """Its application; an empty one if it has none."""
        return self.record.application or Application()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Everything that actions on tickets need, wired once. `tells`: a webhook wants to know of decisions.
    `held`: why no letter may leave at all, as in a dry run ("" = they may).
    """

    store: Store
    replier: Replier
    book: RuleBook
    calendar: WorkingCalendar
    hours: float
    ours: frozenset[str]
    now: Callable[[], datetime]
    undo_seconds: float = UNDO_SECONDS
    tells: bool = False
    held: str = ""

    def open(self, number: str, seen: int | None) -> Opened:
        """The ticket as it is. `seen`: the thread's version on the agent's screen; `Refused(MOVED)` if it is another."""
        with self.store.reading() as work:
            record = work.tickets.get(number)
            thread = work.threads.thread_of(number, self.now())
            if record is None or thread is None:
                raise Refused(Why.NO_TICKET, number)
            if seen is not None and seen != thread.version:
                raise Refused(Why.MOVED, number)
            written = _last_written(record)
            raw = work.messages.load(written.raw_id).content if written else None
        return Opened(record, thread, None if raw is None else parse(raw, self.book.quotes))

    def recipient(self, case: Opened) -> str:
        """The address that answers to this ticket go to; "" if there is none."""
        if case.letter is None:
            return ""
        facts = Facts(received_at=self.now(), our_addresses=self.ours)
        return recipient(case.letter, facts, self.book.judging.kinds)[0]

    def second(self, case: Opened) -> str:
        """The administrator's own address: a decision goes there too (domain.md §6), if the applicant's is proved."""
        return (case.application.admin_email.value or "") if case.thread.proved else ""

    def due(self, moment: datetime) -> datetime:
        """When an answer to what came at that moment is due."""
        return due(moment, self.hours, self.calendar)

    def composed(
        self,
        case: Opened,
        kind: ReplyKind,
        to: str,
        application: Application,
        *,
        words: str = "",
        articles: tuple[str, ...] = (),
        other: str = "",
        nth: int = 0,
    ) -> ComposedReply:
        """A letter about the ticket; `nth`: the how-manieth of its kind that one action sends, from 0."""
        letter, desk, now = case.letter, self.replier.desk, self.now()
        about = application if case.record.application or kind is ReplyKind.MISSING else None
        entry = TicketEntry(case.record.number, about, case.record.state)
        context = ReplyContext(
            desk_name=desk.name,
            desk_address=desk.address,
            tickets=(entry,),
            due=None,
            original_subject=letter.subject if letter else case.record.title,
            applicant_name=letter.sender.name if letter and letter.sender else "",
            reply_address=to,
            round=case.thread.round_of(kind) + nth,
            answered=True,
            link=self.replier.link(case.thread.key),
            articles=articles,
            words=words.strip(),
            other_number=other,
        )
        envelope = Envelope(
            thread_key=case.thread.key,
            round=case.thread.round_of(kind) + nth,
            recipient=to,
            held=self.held,
            automatic=False,
            not_before=now + timedelta(seconds=self.undo_seconds),
        )
        return self.replier.reply(kind, context, envelope, letter)

    def act(
        self,
        case: Opened,
        name: ActionName,
        by: str,
        *,
        plan: TicketPlan,
        details: Mapping[str, str] | None = None,
        undo: bool = False,
        **more: object,
    ) -> ActionRecord:
        """Carry one action out. Raises `Refused(MOVED)` when the thread has changed meanwhile."""
        now = self.now()
        act = Act(
            name=name,
            by=by,
            at=now,
            thread_key=case.thread.key,
            expected_version=case.thread.version,
            plans=(plan,),
            details={key: value for key, value in (details or {}).items() if value},
            undo_until=now + timedelta(seconds=self.undo_seconds) if undo else None,
            **more,  # type: ignore[arg-type]
        )
        with suppress(ThreadMoved), self.store.writing() as work:
            return work.actions.carry_out(act)[0]
        raise Refused(Why.MOVED, case.record.number)


def _last_written(record: TicketRecord) -> MessageRecord | None:
    """The last letter of a person; one that could not be read, if there is no other."""
    people = [one for one in record.messages if one.kind in PEOPLES_KINDS]
    unread = [one for one in record.messages if one.kind is Kind.UNREADABLE and one.from_address]
    return next(reversed(people or unread), None)


def as_it_is(case: Opened) -> TicketPlan:
    """The ticket unchanged."""
    return TicketPlan(
        number=case.record.number,
        kind=case.record.kind,
        topic=case.record.topic,
        state=case.record.state,
        application=case.record.application,
    )
