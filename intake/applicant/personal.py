"""`/p/TOKEN`: the personal page. Where each application of the thread stands, what is still needed, a form to fill in.

A GET changes nothing: mail scanners follow links. A POST is checked, merged and remembered by casework.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from intake.applicant.deps import Deps
from intake.applicant.shown import TicketShown, field_note, saved_words, ticket_shown
from intake.applicant.visitor import address_of, from_us
from intake.casework import Refused, Why
from intake.casework.applicant import Filled, fill
from intake.desk.forms import read_form
from rules.application import FieldName, FieldValue
from rules.ticket import is_number

BODY_LIMIT: Final = 64_000  # bytes
MOST_TICKETS: Final = 50  # tickets of one thread that are shown
STALE: Final = "Страница устарела, ничего не сохранено. Всё написанное на месте: сохраните ещё раз."
MANY: Final = "Слишком много сохранений подряд. Всё написанное на месте: подождите немного и сохраните ещё раз."
_REFUSED: Final[Mapping[Why, str]] = {
    Why.FINISHED: "По этой заявке решение уже принято, изменить её здесь нельзя. Напишите нам письмом.",
    Why.MOVED: "Заявку как раз меняет кто-то ещё. Всё написанное на месте: сохраните ещё раз.",
}
_OTHERWISE: Final = "Сохранить не получилось. Откройте ссылку из нашего письма ещё раз."


@dataclass(frozen=True, slots=True)
class Saving:
    """The form as it came: of which ticket, the link's token once more, the fields."""

    number: str
    token: str
    values: Mapping[FieldName, str]


async def saving_in(request: Request) -> Saving:
    """The form in a request. Raises `FormTooLarge`."""
    given = dict(await read_form(request, BODY_LIMIT))
    values = {name: given[name.value] for name in FieldName if name.value in given}
    return Saving(given.get("number", ""), given.get("token", ""), values)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a page tells beside the tickets; the ticket that was filled in, with what was typed and refused."""

    notice: str = ""
    number: str = ""
    typed: Mapping[FieldName, str] | None = None
    unusable: Mapping[FieldName, FieldValue] | None = None


def router(deps: Deps) -> APIRouter:
    """`GET` and `POST /p/{token}`."""
    routes = APIRouter()

    @routes.api_route("/p/{token}", methods=["GET", "HEAD"])
    def personal(token: str, saved: str = "") -> HTMLResponse:
        notice = "Сохранили." if saved else ""
        return _page(deps, token, _thread_key(deps, token), _Said(notice))

    @routes.post("/p/{token}")
    def save(request: Request, token: str, given: Annotated[Saving, Depends(saving_in)]) -> Response:
        key = _thread_key(deps, token)
        in_place = "application/json" in request.headers.get("accept", "")
        refusal = _refusal(deps, request, token, given)
        if refusal:
            return _not_saved(deps, token, key, given, refusal, in_place=in_place)
        try:
            filled = fill(deps.cases, deps.conduct, key, given.number, given.values)
        except Refused as refused:
            words = _REFUSED.get(refused.why, _OTHERWISE)
            return _not_saved(deps, token, key, given, (409, words), in_place=in_place)
        if filled.completed:
            deps.queued()
        if in_place:
            return _in_place(deps, given, filled)
        if filled.unusable:
            said = _Said("", given.number, given.values, filled.unusable)
            return _page(deps, token, key, said, status=422)
        return RedirectResponse(f"{token}?saved=1", status_code=303)

    return routes


def _thread_key(deps: Deps, token: str) -> str:
    key = deps.tokens.thread_of_link(token)
    if key is None:
        raise HTTPException(404)
    return key


def _refusal(deps: Deps, request: Request, token: str, given: Saving) -> tuple[int, str] | None:
    """Why a form is not looked at: it is not from this page, there are too many, or it names no ticket."""
    if not from_us(request, deps.site) or given.token.casefold() != token.casefold() or not is_number(given.number):
        return 403, STALE
    now, address = deps.cases.now(), address_of(request, proxied=deps.desk.trusted_proxy)
    if not deps.limits.page.take(token.casefold(), now) or not deps.limits.page_address.take(address, now):
        return 429, MANY
    return None


def _not_saved(
    deps: Deps, token: str, key: str, given: Saving, refusal: tuple[int, str], *, in_place: bool
) -> Response:
    status, words = refusal
    if in_place:
        return JSONResponse({"words": words}, status_code=status)
    return _page(deps, token, key, _Said(words, given.number, given.values), status=status)


def _page(deps: Deps, token: str, key: str, said: _Said, *, status: int = 200) -> HTMLResponse:
    tickets = _tickets(deps, key, said)
    if not tickets:
        raise HTTPException(404)
    return deps.view.page("page.html", status=status, up="../", token=token, tickets=tickets, notice=said.notice)


def _tickets(deps: Deps, key: str, said: _Said) -> list[TicketShown]:
    now, words = deps.cases.now(), deps.cases.book.words
    with deps.cases.store.reading() as work:
        thread = work.threads.thread(key, now)
        numbers = [one.number for one in thread.tickets[:MOST_TICKETS]] if thread else []
        known = [(record, work.actions.of_ticket(one)) for one in numbers if (record := work.tickets.get(one))]
    return [
        ticket_shown(
            record,
            actions,
            words,
            deps.desk.zone,
            now,
            typed=said.typed if record.number == said.number else None,
            unusable=said.unusable if record.number == said.number else None,
        )
        for record, actions in known
    ]


def _in_place(deps: Deps, given: Saving, filled: Filled) -> JSONResponse:
    """What the page's script puts under the fields that were saved."""
    words = deps.cases.book.words
    fields = {}
    for name in given.values:
        refused = filled.unusable.get(name)
        text = field_note(name, refused, words) if refused else saved_words(name, filled.application[name], words)
        fields[name.value] = {"wrong": refused is not None, "words": text}
    return JSONResponse({"fields": fields, "left": len(filled.application.to_ask()), "completed": filled.completed})
