"""Undoing puts everything back exactly, and is refused where it would not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from intake.casework import Refused, Why
from intake.casework.held import drop, send
from rules.actions import ActionName
from rules.application import FieldName
from rules.case import Conduct
from rules.judgement import Flag, ReplyKind
from rules.ticket import State
from store.records import HookState, NotUndoable, ReplyState, Undoing
from store.unit_of_work import Store
from tests.integration.casework.test_actions import complete, question, waiting
from tests.integration.dumps import by_id, state_of
from tests.integration.wired import AGENT, OTHER_AGENT, WiredDesk, facts, letter, school

Act = Callable[[WiredDesk, str], object]
CASES: dict[str, tuple[Callable[[WiredDesk], str], Act]] = {
    "take": (complete, lambda desk, one: desk.casework.assign(one, AGENT, AGENT)),
    "assign": (complete, lambda desk, one: desk.casework.assign(one, OTHER_AGENT, AGENT)),
    "edit": (complete, lambda desk, one: desk.casework.edit(one, FieldName.PHONE, "8 916 222-33-44", AGENT)),
    "edit_the_place": (
        complete,
        lambda desk, one: desk.casework.edit(one, FieldName.SETTLEMENT, "с. Высокая Гора", AGENT),
    ),
    "edit_the_last_gap": (waiting, lambda desk, one: desk.casework.edit(one, FieldName.PHONE, "89162223344", AGENT)),
    "edit_a_question": (question, lambda desk, one: desk.casework.edit(one, FieldName.SETTLEMENT, "г. Казань", AGENT)),
    "request": (complete, lambda desk, one: desk.casework.request(one, (FieldName.PHONE,), "", AGENT)),
    "request_again": (waiting, lambda desk, one: desk.casework.request(one, (), "Ждём номер.", AGENT)),
    "request_of_a_question": (question, lambda desk, one: desk.casework.request(one, (), "", AGENT)),
    "approve": (complete, lambda desk, one: desk.casework.approve(one, AGENT)),
    "reject": (complete, lambda desk, one: desk.casework.reject(one, "Нет лицензии.", AGENT)),
    "reject_a_waiting_one": (waiting, lambda desk, one: desk.casework.reject(one, "Нет лицензии.", AGENT)),
    "answer": (question, lambda desk, one: desk.casework.answer(one, "Спросите в школе.", AGENT)),
    "answer_an_application": (complete, lambda desk, one: desk.casework.answer(one, "Проверяем.", AGENT)),
    "answer_a_waiting_one": (waiting, lambda desk, one: desk.casework.answer(one, "Ждём номер.", AGENT)),
    "spam": (question, lambda desk, one: desk.casework.spam(one, AGENT)),
    "close": (complete, lambda desk, one: desk.casework.close(one, "", AGENT)),
    "close_with_words": (complete, lambda desk, one: desk.casework.close(one, "По вашей просьбе.", AGENT)),
    "reopen_a_waiting_one": (waiting, lambda desk, one: desk.casework.reopen(one, AGENT)),
    "note": (complete, lambda desk, one: desk.casework.note(one, "Звонила.", AGENT)),
}


def undo_last(desk: WiredDesk, number: str) -> None:
    with desk.store.reading() as work:
        last = [one for one in work.actions.of_ticket(number) if one.undone_at is None][-1]
    undone = desk.casework.undo(last.id, OTHER_AGENT)
    assert (undone.undone_at, undone.undone_by) == (desk.now, OTHER_AGENT)


def not_undoable(why: Undoing) -> "pytest.RaisesExc[NotUndoable]":
    return pytest.raises(NotUndoable, check=lambda error: error.why is why)


@pytest.mark.parametrize("name", CASES)
def test_an_action_that_is_undone_leaves_everything_as_it_was(desk: WiredDesk, engine: Engine, name: str) -> None:
    prepare, act = CASES[name]
    number = prepare(desk)
    before, letters, hooks = state_of(engine), by_id(engine, "reply"), by_id(engine, "hook")
    act(desk, number)
    assert (state_of(engine), by_id(engine, "reply")) != (before, letters)
    desk.pass_(seconds=29)
    undo_last(desk, number)
    assert state_of(engine) == before
    after = by_id(engine, "reply")
    assert {key: after[key] for key in letters} == letters
    assert {row["state"] for key, row in after.items() if key not in letters} <= {ReplyState.DROPPED.value}
    assert {row["state"] for key, row in by_id(engine, "hook").items() if key not in hooks} <= {HookState.DROPPED.value}
    desk.pass_(minutes=2)
    sent = len(desk.hand.taken)
    desk.send()
    assert len(desk.hand.taken) == sent


@pytest.mark.parametrize("name", CASES)
def test_what_was_undone_can_be_done_again(desk: WiredDesk, name: str) -> None:
    prepare, act = CASES[name]
    number = prepare(desk)
    act(desk, number)
    undo_last(desk, number)
    desk.pass_(seconds=1)
    act(desk, number)
    desk.pass_(seconds=31)
    desk.send()
    ids = [one.message_id for one in desk.replies() if one.state is ReplyState.SENT]
    assert len(set(ids)) == len(ids)
    assert len(desk.hand.taken) == len(ids)


@pytest.mark.parametrize("name", CASES)
def test_after_half_a_minute_it_is_too_late(desk: WiredDesk, name: str) -> None:
    prepare, act = CASES[name]
    number = prepare(desk)
    act(desk, number)
    desk.pass_(seconds=30)
    with not_undoable(Undoing.LATE):
        undo_last(desk, number)


def test_undoing_twice_and_undoing_what_is_not_there_is_refused(desk: WiredDesk) -> None:
    number = complete(desk)
    record = desk.casework.approve(number, AGENT)
    desk.casework.undo(record.id, AGENT)
    with not_undoable(Undoing.UNDONE):
        desk.casework.undo(record.id, AGENT)
    with not_undoable(Undoing.NEVER):
        desk.casework.undo(10_000, AGENT)


def test_a_letter_that_is_under_way_cannot_be_called_back(desk: WiredDesk) -> None:
    number = complete(desk)
    record = desk.casework.approve(number, AGENT)
    with desk.store.writing() as work:  # a machine whose clock is ahead
        work.outbox.claim(10, desk.now + timedelta(seconds=40), "other", 60)
    before = desk.ticket(number)
    with not_undoable(Undoing.LEAVING):
        desk.casework.undo(record.id, AGENT)
    assert desk.ticket(number) == before


def test_what_a_new_letter_was_judged_by_is_not_undone(desk: WiredDesk) -> None:
    number = complete(desk)
    record = desk.casework.approve(number, AGENT)
    desk.write(letter("Мы сменили телефон: 8 916 222-33-44", answers=desk.replies()[0]))
    assert desk.ticket(number).state is State.REVIEW
    with not_undoable(Undoing.MOVED):
        desk.casework.undo(record.id, AGENT)


def test_what_left_meanwhile_is_not_forgotten_by_undoing(desk: WiredDesk) -> None:
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    desk.pass_(seconds=1)
    record = desk.casework.edit(number, FieldName.SHORT_NAME, "МБОУ СОШ № 5", AGENT)
    desk.pass_(seconds=1)
    desk.send()  # the request for the number: the ticket waits since now
    with not_undoable(Undoing.MOVED):
        desk.casework.undo(record.id, AGENT)
    assert desk.ticket(number).asked_at == desk.now


def test_several_actions_are_undone_one_by_one_the_last_first(desk: WiredDesk, engine: Engine) -> None:
    number = complete(desk)
    before = state_of(engine)
    first = desk.casework.edit(number, FieldName.PHONE, "8 916 222-33-44", AGENT)
    second = desk.casework.approve(number, AGENT)
    with not_undoable(Undoing.MOVED):
        desk.casework.undo(first.id, AGENT)
    desk.casework.undo(second.id, AGENT)
    desk.casework.undo(first.id, AGENT)
    assert state_of(engine) == before


def test_a_bulk_decision_over_one_thread_can_be_undone_as_a_whole(desk: WiredDesk, engine: Engine) -> None:
    numbers = list(desk.write(letter(school(6), sender="b@school6.example")).tickets)
    numbers += desk.write(letter(school(7), answers=desk.last(), sender="b@school6.example")).tickets
    desk.send()
    desk.pass_(seconds=1)
    before = state_of(engine)
    done = [desk.casework.approve(one, AGENT, batch="b1") for one in numbers]
    for one in reversed(done):
        desk.casework.undo(one.id, AGENT)
    assert state_of(engine) == before


def test_an_older_mark_as_a_duplicate_survives_undoing(desk: WiredDesk, engine: Engine) -> None:
    first = complete(desk)
    second = desk.write(letter(facts(), sender="zavuch@school5.example")).tickets[0]
    desk.casework.duplicate(second, first, AGENT)
    desk.pass_(minutes=1)
    desk.send()
    desk.casework.reopen(second, AGENT)
    desk.pass_(minutes=1)
    before = state_of(engine)
    record = desk.casework.duplicate(second, first, AGENT)
    desk.casework.undo(record.id, AGENT)
    assert state_of(engine) == before
    assert any(row["kind"] == "duplicate_of" for row in before["ticket_link"])


# --- what was to be sent by itself


def test_a_decision_drops_what_was_still_to_be_sent_and_undoing_picks_it_up(desk: WiredDesk) -> None:
    number = desk.write(letter(facts())).tickets[0]
    record = desk.casework.reject(number, "Нет лицензии.", AGENT)
    received = desk.replies()[0]
    assert (received.kind, received.state) == (ReplyKind.RECEIVED, ReplyState.DROPPED)
    desk.casework.undo(record.id, AGENT)
    desk.send()
    assert [one.state for one in desk.replies()] == [ReplyState.SENT, ReplyState.DROPPED]


def test_a_held_reply_is_dropped_by_a_decision_and_held_again_by_undoing(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.MISSING})))
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    assert Flag.REPLY_HELD in desk.ticket(number).flags
    record = desk.casework.request(number, (), "Просим номер.", AGENT)
    assert [one.state for one in desk.replies()] == [ReplyState.DROPPED, ReplyState.QUEUED]
    assert Flag.REPLY_HELD not in desk.ticket(number).flags
    desk.casework.undo(record.id, AGENT)
    assert [one.state for one in desk.replies()] == [ReplyState.HELD, ReplyState.DROPPED]
    assert Flag.REPLY_HELD in desk.ticket(number).flags


def test_an_answer_leaves_a_held_acknowledgement_and_its_flag_alone(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.RECEIVED})))
    number = desk.write(letter(facts())).tickets[0]
    desk.casework.answer(number, "Проверяем.", AGENT)
    assert [one.state for one in desk.replies()] == [ReplyState.HELD, ReplyState.QUEUED]
    assert Flag.REPLY_HELD in desk.ticket(number).flags


def test_what_an_agent_wrote_is_not_dropped_by_what_she_does_next(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.casework.answer(number, "Проверяем.", AGENT)
    desk.pass_(seconds=5)
    desk.casework.approve(number, AGENT)
    desk.pass_(seconds=31)
    desk.send()
    assert [to for to, _ in desk.hand.taken[1:]] == [
        "anna@school5.example",
        "anna@school5.example",
        "admin@school5.example",
    ]
    assert desk.ticket(number).turn is None


# --- held replies


def test_a_held_request_that_is_let_go_waits_for_its_answer_and_stands_in_the_log(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.MISSING})))
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    held = desk.last()
    send(desk.casework, held.id, AGENT)
    desk.pass_(seconds=1)
    desk.send()
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.asked_at, ticket.flags, ticket.turn) == (State.WAITING, desk.now, frozenset(), None)
    with desk.store.reading() as work:
        (line,) = work.actions.of_ticket(number)
    assert (line.name, line.by, dict(line.details)["kind"]) == (ActionName.SEND, AGENT, "missing")
    with pytest.raises(Refused, check=lambda error: error.why is Why.NO_REPLY):
        send(desk.casework, held.id, AGENT)


def test_a_held_reply_that_is_dropped_leaves_its_ticket_with_the_agent(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.MISSING})))
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    drop(desk.casework, desk.last().id, AGENT)
    desk.send()
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset())
    assert ticket.turn is not None
    assert desk.hand.taken == []
    with desk.store.reading() as work:
        (line,) = work.actions.of_ticket(number)
    assert line.name is ActionName.DROP


def test_a_closing_letter_that_is_not_sent_after_all_leaves_an_agents_turn(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.EXPIRED})))
    number = waiting(desk)
    for _ in range(3):
        desk.pass_(days=16)
        desk.look()
        desk.timers.remind()
        desk.send()
    assert (desk.last().kind, desk.last().state) == (ReplyKind.EXPIRED, ReplyState.HELD)
    assert (desk.ticket(number).state, desk.ticket(number).turn) == (State.REVIEW, None)
    drop(desk.casework, desk.last().id, AGENT)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset())
    assert ticket.turn is not None
    assert ticket.turn.started_at == desk.now


def test_several_organisations_whose_held_reply_is_let_go_wait_or_are_decided_each_by_itself(store: Store) -> None:
    desk = WiredDesk(store, conduct=Conduct(ask=frozenset({ReplyKind.SEVERAL})))
    numbers = [desk.write(letter(school(6), sender="b@school6.example")).tickets[0]]
    assert numbers
    body = "\n\n".join((f"1. {school(8)}", f"2. {school(9, Мобильный=None)}"))
    outcome = desk.write(letter(body, sender="c@school8.example"))
    if outcome.reply != ReplyKind.SEVERAL.value:
        pytest.fail(f"the letter was read as {outcome}")
    send(desk.casework, desk.last().id, AGENT)
    desk.pass_(seconds=1)
    desk.send()
    states = [desk.ticket(one) for one in outcome.tickets]
    assert [one.state for one in states] == [State.REVIEW, State.WAITING]
    assert [one.turn is None for one in states] == [False, True]
    assert states[1].asked_at == desk.now
