"""Lists of tickets: in the order in which somebody should look at them, complete, in few statements."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from rules.application import FieldName, Status
from rules.judgement import Judgement, Kind, TicketPlan
from rules.ticket import FINISHED, State
from store.records import ReplyState
from store.unit_of_work import Store
from tests.integration.store.making import NOW, judged, kept_ids, open_ticket, plan, reply, take_in
from tests.integration.store.watching import watched


def test_a_line_says_what_a_list_needs(store: Store) -> None:
    open_ticket(store)
    with store.reading() as work:
        (line,) = work.tickets.list()
    assert (line.number, line.title, line.region) == ("2611-1", "МБОУ «Школа № 1»", "Республика Татарстан")
    assert [(one.name, one.status) for one in line.unsettled] == [(FieldName.EMAIL, Status.MISSING)]
    assert line.reply is not None
    assert line.reply.state is ReplyState.QUEUED
    assert line.due_at == NOW + timedelta(days=1)


def test_who_waits_longest_comes_first_and_then_the_newest(store: Store) -> None:
    ids = kept_ids(store, 4)
    take_in(store, ids[0], judged(plan(), turn=False), now=NOW)
    take_in(store, ids[1], judged(plan(state=State.REVIEW)), now=NOW + timedelta(hours=2))
    take_in(store, ids[2], judged(plan(state=State.REVIEW)), now=NOW + timedelta(hours=1))
    take_in(store, ids[3], judged(plan(), turn=False), now=NOW + timedelta(hours=3))
    with store.reading() as work:
        assert [one.number for one in work.tickets.list()] == ["2611-3", "2611-2", "2611-4", "2611-1"]
        assert [one.number for one in work.tickets.list((State.REVIEW,), 1, 1)] == ["2611-2"]


def test_states_and_kinds_are_counted(store: Store) -> None:
    ids = kept_ids(store, 3)
    take_in(store, ids[0], judged(plan()))
    take_in(store, ids[1], judged(plan(state=State.REVIEW)))
    question = TicketPlan(number=None, kind=Kind.QUESTION, topic=None, state=State.REVIEW, application=None)
    take_in(store, ids[2], Judgement(kind=Kind.QUESTION, tickets=(question,)))
    with store.reading() as work:
        counts = work.tickets.count_by_state()
        assert (counts[State.WAITING], counts[State.REVIEW], counts[State.CLOSED]) == (1, 2, 0)
        assert work.tickets.count_by_state(kind=Kind.QUESTION)[State.REVIEW] == 1
        assert work.tickets.count((State.REVIEW,), kind=Kind.APPLICATION) == 1
        assert [one.number for one in work.tickets.list(kind=Kind.QUESTION)] == ["2611-3"]


def test_finished_tickets_are_listed_newest_first(store: Store) -> None:
    ids = kept_ids(store, 4)
    for place, (raw_id, state) in enumerate(
        zip(ids, (State.CLOSED, State.REVIEW, State.APPROVED, State.ANSWERED), strict=True)
    ):
        take_in(store, raw_id, judged(plan(state=state), turn=False), now=NOW + timedelta(hours=place))
    with store.reading() as work:
        assert [one.number for one in work.tickets.list(FINISHED)] == ["2611-4", "2611-3", "2611-1"]
        assert [one.number for one in work.tickets.list((State.CLOSED, State.ANSWERED), 1, 1)] == ["2611-1"]
        assert [one.number for one in work.tickets.list((State.CLOSED, State.REVIEW))] == ["2611-2", "2611-1"]


def test_there_is_no_ticket_of_an_unknown_number(store: Store) -> None:
    with store.reading() as work:
        assert work.tickets.get("2611-1") is None
        assert work.tickets.get("'; DROP TABLE ticket; --") is None


@pytest.mark.parametrize("tickets", [1, 30])
def test_a_list_takes_three_statements_however_long(engine: Engine, tickets: int) -> None:
    store = Store(engine)
    for raw_id in kept_ids(store, tickets):
        take_in(store, raw_id, judged(plan()), composed=reply(f"thread{raw_id}"))
    with watched(engine) as statements, store.reading() as work:
        assert len(work.tickets.list()) == tickets
    assert len(statements) == 3
