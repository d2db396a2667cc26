"""Migrations lead from nothing to exactly the tables of the code, once, whoever comes at the same time."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from rules.errors import DatabaseUnusable
from store import schema, tables
from store.engine import open_engine
from store.unit_of_work import Store
from tests.integration.store.making import keep, open_ticket, raw


def test_from_nothing_to_the_head(empty: Engine) -> None:
    assert schema.current(empty) is None
    assert not schema.is_current(empty)
    schema.migrate(empty)
    assert schema.current(empty) == schema.head()
    assert schema.is_current(empty)


def test_the_migrated_schema_is_that_of_the_tables(empty: Engine) -> None:
    schema.migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []


def test_the_migrated_checks_and_partial_indexes_are_those_of_the_tables(tmp_path: Path) -> None:
    """What the comparison above does not look at: CHECKs, partial indexes, defaults, as SQLite keeps them."""
    migrated = open_engine(f"sqlite:///{tmp_path}/migrated.db")
    schema.migrate(migrated)
    made = create_engine(f"sqlite:///{tmp_path}/made.db")
    tables.METADATA.create_all(made)
    assert statements(migrated) == statements(made)


def statements(engine: Engine) -> list[tuple[str, list[str]]]:
    """Of each table and index its name and its definition's clauses, in one order."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return sorted((name, _clauses(sql)) for name, sql in rows if name != "alembic_version")


def _clauses(sql: str) -> list[str]:
    """The clauses of a definition; SQLite writes added columns into one line and keeps a rebuilt default in brackets."""
    plain = sql.replace('"', "").replace("\t", "").replace("DEFAULT ('')", "DEFAULT ''")
    lines = re.sub(r", (?=\w+ (?:VARCHAR|TEXT|INTEGER|BIGINT|DATETIME|BOOLEAN))", "\n", plain).split("\n")
    return sorted(clause.strip(" ,") for clause in lines)


def test_migrating_twice_is_migrating_once(empty: Engine) -> None:
    schema.migrate(empty)
    number = open_ticket(Store(empty))
    schema.migrate(empty)
    with Store(empty).reading() as work:
        assert work.tickets.get(number) is not None


def test_processes_that_start_together_migrate_once(empty: Engine) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            schema.migrate(empty)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not failures
    assert schema.is_current(empty)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(empty: Engine) -> None:
    schema.migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnusable, match="9999"):
        schema.migrate(empty)
    assert schema.current(empty) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE turn (id INTEGER)"))
    with pytest.raises(Exception, match="turn"):
        schema.migrate(empty)
    with empty.connect() as connection:
        assert inspect(connection).get_table_names() == ["turn"]


def test_foreign_keys_are_on_again_after_migrating(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    schema.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_the_head_is_what_alembic_says_and_there_is_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.head()]


def test_a_database_at_its_head_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    schema.migrate(open_engine(url))
    code = (
        "import sys; from store.engine import open_engine; from store import schema;"
        "e = open_engine(sys.argv[1]); schema.migrate(e); assert schema.is_current(e); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_a_folder_with_spaces_and_percent_signs_can_hold_program_and_database(tmp_path: Path) -> None:
    """The whole package, copied to such a place, migrates a database beside it."""
    root = Path(schema.__file__).parent.parent
    place = tmp_path / "служба поддержки %40 (2)"
    for name in ("store", "rules"):
        for path in (root / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                copy = place / path.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
    code = (
        "from store.engine import open_engine; from store import schema; from pathlib import Path;"
        "e = open_engine('sqlite:///var/intake.db', folder=Path.cwd()); schema.migrate(e);"
        "print(schema.is_current(e), Path('var/intake.db').stat().st_size > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == "True True", done.stderr


def test_letters_can_be_kept_right_after_migrating(empty: Engine) -> None:
    schema.migrate(empty)
    assert keep(Store(empty), raw(1)).new == 1
