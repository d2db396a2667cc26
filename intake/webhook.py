"""The webhook: other systems are told of decisions, at least once each, once a decision can no longer be undone.

    due → claim → POST → told, again later, or dead          (each step its own short transaction; none around the POST)

Signed as Standard Webhooks; the id of an event is the same at each try, so that the receiver can drop a repetition: a
crash between telling and marking tells twice. Knows neither HTTP (`intake.posting`) nor who decided.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from intake import __version__
from intake.events import Events
from intake.posting import Unanswered, post
from intake.settings import Webhook
from rules.webhook import APPROVED, REJECTED, Again, Answer, Told, meaning, next_wait, payload, signature
from store.records import HookRecord
from store.unit_of_work import Store

__all__ = ["APPROVED", "REJECTED", "Teller", "payload"]

BATCH = 100
_LEASE_TRIES, _LEASE_SECONDS = 3, 5.0  # a claim outlives a name server's and a few addresses' time-outs


class Teller:
    """Tells the receiver what is due."""

    def __init__(self, webhook: Webhook, *, store: Store, events: Events, now: Callable[[], datetime]) -> None:
        self._webhook, self._store, self._events, self._now = webhook, store, events, now
        self._quiet_until: datetime | None = None

    def round(self, stopping: threading.Event | None = None) -> int:
        """Tell each event that is due, oldest first; how many were taken. Ends early when `stopping` is set.

        Ends too when the receiver cannot be reached or asks to come later: the others stay due for the next round.
        Raises `SettingsError` when something is due and there is no secret to sign it with.
        """
        if self._quiet_until is not None and self._now() < self._quiet_until:
            return 0
        with self._store.reading() as work:
            due = work.hooks.due(BATCH, self._now())
        told = 0
        key = self._webhook.key() if due else b""
        for hook in due:
            if stopping is not None and stopping.is_set():
                break
            answer = self._tell(hook, key)
            told += isinstance(answer, Told)
            if isinstance(answer, Again) and self._ends_the_round(answer):
                break
        return told

    def _ends_the_round(self, answer: Again) -> bool:
        if answer.seconds:
            longest = timedelta(hours=self._webhook.give_up_hours)
            self._quiet_until = self._now() + min(timedelta(seconds=answer.seconds), longest)
        return answer.seconds > 0 or not answer.because.startswith("answered")

    def _tell(self, hook: HookRecord, key: bytes) -> Answer | None:
        """Tell one event and mark it; None when another process has it."""
        now = self._now()
        lease = timedelta(seconds=_LEASE_TRIES * self._webhook.timeout_seconds + _LEASE_SECONDS)
        with self._store.writing() as work:
            if not work.hooks.claim(hook.id, hook.tries, now + lease):
                return None
        answer = self._ask(hook, key, now)
        if isinstance(answer, Told):
            self._events.hook_handed_over(hook.id)
        self._mark(hook, answer)
        return answer

    def _ask(self, hook: HookRecord, key: bytes, now: datetime) -> Answer:
        body, timestamp = hook.payload.encode(), int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"sferum-intake/{__version__}",
            "webhook-id": hook.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(key, hook.event_id, timestamp, body),
        }
        answer = post(self._webhook.url, headers, body, self._webhook.timeout_seconds)
        if isinstance(answer, Unanswered):
            return Again(answer.because)
        return meaning(answer.status, answer.retry_after, self._now())

    def _mark(self, hook: HookRecord, answer: Answer) -> None:
        now = self._now()
        if isinstance(answer, Told):
            with self._store.writing() as work:
                work.hooks.told(hook.id, now)
            self._events.hook_told(hook.id, hook.event)
            return
        wait = (
            next_wait(hook.tries + 1, self._webhook.give_up_hours, answer.seconds)
            if isinstance(answer, Again)
            else None
        )
        with self._store.writing() as work:
            if wait is None:
                work.hooks.dead(hook.id, answer.because)
            else:
                work.hooks.again(hook.id, now + timedelta(seconds=wait), answer.because)
        if wait is None:
            self._events.hook_dead(hook.id, answer.because)
        else:
            self._events.hook_later(hook.id, answer.because)
