"""`read`: what a message says about applications, all parts and voices together.

The sender's own words come first; a forwarded letter, attachments and the sender's own earlier letter fill what they
leave out, under the conditions a careful clerk would set. Never raises on any text; has no clock and no I/O.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from intake.reading.answers import accepted_offer, filled_in, without_examples
from intake.reading.entities import entities
from intake.reading.groups import grouped
from intake.reading.letterhead import with_letterhead
from intake.reading.owners import owned
from intake.reading.passages import Passage, Voice, passages
from intake.reading.segments import segments
from intake.reading.tables import fill, spans, tabled
from intake.reading.weigh import Scene
from rules.application import Application, FieldName, Reading, Status
from rules.book import RuleBook
from rules.message import Message

_QUESTION = re.compile(r"[^.!?\n]{3,200}\?")
_SHORT_ANSWER = 400  # code points
_MUCH, _SOME = 3, 2  # fields that make an application certain, or likely
_NAMES = frozenset({FieldName.FULL_NAME, FieldName.SHORT_NAME})
_CONTACTS = frozenset({FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL})


def read(
    message: Message, book: RuleBook, *, ours: frozenset[str] = frozenset(), asked: Sequence[FieldName] = ()
) -> Reading:
    """Everything the message says about applications.

    `ours`: case folded addresses of our desk, never an applicant's. `asked`: the fields we asked this sender for.
    """
    voices = list(passages(message, ours))
    own = _of(voices, {Voice.OWN}, book, ours)
    own_text = "\n".join(
        line.text
        for passage in voices
        if passage.voice is Voice.OWN
        for line in passage.lines
        if line.voice is Voice.OWN
    )
    correction = book.phrases.corrects(own_text)
    applications = own
    if not own or not all(one.complete for one in own):
        forwarded = _of(voices, {Voice.FORWARD}, book, ours)
        # Who passes an application on is no part of it, unless he says what is to be corrected.
        passed_on = any(one.title for one in forwarded) and not any(one.title for one in own) and not correction
        applications = forwarded if passed_on else _filled(own, forwarded)
    if _may_use_earlier(message, applications, own_text, book):
        applications = _filled(applications, _of(voices, {Voice.EARLIER}, book, ours))
    applications = _answered(applications, message, voices, text=own_text, asked=asked, book=book)
    evidence = _evidence(applications, message, own_text, book)
    return Reading(
        applications=tuple(applications),
        evidence=evidence,
        announced=book.phrases.announces(own_text) and bool(message.attachments),
        asks=any(book.phrases.is_question(hit.group()) for hit in _QUESTION.finditer(own_text)),
        correction=correction,
        strength=2 if _is_answer(applications, voices, own_text) else _strength(applications, own_text, asked, book),
    )


def _answered(
    applications: list[Application],
    message: Message,
    voices: Iterable[Passage],
    *,
    text: str,
    asked: Sequence[FieldName],
    book: RuleBook,
) -> list[Application]:
    """What answers our questions beyond the sender's own lines."""
    if not asked or len(applications) > 1:
        return applications
    one = without_examples(applications[0], book) if applications else Application()
    for passage in voices:
        if passage.voice is Voice.OURS:
            one = _overlaid(one, filled_in(passage, asked, book))
    offer = accepted_offer(message, text, asked, book)
    if offer is not None and not one.admin_email.usable:
        one = one.having(FieldName.EMAIL, offer)
    return [] if one.empty else [one]


def _of(voices: Iterable[Passage], wanted: set[Voice], book: RuleBook, ours: frozenset[str]) -> list[Application]:
    """The applications that passages of those voices hold, part by part; the body fills what files leave out."""
    made: list[Application] = []
    for passage in voices:
        if passage.voice not in wanted:
            continue
        found = [_without(one, ours) for one in _passage(passage, book)]
        found = [one for one in found if not one.empty]
        made = _joined(made, found)
    return made


