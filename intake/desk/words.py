"""How the desk says things in Russian: states, kinds, flags, times, counts. Tables and pure functions.

The reasons for doubt and refusal come from the one word list that replies use too; they do not stand here. Each table has a word for every member of its enumeration (a house test holds that).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.application import FieldName, Status
from rules.judgement import Flag, Kind, NoticeKind, ReplyKind, Topic
from rules.ticket import State
from store.records import ReplyState


class Tone(StrEnum):
    """The four meanings that colour may have, and none. Colour never stands alone: an icon and a word go with it."""

    GOOD = "good"
    LOOK = "look"
    BROKEN = "broken"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its tone."""

    text: str
    tone: Tone = Tone.QUIET


STATES: Final[dict[State, Word]] = {
    State.REVIEW: Word("к проверке", Tone.LOOK),
    State.WAITING: Word("ждём заявителя"),
    State.APPROVED: Word("одобрена", Tone.GOOD),
    State.REJECTED: Word("отклонена", Tone.BROKEN),
    State.ANSWERED: Word("отвечено", Tone.GOOD),
    State.CLOSED: Word("закрыто"),
}

FIELDS: Final[dict[FieldName, str]] = {
    FieldName.FULL_NAME: "полное название",
    FieldName.SHORT_NAME: "краткое название",
    FieldName.SETTLEMENT: "населённый пункт",
    FieldName.REGION: "субъект РФ",
    FieldName.ADMIN: "администратор",
    FieldName.PHONE: "мобильный телефон",
    FieldName.EMAIL: "электронная почта",
}
"""Column names, short enough for a list; replies call the fields by the full names of the word list."""

KINDS: Final[dict[Kind, str]] = {
    Kind.APPLICATION: "заявка",
    Kind.QUESTION: "вопрос",
    Kind.AUTO_REPLY: "автоответ",
    Kind.BOUNCE: "сообщение о недоставке",
    Kind.BULK: "рассылка или реклама",
    Kind.UNREADABLE: "письмо не прочитать",
    Kind.SENT: "ответ из почты",
}

TOPICS: Final[dict[Topic, str]] = {
    Topic.TEACHER_STUDENT: "вопрос учителя или ученика",
    Topic.PARENT: "вопрос родителя",
    Topic.ORGANIZATION: "вопрос организации",
    Topic.OTHER: "другой вопрос",
}

STATUSES: Final[dict[Status, Word]] = {
    Status.OK: Word("найдено", Tone.GOOD),
    Status.DOUBTFUL: Word("проверить", Tone.LOOK),
    Status.INVALID: Word("не подходит", Tone.BROKEN),
    Status.MISSING: Word("не найдено", Tone.BROKEN),
}

FLAGS: Final[dict[Flag, Word]] = {
    Flag.ASKS: Word("есть вопрос", Tone.LOOK),
    Flag.WITHDRAWN: Word("просит отозвать заявку", Tone.LOOK),
    Flag.POSSIBLE_DUPLICATE: Word("возможно, дубль", Tone.LOOK),
    Flag.UNREACHABLE: Word("заявитель недоступен", Tone.BROKEN),
    Flag.NOBODY_TO_ANSWER: Word("ответить некому", Tone.LOOK),
    Flag.REPLY_HELD: Word("ответ задержан", Tone.LOOK),
    Flag.UNREADABLE: Word("письмо не прочитать", Tone.BROKEN),
    Flag.TOO_LARGE: Word("письмо слишком велико", Tone.LOOK),
    Flag.FAILED: Word("не разобрано из-за ошибки", Tone.BROKEN),
    Flag.ALREADY_REGISTERED: Word("уже зарегистрирована: смена администратора?", Tone.LOOK),
    Flag.ANSWERED_OUTSIDE: Word("ответили из почты, решение за вами", Tone.LOOK),
    Flag.SPAM: Word("спам"),
    Flag.PHONE: Word("просили трижды: позвоните", Tone.LOOK),
}

REPLIES: Final[dict[ReplyKind, str]] = {
    ReplyKind.RECEIVED: "заявка получена",
    ReplyKind.MISSING: "запрос недостающего",
    ReplyKind.QUESTION_RECEIVED: "вопрос получен",
    ReplyKind.TOO_LARGE: "письмо слишком велико",
    ReplyKind.SEVERAL: "несколько организаций",
    ReplyKind.UNREADABLE_ATTACHMENT: "вложение не прочитать",
    ReplyKind.REMINDER: "напоминание",
    ReplyKind.EXPIRED: "закрыто без ответа",
    ReplyKind.STATUS: "как идут дела",
    ReplyKind.DUPLICATE: "повтор другой заявки",
    ReplyKind.APPROVED: "зарегистрирована",
    ReplyKind.REJECTED: "отказ",
    ReplyKind.ANSWER: "ответ на вопрос",
}

