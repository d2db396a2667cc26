"""Answer addresses of a thread's own: only when switched on and proved; then an answer needs no Message-ID at all."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from intake import probing
from intake.bootstrap import House
from intake.events import Events
from intake.settings import load
from rules.errors import SettingsError
from tests.acceptance.house import SECRET, RunningHouse, letter
from tests.integration.sink import Trouble

pytestmark = pytest.mark.dovecot

ON = "[replies]\nsub_address = true"


@contextmanager
def feeding_back(house: RunningHouse, *, sub_addresses: bool = True) -> Iterator[None]:
    """What is sent to ourselves arrives in our mailbox, as a mail server delivers it."""
    stopping = threading.Event()

    def feed() -> None:
        fed = 0
        while not stopping.wait(0.1):
            for one in house.sink.arrived[fed:]:
                fed += 1
                local, _, domain = one.rcpt_tos[0].rpartition("@")
                base = local.partition("+")[0]
                if f"{base}@{domain}" == house.user and (sub_addresses or "+" not in local):
                    house.dovecot.deliver(house.user, b"Delivered-To: " + house.user.encode() + b"\r\n" + one.raw)

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)


def prove(house: RunningHouse) -> str:
    with feeding_back(house):
        return house.run("check", "--probe")


def test_a_probe_that_arrives_is_said_remembered_and_becomes_no_ticket(house: RunningHouse) -> None:
    said = prove(house)
    assert "sub-addresses: a letter to" in said
    assert "may be set to true" in said
    house.run("once")
    assert house.tickets() == []
    assert len(house.sink.arrived) == 1, "nothing answers the probe"
    with sqlite3.connect(house.folder / "intake.db") as database:
        kinds = database.execute("SELECT kind FROM message").fetchall()
    assert kinds == [("auto_reply",)]
    house.configure(rest=ON)
    assert "proved by a probe" in house.run("check")


def test_an_answer_to_the_threads_own_address_finds_it_without_any_message_id(house: RunningHouse) -> None:
    prove(house)
    house.configure(rest=ON)
    house.dovecot.deliver(house.user, letter(1, phone=""))
    house.run("once")
    asked = message_from_bytes(house.sink.arrived[-1].raw, policy=default)
    local, _, domain = house.user.partition("@")
    to = asked["Reply-To"].addresses[0]
    assert to.addr_spec.startswith(f"{local}+")
    assert to.domain == domain
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "school1@school1.example", to.addr_spec.upper(), "телефон"
    answer.set_content("8 917 765-43-21")
    house.dovecot.deliver(house.user, answer.as_bytes())
    house.run("once")
    (ticket,) = house.tickets()
    assert ticket["state"] == "review"
    assert ticket["fields"]["admin_phone"]["value"] == "+79177654321"
    assert ticket["fields"]["admin_phone"]["status"] == "ok"


def test_a_forged_address_opens_no_thread(house: RunningHouse) -> None:
    prove(house)
    house.configure(rest=ON)
    house.dovecot.deliver(house.user, letter(1, phone=""))
    house.run("once")
    asked = message_from_bytes(house.sink.arrived[-1].raw, policy=default)
    right = asked["Reply-To"].addresses[0].addr_spec
    last = right.index("@") - 1
    forged = f"{right[:last]}{'a' if right[last] != 'a' else 'b'}{right[last + 1 :]}"
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "stranger@example.org", forged, "телефон"
    answer.set_content("8 917 765-43-21")
    house.dovecot.deliver(house.user, answer.as_bytes())
    house.run("once")
    by_sender = {one["applicant"]: one for one in house.tickets()}
    assert len(by_sender) == 2
    assert by_sender["school1@school1.example"]["fields"]["admin_phone"]["status"] == "missing"


def test_switched_on_and_not_proved_it_is_not_used_and_check_says_so(house: RunningHouse) -> None:
    house.configure(rest=ON)
    house.dovecot.deliver(house.user, letter(1))
    house.run("once")
    assert message_from_bytes(house.sink.arrived[0].raw)["Reply-To"] is None
    assert "has no effect yet" in house.run("check", expect=2)


def test_off_it_is_not_used_though_proved(house: RunningHouse) -> None:
    prove(house)
    house.dovecot.deliver(house.user, letter(1))
    house.run("once")
    assert message_from_bytes(house.sink.arrived[-1].raw)["Reply-To"] is None


def test_a_server_that_refuses_the_probe_takes_the_proof_back(house: RunningHouse) -> None:
    prove(house)
    house.configure(rest=ON)
    house.sink.troubles.append(Trouble("550 5.1.1 no such user", "RCPT"))
    said = house.run("check", "--probe", expect=2)
    assert "no such user" in said
    assert "must stay false" in said
    house.dovecot.deliver(house.user, letter(1))
    house.run("once")
    assert message_from_bytes(house.sink.arrived[-1].raw)["Reply-To"] is None


def test_a_probe_that_does_not_arrive_is_said(house: RunningHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, house.dovecot.password)
    wired = House(load(house.folder / "config.toml"), Events())
    with (
        feeding_back(house, sub_addresses=False),
        pytest.raises(SettingsError, match=r"did not arrive within 2 s.*must stay false"),
    ):
        probing.prove(wired, seconds=2)
    assert probing.proved_at(wired.store, house.user) is None
    assert len(house.sink.arrived) == 1


def test_without_the_word_no_probe_is_sent(house: RunningHouse) -> None:
    house.run("check")
    assert house.sink.arrived == []
