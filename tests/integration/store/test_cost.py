"""What a letter costs in the store: few statements, no search through whole tables, few milliseconds."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rules.judgement import Flag
from store import schema
from store.engine import open_engine
from store.unit_of_work import Store
from tests.integration.store.making import NOW, facts, judged, keep, letter, plan, raw, reply, take_in
from tests.integration.store.watching import watched

LETTERS = 200
MOST_STATEMENTS = 20  # a letter's way from `load` to `sent`; three of them are the claim, which a batch shares
MOST_MILLISECONDS = 25.0  # of processor time; a tenth of it is usual, the rest is for slow machines


def one_letter(store: Store, raw_id: int) -> None:
    """All the store does for one new application, from the raw message to the reply that is marked as sent."""
    with store.reading() as work:
        work.messages.load(raw_id)
    facts(store, letter(raw_id))
    numbers = [f"2611-{serial}" for serial in store.reserve_numbers(1, 2026, 11)]
    take_in(store, raw_id, judged(plan()), numbers=numbers, composed=reply(f"thread{raw_id}"))
    with store.writing() as work:
        claimed = work.outbox.claim(1, NOW, "me", 60)
    with store.writing() as work:
        work.outbox.sent(claimed[0].id, NOW)


def test_a_letter_takes_few_statements(engine: Engine) -> None:
    store = Store(engine)
    keep(store, raw(1), raw(2))
    one_letter(store, 1)
    with watched(engine) as statements:
        one_letter(store, 2)
    assert len(statements) <= MOST_STATEMENTS, "\n\n".join(statement for statement, _ in statements)


def test_a_letter_takes_few_milliseconds(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(engine)
    began = time.process_time()
    for start in range(1, LETTERS, 50):
        keep(store, *(raw(uid, b"%09d" % uid + b"x" * 9_000) for uid in range(start, start + 50)))
    for raw_id in range(1, LETTERS + 1):
        one_letter(store, raw_id)
    each = (time.process_time() - began) * 1000 / LETTERS
    with capsys.disabled():
        print(f"\n{engine.dialect.name}: {each:.2f} ms of processor time a letter")  # noqa: T201 - the figure is the point
    assert each < MOST_MILLISECONDS


def test_no_statement_searches_through_a_whole_table(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    schema.migrate(engine)
    store = Store(engine)
    with watched(engine) as seen:
        keep(store, raw(1), raw(2))
        one_letter(store, 1)
        facts(store, letter(2), ["thread1"])
        with store.writing() as work:
            work.tickets.alarm(["2611-1"], Flag.UNREACHABLE, NOW)
        with store.reading() as work:
            work.messages.next_kept(10, NOW)
            work.messages.unmarked("info", "INBOX", 1, 10)
            work.messages.failed()
            work.messages.has("1@school.example")
            work.messages.already_ours("x")
            work.tickets.get("2611-1")
            work.outbox.sent_since(NOW)
            work.outbox.pending_count()
            work.mailboxes.bookmark("info", "INBOX")
    with engine.connect() as connection:
        scans = [
            f"{row.detail}: {statement}"
            for statement, parameters in seen
            if statement.startswith(("SELECT", "UPDATE"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if row.detail.startswith("SCAN") and row.detail != "SCAN CONSTANT ROW"
        ]
    assert len(seen) > 30, "too few statements were seen for this test to say anything"
    assert not scans, "\n\n".join(scans)
