"""Letters to our own people: warnings, breaches, the day's digest, alerts; from `templates/notices/<kind>/`.

Composes only: whom to tell and when is decided by `rules.telling` and `intake.timers`. What stands in a letter of an
applicant (an organisation's name) is foreign text here too.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError, select_autoescape
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import SandboxedEnvironment

from intake.settings import Desk
from intake.tokens import Tokens
from rules.errors import TemplateError
from rules.fields_words import Words
from rules.judgement import NoticeKind
from rules.people import Role
from rules.plain_text import plain, tied, without_links, wrapped
from rules.telling import Day
from rules.ticket import State
from store.records import DayFigures, Notice, OpenTurn, Person

FILES = ("subject.txt", "body.txt", "body.html")
MOST_LISTED = 50  # turns that one letter lists
_LONGEST_TITLE, _LONGEST_SUBJECT = 120, 200
_Failures = (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, OSError, RecursionError)


@dataclass(frozen=True, slots=True)
class TurnShown:
    """One open turn as a template sees it. `due`: «до понедельника, 23 ноября …»; `assignee`: a name or ""."""

    number: str
    title: str
    due: str
    assignee: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the digest."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the digest under one title."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShown:
    """What a digest tells: the day, its figures, the open turns by age and those that end soon.

    `ages`: label and number; `overdue`: of all open turns; `years`: whose working days are not yet decreed.
    """

    day: Day
    figures: DayFigures
    ages: tuple[tuple[str, int], ...]
    overdue: int
    soon: tuple[OpenTurn, ...]
    years: tuple[int, ...] = ()


class Noticer:
    """Composes notices; made once. Raises `TemplateError` for a template that is missing or broken."""

    def __init__(self, folder: Path, words: Words, desk: Desk, tokens: Tokens) -> None:
        self._folder, self._words, self._desk, self._tokens = folder, words, desk, tokens
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def turns(self, kind: NoticeKind, turns: Sequence[OpenTurn], to: Person, people: Mapping[str, Person]) -> Notice:
        """A warning or a breach, of all these turns. `people`: ours, by address."""
        once = f"{kind.value}:{hashlib.sha256(' '.join(str(one.id) for one in turns).encode()).hexdigest()}:{to.email}"
        return self._notice(kind, once, to, self._turn_values(turns, people))

    def digest(self, shown: DayShown, to: Person, people: Mapping[str, Person]) -> Notice:
        """The figures of a day."""
        values = self._turn_values(shown.soon, people) | {
            "period": self._period(shown.day),
            "groups": _groups(shown),
            "years": shown.years,
        }
        return self._notice(NoticeKind.DIGEST, digest_once(shown.day, to), to, values)

    def year(self, year: int, to: Person) -> Notice:
        """The working days of a year are not known."""
        return self._notice(NoticeKind.ALERT, year_once(year, to), to, {"year": year})

    def prove(self) -> int:
        """Compose each kind once, on nothing real; how many there are. Raises `TemplateError`."""
        moment = datetime(2026, 11, 20, 15, 0, tzinfo=self._desk.zone)
        to = Person("agent@example.ru", "Анна Иванова", Role.AGENT)
        turn = OpenTurn(
            id=1,
            number="2611-204",
            title="МБОУ «Школа № 1»",
            assignee=to.email,
            state=State.REVIEW,
            started_at=moment,
            due_at=moment,
            warned_at=None,
            breached_at=None,
        )
        for kind in (NoticeKind.WARNING, NoticeKind.BREACH):
            self.turns(kind, (turn,), to, {to.email: to})
            self.turns(kind, (turn,) * (MOST_LISTED + 1), to, {})
        figures = DayFigures(
            letters=1,
            opened=1,
            decided=((State.APPROVED, 1),),
            kept_by_people=1,
            kept_by_itself=1,
            broken=0,
            waiting=1,
            held=0,
            undelivered=0,
            set_aside=0,
        )
        day = Day(moment.date(), moment - timedelta(days=3), moment)
        self.digest(DayShown(day=day, figures=figures, ages=(), overdue=0, soon=(turn,), years=(2027,)), to, {})
        self.year(moment.year, to)
        return len(NoticeKind)

    def _turn_values(self, turns: Sequence[OpenTurn], people: Mapping[str, Person]) -> dict[str, Any]:
        return {
            "turns": tuple(self._turn(one, people) for one in turns[:MOST_LISTED]),
            "more": max(len(turns) - MOST_LISTED, 0),
            "count": len(turns),
            "tickets": self._words.counted("ticket", len(turns)),
        }

    def _turn(self, turn: OpenTurn, people: Mapping[str, Person]) -> TurnShown:
        person = people.get(turn.assignee)
        return TurnShown(
            number=turn.number,
            title=without_links(plain(turn.title, _LONGEST_TITLE), self._words.link),
            due=self._words.deadline(turn.due_at, self._desk.zone),
            assignee=plain(person.name if person else turn.assignee, _LONGEST_TITLE),
        )

    def _period(self, day: Day) -> str:
        """«20 ноября 2026 года», or with days off behind it «20 ноября — 22 ноября 2026 года»."""
        first = day.start.astimezone(self._desk.zone).date()
        last = (day.end - timedelta(microseconds=1)).astimezone(self._desk.zone).date()
        words = [f"{one.day} {self._words.months[one.month - 1]}" for one in dict.fromkeys((first, last))]
        return f"{' — '.join(words)} {last.year} года"

    def _notice(self, kind: NoticeKind, once: str, to: Person, values: Mapping[str, Any]) -> Notice:
        known = dict(values) | {"name": plain(to.name, _LONGEST_TITLE), "desk_name": self._desk.name}
        subject, text, html = (self._render(f"{kind.value}/{file}", known) for file in FILES)
        key = f"notice-{hashlib.sha256(once.encode()).hexdigest()[:24]}"  # names no thread: an answer to it joins none
        return Notice(
            kind=kind,
            once=once,
            message_id=self._tokens.message_id(key, kind.value, 1, self._desk.address.rpartition("@")[2]),
            recipient=to.email,
            subject=plain(subject, _LONGEST_SUBJECT),
            text=wrapped(tied(text)),
            html=tied(html) + "\n",
        )

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        try:
            return self._environment.get_template(name).render(values)
        except _Failures as error:
            line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            msg = f"{self._folder / name}{line}: {error}"
            raise TemplateError(msg) from error


def digest_once(day: Day, to: Person) -> str:
    """By what the digest of a day to somebody is queued once."""
    return f"digest:{day.day.isoformat()}:{to.email}"


def year_once(year: int, to: Person) -> str:
    """By what the alert about a year's calendar to somebody is queued once."""
    return f"calendar:{year}:{to.email}"


