"""Raw bytes to a tree of MIME parts: the only file that knows mail-parser. Never raises.

mail-parser reads; where it gives up (nesting without end), the text is taken as one part. A body whose boundary does
not match the declared one is found again by the lines that look like boundaries.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message as MimePart
from email.parser import BytesHeaderParser, HeaderParser

import mailparser
from mailparser.exceptions import MailParserError

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # its complaints become our defects

_DEPTH = 40  # levels of multipart that are followed
_PARTS = 2_000  # parts of a message that are looked at
_MOST_BOUNDARIES = 60  # beyond this a message is taken apart level by level, without recursion
_LONG_MESSAGE = 100_000
_LONGEST_HEAD = 300_000  # bytes of the headers of a message that are read
_LONGEST_FIELD = 16_000  # bytes of a header about a part's content that are read
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CONTENT_HEADER = re.compile(rb"^content-[a-z-]{2,30}:", re.IGNORECASE | re.MULTILINE)
_FIELD_END = re.compile(rb"\r?\n(?![ \t])")
_LOOSE_BOUNDARY = re.compile(r"^--(\S[^\r\n]{0,69}?)[ \t]*\r?\n(?=content-[a-z-]+:)", re.IGNORECASE | re.MULTILINE)
_ODDITIES = {
    "StartBoundaryNotFoundDefect": "boundary not found",
    "CloseBoundaryNotFoundDefect": "multipart not closed",
    "NoBoundaryInMultipartDefect": "multipart without a boundary",
    "MultipartInvariantViolationDefect": "multipart without parts",
    "MissingHeaderBodySeparatorDefect": "no empty line after the headers",
    "MalformedHeaderDefect": "malformed header",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts, or a message within the message; `group` numbers the innermost alternative it is in.

    `group` is 0 outside of any multipart/alternative; `report` says that it lies in a delivery report.
    """

    part: MimePart
    group: int
    report: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A message taken apart: its top part, its leaves in order, and what was odd about its form."""

    top: MimePart
    leaves: tuple[Leaf, ...]
    defects: tuple[str, ...]


def open_message(raw: bytes) -> Opened:
    """Take a raw message apart."""
    top, defects = _tree(raw)
    leaves, repairs = _leaves(top)
    return Opened(top, tuple(leaves), tuple(dict.fromkeys((*defects, *repairs))))


def _tree(raw: bytes) -> tuple[MimePart, list[str]]:
    """The top part; mail-parser's complaints in our words."""
    raw = _bounded(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    if raw.lower().count(b"boundary") > _MOST_BOUNDARIES:
        return BytesHeaderParser().parsebytes(raw), ["unusually many parts"]
    try:
        opened = mailparser.parse_from_bytes(raw)
    except (MailParserError, RecursionError):
        return BytesHeaderParser().parsebytes(raw), ["nested too deeply"]
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError):
        return email.message_from_bytes(raw), ["mail-parser gave up"]
    return opened.message, [_ODDITIES[name] for name in sorted(opened.defects_categories) if name in _ODDITIES]


def _bounded(raw: bytes) -> bytes:
    """The message without the tails of headers that no honest program writes: parsers need quadratic time for them."""
    if len(raw) <= _LONG_MESSAGE:
        return raw
    head = _HEAD_END.search(raw)
    if head and head.start() > _LONGEST_HEAD:
        raw = raw[:_LONGEST_HEAD] + raw[head.start() :]
    kept, position = [], 0
    for header in _CONTENT_HEADER.finditer(raw):
        end = _FIELD_END.search(raw, header.end())
        stop = end.start() if end else len(raw)
        if header.start() >= position and stop - header.start() > _LONGEST_FIELD:
            kept.append(raw[position : header.start() + _LONGEST_FIELD])
            position = stop
    return b"".join([*kept, raw[position:]])


def _leaves(top: MimePart) -> tuple[list[Leaf], list[str]]:
    """The leaves in order, found without recursion; lost boundaries are repaired on the way."""
    leaves: list[Leaf] = []
    defects: list[str] = []
    groups = 0
    waiting: list[tuple[MimePart, int, bool, int]] = [(top, 0, False, 0)]
    while waiting and len(leaves) < _PARTS:
        part, group, report, depth = waiting.pop()
        kind = part.get_content_type()
        children = _children(part, kind)
        if not children and depth < _DEPTH:
            children = _found_again(part, kind)
            defects += ["boundary repaired"] if children else []
        if not children or depth >= _DEPTH:
            leaves.append(Leaf(part, group, report))
            continue
        if kind == "multipart/alternative":
            groups += 1
            group = groups
        report = report or kind == "multipart/report"
        waiting += [(child, group, report, depth + 1) for child in reversed(children)]
    return leaves, defects


def _children(part: MimePart, kind: str) -> list[MimePart]:
    payload = part.get_payload() if part.is_multipart() else None
    if not isinstance(payload, list) or kind.startswith("message/"):
        return []
    return [child for child in payload if isinstance(child, MimePart)]


def _found_again(part: MimePart, kind: str) -> list[MimePart]:
    """The parts of a body that was not taken apart: its boundary is another than the declared one, or none was declared."""
    text = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 - the public way decodes and loses bytes
    if not isinstance(text, str):
        text = part.preamble if kind.startswith("multipart/") else None
    if not text or not (kind.startswith("multipart/") or text.lstrip()[:2] == "--"):
        return []
    return _split(text, str(part.get_boundary() or "")) or _split(text, _loose_boundary(text))


def _loose_boundary(text: str) -> str:
    found = _LOOSE_BOUNDARY.search(text)
    return found.group(1) if found else ""


def _split(text: str, boundary: str) -> list[MimePart]:
    """The parts between the lines of a boundary, each with its headers read and its body left as it is."""
    if not boundary or boundary not in text:
        return []
    pieces = re.split(rf"^--{re.escape(boundary)}(--)?[ \t]*\r?(?:\n|\Z)", text, flags=re.MULTILINE)
    made: list[MimePart] = []
    for closed, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if closed or len(made) >= _PARTS:
            break
        made.append(HeaderParser().parsestr(piece.removesuffix("\n").removesuffix("\r")))
    return made


def walk_blocks(part: MimePart) -> Iterator[MimePart]:
    """The blocks of headers in a message/delivery-status part, or the message within a message/rfc822 part."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, MimePart))
    elif isinstance(payload, str):
        for block in re.split(r"\r?\n\r?\n", payload, maxsplit=_MOST_BOUNDARIES):
            yield HeaderParser().parsestr(block.strip("\r\n") + "\n\n")
