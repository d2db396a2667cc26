"""`/form`: the public form. Registers an organisation or asks a question, without JavaScript and without an account.

What is sent becomes a letter and takes the way of every letter; the address in it counts as unproved until somebody
answers from it or opens the link that was sent there. Nobody's words are dropped: whoever looks like a machine is asked
to send once more.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from intake.applicant.deps import FORMS_A_DAY, Deps
from intake.applicant.shown import sentence
from intake.applicant.visitor import address_of, from_us
from intake.desk.forms import read_form
from intake.desk.guards import host_name
from intake.handing_in import FORM, SUBJECT, application_text, keep, letter, one_line, question_subject
from intake.settings import LOOPBACK
from rules.application import Application, FieldName, FieldValue, Status
from rules.delivery import Mailable, mailable
from rules.entering import LONGEST, entered
from rules.fields import email
from rules.plain_text import plain
from store.records import RawState

COOKIE: Final = "applicant-form"
BODY_LIMIT: Final = 64_000  # bytes
TEXT_LIMIT: Final = 5_000  # code points of a question
FASTEST: Final = timedelta(seconds=3)  # nobody fills the form in quicker
OLDEST: Final = timedelta(hours=24)
WAIT_SECONDS, POLL_SECONDS = 2.0, 0.1
APPLICATION, QUESTION = "application", "question"
_SHORTEST_COOKIE = 20
_SECONDS = 11  # digits of a moment

STALE: Final = "Страница устарела, форма ещё не отправлена. Всё написанное на месте: отправьте ещё раз."
QUICK: Final = "Форма ещё не отправлена: так быстро её обычно заполняют программы. Всё на месте, отправьте ещё раз."
MANY: Final = "Форма не отправлена: за короткое время их пришло слишком много. Всё написанное на месте: подождите или напишите нам письмом."
WRONG: Final = "Форма ещё не отправлена: посмотрите на отмеченные поля."
_NO_ADDRESS: Final = "На такой адрес ответ не дойдёт. Пример: school5@example.ru"
_MEANT: Final = "Проверьте адрес. Возможно, вы имели в виду {meant}"
_NEEDED: Final = "Это поле нужно заполнить"
_NO_TEXT: Final = "Напишите, о чём вы хотите спросить"
_LONG_TEXT: Final = "Вопрос длиннее 5 000 знаков. Сократите его или пришлите письмом."


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it was filled in. `same`: the administrator's address is the writer's; `anyway`: send it as it is."""

    what: str = APPLICATION
    address: str = ""
    values: Mapping[FieldName, str] = field(default_factory=dict)
    text: str = ""
    same: bool = False
    anyway: bool = False
    trap: str = ""
    token: str = ""

    @property
    def fields(self) -> dict[FieldName, str]:
        """The seven fields with what follows from `same`."""
        known = dict(self.values)
        if self.same and not known.get(FieldName.EMAIL):
            known[FieldName.EMAIL] = self.address
        return known


