"""What is accepted comes back as it was, and an expectation says which of two results is better."""

import json
from pathlib import Path

import pytest

from intake import accepted, gold
from intake.accepted import Cell, Result
from intake.gold import Standing, standings
from intake.rereading import held_back
from rules.errors import SettingsError

FIELDS = {
    "organization_full_name": "Муниципальное учреждение «Школа № 5»",
    "organization_short_name": None,
    "settlement": "с. Ёлкино",
    "region": "16",
    "admin_full_name": None,
    "admin_phone": "+79171234567",
    "admin_email": "a@b.example",
}
RIGHT = {
    "organization_full_name": Cell("ok", "Муниципальное учреждение Школа N5"),
    "settlement": Cell("doubtful", "село Елкино", "named only inside the organisation's name"),
    "region": Cell("ok", "Республика Татарстан [16]"),
    "admin_full_name": Cell("invalid", "", "initials"),
    "admin_phone": Cell("ok", "+79171234567"),
    "admin_email": Cell("ok", "b@b.example"),
}


@pytest.fixture
def expected(tmp_path: Path) -> gold.Gold:
    entry = {"kind": "application", "topic": None, "fields": FIELDS, "doubtful": ["settlement"], "invalid": {"admin_full_name": "initials"}}  # fmt: skip
    path = tmp_path / "one.json"
    path.write_text(json.dumps(entry | {"also": {"admin_email": ["b@b.example"]}}), encoding="utf-8")
    loaded = gold.load(path)
    assert loaded is not None
    return loaded


def test_other_spellings_of_the_same_are_right(expected: gold.Gold) -> None:
    assert set(standings(expected, Result("application", "", (RIGHT,))).values()) == {Standing.EXACT}


@pytest.mark.parametrize(
    ("cell", "standing"),
    [
        (Cell("ok", "+79171234568"), Standing.WRONG),
        (Cell(), Standing.LOST),
        (Cell("invalid", "", "malformed"), Standing.LOST),
        (Cell("doubtful", "+79171234568", "two candidates"), Standing.WRONG_BUT_DOUBTED),
        (Cell("doubtful", "+79171234567", "two candidates"), Standing.RIGHT),
    ],
)
def test_a_wrong_number_called_right_is_worse_than_one_asked_for_again(
    expected: gold.Gold, cell: Cell, standing: Standing
) -> None:
    result = Result("application", "", (RIGHT | {"admin_phone": cell},))
    assert standings(expected, result)["admin_phone"] is standing


def test_an_organisation_that_the_letter_does_not_name_is_wrong(expected: gold.Gold) -> None:
    result = Result("application", "", (RIGHT, {"admin_phone": Cell("ok", "+79171234567")}))
    assert standings(expected, result)["organisation 2 admin_phone"] is Standing.WRONG


def test_a_damaged_expectation_is_named(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"kind": "application"}'):
        (tmp_path / "one.json").write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match=r"one\.json"):
            gold.load(tmp_path / "one.json")
    assert gold.load(tmp_path / "two.json") is None


def test_what_is_accepted_comes_back_as_it_was(tmp_path: Path) -> None:
    """Also line separators, control characters and halves of characters, which a hostile letter may hold."""
    odd = "a\u2028b\x85c\x0bd\ud800e\nf"
    kept = {
        "b.eml": Result("application", "", (RIGHT, {"settlement": Cell("ok", odd)}, {})),
        "a.eml": Result("question", "parent"),
        f"{odd}.eml": Result("bulk", ""),
    }
    accepted.save(tmp_path, kept)
    assert accepted.load(tmp_path) == kept
    first = (tmp_path / accepted.FILE).read_bytes()
    accepted.save(tmp_path, dict(reversed(kept.items())))
    assert (tmp_path / accepted.FILE).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [accepted.FILE]


def test_a_letter_of_our_own_is_held_back_by_its_number_alone() -> None:
    for name, held in (("own-003", True), ("own-300", True), ("own-004", False), ("c003", False), ("own-003b", False)):
        assert held_back(Path(f"{name}.eml")) is held
