"""What a mail server may answer, and what becomes of the reply then."""

import json
import time

import pytest

from tests.acceptance.house import RunningHouse, letter
from tests.integration.sink import Trouble

pytestmark = pytest.mark.dovecot


def test_a_recipient_refused_for_good_is_shown_and_lies_with_an_agent(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1, phone=""))
    house.sink.troubles.extend([Trouble("550 5.1.1 no such user", "RCPT")] * 2)  # the second address is tried too, once
    house.run("once")
    house.run("once")
    first, second = house.outbox()
    assert {first["state"], second["state"]} == {"refused"}
    assert "no such user" in first["last_error"]
    (ticket,) = house.tickets()
    assert ticket["state"] == "review"
    assert "unreachable" in ticket["flags"]
    assert house.sink.arrived == []


def test_a_busy_server_is_tried_again_with_the_very_same_message(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(2))
    house.sink.troubles.append(Trouble("451 4.3.0 try again later", "RCPT"))
    house.run("once")
    (reply,) = house.outbox()
    assert (reply["state"], reply["tries"]) == ("queued", 1)
    assert house.sink.arrived == []


def test_a_limit_of_the_provider_is_no_refusal(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(3))
    house.sink.troubles.append(Trouble("554 5.7.1 daily sending quota exceeded", "MAIL"))
    house.run("once")
    (reply,) = house.outbox()
    assert reply["state"] == "queued"
    (ticket,) = house.tickets()
    assert ticket["flags"] == []


def test_a_connection_lost_after_the_text_keeps_the_reply_and_its_message_id(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(4))
    house.sink.troubles.append(Trouble(drop=True))
    house.run("once")
    (reply,) = house.outbox()
    assert reply["state"] == "queued"
    assert list(house.arrived()) == [f"<{reply['message_id']}>"]


def test_limits_a_minute_hold_back_what_exceeds_them(house: RunningHouse) -> None:
    text = (house.folder / "config.toml").read_text(encoding="utf-8").replace("per_minute = 100000", "per_minute = 2")
    (house.folder / "config.toml").write_text(text, encoding="utf-8")
    house.dovecot.deliver(house.user, *(letter(number) for number in range(5)))
    house.run("once")
    assert sorted(one["state"] for one in house.outbox()) == ["queued", "queued", "queued", "sent", "sent"]


def test_a_copy_of_each_sent_reply_goes_into_the_sent_folder(house: RunningHouse) -> None:
    house.configure(smtp='sent_folder = "Отправленные"')
    house.dovecot.deliver(house.user, letter(5))
    process = house.start("run", "--log", "json")
    try:
        assert process.stderr is not None
        events = []
        deadline = time.monotonic() + 60
        while "copied" not in events and time.monotonic() < deadline:
            line = process.stderr.readline()
            if line.startswith("{"):
                events.append(json.loads(line)["event"])
        assert events.count("copied") == 1
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert len(house.dovecot.flags(house.user, "Отправленные")) == 1
