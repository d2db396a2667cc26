"""The pages by which one enters: the password, the second factor, a link that works once. And the way out."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intake.desk.access import passwords, said
from intake.desk.access.entrance import Entered, Entrance, Refused
from intake.desk.access.gate import TOKEN, me_of, the_one
from intake.desk.access.open_forms import OpenForms
from intake.desk.access.sessions import SESSION
from intake.desk.deps import View
from intake.desk.forms import read_form
from intake.settings import Oidc
from rules.delivery import Mailable, mailable
from store.access import InvitationRecord, SessionRecord

_LONGEST_NAME: Final = 200
_FORM_BYTES: Final = 20_000
_NOT_FOUND: Final = 404


async def form_in(request: Request) -> Mapping[str, str]:
    """The form in a request. Raises `FormTooLarge`."""
    return dict(await read_form(request, _FORM_BYTES))


Form = Annotated[Mapping[str, str], Depends(form_in)]


def entered(entrance: Entrance, request: Request, done: Entered, to: str) -> Response:
    """Hand the session over and lead on: to the second factor, or to where she wanted to go."""
    way = RedirectResponse(f"/sign-in/code?{urlencode({'to': to})}" if done.pending else to, status_code=303)
    entrance.sessions.hand_over(request, way, done.number, done.account, pending=done.pending)
    return way


class _Pages:
    """The entrance's pages with their forms."""

    def __init__(self, view: View, forms: OpenForms, oidc: Oidc | None) -> None:
        self._view, self.forms, self._oidc = view, forms, oidc

    def show(self, request: Request, template: str, /, *, status: int = 200, **values: object) -> HTMLResponse:
        """One of them, with a fresh token."""
        value = self.forms.value(request)
        token, oidc = self.forms.token(value), self._oidc.label if self._oidc else ""
        page = self._view.page(f"access/{template}", request=request, status=status, token=token, oidc=oidc, **values)
        return self.forms.hand_over(request, page, value)


def router(view: View, entrance: Entrance, forms: OpenForms, oidc: Oidc | None) -> APIRouter:
    """`/sign-in`, `/sign-in/code`, `/invitation/{token}`, `/sign-out`."""
    routes, pages = APIRouter(), _Pages(view, forms, oidc)
    _password(routes, pages, entrance)
    _code(routes, pages, entrance)
    _invitation(routes, pages, entrance)
    _out(routes, entrance)
    return routes


def _password(routes: APIRouter, pages: _Pages, entrance: Entrance) -> None:
    @routes.get("/sign-in")
    def sign_in(request: Request, to: str = "/", out: str = "") -> Response:
        if me_of(request) is not None:
            return RedirectResponse(said.way(to), status_code=303)
        return pages.show(request, "sign_in.html", email="", to=said.way(to), notice="", out=bool(out))

    @routes.post("/sign-in")
    def signing_in(request: Request, form: Form) -> Response:
        email, to = form.get("email", "").strip(), said.way(form.get("to", ""))

        def again(notice: str, status: int) -> HTMLResponse:
            return pages.show(request, "sign_in.html", status=status, email=email, to=to, notice=notice, out=False)

        if not pages.forms.fits(request, form.get(TOKEN, "")):
            return again(said.STALE, 403)
        done = entrance.with_password(request, email, form.get("password", ""))
        if isinstance(done, Refused):
            return _refused(done, again, said.WRONG)
        return entered(entrance, request, done, to)


def _code(routes: APIRouter, pages: _Pages, entrance: Entrance) -> None:
    @routes.get("/sign-in/code")
    def code(request: Request, to: str = "/") -> Response:
        if _waiting(request) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return pages.show(request, "code.html", to=said.way(to), notice="")

    @routes.post("/sign-in/code")
    def check_code(request: Request, form: Form) -> Response:
        to, waiting = said.way(form.get("to", "")), _waiting(request)
        if waiting is None:
            return RedirectResponse("/sign-in", status_code=303)

        def again(notice: str, status: int) -> HTMLResponse:
            return pages.show(request, "code.html", status=status, to=to, notice=notice)

        if not pages.forms.fits(request, form.get(TOKEN, "")):
            return again(said.STALE_CODE, 403)
        done = entrance.with_code(request, waiting, form.get("code", ""))
        if isinstance(done, Refused):
            return _refused(done, again, said.WRONG_CODE)
        return entered(entrance, request, done, to)


def _invitation(routes: APIRouter, pages: _Pages, entrance: Entrance) -> None:
    def show(
        request: Request, found: InvitationRecord, form: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
    ) -> HTMLResponse:
        known = found.account.person if found.account else None
        return pages.show(
            request,
            "invitation.html",
            status=status,
            known=known,
            email=known.email if known else form.get("email", ""),
            name=known.name if known else form.get("name", ""),
            wrong=wrong,
            shortest=passwords.SHORTEST,
        )

    @routes.get("/invitation/{secret}")
    def invitation(request: Request, secret: str) -> Response:
        found = entrance.invitation(secret)
        return _gone(pages, request) if found is None else show(request, found, {}, {})

    @routes.post("/invitation/{secret}")
    def take_invitation(request: Request, secret: str, form: Form) -> Response:
        found = entrance.invitation(secret)
        if found is None:
            return _gone(pages, request)
        if not pages.forms.fits(request, form.get(TOKEN, "")):
            return show(request, found, form, {"notice": said.STALE}, 403)
        email = found.account.person.email if found.account else form.get("email", "").strip().casefold()
        name = " ".join(form.get("name", "").split())[:_LONGEST_NAME]
        wrong = new_password_complaints(form, email)
        if found.account is None:
            wrong |= {} if isinstance(mailable(email), Mailable) else {"email": said.NO_ADDRESS}
            wrong |= {} if name else {"name": said.NO_NAME}
        if wrong:
            return show(request, found, form, wrong, 422)
        done = entrance.take_invitation(request, secret, form["password"], email=email, name=name)
        return _gone(pages, request) if done is None else entered(entrance, request, done, "/")


def _out(routes: APIRouter, entrance: Entrance) -> None:
    @routes.post("/sign-out")
    def sign_out(request: Request) -> Response:
        me = the_one(request)
        if me.session is not None:
            with entrance.store.writing() as work:
                work.access.end_session(me.session.id, me.account.id)
        return outside(entrance, request)


def outside(entrance: Entrance, request: Request) -> Response:
    """The way out; the browser stays known."""
    way = RedirectResponse("/sign-in?out=1", status_code=303)
    entrance.sessions.cookies.drop(request, way, SESSION)
    return way


def new_password_complaints(form: Mapping[str, str], email: str) -> dict[str, str]:
    """What is wrong with a new password typed twice, by the name of its input."""
    password = form.get("password", "")
    if weak := passwords.complaint(password, email):
        return {"password": weak}
    return {} if password == form.get("again", "") else {"again": said.DIFFERENT}


def _waiting(request: Request) -> SessionRecord | None:
    found: SessionRecord | None = getattr(request.state, "session", None)
    return found if found is not None and found.pending else None


def _gone(pages: _Pages, request: Request) -> HTMLResponse:
    return pages.show(request, "gone.html", status=_NOT_FOUND)


def _refused(done: Refused, again: Callable[[str, int], HTMLResponse], wrong: str) -> HTMLResponse:
    """The form once more, with what was wrong or how long to wait."""
    page = again(said.wait(done.wait), 429) if done.wait else again(wrong, 422)
    if done.wait:
        page.headers["Retry-After"] = str(done.wait)
    return page
