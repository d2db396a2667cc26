"""`/healthz`: for programs that watch the desk. JSON, no names, addresses or error texts."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from intake.desk.deps import Deps
from rules.errors import IntakeError


def router(deps: Deps) -> APIRouter:
    """200 `ok`, 200 `degraded` when a mailbox cannot be read or a message is set aside, 503 `down` without database."""
    routes = APIRouter()

    @routes.get("/healthz")
    def health() -> JSONResponse:
        try:
            with deps.store.reading() as work:
                boxes, failed = work.mailboxes.states(), len(work.messages.failed())
                pending = work.outbox.pending_count()
        except IntakeError:
            return JSONResponse({"status": "down", "database": "unusable"}, status_code=503)
        mailboxes = [
            {
                "name": box.mailbox,
                "readable": not box.error,
                "last_good_look": box.last_good_look.isoformat() if box.last_good_look else None,
                "failures": box.failures,
            }
            for box in boxes
        ]
        degraded = failed > 0 or any(box.error for box in boxes)
        return JSONResponse(
            {
                "status": "degraded" if degraded else "ok",
                "database": "ok",
                "mailboxes": mailboxes,
                "outbox_pending": pending,
                "set_aside": failed,
            }
        )

    return routes
