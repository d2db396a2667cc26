"""`/`: the queue. Tabs with counts, one line a ticket, the state of the mailboxes on top."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from intake.desk import lines, words
from intake.desk.deps import Deps
from intake.desk.words import Tone, Word
from rules.judgement import Kind
from rules.ticket import FINISHED, State
from store.records import FailedMessage, MailboxState, MessageRecord, RawState, TicketLine
from store.unit_of_work import Work

PAGE: Final = 50
LAST_PAGE: Final = 100_000


class Tab(StrEnum):
    """The parts of the queue, in the order of the tabs. `review` holds all that an agent must act on, questions too."""

    REVIEW = "review"
    WAITING = "waiting"
    QUESTIONS = "questions"
    FINISHED = "finished"
    OTHER = "other"
    FAILED = "failed"


LABELS: Final[dict[Tab, str]] = {
    Tab.REVIEW: "К проверке",
    Tab.WAITING: "Ждём заявителя",
    Tab.QUESTIONS: "Вопросы",
    Tab.FINISHED: "Завершённые",
    Tab.OTHER: "Прочее",
    Tab.FAILED: "Не разобрано",
}

EMPTY: Final[dict[Tab, str]] = {
    Tab.REVIEW: "Проверять нечего: по всем обращениям решение принято или мы ждём заявителя.",
    Tab.WAITING: "Никого не ждём: во всех заявках хватает сведений.",
    Tab.QUESTIONS: "Вопросов без ответа нет.",
    Tab.FINISHED: "Завершённых обращений пока нет.",
    Tab.OTHER: "Рассылок, автоответов и уведомлений не приходило.",
    Tab.FAILED: "Все письма разобраны.",
}


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab as it is shown."""

    label: str
    href: str
    count: int
    here: bool
    alarm: bool


@dataclass(frozen=True, slots=True)
class LastReply:
    """What was last written to the applicant, and where that is."""

    what: str
    how: Word


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket of the list."""

    number: str
    title: str
    place: str
    look: tuple[Word, ...]
    reply: LastReply | None
    received: datetime
    state: Word
    due: Word | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class OtherRow:
    """One message without a ticket."""

    subject: str
    name: str
    address: str
    kind: str
    received: datetime


@dataclass(frozen=True, slots=True)
class FailedRow:
    """One message that was set aside. `error` is the last line of its traceback."""

    id: int
    mailbox: str
    received: datetime
    size: int
    tries: int
    error: Word
    tickets: tuple[str, ...]


def _row(line: TicketLine, now: datetime, zone: ZoneInfo) -> Row:
    named = lines.title(line.title, line.kind, line.topic)
    return Row(
        number=line.number,
        title=named,
        place=line.region or line.applicant_address,
        look=lines.look_at(line.flags, line.unsettled, line.kind, line.topic),
        reply=LastReply(words.REPLIES[line.reply.kind], words.DELIVERIES[line.reply.state]) if line.reply else None,
        received=line.opened_at,
        state=words.STATES[line.state],
        due=words.remaining(line.due_at, now, zone) if line.due_at else None,
        due_at=line.due_at,
    )


def _other(record: MessageRecord) -> OtherRow:
    kind = words.KINDS[record.kind]
    return OtherRow(record.subject, record.from_name, record.from_address, kind, record.received_at)


def _failed(record: FailedMessage) -> FailedRow:
    last = record.error.strip().rpartition("\n")[2] or "причина не записана"
    return FailedRow(
        record.id,
        record.mailbox,
        record.received_at,
        record.size,
        record.tries,
        Word(last, Tone.BROKEN),
        record.tickets,
    )


def tab_of(state: State, kind: Kind) -> Tab:
    """Under which tab a ticket lies."""
    if state in FINISHED:
        return Tab.FINISHED
    if state is State.WAITING:
        return Tab.WAITING
    return Tab.QUESTIONS if kind is Kind.QUESTION else Tab.REVIEW


_STATES: Final[dict[Tab, tuple[State, ...]]] = {
    Tab.REVIEW: (State.REVIEW,),
    Tab.WAITING: (State.WAITING,),
    Tab.QUESTIONS: (State.REVIEW,),
    Tab.FINISHED: tuple(state for state in State if state in FINISHED),
}
_TEMPLATES: Final = {Tab.OTHER: "others.html", Tab.FAILED: "failed.html"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look into the store gave for a tab."""

    counts: dict[Tab, int]
    boxes: list[MailboxState]
    found: tuple[TicketLine, ...] | tuple[MessageRecord, ...] | tuple[FailedMessage, ...]


