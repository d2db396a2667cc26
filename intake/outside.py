"""A person's answer found in the Sent folder: somebody worked in webmail. Taken into its thread, where it ends the turn.

Nothing is sent because of it and nothing is read in it: whom it answers is told by its headers. What it changes on the
tickets is decided in `rules.outside`; everything is written in one transaction, so that a crash repeats nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from intake.parsing import parse
from intake.tokens import Tokens
from rules.actions import ActionName
from rules.application import Reading
from rules.book import RuleBook
from rules.calendar import WorkingCalendar
from rules.case import kept as unchanged
from rules.judgement import Judgement, Kind, ThreadFacts, TicketFacts
from rules.message import Message
from rules.outside import after_answer, concerned, reaches, written_by_machine
from rules.sla import due
from rules.ticket import FINISHED
from store.records import Act, KeptMessage
from store.unit_of_work import Store, ThreadMoved, Work

TRIES = 5  # how often it is looked at again when its thread keeps moving
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what a mailbox gives when the server names no time


@dataclass(frozen=True, slots=True)
class Found:
    """Where an answer belongs. `because`: why it is taken for what it is; `silence`: why it changes nothing ("" = it
    does).
    """

    thread: ThreadFacts | None
    because: str
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that taking such an answer in needs."""

    store: Store
    book: RuleBook
    tokens: Tokens
    ours: frozenset[str]
    calendar: WorkingCalendar
    hours: float
    now: Callable[[], datetime]

    def open(self, kept: KeptMessage) -> Message:
        """The message, its text and headers; files are not looked into."""
        return parse(kept.content, self.book.quotes)

    def awaited(self, message: Message) -> list[int]:
        """Letters that it answers and that are still to be taken in themselves."""
        named = tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))
        with self.store.reading() as work:
            return work.messages.kept_with(named)

    def take_in(self, kept: KeptMessage, message: Message) -> tuple[tuple[str, ...], str]:
        """Record it and do what follows. Returns the numbers of the tickets that it answers, and why there are none.

        Raises `AlreadyTakenIn`, or `ThreadMoved` if the thread keeps moving; nothing is written then.
        """
        for _ in range(TRIES):
            try:
                return self._carry_out(kept, message, self._found(message))
            except ThreadMoved:
                continue
        return self._carry_out(kept, message, self._found(message))

    def _found(self, message: Message) -> Found:
        if self._is_ours(message):
            return Found(None, "our own Message-ID", "a copy of a reply of ours")
        keys = self.tokens.thread_keys((*message.in_reply_to, *reversed(message.references)))
        with self.store.reading() as work:
            key = work.outside.thread_key(message, keys, self.ours)
            thread = work.threads.thread(key, self.now()) if key else None
            if thread is None:
                return Found(None, "lies in the Sent folder", "a letter of our people that answers no ticket")
            applicants = work.outside.applicants(key, self.ours)
        because = "lies in the Sent folder and belongs to this thread"
        if written_by_machine(message):
            return Found(thread, because, "a machine wrote it: nobody has answered")
        if message.sender is not None and message.sender.key in applicants:
            return Found(thread, because, "the applicant wrote it: nobody has answered")
        if not reaches(message, applicants):
            return Found(thread, because, "it went to somebody else: the applicant has no answer yet")
        return Found(thread, because)

    def _is_ours(self, message: Message) -> bool:
        with self.store.reading() as work:
            known = work.messages.already_ours(message.message_id)
        return known or self.tokens.thread_key_of(message.message_id) is not None

    def _carry_out(self, kept: KeptMessage, message: Message, found: Found) -> tuple[tuple[str, ...], str]:
        thread, now = found.thread, self.now()
        at = min(kept.received_at, now) if kept.received_at > EPOCH else now
        with self.store.writing() as work:
            work.carry_out(
                kept.id,
                message,
                Reading(),
                Judgement(kind=Kind.SENT, because=(found.because,), silence=found.silence),
                thread_key=thread.key if thread else "",
                expected_version=thread.version if thread else None,
                numbers=(),
                received_at=at,
                due_at=at,
                composed=None,
                now=now,
                proves=False,
            )
            if thread is None or found.silence:
                return (), found.silence
            theirs = concerned(message, thread.tickets)
            self._answer(work, message, thread, theirs, at)
        return tuple(one.number for one in theirs), ""

    def _answer(
        self, work: Work, message: Message, thread: ThreadFacts, theirs: tuple[TicketFacts, ...], at: datetime
    ) -> None:
        """What follows for the tickets that it answers; whoever wrote again after it still waits for us."""
        open_ = [one.number for one in theirs if one.state not in FINISHED]
        later = work.outside.heard_after(open_, at)
        answered = [number for number in open_ if number not in later]
        work.outside.silence(thread.key, answered)
        work.actions.carry_out(
            Act(
                name=ActionName.OUTSIDE,
                by=message.sender.address if message.sender else "",
                at=self.now(),
                thread_key=thread.key,
                expected_version=thread.version + 1,  # the message itself, in this very transaction
                plans=tuple(unchanged(one, one.state) if one.number in later else after_answer(one) for one in theirs),
                details={"message": message.message_id} if message.message_id else {},
            )
        )
        work.outside.answered(answered, at)
        turns = {number: (first, due(first, self.hours, self.calendar)) for number, first in later.items()}
        work.outside.goes_on(turns, at)
