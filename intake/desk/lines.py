"""Records of the store as lines of words: what several pages say in the same way. Pure; no question is asked here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.desk import words
from intake.desk.words import Tone, Word
from rules.application import FieldName, Status
from rules.judgement import Flag, Kind, Topic
from store.records import MailboxState, ReplyRecord, ReplyState, UnsettledField


@dataclass(frozen=True, slots=True)
class ReplyWords:
    """A reply as a page shows it. `at`: when it was sent, else when it was made; `note`: why it has not arrived."""

    what: str
    how: Word
    recipient: str
    subject: str
    text: str
    at: datetime
    note: str
    tickets: tuple[str, ...]


def reply_words(reply: ReplyRecord, now: datetime, zone: ZoneInfo) -> ReplyWords:
    """A reply with its delivery state, and in words what keeps it from arriving."""
    return ReplyWords(
        what=words.mail(reply.kind),
        how=words.DELIVERIES[reply.state],
        recipient=reply.recipient,
        subject=reply.subject,
        text=reply.text,
        at=reply.sent_at or reply.created_at,
        note=_note(reply, now, zone),
        tickets=reply.tickets,
    )


def _note(reply: ReplyRecord, now: datetime, zone: ZoneInfo) -> str:
    if reply.state is ReplyState.HELD:
        return words.held(reply.held_because)
    if reply.state in {ReplyState.REFUSED, ReplyState.UNDELIVERED}:
        return f"ответ сервера: {reply.last_error}" if reply.last_error else ""
    if reply.state is ReplyState.QUEUED and reply.tries:
        again = words.moment(reply.not_before, now, zone) if reply.not_before > now else "сейчас"
        tried = words.counted(reply.tries, "попытка", "попытки", "попыток")
        return f"{tried}, следующая: {again}; {reply.last_error}".removesuffix("; ")
    return ""


def title(named: str, kind: Kind, topic: Topic | None) -> str:
    """What stands for a ticket in lists and on top of its page: the organisation, else what the letter is."""
    if named:
        return named
    if kind is Kind.QUESTION:
        said = words.TOPICS[topic] if topic else words.KINDS[kind]
    else:
        said = "заявка без названия" if kind is Kind.APPLICATION else words.KINDS[kind]
    return said[0].upper() + said[1:]


def flags(given: Iterable[Flag]) -> tuple[Word, ...]:
    """The flags in the order of their enumeration."""
    held = frozenset(given)
    return tuple(words.FLAGS[flag] for flag in Flag if flag in held)


def look_at(
    given: Iterable[Flag], unsettled: Iterable[UnsettledField], kind: Kind, topic: Topic | None
) -> tuple[Word, ...]:
    """What a person should look at first, in at most three lines and the flags."""
    groups: dict[Status, list[FieldName]] = {}
    for one in unsettled:
        groups.setdefault(one.status, []).append(one.name)
    said = [
        Word(f"{start}: {', '.join(words.FIELDS[name] for name in FieldName if name in groups[status])}", tone)
        for status, start, tone in _GROUPS
        if status in groups
    ]
    if topic:
        said.append(Word(words.TOPICS[topic]))
    found = (*flags(given), *said)
    return found or ((Word("всё найдено", Tone.GOOD),) if kind is Kind.APPLICATION else ())


_GROUPS = (
    (Status.INVALID, "не подходит", Tone.BROKEN),
    (Status.MISSING, "не хватает", Tone.QUIET),
    (Status.DOUBTFUL, "проверить", Tone.LOOK),
)


def alarm(box: MailboxState, now: datetime, zone: ZoneInfo) -> str:
    """What is wrong with a mailbox, «» if nothing: never to be taken for "no mail"."""
    if not box.error:
        return ""
    since = f" с {words.moment(box.error_since, now, zone, by_date=True)}" if box.error_since else ""
    return f"Ящик {box.mailbox} не читается{since}: {box.error}"


def last_look(box: MailboxState, now: datetime, zone: ZoneInfo) -> str:
    """When a mailbox was last read."""
    if box.last_good_look is None:
        return f"Ящик {box.mailbox} ещё не смотрели"
    when = words.moment(box.last_good_look, now, zone, by_date=True)
    return f"Ящик {box.mailbox} смотрели {'в ' if len(when) == _CLOCK else ''}{when}"


_CLOCK = len("14:32")
