"""Pictures: pages are scans and named, logos are not; what a program guesses is marked."""

import sys

import pytest

from intake.attachments.extracted import Extracted, Note
from intake.attachments.picture import Recognition
from intake.attachments.reading import File, Reader
from tests.unit.attachments.making import JPEG, PNG, docx, paragraph, pdf, read, zipped

PAGE = JPEG + bytes(range(256)) * 60
HEIC = b"\0\0\0\x18ftypheic" + PNG


def test_a_large_picture_is_a_scan_unless_the_letter_shows_it() -> None:
    assert read("1.jpg", PAGE).note == Note.SCAN
    assert read("1.jpg", PAGE, shown=True).note == ""
    assert read("1.jpg", JPEG).note == ""


@pytest.mark.parametrize("name", ["Скан_0001.jpg", "IMG_20261121.jpg", "z.zip/скан.png"])
def test_a_picture_named_like_a_page_is_a_scan(name: str) -> None:
    assert read(name, PNG, shown=True).note == Note.SCAN


def test_a_folder_named_like_a_page_makes_no_scan_of_its_pictures() -> None:
    assert read("сканы/logo.png", PNG).note == ""


def test_photographs_of_telephones_are_scans() -> None:
    assert read("a.heic", HEIC).note == Note.SCAN


def test_a_picture_in_an_archive_is_a_scan_too() -> None:
    assert [child.note for child in read("z.zip", zipped({"1.jpg": PAGE})).children] == [Note.SCAN]


def recognised(name: str, content: bytes, says: str = "print('8 912')") -> Extracted:
    command = (sys.executable, "-c", f"import sys; sys.stdin.buffer.read(); {says}")
    *_, own = Reader(Recognition(command)).read(File(name, content))
    return own


def test_what_is_guessed_from_pages_is_marked_wherever_they_lie() -> None:
    in_word = docx("<w:p/>", {"word/media/image1.jpeg": PAGE})
    assert (recognised("1.jpg", PAGE).text, recognised("1.jpg", PAGE).note) == ("8 912", Note.OCR)
    assert (recognised("a.docx", in_word).text, recognised("a.docx", in_word).note) == ("8 912", Note.OCR)


def test_a_document_with_text_of_its_own_is_not_guessed_at() -> None:
    letterhead = docx(paragraph("Просим зарегистрировать школу на платформе"), {"word/media/image1.jpeg": PAGE})
    assert recognised("a.docx", letterhead).note == ""
    assert recognised("a.pdf", pdf([(50, 800, "Заявка на подключение")])).note == ""


@pytest.mark.parametrize("says", ["sys.exit(1)", "print()"])
def test_a_page_of_which_nothing_is_guessed_stays_a_scan(says: str) -> None:
    assert (recognised("1.jpg", PAGE, says).text, recognised("1.jpg", PAGE, says).note) == ("", Note.SCAN)


def test_pictures_of_more_than_ten_megabytes_are_not_guessed_at() -> None:
    assert recognised("1.jpg", JPEG + bytes(10_000_000)).note == Note.SCAN
