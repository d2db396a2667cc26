r"""Rich Text Format (.rtf, also under the name .doc; RTF 1.9.1): body, tables, headers, footers, text boxes, notes.

Left out: hidden text (`\v`), deleted text (`\deleted`), pictures, field codes and what an unknown `\*` group holds.
Struck-out text is marked. Reads letters by the code page of their font or of the document.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.loose_rows import LooseRows
from intake.attachments.paper import Paper

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\([^a-zA-Z0-9])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object objdata fldinst datafield themedata colorschememapping listtable "
    b"listoverridetable rsidtbl revtbl xmlnstbl latentstyles filetbl generator sp annotation atnid atnauthor bkmkstart "
    b"bkmkend xe tc nonshppict template shprslt nonesttables".split()
)
_READ_STARRED = frozenset(b"shpinst shptxt dptxbxtext fldrslt nesttableprops footnote".split())
_MARGINS = frozenset(b"header headerl headerr headerf footer footerl footerr footerf".split())
_ASIDE = _MARGINS | {b"footnote", b"shptxt", b"dptxbxtext"}
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 161: "cp1253", 162: "cp1254", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    238: "cp1250",
}  # fmt: skip
_SYMBOLS = {
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•",
    b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_ESCAPED = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\"}
_FONT = re.compile(rb"\\f(\d{1,6})(?:\\[a-z]{1,20}-?\d{0,6} ?){0,6}?\\fcharset(\d{1,3})")
_FONTS_WITHIN = 400_000  # bytes in which the table of fonts stands
_DEEPEST = 2_000  # open groups
_FIRST_HALVES, _SECOND_HALVES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_PICTURE_FONT = range(0xF020, 0xF100)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds within one pair of braces."""

    skipped: bool = False
    aside: bool = False
    margin: bool = False
    hidden: bool = False
    struck: bool = False
    codec: str = ""
    repeats: int = 1  # characters after each `\\u` that repeat it for older programs
    fresh: bool = False  # nothing stood in the group so far
    starred: bool = False


@dataclass(slots=True)
class _Rows(LooseRows):
    r"""Tables with what `\trowd` says about the cells of a row: whether they belong to the one above."""

    continues: list[bool] = field(default_factory=list)
    next_continues: bool = False


@dataclass(slots=True)
class _State:
    """A document while it is read."""

    paper: Paper
    codec: str
    fonts: dict[int, str]
    now: _Group = field(default_factory=_Group)
    open: list[_Group] = field(default_factory=list)
    letters: bytearray = field(default_factory=bytearray)  # not decoded yet
    passing: int = 0  # characters still to be passed over after a `\\u`
    half: int = 0  # first half of a letter beyond the basic plane
    rows: list[_Rows] = field(default_factory=list)


def read_rich_text(name: str, content: bytes) -> Extracted:
    """The text of an RTF document."""
    declared = re.search(rb"\\ansicpg(\d{3,5})", content[:4_000])
    paper = Paper()
    state = _State(
        paper, _known(declared.group(1).decode()) if declared else "cp1251", _fonts(content), rows=[_Rows(paper)]
    )
    note, position = Note.READ, 0
    try:
        while position < len(content):
            position = _step(state, content, position)
        _flush(state)
    except Refused as refused:
        note = refused.note
    return extracted(name, state.paper.rendered(), note)


def _known(number: str) -> str:
    try:
        return codecs.lookup(f"cp{int(number)}").name
    except LookupError:
        return "cp1251"


def _fonts(content: bytes) -> dict[int, str]:
    """The code page of each font that names one."""
    pairs = ((int(font), int(charset)) for font, charset in _FONT.findall(content[:_FONTS_WITHIN]))
    return {font: _CHARSETS[charset] for font, charset in pairs if charset in _CHARSETS}


def _step(state: _State, content: bytes, position: int) -> int:
    """Read one token; the place after it is returned."""
    token = _TOKEN.match(content, position)
    if token is None:
        return position + 1
    word, number, coded, escaped, brace, text = token.groups()
    if word:
        if word == b"bin" and number:
            return token.end() + max(0, int(number))
        _word(state, word, int(number) if number else None)
    elif text:
        _text(state, text)
    elif coded:
        _text(state, bytes.fromhex(coded.replace(b"\\'", b"").decode()))
    elif brace:
        _flush(state)
        state.passing = 0
        _open(state) if brace == b"{" else _close(state)
    elif escaped:
        _escaped(state, escaped)
    return token.end()


def _open(state: _State) -> None:
    if len(state.open) >= _DEEPEST:
        raise Refused(Note.BROKEN)
    state.open.append(state.now)
    state.now = replace(state.now, fresh=True, aside=False, starred=False)


def _close(state: _State) -> None:
    if not state.open:
        return
    if state.now.aside and len(state.rows) > 1:
        state.rows.pop().close()
        state.paper.end_aside(margin=state.now.margin)
    state.now = state.open.pop()


def _escaped(state: _State, mark: bytes) -> None:
    if mark == b"*":
        state.now = replace(state.now, starred=True)
    elif mark in b"\r\n":
        _word(state, b"par", None)
    elif mark in _ESCAPED:
        _put(state, _ESCAPED[mark])


