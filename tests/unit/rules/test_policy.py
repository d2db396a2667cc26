"""What follows from a message: the event table of the domain, row by row."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules import subjects
from rules.application import Application, FieldName, FieldValue, Reading, Status
from rules.book import Judging
from rules.judgement import (
    Facts,
    Flag,
    Judgement,
    Kind,
    NearTicket,
    ReplyFacts,
    ReplyKind,
    ThreadFacts,
    TicketFacts,
    Topic,
)  # fmt: skip
from rules.kinds import heard, topics
from rules.message import Address, Attachment, DeliveryReport, Message, Part
from rules.policy import Conduct, judge
from rules.ticket import State, may_move
from rules.twins import TwinWords

DATA = Path(__file__).parents[3] / "rules" / "data"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OURS, HER, STRANGER = "info@sferum.ru", "olga@school5.example.ru", "other@example.ru"


class Articles:
    """One article for parents, as `rules.articles` would offer it."""

    def fitting(self, text: str, topic: Topic) -> tuple[str, ...]:
        return ("parent-invitation",) if topic is Topic.PARENT and "приглаш" in text else ()


BOOK = Judging(
    heard.load(DATA / "kinds.toml"),
    topics.load(DATA / "topics.toml"),
    subjects.load(DATA / "subject.toml"),
    TwinWords.load(DATA / "twins.toml", DATA / "organizations.toml"),
    Articles(),
)
VALUES = {
    FieldName.FULL_NAME: "Муниципальное бюджетное общеобразовательное учреждение «Школа № 5»",
    FieldName.SHORT_NAME: "МБОУ «Школа № 5»",
    FieldName.SETTLEMENT: "с. Высокое",
    FieldName.REGION: "Республика Татарстан",
    FieldName.ADMIN: "Иванова Ольга Петровна",
    FieldName.PHONE: "+79161234567",
    FieldName.EMAIL: HER,
}
WHOLE = Application(**{name.value: FieldValue(value, Status.OK) for name, value in VALUES.items()})


def lacking(*names: FieldName, of: Application = WHOLE) -> Application:
    for name in names:
        of = of.having(name, FieldValue())
    return of


def only(name: FieldName, value: str) -> Application:
    return Application().having(name, FieldValue(value, Status.OK))


OTHER_SCHOOL = WHOLE.having(FieldName.SHORT_NAME, FieldValue("МБОУ «Школа № 8»", Status.OK)).having(
    FieldName.FULL_NAME, FieldValue("Муниципальное учреждение «Школа № 8»", Status.OK)
)


def letter(text: str = "Заявка.", subject: str = "Письмо", sender: str = HER, **more: Any) -> Message:
    return Message(subject=subject, sender=Address("Ольга", sender), parts=(Part("body", text),), **more)


def answer(text: str = "Вот данные.", sender: str = HER, **more: Any) -> Message:
    return letter(text, "Re: Заявка", sender, in_reply_to=("r@sferum.ru",), **more)


def read(*applications: Application, **more: Any) -> Reading:
    return Reading(applications=applications, strength=2 if applications else 0, **more)


def ticket(application: Application | None = WHOLE, state: State = State.REVIEW, number: str = "2611-1") -> TicketFacts:
    return TicketFacts(number, state, Kind.APPLICATION, application, frozenset({HER}))


def facts(
    *tickets: TicketFacts,
    rounds: tuple[tuple[ReplyKind, int], ...] = (),
    requests: int = 0,
    lately: frozenset[ReplyKind] = frozenset(),
    proved: bool = True,
    **more: Any,
) -> Facts:
    thread = ThreadFacts("t", 1, tickets, rounds, requests, lately, proved) if tickets else None
    more.setdefault("by_token", thread is not None)
    return Facts(received_at=NOW, our_addresses=frozenset({OURS}), thread=thread, **more)


def decide(message: Message, reading: Reading, known: Facts, conduct: Conduct | None = None) -> Judgement:
    """Judge, and check what must hold for every judgement."""
    made = judge(message, reading, known, BOOK, conduct)
    assert made.because
    assert (made.reply is None) is bool(made.silence)
    before = {one.number: one.state for one in known.thread.tickets} if known.thread else {}
    assert all(may_move(before[one.number], one.state) for one in made.tickets if one.number)
    return made


def kind_of_reply(made: Judgement) -> ReplyKind | None:
    return made.reply.kind if made.reply else None


def states(made: Judgement) -> list[State]:
    return [one.state for one in made.tickets]


def test_a_whole_application_goes_to_review_and_is_acknowledged() -> None:
    made = decide(letter(), read(WHOLE), facts())
    assert (made.kind, states(made), kind_of_reply(made), made.turn) == (
        Kind.APPLICATION, [State.REVIEW], ReplyKind.RECEIVED, True,
    )  # fmt: skip


def test_an_application_with_gaps_waits_for_the_applicant() -> None:
    made = decide(letter(), read(lacking(FieldName.PHONE)), facts())
    assert (states(made), kind_of_reply(made), made.turn) == ([State.WAITING], ReplyKind.MISSING, True)


def test_the_subject_alone_makes_an_application_and_a_bare_question_under_it_does_not() -> None:
    empty = decide(letter("", "СФЕРУМ: Регистрация организации"), read(), facts())
    asked = decide(letter("Сколько ждать ответа?", "СФЕРУМ: Регистрация организации"), read(asks=True), facts())
    assert (empty.kind, kind_of_reply(empty)) == (Kind.APPLICATION, ReplyKind.MISSING)
    assert (asked.kind, asked.topic) == (Kind.QUESTION, Topic.ORGANIZATION)


def test_several_organisations_get_a_ticket_each_and_one_reply() -> None:
    made = decide(letter(), read(WHOLE, lacking(FieldName.PHONE, of=OTHER_SCHOOL)), facts())
    assert (states(made), kind_of_reply(made)) == ([State.REVIEW, State.WAITING], ReplyKind.SEVERAL)


def test_an_application_that_asks_something_is_marked() -> None:
    made = decide(letter(), read(WHOLE, asks=True), facts())
    assert made.tickets[0].flags == {Flag.ASKS}


def test_a_pupil_who_pastes_the_form_asks_a_question() -> None:
    text = "Я учусь в 7б, хочу зарегистрироваться в сферуме как ученик. Добавьте меня в класс"
    made = decide(letter(text, "СФЕРУМ: Регистрация организации"), read(lacking(FieldName.SETTLEMENT)), facts())
    assert (made.kind, made.topic, kind_of_reply(made)) == (
        Kind.QUESTION, Topic.TEACHER_STUDENT, ReplyKind.QUESTION_RECEIVED,
    )  # fmt: skip


AUTOMATIC = (("auto-submitted", "auto-replied"),)


@pytest.mark.parametrize("headers", [AUTOMATIC, (("x-autoreply", "yes"),), (("precedence", "auto_reply"),)])
def test_an_automatic_reply_changes_nothing_even_if_it_names_a_school(headers: tuple[tuple[str, str], ...]) -> None:
    made = decide(answer(headers=headers), read(WHOLE), facts(ticket(lacking(FieldName.PHONE), State.WAITING)))
    assert (made.kind, made.tickets, made.turn) == (Kind.AUTO_REPLY, (), False)


def test_an_applicant_who_mentions_a_holiday_is_no_machine() -> None:
    text = "Я в отпуске до 20 августа, но данные школы направляю."
    assert decide(letter(text), read(WHOLE), facts()).kind is Kind.APPLICATION


def test_an_application_from_a_form_that_calls_itself_generated_is_not_lost() -> None:
    made = decide(letter(headers=(("auto-submitted", "auto-generated"),)), read(WHOLE), facts())
    assert (made.kind, states(made)) == (Kind.APPLICATION, [State.REVIEW])
    assert Flag.NOBODY_TO_ANSWER in made.tickets[0].flags


def test_a_school_behind_a_list_server_is_an_application_and_a_newsletter_is_not() -> None:
    listed = (("list-id", "<teachers.example.ru>"), ("list-unsubscribe", "<mailto:x@example.ru>"))
    assert decide(letter(headers=listed), read(WHOLE), facts()).kind is Kind.APPLICATION
    news = letter("Бесплатный вебинар, сертификат. Отписаться", headers=listed)
    made = decide(news, read(), facts())
    assert (made.kind, made.tickets, made.reply) == (Kind.BULK, (), None)


def report(action: str) -> Message:
    told = DeliveryReport(HER, action, "5.1.1", "user unknown", "r@sferum.ru")
    return letter("", "Undelivered", "mailer-daemon@mx.example.ru", return_path="", report=told)


BOUNCED = ReplyFacts(7, HER, "t", ("2611-1", "2611-2"))


def test_a_bounce_takes_the_reply_back_and_wakes_open_tickets_only() -> None:
    known = facts(
        ticket(lacking(FieldName.PHONE), State.WAITING), ticket(WHOLE, State.APPROVED, "2611-2"), bounced=BOUNCED
    )
    made = decide(report("failed"), read(), known)
    assert made.undelivered == (BOUNCED, "5.1.1 user unknown")
    assert states(made) == [State.REVIEW, State.APPROVED]
    assert all(Flag.UNREACHABLE in one.flags for one in made.tickets)
    assert (made.turn, made.reply) == (False, None)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_notice_or_a_success_is_no_failure(action: str) -> None:
    made = decide(report(action), read(), facts(ticket(), bounced=BOUNCED))
    assert (made.kind, made.undelivered, made.tickets) == (Kind.BOUNCE, None, ())


def test_what_cannot_be_read_and_what_is_too_large_goes_to_an_agent() -> None:
    unread = decide(letter(unreadable=True), read(), facts())
    large = decide(letter(""), read(), facts(oversized=True))
    assert (unread.tickets[0].flags, states(unread), unread.reply) == ({Flag.UNREADABLE}, [State.REVIEW], None)
    assert (large.tickets[0].flags, states(large), kind_of_reply(large)) == (
        {Flag.TOO_LARGE}, [State.REVIEW], ReplyKind.TOO_LARGE,
    )  # fmt: skip


def test_our_own_mail_coming_back_is_recorded() -> None:
    made = decide(letter(sender=OURS), read(WHOLE), facts(ours=True))
    assert (made.tickets, made.reply) == ((), None)


@pytest.mark.parametrize(
    "sender",
    [OURS, "info+t7@sferum.ru", "no-reply@example.ru", "MAILER-DAEMON@example.ru", "postmaster@example.ru", ""],
)
def test_nobody_is_answered_when_the_sender_is_ours_or_a_machine_whatever_reply_to_says(sender: str) -> None:
    made = decide(letter(sender=sender, reply_to=(Address("", STRANGER),)), read(lacking(FieldName.PHONE)), facts())
    assert (made.reply, states(made)) == (None, [State.REVIEW])
    assert Flag.NOBODY_TO_ANSWER in made.tickets[0].flags


def test_the_answer_goes_to_reply_to_unless_that_is_a_list_or_ourselves() -> None:
    for written, expected in ((STRANGER, STRANGER), (OURS, HER), ("noreply@example.ru", HER), ("bad address", HER)):
        made = decide(letter(reply_to=(Address("", written),)), read(WHOLE), facts())
        assert made.reply is not None
        assert made.reply.recipient == expected


def test_an_answer_fills_the_gap_and_completes_the_ticket() -> None:
    known = facts(ticket(lacking(FieldName.PHONE), State.WAITING))
    made = decide(answer(), read(only(FieldName.PHONE, "+79161234567")), known)
    assert (states(made), kind_of_reply(made)) == ([State.REVIEW], ReplyKind.RECEIVED)
    assert made.tickets[0].application == WHOLE


def test_a_known_sender_without_our_token_leaves_the_phone_doubtful() -> None:
    known = facts(ticket(lacking(FieldName.PHONE), State.WAITING), by_token=False)
    made = decide(answer(), read(only(FieldName.PHONE, "+79161234567")), known)
    assert made.tickets[0].application is not None
    assert made.tickets[0].application.admin_phone.status is Status.DOUBTFUL


def test_a_value_common_to_all_tickets_goes_to_all_of_them() -> None:
    made = decide(answer("Администратор один на все школы"), read(only(FieldName.PHONE, "+79161234567")), two())
    assert [one.number for one in made.tickets] == ["2611-1", "2611-2"]
    assert all(one.application is not None and one.application.admin_phone.usable for one in made.tickets)
    assert states(made) == [State.REVIEW, State.REVIEW]


def test_a_bounced_reply_goes_once_to_the_other_address_that_the_ticket_knows() -> None:
    other = WHOLE.having(FieldName.EMAIL, FieldValue("director@school5.example.ru", Status.OK))
    bounced = ReplyFacts(7, HER, "t", ("2611-1",))
    made = decide(report("failed"), read(), facts(ticket(other), bounced=bounced))
    assert (made.resend, made.tickets, made.undelivered is not None) == ("director@school5.example.ru", (), True)
    again = decide(report("failed"), read(), facts(ticket(other), bounced=replace(bounced, again=True)))
    assert (again.resend, again.tickets[0].flags) == ("", {Flag.UNREACHABLE})
    unproved = decide(report("failed"), read(), facts(ticket(other), bounced=bounced, proved=False))
    assert unproved.resend == ""


def test_a_finished_ticket_whose_answer_came_back_keeps_its_state_and_gets_a_task() -> None:
    made = decide(report("failed"), read(), facts(ticket(WHOLE, State.APPROVED), bounced=BOUNCED))
    assert (states(made), bool(made.tickets[0].task)) == ([State.APPROVED], True)


def test_too_many_replies_to_a_domain_hold_the_next_one_but_not_at_a_mail_provider() -> None:
    crowded = facts(domain_lately=100)
    held = decide(letter(), read(WHOLE), crowded)
    public = decide(letter(), read(WHOLE), crowded, Conduct(public_domains=frozenset({"school5.example.ru"})))
    assert held.reply is not None
    assert public.reply is not None
    assert (bool(held.reply.held), public.reply.held) == (True, "")


def test_a_stranger_who_fills_in_the_phone_leaves_it_doubtful() -> None:
    known = facts(ticket(lacking(FieldName.PHONE), State.WAITING))
    made = decide(answer(sender=STRANGER), read(only(FieldName.PHONE, "+79160000001")), known)
    assert made.tickets[0].application is not None
    assert made.tickets[0].application.admin_phone.status is Status.DOUBTFUL


@pytest.mark.parametrize(("asked", "state"), [(1, State.WAITING), (2, State.WAITING), (3, State.REVIEW)])
def test_we_ask_three_times_and_then_a_person_phones(asked: int, state: State) -> None:
    lacks = lacking(FieldName.PHONE, FieldName.EMAIL)
    known = facts(ticket(lacks, State.WAITING), rounds=((ReplyKind.MISSING, asked),), requests=asked)
    made = decide(answer(), read(only(FieldName.EMAIL, HER)), known)
    assert states(made) == [state]
    assert (made.reply.round if made.reply else None) == (asked + 1 if state is State.WAITING else None)
    assert (Flag.PHONE in made.tickets[0].flags) is (state is State.REVIEW)


def test_a_repeat_on_a_ticket_in_review_starts_no_turn_is_counted_and_told_where_it_stands_once_a_day() -> None:
    first = decide(answer(), read(WHOLE), facts(ticket()))
    again = decide(answer(), read(WHOLE), facts(ticket(), lately=frozenset({ReplyKind.STATUS})))
    assert (kind_of_reply(first), kind_of_reply(again)) == (ReplyKind.STATUS, None)
    for made in (first, again):
        assert (states(made), made.turn, made.tickets[0].repeat) == ([State.REVIEW], False, True)
        assert any("repeat contact" in words for words in made.because)


def test_who_asks_where_an_application_is_hears_where_it_stands_also_while_we_wait_for_him() -> None:
    known = facts(ticket(lacking(FieldName.PHONE), State.WAITING))
    made = decide(answer("Подскажите, где наша заявка?"), read(), known)
    assert (states(made), kind_of_reply(made), made.tickets[0].repeat) == ([State.WAITING], ReplyKind.STATUS, True)


def test_a_letter_on_a_ticket_that_was_answered_in_webmail_begins_a_turn() -> None:
    answered_outside = replace(ticket(), flags=frozenset({Flag.ANSWERED_OUTSIDE}))
    made = decide(answer("Напоминаю о заявке."), read(), facts(answered_outside))
    assert (states(made), made.turn) == ([State.REVIEW], True)


def test_a_letter_that_repeats_an_open_application_outside_its_thread_is_a_repeat() -> None:
    """It was joined by what it says: counted, whatever it asks, and never trusted with a new phone."""
    known = facts(ticket(), by_token=False, joined=True)
    same = decide(letter(), read(WHOLE), known)
    assert (same.tickets[0].number, same.tickets[0].repeat, kind_of_reply(same)) == ("2611-1", True, ReplyKind.STATUS)
    other_phone = WHOLE.having(FieldName.PHONE, FieldValue("+79160000009", Status.OK))
    changed = decide(letter(), read(other_phone), known).tickets[0]
    assert changed.application is not None
    assert (changed.repeat, changed.application.admin_phone.status) == (True, Status.DOUBTFUL)


NEAR = NearTicket("2611-7", State.REVIEW, "other", STRANGER, WHOLE)


def with_region(application: Application) -> Application:
    return application.having(FieldName.REGION, FieldValue("Республика Татарстан", Status.OK, code="16"))


def test_the_same_organisation_from_another_sender_is_an_own_ticket_marked_as_a_possible_duplicate() -> None:
    near = replace(NEAR, application=with_region(WHOLE))
    made = decide(letter(), read(with_region(WHOLE)), facts(near=(near,)))
    assert (made.tickets[0].number, made.tickets[0].twins) == (None, ("2611-7",))
    assert Flag.POSSIBLE_DUPLICATE in made.tickets[0].flags


def test_another_organisation_at_the_same_place_is_no_duplicate() -> None:
    near = replace(NEAR, application=with_region(OTHER_SCHOOL))
    made = decide(letter(), read(with_region(WHOLE)), facts(near=(near,)))
    assert (made.tickets[0].twins, made.tickets[0].flags) == ((), frozenset())


@pytest.mark.parametrize("lacks", [(), (FieldName.PHONE,)])
def test_an_organisation_that_is_registered_goes_to_an_agent_whatever_it_lacks(lacks: tuple[FieldName, ...]) -> None:
    given = with_region(lacking(*lacks))
    approved = replace(NEAR, state=State.APPROVED, application=with_region(WHOLE))
    for known in (facts(near=(approved,)), facts(registered=(with_region(WHOLE),))):
        made = decide(letter(), read(given), known)
        assert (states(made), made.tickets[0].flags, made.tickets[0].twins) == (
            [State.REVIEW], {Flag.ALREADY_REGISTERED}, (),
        )  # fmt: skip
        assert kind_of_reply(made) is (ReplyKind.QUESTION_RECEIVED if lacks else ReplyKind.RECEIVED)


QUESTION = "Здравствуйте! Я мама ученика, как мне открыть приглашение от ребёнка, чтобы стать родителем в Сферуме?"


def test_a_question_with_a_certain_topic_is_answered_by_its_article() -> None:
    made = decide(letter(QUESTION), read(), facts())
    assert (made.topic, states(made), kind_of_reply(made)) == (Topic.PARENT, [State.ANSWERED], ReplyKind.ANSWER)
    assert made.reply is not None
    assert made.reply.articles == ("parent-invitation",)


def test_a_further_message_reopens_an_answered_question_for_an_agent() -> None:
    known = facts(TicketFacts("2611-1", State.ANSWERED, Kind.QUESTION, None, frozenset({HER})))
    made = decide(answer("Не помогло, приглашение не открывается"), read(), known)
    assert (states(made), made.reply, made.turn) == ([State.REVIEW], None, True)


def test_a_question_that_no_article_answers_goes_to_an_agent() -> None:
    made = decide(letter("Я мама ученика, почему мне не приходит код из смс?"), read(), facts())
    assert (states(made), kind_of_reply(made)) == ([State.REVIEW], ReplyKind.QUESTION_RECEIVED)


def test_an_answer_that_waits_for_a_yes_leaves_the_question_open() -> None:
    made = decide(letter(QUESTION), read(), facts(), Conduct(ask=frozenset({ReplyKind.ANSWER})))
    assert (states(made), made.tickets[0].flags) == ([State.REVIEW], {Flag.REPLY_HELD})


def test_a_letter_whose_data_stand_in_a_file_nobody_can_read_is_told_so() -> None:
    scan = Attachment("заявка.jpg", "image/jpeg", 90_000, "", note="scan")
    made = decide(letter("Заявка на регистрацию школы в файле.", attachments=(scan,)), read(announced=True), facts())
    assert (states(made), kind_of_reply(made)) == ([State.WAITING], ReplyKind.UNREADABLE_ATTACHMENT)


def test_thanks_on_a_finished_ticket_is_recorded_and_anything_else_reopens_it() -> None:
    done = facts(ticket(WHOLE, State.APPROVED))
    assert decide(answer("Большое спасибо!"), read(), done).tickets == ()
    for text in ("Спасибо, но номер неверный", "А как теперь войти?", "Добрый день"):
        made = decide(answer(text), read(), done)
        assert (states(made), made.reply, made.turn) == ([State.REVIEW], None, True)


def test_another_organisation_in_an_old_thread_gets_its_own_ticket() -> None:
    made = decide(answer(), read(OTHER_SCHOOL), facts(ticket()))
    assert [(one.number, one.state) for one in made.tickets] == [(None, State.REVIEW)]


def test_a_list_of_schools_in_an_old_thread_opens_tickets_for_the_new_ones_only() -> None:
    brief = only(FieldName.SHORT_NAME, "МБОУ «Школа № 8»")
    made = decide(answer(), read(WHOLE, brief), facts(ticket(lacking(FieldName.PHONE), State.WAITING)))
    assert [(one.number, one.state) for one in made.tickets] == [("2611-1", State.REVIEW), (None, State.WAITING)]


def test_a_question_with_a_number_in_it_on_a_question_ticket_opens_no_application() -> None:
    known = facts(TicketFacts("2611-1", State.REVIEW, Kind.QUESTION, None, frozenset({HER})))
    said = Reading(applications=(only(FieldName.PHONE, "+79161234567"),), strength=1, asks=True)
    made = decide(answer("Как ученику войти в класс по ссылке? Мой номер 89161234567"), said, known)
    assert [(one.number, one.kind) for one in made.tickets] == [("2611-1", Kind.QUESTION)]


def two() -> Facts:
    return facts(
        ticket(lacking(FieldName.PHONE), State.WAITING),
        ticket(lacking(FieldName.PHONE, of=OTHER_SCHOOL), State.WAITING, "2611-2"),
    )


def test_among_several_tickets_a_value_goes_to_the_organisation_it_names() -> None:
    value = only(FieldName.PHONE, "+79161234567").having(FieldName.SHORT_NAME, FieldValue("МБОУ Школа №8", Status.OK))
    assert [one.number for one in decide(answer(), read(value), two()).tickets] == ["2611-2"]


def test_a_value_that_names_no_organisation_among_several_goes_to_an_agent_unmerged() -> None:
    made = decide(answer(), read(only(FieldName.PHONE, "+79161234567")), two())
    assert (states(made), made.reply) == ([State.REVIEW, State.REVIEW], None)
    assert all(one.application is not None and not one.application.admin_phone.usable for one in made.tickets)


def test_a_withdrawal_goes_to_an_agent() -> None:
    made = decide(answer("Отзываем нашу заявку."), read(), facts(ticket(lacking(FieldName.PHONE), State.WAITING)))
    assert (states(made), made.reply) == ([State.REVIEW], None)


def test_too_many_replies_hold_the_next_one_and_show_the_ticket_to_an_agent() -> None:
    made = decide(letter(), read(lacking(FieldName.PHONE)), facts(replies_lately=5))
    assert made.reply is not None
    assert made.reply.held
    assert (states(made), made.tickets[0].flags) == ([State.REVIEW], {Flag.REPLY_HELD})


def test_a_kind_of_reply_that_needs_a_yes_is_held_for_it() -> None:
    made = decide(letter(), read(WHOLE), facts(), Conduct(ask=frozenset({ReplyKind.RECEIVED})))
    assert made.reply is not None
    assert made.reply.held == "ждёт согласия сотрудника"


def test_a_scan_announced_in_the_letter_is_an_application() -> None:
    scan = Attachment("заявка.pdf", "application/pdf", 9, "")
    made = decide(letter("Заявка на регистрацию школы в файле.", attachments=(scan,)), read(announced=True), facts())
    assert (made.kind, kind_of_reply(made)) == (Kind.APPLICATION, ReplyKind.MISSING)


def test_a_contradiction_in_an_answer_is_never_ok() -> None:
    made = decide(answer(), read(only(FieldName.PHONE, "+79169999999")), facts(ticket()))
    assert made.tickets[0].application is not None
    assert made.tickets[0].application.admin_phone.status is Status.DOUBTFUL


def test_judging_twice_gives_the_same() -> None:
    known = replace(two(), replies_lately=1)
    assert judge(answer(), read(WHOLE), known, BOOK) == judge(answer(), read(WHOLE), known, BOOK)
