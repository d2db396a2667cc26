"""Headers: encoded words, raw bytes, addresses, identifiers, dates; nothing can grow a header of its own."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from rules.message import Address, Message

Parsed = Callable[[bytes], Message]
SUBJECT = "Заявка на подключение школы"


def word(text: str, charset: str = "utf-8", named: str = "") -> bytes:
    return f"=?{named or charset}?B?{base64.b64encode(text.encode(charset)).decode()}?=".encode()


def letter(**headers: bytes) -> bytes:
    lines = [name.replace("_", "-").encode() + b": " + value for name, value in headers.items()]
    return b"\r\n".join([*lines, b"", b"text"])


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "iso-8859-5"])
def test_encoded_words_are_decoded(parsed: Parsed, charset: str) -> None:
    assert parsed(letter(Subject=word(SUBJECT, charset))).subject == SUBJECT


def test_an_encoded_word_whose_charset_lies_is_decoded(parsed: Parsed) -> None:
    message = parsed(letter(Subject=word(SUBJECT, "cp1251", "utf-8")))
    assert message.subject == SUBJECT
    assert "header declared utf-8 was cp1251" in message.defects


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r"])
def test_raw_bytes_in_headers_are_decoded(parsed: Parsed, charset: str) -> None:
    message = parsed(letter(Subject=SUBJECT.encode(charset), From="Петров Иван <a@b.ru>".encode(charset)))
    assert message.subject == SUBJECT
    assert message.sender == Address("Петров Иван", "a@b.ru")


def test_a_letter_split_over_two_encoded_words_is_whole(parsed: Parsed) -> None:
    raw = SUBJECT.encode()
    halves = [b"=?utf-8?B?" + base64.b64encode(half) + b"?=" for half in (raw[:11], raw[11:])]
    assert parsed(letter(Subject=b"\r\n ".join(halves))).subject == SUBJECT


def test_an_encoded_word_glued_to_text_is_decoded(parsed: Parsed) -> None:
    assert parsed(letter(Subject=b"Re:" + word("Заявка") + b"!")).subject == "Re:Заявка!"


def test_a_line_break_hidden_in_an_encoded_word_makes_no_header(parsed: Parsed) -> None:
    message = parsed(letter(Subject=word("Тема\r\nBcc: a@b.ru"), From=word("Имя\nBcc: c@d.ru") + b" <a@b.ru>"))
    assert message.subject == "Тема Bcc: a@b.ru"
    assert message.sender is not None
    assert message.sender.name == "Имя Bcc: c@d.ru"
    assert "line break inside a header" in message.defects
    assert all(value.isprintable() for _, value in message.headers)


def test_of_two_subjects_the_first_counts(parsed: Parsed) -> None:
    message = parsed(b"Subject: one\r\nSubject: two\r\n\r\nx")
    assert message.subject == "one"
    assert "two Subject headers" in message.defects
    assert list(message.header_all("subject")) == ["one", "two"]


@pytest.mark.parametrize(
    ("raw", "name", "address"),
    [
        (b"a@b.ru", "", "a@b.ru"),
        (b"<a@b.ru>", "", "a@b.ru"),
        (b"a@b.ru (Ivan)", "Ivan", "a@b.ru"),
        ('"Школа, 5" <a@b.ru>'.encode(), "Школа, 5", "a@b.ru"),
        ("Иванов, И. И. <a@b.ru>".encode(), "Иванов, И. И.", "a@b.ru"),
        (b'"' + word("Школа") + b'" <a@b.ru>', "Школа", "a@b.ru"),
        ('"О\\"К" <a@b.ru>'.encode(), 'О"К', "a@b.ru"),
        ("Школа <школа@пример.рф>".encode(), "Школа", "школа@пример.рф"),
        (word("Школа <a@b.ru>"), "Школа", "a@b.ru"),
        (b"=?utf-8?Q?=D0=A8=D0=BA=D0=BE=D0=BB=D0=B0?= <a@b.ru>", "Школа", "a@b.ru"),
    ],
)
def test_the_sender_is_read_as_it_is_meant(parsed: Parsed, raw: bytes, name: str, address: str) -> None:
    assert parsed(letter(From=raw)).sender == Address(name, address)


def test_several_recipients_are_all_read(parsed: Parsed) -> None:
    message = parsed(letter(To=b'a@b.ru, "C, D" <c@d.ru>', Cc=b"e@f.ru", Reply_To=b"g@h.ru"))
    assert [address.address for address in (*message.to, *message.cc, *message.reply_to)] == [
        "a@b.ru",
        "c@d.ru",
        "e@f.ru",
        "g@h.ru",
    ]


def test_identifiers_lose_their_brackets(parsed: Parsed) -> None:
    message = parsed(letter(Message_ID=b"<1@x>", In_Reply_To=b"<2@x>", References=b"<1@y>\r\n <2@x> junk <2@x>"))
    assert (message.message_id, message.in_reply_to, message.references) == ("1@x", ("2@x",), ("1@y", "2@x"))


def test_identifiers_without_brackets_are_found(parsed: Parsed) -> None:
    message = parsed(letter(Message_ID=b"12 34", In_Reply_To=b"2@x"))
    assert (message.message_id, message.in_reply_to) == ("1234", ("2@x",))


@pytest.mark.parametrize(("raw", "expected"), [(b"<>", ""), (b"<a@b.ru>", "a@b.ru"), (b"a@b.ru", "a@b.ru")])
def test_the_null_sender_is_told_from_none(parsed: Parsed, raw: bytes, expected: str) -> None:
    assert parsed(letter(Return_Path=raw)).return_path == expected
    assert parsed(letter(Subject=b"x")).return_path is None


def test_dates_are_aware(parsed: Parsed) -> None:
    message = parsed(
        letter(Date=b"Mon, 02 Nov 2026 10:00:00 +0500", Received=b"from a by b; Mon, 2 Nov 2026 05:00:01 -0000")
    )
    assert message.date == datetime(2026, 11, 2, 10, tzinfo=timezone(timedelta(hours=5)))
    assert message.received == datetime(2026, 11, 2, 5, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", [b"", b"32 Foo 2026", b"Mon, 02 Nov 1901 10:00:00 +2359", b"Mon, 02 Nov 99999 10:00:00 +0000"]
)
def test_impossible_dates_are_none(parsed: Parsed, raw: bytes) -> None:
    assert parsed(letter(Date=raw)).date is None
