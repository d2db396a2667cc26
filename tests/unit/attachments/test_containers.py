"""Files in files: archives, letters, winmail.dat; and what is built to do harm."""

import io
import json
import zipfile

import pytest

from intake.attachments import Extracted, parts_of, with_texts
from intake.attachments.extracted import Note, from_wire, to_wire
from rules.message import Attachment, Message, Zone
from tests.unit.attachments.making import W, docx, odt, paragraph, read, tnef, word_table, xlsx, xlsx_row, zipped

ENTITIES = '<!DOCTYPE r [<!ENTITY a "ха"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/hostname">]>'


def with_dos_names(names: dict[str, bytes]) -> bytes:
    """A zip as Windows writes it: names in cp866, not said to be so."""
    plain = zipped(
        {f"{number:03}".ljust(len(name), "x"): content for number, (name, content) in enumerate(names.items())}
    )
    for number, name in enumerate(names):
        plain = plain.replace(f"{number:03}".ljust(len(name), "x").encode(), name.encode("cp866"))
    return plain


def test_a_zip_hands_out_its_files_under_their_russian_names() -> None:
    one = read(
        "архив.zip", with_dos_names({"Заявка школы.docx": docx(paragraph("раз")), "список.txt": "два и три".encode()})
    )
    assert [(child.name, child.text) for child in one.children] == [
        ("архив.zip/Заявка школы.docx", "раз"),
        ("архив.zip/список.txt", "два и три"),
    ]
    assert one.note == ""


def test_names_in_a_zip_do_not_climb_and_litter_is_left_out() -> None:
    content = zipped({"../../etc/a.txt": "раз", "__MACOSX/._a.txt": "x", "C:\\b\\c.txt": "два", "x/.DS_Store": "y"})
    assert [child.name for child in read("z.zip", content).children] == ["z.zip/etc/a.txt", "z.zip/C_/b/c.txt"]


def test_a_zip_in_a_zip_is_read_and_a_zip_without_end_is_not() -> None:
    content = zipped({"внутри.zip": zipped({"a.txt": "дно"})})
    assert [child.text for child in read("z.zip", content).children] == ["дно", ""]
    for _ in range(12):
        content = zipped({"z.zip": content})
    assert next(child.note for child in read("z.zip", content).children) == Note.TOO_LARGE


def test_a_locked_member_is_named_and_the_others_are_read() -> None:
    buffer = io.BytesIO(zipped({"a.txt": "открыто", "b.txt": "закрыто"}))
    raw = bytearray(buffer.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.rindex(mark) + flags] |= 1
    one = read("z.zip", bytes(raw))
    assert (one.note, [child.text for child in one.children]) == (Note.LOCKED, ["открыто"])


def test_a_bomb_stops_early() -> None:
    assert read("b.zip", zipped({"x.txt": bytes(12_000_000)})).note == Note.BOMB
    bomb = docx(paragraph("раз") + paragraph("A" * 9_000_000))
    one = read("b.docx", bomb)
    assert (one.note, one.text[:3]) == (Note.TOO_LARGE, "раз")


def test_many_files_in_one_letter_have_one_budget() -> None:
    one = read("z.zip", zipped({f"{number}.txt": "x" for number in range(400)}))
    assert one.note == Note.TOO_LARGE
    assert 100 < len(one.children) <= 150


@pytest.mark.parametrize(
    "content",
    [
        zipped(
            {"word/document.xml": f"<?xml version='1.0'?>{ENTITIES}<w:document {W}>{paragraph('X&x;&b;')}</w:document>"}
        ),
        zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": f"{ENTITIES}<a>&b;</a>"}),
    ],
)
def test_documents_with_entities_of_their_own_are_refused(content: bytes) -> None:
    assert (read("a.docx", content).note, read("a.docx", content).text) == (Note.BOMB, "")


@pytest.mark.parametrize(
    "content", [docx("<w:p>"), odt("<text:p>"), docx(paragraph("x"))[:-40], xlsx({"A": "<row><c>"})[:-60]]
)
def test_broken_documents_say_so(content: bytes) -> None:
    assert read("a.docx", content).note == Note.BROKEN


