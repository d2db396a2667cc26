"""Signing in, step by step: the password, the second factor, a link that works once. Shows no page.

Whether an account exists cannot be told from any answer: an unknown address costs the same time and gets the same words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request

from intake.desk.access import second_factor
from intake.desk.access.keys import kept
from intake.desk.access.passwords import Passwords
from intake.desk.access.sessions import Sessions
from intake.desk.access.throttle import Caller, Throttle
from rules.actions import ActionName
from rules.people import Role
from store.access import Account, InvitationRecord, SessionRecord
from store.unit_of_work import Store, Work

CODE: Final = "second factor of "


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody is in, or (`pending`) has to show the second factor yet; `number` goes into the cookie."""

    account: Account
    number: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody came in; `wait`: seconds until it may be tried again, 0 when the password or the code was wrong."""

    wait: int = 0


def log(work: Work, account: Account, now: datetime, what: str, **details: str) -> None:
    """A line in the audit log about somebody's access."""
    said = {"person": account.person.email, "what": what, **details}
    work.actions.log_alone(ActionName.PERSON, account.person.email, now, said)


class Entrance:
    """The steps of entering."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        passwords: Passwords,
        now: Callable[[], datetime],
    ) -> None:
        self.store, self.sessions, self.passwords, self.now = store, sessions, passwords, now
        self._throttle = Throttle(store)

    # --- the password
    def with_password(self, request: Request, email: str, password: str) -> Entered | Refused:
        """The first step."""
        now, email = self.now(), email.strip().casefold()
        with self.store.reading() as work:
            account = work.access.account(email)
        caller = self._caller(request, email, account)
        if wait := self._throttle.take(caller, now):
            return Refused(wait)
        if not self.passwords.fits(password, account.password_hash if account else "") or account is None:
            return Refused()
        self._throttle.forgive(caller, now)
        return self.enter(request, account, "sign in")

    def proves(self, request: Request, account: Account, password: str) -> Refused | None:
        """Whether it is really she who asks for a change of her keys; None if so. Who has no password proves nothing."""
        if not account.password_hash:
            return None
        now, caller = self.now(), self._caller(request, account.person.email, account)
        if wait := self._throttle.take(caller, now):
            return Refused(wait)
        if not self.passwords.fits(password, account.password_hash):
            return Refused()
        self._throttle.forgive(caller, now)
        return None

    # --- the second factor
    def with_code(self, request: Request, waiting: SessionRecord, code: str) -> Entered | Refused:
        """The second step: a code of the telephone, or a recovery code, each of which works once."""
        now, account = self.now(), waiting.account
        caller = self._caller(request, CODE + account.person.email, account)
        if wait := self._throttle.take(caller, now):
            return Refused(wait)
        with self.store.writing() as work:
            used = self._use(work, account, code, now)
            if not used:
                return Refused()
            number = self.sessions.open(work, request, account, now)
            log(work, account, now, "sign in", factor=used, **{"from": self.sessions.address(request)})
        self._throttle.forgive(caller, now)
        return Entered(account, number, pending=False)

    def _use(self, work: Work, account: Account, code: str, now: datetime) -> str:
        """Use a code up: the name of its kind, "" for a wrong or used one."""
        step = second_factor.step_of(account.totp_secret, code, now)
        if step is not None:
            return "code" if work.access.use_step(account.id, step) else ""
        return "recovery code" if work.access.use_recovery(account.id, second_factor.kept_code(code)) else ""

    # --- a link that works once
    def invitation(self, token: str) -> InvitationRecord | None:
        """The invitation behind a link, while it is good. Changes nothing: mail scanners follow links."""
        with self.store.reading() as work:
            return work.access.invitation(kept(token), self.now())

    def take_invitation(self, request: Request, token: str, password: str, *, email: str, name: str) -> Entered | None:
        """Set the password; `email` and `name` count only for the first admin. None when the link works no more."""
        now, hashed = self.now(), self.passwords.hashed(password)
        with self.store.writing() as work:
            found = work.access.invitation(kept(token), now)
            if found is None or not work.access.use_invitation(found.id):
                return None
            account = found.account or self._first_admin(work, email, name, now)
            work.access.set_password(account.id, hashed)
            work.access.end_sessions(account.id)
            work.access.use_invitations(account.id)
            log(work, account, now, "password by invitation")
        return self.enter(request, account, "sign in by invitation")

    def _first_admin(self, work: Work, email: str, name: str, now: datetime) -> Account:
        if not work.people.add(email, name, Role.ADMIN, now):
            work.people.change(email, role=Role.ADMIN, active=True)
        account = work.access.account(email)
        if account is None:
            msg = "a person just added is not there"
            raise LookupError(msg)
        return account

    # --- in
    def enter(self, request: Request, account: Account, what: str) -> Entered:
        """Open the session, one that waits for the second factor if there is one."""
        now, pending = self.now(), bool(account.totp_secret)
        with self.store.writing() as work:
            number = self.sessions.open(work, request, account, now, pending=pending)
            if not pending:
                log(work, account, now, what, **{"from": self.sessions.address(request)})
        return Entered(account, number, pending)

    def _caller(self, request: Request, name: str, account: Account | None) -> Caller:
        return Caller(name, self.sessions.device(request, account), self.sessions.address(request))
