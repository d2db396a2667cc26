"""Small letters, applications and judgements for tests of the store, and the way of one letter through it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rules.application import MISSING, Application, FieldValue, Reading, Source, Status
from rules.judgement import Facts, Judgement, Kind, ReplyKind, TicketPlan
from rules.message import Address, Message
from rules.ticket import State
from store.records import Bookmark, ComposedReply, KeptBatch, RawMessage
from store.unit_of_work import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def raw(uid: int, content: bytes | None = None, *, folder: str = "INBOX", validity: int = 1) -> RawMessage:
    body = b"Message-ID: <%d@school.example>\r\n\r\nletter %d" % (uid, uid) if content is None else content
    return RawMessage(
        mailbox="info",
        folder=folder,
        uid_validity=validity,
        uid=uid,
        received_at=NOW - timedelta(minutes=5),
        kept_at=NOW,
        size=len(body),
        content=body,
    )


def bookmark(last_uid: int, *, folder: str = "INBOX", validity: int = 1) -> Bookmark:
    return Bookmark(mailbox="info", folder=folder, uid_validity=validity, last_uid=last_uid)


def keep(store: Store, *raws: RawMessage) -> KeptBatch:
    last = raws[-1]
    with store.writing() as work:
        return work.messages.keep(raws, bookmark(last.uid, folder=last.folder, validity=last.uid_validity))


def kept_ids(store: Store, count: int) -> list[int]:
    """Keep so many different letters; their rows, oldest first."""
    keep(store, *(raw(uid) for uid in range(1, count + 1)))
    with store.reading() as work:
        return work.messages.next_kept(count, NOW)


def letter(number: int = 1, *, sender: str = "anna@school.example", answers: Sequence[str] = ()) -> Message:
    return Message(
        message_id=f"{number}@school.example",
        subject="СФЕРУМ: Регистрация организации",
        sender=Address("Анна Иванова", sender),
        in_reply_to=tuple(answers),
    )


def value(words: str, status: Status = Status.OK, start: int = 10) -> FieldValue:
    return FieldValue(value=words, status=status, written=words, source=Source("body", start, start + len(words)))


APPLICATION = Application(
    organization_full_name=value("Муниципальное бюджетное общеобразовательное учреждение «Школа № 1»"),
    organization_short_name=value("МБОУ «Школа № 1»", start=90),
    settlement=value("г. Казань", start=120),
    region=replace(value("Республика Татарстан", start=140), code="16"),
    admin_full_name=value("Иванова Анна Петровна", start=170),
    admin_phone=replace(value("+79161234567", start=200), candidates=("+79161234567", "+79169876543")),
    admin_email=MISSING,
)


def plan(
    number: str | None = None, state: State = State.WAITING, application: Application | None = APPLICATION
) -> TicketPlan:
    return TicketPlan(number=number, kind=Kind.APPLICATION, topic=None, state=state, application=application)


def judged(*plans: TicketPlan, turn: bool = True) -> Judgement:
    return Judgement(kind=Kind.APPLICATION, because=("labelled fields",), tickets=plans, turn=turn)


def reply(key: str, kind: ReplyKind = ReplyKind.MISSING, round_: int = 1, *, held: str = "") -> ComposedReply:
    return ComposedReply(
        kind=kind,
        round=round_,
        message_id=f"{key}.{kind.value}{round_}@desk.example",
        recipient="anna@school.example",
        subject="Re: СФЕРУМ",
        text="Здравствуйте!",
        html="<p>Здравствуйте!</p>",
        held=held,
    )


def take_in(
    store: Store,
    raw_id: int,
    judgement: Judgement,
    *,
    message: Message | None = None,
    key: str = "",
    version: int | None = None,
    numbers: Sequence[str] | None = None,
    composed: ComposedReply | None = None,
    now: datetime = NOW,
) -> list[str]:
    """Carry a judgement out; a new thread is named after the raw message."""
    with store.writing() as work:
        return work.carry_out(
            raw_id,
            message or letter(raw_id),
            Reading((APPLICATION,), ("label",), strength=2),
            judgement,
            thread_key=key or f"thread{raw_id}",
            expected_version=version,
            numbers=[f"2611-{raw_id}"] if numbers is None else numbers,
            received_at=now,
            due_at=now + DAY,
            composed=composed,
            now=now,
        )


def open_ticket(store: Store, *, state: State = State.WAITING, kind: ReplyKind = ReplyKind.MISSING) -> str:
    """One letter all the way into a ticket with a queued reply; its number. The thread is `thread1`."""
    raw_id = kept_ids(store, 1)[0]
    return take_in(store, raw_id, judged(plan(state=state)), composed=reply(f"thread{raw_id}", kind))[0]


def facts(store: Store, message: Message, keys: Sequence[str] = (), *, now: datetime = NOW) -> Facts:
    with store.reading() as work:
        return work.facts_about(
            message,
            thread_keys=keys,
            recipient=message.sender.address if message.sender else None,
            received_at=now,
            ours=frozenset({"info@desk.example"}),
            oversized=False,
            now=now,
        )
