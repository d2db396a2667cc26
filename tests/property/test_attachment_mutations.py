"""Files of every kind, damaged by a seeded hand: always an outcome, soon, within the limits of the worker."""

import random
import time

import pytest

from intake.attachments import Extracted, Extractor, Limits
from intake.attachments.extracted import Note
from rules.message import Attachment
from tests.unit.attachments.making import (
    JPEG,
    docx,
    odt,
    paragraph,
    pdf,
    rtf,
    run,
    tnef,
    word_table,
    xlsx,
    xlsx_row,
    zipped,
)

TABLE = word_table([["Телефон", "8 912 123-45-67"], ["Почта", "a@b.ru"]])
LETTER = (
    "Subject: Заявка\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nтекст\r\n"
    '--q\r\nContent-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment; filename="a.csv"\r\n\r\nа;б\r\n--q--'
)
RULED = [(50, 815, 500, 815), (50, 770, 500, 770), (50, 770, 50, 815), (240, 770, 240, 815), (500, 770, 500, 815)]
KINDS = {
    "a.docx": docx(paragraph("Заявка") + TABLE + f"<w:p><w:ins>{run('x')}</w:ins></w:p>"),
    "a.odt": odt("<text:p>x</text:p><table:table><table:table-row><table:table-cell/></table:table-row></table:table>"),
    "a.rtf": rtf(r"{\header x\par}Заявка\par\trowd\cellx1\intbl а\cell\row\pard{\strike б}{\*\x y}\u1048?\par"),
    "a.pdf": pdf([(60, 800, "Заявка на подключение"), (60, 780, "Телефон"), (250, 780, "8 912")], ruled=RULED),
    "a.xlsx": xlsx({"Л": xlsx_row(1, "Школа", 89121234567.0) + xlsx_row(2, "x", 46348, style=1)}, merged="A1:A2"),
    "a.zip": zipped({"a.txt": "раз", "b.zip": zipped({"c.docx": docx(TABLE)}), "c.eml": LETTER}),
    "winmail.dat": tnef("Заявка.docx", docx(TABLE), wide=True, letter=(0x1F, 0x1000, "текст".encode("utf-16-le"))),
    "a.eml": LETTER.encode(),
    "a.html": "<html><body><table><tr><td>а<td><s>б</s></table>".encode() * 20,
    "a.csv": 'Школа;"8 912; 8 913"\r\n'.encode("cp1251") * 20,
    "a.txt": "Полное название: МБОУ Гимназия 5\n".encode("utf-16-le"),
    "a.jpg": JPEG,
}
EACH = 40  # mutants of one kind
SLOWEST = 3.0  # seconds for one of these small files, whatever it became


def mutant(content: bytes, dice: random.Random) -> bytes:
    """One to five places changed: a byte, a bit, a stretch doubled, dropped, zeroed or swapped; or the end cut off."""
    raw = bytearray(content)
    for _ in range(dice.randint(1, 5)):
        at, long = dice.randrange(len(raw) or 1), dice.choice((1, 4, 32, 400))
        how = dice.randrange(7)
        if how == 0 and raw:
            raw[at] = dice.randrange(256)
        elif how == 1 and raw:
            raw[at] ^= 1 << dice.randrange(8)
        elif how == 2:
            raw[at:at] = raw[at : at + long] * dice.choice((1, 30))
        elif how == 3:
            del raw[at : at + long]
        elif how == 4:
            raw[at : at + long] = bytes(len(raw[at : at + long]))
        elif how == 5:
            raw[at : at + long] = dice.randbytes(long)
        elif dice.random() < 0.5:
            del raw[at:]
    return bytes(raw)


def check(one: Extracted) -> None:
    """The notes are known, every place lies in its text."""
    for each in (one, *one.children):
        assert each.note in {note.value for note in Note}
        cells = [cell for table in each.tables for cell in table.cells]
        assert all(0 <= cell.start <= cell.end <= len(each.text) for cell in cells)
        assert [run.end for run in each.stretches][-1:] == ([len(each.text)] if each.text else [])


@pytest.mark.parametrize("seed", [20261124])
def test_damaged_files_of_every_kind_have_an_outcome_within_the_limits(seed: int) -> None:
    dice = random.Random(seed)
    with Extractor(Limits(seconds=SLOWEST)) as extractor:
        for name, content in KINDS.items():
            for _ in range(EACH):
                raw = mutant(content, dice)
                started = time.monotonic()
                (one,) = extractor.texts([(Attachment(name, "", len(raw), ""), raw)])
                check(one)
                assert one.note != Note.TIMEOUT
                assert time.monotonic() - started < SLOWEST * 2
        (sound,) = extractor.texts([(Attachment("a.docx", "", 1, ""), KINDS["a.docx"])])
        assert sound.text.startswith("Заявка\nТелефон | 8 912 123-45-67")
