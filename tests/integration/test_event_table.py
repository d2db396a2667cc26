"""Each row of the event table (domain.md §4), letter by letter, through the whole desk over a real store."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from rules.application import FieldName, Status
from rules.case import Conduct
from rules.delivery import Refused
from rules.judgement import Flag, Kind, ReplyKind
from rules.ticket import State
from store.engine import open_engine
from store.records import HookState, ReplyRecord, ReplyState, TicketRecord
from store.unit_of_work import Store
from tests.integration.dumps import dump
from tests.integration.store.conftest import migrated_file
from tests.integration.wired import (
    AGENT,
    DESK,
    OURS,
    WiredDesk,
    auto_reply,
    bounce,
    facts,
    letter,
    parts,
    school,
)

__all__ = ["migrated_file"]
ANNA = "anna@school5.example"


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Iterator[WiredDesk]:
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    engine = open_engine(f"sqlite:///{path}")
    yield WiredDesk(Store(engine))
    engine.dispose()


def status_of(ticket: TicketRecord, name: FieldName) -> Status:
    assert ticket.application is not None
    return ticket.application[name].status


def words_of(reply: ReplyRecord) -> str:
    """The text of a reply, wherever its lines are broken."""
    return " ".join(reply.text.split())


def arrives(desk: WiredDesk, raw: bytes) -> TicketRecord:
    """A letter is taken in and what is to be sent leaves; the ticket it is about."""
    outcome = desk.write(raw)
    desk.pass_(minutes=1)
    desk.send()
    desk.pass_(minutes=1)
    return desk.ticket(outcome.tickets[0])


def kinds(desk: WiredDesk) -> list[ReplyKind]:
    return [one.kind for one in desk.replies()]  # type: ignore[misc]


def first(desk: WiredDesk, kind: ReplyKind) -> ReplyRecord:
    return next(one for one in desk.replies() if one.kind is kind)


# --- applications


def test_application_with_seven_usable_fields_goes_to_review_and_is_acknowledged(desk: WiredDesk) -> None:
    ticket = arrives(desk, letter(facts()))
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.RECEIVED])
    assert ticket.turn is not None
    text = words_of(desk.last())
    assert ticket.number in desk.last().subject
    assert all(
        words in text for words in ("МБОУ СШ № 25", "Сафина Гульнара Маратовна", "admin@school5.example", "Спам")
    )
    assert "московск" in text
    assert "917" in text


def test_application_with_a_doubtful_field_goes_to_review_too(desk: WiredDesk) -> None:
    ticket = arrives(desk, letter(facts(Мобильный="8 917 123-45-67, 8 916 222-33-44")))
    assert status_of(ticket, FieldName.PHONE) is Status.DOUBTFUL
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.RECEIVED])


def test_application_with_missing_or_invalid_fields_waits_and_is_asked_for_exactly_these(desk: WiredDesk) -> None:
    ticket = arrives(desk, letter(facts(Мобильный="8 (843) 222-33-44", Email=None)))
    assert (ticket.state, kinds(desk)) == (State.WAITING, [ReplyKind.MISSING])
    assert ticket.application is not None
    assert ticket.application.to_ask() == (FieldName.PHONE, FieldName.EMAIL)
    assert ticket.turn is None, "the request ended the turn"
    assert ticket.asked_at is not None
    text = words_of(desk.last())
    assert all(words in text for words in ("МБОУ СШ № 25", "222-33-44", ANNA, "https://desk.example/p/"))


def test_application_that_also_asks_something_carries_the_flag_and_the_article(desk: WiredDesk) -> None:
    body = facts() + "\n\nПодскажите, как педагогам получить ссылку-приглашение и как ученикам присоединиться к школе?"
    ticket = arrives(desk, letter(body))
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.RECEIVED])
    assert Flag.ASKS in ticket.flags


def test_several_organisations_in_one_message_are_a_ticket_each_and_one_reply(desk: WiredDesk) -> None:
    outcome = desk.write(letter(f"1. {school(8)}\n\n2. {school(9, Мобильный=None)}"))
    assert len(outcome.tickets) == 2
    assert kinds(desk) == [ReplyKind.SEVERAL]
    assert all(one in desk.last().text for one in outcome.tickets)
    tickets = [desk.ticket(one) for one in outcome.tickets]
    assert [one.state for one in tickets] == [State.REVIEW, State.WAITING]
    assert len({one.thread_key for one in tickets}) == 1
    desk.pass_(minutes=1)
    desk.send()
    complete, waiting = (desk.ticket(one) for one in outcome.tickets)
    assert (complete.turn is None, waiting.turn is None) == (False, True)
    assert (complete.asked_at, waiting.asked_at) == (None, desk.now)


# --- answers


def test_answer_to_a_waiting_ticket_fills_the_gap_and_is_acknowledged(desk: WiredDesk) -> None:
    arrives(desk, letter(facts(Мобильный=None)))
    ticket = arrives(desk, letter("8 916 222-33-44", answers=desk.last()))
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.MISSING, ReplyKind.RECEIVED])
    assert status_of(ticket, FieldName.PHONE) is Status.OK
    assert (ticket.turn is not None, ticket.asked_at) == (True, None)


def test_answer_to_a_waiting_ticket_that_contradicts_makes_the_field_doubtful_with_both(desk: WiredDesk) -> None:
    arrives(desk, letter(facts(Мобильный=None)))
    body = "Мобильный телефон: 8 916 222-33-44\nНаселённый пункт: с. Высокая Гора"
    ticket = arrives(desk, letter(body, answers=desk.last()))
    assert ticket.application is not None
    place = ticket.application.settlement
    assert (place.status, set(place.candidates)) == (Status.DOUBTFUL, {"г. Казань", "с. Высокая Гора"})


def test_answer_to_a_waiting_ticket_that_says_it_corrects_counts(desk: WiredDesk) -> None:
    arrives(desk, letter(facts(Email=None)))
    body = "Исправление к прошлому письму.\nМобильный телефон: 8 916 222-33-44\nEmail: a@school5.example"
    ticket = arrives(desk, letter(body, answers=desk.last()))
    assert ticket.application is not None
    phone = ticket.application.admin_phone
    assert (phone.status, phone.value) == (Status.OK, "+79162223344")


@pytest.mark.parametrize("how", ["a stranger with our token", "a known sender with the number alone"])
def test_answer_to_a_waiting_ticket_changes_a_phone_beyond_doubt_only_with_token_and_known_sender(
    desk: WiredDesk, how: str
) -> None:
    number = arrives(desk, letter(facts(Email=None))).number
    body = "Исправление к прошлому письму.\nМобильный телефон: 8 916 222-33-44\nEmail: a@school5.example"
    if how.startswith("a stranger"):
        raw = letter(body, answers=desk.last(), sender="other@else.example")
    else:
        raw = letter(body, subject=f"Исправление [№ {number}]")
    ticket = arrives(desk, raw)
    assert ticket.number == number
    assert ticket.application is not None
    phone = ticket.application.admin_phone
    assert phone.status is Status.DOUBTFUL
    assert {"+79171234567", "+79162223344"} <= set(phone.candidates)


def test_answer_to_a_waiting_ticket_that_lacks_something_is_asked_three_times_in_all(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    for nth in range(2):
        desk.pass_(days=1)
        ticket = arrives(desk, letter(f"Телефон: 8 (843) 222-33-4{nth}", answers=desk.last()))
        assert ticket.state is State.WAITING
    assert kinds(desk) == [ReplyKind.MISSING] * 3
    desk.pass_(days=1)
    ticket = arrives(desk, letter("Телефон: 8 (843) 555-66-77", answers=desk.last()))
    assert (ticket.number, ticket.state) == (number, State.REVIEW)
    assert Flag.PHONE in ticket.flags
    assert kinds(desk) == [ReplyKind.MISSING] * 3
    assert ticket.turn is not None


def test_answer_to_a_waiting_ticket_goes_to_the_organisation_it_names_else_to_an_agent(desk: WiredDesk) -> None:
    one, two = desk.write(letter(f"1. {school(8, Мобильный=None)}\n\n2. {school(9, Мобильный=None)}")).tickets
    desk.pass_(minutes=1)
    desk.send()
    reply = desk.last()
    arrives(desk, letter("Сокращённое название: МБОУ СШ № 9\nМобильный телефон: 8 916 222-33-44", answers=reply))
    assert (desk.ticket(one).state, desk.ticket(two).state) == (State.WAITING, State.REVIEW)
    assert status_of(desk.ticket(one), FieldName.PHONE) is Status.MISSING
    assert status_of(desk.ticket(two), FieldName.PHONE) is Status.OK


def test_answer_to_several_waiting_tickets_that_names_none_is_an_agents(desk: WiredDesk) -> None:
    numbers = desk.write(letter(f"1. {school(8, Мобильный=None)}\n\n2. {school(9, Мобильный=None)}")).tickets
    desk.pass_(minutes=1)
    desk.send()
    arrives(desk, letter("8 916 222-33-44", answers=desk.last()))
    tickets = [desk.ticket(one) for one in numbers]
    assert [one.state for one in tickets] == [State.REVIEW, State.REVIEW]
    assert {status_of(one, FieldName.PHONE) for one in tickets} == {Status.MISSING}


# --- open and finished tickets


def test_message_on_a_ticket_in_review_that_tells_nothing_new_is_counted_and_answered_once_a_day(
    desk: WiredDesk,
) -> None:
    number = arrives(desk, letter(facts())).number
    reply = desk.last()
    for _ in range(2):
        desk.pass_(hours=1)
        arrives(desk, letter("Напоминаем о нашей заявке, ответа нет.", answers=reply))
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.repeats) == (State.REVIEW, 2)
    assert kinds(desk) == [ReplyKind.RECEIVED, ReplyKind.STATUS]
    assert len(ticket.turns) == 1
    desk.pass_(hours=24)
    arrives(desk, letter("Напоминаем о нашей заявке, ответа нет.", answers=reply))
    assert kinds(desk)[2:] == [ReplyKind.STATUS]


def test_message_on_a_ticket_in_review_is_merged(desk: WiredDesk) -> None:
    arrives(desk, letter(facts()))
    raw = letter("В номере опечатка. Мобильный телефон: 8 916 222-33-44", answers=desk.last())
    ticket = arrives(desk, raw)
    assert ticket.application is not None
    assert ticket.application.admin_phone.value == "+79162223344"
    assert ticket.state is State.REVIEW
    assert len(ticket.turns) == 1


def finished(desk: WiredDesk) -> str:
    number = arrives(desk, letter(facts())).number
    desk.casework.approve(number, AGENT)
    desk.pass_(seconds=31)
    desk.send()
    desk.pass_(minutes=5)
    return number


def test_message_on_a_finished_ticket_that_only_thanks_is_recorded(desk: WiredDesk) -> None:
    number = finished(desk)
    before = len(desk.replies())
    desk.write(letter("Спасибо большое!", answers=desk.last()))
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.turn, len(desk.replies())) == (State.APPROVED, None, before)
    assert len(ticket.messages) == 2


def test_message_on_a_finished_ticket_reopens_it_for_an_agent_without_a_reply(desk: WiredDesk) -> None:
    number = finished(desk)
    before = len(desk.replies())
    ticket = arrives(desk, letter("А где взять ссылку для педагогов?", answers=desk.last()))
    assert (ticket.number, ticket.state, len(desk.replies())) == (number, State.REVIEW, before)
    assert ticket.turn is not None


def test_new_message_of_the_same_sender_and_organisation_joins_the_open_ticket(desk: WiredDesk) -> None:
    first_ = arrives(desk, letter(facts()))
    again = arrives(desk, letter(facts()))
    assert (again.number, again.repeats, len(desk.tickets())) == (first_.number, 1, 1)


def test_new_message_of_another_sender_about_the_same_organisation_is_a_possible_duplicate_both_ways(
    desk: WiredDesk,
) -> None:
    one = arrives(desk, letter(facts()))
    two = arrives(desk, letter(facts(Сокращённое="МАОУ «Средняя школа №25»"), sender="zavuch@school5.example"))
    assert one.number != two.number
    assert all(Flag.POSSIBLE_DUPLICATE in desk.ticket(number).flags for number in (one.number, two.number))
    with desk.store.reading() as work:
        assert [each.number for each in work.tickets.links(one.number)] == [two.number]
        assert [each.number for each in work.tickets.links(two.number)] == [one.number]


@pytest.mark.parametrize("inside", [False, True])
def test_same_phone_and_sender_but_another_organisation_is_an_own_ticket(desk: WiredDesk, *, inside: bool) -> None:
    arrives(desk, letter(facts(), sender="methodist@city.example"))
    reply = desk.last() if inside else None
    other = school(6, Мобильный="8 917 123-45-67", Email="admin@school5.example")
    arrives(desk, letter(other, sender="methodist@city.example", answers=reply))
    one, two = desk.tickets()
    assert not (one.flags | two.flags) & {Flag.POSSIBLE_DUPLICATE}
    keys = dump(desk.store.engine, "ticket_key")["ticket_key"]
    phones = [row for row in keys if (row["kind"], row["value"]) == ("phone", "+79171234567")]
    assert len(phones) == 2, "related by their phone"
    assert (one.thread_key == two.thread_key) is inside


def test_same_organisation_already_approved_is_an_agents(desk: WiredDesk) -> None:
    finished(desk)
    ticket = arrives(desk, letter(facts(ФИО="Иванов Пётр Сергеевич"), sender="new@school5.example"))
    assert ticket.state is State.REVIEW
    assert Flag.ALREADY_REGISTERED in ticket.flags


def test_applicant_who_withdraws_is_an_agents(desk: WiredDesk) -> None:
    arrives(desk, letter(facts(Мобильный=None)))
    ticket = arrives(desk, letter("Прошу отозвать нашу заявку, мы передумали.", answers=desk.last()))
    assert ticket.state is State.REVIEW
    assert Flag.WITHDRAWN in ticket.flags
    assert kinds(desk) == [ReplyKind.MISSING]
    assert ticket.turn is not None


# --- questions

FORGOTTEN = "Здравствуйте! Подскажите, ребёнок забыл пароль от Сферума, как его восстановить?"


def test_question_of_a_certain_topic_is_answered_by_an_article_and_reopened_by_a_further_message(
    desk: WiredDesk,
) -> None:
    ticket = arrives(desk, letter(FORGOTTEN, subject="Вопрос", sender="mama@mail.example"))
    assert (ticket.state, kinds(desk), ticket.turn) == (State.ANSWERED, [ReplyKind.ANSWER], None)
    raw = letter("Так не получается, что делать?", answers=desk.last(), sender="mama@mail.example")
    again = arrives(desk, raw)
    assert (again.number, again.state, kinds(desk)) == (ticket.number, State.REVIEW, [ReplyKind.ANSWER])
    assert again.turn is not None


@pytest.mark.parametrize("body", ["Когда выплатят стипендию?", "Требую удалить мои персональные данные, иначе суд."])
def test_question_of_an_uncertain_topic_and_a_legal_demand_are_an_agents_and_acknowledged(
    desk: WiredDesk, body: str
) -> None:
    ticket = arrives(desk, letter(body, subject="Вопрос", sender="mama@mail.example"))
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.QUESTION_RECEIVED])
    assert ticket.turn is not None


def test_where_is_our_application_with_a_ticket_of_that_sender_is_told_and_counted(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts())).number
    ticket = arrives(desk, letter("Здравствуйте! Где наша заявка?", subject="Вопрос"))
    assert (ticket.number, ticket.repeats) == (number, 1)
    assert kinds(desk) == [ReplyKind.RECEIVED, ReplyKind.STATUS]
    assert len(desk.tickets()) == 1


def test_where_is_our_application_without_a_ticket_is_an_agents(desk: WiredDesk) -> None:
    ticket = arrives(desk, letter("Здравствуйте! Где наша заявка?", subject="Вопрос"))
    assert ticket.state is State.REVIEW
    assert ReplyKind.STATUS not in kinds(desk)


# --- machines


def test_auto_reply_is_recorded_on_its_ticket_and_changes_nothing(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    before = desk.ticket(number)
    outcome = desk.write(auto_reply(desk.last()))
    after = desk.ticket(number)
    assert (outcome.kind, outcome.reply) == (Kind.AUTO_REPLY, "")
    assert (after.state, after.asked_at, after.flags, after.turns) == (
        before.state,
        before.asked_at,
        before.flags,
        before.turns,
    )
    assert len(after.messages) == 2


def test_auto_reply_without_a_ticket_is_recorded(desk: WiredDesk) -> None:
    raw = letter("Я в отпуске.", subject="Автоответ", headers=(("Auto-Submitted", "auto-replied"),))
    assert (desk.write(raw).kind, desk.tickets(), desk.replies()) == (Kind.AUTO_REPLY, [], [])
    assert len(dump(desk.store.engine, "message")["message"]) == 1


def test_bounce_of_a_reply_sends_it_once_to_the_other_address_that_the_ticket_knows(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    desk.write(bounce(desk.last()))
    assert [(one.recipient, one.state) for one in desk.replies()] == [
        (ANNA, ReplyState.UNDELIVERED),
        ("admin@school5.example", ReplyState.QUEUED),
    ]
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.asked_at, ticket.flags) == (State.WAITING, None, frozenset())
    desk.pass_(minutes=1)
    desk.send()
    assert desk.ticket(number).asked_at == desk.now
    desk.write(bounce(desk.last()))
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset({Flag.UNREACHABLE}))
    assert len(desk.replies()) == 2


def test_bounce_of_a_reply_without_another_address_shows_an_open_ticket_to_an_agent_and_starts_no_turn(
    desk: WiredDesk,
) -> None:
    number = arrives(desk, letter(facts(Мобильный=None, Email=ANNA))).number
    turns = desk.ticket(number).turns
    desk.write(bounce(desk.last()))
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags, ticket.turns) == (State.REVIEW, frozenset({Flag.UNREACHABLE}), turns)
    assert desk.last().state is ReplyState.UNDELIVERED
    assert "5.1.1" in desk.last().last_error or "no such user" in desk.last().last_error


def test_bounce_of_a_reply_leaves_a_finished_ticket_finished_with_a_task(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Email=ANNA))).number
    desk.casework.approve(number, AGENT)
    desk.pass_(seconds=31)
    desk.send()
    desk.write(bounce(desk.last()))
    ticket = desk.ticket(number)
    assert (ticket.state, Flag.UNREACHABLE in ticket.flags, bool(ticket.task)) == (State.APPROVED, True, True)


def test_bounce_that_only_tells_of_a_delay_changes_nothing(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    before = desk.ticket(number)
    desk.write(bounce(desk.last(), status="4.4.1").replace(b"Action: failed", b"Action: delayed"))
    after = desk.ticket(number)
    assert (after.state, after.flags, after.asked_at) == (before.state, before.flags, before.asked_at)
    assert desk.last().state is ReplyState.SENT


def test_refusal_at_the_hand_over_goes_the_way_of_a_bounce(desk: WiredDesk) -> None:
    desk.hand.answers[ANNA] = Refused("550 5.1.1 no such user")
    number = arrives(desk, letter(facts(Мобильный=None))).number
    assert [one.state for one in desk.replies()] == [ReplyState.REFUSED, ReplyState.SENT]
    assert desk.last().recipient == "admin@school5.example"
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags, ticket.asked_at is not None) == (State.WAITING, frozenset(), True)


def test_refusal_at_the_hand_over_of_every_address_is_an_agents(desk: WiredDesk) -> None:
    for address in (ANNA, "admin@school5.example"):
        desk.hand.answers[address] = Refused("550 5.1.1 no such user")
    number = arrives(desk, letter(facts(Мобильный=None))).number
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset({Flag.UNREACHABLE}))
    assert {one.state for one in desk.replies()} == {ReplyState.REFUSED}


def test_refusal_at_the_hand_over_leaves_a_finished_ticket_finished_with_a_task(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Email=ANNA))).number
    desk.hand.answers[ANNA] = Refused("550 5.1.1 no such user")
    desk.casework.approve(number, AGENT)
    desk.pass_(seconds=31)
    desk.send()
    ticket = desk.ticket(number)
    assert (ticket.state, Flag.UNREACHABLE in ticket.flags, bool(ticket.task)) == (State.APPROVED, True, True)


def test_bulk_is_recorded_without_ticket_and_reply(desk: WiredDesk) -> None:
    raw = letter(
        "Приглашаем на вебинар! Отписаться от рассылки можно по ссылке.",
        subject="Вебинар для директоров",
        sender="news@shop.example",
        headers=(("List-Unsubscribe", "<mailto:u@shop.example>"), ("Precedence", "bulk")),
    )
    assert (desk.write(raw).kind, desk.tickets(), desk.replies()) == (Kind.BULK, [], [])


def test_our_own_mail_coming_back_is_recorded_only(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts())).number
    before = len(desk.replies())
    _, raw = desk.hand.taken[-1]
    outcome = desk.write(raw)
    assert (outcome.reply, len(desk.replies())) == ("", before)
    assert (desk.ticket(number).state, len(desk.tickets())) == (State.REVIEW, 1)


def test_our_own_address_without_our_message_id_is_read_normally_and_not_answered(desk: WiredDesk) -> None:
    ticket = arrives(desk, letter(facts(), sender=OURS))
    assert (ticket.state, desk.replies()) == (State.REVIEW, [])
    assert Flag.NOBODY_TO_ANSWER in ticket.flags
    assert ticket.turn is not None


# --- what cannot be read


def test_unreadable_message_is_an_agents(desk: WiredDesk) -> None:
    ticket = arrives(desk, b"\x00" * 2000)
    assert (ticket.state, ticket.kind) == (State.REVIEW, Kind.UNREADABLE)
    assert ticket.turn is not None


def test_too_large_message_is_an_agents_and_its_writer_is_told(desk: WiredDesk) -> None:
    outcome = desk.write(letter("", subject="Заявка"), oversized=True)
    ticket = desk.ticket(outcome.tickets[0])
    assert (ticket.state, kinds(desk)) == (State.REVIEW, [ReplyKind.TOO_LARGE])
    assert Flag.TOO_LARGE in ticket.flags
    assert ticket.turn is not None


# --- agents: each action has its own tests in tests/integration/casework


def test_agent_approves_and_after_the_half_minute_the_organisation_is_exported_and_told(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts())).number
    desk.casework.approve(number, AGENT)
    with desk.store.reading() as work:
        assert work.approved.page(0, None, None, desk.now + timedelta(seconds=29), 10) == ()
        assert work.hooks.due(10, desk.now + timedelta(seconds=29)) == ()
        (one,) = work.approved.page(0, None, None, desk.now + timedelta(seconds=30), 10)
        (hook,) = work.hooks.due(10, desk.now + timedelta(seconds=30))
    assert (one.number, one.by, hook.number, hook.state) == (number, AGENT, number, HookState.WAITING)
    assert kinds(desk)[-1] is ReplyKind.APPROVED


@pytest.mark.parametrize(
    ("action", "state", "reply"),
    [
        ("reject", State.REJECTED, ReplyKind.REJECTED),
        ("request", State.WAITING, ReplyKind.MISSING),
        ("answer", State.REVIEW, ReplyKind.ANSWER),
        ("duplicate", State.CLOSED, ReplyKind.DUPLICATE),
        ("spam", State.CLOSED, None),
    ],
)
def test_agent_rejects_asks_answers_marks_each_with_its_reply_and_half_a_minute(
    desk: WiredDesk, action: str, state: State, reply: ReplyKind | None
) -> None:
    other = arrives(desk, letter(school(6), sender="b@school6.example")).number
    number, before = arrives(desk, letter(facts())).number, len(desk.replies())
    cases = desk.casework
    {
        "reject": lambda: cases.reject(number, "Нет лицензии.", AGENT),
        "request": lambda: cases.request(number, (FieldName.PHONE,), "", AGENT),
        "answer": lambda: cases.answer(number, "Проверяем.", AGENT),
        "duplicate": lambda: cases.duplicate(number, other, AGENT),
        "spam": lambda: cases.spam(number, AGENT),
    }[action]()
    assert desk.ticket(number).state is state
    assert kinds(desk)[before:] == ([reply] if reply else [])
    assert desk.send() == 0
    desk.pass_(seconds=30)
    assert desk.send() == (1 if reply else 0)


# --- the clock


def silent(desk: WiredDesk, days: float) -> int:
    """So much working time goes by (no holiday in sight, weekends skipped); a round of the clock and of sending."""
    calendar, left = parts().calendar, timedelta(days=days)
    while left > timedelta():
        desk.pass_(hours=1)
        local = (desk.now - timedelta(seconds=1)).astimezone(DESK.zone)
        left -= timedelta(hours=1) if calendar.is_working(local.date()) else timedelta()
    desk.look()
    done = desk.timers.remind()
    desk.pass_(seconds=1)
    desk.send()
    return done


def test_waiting_for_two_and_five_days_is_reminded_and_after_ten_closed_and_any_answer_reopens(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    assert silent(desk, 1) == 0
    assert silent(desk, 1) == 1
    assert silent(desk, 2) == 0
    assert silent(desk, 1) == 1
    assert silent(desk, 4) == 0
    assert desk.ticket(number).state is State.WAITING
    assert silent(desk, 1) == 1
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.turn) == (State.CLOSED, None)
    assert kinds(desk) == [ReplyKind.MISSING, ReplyKind.REMINDER, ReplyKind.REMINDER, ReplyKind.EXPIRED]
    ticket = arrives(desk, letter("8 916 222-33-44", answers=desk.last()))
    assert (ticket.number, ticket.state) == (number, State.REVIEW)
    assert ticket.turn is not None


def test_waiting_on_a_request_that_was_not_delivered_is_neither_reminded_nor_closed(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None, Email=ANNA))).number
    desk.write(bounce(desk.last()))
    assert silent(desk, 11) == 0
    assert desk.ticket(number).state is State.REVIEW


def test_waiting_on_a_held_request_is_neither_reminded_nor_closed(desk: WiredDesk) -> None:
    asking = WiredDesk(desk.store, conduct=Conduct(ask=frozenset({ReplyKind.MISSING})))
    number = arrives(asking, letter(facts(Мобильный=None))).number
    assert silent(asking, 11) == 0
    ticket = asking.ticket(number)
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset({Flag.REPLY_HELD}))


# --- how a message finds its thread


def test_ticket_number_alone_from_a_stranger_opens_nobodys_ticket(desk: WiredDesk) -> None:
    number = arrives(desk, letter(facts(Мобильный=None))).number
    stranger = arrives(
        desk, letter("Мобильный телефон: 8 916 222-33-44", subject=f"Re: [№ {number}]", sender="x@else.example")
    )
    assert stranger.number != number
    assert status_of(desk.ticket(number), FieldName.PHONE) is Status.MISSING


def test_six_automatic_replies_in_a_day_are_too_many_and_the_ticket_is_an_agents(desk: WiredDesk) -> None:
    for number in range(10, 15):
        arrives(desk, letter(school(number), sender="methodist@city.example"))
    ticket = arrives(desk, letter(school(15, Мобильный=None), sender="methodist@city.example"))
    assert (ticket.state, ticket.flags) == (State.REVIEW, frozenset({Flag.REPLY_HELD}))
    assert desk.last().state is ReplyState.HELD
    assert "предел 5" in desk.last().held_because


def test_an_empty_letter_raises_nothing(desk: WiredDesk) -> None:
    message = EmailMessage()
    message["From"] = ANNA
    desk.write(message.as_bytes())
    desk.send()
