"""Whatever the bytes: a file is read or noted, never raised on, and every place points into its text."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.attachments.extracted import Extracted, Note, Refused, from_wire, to_wire
from intake.attachments.plain_text import read_csv
from intake.attachments.word_binary import read_word_binary
from tests.unit.attachments.making import (
    docx,
    odt,
    paragraph,
    pdf,
    read,
    rtf,
    run,
    tnef,
    word_streams,
    word_table,
    zipped,
)

FEW = settings(max_examples=60, deadline=None)
BODY = paragraph("Заявка", "<w:strike/>") + word_table(
    [["Телефон", "8 912"], ["а", "б"]], {(0, 0): '<w:vMerge w:val="restart"/>'}
)
WHOLE = {
    "a.docx": docx(BODY + f"<w:p><w:ins>{run('x')}</w:ins></w:p>"),
    "a.odt": odt("<text:p>x</text:p><table:table><table:table-row><table:table-cell/></table:table-row></table:table>"),
    "a.rtf": rtf(r"{\header x\par}Заявка\par\trowd\cellx1\intbl а\cell\row\pard{\strike б}{\*\x y}\u1048?\par"),
    "a.pdf": pdf([(50, 800, "Заявка на подключение"), (50, 780, "Телефон"), (250, 780, "8 912")]),
    "a.zip": zipped({"a.txt": "раз", "b.zip": zipped({"c.txt": "два"})}),
    "winmail.dat": tnef("Заявка.txt", "раз".encode(), wide=True),
    "a.html": "<html><body><table><tr><td>а<td><s>б</s></table>".encode(),
    "a.eml": b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nx\r\n--q--",
}
EDIT = st.tuples(st.integers(0, 1 << 20), st.sampled_from(["flip", "cut", "repeat", "drop"]), st.integers(0, 255))


def sound(one: Extracted) -> None:
    for each in (one, *one.children):
        assert each.note in {note.value for note in Note}
        places = [(cell.start, cell.end) for table in each.tables for cell in table.cells]
        assert all(0 <= start <= end <= len(each.text) for start, end in places)
        runs = [(run.start, run.end) for run in each.stretches]
        assert [start for start, _ in runs] == [0, *[end for _, end in runs]][: len(runs)]
        assert not each.text or runs[-1][1] == len(each.text)
        assert from_wire(to_wire(each)).text == each.text


def edited(content: bytes, edits: list[tuple[int, str, int]]) -> bytes:
    raw = bytearray(content)
    for place, how, byte in edits:
        at = place % max(1, len(raw))
        if how == "flip" and raw:
            raw[at] = byte
        elif how == "cut":
            del raw[at:]
        elif how == "drop":
            del raw[at : at + byte]
        else:
            raw[at:at] = raw[at : at + byte]
    return bytes(raw)


@FEW
@given(st.binary(max_size=400), st.sampled_from(sorted(WHOLE)))
def test_any_bytes_are_read_or_noted(content: bytes, name: str) -> None:
    sound(read(name, content))


@pytest.mark.parametrize("name", sorted(WHOLE))
@FEW
@given(st.lists(EDIT, min_size=1, max_size=6))
def test_damaged_files_are_read_or_noted(name: str, edits: list[tuple[int, str, int]]) -> None:
    sound(read(name, edited(WHOLE[name], edits)))


@FEW
@given(st.lists(EDIT, min_size=1, max_size=6), st.booleans())
def test_damaged_xml_in_a_sound_zip_is_read_or_noted(edits: list[tuple[int, str, int]], word: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    member = "word/document.xml" if word else "content.xml"
    whole = read_member(WHOLE["a.docx" if word else "a.odt"], member)
    members = {member: edited(whole, edits)} | (
        {} if word else {"mimetype": b"application/vnd.oasis.opendocument.text"}
    )
    sound(read("a", zipped(dict(members))))


def read_member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return file.read(name)


@FEW
@given(st.lists(EDIT, min_size=1, max_size=6), st.booleans())
def test_damaged_old_word_documents_are_read_or_noted(edits: list[tuple[int, str, int]], table: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    text = "Заявка\rТелефон\x078 912\x07\x07\x13 x \x14школа\x15\r"
    main, tables = word_streams(text, letters={(0, 6): 0x0837}, paragraphs={(7, 20): 0x2416, (20, 21): 0x2417})
    sound(old_word(main if table else edited(main, edits), edited(tables, edits) if table else tables))


def old_word(main: bytes, table: bytes) -> Extracted:
    try:
        return read_word_binary("a.doc", main, {"1Table": table})
    except Refused as refused:
        return Extracted("a.doc", note=refused.note.value)


@FEW
@given(st.text(max_size=300))
def test_any_text_is_a_table_in_text_form(text: str) -> None:
    sound(read_csv("a.csv", text.encode("utf-8", "surrogatepass")))
