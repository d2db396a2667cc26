"""The schema's version: what the database has, what this program needs, and the way from one to the other.

Alembic is imported only when there is something to migrate: asking whether all is well must cost next to nothing.
"""

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from rules.errors import DatabaseUnusable
from store import engine as engines

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_FILE = re.compile(r"(\d{4})_(?:pre|post)_\w+\.py")
_LOCK = 7_301_226  # PostgreSQL advisory lock: one process migrates at a time


def head() -> str:
    """The newest schema version this program knows, "0001"; read from the file names `NNNN_{pre,post}_slug.py`."""
    found = (_VERSION_FILE.fullmatch(path.name) for path in (MIGRATIONS / "versions").iterdir())
    return max(match.group(1) for match in found if match)


def current(engine: Engine) -> str | None:
    """The schema version the database has; None when it is empty."""
    with engines.reading(engines.reader_of(engine)) as connection:
        return _current(connection)


def is_current(engine: Engine) -> bool:
    """Whether the database has exactly the schema this program needs."""
    return current(engine) == head()


def migrate(engine: Engine) -> None:
    """Bring the schema to `head()`: one transaction, all or nothing; does nothing when it is there.

    Raises `DatabaseUnusable` when the database was made by a newer program.
    """
    if is_current(engine):
        return
    with engine.connect() as connection:
        _without_foreign_keys(connection)
        try:
            with connection.begin():
                _upgrade(connection)
        finally:
            connection.invalidate()  # the next one begins with foreign keys checked again


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _without_foreign_keys(connection: Connection) -> None:
    """SQLite rebuilds a table to change it; with foreign keys on, dropping the old one would touch its children."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        assert driver is not None  # noqa: S101 - a connection just opened
        driver.cursor().execute("PRAGMA foreign_keys=OFF")


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    known, wanted = _current(connection), head()
    if known == wanted:
        return  # another process was quicker
    if known is not None and known > wanted:
        msg = (
            f"the database has schema {known}, this program knows only {wanted}: "
            "start the newer program that made it, or restore the backup from before"
        )
        raise DatabaseUnusable(msg)
    from alembic import command  # noqa: PLC0415 - see the module's head
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
