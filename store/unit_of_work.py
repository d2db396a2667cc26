"""One transaction over all repositories: `Store.reading()` sees a moment, `Store.writing()` changes the world.

    with store.reading() as work:   a snapshot; takes no lock, cannot write
    with store.writing() as work:   one short write transaction; committed at the end, rolled back on an exception

Slow work (reading a letter, composing, SMTP) never happens inside either.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Connection, Engine, Executable, Row, bindparam, or_, select, update

from rules.application import Reading
from rules.judgement import Facts, Flag, Judgement
from rules.message import Address, Message
from rules.ticket import FINISHED, State
from store import codec, engine, tables
from store.access import Access
from store.actions import Actions
from store.approved import Approved
from store.clock import Clock
from store.figures import Figures
from store.hooks import Hooks
from store.mailboxes import Mailboxes
from store.messages import Messages
from store.outbox import Outbox
from store.outside import Outside
from store.people import People
from store.plans import Occasion, Plans, record_move, touch_threads
from store.records import AlreadyTakenIn, ComposedReply, DatabaseBusy, ThreadMoved
from store.registered import Registered
from store.threads import Threads
from store.tickets import SYSTEM, Tickets
from store.upsert import insert_into, insert_new, upsert

__all__ = ["AlreadyTakenIn", "DatabaseBusy", "Store", "ThreadMoved", "Work"]

_thread, _message, _ticket, _turn = tables.thread.c, tables.message.c, tables.ticket.c, tables.turn.c

_GO_ON = (
    update(tables.thread)
    .where(_thread.key == bindparam("the_key"), _thread.version == bindparam("expected"))
    .values(version=_thread.version + 1, proved=or_(_thread.proved, bindparam("proves", type_=Boolean)))
    .returning(_thread.id)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message says, what was read in it and what was judged."""

    message: Message
    reading: Reading
    judgement: Judgement


