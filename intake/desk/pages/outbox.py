"""«Исходящие»: what has left the house and what still waits, newest first."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from intake.desk import words
from intake.desk.deps import Deps
from intake.desk.lines import reply_words
from store.records import UNSENT, ReplyRecord, ReplyState

SHOWN: Final = 100


def router(deps: Deps) -> APIRouter:
    """`GET /outbox`."""
    routes = APIRouter()

    @routes.get("/outbox")
    def outbox(request: Request) -> HTMLResponse:
        with deps.store.reading() as work:
            replies = work.outbox.list(SHOWN)
        now, zone = deps.now(), deps.desk.zone
        rows = [reply_words(reply, now, zone) for reply in replies]
        return deps.view.page("outbox.html", request=request, rows=rows, summary=summary(replies))

    return routes


def summary(replies: Sequence[ReplyRecord]) -> str:
    """One sentence over the list."""
    waiting = sum(reply.state in UNSENT for reply in replies)
    lost = sum(reply.state in {ReplyState.REFUSED, ReplyState.UNDELIVERED} for reply in replies)
    first = f"Последние {SHOWN} писем." if len(replies) >= SHOWN else ""
    mail = ("письмо", "письма", "писем")
    said = f"Ждёт отправки {words.counted(waiting, *mail)}" if waiting else "Ни одно письмо не ждёт отправки"
    end = f", не дошло {words.counted(lost, *mail)}." if lost else ", отказов нет."
    return f"{first} {said}{end}".strip()