NOTICES: Final[dict[NoticeKind, str]] = {
    NoticeKind.WARNING: "сотрудникам: скоро срок",
    NoticeKind.BREACH: "сотрудникам: срок прошёл",
    NoticeKind.DIGEST: "сотрудникам: сводка",
    NoticeKind.ALERT: "сотрудникам: внимание",
}

DELIVERIES: Final[dict[ReplyState, Word]] = {
    ReplyState.HELD: Word("задержан", Tone.LOOK),
    ReplyState.QUEUED: Word("в очереди"),
    ReplyState.SENDING: Word("отправляется"),
    ReplyState.SENT: Word("отправлен", Tone.GOOD),
    ReplyState.REFUSED: Word("сервер отказал", Tone.BROKEN),
    ReplyState.UNDELIVERED: Word("не доставлен", Tone.BROKEN),
    ReplyState.DROPPED: Word("снят"),
}


def mail(kind: ReplyKind | NoticeKind) -> str:
    """What a letter of ours is."""
    return NOTICES[kind] if isinstance(kind, NoticeKind) else REPLIES[kind]


_WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
_SOON = timedelta(hours=6)  # a quarter of the promised 24 hours
_WEEK = 7
_TEEN, _HUNDRED, _TEN = (11, 14), 100, 10
_FEW = (2, 4)


def plural(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun after a number: 1 письмо, 2 письма, 5 писем."""
    if _TEEN[0] <= count % _HUNDRED <= _TEEN[1]:
        return many
    last = count % _TEN
    if last == 1:
        return one
    return few if _FEW[0] <= last <= _FEW[1] else many


def counted(count: int, one: str, few: str, many: str) -> str:
    """A number with its noun, held together."""
    return f"{count}\N{NO-BREAK SPACE}{plural(count, one, few, many)}"


def moment(when: datetime, now: datetime, zone: ZoneInfo, *, by_date: bool = False) -> str:
    """A moment as a person would say it: «14:32», «вчера 14:32», «пт 18:00», «20 ноября, 18:00», with the year if not ours.

    `by_date`: no «вчера» and no weekday, for where these would not stand well («с 19 ноября, 14:10»).
    """
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return clock
    if days == -1 and not by_date:
        return f"вчера\N{NO-BREAK SPACE}{clock}"
    if 0 < days < _WEEK and not by_date:
        return f"{_WEEKDAYS[local.weekday()]}\N{NO-BREAK SPACE}{clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day}\N{NO-BREAK SPACE}{_MONTHS[local.month - 1]}{year}, {clock}"


def exactly(when: datetime, zone: ZoneInfo) -> str:
    """The whole moment, for a hint: «пт, 20 ноября 2026 г., 18:00:05 (MSK)»."""
    local = when.astimezone(zone)
    day = f"{_WEEKDAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year} г."
    return f"{day}, {local:%H:%M:%S} ({local.tzname()})"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: «3 ч 20 мин», «2 дн. 3 ч», «меньше минуты»."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    pieces = [(days, "дн."), (hours, "ч"), (rest if not days else 0, "мин")]
    words = [f"{number}\N{NO-BREAK SPACE}{unit}" for number, unit in pieces if number]
    return "\N{NO-BREAK SPACE}".join(words) or "меньше минуты"


def remaining(due: datetime, now: datetime, zone: ZoneInfo) -> Word:
    """What is left of a turn: «осталось 3 ч 20 мин (до пт 18:00)», amber in its last six hours, red when breached."""
    when = moment(due, now, zone)
    if due <= now:
        return Word(f"просрочено на {span(now - due)} (срок был {when})", Tone.BROKEN)
    return Word(f"осталось {span(due - now)} (до {when})", Tone.LOOK if due - now <= _SOON else Tone.QUIET)


def size(count: int) -> str:
    """A size in bytes as a person reads it: «512 Б», «24 КБ», «3,1 МБ»."""
    kilo, mega = 1_000, 1_000_000
    if count < kilo:
        return f"{count}\N{NO-BREAK SPACE}Б"
    if count < mega:
        return f"{round(count / kilo)}\N{NO-BREAK SPACE}КБ"
    return f"{count / mega:.1f}\N{NO-BREAK SPACE}МБ".replace(".", ",")


_HELD: Final = (
    ("ask", "ждёт согласия сотрудника"),
    ("соглас", "ждёт согласия сотрудника"),
    ("24", "на этот адрес за сутки ушло слишком много автоматических ответов"),
    ("many", "на этот адрес за сутки ушло слишком много автоматических ответов"),
)


def held(because: str) -> str:
    """Why a reply waits for an agent."""
    said = because.casefold()
    return next((text for needle, text in _HELD if needle in said), "ждёт решения сотрудника")
