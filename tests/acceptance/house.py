"""The real process on real servers: settings files, commands and counts taken from outside.

Counts come from Dovecot, from the command line's JSON and from the sink, never from the product's own log.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.dovecot import Dovecot
from tests.integration.sink import Sink

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "INTAKE_ACCEPTANCE_PASSWORD"
COMMAND_SECONDS = 120


@dataclass
class RunningHouse:
    """One settings file in a folder of its own, a user of Dovecot and a sink. `program`: what is run, by Python."""

    folder: Path
    dovecot: Dovecot
    sink: Sink
    user: str
    program: tuple[str, ...] = ("-m", "intake")

    def configure(self, *, mailbox: str = "", smtp: str = "", rest: str = "", database: str = "") -> None:
        """Write the settings file; the extra lines go into the tables of those names."""
        url = database or "sqlite:///intake.db"
        (self.folder / "config.toml").write_text(
            f"""
[desk]
address = "{self.user}"
key_file = "intake.key"
port = 0
[database]
url = "{url}"
[[mailbox]]
name = "info"
host = "{self.dovecot.host}"
port = {self.dovecot.tls_port}
ca_file = "{self.dovecot.ca_file}"
user = "{self.user}"
password_env = "{SECRET}"
since = "all"
folders = ["INBOX"]
timeout_seconds = 10
{mailbox}
[smtp]
host = "127.0.0.1"
port = {self.sink.port}
security = "plain"
per_minute = 100000
per_day = 1000000
lease_seconds = 5
{smtp}
{rest}
""",
            encoding="utf-8",
        )

    def start(
        self, *words: str, fault: str = "", environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start one command; `fault` kills it right after that event, `environment` is added to its own."""
        whole = os.environ | {SECRET: self.dovecot.password} | (environment or {})
        if fault:
            whole["INTAKE_FAULT"] = fault
        return subprocess.Popen(
            [sys.executable, *self.program, "--config", str(self.folder / "config.toml"), *words],
            cwd=ROOT,
            env=whole,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, fault: str = "", expect: int | None = 0, at: datetime | None = None) -> str:
        """Run one command to its end and return what it printed; `at` is the time it believes it is."""
        clock = moved_clock(f"@{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}") if at else None
        process = self.start(*words, fault=fault, environment=clock)
        out, err = process.communicate(timeout=COMMAND_SECONDS)
        if expect is not None:
            assert process.returncode == expect, (process.returncode, out, err)
        return out + err

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets as the command line gives them."""
        done: list[dict[str, Any]] = json.loads(self.run("tickets", "--json"))
        return done

    def outbox(self) -> list[dict[str, Any]]:
        """All replies as the command line gives them."""
        done: list[dict[str, Any]] = json.loads(self.run("outbox", "--json"))
        return done

    def arrived(self) -> Counter[str]:
        """How often each Message-ID has arrived at the sink."""
        return Counter(str(message_from_bytes(one.raw)["Message-ID"]) for one in self.sink.arrived)


def moved_clock(moment: str) -> dict[str, str]:
    """The environment in which a process believes that it is another time: libfaketime's own spelling, or a file's name.

    Only the wall clock is moved; what measures how long something takes stays true. Skips the test without libfaketime.
    """
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        if os.environ.get("CI") == "true":
            pytest.fail("libfaketime is not on this machine: install the package libfaketime")
        pytest.skip("libfaketime is not on this machine: install the package libfaketime")
    where = "FAKETIME_TIMESTAMP_FILE" if moment.startswith("/") else "FAKETIME"
    return {
        "LD_PRELOAD": str(found[0]),
        where: moment,
        "TZ": "UTC",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }


def letter(number: int, *, phone: str = "8 917 123-45-67", sender: str = "", subject: str = "") -> bytes:
    """A complete application of its own organisation and sender."""
    message = EmailMessage()
    message["From"] = sender or f"school{number}@school{number}.example"
    message["To"] = "info@sferum.ru"
    message["Subject"] = subject or "СФЕРУМ: Регистрация организации"
    message["Message-ID"] = f"<letter-{number}@school{number}.example>"
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0300"
    lines = [
        "Здравствуйте!",
        "",
        f"Полное название: Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № {number}»",
        f"Сокращённое название: МБОУ СШ № {number}",
        "Населённый пункт: г. Казань",
        "Субъект РФ: Республика Татарстан",
        "ФИО администратора: Сафина Гульнара Маратовна",
        f"Мобильный телефон: {phone}",
        f"Email: admin{number}@school{number}.example",
    ]
    message.set_content("\n".join(line for line in lines if phone or not line.startswith("Мобильный")))
    return message.as_bytes()


def signed_in(address: str, email: str, password: str) -> urllib.request.OpenerDirector:
    """A browser that has signed in at the desk."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    sent(browser, f"{address}/sign-in", f"{address}/sign-in", email=email, password=password)
    return browser


def sent(browser: urllib.request.OpenerDirector, page: str, to: str, **values: str) -> str:
    """Send a form as it stands on a page; the page that comes of it."""
    with browser.open(page, timeout=30) as asked:
        token = re.search(r'name="token" value="(\w+)"', asked.read().decode())
    assert token
    form = urlencode({"token": token[1], **values}).encode()
    with browser.open(to, form, timeout=30) as answer:
        done: str = answer.read().decode()
    return done