class Work:
    """All repositories over one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.messages = Messages(connection)
        self.tickets = Tickets(connection)
        self.outbox = Outbox(connection)
        self.mailboxes = Mailboxes(connection)
        self.actions = Actions(connection)
        self.clock = Clock(connection)
        self.figures = Figures(connection)
        self.people = People(connection)
        self.access = Access(connection)
        self.registered = Registered(connection)
        self.hooks = Hooks(connection)
        self.approved = Approved(connection)
        self.threads = Threads(connection)
        self.outside = Outside(connection)
        self._plans = Plans(connection)

    def facts_about(
        self,
        message: Message,
        *,
        thread_keys: Sequence[str],
        recipient: str | None,
        received_at: datetime,
        ours: frozenset[str],
        oversized: bool,
        now: datetime,
    ) -> Facts:
        """Everything that is known beside the message, see `Threads.facts_about`."""
        return self.threads.facts_about(
            message,
            thread_keys=thread_keys,
            recipient=recipient,
            received_at=received_at,
            ours=ours,
            oversized=oversized,
            now=now,
        )

    def carry_out(
        self,
        raw_id: int,
        message: Message,
        reading: Reading,
        judgement: Judgement,
        *,
        thread_key: str,
        expected_version: int | None,
        numbers: Sequence[str],
        received_at: datetime,
        due_at: datetime,
        composed: ComposedReply | None,
        now: datetime,
        resend_id: str = "",
        proves: bool = True,
    ) -> list[str]:
        """Everything that a message sets off, at once. Returns the numbers of its tickets in the order of the plans.

        `resend_id`: the Message-ID under which an undelivered reply goes to a second address. `proves`: the message proves
        its sender's address (a thread that begins is proved by that or never was in doubt). `expected_version` is that of the thread when it was judged, None for a thread that begins now. Raises
        `AlreadyTakenIn` or `ThreadMoved` (judge again), and `ValueError` for an illegal move; then nothing happens.
        """
        tries = self.messages.close(raw_id)
        if tries is None:
            msg = f"message {raw_id} is taken in already"
            raise AlreadyTakenIn(msg)
        if tries:
            self._close_failures(raw_id, now)
        begins = expected_version is None and (judgement.tickets or composed)
        thread_id = (
            self._begin(thread_key, now, proved=proves)
            if begins
            else self._go_on(thread_key, expected_version, proves=proves)
        )
        message_id = self._record(raw_id, thread_id, Taken(message, reading, judgement), received_at, now)
        if judgement.undelivered is not None:
            bounced, because = judgement.undelivered
            self.outbox.undelivered(bounced.reply_id, because, now)
            if judgement.resend and resend_id:
                self.outbox.resend(bounced.reply_id, judgement.resend, resend_id, now)
        if thread_id is None:
            return []
        occasion = Occasion(
            thread_id=thread_id,
            message_id=message_id,
            address=_from(message).address,
            title=message.subject,
            received_at=received_at,
            now=now,
        )
        return self._set_off(judgement, numbers, due_at, composed, occasion)

    def set_aside(
        self,
        raw_id: int,
        error: str,
        judgement: Judgement,
        *,
        thread_key: str,
        numbers: Sequence[str],
        received_at: datetime,
        due_at: datetime,
        now: datetime,
        not_before: datetime | None = None,
    ) -> str:
        """Keep a failure with its traceback, and give it to an agent as a ticket.

        Returns the ticket's number: that of the first failure if it failed before, "" if it is taken in already.
        With `not_before` the message is tried again by itself from then on (`messages.next_kept(failed_too=True)`).
        """
        if not self.messages.set_aside(raw_id, error, not_before):
            return ""
        known = self._open_failures(raw_id)
        if known:
            return str(known[0].number)
        thread_id = self._begin(thread_key, now)
        message_id = self._record(raw_id, thread_id, Taken(Message(), Reading(), judgement), received_at, now)
        occasion = Occasion(
            thread_id=thread_id,
            message_id=message_id,
            address="",
            title="",
            received_at=received_at,
            now=now,
            by=SYSTEM,
        )
        return next(iter(self._set_off(judgement, numbers, due_at, None, occasion)), "")

    def _set_off(
        self,
        judgement: Judgement,
        numbers: Sequence[str],
        due_at: datetime,
        composed: ComposedReply | None,
        occasion: Occasion,
    ) -> list[str]:
        """Tickets, links, turns and the reply; the numbers of the tickets."""
        tickets = self._plans.carry_out(judgement.tickets, numbers, occasion)
        ids = list(tickets.values())
        if occasion.message_id is not None:
            self._plans.link(ids or self._tickets_of(occasion.thread_id), occasion.message_id)
        self._plans.link_twins(list(zip(ids, judgement.tickets, strict=True)), occasion.now)
        if judgement.turn:
            self._plans.start_turns(ids, occasion.received_at, due_at)
        if composed is not None:
            self._plans.queue(composed, occasion.thread_id, ids, occasion.now)
        return list(tickets)

    def _begin(self, key: str, now: datetime, *, proved: bool = True) -> int:
        statement = insert_new(self._connection.dialect.name, tables.thread, "id")
        thread_id = self._connection.execute(
            statement, {"key": key, "version": 1, "created_at": now, "proved": proved}
        ).scalar()
        if thread_id is None:
            msg = f"the thread {key} exists already"
            raise ThreadMoved(msg)
        return int(thread_id)

    def _go_on(self, key: str, expected_version: int | None, *, proves: bool) -> int | None:
        """Bump the thread's version if it is as it was; None when the message belongs to no thread."""
        if expected_version is None:
            return None
        thread_id = self._connection.execute(
            _GO_ON, {"the_key": key, "expected": expected_version, "proves": proves}
        ).scalar()
        if thread_id is None:
            msg = f"the thread {key} is no longer at version {expected_version}"
            raise ThreadMoved(msg)
        return int(thread_id)

    def _record(self, raw_id: int, thread_id: int | None, said: Taken, received_at: datetime, now: datetime) -> int:
        """The row of a message; one that failed before has its row already, which is written anew."""
        row = _message_row(said) | {
            "raw_id": raw_id,
            "thread_id": thread_id,
            "received_at": received_at,
            "taken_in_at": now,
        }
        statement = upsert(self._connection.dialect.name, tables.message, ("raw_id",), "id")
        return int(self._connection.execute(statement, row).scalar_one())

    def _tickets_of(self, thread_id: int) -> list[int]:
        return list(self._connection.execute(select(_ticket.id).where(_ticket.thread_id == thread_id)).scalars())

    def _open_failures(self, raw_id: int) -> list[Row[int, str, str, str]]:
        """(id, number, state) of the open tickets under which an earlier failure of this message lies."""
        rows = self._connection.execute(
            select(_ticket.id, _ticket.number, _ticket.state, _ticket.flags)
            .join(tables.message, _message.id == _ticket.first_message_id)
            .where(_message.raw_id == raw_id)
            .order_by(_ticket.id)
        ).all()
        return [
            row for row in rows if Flag.FAILED in codec.flags_from_text(row.flags) and State(row.state) not in FINISHED
        ]

    def _close_failures(self, raw_id: int, now: datetime) -> None:
        """The message could be read after all: its failure's ticket is over, the tickets to come take its place."""
        touch_threads(self._connection, [row.number for row in self._open_failures(raw_id)])
        for row in self._open_failures(raw_id):
            self._connection.execute(
                update(tables.ticket).where(_ticket.id == row.id).values(state=State.CLOSED.value, changed_at=now)
            )
            self._connection.execute(
                update(tables.turn)
                .where(_turn.ticket_id == row.id, _turn.ended_at.is_(None))
                .values(ended_at=now, automatic=True)
            )
            move = (State(row.state), State.CLOSED)
            record_move(self._connection, row.id, move, at=now, by=SYSTEM, message_id=None)


