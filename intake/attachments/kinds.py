"""Which format a file really has: by its first bytes, then by what is inside, last by its name. Reads no text.

A name and a declared type are claims; `.doc` files that are RTF, HTML or a docx are common.
"""

import re
from enum import StrEnum, auto

_HTML = re.compile(
    rb"\s*(?:<!--.{0,300}?-->\s*)?<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE | re.DOTALL
)
_MIME = re.compile(rb"(?im)^mime-version:[^\n]{0,80}$")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_PHOTOGRAPHS = frozenset((b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"))
_SIGNATURE_TYPES = frozenset(
    ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
)
_SIGNATURES = (".p7s", ".sig", ".sgn", ".asc")
_LETTERS = (".eml", ".mht", ".mhtml")
_SHEETS = (".csv", ".tsv")
_LOOK = 4_096
_BINARY_SHARE = 0.02  # share of control characters from which a file is no text
_SHORTEST = 4  # letters of UTF-16 below which it cannot be told
_OTHER_SHARE = 0.05  # share of letters that are neither Latin nor Cyrillic in a text of UTF-16
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x1a"))


class Kind(StrEnum):
    """A format by the reader it needs."""

    ZIP = auto()
    OLE = auto()
    PDF = auto()
    RTF = auto()
    TNEF = auto()
    HTML = auto()
    LETTER = auto()
    CSV = auto()
    TEXT = auto()
    IMAGE = auto()
    SIGNATURE = auto()
    EMPTY = auto()
    UNKNOWN = auto()


_MAGIC: tuple[tuple[tuple[bytes, ...], Kind], ...] = (
    ((b"PK\x03\x04", b"PK\x05\x06"), Kind.ZIP),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), Kind.OLE),
    ((b"\x78\x9f\x3e\x22",), Kind.TNEF),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"\0\0\1\0"), Kind.IMAGE),
    (
        (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"MZ", b"\x7fELF", b"BZh9", b"\xfd7zXZ", b"ID3", b"OggS"),
        Kind.UNKNOWN,
    ),
)


def kind_of(name: str, content: bytes, declared: str = "") -> Kind:
    """The format of a file."""
    head = content[:_LOOK]
    if not content.strip(b"\0\r\n\t "):
        return Kind.EMPTY
    known = _by_magic(head)
    if known is not None:
        return known
    if name.lower().endswith(_SIGNATURES) or declared in _SIGNATURE_TYPES:
        return Kind.SIGNATURE
    return _text_kind(name.lower(), head, declared) if _is_text(head) else Kind.UNKNOWN


def _by_magic(head: bytes) -> Kind | None:
    """The format that the first bytes tell."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"{\\rt"):
        return Kind.RTF
    is_bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    return Kind.IMAGE if is_bitmap or head[4:12] in _PHOTOGRAPHS or head[8:12] == b"WEBP" else None


def _text_kind(ending: str, head: bytes, declared: str) -> Kind:
    """What kind of text a text is."""
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return Kind.HTML
    if _is_letter(head) or ((ending.endswith(_LETTERS) or declared == "message/rfc822") and _HEADER.match(head)):
        return Kind.LETTER
    return Kind.CSV if ending.endswith(_SHEETS) or declared == "text/csv" else Kind.TEXT


def _is_letter(head: bytes) -> bool:
    return bool(_HEADER.match(head) and _MIME.search(head) and b"ontent-" in head)


def utf_16_order(content: bytes) -> str:
    """`le` or `be` for UTF-16 that does not say so: every other byte is that of Latin or Cyrillic letters; else ""."""
    head = content[: _LOOK & ~1]
    half = len(head) // 2
    if half < _SHORTEST or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    for order, first in (("le", 1), ("be", 0)):
        high = head[first : 2 * half : 2]
        if len(high.translate(None, b"\0\x04\x20\x21")) <= _OTHER_SHARE * half and b"\0\0\0" not in head:
            return order if len(high.translate(None, b"\0\x04")) * 2 < half else ""
    return ""


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return b"\0\0\0" not in head
    if utf_16_order(head):
        return True
    return len(head) - len(head.translate(None, _CONTROLS)) <= _BINARY_SHARE * len(head)
