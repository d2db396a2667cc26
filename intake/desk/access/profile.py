"""«Мой вход»: one's own password, second factor, sessions and tokens. Every change is a line in the audit log.

What could lock the owner out (password, second factor) asks for the password again: a browser left open is not enough.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intake.desk.access import passwords, said
from intake.desk.access.entrance import Entrance, Refused, log
from intake.desk.access.gate import the_one
from intake.desk.access.sessions import lasts
from intake.desk.access.sign_in import Form, new_password_complaints, outside
from intake.desk.deps import View

_LONGEST_NUMBER: Final = 18


def router(view: View, entrance: Entrance) -> APIRouter:
    """`/me` and what can be done there."""
    routes, page = APIRouter(), Profile(view, entrance)

    @routes.get("/me")
    def profile(request: Request, done: str = "") -> HTMLResponse:
        return page.show(request, done=said.DONE.get(done, ""))

    _password(routes, page, entrance)
    _endings(routes, entrance)
    return routes


class Profile:
    """The page itself."""

    def __init__(self, view: View, entrance: Entrance) -> None:
        self._view, self._entrance = view, entrance

    def show(
        self, request: Request, *, wrong: Mapping[str, str] | None = None, done: str = "", status: int = 200
    ) -> HTMLResponse:
        """The page; `wrong`: what is wrong, by the name of the input; `done`: what was done."""
        me = the_one(request)
        with self._entrance.store.reading() as work:
            sessions, tokens = work.access.sessions(me.account.id), work.access.tokens(me.account.id)
        now = self._entrance.now()
        return self._view.page(
            "access/profile.html",
            request=request,
            status=status,
            role=said.ROLES[me.role],
            account=me.account,
            sessions=[(one, said.device(one.agent)) for one in sessions if not one.pending and lasts(one, now)],
            tokens=[(one, ", ".join(said.SCOPES[scope] for scope in sorted(one.scopes))) for one in tokens],
            wrong=wrong or {},
            done=done,
            shortest=passwords.SHORTEST,
        )

    def refused(self, request: Request, refused: Refused, name: str) -> HTMLResponse:
        """The page with what was wrong with the present password."""
        words, status = why_refused(refused)
        return self.show(request, wrong={name: words}, status=status)


def _password(routes: APIRouter, page: Profile, entrance: Entrance) -> None:
    @routes.post("/me/password")
    def change_password(request: Request, form: Form) -> Response:
        me = the_one(request)
        if wrong := new_password_complaints(form, me.email):
            return page.show(request, wrong=wrong, status=422)
        if refused := entrance.proves(request, me.account, form.get("current", "")):
            return page.refused(request, refused, "current")
        now, hashed = entrance.now(), entrance.passwords.hashed(form["password"])
        with entrance.store.writing() as work:
            work.access.set_password(me.account.id, hashed)
            work.access.end_sessions(me.account.id, but=me.session.id if me.session else None)
            log(work, me.account, now, "password")
        return back("password")


def _endings(routes: APIRouter, entrance: Entrance) -> None:
    @routes.post("/me/sessions/{number}/end")
    def end_session(request: Request, number: str) -> Response:
        me = the_one(request)
        with entrance.store.writing() as work:
            work.access.end_session(_number(number), me.account.id)
        return back("session")

    @routes.post("/me/tokens/{number}/end")
    def end_token(request: Request, number: str) -> Response:
        me = the_one(request)
        with entrance.store.writing() as work:
            if work.access.end_token(_number(number), me.account.id):
                log(work, me.account, entrance.now(), "token ended")
        return back("token")

    @routes.post("/me/sign-out-everywhere")
    def sign_out_everywhere(request: Request) -> Response:
        me = the_one(request)
        with entrance.store.writing() as work:
            work.access.end_sessions(me.account.id)
            log(work, me.account, entrance.now(), "sign out everywhere")
        return outside(entrance, request)


def why_refused(refused: Refused) -> tuple[str, int]:
    """What to say of a present password that was not taken, and the status."""
    return (said.wait(refused.wait), 429) if refused.wait else (said.WRONG_PASSWORD, 422)


def back(done: str) -> RedirectResponse:
    """To the page, saying what was done."""
    return RedirectResponse(f"/me?done={done}", status_code=303)


def _number(text: str) -> int:
    """A row's number out of a path, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
