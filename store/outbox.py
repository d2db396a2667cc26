"""The outbox: replies are claimed, handed over by somebody else, and marked. Never sends anything.

A claim is a lease: a reply that a dead process was handing over comes up again when its lease has ended.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, Row, bindparam, case, func, literal, or_, select, update

from rules.judgement import REQUESTS, SUBSTANTIVE, NoticeKind, ReplyKind
from rules.ticket import State
from store import tables
from store.columns import AnyText, UtcDateTime
from store.records import Notice, ReplyRecord, ReplyState
from store.threads import domain_of, recipient_key
from store.upsert import insert_new

_ASKING = frozenset(kind.value for kind in REQUESTS | {ReplyKind.ANSWER})  # what a ticket that waits may wait for
_SUBSTANTIVE = frozenset(kind.value for kind in SUBSTANTIVE)
_reply, _turn = tables.reply.c, tables.turn.c
_link = tables.reply_ticket.c

_DUE = (
    select(tables.reply)
    .where(
        or_(
            (_reply.state == ReplyState.QUEUED.value) & (_reply.not_before <= bindparam("now")),
            (_reply.state == ReplyState.SENDING.value) & (_reply.claimed_at < bindparam("dead")),
        )
    )
    .order_by(_reply.not_before, _reply.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(tables.reply)
    .where(_reply.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=ReplyState.SENDING.value,
        claimed_at=bindparam("now", type_=UtcDateTime),
        claimed_by=bindparam("by", type_=AnyText),
        tries=_reply.tries + 1,
        first_try_at=func.coalesce(_reply.first_try_at, bindparam("now", type_=UtcDateTime)),
    )
)
_SENT = (
    update(tables.reply)
    .where(_reply.id == bindparam("the_id"))
    .values(
        state=case((_reply.state == ReplyState.UNDELIVERED.value, _reply.state), else_=ReplyState.SENT.value),
        sent_at=bindparam("now", type_=UtcDateTime),
        last_error="",
    )
    .returning(_reply.state, _reply.created_at, _reply.automatic, _reply.kind, _reply.resent_of)
)
_ASKED = (
    update(tables.ticket)
    .where(
        tables.ticket.c.id.in_(select(_link.ticket_id).where(_link.reply_id == bindparam("reply"))),
        tables.ticket.c.state == State.WAITING.value,
    )
    .values(asked_at=bindparam("moment", type_=UtcDateTime), nudged=0)
)
_NOTICES = frozenset(kind.value for kind in NoticeKind)
_ANSWERED = (
    select(tables.ticket.c.id)
    .join(tables.reply_ticket, _link.ticket_id == tables.ticket.c.id)
    .where(_link.reply_id == bindparam("reply"), tables.ticket.c.state != State.REVIEW.value)
)
_END_TURNS = (
    update(tables.turn)
    .where(_turn.ticket_id.in_(_ANSWERED), _turn.ended_at.is_(None), _turn.started_at <= bindparam("created_at"))
    .values(
        ended_at=bindparam("now", type_=UtcDateTime),
        ended_by_reply=bindparam("reply"),
        automatic=bindparam("by_itself", type_=Boolean),
    )
)
_UNTRIED = {"tries": 0, "claimed_by": "", "last_error": ""}
_SENT_SINCE = select(func.count()).select_from(tables.reply).where(_reply.sent_at > bindparam("moment"))
_NUMBERS = (
    select(_link.reply_id, tables.ticket.c.number)
    .join(tables.ticket, tables.ticket.c.id == _link.ticket_id)
    .where(_link.reply_id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.ticket.c.id)
)


class Outbox:
    """The repository of replies, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, limit: int, now: datetime, by: str, lease_seconds: float) -> tuple[ReplyRecord, ...]:
        """Take up to `limit` due replies for handing over, longest due first; nobody else gets the same ones.

        `tries` of what is returned counts the tries before this one; the claim itself is counted in the database, so
        that a hand-over that kills its process is a try too.
        """
        dead = now - timedelta(seconds=lease_seconds)
        rows = self._connection.execute(_DUE, {"now": now, "dead": dead, "most": limit}).all()
        if not rows:
            return ()
        self._connection.execute(_CLAIM, {"ids": [row.id for row in rows], "now": now, "by": by})
        claimed = {"state": ReplyState.SENDING.value, "claimed_at": now, "claimed_by": by}
        return self._with_tickets(
            row | claimed | {"first_try_at": row["first_try_at"] or now} for row in _mappings(rows)
        )

    def sent(self, reply_id: int, now: datetime) -> None:
        """The server has accepted it. A substantive answer ends the turn of each of its tickets that nobody reviews; a
        request, or a person's words to a ticket that waits, is what waiting tickets wait for from now on.

        A bounce may have come in already: then the reply stays undelivered and ends nothing.
        """
        row = self._connection.execute(_SENT, {"the_id": reply_id, "now": now}).first()
        if row is None or row.state != ReplyState.SENT.value:
            return
        again = row.kind == ReplyKind.REMINDER.value and row.resent_of is not None
        if (
            row.kind in _ASKING or again
        ):  # a reminder says again what is asked: at its second address waiting begins anew
            self._connection.execute(_ASKED, {"reply": reply_id, "moment": now})
        if row.kind not in _SUBSTANTIVE:
            return
        self._connection.execute(
            _END_TURNS, {"reply": reply_id, "now": now, "created_at": row.created_at, "by_itself": row.automatic}
        )

    def notice(self, notice: Notice, now: datetime) -> int | None:
        """Queue a letter to one of our own people; None if the same was queued before (`once`)."""
        values = {
            "thread_id": None,
            "once": notice.once,
            "kind": notice.kind.value,
            "round": 1,
            "message_id": notice.message_id.strip("<>").lower(),
            "recipient": notice.recipient,
            "recipient_key": recipient_key(notice.recipient),
            "recipient_domain": domain_of(notice.recipient),
            "subject": notice.subject,
            "text": notice.text,
            "html": notice.html,
            "in_reply_to": "",
            "references": "",
            "automatic": True,
            "state": ReplyState.QUEUED.value,
            "held_because": "",
            "created_at": now,
            "not_before": now,
            "copied": False,
        } | _UNTRIED
        statement = insert_new(self._connection.dialect.name, tables.reply, "id")
        return self._connection.execute(statement, values).scalar()

    def noticed(self, once: Sequence[str]) -> frozenset[str]:
        """Which of these notices were queued before."""
        found = self._connection.execute(select(_reply.once).where(_reply.once.in_(once))).scalars()
        return frozenset(one for one in found if one is not None)

    def retry(self, reply_id: int, not_before: datetime, error: str, now: datetime) -> None:
        """It could not be handed over now: again from `not_before` on."""
        self._move(
            reply_id,
            {ReplyState.SENDING},
            {"state": ReplyState.QUEUED.value, "not_before": not_before, "last_error": error, "last_error_at": now},
        )

    def refused(self, reply_id: int, error: str, now: datetime) -> tuple[str, ...]:
        """The server refused it for good, or we gave up. Returns the numbers of its tickets, for `tickets.alarm`."""
        values = {"state": ReplyState.REFUSED.value, "last_error": error, "last_error_at": now}
        if not self._move(reply_id, {ReplyState.SENDING}, values):
            return ()
        self._connection.execute(_ASKED, {"reply": reply_id, "moment": None})
        return self._numbers([reply_id]).get(reply_id, ())

    def hold(self, reply_id: int, because: str) -> bool:
        """Keep it from leaving until `release`. False if it is under way or gone."""
        values = {"state": ReplyState.HELD.value, "held_because": because}
        return self._move(reply_id, {ReplyState.QUEUED}, values)

    def release(self, reply_id: int, now: datetime) -> bool:
        """Let a held reply go. False if it is not held."""
        values = {"state": ReplyState.QUEUED.value, "held_because": "", "not_before": now}
        return self._move(reply_id, {ReplyState.HELD}, values)

    def drop(self, reply_id: int) -> bool:
        """Do not send it after all. False if it is under way or gone."""
        return self._move(reply_id, {ReplyState.HELD, ReplyState.QUEUED}, {"state": ReplyState.DROPPED.value})

    def pick_up(self, reply_id: int, state: ReplyState) -> bool:
        """It was dropped too early: back to what it was, held or queued."""
        return self._move(reply_id, {ReplyState.DROPPED}, {"state": state.value})

    def undelivered(self, reply_id: int, because: str, now: datetime) -> bool:
        """A bounce takes it back, whatever we believed of it."""
        known = set(ReplyState) - {ReplyState.REFUSED, ReplyState.DROPPED}
        values = {"state": ReplyState.UNDELIVERED.value, "last_error": because, "last_error_at": now}
        done = self._move(reply_id, known, values)
        if done:  # nobody waits, is reminded or expires on what was not delivered (domain.md §4)
            self._connection.execute(_ASKED, {"reply": reply_id, "moment": None})
        return done

    def resend(self, reply_id: int, recipient: str, message_id: str, now: datetime) -> int | None:
        """The same reply once more to another address; None if that was done before."""
        row = self._connection.execute(select(tables.reply).where(_reply.id == reply_id)).mappings().first()
        again = self._connection.execute(select(_reply.id).where(_reply.resent_of == reply_id)).first()
        if row is None or row["resent_of"] is not None or again is not None:
            return None
        rounds = select(func.max(_reply.round)).where(_reply.thread_id == row["thread_id"], _reply.kind == row["kind"])
        fresh = {
            "round": self._connection.execute(rounds).scalar_one() + 1,
            "message_id": message_id.strip("<>").lower(),
            "recipient": recipient,
            "recipient_key": recipient_key(recipient),
            "recipient_domain": domain_of(recipient),
            "resent_of": reply_id,
            "state": ReplyState.QUEUED.value,
            "held_because": "",
            "created_at": now,
            "not_before": now,
            "copied": False,
        }
        kept = ("thread_id", "kind", "subject", "text", "html", "in_reply_to", "references", "automatic")
        values = {name: row[name] for name in kept} | fresh | _UNTRIED
        new = int(self._connection.execute(tables.reply.insert().returning(_reply.id), values).scalar_one())
        links = select(literal(new), _link.ticket_id).where(_link.reply_id == reply_id)
        self._connection.execute(tables.reply_ticket.insert().from_select(["reply_id", "ticket_id"], links))
        return new

    def sent_since(self, moment: datetime) -> int:
        """How many replies the server has accepted since that moment, for the provider's limits."""
        return self._connection.execute(_SENT_SINCE, {"moment": moment}).scalar_one()

    def to_copy(self, limit: int = 50) -> tuple[ReplyRecord, ...]:
        """Sent replies of which no copy lies in the Sent folder yet, oldest first."""
        rows = self._connection.execute(
            select(tables.reply)
            .where(_reply.sent_at.is_not(None), _reply.copied.is_(False))
            .order_by(_reply.sent_at)
            .limit(limit)
        )
        return self._with_tickets(_mappings(rows))

    def copied(self, reply_id: int) -> None:
        """A copy lies in the Sent folder."""
        self._connection.execute(update(tables.reply).where(_reply.id == reply_id).values(copied=True))

    def pending_count(self) -> int:
        """How many replies are on their way: queued or being handed over."""
        return self._connection.execute(
            select(func.count())
            .select_from(tables.reply)
            .where(_reply.state.in_((ReplyState.QUEUED.value, ReplyState.SENDING.value)))
        ).scalar_one()

    def count_by_state(self) -> dict[ReplyState, int]:
        """How many replies are in each state."""
        found = self._connection.execute(select(_reply.state, func.count()).group_by(_reply.state)).all()
        counts = {row[0]: row[1] for row in found}
        return {state: counts.get(state.value, 0) for state in ReplyState}

    def list(self, limit: int, offset: int = 0, *, states: Iterable[ReplyState] = ()) -> tuple[ReplyRecord, ...]:
        """Replies, newest first, all or those in the given states."""
        statement = select(tables.reply).order_by(_reply.id.desc()).limit(limit).offset(offset)
        wanted = [state.value for state in states]
        if wanted:
            statement = statement.where(_reply.state.in_(wanted))
        return self._with_tickets(_mappings(self._connection.execute(statement)))

    def get(self, reply_id: int) -> ReplyRecord | None:
        """One reply; None if there is none of that number."""
        rows = self._connection.execute(select(tables.reply).where(_reply.id == reply_id))
        return next(iter(self._with_tickets(_mappings(rows))), None)

    def of_ticket(self, ticket_id: int) -> tuple[ReplyRecord, ...]:
        """The replies about one ticket, oldest first."""
        rows = self._connection.execute(
            select(tables.reply)
            .join(tables.reply_ticket, tables.reply_ticket.c.reply_id == _reply.id)
            .where(tables.reply_ticket.c.ticket_id == ticket_id)
            .order_by(_reply.id)
        )
        return self._with_tickets(_mappings(rows))

    def _move(self, reply_id: int, before: set[ReplyState], values: dict[str, Any]) -> bool:
        done = self._connection.execute(
            update(tables.reply)
            .where(_reply.id == reply_id, _reply.state.in_([state.value for state in before]))
            .values(values)
        )
        return done.rowcount == 1

    def _with_tickets(self, rows: Iterable[dict[str, Any]]) -> tuple[ReplyRecord, ...]:
        known = tuple(rows)
        numbers = self._numbers([row["id"] for row in known]) if known else {}
        return tuple(_record(row, numbers.get(row["id"], ())) for row in known)

    def _numbers(self, reply_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        found = self._connection.execute(_NUMBERS, {"ids": list(reply_ids)})
        numbers: dict[int, tuple[str, ...]] = {}
        for reply_id, number in found:
            numbers[reply_id] = (*numbers.get(reply_id, ()), number)
        return numbers


def _mappings(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - the library's documented way to a row as a mapping


def _kind(name: str) -> ReplyKind | NoticeKind:
    return NoticeKind(name) if name in _NOTICES else ReplyKind(name)


def _record(row: dict[str, Any], tickets: tuple[str, ...]) -> ReplyRecord:
    return ReplyRecord(
        id=row["id"],
        kind=_kind(row["kind"]),
        round=row["round"],
        message_id=row["message_id"],
        recipient=row["recipient"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        in_reply_to=row["in_reply_to"],
        references=row["references"],
        automatic=row["automatic"],
        state=ReplyState(row["state"]),
        held_because=row["held_because"],
        created_at=row["created_at"],
        not_before=row["not_before"],
        tries=row["tries"],
        first_try_at=row["first_try_at"],
        claimed_at=row["claimed_at"],
        claimed_by=row["claimed_by"],
        sent_at=row["sent_at"],
        last_error=row["last_error"],
        last_error_at=row["last_error_at"],
        copied=row["copied"],
        tickets=tickets,
    )