def _passage(passage: Passage, book: RuleBook) -> list[Application]:
    rows = list(tabled(passage.part, book)) if passage.voice is Voice.OWN else []
    taken = spans(passage.part, book) if rows else []
    lines = tuple(line for line in with_letterhead(passage.lines) if not any(a <= line.start < b for a, b in taken))
    cut = segments(replace(passage, lines=lines), book.labels)
    seen = owned(entities(passage.part, cut, book), cut)
    rest = list(grouped(Scene(passage.part, tuple(cut), tuple(seen)), book))
    if not rows:
        return rest
    return [fill(row, rest[0], allowed=lambda name: name not in _NAMES) for row in rows] if rest else rows


def _joined(known: list[Application], found: list[Application]) -> list[Application]:
    """Two parts of one voice: a list of several organisations leads, a single one fills or is filled."""
    if not known or not found:
        return known or found
    if len(found) > 1 or len(known) > 1:
        many, few = (found, known) if len(found) >= len(known) else (known, found)
        return [fill(one, few[0], allowed=lambda name: name not in _NAMES) for one in many] if len(few) == 1 else many
    more, less = sorted((known[0], found[0]), key=lambda one: len(one.to_ask()))
    return [fill(more, less, allowed=lambda _: True)]


def _filled(own: list[Application], other: list[Application]) -> list[Application]:
    """The own words win; another voice fills what they leave out."""
    if not own:
        return other
    if len(own) == 1 and len(other) == 1:
        return [_overlaid(own[0], other[0])]
    return own if len(own) > 1 or not other else _corrected_many(own[0], other)


def _overlaid(own: Application, other: Application) -> Application:
    for name, value in other.items():
        if not own[name].usable and (value.usable or own[name].status is Status.MISSING):
            own = own.having(name, value)
    return own


def _corrected_many(own: Application, other: list[Application]) -> list[Application]:
    return other if own.empty or not own.title else [own, *other]


def _may_use_earlier(message: Message, own: list[Application], text: str, book: RuleBook) -> bool:
    """Whether the sender's earlier letter, quoted below, still counts (gold rules: answers, completes, corrects,
    confirms).
    """
    if not any(stretch.depth for part in message.parts for stretch in part.stretches):
        return False
    if own and all(one.complete for one in own):
        return False
    return bool(own) or book.phrases.corrects(text) or book.phrases.confirms(text)


def _without(application: Application, ours: frozenset[str]) -> Application:
    """Our own address is never an applicant's."""
    if application.admin_email.value and application.admin_email.value.casefold() in ours:
        return replace(application, admin_email=type(application.admin_email)())
    return application


def _is_answer(applications: list[Application], voices: Iterable[Passage], text: str) -> bool:
    """Whether a short text with a value in it answers a letter of ours that is quoted below."""
    quoted = any(passage.voice is Voice.OURS for passage in voices)
    given = any(value.usable for one in applications for _, value in one.items())
    return quoted and given and "?" not in text and len(text.strip()) < _SHORT_ANSWER


def _strength(applications: list[Application], text: str, asked: Sequence[FieldName], book: RuleBook) -> int:
    """How much speaks for an application: 2 much, 1 some, 0 nothing."""
    if not applications:
        return 0
    given = {name for one in applications for name, value in one.items() if value.status is not Status.MISSING}
    if asked and given & set(asked):
        return 2
    if (given & _NAMES and given & _CONTACTS and len(given) >= _MUCH) or len(given) > _MUCH:
        return 2
    if given & (_NAMES | _CONTACTS) and book.phrases.requests(text) and len(given) >= _SOME:
        return 2
    return 1 if given else 0


def _evidence(applications: list[Application], message: Message, text: str, book: RuleBook) -> tuple[str, ...]:
    notes = []
    if applications:
        given = sorted({name.value for one in applications for name, value in one.items() if value.usable})
        notes.append("fields found: " + ", ".join(given))
    if book.phrases.requests(text):
        notes.append("asks for registration of an organisation")
    if book.phrases.announces(text) and message.attachments:
        notes.append("announces an attachment")
    return tuple(notes)
