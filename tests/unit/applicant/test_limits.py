"""How often somebody may do something."""

from datetime import UTC, datetime, timedelta

from intake.applicant import limits
from intake.applicant.limits import Limit

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_so_many_and_no_more_until_the_time_is_over() -> None:
    limit = Limit(2, 60)
    assert [limit.take("a", NOW) for _ in range(3)] == [True, True, False]
    assert limit.take("b", NOW)
    assert not limit.take("a", NOW + timedelta(seconds=59))
    assert limit.take("a", NOW + timedelta(seconds=60))


def test_what_was_refused_is_not_counted() -> None:
    limit = Limit(1, 60)
    assert limit.take("a", NOW)
    for second in range(60):
        assert not limit.take("a", NOW + timedelta(seconds=second))
    assert limit.take("a", NOW + timedelta(seconds=60))


def test_many_visitors_do_not_fill_the_memory() -> None:
    limit = Limit(1, 60)
    for number in range(limits.MOST_KEYS + 100):
        limit.take(str(number), NOW)
    assert limit.take("0", NOW)
    assert not limit.take(str(limits.MOST_KEYS + 99), NOW)
