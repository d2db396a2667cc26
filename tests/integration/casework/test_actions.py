"""What each action does: state, flags, fields, history, turn, letters, webhook, audit line; and what is refused."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from intake.casework import Refused, Why
from rules.actions import ActionName
from rules.application import FieldName, Status
from rules.judgement import Flag, Kind, ReplyKind
from rules.ticket import State
from store.records import ReplyState
from tests.integration.wired import AGENT, FULL, OTHER_AGENT, WiredDesk, bounce, facts, letter, school

UNDO = timedelta(seconds=30)


def complete(desk: WiredDesk) -> str:
    """A complete application in review; its acknowledgement has left."""
    number = desk.write(letter(facts())).tickets[0]
    desk.send()
    desk.pass_(minutes=1)
    return number


def waiting(desk: WiredDesk) -> str:
    """An application without the mobile number, asked for it."""
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    desk.send()
    desk.pass_(minutes=1)
    return number


def question(desk: WiredDesk) -> str:
    """A question that no article answers."""
    raw = letter("Когда выплатят стипендию?", subject="Вопрос", sender="mama@mail.example")
    number = desk.write(raw).tickets[0]
    desk.send()
    desk.pass_(minutes=1)
    return number


def refused(why: Why) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, check=lambda error: error.why is why)


def left(desk: WiredDesk) -> list[tuple[str, ReplyKind]]:
    """What agents' letters left for, once their half minute is over."""
    before = len(desk.hand.taken)
    desk.pass_(seconds=31)
    desk.send()
    fresh = [to for to, _ in desk.hand.taken[before:]]
    return [(to, next(one.kind for one in reversed(desk.replies()) if one.recipient == to)) for to in fresh]


# --- approving


