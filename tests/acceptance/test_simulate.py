"""A small day of simulated applicants ends as the hand-written table says."""

from pathlib import Path

import pytest

from tests.simulate.applicants import KINDS
from tests.simulate.counting import expected
from tests.simulate.running import simulate

pytestmark = pytest.mark.dovecot


def test_every_kind_of_applicant_has_its_row_in_the_table() -> None:
    assert list(KINDS) == [*dict.fromkeys(KINDS)]
    assert set(KINDS) == set(expected())


def test_thirty_applicants_end_as_the_table_says(tmp_path: Path) -> None:
    result = simulate(tmp_path, applicants=30, seed=20261109)
    assert result.ok, result.told()
