"""Replies that wait for an agent's yes: let go, or not sent after all."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from intake.casework.cases import Cases, as_it_is
from intake.casework.refused import Refused, Why
from rules.actions import ActionName
from rules.judgement import REQUESTS, Flag, NoticeKind, ReplyKind
from rules.ticket import State
from store.records import Act, ReplyRecord, ReplyState
from store.unit_of_work import ThreadMoved, Work


def send(cases: Cases, reply_id: int, by: str) -> None:
    """Let a held reply go: its tickets wait, or are answered, as if it had gone at once."""
    held = _held(cases, reply_id)
    after = {number: _after_sending(cases, number, held.kind) for number in held.tickets}
    _release(cases, held, by, ActionName.SEND, after=after, move=lambda work, now: work.outbox.release(reply_id, now))


def drop(cases: Cases, reply_id: int, by: str) -> None:
    """Do not send a held reply after all; its tickets stay with the agent."""
    held = _held(cases, reply_id)
    after = dict.fromkeys(held.tickets)
    _release(cases, held, by, ActionName.DROP, after=after, move=lambda work, _: work.outbox.drop(reply_id))


def _held(cases: Cases, reply_id: int) -> ReplyRecord:
    with cases.store.reading() as work:
        held = work.outbox.get(reply_id)
    if held is None or held.state is not ReplyState.HELD:
        raise Refused(Why.NO_REPLY, str(reply_id))
    return held


def _after_sending(cases: Cases, number: str, kind: ReplyKind | NoticeKind) -> State | None:
    """Where a ticket goes once its held reply leaves; None: it stays where it is."""
    case = cases.open(number, None)
    if case.record.state is not State.REVIEW:
        return None
    if kind in REQUESTS and case.record.application is not None and not case.application.complete:
        return State.WAITING
    if kind is ReplyKind.EXPIRED:
        return State.CLOSED
    return State.ANSWERED if kind is ReplyKind.ANSWER and case.record.application is None else None


def _release(
    cases: Cases,
    held: ReplyRecord,
    by: str,
    name: ActionName,
    *,
    after: Mapping[str, State | None],
    move: Callable[[Work, datetime], bool],
) -> None:
    now = cases.now()
    opened = [cases.open(number, None) for number in held.tickets]
    plans = tuple(
        replace(as_it_is(case), state=after[case.record.number] or case.record.state, settled=frozenset({Flag.REPLY_HELD}))
        for case in opened
    )  # fmt: skip
    stays = bool(plans) and all(plan.state is State.REVIEW for plan in plans)
    with suppress(ThreadMoved), cases.store.writing() as work:
        if not move(work, now):
            raise Refused(Why.NO_REPLY, str(held.id))
        if opened:
            thread = opened[0].thread
            work.actions.carry_out(
                Act(
                    name=name,
                    by=by,
                    at=now,
                    thread_key=thread.key,
                    expected_version=thread.version,
                    plans=plans,
                    turn_due=cases.due(now) if stays else None,  # from now on it is an agent's work, if it was not yet
                    details={"reply": str(held.id), "kind": held.kind.value},
                )
            )
        return
    raise Refused(Why.MOVED, ", ".join(held.tickets))
