"""Whole letters of tests/letters read as a careful person reads them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.message import Message, Part, Zone

LETTERS = Path(__file__).parents[2] / "letters"
Parsed = Callable[[bytes], Message]


@pytest.fixture
def read(parsed: Parsed) -> Callable[[str], Message]:
    return lambda name: parsed((LETTERS / f"{name}.eml").read_bytes())


Read = Callable[[str], Message]


def only(message: Message) -> Part:
    (part,) = message.read_parts()
    return part


def said(part: Part, zone: Zone = Zone.OWN) -> str:
    return "".join(part.text[s.start : s.end] for s in part.stretches if s.zone is zone)


def test_answers_between_the_quoted_questions_are_own_words(read: Read) -> None:
    part = only(read("a012"))
    assert said(part).split("\n\n")[1:] == [
        "\nУрено-Карлинское, Ульяновская обл.",
        "\nРябинина Татьяна Юрьевна",
        *said(part).split("\n\n")[3:],
    ]
    assert "+7-927-816-30-52" in said(part)
    assert "info@sferum.ru" not in said(part)


def test_bytes_of_another_charset_than_declared_are_read(read: Read) -> None:
    message = read("a072")
    assert "Чижова Римма Захаровна" in said(only(message))
    assert "body declared utf-8 was cp1251" in message.defects


def test_the_columns_of_a_bilingual_letterhead_do_not_run_into_each_other(read: Read) -> None:
    lines = only(read("b018")).text.splitlines()
    assert "422080, с. Тюлячи, ул. Ленина, д. 5" in lines
    assert '"Тюлячинская основная общеобразовательная школа N 2"' in lines


def test_outlooks_letters_below_are_quoted_in_two_depths_with_their_writers(read: Read) -> None:
    part = only(read("b066"))
    assert [(s.depth, s.writer) for s in part.stretches] == [
        (0, ""),
        (1, "Поддержка Сферум <info@sferum.ru>"),
        (2, "Белоусова Анна Фёдоровна"),
    ]
    assert "8-930-741-18-36" not in said(part)


def test_a_forwarded_application_is_marked_as_such(read: Read) -> None:
    part = only(read("b069"))
    (forward,) = [s for s in part.stretches if s.forward]
    assert "oosh3-kolch@yandex.ru" in forward.writer
    assert "oosh3-kolch@yandex.ru" not in part.text[forward.start : forward.end]
    assert "Петросян Инга Робертовна" in part.text[forward.start : forward.end]


def test_a_struck_name_is_marked(read: Read) -> None:
    assert said(only(read("b072")), Zone.STRUCK) == "Доценко Роман Игоревич"


def test_a_body_without_its_boundary_is_found(read: Read) -> None:
    assert "Ефремова Оксана Валерьевна, 8 927 118 40 63" in only(read("c072")).text


def test_no_header_grows_out_of_a_subject(read: Read) -> None:
    message = read("c078")
    assert message.subject == "Не та школа Bcc: everyone@sferum.ru X-Injected: yes"
    assert not message.header("bcc")


def test_text_turned_round_reads_as_it_is_displayed(read: Read) -> None:
    message = read("c084")
    assert "Email: direktor@uvat2.ru" in only(message).text
    assert "direction-changing characters" in message.defects
    assert [item.name.rpartition(".")[2] for item in message.attachments] == ["exe"]


def test_a_bounce_names_the_address_and_our_message(read: Read) -> None:
    report = read("c054").report
    assert report is not None
    assert (report.recipient, report.action, report.original_message_id) == (
        "buh@detdom-kasimov.ru",
        "failed",
        "20231018062144.57001@support.sferum.ru",
    )


def test_a_table_keeps_its_rows_and_columns(read: Read) -> None:
    part = only(read("a063"))
    (table,) = part.tables
    assert {cell.column for cell in table.cells} == set(range(7))
    assert [part.text[c.start : c.end] for c in table.cells if c.row == 2 and c.column in {4, 5}] == [
        "Аушева Лейла Магомедовна",
        "8(964)055-81-62",
    ]
