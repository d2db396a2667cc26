"""`/tickets/{number}`: one ticket. The letter with the values marked in it, the seven fields, replies, what happened.

The letters are parsed anew from their raw bytes, here only; everything else comes as the store remembers it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from intake.desk import lines, words
from intake.desk.deps import Deps
from intake.desk.letter import Letter, number_of, shown
from intake.desk.pages.tickets import LABELS, Tab, tab_of
from intake.desk.words import Word
from rules.application import Status
from rules.fields_words import Words
from rules.ticket import is_number
from store.records import FieldChange, FieldRecord, KeptMessage, MessageRecord, TicketRecord
from store.unit_of_work import Work

LETTERS: Final = 10  # most letters shown with their text, the newest; the history names them all
BYTES: Final = 40_000_000  # and no more raw bytes than this, but always one letter
_PEOPLE: Final = {"applicant": "заявитель", "system": "программа", "": "программа"}


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One letter of the ticket. `nothing` is said where it has no text."""

    sender: str
    subject: str
    received: datetime
    letter: Letter
    nothing: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: its number 1–7, its value or what was written, what is wrong with it; `marked` in a letter."""

    n: int
    label: str
    value: str
    word: Word
    reason: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    at: datetime
    words: str


def router(deps: Deps) -> APIRouter:
    """`GET /tickets/{number}`."""
    routes = APIRouter()

    @routes.get("/tickets/{number}")
    def ticket(request: Request, number: str) -> HTMLResponse:
        if not is_number(number):
            raise HTTPException(404)
        with deps.store.reading() as work:
            record = work.tickets.get(number)
            if record is None:
                raise HTTPException(404)
            kept = _newest(work, record)
        return _page(deps, request, record, kept)

    return routes


def _newest(work: Work, record: TicketRecord) -> list[tuple[MessageRecord, KeptMessage]]:
    """The newest letters with their bytes, oldest first, as many as a page can bear."""
    taken: list[tuple[MessageRecord, KeptMessage]] = []
    total = 0
    for one in reversed(record.messages[-LETTERS:]):
        kept = work.messages.load(one.raw_id)
        total += len(kept.content)
        if taken and total > BYTES:
            break
        taken.append((one, kept))
    return taken[::-1]


def _page(
    deps: Deps, request: Request, record: TicketRecord, kept: list[tuple[MessageRecord, KeptMessage]]
) -> HTMLResponse:
    now, zone = deps.now(), deps.desk.zone
    messages = [_message(deps, record, one, raw) for one, raw in kept]
    marked = frozenset[int]().union(*(one.letter.marked for one in messages))
    tab, turn = tab_of(record.state, record.kind), record.turn
    return deps.view.page(
        "ticket.html",
        request=request,
        number=record.number,
        title=lines.title(record.title, record.kind, record.topic),
        kind=words.TOPICS[record.topic] if record.topic else words.KINDS[record.kind],
        state=words.STATES[record.state],
        flags=lines.flags(record.flags),
        due=words.remaining(turn.due_at, now, zone) if turn else None,
        due_at=turn.due_at if turn else None,
        opened_at=record.opened_at,
        back=f"/?tab={tab.value}" if tab is not Tab.REVIEW else "/",
        back_label=LABELS[tab],
        messages=messages,
        all_messages=len(record.messages),
        fields=[_field(deps.words, one, marked) for one in _fields(record)],
        field_titles={number_of(name): label for name, label in words.FIELDS.items()},
        replies=[lines.reply_words(one, now, zone) for one in record.replies],
        no_replies=_no_replies(record),
        history=sorted(_events(deps, record), key=lambda event: event.at),
    )


def _message(deps: Deps, record: TicketRecord, one: MessageRecord, kept: KeptMessage) -> ShownMessage:
    here = [(field.name, field.value) for field in record.fields if field.raw_id == one.raw_id]
    nothing = "В этом письме нет текста, который можно показать."
    if kept.oversized:
        nothing = f"Письмо слишком велико ({words.size(kept.size)}): сохранены только его заголовки."
    return ShownMessage(
        sender=f"{one.from_name} <{one.from_address}>"
        if one.from_name
        else one.from_address or "отправитель не указан",
        subject=one.subject,
        received=one.received_at,
        letter=shown(deps.read_letter(kept.content), here),
        nothing=nothing,
    )


def _fields(record: TicketRecord) -> tuple[FieldRecord, ...]:
    """The seven in their order; none when the ticket is not about an application."""
    if record.application is None:
        return ()
    return tuple(FieldRecord(name, value) for name, value in record.application.items())


def _field(known: Words, record: FieldRecord, marked: frozenset[int]) -> FieldLine:
    name, value = record.name, record.value
    said = value.value if value.usable else value.written
    reason = ""
    if value.status is Status.DOUBTFUL:
        reason = known.doubt(name, value)
    elif value.status is Status.INVALID:
        reason = known.why(name, value.reason)
    shown_value = known.shown(name, said or "")
    if value.code and shown_value:
        shown_value = f"{shown_value} ({value.code})"
    label = words.FIELDS[name]
    number = number_of(name)
    return FieldLine(
        number, label[0].upper() + label[1:], shown_value, words.STATUSES[value.status], reason, number in marked
    )


def _no_replies(record: TicketRecord) -> str:
    if not any(one.silence for one in record.messages):
        return "Ответов ещё не было."
    return "На это письмо программа сама не отвечает."


def _events(deps: Deps, record: TicketRecord) -> Iterator[Event]:
    """What happened to a ticket, unsorted."""
    now, zone = deps.now(), deps.desk.zone
    for one in record.messages:
        yield Event(one.received_at, f"Пришло письмо: {words.KINDS[one.kind]}")
    yield Event(record.opened_at, "Открыто обращение")
    for change in record.history:
        yield Event(change.at, _changed(deps.words, change))
    for move in record.moves:
        who = _PEOPLE.get(move.by, move.by)
        yield Event(move.at, f"{words.STATES[move.before].text} → {words.STATES[move.after].text} ({who})")
    for reply in record.replies:
        what = words.mail(reply.kind)
        yield Event(reply.created_at, f"Составлен ответ «{what}»")
        if reply.sent_at:
            yield Event(reply.sent_at, f"Отправлен ответ «{what}»")
    for turn in record.turns:
        if turn.ended_at:
            late = turn.ended_at > turn.due_at
            until = words.moment(turn.due_at, now, zone)
            yield Event(turn.ended_at, f"Ответ дан {'позже срока' if late else 'в срок'} (до {until})")


def _changed(known: Words, change: FieldChange) -> str:
    name = change.name
    before = known.shown(name, change.before.value or change.before.written or "") or "не было"
    after = known.shown(name, change.after.value or change.after.written or "") or "снято"
    label = words.FIELDS[name]
    return f"{label[0].upper() + label[1:]}: {before} → {after} ({_PEOPLE.get(change.by, change.by)})"