def test_approving_registers_writes_to_applicant_and_administrator_and_tells_the_webhook(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.write(letter("Спасибо!", answers=desk.replies()[0]))
    record = desk.casework.approve(number, AGENT)
    ticket = desk.ticket(number)
    approved = [one for one in ticket.replies if one.kind is ReplyKind.APPROVED]
    assert (record.name, record.by, record.number, record.undo_until) == (
        ActionName.APPROVE,
        AGENT,
        number,
        desk.now + UNDO,
    )
    assert ticket.state is State.APPROVED
    assert ticket.decided_at == desk.now + UNDO
    assert ticket.moves[-1].by == AGENT
    assert [one.recipient for one in approved] == ["anna@school5.example", "admin@school5.example"]
    assert {one.not_before for one in approved} == {desk.now + UNDO}
    assert not any(one.automatic for one in approved)
    with desk.store.reading() as work:
        (hook,) = work.hooks.list(10)
    assert (hook.number, hook.event, hook.not_before) == (number, "application.approved", desk.now + UNDO)
    assert ticket.turn is not None, "the turn ends with the letter, not with the decision"
    assert left(desk) == [("anna@school5.example", ReplyKind.APPROVED), ("admin@school5.example", ReplyKind.APPROVED)]
    (turn,) = desk.ticket(number).turns
    assert turn.automatic is False
    assert turn.ended_at == desk.now


def test_nothing_leaves_within_the_half_minute(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.casework.approve(number, AGENT)
    desk.pass_(seconds=29)
    assert desk.send() == 0
    desk.pass_(seconds=1)
    assert desk.send() == 2


def test_one_letter_goes_where_applicant_and_administrator_are_one_address_however_it_is_spelled(
    desk: WiredDesk,
) -> None:
    number = desk.write(letter(facts(), sender="Admin@School5.example")).tickets[0]
    desk.casework.approve(number, AGENT)
    assert [one.recipient for one in desk.replies() if one.kind is ReplyKind.APPROVED] == ["Admin@School5.example"]


def test_nothing_goes_to_the_administrator_while_the_applicants_address_is_unproved(desk: WiredDesk) -> None:
    number = complete(desk)
    with desk.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE thread SET proved = false")
    desk.casework.approve(number, AGENT)
    assert [one.recipient for one in desk.replies() if one.kind is ReplyKind.APPROVED] == ["anna@school5.example"]


def test_approval_needs_seven_good_fields(desk: WiredDesk) -> None:
    number = waiting(desk)
    with refused(Why.NOT_COMPLETE) as raised:
        desk.casework.approve(number, AGENT)
    assert raised.value.detail == "admin_phone"
    assert desk.ticket(number).state is State.WAITING


def test_a_doubtful_field_must_be_confirmed_before_approval(desk: WiredDesk) -> None:
    number = desk.write(letter(facts(Мобильный="8 917 123-45-67, 8 916 222-33-44"))).tickets[0]
    assert desk.ticket(number).state is State.REVIEW
    with refused(Why.NOT_COMPLETE):
        desk.casework.approve(number, AGENT)
    desk.casework.confirm(number, FieldName.PHONE, AGENT)
    value = desk.ticket(number).application.admin_phone  # type: ignore[union-attr]
    assert (value.status, value.value, value.candidates) == (Status.OK, "+79171234567", ())
    assert desk.ticket(number).history[-1].by == AGENT
    desk.casework.approve(number, AGENT)
    assert desk.ticket(number).state is State.APPROVED


def test_a_question_cannot_be_approved_and_nothing_twice(desk: WiredDesk) -> None:
    with refused(Why.NO_APPLICATION):
        desk.casework.approve(question(desk), AGENT)
    number = complete(desk)
    desk.casework.approve(number, AGENT)
    with refused(Why.ALREADY):
        desk.casework.approve(number, AGENT)
    for action in (
        lambda: desk.casework.reject(number, "нет", AGENT),
        lambda: desk.casework.spam(number, AGENT),
        lambda: desk.casework.request(number, (FieldName.PHONE,), "", AGENT),
        lambda: desk.casework.edit(number, FieldName.PHONE, "8 916 222-33-44", AGENT),
    ):
        with refused(Why.FINISHED):
            action()
    with refused(Why.NO_TICKET):
        desk.casework.approve("2611-999", AGENT)


def test_a_bulk_decision_carries_one_batch_over_tickets_of_one_thread_and_of_others(desk: WiredDesk) -> None:
    numbers = [complete(desk)]
    numbers += desk.write(letter(school(6), sender="b@school6.example")).tickets
    numbers += desk.write(letter(school(7), answers=desk.last(), sender="b@school6.example")).tickets
    assert len(set(numbers)) == 3
    for one in numbers:
        desk.casework.approve(one, AGENT, batch="b1")
    with desk.store.reading() as work:
        assert [one.number for one in work.actions.of_batch("b1")] == numbers
    assert len({one.message_id for one in desk.replies()}) == len(desk.replies())
    left(desk)
    assert all(one.turn is None for one in desk.tickets())


# --- the other decisions


def test_rejecting_tells_the_reason_and_the_webhook(desk: WiredDesk) -> None:
    number = complete(desk)
    with refused(Why.NOTHING_SAID):
        desk.casework.reject(number, "  ", AGENT)
    desk.casework.reject(number, "Организация закрыта с 1 сентября.", AGENT)
    assert desk.ticket(number).state is State.REJECTED
    assert desk.last().kind is ReplyKind.REJECTED
    assert "Организация закрыта с 1 сентября." in desk.last().text
    assert "Организация закрыта с 1 сентября." in desk.last().html
    with desk.store.reading() as work:
        (hook,) = work.hooks.list(10)
    assert hook.event == "application.rejected"
    assert "Организация закрыта" in hook.payload
    assert left(desk) == [("anna@school5.example", ReplyKind.REJECTED)]
    assert desk.ticket(number).turn is None


def test_requesting_a_field_takes_its_value_away_and_waits_from_the_letters_leaving_on(desk: WiredDesk) -> None:
    number = complete(desk)
    with refused(Why.NOTHING_TO_ASK):
        desk.casework.request(number, (), "", AGENT)
    desk.casework.request(number, (FieldName.PHONE,), "По этому номеру никто не отвечает.", AGENT)
    ticket = desk.ticket(number)
    assert ticket.state is State.WAITING
    assert ticket.application is not None
    assert ticket.application.to_ask() == (FieldName.PHONE,)
    assert ticket.application.admin_phone.candidates == ("+79171234567",)
    assert "просим проверить и написать ещё раз" in " ".join(desk.last().text.split())
    assert (desk.last().kind, ticket.asked_at) == (ReplyKind.MISSING, None)
    assert "По этому номеру никто не отвечает." in " ".join(desk.last().text.split())
    assert "По этому номеру никто не отвечает." in " ".join(desk.last().html.split())
    left(desk)
    assert desk.ticket(number).asked_at == desk.now
    assert desk.ticket(number).turn is None
    desk.write(letter("8 916 222-33-44", answers=desk.last()))
    ticket = desk.ticket(number)
    assert ticket.state is State.REVIEW
    assert ticket.application is not None
    assert ticket.application.admin_phone.value == "+79162223344"


def test_whoever_asked_a_question_can_be_asked_for_the_seven_facts(desk: WiredDesk) -> None:
    number = question(desk)
    desk.casework.request(number, (), "", AGENT)
    ticket = desk.ticket(number)
    assert (ticket.kind, ticket.state) == (Kind.APPLICATION, State.WAITING)
    assert ticket.application is not None
    assert len(ticket.application.to_ask()) == 7
    assert "Email" in desk.last().text or "почт" in desk.last().text
    left(desk)
    desk.write(letter(facts(), answers=desk.last(), sender="mama@mail.example"))
    assert [one.state for one in desk.tickets()] == [State.REVIEW]


def test_answering_ends_a_question_and_its_turn(desk: WiredDesk) -> None:
    number = question(desk)
    with refused(Why.NOTHING_SAID):
        desk.casework.answer(number, "", AGENT)
    desk.casework.answer(number, "Этим занимается другая служба.", AGENT)
    assert desk.ticket(number).state is State.ANSWERED
    assert left(desk) == [("mama@mail.example", ReplyKind.ANSWER)]
    assert desk.ticket(number).turn is None


def test_answering_with_an_article_sends_the_article(desk: WiredDesk) -> None:
    number = question(desk)
    name = desk.casework.book.judging.articles.names[0]
    desk.casework.answer(number, "", AGENT, articles=(name,))
    text = desk.casework.replier.composer.articles
    assert desk.last().kind is ReplyKind.ANSWER
    assert len(desk.last().text) > 200
    assert text is not None


def test_answering_a_complete_application_leaves_it_to_be_decided(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.casework.answer(number, "Мы проверяем, есть ли лицензия.", AGENT)
    left(desk)
    ticket = desk.ticket(number)
    assert ticket.state is State.REVIEW
    assert ticket.turn is not None


def test_an_answer_to_an_incomplete_application_is_waited_for(desk: WiredDesk) -> None:
    number = waiting(desk)
    desk.write(letter("А почему именно мобильный?", answers=desk.last()))
    assert desk.ticket(number).state is State.REVIEW
    desk.casework.answer(number, "По нему войдёт администратор. Пришлите, пожалуйста, номер.", AGENT)
    assert desk.ticket(number).state is State.WAITING
    left(desk)
    ticket = desk.ticket(number)
    assert (ticket.asked_at, ticket.nudged, ticket.turn) == (desk.now, 0, None)


def test_a_duplicate_is_closed_bound_to_the_other_and_told(desk: WiredDesk) -> None:
    first = complete(desk)
    second = desk.write(letter(facts(), sender="zavuch@school5.example")).tickets[0]
    for other, why in ((second, Why.ITSELF), ("2611-999", Why.NO_TICKET)):
        with refused(why):
            desk.casework.duplicate(second, other, AGENT)
    desk.casework.duplicate(second, first, AGENT)
    assert desk.ticket(second).state is State.CLOSED
    assert first in desk.last().text
    with desk.store.reading() as work:
        assert ("duplicate_of", first) in {(one.kind, one.number) for one in work.tickets.links(second)}
        assert ("duplicate", second) in {(one.kind, one.number) for one in work.tickets.links(first)}
    with refused(Why.FINISHED):
        desk.casework.duplicate(first, second, AGENT)
    assert ("zavuch@school5.example", ReplyKind.DUPLICATE) in left(desk)


def test_spam_is_closed_without_a_word_and_its_turn_ends_at_once(desk: WiredDesk) -> None:
    number = question(desk)
    before = len(desk.replies())
    desk.casework.spam(number, AGENT)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.turn, len(desk.replies())) == (State.CLOSED, None, before)
    assert Flag.SPAM in ticket.flags


def test_closing_goes_with_words_or_without(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.write(letter("Прошу отозвать нашу заявку.", answers=desk.last()))
    assert Flag.WITHDRAWN in desk.ticket(number).flags
    desk.casework.close(number, "", AGENT)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.turn, ticket.flags) == (State.CLOSED, None, frozenset())
    other = question(desk)
    desk.casework.close(other, "Закрываем по вашей просьбе.", AGENT)
    assert ("mama@mail.example", ReplyKind.ANSWER) in left(desk)
    assert desk.ticket(other).turn is None


def test_reopening_starts_a_turn(desk: WiredDesk) -> None:
    number = complete(desk)
    with refused(Why.ALREADY):
        desk.casework.reopen(number, AGENT)
    record = desk.casework.reject(number, "Нет лицензии.", AGENT)
    with refused(Why.UNDO_INSTEAD) as raised:
        desk.casework.reopen(number, AGENT)
    assert raised.value.detail == str(record.id)
    left(desk)
    desk.casework.reopen(number, AGENT)
    ticket = desk.ticket(number)
    assert ticket.state is State.REVIEW
    assert ticket.turn is not None
    assert ticket.turn.started_at == desk.now


def test_a_waiting_ticket_can_be_taken_back(desk: WiredDesk) -> None:
    number = waiting(desk)
    desk.casework.reopen(number, AGENT)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.asked_at) == (State.REVIEW, None)


def test_what_bounces_after_the_end_is_a_task_that_can_be_done(desk: WiredDesk) -> None:
    number = desk.write(letter(facts(Email="anna@school5.example"))).tickets[0]
    with refused(Why.NO_TASK):
        desk.casework.done(number, AGENT)
    desk.casework.approve(number, AGENT)
    left(desk)
    with refused(Why.NO_TASK):
        desk.casework.done(number, AGENT)
    desk.write(bounce(desk.last()))
    ticket = desk.ticket(number)
    assert ticket.state is State.APPROVED
    assert Flag.UNREACHABLE in ticket.flags
    assert ticket.task
    desk.casework.done(number, AGENT)
    ticket = desk.ticket(number)
    assert (ticket.task, ticket.flags, ticket.state) == ("", frozenset(), State.APPROVED)


# --- fields


def test_an_edit_is_checked_and_leaves_its_history(desk: WiredDesk) -> None:
    number = complete(desk)
    with refused(Why.UNUSABLE) as raised:
        desk.casework.edit(number, FieldName.PHONE, "8 (843) 222-33-44", AGENT)
    assert raised.value.detail == "landline"
    with refused(Why.NOTHING_SAID):
        desk.casework.edit(number, FieldName.PHONE, "  ", AGENT)
    desk.casework.edit(number, FieldName.PHONE, "8 916 222-33-44", AGENT)
    change = desk.ticket(number).history[-1]
    assert (change.by, change.before.value, change.after.value) == (AGENT, "+79171234567", "+79162223344")
    assert change.after.status is Status.OK
    with desk.store.reading() as work:
        last = work.actions.of_ticket(number)[-1]
    assert (last.name, dict(last.details)["after"]) == (ActionName.EDIT, "+79162223344")


def test_the_edit_that_closes_the_last_gap_brings_the_ticket_to_review_with_a_turn(desk: WiredDesk) -> None:
    number = waiting(desk)
    assert desk.ticket(number).turn is None
    desk.casework.edit(number, FieldName.PHONE, "8 916 222-33-44", AGENT)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.asked_at) == (State.REVIEW, None)
    assert ticket.turn is not None
    desk.casework.approve(number, AGENT)
    assert desk.ticket(number).state is State.APPROVED


