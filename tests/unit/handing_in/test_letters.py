"""What is handed in as a raw letter: whole, on one line where it must be, and the same when it is sent twice."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from intake.handing_in import SUBJECT, application_text, letter, message_id_of, question_subject
from rules.application import FieldName
from rules.errors import SettingsError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LABELS = {name: name.value for name in FieldName}


def made(
    text: str = "Здравствуйте", *, sender: str = "a@example.ru", nonce: str = "n", subject: str = SUBJECT
) -> bytes:
    return letter(sender=sender, to="info@sferum.ru", subject=subject, text=text, when=NOW, nonce=nonce)


def test_an_application_is_labelled_lines_in_the_order_of_the_fields_without_the_empty_ones() -> None:
    values = {FieldName.PHONE: " 8 917\n123 ", FieldName.SHORT_NAME: "МБОУ\x00 СОШ\u202e № 5", FieldName.REGION: "  "}
    assert application_text(values, LABELS) == "organization_short_name: МБОУ СОШ № 5\nadmin_phone: 8 917 123\n"


def test_the_same_content_of_the_same_page_is_the_same_letter_and_other_content_is_not() -> None:
    assert made() == made()
    ids = {message_id_of(one) for one in (made(), made("Другое"), made(sender="b@example.ru"), made(nonce="m"))}
    assert len(ids) == 4


def test_a_letter_reads_back_as_it_was_typed() -> None:
    text = "Почему?\n\n" + "Ж" * 5_000 + "\n.\nFrom me"
    mail = message_from_bytes(made(text), policy=policy.default)
    assert mail["From"] == "a@example.ru"
    assert mail.get_content().replace("\r\n", "\n").strip() == text


def test_an_international_domain_goes_into_the_header_in_ascii() -> None:
    assert b"From: a@xn--80akhbyknj4f.xn--p1ai\r\n" in made(sender="a@испытание.рф")


@pytest.mark.parametrize("sender", ["a@b\r\nBcc: c@example.ru", "no address", "@", "a@", "a b@example.ru", "a@ex..ru"])
def test_no_second_header_comes_in_by_an_address(sender: str) -> None:
    with pytest.raises(SettingsError):
        made(sender=sender)


def test_a_letter_without_an_address_has_no_from() -> None:
    assert message_from_bytes(made(sender=""))["From"] is None


def test_a_question_is_headed_by_its_first_words_and_names_no_ticket() -> None:
    assert question_subject("[№ 2611-5] мой\nномер") == "(№ 2611-5) мой номер"
    long = question_subject("слово " * 100)
    assert len(long) <= 80
    assert long.endswith("слово")
    assert question_subject("Ж" * 500) == "Ж" * 80
