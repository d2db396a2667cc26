"""The outbox: claim, hand over, mark. Replies wait for their turn, are retried for days and never sent from within a
database transaction. Knows neither SMTP (that is `intake.smtp`) nor what the replies say.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from intake.events import Events
from intake.outgoing import Outgoing, build
from intake.settings import Desk, Smtp
from intake.smtp import Sender
from intake.tokens import Tokens
from rules.delivery import Accepted, Handover, Later, retry_at
from rules.judgement import Flag, NoticeKind, ReplyFacts
from rules.policy import UNDELIVERED_TASK
from rules.second_address import second_address
from store.records import ReplyRecord
from store.unit_of_work import Store, Work

BATCH = 20


def to_the_desk(_reply: ReplyRecord) -> str:
    """Answers go to the desk's own address."""
    return ""


class Postman:
    """Hands replies over, batch after batch, within the provider's limits."""

    def __init__(
        self,
        sender: Sender,
        smtp: Smtp,
        desk: Desk,
        *,
        store: Store,
        events: Events,
        now: Callable[[], datetime],
        name: str,
        tokens: Tokens | None = None,
        answers_to: Callable[[ReplyRecord], str] = to_the_desk,
    ) -> None:
        self._sender, self._smtp, self._desk = sender, smtp, desk
        self._store, self._events, self._now, self._name = store, events, now, name
        self._tokens, self._answers_to = tokens, answers_to

    def round(self) -> int:
        """Hand over everything that is due and allowed now. Returns how many replies were accepted."""
        accepted = 0
        while True:
            allowed = min(BATCH, self._allowed())
            if allowed <= 0:
                return accepted
            with self._store.writing() as work:
                claimed = work.outbox.claim(allowed, self._now(), self._name, self._smtp.lease_seconds)
            if not claimed:
                return accepted
            self._events.claimed(len(claimed))
            for reply in claimed:
                accepted += self._hand_over(reply)

    def _allowed(self) -> int:
        now = self._now()
        with self._store.reading() as work:
            minute = work.outbox.sent_since(now - timedelta(minutes=1))
            day = work.outbox.sent_since(now - timedelta(days=1))
        return min(self._smtp.per_minute - minute, self._smtp.per_day - day)

    def _hand_over(self, reply: ReplyRecord) -> bool:
        raw = letter(reply, self._desk, self._now(), self._answers_to(reply))
        done = self._sender.send(raw, self._desk.address, reply.recipient)
        if isinstance(done, Accepted):
            self._events.handed_over(reply.id)
        with self._store.writing() as work:
            self._mark(work, reply, done)
        self._tell(reply, done)
        return isinstance(done, Accepted)

    def _mark(self, work: Work, reply: ReplyRecord, done: Handover) -> None:
        now = self._now()
        if isinstance(done, Accepted):
            work.outbox.sent(reply.id, now)
            return
        again = retry_at(reply.tries + 1, reply.first_try_at or now, now, self._smtp.give_up_hours)
        if isinstance(done, Later) and again is not None:
            work.outbox.retry(reply.id, again, done.because, now)
        else:
            self._refused(work, reply, done.because)

    def _refused(self, work: Work, reply: ReplyRecord, because: str) -> None:
        """Once to the second address that its tickets know, else an agent's, as when it comes back (domain.md §4)."""
        now = self._now()
        numbers = work.outbox.refused(reply.id, because, now)
        thread = work.threads.thread_of(numbers[0], now) if numbers else None
        if thread is None:
            return
        returned = ReplyFacts(reply.id, reply.recipient, thread.key, numbers)
        other = second_address(returned, thread.tickets) if thread.proved and self._tokens else ""
        if other and self._tokens:
            domain = self._desk.address.rpartition("@")[2]
            again = self._tokens.message_id(thread.key, "again", reply.id, domain)
            if work.outbox.resend(reply.id, other, again, now) is not None:
                return
        work.tickets.alarm(numbers, Flag.UNREACHABLE, now, task=UNDELIVERED_TASK)

    def _tell(self, reply: ReplyRecord, done: Handover) -> None:
        if isinstance(done, Accepted):
            self._events.sent(reply.id, done.answer)
        elif isinstance(done, Later):
            self._events.reply_later(reply.id, done.because)
        else:
            self._events.reply_refused(reply.id, done.because)


def letter(reply: ReplyRecord, desk: Desk, when: datetime, reply_to: str = "") -> bytes:
    """The reply as it leaves the house; the same bytes for the same moment. `reply_to`: "" = the desk's own address."""
    return build(
        Outgoing(
            desk_name=desk.name,
            desk_address=desk.address,
            recipient=reply.recipient,
            reply_to=reply_to,
            subject=reply.subject,
            text=reply.text,
            html=reply.html,
            message_id=reply.message_id,
            date=when,
            in_reply_to=reply.in_reply_to,
            references=tuple(reply.references.split()),
            automatic=reply.automatic,
            generated=isinstance(reply.kind, NoticeKind),
        )
    )
