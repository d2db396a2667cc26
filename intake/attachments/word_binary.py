"""Old binary Word documents (.doc; [MS-DOC], Word 97 to 2003, and the plain text of Word 6/95).

Reads the piece table for the text, the formatting pages for row ends, hidden, deleted and struck-out letters. Left
out: field codes, comments, hidden and deleted text. Gets the streams as bytes; knows nothing of the OLE container.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Flag, auto

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.loose_rows import LooseRows
from intake.attachments.paper import Paper
from intake.parsing.charset import decode

_MAGIC = 0xA5EC
_WORD_97 = 0xC1  # first version with a piece table as read here
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_CHPX, _PAPX, _CLX = 0x00FA, 0x0102, 0x01A2  # where the header says where these lie ([MS-DOC] 2.5.6)
_LENGTHS = 0x004C  # ccpText, ccpFtn, ccpHdd, ccpMcr, ccpAtn, ccpEdn, ccpTxbx, ccpHdrTxbx ([MS-DOC] 2.5.3)
_PAGE = 512
_ROW_END, _IN_TABLE, _VANISH, _DELETED, _STRIKE = 0x2417, 0x2416, 0x083C, 0x0800, 0x0837  # sprms ([MS-DOC] 2.6)
_LONG_TABLE_SPRM = 0xD608
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # operand bytes by the three highest bits of a sprm; 0: the next byte says
_COMPRESSED = 0x40000000
_MOST_PIECES = 200_000
_NEVER = 1 << 60
_BEGIN_FIELD, _SEPARATE_FIELD, _END_FIELD = "\x13\x14\x15"
_CELL_END, _HYPHEN, _LINE_ENDS = "\x07", "\x1e", "\r\x0b\x0c\n"
_TOKEN = re.compile(r"[\x00-\x1f]|[^\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of the text: characters from `first`, stored at `place` with `width` bytes each."""

    first: int
    last: int
    place: int
    width: int


class _Look(Flag):
    """How a run of letters or a paragraph looks."""

    PLAIN = 0
    UNSEEN = auto()
    STRUCK = auto()
    IN_TABLE = auto()
    ROW_END = auto()


class _Looks:
    """The looks of the stream by place: of letters, or of paragraphs."""

    def __init__(self, runs: Iterable[tuple[int, int, _Look]]) -> None:
        looks: dict[int, _Look] = {}
        for first, last, look in runs:
            looks[first] = look
            looks.setdefault(last, _Look.PLAIN)
        self._starts = sorted(looks)
        self._looks = [looks[start] for start in self._starts]

    def at(self, place: int) -> tuple[_Look, int]:
        """(look, place where the next one begins)."""
        number = bisect_right(self._starts, place)
        following = self._starts[number] if number < len(self._starts) else _NEVER
        return (self._looks[number - 1] if number else _Look.PLAIN), following


def read_word_binary(name: str, main: bytes, tables: dict[str, bytes]) -> Extracted:
    """The text of a document; `tables` are the streams `0Table` and `1Table`. Raises `Refused` if it cannot be read."""
    try:
        magic, version = struct.unpack_from("<HH", main)
        flags = struct.unpack_from("<H", main, 10)[0]
        if flags & _ENCRYPTED:
            raise Refused(Note.LOCKED)
        if version < _WORD_97:
            return _old(name, main)
        if magic != _MAGIC:
            raise Refused(Note.BROKEN)
        table = tables.get("1Table" if flags & _TABLE_1 else "0Table", b"")
        return _read(name, main, table)
    except (struct.error, IndexError):
        raise Refused(Note.BROKEN) from None


def _old(name: str, main: bytes) -> Extracted:
    """Word 6/95: one run of 8-bit letters."""
    first, last = struct.unpack_from("<II", main, 0x18)
    return _written(name, [(decode(main[first:last], "cp1251")[0], _NEVER, 0)], _Looks(()), _Looks(()))


def _read(name: str, main: bytes, table: bytes) -> Extracted:
    lengths = struct.unpack_from("<8i", main, _LENGTHS)
    comments = (sum(lengths[:4]), sum(lengths[:5]))
    letters = _Looks((first, last, _letters(had)) for first, last, had in _formatted(main, table, _CHPX, 1))
    paragraphs = _Looks((first, last, _paragraph(had)) for first, last, had in _formatted(main, table, _PAPX, 13))
    return _written(name, _runs(main, list(_pieces(main, table)), comments), letters, paragraphs)


def _letters(had: dict[int, int]) -> _Look:
    unseen = (had.get(_VANISH, 0) | had.get(_DELETED, 0)) & 1
    return (_Look.UNSEEN if unseen else _Look.PLAIN) | (_Look.STRUCK if had.get(_STRIKE, 0) & 1 else _Look.PLAIN)


def _paragraph(had: dict[int, int]) -> _Look:
    row_end = _Look.ROW_END if had.get(_ROW_END) else _Look.PLAIN
    return row_end | (_Look.IN_TABLE if had.get(_IN_TABLE) else _Look.PLAIN)


