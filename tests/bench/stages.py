"""What each stage costs for one letter, in one thread: the median over letters of the best of a few tries."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import mailparser

from intake.bootstrap import TEMPLATES, rule_book
from intake.compose import Composer, ReplyContext, TicketEntry
from intake.parsing import parse
from intake.reading import read
from intake.settings import Desk
from rules.judgement import Facts, ReplyKind
from rules.policy import Conduct, judge

TRIES = 3


def stage_costs(letters: list[bytes]) -> Iterator[tuple[str, float]]:
    """(stage, milliseconds) for each stage, mail-parser's own parsing first."""
    book = rule_book()
    ours = frozenset({"info@sferum.ru"})
    messages = [parse(raw, book.quotes) for raw in letters]
    readings = [read(message, book, ours=ours) for message in messages]
    facts = Facts(received_at=datetime(2026, 11, 20, tzinfo=UTC), our_addresses=ours)
    zone = Desk().zone
    composer = Composer(TEMPLATES / "replies", book.words, zone)
    yield "mail-parser alone", _median([lambda raw=raw: mailparser.parse_from_bytes(raw) for raw in letters])  # type: ignore[misc]
    yield "parse", _median([lambda raw=raw: parse(raw, book.quotes) for raw in letters])  # type: ignore[misc]
    yield "read", _median([lambda message=message: read(message, book, ours=ours) for message in messages])  # type: ignore[misc]
    pairs = list(zip(messages, readings, strict=True))
    yield (
        "judge",
        _median([lambda m=m, r=r: judge(m, r, facts, book.judging, Conduct()) for m, r in pairs]),  # type: ignore[misc]
    )
    contexts = [
        ReplyContext(
            desk_name="Поддержка",
            desk_address="info@sferum.ru",
            tickets=tuple(TicketEntry("2611-1", one) for one in reading.applications) or (TicketEntry("2611-1"),),
            due=facts.received_at,
            original_subject=message.subject,
        )
        for message, reading in pairs
    ]
    yield "compose", _median([lambda c=c: composer.compose(ReplyKind.MISSING, c) for c in contexts])  # type: ignore[misc]


def _median(works: list[Callable[[], object]]) -> float:
    return statistics.median(min(_timed(work) for _ in range(TRIES)) for work in works)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