class Store:
    """The database, as the rest of the house knows it."""

    def __init__(self, database: Engine) -> None:
        self._engine, self._reader, self._durable = database, engine.reader_of(database), engine.durable_of(database)

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A snapshot that takes no lock. Raises `DatabaseBusy` when the database is out of reach."""
        with engine.reading(self._reader) as connection:
            yield Work(connection)

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[Work]:
        """One write transaction. Raises `DatabaseBusy` when it cannot begin or be committed; nothing is changed then.

        `durable`: its commit survives a power cut too; for what the mail server may forget once it is committed.
        """
        with engine.writing(self._durable if durable else self._engine) as connection:
            yield Work(connection)

    def reserve_numbers(self, count: int, year: int, month: int) -> list[int]:
        """Serial numbers for tickets of that month, never given out twice; some may stay unused."""
        last = self._count_up(f"ticket:{year:04d}-{month:02d}", count)
        return list(range(last - count + 1, last + 1))

    def next_uid(self, mailbox: str) -> int:
        """The next number of a message that comes in another way than over IMAP; never given out twice."""
        return self._count_up(f"uid:{mailbox}", 1)

    def _count_up(self, name: str, count: int) -> int:
        with engine.writing(self._engine) as connection:
            values = {"name": name, "value": count}
            return int(connection.execute(_count_up(connection.dialect.name), values).scalar_one())

    @property
    def kind(self) -> str:
        """Which database it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def place(self) -> str:
        """Where it is, as an operator may see it: the URL without its password."""
        return engine.place_of(self._engine)

    @property
    def engine(self) -> Engine:
        """For `store.schema` only."""
        return self._engine

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


@cache
def _count_up(dialect: str) -> Executable:
    table = tables.counter
    statement = insert_into(dialect, table)
    value = table.c.value + statement.excluded.value
    return statement.on_conflict_do_update(index_elements=[table.c.name], set_={"value": value}).returning(
        table.c.value
    )


def _from(message: Message) -> Address:
    return message.sender or Address("", "")


def _message_row(said: Taken) -> dict[str, Any]:
    message, judgement = said.message, said.judgement
    sender = _from(message)
    return {
        "message_id": message.message_id,
        "from_address": sender.address,
        "from_name": sender.name,
        "subject": message.subject,
        "kind": judgement.kind.value,
        "topic": judgement.topic.value if judgement.topic else None,
        "because": codec.words_to_json(judgement.because),
        "silence": judgement.silence,
        "defects": codec.words_to_json(message.defects),
        "reading": codec.reading_to_json(said.reading),
    }
