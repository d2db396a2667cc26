"""Which format a file really has: by its first bytes, then by what is inside, last by its name. Reads no text.

A name and a declared type are claims; `.doc` files that are RTF, HTML or a docx are common.
"""

import re
from enum import StrEnum, auto

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TNEF = b"\x78\x9f\x3e\x22"
_HTML = re.compile(rb"\s*(?:<!--.{0,300}?-->\s*)?<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE | re.DOTALL)
_MIME = re.compile(rb"(?im)^mime-version:[^\n]{0,80}$")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
_OTHERS = (
    b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"MZ", b"\x7fELF", b"BZh9", b"\xfd7zXZ", b"ID3", b"OggS", b"RIFF", b"AT&TFORM",
)  # fmt: skip
_SIGNATURES = (".p7s", ".sig", ".sgn", ".asc")
_LETTERS = (".eml", ".mht", ".mhtml")
_SHEETS = (".csv", ".tsv")
_LOOK = 4_096
_BINARY_SHARE = 0.02  # share of control characters from which a file is no text
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


def kind_of(name: str, content: bytes, declared: str = "") -> Kind:
    """The format of a file."""
    head = content[:_LOOK]
    ending = name.lower()
    if not content.strip(b"\0\r\n\t "):
        return Kind.EMPTY
    known = _by_magic(head)
    if known is not None:
        return known
    if ending.endswith(_SIGNATURES) or declared in {"application/pkcs7-signature", "application/pgp-signature"}:
        return Kind.SIGNATURE
    if not _is_text(head):
        return Kind.UNKNOWN
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return Kind.HTML
    if _is_letter(head) or ((ending.endswith(_LETTERS) or declared == "message/rfc822") and _HEADER.match(head)):
        return Kind.LETTER
    return Kind.CSV if ending.endswith(_SHEETS) or declared == "text/csv" else Kind.TEXT


def _by_magic(head: bytes) -> Kind | None:
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return Kind.ZIP
    if head.startswith(_OLE):
        return Kind.OLE
    if head.startswith(_TNEF):
        return Kind.TNEF
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"{\\rt"):
        return Kind.RTF
    if head.startswith(_IMAGES) or head[4:12] in {b"ftypheic", b"ftypmif1", b"ftypavif", b"ftypheix"} or head[8:12] == b"WEBP":
        return Kind.IMAGE
    return Kind.UNKNOWN if head.startswith(_OTHERS) else None


def _is_letter(head: bytes) -> bool:
    return bool(_HEADER.match(head) and _MIME.search(head) and b"ontent-" in head)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") * 3 > len(head):
        return b"\0\0\0" not in head
    return len(head) - len(head.translate(None, _CONTROLS)) <= _BINARY_SHARE * len(head)
