"""`make_app`: the applicants' pages as an ASGI application of its own, beside the desk. No page is here."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from intake.applicant import form, personal
from intake.applicant.deps import FILES, TEMPLATES, Deps, Limits, View
from intake.casework import Cases
from intake.desk.forms import FormTooLarge
from intake.desk.guards import HEADERS, Guards
from intake.settings import LOOPBACK
from rules.case import Conduct
from rules.errors import IntakeError

ALL: Final[dict[str, str]] = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
"""On every response of these pages."""

_YEAR: Final = "public, max-age=31536000, immutable"
_GONE = (
    "Такой страницы нет",
    "Возможно, ссылка скопирована не целиком. Откройте её ещё раз из нашего письма или просто напишите нам.",
)
_OTHER = ("Так не получится", "Эта страница не понимает такого запроса. Откройте ссылку из нашего письма ещё раз.")
_TOO_LARGE = ("Слишком длинно", "Столько страница принять не может. Сократите написанное или пришлите его письмом.")
_DATABASE = ("Страница пока не отвечает", "Всё, что вы прислали раньше, сохранено. Попробуйте через несколько минут.")
_BROKEN = ("Страница не открылась", "Это ошибка на нашей стороне. Попробуйте через несколько минут или напишите нам.")


def make_app(
    *,
    cases: Cases,
    conduct: Conduct,
    site: str,
    taken_in: Callable[[], None] = lambda: None,
    queued: Callable[[], None] = lambda: None,
    templates: Path = TEMPLATES,
    limits: Limits | None = None,
) -> FastAPI:
    """The personal page and the public form.

    `site`: the address under which applicants reach them. `taken_in` and `queued` ring the bells of the jobs that take
    letters in and send replies.
    """
    desk = cases.replier.desk
    deps = Deps(
        cases=cases,
        conduct=conduct,
        desk=desk,
        tokens=cases.replier.tokens,
        taken_in=taken_in,
        queued=queued,
        view=View(templates, desk),
        limits=limits or Limits.usual(),
        site=site,
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(Guards, hosts=LOOPBACK | _host(site), headers=ALL)
    for router in (personal.router(deps), form.router(deps), _files(deps.view)):
        app.include_router(router)
    _errors(app, deps.view)
    return app


def _host(site: str) -> frozenset[str]:
    name = urlsplit(site).hostname
    return frozenset({name}) if name else frozenset()


def _files(view: View) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/applicant-static/{name}", methods=["GET", "HEAD"])
    def file(name: str) -> Response:
        if name not in FILES:
            raise HTTPException(404)
        return Response(view.files[name], media_type=FILES[name], headers={"Cache-Control": _YEAR})

    return routes


def _errors(app: FastAPI, view: View) -> None:
    """Calm pages for what goes wrong; the last one carries the headers itself, as it is made outside the guards."""

    def page(request: Request, words: tuple[str, str], status: int) -> HTMLResponse:
        up = "../" * max(request.url.path.count("/") - 1, 0)
        return view.page("said.html", status=status, up=up, heading=words[0], words=words[1])

    @app.exception_handler(AnyHTTPException)
    def refused(request: Request, error: AnyHTTPException) -> HTMLResponse:
        return page(request, _GONE if error.status_code == 404 else _OTHER, error.status_code)  # noqa: PLR2004 - HTTP's number

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
