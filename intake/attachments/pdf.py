"""PDF with a text layer: the only file that knows pypdf.

Keeps what stands side by side on one line, its columns set apart by « | »; reads the filled fields of forms. A page
without text is a picture, and said so. Recognises nothing in pictures.
"""

import io
import logging
import re

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.paper import Paper

_MOST_PAGES = 60
_LITTLE = 20  # letters on all pages together below which the file is a scan
_GAP = re.compile(r" {3,}")
_LONGEST_LINE = 4_000
_CODES = re.compile(r"(?:/[A-Za-z]*\d{1,5}){3,}|[\ue000-\uf8ff\ufffd]")  # glyphs whose letters the file does not tell

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_pdf(name: str, content: bytes) -> Extracted:
    """The text layer of a PDF. Raises `Refused` if it is locked, broken or a scan."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(Note.LOCKED)
        return _read(name, reader)
    except (FileNotDecryptedError, DependencyError):
        raise Refused(Note.LOCKED) from None
    except PyPdfError:
        raise Refused(Note.BROKEN) from None


def _read(name: str, reader: PdfReader) -> Extracted:
    paper, letters = Paper(), 0
    pages = len(reader.pages)
    note = Note.TOO_LARGE if pages > _MOST_PAGES else Note.READ
    try:
        for number in range(min(pages, _MOST_PAGES)):
            text = _text_of(reader.pages[number])
            letters += sum(map(str.isalnum, _CODES.sub("", text)))
            _put_down(paper, text)
        for label, value in _fields(reader):
            letters += len(value)
            _row(paper, [label, value])
    except Refused as refused:
        note = refused.note
    if letters < _LITTLE:
        return extracted(name, paper.rendered(), Note.SCAN)
    return extracted(name, paper.rendered(), note)


def _text_of(page: PageObject) -> str:
    """The text of a page as it lies on it; in reading order where the layout cannot be made out."""
    try:
        return page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ZeroDivisionError, OverflowError):
        return page.extract_text()


def _fields(reader: PdfReader) -> list[tuple[str, str]]:
    """The filled fields of a form."""
    fields = reader.get_form_text_fields() or {}
    return [(str(label), str(value)) for label, value in fields.items() if str(value or "").strip()]


def _put_down(paper: Paper, text: str) -> None:
    """Lines of a page; side by side means cells."""
    for line in text.splitlines():
        cells = [cell for cell in _GAP.split(line[:_LONGEST_LINE].strip()) if cell]
        if len(cells) > 1:
            _row(paper, cells)
        else:
            paper.words(line[:_LONGEST_LINE])
            paper.line_break()
    paper.line_break()


def _row(paper: Paper, cells: list[str]) -> None:
    """One row; tables are told apart by the lines between them, so that each row is one of its own."""
    paper.begin_table()
    paper.begin_row()
    for cell in cells:
        paper.begin_cell()
        paper.words(cell)
        paper.end_cell()
    paper.end_table()
