"""Organisations that were registered before this desk began, imported from a list (domain.md §4, «уже зарегистрирована»)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from rules.application import Application
from rules.twins import place_key
from store import tables
from store.threads import registered_application
from store.upsert import insert_new

_registered = tables.registered.c


class Registered:
    """The repository of organisations registered before, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, organizations: Sequence[Application], now: datetime) -> int:
        """Remember these organisations; how many were not known yet. Each needs a place (`rules.twins.place_key`)."""
        before = self.count()
        rows = [
            {
                "place": place_key(one),
                "full_name": one.organization_full_name.value or "",
                "short_name": one.organization_short_name.value or "",
                "settlement": one.settlement.value or "",
                "region_code": one.region.code,
                "added_at": now,
            }
            for one in organizations
        ]
        if rows:
            self._connection.execute(insert_new(self._connection.dialect.name, tables.registered), rows)
        return self.count() - before

    def count(self) -> int:
        """How many are known."""
        return int(self._connection.execute(select(func.count()).select_from(tables.registered)).scalar_one())

    def at(self, place: str) -> tuple[Application, ...]:
        """Those at one place."""
        rows = self._connection.execute(select(tables.registered).where(_registered.place == place))
        return tuple(registered_application(row) for row in rows)
