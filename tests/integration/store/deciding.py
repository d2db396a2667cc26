"""Approved tickets for tests, written by the store's own actions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rules.actions import ActionName
from rules.application import Application
from rules.ticket import State
from rules.webhook import APPROVED, payload
from store.records import Act, ActionRecord, Hook
from store.unit_of_work import Store
from tests.integration.store.making import APPLICATION, NOW, judged, keep, plan, raw, take_in, value

UNDO = timedelta(seconds=30)
COMPLETE = replace(APPLICATION, admin_email=value("anna@school.example", start=300))


def ticket(store: Store, uid: int, application: Application = COMPLETE, *, validity: int = 1) -> str:
    """One complete application in review; its number. The thread is `thread` and the row's number."""
    keep(store, raw(uid, b"letter %d of %d" % (uid, validity), validity=validity))
    with store.reading() as work:
        raw_id = work.messages.next_kept(1, NOW)[0]
    return take_in(store, raw_id, judged(plan(state=State.REVIEW, application=application)))[0]


def approve(
    store: Store,
    number: str,
    *,
    at: datetime = NOW,
    by: str = "olga@desk.example",
    hooks: Sequence[Hook] | None = None,
    undo: timedelta = UNDO,
) -> ActionRecord:
    """What an agent's yes does, with its event for the webhook."""
    with store.reading() as work:
        known = work.tickets.get(number)
    assert known is not None
    assert known.application is not None
    body = payload(APPROVED, number, known.application, at + undo)
    version = _version(store, known.thread_key)
    act = Act(
        name=ActionName.APPROVE,
        by=by,
        at=at,
        thread_key=known.thread_key,
        expected_version=version,
        plans=(plan(number, State.APPROVED, known.application),),
        decided_at=at + undo,
        undo_until=at + undo,
        ends_turns=True,
        hooks=tuple(hooks) if hooks is not None else (Hook(f"evt_{number}", APPROVED, number, body),),
    )
    with store.writing() as work:
        return work.actions.carry_out(act)[0]


def reopen(store: Store, number: str, *, at: datetime = NOW) -> None:
    """The ticket goes back to an agent."""
    with store.reading() as work:
        known = work.tickets.get(number)
    assert known is not None
    act = Act(
        name=ActionName.REOPEN,
        by="olga@desk.example",
        at=at,
        thread_key=known.thread_key,
        expected_version=_version(store, known.thread_key),
        plans=(plan(number, State.REVIEW, known.application),),
    )
    with store.writing() as work:
        work.actions.carry_out(act)


def _version(store: Store, key: str) -> int:
    with store.engine.connect() as connection:
        return int(
            connection.exec_driver_sql(f"SELECT version FROM thread WHERE key = '{key}'").scalar_one()  # noqa: S608
        )
