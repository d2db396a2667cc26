"""The whole file of one ticket, and the audit log, as text and as JSON. Shows; decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake.listing import columns, printable, ticket_json, ticket_text
from store.records import ActionRecord, Note, TicketLink, TicketRecord, TurnRecord
from store.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One ticket with everything that hangs on it."""

    ticket: TicketRecord
    notes: tuple[Note, ...]
    actions: tuple[ActionRecord, ...]
    links: tuple[TicketLink, ...]


def case_file(store: Store, number: str) -> CaseFile | None:
    """All of it as at one moment; None if there is no such ticket."""
    with store.reading() as work:
        ticket = work.tickets.get(number)
        if ticket is None:
            return None
        return CaseFile(
            ticket=ticket,
            notes=work.actions.notes(number),
            actions=work.actions.of_ticket(number),
            links=work.tickets.links(number),
        )


def case_text(case: CaseFile, zone: ZoneInfo) -> str:
    """For a person's eye: the ticket with fields, messages, replies and changes, then who has it and what was done."""
    ticket = case.ticket
    lines = [f"move     {_time(one.at, zone)}  {one.before} -> {one.after} ({one.by})" for one in ticket.moves]
    lines += [_turn(one, zone) for one in ticket.turns]
    lines += [f"assignee {ticket.assignee}"] if ticket.assignee else []
    lines += [f"task     {ticket.task}"] if ticket.task else []
    lines += [f"repeats  {ticket.repeats}"] if ticket.repeats else []
    lines += [
        f"waits    since {_time(ticket.asked_at, zone)}, reminded {ticket.nudged} times" if ticket.asked_at else ""
    ]
    lines += [f"link     {one.kind}  {one.number}  {one.state}  {one.title}" for one in case.links]
    lines += [f"note     {_time(one.at, zone)}  {one.by}: {one.text}" for one in case.notes]
    lines += [f"action   {_time(one.at, zone)}  {_said(one)}" for one in case.actions]
    return "\n".join([ticket_text(ticket, zone), *(printable(line) for line in lines if line)])


def case_json(case: CaseFile) -> dict[str, Any]:
    """For other programs; times in UTC."""
    ticket = case.ticket
    return ticket_json(ticket) | {
        "assignee": ticket.assignee or None,
        "task": ticket.task or None,
        "repeats": ticket.repeats,
        "asked": ticket.asked_at.isoformat() if ticket.asked_at else None,
        "reminders": ticket.nudged,
        "links": [{"kind": one.kind, "number": one.number} for one in case.links],
        "notes": [{"at": one.at.isoformat(), "by": one.by, "text": one.text} for one in case.notes],
        "actions": [action_json(one) for one in case.actions],
    }


def action_json(one: ActionRecord) -> dict[str, Any]:
    """One line of the audit log."""
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "by": one.by,
        "action": one.name.value,
        "ticket": one.number or None,
        "batch": one.batch or None,
        "details": dict(one.details),
        "undone": one.undone_at.isoformat() if one.undone_at else None,
        "undone_by": one.undone_by or None,
    }


def log_text(actions: Sequence[ActionRecord], zone: ZoneInfo) -> str:
    """The audit log in columns, or a sentence when it is empty."""
    if not actions:
        return "nothing was done yet"
    rows = [("id", "at", "by", "action", "ticket", "batch", "details")]
    rows += [
        (str(one.id), _time(one.at, zone), one.by, one.name.value, one.number, one.batch, _details(one))
        for one in actions
    ]
    return columns(rows, (0, 0, 34, 0, 0, 0, 90))


def _said(one: ActionRecord) -> str:
    return f"{one.id} {one.name.value} by {one.by} {_details(one)}".rstrip()


def _details(one: ActionRecord) -> str:
    parts = [f"{name}: {text}" for name, text in one.details.items()]
    if one.undone_at is not None:
        parts.append(f"UNDONE by {one.undone_by}")
    return "; ".join(parts)


def _turn(one: TurnRecord, zone: ZoneInfo) -> str:
    who = "" if one.automatic is None else " by itself" if one.automatic else " by a person"
    ended = f"ended {_time(one.ended_at, zone)}{who}" if one.ended_at else "open"
    return f"turn     {_time(one.started_at, zone)}  due {_time(one.due_at, zone)}, {ended}"


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