def test_a_letter_shows_its_subject_but_no_address_and_hands_out_its_files() -> None:
    letter = (
        "From: =?utf-8?B?0JjQstCw0L0=?= <a@b.ru>\r\nSubject: Заявка\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n"
        "--q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nПросим подключить\r\n"
        '--q\r\nContent-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nфайл\r\n--q--\r\n'
    )
    one = read("Письмо.eml", letter.encode())
    assert one.text.split("\n") == ["Тема: Заявка", "", "Просим подключить"]
    assert [(child.name, child.text.strip()) for child in one.children] == [("Письмо.eml/a.txt", "файл")]


@pytest.mark.parametrize("wide", [False, True])
def test_winmail_hands_out_its_files_under_their_long_names(wide: bool) -> None:  # noqa: FBT001 - a parameter of the test
    one = read("winmail.dat", tnef("Заявка.docx", docx(paragraph("раз")), wide=wide))
    assert [(child.name, child.text) for child in one.children] == [("winmail.dat/Заявка.docx", "раз")]


def test_parts_have_numbered_names_and_notes_go_to_the_list() -> None:
    listed = (
        Attachment("a.txt", "text/plain", 1, ""),
        Attachment("a.txt", "text/plain", 1, ""),
        Attachment("z.zip", "", 1, ""),
    )
    inner = (Extracted("z.zip/скан.pdf", note="scan"), Extracted("z.zip/b.txt", "три"))
    files = (Extracted("a.txt", "раз"), Extracted("a.txt", "два"), Extracted("z.zip", children=inner))
    message = with_texts(Message(attachments=listed), files)
    assert [part.name for part in message.parts] == ["attachment:a.txt", "attachment:a.txt#2", "attachment:z.zip/b.txt"]
    assert [attachment.note for attachment in message.attachments] == ["", "", "scan"]
    assert parts_of([Extracted("пусто.docx")]) == ()


def test_guessed_texts_are_added_only_for_a_reader_that_doubts_them() -> None:
    scan = Extracted("скан.pdf", "8 912 123-45-67", note="ocr")
    assert parts_of([scan]) == ()
    assert [part.name for part in parts_of([scan], guessed=True)] == ["attachment:скан.pdf"]
    assert with_texts(Message(attachments=(Attachment("скан.pdf", "", 1, ""),)), [scan]).attachments[0].note == "ocr"


def test_what_goes_over_the_wire_comes_back_the_same() -> None:
    struck = "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>было</w:t></w:r><w:r><w:t> стало</w:t></w:r></w:p>"
    for content in (docx(struck + word_table([["а", "б"]])), xlsx({"Л": xlsx_row(1, "а", 1)}), b"Rar!"):
        one = read("a", content)
        assert from_wire(to_wire(one)) == one
    assert read("a", docx(struck)).stretches[0].zone is Zone.STRUCK


@pytest.mark.parametrize("wrong", [["a", "b", [], [], "no such note"], ["a", "b", [[[0], [9], [0], [0], [1], [1]]], [], ""], ["a", "b", [[[1], [0], [0], [0], [1], [1]]], [], ""], ["a", "b", [[[0], [1], [0], [0], [1], [1.5]]], [], ""], ["a", "b", [[[0], [1, 1], [0], [0], [1], [1]]], [], ""], ["a", 1, [], [], ""], [], {"a": 1}, ["a", "b", [[[0]]], [], ""]])  # fmt: skip
def test_a_lying_process_is_not_believed(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_wire(json.dumps(wrong).encode())


def test_a_member_that_lies_about_its_size_is_counted() -> None:
    raw = bytearray(zipped({"x.txt": bytes(6_000_000)}))
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as file:
        assert file.infolist()[0].file_size == 6_000_000
    at = raw.rindex(b"PK\x01\x02") + 24
    raw[at : at + 4] = (1000).to_bytes(4, "little")
    one = read("z.zip", bytes(raw))
    assert one.note in {Note.BROKEN, Note.BOMB}
