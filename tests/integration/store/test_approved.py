"""Which organisations an export holds, page by page, and what it looks like in each form."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import python_calamine

from intake.exporting import Export, Format, moment
from intake.sheet import write_sheet
from rules.errors import SettingsError
from rules.lists import ListWords
from store.approved import ApprovedOrganization
from store.unit_of_work import Store
from tests.integration.store.deciding import COMPLETE, UNDO, approve, reopen, ticket
from tests.integration.store.making import DAY, NOW, value

MOSCOW = ZoneInfo("Europe/Moscow")
HEADINGS = ListWords.load(Path(__file__).parents[3] / "rules" / "data" / "lists.toml").headings
LATER = NOW + DAY


def _numbers(store: Store, now: datetime = LATER, since: datetime | None = None, until: datetime | None = None) -> list:
    with store.reading() as work:
        return [one.number for one in work.approved.page(0, since, until, now, 100)]


def _export(now: datetime = LATER, since: datetime | None = None, until: datetime | None = None) -> Export:
    return Export(since=since, until=until, now=now, zone=MOSCOW, headings=HEADINGS)


def test_only_approvals_that_can_no_longer_be_undone_are_there(store: Store) -> None:
    first, second, third = (ticket(store, uid) for uid in (1, 2, 3))
    approve(store, first)
    done = approve(store, second)
    with store.writing() as work:
        work.actions.undo(done.id, "olga@desk.example", NOW + timedelta(seconds=5))
    assert third not in _numbers(store)
    assert _numbers(store, NOW + UNDO - timedelta(seconds=1)) == []
    assert _numbers(store, NOW + UNDO) == [first]


def test_what_was_reopened_is_gone_and_comes_back_with_its_new_decision_and_person(store: Store) -> None:
    number = ticket(store, 1)
    approve(store, number)
    reopen(store, number, at=NOW + timedelta(hours=1))
    assert _numbers(store) == []
    approve(store, number, at=NOW + timedelta(hours=2), by="irina@desk.example", hooks=())
    with store.reading() as work:
        (one,) = work.approved.page(0, None, None, LATER, 10)
    assert one.by == "irina@desk.example"
    assert one.approved_at == NOW + timedelta(hours=2) + UNDO
    assert one.application.admin_phone.value == "+79161234567"


def test_since_is_from_then_on_and_until_before_then_so_that_exports_join_without_gap_or_double(store: Store) -> None:
    numbers = [ticket(store, uid) for uid in (1, 2, 3)]
    for hour, number in enumerate(numbers):
        approve(store, number, at=NOW + timedelta(hours=hour))
    border = NOW + timedelta(hours=1) + UNDO
    assert _numbers(store, until=border) == numbers[:1]
    assert _numbers(store, since=border) == numbers[1:]


def test_pages_join_without_gap_or_double_whatever_happens_between_them(store: Store) -> None:
    numbers = [ticket(store, uid) for uid in range(1, 6)]
    for number in reversed(numbers):
        approve(store, number)
    with store.reading() as work:
        first = work.approved.page(0, None, None, LATER, 2)
    reopen(store, numbers[0])
    with store.reading() as work:
        second = work.approved.page(first[-1].id, None, None, LATER, 2)
        third = work.approved.page(second[-1].id, None, None, LATER, 2)
    assert [one.number for page in (first, second, third) for one in page] == numbers


def _written(store: Store, form: Format) -> bytes:
    out = io.BytesIO()
    made = _export()
    made.write(out, form, made.read(store))
    return out.getvalue()


@pytest.fixture
def evil(store: Store) -> Store:
    """One approved organisation with a formula for a name and all that separates cells."""
    names = replace(
        COMPLETE, organization_short_name=value('=HYPERLINK("http://x";"y")'), settlement=value('с. A;"B"\n\'C')
    )
    approve(store, ticket(store, 1, names))
    return store


def test_csv_opens_right_in_excel_and_runs_nothing(evil: Store) -> None:
    raw = _written(evil, "csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";")
    assert head == list(HEADINGS.values())
    known = dict(zip(HEADINGS, row, strict=True))
    assert known["organization_short_name"] == '\'=HYPERLINK("http://x";"y")'
    assert known["admin_phone"] == "'+79161234567"
    assert known["settlement"] == 'с. A;"B"\n\'C'
    assert known["region_code"] == "16"
    assert known["approved_at"] == "23.11.2026 12:00:30"
    assert known["approved_by"] == "olga@desk.example"


def test_a_worksheet_holds_texts_only(evil: Store) -> None:
    head, row = python_calamine.load_workbook(io.BytesIO(_written(evil, "xlsx"))).get_sheet_by_index(0).to_python()
    assert head == list(HEADINGS.values())
    known = dict(zip(HEADINGS, row, strict=True))
    assert known["organization_short_name"] == '=HYPERLINK("http://x";"y")'
    assert known["admin_phone"] == "+79161234567"
    assert known["region_code"] == "16"
    assert known["approved_at"] == "23.11.2026 12:00:30"


def test_json_has_the_values_as_they_are_and_times_in_utc(evil: Store) -> None:
    (known,) = json.loads(_written(evil, "json"))
    assert known["number"] == "2611-1"
    assert known["organization_short_name"] == '=HYPERLINK("http://x";"y")'
    assert known["admin_phone"] == "+79161234567"
    assert known["approved_at"] == "2026-11-23T09:00:30Z"


def test_nothing_approved_is_an_empty_list_in_each_form(store: Store) -> None:
    assert json.loads(_written(store, "json")) == []
    assert _written(store, "csv").decode("utf-8-sig").count("\r\n") == 1
    assert (
        len(python_calamine.load_workbook(io.BytesIO(_written(store, "xlsx"))).get_sheet_by_index(0).to_python()) == 1
    )


@pytest.mark.parametrize("cell", ["<r><t>x</t></r>", "<r>", "a & <b>", "_x0041_", "\x01\x1f", "\ufffe\uffff", " x "])
def test_a_cell_of_any_text_leaves_a_worksheet_that_can_be_read(cell: str) -> None:
    out = io.BytesIO()
    write_sheet(out, "x", [["head"], [cell], ["next"]])
    rows = (
        python_calamine.load_workbook(io.BytesIO(out.getvalue())).get_sheet_by_index(0).to_python(skip_empty_area=False)
    )
    assert rows[-1] == ["next"]
    if cell.isprintable():
        assert str(rows[1][0]).strip() == cell.strip()


def test_more_rows_than_a_worksheet_holds_are_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="--since"):
        write_sheet(io.BytesIO(), "x", ([str(number)] for number in range(10)), most=9)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_a_long_export_needs_no_more_memory_than_a_short_one(form: Format) -> None:
    class Nowhere(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, some: object) -> int:
            return len(some)  # type: ignore[arg-type]

    def many() -> Iterator[ApprovedOrganization]:
        for number in range(10_000):
            yield ApprovedOrganization(
                id=number, number=f"2611-{number}", application=COMPLETE, approved_at=NOW, by="x"
            )

    made = _export()
    made.write(io.BytesIO(), form, [])  # what is loaded once
    tracemalloc.start()
    assert made.write(io.BytesIO() if form == "xlsx" else Nowhere(), form, many()) == 10_000  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000  # the ten thousand themselves are 4 MB as csv


@pytest.mark.parametrize(
    ("words", "whole_day", "meant"),
    [
        ("2026-11-24", False, datetime(2026, 11, 23, 21, tzinfo=UTC)),
        ("2026-11-24", True, datetime(2026, 11, 24, 21, tzinfo=UTC)),
        ("2026-11-24T09:30", False, datetime(2026, 11, 24, 6, 30, tzinfo=UTC)),
        ("2026-11-24 09:30:05+05:00", True, datetime(2026, 11, 24, 4, 30, 5, tzinfo=UTC)),
        ("2026-11-24T09:30Z", True, datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_of_the_command_line_is_meant_in_the_desks_zone(
    words: str, meant: datetime, *, whole_day: bool
) -> None:
    assert moment("--since", words, MOSCOW, whole_day=whole_day) == meant


@pytest.mark.parametrize("words", ["yesterday", "24.11.2026", "2026-13-01", "", "9999-12-31"])
def test_what_is_no_moment_is_refused_by_name(words: str) -> None:
    with pytest.raises(SettingsError, match="--until"):
        moment("--until", words, MOSCOW, whole_day=True)
