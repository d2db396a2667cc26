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


def parse(raw: bytes, phrases: QuotePhrases) -> Message:
    """What an e-mail says. Any bytes are accepted."""
    opened = open_message(raw)
    lines = header_lines(opened.top)
    subject, repeated = _subject(lines)
    parts, odd_texts = readable(opened.leaves, phrases, subject)
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
        defects=_defects(opened, lines, repeated, odd_texts),
        size=len(raw),
        unreadable=not (parts or files or subject or senders),
    )


def _subject(lines: tuple[HeaderLine, ...]) -> tuple[str, tuple[str, ...]]:
    """(the first subject that says something, defects)."""
    all_of_them = [line.text for line in lines if line.name == "subject"]
    defects = ("two Subject headers",) if len(all_of_them) > 1 else ()
    return next((text for text in all_of_them if text), ""), defects


def _subject_part(subject: str) -> Part:
    return Part("subject", subject, (Stretch(0, len(subject), Zone.OWN),))


def _defects(opened: Opened, lines: tuple[HeaderLine, ...], *more: tuple[str, ...]) -> tuple[str, ...]:
    heads = [defect for line in lines if line.name in _READ for defect in line.defects]
    return tuple(dict.fromkeys([*opened.defects, *heads, *(defect for some in more for defect in some)]))
