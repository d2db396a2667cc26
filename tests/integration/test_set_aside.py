"""A letter that fails is kept with its traceback and given to an agent; the next one goes on; a retry heals it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.attachments import Extractor
from intake.bootstrap import TEMPLATES, rule_book
from intake.compose import Composer, Rendered, ReplyContext
from intake.events import Events
from intake.jobs import Rounds
from intake.pipeline import Intake
from intake.replying import Replier
from intake.settings import Desk
from intake.tokens import Tokens
from rules.calendar import WorkingCalendar
from rules.judgement import ReplyKind
from rules.policy import Conduct
from store import schema
from store.engine import open_engine
from store.records import Bookmark, RawMessage
from store.unit_of_work import Store
from tests.acceptance.house import letter

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DESK = Desk()


class BrokenComposer(Composer):
    """A composer that fails on one school's letter, as a defect would."""

    def compose(self, kind: ReplyKind, context: ReplyContext) -> Rendered:
        """Fail for the second letter."""
        if "school2@" in context.reply_address:
            msg = "a defect"
            raise ZeroDivisionError(msg)
        return super().compose(kind, context)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    engine = open_engine(f"sqlite:///{tmp_path / 'intake.db'}")
    schema.migrate(engine)
    return Store(engine)


@pytest.fixture
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


def _rounds(store: Store, extractor: Extractor, kind: type[Composer]) -> Rounds:
    book = rule_book()
    intake = Intake(
        store=store,
        book=book,
        extractor=extractor,
        replier=Replier(kind(TEMPLATES / "replies", book.words, DESK.zone), Tokens(b"k" * 32), DESK, lambda _: ""),
        conduct=Conduct(),
        calendar=WorkingCalendar(DESK.zone),
        hours=24,
        limit=30_000_000,
        desk=DESK,
        ours=frozenset({"info@sferum.ru"}),
        events=Events(),
        now=lambda: NOW,
    )
    return Rounds(store=store, intake=intake, postman=None, events=Events(), now=lambda: NOW)


def _keep(store: Store, *numbers: int) -> None:
    raws = [
        RawMessage(
            mailbox="info",
            folder="INBOX",
            uid_validity=1,
            uid=number,
            received_at=NOW,
            kept_at=NOW,
            size=1,
            content=letter(number),
        )
        for number in numbers
    ]
    with store.writing() as work:
        work.messages.keep(raws, Bookmark(mailbox="info", folder="INBOX", uid_validity=1, last_uid=max(numbers)))


def test_the_failing_letter_becomes_a_ticket_and_the_others_go_on(store: Store, extractor: Extractor) -> None:
    _keep(store, 1, 2, 3)
    outcomes = _rounds(store, extractor, BrokenComposer).process_kept()
    assert [bool(one.error) for one in outcomes] == [False, True, False]
    with store.reading() as work:
        (failed,) = work.messages.failed()
        tickets = work.tickets.list()
    assert "ZeroDivisionError: a defect" in failed.error
    assert len(tickets) == 3
    (aside,) = [one for one in tickets if "failed" in one.flags]
    assert aside.state == "review"
    assert aside.due_at is not None


def test_a_retry_after_the_defect_is_mended_makes_the_real_ticket_and_closes_the_other(
    store: Store, extractor: Extractor
) -> None:
    _keep(store, 2)
    _rounds(store, extractor, BrokenComposer).process_kept()
    _rounds(store, extractor, Composer).retry()
    with store.reading() as work:
        assert work.messages.failed() == []
        states = sorted(one.state.value for one in work.tickets.list())
        replies = work.outbox.list(10)
    assert states == ["closed", "review"]
    assert [one.kind for one in replies] == [ReplyKind.RECEIVED]


def test_a_retry_that_fails_again_keeps_the_one_ticket(store: Store, extractor: Extractor) -> None:
    _keep(store, 2)
    _rounds(store, extractor, BrokenComposer).process_kept()
    _rounds(store, extractor, BrokenComposer).retry()
    with store.reading() as work:
        (failed,) = work.messages.failed()
        assert failed.tries == 2
        assert len(work.tickets.list()) == 1
