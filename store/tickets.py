"""Tickets as people look at them: lists, one ticket with everything about it, counts. One small change: `alarm`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from rules.application import FieldName, Status
from rules.judgement import Flag, Kind, ReplyKind, Topic
from rules.ticket import FINISHED, State
from store import codec, tables
from store.messages import message_record
from store.outbox import Outbox
from store.plans import record_move, touch_threads
from store.records import (
    FieldChange,
    FieldRecord,
    MessageRecord,
    ReplyLine,
    ReplyState,
    StateChange,
    TicketLine,
    TicketLink,
    TicketRecord,
    TurnRecord,
    UnsettledField,
)

_ticket, _field, _turn = tables.ticket.c, tables.field.c, tables.turn.c
_reply, _message = tables.reply.c, tables.message.c
_ORDER = {name.value: place for place, name in enumerate(FieldName)}
SYSTEM = "system"


class Tickets:
    """The repository of tickets, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self, states: Iterable[State] = (), limit: int = 50, offset: int = 0, *, kind: Kind | None = None
    ) -> tuple[TicketLine, ...]:
        """Tickets (of these states, of that kind): those for which somebody waits first, longest due first; then the newest.

        Three statements, however many tickets.
        """
        statement = (
            select(tables.ticket, _turn.due_at)
            .join(tables.turn, (_turn.ticket_id == _ticket.id) & _turn.ended_at.is_(None), isouter=True)
            .limit(limit)
            .offset(offset)
        )
        wanted = frozenset(states)
        if not wanted or wanted - FINISHED:  # of finished tickets there are many and nobody waits: no need to sort all
            statement = statement.order_by(_turn.due_at.asc().nulls_last())
        statement = statement.order_by(_ticket.opened_at.desc(), _ticket.id.desc())
        rows = self._connection.execute(_chosen(statement, wanted, kind)).all()
        ids = [row.id for row in rows]
        fields, replies = self._unsettled_and_regions(ids), self._latest_replies(ids)
        return tuple(_line(row, *fields.get(row.id, ("", ())), replies.get(row.id)) for row in rows)

    def count(self, states: Iterable[State] = (), *, kind: Kind | None = None) -> int:
        """How many tickets (of these states, of that kind) there are."""
        statement = _chosen(select(func.count()).select_from(tables.ticket), states, kind)
        return int(self._connection.execute(statement).scalar_one())

    def count_by_state(self, *, kind: Kind | None = None) -> dict[State, int]:
        """How many tickets (of that kind) are in each state."""
        statement = _chosen(select(_ticket.state, func.count()).group_by(_ticket.state), (), kind)
        counts = {row[0]: row[1] for row in self._connection.execute(statement)}
        return {state: counts.get(state.value, 0) for state in State}

    def get(self, number: str) -> TicketRecord | None:
        """Everything about one ticket; None if there is none of that number. Seven statements or so."""
        row = self._connection.execute(
            select(tables.ticket, tables.thread.c.key.label("thread_key"))
            .join(tables.thread, tables.thread.c.id == _ticket.thread_id)
            .where(_ticket.number == number)
        ).first()
        if row is None:
            return None
        fields = self._fields(row.id)
        return TicketRecord(
            number=row.number,
            thread_key=row.thread_key,
            state=State(row.state),
            kind=Kind(row.kind),
            topic=Topic(row.topic) if row.topic else None,
            flags=codec.flags_from_text(row.flags),
            title=row.title,
            applicant_address=row.applicant_address,
            region_code=row.region_code,
            opened_at=row.opened_at,
            changed_at=row.changed_at,
            application=codec.application_of({field.name: field.value for field in fields}),
            fields=fields,
            history=self._history(row.id),
            moves=self._moves(row.id),
            messages=self._messages(row.id),
            replies=Outbox(self._connection).of_ticket(row.id),
            turns=self._turns(row.id),
            assignee=row.assignee,
            repeats=row.repeats,
            asked_at=row.asked_at,
            nudged=row.nudged,
            task=row.task,
            decided_at=row.decided_at,
        )

    def links(self, number: str) -> tuple[TicketLink, ...]:
        """The tickets that belong to this one: possible twins, what it is a duplicate of, its own duplicates."""
        here, link = tables.ticket.alias("here"), tables.ticket_link.c
        pairs = ((link.ticket_id, link.other_id, False), (link.other_id, link.ticket_id, True))
        found = []
        for ours, theirs, reversed_ in pairs:
            rows = self._connection.execute(
                select(_ticket.number, link.kind, _ticket.state, _ticket.title)
                .select_from(tables.ticket_link)
                .join(here, here.c.id == ours)
                .join(tables.ticket, _ticket.id == theirs)
                .where(here.c.number == number)
                .order_by(_ticket.id)
            ).all()
            for row in rows:
                kind = row.kind.removesuffix("_of") if reversed_ else row.kind
                found.append(TicketLink(row.number, kind, State(row.state), row.title))
        return tuple(dict.fromkeys(found))

    def alarm(self, numbers: Sequence[str], flag: Flag, now: datetime, *, by: str = SYSTEM, task: str = "") -> None:
        """Show these tickets to an agent: the flag on all, open ones to `review`; finished ones keep their state and get
        the task.

        For what happens outside a message, as a reply that the server refuses (domain.md §4).
        """
        touch_threads(self._connection, numbers)
        rows = self._connection.execute(
            select(_ticket.id, _ticket.state, _ticket.flags).where(_ticket.number.in_(numbers))
        ).all()
        for row in rows:
            before = State(row.state)
            after = before if before in FINISHED else State.REVIEW
            flags = codec.flags_to_text(codec.flags_from_text(row.flags) | {flag})
            values = {"state": after.value, "flags": flags, "changed_at": now, "asked_at": None, "nudged": 0}
            if task and before in FINISHED:
                values |= {"task": task, "task_since": now}
            self._connection.execute(update(tables.ticket).where(_ticket.id == row.id).values(values))
            if after is not before:
                record_move(self._connection, row.id, (before, after), at=now, by=by, message_id=None)

    def _unsettled_and_regions(self, ids: Sequence[int]) -> dict[int, tuple[str, tuple[UnsettledField, ...]]]:
        """Of each ticket: its region's name, and the fields that keep it from being clean, in their fixed order."""
        rows = self._connection.execute(
            select(_field.ticket_id, _field.name, _field.value, _field.status, _field.reason).where(
                _field.ticket_id.in_(ids),
                (_field.status != Status.OK.value) | (_field.name == FieldName.REGION.value),
            )
        ).all()
        regions: dict[int, str] = {}
        unsettled: dict[int, tuple[UnsettledField, ...]] = {}
        for row in sorted(rows, key=lambda row: _ORDER[row.name]):
            if row.name == FieldName.REGION.value:
                regions[row.ticket_id] = row.value or ""
            if row.status != Status.OK.value:
                one = UnsettledField(FieldName(row.name), Status(row.status), row.reason)
                unsettled[row.ticket_id] = (*unsettled.get(row.ticket_id, ()), one)
        return {row: (regions.get(row, ""), unsettled.get(row, ())) for row in ids}

    def _latest_replies(self, ids: Sequence[int]) -> dict[int, ReplyLine]:
        rows = self._connection.execute(
            select(tables.reply_ticket.c.ticket_id, _reply.kind, _reply.state, _reply.last_error, _reply.held_because)
            .join(tables.reply, _reply.id == tables.reply_ticket.c.reply_id)
            .where(tables.reply_ticket.c.ticket_id.in_(ids))
            .order_by(_reply.id)
        )
        return {
            row.ticket_id: ReplyLine(ReplyKind(row.kind), ReplyState(row.state), row.last_error or row.held_because)
            for row in rows
        }

    def _fields(self, ticket_id: int) -> tuple[FieldRecord, ...]:
        rows = self._connection.execute(
            select(tables.field, _message.raw_id)
            .join(tables.message, _message.id == _field.message_id, isouter=True)
            .where(_field.ticket_id == ticket_id)
        ).mappings()
        return tuple(
            FieldRecord(FieldName(row["name"]), codec.field_from_row(row), row["raw_id"])
            for row in sorted(rows, key=lambda row: _ORDER[row["name"]])
        )

    def _history(self, ticket_id: int) -> tuple[FieldChange, ...]:
        change = tables.field_change.c
        rows = self._connection.execute(
            select(tables.field_change).where(change.ticket_id == ticket_id).order_by(change.id)
        )
        return tuple(
            FieldChange(
                name=FieldName(row.name),
                at=row.at,
                by=row.by,
                message_id=row.message_id,
                before=codec.field_from_json(row.before),
                after=codec.field_from_json(row.after),
            )
            for row in rows
        )

    def _moves(self, ticket_id: int) -> tuple[StateChange, ...]:
        change = tables.state_change.c
        rows = self._connection.execute(
            select(tables.state_change).where(change.ticket_id == ticket_id).order_by(change.id)
        )
        return tuple(
            StateChange(
                at=row.at, by=row.by, message_id=row.message_id, before=State(row.before), after=State(row.after)
            )
            for row in rows
        )

    def _messages(self, ticket_id: int) -> tuple[MessageRecord, ...]:
        rows = self._connection.execute(
            select(tables.message)
            .join(tables.ticket_message, tables.ticket_message.c.message_id == _message.id)
            .where(tables.ticket_message.c.ticket_id == ticket_id)
            .order_by(_message.id)
        )
        return tuple(message_record(row) for row in rows)

    def _turns(self, ticket_id: int) -> tuple[TurnRecord, ...]:
        rows = self._connection.execute(select(tables.turn).where(_turn.ticket_id == ticket_id).order_by(_turn.id))
        return tuple(
            TurnRecord(
                started_at=row.started_at,
                due_at=row.due_at,
                ended_at=row.ended_at,
                ended_by_reply=row.ended_by_reply,
                automatic=row.automatic,
            )
            for row in rows
        )


def _chosen(statement: Select[Any], states: Iterable[State], kind: Kind | None) -> Select[Any]:
    wanted = frozenset(states)
    if wanted and wanted <= FINISHED:  # "none of the others": SQLite then walks by date and stops at the limit
        statement = statement.where(_ticket.state.not_in([state.value for state in State if state not in wanted]))
    elif wanted:
        statement = statement.where(_ticket.state.in_([state.value for state in wanted]))
    return statement if kind is None else statement.where(_ticket.kind == kind.value)


def _line(row: Row[Any], region: str, unsettled: tuple[UnsettledField, ...], reply: ReplyLine | None) -> TicketLine:
    return TicketLine(
        number=row.number,
        state=State(row.state),
        kind=Kind(row.kind),
        topic=Topic(row.topic) if row.topic else None,
        flags=codec.flags_from_text(row.flags),
        title=row.title,
        region=region,
        applicant_address=row.applicant_address,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        due_at=row.due_at,
        unsettled=unsettled,
        reply=reply,
    )
