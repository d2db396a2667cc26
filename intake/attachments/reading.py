"""One file's bytes to its text: picks the reader by content and goes into archives, letters and winmail.dat.

Runs in the worker only. Raises nothing on purpose; what a reader refuses becomes the file's note. Counts what a letter
has already cost, so that many small bombs are one large one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from intake.attachments.archive import Archive
from intake.attachments.extracted import Extracted, Note, Refused
from intake.attachments.hidden_cells import hidden_in
from intake.attachments.kinds import Kind, kind_of
from intake.attachments.ole import Compound
from intake.attachments.opendocument import is_locked, read_opendocument
from intake.attachments.pdf import pictures, read_pdf
from intake.attachments.picture import Recognition
from intake.attachments.plain_text import read_csv, read_html, read_letter, read_text
from intake.attachments.rich_text import read_rich_text
from intake.attachments.spreadsheet import read_spreadsheet
from intake.attachments.tnef import winmail
from intake.attachments.word_binary import read_word_binary
from intake.attachments.word_xml import read_word
from intake.parsing.attachments import safe_name

_PICTURE = 15_000  # bytes of a picture that may be a page
_DEEPEST = 4  # files within files
_WORD = re.compile(r"word/document\d*\.xml")
_BOOK = re.compile(r"xl/workbook\.(?:xml|bin)")
_OTHER_OFFICE = re.compile(  # presentations, drawings, XPS; documents of Apple's programs
    r"ppt/presentation\.xml|visio/document\.xml|FixedDocSeq\.fdseq|Index/(?:Document|Presentation)\.iwa|Index\.zip|"
    r"index\.(?:xml|apxl)\.gz|index\.apxl",
    re.IGNORECASE,
)
_OPEN_TEXT = (b"application/vnd.oasis.opendocument.text", b"application/vnd.sun.xml.writer")
_OPEN_SHEET = (b"application/vnd.oasis.opendocument.spreadsheet",)


@dataclass(slots=True)
class Budget:
    """What one letter may still cost."""

    files: int = 150
    unpacked: int = 120_000_000  # bytes that come out of archives

    def take(self, size: int) -> None:
        """Pay for one file. Raises `Refused` when nothing is left."""
        self.files -= 1
        self.unpacked -= size
        if self.files < 0 or self.unpacked < 0:
            raise Refused(Note.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class File:
    """One file to be read: its name as shown, its bytes, what its sender declared, how deep it lies.

    `shown` if the letter's text shows it, as it does with the logo of a signature.
    """

    name: str
    content: bytes
    declared: str = ""
    depth: int = 0
    shown: bool = False


class Reader:
    """Reads the files of one letter after the other; one `Budget` a letter."""

    def __init__(self, recognition: Recognition) -> None:
        self._recognition = recognition
        self.budget = Budget()

    def read(self, file: File) -> Iterator[Extracted]:
        """The texts of a file: those of all files inside of it first, its own last, without children."""
        inner: list[File] = []
        try:
            own = self._own(file, inner)
        except Refused as refused:
            own = Extracted(file.name, note=refused.note.value)
        except MemoryError:
            own = Extracted(file.name, note=Note.BOMB.value)
        except Exception:  # noqa: BLE001 - foreign readers raise anything on broken files, and the next file must be read
            own = Extracted(file.name, note=Note.BROKEN.value)
        for member in inner:
            yield from self.read(member)
        yield replace(own, name=file.name)

    def _own(self, file: File, inner: list[File]) -> Extracted:
        """The file's own text; what lies inside of it goes to `inner`."""
        if file.depth > _DEEPEST:
            raise Refused(Note.TOO_LARGE)
        self.budget.take(len(file.content) if file.depth else 0)
        kind = kind_of(file.name, file.content, file.declared)
        if kind is Kind.UNKNOWN or (kind is Kind.EMPTY and (b"\0" in file.content or not file.content)):
            raise Refused(Note.NO_READER if kind is Kind.UNKNOWN else Note.BROKEN)
        if kind is Kind.ZIP:
            return self._zip(file, inner)
        if kind is Kind.IMAGE:
            return self._recognition.read(file.name, file.content, shown=file.shown)
        if kind in _WITH_FILES:
            return _WITH_FILES[kind](file, inner)
        own = _BY_KIND[kind](file.name, file.content) if kind in _BY_KIND else Extracted(file.name)
        return self._else_recognised(own, file, partial(pictures, file.content)) if kind is Kind.PDF else own

    def _else_recognised(self, own: Extracted, file: File, pages: Callable[[int], Iterable[bytes]]) -> Extracted:
        """A scan recognised, where that is switched on."""
        if own.note == Note.SCAN.value:
            return self._recognition.read_pages(own, len(file.content), pages)
        return own

    def _zip(self, file: File, inner: list[File]) -> Extracted:
        archive = Archive(file.content)
        names = archive.names
        if any(map(_WORD.fullmatch, names)):
            return self._else_recognised(
                read_word(file.name, archive), file, partial(_pictures, archive, "word/media/")
            )
        if any(map(_BOOK.fullmatch, names)):
            _affordable(archive)
            return read_spreadsheet(file.name, file.content, hidden_in(archive))
        if any(map(_OTHER_OFFICE.fullmatch, names)):
            raise Refused(Note.NO_READER)
        if "mimetype" in names:
            return _open_document(file, archive)
        note = Note.TOO_LARGE if archive.truncated else Note.READ
        return Extracted(file.name, note=self._unpacked(file, archive, inner) or note.value)

    def _unpacked(self, file: File, archive: Archive, inner: list[File]) -> str:
        """Take the members out of an archive; the first reason why one could not be had is the archive's note."""
        note = ""
        for member in archive.members():
            if len(inner) >= self.budget.files:
                return note or Note.TOO_LARGE.value
            try:
                content = b"".join(archive.pieces(member.entry, max(0, self.budget.unpacked)))
            except Refused as refused:
                note = note or refused.note.value
                if refused.note in {Note.BOMB, Note.TOO_LARGE}:
                    break
                continue
            self.budget.unpacked -= len(content)
            inner.append(_within(file, member.name, content))
        return note


