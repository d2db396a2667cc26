"""Pages of PDF: what stands in a box is one cell, what was wrapped is joined again, what is shut says so."""

import time

import pytest

from intake.attachments.extracted import Note
from intake.attachments.pdf import MOST_PAGES
from intake.attachments.pdf_marks import Resources
from intake.attachments.pdf_page import marks
from tests.unit.attachments.making import pdf, read, rows

PHONE = (250, 700, "8 912 123-45-67")


def grid(columns: tuple[int, ...], floors: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """The ruled lines of a table."""
    level = [(columns[0], y, columns[-1], y) for y in floors]
    return level + [(x, floors[-1], x, floors[0]) for x in columns]


def test_all_that_stands_in_a_ruled_box_is_one_cell() -> None:
    """The label is centred beside a value of three lines, a capital begins each of them."""
    lines = [
        (60, 788, "ФИО администратора"),
        (250, 800, "Константинопольская"), (250, 788, "Екатерина"), (250, 776, "Александровна"),
        (60, 755, "Мобильный"), (250, 749, "8 912 123-45-67"), (60, 743, "Телефон"),
    ]  # fmt: skip
    one = read("a.pdf", pdf(lines, ruled=grid((50, 240, 500), (815, 770, 735))))
    assert rows(one) == [
        ["ФИО администратора", "Константинопольская Екатерина Александровна"],
        ["Мобильный Телефон", "8 912 123-45-67"],
    ]


def test_a_wall_parts_words_that_stand_close() -> None:
    lines = [(60, 800, "Телефон"), (100, 800, "89121234567")]
    assert rows(read("a.pdf", pdf(lines, ruled=grid((50, 97, 300), (815, 790))))) == [["Телефон", "89121234567"]]
    assert read("a.pdf", pdf(lines)).text == "Телефон 89121234567"


def test_an_underlined_value_in_a_box_stays_one_cell() -> None:
    lines = [(60, 800, "Название"), (250, 800, "Гимназия"), (250, 788, "города Омска")]
    underline = [(250, 797, 300, 797)]
    one = read("a.pdf", pdf(lines, ruled=grid((50, 240, 500), (815, 780)) + underline))
    assert rows(one) == [["Название", "Гимназия города Омска"]]


def test_a_title_over_all_columns_does_not_break_its_table() -> None:
    lines = [(60, 800, "Сведения о школе"), (60, 780, "Регион"), (250, 780, "Омская область")]
    ruled = [(50, y, 500, y) for y in (815, 795, 775)] + [(x, 775, x, 815) for x in (50, 500)] + [(240, 775, 240, 795)]
    one = read("a.pdf", pdf(lines, ruled=ruled))
    assert one.text.splitlines() == ["Сведения о школе", "Регион | Омская область"]
    assert [(c.row, c.column, c.columns) for c in one.tables[0].cells] == [(0, 0, 2), (1, 0, 1), (1, 1, 1)]


def test_a_line_that_had_no_room_goes_on_and_labels_do_not() -> None:
    long = "Просим подключить муниципальное бюджетное общеобразовательное учреждение имени Героя Советского Союза Петра"
    lines = [
        (30, 800, long),
        (30, 788, "Иванова города Омска"),
        (30, 776, "Директор: Иванов Иван"),
        (30, 764, "Телефон: 8 912 123-45-67"),
    ]
    assert read("a.pdf", pdf(lines)).text.splitlines() == [
        f"{long} Иванова города Омска",
        "Директор: Иванов Иван",
        "Телефон: 8 912 123-45-67",
    ]


def test_short_lines_are_not_taken_for_wrapped_ones() -> None:
    lines = [(60, 800, "МБОУ «Гимназия № 5» города Омска"), (60, 788, "Иванов Иван Иванович"), (60, 776, "Омск")]
    assert read("a.pdf", pdf(lines)).text.splitlines() == [text for _, _, text in lines]


def test_a_page_that_lies_on_its_side_is_read() -> None:
    turned = "0 1 -1 0 842 0 cm\n"
    lines = [(60, 500, "Телефон администратора"), (300, 500, "8 912 123-45-67")]
    assert rows(read("a.pdf", pdf(lines, before=turned, page="/Rotate 90"))) == [
        ["Телефон администратора", "8 912 123-45-67"]
    ]


def test_letters_drawn_twice_to_look_bold_are_read_once() -> None:
    lines = [(60, 800, "Заявка на подключение"), (60, 800, "Заявка на подключение")]
    assert read("a.pdf", pdf(lines)).text == "Заявка на подключение"


def test_pages_beyond_the_first_ten_are_not_read_and_that_is_said() -> None:
    one = read("a.pdf", pdf([(50, 800, "Заявка на подключение")], pages=MOST_PAGES + 1))
    assert (one.note, one.text.count("Заявка")) == (Note.TOO_LARGE, MOST_PAGES)


def encryption(version: int, revision: int, method: str) -> str:
    shut = "00" * 48
    return (
        f"/ID [<00> <00>] /Encrypt << /Filter /Standard /V {version} /R {revision} /Length 256 /P -44 /O <{shut}> /U <{shut}> "
        f"/OE <{shut[:64]}> /UE <{shut[:64]}> /Perms <{shut[:32]}> "
        f"/CF << /StdCF << /CFM /{method} /AuthEvent /DocOpen /Length 32 >> >> /StmF /StdCF /StrF /StdCF >>"
    )


@pytest.mark.parametrize(
    ("version", "revision", "method"),
    [(5, 6, "AESV3"), (5, 5, "AESV3"), (4, 4, "AESV2"), (4, 4, "V2"), (2, 3, "V2"), (1, 2, "V2"), (9, 9, "None")],
)
def test_a_pdf_with_a_password_is_locked_whatever_its_cipher(version: int, revision: int, method: str) -> None:
    """AES needs a library that may not be there: locked all the same."""
    shut = pdf([(50, 800, "Заявка на подключение")], trailer=encryption(version, revision, method))
    assert (read("a.pdf", shut).note, read("a.pdf", shut).text) == (Note.LOCKED, "")


@pytest.mark.parametrize(
    "content", [b"(\\" * 200_000, b"(a" * 200_000, b"[1 " * 200_000, b"<0" * 200_000, b"1 " * 200_000]
)
def test_brackets_that_never_close_are_passed_once(content: bytes) -> None:
    nothing = Resources(font=lambda _: None, form=lambda _: None)
    started = time.process_time()
    assert marks(content, nothing).pieces == []
    assert time.process_time() - started < 2