def _text(state: _State, text: bytes) -> None:
    """Letters in the code page that holds."""
    if state.passing:
        passed = min(state.passing, len(text))
        state.passing -= passed
        text = text[passed:]
    if text and not (state.now.skipped or state.now.hidden):
        state.letters += text
    if state.now.fresh:
        state.now = replace(state.now, fresh=False)


def _flush(state: _State) -> None:
    """Decode and put down the letters read so far."""
    if state.letters:
        text = bytes(state.letters).decode(state.now.codec or state.codec, "replace")
        state.letters.clear()
        state.rows[-1].ready()
        state.paper.words(text, struck=state.now.struck)


def _put(state: _State, text: str) -> None:
    _flush(state)
    if not (state.now.skipped or state.now.hidden):
        state.rows[-1].ready()
        state.paper.words(text, struck=state.now.struck)


def _word(state: _State, word: bytes, number: int | None) -> None:
    """Do what a control word says."""
    _flush(state)
    if state.now.fresh:
        state.now = replace(state.now, fresh=False)
        if _destination(state, word):
            return
    if word == b"u" and number is not None:
        _letter(state, number % 0x10000)
        return
    state.passing = 0
    if word in _LOOKS:
        state.now = _LOOKS[word](state, number)
    elif word in _SYMBOLS:
        _put(state, _SYMBOLS[word])
    elif word in _STRUCTURE and not state.now.skipped:
        _STRUCTURE[word](state)


def _destination(state: _State, word: bytes) -> bool:
    """Whether a group begins that is none of the text's, or a text of its own."""
    if word in _SKIPPED or (state.now.starred and word not in _READ_STARRED):
        state.now = replace(state.now, skipped=True)
        return True
    if word in _ASIDE and not state.now.skipped:
        state.now = replace(state.now, aside=True, margin=word in _MARGINS, hidden=False, struck=False)
        state.rows.append(_Rows(state.paper))
        state.paper.begin_aside()
        return True
    return False


def _letter(state: _State, code: int) -> None:
    """A Unicode letter, possibly in two halves; what follows repeats it in an older code page."""
    state.passing = state.now.repeats
    if code in _FIRST_HALVES:
        state.half = code
        return
    if state.half and code in _SECOND_HALVES:
        code = 0x10000 + ((state.half - 0xD800) << 10) + (code - 0xDC00)
    state.half = 0
    if code not in _PICTURE_FONT:
        _put(state, chr(code))


def _definition(state: _State) -> None:
    r"""`\trowd`: what is said about the cells of the row begins anew."""
    rows = state.rows[-1]
    rows.row_begins()
    rows.continues.clear()
    rows.next_continues = False


def _cell_continues(state: _State) -> None:
    state.rows[-1].next_continues = True


def _cell_defined(state: _State) -> None:
    rows = state.rows[-1]
    rows.continues.append(rows.next_continues)
    rows.next_continues = False


def _cell_ends(state: _State) -> None:
    rows = state.rows[-1]
    number = rows.number if rows.row else 0
    rows.cell_ends(continued=number < len(rows.continues) and rows.continues[number])


def _row_begins(state: _State) -> None:
    state.rows[-1].row_begins()


def _row_ends(state: _State) -> None:
    state.rows[-1].row_ends()


def _inner_cell_ends(state: _State) -> None:
    _put(state, " | ")


def _paragraph_ends(state: _State) -> None:
    if not state.now.hidden:
        state.rows[-1].ready()
        state.paper.paragraph_end()


def _line_ends(state: _State) -> None:
    if not state.now.hidden:
        state.rows[-1].ready()
        state.paper.line_break()


def _tab(state: _State) -> None:
    if not state.now.hidden:
        state.rows[-1].ready()
        state.paper.tab()


_STRUCTURE: dict[bytes, Callable[[_State], None]] = {
    b"par": _paragraph_ends,
    b"sect": _paragraph_ends,
    b"page": _paragraph_ends,
    b"line": _line_ends,
    b"tab": _tab,
    b"trowd": _definition,
    b"intbl": _row_begins,
    b"clvmrg": _cell_continues,
    b"cellx": _cell_defined,
    b"cell": _cell_ends,
    b"row": _row_ends,
    b"nestcell": _inner_cell_ends,
    b"nestrow": _line_ends,
}
_LOOKS: dict[bytes, Callable[[_State, int | None], _Group]] = {
    b"v": lambda state, number: replace(state.now, hidden=number != 0),
    b"deleted": lambda state, number: replace(state.now, hidden=number != 0),
    b"strike": lambda state, number: replace(state.now, struck=number != 0),
    b"striked": lambda state, number: replace(state.now, struck=number != 0),
    b"plain": lambda state, _: replace(state.now, hidden=False, struck=False, codec=""),
    b"uc": lambda state, number: replace(state.now, repeats=max(0, min(99, 1 if number is None else number))),
    b"f": lambda state, number: replace(state.now, codec=state.fonts.get(number or 0, "")),
}
