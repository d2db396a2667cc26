"""Who may do what: the one table. A route that is missing here stops the start; nothing else decides about roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from rules.people import Role, Scope


class Door(StrEnum):
    """Routes for which nobody needs to be signed in."""

    PUBLIC = "public"  # nobody is asked who they are: style sheet, health
    ENTRANCE = "entrance"  # pages by which one enters: they look after their own forms


@dataclass(frozen=True, slots=True)
class Right:
    """The least role for a route, or the kind of open door.

    `scope`: a program's token with this scope may ask too (its person's role counts as well). `keeps`: the page itself
    refuses a stale form, because it shows again what was typed; it must ask `from_own_page`.
    """

    least: Role | Door
    scope: Scope | None = None
    keeps: bool = False


PUBLIC, ENTRANCE = Right(Door.PUBLIC), Right(Door.ENTRANCE)
AGENT, MANAGER, ADMIN = Right(Role.AGENT), Right(Role.MANAGER), Right(Role.ADMIN)

RIGHTS: Final[Mapping[str, Right]] = {
    # what the desk shows
    "queue": AGENT,
    "ticket": AGENT,
    "outbox": AGENT,
    # the sandbox
    "empty_form": AGENT,
    "send": Right(Role.AGENT, keeps=True),
    "sent": AGENT,
    "none_here": Right(Role.AGENT, keeps=True),  # says that there is nothing, changes nothing
    # one's own access
    "profile": AGENT,
    "change_password": AGENT,
    "set_up_second_factor": AGENT,
    "second_factor_on": AGENT,
    "second_factor_off": AGENT,
    "new_recovery_codes": AGENT,
    "end_session": AGENT,
    "end_token": AGENT,
    "sign_out": AGENT,
    "sign_out_everywhere": AGENT,
    # the entrance
    "sign_in": ENTRANCE,
    "signing_in": ENTRANCE,
    "code": ENTRANCE,
    "check_code": ENTRANCE,
    "invitation": ENTRANCE,
    "take_invitation": ENTRANCE,
    "oidc_start": ENTRANCE,
    "oidc_back": ENTRANCE,
    # for everybody
    "desk_css": PUBLIC,
    "health": PUBLIC,
}


class RouteWithoutRight(Exception):
    """A route does not stand in the table, or two have the same name: a mistake of ours."""


def require_rights(routes: Iterable[BaseRoute], rights: Mapping[str, Right] = RIGHTS) -> None:
    """Prove that each route has its own row in the table. Raises `RouteWithoutRight`."""
    seen: set[str] = set()
    for one in iter_route_contexts(list(routes)):
        name = str(one.name)
        if not isinstance(one.original_route, APIRoute):
            msg = f"{name} ({one.path}) is no route that the gate stands before; make it one of FastAPI's own"
            raise RouteWithoutRight(msg)
        if name not in rights:
            msg = f"the route {name} ({one.path}) has no row in intake/desk/access/rights.py"
            raise RouteWithoutRight(msg)
        if name in seen:
            msg = f"two routes are called {name}; each needs a row of its own in intake/desk/access/rights.py"
            raise RouteWithoutRight(msg)
        seen.add(name)
