"""Content transfer encodings undone (RFC 2045 §6), also broken ones. Bytes to bytes; never raises.

Base64 with foreign characters, without padding or in several padded pieces; quoted-printable with stray equals signs;
a body that was declared base64 and is plain text stays as it is.
"""

import binascii
import re
from email.message import Message as MimePart

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET + b"="))
_BLANK = b"\r\n\t "
_PIECES = re.compile(rb"=+")
_PLAIN_SHARE = 8  # one foreign character in so many: the text is no base64


def content_of(part: MimePart) -> tuple[bytes, str]:
    """(bytes, defect) of a part without parts, its transfer encoding undone."""
    encoding = _encoding(part)
    if encoding == "base64":
        return base64(_raw(part))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_raw(part)), ""
    if encoding in {"x-uuencode", "uuencode", "uue", "x-uue"}:
        decoded = part.get_payload(decode=True)
        return (decoded if isinstance(decoded, bytes) else b""), ""
    return _raw(part), ""


def base64(raw: bytes) -> tuple[bytes, str]:
    """(bytes, defect) of base64 text, as much as can be made of it."""
    try:
        return binascii.a2b_base64(raw.translate(None, _BLANK), strict_mode=True), ""
    except binascii.Error:
        pass
    solid = raw.translate(None, _BLANK)
    kept = solid.translate(None, _FOREIGN)
    if (len(solid) - len(kept)) * _PLAIN_SHARE > len(solid) or re.search(
        rb"[A-Za-z]{2} [A-Za-z]{2,} [a-z]", raw[:2000]
    ):
        return raw, "declared base64 was plain"
    pieces = [_piece(piece) for piece in _PIECES.split(kept)]
    return b"".join(pieces), "broken base64" if solid else ""


def _piece(piece: bytes) -> bytes:
    """One run of base64 letters; a single letter left over says nothing and goes."""
    usable = piece[:-1] if len(piece) % 4 == 1 else piece
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def _encoding(part: MimePart) -> str:
    """The declared transfer encoding, lower case, without what some programs put behind it."""
    value = str(part.get("content-transfer-encoding", "")).strip().strip("\"'").lower()
    return value.partition(";")[0].strip()


def _raw(part: MimePart) -> bytes:
    """The body as it came over the wire."""
    payload = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 - the public way decodes and loses bytes
    if not isinstance(payload, str):
        return b""
    return payload.encode("utf-8", "surrogateescape")
