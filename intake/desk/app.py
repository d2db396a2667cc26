"""`make_app`: the desk as an ASGI application. Puts guards, pages, style sheet and error pages together; no page is here."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.desk.access import profile, profile_factor, said, sign_in
from intake.desk.access.entrance import Entrance
from intake.desk.access.gate import Gate, NotAllowed, SignInNeeded, StaleForm
from intake.desk.access.open_forms import OpenForms
from intake.desk.access.passwords import Passwords
from intake.desk.access.rights import require_rights
from intake.desk.access.sessions import Sessions
from intake.desk.deps import TEMPLATES, Deps, View
from intake.desk.forms import FormTooLarge
from intake.desk.guards import HEADERS, Guards
from intake.desk.pages import health, outbox, sandbox, ticket, tickets
from intake.settings import LOOPBACK, Desk, Oidc
from rules.errors import IntakeError
from rules.fields_words import Words
from rules.message import Message
from store.unit_of_work import Store

ALL: Final[dict[str, str]] = {**HEADERS, "Referrer-Policy": "same-origin"}
"""On every response of the desk. Without any referrer a browser would not say of our own forms that they are ours."""

_YEAR: Final = "public, max-age=31536000, immutable"

_NOT_FOUND = ("Такой страницы нет", "Возможно, в адресе опечатка. Письма и обращения на месте.")
_TOO_LARGE = ("Слишком длинно", "Форма принимает письмо до 150 тысяч знаков. Сократите его и отправьте ещё раз.")
_DATABASE = (
    "База данных не отвечает",
    "Почта никуда не денется: что уже получено, сохранено, остальное ждёт в ящике. Обновите страницу через минуту.",
)
_OTHER = ("Так не получится", "Эта страница не понимает такого запроса.")
_BROKEN = (
    "Страница не открылась",
    "Что-то сломалось на нашей стороне. Письма и обращения не пострадали; попробуйте ещё раз через минуту.",
)


def make_app(
    *,
    store: Store,
    desk: Desk,
    now: Callable[[], datetime],
    drop: Callable[[bytes], None] | None,
    read_letter: Callable[[bytes], Message],
    words: Words,
    key: bytes,
    oidc: Oidc | None = None,
    passwords: Passwords | None = None,
    templates: Path = TEMPLATES,
) -> FastAPI:
    """The desk's pages over a store.

    `drop` puts a raw letter into the sandbox mailbox as the outside world would (None outside the sandbox: the form is
    then hidden). `read_letter` parses raw bytes and never raises. `words` is the list that replies use too.
    `key` signs the marks of browsers that are known; `oidc` names an identity provider.

    Raises `RouteWithoutRight` when a route does not stand in the table of rights.
    """
    view = View(templates, now=now, desk=desk, sandbox=drop is not None)
    site = desk.public_desk_url.rstrip("/")
    sessions = Sessions(store, desk, key)
    gate = Gate(store, sessions, now, site)
    deps = Deps(
        store=store,
        desk=desk,
        now=now,
        drop=drop,
        read_letter=read_letter,
        words=words,
        view=view,
        gate=gate,
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(gate)])
    app.add_middleware(Guards, hosts=_hosts(desk), headers=ALL)
    for page in (tickets, ticket, outbox, sandbox, health):
        app.include_router(page.router(deps))
    app.include_router(_style(view))
    for routes in _access(view, Entrance(store, sessions, passwords or Passwords(), now), site, oidc):
        app.include_router(routes)
    require_rights(app.routes)
    _errors(app, view)
    return app


def _access(view: View, entrance: Entrance, site: str, oidc: Oidc | None) -> list[APIRouter]:
    provider = oidc if oidc is not None and oidc.issuer else None
    forms = OpenForms(entrance.sessions.cookies, site)
    routes = [
        sign_in.router(view, entrance, forms, provider),
        profile.router(view, entrance),
        profile_factor.router(view, entrance),
    ]
    if provider is not None:
        from intake.desk.access import oidc as by_provider  # noqa: PLC0415 - an optional part

        routes.append(by_provider.router(view, entrance, by_provider.Provider(provider), site))
    return routes


def _hosts(desk: Desk) -> frozenset[str]:
    """The names under which the desk answers: this machine's, and the one that the TLS proxy passes on."""
    public = urlsplit(desk.public_desk_url).hostname
    return LOOPBACK | {public} if public else LOOPBACK


def _style(view: View) -> APIRouter:
    routes = APIRouter()

    @routes.get("/static/desk.css")
    def desk_css() -> Response:
        return Response(view.style, media_type="text/css", headers={"Cache-Control": _YEAR})

    return routes


def _errors(app: FastAPI, view: View) -> None:
    """Pages for what goes wrong, in words; the last one carries the headers itself, as it is made outside the guards."""

    def page(request: Request, words: tuple[str, str], status: int) -> HTMLResponse:
        return view.page("error.html", request=request, status=status, heading=words[0], words=words[1])

    _access_errors(app, page)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> HTMLResponse:
        return page(request, _NOT_FOUND if error.status_code == 404 else _OTHER, error.status_code)  # noqa: PLR2004 - HTTP's number

    @app.exception_handler(FormTooLarge)
    def too_large(request: Request, _: FormTooLarge) -> HTMLResponse:
        return page(request, _TOO_LARGE, 413)

    @app.exception_handler(IntakeError)
    def unavailable(request: Request, _: IntakeError) -> HTMLResponse:
        return page(request, _DATABASE, 503)

    @app.exception_handler(Exception)
    def broken(request: Request, _: Exception) -> HTMLResponse:
        answer = page(request, _BROKEN, 500)
        answer.headers.update({**ALL, "Cache-Control": "no-store"})
        return answer


def _access_errors(app: FastAPI, page: Callable[[Request, tuple[str, str], int], HTMLResponse]) -> None:
    """Pages for those who may not; a program with a token gets its answer as JSON."""

    @app.exception_handler(SignInNeeded)
    def sign_in_needed(request: Request, error: SignInNeeded) -> Response:
        if error.program:
            return JSONResponse({"error": "invalid_token"}, 401, headers={"WWW-Authenticate": "Bearer"})
        if error.to:
            to = f"?{urlencode({'to': error.to})}" if error.to != "/" else ""
            return RedirectResponse(f"/sign-in{to}", status_code=303)
        return page(request, said.NEEDED, 401)

    @app.exception_handler(NotAllowed)
    def not_allowed(request: Request, error: NotAllowed) -> Response:
        if error.program:
            header = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
            return JSONResponse({"error": "insufficient_scope"}, 403, headers=header)
        return page(request, said.NOT_ALLOWED, 403)

    @app.exception_handler(StaleForm)
    def stale(request: Request, _: StaleForm) -> Response:
        return page(request, said.STALE_FORM, 403)
