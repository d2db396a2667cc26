"""Carrying out what was judged: tickets opened and changed, fields with their history, turns, the reply. Writes only.

Makes legal moves only (`rules.ticket.may_move`); decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from rules.application import MISSING, Application, FieldName, FieldValue
from rules.judgement import Flag, ReplyKind, TicketPlan
from rules.ticket import FINISHED, State, may_move
from rules.twins import ticket_keys
from store import codec, tables
from store.records import ComposedReply, HookState, ReplyState
from store.threads import domain_of, recipient_key
from store.upsert import insert_new, upsert

_ticket, _field, _key = tables.ticket.c, tables.field.c, tables.ticket_key.c
_reply = tables.reply.c
_DECISIONS = (ReplyKind.APPROVED.value, ReplyKind.REJECTED.value)
TWIN = "twin"  # the kind of link between possible duplicates
_OPEN = tables.ticket.insert().returning(_ticket.id, _ticket.number)
_LINK_REPLY = tables.reply_ticket.insert()
APPLICANT = "applicant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Because of what tickets change: who, where, when; the message, None where a person or a timer acts. `title` is
    for tickets that have none.
    """

    thread_id: int
    message_id: int | None
    address: str
    title: str
    received_at: datetime
    now: datetime
    by: str = APPLICANT


