"""The gate before every page of the desk: who asks, may they, does the form come from our own page. One place for all.

It stands before the routes as a dependency of the whole application, so that a page cannot be without it. It looks the
route up in the table of rights; the pages by which one enters are open in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from intake.applicant.visitor import from_us
from intake.desk.access.keys import form_token, form_token_fits, kept
from intake.desk.access.rights import RIGHTS, Door, Right
from intake.desk.access.sessions import SEEN_EVERY, Sessions
from intake.desk.forms import read_form
from rules.people import Role, Scope
from store.access import Account, SessionRecord, TokenRecord
from store.unit_of_work import Store

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN: Final = "token"  # noqa: S105 - the name of a form's field
_BEARER: Final = "bearer "


class SignInNeeded(Exception):
    """Nobody is signed in; `to` is where to go after signing in, "" after a form that cannot be sent again.

    `program`: it was a program that showed no good token.
    """

    def __init__(self, to: str = "", *, program: bool = False) -> None:
        super().__init__("nobody is signed in")
        self.to, self.program = to, program


class NotAllowed(Exception):
    """The role or the scope is not enough; `program`: of a token."""

    def __init__(self, *, program: bool = False) -> None:
        super().__init__("not allowed")
        self.program = program


class StaleForm(Exception):
    """The form does not come from a page of this session."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks; `session` is None for a program with a token."""

    account: Account
    session: SessionRecord | None

    @property
    def name(self) -> str:
        """The name as it stands on pages."""
        return self.account.person.name

    @property
    def email(self) -> str:
        """The address, which is also the name in the audit log."""
        return self.account.person.email

    @property
    def role(self) -> Role:
        """The role."""
        return self.account.person.role

    @property
    def form_token(self) -> str:
        """What each form of hers carries."""
        return form_token(self.session.csrf) if self.session else ""


def me_of(request: Request) -> Me | None:
    """Who asks, None when nobody is signed in (on open pages and pages of errors)."""
    found: Me | None = getattr(request.state, "me", None)
    return found


def the_one(request: Request) -> Me:
    """Who asks, on a page that is for those who are signed in. Raises `SignInNeeded` otherwise."""
    found = me_of(request)
    if found is None or found.session is None:
        raise SignInNeeded
    return found


class Gate:
    """Stands before every route of an application."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        now: Callable[[], datetime],
        site: str = "",
        rights: Mapping[str, Right] = RIGHTS,
    ) -> None:
        self._store, self._sessions, self._now = store, sessions, now
        self._site, self._rights = site, rights

    async def __call__(self, request: Request) -> None:
        """Let a request pass. Raises `SignInNeeded`, `NotAllowed`, `StaleForm` and `FormTooLarge`."""
        right = self._rights[request.scope["route"].name]
        if right.least is Door.PUBLIC:
            return
        shown = request.headers.get("authorization", "")
        if right.scope is not None and shown.lower().startswith(_BEARER):
            token = await run_in_threadpool(self._token, shown[len(_BEARER) :].strip())
            request.state.me = _of_program(token, right, right.scope)
            return
        session = await run_in_threadpool(self._sessions.find, request, self._now())
        request.state.session = session
        if session is not None and not session.pending:
            request.state.me = Me(session.account, session)
        if not isinstance(right.least, Role):
            return
        me = me_of(request)
        if me is None:
            raise SignInNeeded(_way_back(request))
        if not me.role.may_act_as(right.least):
            raise NotAllowed
        if request.method not in SAFE and not right.keeps and not await self.from_own_page(request):
            raise StaleForm

    async def from_own_page(self, request: Request) -> bool:
        """Whether a form comes from a page of ours that was made for this very session."""
        if not from_us(request, self._site):
            return False
        me = me_of(request)
        given = dict(await read_form(request)).get(TOKEN, "")
        return me is not None and me.session is not None and form_token_fits(me.session.csrf, given)

    def _token(self, shown: str) -> TokenRecord | None:
        now = self._now()
        with self._store.reading() as work:
            found = work.access.token(kept(shown))
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        if found.used_at is None or now - found.used_at >= SEEN_EVERY:
            with self._store.writing() as work:
                work.access.used_token(found.id, now)
        return found


def _of_program(token: TokenRecord | None, right: Right, scope: Scope) -> Me:
    if token is None:
        raise SignInNeeded(program=True)
    enough = isinstance(right.least, Role) and token.account.person.role.may_act_as(right.least)
    if scope not in token.scopes or not enough:
        raise NotAllowed(program=True)
    return Me(token.account, None)


def _way_back(request: Request) -> str:
    """Where to go after signing in; a form cannot be sent again by going there."""
    if request.method not in SAFE:
        return ""
    path = quote(request.url.path, safe="/")
    return f"{path}?{request.url.query}" if request.url.query else path