def _within(file: File, name: str, content: bytes) -> File:
    """A file inside of another: its name says where it lies."""
    path = "/".join(filter(None, (safe_name(step) for step in name.replace("\\", "/").split("/")))) or "file"
    return File(f"{file.name}/{path}", content, depth=file.depth + 1)


def _letter(file: File, inner: list[File]) -> Extracted:
    """A letter and the files in it."""
    own, files = read_letter(file.name, file.content)
    inner += [replace(_within(file, one.name, raw), shown=one.inline) for one, raw in files]
    return own


def _winmail(file: File, inner: list[File]) -> Extracted:
    """Outlook's envelope: the letter's own text in it, and its files."""
    opened = winmail(file.content)
    inner += [_within(file, name, raw) for name, raw in opened.files]
    if opened.plain.strip():
        return read_text(file.name, opened.plain.encode())
    if opened.web:
        return read_html(file.name, opened.web)
    return read_rich_text(file.name, opened.rich) if opened.rich else Extracted(file.name)


def _affordable(archive: Archive) -> None:
    """Refuse a workbook that unpacks to more than may be held: its reader counts nothing. Believes no declared size."""
    left = _MOST_UNPACKED
    for name in archive.names:
        if name.startswith("xl/") and name.endswith((".xml", ".bin")):
            for piece in archive.stream(name):
                left -= len(piece)
                if left < 0:
                    raise Refused(Note.TOO_LARGE)


def _pictures(archive: Archive, folder: str, most: int) -> Iterator[bytes]:
    """The first large pictures in a document, at most so many; damaged ones left out."""
    large = (name for name in archive.names if name.startswith(folder) and archive.size(name) > _PICTURE)
    for name in islice(large, most):
        try:
            yield archive.read(name)
        except Refused:
            continue


def _open_document(file: File, archive: Archive) -> Extracted:
    form = archive.read("mimetype").strip()
    if form.startswith(_OPEN_TEXT):
        return read_opendocument(file.name, archive)
    if form.startswith(_OPEN_SHEET):
        if is_locked(archive):
            raise Refused(Note.LOCKED)
        _affordable(archive)
        return read_spreadsheet(file.name, file.content)
    raise Refused(Note.NO_READER)


def _compound(file: File, _: list[File]) -> Extracted:
    """Old Word and Excel documents, and locked new ones."""
    compound = Compound(file.content)
    if "WordDocument" in compound.names:
        tables = {name: compound.stream(name) for name in ("0Table", "1Table")}
        return read_word_binary(file.name, compound.stream("WordDocument"), tables)
    if not compound.names.isdisjoint({"Workbook", "Book"}):
        return read_spreadsheet(file.name, file.content)
    raise Refused(Note.NO_READER)


_MOST_UNPACKED = 80_000_000  # bytes of XML in a workbook
_BY_KIND: dict[Kind, Callable[[str, bytes], Extracted]] = {
    Kind.PDF: read_pdf,
    Kind.RTF: read_rich_text,
    Kind.HTML: read_html,
    Kind.CSV: read_csv,
    Kind.TEXT: read_text,
}
_WITH_FILES: dict[Kind, Callable[[File, list[File]], Extracted]] = {
    Kind.OLE: _compound,
    Kind.TNEF: _winmail,
    Kind.LETTER: _letter,
}