class Plans:
    """Writes judged plans, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def carry_out(self, plans: Sequence[TicketPlan], numbers: Sequence[str], occasion: Occasion) -> dict[str, int]:
        """Open and change tickets. Returns their rows by number, in the order of the plans.

        Raises `ValueError` for an illegal move, a ticket that is not there, or too few `numbers` for the new ones.
        """
        new = iter(numbers)
        named = [(plan.number or _next(new), plan) for plan in plans]
        opened = self._open([(number, plan) for number, plan in named if plan.number is None], occasion)
        changed = self._change([(number, plan) for number, plan in named if plan.number is not None], occasion)
        tickets = opened | changed
        return {number: tickets[number] for number, _ in named}

    def link(self, ticket_ids: Sequence[int], message_id: int) -> None:
        """The message is about these tickets."""
        rows = [{"ticket_id": ticket_id, "message_id": message_id} for ticket_id in ticket_ids]
        if rows:
            self._connection.execute(insert_new(self._dialect, tables.ticket_message), rows)

    def start_turns(self, ticket_ids: Sequence[int], started_at: datetime, due_at: datetime) -> None:
        """The applicant waits for us from now on; a turn that is open goes on as it is."""
        rows = [{"ticket_id": ticket_id, "started_at": started_at, "due_at": due_at} for ticket_id in ticket_ids]
        if rows:
            self._connection.execute(insert_new(self._dialect, tables.turn), rows)

    def queue(self, composed: ComposedReply, thread_id: int, ticket_ids: Sequence[int], now: datetime) -> int | None:
        """Put a reply into the outbox. The same once more (thread, kind, round) is the same row: None then."""
        state = ReplyState.HELD if composed.held else ReplyState.QUEUED
        values = {
            "thread_id": thread_id,
            "kind": composed.kind.value,
            "round": composed.round,
            "message_id": composed.message_id.strip("<>").lower(),
            "recipient": composed.recipient,
            "recipient_key": recipient_key(composed.recipient),
            "recipient_domain": domain_of(composed.recipient),
            "subject": composed.subject,
            "text": composed.text,
            "html": composed.html,
            "in_reply_to": composed.in_reply_to,
            "references": composed.references,
            "automatic": composed.automatic,
            "state": state.value,
            "held_because": composed.held,
            "created_at": now,
            "not_before": composed.not_before or now,
            "tries": 0,
            "claimed_by": "",
            "last_error": "",
            "copied": False,
        }
        reply_id = self._connection.execute(insert_new(self._dialect, tables.reply, "id"), values).scalar()
        if reply_id is not None and ticket_ids:
            links = [{"reply_id": reply_id, "ticket_id": ticket_id} for ticket_id in ticket_ids]
            self._connection.execute(_LINK_REPLY, links)
        return reply_id

    def _open(self, plans: Sequence[tuple[str, TicketPlan]], occasion: Occasion) -> dict[str, int]:
        if not plans:
            return {}
        rows = self._connection.execute(
            _OPEN,
            [_ticket_row(number, plan, occasion) for number, plan in plans],
        )
        ids = {row.number: row.id for row in rows}
        self._write_fields(
            [
                _field_row(ids[number], name, value, occasion.message_id if value.source else None)
                for number, plan in plans
                if plan.application is not None
                for name, value in plan.application.items()
            ]
        )
        self._write_keys(
            [(ids[number], key) for number, plan in plans for key in ticket_keys(plan.application, occasion.address)]
        )
        return ids

    def _change(self, plans: Sequence[tuple[str, TicketPlan]], occasion: Occasion) -> dict[str, int]:
        if not plans:
            return {}
        known = {
            row.number: row
            for row in self._connection.execute(
                select(tables.ticket).where(_ticket.number.in_([number for number, _ in plans]))
            )
        }
        for number, plan in plans:
            if number not in known:
                msg = f"there is no ticket {number} to change"
                raise ValueError(msg)
            self._change_ticket(known[number], plan, occasion)
            if plan.application is not None:
                self._change_fields(known[number].id, plan.application, occasion)
        return {number: known[number].id for number, _ in plans}

    def _change_ticket(self, ticket: Row[Any], plan: TicketPlan, occasion: Occasion) -> None:
        before = State(ticket.state)
        if not may_move(before, plan.state):
            msg = f"ticket {ticket.number} cannot go from {before.value} to {plan.state.value}"
            raise ValueError(msg)
        application = plan.application or Application()
        self._connection.execute(
            update(tables.ticket)
            .where(_ticket.id == ticket.id)
            .values(
                kind=plan.kind.value,
                topic=plan.topic.value if plan.topic else ticket.topic,
                state=plan.state.value,
                flags=codec.flags_to_text((codec.flags_from_text(ticket.flags) | plan.flags) - plan.settled),
                title=application.title or ticket.title,
                region_code=application.region.code or ticket.region_code,
                changed_at=occasion.now,
                repeats=ticket.repeats + plan.repeat,
                **_waiting_anew(before, plan.state),
                **({"task": plan.task, "task_since": occasion.now} if plan.task else {}),
            )
        )
        if before in FINISHED and plan.state not in FINISHED:
            self._take_back(ticket.id)
        if before is not plan.state:
            record_move(
                self._connection,
                ticket.id,
                (before, plan.state),
                at=occasion.now,
                by=occasion.by,
                message_id=occasion.message_id,
            )

    def _take_back(self, ticket_id: int) -> None:
        """A decision no longer stands: it is neither exported nor told any more, and its letter does not leave."""
        self._connection.execute(update(tables.ticket).where(_ticket.id == ticket_id).values(decided_at=None))
        told = select(tables.reply_ticket.c.reply_id).where(tables.reply_ticket.c.ticket_id == ticket_id)
        self._connection.execute(
            update(tables.reply)
            .where(_reply.id.in_(told), _reply.kind.in_(_DECISIONS), _reply.state == ReplyState.QUEUED.value)
            .values(state=ReplyState.DROPPED.value)
        )
        self._connection.execute(
            update(tables.hook)
            .where(tables.hook.c.ticket_id == ticket_id, tables.hook.c.state == HookState.WAITING.value)
            .values(state=HookState.DROPPED.value)
        )

    def _change_fields(self, ticket_id: int, application: Application, occasion: Occasion) -> None:
        rows = self._connection.execute(select(tables.field).where(_field.ticket_id == ticket_id)).mappings()
        known = {FieldName(row["name"]): (codec.field_from_row(row), row["message_id"]) for row in rows}
        fields, changes = [], []
        for name, after in application.items():
            before, message_id = known.get(name, (MISSING, None))
            if name in known and before == after:
                continue
            if after.source is None or after.source != before.source:
                message_id = occasion.message_id if after.source else None
            fields.append(_field_row(ticket_id, name, after, message_id))
            if before != after:
                changes.append(_change_row(ticket_id, name, before, after, occasion))
        self._write_fields(fields)
        if changes:
            self._connection.execute(tables.field_change.insert(), changes)
            self.rewrite_keys(ticket_id, application)

    def rewrite_keys(self, ticket_id: int, application: Application) -> None:
        """By what a changed application is found again; its sender stays."""
        self._connection.execute(delete(tables.ticket_key).where(_key.ticket_id == ticket_id, _key.kind != "sender"))
        self._write_keys([(ticket_id, key) for key in ticket_keys(application, "")])

    def link_twins(self, plans: Sequence[tuple[int, TicketPlan]], now: datetime) -> None:
        """Possible duplicates are marked as such on both sides (domain.md §4)."""
        wanted = sorted({number for _, plan in plans for number in plan.twins})
        if not wanted:
            return
        rows = self._connection.execute(
            select(_ticket.id, _ticket.number, _ticket.flags).where(_ticket.number.in_(wanted))
        )
        others = {row.number: row for row in rows}
        touch_threads(self._connection, wanted)  # whoever decides about them now looks at the twin first
        pairs = [(one, others[number].id) for one, plan in plans for number in plan.twins if number in others]
        links = [
            {"ticket_id": a, "other_id": b, "kind": TWIN, "at": now}
            for one, other in pairs
            for a, b in ((one, other), (other, one))
        ]
        if links:
            self._connection.execute(insert_new(self._dialect, tables.ticket_link), links)
        for row in others.values():
            flags = codec.flags_to_text(codec.flags_from_text(row.flags) | {Flag.POSSIBLE_DUPLICATE})
            self._connection.execute(update(tables.ticket).where(_ticket.id == row.id).values(flags=flags))

    def _write_keys(self, keys: Sequence[tuple[int, tuple[str, str]]]) -> None:
        rows = [{"ticket_id": ticket_id, "kind": kind, "value": value} for ticket_id, (kind, value) in keys]
        if rows:
            self._connection.execute(insert_new(self._dialect, tables.ticket_key), rows)

    def _write_fields(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        self._connection.execute(upsert(self._dialect, tables.field, ("ticket_id", "name")), rows)


def _waiting_anew(before: State, after: State) -> dict[str, Any]:
    """A ticket that begins or ends to wait has been asked nothing yet."""
    return {} if before is after is State.WAITING else {"asked_at": None, "nudged": 0}


def touch_threads(connection: Connection, numbers: Sequence[str]) -> None:
    """The threads of these tickets change: whoever judged them before must judge again, whoever writes now waits."""
    theirs = select(_ticket.thread_id).where(_ticket.number.in_(numbers))
    version = tables.thread.c.version
    connection.execute(update(tables.thread).where(tables.thread.c.id.in_(theirs)).values(version=version + 1))


def record_move(
    connection: Connection, ticket_id: int, move: tuple[State, State], *, at: datetime, by: str, message_id: int | None
) -> None:
    """Write a move of a ticket (before, after) into its history."""
    before, after = move
    connection.execute(
        tables.state_change.insert(),
        {
            "ticket_id": ticket_id,
            "at": at,
            "message_id": message_id,
            "by": by,
            "before": before.value,
            "after": after.value,
        },
    )


def _next(numbers: Iterator[str]) -> str:
    number = next(numbers, None)
    if number is None:
        msg = "fewer numbers were reserved than tickets are to be opened"
        raise ValueError(msg)
    return number


def _ticket_row(number: str, plan: TicketPlan, occasion: Occasion) -> dict[str, Any]:
    application = plan.application or Application()
    return {
        "number": number,
        "thread_id": occasion.thread_id,
        "first_message_id": occasion.message_id,
        "kind": plan.kind.value,
        "topic": plan.topic.value if plan.topic else None,
        "state": plan.state.value,
        "flags": codec.flags_to_text(plan.flags),
        "title": application.title or occasion.title,
        "applicant_address": occasion.address,
        "region_code": application.region.code,
        "opened_at": occasion.received_at,
        "changed_at": occasion.now,
    }


def _field_row(ticket_id: int, name: FieldName, value: FieldValue, message_id: int | None) -> dict[str, Any]:
    return {"ticket_id": ticket_id, "name": name.value, "message_id": message_id} | codec.field_to_row(value)


def _change_row(
    ticket_id: int, name: FieldName, before: FieldValue, after: FieldValue, occasion: Occasion
) -> Mapping[str, Any]:
    return {
        "ticket_id": ticket_id,
        "name": name.value,
        "at": occasion.now,
        "message_id": occasion.message_id,
        "by": occasion.by,
        "before": codec.field_to_json(before),
        "after": codec.field_to_json(after),
    }
