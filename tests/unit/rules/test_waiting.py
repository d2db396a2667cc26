"""Reminders after 2 and 5 working days, the end after 10; nothing left out, nothing hurried when the machine was off."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import WorkingCalendar
from rules.waiting import Patience, Step, Waiting, closes, next_step

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = WorkingCalendar(MOSCOW)
PATIENCE = Patience()


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


ASKED = at("2026-11-09T15:00")  # a Monday; no holiday until the end of the year


def step(now: str, nudged: int = 0, reminded: str = "", heard: str = "") -> Step | None:
    waiting = Waiting(ASKED, nudged, at(reminded) if reminded else None, at(heard) if heard else None)
    return next_step(waiting, at(now), CALENDAR, PATIENCE)


def test_the_first_reminder_is_due_after_two_working_days_to_the_second() -> None:
    assert step("2026-11-11T14:59:59") is None
    assert step("2026-11-11T15:00") is Step.REMIND


def test_the_second_reminder_is_due_after_five_working_days() -> None:
    assert step("2026-11-16T14:59", 1, "2026-11-11T15:00") is None
    assert step("2026-11-16T15:00", 1, "2026-11-11T15:00") is Step.REMIND


def test_the_ticket_expires_after_ten_working_days() -> None:
    assert step("2026-11-23T14:59", 2, "2026-11-16T15:00") is None
    assert step("2026-11-23T15:00", 2, "2026-11-16T15:00") is Step.EXPIRE


def test_after_weeks_of_a_machine_that_was_off_each_step_comes_a_working_day_after_the_one_before() -> None:
    assert step("2026-11-30T10:00") is Step.REMIND
    assert step("2026-11-30T10:01", 1, "2026-11-30T10:00") is None
    assert step("2026-12-01T10:00", 1, "2026-11-30T10:00") is Step.REMIND
    assert step("2026-12-01T10:01", 2, "2026-12-01T10:00") is None
    assert step("2026-12-02T10:00", 2, "2026-12-01T10:00") is Step.EXPIRE


def test_the_working_day_between_two_steps_does_not_pass_on_a_weekend() -> None:
    assert step("2026-11-29T12:00", 2, "2026-11-27T15:00") is None
    assert step("2026-11-30T15:00", 2, "2026-11-27T15:00") is Step.EXPIRE


def test_who_has_just_written_is_neither_reminded_nor_closed_on_the_same_day() -> None:
    assert step("2026-11-23T15:00", 2, "2026-11-16T15:00", heard="2026-11-23T12:00") is None
    assert step("2026-11-24T12:00", 2, "2026-11-16T15:00", heard="2026-11-23T12:00") is Step.EXPIRE


def test_a_clock_that_steps_back_does_nothing_twice() -> None:
    assert step("2026-11-11T14:05", 1, "2026-11-11T15:00") is None
    assert step("2026-11-09T14:00") is None  # before the request was accepted


def test_without_reminders_only_the_end_is_due() -> None:
    patience = Patience((), 3)
    assert next_step(Waiting(ASKED), at("2026-11-12T14:59"), CALENDAR, patience) is None
    assert next_step(Waiting(ASKED), at("2026-11-12T15:00"), CALENDAR, patience) is Step.EXPIRE


@pytest.mark.parametrize(
    ("asked", "zone", "first"),
    [
        ("2025-12-29T15:00", "Europe/Moscow", "2026-01-12T15:00"),  # 31 December to 11 January are off
        ("2025-12-30T15:00", "Europe/Moscow", "2026-01-13T15:00"),
        ("2025-12-30T15:00", "Europe/Kaliningrad", "2026-01-13T15:00"),
        ("2026-11-12T00:00", "Europe/Moscow", "2026-11-14T00:00"),  # the very end of Friday
        ("2026-11-13T23:59", "Europe/Moscow", "2026-11-17T23:59"),
        ("2026-03-27T12:00", "Europe/Berlin", "2026-03-31T12:00"),  # the clocks change on the Sunday between
    ],
)
def test_days_are_counted_in_the_desks_zone_across_holidays_midnight_and_clock_changes(
    asked: str, zone: str, first: str
) -> None:
    home = ZoneInfo(zone)
    calendar, waiting = WorkingCalendar(home), Waiting(at(asked, home))
    moment = at(first, home)
    assert next_step(waiting, moment, calendar, PATIENCE) is Step.REMIND
    assert next_step(waiting, datetime.fromtimestamp(moment.timestamp() - 1, home), calendar, PATIENCE) is None


def test_a_reminder_promises_the_tenth_day_and_a_late_one_the_time_that_its_successors_need() -> None:
    assert closes(Waiting(ASKED), at("2026-11-11T15:00"), CALENDAR, PATIENCE) == at("2026-11-23T15:00")
    assert closes(Waiting(ASKED), at("2026-11-30T10:00"), CALENDAR, PATIENCE) == at("2026-12-02T10:00")
    assert closes(Waiting(ASKED, 1), at("2026-12-01T10:00"), CALENDAR, PATIENCE) == at("2026-12-02T10:00")
