"""When our own people are told: three quarters of a turn, the digest of a working day, a year that is not decreed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import WorkingCalendar
from rules.sla import due
from rules.telling import WARN_SHARE, day_to_report, share_used, year_to_ask

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = WorkingCalendar(MOSCOW)
NINE = time(9)


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_the_share_counts_working_time_only() -> None:
    started = at("2026-11-20T18:00")  # a Friday
    end = due(started, 24, CALENDAR)
    assert share_used(started, end, at("2026-11-21T00:00"), CALENDAR) == 0.25
    assert share_used(started, end, at("2026-11-22T20:00"), CALENDAR) == 0.25
    assert share_used(started, end, at("2026-11-23T12:00"), CALENDAR) == WARN_SHARE
    assert share_used(started, end, end, CALENDAR) == 1.0


def test_a_turn_over_new_year_is_a_quarter_from_its_end_on_the_first_working_morning() -> None:
    started = at("2025-12-30T15:00")
    end = due(started, 24, CALENDAR)
    assert end == at("2026-01-12T15:00")
    assert share_used(started, end, at("2026-01-12T08:59"), CALENDAR) < WARN_SHARE
    assert share_used(started, end, at("2026-01-12T09:00"), CALENDAR) == WARN_SHARE


def test_a_turn_without_counted_time_is_over() -> None:
    moment = at("2026-11-21T12:00")
    assert share_used(moment, moment, moment - timedelta(hours=1), CALENDAR) == 1.0


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        ("2026-11-24T09:00", "2026-11-23", "2026-11-24"),
        ("2026-11-23T09:00", "2026-11-20", "2026-11-23"),  # Monday tells of Friday and the weekend
        ("2026-11-23T23:59", "2026-11-20", "2026-11-23"),
        ("2026-01-12T09:00", "2025-12-30", "2026-01-12"),
    ],
)
def test_a_digest_tells_everything_since_the_working_day_before(now: str, first: str, last: str) -> None:
    day = day_to_report(at(now), NINE, CALENDAR)
    assert day is not None
    assert (day.start, day.end) == (at(f"{first}T00:00"), at(f"{last}T00:00"))
    assert day.day == date.fromisoformat(last)


@pytest.mark.parametrize("now", ["2026-11-24T08:59", "2026-11-21T12:00", "2026-01-05T12:00"])
def test_there_is_no_digest_before_its_time_or_on_a_day_off(now: str) -> None:
    assert day_to_report(at(now), NINE, CALENDAR) is None


def test_days_are_those_of_the_desks_zone() -> None:
    calendar = WorkingCalendar(ZoneInfo("Asia/Vladivostok"))
    day = day_to_report(datetime(2026, 11, 22, 23, 0, tzinfo=UTC), NINE, calendar)  # Monday 09:00 there
    assert day is not None
    assert day.day == date(2026, 11, 23)


def test_the_next_years_calendar_is_asked_for_from_the_first_of_december() -> None:
    assert year_to_ask(at("2026-11-30T23:59"), CALENDAR) == 2026
    assert year_to_ask(at("2026-12-01T00:00"), CALENDAR) == 2027
    assert year_to_ask(at("2027-01-01T00:00"), CALENDAR) == 2027
