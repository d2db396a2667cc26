"""What the clock does with a ticket that waits for its applicant: remind, remind again, close (domain.md §4). Pure.

Days are working days in the desk's zone: a day is 24 counted hours, as in `rules.sla`. Knows no "now" of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.sla import Calendar, due

DAY_HOURS = 24.0
REST_DAYS = 1.0  # working days between two steps, and after the applicant's last word


class Step(StrEnum):
    """What is to be done now."""

    REMIND = "remind"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the desk waits, in working days since the request was accepted: for each reminder, and in the end.

    Ascending; `expire_after_days` is the largest.
    """

    remind_after_days: tuple[float, ...] = (2.0, 5.0)
    expire_after_days: float = 10.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a ticket waits: since when, the reminders since, when the last one left, when the applicant last wrote."""

    asked_at: datetime
    nudged: int = 0
    reminded_at: datetime | None = None
    heard_at: datetime | None = None


def next_step(waiting: Waiting, now: datetime, calendar: Calendar, patience: Patience) -> Step | None:
    """The step that is due now, None if none is.

    Steps are taken in their order and none is left out; between two of them, and after the applicant's last word, lies
    at least one working day, however late the machine is.
    """
    reminders = patience.remind_after_days
    ends = waiting.nudged >= len(reminders)
    days = patience.expire_after_days if ends else reminders[waiting.nudged]
    if not _passed(waiting.asked_at, days, now, calendar) or not _rested(waiting, now, calendar):
        return None
    return Step.EXPIRE if ends else Step.REMIND


def closes(waiting: Waiting, now: datetime, calendar: Calendar, patience: Patience) -> datetime:
    """Until when an answer is in time, as a reminder that is written now may promise: the ticket is not closed before."""
    left = max(len(patience.remind_after_days) - waiting.nudged - 1, 0)  # reminders after this one
    return max(
        _later(waiting.asked_at, patience.expire_after_days, calendar),
        _later(now, REST_DAYS * (left + 1), calendar),
    )


def _rested(waiting: Waiting, now: datetime, calendar: Calendar) -> bool:
    before = [one for one in (waiting.reminded_at, waiting.heard_at) if one is not None]
    return all(_passed(one, REST_DAYS, now, calendar) for one in before)


def _passed(moment: datetime, days: float, now: datetime, calendar: Calendar) -> bool:
    """Whether so many working days have passed; seldom asks the calendar, as there are never more than days at all."""
    return now - moment >= timedelta(hours=days * DAY_HOURS) and _later(moment, days, calendar) <= now


def _later(moment: datetime, days: float, calendar: Calendar) -> datetime:
    return due(moment, days * DAY_HOURS, calendar)
