"""Rich Text Format (.rtf, also under the name .doc; RTF 1.9.1): body, tables, headers, footers, text boxes, notes.

Left out: hidden text (`\\v`), deleted text (`\\deleted`), pictures, field codes and what an unknown `\\*` group holds.
Struck-out text is marked. Reads letters by the code page of their font or of the document.
"""

import codecs
import re
from dataclasses import dataclass, field, replace

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.paper import Paper

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z0-9])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object objdata fldinst datafield themedata colorschememapping listtable "
    b"listoverridetable rsidtbl revtbl xmlnstbl latentstyles filetbl generator sp sn sv annotation atnid atnauthor bkmkstart "
    b"bkmkend xe tc nonshppict pntext pntxta pntxtb listtext_none template shprslt".split()
)
_READ_STARRED = frozenset(b"shpinst shptxt dptxbxtext fldrslt nesttableprops footnote".split())
_ASIDE = frozenset(
    b"header headerl headerr headerf footer footerl footerr footerf footnote shptxt dptxbxtext".split()
)
_CHARSETS = {0: "cp1252", 77: "mac-roman", 161: "cp1253", 162: "cp1254", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 238: "cp1250"}  # fmt: skip
_SYMBOLS = {
    b"tab": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•",
    b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_ESCAPED = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\"}
_DEEPEST = 2_000  # open groups
_MOST_UNSEEN = 100  # characters that stand in for one Unicode letter (`\\uc`)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds within one pair of braces."""

    skipped: bool = False
    aside: bool = False
    hidden: bool = False
    struck: bool = False
    codec: str = ""
    replaced: int = 1  # characters after each `\\u` that repeat it for older programs
    fresh: bool = False  # nothing stood in the group so far
    starred: bool = False
    in_table: bool = False


@dataclass(slots=True)
class _State:
    """A document while it is read."""

    paper: Paper
    codec: str
    fonts: dict[int, str]
    now: _Group = field(default_factory=_Group)
    open: list[_Group] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)  # bytes of letters that are not decoded yet
    unseen: int = 0  # characters still to be passed over after a `\\u`
    high: int = 0  # first half of a letter beyond the basic plane
    tables: list[bool] = field(default_factory=list)  # open tables, by aside; True while a row is open


def read_rich_text(name: str, content: bytes) -> Extracted:
    """The text of an RTF document."""
    state = _State(Paper(), _document_codec(content), _fonts(content))
    note = Note.READ
    try:
        position = 0
        while position < len(content):
            position = _step(state, content, position)
        _flush(state)
    except Refused as refused:
        note = refused.note
    return extracted(name, state.paper.rendered(), note)


def _document_codec(content: bytes) -> str:
    found = re.search(rb"\\ansicpg(\d{3,5})", content[:4_000])
    return _known(f"cp{int(found.group(1))}") if found else "cp1251"


