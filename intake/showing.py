"""`intake read`: how one letter is read, as JSON (the form that tests and other programs use) or for a person's eye."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from intake.attachments import Extractor
from intake.opening import open_message
from intake.reading import read
from rules.application import Application, FieldValue, Reading, Status
from rules.book import RuleBook
from rules.judgement import Facts, Judgement, Kind
from rules.message import Message
from rules.policy import Conduct, judge

_MARKS = {Status.OK: "ok", Status.DOUBTFUL: "?", Status.INVALID: "!", Status.MISSING: "-"}
_AROUND = 30  # code points of the letter shown on either side of a value


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter, read and judged without anything stored."""

    file: str
    message: Message
    reading: Reading
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads letters with the current rules; `ours` are our own addresses."""

    book: RuleBook
    extractor: Extractor
    ours: frozenset[str]

    def read(self, file: str, raw: bytes, now: datetime) -> Shown:
        """Read one raw letter."""
        message = open_message(raw, self.book, self.extractor)
        reading = read(message, self.book, ours=self.ours)
        facts = Facts(received_at=now, our_addresses=self.ours)
        return Shown(file, message, reading, judge(message, reading, facts, self.book.judging, Conduct()))


def as_json(shown: Shown) -> dict[str, Any]:
    """The letter in the fixed output form of the product."""
    judgement = shown.judgement
    applications = shown.reading.applications if judgement.kind is Kind.APPLICATION else ()
    if judgement.kind is Kind.APPLICATION and not applications:
        applications = (Application(),)
    return {
        "file": Path(shown.file).name,
        "kind": judgement.kind.value,
        "topic": judgement.topic.value if judgement.topic else None,
        "applications": [{name.value: _cell(value) for name, value in one.items()} for one in applications],
        "because": list(judgement.because),
        "defects": list(shown.message.defects),
    }


def _cell(value: FieldValue) -> dict[str, Any]:
    source = value.source
    cell: dict[str, Any] = {
        "value": value.value if value.usable else None,
        "status": value.status.value,
        "reason": value.reason or None,
        "written": value.written,
        "source": {"part": source.part, "start": source.start, "end": source.end, "zone": source.zone.value}
        if source
        else None,
        "candidates": list(value.candidates),
        "evidence": value.evidence,
    }
    if value.code:
        cell["code"] = value.code
    return cell


def as_text(shown: Shown) -> str:
    """The letter for a person's eye: kind and reasons, then each field with its mark, doubt and the text it stands in."""
    judgement = shown.judgement
    topic = f" ({judgement.topic.value})" if judgement.topic else ""
    lines = [f"{Path(shown.file).name}: {judgement.kind.value}{topic}: {'; '.join(judgement.because)}"]
    if judgement.kind is Kind.APPLICATION:
        for number, application in enumerate(shown.reading.applications or (Application(),), start=1):
            if len(shown.reading.applications) > 1:
                lines.append(f"  organisation {number}")
            lines.extend(_field_line(shown.message, name.value, value) for name, value in application.items())
    lines.extend(f"  repaired: {defect}" for defect in shown.message.defects)
    return "\n".join(lines)


def _field_line(message: Message, name: str, value: FieldValue) -> str:
    shown = f"{value.value or value.written or ''}" + (f" [{value.code}]" if value.code else "")
    reason = f"  ({value.reason})" if value.reason else ""
    return f"  {_MARKS[value.status]:>2} {name:24} {shown}{reason}{_context(message, value)}"


def _context(message: Message, value: FieldValue) -> str:
    if value.source is None:
        return ""
    part = message.part(value.source.part)
    if part is None:
        return ""
    before = part.text[max(0, value.source.start - _AROUND) : value.source.start]
    inside = part.text[value.source.start : value.source.end]
    after = part.text[value.source.end : value.source.end + _AROUND]
    return "\n       " + f"{value.source.part}: …{before}[{inside}]{after}…".replace("\n", "⏎")
