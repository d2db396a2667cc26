"""What the database knows about a message: its thread, our replies it is about, how much we wrote lately. Reads only.

Two statements for a letter out of the blue, seven for an answer, a few more for one that only names its number.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, bindparam, func, select, true

from rules.application import Application, FieldName, FieldValue
from rules.judgement import Facts, Kind, ReplyFacts, ReplyKind, ThreadFacts, TicketFacts
from rules.message import Message
from rules.ticket import State, numbers_in
from store import codec, tables
from store.records import ReplyState

_thread, _ticket, _field = tables.thread.c, tables.ticket.c, tables.field.c
_reply, _message = tables.reply.c, tables.message.c

LATELY = timedelta(hours=24)  # the stretch in which automatic replies to one address are counted (domain.md §6)
MOST_IDS = 100  # of a long References header only the ends matter
MOST_NUMBERS = 5  # ticket numbers in one subject that are looked up
_MACHINES = (Kind.AUTO_REPLY.value, Kind.BOUNCE.value, Kind.BULK.value)

_OUR_REPLIES = (
    select(_reply.id, _reply.message_id, _reply.recipient, _thread.key, _ticket.number)
    .join(tables.thread, _thread.id == _reply.thread_id)
    .join(tables.reply_ticket, tables.reply_ticket.c.reply_id == _reply.id, isouter=True)
    .join(tables.ticket, _ticket.id == tables.reply_ticket.c.ticket_id, isouter=True)
    .where(_reply.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(_reply.id, _ticket.id)
)
_REPLIES_LATELY = (
    select(func.count())
    .select_from(tables.reply)
    .where(
        _reply.recipient_key == bindparam("recipient"),
        _reply.created_at > bindparam("since"),
        _reply.automatic == true(),
        _reply.state != ReplyState.DROPPED.value,
    )
)
_THREADS = select(_thread.id, _thread.key, _thread.version).where(_thread.key.in_(bindparam("keys", expanding=True)))
_THREADS_OF = (
    select(_thread.id, _thread.key, _ticket.number)
    .join(tables.ticket, _ticket.thread_id == _thread.id)
    .where(_ticket.number.in_(bindparam("numbers", expanding=True)))
)
_TICKETS = (
    select(_ticket.id, _ticket.number, _ticket.state, _ticket.kind)
    .where(_ticket.thread_id == bindparam("thread"))
    .order_by(_ticket.id)
)
_ROUNDS = (
    select(_reply.kind, func.max(_reply.round)).where(_reply.thread_id == bindparam("thread")).group_by(_reply.kind)
)
_WRITERS = (
    select(_message.from_address)
    .join(tables.ticket, _ticket.first_message_id == _message.id)
    .where(_ticket.thread_id == bindparam("thread"), _message.kind.not_in(_MACHINES), _message.from_address != "")
    .distinct()
)
_FIELDS = select(tables.field).where(_field.ticket_id.in_(bindparam("tickets", expanding=True)))


class Threads:
    """The repository of threads, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        """Everything that is known beside the message.

        `thread_keys`: keys from verified tokens, the likeliest first. `recipient`: the address a reply would go to.
        `ours`: the case-folded addresses of our mailboxes.
        """
        by_id = self._our_replies(message)
        bounced = next((by_id[one] for one in _answered_ids(message) if one in by_id), None)
        keys = list(thread_keys)
        if bounced is not None:  # a delivery report is about the reply it names, whatever else it refers to
            keys.insert(0 if message.report else len(keys), bounced.thread_key)
        by_token = self._thread(keys)
        thread = by_token or self._by_number(message)
        return Facts(
            received_at=received_at,
            our_addresses=ours,
            thread=thread,
            ours=_id(message.message_id) in by_id,
            bounced=bounced,
            by_token=by_token is not None and by_token.key in thread_keys,
            replies_lately=self._replies_lately(recipient, now),
            oversized=oversized,
        )

    def _our_replies(self, message: Message) -> dict[str, ReplyFacts]:
        """Our replies among the ids that a message names, by Message-ID in lower case."""
        ids = {_id(message.message_id), *_answered_ids(message)} - {""}
        if not ids:
            return {}
        rows = self._connection.execute(_OUR_REPLIES, {"ids": sorted(ids)}).all()
        numbers: dict[int, list[str]] = {}
        for row in rows:
            numbers.setdefault(row.id, []).extend([row.number] if row.number else [])
        return {row.message_id: ReplyFacts(row.id, row.recipient, row.key, tuple(numbers[row.id])) for row in rows}

    def _replies_lately(self, recipient: str | None, now: datetime) -> int:
        if not recipient:
            return 0
        since = now - LATELY
        return self._connection.execute(
            _REPLIES_LATELY, {"recipient": recipient_key(recipient), "since": since}
        ).scalar_one()

    def _thread(self, keys: Sequence[str]) -> ThreadFacts | None:
        """The first of these threads that exists, with all that matters about it."""
        if not keys:
            return None
        found = self._connection.execute(_THREADS, {"keys": _some(keys)})
        by_key = {row.key: row for row in found}
        row = next((by_key[key] for key in keys if key in by_key), None)
        return None if row is None else self._facts(row)

    def _by_number(self, message: Message) -> ThreadFacts | None:
        """The thread of a ticket that the subject names, if the sender wrote in it before (domain.md §4).

        A number alone from a stranger opens nobody's ticket.
        """
        numbers = numbers_in(message.subject)[:MOST_NUMBERS]
        if not numbers or message.sender is None or not message.sender.key:
            return None
        rows = self._connection.execute(_THREADS_OF, {"numbers": list(numbers)}).all()
        for row in sorted(rows, key=lambda row: numbers.index(row.number)):
            if message.sender.key in self._addresses(row.id):
                return self._thread([row.key])
        return None

    def _facts(self, thread: Row[int, str, int]) -> ThreadFacts:
        thread_id, key, version = thread
        tickets = self._connection.execute(_TICKETS, {"thread": thread_id}).all()
        applications = applications_of(self._connection, [row.id for row in tickets])
        addresses = self._addresses(thread_id)
        rounds = self._connection.execute(_ROUNDS, {"thread": thread_id})
        return ThreadFacts(
            key=key,
            version=version,
            tickets=tuple(
                TicketFacts(row.number, State(row.state), Kind(row.kind), applications.get(row.id), addresses)
                for row in tickets
            ),
            rounds=tuple((ReplyKind(kind), last) for kind, last in rounds),
        )

    def _addresses(self, thread_id: int) -> frozenset[str]:
        """Who opened the tickets of a thread; whoever joined later stays a stranger to it, and machines are nobody."""
        found = self._connection.execute(_WRITERS, {"thread": thread_id})
        return frozenset(address.strip().casefold() for address in found.scalars())


