"""What people and timers do with tickets: carried out, remembered in the audit log, undone while that is possible.

One action is one short transaction. Undoing puts the tickets back as they were, unless something has come since.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Row, bindparam, or_, select, update

from rules.actions import ActionName
from store import tables
from store.outbox import Outbox
from store.plans import Occasion, Plans
from store.records import Act, ActionRecord, Hook, HookState, Note, ReplyState, ThreadMoved
from store.undo import DUPLICATE_OF, KEPT, Undo
from store.upsert import insert_new

_action, _ticket, _turn, _field = tables.action.c, tables.ticket.c, tables.turn.c, tables.field.c
_reply, _reply_link = tables.reply.c, tables.reply_ticket.c
_thread, _hook, _link = tables.thread.c, tables.hook.c, tables.ticket_link.c
_GO_ON = (
    update(tables.thread)
    .where(_thread.key == bindparam("the_key"), _thread.version == bindparam("expected"))
    .values(version=_thread.version + 1, proved=or_(_thread.proved, bindparam("proves", type_=Boolean)))
    .returning(_thread.id, _thread.version)
)


class Actions:
    """The repository of actions, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def carry_out(self, act: Act) -> tuple[ActionRecord, ...]:
        """Do it: tickets, turns, links, the reply, the log; one record a ticket, in the order of the plans.

        Raises `ThreadMoved` when the thread is no longer as the actor saw it, `ValueError` for an illegal move.
        """
        thread_id, version = self._go_on(act)
        before = _snapshot(self._connection, act)
        before["dropped"] = self._supersede(thread_id, list(before["ids"])) if act.supersedes else []
        plans = Plans(self._connection)
        occasion = Occasion(
            thread_id=thread_id,
            message_id=None,
            address="",
            title="",
            received_at=act.at,
            now=act.at,
            by=act.by,
        )
        ids = plans.carry_out(act.plans, (), occasion)
        self._set_columns(act, ids)
        turns = self._turn_over(act, list(ids.values()))
        self._link(act, ids)
        queued = [plans.queue(reply, thread_id, list(ids.values()), act.at) for reply in act.replies]
        before |= {"started": turns, "replies": [one for one in queued if one is not None]}
        reply_id = next(iter(before["replies"]), None)
        records = [self._log(act, ticket_id, before, version, reply_id) for ticket_id in ids.values()]
        for hook in act.hooks:
            self._tell(hook, act, ids[hook.number], records)
        return tuple(self.get(one) for one in records)

    def note(self, number: str, by: str, words: str, at: datetime, undo_until: datetime | None = None) -> ActionRecord:
        """An internal note; changes nothing else."""
        ticket_id = self._connection.execute(select(_ticket.id).where(_ticket.number == number)).scalar_one()
        values = {"ticket_id": ticket_id, "at": at, "by": by, "text": words}
        note_id = self._connection.execute(tables.note.insert().returning(tables.note.c.id), values).scalar_one()
        line = {"at": at, "by": by, "name": ActionName.NOTE.value, "ticket_id": ticket_id, "undo_until": undo_until}
        line |= {"batch": "", "details": "", "undone_by": "", "before": json.dumps({"note": note_id})}
        return self.get(int(self._connection.execute(tables.action.insert().returning(_action.id), line).scalar_one()))

    def notes(self, number: str) -> tuple[Note, ...]:
        """The internal notes on a ticket, oldest first."""
        note = tables.note.c
        rows = self._connection.execute(
            select(note.at, note.by, note.text)
            .join(tables.ticket, _ticket.id == note.ticket_id)
            .where(_ticket.number == number)
            .order_by(note.id)
        )
        return tuple(Note(at=row.at, by=row.by, text=row.text) for row in rows)

    def log_alone(self, name: ActionName, by: str, at: datetime, details: Mapping[str, str]) -> None:
        """A line in the audit log about something that is no ticket: people, imports, settings."""
        values = {"at": at, "by": by, "name": name.value, "details": json.dumps(dict(details), ensure_ascii=False)}
        self._connection.execute(tables.action.insert(), values | {"batch": "", "before": "", "undone_by": ""})

    def undo(self, action_id: int, by: str, now: datetime) -> ActionRecord:
        """Put everything back as it was before an action. Raises `NotUndoable`."""
        Undo(self._connection).undo(action_id, by, now)
        return self.get(action_id)

    def get(self, action_id: int) -> ActionRecord:
        """One action."""
        row = self._connection.execute(_records().where(_action.id == action_id)).one()
        return _record(row)

    def of_ticket(self, number: str) -> tuple[ActionRecord, ...]:
        """What was done with a ticket, oldest first."""
        rows = self._connection.execute(_records().where(_ticket.number == number).order_by(_action.id))
        return tuple(_record(row) for row in rows)

    def log(self, limit: int, offset: int = 0) -> tuple[ActionRecord, ...]:
        """The audit log, newest first."""
        rows = self._connection.execute(_records().order_by(_action.id.desc()).limit(limit).offset(offset))
        return tuple(_record(row) for row in rows)

    def last(self, name: ActionName) -> ActionRecord | None:
        """The latest action of that name."""
        row = self._connection.execute(
            _records().where(_action.name == name.value).order_by(_action.id.desc()).limit(1)
        )
        return next((_record(one) for one in row), None)

    def of_batch(self, batch: str) -> tuple[ActionRecord, ...]:
        """The actions of one bulk decision, in their order."""
        rows = self._connection.execute(_records().where(_action.batch == batch).order_by(_action.id))
        return tuple(_record(row) for row in rows)

    # --- doing

    def _go_on(self, act: Act) -> tuple[int, int]:
        found = self._connection.execute(
            _GO_ON, {"the_key": act.thread_key, "expected": act.expected_version, "proves": act.proves}
        ).first()
        if found is None:
            msg = f"the thread {act.thread_key} is no longer at version {act.expected_version}"
            raise ThreadMoved(msg)
        return int(found.id), int(found.version)

    def _set_columns(self, act: Act, ids: Mapping[str, int]) -> None:
        values: dict[str, Any] = {}
        if act.assignee is not None:
            values["assignee"] = act.assignee
        if act.decided_at is not None:
            values["decided_at"] = act.decided_at
        if act.reminded:
            values["nudged"] = _ticket.nudged + 1
        if act.task_done:
            values |= {"task": "", "task_since": None}
        if values:
            self._connection.execute(update(tables.ticket).where(_ticket.id.in_(list(ids.values()))).values(values))

    def _turn_over(self, act: Act, ids: Sequence[int]) -> list[int]:
        """End or begin turns; the ids of those that began."""
        if act.ends_turns:
            self._connection.execute(
                update(tables.turn)
                .where(_turn.ticket_id.in_(ids), _turn.ended_at.is_(None))
                .values(ended_at=act.at, automatic=act.automatic)
            )
        if act.turn_due is None:
            return []
        known = set(self._connection.execute(select(_turn.id).where(_turn.ticket_id.in_(ids))).scalars())
        Plans(self._connection).start_turns(ids, act.at, act.turn_due)
        now = set(self._connection.execute(select(_turn.id).where(_turn.ticket_id.in_(ids))).scalars())
        return sorted(now - known)

    def _link(self, act: Act, ids: Mapping[str, int]) -> None:
        if not act.duplicate_of:
            return
        other = self._connection.execute(select(_ticket.id).where(_ticket.number == act.duplicate_of)).scalar_one()
        rows = [{"ticket_id": one, "other_id": other, "kind": DUPLICATE_OF, "at": act.at} for one in ids.values()]
        self._connection.execute(insert_new(self._dialect, tables.ticket_link), rows)

    def _log(self, act: Act, ticket_id: int, before: Mapping[str, Any], version: int, reply_id: int | None) -> int:
        values = {
            "at": act.at,
            "by": act.by,
            "name": act.name.value,
            "ticket_id": ticket_id,
            "batch": act.batch,
            "details": json.dumps(dict(act.details), ensure_ascii=False) if act.details else "",
            "before": json.dumps(before, ensure_ascii=False) if act.undo_until else "",
            "version": version,
            "reply_id": reply_id,
            "undo_until": act.undo_until,
        }
        return int(self._connection.execute(tables.action.insert().returning(_action.id), values).scalar_one())

    def _tell(self, hook: Hook, act: Act, ticket_id: int, records: Sequence[int]) -> None:
        values = {
            "event_id": hook.event_id,
            "event": hook.event,
            "ticket_id": ticket_id,
            "action_id": records[0],
            "payload": hook.payload,
            "state": HookState.WAITING.value,
            "created_at": act.at,
            "not_before": act.undo_until or act.at,
            "tries": 0,
        }
        self._connection.execute(tables.hook.insert(), values)

    def _supersede(self, thread_id: int, ids: Sequence[int]) -> list[tuple[int, str]]:
        """Drop what is still to be sent by itself about these tickets alone; (reply, state it was in).

        What a person wrote is not dropped by what she does next.
        """
        others = select(_reply_link.reply_id).where(_reply_link.ticket_id.not_in(ids))
        rows = self._connection.execute(
            select(_reply.id, _reply.state).where(
                _reply.thread_id == thread_id,
                _reply.automatic,
                _reply.state.in_((ReplyState.HELD.value, ReplyState.QUEUED.value)),
                _reply.id.not_in(others),
            )
        ).all()
        outbox = Outbox(self._connection)
        return [(row.id, row.state) for row in rows if outbox.drop(row.id)]


