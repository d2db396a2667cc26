"""A seeded defect makes the simulated day fail, and without one it does not."""

from pathlib import Path

import pytest

from tests.simulate.applicants import When
from tests.simulate.running import Result, simulate

pytestmark = pytest.mark.dovecot


def _off(result: Result) -> dict[str, tuple[int, int]]:
    """The figures of the house that are not as expected."""
    return {what: (wanted, found) for what, wanted, found in result.figures if wanted != found}


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
    result = simulate(tmp_path, applicants=16, seed=20261109, defect=defect, until=When.NOON)
    assert set(_off(result)) >= noticed, result.told()
    assert bool(_off(result)) is bool(defect), result.told()
