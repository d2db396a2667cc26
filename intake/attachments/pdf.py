"""PDF with a text layer: the only file that knows pypdf.

Keeps what stands side by side on one line, as cells of a row; reads the filled fields of forms. A file without text is
a scan, and said so; so is text that a scanner guessed and laid unseen over its picture. Recognises nothing itself.
An application stands on the first pages: what comes after `MOST_PAGES` is not read, and that is said.
"""

import io

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject, PdfObject, StreamObject
from pypdf.generic._font import Font as PdfFont  # its only door to widths and letters of a font

from intake.attachments.columns import Box, Rows, blocks
from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.page_lines import lines_of
from intake.attachments.paper import Paper
from intake.attachments.pdf_marks import SAME, Codes, Font, Form, Marks, Matrix, Resources
from intake.attachments.pdf_page import marks

MOST_PAGES = 10
_MOST_TOKENS = 400_000  # operators on all pages together
_LITTLE = 20  # letters on all pages together below which a file with pictures is a scan
_LONGEST_CONTENT = 4_000_000  # bytes of one page's operators
_BYTE = 8  # bits of one colour of one dot
_MOST_DOTS = 40_000_000  # of a picture that is handed out
_ENCRYPTED = b"/Encrypt"
_ODD = (
    PyPdfError,
    DependencyError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,
    OSError,
    RuntimeError,
)
_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))  # glyphs whose letters the file does not tell
_UNTOLD = str.maketrans(dict.fromkeys(_PRIVATE + "\x00"))


def read_pdf(name: str, content: bytes) -> Extracted:
    """The text layer of a PDF. Raises `Refused` if it is locked or broken."""
    try:
        reader = _opened(content)
        pages = len(reader.pages)
    except _ODD:
        raise Refused(Note.LOCKED if _ENCRYPTED in content else Note.BROKEN) from None
    try:
        return _read(name, reader, pages)
    except _ODD:
        raise Refused(Note.LOCKED if _is_encrypted(reader) else Note.BROKEN) from None


def _opened(content: bytes) -> PdfReader:
    """The file, opened with the empty password if it has one for changes only. Raises `Refused` if that is not enough.

    Without a library for AES some files stay closed that need no password for reading: locked, too.
    """
    reader = PdfReader(io.BytesIO(content), strict=False)
    if _is_encrypted(reader):
        try:
            opened = bool(reader.decrypt(""))
        except _ODD:
            opened = False
        if not opened:
            raise Refused(Note.LOCKED)
    return reader


def _is_encrypted(reader: PdfReader) -> bool:
    try:
        return bool(reader.is_encrypted)
    except _ODD:
        return False


class Fonts:
    """The fonts of one file as plain values, each read once."""

    def __init__(self) -> None:
        self._read: dict[int, Font | None] = {}

    def font(self, raw: PdfObject | None) -> Font | None:
        """The font behind an entry of a page's resources; None where its letters are not to be had."""
        key = raw.idnum if isinstance(raw, IndirectObject) else id(raw)
        if key not in self._read:
            try:
                self._read[key] = _font(_resolved(raw))
            except _ODD:
                self._read[key] = None
        return self._read[key]


class _Tally:
    """What the pages so far have come to."""

    def __init__(self) -> None:
        self.letters = 0
        self.tokens = 0
        self.pictures = False
        self.note = Note.READ


def _read(name: str, reader: PdfReader, pages: int) -> Extracted:
    paper, tally, fonts = Paper(), _Tally(), Fonts()
    tally.note = Note.TOO_LARGE if pages > MOST_PAGES else Note.READ
    try:
        for number in range(min(pages, MOST_PAGES)):
            page = reader.pages[number]
            _page(paper, page, fonts, tally)
            if tally.tokens > _MOST_TOKENS:
                tally.note = Note.TOO_LARGE
                break
        for label, value in _fields(reader):
            tally.letters += len(value)
            _table(paper, [[Box(label), Box(value)]])
    except Refused as refused:
        tally.note = refused.note
    is_scan = not tally.letters or (tally.letters < _LITTLE and tally.pictures)
    return extracted(name, paper.rendered(), Note.SCAN if is_scan else tally.note)


def _page(paper: Paper, page: PageObject, fonts: Fonts, tally: _Tally) -> None:
    """Write one page down; a page that cannot be read costs no other."""
    try:
        found = marks(_content(page), _resources(_entry(page, "/Resources"), fonts))
    except _ODD:
        tally.note = tally.note or Note.BROKEN
        return
    tally.tokens += found.tokens
    tally.letters += sum(sum(map(str.isalnum, piece.text)) for piece in found.pieces)
    tally.pictures = tally.pictures or bool(_pictures_on(page))
    if found.cut:
        tally.note = tally.note or Note.TOO_LARGE
    if found.pieces:
        tally.note = tally.note or (Note.OCR if _is_guessed(page, found) else Note.READ)
        _put_down(paper, found, _width(page))


def _content(page: PageObject) -> bytes:
    contents = page.get_contents()
    raw = contents.get_data() if contents is not None else b""
    if len(raw) > _LONGEST_CONTENT:
        raise Refused(Note.TOO_LARGE)
    return bytes(raw)


