"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells once for each of them.

Statements are built once and kept: building one costs several times what running it does.
"""

from functools import cache

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_into(dialect: str, table: Table) -> Insert:
    """The dialect's own INSERT, by the dialect's name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def insert_new(dialect: str, table: Table, *returning: str) -> Executable:
    """INSERT what is not there yet, by any unique constraint; returns these columns of what was new."""
    statement = insert_into(dialect, table).on_conflict_do_nothing()
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement


@cache
def upsert(dialect: str, table: Table, keys: tuple[str, ...], *returning: str) -> Executable:
    """INSERT, or overwrite all but `keys` and the row's own id of the row that has these keys."""
    statement = insert_into(dialect, table)
    kept = {*keys, "id"}
    statement = statement.on_conflict_do_update(
        index_elements=[table.c[name] for name in keys],
        set_={column.name: statement.excluded[column.name] for column in table.columns if column.name not in kept},
    )
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement
