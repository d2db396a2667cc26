"""How the first ones get in: a link that makes the first admin, demo accounts in the sandbox. Called once at each start."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake.desk.access.keys import kept, new_secret
from intake.desk.access.passwords import Passwords
from rules.actions import ActionName
from rules.people import Role
from store.unit_of_work import Store

LINK_HOURS: Final = 24
DEMO: Final = "demo.example"
NAMES: Final = {Role.AGENT: "Демо: сотрудник", Role.MANAGER: "Демо: руководитель", Role.ADMIN: "Демо: администратор"}
_DEMO_BYTES: Final = 9
BY: Final = "start"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the sandbox with its password, which is another one after each start."""

    email: str
    password: str


def link(site: str, secret: str) -> str:
    """The address behind which a password is set."""
    return f"{site.rstrip('/')}/invitation/{secret}"


def first_link(store: Store, site: str, now: datetime, *, provider: bool) -> str:
    """A link that works once and lets the first admin in; "" when an admin can sign in already.

    A new one at each start, earlier ones work no more. `provider`: there is an identity provider, then an admin needs no
    password.
    """
    with store.reading() as work:
        admins = work.access.admins()
    if any(provider or one.password_hash for one in admins):
        return ""
    secret = new_secret()
    with store.writing() as work:
        account_id = admins[0].id if admins else None
        work.access.invite(account_id, kept(secret), now, now + timedelta(hours=LINK_HOURS))
    return link(site, secret)


def demo_accounts(store: Store, now: datetime) -> tuple[DemoAccount, ...]:
    """One account for each role, for the sandbox only; the passwords of the last start work no more."""
    passwords = Passwords()
    made = tuple(DemoAccount(f"{role.value}@{DEMO}", secrets.token_urlsafe(_DEMO_BYTES)) for role in Role)
    hashes = [passwords.hashed(one.password) for one in made]
    with store.writing() as work:
        for role, one, hashed in zip(Role, made, hashes, strict=True):
            if not work.people.add(one.email, NAMES[role], role, now):
                work.people.change(one.email, role=role, active=True)
            account = work.access.account(one.email)
            if account is not None:
                work.access.set_password(account.id, hashed)
                work.access.set_second_factor(account.id, "", (), 0, now)
                work.access.end_sessions(account.id)
    return made


def retire_demo_accounts(store: Store, now: datetime) -> None:
    """Outside the sandbox nobody of it may enter: its database may have become the real one."""
    emails = [f"{role.value}@{DEMO}" for role in Role]
    with store.reading() as work:
        left = [email for email in emails if work.access.account(email)]
    if not left:
        return
    with store.writing() as work:
        for email in left:
            account = work.access.account(email)
            if account is not None:
                work.access.end_everything(account.id)
            work.people.change(email, active=False)
            work.actions.log_alone(ActionName.PERSON, BY, now, {"person": email, "what": "off"})


def ways_in(store: Store, site: str, now: datetime, *, sandbox: bool, provider: bool) -> tuple[str, ...]:
    """What to tell the operator at the start: the demo accounts, or the first admin's link; nothing when all is set up."""
    if sandbox:
        made = demo_accounts(store, now)
        wide = max(len(one.email) for one in made)
        return ("Sign in as (made for this start only):", *(f"  {one.email:{wide}}  {one.password}" for one in made))
    retire_demo_accounts(store, now)
    first = first_link(store, site, now, provider=provider)
    if not first:
        return ()
    return (
        f"No admin can sign in yet. This link sets a password; it works once, within {LINK_HOURS} hours:",
        f"  {first}",
    )
