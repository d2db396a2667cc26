"""Tickets and replies for the command line: plain columns for a person, JSON for other programs and tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.application import FieldValue, Status
from store.records import (
    FieldChange,
    HookRecord,
    HookState,
    MessageRecord,
    ReplyRecord,
    TicketLine,
    TicketRecord,
    TurnRecord,
)

_MARKS = {Status.OK: "ok", Status.DOUBTFUL: "?", Status.INVALID: "!", Status.MISSING: "-"}


# --- JSON ----------------------------------------------------------------------------------------------------------


def ticket_json(ticket: TicketRecord) -> dict[str, Any]:
    """Everything about one ticket: state, applicant, fields with statuses, turns, replies, messages. Times in UTC."""
    turn = ticket.turn
    return {
        "number": ticket.number,
        "kind": ticket.kind.value,
        "topic": ticket.topic.value if ticket.topic else None,
        "state": ticket.state.value,
        "flags": sorted(flag.value for flag in ticket.flags),
        "title": ticket.title,
        "applicant": ticket.applicant_address,
        "thread": ticket.thread_key,
        "opened": _utc(ticket.opened_at),
        "changed": _utc(ticket.changed_at),
        "fields": {one.name.value: field_json(one.value) for one in ticket.fields},
        "due": _utc(turn.due_at) if turn else None,
        "turns": [_turn_json(one) for one in ticket.turns],
        "replies": [reply_json(one) for one in ticket.replies],
        "received": [_utc(one.received_at) for one in ticket.messages],
        "messages": [_message_json(one) for one in ticket.messages],
        "history": [_change_json(one) for one in ticket.history],
    }


def field_json(value: FieldValue) -> dict[str, Any]:
    """One field: value, status, reason, what was written, candidates."""
    return {
        "value": value.value if value.usable else None,
        "code": value.code or None,
        "status": value.status.value,
        "reason": value.reason or None,
        "written": value.written,
        "candidates": list(value.candidates),
    }


def reply_json(reply: ReplyRecord) -> dict[str, Any]:
    """One reply with its delivery."""
    return {
        "id": reply.id,
        "kind": reply.kind.value,
        "round": reply.round,
        "state": reply.state.value,
        "held_because": reply.held_because or None,
        "recipient": reply.recipient,
        "subject": reply.subject,
        "message_id": reply.message_id,
        "tickets": list(reply.tickets),
        "created": _utc(reply.created_at),
        "sent": _utc(reply.sent_at),
        "tries": reply.tries,
        "last_error": reply.last_error or None,
    }


def hook_json(hook: HookRecord) -> dict[str, Any]:
    """One event for the webhook and how far it has come."""
    return {
        "id": hook.id,
        "event_id": hook.event_id,
        "event": hook.event,
        "ticket": hook.number,
        "state": hook.state.value,
        "tries": hook.tries,
        "created": _utc(hook.created_at),
        "not_before": _utc(hook.not_before),
        "last_error": hook.last_error or None,
    }


def _message_json(message: MessageRecord) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "from": message.from_address,
        "subject": message.subject,
        "kind": message.kind.value,
        "topic": message.topic.value if message.topic else None,
        "because": list(message.because),
        "silence": message.silence or None,
        "received": _utc(message.received_at),
    }


def _turn_json(turn: TurnRecord) -> dict[str, Any]:
    return {
        "started": _utc(turn.started_at),
        "due": _utc(turn.due_at),
        "ended": _utc(turn.ended_at),
        "automatic": turn.automatic,
    }


def _change_json(change: FieldChange) -> dict[str, Any]:
    return {
        "field": change.name.value,
        "at": _utc(change.at),
        "by": change.by,
        "before": change.before.value,
        "after": change.after.value,
        "status": change.after.status.value,
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# --- columns -------------------------------------------------------------------------------------------------------


def tickets_text(tickets: list[TicketLine], zone: ZoneInfo) -> str:
    """The tickets in columns, or a sentence when there is none."""
    if not tickets:
        return "no tickets yet; `intake run` fetches new letters, `intake replay FILE.eml` takes one in from a file"
    rows = [("number", "kind", "state", "due", "organisation or sender", "needs", "reply")]
    rows += [
        (
            one.number,
            one.topic.value if one.topic else one.kind.value,
            one.state.value,
            _local(one.due_at, zone),
            one.title or one.applicant_address,
            ", ".join(f"{u.name.value} {u.status.value}" for u in one.unsettled),
            f"{one.reply.kind.value} {one.reply.state.value}" if one.reply else "",
        )
        for one in tickets
    ]
    return columns(rows, (0, 0, 0, 0, 34, 60, 0))


def outbox_text(replies: list[ReplyRecord], zone: ZoneInfo) -> str:
    """The replies in columns, or a sentence when there is none."""
    if not replies:
        return "no replies yet"
    rows = [("id", "created", "kind", "state", "recipient", "tickets", "tries", "what happened")]
    rows += [
        (
            str(one.id),
            _local(one.created_at, zone),
            f"{one.kind.value} {one.round}",
            one.state.value,
            one.recipient,
            ", ".join(one.tickets),
            str(one.tries),
            one.held_because or one.last_error or _local(one.sent_at, zone),
        )
        for one in replies
    ]
    return columns(rows, (0, 0, 0, 0, 34, 24, 0, 60))


def hooks_text(hooks: Sequence[HookRecord], zone: ZoneInfo) -> str:
    """Events for the webhook in columns, or a sentence when there is none."""
    if not hooks:
        return "no event waits and none was given up"
    rows = [("id", "created", "event", "ticket", "state", "tries", "not before", "what happened")]
    rows += [
        (
            str(one.id),
            _local(one.created_at, zone),
            one.event,
            one.number,
            one.state.value,
            str(one.tries),
            _local(one.not_before, zone) if one.state is HookState.WAITING else "",
            one.last_error,
        )
        for one in hooks
    ]
    return columns(rows, (0, 0, 0, 0, 0, 0, 0, 60))


def ticket_text(ticket: TicketRecord, zone: ZoneInfo) -> str:
    """One ticket for a person's eye."""
    turn = ticket.turn
    flags = f", {', '.join(sorted(ticket.flags))}" if ticket.flags else ""
    due = f", due {_local(turn.due_at, zone)}" if turn else ""
    lines = [f"{ticket.number}  {ticket.topic or ticket.kind}  {ticket.state}{due}{flags}"]
    lines.append(f"from {ticket.applicant_address or 'nobody'}, opened {_local(ticket.opened_at, zone)}")
    lines += [_field_line(one.name.value, one.value) for one in ticket.fields]
    lines += [
        f"message  {_local(one.received_at, zone)}  {one.from_address}  «{one.subject}»  {'; '.join(one.because)}"
        for one in ticket.messages
    ]
    lines += [
        f"reply    {_local(one.created_at, zone)}  {one.kind} {one.round} to {one.recipient}: {one.state}"
        f" {one.held_because or one.last_error}".rstrip()
        for one in ticket.replies
    ]
    lines += [
        f"change   {_local(one.at, zone)}  {one.name}: {one.before.value or '-'} -> {one.after.value or '-'} ({one.by})"
        for one in ticket.history
    ]
    return "\n".join(printable(line) for line in lines)


def _field_line(name: str, value: FieldValue) -> str:
    shown = (value.value or value.written or "") + (f" [{value.code}]" if value.code else "")
    reason = f"  ({value.reason})" if value.reason else ""
    return f"  {_MARKS[value.status]:>2} {name:24} {shown}{reason}"


def columns(rows: Sequence[tuple[str, ...]], limits: tuple[int, ...]) -> str:
    """Rows in aligned columns; a limit above 0 cuts a column's cells with an ellipsis."""
    clean = [tuple(_cut(printable(cell), limit) for cell, limit in zip(row, limits, strict=True)) for row in rows]
    widths = [max(len(row[number]) for row in clean) for number in range(len(limits))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean
    )


def _cut(cell: str, limit: int) -> str:
    return cell[: limit - 1] + "…" if limit and len(cell) > limit else cell


def printable(text: str) -> str:
    """The text without control characters, so that no letter can drive the terminal."""
    return "".join(one if one.isprintable() else " " for one in text)


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
