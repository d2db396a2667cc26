"""URL → engine: SQLite made safe for many threads, PostgreSQL made deaf to a lost connection.

Two ways to work, `reading(reader_of(engine))` and `writing(engine)`: a read-only snapshot that takes no lock, and
one short write transaction. On SQLite the latter begins with BEGIN IMMEDIATE: a plain BEGIN lets two writers read the
same row and one of their updates is lost or refused. Never logs and never repeats a password.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rules.errors import DatabaseUnusable
from store.records import DatabaseBusy

BUSY_SECONDS = 30  # how long a writer waits for another
POOL = 10  # connections kept open; as many again while it is busy
OLDEST_SQLITE = (3, 35, 0)  # the first that knows RETURNING
_READS, _DURABLE = "intake_reads", "intake_durable"


def open_engine(url: str, password: str = "", *, folder: Path | None = None) -> Engine:
    """The engine for `sqlite:///PATH` (a relative path starts at `folder`) or `postgresql://USER@HOST/NAME`.

    Connects once. Raises `DatabaseUnusable` with one sentence, never with a password in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        msg = "the database url is not one; write sqlite:///PATH or postgresql://USER@HOST/NAME (database.url)"
        raise DatabaseUnusable(msg) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = _sqlite(parsed, folder or Path())
    elif backend == "postgresql":
        engine = _postgresql(parsed, password)
    else:
        msg = f"the database kind {backend!r} is not known; write sqlite:///PATH or postgresql://USER@HOST/NAME (database.url)"
        raise DatabaseUnusable(msg)
    _try(engine)
    return engine


def reader_of(engine: Engine) -> Engine:
    """The same database and pool, for `reading` only."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{_READS: True})


def durable_of(engine: Engine) -> Engine:
    """The same database and pool, for `writing` what must survive a power cut the moment it is committed.

    SQLite in WAL mode survives any crash of ours without waiting for the disk at each commit, but a power cut may take
    the last commits back. PostgreSQL always waits.
    """
    return engine.execution_options(**{_DURABLE: True})


@contextmanager
def reading(reader: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database and can change nothing; `reader` is of `reader_of`."""
    with _refusals(), reader.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed at the end, rolled back on an exception; `engine` may be of `durable_of`."""
    with _refusals(), engine.begin() as connection:
        yield connection


def place_of(engine: Engine) -> str:
    """The database as an operator may see it, without its password."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def _refusals() -> Iterator[None]:
    """The driver's "not now" as our own error: locked, full, gone. Anything else is a bug and stays as it is."""
    try:
        yield
    except (sqlite3.OperationalError, PoolTimeout) as error:
        msg = f"the database cannot be used for the moment: {error}"
        raise DatabaseBusy(msg) from error
    except DBAPIError as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            msg = f"the database cannot be used for the moment: {_words(error)}"
            raise DatabaseBusy(msg) from error
        raise


def _sqlite(url: URL, folder: Path) -> Engine:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        msg = "a SQLite database needs a file, sqlite:///PATH (database.url)"
        raise DatabaseUnusable(msg)
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        msg = f"this Python has SQLite {sqlite3.sqlite_version}, {oldest} or newer is needed: use a newer Python, or PostgreSQL"
        raise DatabaseUnusable(msg)
    path = folder / Path(url.database).expanduser()
    _make_file(path)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "cached_statements": 256},
        pool_size=POOL,
        max_overflow=POOL,
        hide_parameters=True,  # an error may be logged: what a letter says may not
    )
    event.listen(engine, "connect", _settle_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(path: Path) -> None:
    """Letters hold personal data: the file is the owner's alone (SQLite's side files take over its mode)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        msg = f"the database file {path} cannot be opened: {error.strerror}; check folder and rights (database.url)"
        raise DatabaseUnusable(msg) from error


def _settle_sqlite(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
    dbapi_connection.isolation_level = None  # the driver opens no transactions by itself: `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    reads = options.get(_READS, False)
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA synchronous={'FULL' if options.get(_DURABLE, False) else 'NORMAL'}")
    driver.execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    driver.execute("BEGIN" if reads else "BEGIN IMMEDIATE")  # by the driver itself: every letter begins five times


def _postgresql(url: URL, password: str) -> Engine:
    if password:
        url = url.set(password=password)
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,
            pool_size=POOL,
            max_overflow=POOL,
            connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"},
        )
    except ImportError as error:
        msg = "PostgreSQL needs the driver psycopg, which is not installed: pip install 'sferum-intake[postgres]'"
        raise DatabaseUnusable(msg) from error


def _try(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        words = _words(error) if isinstance(error, DBAPIError) else str(error)
        msg = f"the database {place_of(engine)} cannot be opened: {words}; check database.url in the settings"
        raise DatabaseUnusable(msg) from error


def _words(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())
