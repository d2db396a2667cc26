"""Who may enter the desk: passwords, second factors, sessions, tries, invitations, tokens. One transaction each.

Gets and gives hashes; no secret that opens a door is ever seen here. Decides nothing: when a session is over or a try
has to wait is said by the caller.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from rules.people import Role, Scope
from store import tables
from store.records import Person
from store.upsert import upsert

_person, _session, _try = tables.person.c, tables.session.c, tables.sign_in_try.c
_invitation, _token = tables.invitation.c, tables.api_token.c


@dataclass(frozen=True, slots=True)
class Account:
    """A person with what opens the door for her; `recovery` are hashes."""

    id: int
    person: Person
    password_hash: str
    totp_secret: str
    totp_since: datetime | None
    totp_step: int
    recovery: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed tries under one key, the last of them, and until when the next has to wait."""

    count: int
    last_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One browser that is signed in; `pending`: only the second factor is still to come."""

    id: int
    account: Account
    pending: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    csrf: str


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """A link that is still good; without an account it makes the first admin."""

    id: int
    account: Account | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A program's token."""

    id: int
    account: Account
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class Access:
    """The repository of access, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- accounts
    def account(self, email: str) -> Account | None:
        """Somebody who works here, by the address."""
        row = self._connection.execute(
            select(tables.person).where(_person.email == email.strip().casefold(), _person.active)
        ).first()
        return None if row is None else _account(row)

    def admins(self) -> tuple[Account, ...]:
        """All admins who work here, the first of them first."""
        rows = self._connection.execute(
            select(tables.person).where(_person.role == Role.ADMIN.value, _person.active).order_by(_person.id)
        )
        return tuple(_account(row) for row in rows)

    def set_password(self, account_id: int, password_hash: str) -> None:
        """A new password; "" for none."""
        self._change(account_id, password_hash=password_hash)

    def set_second_factor(
        self, account_id: int, secret: str, recovery: Sequence[str], step: int, now: datetime
    ) -> None:
        """A new second factor (`recovery`: hashes; `step`: of the code that proved it), or none for an empty secret."""
        since = now if secret else None
        self._change(account_id, totp_secret=secret, totp_since=since, totp_step=step, recovery=" ".join(recovery))

    def set_recovery(self, account_id: int, recovery: Sequence[str]) -> None:
        """New recovery codes, as hashes."""
        self._change(account_id, recovery=" ".join(recovery))

    def use_step(self, account_id: int, step: int) -> bool:
        """Whether no code of this time step or a later one was used before; from now on it was."""
        done = self._connection.execute(
            update(tables.person).where(_person.id == account_id, _person.totp_step < step).values(totp_step=step)
        )
        return done.rowcount == 1

    def use_recovery(self, account_id: int, code_hash: str) -> bool:
        """Whether it is the hash of a recovery code that was not used before; from now on it was."""
        row = self._connection.execute(select(_person.recovery).where(_person.id == account_id)).one()
        left = row.recovery.split()
        if code_hash not in left:
            return False
        left.remove(code_hash)
        done = self._connection.execute(
            update(tables.person)
            .where(_person.id == account_id, _person.recovery == row.recovery)
            .values(recovery=" ".join(left))
        )
        return done.rowcount == 1

    def _change(self, account_id: int, **values: object) -> None:
        self._connection.execute(update(tables.person).where(_person.id == account_id).values(**values))

    # --- tries
    def tries(self, keys: Iterable[str]) -> dict[str, Tries]:
        """What is known of these keys."""
        rows = self._connection.execute(
            select(_try.key, _try.count.label("failed"), _try.last_at, _try.until).where(_try.key.in_(list(keys)))
        )
        return {row.key: Tries(row.failed, row.last_at, row.until) for row in rows}

    def count_try(self, key: str, tries: Tries) -> None:
        """Write down a key's tries."""
        statement = upsert(self._connection.dialect.name, tables.sign_in_try, ("key",))
        values = {"key": key, "count": tries.count, "last_at": tries.last_at, "until": tries.until}
        self._connection.execute(statement, values)

    def forget_tries(self, keys: Iterable[str]) -> None:
        """Somebody signed in: what failed before under these keys is forgiven."""
        self._connection.execute(delete(tables.sign_in_try).where(_try.key.in_(list(keys))))

    # --- sessions
    def open_session(
        self,
        account_id: int,
        id_hash: str,
        *,
        pending: bool,
        csrf: str,
        address: str,
        agent: str,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """A browser is signed in from now on."""
        values = {
            "id_hash": id_hash,
            "person_id": account_id,
            "pending": pending,
            "created_at": now,
            "seen_at": now,
            "expires_at": expires_at,
            "address": address,
            "agent": agent,
            "csrf": csrf,
        }
        self._connection.execute(tables.session.insert(), values)

    def session(self, id_hash: str) -> SessionRecord | None:
        """The session behind a browser's number, if its person works here."""
        row = self._connection.execute(_sessions().where(_session.id_hash == id_hash)).first()
        return None if row is None else _session_record(row)

    def sessions(self, account_id: int) -> tuple[SessionRecord, ...]:
        """All sessions of a person, the one seen last first."""
        rows = self._connection.execute(
            _sessions().where(_session.person_id == account_id).order_by(_session.seen_at.desc())
        )
        return tuple(_session_record(row) for row in rows)

    def seen(self, session_id: int, now: datetime) -> None:
        """The session was used."""
        self._connection.execute(update(tables.session).where(_session.id == session_id).values(seen_at=now))

    def end_session(self, session_id: int, account_id: int) -> bool:
        """A browser is signed out. False if that person has no such session."""
        done = self._connection.execute(
            delete(tables.session).where(_session.id == session_id, _session.person_id == account_id)
        )
        return done.rowcount == 1

    def end_sessions(self, account_id: int, *, but: int | None = None) -> None:
        """All browsers of a person are signed out (but one)."""
        statement = delete(tables.session).where(_session.person_id == account_id)
        self._connection.execute(statement if but is None else statement.where(_session.id != but))

    # --- invitations
    def invite(self, account_id: int | None, token_hash: str, now: datetime, expires_at: datetime) -> None:
        """A link that works once; earlier ones for the same person (or for the first admin) work no more."""
        self.use_invitations(account_id)
        values = {"token_hash": token_hash, "person_id": account_id, "created_at": now, "expires_at": expires_at}
        self._connection.execute(tables.invitation.insert(), values)

    def invitation(self, token_hash: str, now: datetime) -> InvitationRecord | None:
        """The invitation behind a link, while it is good."""
        row = self._connection.execute(
            select(_invitation.id.label("invitation_id"), _invitation.person_id, _invitation.expires_at, tables.person)
            .outerjoin(tables.person, _person.id == _invitation.person_id)
            .where(_invitation.token_hash == token_hash, _invitation.expires_at > now)
        ).first()
        if row is None or (row.person_id is not None and not row.active):
            return None
        return InvitationRecord(row.invitation_id, None if row.person_id is None else _account(row), row.expires_at)

    def use_invitation(self, invitation_id: int) -> bool:
        """The link was used. False if somebody was quicker."""
        done = self._connection.execute(delete(tables.invitation).where(_invitation.id == invitation_id))
        return done.rowcount == 1

    def use_invitations(self, account_id: int | None) -> None:
        """No link of this person (None: for the first admin) works any more."""
        whose = _invitation.person_id.is_(None) if account_id is None else _invitation.person_id == account_id
        self._connection.execute(delete(tables.invitation).where(whose))

    # --- tokens of programs
    def add_token(
        self,
        account_id: int,
        token_hash: str,
        *,
        name: str,
        scopes: Iterable[Scope],
        now: datetime,
        expires_at: datetime | None,
    ) -> None:
        """A program may ask in somebody's name."""
        values = {
            "token_hash": token_hash,
            "person_id": account_id,
            "name": name,
            "scopes": " ".join(sorted({scope.value for scope in scopes})),
            "created_at": now,
            "expires_at": expires_at,
        }
        self._connection.execute(tables.api_token.insert(), values)

    def token(self, token_hash: str) -> TokenRecord | None:
        """The token behind a hash, if its person works here."""
        row = self._connection.execute(_tokens().where(_token.token_hash == token_hash)).first()
        return None if row is None else _token_record(row)

    def tokens(self, account_id: int) -> tuple[TokenRecord, ...]:
        """A person's tokens, newest first."""
        rows = self._connection.execute(_tokens().where(_token.person_id == account_id).order_by(_token.id.desc()))
        return tuple(_token_record(row) for row in rows)

    def used_token(self, token_id: int, now: datetime) -> None:
        """A token was shown."""
        self._connection.execute(update(tables.api_token).where(_token.id == token_id).values(used_at=now))

    def end_token(self, token_id: int, account_id: int) -> bool:
        """A token works no more. False if that person has no such token."""
        done = self._connection.execute(
            delete(tables.api_token).where(_token.id == token_id, _token.person_id == account_id)
        )
        return done.rowcount == 1

    def end_everything(self, account_id: int) -> None:
        """Somebody works here no more: nothing that opened the door opens it again, should she come back."""
        for table, whose in (
            (tables.session, _session.person_id),
            (tables.invitation, _invitation.person_id),
            (tables.api_token, _token.person_id),
        ):
            self._connection.execute(delete(table).where(whose == account_id))
        self._change(account_id, password_hash="", totp_secret="", totp_since=None, totp_step=0, recovery="")

    # --- time goes by
    def clear(self, now: datetime, tries_before: datetime) -> None:
        """Let go of what is over: sessions and invitations past their end, tries nobody remembers."""
        self._connection.execute(delete(tables.session).where(_session.expires_at <= now))
        self._connection.execute(delete(tables.invitation).where(_invitation.expires_at <= now))
        self._connection.execute(delete(tables.sign_in_try).where(_try.last_at < tries_before))


def _sessions() -> Any:  # noqa: ANN401 - a statement, as the library types it
    return (
        select(
            _session.id.label("session_id"),
            _session.pending,
            _session.created_at.label("opened_at"),
            _session.seen_at,
            _session.expires_at,
            _session.address,
            _session.agent,
            _session.csrf,
            tables.person,
        )
        .join(tables.person, _person.id == _session.person_id)
        .where(_person.active)
    )


def _tokens() -> Any:  # noqa: ANN401 - a statement, as the library types it
    return (
        select(
            _token.id.label("token_id"),
            _token.name.label("token_name"),
            _token.scopes,
            _token.created_at.label("made_at"),
            _token.expires_at,
            _token.used_at,
            tables.person,
        )
        .join(tables.person, _person.id == _token.person_id)
        .where(_person.active)
    )


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        person=Person(row.email, row.name, Role(row.role), row.active),
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        totp_since=row.totp_since,
        totp_step=row.totp_step,
        recovery=tuple(row.recovery.split()),
    )


def _session_record(row: Row[tuple[object, ...]]) -> SessionRecord:
    return SessionRecord(
        id=row.session_id,
        account=_account(row),
        pending=row.pending,
        created_at=row.opened_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
        csrf=row.csrf,
    )


def _token_record(row: Row[tuple[object, ...]]) -> TokenRecord:
    known = {scope.value: scope for scope in Scope}
    return TokenRecord(
        id=row.token_id,
        account=_account(row),
        name=row.token_name,
        scopes=frozenset(known[word] for word in row.scopes.split() if word in known),
        created_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
