"""OpenDocument, RTF, PDF, sheets and plain files: the same form of text and tables from each."""

import re

import pytest

from intake.attachments.columns import Line, Run, blocks
from intake.attachments.extracted import Note
from rules.message import Zone
from tests.unit.attachments.making import JPEG, odt, pdf, read, rows, rtf, xlsx, xlsx_row

P = "<text:p>{}</text:p>"


def test_odt_lines_rows_boxes_and_notes() -> None:
    cell = "<table:table-cell {}><text:p>{}</text:p></table:table-cell>"
    table = (
        "<table:table><table:table-row>" + cell.format("", "Телефон") + cell.format("", "8 912") + "</table:table-row>"
    )
    table += (
        "<table:table-row>" + cell.format('table:number-columns-spanned="2"', "итого") + "<table:covered-table-cell/>"
    )
    table += "</table:table-row></table:table>"
    box = "<text:p>до<draw:frame><draw:text-box><text:p>надпись</text:p></draw:text-box></draw:frame> и после</text:p>"
    one = read("a.odt", odt(P.format("Заявка") + table + box))
    assert one.text == "Заявка\nТелефон | 8 912\nитого\nдо и после\nнадпись"
    assert rows(one)[0] == ["Телефон", "8 912"]


def test_odt_leaves_out_what_is_deleted_hidden_or_annotated_and_marks_what_is_struck() -> None:
    styles = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    styles += '<style:style style:name="S"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    body = "<text:tracked-changes><text:p>удалено</text:p></text:tracked-changes>"
    body += '<text:p>вот<text:span text:style-name="H">тайна</text:span><office:annotation><text:p>x</text:p></office:annotation> '
    body += '<text:span text:style-name="S">8 900</text:span></text:p>'
    one = read("a.odt", odt(body, styles))
    assert one.text == "вот 8 900"
    assert [one.text[s.start : s.end].strip() for s in one.stretches if s.zone is Zone.STRUCK] == ["8 900"]


def test_a_locked_odt_says_so() -> None:
    manifest = "<manifest><encryption-data/></manifest>"
    assert read("a.odt", odt(P.format("x"), more={"META-INF/manifest.xml": manifest})).note == Note.LOCKED


def test_rtf_tables_headers_and_letters() -> None:
    body = r"{\header Комитет\par}Заявка | школы\par\trowd\cellx2000\cellx4000\intbl Телефон\cell 8 912\cell\row"
    body += r"\trowd\cellx2000\cellx4000\intbl Почта\cell a@b.ru\cell\row\pard \u1048?\u1074?\u1072?\u1085? конец\par"
    one = read("a.doc", rtf(body))
    assert one.text == "Заявка | школы\nТелефон | 8 912\nПочта | a@b.ru\nИван конец\nКомитет"
    assert rows(one) == [["Телефон", "8 912"], ["Почта", "a@b.ru"]]


def test_rtf_leaves_out_what_nobody_sees_and_marks_what_is_struck() -> None:
    body = (
        r"вот {\v тайна}{\deleted прочь}{\*\unknown что}{\field{\*\fldinst HYPERLINK x}{\fldrslt a@b.ru}}{\pict 0102} "
    )
    body += r"{\strike 8 900} 8 912{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt надпись}}}\par"
    one = read("a.rtf", rtf(body))
    assert one.text == "вот a@b.ru 8 900 8 912\nнадпись"
    assert [one.text[s.start : s.end].strip() for s in one.stretches if s.zone is Zone.STRUCK] == ["8 900"]


def test_rtf_cells_merged_downwards_are_one_cell() -> None:
    body = (
        r"\trowd\clvmgf\cellx1\cellx2\intbl Омск\cell один\cell\row\trowd\clvmrg\cellx1\cellx2\intbl\cell два\cell\row"
    )
    cells = read("a.rtf", rtf(body)).tables[0].cells
    assert [(c.row, c.column, c.rows) for c in cells] == [(0, 0, 2), (0, 1, 1), (1, 1, 1)]


def test_pdf_columns_are_cells_and_a_wrapped_row_is_one() -> None:
    lines = [
        (50, 800, "Заявка на подключение"),
        (50, 780, "Полное название"), (250, 780, "Муниципальное бюджетное"),
        (50, 768, "организации"), (250, 768, "учреждение «Гимназия № 5»"),
        (250, 756, "города Берёзовского"),
        (50, 744, "Телефон"), (250, 744, "8 912 123-45-67"),
    ]  # fmt: skip
    one = read("a.pdf", pdf(lines))
    assert one.text.splitlines() == [
        "Заявка на подключение",
        "Полное название организации | Муниципальное бюджетное учреждение «Гимназия № 5» города Берёзовского",
        "Телефон | 8 912 123-45-67",
    ]
    assert len(rows(one)) == 2


def test_a_pdf_without_text_is_a_scan_and_a_cut_one_is_broken() -> None:
    assert read("scan.pdf", pdf([])).note == Note.SCAN
    assert read("cut.pdf", b"%PDF-1.4\n1 0 obj\n<<").note == Note.BROKEN


