"""`intake people`: who works here, in which role. Each change is a line in the audit log."""

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime

from intake.listing import columns
from rules.actions import ActionName
from rules.delivery import Mailable, mailable
from rules.errors import SettingsError
from rules.people import Role
from store.unit_of_work import Store, Work

BY = "console"


def listed(store: Store, _now: datetime, _arguments: argparse.Namespace) -> str:
    """Everybody, by name."""
    with store.reading() as work:
        people = work.people.all(active=False)
    if not people:
        return "nobody yet; `intake people add EMAIL NAME --role manager` takes somebody on"
    rows = [("e-mail", "name", "role", "")]
    rows += [(one.email, one.name, one.role.value, "" if one.active else "off") for one in people]
    return columns(rows, (0, 40, 0, 0))


def added(store: Store, now: datetime, arguments: argparse.Namespace) -> str:
    """Take somebody on, or back. Raises `SettingsError` for an address that is none, or is known."""
    email, role = _address(arguments.email), Role(arguments.role)
    if not arguments.name.strip():
        msg = "the name is empty; warnings greet by it"
        raise SettingsError(msg)
    with store.writing() as work:
        known = work.people.get(email)
        if known is not None and known.active:
            msg = f"{email} is known already; `intake people change {email} --role {role.value}` changes the role"
            raise SettingsError(msg)
        if known is None:
            work.people.add(email, arguments.name.strip(), role, now)
        else:
            work.people.change(email, role=role, active=True)
        _log(work, now, person=email, role=role.value, what="add")
    return f"{email} is {role.value} now"


def changed(store: Store, now: datetime, arguments: argparse.Namespace) -> str:
    """Give somebody another role. Raises `SettingsError` if nobody has that address."""
    email, role = arguments.email.strip().casefold(), Role(arguments.role)
    with store.writing() as work:
        if not work.people.change(email, role=role):
            raise SettingsError(_nobody(email))
        _log(work, now, person=email, role=role.value, what="change")
    return f"{email} is {role.value} now"


def let_go(store: Store, now: datetime, arguments: argparse.Namespace) -> str:
    """Somebody works here no more. Raises `SettingsError` if nobody has that address."""
    email = arguments.email.strip().casefold()
    with store.writing() as work:
        account = work.access.account(email)
        if account is not None:
            work.access.end_everything(account.id)
        if not work.people.change(email, active=False):
            raise SettingsError(_nobody(email))
        _log(work, now, person=email, role="", what="off")
    return f"{email} is told nothing any more and may do nothing"


def _address(text: str) -> str:
    form = mailable(text)
    if not isinstance(form, Mailable):
        msg = f"{text!r}: {form.because}"
        raise SettingsError(msg)
    return text.strip().casefold()


def _nobody(email: str) -> str:
    return f"nobody here has the address {email}; `intake people list` lists them"


def _log(work: Work, now: datetime, **details: str) -> None:
    work.actions.log_alone(ActionName.PERSON, BY, now, {name: value for name, value in details.items() if value})


ACTIONS: Mapping[str, Callable[[Store, datetime, argparse.Namespace], str]] = {
    "list": listed,
    "add": added,
    "change": changed,
    "off": let_go,
}
