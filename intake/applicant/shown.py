"""What the personal page shows of a ticket: where it stands, what is still needed, what is known. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from intake.casework.applicant import TOO_MANY, shown_in_form
from rules.actions import ActionName
from rules.application import MISSING, FieldName, FieldValue, Status
from rules.fields_words import Words
from rules.merging import DIFFERS
from rules.plain_text import plain
from rules.ticket import FINISHED, State
from store.records import ActionRecord, TicketRecord

_LONGEST = 1_000


class Stage(StrEnum):
    """How far one of the three steps is."""

    DONE = "done"
    NOW = "now"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three steps."""

    word: str
    stage: Stage
    note: str = ""


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field: what its input holds, what is said under it, and whether that is an error."""

    key: str
    label: str
    example: str
    text: str
    value: str
    note: str
    wrong: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class TicketShown:
    """One ticket of the thread. `open`: its fields can be filled in; `due`: until when we answer; `said`: what came of
    it, in words.
    """

    number: str
    title: str
    is_application: bool
    steps: tuple[Step, ...]
    open: bool
    needed: tuple[FieldShown, ...] = ()
    known: tuple[FieldShown, ...] = ()
    due: str = ""
    said: str = ""
    reasons: tuple[str, ...] = field(default=())


_RESULT: Final[Mapping[State, str]] = {
    State.APPROVED: "зарегистрировали",
    State.REJECTED: "отказали",
    State.ANSWERED: "ответили",
    State.CLOSED: "закрыли",
}
_SAID: Final[Mapping[State, str]] = {
    State.APPROVED: "Организация зарегистрирована в «Сферуме». Что делать дальше, написано в нашем письме.",
    State.REJECTED: "Зарегистрировать организацию по этой заявке не получилось.",
    State.ANSWERED: "Мы ответили на ваш вопрос письмом. Если ответ не пришёл, загляните в «Спам».",
    State.CLOSED: "Обращение закрыто.",
}
_EXPIRED: Final = (
    "Мы долго не получали недостающие сведения и закрыли заявку. Чтобы продолжить, ответьте на любое наше письмо."
)
_DECISIONS: Final = frozenset(
    {ActionName.APPROVE, ActionName.REJECT, ActionName.DUPLICATE, ActionName.CLOSE, ActionName.EXPIRE, ActionName.SPAM}
)


def ticket_shown(
    record: TicketRecord,
    actions: Sequence[ActionRecord],
    words: Words,
    zone: tzinfo,
    now: datetime,
    *,
    typed: Mapping[FieldName, str] | None = None,
    unusable: Mapping[FieldName, FieldValue] | None = None,
) -> TicketShown:
    """One ticket as its applicant sees it.

    `actions` on it, oldest first: a decision that can still be undone is none yet. `typed`: what was typed and is to stay
    in the form; `unusable`: what of it cannot be used.
    """
    decision = next((one for one in reversed(actions) if one.name in _DECISIONS and one.undone_at is None), None)
    fresh = decision is not None and decision.undo_until is not None and decision.undo_until > now
    state = State.REVIEW if fresh and record.state in FINISHED else record.state
    fields = _fields(record, words, typed or {}, unusable or {})
    open_ = record.state not in FINISHED and record.application is not None
    return TicketShown(
        number=record.number,
        title=words.shown(FieldName.SHORT_NAME, record.application.title) if record.application else "",
        is_application=record.application is not None,
        steps=_steps(record, state),
        open=open_,
        needed=tuple(one for one in fields if one.needed),
        known=tuple(one for one in fields if not one.needed),
        due=words.deadline(record.turn.due_at, zone) if state is State.REVIEW and record.turn else "",
        said="" if state not in FINISHED else _what_came(state, decision),
        reasons=_reasons(state, decision),
    )


def field_note(name: FieldName, value: FieldValue, words: Words) -> str:
    """What is said under a field; "" if all is well."""
    if value.reason == TOO_MANY:
        return sentence(words.too_many)
    if value.status is Status.INVALID:
        return sentence(words.why(name, value.reason))
    if value.status is not Status.DOUBTFUL:
        return ""
    if value.reason == DIFFERS:
        variants = " или ".join(f"«{words.shown(name, one)}»" for one in value.candidates)
        return f"Записали все варианты: {variants}. Какой верен, проверит сотрудник."
    return sentence(words.doubt(name, value))


def sentence(words: str) -> str:
    """Words that go on after others in a reply, standing alone here."""
    return words[:1].upper() + words[1:]


def _fields(
    record: TicketRecord, words: Words, typed: Mapping[FieldName, str], unusable: Mapping[FieldName, FieldValue]
) -> list[FieldShown]:
    made = []
    for name, value in record.application.items() if record.application else ():
        refused = unusable.get(name)
        text = typed.get(name, "") or shown_in_form(value)
        made.append(
            FieldShown(
                key=name.value,
                label=words.labels[name],
                example=words.examples[name],
                text=plain(text, _LONGEST),
                value=words.shown(name, value.value or ""),
                note=field_note(name, refused or value, words),
                wrong=(refused or value).status is Status.INVALID,
                needed=not value.usable,
            )
        )
    return made


def _steps(record: TicketRecord, state: State) -> tuple[Step, ...]:
    checking = "проверяем" if record.application else "готовим ответ"
    end = "решение" if record.application else "ответ"
    got = Step("получили", Stage.DONE, f"№ {record.number}")
    if state in FINISHED:
        return (
            got,
            Step(checking.replace("проверяем", "проверили"), Stage.DONE),
            Step(_RESULT[state], Stage.REFUSED if state is State.REJECTED else Stage.DONE),
        )
    if state is State.WAITING:
        return got, Step(checking, Stage.LATER, "когда будут все сведения"), Step(end, Stage.LATER)
    return got, Step(checking, Stage.NOW), Step(end, Stage.LATER)


def _what_came(state: State, decision: ActionRecord | None) -> str:
    if state is State.CLOSED and decision is not None and decision.name is ActionName.EXPIRE:
        return _EXPIRED
    if state is State.CLOSED and decision is not None and decision.name is ActionName.DUPLICATE:
        return f"Эта заявка повторяет обращение № {decision.details.get('other', '')}, работа идёт по нему."
    return _SAID[state]


def _reasons(state: State, decision: ActionRecord | None) -> tuple[str, ...]:
    """What the agent wrote to the applicant about a refusal, line by line."""
    if state is not State.REJECTED or decision is None or decision.name is not ActionName.REJECT:
        return ()
    lines = (plain(line, _LONGEST) for line in decision.details.get("words", "").splitlines())
    return tuple(line for line in lines if line)


def saved_words(name: FieldName, value: FieldValue, words: Words) -> str:
    """What is said when a field was saved."""
    note = field_note(name, value, words)
    return f"Сохранили. {note}" if note else "Сохранили" if value != MISSING else ""