async def draft_in(request: Request) -> Draft:
    """The form in a request. Raises `FormTooLarge`."""
    given = dict(await read_form(request, BODY_LIMIT))
    return Draft(
        what=QUESTION if given.get("what") == QUESTION else APPLICATION,
        address=one_line(given.get("address", "")),
        values={name: one_line(given.get(name.value, "")) for name in FieldName},
        text=given.get("text", "").replace("\r\n", "\n").strip(),
        same=bool(given.get("same")),
        anyway=bool(given.get("anyway")),
        trap=given.get("website", ""),
        token=given.get("token", ""),
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    """That a form is from our page: when the page was made; None if it is not, or is too old."""

    made_at: datetime | None
    token: str
    cookie: str


def router(deps: Deps) -> APIRouter:
    """`GET` and `POST /form`, `GET /form/thanks/{receipt}`."""
    routes = APIRouter()

    @routes.api_route("/form", methods=["GET", "HEAD"])
    def empty(request: Request, what: str = APPLICATION) -> HTMLResponse:
        draft = Draft(what=QUESTION if what == QUESTION else APPLICATION)
        return _form(deps, request, draft, _fresh(deps, request))

    @routes.post("/form")
    def send(request: Request, draft: Annotated[Draft, Depends(draft_in)]) -> Response:
        proof = _proof(deps, request, draft)
        wrong = complaints(deps, draft)
        notice, status = _refusal(deps, request, draft, proof, wrong)
        if notice:
            shown = proof if proof.made_at else _fresh(deps, request)
            return _form(deps, request, draft, shown, wrong=wrong, notice=notice, status=status)
        raw_id = _keep(deps, draft, proof)
        deps.taken_in()
        return RedirectResponse(f"form/thanks/{raw_id}-{deps.tokens.mark(_receipt(raw_id))}", status_code=303)

    @routes.api_route("/form/thanks/{receipt}", methods=["GET", "HEAD"])
    async def thanks(receipt: str) -> HTMLResponse:
        serial, _, signature = receipt.partition("-")
        if not (serial.isascii() and serial.isdigit() and deps.tokens.marked(_receipt(serial), signature)):
            raise HTTPException(404)
        numbers = await _numbers(deps, int(serial))
        return deps.view.page("thanks.html", up="../../", numbers=numbers)

    return routes


# --- checking --------------------------------------------------------------------------------------------------------


def complaints(deps: Deps, draft: Draft) -> dict[str, str]:
    """What is wrong with the form, by the name of its input."""
    wrong: dict[str, str] = {}
    if said := _address_wrong(draft.address):
        wrong["address"] = said
    if draft.what == QUESTION:
        if not draft.text:
            wrong["text"] = _NO_TEXT
        elif len(draft.text) > TEXT_LIMIT:
            wrong["text"] = _LONG_TEXT
        return wrong
    fields = draft.fields
    if draft.anyway and any(fields.values()):
        return wrong  # an agent asks for the rest by mail
    return wrong | _fields_wrong(deps, fields)


def _address_wrong(address: str) -> str:
    value = email.normalise(address)
    if value.status is Status.OK and isinstance(mailable(value.value or ""), Mailable):
        return ""
    if value.usable:
        return _MEANT.format(meant=plain(value.value or "", LONGEST))
    return _NO_ADDRESS


def _fields_wrong(deps: Deps, fields: Mapping[FieldName, str]) -> dict[str, str]:
    book = deps.cases.book
    region = entered(FieldName.REGION, fields.get(FieldName.REGION, ""), Application(), book)
    known = Application(region=region if region.usable else FieldValue())
    wrong = {}
    for name in FieldName:
        value = entered(name, fields.get(name, ""), known, book)
        if value.status is Status.MISSING:
            wrong[name.value] = _NEEDED
        elif value.status is Status.INVALID:
            wrong[name.value] = sentence(book.words.why(name, value.reason))
    return wrong


def _refusal(deps: Deps, request: Request, draft: Draft, proof: _Proof, wrong: Mapping[str, str]) -> tuple[str, int]:
    """Why the form is shown once more, and the answer's status; ("", 200) if it can be sent."""
    now = deps.cases.now()
    if proof.made_at is None or not from_us(request, deps.site):
        return STALE, 403
    if wrong:
        return WRONG, 422
    if draft.trap or now - proof.made_at < FASTEST:
        return QUICK, 422
    address = address_of(request, proxied=deps.desk.trusted_proxy)
    writer = draft.address.casefold()
    with deps.cases.store.reading() as work:
        lately = work.messages.count_from(FORM, writer, now - timedelta(days=1))
    allowed = lately < FORMS_A_DAY and deps.limits.form_email.take(writer, now)
    if not allowed or not deps.limits.form_address.take(address, now):
        return MANY, 429
    return "", 200


# --- the page and its proof ------------------------------------------------------------------------------------------


def _form(
    deps: Deps,
    request: Request,
    draft: Draft,
    proof: _Proof,
    *,
    wrong: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> HTMLResponse:
    words = deps.cases.book.words
    fields = [(name.value, words.labels[name], words.examples[name], draft.values.get(name, "")) for name in FieldName]
    page = deps.view.page(
        "form.html", status=status, draft=draft, fields=fields, wrong=wrong or {}, notice=notice, token=proof.token,
        sent_once=bool(wrong), text_limit=TEXT_LIMIT, longest=LONGEST,
    )  # fmt: skip
    hosts = request.headers.get("host", "")
    page.set_cookie(
        COOKIE, proof.cookie, path=None, httponly=True, samesite="strict", secure=host_name(hosts) not in LOOPBACK
    )
    return page


def _fresh(deps: Deps, request: Request) -> _Proof:
    """The proof for a page that is made now; the browser keeps its cookie, so that two pages at once both work."""
    given = request.cookies.get(COOKIE, "")
    cookie = given if len(given) >= _SHORTEST_COOKIE and given.isascii() else secrets.token_urlsafe(24)
    now = deps.cases.now()
    issued = f"{int(now.timestamp()):0{_SECONDS}d}"
    return _Proof(now, f"{issued}{deps.tokens.mark(f'form {issued} {cookie}')}", cookie)


def _proof(deps: Deps, request: Request, draft: Draft) -> _Proof:
    """Whether cookie and form agree (signed double submit), and since when."""
    cookie, issued, signature = request.cookies.get(COOKIE, ""), draft.token[:_SECONDS], draft.token[_SECONDS:]
    nothing = _Proof(None, "", cookie)
    if not (cookie and issued.isascii() and issued.isdigit()):
        return nothing
    if not deps.tokens.marked(f"form {issued} {cookie}", signature):
        return nothing
    made_at = datetime.fromtimestamp(int(issued), UTC)
    return nothing if deps.cases.now() - made_at > OLDEST else _Proof(made_at, draft.token, cookie)


# --- sending ---------------------------------------------------------------------------------------------------------


def _keep(deps: Deps, draft: Draft, proof: _Proof) -> int:
    """The form as a kept letter; sent twice from the same page it is the same letter."""
    question = draft.what == QUESTION
    labels = deps.cases.book.words.labels
    raw = letter(
        sender=draft.address,
        to=deps.desk.address,
        subject=question_subject(draft.text) if question else SUBJECT,
        text=draft.text if question else application_text(draft.fields, labels),
        when=proof.made_at or deps.cases.now(),
        nonce=draft.token,
    )
    return keep(deps.cases.store, raw, mailbox=FORM, folder=draft.what, now=deps.cases.now())


def _receipt(raw_id: int | str) -> str:
    return f"receipt {raw_id}"


async def _numbers(deps: Deps, raw_id: int) -> tuple[str, ...]:
    """The numbers of its tickets; () when the letter is not taken in within two seconds."""
    for _ in range(round(WAIT_SECONDS / POLL_SECONDS)):
        fate = await run_in_threadpool(_fate, deps, raw_id)
        if fate is None:
            raise HTTPException(404)
        state, numbers = fate
        if numbers or state is not RawState.KEPT:
            return numbers
        await asyncio.sleep(POLL_SECONDS)
    return ()


def _fate(deps: Deps, raw_id: int) -> tuple[RawState, tuple[str, ...]] | None:
    with deps.cases.store.reading() as work:
        return work.messages.fate(raw_id)