def typed(*lines: str) -> list[Line]:
    """Lines of a typewriter: letters one point wide, words three blanks apart in columns of their own."""
    runs = [
        tuple(Run(m.start(), m.end(), m.group()) for m in re.finditer(r"\S+(?: {1,2}\S+)*", line)) for line in lines
    ]
    return [Line(-1.5 * number, 1.0, line) for number, line in enumerate(runs) if line]


def texts_of(lines: list[Line]) -> list[list[list[str]]]:
    return [[[box.text for box in row] for row in rows] for rows in blocks(lines)]


def test_labels_in_small_letters_do_not_run_together() -> None:
    lines = typed("Школа      Гимназия № 5", "телефон    8 912 123-45-67", "почта      a@b.ru")
    assert texts_of(lines) == [[["Школа", "Гимназия № 5"], ["телефон", "8 912 123-45-67"], ["почта", "a@b.ru"]]]
    small = typed("фио         Иванов Иван", "должность   учитель")
    assert texts_of(small) == [[["фио", "Иванов Иван"], ["должность", "учитель"]]]


def test_letters_that_a_scanner_guessed_are_told_from_written_ones() -> None:
    lines = [(50, 800, "Телефон администратора"), (250, 800, "8 912 123-45-67")]
    guessed = read("scan.pdf", pdf(lines, scanned=True))
    assert (guessed.note, guessed.text) == (Note.OCR, "Телефон администратора | 8 912 123-45-67")
    assert read("a.pdf", pdf(lines)).note == ""


def test_lanes_do_not_join_lines_that_have_none() -> None:
    assert texts_of(typed("одна строка", "другая строка")) == [[["одна строка"]], [["другая строка"]]]
    assert texts_of(typed("а     б", "", "", "", "", "в     г")) == [[["а", "б"]], [["в", "г"]]]
    assert texts_of(typed("Имя      Иван", "строка во всю ширину листа")) == [
        [["Имя", "Иван"]],
        [["строка во всю ширину листа"]],
    ]


def test_sheets_show_numbers_dates_and_rows_as_people_see_them() -> None:
    body = xlsx_row(1, "Заявка") + xlsx_row(3, "Телефон", 89121234567.0) + xlsx_row(4, "Дата", 46348, style=1)
    body += xlsx_row(5, "Доля", 0.5) + xlsx_row(7, "", "без ярлыка")
    one = read("a.xlsx", xlsx({"Лист1": body}))
    assert one.text == "Заявка\nТелефон | 89121234567\nДата | 22.11.2026\nДоля | 0.5\n  | без ярлыка"
    assert one.note == ""


def test_hidden_sheets_are_left_out_and_sheets_follow_each_other() -> None:
    sheets = {"А": xlsx_row(1, "раз", "1"), "Б": xlsx_row(1, "тайна", "2"), "В": xlsx_row(1, "три", "3"), "Г": ""}
    one = read("a.xlsx", xlsx(sheets, hidden=["Б"]))
    assert one.text == "раз | 1\nтри | 3"
    assert len(one.tables) == 2


def test_a_merged_title_covers_its_columns_and_a_merged_column_its_rows() -> None:
    body = xlsx_row(1, "Регион", "Школа") + xlsx_row(2, "Омская область", "СОШ 1") + xlsx_row(3, "", "СОШ 2")
    cells = read("a.xlsx", xlsx({"Л": body}, merged="A2:A3")).tables[0].cells
    assert [(c.row, c.column, c.rows) for c in cells] == [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 1), (2, 1, 1)]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "mac-cyrillic"])
def test_text_is_read_in_any_charset(charset: str) -> None:
    text = "Полное название: МБОУ Гимназия 5 города Омска\nТелефон администратора: 8 912 123-45-67"
    assert read("a.txt", text.replace("\n", "\r\n").encode(charset)).text == text


def test_csv_is_a_table_whatever_sets_its_values_apart() -> None:
    one = read("a.csv", 'Школа;Телефон\r\n"СОШ 1; имени Иванова";8 912\r\n'.encode("cp1251"))
    assert rows(one) == [["Школа", "Телефон"], ["СОШ 1; имени Иванова", "8 912"]]


def test_html_under_the_name_of_a_word_document_is_read_as_html() -> None:
    one = read("a.doc", "<html><body><p>Заявка</p><table><tr><td>Имя<td>Иван</table></body></html>".encode())
    assert one.text == "Заявка\nИмя | Иван"


@pytest.mark.parametrize(
    "content", [JPEG, b"\x89PNG\r\n\x1a\nxx", b"GIF89a..", b"BM\x00\x01\x00\x00\x00\x00\x00\x00xx"]
)
def test_pictures_are_listed_without_text_or_complaint(content: bytes) -> None:
    assert (read("a.docx", content).text, read("a.docx", content).note) == ("", "")


@pytest.mark.parametrize(("content", "note"), [(b"MZ\x00\x01", Note.NO_READER), (b"Rar!\x1a\x07", Note.NO_READER), (b"", Note.BROKEN), (b"PK\x03\x04xx", Note.BROKEN), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Note.BROKEN), (bytes(100), Note.BROKEN), (b"\n", "")])  # fmt: skip
def test_what_cannot_be_read_says_why(content: bytes, note: str) -> None:
    assert read("Заявка.docx", content).note == note
