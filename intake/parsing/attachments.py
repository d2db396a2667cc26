"""The files of a message: listed with safe names and fingerprints, their bytes handed out on request.

Never trusts a name, never reads what is in a file.
"""

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from email.message import Message as MimePart

from intake.parsing.bodies import is_text
from intake.parsing.characters import one_line
from intake.parsing.charset import decode
from intake.parsing.headers import header_text
from intake.parsing.opening import Leaf, open_message, walk_blocks
from intake.parsing.transfer import content_of
from rules.message import Attachment

_UNSAFE = re.compile(r"[<>:\"|?*\x00-\x1f]+")
_LONGEST = 150  # characters of a name
_REPORT_KINDS = frozenset({"message/delivery-status", "text/rfc822-headers", "message/rfc822", "message/global"})


def attachment_payloads(raw: bytes) -> Iterator[tuple[Attachment, bytes]]:
    """Each file of a raw message with its bytes, in order; the same list as `Message.attachments`."""
    yield from payloads(open_message(raw).leaves)


def payloads(leaves: tuple[Leaf, ...]) -> Iterator[tuple[Attachment, bytes]]:
    """The files among the leaves of a message with their bytes."""
    for leaf in leaves:
        if is_text(leaf) or (leaf.report and leaf.part.get_content_type() in _REPORT_KINDS):
            continue
        content = _content(leaf.part)
        if content or _given_name(leaf.part):
            yield _listed(leaf.part, content), content


def _listed(part: MimePart, content: bytes) -> Attachment:
    kind = part.get_content_type()
    return Attachment(
        name=_name(part, kind),
        content_type=one_line(kind),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=part.get_content_disposition() == "inline" or ("content-id" in part and kind.startswith("image/")),
        content_id=one_line(str(part.get("content-id", ""))).strip("<> "),
    )


def _content(part: MimePart) -> bytes:
    if part.get_content_type().startswith("message/") and part.is_multipart():
        return b"\n".join(_as_bytes(block) for block in walk_blocks(part))
    return content_of(part)[0]


def _as_bytes(part: MimePart) -> bytes:
    try:
        return part.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        headers = "".join(f"{name}: {value}\n" for name, value in part.raw_items())
        return headers.encode("utf-8", "surrogateescape") + b"\n" + content_of(part)[0]


def _name(part: MimePart, kind: str) -> str:
    """A name that is safe to show and to save."""
    name = safe_name(_given_name(part))
    if kind == "message/rfc822":
        subject = next((block.get("subject", "") for block in walk_blocks(part)), "")
        name = name or safe_name(header_text(str(subject).encode("utf-8", "surrogateescape"))[0][:80]) or "message"
        return name if name.lower().endswith(".eml") else f"{name}.eml"
    if name:
        return name
    return f"attachment{mimetypes.guess_extension(kind) or '.bin'}"


def safe_name(name: str) -> str:
    """A file name without a path, without characters that steer terminals, file systems or the direction of writing."""
    base = re.split(r"[/\\]", one_line(name))[-1]
    clean = _UNSAFE.sub("_", base).strip(" .")
    if len(clean) > _LONGEST:
        stem, dot, extension = clean.rpartition(".")
        clean = f"{stem[: _LONGEST - 12]}{dot}{extension[:11]}" if dot else clean[:_LONGEST]
    return clean


def _given_name(part: MimePart) -> str:
    """The file name as declared (RFC 2183, RFC 2231, encoded words, raw 8-bit), "" if there is none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        value = _parameters(part, header).get_param(parameter, header=header)
        if isinstance(value, tuple):
            return one_line(decode(value[2].encode("latin-1", "replace"), value[0] or "")[0])
        if value:
            return header_text(value.encode("utf-8", "surrogateescape"))[0]
    return ""


def _parameters(part: MimePart, header: str) -> MimePart:
    """A stand-in for the part whose header is text: raw 8-bit names would be lost otherwise."""
    bare = MimePart()
    raw = next((str(value) for name, value in part.raw_items() if name.lower() == header), None)
    if raw is not None:
        bare[header] = decode(raw.encode("utf-8", "surrogateescape"))[0]
    return bare
