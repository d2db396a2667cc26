"""Headings of lists are known in many spellings; no cell is a formula."""

import tomllib
from pathlib import Path

import pytest

from rules.application import FieldName
from rules.errors import SettingsError
from rules.lists import Column, ListWords, as_written, harmless

DATA = Path(__file__).parents[3] / "rules" / "data"
WORDS = ListWords.load(DATA / "lists.toml")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+79161234567", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x")']
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_that_can_be_taken_off(cell: str) -> None:
    assert harmless(cell) == "'" + cell
    assert as_written(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "МБОУ «Школа № 1»", "a=b", "school@mail.ru", "'", "'тест'", "№ 5", " =1"])
def test_every_other_cell_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
    assert as_written(cell) == cell


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Полное название организации", Column.FULL_NAME),
        ("  ПОЛНОЕ  НАИМЕНОВАНИЕ ", Column.FULL_NAME),
        ("Full_Name", Column.FULL_NAME),
        ("organization_short_name", Column.SHORT_NAME),
        ("Сокращенное наименование", Column.SHORT_NAME),
        ("Нас. пункт", Column.SETTLEMENT),
        ("Населенный пункт", Column.SETTLEMENT),
        ("Субъект РФ", Column.REGION),
        ("Регион", Column.REGION),
        ("Код субъекта", Column.REGION_CODE),
        ("\ufeffШкола", Column.FULL_NAME),
        ("ИНН", None),
        ("", None),
    ],
)
def test_a_heading_is_known_by_its_words_alone(heading: str, column: Column | None) -> None:
    assert WORDS.column(heading) is column


def test_an_export_has_a_heading_for_each_of_its_values_and_they_are_understood_when_they_come_back() -> None:
    names = ["number", *(name.value for name in FieldName), "region_code", "approved_at", "approved_by"]
    assert list(WORDS.headings) == names
    for column in Column:
        assert WORDS.column(WORDS.headings[column.value]) is column


def test_no_spelling_means_two_columns() -> None:

    table = tomllib.loads((DATA / "lists.toml").read_text(encoding="utf-8"))["columns"]
    spellings = [words for some in table.values() for words in some]
    assert len(spellings) == len(set(spellings))
    assert all(WORDS.column(words) is Column(name) for name, some in table.items() for words in some)


def test_a_broken_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"lists\.toml"):
        ListWords.load(tmp_path / "lists.toml")
