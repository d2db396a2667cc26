"""What the clock looks at: tickets that wait for the applicant, and turns whose answer is due. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from rules.actions import ActionName
from rules.judgement import Kind, ReplyKind
from rules.ticket import State
from store import tables
from store.records import UNSENT, OpenTurn, ThreadMoved, WaitingTicket

_ticket, _turn, _thread = tables.ticket.c, tables.turn.c, tables.thread.c
_reply, _link = tables.reply.c, tables.reply_ticket.c
_message, _heard_in = tables.message.c, tables.ticket_message.c
_UNDER_WAY = (
    select(_link.reply_id)
    .join(tables.reply, _reply.id == _link.reply_id)
    .where(_link.ticket_id == _ticket.id, _reply.state.in_([state.value for state in UNSENT]))
    .correlate(tables.ticket)
    .exists()
)
_REMINDED = (
    select(func.max(func.coalesce(_reply.sent_at, _reply.created_at)))
    .select_from(tables.reply_ticket)
    .join(tables.reply, _reply.id == _link.reply_id)
    .where(_link.ticket_id == _ticket.id, _reply.kind == ReplyKind.REMINDER.value)
    .correlate(tables.ticket)
    .scalar_subquery()
)
_HEARD = (
    select(func.max(_message.received_at))
    .select_from(tables.ticket_message)
    .join(tables.message, _message.id == _heard_in.message_id)
    .where(_heard_in.ticket_id == _ticket.id, _message.kind.in_((Kind.APPLICATION.value, Kind.QUESTION.value)))
    .correlate(tables.ticket)
    .scalar_subquery()
)

_FILLED = (
    select(func.max(tables.action.c.at))
    .where(tables.action.c.ticket_id == _ticket.id, tables.action.c.name == ActionName.FILL.value)
    .correlate(tables.ticket)
    .scalar_subquery()
)


class Clock:
    """The repository of waiting and turns, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self, asked_before: datetime, *, thread_key: str = "") -> tuple[WaitingTicket, ...]:
        """Tickets that wait since a request which the server accepted before that moment, longest first.

        A ticket is not among them while anything about it is held or not yet sent, nor when its request came back
        (domain.md §4). `thread_key`: of this thread only.
        """
        statement = (
            select(
                _ticket.number,
                _ticket.asked_at,
                _ticket.nudged,
                _thread.key,
                _REMINDED.label("reminded_at"),
                _HEARD.label("heard_at"),
                _FILLED.label("filled_at"),
            )
            .join(tables.thread, _thread.id == _ticket.thread_id)
            .where(_ticket.state == State.WAITING.value, _ticket.asked_at <= asked_before, ~_UNDER_WAY)
            .order_by(_ticket.asked_at, _ticket.id)
        )
        if thread_key:
            statement = statement.where(_thread.key == thread_key)
        return tuple(
            WaitingTicket(
                row.number, row.key, row.asked_at, row.nudged, row.reminded_at, _later(row.heard_at, row.filled_at)
            )
            for row in self._connection.execute(statement)
        )

    def open_turns(self, due_before: datetime, *, untold: bool = False) -> tuple[OpenTurn, ...]:
        """Open turns whose answer is due before that moment, soonest first.

        `untold`: only those of which warning and breach were not both told yet.
        """
        statement = (
            select(tables.turn, _ticket.number, _ticket.title, _ticket.assignee, _ticket.state)
            .join(tables.ticket, _ticket.id == _turn.ticket_id)
            .where(_turn.ended_at.is_(None), _turn.due_at <= due_before)
            .order_by(_turn.due_at, _turn.id)
        )
        if untold:
            statement = statement.where(_turn.breached_at.is_(None))
        return tuple(_open_turn(row) for row in self._connection.execute(statement))

    def warned(self, turns: Sequence[int], now: datetime) -> None:
        """The warning about these turns is on its way. Raises `ThreadMoved` as `breached` does."""
        self._tell(turns, _turn.warned_at.is_(None), {"warned_at": now})

    def breached(self, turns: Sequence[int], now: datetime) -> None:
        """The breach of these turns is on its way to those who must know; a warning would come too late.

        Raises `ThreadMoved` if one of them was told of, or answered, meanwhile; nothing may be written then.
        """
        self._tell(
            turns, _turn.breached_at.is_(None), {"breached_at": now, "warned_at": func.coalesce(_turn.warned_at, now)}
        )

    def _tell(self, turns: Sequence[int], untold: ColumnElement[bool], values: dict[str, Any]) -> None:
        if not turns:
            return
        done = self._connection.execute(
            update(tables.turn).where(_turn.id.in_(turns), _turn.ended_at.is_(None), untold).values(values)
        )
        if done.rowcount != len(set(turns)):
            msg = "some of these turns were told of, or answered, meanwhile"
            raise ThreadMoved(msg)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two moments that may be missing: the applicant wrote, or filled in something on the page."""
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _open_turn(row: Row[Any]) -> OpenTurn:
    return OpenTurn(
        id=row.id,
        number=row.number,
        title=row.title,
        assignee=row.assignee,
        state=State(row.state),
        started_at=row.started_at,
        due_at=row.due_at,
        warned_at=row.warned_at,
        breached_at=row.breached_at,
    )
