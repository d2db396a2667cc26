"""What the database knows about a message: its thread, our replies it is about, how much we wrote lately. Reads only.

Two statements for a letter out of the blue, seven for an answer, a few more for one that answers a letter of our people's
or only names its number.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, bindparam, func, select, true

from rules.application import Application, FieldName, FieldValue, Status
from rules.judgement import (
    REQUESTS,
    Facts,
    Kind,
    NearTicket,
    ReplyFacts,
    ReplyKind,
    ThreadFacts,
    TicketFacts,
)
from rules.message import Message
from rules.ticket import FINISHED, State, numbers_in
from store import codec, tables
from store.columns import KeyText, UtcDateTime
from store.records import ReplyState

_thread, _ticket, _field = tables.thread.c, tables.ticket.c, tables.field.c
_reply, _message = tables.reply.c, tables.message.c

LATELY = timedelta(hours=24)  # the stretch in which automatic replies to one address are counted (domain.md §6)
MOST_IDS = 100  # of a long References header only the ends matter
MOST_NEAR = 200  # tickets at one place that are compared by name
MOST_NUMBERS = 5  # ticket numbers in one subject that are looked up
_MACHINES = (Kind.AUTO_REPLY.value, Kind.BOUNCE.value, Kind.BULK.value)  # nobody's letters: they make no sender known

_resent = tables.reply.alias("resent")
_AGAIN = _reply.resent_of.is_not(None) | select(_resent.c.id).where(_resent.c.resent_of == _reply.id).exists()
_OUR_REPLIES = (
    select(_reply.id, _reply.message_id, _reply.recipient, _thread.key, _ticket.number, _AGAIN.label("again"))
    .join(tables.thread, _thread.id == _reply.thread_id, isouter=True)  # a notice to our own people has none
    .join(tables.reply_ticket, tables.reply_ticket.c.reply_id == _reply.id, isouter=True)
    .join(tables.ticket, _ticket.id == tables.reply_ticket.c.ticket_id, isouter=True)
    .where(_reply.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(_reply.id, _ticket.id)
)


def _automatic_since(chosen: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many automatic replies that were not dropped went out since a moment, of those that are chosen."""
    return (
        select(func.count())
        .select_from(tables.reply)
        .where(
            chosen,
            _reply.thread_id.is_not(None),  # what our own people are told is no reply to them
            _reply.created_at > bindparam("since", type_=UtcDateTime),
            _reply.automatic == true(),
            _reply.state != ReplyState.DROPPED.value,
        )
        .scalar_subquery()
    )


