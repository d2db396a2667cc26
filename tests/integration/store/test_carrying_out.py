"""Carrying out: one letter, once; legal moves only; fields with their history; turns; the reply never twice."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from rules.application import MISSING, Application, FieldName, Status
from rules.judgement import Flag, Judgement, Kind, ReplyFacts, ReplyKind, Topic
from rules.ticket import State
from store.records import RawState, ReplyState, TicketRecord
from store.unit_of_work import AlreadyTakenIn, Store, ThreadMoved
from tests.integration.store.making import (
    APPLICATION,
    DAY,
    NOW,
    facts,
    judged,
    keep,
    kept_ids,
    letter,
    open_ticket,
    plan,
    raw,
    reply,
    take_in,
    value,
)

EMAIL = value("school1@tatar.example", start=300)


def ticket(store: Store, number: str) -> TicketRecord:
    with store.reading() as work:
        record = work.tickets.get(number)
    assert record is not None
    return record


def replies(store: Store) -> list[tuple[ReplyKind, int, ReplyState]]:
    with store.reading() as work:
        return [(one.kind, one.round, one.state) for one in work.outbox.list(50)]


def test_a_letter_becomes_a_ticket_with_everything_about_it(store: Store) -> None:
    number = open_ticket(store)
    record = ticket(store, number)
    assert record.application == APPLICATION
    assert record.title == "МБОУ «Школа № 1»"
    assert record.region_code == "16"
    assert record.applicant_address == "anna@school.example"
    assert (record.opened_at, record.state, record.kind) == (NOW, State.WAITING, Kind.APPLICATION)
    assert [(turn.started_at, turn.due_at, turn.ended_at) for turn in record.turns] == [(NOW, NOW + DAY, None)]
    assert [one.because for one in record.messages] == [("labelled fields",)]
    assert [one.tickets for one in record.replies] == [(number,)]
    assert {one.raw_id for one in record.fields if one.value.source} == {1}
    assert record.history == ()
    assert record.moves == ()


def test_a_letter_is_taken_in_once(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    take_in(store, raw_id, judged(plan()), composed=reply("thread1"))
    with pytest.raises(AlreadyTakenIn):
        take_in(store, raw_id, judged(plan()), key="other", numbers=["2611-9"], composed=reply("other"))
    with store.reading() as work:
        assert work.tickets.count() == 1
        assert work.outbox.pending_count() == 1
        assert work.messages.next_kept(10, NOW) == []


def test_two_at_once_take_a_letter_in_once(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    outcomes: list[str] = []

    def run(name: str) -> None:
        try:
            take_in(store, raw_id, judged(plan()), key=name, numbers=[name], composed=reply(name))
            outcomes.append("done")
        except AlreadyTakenIn:
            outcomes.append("already")

    threads = [threading.Thread(target=run, args=(f"t{number}",)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(outcomes) == ["already"] * 5 + ["done"]
    with store.reading() as work:
        assert work.tickets.count() == 1
        assert work.outbox.pending_count() == 1


def test_several_organisations_become_several_tickets_of_one_thread(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    second = replace(APPLICATION, organization_short_name=value("МБОУ «Школа № 2»"))
    plans = (plan(), plan(state=State.REVIEW, application=second))
    numbers = take_in(store, raw_id, judged(*plans), numbers=["2611-1", "2611-2"], composed=reply("thread1"))
    assert numbers == ["2611-1", "2611-2"]
    assert ticket(store, "2611-2").title == "МБОУ «Школа № 2»"
    assert ticket(store, "2611-1").thread_key == ticket(store, "2611-2").thread_key
    assert [one.tickets for one in ticket(store, "2611-1").replies] == [("2611-1", "2611-2")]


def test_too_few_numbers_change_nothing(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    with pytest.raises(ValueError, match="numbers"):
        take_in(store, raw_id, judged(plan(), plan()), numbers=["2611-1"])
    with store.reading() as work:
        assert work.messages.next_kept(1, NOW) == [raw_id]
        assert work.tickets.count() == 0


def test_a_letter_without_a_ticket_opens_no_thread(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    assert take_in(store, raw_id, Judgement(kind=Kind.BULK, because=("List-Id",), silence="bulk")) == []
    assert facts(store, letter(2), ["thread1"]).thread is None
    with store.reading() as work:
        (message,) = work.messages.without_ticket(5)
    assert (message.kind, message.silence) == (Kind.BULK, "bulk")


def test_an_answer_changes_the_ticket_and_leaves_its_history(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    completed = replace(APPLICATION, admin_email=EMAIL)
    take_in(
        store, 2, judged(plan(number, State.REVIEW, completed)), key="thread1", version=1, now=NOW + timedelta(hours=1)
    )
    record = ticket(store, number)
    assert record.state is State.REVIEW
    assert record.application == completed
    assert [(one.name, one.before, one.after, one.by) for one in record.history] == [
        (FieldName.EMAIL, MISSING, EMAIL, "applicant")
    ]
    assert [(one.before, one.after, one.message_id) for one in record.moves] == [(State.WAITING, State.REVIEW, 2)]
    by_name = {one.name: one.raw_id for one in record.fields}
    assert (by_name[FieldName.EMAIL], by_name[FieldName.PHONE]) == (2, 1)
    assert [one.raw_id for one in record.messages] == [1, 2]


def test_a_value_that_becomes_doubtful_still_points_into_its_own_letter(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    doubted = replace(APPLICATION.admin_phone, status=Status.DOUBTFUL, reason="another number in the answer")
    take_in(
        store,
        2,
        judged(plan(number, State.REVIEW, replace(APPLICATION, admin_phone=doubted))),
        key="thread1",
        version=1,
    )
    fields = {one.name: one for one in ticket(store, number).fields}
    assert fields[FieldName.PHONE].value == doubted
    assert fields[FieldName.PHONE].raw_id == 1


def test_a_plan_without_an_application_leaves_the_fields_alone(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    change = replace(plan(number, State.REVIEW, None), flags=frozenset({Flag.UNREACHABLE}), topic=Topic.OTHER)
    take_in(store, 2, judged(change), key="thread1", version=1)
    record = ticket(store, number)
    assert record.application == APPLICATION
    assert record.title == "МБОУ «Школа № 1»"
    assert record.flags == {Flag.UNREACHABLE}
    assert record.topic is Topic.OTHER


def test_flags_are_added_to_those_that_are_there(store: Store) -> None:
    number = open_ticket(store)
    for uid, flag in ((2, Flag.ASKS), (3, Flag.REPLY_HELD)):
        keep(store, raw(uid))
        take_in(store, uid, judged(replace(plan(number), flags=frozenset({flag}))), key="thread1", version=uid - 1)
    assert ticket(store, number).flags == {Flag.ASKS, Flag.REPLY_HELD}


def test_a_question_may_turn_into_an_application(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    question = replace(plan(state=State.REVIEW, application=None), kind=Kind.QUESTION)
    (number,) = take_in(store, raw_id, judged(question))
    assert ticket(store, number).title == "СФЕРУМ: Регистрация организации"
    assert ticket(store, number).application is None
    keep(store, raw(2))
    take_in(store, 2, judged(plan(number, State.WAITING)), key="thread1", version=1)
    record = ticket(store, number)
    assert record.application == APPLICATION
    assert record.kind is Kind.APPLICATION


def test_a_thread_that_moved_must_be_judged_again(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2), raw(3))
    take_in(store, 2, judged(plan(number)), key="thread1", version=1)
    with pytest.raises(ThreadMoved):
        take_in(store, 3, judged(plan(number)), key="thread1", version=1)
    with store.reading() as work:
        assert work.messages.next_kept(10, NOW) == [3], "the letter is still to be taken in"
    take_in(store, 3, judged(plan(number)), key="thread1", version=2)


def test_answers_at_once_to_one_thread_are_judged_one_after_the_other(store: Store) -> None:
    """Eight letters, eight threads: each sees what the one before changed, so every flag and version survives."""
    number = open_ticket(store)
    keep(store, *(raw(uid) for uid in range(2, 10)))

    def run(raw_id: int) -> None:
        while True:
            thread = facts(store, letter(raw_id), ["thread1"]).thread
            assert thread is not None
            try:
                take_in(store, raw_id, judged(plan(number)), key="thread1", version=thread.version)
            except ThreadMoved:
                continue
            return

    threads = [threading.Thread(target=run, args=(raw_id,)) for raw_id in range(2, 10)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    thread = facts(store, letter(99), ["thread1"]).thread
    assert thread is not None
    assert thread.version == 9
    assert len(ticket(store, number).messages) == 9


def test_a_new_thread_never_takes_over_an_old_one(store: Store) -> None:
    open_ticket(store)
    keep(store, raw(2))
    with pytest.raises(ThreadMoved):
        take_in(store, 2, judged(plan()), key="thread1", numbers=["2611-2"])


def test_an_illegal_move_changes_nothing(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    with pytest.raises(ValueError, match="cannot go from waiting to answered"):
        take_in(store, 2, judged(plan(number, State.ANSWERED)), key="thread1", version=1)
    assert ticket(store, number).state is State.WAITING
    with store.reading() as work:
        assert work.messages.next_kept(10, NOW) == [2]


def test_a_ticket_that_is_not_there_cannot_be_changed(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    with pytest.raises(ValueError, match="no ticket 2611-77"):
        take_in(store, raw_id, judged(plan("2611-77")))


def test_at_most_one_turn_is_open(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    take_in(store, 2, judged(plan(number, State.REVIEW)), key="thread1", version=1, now=NOW + DAY)
    assert [turn.started_at for turn in ticket(store, number).turns] == [NOW]


def test_no_turn_begins_when_the_judgement_says_so(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    (number,) = take_in(store, raw_id, judged(plan(), turn=False))
    assert ticket(store, number).turns == ()


def test_the_same_reply_is_never_queued_twice(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    take_in(store, 2, judged(plan(number)), key="thread1", version=1, composed=reply("thread1"))
    assert replies(store) == [(ReplyKind.MISSING, 1, ReplyState.QUEUED)]
    keep(store, raw(3))
    take_in(store, 3, judged(plan(number)), key="thread1", version=2, composed=reply("thread1", round_=2))
    assert len(replies(store)) == 2


def test_a_held_reply_waits_with_its_reason(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    take_in(store, raw_id, judged(plan()), composed=reply("thread1", held="five replies today"))
    with store.writing() as work:
        assert work.outbox.claim(10, NOW + DAY, "me", 60) == ()
        (held,) = work.outbox.list(5, states=[ReplyState.HELD])
    assert held.held_because == "five replies today"


def test_a_bounce_marks_the_reply_and_its_ticket(store: Store) -> None:
    number = open_ticket(store)
    with store.writing() as work:
        (sent,) = work.outbox.claim(1, NOW, "me", 60)
        work.outbox.sent(sent.id, NOW)
    keep(store, raw(2))
    change = replace(plan(number, State.REVIEW, None), flags=frozenset({Flag.UNREACHABLE}))
    bounce = Judgement(
        kind=Kind.BOUNCE,
        tickets=(change,),
        undelivered=(ReplyFacts(sent.id, sent.recipient, "thread1", (number,)), "550 no such user"),
    )
    take_in(store, 2, bounce, key="thread1", version=1)
    record = ticket(store, number)
    assert record.state is State.REVIEW
    assert record.flags == {Flag.UNREACHABLE}
    assert [(one.state, one.last_error) for one in record.replies] == [(ReplyState.UNDELIVERED, "550 no such user")]


def test_a_message_that_changes_nothing_is_recorded_on_the_tickets_of_its_thread(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    assert take_in(store, 2, Judgement(kind=Kind.AUTO_REPLY), key="thread1", version=1) == []
    assert [one.kind for one in ticket(store, number).messages] == [Kind.APPLICATION, Kind.AUTO_REPLY]
    with store.reading() as work:
        assert work.messages.count_without_ticket() == 0


def set_aside(store: Store, raw_id: int, number: str) -> str:
    failed = replace(plan(state=State.REVIEW, application=None), kind=Kind.UNREADABLE, flags=frozenset({Flag.FAILED}))
    with store.writing() as work:
        return work.set_aside(
            raw_id,
            "Traceback: boom",
            Judgement(kind=Kind.UNREADABLE, tickets=(failed,), turn=True),
            thread_key=f"failed{number}",
            numbers=[number],
            received_at=NOW,
            due_at=NOW + DAY,
            now=NOW,
        )


def test_a_failure_lies_with_an_agent_and_its_clock_runs(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    assert set_aside(store, raw_id, "2611-1") == "2611-1"
    record = ticket(store, "2611-1")
    assert record.state is State.REVIEW
    assert record.flags == {Flag.FAILED}
    assert record.turn is not None
    assert [one.raw_id for one in record.messages] == [raw_id]


def test_failing_again_opens_no_second_ticket(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    set_aside(store, raw_id, "2611-1")
    with store.writing() as work:
        work.messages.requeue(raw_id)
    assert set_aside(store, raw_id, "2611-2") == "2611-1"
    with store.reading() as work:
        assert work.tickets.count() == 1
        assert [one.tries for one in work.messages.failed()] == [2]


def test_a_failure_that_can_be_read_after_all_makes_way_for_its_ticket(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    set_aside(store, raw_id, "2611-1")
    take_in(store, raw_id, judged(plan()), numbers=["2611-2"])
    assert ticket(store, "2611-1").state is State.CLOSED
    assert ticket(store, "2611-1").turn is None
    assert ticket(store, "2611-2").application == APPLICATION
    assert [one.kind for one in ticket(store, "2611-2").messages] == [Kind.APPLICATION]
    with store.reading() as work:
        assert work.messages.failed() == []


def test_what_is_taken_in_cannot_be_set_aside(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    take_in(store, raw_id, judged(plan()))
    assert set_aside(store, raw_id, "2611-9") == ""
    with store.reading() as work:
        assert work.messages.load(raw_id).state is RawState.DONE
        assert work.tickets.count() == 1


def test_an_application_with_nothing_in_it_has_seven_missing_fields(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    (number,) = take_in(store, raw_id, judged(plan(application=Application())))
    assert ticket(store, number).application == Application()
    with store.reading() as work:
        (line,) = work.tickets.list()
    assert [one.name for one in line.unsettled] == list(FieldName)
