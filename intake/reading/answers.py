"""Answers to what we asked: values written into our own quoted letter, and the «да» that accepts our offer.

Only fields we asked for are looked at: our letter held no value for them, so what stands there now was written by the
applicant, unless it is the example we gave.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from intake.reading.entities import entities
from intake.reading.groups import grouped
from intake.reading.owners import owned
from intake.reading.passages import Line, Passage, Voice
from intake.reading.segments import Segment, segments
from intake.reading.weigh import Scene
from rules.application import MISSING, Application, FieldName, FieldValue, Status
from rules.book import RuleBook
from rules.fields.fold import fold
from rules.fields.phone import normalise as normalise_phone
from rules.labels import Slot
from rules.message import Message
from rules.phrases import Phrases

_UNDERLINE = re.compile(r"_{2,}")
_BARE_NUMBER = re.compile(r"[\d\s()+.,-]{5,40}")
_DIGITS = 5  # a local number has that many
_SEVERAL = 2
_SLOTS = {
    Slot.FULL: FieldName.FULL_NAME,
    Slot.SHORT: FieldName.SHORT_NAME,
    Slot.SETTLEMENT: FieldName.SETTLEMENT,
    Slot.REGION: FieldName.REGION,
    Slot.ADMIN: FieldName.ADMIN,
    Slot.PHONE: FieldName.PHONE,
    Slot.EMAIL: FieldName.EMAIL,
}


def filled_in(passage: Passage, asked: Sequence[FieldName], book: RuleBook) -> list[Application]:
    """What was written behind our own labels in the quotation of our letter: one application, or one for each
    organisation that we named over blanks of its own.
    """
    passage, cut = _blanks(passage, book)
    wanted = [one for one in cut if one.label and (_fields(one) & set(asked) or one.label.slots == (Slot.NAME,))]
    if sum(Slot.NAME in one.label.slots for one in wanted if one.label) < _SEVERAL:
        wanted = [one for one in wanted if _fields(one)]
    scene = Scene(passage.part, tuple(wanted), tuple(owned(entities(passage.part, wanted, book), wanted)))
    whole = grouped(scene, book)
    names = (FieldName.FULL_NAME, FieldName.SHORT_NAME) if len(whole) > 1 else ()
    return [_kept(one, {*asked, *names}, book) for one in whole]


def blank_fields(passages: Iterable[Passage], book: RuleBook) -> tuple[FieldName, ...]:
    """The fields that our own quoted letter asks for, by the labels of its blanks."""
    found: dict[FieldName, None] = {}
    for passage in passages:
        if passage.voice is Voice.OURS and any(
            book.phrases.blanks_begin.search(fold(one.text)) for one in passage.lines
        ):
            found |= dict.fromkeys(name for one in _blanks(passage, book)[1] for name in _fields(one))
    return tuple(found)


def _fields(segment: Segment) -> set[FieldName]:
    return {_SLOTS[slot] for slot in segment.label.slots if slot in _SLOTS} if segment.label else set()


def _kept(whole: Application, wanted: AbstractSet[FieldName], book: RuleBook) -> Application:
    kept = Application()
    for name, value in whole.items():
        if name in wanted and value.usable and not is_example(name, value, book):
            kept = kept.having(name, replace(value, evidence="written into our quoted letter"))
    return kept


def _blanks(passage: Passage, book: RuleBook) -> tuple[Passage, list[Segment]]:
    """The passage with our underlines shown as spaces, and the segments of our blanks; of our whole letter where
    nothing says where they begin.
    """
    lines = [line for line in passage.lines if line.voice is Voice.OURS]
    chosen = list(_between(lines, book.phrases)) or lines
    chosen = [replace(line, voice=Voice.OWN, text=_without_lines(line.text)) for line in chosen]
    part = replace(passage.part, text=_without_lines(passage.part.text))
    shown = replace(passage, part=part, lines=tuple(chosen))
    return shown, segments(shown, book.labels)


def _between(lines: Iterable[Line], phrases: Phrases) -> Iterator[Line]:
    """The lines of our blanks: those under a line that asks to fill them in, up to one that says what we know."""
    opened = False
    for line in lines:
        plain = fold(line.text)
        if opened and phrases.blanks_end.search(plain):
            opened = False
        if opened:
            yield line
        opened = opened or phrases.blanks_begin.search(plain) is not None


def _without_lines(text: str) -> str:
    return _UNDERLINE.sub(lambda hit: " " * len(hit.group()), text)


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


def refused_number(text: str, asked: Sequence[FieldName]) -> FieldValue | None:
    """The number that cannot be used, if an answer to our question for the mobile is nothing but a number (domain.md §2)."""
    bare = text.strip()
    if FieldName.PHONE not in asked or not _BARE_NUMBER.fullmatch(bare) or sum(map(str.isdigit, bare)) < _DIGITS:
        return None
    value = normalise_phone(bare)
    return value if value.status is Status.INVALID else None