def _pieces(main: bytes, table: bytes) -> Iterator[_Piece]:
    """The piece table ([MS-DOC] 2.8.35)."""
    start, length = struct.unpack_from("<II", main, _CLX)
    at, end = start, min(start + length, len(table))
    while at < end and table[at] == 1:
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at >= end or table[at] != 2:  # noqa: PLR2004 - the mark of the piece table
        raise Refused(Note.BROKEN)
    count = (struct.unpack_from("<I", table, at + 1)[0] - 4) // 12
    at += 5
    if not 0 < count <= _MOST_PIECES:
        raise Refused(Note.BROKEN)
    positions = struct.unpack_from(f"<{count + 1}I", table, at)
    at += 4 * (count + 1)
    for number in range(count):
        place = struct.unpack_from("<I", table, at + 8 * number + 2)[0]
        narrow = bool(place & _COMPRESSED)
        begin = (place & (_COMPRESSED - 1)) // (2 if narrow else 1)
        yield _Piece(positions[number], positions[number + 1], begin, 1 if narrow else 2)


def _formatted(main: bytes, table: bytes, where: int, step: int) -> Iterator[tuple[int, int, dict[int, int]]]:
    """(first place, last place, properties) of each run of one kind ([MS-DOC] 2.9.33 and 2.9.174)."""
    start, length = struct.unpack_from("<II", main, where)
    count = max(0, (min(length, len(table) - start) - 4) // 8)
    for number in range(count):
        page_number = struct.unpack_from("<I", table, start + 4 * (count + 1 + number))[0] & 0x3FFFFF
        page = main[page_number * _PAGE : (page_number + 1) * _PAGE]
        if len(page) < _PAGE:
            continue
        runs = page[-1]
        if 4 * (runs + 1) + step * runs > _PAGE - 1:
            continue
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for run in range(runs):
            offset = 2 * page[4 * (runs + 1) + step * run]
            yield places[run], places[run + 1], _properties(page, offset, paragraph=step > 1) if offset else {}


def _properties(page: bytes, offset: int, *, paragraph: bool) -> dict[int, int]:
    """The one-byte properties in a formatting page at `offset`."""
    size = page[offset]  # of the last byte at most: an offset is one byte, doubled
    begin = offset + 1
    if paragraph:
        if size == 0:
            size, begin = 2 * page[offset + 1], offset + 2
        else:
            size = 2 * size - 1
    end = min(begin + size, _PAGE - 1)
    at = begin + (2 if paragraph else 0)  # a paragraph's style comes first
    found: dict[int, int] = {}
    while at + 2 < end:
        sprm = page[at] | page[at + 1] << 8
        at += 2
        width = _SIZES[sprm >> 13]
        if not width:
            width = (page[at] | page[at + 1] << 8) + 1 if sprm == _LONG_TABLE_SPRM else page[at] + 1
        found[sprm] = page[at]
        at += width
    return found


def _runs(main: bytes, pieces: list[_Piece], comments: tuple[int, int]) -> Iterator[tuple[str, int, int]]:
    """(text, place in the stream, bytes a letter) of each piece, comments left out."""
    for piece in pieces:
        for first, last in _without((piece.first, piece.last), comments):
            begin = piece.place + (first - piece.first) * piece.width
            raw = main[begin : begin + (last - first) * piece.width]
            yield raw.decode("utf-16-le" if piece.width > 1 else "cp1252", "replace"), begin, piece.width


def _without(run: tuple[int, int], hole: tuple[int, int]) -> Iterator[tuple[int, int]]:
    if run[0] < min(run[1], hole[0]):
        yield run[0], min(run[1], hole[0])
    if max(run[0], hole[1]) < run[1]:
        yield max(run[0], hole[1]), run[1]


def _written(name: str, runs: Iterable[tuple[str, int, int]], letters: _Looks, paragraphs: _Looks) -> Extracted:
    """Put the runs of a text down."""
    writer = _Writer(letters, paragraphs)
    note = Note.READ
    try:
        for text, begin, width in runs:
            for token in _TOKEN.finditer(text):
                writer.token(token.group(), begin + token.start() * width, width)
        writer.rows.close()
    except Refused as refused:
        note = refused.note
    return extracted(name, writer.paper.rendered(), note)


class _Writer:
    """Writes the letters and marks of a document on paper."""

    def __init__(self, letters: _Looks, paragraphs: _Looks) -> None:
        self.paper = Paper()
        self.rows = LooseRows(self.paper)
        self._letters = letters
        self._paragraphs = paragraphs
        self._fields: list[bool] = []  # open fields: whether their code is being read

    def token(self, text: str, place: int, width: int) -> None:
        """One mark, or letters between two marks."""
        if text == _BEGIN_FIELD:
            self._fields.append(True)
        elif text == _SEPARATE_FIELD and self._fields:
            self._fields[-1] = False
        elif text == _END_FIELD and self._fields:
            self._fields.pop()
        elif not any(self._fields):
            self._mark(text, place) if text < " " else self._words(text, place, width)

    def _mark(self, mark: str, place: int) -> None:
        look = self._paragraphs.at(place)[0]
        if mark == _CELL_END:
            if _Look.ROW_END in look:
                self.rows.row_ends()
            else:
                self.rows.cell_ends()
        elif mark in _LINE_ENDS:
            self._begin(look)
            self.paper.line_break()
        elif mark == "\t":
            self.paper.tab()
        elif mark == _HYPHEN:
            self.paper.words("-")

    def _begin(self, look: _Look) -> None:
        if _Look.IN_TABLE in look:
            self.rows.row_begins()
        self.rows.ready()

    def _words(self, text: str, place: int, width: int) -> None:
        """Letters, run by run of one look."""
        self._begin(self._paragraphs.at(place)[0])
        done = 0
        while done < len(text):
            look, following = self._letters.at(place + done * width)
            many = max(1, (following - place) // width - done) if width else len(text)
            if _Look.UNSEEN not in look:
                self.paper.words(text[done : done + many], struck=_Look.STRUCK in look)
            done += many
