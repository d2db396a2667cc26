"""The engine: nothing is lost between threads, readers cannot write, refusals are one sentence without a password."""

import stat
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from rules.errors import DatabaseUnusable
from store import tables
from store.engine import durable_of, open_engine, reader_of, reading, writing
from store.unit_of_work import DatabaseBusy, Store
from tests.integration.store.making import NOW, bookmark, keep, raw


def test_eight_threads_counting_lose_nothing(store: Store) -> None:
    got: list[int] = []
    failures: list[BaseException] = []

    def count() -> None:
        try:
            for _ in range(25):
                got.extend(store.reserve_numbers(1, 2026, 11))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not failures
    assert sorted(got) == list(range(1, 201))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_read_then_write_in_one_transaction_loses_nothing(engine: Engine) -> None:
    """The trap itself: each thread reads a value and writes it back, one larger.

    On PostgreSQL the store never writes back what it has read without a condition.
    """
    counter = tables.counter
    with writing(engine) as connection:
        connection.execute(counter.insert(), {"name": "n", "value": 0})

    def count() -> None:
        for _ in range(25):
            with writing(engine) as connection:
                seen = connection.execute(select(counter.c.value)).scalar_one()
                connection.execute(counter.update().values(value=seen + 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    with reading(reader_of(engine)) as connection:
        assert connection.execute(select(counter.c.value)).scalar_one() == 200


def test_serial_numbers_begin_anew_each_month(store: Store) -> None:
    assert store.reserve_numbers(3, 2026, 11) == [1, 2, 3]
    assert store.reserve_numbers(1, 2026, 12) == [1]
    assert store.reserve_numbers(2, 2026, 11) == [4, 5]


def test_a_reader_cannot_write_and_leaves_writers_free(store: Store) -> None:
    keep(store, raw(1))
    with store.reading() as seen:
        before = seen.messages.next_kept(10, NOW)
        keep(store, raw(2))  # would wait for ever if reading took the write lock
        assert seen.messages.next_kept(10, NOW) == before, "a reader sees one moment"
        with pytest.raises((DatabaseBusy, DBAPIError)):
            seen.messages.mark(before)


def test_a_connection_that_read_can_write_again(store: Store) -> None:
    for uid in range(1, 30):
        with store.reading() as work:
            work.messages.next_kept(1, NOW)
        assert keep(store, raw(uid)).new == 1


def test_an_exception_rolls_everything_back(store: Store) -> None:
    def stopped_half_way() -> None:
        with store.writing() as work:
            work.mailboxes.looked("info", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped_half_way()
    with store.reading() as work:
        assert work.mailboxes.states() == []


def test_moments_come_back_aware_and_in_utc(engine: Engine) -> None:
    state = tables.mailbox_state
    moscow = datetime(2026, 11, 23, 18, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    with writing(engine) as connection:
        connection.execute(state.insert(), {"mailbox": "info", "last_good_look": moscow, "failures": 0})
    with reading(reader_of(engine)) as connection:
        seen = connection.execute(select(state.c.last_good_look)).scalar_one()
    assert seen == moscow
    assert seen.tzinfo is UTC


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="time zone"), writing(engine) as connection:
        connection.execute(
            tables.mailbox_state.insert(),
            {"mailbox": "info", "last_good_look": datetime(2026, 11, 23), "failures": 0},  # noqa: DTZ001 - the point
        )


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=3))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-3))),
    ],
)
def test_the_ends_of_time_can_be_stored(engine: Engine, moment: datetime) -> None:
    with writing(engine) as connection:
        values = {"mailbox": "info", "last_good_look": moment, "failures": 0}
        connection.execute(tables.mailbox_state.insert(), values)
    with reading(reader_of(engine)) as connection:
        seen = connection.execute(select(tables.mailbox_state.c.last_good_look)).scalar_one()
    assert seen.year == moment.year


def test_an_error_does_not_tell_what_a_letter_says(engine: Engine) -> None:
    values = {"mailbox": "info", "error": "+79161234567", "failures": 0}
    with writing(engine) as connection:
        connection.execute(tables.mailbox_state.insert(), values)
    with pytest.raises(DBAPIError) as refusal, writing(engine) as connection:
        connection.execute(tables.mailbox_state.insert(), values)
    assert "79161234567" not in str(refusal.value)


def test_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    open_engine("sqlite:///var/база данных 100%.db", folder=tmp_path).dispose()
    path = tmp_path / "var" / "база данных 100%.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_is_set_up_for_many_threads(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    assert pragmas == ["wal", 1, 30_000, 1]


def test_a_durable_commit_waits_for_the_disk_and_the_next_one_does_not(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(migrated_file.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    for way, level in ((durable_of(engine), 2), (engine, 1)):
        with writing(way) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == level
    with Store(engine).writing(durable=True) as work:
        assert work.messages.keep([raw(1)], bookmark(1)).new == 1


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://root:sesame@127.0.0.1/x",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://intake:sesame@127.0.0.1:1/intake",
        "postgresql://127.0.0.1:notaport/intake",
    ],
)
def test_an_unusable_url_is_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnusable) as refusal:
        open_engine(url, password="sesame")
    words = str(refusal.value)
    assert "database.url" in words
    assert "sesame" not in words
    assert "\n" not in words


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"Dear database, I am a letter. " * 100)
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}/a.db")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}")


@pytest.mark.postgresql
def test_a_connection_that_the_server_has_closed_is_replaced(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state <> ''"

    def write_while_the_server_hangs_up() -> None:
        with postgres_engine.connect() as killer, store.writing() as work:
            killer.execute(text(others))
            work.mailboxes.looked("info", NOW)

    with pytest.raises(DatabaseBusy):
        write_while_the_server_hangs_up()
    with store.reading() as work:
        work.mailboxes.states()


def test_a_lock_held_too_long_is_temporary(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(migrated_file.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    other = create_engine(f"sqlite:///{path}").raw_connection()
    other.cursor().execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA busy_timeout=50")
    with pytest.raises(DatabaseBusy, match="locked"), Store(engine).writing():
        pass
    other.rollback()
    with Store(engine).writing() as work:
        work.mailboxes.looked("info", NOW)
