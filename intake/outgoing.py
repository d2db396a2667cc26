"""A reply as the bytes that go over the wire: headers, alternative text and HTML (RFC 5322, 2045–2047, 3834).

Standard library only. The same reply always gives the same bytes, so that a second try is the same letter. Never opens
a connection and never decides anything. Headers are folded here and not by `email.policy.SMTP`, which on Python 3.11
spells Message-IDs longer than 78 characters as encoded words and so breaks the thread.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from rules.delivery import Mailable, mailable

MOST_REFERENCES = 40
REFERENCES_BYTES = 4000
_LONGEST_ID = 900  # bytes; with its angle brackets it must fit on a line of 998 (RFC 5322 §2.1.1)
_LINE = 76
_WORD_OVERHEAD = len("=?utf-8?b??=")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_PHRASE_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Everything a reply is made of. Message-IDs without angle brackets; `date` aware; `recipient` a bare address.

    `reply_to`: where answers go ("" = to the desk's address). `automatic`: no person wrote it (RFC 3834 §5); `generated`: nor does it answer anything.
    """

    desk_name: str
    desk_address: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    recipient_name: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True
    generated: bool = False


def build(reply: Outgoing) -> bytes:
    """The whole message with CRLF line ends, ASCII only.

    The one exception is a recipient whose local part is not ASCII: that address cannot be written otherwise (RFC 6532),
    and `intake.smtp` hands it to servers with SMTPUTF8 only. No `Precedence`: RFC 3834 §3.1.8 recommends no value for
    it, `bulk` and `junk` bring a letter the applicant waits for nearer to the spam folder, and `Auto-Submitted` and
    `X-Auto-Response-Suppress` already keep other machines silent.
    """
    headers = [
        f"From: {_mailbox('From: ', reply.desk_name, reply.desk_address)}",
        f"To: {_mailbox('To: ', reply.recipient_name, reply.recipient)}",
        *([f"Reply-To: {_mailbox('Reply-To: ', reply.desk_name, reply.reply_to)}"] if reply.reply_to else []),
        f"Subject: {_unstructured('Subject: ', reply.subject)}",
        f"Date: {format_datetime(reply.date)}",
        f"Message-ID: <{reply.message_id}>",
    ]
    if _ID.fullmatch(reply.in_reply_to):
        headers.append(f"In-Reply-To: <{reply.in_reply_to}>")
    references = trimmed((*reply.references, reply.in_reply_to))
    if references:
        headers.append(_folded("References:", (f"<{one}>" for one in references)))
    if reply.automatic:
        submitted = "auto-generated" if reply.generated else "auto-replied"
        headers += [f"Auto-Submitted: {submitted}", "X-Auto-Response-Suppress: All"]
    boundary = f"=_{hashlib.sha256(reply.message_id.encode()).hexdigest()[:32]}"  # «=_» never stands in base64
    headers += [
        "Content-Language: ru",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
    ]
    parts = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n"
        for kind, body in (("plain", _base64(reply.text)), ("html", _base64(reply.html)))
    )
    whole = "\r\n".join(headers) + "\r\n\r\n" + "".join(parts) + f"--{boundary}--\r\n"
    return whole.encode("utf-8", "replace")


def trimmed(message_ids: Iterable[str]) -> tuple[str, ...]:
    """The ids for a References line: each once and well-formed; of many the first one and the last ones.

    At most 40 ids or 4 kB, as the first (the start of the thread) and the last ones are what mail programs look at.
    """
    backwards = dict.fromkeys(one for one in reversed(tuple(message_ids)) if _ID.fullmatch(one))
    ids = list(reversed(backwards))  # the last mention counts: what is answered stands last
    room = REFERENCES_BYTES - (len(ids[0]) if ids else 0)
    kept: list[str] = []
    for one in reversed(ids[1:]):
        room -= len(one) + 3
        if room < 0 or len(kept) == MOST_REFERENCES - 1:
            break
        kept.append(one)
    return (*ids[:1], *reversed(kept))


def _folded(name: str, tokens: Iterable[str]) -> str:
    """A header folded between its tokens and nowhere else."""
    lines = [name]
    for token in tokens:
        if len(lines[-1]) + 1 + len(token) > _LINE and lines[-1].strip() != name:
            lines.append(f" {token}")
        else:
            lines[-1] += f" {token}"
    return "\r\n".join(lines)


def _mailbox(before: str, name: str, address: str) -> str:
    """`name <address>`; the name as atoms or encoded words, the domain in ASCII. `before` stands on the same line."""
    form = mailable(address)
    spelled = form.address if isinstance(form, Mailable) else _one_line(address).replace("<", "").replace(">", "")
    phrase = _one_line(name)
    if not phrase:
        return spelled
    if not _PHRASE_ATOMS.fullmatch(phrase) or "=?" in phrase or len(before) + len(phrase) > _LINE:
        phrase = _encoded_words(before, phrase)
    last = phrase.rpartition("\r\n")[2] if "\r\n" in phrase else before + phrase
    return f"{phrase}{' ' if len(last) + len(spelled) + 3 <= _LINE else chr(13) + chr(10) + ' '}<{spelled}>"


def _unstructured(before: str, text: str) -> str:
    line = _one_line(text)
    if line.isascii() and "=?" not in line and len(before) + len(line) <= _LINE:
        return line
    return _encoded_words(before, line)


def _one_line(text: str) -> str:
    """No line break, no control character, nothing that UTF-8 cannot spell: a header ends where we end it."""
    return _SURROGATES.sub("\ufffd", _BREAKS.sub(" ", text)).strip()


def _encoded_words(before: str, text: str) -> str:
    """RFC 2047 encoded words in base64, cut between characters, each line at most 76 characters."""
    words: list[str] = []
    room = (_LINE - len(before) - _WORD_OVERHEAD) // 4 * 3
    chunk = bytearray()
    for character in text:
        octets = character.encode("utf-8")
        if chunk and len(chunk) + len(octets) > room:
            words.append(_encoded(chunk))
            chunk, room = bytearray(), (_LINE - 1 - _WORD_OVERHEAD) // 4 * 3
        chunk += octets
    words.append(_encoded(chunk))
    return "\r\n ".join(words)


def _encoded(octets: bytes | bytearray) -> str:
    return f"=?utf-8?b?{base64.b64encode(octets).decode('ascii')}?="


def _base64(text: str) -> str:
    """A body as base64 lines of 76: no line too long, no dot in front, no server that rewraps it."""
    octets = "\r\n".join(text.splitlines()).encode("utf-8", "replace") + b"\r\n"
    return base64.encodebytes(octets).decode("ascii").rstrip("\n").replace("\n", "\r\n")
