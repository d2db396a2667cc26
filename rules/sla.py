"""The 24-hour clock: when an answer is due, counted on working days only, in the desk's zone (domain.md §5).

A working day counts from midnight to midnight of the desk's zone, 23 or 25 hours when the clocks change. Knows no
"now" and no holidays: the moment and the calendar are passed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

_DAY = timedelta(days=1)
_NEVER_WORKING = 400  # days off in a row that no real calendar has


class Calendar(Protocol):
    """What the clock asks of a calendar."""

    @property
    def zone(self) -> tzinfo:
        """The zone in which days begin and end."""

    def why_off(self, day: date) -> str:
        """Why a day is off; "" for a working day."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time within one kind of day, in the desk's zone.

    `counted` says whether it counts towards the promise; `reason` why it does not, in Russian for the desk.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: str = ""

    @property
    def length(self) -> timedelta:
        """Real time from start to end, right over a change of the clocks."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


def due(arrived: datetime, hours: float, calendar: Calendar) -> datetime:
    """When an answer to what arrived is due: after so many hours on working days, in the desk's zone.

    `arrived` must be aware. A due moment may be the very end of a working day, which is the first instant of the next
    day, also when that one is off; it never lies further inside a day off. Raises ValueError for an hour count below
    zero or a calendar without working days.
    """
    return explain(arrived, hours, calendar)[-1].end


def explain(arrived: datetime, hours: float, calendar: Calendar) -> tuple[Span, ...]:
    """The counted and skipped stretches from the arrival to the due moment; days that follow each other are joined.

    The last span ends at the due moment. Raises ValueError as `due` does.
    """
    if hours < 0:
        msg = f"hours must not be negative, got {hours}"
        raise ValueError(msg)
    left = timedelta(hours=hours)
    spans: list[Span] = []
    idle = 0
    for day in _days(arrived, calendar):
        if day.counted and left <= day.length:
            end = (day.start.astimezone(UTC) + left).astimezone(calendar.zone)
            _append(spans, Span(day.start, end, counted=True))
            break
        left -= day.length if day.counted else timedelta()
        idle = 0 if day.counted else idle + 1
        if idle > _NEVER_WORKING:
            msg = f"the calendar has no working day in the {_NEVER_WORKING} days before {day.end:%Y-%m-%d}"
            raise ValueError(msg)
        _append(spans, day)
    return tuple(spans)


def working_time(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much time on working days lies between two moments; zero when the end is not after the start."""
    total = timedelta()
    last = end.astimezone(UTC)
    for day in _days(start, calendar):
        begin = day.start.astimezone(UTC)
        if begin >= last:
            break
        if day.counted:
            total += min(day.end.astimezone(UTC), last) - begin
    return total


def _days(start: datetime, calendar: Calendar) -> Iterator[Span]:
    """The rest of the first day, then day by day without end, each counted or not."""
    current = start.astimezone(calendar.zone)
    while True:
        day = current.date()
        midnight = datetime.combine(day + _DAY, time(), calendar.zone)
        reason = calendar.why_off(day)
        yield Span(current, midnight, counted=not reason, reason=reason)
        current = midnight


def _append(spans: list[Span], span: Span) -> None:
    """Add a span, joined with the one before when it has the same reason."""
    before = spans[-1] if spans else None
    if before and before.counted is span.counted and before.reason == span.reason:
        spans[-1] = Span(before.start, span.end, before.counted, before.reason)
    else:
        spans.append(span)