def _snapshot(connection: Connection, act: Act) -> dict[str, Any]:
    """The tickets of an act as they are now, their open turns, and what they are duplicates of."""
    numbers = [plan.number for plan in act.plans]
    rows = connection.execute(select(tables.ticket).where(_ticket.number.in_(numbers))).all()
    ids = [row.id for row in rows]
    fields = connection.execute(select(tables.field).where(_field.ticket_id.in_(ids))).mappings().all()
    turns = connection.execute(select(_turn.id).where(_turn.ticket_id.in_(ids), _turn.ended_at.is_(None))).scalars()
    links = connection.execute(
        select(_link.ticket_id, _link.other_id).where(_link.ticket_id.in_(ids), _link.kind == DUPLICATE_OF)
    )
    return {
        "ids": ids,
        "tickets": [{"id": row.id, **{name: _plain(getattr(row, name)) for name in KEPT}} for row in rows],
        "fields": [dict(one) for one in fields],
        "turns": list(turns),
        "links": [[row.ticket_id, row.other_id] for row in links],
    }


def _records() -> Any:  # noqa: ANN401 - a statement, as the library types it
    return select(tables.action, _ticket.number).join(tables.ticket, _ticket.id == _action.ticket_id, isouter=True)


def _record(row: Row[Any]) -> ActionRecord:
    return ActionRecord(
        id=row.id,
        at=row.at,
        by=row.by,
        name=ActionName(row.name),
        number=row.number or "",
        batch=row.batch,
        details=json.loads(row.details) if row.details else {},
        reply_id=row.reply_id,
        undo_until=row.undo_until,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    return value.isoformat() if isinstance(value, datetime) else value
