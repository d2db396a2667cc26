"""`parse`: raw bytes to `rules.message.Message`. Never raises, never hangs; what was broken is named in `defects`."""

from intake.parsing.attachments import payloads
from intake.parsing.bodies import readable
from intake.parsing.envelope import addresses, date_of, first, identifiers, message_id, received, return_path
from intake.parsing.headers import HeaderLine, header_lines
from intake.parsing.opening import Opened, open_message
from intake.parsing.report import delivery_report
from rules.message import Message, Part, Stretch, Zone
from rules.quotes_data import QuotePhrases

_READ = frozenset({"subject", "from", "reply-to", "to", "cc"})  # headers whose repairs are worth a word

_SAMPLE = 4_000  # bytes of a message without headers that are looked at
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\x0b\f\r\x1b")
_MOST_CONTROLS = 30  # one control character in so many is too much for a text


def parse(raw: bytes, phrases: QuotePhrases) -> Message:
    """What an e-mail says. Any bytes are accepted."""
    opened = open_message(raw)
    lines = header_lines(opened.top)
    subject = next((line.text for line in lines if line.name == "subject" and line.text), "")
    parts, odd_texts = readable(opened.leaves, phrases, subject)
    if not any(line.name in _READ for line in lines) and _binary(raw):
        parts = ()
    files = tuple(listed for listed, _ in payloads(opened.leaves))
    senders = addresses(lines, "from") or addresses(lines, "sender")
    date, arrived = first(lines, "date"), received(lines)
    return Message(
        message_id=message_id(lines),
        in_reply_to=identifiers(first(lines, "in-reply-to")),
        references=identifiers(first(lines, "references")),
        subject=subject,
        sender=senders[0] if senders else None,
        reply_to=addresses(lines, "reply-to"),
        to=addresses(lines, "to"),
        cc=addresses(lines, "cc"),
        return_path=return_path(lines),
        date=date_of(date.text) if date else None,
        received=arrived,
        headers=tuple((line.name, line.text) for line in lines),
        content_type=opened.top.get_content_type(),
        parts=(_subject_part(subject), *parts) if subject else parts,
        attachments=files,
        report=delivery_report(opened.leaves),
        defects=_defects(opened, lines, _repeated(lines), odd_texts),
        size=len(raw),
        unreadable=not (parts or files or subject or senders),
    )


def _binary(raw: bytes) -> bool:
    """Whether bytes without a header are no text either: more than a few control characters stand in them."""
    sample = raw[:_SAMPLE]
    return len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // _MOST_CONTROLS


def _repeated(lines: tuple[HeaderLine, ...]) -> tuple[str, ...]:
    """Headers that may stand only once and stand twice (RFC 5322 §3.6): the first that says something counts."""
    names = [line.name for line in lines]
    return tuple(f"two {name.capitalize()} headers" for name in ("subject", "from") if names.count(name) > 1)


def _subject_part(subject: str) -> Part:
    return Part("subject", subject, (Stretch(0, len(subject), Zone.OWN),))


def _defects(opened: Opened, lines: tuple[HeaderLine, ...], *more: tuple[str, ...]) -> tuple[str, ...]:
    heads = [defect for line in lines if line.name in _READ for defect in line.defects]
    return tuple(dict.fromkeys([*opened.defects, *heads, *(defect for some in more for defect in some)]))
