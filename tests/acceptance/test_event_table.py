"""Each row of the event table (domain.md §4) over real servers: one house, one applicant of each kind, two weeks.

What must come out stands in tests/simulate/expected.toml, written by hand; single steps are proved in
tests/integration/test_event_table.py.
"""

import pytest

from tests.simulate.applicants import KINDS
from tests.simulate.running import Result, simulate

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What became of one applicant of each kind."""
    return simulate(tmp_path_factory.mktemp("house"), applicants=len(KINDS), seed=4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_applicant_of_this_kind_ends_as_the_table_says(result: Result, kind: str) -> None:
    (row,) = (one for one in result.rows if one.kind == kind)
    assert list(row.found) == [row.expected], f"expected {row.expected}, found {next(iter(row.found))}"


def test_nothing_is_lost_doubled_or_moved_where_it_may_not(result: Result) -> None:
    assert {what: (wanted, found) for what, wanted, found in result.figures if wanted != found} == {}
    assert result.troubles == ()
