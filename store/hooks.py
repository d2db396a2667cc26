"""Events for the webhook: claimed when they are due, marked told, to be tried again, or dead."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from store import tables
from store.records import HookRecord, HookState

_hook, _ticket = tables.hook.c, tables.ticket.c


class Hooks:
    """The repository of webhook events, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, limit: int, now: datetime) -> tuple[HookRecord, ...]:
        """Events to be told now, oldest first."""
        return self._records(
            limit, (_hook.state == HookState.WAITING.value) & (_hook.not_before <= now), newest_first=False
        )

    def claim(self, hook_id: int, tries: int, until: datetime) -> bool:
        """Take one for telling; nobody else gets it before `until`. False if somebody was quicker."""
        done = self._connection.execute(
            update(tables.hook)
            .where(_hook.id == hook_id, _hook.state == HookState.WAITING.value, _hook.tries == tries)
            .values(tries=tries + 1, not_before=until)
        )
        return done.rowcount == 1

    def told(self, hook_id: int, now: datetime) -> None:
        """The receiver has taken it."""
        self._set(hook_id, state=HookState.TOLD.value, done_at=now, last_error="")

    def again(self, hook_id: int, not_before: datetime, error: str) -> None:
        """It could not be told now."""
        self._set(hook_id, not_before=not_before, last_error=error)

    def dead(self, hook_id: int, error: str) -> None:
        """It is given up and lies with an operator."""
        self._set(hook_id, state=HookState.DEAD.value, last_error=error)

    def revive(self, hook_id: int, now: datetime) -> bool:
        """Try a dead one from the start. False if it is not dead."""
        done = self._connection.execute(
            update(tables.hook)
            .where(_hook.id == hook_id, _hook.state == HookState.DEAD.value)
            .values(state=HookState.WAITING.value, tries=0, not_before=now)
        )
        return done.rowcount == 1

    def list(self, limit: int, *states: HookState) -> tuple[HookRecord, ...]:
        """Events, newest first, all or those in these states."""
        wanted = [state.value for state in states or tuple(HookState)]
        return self._records(limit, _hook.state.in_(wanted), newest_first=True)

    def count_by_state(self) -> dict[HookState, int]:
        """How many events are in each state."""
        found = self._connection.execute(select(_hook.state, func.count()).group_by(_hook.state)).all()
        counts = {row[0]: row[1] for row in found}
        return {state: counts.get(state.value, 0) for state in HookState}

    def _set(self, hook_id: int, **values: object) -> None:
        still = (_hook.id == hook_id) & (_hook.state == HookState.WAITING.value)  # another process may have told it
        self._connection.execute(update(tables.hook).where(still).values(**values))

    def _records(self, limit: int, chosen: ColumnElement[bool], *, newest_first: bool) -> tuple[HookRecord, ...]:
        rows = self._connection.execute(
            select(tables.hook, _ticket.number)
            .join(tables.ticket, _ticket.id == _hook.ticket_id)
            .where(chosen)
            .order_by(_hook.id.desc() if newest_first else _hook.id)
            .limit(limit)
        )
        return tuple(
            HookRecord(
                id=row.id,
                event_id=row.event_id,
                event=row.event,
                number=row.number,
                payload=row.payload,
                state=HookState(row.state),
                created_at=row.created_at,
                not_before=row.not_before,
                tries=row.tries,
                last_error=row.last_error,
                done_at=row.done_at,
            )
            for row in rows
        )
