"""One desk over each database for every test of casework."""

import pytest

from store.unit_of_work import Store
from tests.integration.store.conftest import engine, migrated_file, postgres_engine, store
from tests.integration.wired import WiredDesk

__all__ = ["engine", "migrated_file", "postgres_engine", "store"]


@pytest.fixture
def desk(store: Store) -> WiredDesk:
    return WiredDesk(store)
