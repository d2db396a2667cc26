"""The clockwork: which job runs when. The only apscheduler.

Every job is one round of something that ends by itself, runs at most once at a time, is never dropped for being late,
and never stops the others. A bell lets one job start the next at once instead of at its next turn.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from intake.events import Events
from rules.errors import IntakeError

STEP_SECONDS = 2.0  # a clock that is set back by more than this is noticed


@dataclass(frozen=True, slots=True)
class Job:
    """A round to be run every `seconds`; `name` is how bells and events call it."""

    name: str
    round: Callable[[], object]
    seconds: float


class Clockwork:
    """Runs jobs in threads until stopped."""

    def __init__(self, events: Events, *, threads: int) -> None:
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a skipped overlapping run is no news here
        self._events = events
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        self._bells: dict[str, threading.Event] = {}
        self.stopping = threading.Event()
        self._minding = threading.Thread(target=self._mind_the_clock, name="clock", daemon=True)

    def add(self, job: Job) -> None:
        """Take a job on; it first runs at the start."""
        self._bells[job.name] = threading.Event()
        self._scheduler.add_job(
            lambda: self._run(job), "interval", seconds=job.seconds, id=job.name, next_run_time=datetime.now(UTC)
        )

    def ring(self, name: str) -> None:
        """Let a job run now; if it is running, once more when it ends."""
        bell = self._bells.get(name)
        if bell is None or self.stopping.is_set():
            return
        bell.set()
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()
        self._minding.start()

    def stop(self) -> None:
        """Let running rounds end, then stop."""
        self.stopping.set()
        if self._minding.is_alive():
            self._minding.join()
        self._scheduler.shutdown(wait=True)

    def _mind_the_clock(self) -> None:
        """Jobs wait for a time of the day. Where the machine's clock is set back that time lies far ahead: run now."""
        before = _wall_ahead()
        while not self.stopping.wait(1.0):
            now = _wall_ahead()
            if before - now > STEP_SECONDS:
                for name in self._bells:
                    with suppress(JobLookupError):
                        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
            before = now

    def _failed(self, event: JobExecutionEvent) -> None:
        """An error nobody foresaw: said aloud; the job runs again at its next turn."""
        self._events.job_failed(event.job_id, repr(event.exception))

    def _run(self, job: Job) -> None:
        bell = self._bells[job.name]
        while not self.stopping.is_set():
            bell.clear()
            try:
                job.round()
            except IntakeError as error:
                self._events.job_failed(job.name, str(error))
            if not bell.is_set():
                return


def _wall_ahead() -> float:
    """How far the wall clock is ahead of the one that is never set, in seconds."""
    return time.time() - time.monotonic()
