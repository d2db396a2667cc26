"""The real process with a moved clock: reminders, the end, warnings, the digest, and a clock that is set back."""

import json
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.acceptance.house import RunningHouse, letter, moved_clock
from tests.acceptance.test_running import Listener, _until

pytestmark = pytest.mark.dovecot

ASKED = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)  # a Monday, 15:00 in Moscow; no holiday in the three weeks after
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(house: RunningHouse) -> RunningHouse:
    """Over a plain line: a certificate of today is not valid at another time."""
    path = house.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(f"port = {house.dovecot.tls_port}", f'port = {house.dovecot.port}\nsecurity = "plain"')
    path.write_text(re.sub(r"ca_file = .*\n", "", text), encoding="utf-8")
    return house


def mails(house: RunningHouse) -> list[EmailMessage]:
    """What has arrived at the sink, in order."""
    return [message_from_bytes(one.raw, policy=default) for one in house.sink.arrived]


def said(message: EmailMessage) -> str:
    """The text of a letter in one line."""
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().replace("\u00a0", " ").split())


def state(house: RunningHouse) -> str:
    (ticket,) = house.tickets()
    return str(ticket["state"])


def test_two_reminders_then_closed_and_an_answer_reopens(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1, phone=""), when=ASKED)
    house.run("once", at=ASKED + MINUTE)
    counts = []
    for days in (1, 2, 3, 5, 7, 8, 13, 14):  # calendar days; the working ones are 1, 2, 3, 4, 5, 6, 9, 10
        for minutes in (0, 5):
            house.run("once", at=ASKED + days * DAY + minutes * MINUTE)
        counts.append(len(house.sink.arrived))
    assert counts == [1, 2, 2, 2, 3, 3, 3, 4]
    asked, first, second, last = mails(house)
    assert [one["To"] for one in (first, second, last)] == ["school1@school1.example"] * 3
    assert {one["Auto-Submitted"] for one in (first, second, last)} == {"auto-replied"}
    assert "до понедельника, 23 ноября 2026" in said(first)
    assert "телефон" in said(second)
    assert state(house) == "closed"
    (ticket,) = house.tickets()
    assert [one["kind"] for one in ticket["replies"]] == ["missing", "reminder", "reminder", "expired"]
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "school1@school1.example", house.user, f"Re: {last['Subject']}"
    answer["Message-ID"], answer["In-Reply-To"] = "<answer@school1.example>", last["Message-ID"]
    answer.set_content("8 917 123-45-67")
    house.dovecot.deliver(house.user, answer.as_bytes(), when=ASKED + 30 * DAY)
    house.run("once", at=ASKED + 30 * DAY + MINUTE)
    assert state(house) == "review"
    (ticket,) = house.tickets()
    assert ticket["fields"]["admin_phone"]["value"] == "+79171234567"
    assert asked["Message-ID"] != first["Message-ID"]


def test_a_machine_that_was_off_sees_the_answer_before_it_reminds(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1, phone=""), when=ASKED)
    house.run("once", at=ASKED + MINUTE)
    (asked,) = mails(house)
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "school1@school1.example", house.user, "Re: заявка"
    answer["Message-ID"], answer["In-Reply-To"] = "<answer@school1.example>", asked["Message-ID"]
    answer.set_content("8 917 123-45-67")
    house.dovecot.deliver(house.user, answer.as_bytes(), when=ASKED + DAY)
    house.run("once", at=ASKED + 21 * DAY)
    assert state(house) == "review"
    assert ["Напоминаем" in said(one) for one in mails(house)] == [False, False]


def test_over_new_year_the_turn_is_warned_of_on_the_first_working_morning_and_explained(house: RunningHouse) -> None:
    arrived = datetime(2025, 12, 30, 12, 0, tzinfo=UTC)
    house.run("people", "add", "boss@desk.example", "Анна Петровна", "--role", "manager")
    path = house.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[notices]\ndigest_at = ""\n', encoding="utf-8")
    house.dovecot.deliver(house.user, letter(1), when=arrived)
    morning = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)  # 09:00 in Moscow: three quarters of 24 hours
    noted = {}
    for moment in (arrived + MINUTE, arrived + 5 * DAY, morning - MINUTE, morning, morning + MINUTE, morning + DAY / 2):
        house.run("once", at=moment)
        noted[moment] = len(house.sink.arrived)
    assert list(noted.values()) == [1, 1, 1, 2, 2, 3]
    _, warning, breach = mails(house)
    assert (warning["To"], warning["Auto-Submitted"]) == ("boss@desk.example", "auto-generated")
    assert "до понедельника, 12 января 2026 г., 15:00 по московскому времени" in said(warning)
    assert "прошёл" in breach["Subject"]
    (ticket,) = house.tickets()
    explained = house.run("due", str(ticket["number"]), "--explain", at=morning)
    assert re.search(r"Tue 2025-12-30 15:00 MSK +Wed 2025-12-31 00:00 MSK +9 h 00 min +9 h 00 min", explained)
    assert re.search(r"Mon 2026-01-12 00:00 MSK +Mon 2026-01-12 15:00 MSK +15 h 00 min +24 h 00 min", explained)
    assert "Новогодние каникулы" in explained
    assert "used     75% of 24 h 00 min" in explained


