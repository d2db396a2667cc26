"""The whole database as values, to be compared before and after."""

from typing import Any

from sqlalchemy import Engine, select

from store import tables

Rows = dict[Any, dict[str, Any]]
PUT_BACK = ("ticket", "field", "turn", "ticket_link", "ticket_key", "ticket_message", "note")
_LATER = {"ticket": {"changed_at"}}


def dump(engine: Engine, *names: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of these tables (of all, if none is named), in a fixed order."""
    with engine.connect() as connection:
        return {
            name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
            for name, table in tables.METADATA.tables.items()
            if not names or name in names
        }


def state_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What undoing puts back: tickets with all that hangs on them, without histories and the time of the last change."""
    found = dump(engine, *PUT_BACK)
    return {
        name: [{key: value for key, value in row.items() if key not in _LATER.get(name, ())} for row in rows]
        for name, rows in found.items()
    }


def by_id(engine: Engine, name: str) -> Rows:
    """The rows of one table by their number."""
    return {row["id"]: row for row in dump(engine, name)[name]}
