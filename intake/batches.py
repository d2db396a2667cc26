"""How a long row of messages is cut into commands and answers of bearable size. Pure: talks to nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BATCH_MESSAGES = 50
BATCH_BYTES = 4_000_000
LISTED_AT_ONCE = 500  # UIDs in one command: at most 5.5 kB, below the 8 kB that every server takes (RFC 7162 §4)
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a server tells of a message before its text: arrival in UTC, size in bytes; `oversized`: headers only."""

    uid: int
    received_at: datetime
    size: int
    oversized: bool


def utc(moment: Any) -> datetime:  # noqa: ANN401 - imapclient's untyped INTERNALDATE
    """An aware INTERNALDATE in UTC; `UNKNOWN_TIME` for what is none or lies outside of all calendars."""
    try:
        return moment.astimezone(UTC)  # type: ignore[no-any-return]
    except (AttributeError, ValueError, OverflowError):
        return UNKNOWN_TIME


def chunks(uids: Iterable[int]) -> Iterator[list[int]]:
    """The UIDs ascending, each once, as many together as one command may name."""
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), LISTED_AT_ONCE):
        yield ordered[start : start + LISTED_AT_ONCE]


def batches(listed: Iterable[Listed]) -> Iterator[list[Listed]]:
    """At most 50 messages and 4 MB together, order kept; a larger message goes alone, headers weigh nothing."""
    batch: list[Listed] = []
    filled = 0
    for one in listed:
        weight = 0 if one.oversized else one.size
        if batch and (len(batch) == BATCH_MESSAGES or filled + weight > BATCH_BYTES):
            yield batch
            batch, filled = [], 0
        batch.append(one)
        filled += weight
    if batch:
        yield batch
