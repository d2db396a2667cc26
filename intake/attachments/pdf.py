"""PDF with a text layer: the only file that knows pypdf.

Keeps what stands side by side on one line, as cells of a row; reads the filled fields of forms. A file without text is
a scan, and said so; so is text that a scanner guessed and laid unseen over its picture. Recognises nothing itself.
"""

import io
import re

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

from intake.attachments.columns import blocks
from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.paper import Paper

_MOST_PAGES = 60
_LITTLE = 20  # letters on all pages together below which the file is a scan
_LONGEST_LINE = 4_000
_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))  # glyphs whose letters the file does not tell
_INVISIBLE = re.compile(rb"(?<![\d.\w])3\s+Tr\b")
_UNTOLD = str.maketrans(dict.fromkeys(_PRIVATE + "\ufffd\x00"))


def read_pdf(name: str, content: bytes) -> Extracted:
    """The text layer of a PDF. Raises `Refused` if it is locked or broken."""
    try:
        return _read(name, _opened(content))
    except (FileNotDecryptedError, DependencyError):
        raise Refused(Note.LOCKED) from None
    except PyPdfError:
        raise Refused(Note.BROKEN) from None


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused(Note.LOCKED)
    return reader


def _read(name: str, reader: PdfReader) -> Extracted:
    paper, letters = Paper(), 0
    pages = len(reader.pages)
    note = Note.TOO_LARGE if pages > _MOST_PAGES else Note.READ
    try:
        for number in range(min(pages, _MOST_PAGES)):
            text = _text_of(reader.pages[number]).translate(_UNTOLD)
            note = note or (Note.OCR if text.strip() and _is_guessed(reader.pages[number]) else Note.READ)
            letters += sum(map(str.isalnum, text))
            _put_down(paper, text)
        for label, value in _fields(reader):
            letters += len(value)
            _table(paper, [[label, value]])
    except Refused as refused:
        note = refused.note
    return extracted(name, paper.rendered(), Note.SCAN if letters < _LITTLE else note)


def _text_of(page: PageObject) -> str:
    """The text of a page as it lies on it; in the file's order where the layout cannot be made out."""
    try:
        return page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError):
        return page.extract_text()


def _is_guessed(page: PageObject) -> bool:
    """Whether invisible letters lie over a picture: what scanners that recognise text make (ISO 32000-1, 9.3.6)."""
    contents = page.get_contents()
    return contents is not None and bool(_INVISIBLE.search(contents.get_data())) and bool(_pictures_on(page))


def _fields(reader: PdfReader) -> list[tuple[str, str]]:
    """The filled text fields of a form."""
    fields = reader.get_form_text_fields() or {}
    return [(str(label), str(value)) for label, value in fields.items() if str(value or "").strip()]


def _put_down(paper: Paper, text: str) -> None:
    """The lines of a page; side by side means cells."""
    for rows in blocks(line[:_LONGEST_LINE].rstrip() for line in text.splitlines()):
        if len(rows) > 1 or len(rows[0]) > 1:
            _table(paper, rows)
        else:
            paper.words(rows[0][0])
            paper.line_break()
    paper.line_break()


def _table(paper: Paper, rows: list[list[str]]) -> None:
    paper.begin_table()
    for row in rows:
        paper.begin_row()
        for cell in row:
            paper.cell(cell)
    paper.end_table()


def pictures(content: bytes, most: int) -> list[bytes]:
    """The photographs (JPEG) on the first pages of a PDF, at most so many."""
    found: list[bytes] = []
    try:
        reader = _opened(content)
        for number in range(min(most, len(reader.pages))):
            found += _photographs(reader.pages[number])
    except (PyPdfError, Refused, KeyError, TypeError, ValueError, AttributeError):
        return found[:most]
    return found[:most]


def _photographs(page: PageObject) -> list[bytes]:
    return [one.get_data() for one in _pictures_on(page) if "DCTDecode" in str(one.get("/Filter"))]


def _pictures_on(page: PageObject) -> list[StreamObject]:
    """The pictures that a page may draw."""
    resources = page.get("/Resources", DictionaryObject()).get_object()
    drawn = (
        resources.get("/XObject", DictionaryObject()).get_object() if isinstance(resources, DictionaryObject) else {}
    )
    found = [one.get_object() for one in drawn.values()] if isinstance(drawn, DictionaryObject) else []
    return [one for one in found if isinstance(one, StreamObject) and one.get("/Subtype") == "/Image"]