def _groups(shown: DayShown) -> tuple[Group, ...]:
    figures = shown.figures
    kept = figures.kept_by_people + figures.kept_by_itself
    ends = {
        State.APPROVED: "одобрено заявок",
        State.REJECTED: "отклонено заявок",
        State.ANSWERED: "отвечено на вопросы",
        State.CLOSED: "закрыто обращений",
    }
    return (
        Group("Пришло", _rows(("писем от людей", figures.letters), ("новых обращений", figures.opened))),
        Group("Решено", _rows(*((ends[state], count) for state, count in figures.decided))),
        Group(
            "Ответы",
            _rows(
                ("вовремя", kept),
                ("из них сотрудники", figures.kept_by_people),
                ("из них программа", figures.kept_by_itself),
                ("с опозданием", figures.broken),
            ),
        ),
        Group(
            "Ждут нашего ответа сейчас",
            _rows(*shown.ages, ("просрочено", shown.overdue)),
        ),
        Group(
            "Ещё",
            _rows(
                ("ждём заявителей", figures.waiting),
                ("писем ждут согласия сотрудника", figures.held),
                ("не доставлено писем", figures.undelivered),
                ("не разобрано писем", figures.set_aside),
            ),
        ),
    )


def _rows(*pairs: tuple[str, int]) -> tuple[Row, ...]:
    return tuple(Row(label, str(value)) for label, value in pairs)


def managers(people: Iterable[Person]) -> tuple[Person, ...]:
    """Those of our people who are told of everything: managers, and admins, who may do all that managers may."""
    return tuple(one for one in people if one.active and one.role.may_act_as(Role.MANAGER))
