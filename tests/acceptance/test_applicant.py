"""The real process: from a letter with a gap over the reply's link to `received`, and from the form to a reply."""

import re
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from tests.acceptance.house import RunningHouse, letter
from tests.acceptance.test_running import PATIENCE, Listener, _until

pytestmark = pytest.mark.dovecot

APPLICATION = {
    "address": "anna@school.example",
    "organization_full_name": "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 5»",
    "organization_short_name": "МБОУ «СШ № 5»",
    "settlement": "г. Казань",
    "region": "Республика Татарстан",
    "admin_full_name": "Сафина Гульнара Маратовна",
    "admin_phone": "8 917 123-45-67",
    "admin_email": "admin@school.example",
}


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url: str, method: str = "GET") -> str:
        request = urllib.request.Request(url, method=method)
        with self._opener.open(request, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, url: str, **values: str) -> str:
        """The page that a sent form leads to."""
        request = urllib.request.Request(url, urlencode(values).encode(), {"Origin": self.site})
        try:
            with self._opener.open(request, timeout=20) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()


@pytest.fixture
def running(house: RunningHouse) -> Iterator[str]:
    """The process, with pages at a known address; yields that address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = house.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("port = 0", f'port = {port}\npublic_url = "http://127.0.0.1:{port}"', 1), encoding="utf-8"
    )
    process = Listener(house.start("run", "--log", "json"))
    yield f"http://127.0.0.1:{port}"
    assert process.stop() == 0


def mails(house: RunningHouse) -> list[EmailMessage]:
    return [message_from_bytes(one.raw, policy=default) for one in house.sink.arrived]


def said(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def dump(house: RunningHouse) -> dict[str, list[tuple[object, ...]]]:
    """The database as it is, but for what the watching of the mailbox writes."""
    with sqlite3.connect(f"file:{house.folder / 'intake.db'}?mode=ro", uri=True) as base:
        names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: base.execute(f'SELECT * FROM "{name}"').fetchall() for name in names if name != "mailbox_state"}  # noqa: S608


def test_a_letter_with_a_gap_its_link_the_page_and_received(house: RunningHouse, running: str) -> None:
    house.dovecot.deliver(house.user, letter(1, phone=""))
    _until(lambda: len(house.sink.arrived) == 1, "the request for the number")
    _until(lambda: [one["state"] for one in house.outbox()] == ["sent"], "the request marked as sent")
    link = re.search(rf"{running}/p/(\S+)", said(mails(house)[0]))
    assert link
    visitor, before = Visitor(running), dump(house)
    for _ in range(3):  # a mail scanner
        assert "Осталось заполнить одно поле" in visitor.get(link[0])
        visitor.get(link[0], "HEAD")
    assert dump(house) == before
    (ticket,) = house.tickets()
    form = {"number": ticket["number"], "token": link[1]}
    assert "городской номер" in visitor.post(link[0], **form, admin_phone="8 (843) 555-12-34")
    assert "больше ничего не нужно" in visitor.post(link[0], **form, admin_phone="8 917 123-45-67")
    _until(lambda: len(house.sink.arrived) == 2, "the acknowledgement")
    last = mails(house)[-1]
    assert last["To"] == "school1@school1.example"
    assert "+7 917 123-45-67" in said(last).replace("\N{NO-BREAK SPACE}", " ")
    (ticket,) = house.tickets()
    assert (ticket["state"], ticket["fields"]["admin_phone"]["value"]) == ("review", "+79171234567")
    assert visitor.get(link[0]).count("больше ничего не нужно") == 1


def test_the_form_becomes_a_ticket_with_a_reply_once_however_often_it_is_sent(
    house: RunningHouse, running: str
) -> None:
    visitor = Visitor(running)
    _until(lambda: bool(_page(visitor, running)), "the form")
    token = re.search(r'name="token" value="(\w+)"', visitor.get(f"{running}/form"))
    assert token
    form = {"what": "application", "token": token[1], "website": "", **APPLICATION}
    page, deadline = "", time.monotonic() + PATIENCE
    while "мы получили ваше обращение" not in page:  # the first try comes too soon for a person
        assert time.monotonic() < deadline, page
        page = visitor.post(f"{running}/form", **form)
    again = visitor.post(f"{running}/form", **form)
    _until(lambda: len(house.sink.arrived) == 1, "the reply")
    (ticket,) = house.tickets()
    assert (ticket["state"], ticket["fields"]["admin_phone"]["value"]) == ("review", "+79171234567")
    assert ticket["number"] in page
    assert ticket["number"] in again
    assert mails(house)[0]["To"] == "anna@school.example"


def _page(visitor: Visitor, site: str) -> str:
    try:
        return visitor.get(f"{site}/form")
    except OSError:
        return ""


def test_a_ticket_by_hand_is_answered_where_there_is_an_address_and_alarms_nobody_where_there_is_none(
    house: RunningHouse,
) -> None:
    house.run("people", "add", "olga@desk.example", "Ольга", "--role", "agent")
    by = ("--by", "olga@desk.example")
    fields = [f"{name}={value}" for name, value in APPLICATION.items() if name != "address"]
    printed = house.run("enter", "--via", "phone", *by, *fields)
    (ticket,) = house.tickets()
    assert printed.startswith(f"{ticket['number']}: review, no reply")
    assert (ticket["state"], ticket["flags"], ticket["replies"]) == ("review", [], [])
    gap = [one for one in fields if not one.startswith("admin_phone")]
    printed = house.run("enter", "--via", "paper", *by, "--from", "anna@school.example", *gap)
    assert "waiting, lacks admin_phone, reply: missing to anna@school.example" in printed
    house.run("once")
    assert [one["To"] for one in mails(house)] == ["anna@school.example"]
    paper = house.folder / "paper.txt"
    paper.write_text("Как родителю получить приглашение от ребёнка?", encoding="utf-8")
    assert "no reply" in house.run("enter", "--via", "paper", *by, "--file", str(paper))
    assert house.run("log").count("enter") == 3


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("--by", "nobody@desk.example", "settlement=г. Клин"), "nobody who works here"),
        (("settlement=г. Клин",), "say who acts"),
        (("--by", "olga@desk.example"), "nothing to take down"),
        (("--by", "olga@desk.example", "town=Клин"), "the fields are"),
        (("--by", "olga@desk.example", "--from", "anna@", "settlement=г. Клин"), "anna@"),
        (("--by", "olga@desk.example", "--file", "none.txt"), "cannot be read"),
    ],
)
def test_mistakes_of_entering_are_said_in_a_sentence(house: RunningHouse, words: tuple[str, ...], cure: str) -> None:
    house.run("people", "add", "olga@desk.example", "Ольга", "--role", "agent")
    printed = house.run("enter", "--via", "phone", *words, expect=2)
    assert cure in printed
    assert "Traceback" not in printed
    assert house.tickets() == []
