"""The outbox: claim, hand over, mark. Replies wait for their turn, are retried for days and never sent from within a
database transaction. Knows neither SMTP (that is `intake.smtp`) nor what the replies say.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from intake.events import Events
from intake.outgoing import Outgoing, build
from intake.settings import Desk, Smtp
from intake.smtp import Sender
from rules.delivery import Accepted, Handover, Later, retry_at
from rules.judgement import Flag, NoticeKind
from store.records import ReplyRecord
from store.unit_of_work import Store, Work

BATCH = 20


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
    ) -> None:
        self._sender, self._smtp, self._desk = sender, smtp, desk
        self._store, self._events, self._now, self._name = store, events, now, name

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
        raw = letter(reply, self._desk, self._now())
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
            work.tickets.alarm(work.outbox.refused(reply.id, done.because, now), Flag.UNREACHABLE, now)

    def _tell(self, reply: ReplyRecord, done: Handover) -> None:
        if isinstance(done, Accepted):
            self._events.sent(reply.id, done.answer)
        elif isinstance(done, Later):
            self._events.reply_later(reply.id, done.because)
        else:
            self._events.reply_refused(reply.id, done.because)


def letter(reply: ReplyRecord, desk: Desk, when: datetime) -> bytes:
    """The reply as it leaves the house; the same bytes for the same moment."""
    return build(
        Outgoing(
            desk_name=desk.name,
            desk_address=desk.address,
            recipient=reply.recipient,
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
