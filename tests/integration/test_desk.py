"""The desk's pages over a real SQLite store, asked as a browser would: what they say, what they refuse, what stays dead."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from intake.desk import make_app
from intake.desk.pages.sandbox import EXAMPLE, SUBJECT
from intake.parsing import parse
from intake.settings import Desk
from rules.application import Application, FieldName, FieldValue, Reading, Source, Status
from rules.errors import MailboxUnreachable
from rules.fields_words import Words
from rules.judgement import Flag, Judgement, Kind, ReplyKind, TicketPlan, Topic
from rules.message import Message
from rules.quotes_data import QuotePhrases
from rules.ticket import State
from store.engine import open_engine
from store.records import Bookmark, ComposedReply, RawMessage
from store.schema import migrate
from store.unit_of_work import Store
from tests.integration.letting_in import KEY, let_in

DATA = Path(__file__).resolve().parents[2] / "rules" / "data"
WORDS = Words.load(DATA / "words.toml")
QUOTES = QuotePhrases.load(DATA / "quotes.toml")
NOW = datetime(2026, 11, 20, 11, 40, tzinfo=UTC)  # Friday, 14:40 in Moscow
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
LETTER = """Здравствуйте!
Муниципальное бюджетное общеобразовательное учреждение «Школа № 5»
МБОУ «Школа № 5», г. Тула, Тульская область
Иванова Мария Петровна
тел. 8 900 000-00-00, school@example.ru
"""


def letter(text: str = LETTER, subject: str = SUBJECT, sender: str = "Мария <school@example.ru>") -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "info@sferum.ru", subject
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@example.ru>"
    mail.set_content(text)
    return mail.as_bytes()


def read_letter(raw: bytes) -> Message:
    """A letter as the product parses it."""
    return parse(raw, QUOTES)


def said(value: str, written: str = "", status: Status = Status.OK, reason: str = "", code: str = "") -> FieldValue:
    written = written or value
    start = LETTER.find(written)
    source = Source("body", start, start + len(written)) if start >= 0 else None
    usable = status in {Status.OK, Status.DOUBTFUL}
    return FieldValue(value if usable else None, status, reason, written, code, source)


APPLICATION = Application(
    organization_full_name=said("Муниципальное бюджетное общеобразовательное учреждение «Школа № 5»"),
    organization_short_name=said("МБОУ «Школа № 5»"),
    settlement=said("г. Тула"),
    region=said("Тульская область", code="71"),
    admin_full_name=said("Иванова Мария Петровна"),
    admin_phone=said("+79000000000", "8 900 000-00-00", Status.DOUBTFUL, "two candidates"),
    admin_email=said("school@example.ru"),
)
LACKING = APPLICATION.having(FieldName.EMAIL, FieldValue()).having(
    FieldName.PHONE, FieldValue(None, Status.INVALID, "landline", "8 (487) 200-00-00")
)


@dataclass
class House:
    """A store with letters in it, and the desk over it."""

    store: Store
    dropped: list[bytes] = field(default_factory=list)
    failing: Exception | None = None
    uid: int = 0

    def client(self, *, sandbox: bool = True, now: datetime = NOW) -> TestClient:
        app = make_app(
            store=self.store,
            desk=Desk(),
            now=lambda: now,
            drop=self.drop if sandbox else None,
            words=WORDS,
            read_letter=read_letter,
            key=KEY,
        )
        client = TestClient(
            app, base_url="http://127.0.0.1:8400", raise_server_exceptions=False, follow_redirects=False
        )
        return let_in(client, self.store, now)

    def drop(self, raw: bytes) -> None:
        if self.failing:
            raise self.failing
        self.dropped.append(raw)

    def keep(self, raw: bytes, at: datetime = NOW) -> int:
        self.uid += 1
        one = RawMessage(
            mailbox="info",
            folder="INBOX",
            uid_validity=1,
            uid=self.uid,
            received_at=at,
            kept_at=at,
            size=len(raw),
            content=raw,
        )
        mark = Bookmark(mailbox="info", folder="INBOX", uid_validity=1, last_uid=self.uid)
        with self.store.writing() as work:
            work.messages.keep([one], mark)
            return work.messages.next_kept(1, NOW)[0]

    def take_in(
        self,
        raw: bytes,
        *,
        number: str = "",
        state: State = State.REVIEW,
        kind: Kind = Kind.APPLICATION,
        topic: Topic | None = None,
        application: Application | None = APPLICATION,
        flags: frozenset[Flag] = frozenset(),
        reply: ReplyKind | None = ReplyKind.RECEIVED,
        held: str = "",
        at: datetime = NOW - timedelta(hours=2),
        due: datetime = NOW + timedelta(hours=3, minutes=20),
    ) -> None:
        raw_id, message = self.keep(raw, at), read_letter(raw)
        plan = TicketPlan(number=None, kind=kind, topic=topic, state=state, application=application, flags=flags)
        composed = ComposedReply(
            kind=reply or ReplyKind.RECEIVED,
            round=1,
            message_id=f"{secrets.token_hex(8)}@sferum.ru",
            recipient=message.sender.address if message.sender else "",
            subject=f"Re: {message.subject}",
            text="Заявка получена.",
            html="<p>Заявка получена.</p>",
            held=held,
        )
        judgement = Judgement(
            kind=kind, topic=topic, tickets=(plan,) if number else (), turn=bool(number) and state is State.REVIEW
        )
        with self.store.writing() as work:
            work.carry_out(
                raw_id,
                message,
                Reading((application,) if application else ()),
                judgement,
                thread_key=secrets.token_hex(6),
                expected_version=None,
                numbers=[number] if number else [],
                received_at=at,
                due_at=due,
                composed=composed if reply and number else None,
                now=at,
            )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    migrate(engine)
    store = Store(engine)
    yield House(store)
    store.close()


def plain(page: str) -> str:
    """What a reader sees of a page, on one line."""
    text = re.sub(r"<[^>]*>", " ", page.replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(text.split())


# --- the queue -------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_that_nothing_is_to_be_done(house: House) -> None:
    client = house.client()
    assert "Проверять нечего" in client.get("/").text
    for tab in ("waiting", "questions", "finished", "other", "failed", "nonsense"):
        page = client.get("/", params={"tab": tab})
        assert page.status_code == 200
        assert 'class="empty"' in page.text


def test_the_queue_tells_what_to_look_at_the_reply_and_when_it_is_due(house: House) -> None:
    house.take_in(letter(), number="2611-1")
    text = plain(house.client().get("/").text)
    assert "2611-1 МБОУ «Школа № 5» Тульская область проверить: мобильный телефон" in text
    assert "заявка получена в очереди 12:40 осталось 3 ч 20 мин (до 18:00)" in text


def test_each_ticket_lies_under_its_tab_and_is_counted_there(house: House) -> None:
    house.take_in(letter(), number="2611-1")
    house.take_in(letter(), number="2611-2", state=State.WAITING, application=LACKING, reply=ReplyKind.MISSING)
    house.take_in(letter(), number="2611-3", kind=Kind.QUESTION, topic=Topic.PARENT, application=None)
    house.take_in(letter(), number="2611-4", state=State.CLOSED, reply=None)
    house.take_in(letter("Купите слона", "Скидки"), kind=Kind.BULK, application=None)
    client = house.client()
    tabs = plain(client.get("/").text)
    assert "К проверке 2 Ждём заявителя 1 Вопросы 1 Завершённые 1 Прочее 1 Не разобрано 0" in tabs
    waiting = plain(client.get("/?tab=waiting").text)
    assert "не подходит: мобильный телефон не хватает: электронная почта" in waiting
    assert "2611-3" in client.get("/?tab=questions").text
    assert "2611-1" not in client.get("/?tab=questions").text
    assert "2611-4" in client.get("/?tab=finished").text
    assert "Скидки" in client.get("/?tab=other").text


def test_a_message_set_aside_shows_its_last_error_line_and_alarms_its_tab(house: House) -> None:
    raw_id = house.keep(letter())
    plan = TicketPlan(number=None, kind=Kind.UNREADABLE, topic=None, state=State.REVIEW, application=None)
    with house.store.writing() as work:
        work.set_aside(
            raw_id,
            "Traceback:\n  in take_in\nValueError: no such thing",
            Judgement(kind=Kind.UNREADABLE, tickets=(plan,), turn=True),
            thread_key="k",
            numbers=["2611-9"],
            received_at=NOW,
            due_at=NOW,
            now=NOW,
        )
    page = house.client().get("/?tab=failed").text
    assert "ValueError: no such thing" in page
    assert "in take_in" not in page
    assert "2611-9" in page
    assert 'class="alarm"' in page


def test_a_mailbox_that_cannot_be_read_is_said_in_words_on_top(house: House) -> None:
    with house.store.writing() as work:
        work.mailboxes.looked("info", NOW - timedelta(minutes=8))
        work.mailboxes.could_not_look("info", "the server does not answer", NOW - timedelta(minutes=5))
    text = plain(house.client().get("/").text)
    assert "Ящик info не читается с 14:35: the server does not answer" in text
    assert "Ящик info смотрели в 14:32" in text


def test_the_queue_is_cut_into_pages(house: House) -> None:
    for serial in range(51):
        house.take_in(
            letter(f"письмо {serial}"), number=f"2611-{serial}", reply=None, due=NOW + timedelta(minutes=serial)
        )
    client = house.client()
    first, second = client.get("/").text, client.get("/?tab=review&page=2").text
    assert "2611-49" in first
    assert "2611-50" not in first
    assert "page=2" in first
    assert "2611-50" in second
    for nonsense in ("0", "-1", "abc", "9" * 5000, "²"):
        assert client.get("/", params={"page": nonsense}).status_code == 200


def test_the_queue_refreshes_itself_in_the_sandbox_only_and_can_be_told_not_to(house: House) -> None:
    assert 'http-equiv="refresh"' in house.client().get("/").text
    assert 'http-equiv="refresh"' not in house.client().get("/?still=1").text
    assert 'http-equiv="refresh"' not in house.client(sandbox=False).get("/").text


# --- one ticket ------------------------------------------------------------------------------------------------------


def test_a_ticket_shows_the_letter_with_its_values_marked_and_why_to_look(house: House) -> None:
    house.take_in(letter(), number="2611-1")
    page = house.client().get("/tickets/2611-1").text
    assert re.search(
        r'<mark[^>]*title="мобильный телефон"><span id="m6"></span>8 900 000-00-00<sup>6</sup></mark>', page
    )
    assert len(re.findall(r'id="m\d"', page)) == 7
    text = plain(page)
    assert "+7 900 000-00-00" in text
    assert "вариантов было несколько" in text
    assert "Тульская область (71)" in text
    assert "осталось 3 ч 20 мин (до 18:00)" in text
    assert "Заявка получена." in text


def test_what_is_missing_and_what_cannot_be_used_is_said_with_the_reason(house: House) -> None:
    house.take_in(letter(), number="2611-2", state=State.WAITING, application=LACKING, reply=ReplyKind.MISSING)
    text = plain(house.client().get("/tickets/2611-2").text)
    assert "8 (487) 200-00-00 это городской номер" in text
    assert "Электронная почта не найдено" in text


def test_a_held_reply_says_what_it_waits_for(house: House) -> None:
    house.take_in(letter(), number="2611-1", held="ждёт согласия сотрудника")
    for path in ("/tickets/2611-1", "/outbox"):
        assert "ждёт согласия сотрудника" in house.client().get(path).text


def test_a_refused_reply_says_what_the_server_answered(house: House) -> None:
    house.take_in(letter(), number="2611-1")
    with house.store.writing() as work:
        reply = work.outbox.list(1)[0]
        work.outbox.claim(1, NOW, "test", 60)
        work.outbox.refused(reply.id, "550 no such user <x>", NOW)
    page = house.client().get("/outbox").text
    assert "сервер отказал" in page
    assert "550 no such user &lt;x&gt;" in page


@pytest.mark.parametrize("number", ["2611-77", "abc", "..%2f..%2fetc", "2611-1'--", "%00", "9" * 3000])
def test_a_ticket_that_is_not_there_is_a_page_in_words(house: House, number: str) -> None:
    page = house.client().get(f"/tickets/{number}")
    assert page.status_code == 404
    assert "Такой страницы нет" in page.text


def test_nothing_from_a_letter_is_ever_live(house: House) -> None:
    evil = APPLICATION.having(FieldName.SHORT_NAME, FieldValue(HOSTILE, Status.DOUBTFUL, HOSTILE, HOSTILE))
    house.take_in(
        letter(HOSTILE, HOSTILE, 'x" onmouseover="y <school@example.ru>'),
        number="2611-1",
        application=evil,
        held=HOSTILE,
    )
    house.take_in(letter(HOSTILE, HOSTILE), kind=Kind.BULK, application=None)
    with house.store.writing() as work:
        work.mailboxes.could_not_look(HOSTILE, HOSTILE, NOW)
    client = house.client()
    for path in ("/", "/?tab=other", "/tickets/2611-1", "/outbox"):
        page = client.get(path).text
        assert "<script" not in page
        assert "<img" not in page
        assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', page))


# --- the sandbox -----------------------------------------------------------------------------------------------------


def filled(client: TestClient, **changes: str) -> dict[str, str]:
    page = client.get("/sandbox").text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    form = {"address": "school@example.ru", "name": "Мария", "subject": SUBJECT, "text": EXAMPLE, "token": token[1]}
    return form | changes


def test_the_form_drops_the_letter_as_an_applicant_would_send_it(house: House) -> None:
    client = house.client()
    answer = client.post("/sandbox", data=filled(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/sandbox/sent")
    mail = message_from_bytes(house.dropped[0], policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Мария <school@example.ru>", "info@sferum.ru", SUBJECT)
    assert mail["Message-ID"]
    assert mail["Date"].datetime == NOW
    assert mail.get_content().replace("\r\n", "\n").strip() == EXAMPLE.strip()
    assert "Через несколько секунд" in client.get("/sandbox/sent").text


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a\r\nBcc: all@example.ru", "name": "b\nX-Evil: 1"},
        {"subject": "\x00\x1b[31m\u202e" + "д" * 400, "name": '"; <evil@example.com>, '},
        {"text": "\r\n.\r\nMAIL FROM:<x>\r\n" + "ы" * 5000},
        {"text": "\x00\ud7ff" + "\U0001f3eb"},
    ],
)
def test_no_input_adds_a_header_or_a_recipient(house: House, changes: dict[str, str]) -> None:
    client = house.client()
    assert client.post("/sandbox", data=filled(client, **changes)).status_code == 303
    mail = message_from_bytes(house.dropped[0], policy=policy.default)
    allowed = {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    }
    assert {name.lower() for name in mail.keys()} == allowed  # noqa: SIM118 - a message is no mapping
    assert [one.addr_spec for one in mail["From"].addresses] == ["school@example.ru"]


@pytest.mark.parametrize(
    "address", ["", "school", "a@b\nBcc: c@d", "a b@c.ru", "<a@b.ru>", "a@b.ru, c@d.ru", "a@" + "б" * 80]
)
def test_an_impossible_address_is_pointed_out_and_nothing_typed_is_lost(house: House, address: str) -> None:
    client = house.client()
    answer = client.post("/sandbox", data=filled(client, address=address, text="моё письмо"))
    assert answer.status_code == 422
    assert "Так адрес не пишут" in answer.text
    assert "моё письмо" in answer.text
    assert house.dropped == []


def test_a_form_from_elsewhere_is_refused_and_keeps_what_was_typed(house: House) -> None:
    client = house.client()
    stranger = house.client()
    form = filled(client, text="моё письмо")
    refused = [
        client.post("/sandbox", data=form | {"token": "0" * 64}),
        client.post("/sandbox", data=form | {"token": "ы"}),
        client.post("/sandbox", data=form, headers={"Sec-Fetch-Site": "cross-site"}),
        stranger.post("/sandbox", data=form),
    ]
    for answer in refused:
        assert answer.status_code == 403
        assert "моё письмо" in answer.text
    assert house.dropped == []


def test_a_form_beyond_the_limit_is_refused(house: House) -> None:
    client = house.client()
    assert client.post("/sandbox", data=filled(client, text="a" * 1_000_001)).status_code == 413
    assert client.post("/sandbox", data=filled(client, text="a" * 150_001)).status_code == 422
    assert house.dropped == []


def test_a_sandbox_that_does_not_answer_keeps_what_was_typed(house: House) -> None:
    house.failing = MailboxUnreachable("gone")
    client = house.client()
    answer = client.post("/sandbox", data=filled(client, text="моё письмо"))
    assert answer.status_code == 503
    assert "моё письмо" in answer.text


def test_outside_the_sandbox_there_is_no_form_and_no_link_to_it(house: House) -> None:
    client = house.client(sandbox=False)
    assert 'href="/sandbox"' not in client.get("/").text
    for answer in (client.get("/sandbox"), client.post("/sandbox", data={"text": "x"})):
        assert answer.status_code == 404
        assert "Песочница выключена" in answer.text


# --- the door --------------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_headers_errors_too(house: House) -> None:
    client = house.client()
    answers = [client.get(path) for path in ("/", "/outbox", "/sandbox", "/nowhere", "/static/desk.css", "/healthz")]
    answers += [client.post("/"), client.get("/", headers={"Host": "evil.example"}), client.get("/openapi.json")]
    house.failing = RuntimeError("boom")
    answers.append(client.post("/sandbox", data=filled(client)))
    assert answers[-1].status_code == 500
    for answer in answers:
        sources = answer.headers["content-security-policy"]
        assert (
            sources
            == "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "boom" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8400", "localhost:1", "[::1]:8400", "LOCALHOST"])
def test_loopback_names_are_served(house: House, host: str) -> None:
    assert house.client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "[::1", "10.0.0.1", "a@localhost"]
)
def test_other_names_are_refused_before_any_page(house: House, host: str) -> None:
    answer = house.client().get("/", headers={"Host": host})
    assert (answer.status_code, "Очередь" in answer.text) == (421, False)


def test_pages_are_not_kept_by_browsers_and_need_nothing_from_elsewhere(house: House) -> None:
    house.take_in(letter(), number="2611-1")
    client = house.client()
    for path in ("/", "/tickets/2611-1", "/outbox", "/sandbox"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert not re.findall(r'(?:src|href|action)="(?!/|#)', answer.text)
        assert " style=" not in answer.text
        assert "<script" not in answer.text
    style = re.search(r'href="(/static/desk\.css\?v=\w+)"', client.get("/").text)
    assert style
    assert client.get(style[1]).headers["content-type"].startswith("text/css")


# --- health and speed ------------------------------------------------------------------------------------------------


def test_health_is_ok_then_degraded_and_names_no_error(house: House) -> None:
    client = house.client()
    assert client.get("/healthz").json() == {
        "status": "ok",
        "database": "ok",
        "mailboxes": [],
        "outbox_pending": 0,
        "set_aside": 0,
    }
    house.take_in(letter(), number="2611-1")
    with house.store.writing() as work:
        work.mailboxes.could_not_look("info", "password wrong", NOW)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["outbox_pending"]) == (200, "degraded", 1)
    assert "password" not in answer.text


def test_without_a_database_health_is_down_and_pages_say_so(house: House, tmp_path: Path) -> None:
    client = house.client()
    house.store.close()
    for name in ("intake.db", "intake.db-wal", "intake.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "intake.db").mkdir()
    assert client.get("/healthz").status_code == 503
    page = client.get("/")
    assert page.status_code == 503
    assert "База данных не отвечает" in page.text


def p95(ask: Callable[[], object]) -> float:
    """Seconds that 95 % of 40 questions take at most."""
    times = []
    for _ in range(40):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return sorted(times)[37]


def test_pages_are_quick_with_many_tickets(house: House) -> None:
    for serial in range(60):
        house.take_in(letter(f"{LETTER}{serial}"), number=f"2611-{serial}")
    client = house.client()
    for path in ("/", "/tickets/2611-7", "/outbox", "/sandbox"):
        took = p95(partial(client.get, path))
        print(f"{path}: p95 {took * 1000:.1f} ms")  # noqa: T201 - the figure is the point
        assert took < 0.5  # the aim is 60 ms; a shared machine may be slow, a quadratic page is slower
