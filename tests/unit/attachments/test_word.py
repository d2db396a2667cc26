"""Word documents, new and old: what a reader of the page sees, and nothing else."""

import pytest

from intake.attachments.extracted import Note, Refused
from intake.attachments.word_binary import read_word_binary
from rules.message import Zone
from tests.unit.attachments.making import JPEG, W, docx, paragraph, read, rows, run, word_streams, word_table


def test_paragraphs_are_lines_and_rows_are_lines_of_cells() -> None:
    body = paragraph("Заявка") + word_table(
        [["Полное название", "МБОУ «Гимназия № 5»"], ["Телефон", "8 912 123-45-67"]]
    )
    read_back = read("a.docx", docx(body))
    assert read_back.text == "Заявка\nПолное название | МБОУ «Гимназия № 5»\nТелефон | 8 912 123-45-67"
    assert rows(read_back) == [["Полное название", "МБОУ «Гимназия № 5»"], ["Телефон", "8 912 123-45-67"]]
    assert read_back.note == ""


def test_a_word_split_into_runs_stays_one_word() -> None:
    assert read("a.docx", docx(f"<w:p>{run('8 912')}{run(' 123-4')}{run('5-67')}</w:p>")).text == "8 912 123-45-67"


def test_merged_cells_span_rows_and_columns() -> None:
    table = word_table(
        [
            ["Регион", "Школа", "Телефон"],
            ["Омская область", "СОШ 1", "1"],
            ["", "СОШ 2", "2"],
            ["Итого: две школы", ""],
        ],
        {(1, 0): '<w:vMerge w:val="restart"/>', (2, 0): "<w:vMerge/>", (3, 0): '<w:gridSpan w:val="2"/>'},
    )
    cells = read("a.docx", docx(table)).tables[0].cells
    assert [(c.row, c.column, c.rows, c.columns) for c in cells] == [
        (0, 0, 1, 1), (0, 1, 1, 1), (0, 2, 1, 1), (1, 0, 2, 1), (1, 1, 1, 1), (1, 2, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1), (3, 0, 1, 2), (3, 2, 1, 1),
    ]  # fmt: skip


def test_a_text_box_is_read_once_and_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('МБОУ СОШ № 1')}</w:txbxContent>"
    shape = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    body = f"<w:p>{run('Просим')}<w:r>{shape}</w:r>{run(' подключить')}</w:p>{paragraph('школу')}"
    assert read("a.docx", docx(body)).text == "Просим подключить\nМБОУ СОШ № 1\nшколу"


def test_deleted_text_is_gone_and_inserted_text_is_there() -> None:
    gone = "<w:del><w:r><w:delText>8 900 000-00-00</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>ушло</w:t></w:r></w:moveFrom>"
    body = f"<w:p>{run('Телефон: ')}{gone}<w:ins>{run('8 912 123-45-67')}</w:ins></w:p>"
    assert read("a.docx", docx(body)).text == "Телефон: 8 912 123-45-67"


def test_content_controls_are_read_and_their_prompts_are_not() -> None:
    body = f"<w:sdt><w:sdtContent>{paragraph('Иванов Иван Иванович')}</w:sdtContent></w:sdt>"
    prompt = paragraph("Место для ввода текста.")
    body += f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{prompt}</w:sdtContent></w:sdt>"
    assert read("a.docx", docx(body)).text == "Иванов Иван Иванович"


@pytest.mark.parametrize("properties", ["<w:vanish/>", '<w:vanish w:val="1"/>', '<w:rStyle w:val="Secret"/>'])
def test_hidden_text_is_left_out(properties: str) -> None:
    styles = f'<w:styles {W}><w:style w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    body = f"<w:p>{run('Телефон: ')}{run('8 900 000-00-00', properties)}{run('8 912 123-45-67')}</w:p>"
    assert read("a.docx", docx(body, {"word/styles.xml": styles})).text == "Телефон: 8 912 123-45-67"


def test_text_whose_hiding_is_switched_off_is_read() -> None:
    assert read("a.docx", docx(paragraph("видно", '<w:vanish w:val="0"/>'))).text == "видно"


def test_struck_text_is_shown_and_marked() -> None:
    body = f"<w:p>{run('8 900 000-00-00', '<w:strike/>')}{run(' 8 912 123-45-67')}</w:p>"
    one = read("a.docx", docx(body))
    assert [(one.text[s.start : s.end], s.zone) for s in one.stretches] == [
        ("8 900 000-00-00", Zone.STRUCK),
        (" 8 912 123-45-67", Zone.OWN),
    ]


