"""Somebody answers in webmail: the real process reads the Sent folder, and the turn ends; nothing there is changed."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from tests.acceptance.house import RunningHouse, letter
from tests.acceptance.test_running import Listener, _until

pytestmark = pytest.mark.dovecot

SENT = "Отправленные"
HER = "school1@school1.example"
ARRIVED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 12:00 in Moscow
HOUR = timedelta(hours=1)


@pytest.fixture
def house(house: RunningHouse) -> RunningHouse:
    """A mailbox whose Sent folder is read, and in which something old lies."""
    configure(house)
    house.dovecot.deliver(house.user, answer(house, "old@desk.example"), folder=SENT)
    house.run("once")
    return house


def configure(house: RunningHouse, rest: str = "", *, port: bool = False) -> None:
    house.configure(mailbox=f'sent_folder = "{SENT}"', rest=rest)
    if port:  # a certificate of today is not valid at another time
        path = house.folder / "config.toml"
        text = path.read_text(encoding="utf-8")
        text = text.replace(f"port = {house.dovecot.tls_port}", f'port = {house.dovecot.port}\nsecurity = "plain"')
        path.write_text(re.sub(r"ca_file = .*\n", "", text), encoding="utf-8")


def answer(
    house: RunningHouse,
    message_id: str,
    *,
    to: str = HER,
    answers: str = "",
    subject: str = "Re: заявка",
    text: str = "Здравствуйте! Всё сделали.",
) -> bytes:
    """What webmail leaves in the Sent folder."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = house.user, to, subject
    message["Message-ID"] = f"<{message_id}>"
    if answers:
        message["In-Reply-To"] = message["References"] = f"<{answers.strip('<>')}>"
    message.set_content(text)
    return message.as_bytes()


def question(number: int = 1) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = HER, "info@sferum.ru", "Вопрос"
    message["Message-ID"] = f"<question-{number}@school1.example>"
    message.set_content("Подскажите, сколько человек может быть в одном звонке и можно ли вести запись?")
    return message.as_bytes()


def only_ticket(house: RunningHouse) -> dict[str, Any]:
    (ticket,) = house.tickets()
    return ticket


def count(house: RunningHouse, what: str) -> int:
    with sqlite3.connect(house.folder / "intake.db") as database:
        return int(database.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608 - the test's own words


def last_reply(house: RunningHouse) -> EmailMessage:
    return message_from_bytes(house.sink.arrived[-1].raw, policy=default)


def test_a_question_answered_in_webmail_is_answered(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, question(), when=ARRIVED)
    house.run("once")
    assert only_ticket(house)["state"] == "review"
    mine = answer(house, "a1@mail.example", answers=last_reply(house)["Message-ID"])
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    house.run("once")
    ticket = only_ticket(house)
    assert ticket["state"] == "answered"
    assert [one["kind"] for one in ticket["messages"]] == ["question", "sent"]
    (turn,) = ticket["turns"]
    assert turn["ended"] == (ARRIVED + HOUR).isoformat(), "when it was answered, not when we found it"
    assert turn["automatic"] is False
    assert len(house.sink.arrived) == 1
    assert not [one for one in house.dovecot.flags(house.user, SENT) if b"\\Seen" in one]
    assert len(house.dovecot.flags(house.user, SENT)) == 2
    assert count(house, f"action WHERE name = 'outside' AND by = '{house.user}'") == 1


def test_a_complete_application_stays_with_the_agents_and_the_next_letter_begins_a_turn(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1), when=ARRIVED)
    house.run("once")
    mine = answer(house, "a1@mail.example", answers="letter-1@school1.example")  # to her letter, not to our reply
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    house.run("once")
    ticket = only_ticket(house)
    assert (ticket["state"], ticket["flags"], ticket["due"]) == ("review", ["answered_outside"], None)
    again = EmailMessage()
    again["From"], again["To"], again["Subject"] = HER, house.user, "Отв: Re: заявка"
    again["Message-ID"], again["In-Reply-To"] = "<again@school1.example>", "<a1@mail.example>"  # to the webmail letter
    again.set_content("А когда нам пришлют ссылку?")
    house.dovecot.deliver(house.user, again.as_bytes(), when=ARRIVED + 2 * HOUR)
    house.run("once")
    ticket = only_ticket(house)
    assert [one["kind"] for one in ticket["messages"]] == ["application", "sent", "question"]
    assert [one["started"] for one in ticket["turns"]] == [one.isoformat() for one in (ARRIVED, ARRIVED + 2 * HOUR)]
    assert ticket["due"] is not None


def test_an_application_with_gaps_waits_then_and_is_reminded_and_what_was_held_is_dropped(house: RunningHouse) -> None:
    configure(house, '[replies.send]\nmissing = "ask"', port=True)
    monday = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)  # Dovecot believes in no time that is still to come
    house.dovecot.deliver(house.user, letter(1, phone=""), when=monday)
    house.run("once", at=monday + HOUR)
    assert only_ticket(house)["state"] == "review"
    mine = answer(house, "a1@mail.example", answers="letter-1@school1.example", text="Пришлите номер телефона.")
    house.dovecot.deliver(house.user, mine, folder=SENT, when=monday + 2 * HOUR)
    house.run("once", at=monday + 3 * HOUR)
    ticket = only_ticket(house)
    assert (ticket["state"], ticket["due"]) == ("waiting", None)
    assert [(one["kind"], one["state"]) for one in ticket["replies"]] == [("missing", "dropped")]
    assert "reply_held" not in ticket["flags"]
    house.run("once", at=monday + 49 * HOUR)
    assert house.sink.arrived == [], "two working days are not over"
    house.run("once", at=monday + 51 * HOUR)
    assert [one["kind"] for one in only_ticket(house)["replies"]] == ["missing", "reminder"]