def _resources(entries: DictionaryObject, fonts: Fonts) -> Resources:
    named_fonts, drawn = _entry(entries, "/Font"), _entry(entries, "/XObject")

    def form(name: str) -> Form | None:
        one = _resolved(drawn.get(f"/{name}"))
        if not isinstance(one, StreamObject) or one.get("/Subtype") != "/Form":
            return None
        raw = one.get_data()
        if len(raw) > _LONGEST_CONTENT:
            raise Refused(Note.TOO_LARGE)
        own = _entry(one, "/Resources") or entries
        return Form(bytes(raw), _matrix(one.get("/Matrix")), _resources(own, fonts))

    return Resources(font=lambda name: fonts.font(named_fonts.get(f"/{name}")), form=form)


def _resolved(one: PdfObject | None) -> PdfObject | None:
    return one.get_object() if isinstance(one, IndirectObject) else one


def _entry(holder: DictionaryObject, key: str) -> DictionaryObject:
    """A dictionary in a dictionary, an empty one if there is none; a page inherits from those above it."""
    seen = 0
    entry = _resolved(holder.get(key))
    while entry is None and isinstance(holder, DictionaryObject) and holder.get("/Type") in {"/Page", "/Pages"}:
        above = _resolved(holder.get("/Parent"))
        seen += 1
        if not isinstance(above, DictionaryObject) or seen > MOST_PAGES * 2:
            break
        holder = above
        entry = _resolved(holder.get(key))
    return entry if isinstance(entry, DictionaryObject) else DictionaryObject()


def _matrix(raw: object) -> Matrix:
    if not isinstance(raw, list) or len(raw) != len(SAME):
        return SAME
    a, b, c, d, e, f = (float(number) for number in raw)
    return a, b, c, d, e, f


def _width(page: PageObject) -> float:
    """Points from side to side as the text runs on an upright page."""
    try:
        return float(page.mediabox.width)
    except _ODD:
        return 0.0


def _is_guessed(page: PageObject, found: Marks) -> bool:
    """Whether most letters are unseen over a picture: what scanners that recognise text make (ISO 32000-1, 9.3.6)."""
    return found.unseen * 2 > sum(len(piece.text) for piece in found.pieces) and bool(_pictures_on(page))


def _fields(reader: PdfReader) -> list[tuple[str, str]]:
    """The filled text fields of a form."""
    try:
        fields = reader.get_form_text_fields() or {}
    except _ODD:
        return []
    return [(str(label), str(value)) for label, value in fields.items() if str(value or "").strip()]


def _put_down(paper: Paper, found: Marks, width: float) -> None:
    """The lines of a page; side by side means cells."""
    lines, floors = lines_of(found)
    left = min((run.x0 for line in lines for run in line.runs), default=0.0)
    for rows in blocks(lines, floors, width - left):
        if len(rows) > 1 or len(rows[0]) > 1:
            _table(paper, rows)
        else:
            paper.words(rows[0][0].text.translate(_UNTOLD))
            paper.line_break()
    paper.line_break()


def _table(paper: Paper, rows: Rows) -> None:
    paper.begin_table()
    for row in rows:
        paper.begin_row()
        for cell in row:
            paper.cell(cell.text.translate(_UNTOLD), columns=cell.columns)
    paper.end_table()


def _font(raw: PdfObject | None) -> Font | None:
    if not isinstance(raw, DictionaryObject):
        return None
    font = PdfFont.from_font_resource(raw)
    if not font.interpretable:
        return None
    told_widths = {ord(key): float(width) for key, width in font.character_widths.items() if len(key) == 1}
    widths = Codes(told_widths, float(font.character_widths.get("default", 500)))
    told = {ord(key): str(value) for key, value in font.character_map.items() if isinstance(key, str) and len(key) == 1}
    if isinstance(font.encoding, str):
        is_told = bool(told) or "Identity" in str(raw.get("/Encoding"))
        return Font(font.encoding, Codes(told, " ") if is_told else None, widths)
    own = ((code, str(font.encoding.get(code, chr(code)))) for code in range(256))
    letters = {code: "".join(str(font.character_map.get(one, one)) for one in text) for code, text in own}
    return Font("latin-1", Codes(letters, " "), widths)


def pictures(content: bytes, most: int) -> list[bytes]:
    """The photographs on the first pages of a PDF, at most so many."""
    found: list[bytes] = []
    try:
        reader = _opened(content)
        for number in range(min(most, len(reader.pages))):
            found += _photographs(reader.pages[number])
    except (*_ODD, Refused):
        return found[:most]
    return found[:most]


def _photographs(page: PageObject) -> list[bytes]:
    return [*filter(None, map(_photograph, _pictures_on(page)))]


def _photograph(one: StreamObject) -> bytes:
    """A picture as a file of its own: JPEG as it lies there, plain grey or coloured dots as PNM; else nothing."""
    if "DCTDecode" in str(one.get("/Filter")):
        return bytes(one.get_data())
    wide, high, depth = (one.get(key) for key in ("/Width", "/Height", "/BitsPerComponent"))
    if depth != _BYTE or not isinstance(wide, int) or not isinstance(high, int) or not 0 < wide * high < _MOST_DOTS:
        return b""
    dots = bytes(one.get_data())
    form = {wide * high: b"P5", 3 * wide * high: b"P6"}.get(len(dots))
    return form + f" {wide} {high} 255\n".encode() + dots if form else b""


def _pictures_on(page: PageObject) -> list[StreamObject]:
    """The pictures that a page may draw."""
    found = [_resolved(one) for one in _entry(_entry(page, "/Resources"), "/XObject").values()]
    return [one for one in found if isinstance(one, StreamObject) and one.get("/Subtype") == "/Image"]
