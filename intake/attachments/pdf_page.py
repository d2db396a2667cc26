"""The marks on one page of a PDF: pieces of text with their places, and ruled lines (ISO 32000-1, 8 and 9). Pure.

Follows the operators that move, write and rule; colours, pictures and clipping are passed over. Gets fonts and content
as plain values and knows nothing of the file they lie in. Never raises on what the content says.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake.attachments.pdf_marks import SAME, Font, Marks, Matrix, Piece, Resources, Rule, turned

# A string left open ends where it cannot go on: looking for its end again from each bracket in it would take for ever.
_STRING = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\)?+)*+\)?+)*+\)?+"
_HEX = rb"<[0-9A-Fa-f\s]*+>?+"
_TOKEN = re.compile(
    rb"([-+.0-9\s]{0,150}+)([A-Za-z'\"][A-Za-z0-9*]*+)"  # 1 and 2: numbers and their operator
    rb"|<<|>>"
    rb"|("
    + _STRING
    + rb"|"
    + _HEX
    + rb"|\[(?:[^\[\]()<>]|"
    + _STRING
    + rb"|"
    + _HEX
    + rb")*+\]?+)"  # 3: string or array
    rb"|/([^\x00-\x20()<>\[\]{}/%]*+)"  # 4: a name
    rb"|%[^\r\n]*+",
    re.DOTALL,
)
_ITEM = re.compile(rb"(" + _STRING + rb"|" + _HEX + rb")|([-+]?(?:\d+\.?\d*+|\.\d++))", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_DATA = re.compile(rb"\bBI\s[^()]{0,200}?\bID\s")
_DATA_END = re.compile(rb"\sEI(?=\s|$)")
_MOST_TOKENS = 400_000  # of one page with the forms on it
_MOST_PIECES = 20_000
_MOST_RULES = 8_000
_MOST_STATES = 200
_DEEPEST = 6  # forms within forms
_UNSEEN = 3  # the text rendering mode that paints nothing
_SHORT = 6.0  # points up to which a line is no border
_SKEW = 0.05  # sine from which a line is neither level nor upright
_FAR = 1e7


@dataclass(slots=True)
class _State:
    """What `q` saves and `Q` restores."""

    matrix: Matrix = SAME
    font: Font | None = None
    size: float = 0.0
    letter_gap: float = 0.0
    word_gap: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0

    def copy(self) -> "_State":
        return _State(
            self.matrix,
            self.font,
            self.size,
            self.letter_gap,
            self.word_gap,
            self.stretch,
            self.leading,
            self.rise,
            self.mode,
        )


def marks(content: bytes, resources: Resources) -> Marks:
    """The marks on a page."""
    found = Marks()
    _Pen(found, resources, _State()).follow(content)
    return found


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _bytes_of(token: bytes) -> bytes:
    """The bytes that a string says."""
    if token[:1] == b"<":
        digits = b"".join(token.strip(b"<>").split())
        return bytes.fromhex((digits + b"0" if len(digits) % 2 else digits).decode("ascii"))
    body = token[1:-1] if token.endswith(b")") else token[1:]
    return _ESCAPE.sub(_unescaped, body) if b"\\" in body else body


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, other = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    return _ESCAPED.get(other, other)


def _numbers(raw: bytes) -> list[float]:
    """The operands before an operator; none if one of them is no number."""
    try:
        return [*map(float, raw.split())]
    except ValueError:
        return []


def _without_pictures(content: bytes) -> bytes:
    """The content without the bytes of pictures that lie in it (`BI ... ID ... EI`)."""
    kept, at = [], 0
    while (begin := _DATA.search(content, at)) is not None:
        end = _DATA_END.search(content, begin.end())
        if end is None:
            break
        kept.append(content[at : begin.start()])
        at = end.end()
    return b" ".join([*kept, content[at:]]) if kept else content


class _Pen:
    """Follows the operators of one content."""

    def __init__(self, found: Marks, resources: Resources, state: _State, depth: int = 0) -> None:
        self._found = found
        self._resources = resources
        self._now = state
        self._depth = depth
        self._saved: list[_State] = []
        self._text = self._line = SAME
        self._path: list[tuple[float, float, float, float]] = []
        self._at = self._begun = (0.0, 0.0)

    def follow(self, content: bytes) -> None:
        """Read the content to its end, or as far as is read of one page."""
        name = ""
        strings: list[bytes] = []
        for token in _TOKEN.finditer(_without_pictures(content)):
            numbers, operator, string, named = token.groups()
            if string is not None:
                strings.append(string)
            elif named is not None:
                name = named.decode("latin-1")
            elif operator in _ACTS:
                self._found.tokens += 1
                _ACTS[operator](self, _numbers(numbers), name, strings)
                strings = []
                if self._found.tokens > _MOST_TOKENS or len(self._found.pieces) > _MOST_PIECES:
                    self._found.cut = True
                    return
            elif strings:
                strings = []

    def save(self, *_: object) -> None:
        if len(self._saved) < _MOST_STATES:
            self._saved.append(self._now.copy())

    def restore(self, *_: object) -> None:
        if self._saved:
            self._now = self._saved.pop()

    def concatenate(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) == len(SAME):
            self._now.matrix = _times(tuple(numbers), self._now.matrix)  # type: ignore[arg-type]  # six of them

    def draw(self, _: Sequence[float], name: str, __: object) -> None:
        form = self._resources.form(name) if self._depth < _DEEPEST else None
        if form is not None:
            state = self._now.copy()
            state.matrix = _times(form.matrix, state.matrix)
            _Pen(self._found, form.resources, state, self._depth + 1).follow(form.content)

    def begin_text(self, *_: object) -> None:
        self._text = self._line = SAME

    def choose_font(self, numbers: Sequence[float], name: str, _: object) -> None:
        self._now.font = self._resources.font(name)
        self._now.size = numbers[-1] if numbers else self._now.size

    def gap_letters(self, numbers: Sequence[float], *_: object) -> None:
        self._now.letter_gap = numbers[-1] if numbers else 0.0

    def gap_words(self, numbers: Sequence[float], *_: object) -> None:
        self._now.word_gap = numbers[-1] if numbers else 0.0

    def stretch(self, numbers: Sequence[float], *_: object) -> None:
        self._now.stretch = numbers[-1] / 100 if numbers else 1.0

    def lead(self, numbers: Sequence[float], *_: object) -> None:
        self._now.leading = numbers[-1] if numbers else 0.0

    def rise(self, numbers: Sequence[float], *_: object) -> None:
        self._now.rise = numbers[-1] if numbers else 0.0

    def mode(self, numbers: Sequence[float], *_: object) -> None:
        self._now.mode = int(numbers[-1]) if numbers and abs(numbers[-1]) < _FAR else 0

    def move(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) > 1:
            self._text = self._line = _times((1, 0, 0, 1, numbers[-2], numbers[-1]), self._line)

    def move_leading(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) > 1:
            self._now.leading = -numbers[-1]
            self.move(numbers)

    def place(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) == len(SAME):
            self._text = self._line = tuple(numbers)  # type: ignore[assignment]  # six of them

    def next_line(self, *_: object) -> None:
        self.move((0.0, -self._now.leading))

    def show(self, _: Sequence[float], __: str, strings: Sequence[bytes]) -> None:
        """One string, or an array of strings and the moves between them."""
        if not strings:
            return
        if strings[-1][:1] != b"[":
            self._write(_bytes_of(strings[-1]))
            return
        for item in _ITEM.finditer(strings[-1]):
            if item[1] is not None:
                self._write(_bytes_of(item[1]))
            else:
                self._advance(-float(item[2]) / 1000 * self._now.size * self._now.stretch)

    def show_on_next_line(self, numbers: Sequence[float], name: str, strings: Sequence[bytes]) -> None:
        self.next_line()
        self.show(numbers, name, strings)

    def show_spaced(self, numbers: Sequence[float], name: str, strings: Sequence[bytes]) -> None:
        if len(numbers) > 1:
            self._now.word_gap, self._now.letter_gap = numbers[-2], numbers[-1]
        self.show_on_next_line(numbers, name, strings)

    def _advance(self, by: float) -> None:
        a, b, c, d, e, f = self._text
        self._text = (a, b, c, d, e + by * a, f + by * b)

    def _write(self, raw: bytes) -> None:
        now = self._now
        if now.font is None or not raw:
            return
        font = now.font
        coded = raw.decode(font.codec, "replace")
        step = sum(map(font.widths.__getitem__, map(ord, coded))) / 1000 * now.size + len(coded) * now.letter_gap
        if now.word_gap and len(raw) == len(coded):
            step += raw.count(b" ") * now.word_gap
        step *= now.stretch
        text = coded if font.letters is None else coded.translate(font.letters)
        place = _times(self._text, now.matrix)
        if now.rise:
            place = _times((1, 0, 0, 1, 0, now.rise), place)
        self._advance(step)
        self._put(text, step, place)

    def _put(self, text: str, step: float, place: Matrix) -> None:
        """Put letters down; what lies off any page or is not painted is not put."""
        a, b, c, d, x, y = place
        along = math.hypot(a, b)
        size = abs(self._now.size) * math.hypot(c, d)
        if not text.strip() or not along or not all(map(math.isfinite, place)) or max(abs(x), abs(y)) > _FAR:
            return
        if self._now.mode == _UNSEEN:
            self._found.unseen += len(text)
        length = min(step * along, _FAR) if math.isfinite(step) else 0.0
        turn = round(math.atan2(b, a) / (math.pi / 2)) % 4
        along_x, across_y = turned(x, y, turn)
        self._found.pieces.append(Piece(along_x, along_x + length, across_y, size or 1.0, text, turn))

    def _placed(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self._now.matrix
        return x * a + y * c + e, x * b + y * d + f

    def begin_path(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) > 1:
            self._at = self._begun = self._placed(numbers[-2], numbers[-1])

    def line_to(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) > 1:
            to = self._placed(numbers[-2], numbers[-1])
            self._path.append((*self._at, *to))
            self._at = to

    def close_path(self, *_: object) -> None:
        if self._at != self._begun:
            self._path.append((*self._at, *self._begun))
            self._at = self._begun

    def rectangle(self, numbers: Sequence[float], *_: object) -> None:
        if len(numbers) < 4:  # noqa: PLR2004 - place and size
            return
        x, y, width, height = numbers[-4:]
        corners = [
            self._placed(*corner) for corner in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        ]
        self._path += [(*one, *other) for one, other in zip(corners, corners[1:] + corners[:1], strict=True)]

    def paint(self, *_: object) -> None:
        """The path becomes visible: its level and upright stretches are ruled lines."""
        if len(self._found.rules) < _MOST_RULES:
            self._found.rules += filter(None, map(_ruled, self._path[:_MOST_RULES]))
        self._path = []

    def forget(self, *_: object) -> None:
        self._path = []


def _ruled(stretch: tuple[float, float, float, float]) -> Rule | None:
    x0, y0, x1, y1 = stretch
    if not all(-_FAR < place < _FAR for place in stretch):
        return None
    wide, tall = abs(x1 - x0), abs(y1 - y0)
    straight = (wide > _SHORT and tall <= _SKEW * wide) or (tall > _SHORT and wide <= _SKEW * tall)
    return Rule(*stretch) if straight else None


_Act = Callable[[_Pen, Sequence[float], str, Sequence[bytes]], None]
_ACTS: dict[bytes, _Act] = {
    b"q": _Pen.save,
    b"Q": _Pen.restore,
    b"cm": _Pen.concatenate,
    b"Do": _Pen.draw,
    b"BT": _Pen.begin_text,
    b"Tf": _Pen.choose_font,
    b"Tc": _Pen.gap_letters,
    b"Tw": _Pen.gap_words,
    b"Tz": _Pen.stretch,
    b"TL": _Pen.lead,
    b"Ts": _Pen.rise,
    b"Tr": _Pen.mode,
    b"Td": _Pen.move,
    b"TD": _Pen.move_leading,
    b"Tm": _Pen.place,
    b"T*": _Pen.next_line,
    b"Tj": _Pen.show,
    b"TJ": _Pen.show,
    b"'": _Pen.show_on_next_line,
    b'"': _Pen.show_spaced,
    b"m": _Pen.begin_path,
    b"l": _Pen.line_to,
    b"h": _Pen.close_path,
    b"re": _Pen.rectangle,
    b"S": _Pen.paint,
    b"s": _Pen.paint,
    b"f": _Pen.paint,
    b"F": _Pen.paint,
    b"f*": _Pen.paint,
    b"B": _Pen.paint,
    b"B*": _Pen.paint,
    b"b": _Pen.paint,
    b"b*": _Pen.paint,
    b"n": _Pen.forget,
}