def test_what_is_not_doubtful_cannot_be_confirmed(desk: WiredDesk) -> None:
    with refused(Why.NOT_DOUBTFUL):
        desk.casework.confirm(complete(desk), FieldName.PHONE, AGENT)


# --- who has it, notes, the log


def test_a_ticket_is_taken_given_and_given_back(desk: WiredDesk) -> None:
    number = complete(desk)
    assert desk.casework.assign(number, AGENT.upper(), AGENT).name is ActionName.TAKE
    assert desk.ticket(number).assignee == AGENT
    assert desk.casework.assign(number, OTHER_AGENT, AGENT).name is ActionName.ASSIGN
    assert desk.ticket(number).assignee == OTHER_AGENT
    desk.casework.assign(number, "", AGENT)
    assert desk.ticket(number).assignee == ""
    with refused(Why.NO_PERSON):
        desk.casework.assign(number, "nobody@desk.example", AGENT)
    with desk.store.writing() as work:
        work.people.change(OTHER_AGENT, active=False)
    with refused(Why.NO_PERSON):
        desk.casework.assign(number, OTHER_AGENT, AGENT)


def test_a_note_stands_in_the_log_and_changes_nothing_else(desk: WiredDesk) -> None:
    number = complete(desk)
    before = desk.version(number)
    with refused(Why.NOTHING_SAID):
        desk.casework.note(number, " ", AGENT)
    desk.casework.note(number, "Звонила, перезвонят.", AGENT)
    with desk.store.reading() as work:
        (note,) = work.actions.notes(number)
        (line,) = work.actions.of_ticket(number)
    assert (note.by, note.text) == (AGENT, "Звонила, перезвонят.")
    assert line.name is ActionName.NOTE
    assert desk.version(number) == before


