"""Bytes to text, also where the declaration lies."""

import pytest

from intake.parsing.charset import decode

TEXT = "Прошу зарегистрировать организацию: Гимназия номер 5, город Екатеринбург"
CYRILLIC = ("utf-8", "cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")


@pytest.mark.parametrize("declared", ["", "utf-8", "cp1251", "koi8-r", "us-ascii", "iso-8859-1", "x-foo"])
@pytest.mark.parametrize("real", CYRILLIC)
def test_russian_is_read_right_whatever_was_declared(real: str, declared: str) -> None:
    assert decode(TEXT.encode(real), declared)[0] == TEXT


def test_a_lie_is_named() -> None:
    assert decode(TEXT.encode("cp1251"), "utf-8")[1] == "declared utf-8 was cp1251"
    assert decode(TEXT.encode("cp1251"), "windows-1251")[1] == ""


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Grüße aus München, für Größe", "cp1252"),
        ("école française déjà", "latin-1"),
        ("日本語のテキスト", "shift_jis"),
        ("中文测试文本", "gb2312"),
        ("Zażółć gęślą jaźń", "iso8859-2"),
        ("Қазақстан мектебі", "utf-16"),
        ("Ирекле мәктәп Өфө ҡалаһы", "utf-8"),
        ("Українська школа №5 «Їжак»", "utf-8"),
        ("日本語", "iso-2022-jp"),
    ],
)
def test_other_languages_rightly_declared_are_left_alone(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset) == (text, "")


@pytest.mark.parametrize("wrong", ["cp1251", "cp1252"])
def test_text_encoded_twice_is_brought_back(wrong: str) -> None:
    text = "Полное название: МБОУ «Гимназия № 5», г. Екатеринбург"
    twice = "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode()).encode()
    assert decode(twice, "utf-8") == (text, "encoded twice")


def test_a_cut_off_last_letter_spoils_nothing_else() -> None:
    raw = (TEXT * 3).encode()[:-1]
    text, defect = decode(raw, "utf-8")
    assert text[:-1] == (TEXT * 3)[:-1]
    assert defect == "broken utf-8"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_wide_characters_without_a_mark_are_known_by_their_zero_bytes(codec: str) -> None:
    assert decode("school 5, please register".encode(codec))[0] == "school 5, please register"


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfabc", "utf-8") == ("abc", "")


@pytest.mark.parametrize("declared", ["base64", "rot13", "undefined", "unicode_escape", "\0", "я", "a" * 1000])
def test_names_of_no_charset_do_no_harm(declared: str) -> None:
    assert decode(TEXT.encode("cp1251"), declared)[0] == TEXT