def _look(work: Work, tab: Tab, offset: int) -> _Seen:
    """Everything the page needs, one row more than it shows."""
    by_state = work.tickets.count_by_state()
    counts = {
        Tab.REVIEW: by_state[State.REVIEW],
        Tab.WAITING: by_state[State.WAITING],
        Tab.QUESTIONS: work.tickets.count((State.REVIEW,), kind=Kind.QUESTION),
        Tab.FINISHED: sum(by_state[state] for state in FINISHED),
        Tab.OTHER: work.messages.count_without_ticket(),
        Tab.FAILED: work.messages.count_by_state()[RawState.FAILED],
    }
    found: tuple[TicketLine, ...] | tuple[MessageRecord, ...] | tuple[FailedMessage, ...]
    if tab is Tab.OTHER:
        found = tuple(work.messages.without_ticket(PAGE + 1, offset))
    elif tab is Tab.FAILED:
        found = tuple(work.messages.failed())
    else:
        kind = Kind.QUESTION if tab is Tab.QUESTIONS else None
        found = work.tickets.list(_STATES[tab], PAGE + 1, offset, kind=kind)
    return _Seen(counts, work.mailboxes.states(), found)


def router(deps: Deps) -> APIRouter:
    """`GET /`; `tab` names the tab, `page` counts from 1, `still` stops the page from refreshing itself."""
    routes = APIRouter()

    @routes.get("/")
    def queue(request: Request, tab: str = "", page: str = "", still: str = "") -> HTMLResponse:
        here = Tab(tab) if tab in set(Tab) else Tab.REVIEW
        number = _page_number(page)
        with deps.store.reading() as work:
            seen = _look(work, here, (number - 1) * PAGE)
        now, zone = deps.now(), deps.desk.zone
        tabs = [_tab(one, seen.counts[one], here) for one in Tab]
        return deps.view.page(
            _TEMPLATES.get(here, "tickets.html"),
            request=request,
            tabs=tabs,
            current=next(one for one in tabs if one.here),
            rows=[_shown(one, now, zone) for one in seen.found[: PAGE if here is not Tab.FAILED else None]],
            empty=EMPTY[here],
            alarms=[said for box in seen.boxes if (said := lines.alarm(box, now, zone))],
            looked=[lines.last_look(box, now, zone) for box in seen.boxes] or ["Почту ещё не смотрели"],
            refresh=deps.drop is not None and not still and number == 1,
            earlier=f"{_href(here)}&page={number + 1}" if len(seen.found) > PAGE and here is not Tab.FAILED else "",
            later=f"{_href(here)}&page={number - 1}" if number > 1 else "",
        )

    return routes


def _page_number(given: str) -> int:
    """The page asked for; 1 for anything that is no sensible page."""
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(LAST_PAGE)) else 1
    return min(max(number, 1), LAST_PAGE)


def _href(tab: Tab) -> str:
    return f"/?tab={tab.value}"


def _tab(tab: Tab, count: int, here: Tab) -> TabLink:
    return TabLink(LABELS[tab], _href(tab), count, tab is here, tab is Tab.FAILED and count > 0)


def _shown(
    found: TicketLine | MessageRecord | FailedMessage, now: datetime, zone: ZoneInfo
) -> Row | OtherRow | FailedRow:
    if isinstance(found, TicketLine):
        return _row(found, now, zone)
    return _other(found) if isinstance(found, MessageRecord) else _failed(found)
