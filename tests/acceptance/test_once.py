"""The main job from outside: letters in a real mailbox become tickets and replies."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from intake.bootstrap import SAMPLES
from tests.acceptance.house import RunningHouse, letter

pytestmark = pytest.mark.dovecot


def test_a_complete_application_becomes_a_ticket_in_review_and_is_acknowledged(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1), when=datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["state"] == "review"
    assert {name: cell["status"] for name, cell in ticket["fields"].items()} == dict.fromkeys(ticket["fields"], "ok")
    assert ticket["fields"]["admin_phone"]["value"] == "+79171234567"
    assert ticket["fields"]["region"]["code"] == "16"
    assert ticket["due"] == "2026-11-23T15:00:00+00:00"  # Friday 18:00 in Moscow to Monday 18:00
    (arrived,) = house.sink.arrived
    reply = message_from_bytes(arrived.raw, policy=default)
    assert arrived.rcpt_tos == ("school1@school1.example",)
    assert reply["In-Reply-To"] == "<letter-1@school1.example>"
    assert "<letter-1@school1.example>" in reply["References"]
    assert reply["Auto-Submitted"] == "auto-replied"
    assert ticket["number"] in reply["Subject"]
    assert reply.get_body(("plain",)) is not None
    assert reply.get_body(("html",)) is not None
    assert [one["state"] for one in ticket["replies"]] == ["sent"]


def test_a_missing_phone_is_asked_for_and_the_answer_completes_the_ticket(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(2, phone=""))
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["state"] == "waiting"
    assert ticket["fields"]["admin_phone"]["status"] == "missing"
    asked = message_from_bytes(house.sink.arrived[0].raw, policy=default)
    answer = (
        f"From: school2@school2.example\r\nTo: {house.user}\r\nSubject: Re: {ticket['number']}\r\n"
        f"Message-ID: <answer-2@school2.example>\r\nIn-Reply-To: {asked['Message-ID']}\r\n"
        f"References: {asked['Message-ID']}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n8 917 765-43-21\r\n"
    ).encode()
    house.dovecot.deliver(house.user, answer)
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["state"] == "review"
    assert ticket["fields"]["admin_phone"]["value"] == "+79177654321"
    assert [one["kind"] for one in ticket["replies"]] == ["missing", "received"]
    assert len(ticket["messages"]) == 2


def test_the_same_letter_again_is_one_ticket_and_the_same_id_with_other_words_is_another(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(3), letter(3))
    travelled = b"Received: from mx2.example by mx1.example; Mon, 23 Nov 2026 10:05:00 +0300\r\n" + letter(3)
    house.dovecot.deliver(house.user, travelled)
    other = letter(3).replace(b"Subject:", b"X-Other: 1\r\nSubject:", 1)
    house.dovecot.deliver(house.user, other[: other.index(b"\n\n")] + b"\n\nanother text altogether\n")
    house.run("once")
    house.run("once")
    assert len(house.tickets()) == 2
    assert len(house.sink.arrived) == 2


def test_kept_letters_are_marked_read_or_moved_or_left_as_configured(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(4))
    house.run("once")
    assert b"\\Seen" in house.dovecot.flags(house.user)[0]
    house.configure(mailbox='after = "move"\nmove_to = "Разобрано/Сферум"')
    house.dovecot.deliver(house.user, letter(5))
    house.run("once")
    assert len(house.dovecot.flags(house.user, "Разобрано/Сферум")) == 1
    house.configure(mailbox="read_only = true")
    house.dovecot.deliver(house.user, letter(6))
    house.run("once")
    assert b"\\Seen" not in house.dovecot.flags(house.user)[-1]
    assert len(house.tickets()) == 3


def test_the_first_look_answers_nothing_old(house: RunningHouse) -> None:
    house.configure()
    text = (house.folder / "config.toml").read_text(encoding="utf-8").replace('since = "all"', 'since = "now"')
    (house.folder / "config.toml").write_text(text, encoding="utf-8")
    house.dovecot.deliver(house.user, letter(7), letter(8))
    house.run("once")
    assert house.tickets() == []
    house.dovecot.deliver(house.user, letter(9))
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["fields"]["organization_short_name"]["value"] == "МБОУ СШ № 9"


def test_a_letter_too_large_is_kept_by_its_headers_and_its_sender_is_told(house: RunningHouse) -> None:
    house.configure(mailbox="max_bytes = 20000")
    house.dovecot.deliver(house.user, letter(10) + b"\r\n" + b"0123456789abcdef" * 4000)
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["state"] == "review"
    assert "too_large" in ticket["flags"]
    assert [one["kind"] for one in ticket["replies"]] == ["too_large"]


def test_what_cannot_be_read_at_all_lies_with_an_agent_and_gets_no_reply(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, (SAMPLES / "34-unreadable.eml").read_bytes())
    house.run("once")
    (ticket,) = house.tickets()
    assert (ticket["state"], ticket["replies"]) == ("review", [])
    assert "unreadable" in ticket["flags"]
    assert house.sink.arrived == []


def test_a_dry_run_does_everything_but_send(house: RunningHouse) -> None:
    house.configure(rest="[replies]\ndry_run = true")
    house.dovecot.deliver(house.user, letter(11))
    house.run("once")
    assert [one["state"] for one in house.outbox()] == ["held"]
    assert house.sink.arrived == []
    house.configure()
    house.run("once")
    assert house.sink.arrived == [], "what was written in the dry run does not pour out when it ends"


def test_a_kind_of_reply_that_asks_waits_for_an_agent(house: RunningHouse) -> None:
    house.configure(rest='[replies.send]\nreceived = "ask"')
    house.dovecot.deliver(house.user, letter(12))
    house.run("once")
    (held,) = house.outbox()
    assert held["state"] == "held"
    assert house.sink.arrived == []
    house.run("people", "add", "olga@desk.example", "Ольга", "--role", "agent")
    house.run("outbox", "--send", str(held["id"]), "--by", "olga@desk.example")
    house.run("once")
    assert len(house.sink.arrived) == 1
    assert "is not held" in house.run("outbox", "--drop", str(held["id"]), "--by", "olga@desk.example", expect=2)


def test_a_changed_uidvalidity_rereads_without_doubles(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(13), letter(14))
    house.run("once")
    house.dovecot.wipe(house.user)
    house.dovecot.deliver(house.user, letter(13), letter(14), letter(15))
    house.run("once")
    assert len(house.tickets()) == 3
    assert len(house.sink.arrived) == 3


def test_a_mailbox_that_cannot_be_read_is_said_and_is_no_empty_mailbox(house: RunningHouse) -> None:
    path = house.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("INBOX", "Нет такой", 1), encoding="utf-8")
    said = house.run("once", expect=1)
    assert "could not be read" in said
    said = house.run("check", expect=2)
    assert "PROBLEM  mailbox info" in said
    assert "ok       smtp" in said


def test_check_finds_everything_well(house: RunningHouse) -> None:
    assert "everything works" in house.run("check")


def test_replay_takes_a_letter_in_from_a_file_once(house: RunningHouse) -> None:
    path = house.folder / "письмо.eml"
    path.write_bytes(letter(16))
    assert "application" in house.run("replay", str(path))
    assert "already taken in" in house.run("replay", str(path))
    assert len(house.tickets()) == 1
