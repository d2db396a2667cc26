"""`intake preview` writes one page, loads nothing from afar, lets nothing come alive; mistakes end in one sentence."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.compose import Composer, specimens
from intake.preview import context_of, on_specimens, on_ticket, page, reply_named, write
from intake.settings import Desk
from rules.application import FieldName, FieldValue, Status
from rules.articles import ArticleBook
from rules.errors import SettingsError
from rules.fields_words import Words
from rules.judgement import Kind, ReplyKind, Topic
from rules.specimens import COMPLETE
from rules.ticket import State
from store.records import TicketRecord, TurnRecord
from tests.acceptance.test_mistakes import SHIPPED, _intake

ROOT = Path(__file__).parents[3]
COMPOSER = Composer(
    ROOT / "templates" / "replies", Words.load(ROOT / "rules" / "data" / "words.toml"), ZoneInfo("Europe/Moscow")
)
BOOK = ArticleBook.load(ROOT / "rules" / "data" / "articles.toml")
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _ticket(**more: object) -> TicketRecord:
    values = {
        "number": "2611-7",
        "thread_key": "a1",
        "state": State.REVIEW,
        "kind": Kind.APPLICATION,
        "topic": None,
        "flags": frozenset(),
        "title": "МБОУ СОШ № 5",
        "applicant_address": "school@example.ru",
        "region_code": "71",
        "opened_at": NOON,
        "changed_at": NOON,
        "application": COMPLETE,
        "turns": (TurnRecord(started_at=NOON, due_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),),
    }
    return TicketRecord(**{**values, **more})


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_every_specimen_is_on_the_page_with_subject_html_and_text(kind: ReplyKind) -> None:
    sheets = on_specimens(COMPOSER, kind)
    html = page(kind, sheets)
    assert len(sheets) == len(specimens()) == html.count("<pre>") == html.count("<iframe") / 2
    assert not re.search(r"<(?:script|img|link)|url\(|@import| src=", html)
    for one in sheets:
        assert one.reply.text in unescape(html)
        assert one.reply.html in unescape(html)
        assert one.reply.subject in unescape(html)


def test_what_a_letter_brought_along_stays_dead_in_the_page() -> None:
    bad = FieldValue('"><script>alert(1)</script>', Status.OK)
    ticket = _ticket(application=COMPLETE.having(FieldName.ADMIN, bad))
    html = page(
        ReplyKind.RECEIVED,
        on_ticket(COMPOSER, ReplyKind.RECEIVED, context_of(ticket, ReplyKind.RECEIVED, Desk(), BOOK)),
    )
    assert "<script" not in html
    assert 'sandbox="allow-same-origin"' in html


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_any_reply_can_be_shown_for_a_ticket(kind: ReplyKind) -> None:
    for ticket in (_ticket(), _ticket(application=None, kind=Kind.QUESTION, topic=Topic.PARENT, turns=())):
        (sheet,) = on_ticket(COMPOSER, kind, context_of(ticket, kind, Desk(), BOOK))
        assert "2611-7" in sheet.reply.subject


def test_a_tickets_deadline_state_and_topic_are_used() -> None:
    status = context_of(_ticket(), ReplyKind.STATUS, Desk(), BOOK)
    text = COMPOSER.compose(ReplyKind.STATUS, status).text.replace("\u00a0", " ")
    assert "понедельника, 23 ноября 2026 г., 12:00" in " ".join(text.split())
    assert "на проверке" in text
    question = _ticket(application=None, kind=Kind.QUESTION, topic=Topic.PARENT)
    assert context_of(question, ReplyKind.ANSWER, Desk(), BOOK).articles == ("parent_registration",)


def test_an_unknown_reply_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no reply zorgle; choose one of answer, approved.*unreadable_attachment"):
        reply_named("zorgle")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError, match="--out"):
        write(tmp_path / "file" / "x.html", "")


def test_the_command_writes_the_page_and_says_where(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SHIPPED, encoding="utf-8")
    status, said = _intake("--config", str(config), "preview", "approved")
    made = tmp_path / "var" / "preview" / "approved.html"
    assert (status, said.strip()) == (0, str(made))
    assert "Вход для администраторов" in made.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"), [(("zorgle",), "choose one of"), (("missing", "--ticket", "1-1"), "no ticket 1-1")]
)
def test_a_mistake_ends_in_one_sentence_and_status_two(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SHIPPED, encoding="utf-8")
    status, output = _intake("--config", str(config), "preview", *words)
    assert status == 2
    assert said in output
    assert "Traceback" not in output
    assert output.strip().count("\n") == 0
