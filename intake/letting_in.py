"""`intake people invite | token | second-factor-off`: keys to the desk, handed out on the command line and shown once."""

import argparse
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from intake.bootstrap import House
from intake.desk.access.beginning import link
from intake.desk.access.keys import kept, new_secret
from intake.staff import BY
from rules.actions import ActionName
from rules.errors import SettingsError
from rules.people import Scope
from store.access import Account
from store.unit_of_work import Work

INVITE_HOURS: Final = 48
TOKEN_START: Final = "intake_"  # noqa: S105 - by it a token is found where it should not lie
_LONGEST_NAME: Final = 100


def invite(house: House, arguments: argparse.Namespace) -> str:
    """A link by which somebody sets a (new) password; it works once. Raises `SettingsError` for an unknown address."""
    secret, now = new_secret(), house.now()
    with house.store.writing() as work:
        account = _account(work, arguments.email)
        work.access.invite(account.id, kept(secret), now, now + timedelta(hours=INVITE_HOURS))
        _log(work, house, account, "invite")
    desk = house.settings.desk
    site = desk.public_desk_url or f"http://127.0.0.1:{desk.port}"
    return f"{link(site, secret)}\nworks once, within {INVITE_HOURS} hours, for {account.person.email}"


def token(house: House, arguments: argparse.Namespace) -> str:
    """A token for a program, shown this once. Raises `SettingsError` for an unknown address."""
    secret, now = TOKEN_START + new_secret(), house.now()
    name = " ".join(arguments.name.split())[:_LONGEST_NAME] or "token"
    scopes, ends = [Scope(one) for one in arguments.scope], now + timedelta(days=arguments.days)
    with house.store.writing() as work:
        account = _account(work, arguments.email)
        work.access.add_token(account.id, kept(secret), name=name, scopes=scopes, now=now, expires_at=ends)
        _log(work, house, account, "token", name=name, scopes=" ".join(scopes))
    return f"{secret}\nshown only now; works until {ends:%Y-%m-%d} (UTC) in the name of {account.person.email}"


def second_factor_off(house: House, arguments: argparse.Namespace) -> str:
    """Somebody lost the telephone and the recovery codes. Raises `SettingsError` for an unknown address."""
    with house.store.writing() as work:
        account = _account(work, arguments.email)
        work.access.set_second_factor(account.id, "", (), 0, house.now())
        work.access.end_sessions(account.id)
        _log(work, house, account, "second factor off")
    return f"{account.person.email} signs in with the password alone now"


def _account(work: Work, email: str) -> Account:
    account = work.access.account(email)
    if account is None:
        msg = f"nobody who works here has the address {email}; `intake people list` lists them"
        raise SettingsError(msg)
    return account


def _log(work: Work, house: House, account: Account, what: str, **details: str) -> None:
    said = {"person": account.person.email, "what": what, **details}
    work.actions.log_alone(ActionName.PERSON, BY, house.now(), said)


_ACTIONS: Final[Mapping[str, Callable[[House, argparse.Namespace], str]]] = {
    "invite": invite,
    "token": token,
    "second-factor-off": second_factor_off,
}


def hand_out(house: House, arguments: argparse.Namespace) -> str:
    """The command that was asked for. Raises `SettingsError` for an unknown address."""
    return _ACTIONS[arguments.action](house, arguments)