_LATELY = select(
    _automatic_since(_reply.recipient_key == bindparam("recipient", type_=KeyText)).label("address"),
    _automatic_since(_reply.recipient_domain == bindparam("domain", type_=KeyText)).label("domain"),
)
_THREADS = select(tables.thread).where(_thread.key.in_(bindparam("keys", expanding=True)))
_THREADS_OF = (
    select(_thread.id, _thread.key, _ticket.number)
    .join(tables.ticket, _ticket.thread_id == _thread.id)
    .where(_ticket.number.in_(bindparam("numbers", expanding=True)))
)
_TICKETS = (
    select(_ticket.id, _ticket.number, _ticket.state, _ticket.kind, _ticket.flags)
    .where(_ticket.thread_id == bindparam("thread"))
    .order_by(_ticket.id)
)
_LETTERS = select(_reply.kind, _reply.round, _reply.state, _reply.created_at, _reply.resent_of).where(
    _reply.thread_id == bindparam("thread")
)
_key = tables.ticket_key.c
_OPEN_OR_APPROVED = tuple(state.value for state in State if state not in FINISHED or state is State.APPROVED)
_NEAR = (
    select(_ticket.id, _ticket.number, _ticket.state, _ticket.applicant_address, _thread.key)
    .join(tables.ticket_key, _key.ticket_id == _ticket.id)
    .join(tables.thread, _thread.id == _ticket.thread_id)
    .where(
        _key.kind == "place",
        _key.value.in_(bindparam("places", expanding=True)),
        _ticket.state.in_(_OPEN_OR_APPROVED),
    )
    .order_by(_ticket.id.desc())
    .limit(MOST_NEAR)
)
_LATEST_OF = (
    select(_thread.key)
    .join(tables.ticket, _ticket.thread_id == _thread.id)
    .join(tables.ticket_key, _key.ticket_id == _ticket.id)
    .where(
        _key.kind == "sender",
        _key.value == bindparam("sender", type_=KeyText),
        _ticket.state.in_((State.REVIEW.value, State.WAITING.value)),
    )
    .order_by(_ticket.id.desc())
    .limit(1)
)
_REGISTERED = (
    select(tables.registered).where(tables.registered.c.place.in_(bindparam("places", expanding=True))).limit(MOST_NEAR)
)
_WRITERS = (
    select(_message.from_address)
    .join(tables.ticket, _ticket.first_message_id == _message.id)
    .where(_ticket.thread_id == bindparam("thread"), _message.kind.not_in(_MACHINES), _message.from_address != "")
    .distinct()
)
_SENT_IN = (
    select(_thread.id, _thread.key)
    .join(tables.message, _message.thread_id == _thread.id)
    .where(_message.message_id.in_(bindparam("ids", expanding=True)), _message.kind == Kind.SENT.value)
    .order_by(_message.id.desc())
    .limit(MOST_NUMBERS)
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
        bounced = next((by_id[one] for one in answered_ids(message) if one in by_id), None)
        keys = list(thread_keys)
        if (
            bounced is not None and bounced.thread_key
        ):  # a delivery report is about the reply it names, whatever else it refers to
            keys.insert(0 if message.report else len(keys), bounced.thread_key)
        by_token = self._thread(keys, now)
        thread = by_token or self._by_sent(message, now) or self._by_number(message, now)
        to_address, to_domain = self.lately(recipient, now)
        return Facts(
            received_at=received_at,
            our_addresses=ours,
            thread=thread,
            ours=_id(message.message_id) in by_id,
            bounced=bounced,
            by_token=by_token is not None and by_token.key in thread_keys,
            replies_lately=to_address,
            domain_lately=to_domain,
            oversized=oversized,
        )

    def near(self, places: Sequence[str]) -> tuple[tuple[NearTicket, ...], tuple[Application, ...]]:
        """What may be a twin of an application at these places (`rules.twins.place_key`): open and approved tickets,
        newest first, and organisations that were registered before.
        """
        wanted = sorted({one for one in places if one})
        if not wanted:
            return (), ()
        rows = self._connection.execute(_NEAR, {"places": wanted}).all()
        known = applications_of(self._connection, [row.id for row in rows])
        tickets = tuple(
            NearTicket(row.number, State(row.state), row.key, row.applicant_address.strip().casefold(), known[row.id])
            for row in rows
            if row.id in known
        )
        registered = self._connection.execute(_REGISTERED, {"places": wanted}).all()
        return tickets, tuple(registered_application(row) for row in registered)

    def thread(self, key: str, now: datetime) -> ThreadFacts | None:
        """One thread by its key."""
        return self._thread([key], now)

    def thread_of(self, number: str, now: datetime) -> ThreadFacts | None:
        """The thread that a ticket belongs to."""
        row = self._connection.execute(_THREADS_OF, {"numbers": [number]}).first()
        return None if row is None else self._thread([row.key], now)

    def latest_of(self, sender: str, now: datetime) -> ThreadFacts | None:
        """The thread of the newest open ticket that this address opened; None if there is none."""
        key = self._connection.execute(_LATEST_OF, {"sender": recipient_key(sender)}).scalar()
        return None if key is None else self._thread([str(key)], now)

    def _our_replies(self, message: Message) -> dict[str, ReplyFacts]:
        """Our replies among the ids that a message names, by Message-ID in lower case."""
        ids = {_id(message.message_id), *answered_ids(message)} - {""}
        if not ids:
            return {}
        rows = self._connection.execute(_OUR_REPLIES, {"ids": sorted(ids)}).all()
        numbers: dict[int, list[str]] = {}
        for row in rows:
            numbers.setdefault(row.id, []).extend([row.number] if row.number else [])
        return {
            row.message_id: ReplyFacts(row.id, row.recipient, row.key or "", tuple(numbers[row.id]), bool(row.again))
            for row in rows
        }

    def lately(self, recipient: str | None, now: datetime) -> tuple[int, int]:
        """Automatic replies of the last 24 h to this address, and to its whole domain."""
        if not recipient:
            return 0, 0
        values = {"recipient": recipient_key(recipient), "domain": domain_of(recipient), "since": now - LATELY}
        row = self._connection.execute(_LATELY, values).one()
        return int(row.address), int(row.domain)

    def _thread(self, keys: Sequence[str], now: datetime) -> ThreadFacts | None:
        """The first of these threads that exists, with all that matters about it."""
        if not keys:
            return None
        found = self._connection.execute(_THREADS, {"keys": _some(keys)})
        by_key = {row.key: row for row in found}
        row = next((by_key[key] for key in keys if key in by_key), None)
        return None if row is None else self._facts(row, now)

    def _by_number(self, message: Message, now: datetime) -> ThreadFacts | None:
        """The thread of a ticket that the subject names, if the sender wrote in it before (domain.md §4).

        A number alone from a stranger opens nobody's ticket.
        """
        numbers = numbers_in(message.subject)[:MOST_NUMBERS]
        if not numbers or message.sender is None or not message.sender.key:
            return None
        rows = self._connection.execute(_THREADS_OF, {"numbers": list(numbers)}).all()
        for row in sorted(rows, key=lambda row: numbers.index(row.number)):
            if message.sender.key in self._addresses(row.id):
                return self._thread([row.key], now)
        return None

    def _by_sent(self, message: Message, now: datetime) -> ThreadFacts | None:
        """The thread in which one of our people wrote, outside the desk, what this answers; known senders only, as such
        a Message-ID carries no token.
        """
        ids = [one.strip("<> \t") for one in (*message.in_reply_to, *reversed(message.references))][:MOST_IDS]
        if not ids or message.sender is None or not message.sender.key:
            return None
        for row in self._connection.execute(_SENT_IN, {"ids": ids}).all():
            if message.sender.key in self._addresses(row.id):
                return self._thread([row.key], now)
        return None

    def _facts(self, thread: Row[Any], now: datetime) -> ThreadFacts:
        tickets = self._connection.execute(_TICKETS, {"thread": thread.id}).all()
        applications = applications_of(self._connection, [row.id for row in tickets])
        addresses = self._addresses(thread.id)
        letters = self._connection.execute(_LETTERS, {"thread": thread.id}).all()
        rounds: dict[ReplyKind, int] = {}
        for row in letters:
            rounds[ReplyKind(row.kind)] = max(row.round, rounds.get(ReplyKind(row.kind), 0))
        kept = [row for row in letters if row.state != ReplyState.DROPPED.value and row.resent_of is None]
        return ThreadFacts(
            key=thread.key,
            version=thread.version,
            tickets=tuple(
                TicketFacts(
                    row.number,
                    State(row.state),
                    Kind(row.kind),
                    applications.get(row.id),
                    addresses,
                    codec.flags_from_text(row.flags),
                )
                for row in tickets
            ),
            rounds=tuple(rounds.items()),
            requests=sum(1 for row in kept if ReplyKind(row.kind) in REQUESTS),
            lately=frozenset(ReplyKind(row.kind) for row in kept if row.created_at > now - LATELY),
            proved=thread.proved,
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


def registered_application(row: Row[Any]) -> Application:
    """An organisation of the imported list as an application, to be compared with one."""

    def known(value: str, code: str = "") -> FieldValue:
        return FieldValue(value=value, status=Status.OK, code=code) if value else FieldValue()

    return Application(
        organization_full_name=known(row.full_name),
        organization_short_name=known(row.short_name),
        settlement=known(row.settlement),
        region=known(row.region_code, row.region_code),
    )


def domain_of(address: str) -> str:
    """The domain of an address, case folded; "" if it has none."""
    return address.strip().casefold().rpartition("@")[2] if "@" in address else ""


def recipient_key(address: str) -> str:
    """How a recipient is compared: case folded, without surrounding white space."""
    return address.strip().casefold()


def answered_ids(message: Message) -> tuple[str, ...]:
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
