"""Taking an action back: everything as it was before it, unless something has come since. Writes only.

An undone action stays in the log; what it put into the outbox or was to tell the webhook is dropped, not deleted.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from rules.application import Application, FieldName
from rules.ticket import State
from store import codec, tables
from store.outbox import Outbox
from store.plans import Plans, record_move
from store.records import HookState, NotUndoable, ReplyState, Undoing
from store.upsert import upsert

_action, _ticket, _turn, _field = tables.action.c, tables.ticket.c, tables.turn.c, tables.field.c
_reply, _reply_link = tables.reply.c, tables.reply_ticket.c
_thread, _hook, _link = tables.thread.c, tables.hook.c, tables.ticket_link.c
KEPT = (
    *("kind", "topic", "state", "flags", "title", "region_code", "assignee", "repeats", "asked_at", "nudged"),
    *("task", "task_since", "decided_at"),
)
"""The columns of a ticket that an action may change and its undoing puts back."""
DUPLICATE_OF = "duplicate_of"  # the kind of link from a duplicate to the ticket that goes on
_MOMENTS = frozenset({"asked_at", "task_since", "decided_at"})


class Undo:
    """Undoing, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def undo(self, action_id: int, by: str, now: datetime) -> None:
        """Put everything back as it was before an action. Raises `NotUndoable`."""
        row = self._connection.execute(select(tables.action).where(_action.id == action_id)).first()
        if row is None or row.undo_until is None:
            raise NotUndoable(Undoing.NEVER)
        if row.undone_at is not None:
            raise NotUndoable(Undoing.UNDONE)
        if row.undo_until <= now:
            raise NotUndoable(Undoing.LATE)
        before = json.loads(row.before)
        if "note" in before:
            self._connection.execute(delete(tables.note).where(tables.note.c.id == before["note"]))
            self._undone([row.id], by, now)
            return
        self._step_back(row, before)
        outbox = Outbox(self._connection)
        if not all(outbox.drop(reply_id) for reply_id in before["replies"]):
            raise NotUndoable(Undoing.LEAVING)
        for reply_id, state in before["dropped"]:
            outbox.pick_up(reply_id, ReplyState(state))
        self._put_back(before, by, now)
        # One act over several tickets of a thread is one decision.
        together = [kept["id"] for kept in before["tickets"]]
        ids = self._connection.execute(
            select(_action.id).where(_action.ticket_id.in_(together), _action.version == row.version)
        ).scalars()
        self._undone(list(ids), by, now)

    def _undone(self, ids: Sequence[int], by: str, now: datetime) -> None:
        self._connection.execute(update(tables.action).where(_action.id.in_(ids)).values(undone_at=now, undone_by=by))
        self._connection.execute(
            update(tables.hook)
            .where(_hook.action_id.in_(ids), _hook.state == HookState.WAITING.value)
            .values(state=HookState.DROPPED.value)
        )

    def _step_back(self, row: Row[Any], before: Mapping[str, Any]) -> None:
        """Only the last thing that happened in a thread can be undone: what came since was judged by what it did.

        The action before it is then the last one, so that several can be undone one by one.
        """
        thread = self._connection.execute(
            select(_thread.id, _thread.version)
            .join(tables.ticket, _ticket.thread_id == _thread.id)
            .where(_ticket.id == row.ticket_id)
        ).one()
        done = self._connection.execute(
            update(tables.thread)
            .where(_thread.id == thread.id, _thread.version == row.version)
            .values(version=_thread.version + 1)
        )
        if done.rowcount != 1 or self._has_written(row, before):
            raise NotUndoable(Undoing.MOVED)
        theirs = select(_ticket.id).where(_ticket.thread_id == thread.id)
        self._connection.execute(
            update(tables.action)
            .where(_action.ticket_id.in_(theirs), _action.version == row.version - 1)
            .values(version=thread.version + 1)
        )

    def _has_written(self, row: Row[Any], before: Mapping[str, Any]) -> bool:
        """Whether a letter about these tickets has left since: it may have ended a turn, or begun the waiting."""
        ids = [kept["id"] for kept in before["tickets"]]
        left = (
            select(_reply.id)
            .join(tables.reply_ticket, _reply_link.reply_id == _reply.id)
            .where(_reply_link.ticket_id.in_(ids), _reply.sent_at > row.at, _reply.id.not_in(before["replies"]))
        )
        return self._connection.execute(left.limit(1)).first() is not None

    def _put_back(self, before: Mapping[str, Any], by: str, now: datetime) -> None:
        for kept in before["tickets"]:
            ticket_id = kept["id"]
            was = self._connection.execute(select(_ticket.state).where(_ticket.id == ticket_id)).scalar_one()
            values = {name: _moment(kept[name]) if name in _MOMENTS else kept[name] for name in KEPT}
            self._connection.execute(
                update(tables.ticket).where(_ticket.id == ticket_id).values(values | {"changed_at": now})
            )
            if was != kept["state"]:
                move = (State(was), State(kept["state"]))
                record_move(self._connection, ticket_id, move, at=now, by=by, message_id=None)
            self._connection.execute(
                delete(tables.ticket_link).where(
                    _link.ticket_id == ticket_id,
                    _link.kind == DUPLICATE_OF,
                    _link.other_id.not_in([other for one, other in before.get("links", ()) if one == ticket_id]),
                )
            )
        self._put_fields_back(before["fields"], by, now)
        self._forget_fields(before)
        if before["started"]:
            self._connection.execute(delete(tables.turn).where(_turn.id.in_(before["started"])))
        if before["turns"]:
            self._connection.execute(
                update(tables.turn)
                .where(_turn.id.in_(before["turns"]))
                .values(ended_at=None, ended_by_reply=None, automatic=None)
            )

    def _put_fields_back(self, fields: Sequence[Mapping[str, Any]], by: str, now: datetime) -> None:
        changes = []
        for row in fields:
            known = self._connection.execute(
                select(tables.field).where(_field.ticket_id == row["ticket_id"], _field.name == row["name"])
            ).mappings().one()  # fmt: skip
            if dict(known) == dict(row):
                continue
            changes.append(
                {
                    "ticket_id": row["ticket_id"],
                    "name": row["name"],
                    "at": now,
                    "message_id": None,
                    "by": by,
                    "before": codec.field_to_json(codec.field_from_row(known)),
                    "after": codec.field_to_json(codec.field_from_row(row)),
                }
            )
        if changes:
            self._connection.execute(
                upsert(self._dialect, tables.field, ("ticket_id", "name")), list(map(dict, fields))
            )
            self._connection.execute(tables.field_change.insert(), changes)
            self._rewrite_keys(fields)

    def _forget_fields(self, before: Mapping[str, Any]) -> None:
        """A ticket that had no application has none again."""
        had = {row["ticket_id"] for row in before["fields"]}
        bare = [kept["id"] for kept in before["tickets"] if kept["id"] not in had]
        gone = self._connection.execute(delete(tables.field).where(_field.ticket_id.in_(bare)))
        if gone.rowcount:
            for ticket_id in bare:
                Plans(self._connection).rewrite_keys(ticket_id, Application())

    def _rewrite_keys(self, fields: Sequence[Mapping[str, Any]]) -> None:
        for ticket_id in {row["ticket_id"] for row in fields}:
            back = {
                FieldName(row["name"]): codec.field_from_row(row) for row in fields if row["ticket_id"] == ticket_id
            }
            Plans(self._connection).rewrite_keys(ticket_id, codec.application_of(back) or Application())


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
