"""Approved organisations as other systems get them: page by page, however many there are. Reads only.

Approved means: the ticket is in the state `approved` and its decision can no longer be undone (domain.md §4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from rules.actions import ActionName
from rules.application import Application
from rules.ticket import State
from store import tables
from store.threads import applications_of

_ticket, _action = tables.ticket.c, tables.action.c
_OTHERS = [state.value for state in State if state is not State.APPROVED]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedOrganization:
    """One approved organisation. `approved_at`: from when on the decision stands; `by`: who decided, "" if unknown."""

    id: int
    number: str
    application: Application
    approved_at: datetime
    by: str


class Approved:
    """The repository of approved organisations, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, after_id: int, since: datetime | None, until: datetime | None, now: datetime, limit: int
    ) -> tuple[ApprovedOrganization, ...]:
        """The next organisations by id, approved from `since` on and before `until`, at most so many.

        Three statements. The page after one that ends with the id 7 is that of `after_id` 7; the first that of 0.
        """
        chosen = (
            select(_ticket.id, _ticket.number, _ticket.decided_at)
            # "none of the others", so that SQLite walks by id and stops at the limit instead of sorting all approved
            .where(_ticket.id > after_id, _ticket.state.not_in(_OTHERS), _ticket.decided_at <= now)
            .order_by(_ticket.id)
            .limit(limit)
        )
        if since is not None:
            chosen = chosen.where(_ticket.decided_at >= since)
        if until is not None:
            chosen = chosen.where(_ticket.decided_at < until)
        rows = self._connection.execute(chosen).all()
        ids = [row.id for row in rows]
        applications, people = applications_of(self._connection, ids), self._people(ids)
        return tuple(
            ApprovedOrganization(
                id=row.id,
                number=row.number,
                application=applications.get(row.id, Application()),
                approved_at=row.decided_at,
                by=people.get(row.id, ""),
            )
            for row in rows
        )

    def _people(self, ids: Sequence[int]) -> dict[int, str]:
        """Who approved each ticket last."""
        rows = self._connection.execute(
            select(_action.ticket_id, _action.by)
            .where(_action.ticket_id.in_(ids), _action.name == ActionName.APPROVE.value, _action.undone_at.is_(None))
            .order_by(_action.id)
        )
        return {row.ticket_id: row.by for row in rows}
