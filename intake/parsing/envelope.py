"""The headers of a message read: addresses, identifiers and dates. Knows no body. Never raises."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from intake.parsing.charset import decode
from intake.parsing.headers import HeaderLine, header_text
from rules.message import Address

_LONGEST = 20_000  # bytes of an address header that are read
_MOST_IDS = 500
_ID = re.compile(r"<([^<>\s]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>,;\"]{1,900}@[^\s<>,;\"]{1,98}")
_ONE_MAILBOX = re.compile(r"\s*([^<>]*?)\s*<([^<>]*)>\s*;?\s*")
_SEVERAL = re.compile(r"@[\w.-]*\s*[,;]")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{1,255}")
_YEARS = range(1980, 2200)


def first(lines: Iterable[HeaderLine], name: str) -> HeaderLine | None:
    """The first header of that name."""
    return next((line for line in lines if line.name == name), None)


def addresses(lines: Sequence[HeaderLine], name: str) -> tuple[Address, ...]:
    """The mailboxes of all headers of that name, display names decoded, each address once."""
    found = [address for line in lines if line.name == name for address in _mailboxes(line.raw[:_LONGEST])]
    return tuple({address.key: address for address in reversed(found)}.values())[::-1]


def return_path(lines: Sequence[HeaderLine]) -> str | None:
    """The envelope sender: None without the header, "" for the null sender."""
    line = first(lines, "return-path")
    if line is None:
        return None
    found = _ADDRESS.search(line.text)
    return found.group() if found else line.text.strip("<> ") if "<" not in line.text else ""


def identifiers(line: HeaderLine | None) -> tuple[str, ...]:
    """The message identifiers in a header, without brackets; a lone one that lost its brackets counts too."""
    if line is None:
        return ()
    found = _ID.findall(line.text) or _BARE_ID.findall(line.text)
    return tuple(dict.fromkeys(found))[-_MOST_IDS:]


def message_id(lines: Sequence[HeaderLine]) -> str:
    """The message's own identifier without brackets and white space, "" if there is none."""
    line = first(lines, "message-id")
    if line is None:
        return ""
    found = identifiers(line)
    return found[0] if found else re.sub(r"[<>\s]", "", line.text)[:998]


def date_of(text: str) -> datetime | None:
    """An aware date (RFC 5322 §3.3), None if it cannot be read or lies outside living memory."""
    try:
        found = parsedate_to_datetime(text[:200])
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware if aware.astimezone(UTC).year in _YEARS else None
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def received(lines: Sequence[HeaderLine]) -> datetime | None:
    """The date of the topmost Received line."""
    line = first(lines, "received")
    return date_of(line.text.rpartition(";")[2].strip()) if line else None


def _mailboxes(raw: bytes) -> list[Address]:
    """The mailboxes in one address header."""
    text = decode(raw)[0]
    one = _ONE_MAILBOX.fullmatch(text)
    if one and not _SEVERAL.search(one.group(1)):
        return _existing([_mailbox(_unquoted(one.group(1)), one.group(2))])
    found = _existing([_mailbox(name, address) for name, address in _parsed(text)])
    if found:
        return found
    decoded = header_text(raw)[0]
    return [Address(name="", address=address) for address in _ADDRESS.findall(decoded)]


def _parsed(text: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([text])
    except (RecursionError, ValueError, IndexError, TypeError, AttributeError):
        return []


def _existing(found: list[Address]) -> list[Address]:
    """Those with an address; an unquoted comma in a name («Иванов, И. И.») leaves pieces without one."""
    return [address for address in found if "@" in address.address]


def _mailbox(name: str, address: str) -> Address:
    """A mailbox from its raw pieces; some programs encode «name <address>» as a whole."""
    shown = header_text(name.encode("utf-8", "replace"))[0]
    written = header_text(address.encode("utf-8", "replace"))[0]
    whole = _ONE_MAILBOX.fullmatch(written)
    if whole:
        shown, written = shown or whole.group(1), whole.group(2)
    return Address(name=shown.strip("\"' "), address=written.replace(" ", ""))


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name
