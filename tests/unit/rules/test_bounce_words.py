"""What a bounce in plain words says about our letter."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules import subjects
from rules.application import Reading
from rules.articles import ArticleBook
from rules.book import Judging
from rules.judgement import Facts, Kind
from rules.kinds import bounce, heard, topics
from rules.kinds.bounce_words import told, with_report
from rules.message import Address, DeliveryReport, Message, Part
from rules.policy import kind_of
from rules.twins import TwinWords

DATA = Path(__file__).parents[3] / "rules" / "data"
OURS = frozenset({"info@sferum.example"})
FACTS = Facts(received_at=datetime(2026, 11, 24, 12, tzinfo=UTC), our_addresses=OURS)


BOOK = Judging(
    heard.load(DATA / "kinds.toml"),
    topics.load(DATA / "topics.toml"),
    subjects.load(DATA / "subject.toml"),
    TwinWords.load(DATA / "twins.toml", DATA / "organizations.toml"),
    ArticleBook.load(DATA / "articles.toml"),
)

QMAIL = """Hi. This is the qmail-send program at mx3.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<sekretar@school.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <info@sferum.example>
Message-ID: <t.42.abc@sferum.example>
From: Сферум <info@sferum.example>
"""
FULL = """Ваше письмо для info@sferum.example не отправлено адресату detsad@yar.example.
Причина: почтовый ящик получателя переполнен"""
LATE = "Письмо для bibl@lib.example пока не передано (421 4.4.1 timeout). Попытки будут повторяться ещё 4 дня."


def daemon(text: str, subject: str = "Письмо не доставлено") -> Message:
    sender = Address("", "mailer-daemon@mx3.example")
    return Message(sender=sender, subject=subject, parts=(Part("body", text),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (QMAIL, DeliveryReport("sekretar@school.example", "failed", "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)",
                               "t.42.abc@sferum.example")),
        (FULL, DeliveryReport("detsad@yar.example", "failed", "", "почтовый ящик получателя переполнен", "")),
        (LATE, DeliveryReport("bibl@lib.example", "delayed", "4.4.1", LATE, "")),
    ],
)  # fmt: skip
def test_recipient_action_status_words_and_our_message_id_are_read(text: str, expected: DeliveryReport) -> None:
    assert with_report(daemon(text), BOOK, FACTS).report == expected


def test_a_status_of_class_5_overrules_words_of_delay() -> None:
    assert told(daemon("задержка, 550 5.1.1 unknown user"), OURS, delayed=True).action == "failed"


def test_our_own_message_id_is_taken_before_another() -> None:
    text = "Message-ID: <1@mx3.example>\nMessage-ID: <2@sferum.example>"
    assert told(daemon(text), OURS, delayed=False).original_message_id == "2@sferum.example"


def test_what_is_no_bounce_stays_as_it_is() -> None:
    person = replace(daemon(FULL), sender=Address("Ольга", "olga@school.example"))
    for message in (person, daemon("Как войти?", "вопрос")):
        assert with_report(message, BOOK, FACTS) is message


def test_the_report_made_from_words_is_judged_like_one_that_came_with_the_letter() -> None:
    late = with_report(daemon(LATE), BOOK, FACTS)
    verdict = kind_of(late, Reading(), FACTS, heard.listen(late, BOOK))
    assert verdict.kind is Kind.BOUNCE
    assert not bounce.failed(verdict)
    gone = with_report(daemon(QMAIL), BOOK, FACTS)
    verdict = kind_of(gone, Reading(), FACTS, heard.listen(gone, BOOK))
    assert bounce.failed(verdict)
    assert bounce.reason(gone, verdict).startswith("5.1.1 Sorry")


@pytest.mark.parametrize("text", ["a@" * 50_000, "message-id:" + "x" * 100_000, "5." * 50_000, "reason:" * 15_000])
def test_no_text_holds_it_up(text: str) -> None:
    assert told(daemon(text), OURS, delayed=False).action == "failed"