def _known(codec: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return "cp1251"


def _fonts(content: bytes) -> dict[int, str]:
    """The code page of each font that names one."""
    found = re.finditer(rb"\\f(\d{1,6})(?:\\[a-z]{1,20}-?\d{0,6} ?){0,6}?\\fcharset(\d{1,3})", content[:400_000])
    return {int(font): _CHARSETS[int(charset)] for font, charset in (m.groups() for m in found) if int(charset) in _CHARSETS}


def _step(state: _State, content: bytes, position: int) -> int:
    """Read one token; the place after it is returned."""
    token = _TOKEN.match(content, position)
    if token is None:
        return position + 1
    word, number, letter, escaped, brace, text = token.groups()
    end = token.end()
    if brace:
        _flush(state)
        _brace(state, brace)
    elif word:
        if word == b"bin" and number:
            return end + max(0, int(number))
        _word(state, word, int(number) if number else None)
    elif letter:
        _byte(state, int(letter, 16))
    elif escaped:
        _escaped(state, escaped)
    elif text:
        _text(state, text)
    return end


def _brace(state: _State, brace: bytes) -> None:
    state.unseen = 0
    if brace == b"{":
        if len(state.open) >= _DEEPEST:
            raise Refused(Note.BROKEN)
        state.open.append(state.now)
        state.now = replace(state.now, fresh=True, aside=False, starred=False)
    elif state.open:
        if state.now.aside:
            if state.tables and len(state.tables) > 1 and state.tables.pop():
                state.paper.end_table()
            state.paper.end_aside()
        state.now = state.open.pop()


def _escaped(state: _State, mark: bytes) -> None:
    if mark == b"*":
        state.now = replace(state.now, starred=True)
    elif mark in b"\r\n":
        _word(state, b"par", None)
    elif mark in _ESCAPED:
        _put(state, _ESCAPED[mark])


def _text(state: _State, text: bytes) -> None:
    if state.unseen:
        passed = min(state.unseen, len(text))
        state.unseen -= passed
        text = text[passed:]
    if text:
        state.now = replace(state.now, fresh=False) if state.now.fresh else state.now
        state.pending += text if not (state.now.skipped or state.now.hidden) else b""


def _byte(state: _State, byte: int) -> None:
    if state.unseen:
        state.unseen -= 1
    elif not (state.now.skipped or state.now.hidden):
        state.pending.append(byte)


def _flush(state: _State) -> None:
    """Decode and put down the letters read so far."""
    if state.pending:
        text = bytes(state.pending).decode(state.now.codec or state.codec, "replace")
        state.pending.clear()
        state.paper.words(text, struck=state.now.struck)


def _put(state: _State, text: str) -> None:
    _flush(state)
    if state.now.skipped or state.now.hidden:
        return
    if text == "\t":
        state.paper.tab()
    else:
        state.paper.words(text, struck=state.now.struck)


def _word(state: _State, word: bytes, number: int | None) -> None:
    """Do what a control word says."""
    _flush(state)
    fresh, state.now = state.now.fresh, replace(state.now, fresh=False)
    if fresh and _destination(state, word):
        return
    if word == b"u" and number is not None:
        _letter(state, number % 0x10000)
        return
    state.unseen = 0
    if word in _SYMBOLS:
        _put(state, _SYMBOLS[word])
    elif word in _LOOKS:
        state.now = _LOOKS[word](state, number)
    elif not state.now.skipped:
        _structure(state, word)


def _destination(state: _State, word: bytes) -> bool:
    """Whether a group is none of the text's, or a text of its own."""
    if word in _SKIPPED or (state.now.starred and word not in _READ_STARRED):
        state.now = replace(state.now, skipped=True)
        return True
    if word in _ASIDE and not state.now.skipped:
        state.now = replace(state.now, aside=True, hidden=False, struck=False)
        state.tables.append(False) if state.tables else state.tables.extend((False, False))
        state.paper.begin_aside()
        return True
    return False


def _letter(state: _State, code: int) -> None:
    """A Unicode letter, possibly in two halves; what follows repeats it."""
    state.unseen = state.now.replaced
    if 0xD800 <= code < 0xDC00:  # noqa: PLR2004 - the first halves
        state.high = code
        return
    if state.high and 0xDC00 <= code < 0xE000:  # noqa: PLR2004 - the second halves
        code = 0x10000 + ((state.high - 0xD800) << 10) + (code - 0xDC00)
    state.high = 0
    if 0xF020 <= code <= 0xF0FF:  # noqa: PLR2004 - pictures of a symbol font
        return
    _put(state, chr(code))


def _structure(state: _State, word: bytes) -> None:
    """Paragraphs, rows and cells."""
    if not state.tables:
        state.tables.append(False)
    if word in {b"cell", b"nestcell"}:
        _open_row(state)
        state.paper.end_cell()
        state.paper.begin_cell()
    elif word in {b"row", b"nestrow"}:
        if state.tables[-1]:
            state.paper.drop_cell()
            state.paper.begin_row()
            state.paper.begin_cell()
    elif word == b"intbl":
        _open_row(state)
    elif word == b"pard":
        state.now = replace(state.now, in_table=False)
    elif word in {b"par", b"sect", b"page", b"line"}:
        state.paper.paragraph_end() if word != b"line" else state.paper.line_break()


def _open_row(state: _State) -> None:
    if not state.tables[-1]:
        state.tables[-1] = True
        state.paper.begin_table()
        state.paper.begin_row()
        state.paper.begin_cell()
