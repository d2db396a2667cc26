"""One line of a list to be imported: what is taken, what is not and why."""

from pathlib import Path

import pytest

from intake.importing import Line, Rules, organization
from rules.fields.place import Gazetteer, Regions
from rules.lists import Column, ListWords
from rules.twins import place_key

DATA = Path(__file__).parents[3] / "rules" / "data"
RULES = Rules(
    ListWords.load(DATA / "lists.toml"),
    Regions.load(DATA / "regions.toml"),
    Gazetteer.load(DATA / "settlements.tsv"),
)


def _line(**cells: str) -> Line:
    given = {"full": "", "short": "МБОУ «СОШ № 5»", "place": "г. Казань", "region": "Татарстан", "code": ""} | cells
    return organization(7, dict(zip(Column, given.values(), strict=True)), RULES)


def test_a_whole_line_is_an_organisation_with_a_place() -> None:
    line = _line(full="Муниципальное бюджетное учреждение «Школа № 5»", code="16")
    assert line.organization is not None
    assert (line.number, line.reason, line.remark) == (7, "", "")
    assert place_key(line.organization) == "16|казань|5"
    assert line.organization.region.value == "Республика Татарстан"


@pytest.mark.parametrize("cells", [{"region": "", "code": "16"}, {"region": "16"}, {"region": "РТ"}])
def test_the_region_may_be_a_name_an_abbreviation_or_a_code(cells: dict[str, str]) -> None:
    line = _line(**cells)
    assert line.organization is not None
    assert line.organization.region.code == "16"
    assert line.remark == ""


def test_a_code_that_lost_its_zero_in_a_spreadsheet_is_read() -> None:
    line = _line(region="", code="2", place="г. Уфа")
    assert line.organization is not None
    assert line.organization.region.code == "02"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"short": ""}, "no name"),
        ({"short": "—"}, "no name"),
        ({"region": ""}, "no region"),
        ({"region": "Нарния"}, "«Нарния» is no region"),
        ({"region": "", "code": "00"}, "«00» is no code"),
        ({"region": "Башкортостан", "code": "16"}, "do not agree"),
        ({"region": "Татарстан или Башкортостан"}, "may be"),
        ({"place": ""}, "no settlement"),
        ({"place": "ул. Ленина, 5"}, "is no settlement"),
        ({"place": "г. Казань, г. Арск"}, "several settlements"),
    ],
)
def test_a_line_that_cannot_be_placed_says_why(cells: dict[str, str], reason: str) -> None:
    line = _line(**cells)
    assert line.organization is None
    assert reason in line.reason


def test_a_settlement_that_is_known_elsewhere_only_is_taken_with_a_remark() -> None:
    line = _line(region="Самарская область")
    assert line.organization is not None
    assert "another region" in line.remark


def test_what_an_export_guarded_comes_back_as_it_was() -> None:
    line = _line(short="'=МБОУ «СОШ № 5»")
    assert line.organization is not None
    assert line.organization.organization_short_name.value == "=МБОУ «СОШ № 5»"
