"""The product wired over a real store, and a browser that asks the applicants' pages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intake.bootstrap import rule_book
from rules.book import RuleBook
from store import tables
from store.unit_of_work import Store
from tests.integration.applicant.house import AppliedHouse
from tests.integration.store.conftest import engine, migrated_file, postgres_engine, store

__all__ = ["engine", "migrated_file", "postgres_engine", "store"]


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return rule_book()


@pytest.fixture
def house(store: Store, book: RuleBook, tmp_path: Path) -> Iterator[AppliedHouse]:
    made = AppliedHouse(store, book, tmp_path)
    yield made
    made.close()


@pytest.fixture
def dump(store: Store) -> Callable[[], dict[str, list[tuple[object, ...]]]]:
    """Everything in the database, table by table."""

    def everything() -> dict[str, list[tuple[object, ...]]]:
        with store.engine.connect() as connection:
            return {
                name: [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}" ORDER BY 1')]  # noqa: S608
                for name in tables.METADATA.tables
            }

    return everything
