"""The questions one by one, where headers and forms decide rather than words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules import subjects
from rules.application import Application, FieldName, FieldValue, Reading, Source, Status
from rules.judgement import Facts, Kind
from rules.kinds import bounce, heard, topics
from rules.kinds.phrases import Phrases, plain
from rules.kinds.senders import is_machine, recipient
from rules.kinds.thanks import is_mere_thanks
from rules.message import Address, Attachment, Message, Part, Stretch, Zone
from rules.policy import kind_of

DATA = Path(__file__).parents[3] / "rules" / "data"
FACTS = Facts(received_at=datetime(2026, 11, 24, 12, tzinfo=UTC), our_addresses=frozenset({"info@sferum.ru"}))


class Book:
    """The rule data, loaded once for this file."""

    subject = subjects.load(DATA / "subject.toml")
    kinds = heard.load(DATA / "kinds.toml")
    topics = topics.load(DATA / "topics.toml")


def letter(text: str = "", subject: str = "", sender: str = "olga@example.ru", name: str = "", **more: Any) -> Message:
    return Message(subject=subject, sender=Address(name, sender), parts=(Part("body", text),), **more)


def kind(message: Message, reading: Reading | None = None) -> Kind:
    return kind_of(message, reading or Reading(), FACTS, heard.listen(message, Book())).kind


def test_a_phrase_hears_beginnings_gaps_and_ends_of_words() -> None:
    group = Phrases.from_toml({"я в отпуск": 2, "где * заявк": 1, "сын$": 1})
    assert group.weigh(plain("Я, в  ОТПУСКЕ!")) == 2
    assert group.weigh(plain("Где же наша первая заявка")) == 1
    assert group.weigh(plain("где-то тут лежит одна наша самая первая заявка")) == 0
    assert group.first(plain("мой сын")) == "сын$"
    assert group.first(plain("сынок")) == ""


@pytest.mark.parametrize(
    "value", ["auto-replied", "Auto-Replied; owner-email=x", "auto-notified", "auto-generated (rejected)"]
)
def test_auto_submitted_other_than_no_is_an_automatic_reply(value: str) -> None:
    assert kind(letter("Школа закрыта.", headers=(("auto-submitted", value),))) is Kind.AUTO_REPLY


def test_auto_submitted_no_is_a_person() -> None:
    assert kind(letter("Как войти?", headers=(("auto-submitted", "no"),))) is Kind.QUESTION


def test_read_receipts_and_calendar_answers_are_automatic() -> None:
    receipt = letter("", content_type="multipart/report", headers=(
        ("content-type", 'multipart/report; report-type="disposition-notification"'),))  # fmt: skip
    invite = Attachment("invite.ics", "text/calendar", 1, "")
    assert kind(receipt) is Kind.AUTO_REPLY
    assert kind(letter("", "Принято: Совещание", attachments=(invite,))) is Kind.AUTO_REPLY
    assert kind(letter("Принято к исполнению, а куда входить?", "Принято: что дальше")) is Kind.QUESTION


def test_a_vacation_notice_with_a_null_sender_is_no_bounce() -> None:
    absent = letter("Я в отпуске до 28 августа.", "Re: Регистрация организации", return_path="",
                    headers=(("precedence", "junk"),))  # fmt: skip
    assert kind(absent) is Kind.AUTO_REPLY


def test_words_of_absence_yield_to_an_application_unless_the_envelope_is_a_machines() -> None:
    text = "Я в отпуске до 28 августа. По срочным вопросам обращайтесь к администратору Титову."
    given = {name.value: FieldValue("x", Status.OK) for name in (*FieldName,)[:4]}
    strong = Reading(applications=(Application(**given),), strength=2)
    assert kind(letter(text, "Re: Заявка", return_path="olga@example.ru"), strong) is Kind.APPLICATION
    assert kind(letter(text, "Re: Заявка", return_path=""), strong) is Kind.AUTO_REPLY


def test_the_substitute_that_an_absence_notice_names_is_no_administrator() -> None:
    """His number must never be taken for the administrator's."""
    text = "Я в отпуске до 28 августа. По срочным вопросам обращайтесь: Титов Олег Ильич, 8 911 222-33-90."
    substitute = Application(
        admin_full_name=FieldValue("Титов Олег Ильич", Status.OK), admin_phone=FieldValue("+79112223390", Status.OK)
    )
    reading = Reading(applications=(substitute,), strength=2)
    assert kind(letter(text, "Re: Заявка", return_path="olga@example.ru"), reading) is Kind.AUTO_REPLY
    asked = "Наш администратор Титов Олег Ильич, 8 911 222-33-90. Я в отпуске до 28 августа, звоните ему."
    assert kind(letter(asked, "Re: Заявка", return_path="olga@example.ru"), reading) is Kind.APPLICATION


