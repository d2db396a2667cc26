"""Lists of registered organisations: separators, encodings, bad lines, the same list twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from intake.importing import Counts, Importer, Rules
from rules.errors import SettingsError
from rules.fields.place import Gazetteer, Regions
from rules.lists import ListWords
from store.unit_of_work import Store
from tests.integration.store.making import NOW

DATA = Path(__file__).parents[3] / "rules" / "data"
RULES = Rules(
    ListWords.load(DATA / "lists.toml"),
    Regions.load(DATA / "regions.toml"),
    Gazetteer.load(DATA / "settlements.tsv"),
)
HEAD = "Полное название;Краткое название;Населённый пункт;Субъект РФ"
FIVE = "Средняя школа № 5;МБОУ «СШ № 5»;г. Казань;Татарстан"
SIX = "Средняя школа № 6;МБОУ «СШ № 6»;г. Уфа;Башкортостан"


@dataclass
class Desk:
    store: Store
    folder: Path
    said: list[str] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)

    def take(self, content: str | bytes, *, dry_run: bool = False) -> Counts:
        path = self.folder / "list.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        importer = Importer(self.store, RULES, lambda: NOW, self.said.append, self.progress.append)
        return importer.take(path, dry_run=dry_run)

    def count(self) -> int:
        with self.store.reading() as work:
            return work.registered.count()


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_every_usual_file_is_read(desk: Desk, separator: str, end: str, encoding: str) -> None:
    content = end.join([HEAD, FIVE, SIX]).replace(";", separator)
    assert desk.take(content.encode(encoding)) == Counts(added=2)
    with desk.store.reading() as work:
        (one,) = work.registered.at("16|казань|5")
    assert one.organization_short_name.value == "МБОУ «СШ № 5»"
    assert desk.said == []


def test_the_same_list_twice_adds_nothing(desk: Desk) -> None:
    content = f"{HEAD}\n{FIVE}\n{SIX}\n{FIVE}"
    assert desk.take(content) == Counts(added=2, known=1)
    assert desk.take(content) == Counts(known=3)
    assert desk.count() == 2


def test_a_dry_run_says_the_same_and_changes_nothing(desk: Desk) -> None:
    content = f"{HEAD}\n{FIVE}\nx;;;\n{SIX}\n{FIVE}"
    assert desk.take(content, dry_run=True) == Counts(added=2, known=1, bad=1)
    assert desk.count() == 0
    assert desk.take(content) == Counts(added=2, known=1, bad=1)
    assert desk.take(content, dry_run=True) == Counts(known=3, bad=1)


def test_bad_lines_are_named_by_number_and_reason_and_the_good_ones_are_kept(desk: Desk) -> None:
    lines = [HEAD, FIVE, "", "Школа;;г. Уфа;Атлантида", ";;г. Уфа;Башкортостан", "Школа;;;Башкортостан", "  ;;;", SIX]
    assert desk.take("\n".join(lines)) == Counts(added=2, bad=3)
    assert desk.said == [
        "line 4: not taken: «Атлантида» is no region",
        "line 5: not taken: no name of an organisation",
        "line 6: not taken: no settlement",
    ]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(desk: Desk) -> None:
    lines = [HEAD, FIVE, '"Школа № 7;x;г. Уфа;Башкортостан', SIX, 'Школа "Радуга";x;г. Уфа;Башкортостан']
    assert desk.take("\n".join(lines)) == Counts(added=3, bad=1)
    assert desk.said == ["line 3: not taken: a quotation mark is opened and not closed"]
    desk.said.clear()
    many = [HEAD, '"Школа № 8;x;г. Уфа;Башкортостан', *(SIX.replace("6", str(n)) for n in range(100, 150)), '"x']
    assert desk.take("\n".join(many)) == Counts(added=50, bad=2)
    assert [one.split(":")[0] for one in desk.said] == ["line 2", "line 53"]


def test_a_cell_may_hold_separators_quotation_marks_and_line_ends(desk: Desk) -> None:
    cell = '"МБОУ ""СШ № 5"";\r\nфилиал"'
    assert desk.take(f"{HEAD}\r\n{FIVE.replace('МБОУ «СШ № 5»', cell)}\r\nx;;;\r\n{SIX}") == Counts(added=2, bad=1)
    with desk.store.reading() as work:
        (one,) = work.registered.at("16|казань|5")
    assert one.organization_short_name.value == 'МБОУ "СШ № 5"; филиал'
    assert desk.said[0].startswith("line 4: ")


def test_more_cells_than_headings_are_a_shifted_line_and_not_taken(desk: Desk) -> None:
    assert desk.take(f"{HEAD}\nШкола; № 5;x;г. Казань;Татарстан\n{SIX};;") == Counts(added=1, bad=1)
    assert desk.said == ["line 2: not taken: 5 cells where the headings are 4"]


def test_columns_come_in_any_order_and_others_are_passed_over(desk: Desk) -> None:
    assert desk.take("inn,region code,city,Name\n1655,16,Казань,Школа № 5\n") == Counts(added=1)
    with desk.store.reading() as work:
        assert len(work.registered.at("16|казань|5")) == 1


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("", "a name"),
        ("Школа № 5;г. Казань;Татарстан", "settlement"),
        ("Название;Город", "region"),
        ("Город;Регион", "a name"),
        ("Название;Полное название;Город;Регион", "two columns"),
    ],
)
def test_a_file_without_its_columns_is_refused_in_words(desk: Desk, content: str, missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        desk.take(content)


def test_a_file_that_is_not_there_or_no_text_is_refused_in_words(desk: Desk) -> None:
    importer = Importer(desk.store, RULES, lambda: NOW, desk.said.append, desk.progress.append)
    with pytest.raises(SettingsError, match="cannot be read"):
        importer.take(desk.folder / "none.csv")
    with pytest.raises(SettingsError, match="cannot be read"):
        importer.take(desk.folder)
    with pytest.raises(SettingsError, match=r"CSV UTF-8|column"):
        desk.take(bytes(range(256)) * 10)


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:200], lambda text: text.replace(";", '";"'), lambda text: '"' * (len(text) * 3)]
)
def test_no_file_is_too_broken_to_be_reported(desk: Desk, spoil: Callable[[str], str]) -> None:
    counts = desk.take(HEAD + "\n" + spoil("\n".join([FIVE] * 20)) + "\n")
    assert counts.added + counts.known + counts.bad > 0


def test_a_long_list_says_how_far_it_is(desk: Desk) -> None:
    lines = [HEAD, *(f"Школа № {number};;г. Казань;Татарстан" for number in range(1, 10_500))]
    assert desk.take("\n".join(lines)) == Counts(added=10_499)
    assert desk.progress == [pytest.approx(5_000, abs=500), pytest.approx(10_000, abs=500)]
