"""`intake run`: the whole process, with IDLE, the pages, a graceful end and a sudden one."""

import json
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT, RunningHouse, letter, sent, signed_in

PATIENCE = 60.0


class Listener:
    """Reads a process's log lines in a thread, so that it never stands still."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process, self.events = process, list[str]()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        if self.process.stderr is not None:
            self.events += [json.loads(line)["event"] for line in self.process.stderr if line.startswith("{")]

    def stop(self) -> int:
        """Ask the process to end, and wait for it."""
        self.process.terminate()
        return self.process.wait(30)


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


@pytest.mark.dovecot
def test_a_letter_is_answered_within_seconds_over_idle_and_the_end_is_graceful(house: RunningHouse) -> None:
    house.dovecot.deliver(house.user, letter(1))
    running = Listener(house.start("run", "--log", "json"))
    _until(lambda: len(house.sink.arrived) == 1, "the letter that was there before")
    start = time.monotonic()
    house.dovecot.deliver(house.user, letter(2))
    _until(lambda: len(house.sink.arrived) == 2, "the letter that came during IDLE")
    assert time.monotonic() - start < 20
    assert running.stop() == 0
    assert {one["state"] for one in house.outbox()} == {"sent"}


@pytest.mark.dovecot
def test_a_mail_server_that_goes_and_comes_back_costs_no_letter(house: RunningHouse) -> None:
    running = Listener(house.start("run", "--log", "json"))
    house.dovecot.deliver(house.user, letter(1))
    _until(lambda: len(house.sink.arrived) == 1, "the first letter")
    house.dovecot.restart()
    house.dovecot.deliver(house.user, letter(2))
    _until(lambda: len(house.sink.arrived) == 2, "the letter after the restart")
    assert running.stop() == 0


@pytest.mark.dovecot
def test_killed_at_random_moments_nothing_is_lost_and_no_ticket_doubled(house: RunningHouse) -> None:
    count, dice = 30, random.Random(20261124)
    house.dovecot.deliver(house.user, *(letter(number) for number in range(count)))
    for _ in range(6):
        process = house.start("run", "--log", "json")
        Listener(process)
        time.sleep(1.5 + dice.random() * 2)  # the moment of the kill is the test's input, nothing is awaited here
        process.kill()
        process.wait(10)
    running = Listener(house.start("run", "--log", "json"))
    _until(lambda: len(house.arrived()) == count, "all replies")
    running.stop()
    names = [one["fields"]["organization_short_name"]["value"] for one in house.tickets()]
    assert sorted(names) == sorted(f"МБОУ СШ № {number}" for number in range(count))
    # Twice only where the server had accepted a reply and the process was killed before it was written down.
    assert sum(house.arrived().values()) <= count + 6


def test_the_settings_as_shipped_show_the_whole_product_in_the_sandbox(tmp_path: Path) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8").replace("port = 8400", "port = 0")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "intake", "--config", str(tmp_path / "config.toml"), "run"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    assert process.stdout is not None
    threading.Thread(target=lambda: lines.extend(process.stdout or []), daemon=True).start()
    try:
        _until(lambda: sum(1 for line in lines if re.match(r"\d{4}-\d+ ", line)) >= 20, "twenty tickets")
        _until(lambda: any(line.startswith("-") and "bulk" in line for line in lines), "the newsletter")
        address = next(re.search(r"http://127\.0\.0\.1:\d+", line) for line in lines if "http://" in line)
        assert address is not None
        account = next(re.search(r"(agent@demo\.example) +(\S+)", line) for line in lines if "agent@demo" in line)
        assert account is not None
        with signed_in(address.group(), account[1], account[2]).open(address.group(), timeout=10) as page:
            assert "К проверке" in page.read().decode()
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.dovecot
def test_the_first_start_prints_a_link_by_which_the_admin_gets_in(house: RunningHouse) -> None:
    process = house.start("run", "--log", "json")
    lines: list[str] = []
    assert process.stdout is not None
    threading.Thread(target=lambda: lines.extend(process.stdout or []), daemon=True).start()
    running = Listener(process)
    try:
        _until(lambda: any("/invitation/" in line for line in lines), "the link")
        link = next(line.strip() for line in lines if "/invitation/" in line)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        form = {"email": "admin@desk.example", "name": "Анна", "password": "четыре случайных слова"}
        page = sent(browser, link, link, **form, again=form["password"])
        assert "К проверке" in page
        assert "Анна" in page
    finally:
        running.stop()
    assert "admin@desk.example" in house.run("people", "list")
    assert re.search(r"/invitation/\S{43}\n", house.run("people", "invite", "admin@desk.example"))
    token = house.run("people", "token", "admin@desk.example", "--scope", "tickets:read", "--scope", "export")
    assert re.match(r"intake_\S{43}\n", token)
    assert "nobody" in house.run("people", "invite", "x@desk.example", expect=2)
