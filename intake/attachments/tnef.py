"""Outlook's winmail.dat (TNEF, [MS-OXTNEF]): the letter's own text, which may stand nowhere else, and the files in it.

Stops where the stream is cut off and hands out what was whole; trusts no length.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from intake.attachments.extracted import Note, Refused
from intake.parsing.charset import decode

_SIGNATURE = 0x223E9F78
_RENDER, _TITLE, _DATA, _PROPERTIES, _CODE_PAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9007
_LONG_NAME, _SHORT_NAME, _BINARY = 0x3707, 0x3704, 0x3701
_BODY, _LETTER = 0x800C, 0x9003  # the text of old Outlooks; the properties of the letter
_TEXT, _RICH_TEXT, _WEB_TEXT = 0x1000, 0x1009, 0x1013
_RICH_HEAD, _PACKED, _WINDOW, _MOST_RICH = 16, 0x75465A4C, 4_096, 8_000_000
_DICTIONARY = (  # what the window holds at first ([MS-OXRTFCP] 2.1.2.1)
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TEXT_8, _TEXT_16, _OBJECT, _BYTES = 0x1E, 0x1F, 0x0D, 0x102
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY = 0x1000  # a property with several values
_NAMED = 0x8000  # first number of the properties that have a name
_MOST = 10_000


@dataclass(slots=True)
class Winmail:
    """What lies in a winmail.dat: the letter's text in the forms that are there, and (name, bytes) of its files."""

    plain: str = ""
    web: bytes = b""
    rich: bytes = b""
    files: list[tuple[str, bytes]] = field(default_factory=list)


def winmail(content: bytes) -> Winmail:
    """What lies in a winmail.dat. Raises `Refused` if it is none."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:  # noqa: PLR2004 - signature and key
        raise Refused(Note.BROKEN)
    found: list[dict[str, bytes]] = []
    opened = Winmail()
    code_page = "cp1251"
    for attribute, data in _attributes(content):
        if attribute == _CODE_PAGE and len(data) >= 4:  # noqa: PLR2004 - one number
            code_page = f"cp{struct.unpack_from('<I', data)[0]}"
        elif attribute == _RENDER:
            found.append({})
        elif found and attribute == _TITLE:
            found[-1].setdefault("title", data)
        elif found and attribute == _DATA:
            found[-1]["data"] = data
        elif found and attribute == _PROPERTIES:
            _mapi(data, found[-1])
        elif attribute == _BODY:
            opened.plain = decode(data.rstrip(b"\0"), code_page)[0]
        elif attribute == _LETTER:
            _texts(data, code_page, opened)
    opened.files = [(_name(one, code_page), one["data"]) for one in found if one.get("data")]
    return opened


def _texts(data: bytes, code_page: str, opened: Winmail) -> None:
    """The letter's text among the properties of the letter ([MS-OXCMSG] 2.2.1.58)."""
    try:
        for kind, number, value in _properties(data):
            if number == _TEXT and kind in {_TEXT_8, _TEXT_16}:
                wide = value.decode("utf-16-le", "replace") if kind == _TEXT_16 else decode(value, code_page)[0]
                opened.plain = wide.rstrip("\0")
            elif number == _WEB_TEXT and kind in {_BYTES, _TEXT_8}:
                opened.web = value.rstrip(b"\0")
            elif number == _RICH_TEXT and kind == _BYTES:
                opened.rich = unpacked(value)
    except (struct.error, KeyError):
        return


def unpacked(raw: bytes) -> bytes:
    """Rich text as it was before its packing ([MS-OXRTFCP]); what can be had of a damaged one."""
    if len(raw) < _RICH_HEAD:
        return b""
    _, size, kind = struct.unpack_from("<III", raw)
    if kind != _PACKED:
        return raw[_RICH_HEAD : _RICH_HEAD + size]
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    out, at, place = bytearray(), _RICH_HEAD, len(_DICTIONARY)
    while at < len(raw) and len(out) < min(size, _MOST_RICH):
        flags, at = raw[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                new = raw[at : at + 1]
                at += 1
            else:
                token = int.from_bytes(raw[at : at + 2], "big")
                at += 2
                if token >> 4 == place or at > len(raw):
                    return bytes(out)
                new = _copied(window, token >> 4, (token & 15) + 2, place)
            for byte in new:
                window[place] = byte
                place = (place + 1) % _WINDOW
            out += new
    return bytes(out)


def _copied(window: bytearray, start: int, length: int, place: int) -> bytes:
    """A run from the window, which may reach into what it writes itself."""
    made = bytearray()
    for step in range(length):
        source = (start + step) % _WINDOW
        ahead = (source - place) % _WINDOW
        made.append(made[ahead] if ahead < len(made) else window[source])
    return bytes(made)


def _name(one: dict[str, bytes], code_page: str) -> str:
    if "wide" in one:
        return one["wide"].decode("utf-16-le", "replace").rstrip("\0")
    return decode((one.get("long") or one.get("title") or b"file").rstrip(b"\0"), code_page)[0]


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, data) of each attribute ([MS-OXTNEF] 2.1.3.1)."""
    at = 6
    for _ in range(_MOST):
        if at + 9 > len(content):
            return
        _, number, _, length = struct.unpack_from("<BHHI", content, at)
        if at + 9 + length > len(content):
            return
        yield number, content[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _mapi(data: bytes, one: dict[str, bytes]) -> None:
    """The long file name and, if there, the bytes among a file's properties ([MS-OXTNEF] 2.1.3.4)."""
    try:
        for kind, number, value in _properties(data):
            if number == _LONG_NAME and kind == _TEXT_16:
                one["wide"] = value
            elif number in {_LONG_NAME, _SHORT_NAME} and kind == _TEXT_8:
                one["long" if number == _LONG_NAME else "title"] = value
            elif number == _BINARY and kind == _BYTES:
                one.setdefault("data", value)
    except (struct.error, KeyError):
        return


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, number, value) of each property; only the first of several values."""
    at = 4
    for _ in range(min(_MOST, struct.unpack_from("<I", data)[0])):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= _NAMED:
            at = _past_name(data, at)
        plain = kind & ~_MANY
        many = 1
        if kind & _MANY or plain in {_TEXT_8, _TEXT_16, _OBJECT, _BYTES}:
            many = min(_MOST, struct.unpack_from("<I", data, at)[0])
            at += 4
        for _ in range(many):
            length = _FIXED.get(plain)
            if length is None:
                if plain not in {_TEXT_8, _TEXT_16, _OBJECT, _BYTES}:
                    return
                length = struct.unpack_from("<I", data, at)[0]
                at += 4
            if at + length > len(data):
                return
            yield plain, number, data[at : at + length]
            at += length + -length % 4


def _past_name(data: bytes, at: int) -> int:
    """The place after the name of a named property."""
    if struct.unpack_from("<I", data, at + 16)[0] == 0:
        return at + 24
    length: int = struct.unpack_from("<I", data, at + 20)[0]
    return at + 24 + length + -length % 4
