"""Answers to what we asked: values written into our own quoted letter, and the «да» that accepts our offer.

Only fields we asked for are looked at: our letter held no value for them, so what stands there now was written by the
applicant, unless it is the example we gave.
"""

from collections.abc import Sequence
from dataclasses import replace

from intake.reading.entities import entities
from intake.reading.owners import owned
from intake.reading.passages import Line, Passage, Voice
from intake.reading.segments import segments
from intake.reading.weigh import Scene, weigh
from rules.application import MISSING, Application, FieldName, FieldValue, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.labels import Slot
from rules.message import Message

_SLOTS = {
    Slot.FULL: FieldName.FULL_NAME,
    Slot.SHORT: FieldName.SHORT_NAME,
    Slot.SETTLEMENT: FieldName.SETTLEMENT,
    Slot.REGION: FieldName.REGION,
    Slot.ADMIN: FieldName.ADMIN,
    Slot.PHONE: FieldName.PHONE,
    Slot.EMAIL: FieldName.EMAIL,
}


def filled_in(passage: Passage, asked: Sequence[FieldName], book: RuleBook) -> Application:
    """What was written behind our own labels in the quotation of our letter."""
    lines = tuple(_as_own(line) for line in passage.lines if line.voice is Voice.OURS)
    cut = [
        segment
        for segment in segments(replace(passage, lines=lines), book.labels)
        if segment.label and {_SLOTS.get(slot) for slot in segment.label.slots} & set(asked)
    ]
    seen = owned(entities(passage.part, cut, book), cut)
    whole = weigh(Scene(passage.part, tuple(cut), tuple(seen)), book)
    kept = Application()
    for name in asked:
        if whole[name].usable and not is_example(name, whole[name], book):
            kept = kept.having(name, replace(whole[name], evidence="written into our quoted letter"))
    return kept


def _as_own(line: Line) -> Line:
    return replace(line, voice=Voice.OWN)


def is_example(name: FieldName, value: FieldValue, book: RuleBook) -> bool:
    """Whether a value is the example that our letters give for that field."""
    return fold(value.value or "").strip() == fold(str(book.words.examples[name])).replace("\u00a0", " ").strip()


def without_examples(application: Application, book: RuleBook) -> Application:
    """The application without values that are only our own examples, quoted without marks."""
    for name, value in application.items():
        if value.usable and is_example(name, value, book):
            application = application.having(name, MISSING)
    return application


def accepted_offer(message: Message, text: str, asked: Sequence[FieldName], book: RuleBook) -> FieldValue | None:
    """The sender's address, if we offered it for the missing e-mail and the answer accepts it (domain.md §2)."""
    if FieldName.EMAIL not in asked or message.sender is None or not book.phrases.accepts(text):
        return None
    address = message.sender.key
    return FieldValue(
        value=address, status=Status.OK, written=message.sender.address, evidence="our offer was accepted"
    )
