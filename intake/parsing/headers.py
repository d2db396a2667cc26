"""Header values as text on one line: encoded words (RFC 2047), raw 8-bit bytes and lying charsets.

Never raises; a value never holds a line break or a control character, so that it cannot grow a header of its own when
it is written into a reply.
"""

import binascii
import re
from dataclasses import dataclass
from email.message import Message as MimePart

from intake.parsing.characters import one_line, plain
from intake.parsing.charset import decode, once
from intake.parsing.transfer import base64

_WORD = re.compile(rb"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BREAK = re.compile(r"[\r\n]")
INJECTION = "line break inside a header"


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """One header: lower-case name, the value's bytes unfolded, the value as text, and what was wrong with it."""

    name: str
    raw: bytes
    text: str
    defects: tuple[str, ...] = ()


def header_lines(part: MimePart) -> tuple[HeaderLine, ...]:
    """All headers of a part in order."""
    return tuple(_line(str(name), value) for name, value in part.raw_items())


def _line(name: str, value: object) -> HeaderLine:
    raw = str(value).encode("utf-8", "surrogateescape")
    if b"\n" in raw:
        raw = _FOLD.sub(b"", raw)
    text, defects = header_text(raw)
    return HeaderLine(one_line(name).lower(), raw, text, defects)


def header_text(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """(text on one line, defects) of a header's bytes."""
    if raw.isascii() and b"=?" not in raw:
        return one_line(raw.decode("ascii")), ()
    pieces = list(_pieces(raw))
    text = once("".join(piece for piece, _ in pieces))
    defects = [f"header {defect}" for _, defect in pieces if defect]
    if _BREAK.search(text.strip("\r\n")):
        defects.append(INJECTION)
    defects += plain(text)[1]
    return one_line(text), tuple(dict.fromkeys(defects))


def _pieces(raw: bytes) -> list[tuple[str, str]]:
    """The decoded runs of a value; neighbouring words of one charset are joined before they are decoded."""
    runs: list[tuple[str, bytes]] = []
    position = 0
    for word in _WORD.finditer(raw):
        between = raw[position : word.start()]
        charset = word.group(1).partition(b"*")[0].decode("ascii", "replace").lower()
        content = _content(word.group(2), word.group(3))
        if runs and position and not between.strip():
            if runs[-1][0] == charset:
                runs[-1] = (charset, runs[-1][1] + content)
            else:
                runs.append((charset, content))
        else:
            runs += [("", between), (charset, content)]
        position = word.end()
    runs.append(("", raw[position:]))
    return [decode(content, charset) for charset, content in runs if content]


def _content(kind: bytes, text: bytes) -> bytes:
    if kind in b"bB":
        return base64(text)[0]
    return binascii.a2b_qp(text, header=True)
