"""When our own people are told: a turn that nears its end or has passed it, the day's digest (domain.md §5). Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from rules.sla import Calendar, working_time

WARN_SHARE = 0.75  # of a turn's counted time
_LONGEST_LOOK = 400  # days back for a working day


@dataclass(frozen=True, slots=True)
class Day:
    """A working day to report on: its date, and the stretch reported, from the working day before to its midnight."""

    day: date
    start: datetime
    end: datetime


def share_used(started: datetime, due: datetime, now: datetime, calendar: Calendar) -> float:
    """How much of a turn's counted time is over: 0.0 to 1.0, and 1.0 from its due moment on."""
    whole = working_time(started, due, calendar)
    if now >= due or not whole:
        return 1.0
    return min(working_time(started, now, calendar) / whole, 1.0)


def day_to_report(now: datetime, at: time, calendar: Calendar) -> Day | None:
    """What a digest would be about now: everything since the working day before began, up to this day's midnight.

    None on days off and before that time of the day in the desk's zone. Days that follow each other leave no gap.
    """
    local = now.astimezone(calendar.zone)
    today = local.date()
    if calendar.why_off(today) or local.time() < at:
        return None
    before = next(
        (day for n in range(1, _LONGEST_LOOK) if not calendar.why_off(day := today - timedelta(days=n))),
        today - timedelta(days=1),
    )
    return Day(today, _midnight(before, calendar), _midnight(today, calendar))


def year_to_ask(now: datetime, calendar: Calendar) -> int:
    """The year whose calendar must be known by now: this one, from 1 December on the next."""
    today = now.astimezone(calendar.zone).date()
    return today.year + (today.month == 12)  # noqa: PLR2004 - December


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)
