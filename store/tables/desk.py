"""What our own people do and are: actions, people, what was registered before, events for the webhook, counters."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from store.tables.row import Row, any_text, identity, key_text, later_key, moment, table_of


class ActionRow(Row, table=True):
    """The audit log: what a person (or a timer) did, and what is needed to undo it.

    `before`: the tickets as they were; `version`: of the thread after it, so that nothing that came since is undone.
    `batch` joins the actions of one bulk decision.
    """

    __tablename__ = "action"
    __table_args__ = (
        Index("ix_action_ticket_id", "ticket_id"),
        Index("ix_action_at", "at"),
        Index("ix_action_batch", "batch"),
    )

    id: int | None = identity(default=None, primary_key=True)
    at: datetime = moment()
    by: str = key_text()
    name: str
    ticket_id: int | None = identity(default=None, foreign_key="ticket.id")
    batch: str = later_key()
    details: str = any_text()
    before: str = any_text(default="")
    version: int | None = None
    reply_id: int | None = identity(default=None, foreign_key="reply.id")
    undo_until: datetime | None = moment(default=None)
    undone_at: datetime | None = moment(default=None)
    undone_by: str = any_text(default="")


class PersonRow(Row, table=True):
    """One of our own people. `email` is where warnings go and how she signs in.

    `password_hash`: Argon2, "" when none is set. `totp_secret`: of the second factor, "" for none; `totp_step` is the
    last time step whose code was used, `recovery` the hashes of the codes not used yet.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("email"),)

    id: int | None = identity(default=None, primary_key=True)
    email: str = key_text()
    name: str = any_text()
    role: str
    active: bool
    created_at: datetime = moment()
    password_hash: str = any_text(default="")
    totp_secret: str = any_text(default="")
    totp_since: datetime | None = moment(default=None)
    totp_step: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    recovery: str = any_text(default="")


class RegisteredRow(Row, table=True):
    """An organisation that was registered before this desk began, imported from a list."""

    __tablename__ = "registered"
    __table_args__ = (UniqueConstraint("place", "full_name", "short_name"),)

    id: int | None = identity(default=None, primary_key=True)
    place: str = key_text()
    full_name: str = key_text()
    short_name: str = key_text()
    settlement: str = any_text()
    region_code: str
    added_at: datetime = moment()


class HookRow(Row, table=True):
    """One event to be told to the webhook; `dead` ones were given up and lie with an operator."""

    __tablename__ = "hook"
    __table_args__ = (UniqueConstraint("event_id"), Index("ix_hook_state_not_before", "state", "not_before"))

    id: int | None = identity(default=None, primary_key=True)
    event_id: str = key_text()
    event: str
    ticket_id: int = identity(foreign_key="ticket.id")
    action_id: int = identity(foreign_key="action.id")
    payload: str = any_text()
    state: str
    created_at: datetime = moment()
    not_before: datetime = moment()
    tries: int
    last_error: str = any_text(default="")
    done_at: datetime | None = moment(default=None)


class CounterRow(Row, table=True):
    """Serial numbers given out so far, by name."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


action = table_of(ActionRow)
person = table_of(PersonRow)
registered = table_of(RegisteredRow)
hook = table_of(HookRow)
counter = table_of(CounterRow)
