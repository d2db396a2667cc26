"""A small day of simulated applicants ends as the hand-written table says, and a seeded defect is noticed."""

from pathlib import Path

import pytest

from tests.simulate.applicants import KINDS, When
from tests.simulate.counting import expected
from tests.simulate.running import Result, simulate

pytestmark = pytest.mark.dovecot


def _off(result: Result) -> dict[str, tuple[int, int]]:
    """The figures of the house that are not as expected."""
    return {what: (wanted, found) for what, wanted, found in result.figures if wanted != found}


def test_every_kind_of_applicant_has_its_row_in_the_table() -> None:
    assert list(KINDS) == [*dict.fromkeys(KINDS)]
    assert set(KINDS) == set(expected())


def test_thirty_applicants_end_as_the_table_says(tmp_path: Path) -> None:
    result = simulate(tmp_path, applicants=30, seed=20261109)
    assert result.ok, result.told()


@pytest.mark.parametrize(
    ("defect", "noticed"),
    [
        ("", set[str]()),
        ("double_reply", {"replies that arrived twice"}),
        ("lost_letter", {"letters kept", "… taken in"}),
        (
            "skip_commit",
            set(),
        ),  # which commit it hits is chance: a letter set aside, a reply sent twice, a mark not made
    ],
)
def test_a_seeded_defect_is_noticed_and_nothing_without_one(tmp_path: Path, defect: str, noticed: set[str]) -> None:
    result = simulate(tmp_path, applicants=30, seed=20261109, defect=defect, until=When.NOON)
    assert set(_off(result)) >= noticed, result.told()
    assert bool(_off(result)) is bool(defect), result.told()
