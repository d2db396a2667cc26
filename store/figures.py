"""Counts for the day's digest: what came, what was decided, which turns were kept. Reads only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, distinct, func, select

from rules.judgement import Kind
from rules.ticket import FINISHED, State
from store import tables
from store.records import DayFigures, RawState, ReplyState

_ticket, _turn, _change = tables.ticket.c, tables.turn.c, tables.state_change.c
_reply, _message, _raw = tables.reply.c, tables.message.c, tables.raw_message.c
_PEOPLES = (Kind.APPLICATION.value, Kind.QUESTION.value)
_LOST = (ReplyState.REFUSED.value, ReplyState.UNDELIVERED.value)


class Figures:
    """The repository of counts, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, start: datetime, end: datetime) -> DayFigures:
        """What happened from `start` up to `end`, and how things stand now. A dozen small statements."""
        ended = (_turn.ended_at >= start, _turn.ended_at < end)
        kept = _turn.ended_at <= _turn.due_at
        lost = (_reply.state.in_(_LOST), _reply.last_error_at >= start, _reply.last_error_at < end)
        return DayFigures(
            letters=self._count(
                tables.message, _message.received_at >= start, _message.received_at < end, _message.kind.in_(_PEOPLES)
            ),
            opened=self._count(tables.ticket, _ticket.opened_at >= start, _ticket.opened_at < end),
            decided=self._decided(start, end),
            kept_by_people=self._count(tables.turn, *ended, kept, _turn.automatic.is_(False)),
            kept_by_itself=self._count(tables.turn, *ended, kept, _turn.automatic.is_not(False)),
            broken=self._count(tables.turn, *ended, ~kept),
            waiting=self._count(tables.ticket, _ticket.state == State.WAITING.value),
            held=self._count(tables.reply, _reply.state == ReplyState.HELD.value),
            undelivered=self._count(tables.reply, *lost, _reply.thread_id.is_not(None)),
            set_aside=self._count(tables.raw_message, _raw.state == RawState.FAILED.value),
        )

    def _count(self, table: FromClause, *where: ColumnElement[bool]) -> int:
        return int(self._connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    def _decided(self, start: datetime, end: datetime) -> tuple[tuple[State, int], ...]:
        """Tickets that came to their present end in that time, by state; what was undone does not count."""
        rows = self._connection.execute(
            select(_ticket.state, func.count(distinct(_ticket.id)))
            .join(tables.state_change, _change.ticket_id == _ticket.id)
            .where(
                _change.at >= start, _change.at < end, _change.after == _ticket.state, _ticket.state.in_(_finished())
            )
            .group_by(_ticket.state)
        ).all()
        found = {row[0]: int(row[1]) for row in rows}
        return tuple((state, found.get(state.value, 0)) for state in State if state in FINISHED)


def _finished() -> Sequence[str]:
    return [state.value for state in State if state in FINISHED]
