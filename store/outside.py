"""A person's answer that was not written in the desk but found in the Sent folder: whose thread it belongs to, and what
ends with it. Decides nothing (`rules.outside` does).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, true, update

from rules.application import FieldName
from rules.judgement import Kind
from rules.message import Message
from rules.ticket import State, numbers_in
from store import tables
from store.columns import UtcDateTime
from store.outbox import Outbox
from store.plans import Plans
from store.records import ReplyState
from store.threads import MOST_IDS, MOST_NUMBERS, answered_ids, recipient_key

_thread, _ticket, _turn = tables.thread.c, tables.ticket.c, tables.turn.c
_reply, _message, _field = tables.reply.c, tables.message.c, tables.field.c
_reply_link, _message_link = tables.reply_ticket.c, tables.ticket_message.c
_PEOPLES = (Kind.APPLICATION.value, Kind.QUESTION.value, Kind.UNREADABLE.value)
_UNSENT = (ReplyState.HELD.value, ReplyState.QUEUED.value)

_KNOWN = select(_thread.key).where(_thread.key.in_(bindparam("keys", expanding=True)))
_REPLIED = (
    select(_reply.message_id.label("id"), _thread.key)
    .join(tables.thread, _thread.id == _reply.thread_id)
    .where(_reply.message_id.in_(bindparam("ids", expanding=True)))
)
_WRITTEN = (
    select(_message.message_id.label("id"), _thread.key)
    .join(tables.thread, _thread.id == _message.thread_id)
    .where(_message.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(_message.id)
)
_NUMBERED = (
    select(_ticket.number, _thread.key)
    .join(tables.thread, _thread.id == _ticket.thread_id)
    .where(_ticket.number.in_(bindparam("numbers", expanding=True)))
)
_LATER = (
    select(_ticket.number, func.min(_message.received_at).label("first"))
    .join(tables.ticket_message, _message_link.ticket_id == _ticket.id)
    .join(tables.message, _message.id == _message_link.message_id)
    .where(
        _ticket.number.in_(bindparam("numbers", expanding=True)),
        _message.kind.in_(_PEOPLES),
        _message.received_at > bindparam("moment", type_=UtcDateTime),
    )
    .group_by(_ticket.number)
)


class Outside:
    """The repository of answers from outside the desk, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def thread_key(self, message: Message, token_keys: Sequence[str], ours: Collection[str]) -> str:
        """The thread that it belongs to: by what it answers (our replies, then letters to us), else by a ticket number in
        its subject together with a known address of that thread; "" if none.

        `token_keys`: keys from verified tokens. `ours`: the case folded addresses of our mailboxes.
        """
        return self._by_token(token_keys) or self._by_answer(message) or self._by_number(message, ours)

    def applicants(self, thread_key: str, ours: Collection[str]) -> frozenset[str]:
        """Every address of a thread that is not ours, case folded: who wrote, whom we answered, the administrators."""
        theirs = select(_thread.id).where(_thread.key == thread_key).scalar_subquery()
        wrote = select(_message.from_address).where(_message.thread_id == theirs, _message.kind.in_(_PEOPLES))
        got = select(_reply.recipient).where(_reply.thread_id == theirs)
        named = (
            select(_field.value)
            .join(tables.ticket, _ticket.id == _field.ticket_id)
            .where(_ticket.thread_id == theirs, _field.name == FieldName.EMAIL.value)
        )
        found = {
            recipient_key(one)
            for statement in (wrote, got, named)
            for one in self._connection.execute(statement).scalars()
            if one
        }
        return frozenset(found - {""} - set(ours))

    def heard_after(self, numbers: Sequence[str], moment: datetime) -> dict[str, datetime]:
        """Of these tickets those about which a person wrote after that moment, with the first time it happened."""
        rows = self._connection.execute(_LATER, {"numbers": list(numbers), "moment": moment})
        return {row.number: row.first for row in rows}

    def answered(self, numbers: Sequence[str], at: datetime) -> None:
        """A person answered at that moment: turns that were open then end, tickets that wait do so since then."""
        ids = select(_ticket.id).where(_ticket.number.in_(numbers))
        self._connection.execute(
            update(tables.turn)
            .where(_turn.ticket_id.in_(ids), _turn.ended_at.is_(None), _turn.started_at <= at)
            .values(ended_at=at, automatic=False)
        )
        self._connection.execute(
            update(tables.ticket)
            .where(_ticket.number.in_(numbers), _ticket.state == State.WAITING.value)
            .values(asked_at=at, nudged=0)
        )

    def goes_on(self, later: Mapping[str, tuple[datetime, datetime]], at: datetime) -> None:
        """A person answered these at that moment, but the applicant wrote again after it: a turn each from then on
        (number: start, due).
        """
        for number, (started, due) in later.items():
            ids = select(_ticket.id).where(_ticket.number == number)
            done = self._connection.execute(
                update(tables.turn)
                .where(_turn.ticket_id.in_(ids), _turn.ended_at.is_(None), _turn.started_at <= at)
                .values(ended_at=at, automatic=False)
            )
            if done.rowcount:
                Plans(self._connection).start_turns(list(self._connection.execute(ids).scalars()), started, due)

    def silence(self, thread_key: str, numbers: Sequence[str]) -> int:
        """Drop the automatic replies about these tickets alone that have not left yet. Returns how many."""
        ids = select(_ticket.id).where(_ticket.number.in_(numbers))
        others = select(_reply_link.reply_id).where(_reply_link.ticket_id.not_in(ids))
        about = select(_reply_link.reply_id).where(_reply_link.ticket_id.in_(ids))
        rows = self._connection.execute(
            select(_reply.id)
            .join(tables.thread, _thread.id == _reply.thread_id)
            .where(
                _thread.key == thread_key,
                _reply.automatic == true(),
                _reply.state.in_(_UNSENT),
                _reply.id.in_(about),
                _reply.id.not_in(others),
            )
        ).scalars()
        outbox = Outbox(self._connection)
        return sum(outbox.drop(reply_id) for reply_id in list(rows))

    def _by_token(self, keys: Sequence[str]) -> str:
        wanted = list(keys)[:MOST_IDS]
        if not wanted:
            return ""
        known = set(self._connection.execute(_KNOWN, {"keys": wanted}).scalars())
        return next((key for key in wanted if key in known), "")

    def _by_answer(self, message: Message) -> str:
        """By the nearest Message-ID that it names, of a reply of ours or of a letter in a thread."""
        ids = answered_ids(message)
        if not ids:
            return ""
        replied = {row.id: row.key for row in self._connection.execute(_REPLIED, {"ids": list(ids)})}
        written = self._connection.execute(_WRITTEN, {"ids": _spellings(message)})
        threads = {row.id.lower(): row.key for row in written} | replied
        return next((threads[one] for one in ids if one in threads), "")

    def _by_number(self, message: Message, ours: Collection[str]) -> str:
        numbers = numbers_in(message.subject)[:MOST_NUMBERS]
        if not numbers:
            return ""
        rows = self._connection.execute(_NUMBERED, {"numbers": list(numbers)})
        keys = {row.number: row.key for row in rows}
        to = {one.key for one in (*message.to, *message.cc)}
        for key in dict.fromkeys(keys[number] for number in numbers if number in keys):
            if to & self.applicants(key, ours):
                return str(key)
        return ""


def _spellings(message: Message) -> list[str]:
    """The ids it names as they are spelled, and in lower case."""
    named: Iterable[str] = [one.strip("<> \t") for one in (*message.in_reply_to, *reversed(message.references))][
        :MOST_IDS
    ]
    return sorted({spelled for one in named for spelled in (one, one.lower())})