def test_the_digest_goes_to_managers_on_working_days_only(house: RunningHouse) -> None:
    house.run("people", "add", "boss@desk.example", "Анна Петровна", "--role", "manager")
    house.run("people", "add", "agent@desk.example", "Олег", "--role", "agent")
    house.dovecot.deliver(house.user, letter(1, phone=""), when=ASKED)
    friday = datetime(2026, 11, 13, 6, 0, tzinfo=UTC)  # 09:00 in Moscow
    for moment in (ASKED + MINUTE, friday - MINUTE, friday, friday + 60 * MINUTE, friday + DAY, friday + 3 * DAY):
        house.run("once", at=moment)
    digests = [one for one in mails(house) if one["To"] == "boss@desk.example"]
    assert [re.sub(r"\s+", " ", one["Subject"]).replace("\u00a0", " ") for one in digests] == [
        "Сводка поддержки за 6 ноября — 8 ноября 2026 года",
        "Сводка поддержки за 12 ноября 2026 года",
        "Сводка поддержки за 13 ноября — 15 ноября 2026 года",
    ]
    assert not [one for one in mails(house) if one["To"] == "agent@desk.example"]


def test_a_clock_set_back_by_an_hour_stops_nothing_and_repeats_nothing(house: RunningHouse, tmp_path: Path) -> None:
    house.dovecot.deliver(house.user, letter(1, phone=""), when=ASKED)
    house.run("once", at=ASKED + MINUTE)
    clock = tmp_path / "clock"
    start = ASKED + 2 * DAY + 5 * MINUTE
    clock.write_text(f"@{start:%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
    running = Listener(house.start("run", "--log", "json", environment=moved_clock(str(clock))))
    try:
        _until(lambda: len(house.sink.arrived) == 2, "the reminder")
        clock.write_text(f"@{start - 60 * MINUTE:%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
        house.dovecot.deliver(house.user, letter(2))
        _until(lambda: len(house.sink.arrived) == 3, "the answer to the letter that came after the step")
    finally:
        assert running.stop() == 0
    kinds = [one["kind"] for one in json.loads(house.run("outbox", "--json"))]
    assert sorted(kinds) == ["missing", "received", "reminder"]


DSN = """\
From: mailer-daemon@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail system could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; boss@desk.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {about}
To: boss@desk.example

--b--
"""


def test_a_notice_that_comes_back_is_marked_and_touches_no_ticket(house: RunningHouse) -> None:
    house.run("people", "add", "boss@desk.example", "Анна", "--role", "manager")
    house.dovecot.deliver(house.user, letter(1), when=ASKED)
    house.run("once", at=ASKED + MINUTE)
    house.run("once", at=ASKED + DAY + MINUTE)
    before = house.tickets()
    breach = next(one for one in mails(house) if "прошёл" in one["Subject"])
    report = DSN.format(to=house.user, about=breach["Message-ID"]).replace("\n", "\r\n").encode()
    house.dovecot.deliver(house.user, report, when=ASKED + DAY)
    house.run("once", at=ASKED + DAY + 2 * MINUTE)
    assert house.tickets() == before
    states = {(one["kind"], one["state"]) for one in house.outbox()}
    assert ("breach", "undelivered") in states
    assert ("received", "sent") in states


def test_a_year_that_is_not_decreed_is_a_loud_warning(house: RunningHouse) -> None:
    said_ = house.run("check", at=datetime(2030, 6, 3, 9, 0, tzinfo=UTC))
    assert "WARNING  calendar: the transferred working days of 2030 are not decreed yet" in said_
    assert "of 2031 are not decreed yet" in said_
    assert "WARNING" not in house.run("check", at=ASKED)


def test_people_are_added_changed_and_let_go_and_mistakes_are_one_sentence(house: RunningHouse) -> None:
    house.run("people", "add", "Boss@Desk.example", "Анна Петровна", "--role", "agent")
    assert "known already" in house.run("people", "add", "boss@desk.example", "Анна", "--role", "agent", expect=2)
    house.run("people", "change", "boss@desk.example", "--role", "manager")
    assert re.search(r"boss@desk\.example +Анна Петровна +manager", house.run("people", "list"))
    house.run("people", "off", "boss@desk.example")
    assert re.search(r"manager +off", house.run("people", "list"))
    house.run("people", "add", "boss@desk.example", "Анна Петровна", "--role", "admin")
    assert re.search(r"admin$", house.run("people", "list").strip())
    for words in (("off", "nobody@desk.example"), ("change", "nobody@desk.example", "--role", "agent")):
        assert "nobody here has the address" in house.run("people", *words, expect=2)
    assert "Traceback" not in house.run("people", "add", "no address", "X", "--role", "agent", expect=2)
