"""`intake due`: the arithmetic of a ticket's turns in the desk's zone: which spans counted, which did not and why.

English for the operator; the reasons are the calendar's own Russian words. Computes nothing that is not in `rules.sla`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from intake.listing import columns
from rules.calendar import WorkingCalendar
from rules.sla import Span, due, explain, working_time
from rules.telling import share_used
from rules.ticket import State
from store.records import TicketRecord, TurnRecord

_NO_LIMIT = (0,) * 5


def due_text(ticket: TicketRecord, hours: float, calendar: WorkingCalendar, now: datetime, *, full: bool) -> str:
    """When answers to this ticket are, or were, due; `full`: each of its turns span by span."""
    if not ticket.turns:
        return f"{ticket.number}: nobody has waited for us yet, so nothing is due"
    shown = ticket.turns if full else (ticket.turn or ticket.turns[-1],)
    first = len(ticket.turns) - len(shown) + 1 if not ticket.turn else ticket.turns.index(shown[0]) + 1
    blocks = [f"{ticket.number}: {_standing(ticket)}; times in {calendar.zone}"]
    for count, turn in enumerate(shown, start=first):
        lines = [f"turn {count} of {len(ticket.turns)}", *_facts(turn, calendar, now)]
        if full:
            lines += ["", *_arithmetic(turn, hours, calendar)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _standing(ticket: TicketRecord) -> str:
    if ticket.turn:
        return "the applicant waits for us, the clock runs"
    if ticket.state is State.WAITING:
        return "we wait for the applicant, the clock stands"
    return f"{ticket.state.value}, no clock runs"


def _facts(turn: TurnRecord, calendar: WorkingCalendar, now: datetime) -> Iterator[str]:
    yield f"  started  {_local(turn.started_at, calendar)}"
    yield f"  due      {_local(turn.due_at, calendar)}"
    if turn.ended_at is None:
        used = share_used(turn.started_at, turn.due_at, now, calendar)
        left = working_time(now, turn.due_at, calendar)
        ahead = f"{_hours(left)} of working time are left" if now < turn.due_at else "overdue"
        yield f"  used     {used:.0%} of {_hours(working_time(turn.started_at, turn.due_at, calendar))}, {ahead}"
        return
    who = {True: "by the program", False: "by a person", None: ""}[turn.automatic]
    kept = "in time" if turn.ended_at <= turn.due_at else "too late"
    took = working_time(turn.started_at, turn.ended_at, calendar)
    yield f"  ended    {_local(turn.ended_at, calendar)} {who}, {kept}, after {_hours(took)} of working time".replace(
        " ,", ","
    )


def _arithmetic(turn: TurnRecord, hours: float, calendar: WorkingCalendar) -> Iterator[str]:
    promised = _promised(turn, hours, calendar)
    spans = explain(turn.started_at, promised, calendar)
    rows: list[tuple[str, ...]] = [("from", "to", "counted", "total", "why not")]
    total = timedelta()
    for span in spans:
        total += span.length if span.counted else timedelta()
        rows.append(_row(span, total, calendar))
    yield from (f"  {line}" for line in columns(rows, _NO_LIMIT).splitlines())
    if spans[-1].end != turn.due_at:
        yield f"  by today's settings and calendar it would be due {_local(spans[-1].end, calendar)}; the promise made then stays"


def _promised(turn: TurnRecord, hours: float, calendar: WorkingCalendar) -> float:
    """The hours that were promised: today's, or those that lead to the very due moment that was written down."""
    if due(turn.started_at, hours, calendar) == turn.due_at:
        return hours
    whole = working_time(turn.started_at, turn.due_at, calendar) / timedelta(hours=1)
    return whole if due(turn.started_at, whole, calendar) == turn.due_at else hours


def _row(span: Span, total: timedelta, calendar: WorkingCalendar) -> tuple[str, ...]:
    counted = _hours(span.length) if span.counted else "-"
    return (_local(span.start, calendar), _local(span.end, calendar), counted, _hours(total), span.reason)


def _local(moment: datetime, calendar: WorkingCalendar) -> str:
    """«Fri 2026-11-20 18:00 MSK», with seconds where they matter."""
    local = moment.astimezone(calendar.zone)
    seconds = local.second or local.microsecond
    return f"{local:%a %Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%a %Y-%m-%d %H:%M %Z}"


def _hours(length: timedelta) -> str:
    """«24 h 00 min», with seconds where they matter."""
    minutes, seconds = divmod(round(length / timedelta(seconds=1)), 60)
    whole = f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{whole} {seconds:02d} s" if seconds else whole
