"""The clock holds for any moment, number of hours, zone and correction of the calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import WorkingCalendar
from rules.sla import due, explain, working_time

CALENDARS = [
    WorkingCalendar(ZoneInfo("Europe/Moscow")),
    WorkingCalendar(ZoneInfo("Asia/Kamchatka"), days_off=[date(2026, 6, 1)], working_days=[date(2026, 6, 6)]),
    WorkingCalendar(ZoneInfo("Europe/Berlin"), working_days=[date(2026, 3, 29), date(2026, 10, 25)]),
]
moments = st.datetimes(datetime(2023, 12, 1), datetime(2029, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by the strategy's rule
hours = st.integers(0, 7 * 24 * 3600).map(lambda seconds: seconds / 3600)
calendars = st.sampled_from(CALENDARS)


@given(moments, hours, calendars)
@settings(max_examples=150, deadline=None)
def test_exactly_the_promised_hours_lie_between_arrival_and_due(
    arrived: datetime, count: float, calendar: WorkingCalendar
) -> None:
    assert working_time(arrived, due(arrived, count, calendar), calendar) == timedelta(hours=count)


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)), hours, calendars)
@settings(max_examples=150, deadline=None)
def test_who_writes_later_is_not_due_earlier(
    arrived: datetime, later: timedelta, count: float, calendar: WorkingCalendar
) -> None:
    assert due(arrived, count, calendar) <= due(arrived + later, count, calendar)


@given(moments, hours.filter(lambda one: one > 0), calendars)
@settings(max_examples=150, deadline=None)
def test_due_lies_in_a_working_day_or_at_its_very_end(
    arrived: datetime, count: float, calendar: WorkingCalendar
) -> None:
    moment = due(arrived, count, calendar)
    before = (moment.astimezone(UTC) - timedelta(microseconds=1)).astimezone(calendar.zone)
    assert calendar.is_working(before.date())


@given(moments, hours, calendars)
@settings(max_examples=100, deadline=None)
def test_the_explanation_reaches_from_arrival_to_due_and_counts_the_hours(
    arrived: datetime, count: float, calendar: WorkingCalendar
) -> None:
    spans = explain(arrived, count, calendar)
    assert spans[0].start == arrived
    assert spans[-1].end == due(arrived, count, calendar)
    assert sum((one.length for one in spans if one.counted), timedelta()) == timedelta(hours=count)
    assert all(one.counted != bool(one.reason) for one in spans)
