"""A house of its own for each acceptance test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.house import RunningHouse
from tests.integration.dovecot import Dovecot, private_dovecot
from tests.integration.sink import smtp_sink


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One real server for all tests; each test takes a fresh user of it."""
    with private_dovecot() as server:
        yield server


@pytest.fixture
def house(dovecot: Dovecot, tmp_path: Path) -> Iterator[RunningHouse]:
    """A configured house whose replies go to a sink."""
    folder = tmp_path / "a house"
    folder.mkdir()
    with smtp_sink() as sink:
        made = RunningHouse(folder, dovecot, sink, dovecot.fresh_user())
        made.configure()
        yield made
