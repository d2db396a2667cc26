"""«Попробовать»: writes a letter to the desk as an applicant would, through the sandbox's own mailbox.

Outside the sandbox there is nothing to drop a letter into; the page says so. Nothing is entered into the store here:
the letter takes the way of every other letter.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intake.desk.access.gate import the_one
from intake.desk.deps import Deps
from intake.desk.forms import read_form
from rules.errors import IntakeError

SUBJECT: Final = "СФЕРУМ: Регистрация организации"
EXAMPLE: Final = """Здравствуйте! Просим зарегистрировать нашу школу.

Полное название организации: Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 5»
Краткое название: МБОУ СОШ № 5
Населённый пункт: г. Альметьевск
Субъект РФ: Республика Татарстан
ФИО администратора: Сафина Гульнара Маратовна
Мобильный телефон для регистрации: +7 917 555-01-23
Email для связи: school5@example.ru
"""
STALE: Final = "Страница устарела, письмо ещё не отправлено. Всё написанное на месте: отправьте ещё раз."
_ADDRESS = re.compile(r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@([\w.-]{1,253})")
_NAME_LIMIT, _SUBJECT_LIMIT, _TEXT_LIMIT = 200, 500, 150_000  # characters


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it was filled in."""

    address: str = "school5@example.ru"
    name: str = "Гульнара Сафина"
    subject: str = SUBJECT
    text: str = EXAMPLE


async def draft_in(request: Request) -> Draft:
    """The form in a request. Raises `FormTooLarge`."""
    given = dict(await read_form(request))
    return Draft(
        address=given.get("address", "").strip(),
        name=_line(given.get("name", ""))[:_NAME_LIMIT],
        subject=_line(given.get("subject", ""))[:_SUBJECT_LIMIT],
        text=given.get("text", ""),
    )


def _line(text: str) -> str:
    """One line without control characters: what goes into a header cannot begin another one."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def complaints(draft: Draft) -> dict[str, str]:
    """What is wrong with the form, by the name of its input."""
    wrong: dict[str, str] = {}
    if _parsed(draft.address) is None:
        wrong["address"] = "Так адрес не пишут. Пример: school5@example.ru"
    if not draft.text.strip():
        wrong["text"] = "Письмо пустое. Напишите хотя бы одну строку."
    if len(draft.text) > _TEXT_LIMIT:
        wrong["text"] = f"Письмо длиннее {_TEXT_LIMIT // 1000} тысяч знаков. Сократите его."
    return wrong


def _parsed(address: str) -> Address | None:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    try:
        return Address(username=match[1], domain=match[2].encode("idna").decode("ascii"))
    except ValueError:  # UnicodeError is one: a label too long, an empty one
        return None


def letter(draft: Draft, recipient: str, now: datetime) -> bytes:
    """The draft as the raw e-mail that a mail program would hand over. Raises `ValueError` for an impossible address."""
    sender = _parsed(draft.address)
    if sender is None:
        msg = "the draft has no usable address"
        raise ValueError(msg)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(draft.name, sender.username, sender.domain)
    mail["To"] = recipient
    mail["Subject"] = draft.subject
    mail["Date"] = now
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    mail.set_content(draft.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))
    return mail.as_bytes()


def router(deps: Deps) -> APIRouter:
    """`GET /sandbox` the form, `POST /sandbox` the letter, `GET /sandbox/sent` where it went; one notice outside it."""
    return _no_sandbox(deps) if deps.drop is None else _sandbox(deps, deps.drop)


def _no_sandbox(deps: Deps) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/sandbox", methods=["GET", "POST"])
    def none_here(request: Request) -> HTMLResponse:
        return deps.view.page("no_sandbox.html", request=request, status=404)

    return routes


def _sandbox(deps: Deps, drop: Callable[[bytes], None]) -> APIRouter:
    routes = APIRouter()

    def form(
        request: Request, draft: Draft, wrong: dict[str, str], notice: str = "", status: int = 200
    ) -> HTMLResponse:
        token = the_one(request).form_token
        return deps.view.page(
            "sandbox.html", request=request, status=status, draft=draft, wrong=wrong, notice=notice, token=token
        )

    @routes.get("/sandbox")
    def empty_form(request: Request) -> HTMLResponse:
        return form(request, Draft(), {})

    @routes.post("/sandbox")
    def send(
        request: Request,
        draft: Annotated[Draft, Depends(draft_in)],
        ours: Annotated[bool, Depends(deps.gate.from_own_page)],
    ) -> Response:
        if not ours:
            return form(request, draft, {}, STALE, 403)
        if wrong := complaints(draft):
            return form(request, draft, wrong, status=422)
        if notice := _dropped(drop, letter(draft, deps.desk.address, deps.now().astimezone(deps.desk.zone))):
            return form(request, draft, {}, notice, 503)
        return RedirectResponse("/sandbox/sent", status_code=303)

    @routes.get("/sandbox/sent")
    def sent(request: Request) -> HTMLResponse:
        return deps.view.page("sent.html", request=request)

    return routes


def _dropped(drop: Callable[[bytes], None], raw: bytes) -> str:
    """Put the letter into the mailbox; what to tell the visitor if that failed, «» if it worked."""
    try:
        drop(raw)
    except IntakeError:
        return "Почтовый ящик песочницы не отвечает, письмо не отправлено. Всё написанное на месте: попробуйте ещё раз."
    return ""