def test_the_second_of_two_agents_learns_that_the_ticket_has_moved(desk: WiredDesk) -> None:
    number = complete(desk)
    seen = desk.version(number)
    desk.casework.approve(number, AGENT, seen=seen)
    with refused(Why.MOVED):
        desk.casework.reject(number, "Нет лицензии.", OTHER_AGENT, seen=seen)
    assert desk.ticket(number).state is State.APPROVED


def test_a_letter_that_came_meanwhile_is_looked_at_before_a_decision(desk: WiredDesk) -> None:
    number = complete(desk)
    seen = desk.version(number)
    desk.write(letter("Телефон неверный, прошу исправить: 8 916 222-33-44", answers=desk.replies()[0]))
    with refused(Why.MOVED):
        desk.casework.approve(number, AGENT, seen=seen)


def test_a_twin_that_came_meanwhile_is_looked_at_before_a_decision(desk: WiredDesk) -> None:
    number = complete(desk)
    seen = desk.version(number)
    desk.write(letter(facts(), sender="zavuch@school5.example"))
    assert Flag.POSSIBLE_DUPLICATE in desk.ticket(number).flags
    with refused(Why.MOVED):
        desk.casework.approve(number, AGENT, seen=seen)


def test_two_decisions_at_the_same_moment_end_in_one(desk: WiredDesk) -> None:
    number = complete(desk)
    first, second = desk.casework.open(number, None), desk.casework.open(number, None)
    desk.casework.spam(number, AGENT)
    with refused(Why.MOVED):
        desk.casework._decide(second, ActionName.SPAM, State.CLOSED, OTHER_AGENT, None)
    assert first.thread.version == second.thread.version


