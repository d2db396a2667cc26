"""A desk of its own for each test of access."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import open_engine
from store.schema import migrate
from store.unit_of_work import Store
from tests.integration.desk.opening import Opening


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Opening]:
    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    migrate(engine)
    store = Store(engine)
    yield Opening(store)
    store.close()