def test_headers_and_footnotes_follow_the_body_and_equal_ones_come_once() -> None:
    header = f"<w:hdr {W}>{paragraph('Комитет образования')}</w:hdr>"
    notes = f"<w:footnotes {W}><w:footnote>{paragraph('сноска')}</w:footnote></w:footnotes>"
    more = {"word/header1.xml": header, "word/header2.xml": header, "word/footnotes.xml": notes}
    assert read("a.docx", docx(paragraph("тело"), more)).text == "тело\nКомитет образования\nсноска"


def test_tabs_between_words_are_kept_and_field_codes_are_not_read() -> None:
    body = "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>ФИО:</w:t><w:tab/><w:tab/><w:t>Иванов И. И.</w:t><w:tab/></w:r>"
    body += "<w:r><w:instrText>HYPERLINK x</w:instrText></w:r></w:p>"
    assert read("a.docx", docx(body)).text == "ФИО:\tИванов И. И."


def test_an_empty_paragraph_is_an_empty_line() -> None:
    assert read("a.docx", docx(paragraph("раз") + "<w:p/><w:p/><w:p/>" + paragraph("два"))).text == "раз\n\nдва"


def test_a_photograph_in_word_is_a_scan_and_an_empty_document_is_not() -> None:
    assert read("a.docx", docx("<w:p/>", {"word/media/image1.jpeg": JPEG})).note == Note.SCAN
    assert read("a.docx", docx("<w:p/>")).note == ""
    letterhead = docx(paragraph("Просим зарегистрировать школу на платформе"), {"word/media/image1.jpeg": JPEG})
    assert read("a.docx", letterhead).note == ""


def test_any_prefix_is_understood() -> None:
    assert (
        read("a.docx", docx(paragraph("раз").replace("w:", "ns0:").replace("<ns0:p>", '<ns0:p xmlns:ns0="x">'))).text
        == "раз"
    )


def test_a_table_in_a_table_and_a_hundred_of_them_are_read() -> None:
    inner = word_table([["а", "б"]])
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('было')}{inner}</w:tc><w:tc>{paragraph('в')}</w:tc></w:tr></w:tbl>"
    assert read("a.docx", docx(outer)).text.split() == ["было", "а", "|", "б", "в"]
    deep = "<w:tbl><w:tr><w:tc>" * 100 + paragraph("дно") + "</w:tc></w:tr></w:tbl>" * 100
    assert read("a.docx", docx(deep)).text == "дно"


def test_old_word_rows_cells_fields_and_looks() -> None:
    table = "Телефон\x07 8 912 123-45-67\x07\x07"
    text = "Заявка\r" + table + "\x13 HYPERLINK x \x14школа\x15 удалено скрыто зачёркнуто\r"
    start = {word: (text.index(word), text.index(word) + len(word)) for word in ("удалено ", "скрыто ", "зачёркнуто")}
    main, tables = word_streams(
        text,
        letters={start["удалено "]: 0x0800, start["скрыто "]: 0x083C, start["зачёркнуто"]: 0x0837},
        paragraphs={(7, 7 + len(table) - 1): 0x2416, (7 + len(table) - 1, 7 + len(table)): 0x2417},
    )
    one = read_word_binary("a.doc", main, {"1Table": tables})
    assert one.text == "Заявка\nТелефон | 8 912 123-45-67\nшкола зачёркнуто"
    assert rows(one) == [["Телефон", "8 912 123-45-67"]]
    assert [one.text[s.start : s.end] for s in one.stretches if s.zone is Zone.STRUCK] == ["зачёркнуто"]


def test_a_locked_old_document_says_so() -> None:
    main, tables = word_streams("текст")
    locked = main[:10] + b"\x00\x03" + main[12:]
    with pytest.raises(Refused) as caught:
        read_word_binary("a.doc", locked, {"1Table": tables})
    assert caught.value.note is Note.LOCKED


def test_a_broken_header_spoils_no_body_and_a_cut_body_keeps_what_was_read() -> None:
    one = read("a.docx", docx(paragraph("тело"), {"word/header1.xml": f"<w:hdr {W}><w:p>"}))
    assert (one.text, one.note) == ("тело", "")
    cut = read("a.docx", docx(paragraph("начало") + "<w:p></w:r>"))
    assert (cut.text, cut.note) == ("начало", Note.BROKEN)
