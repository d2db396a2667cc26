"""The same job over PostgreSQL, and the first look by a date."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.acceptance.house import RunningHouse, letter
from tests.integration.postgres import PostgresMissing, private_postgres

pytestmark = pytest.mark.dovecot


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    try:
        with private_postgres() as url:
            yield url
    except PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.mark.postgresql
def test_letters_become_tickets_and_replies_over_postgresql(house: RunningHouse, postgres: str) -> None:
    house.configure(database=postgres)
    house.dovecot.deliver(house.user, letter(1), letter(2, phone=""), letter(1))
    house.run("once")
    assert sorted(one["state"] for one in house.tickets()) == ["review", "waiting"]
    assert len(house.sink.arrived) == 2
    assert "postgresql" in house.run("check")


def test_a_date_takes_in_what_came_since_then_and_nothing_older(house: RunningHouse) -> None:
    path = house.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('since = "all"', "since = 2026-11-10"), encoding="utf-8")
    house.dovecot.deliver(house.user, letter(1), when=datetime(2026, 11, 9, 20, 0, tzinfo=UTC))  # 23:00 in Moscow
    house.dovecot.deliver(house.user, letter(2), when=datetime(2026, 11, 9, 22, 0, tzinfo=UTC))  # 01:00 on the 10th
    house.dovecot.deliver(house.user, letter(3), when=datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    house.run("once")
    names = sorted(one["fields"]["organization_short_name"]["value"] for one in house.tickets())
    assert names == ["МБОУ СШ № 2", "МБОУ СШ № 3"]