def test_by_number_only_with_a_known_address_and_a_colleague_is_nobodys_answer(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, question(), when=ARRIVED)
    house.run("once")
    tag = f"[№ {only_ticket(house)['number']}]"
    house.dovecot.deliver(
        house.user,
        answer(house, "a1@mail.example", to="other@school.example", subject=f"НА: Вопрос {tag}"),
        answer(house, "a2@mail.example", to="colleague@desk.example", answers="question-1@school1.example"),
        answer(house, "a3@mail.example", subject="Совсем другое"),
        folder=SENT,
        when=ARRIVED + HOUR,
    )
    house.run("once")
    ticket = only_ticket(house)
    assert (ticket["state"], len(ticket["turns"]), ticket["turns"][0]["ended"]) == ("review", 1, None)
    assert [one["kind"] for one in ticket["messages"]] == ["question", "sent"], "the letter to a colleague is shown"
    assert count(house, "message WHERE kind = 'sent' AND thread_id IS NULL") == 2
    mine = answer(house, "a4@mail.example", subject=f"Отв: Re[2]: Вопрос {tag}")
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    house.run("once")
    assert only_ticket(house)["state"] == "answered"


def test_copies_of_our_own_replies_are_not_kept_and_end_nothing(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1), when=ARRIVED)
    house.run("once")
    house.dovecot.deliver(house.user, house.sink.arrived[0].raw, folder=SENT)
    house.run("once")
    assert count(house, "raw_message") == 1
    ticket = only_ticket(house)
    assert (ticket["flags"], ticket["turns"][0]["ended"]) == ([], None)


def test_whoever_wrote_again_after_the_answer_still_waits(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1), when=ARRIVED)
    house.run("once")
    again = EmailMessage()
    again["From"], again["To"], again["Subject"] = HER, house.user, "Re: заявка"
    again["Message-ID"], again["In-Reply-To"] = "<again@school1.example>", last_reply(house)["Message-ID"]
    again.set_content("Можно ли зарегистрировать ещё и филиал?")
    house.dovecot.deliver(house.user, again.as_bytes(), when=ARRIVED + 2 * HOUR)
    mine = answer(house, "a1@mail.example", answers="letter-1@school1.example")
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    house.run("once")
    first, second = only_ticket(house)["turns"]
    assert (first["ended"], first["automatic"]) == ((ARRIVED + HOUR).isoformat(), False)
    assert (second["started"], second["ended"]) == ((ARRIVED + 2 * HOUR).isoformat(), None)


def test_the_answer_and_its_letter_may_come_together(house: RunningHouse) -> None:
    mine = answer(house, "a1@mail.example", answers="question-1@school1.example")
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    house.dovecot.deliver(house.user, question(), when=ARRIVED)
    running = Listener(house.start("run", "--log", "json"))
    try:
        _until(lambda: [one["state"] for one in house.tickets()] == ["answered"], "the answer")
        late = answer(house, "a2@mail.example", answers="question-2@school1.example")
        house.dovecot.deliver(house.user, question(2).replace("звонке".encode(), "чате".encode()))
        _until(lambda: len(house.tickets()) == 2, "the second question")
        house.dovecot.deliver(house.user, late, folder=SENT)
        _until(lambda: {one["state"] for one in house.tickets()} == {"answered"}, "the answer over IDLE")
    finally:
        assert running.stop() == 0


@pytest.mark.parametrize("step", ["fetched:1", "kept:1", "judged:1", "taken_in:1"])
def test_killed_after_a_step_it_is_taken_in_once(house: RunningHouse, step: str) -> None:
    house.dovecot.deliver(house.user, question(), when=ARRIVED)
    house.run("once")
    mine = answer(house, "a1@mail.example", answers="question-1@school1.example")
    house.dovecot.deliver(house.user, mine, folder=SENT, when=ARRIVED + HOUR)
    process = house.start("once", fault=step)
    process.communicate(timeout=60)
    assert process.returncode == -9, "the fault must really happen"
    house.run("once")
    house.run("once")
    ticket = only_ticket(house)
    assert ticket["state"] == "answered"
    assert [one["kind"] for one in ticket["messages"]] == ["question", "sent"]
    assert count(house, "action WHERE name = 'outside'") == 1


def test_a_sent_folder_that_is_not_there_is_said_and_stops_no_letter(house: RunningHouse) -> None:
    house.configure(mailbox='sent_folder = "Нет такой"')
    house.dovecot.deliver(house.user, letter(1))
    assert "could not be read" in house.run("once", expect=1)
    assert len(house.tickets()) == 1
    assert SENT in house.run("check", expect=2)
    house.configure(mailbox='sent_folder = "INBOX"')
    assert "sent_folder" in house.run("check", expect=2)
