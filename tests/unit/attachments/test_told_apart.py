"""Names that lie, charsets that are not told, hidden cells, envelopes of Outlook, programs of other houses."""

import pytest

from intake.attachments import Extracted, with_texts
from intake.attachments.extracted import Note
from intake.attachments.tnef import unpacked
from rules.message import Attachment, Message, Part
from tests.unit.attachments.making import (
    W,
    docx,
    paragraph,
    pdf,
    read,
    rows,
    rtf,
    tnef,
    word_table,
    xlsx,
    xlsx_row,
    zipped,
)

RICH = rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
PACKED = (
    b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0"
)


@pytest.mark.parametrize("name", ["a.doc", "a.docx", "a.pdf", "a.txt", "без имени", "a.jpg", "a.xls"])
def test_a_name_says_nothing_about_what_is_inside(name: str) -> None:
    whole = "Заявка на подключение"
    for content in (docx(paragraph(whole)), rtf(whole), pdf([(50, 800, whole)]), whole.encode("cp1251")):
        assert (read(name, content).text, read(name, content).note) == (whole, "")


@pytest.mark.parametrize("name", ["Index/Document.iwa", "Index.zip", "index.apxl"])
def test_documents_of_apples_programs_have_no_reader_here(name: str) -> None:
    one = read("Заявка.pages", zipped({name: b"x", "preview.jpg": b"\xff\xd8\xff" + bytes(40_000)}))
    assert (one.note, one.children) == (Note.NO_READER, ())


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_without_a_mark_is_read(order: str) -> None:
    text = "Полное название: МБОУ Гимназия 5\nТелефон: 8 912 123-45-67"
    assert read("a.txt", text.encode(f"utf-16-{order}")).text == text
    assert rows(read("a.csv", "Школа;8 912".encode(f"utf-16-{order}"))) == [["Школа", "8 912"]]


@pytest.mark.parametrize("charset", ["koi8-r", "cp866", "cp1251"])
def test_short_lists_in_old_charsets_are_read(charset: str) -> None:
    assert (
        read("a.txt", "Иванов Иван Иванович\n89121234567".encode(charset)).text == "Иванов Иван Иванович\n89121234567"
    )


def test_hidden_rows_and_columns_are_no_values() -> None:
    shown = xlsx_row(1, "Школа", "Телефон", "Почта") + xlsx_row(3, "СОШ 2", "8 922", "b@b.ru")
    gone = xlsx_row(2, "СОШ 1", "8 911", "a@a.ru").replace("<row ", '<row hidden="1" ')
    one = read("a.xlsx", xlsx({"Пустой": "", "Л": shown + gone}))
    assert rows(one) == [["Школа", "Телефон", "Почта"], ["СОШ 2", "8 922", "b@b.ru"]]
    hidden_column = xlsx({"Л": shown}, columns='<col min="2" max="2" width="9" hidden="true"/>')
    assert rows(read("a.xlsx", hidden_column)) == [["Школа", "Почта"], ["СОШ 2", "b@b.ru"]]


def test_automatic_numbers_of_lists_do_not_get_into_values() -> None:
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    body = "".join(f"<w:p><w:pPr>{numbered}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("Омск", "8 912"))
    numbering = f"<w:numbering {W}><w:abstractNum><w:lvl><w:lvlText w:val='%1)'/></w:lvl></w:abstractNum></w:numbering>"
    assert read("a.docx", docx(body, {"word/numbering.xml": numbering})).text == "Омск\n8 912"


def test_cells_of_a_table_within_a_cell_are_read_once() -> None:
    inner = word_table([["Телефон", "8 912"]])
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('Школа')}</w:tc><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"
    one = read("a.docx", docx(outer))
    assert one.text.count("8 912") == 1
    assert ["Телефон", "8 912"] in rows(one)


def test_a_letter_in_an_archive_is_opened() -> None:
    letter = (
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nПросим подключить".encode()
    )
    assert [child.text for child in read("z.zip", zipped({"Письмо.eml": letter})).children] == [
        "Тема: x\n\nПросим подключить"
    ]


def test_packed_rich_text_is_unpacked_as_its_own_specification_shows() -> None:
    """[MS-OXRTFCP] 4.1.1 and 4.1.2: a plain one, and one whose runs reach into themselves."""
    assert unpacked(PACKED) == RICH
    crossing = b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04\x20WXYZ\x0d\x6e\x7d\x01\x0e\xb0"
    assert unpacked(crossing) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked(PACKED[:9]) == b""


@pytest.mark.parametrize(
    ("letter", "text"),
    [
        ((0x1F, 0x1000, "Просим подключить\0".encode("utf-16-le")), "Просим подключить"),
        ((0x1E, 0x1000, "Просим подключить\0".encode("cp1251")), "Просим подключить"),
        ((0x102, 0x1013, "<html><p>Просим подключить</p>".encode()), "Просим подключить"),
        ((0x102, 0x1009, PACKED), "hello world"),
    ],
)
def test_the_letter_in_a_winmail_is_read_in_any_form(letter: tuple[int, int, bytes], text: str) -> None:
    one = read("winmail.dat", tnef("a.txt", "раз".encode(), letter=letter))
    assert (one.text, [child.text for child in one.children]) == (text, ["раз"])


def test_a_winmail_that_says_what_the_letter_says_is_not_read_twice() -> None:
    listed = (Attachment("winmail.dat", "application/ms-tnef", 1, ""),)
    opened = Extracted("winmail.dat", "Просим  подключить", children=(Extracted("winmail.dat/a.txt", "раз"),))
    told = Message(parts=(Part("body", "Здравствуйте!\nПросим подключить"),), attachments=listed)
    assert [part.name for part in with_texts(told, [opened]).parts] == ["body", "attachment:winmail.dat/a.txt"]
    untold = Message(parts=(Part("body", "см. вложение"),), attachments=listed)
    assert len(with_texts(untold, [opened]).parts) == 3
