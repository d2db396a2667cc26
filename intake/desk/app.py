"""`make_app`: the desk as an ASGI application. Puts guards, pages, style sheet and error pages together; no page is here."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from intake.desk.deps import TEMPLATES, Deps, View
from intake.desk.forms import FormKey, FormTooLarge
from intake.desk.guards import HEADERS, Guards
from intake.desk.pages import health, outbox, sandbox, ticket, tickets
from intake.settings import Desk
from rules.errors import IntakeError
from rules.fields_words import Words
from rules.message import Message
from store.unit_of_work import Store

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
    templates: Path = TEMPLATES,
) -> FastAPI:
    """The desk's pages over a store.

    `drop` puts a raw letter into the sandbox mailbox as the outside world would (None outside the sandbox: the form is
    then hidden). `read_letter` parses raw bytes and never raises. `words` is the list that replies use too.
    """
    view = View(templates, now=now, desk=desk, sandbox=drop is not None)
    deps = Deps(
        store=store,
        desk=desk,
        now=now,
        drop=drop,
        read_letter=read_letter,
        words=words,
        view=view,
        form_key=FormKey(),
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Guards)
    for page in (tickets, ticket, outbox, sandbox, health):
        app.include_router(page.router(deps))
    app.include_router(_style(view))
    _errors(app, view)
    return app


def _style(view: View) -> APIRouter:
    routes = APIRouter()

    @routes.get("/static/desk.css")
    def desk_css() -> Response:
        return Response(view.style, media_type="text/css", headers={"Cache-Control": _YEAR})

    return routes


def _errors(app: FastAPI, view: View) -> None:
    """Pages for what goes wrong, in words; the last one carries the headers itself, as it is made outside the guards."""

    def page(words: tuple[str, str], status: int) -> HTMLResponse:
        return view.page("error.html", status=status, heading=words[0], words=words[1])

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> HTMLResponse:
        return page(_NOT_FOUND if error.status_code == 404 else _OTHER, error.status_code)  # noqa: PLR2004 - HTTP's number

    @app.exception_handler(FormTooLarge)
    def too_large(_: Request, __: FormTooLarge) -> HTMLResponse:
        return page(_TOO_LARGE, 413)

    @app.exception_handler(IntakeError)
    def unavailable(_: Request, __: IntakeError) -> HTMLResponse:
        return page(_DATABASE, 503)

    @app.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> HTMLResponse:
        answer = page(_BROKEN, 500)
        answer.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return answer
