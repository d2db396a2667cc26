"""The process that reads files: started late, limited, killed without harm; real files of real programs."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.attachments import Extracted, Extractor, Limits
from intake.attachments.extracted import Note
from intake.parsing import attachment_payloads
from rules.errors import Temporary
from rules.message import Attachment
from tests.unit.attachments.making import PNG, docx, paragraph, pdf, read, rows, xlsx, xlsx_row, zipped

LETTERS = Path(__file__).parents[1] / "letters" / "attachments"
FARTHEST = xlsx({"Л": xlsx_row(1, "а") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'})
SLOW = docx(paragraph("слово") + "<w:p/>" * 400_000)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as one:
        yield one


def listed(name: str, content: bytes) -> tuple[Attachment, bytes]:
    return Attachment(name, "application/octet-stream", len(content), ""), content


def of_letter(extractor: Extractor, name: str) -> tuple[Extracted, ...]:
    return extractor.texts(list(attachment_payloads((LETTERS / name).read_bytes())))


def test_nothing_is_started_for_a_letter_without_files_and_nothing_is_left_after_closing() -> None:
    extractor = Extractor()
    assert extractor.texts(()) == ()
    assert not extractor.running
    assert extractor.texts([listed("a.txt", b"x")])[0].text == "x"
    assert extractor.running
    extractor.close()
    assert not extractor.running


def test_the_process_says_the_same_as_the_reader(extractor: Extractor) -> None:
    for content in (
        docx(paragraph("раз")),
        pdf([(50, 800, "Заявка на подключение школы")]),
        zipped({"a.txt": "два"}),
        b"MZ",
    ):
        assert extractor.texts([listed("файл", content)]) == (read("файл", content),)


def test_an_old_word_document_of_a_real_word(extractor: Extractor) -> None:
    """b039: letterhead and a table of three columns in a binary .doc."""
    (one,) = of_letter(extractor, "b039.eml")
    assert one.text.startswith("Министерство образования и науки Алтайского края\nМуниципальное бюджетное")
    assert rows(one)[-2:] == [
        ["Ф. И. О.", "телефон", "адрес эл. почты"],
        ["Казанцева Елизавета Павловна", "896280147955", "kazantseva_ep@mail.ru"],
    ]


def test_a_sheet_an_opendocument_and_a_winmail_of_real_letters(extractor: Extractor) -> None:
    """b033, b036, b048: the phone is a floating number; seven rows of label and value; a docx in a winmail.dat."""
    assert "89159762843 | gluhova.school17@mail.ru" in of_letter(extractor, "b033.eml")[0].text
    assert ["Мобильный", "8 914 480-73-21"] in rows(of_letter(extractor, "b036.eml")[0])
    (winmail,) = of_letter(extractor, "b048.eml")
    assert [child.name for child in winmail.children] == ["winmail.dat/Данные школы.docx"]
    assert "8-924-153-72-60" in winmail.children[0].text


def test_a_file_that_kills_the_process_is_named_and_the_next_one_is_read(extractor: Extractor) -> None:
    one, other = extractor.texts([listed("bomb.xlsx", FARTHEST), listed("a.txt", "цело".encode())])
    assert (one.note, one.text) == (Note.BOMB, "")
    assert other.text == "цело"


def test_what_was_read_of_an_archive_before_the_death_is_kept(extractor: Extractor) -> None:
    archive = zipped({"1.docx": docx(paragraph("прочитано")), "2.xlsx": FARTHEST, "3.txt": "после"})
    (one,) = extractor.texts([listed("z.zip", archive)])
    assert one.note == Note.BOMB
    assert [child.text for child in one.children] == ["прочитано"]


def test_a_slow_file_is_given_up_in_time_and_the_next_one_is_read() -> None:
    with Extractor(Limits(seconds=0.2)) as extractor:
        extractor.texts([listed("a.txt", b"warm")])
        started = time.monotonic()
        one, other = extractor.texts([listed("slow.docx", SLOW), listed("a.txt", b"x")])
        assert (one.note, other.text) == (Note.TIMEOUT, "x")
        assert time.monotonic() - started < 10


def test_a_letter_of_many_slow_files_ends_in_time() -> None:
    with Extractor(Limits(seconds=5, letter_seconds=0.3)) as extractor:
        extractor.texts([listed("a.txt", b"warm")])
        files = extractor.texts([listed(f"{number}.docx", SLOW) for number in range(20)])
    assert [one.note for one in files][-10:] == [Note.TIMEOUT] * 10


def test_processor_time_is_limited_even_where_the_clock_is_not() -> None:
    """The worker's own limit counts, should the house that watches the clock be gone."""
    with Extractor(Limits(seconds=60)) as extractor:
        extractor.texts([listed("a.txt", b"x")])
        assert extractor._process is not None
        limits = Path(f"/proc/{extractor._process.pid}/limits").read_text(encoding="utf-8")
    cpu = next(line.split() for line in limits.splitlines() if line.startswith("Max cpu time"))
    assert 60 <= int(cpu[3]) <= 65


def test_a_large_file_is_not_even_sent() -> None:
    with Extractor(Limits(file_bytes=1000)) as extractor:
        assert extractor.texts([listed("a.txt", b"x" * 1001)])[0].note == Note.TOO_LARGE
        assert not extractor.running


def test_too_little_memory_ends_in_a_note() -> None:
    wide = xlsx(
        {"Л": "".join(xlsx_row(row, "а") for row in range(1, 1500)) + '<row r="1500"><c r="XFD1500"><v>1</v></c></row>'}
    )
    with Extractor(Limits(memory=300 << 20)) as extractor:
        assert extractor.texts([listed("wide.xlsx", wide)])[0].note == Note.BOMB
        assert extractor.texts([listed("a.txt", b"x")])[0].text == "x"


def test_a_process_killed_from_outside_is_replaced(extractor: Extractor) -> None:
    extractor.texts([listed("a.txt", b"x")])
    assert extractor._process is not None
    os.kill(extractor._process.pid, signal.SIGKILL)
    extractor._process.wait(10)
    assert extractor.texts([listed("a.txt", b"y")])[0].text == "y"


def test_the_process_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_IMAP_PASSWORD", "very-secret")
    with Extractor() as extractor:
        extractor.texts([listed("a.txt", b"x")])
        assert extractor._process is not None
        environment = Path(f"/proc/{extractor._process.pid}/environ").read_bytes()
    assert b"PYTHONPATH" in environment
    assert b"very-secret" not in environment


def test_pictures_are_recognised_only_where_that_is_switched_on_and_never_trusted() -> None:
    guess = (sys.executable, "-c", "import sys; sys.stdin.buffer.read(); print('8 912 123-45-67')")
    with Extractor(recognise=guess) as extractor:
        (logo, one) = extractor.texts([listed("a.png", PNG), listed("Скан.png", PNG)])
    assert (logo.text, logo.note) == ("", "")
    assert (one.text, one.note) == ("8 912 123-45-67", Note.OCR)
    with Extractor(recognise=("/no/such/program",)) as extractor:
        (one,) = extractor.texts([listed("Скан.png", PNG)])
    assert (one.text, one.note) == ("", Note.SCAN)


def test_a_process_that_cannot_be_started_is_our_fault_and_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with Extractor() as extractor, pytest.raises(Temporary, match="cannot be started"):
        extractor.texts([listed("a.txt", b"x")])
