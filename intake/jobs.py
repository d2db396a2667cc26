"""The rounds over the store: take in what is kept, send what is due, copy what was sent, tell the webhook. Each ends
by itself.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intake.events import Events
from intake.mailbox import Connection
from intake.pipeline import Intake, Outcome
from intake.sending import Postman, letter, to_the_desk
from intake.webhook import Teller
from store.records import ReplyRecord
from store.unit_of_work import Store

BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """One round each; `ring_outbox` is called when replies are waiting."""

    store: Store
    intake: Intake
    postman: Postman | None
    events: Events
    now: Callable[[], datetime]
    teller: Teller | None = None
    answers_to: Callable[[ReplyRecord], str] = to_the_desk

    def process_kept(self, after: Callable[[Outcome], None] = lambda _: None) -> list[Outcome]:
        """Take in every kept message, oldest first, until none is left."""
        done: list[Outcome] = []
        while True:
            with self.store.reading() as work:
                batch = work.messages.next_kept(BATCH, self.now())
            if not batch:
                return done
            for raw_id in batch:
                outcome = self.intake.take_in(raw_id)
                done.append(outcome)
                after(outcome)

    def send_outbox(self) -> int:
        """Hand over what is due; 0 in a dry run."""
        return self.postman.round() if self.postman else 0

    def tell_hooks(self, stopping: threading.Event | None = None) -> int:
        """Tell the webhook what is due; how many events were taken, 0 without a webhook."""
        return self.teller.round(stopping) if self.teller else 0

    def anything_to_copy(self) -> bool:
        """Whether a sent reply still lacks its copy."""
        with self.store.reading() as work:
            return bool(work.outbox.to_copy(1))

    def copy_sent(self, connection: Connection, folder: str) -> int:
        """Put a copy of each sent reply into the mailbox's Sent folder, once."""
        with self.store.reading() as work:
            waiting = work.outbox.to_copy(BATCH)
        for reply in waiting:
            when = reply.sent_at or self.now()
            connection.append(folder, letter(reply, self.intake.desk, when, self.answers_to(reply)), when)
            with self.store.writing() as work:
                work.outbox.copied(reply.id)
            self.events.copied(reply.id)
        return len(waiting)

    def retry(self) -> list[Outcome]:
        """Take in again what was set aside."""
        with self.store.writing() as work:
            for failed in work.messages.failed():
                work.messages.requeue(failed.id)
        return self.process_kept()
