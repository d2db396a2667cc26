"""When two raw messages are one and the same: the same Message-ID with the same content (domain.md §4). Pure.

What mail servers add on the way (Received, Delivered-To, X- lines) differs from copy to copy and says nothing; a
message that comes through two mailboxes or was delivered twice must stay one. Without a Message-ID only the very same
bytes are the same message.
"""

import hashlib
import re

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_TOLD = re.compile(rb"^(message-id|from|date|subject):[ \t]*((?:.*\r?\n(?=[ \t]))*.*)", re.IGNORECASE | re.MULTILINE)
_WHITE = re.compile(rb"\s+")


def fingerprint(raw: bytes) -> str:
    """Hex SHA-256 that two copies of one message share, whatever trace lines stand above them."""
    end = _END_OF_HEADERS.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    told = [(name.lower(), _WHITE.sub(b" ", value).strip()) for name, value in _TOLD.findall(head)]
    if not any(name == b"message-id" and value for name, value in told):
        return hashlib.sha256(raw).hexdigest()
    digest = hashlib.sha256()
    for name, value in sorted(told):
        digest.update(name + b":" + value + b"\n")
    digest.update(body.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()
