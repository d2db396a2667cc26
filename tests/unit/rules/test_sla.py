"""The 24-hour clock and the production calendar: the examples of the promise, and where clocks are usually wrong."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import WorkingCalendar
from rules.sla import due, explain, working_time

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = WorkingCalendar(MOSCOW)


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ("2026-11-20T18:00", "2026-11-23T18:00"),
        ("2026-11-21T11:00", "2026-11-24T00:00"),
        ("2025-12-30T15:00", "2026-01-12T15:00"),
        ("2025-12-31T10:00", "2026-01-13T00:00"),
        ("2025-10-31T10:00", "2025-11-01T10:00"),
        ("2025-11-01T10:00", "2025-11-05T10:00"),
        ("2026-11-20T00:00", "2026-11-21T00:00"),  # the very end of Friday, not Monday
    ],
)
def test_an_answer_is_due_as_the_promise_says(arrived: str, expected: str) -> None:
    assert due(at(arrived), 24, CALENDAR) == at(expected)


def test_an_arrival_in_another_zone_is_counted_in_the_desks_zone() -> None:
    late_friday = at("2026-11-21T02:00", ZoneInfo("Asia/Vladivostok"))  # Friday 19:00 in Moscow
    assert due(late_friday, 24, CALENDAR) == at("2026-11-23T19:00")
    assert due(late_friday, 24, CALENDAR).tzinfo is MOSCOW


def test_hours_are_real_hours_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = WorkingCalendar(berlin, working_days=[date(2026, 3, 29)])  # 23 hours long
    arrived = at("2026-03-28T12:00", berlin)
    assert due(arrived, 24, WorkingCalendar(berlin, working_days=[date(2026, 3, 28), date(2026, 3, 29)])) == at(
        "2026-03-29T13:00", berlin
    )
    assert working_time(at("2026-03-29T00:00", berlin), at("2026-03-30T00:00", berlin), calendar) == timedelta(hours=23)


def test_zero_hours_are_due_at_once_on_a_working_day_and_negative_ones_are_refused() -> None:
    assert due(at("2026-11-20T18:00"), 0, CALENDAR) == at("2026-11-20T18:00")
    with pytest.raises(ValueError, match="negative"):
        due(at("2026-11-20T18:00"), -1, CALENDAR)


def test_working_time_skips_days_off_and_never_runs_backwards() -> None:
    assert working_time(at("2026-11-20T18:00"), at("2026-11-23T06:00"), CALENDAR) == timedelta(hours=12)
    assert working_time(at("2026-11-23T06:00"), at("2026-11-20T18:00"), CALENDAR) == timedelta()


def test_the_explanation_names_each_skipped_stretch_and_has_no_gaps() -> None:
    spans = explain(at("2025-12-30T15:00"), 24, CALENDAR)
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert any("Новогодние" in one.reason for one in spans if not one.counted)
    assert sum((one.length for one in spans if one.counted), timedelta()) == timedelta(hours=24)


def test_the_number_of_working_days_is_the_official_one() -> None:
    counts = {
        year: sum(
            CALENDAR.is_working(date(year, 1, 1) + timedelta(days=n))
            for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
        )
        for year in (2024, 2025, 2026, 2027)
    }
    assert counts == {2024: 248, 2025: 247, 2026: 247, 2027: 247}


def test_a_year_without_decreed_transfers_is_known_as_extrapolated() -> None:
    assert CALENDAR.decreed(2026)
    assert not CALENDAR.decreed(2100)


def test_the_desks_own_days_win_over_the_calendar() -> None:
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    calendar = WorkingCalendar(MOSCOW, days_off=[friday], working_days=[saturday])
    assert not calendar.is_working(friday)
    assert calendar.is_working(saturday)


def test_a_calendar_without_working_days_is_refused_rather_than_searched_for_ever() -> None:
    start = date(2026, 1, 1)
    closed = WorkingCalendar(MOSCOW, days_off=[start + timedelta(days=n) for n in range(900)])
    with pytest.raises(ValueError, match="no working day"):
        due(at("2026-01-01T10:00"), 24, closed)