# --- whom an answer goes to


def test_nobody_can_be_answered_where_a_machine_wrote(desk: WiredDesk) -> None:
    number = desk.write(letter(facts(), sender="noreply@school5.example")).tickets[0]
    assert Flag.NOBODY_TO_ANSWER in desk.ticket(number).flags
    with refused(Why.NOBODY):
        desk.casework.answer(number, "Здравствуйте!", AGENT)
    desk.casework.approve(number, AGENT)
    assert [one.recipient for one in desk.replies()] == ["admin@school5.example"]


def test_the_writer_of_a_letter_that_was_too_large_can_be_answered(desk: WiredDesk) -> None:
    number = desk.write(letter("", subject="Заявка"), oversized=True).tickets[0]
    assert Flag.TOO_LARGE in desk.ticket(number).flags
    desk.casework.answer(number, "Пришлите, пожалуйста, семь сведений текстом.", AGENT)
    assert desk.last().recipient == "anna@school5.example"


def test_an_agents_letter_reads_as_a_persons(desk: WiredDesk) -> None:
    number = complete(desk)
    desk.casework.answer(number, "Ответ <b>оператора</b>.", AGENT)
    left(desk)
    _, raw = desk.hand.taken[-1]
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Auto-Submitted"] in (None, "no")
    assert number in str(message["Subject"])
    html = message.get_body(("html",))
    assert html is not None
    assert "<b>оператора" not in html.get_content()


def test_a_preview_queues_nothing(desk: WiredDesk) -> None:
    number = complete(desk)
    before = len(desk.replies())
    shown = desk.casework.preview(number, ReplyKind.REJECTED, words="Нет лицензии.")
    assert "Нет лицензии." in shown.text
    assert len(desk.replies()) == before
    desk.casework.reject(number, "Нет лицензии.", AGENT)
    assert (desk.last().text, desk.last().message_id) == (shown.text, shown.message_id.lower())
    assert desk.last().state is ReplyState.QUEUED


def test_all_seven_values_are_shown_in_the_test_letters() -> None:
    assert all(value in facts() for value in FULL.values())
