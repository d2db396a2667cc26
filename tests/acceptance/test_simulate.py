"""The simulated day and its hand-written table speak of the same applicants; `make simulate` runs the day itself."""

from tests.simulate.applicants import KINDS
from tests.simulate.counting import expected


def test_every_kind_of_applicant_has_its_row_in_the_table() -> None:
    assert list(KINDS) == [*dict.fromkeys(KINDS)]
    assert set(KINDS) == set(expected())
