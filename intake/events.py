"""What happens in a message's life, one function per event: the only logging calls of the house.

Nothing personal is logged: numbers, ids and counts, no addresses, names or texts. Each event is also a boundary
between two steps; a fault test can have the process killed right after the N-th of a kind
(`INTAKE_FAULT=taken_in:3`), which is how "nothing lost, nothing twice" is proved on the real process.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

FAULT_VARIABLE = "INTAKE_FAULT"


class Fault:
    """A death to order: kills this process with SIGKILL right after the N-th event of a name."""

    def __init__(self, order: str) -> None:
        name, _, count = order.partition(":")
        self._name, self._left = name, int(count or 1)

    def after(self, event: str) -> None:
        """Count one event; die when it is the one."""
        if event == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def log_lines(*, as_json: bool, quiet: bool = False) -> Callable[[str, dict[str, Any]], None]:
    """A place for events to go: one line each on standard error, text or JSON."""
    import structlog  # noqa: PLC0415 - 30 ms that commands without a log need not pay

    render: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.add_log_level, render],
    )

    def line(event: str, values: dict[str, Any]) -> None:
        if quiet and event not in _LOUD:
            return
        (logger.warning if event in _LOUD else logger.info)(event, **values)

    return line


_LOUD = frozenset(
    {
        "could_not_look",
        "set_aside",
        "reply_refused",
        "reply_later",
        "job_failed",
        "year_not_decreed",
        "hook_later",
        "hook_dead",
    }
)


class Events:
    """The events, each a method with what is known of it. `sink` takes name and values; `fault` may end the process."""

    def __init__(self, sink: Callable[[str, dict[str, Any]], None] | None = None) -> None:
        self._sink = sink
        order = os.environ.get(FAULT_VARIABLE)
        self._fault = Fault(order) if order else None
        self.counts: Counter[str] = Counter()

    def _happened(self, event: str, **values: object) -> None:
        self.counts[event] += 1
        if self._sink is not None:
            self._sink(event, values)
        if self._fault is not None:
            self._fault.after(event)

    # --- fetching
    def looked(self, mailbox: str, folder: str, new: int) -> None:
        """A folder was looked into and held that many new messages."""
        self._happened("looked", mailbox=mailbox, folder=folder, new=new)

    def fetched(self, mailbox: str, folder: str, count: int) -> None:
        """A batch has come from the server; nothing is kept yet."""
        self._happened("fetched", mailbox=mailbox, folder=folder, count=count)

    def kept(self, mailbox: str, folder: str, new: int, duplicates: int) -> None:
        """A batch is committed with its bookmark."""
        self._happened("kept", mailbox=mailbox, folder=folder, new=new, duplicates=duplicates)

    def marked(self, mailbox: str, folder: str, count: int) -> None:
        """The server has marked or moved kept messages."""
        self._happened("marked", mailbox=mailbox, folder=folder, count=count)

    def not_moved(self, mailbox: str, folder: str, count: int) -> None:
        """The server can move nothing safely (neither MOVE nor UIDPLUS); kept messages stay where they are."""
        self._happened("not_moved", mailbox=mailbox, folder=folder, count=count)

    def could_not_look(self, mailbox: str, error: str, again_in: float) -> None:
        """A mailbox could not be read; never to be taken for "no mail"."""
        self._happened("could_not_look", mailbox=mailbox, error=error, again_in=round(again_in, 1))

    # --- taking in
    def judged(self, raw: int, kind: str) -> None:
        """A message is read and judged; nothing is written yet."""
        self._happened("judged", raw=raw, kind=kind)

    def judged_again(self, raw: int) -> None:
        """The thread had changed meanwhile."""
        self._happened("judged_again", raw=raw)

    def taken_in(self, raw: int, kind: str, tickets: tuple[str, ...], reply: str, silence: str) -> None:
        """Tickets and reply are committed."""
        self._happened("taken_in", raw=raw, kind=kind, tickets=list(tickets), reply=reply, silence=silence)

    def set_aside(self, raw: int, error: str) -> None:
        """A message failed, is kept with its traceback and lies with an agent; the rest goes on."""
        self._happened("set_aside", raw=raw, error=error)

    # --- sending
    def claimed(self, count: int) -> None:
        """Replies are claimed for handing over."""
        self._happened("claimed", count=count)

    def handed_over(self, reply: int) -> None:
        """The server has accepted a reply; nothing is written yet."""
        self._happened("handed_over", reply=reply)

    def sent(self, reply: int, answer: str) -> None:
        """A reply is marked as sent."""
        self._happened("sent", reply=reply, answer=answer)

    def reply_later(self, reply: int, because: str) -> None:
        """A reply will be tried again."""
        self._happened("reply_later", reply=reply, because=because)

    def reply_refused(self, reply: int, because: str) -> None:
        """A reply is refused for good."""
        self._happened("reply_refused", reply=reply, because=because)

    def copied(self, reply: int) -> None:
        """A copy of a sent reply lies in the Sent folder."""
        self._happened("copied", reply=reply)

    # --- the clock
    def timer(self, step: str, tickets: tuple[str, ...]) -> None:
        """Applicants are reminded (`remind`), or their tickets closed (`expire`): the letter is queued."""
        self._happened("timer", step=step, tickets=list(tickets))

    def turns_told(self, what: str, count: int) -> None:
        """Our own people are told of turns: a `warning`, or a `breach`."""
        self._happened("turns_told", what=what, count=count)

    # --- the webhook
    def hook_handed_over(self, hook: int) -> None:
        """The receiver has taken an event; nothing is written yet."""
        self._happened("hook_handed_over", hook=hook)

    def hook_told(self, hook: int, event: str) -> None:
        """An event is marked as told."""
        self._happened("hook_told", hook=hook, kind=event)

    def hook_later(self, hook: int, because: str) -> None:
        """An event will be told again."""
        self._happened("hook_later", hook=hook, because=because)

    def hook_dead(self, hook: int, because: str) -> None:
        """An event is given up; `intake webhooks --retry` revives it."""
        self._happened("hook_dead", hook=hook, because=because)

    # --- the house
    def job_failed(self, job: str, error: str) -> None:
        """A job ended with an unexpected error; it runs again at its next turn."""
        self._happened("job_failed", job=job, error=error)

    def year_not_decreed(self, year: int) -> None:
        """The working days of a year are not yet decreed; due times in it are estimates."""
        self._happened("year_not_decreed", year=year)
