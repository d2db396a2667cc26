"""How `intake people invite | token | second-factor-off` are written. No behaviour; imports nothing that takes time."""

import argparse
from typing import Final

from rules.people import Scope

KEYS: Final = ("invite", "token", "second-factor-off")
DAYS: Final = 365


def add_keys(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of these commands."""
    invited = actions.add_parser("invite", help="print a link by which somebody sets a password; it works once")
    made = actions.add_parser("token", help="print a token for a program; it is shown only once")
    off = actions.add_parser("second-factor-off", help="let somebody in who lost the telephone and the recovery codes")
    for one in (invited, made, off):
        one.add_argument("email", metavar="EMAIL")
    made.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help="what it may be used for (may stand several times); the person's role bounds it too",
    )
    made.add_argument("--name", default="token", metavar="NAME", help="by which it is known on the page «Мой вход»")
    made.add_argument("--days", type=_days, default=DAYS, metavar="N", help=f"how long it works ({DAYS})")


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 10 * DAYS:
        msg = f"between 1 and {10 * DAYS} days"
        raise argparse.ArgumentTypeError(msg)
    return days
