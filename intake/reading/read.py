"""`read`: what a message says about applications, all parts and voices together.

The sender's own words come first; a forwarded letter, attachments and the sender's own earlier letter fill what they
leave out, under the conditions a careful clerk would set. Never raises on any text; has no clock and no I/O.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from intake.reading.answers import accepted_offer, blank_fields, filled_in, refused_number, without_examples
from intake.reading.entities import entities
from intake.reading.grids import drawn_grids, heading_sheet, known_grids, label_sheets
from intake.reading.groups import grouped
from intake.reading.joining import joined
from intake.reading.lending import lend
from intake.reading.letterhead import with_letterhead
from intake.reading.owners import owned
from intake.reading.passages import Passage, Voice, lines_of, passages
from intake.reading.segments import Segment, segments
from intake.reading.suspicion import suspected
from intake.reading.tables import fill, spans, tabled
from intake.reading.weigh import Scene
from rules.application import Application, FieldName, Reading, Status
from rules.book import RuleBook
from rules.merging import names_organization, same_organization
from rules.message import Message, Part, Zone
from rules.our_address import is_our_address

_SENTENCE_END = re.compile(r"[.!?\n]")
_LONGEST_QUESTION, _SHORTEST_QUESTION = 200, 3  # code points before the question mark
FROM_A_PICTURE = "read from a picture"
_SHORT_ANSWER = 400  # code points
_MUCH, _SOME = 3, 2  # fields that make an application certain, or likely
_ALL = frozenset(FieldName)
_OF_PLACE = frozenset({FieldName.FULL_NAME, FieldName.SHORT_NAME, FieldName.SETTLEMENT, FieldName.REGION})
_NAMES = frozenset({FieldName.FULL_NAME, FieldName.SHORT_NAME})
_CONTACTS = frozenset({FieldName.ADMIN, FieldName.PHONE, FieldName.EMAIL})


def read(
    message: Message, book: RuleBook, *, ours: frozenset[str] = frozenset(), asked: Sequence[FieldName] = ()
) -> Reading:
    """Everything the message says about applications.

    `ours`: case folded addresses of our desk, never an applicant's. `asked`: the fields we asked this sender for.
    """
    voices = list(passages(message, ours, book.phrases))
    own_text = "\n".join(
        line.text
        for passage in voices
        if passage.voice is Voice.OWN
        for line in passage.lines
        if line.voice is Voice.OWN
    )
    asked = asked or blank_fields(voices, book)
    correction = book.phrases.corrects(own_text)
    own = _of(voices, {Voice.OWN}, book, ours, correction=correction)
    applications = own
    if not own or not all(one.complete for one in own):
        forwarded = _of(voices, {Voice.FORWARD}, book, ours)
        # Who passes an application on is no part of it, unless he says what is to be corrected.
        passed_on = (
            any(one.title for one in forwarded) and not any(_named_by_sender(one) for one in own) and not correction
        )
        applications = _supplied(forwarded, own) if passed_on else _filled(own, forwarded)
    if _may_use_earlier(message, applications, own_text, book):
        applications = _filled(applications, _of(voices, {Voice.EARLIER}, book, ours))
    applications = _with_subject(applications, message, book, ours)
    applications = _answered(applications, message, voices, text=own_text, asked=asked, book=book)
    applications = _doubting_pictures(applications, message)
    applications = suspected(applications, message)
    evidence = _evidence(applications, message, own_text, book)
    return Reading(
        applications=tuple(applications),
        evidence=evidence,
        announced=bool(message.attachments) and book.phrases.announces(own_text),
        asks=any(map(book.phrases.is_question, _questions(own_text))),
        correction=correction,
        strength=2 if _is_answer(applications, voices, own_text) else _strength(applications, own_text, asked, book),
    )


def _named_by_sender(application: Application) -> bool:
    """Whether the sender names an organisation otherwise than in a signature."""
    sources = (application[name].source for name in _NAMES if application[name].usable)
    return any(source is None or source.zone is not Zone.SIGNATURE for source in sources)


def _supplied(forwarded: list[Application], own: list[Application]) -> list[Application]:
    """A forwarded application with what its forwarder says of the administrator and the letter leaves out."""
    if len(forwarded) != 1 or len(own) != 1:
        return forwarded
    one = forwarded[0]
    for name in _CONTACTS:
        value = own[0][name]
        if not one[name].usable and value.usable and value.evidence in {"whose: admin", "named as administrator"}:
            one = one.having(name, value)
    return [one]


def _with_subject(
    applications: list[Application], message: Message, book: RuleBook, ours: frozenset[str]
) -> list[Application]:
    """What the subject says, where nothing else does; whose a name or number is, it must say itself."""
    if len(applications) > 1 or not message.subject.strip():
        return applications
    part = next((one for one in message.parts if one.name == "subject"), None)
    if part is None or (applications and applications[0].complete):
        return applications
    cut = segments(Passage(part, Voice.OWN, tuple(lines_of(part))), book.labels)
    said = [_without(one, ours) for one in _said(part, cut, book)]
    if len(said) != 1:
        return applications
    own = applications[0] if applications else Application()
    allowed = _ALL if own.empty and len([1 for _, value in said[0].items() if value.usable]) > _MUCH else _OF_PLACE
    for name in allowed:
        if own[name].status is Status.MISSING and said[0][name].usable:
            own = own.having(name, said[0][name])
    return [] if own.empty else [own]


def _doubting_pictures(applications: list[Application], message: Message) -> list[Application]:
    """What was guessed from a picture is never beyond doubt."""
    guessed = {part.name for part in message.parts if part.guessed}
    if not guessed:
        return applications
    return [_doubted(one, guessed) for one in applications]


def _doubted(application: Application, guessed: set[str]) -> Application:
    for name, value in application.items():
        if value.status is Status.OK and value.source is not None and value.source.part in guessed:
            application = application.having(name, replace(value, status=Status.DOUBTFUL, reason=FROM_A_PICTURE))
    return application


def _questions(text: str) -> Iterator[str]:
    """The sentences of a text that end in a question mark, as far back as a question reaches."""
    at = text.find("?")
    while at >= 0:
        before = _SENTENCE_END.split(text[max(0, at - _LONGEST_QUESTION) : at])[-1]
        if len(before) >= _SHORTEST_QUESTION:
            yield f"{before}?"
        at = text.find("?", at + 1)


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
            written = [given for given in filled_in(passage, asked, book) if not given.empty]
            if len(written) > 1:
                return applications or written
            one = _overlaid(one, written[0]) if written else one
    offer = accepted_offer(message, text, asked, book)
    if offer is not None and not one.admin_email.usable:
        one = one.having(FieldName.EMAIL, offer)
    number = refused_number(text, asked)
    if number is not None and one.admin_phone.status is Status.MISSING:
        one = one.having(FieldName.PHONE, number)
    return [] if one.empty else [one]


def _of(
    voices: Iterable[Passage], wanted: set[Voice], book: RuleBook, ours: frozenset[str], *, correction: bool = False
) -> list[Application]:
    """The applications that passages of those voices hold, part by part; the body fills what files leave out.

    `correction`: the sender says that something is to be corrected, so that what the body says goes before a file.
    """
    made: list[Application] = []
    for passage in voices:
        if passage.voice not in wanted:
            continue
        found = [_without(one, ours) for one in _passage(passage, book)]
        found = [one for one in found if not one.empty]
        made = joined(made, found, book.phrases, correction=correction)
    return made


def _passage(passage: Passage, book: RuleBook) -> list[Application]:
    rows, listed, taken = _tables(passage, book)
    lines = tuple(line for line in with_letterhead(passage.lines) if not any(a <= line.start < b for a, b in taken))
    rest = _said(passage.part, segments(replace(passage, lines=lines), book.labels), book)
    if listed:
        rest = _with_common(listed, rest, passage.part, book)
    return _with_common(rows, rest, passage.part, book) if rows else rest


def _with_common(made: list[Application], rest: list[Application], part: Part, book: RuleBook) -> list[Application]:
    """What tables say, with what the text around them says once."""
    if len(rest) != 1:
        return made
    return (
        lend(made, rest[0], part, book.phrases) if len(made) > 1 else [fill(made[0], rest[0], allowed=lambda _: True)]
    )


def _said(part: Part, cut: list[Segment], book: RuleBook) -> list[Application]:
    """What segments of a text say."""
    seen = owned(entities(part, cut, book), cut)
    return list(grouped(Scene(part, tuple(cut), tuple(seen)), book))


def _tables(passage: Passage, book: RuleBook) -> tuple[list[Application], list[Application], list[tuple[int, int]]]:
    """What tables say: a row each, and lists of label and value; and the stretches that were read so."""
    if passage.voice not in {Voice.OWN, Voice.FORWARD}:
        return [], [], []
    part = passage.part
    spoken = [(line.start, line.end) for line in passage.lines if line.voice is passage.voice and not line.blank]
    rows, taken = [], []
    if passage.voice is Voice.OWN:
        rows = list(tabled(part, book))
        taken = spans(part, book) if rows else []
    listed: list[Application] = []
    for grid in (*drawn_grids(part), *known_grids(part)):
        if not any(grid.start <= start < grid.end for start, _ in spoken) or any(a <= grid.start < b for a, b in taken):
            continue
        if sheets := label_sheets(part, grid, book):
            for sheet in sheets:
                listed.extend(map(sheet.back, _said(sheet.part, list(sheet.cut), book)))
        elif heading := heading_sheet(part, grid, book):
            rows.extend(map(heading.back, tabled(heading.part, book)))
        else:
            continue
        taken.append((grid.start, grid.end))
    return rows, listed, taken


def _filled(own: list[Application], other: list[Application]) -> list[Application]:
    """The own words win; another voice fills what they leave out."""
    if not own:
        return other
    if len(own) == 1 and len(other) == 1:
        stands_alone = sum(1 for _, value in own[0].items() if value.usable) > _MUCH and names_organization(own[0])
        if stands_alone and names_organization(other[0]) and not same_organization(own[0], other[0]):
            return own  # somebody else's application, passed on as a pattern
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
    if is_our_address((application.admin_email.value or "").casefold(), ours):
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
    if message.attachments and book.phrases.announces(text):
        notes.append("announces an attachment")
    return tuple(notes)
