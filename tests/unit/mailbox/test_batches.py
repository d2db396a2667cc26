"""Cutting a row of messages into batches."""

from datetime import datetime, timedelta, timezone

from intake.batches import BATCH_BYTES, BATCH_MESSAGES, LISTED_AT_ONCE, UNKNOWN_TIME, Listed, batches, chunks, utc


def row(*sizes: int, oversized: bool = False) -> list[Listed]:
    return [Listed(uid, UNKNOWN_TIME, size, oversized) for uid, size in enumerate(sizes, 1)]


def cut(listed: list[Listed]) -> list[list[int]]:
    return [[one.uid for one in batch] for batch in batches(listed)]


def test_small_messages_travel_by_fifties() -> None:
    assert [len(batch) for batch in batches(row(*[10] * 120))] == [BATCH_MESSAGES, BATCH_MESSAGES, 20]


def test_a_batch_ends_before_it_grows_too_large() -> None:
    half = BATCH_BYTES // 2
    assert cut(row(half, half, 1, half, half)) == [[1, 2], [3, 4], [5]]


def test_a_message_larger_than_a_batch_goes_alone() -> None:
    assert cut(row(1, BATCH_BYTES + 1, 1)) == [[1], [2], [3]]


def test_headers_weigh_nothing() -> None:
    assert cut(row(*[BATCH_BYTES * 9] * 3, oversized=True)) == [[1, 2, 3]]


def test_nothing_makes_no_batch() -> None:
    assert cut([]) == []


def test_chunks_are_ascending_without_repeats_and_short_enough_for_one_line() -> None:
    largest = 2**32 - 1
    parts = list(chunks([largest - number for number in range(LISTED_AT_ONCE + 1)] * 2))
    assert [len(part) for part in parts] == [LISTED_AT_ONCE, 1]
    every = [uid for part in parts for uid in part]
    assert every == sorted(set(every))
    assert len(",".join(map(str, parts[0]))) < 8000


def test_utc_keeps_the_moment_and_drops_the_zone() -> None:
    moscow = datetime(2026, 11, 20, 18, 0, tzinfo=timezone(timedelta(hours=3)))
    assert utc(moscow) == moscow
    assert utc(moscow).utcoffset() == timedelta(0)


def test_a_moment_that_is_none_or_outside_the_calendar_is_unknown() -> None:
    assert utc(None) == UNKNOWN_TIME
    assert utc(datetime.max.replace(tzinfo=timezone(timedelta(hours=-3)))) == UNKNOWN_TIME