def test_a_person_who_forwards_or_asks_about_a_bounce_is_heard() -> None:
    told = "Мы писали вам, а пришло: письмо не доставлено, пользователь не найден. Как отправить заявку?"
    assert kind(letter(told, "Fwd: Undelivered Mail Returned to Sender")) is Kind.QUESTION


def test_a_delay_notice_is_told_apart_from_a_failure() -> None:
    late = letter("Message delayed. You do not need to resend it, delivery will be retried.", "Delivery delayed",
                  "mailer-daemon@mx.example.ru")  # fmt: skip
    verdict = kind_of(late, Reading(), FACTS, heard.listen(late, Book()))
    assert verdict.kind is Kind.BOUNCE
    assert not bounce.failed(verdict)


def test_fields_that_stand_only_in_a_signature_do_not_turn_a_question_into_an_application() -> None:
    text = "Как ученику сменить класс, если ссылка недействительна?\n--\nИванова О. П., +7 916 111-11-11"
    signed = FieldValue("x", Status.OK, source=Source("body", 60, 70, Zone.SIGNATURE))
    application = Application().having(FieldName.ADMIN, signed).having(FieldName.PHONE, signed).having(
        FieldName.SHORT_NAME, signed)  # fmt: skip
    cut = text.index("--")
    part = Part("body", text, (Stretch(0, cut, Zone.OWN), Stretch(cut, len(text), Zone.SIGNATURE)))
    message = Message(sender=Address("", "olga@example.ru"), parts=(part,))
    assert kind(message, Reading(applications=(application,), strength=2, asks=True)) is Kind.QUESTION


def test_a_sample_in_a_newsletter_is_no_application() -> None:
    made = Application(**{name.value: FieldValue("x", Status.OK) for name in FieldName}).having(
        FieldName.PHONE, FieldValue("+79000000000", Status.OK))  # fmt: skip
    news = letter("Чек-лист: скачать образец заявки. Вебинар. Отписаться", headers=(("list-unsubscribe", "<x>"),))
    assert kind(news, Reading(applications=(made,), strength=2)) is Kind.BULK


@pytest.mark.parametrize(
    ("address", "machine"),
    [("no-reply@a.ru", True), ("NoReply@a.ru", True), ("no_reply@a.ru", True), ("donotreply@a.ru", True),
     ("MAILER-DAEMON@a.ru", True), ("postmaster@a.ru", True), ("bounces+7=x@a.ru", True), ("teachers-owner@a.ru", True),
     ("school-admin@a.ru", False), ("noreen@a.ru", False), ("bounceva.o@a.ru", False), ("school5@a.ru", False), ("norepina@a.ru", False)],
)  # fmt: skip
def test_addresses_nobody_reads_are_known_and_peoples_are_not_among_them(address: str, *, machine: bool) -> None:
    assert is_machine(Address("", address), Book.kinds) is machine


def test_a_list_address_is_passed_over_for_the_sender() -> None:
    message = letter("?", reply_to=(Address("", "list@a.ru"),), headers=(("list-post", "<mailto:list@a.ru>"),))
    assert recipient(message, FACTS, Book.kinds) == ("olga@example.ru", "")


@pytest.mark.parametrize("text", ["Спасибо!", "Большое спасибо за помощь.\nОльга", "Благодарим вас"])
def test_mere_thanks_are_known(text: str) -> None:
    assert is_mere_thanks(heard.listen(letter(text), Book()), letter(text))


@pytest.mark.parametrize(
    "text", ["", "Спасибо, но номер другой", "Спасибо, а когда?", "Спасибо! 89161111111", "Спасибо, прошу исправить"]
)
def test_whoever_wants_more_than_to_thank_is_heard(text: str) -> None:
    assert not is_mere_thanks(heard.listen(letter(text), Book()), letter(text))


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Здравствуйте, вы получили нашу заявку?", True),
        ("Вы получили от нас письмо от 3 ноября?", True),
        ("Пришла ли к вам наша заявка?", True),
        ("Мы получили ваше письмо и не можем войти", False),
        ("Получили вашу заявку", False),
    ],
)
def test_who_asks_whether_the_application_has_come_asks_where_it_is(text: str, *, asks: bool) -> None:
    assert bool(Book.kinds.where_is_it.first(plain(text))) is asks
