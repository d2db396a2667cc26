"""Outlook's winmail.dat (TNEF, [MS-OXTNEF]): the files in it. The letter's own text stands in the letter as well.

Stops where the stream is cut off and hands out what was whole; trusts no length.
"""

import struct
from collections.abc import Iterator

from intake.attachments.extracted import Note, Refused
from intake.parsing.charset import decode

_SIGNATURE = 0x223E9F78
_RENDER, _TITLE, _DATA, _PROPERTIES, _CODE_PAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9007
_LONG_NAME, _SHORT_NAME, _BINARY = 0x3707, 0x3704, 0x3701
_TEXT_8, _TEXT_16, _OBJECT, _BYTES = 0x1E, 0x1F, 0x0D, 0x102
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY = 0x1000  # a property with several values
_NAMED = 0x8000  # first number of the properties that have a name
_MOST = 10_000


def files(content: bytes) -> list[tuple[str, bytes]]:
    """(name, bytes) of the files in a winmail.dat. Raises `Refused` if it is none."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:  # noqa: PLR2004 - signature and key
        raise Refused(Note.BROKEN)
    found: list[dict[str, bytes]] = []
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
    return [(_name(one, code_page), one["data"]) for one in found if one.get("data")]


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
