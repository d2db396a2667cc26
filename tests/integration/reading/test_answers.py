"""Answers to our questions are understood however people write them into a reply."""

from email.message import EmailMessage

import pytest

from intake.bootstrap import rule_book
from intake.parsing import parse
from intake.reading import read
from rules.application import Application, FieldName, Reading, Status

BOOK = rule_book()
OURS = frozenset({"info@sferum.ru"})
HEAD = "вт, 24 нояб. 2026 г. в 12:00, Поддержка «Сферум» <info@sferum.ru>:\n"
ASKED = (FieldName.ADMIN, FieldName.PHONE)


def _read(text: str, *asked: FieldName) -> Reading:
    message = EmailMessage()
    message["From"] = "school5@school.example"
    message["To"] = "info@sferum.ru"
    message["Subject"] = "Re: Регистрация [№ 2611-4]"
    message.set_content(text)
    return read(parse(message.as_bytes(), BOOK.quotes), BOOK, ours=OURS, asked=asked or ASKED)


def _one(reading: Reading) -> Application:
    (application,) = reading.applications
    return application


@pytest.mark.parametrize(
    "text",
    [
        "8 917 111-22-33\n",
        "Телефон: 89171112233\n",
        "номер +7(917)111 22 33, спасибо\n",
        "8 917 111-22-33\n\n--\nС уважением, секретарь\n",
    ],
)
def test_a_bare_number_is_the_number_we_asked_for(text: str) -> None:
    reading = _read(text, FieldName.PHONE)
    assert _one(reading).admin_phone.value == "+79171112233"
    assert reading.strength == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [("8 (843) 264-15-20\n", "landline"), ("8 917 111-22\n", "malformed"), ("+375 29 611-22-33", "foreign")],
)
def test_a_bare_landline_or_a_short_number_is_the_answer_that_cannot_be_used(text: str, reason: str) -> None:
    phone = _one(_read(text, FieldName.PHONE)).admin_phone
    assert (phone.status, phone.reason) == (Status.INVALID, reason)
    assert not _read(text, FieldName.ADMIN).applications


def test_values_written_into_our_quoted_lines_count_for_what_we_asked_only() -> None:
    text = (
        "Добрый день, заполнила.\n\n"
        + HEAD
        + "> Номер мобильного телефона администратора: 8 917 111-22-33\n"
        + "> Фамилия, имя и отчество администратора: Козлова Инна Петровна\n>\n"
        + "> — Адрес электронной почты администратора: old@school.example\n"
    )
    application = _one(_read(text))
    assert application.admin_phone.value == "+79171112233"
    assert application.admin_full_name.value == "Козлова Инна Петровна"
    assert not application.admin_email.usable


def test_our_own_examples_are_never_values() -> None:
    text = (
        "Пришлю завтра.\n\n"
        + HEAD
        + "> — Фамилия, имя и отчество администратора\n>   Например: Иванова Мария Петровна\n"
        + "> Фамилия, имя и отчество администратора: ____\n"
    )
    assert _read(text).applications == ()


@pytest.mark.parametrize("text", ["да\n", "Да, этот адрес подходит\n", "почта та же, с которой пишу\n"])
def test_a_yes_accepts_the_offered_address(text: str) -> None:
    assert _one(_read(text, FieldName.EMAIL)).admin_email.value == "school5@school.example"


def test_a_yes_means_nothing_when_no_address_was_asked_for() -> None:
    assert _read("да\n", FieldName.PHONE).applications == ()
