"""The tables, the only SQLModel classes. Repositories work on them through `.c`; nothing else sees them.

Values of the rules are JSON text (`store.codec`), moments are aware UTC. Text that a letter supplies is `AnyText`, or
`KeyText` where it is looked up. A row is never deleted, but for the keys and links by which tickets are found, and what access to
the desk holds for a while (`access`).
"""

from store.tables.access import api_token, invitation, session, sign_in_try
from store.tables.desk import action, counter, hook, person, registered
from store.tables.mail import bookmark, mailbox_state, message, raw_body, raw_message, reply, reply_ticket, thread
from store.tables.row import METADATA
from store.tables.tickets import (
    field,
    field_change,
    note,
    state_change,
    ticket,
    ticket_key,
    ticket_link,
    ticket_message,
    turn,
)

__all__ = [
    "METADATA",
    "action",
    "api_token",
    "bookmark",
    "counter",
    "field",
    "field_change",
    "hook",
    "invitation",
    "mailbox_state",
    "message",
    "note",
    "person",
    "raw_body",
    "raw_message",
    "registered",
    "reply",
    "reply_ticket",
    "session",
    "sign_in_try",
    "state_change",
    "thread",
    "ticket",
    "ticket_key",
    "ticket_link",
    "ticket_message",
    "turn",
]
