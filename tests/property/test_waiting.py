"""Whatever the moments at which the rounds run: each reminder once and in order, no end before ten working days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import WorkingCalendar
from rules.sla import working_time
from rules.waiting import Patience, Step, Waiting, closes, next_step

CALENDARS = [WorkingCalendar(ZoneInfo(name)) for name in ("Europe/Moscow", "Europe/Kaliningrad", "Europe/Berlin")]
DAY = timedelta(hours=24)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by the strategy's rule
waits = st.lists(st.integers(-7_200, 6 * 86_400), max_size=40)  # seconds to the next round; the clock may step back
patiences = st.sampled_from([Patience(), Patience((), 1), Patience((1, 2, 3, 4), 5), Patience((0.5,), 0.75)])


@given(moments, waits, st.sampled_from(CALENDARS), patiences)
@settings(max_examples=150, deadline=None)
def test_each_reminder_comes_once_in_order_and_the_end_comes_last_and_never_before_what_was_promised(
    asked: datetime, pauses: list[int], calendar: WorkingCalendar, patience: Patience
) -> None:
    waiting, now, promised = Waiting(asked), asked, asked
    done: list[Step] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        step = next_step(waiting, now, calendar, patience)
        if step is None:
            continue
        counted = working_time(asked, now, calendar)
        if step is Step.EXPIRE:
            assert waiting.nudged == len(patience.remind_after_days)
            assert counted >= patience.expire_after_days * DAY
            assert now >= promised
            break
        assert waiting.nudged < len(patience.remind_after_days)
        assert counted >= patience.remind_after_days[waiting.nudged] * DAY
        if waiting.reminded_at is not None:
            assert working_time(waiting.reminded_at, now, calendar) >= DAY
        promised = max(promised, closes(waiting, now, calendar, patience))
        waiting = Waiting(asked, waiting.nudged + 1, now)
        done.append(step)
    assert len(done) <= len(patience.remind_after_days)


@given(moments, st.integers(1, 40), st.sampled_from(CALENDARS))
@settings(max_examples=60, deadline=None)
def test_rounds_without_end_lead_to_the_end(asked: datetime, hours: int, calendar: WorkingCalendar) -> None:
    waiting, now, steps = Waiting(asked), asked, list[Step]()
    while Step.EXPIRE not in steps:
        now += timedelta(hours=hours)
        assert now < asked + timedelta(days=60)
        step = next_step(waiting, now, calendar, Patience())
        if step:
            steps.append(step)
            waiting = Waiting(asked, waiting.nudged + 1, now)
    assert steps == [Step.REMIND, Step.REMIND, Step.EXPIRE]
