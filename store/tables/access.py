"""Who may enter: sessions, tries to sign in, invitations, tokens for programs. Secrets stand here as their hashes only.

Other than in the rest of the store, rows are deleted here when they are over; what was done stays in the audit log.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from store.tables.row import Row, any_text, identity, key_text, moment, table_of


class SessionRow(Row, table=True):
    """One browser that is signed in; `pending`: the password was right, the second factor is still to come."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("id_hash"), Index("ix_session_person_id", "person_id"))

    id: int | None = identity(default=None, primary_key=True)
    id_hash: str = key_text()
    person_id: int = identity(foreign_key="person.id")
    pending: bool
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()
    address: str = any_text()
    agent: str = any_text()
    csrf: str = any_text()


class SignInTryRow(Row, table=True):
    """How often signing in has failed, by account, browser or address (hashed), and until when the next try waits."""

    __tablename__ = "sign_in_try"
    __table_args__ = (UniqueConstraint("key"), Index("ix_sign_in_try_last_at", "last_at"))

    id: int | None = identity(default=None, primary_key=True)
    key: str = key_text()
    count: int
    last_at: datetime = moment()
    until: datetime = moment()


class InvitationRow(Row, table=True):
    """A link that works once; without a person it makes the first admin."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_invitation_person_id", "person_id"))

    id: int | None = identity(default=None, primary_key=True)
    token_hash: str = key_text()
    person_id: int | None = identity(default=None, foreign_key="person.id")
    created_at: datetime = moment()
    expires_at: datetime = moment()


class ApiTokenRow(Row, table=True):
    """What a program shows instead of signing in; `scopes` are names with spaces between them."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_api_token_person_id", "person_id"))

    id: int | None = identity(default=None, primary_key=True)
    token_hash: str = key_text()
    person_id: int = identity(foreign_key="person.id")
    name: str = any_text()
    scopes: str = any_text()
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)


session = table_of(SessionRow)
sign_in_try = table_of(SignInTryRow)
invitation = table_of(InvitationRow)
api_token = table_of(ApiTokenRow)