def applications_of(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, Application]:
    """The applications of these tickets; a ticket without fields is not among them."""
    if not ticket_ids:
        return {}
    rows = connection.execute(_FIELDS, {"tickets": list(ticket_ids)}).mappings()
    fields: dict[int, dict[FieldName, FieldValue]] = {}
    for row in rows:
        fields.setdefault(row["ticket_id"], {})[FieldName(row["name"])] = codec.field_from_row(row)
    return {ticket_id: found for ticket_id, known in fields.items() if (found := codec.application_of(known))}


def recipient_key(address: str) -> str:
    """How a recipient is compared: case folded, without surrounding white space."""
    return address.strip().casefold()


def _answered_ids(message: Message) -> tuple[str, ...]:
    """The ids a message says it is about: the reported one first, then the nearest. In lower case."""
    ids: Iterable[str] = (*message.in_reply_to, *reversed(message.references))
    if message.report is not None and message.report.original_message_id:
        ids = (message.report.original_message_id, *ids)
    return tuple(dict.fromkeys(_id(one) for one in ids))[:MOST_IDS]


def _some(keys: Sequence[str]) -> list[str]:
    """The likeliest keys, and the last, which may be a bounced reply's."""
    return [*keys[:MOST_IDS], *keys[MOST_IDS:][-1:]]


def _id(message_id: str) -> str:
    return message_id.strip("<> \t").lower()
