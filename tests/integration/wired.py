"""The whole desk in one process, without servers: real rules and templates over a real store, mail handed over in memory.

The clock is the test's. Letters are raw messages as a mailbox would give them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from functools import cache
from typing import Any

from intake.attachments import Extractor
from intake.bootstrap import RULES, TEMPLATES, public_domains, rule_book
from intake.casework import Casework
from intake.compose import Composer
from intake.events import Events
from intake.notices import Noticer
from intake.pipeline import Intake, Outcome
from intake.replying import Replier
from intake.sending import Postman
from intake.settings import Desk, Notices, Smtp
from intake.timers import Timers
from intake.tokens import Tokens
from rules.book import RuleBook
from rules.calendar import WorkingCalendar
from rules.case import Conduct
from rules.delivery import Accepted, Handover
from rules.people import Role
from rules.waiting import Patience
from store.records import Bookmark, RawMessage, ReplyRecord, TicketRecord
from store.unit_of_work import Store

OURS = "info@sferum.ru"
AGENT, OTHER_AGENT, MANAGER = "olga@desk.example", "pavel@desk.example", "irina@desk.example"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DESK = Desk(address=OURS)
SMTP = Smtp(host="127.0.0.1", port=2525, security="plain", per_minute=100_000, per_day=1_000_000)
FULL = {
    "Полное название": "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 25»",
    "Сокращённое название": "МБОУ СШ № 25",
    "Населённый пункт": "г. Казань",
    "Субъект РФ": "Республика Татарстан",
    "ФИО администратора": "Сафина Гульнара Маратовна",
    "Мобильный телефон": "8 917 123-45-67",
    "Email": "admin@school5.example",
}


@dataclass(frozen=True)
class Parts:
    """What takes long to make, made once for all tests."""

    book: RuleBook
    replier: Replier
    noticer: Noticer
    calendar: WorkingCalendar
    extractor: Extractor
    public: frozenset[str]


@cache
def parts() -> Parts:
    book, tokens = rule_book(), Tokens(b"k" * 32)
    composer = Composer(TEMPLATES / "replies", book.words, DESK.zone)
    return Parts(
        book=book,
        replier=Replier(composer, tokens, DESK, lambda key: f"https://desk.example/p/{tokens.link(key)}"),
        noticer=Noticer(TEMPLATES / "notices", book.words, DESK, tokens),
        calendar=WorkingCalendar(DESK.zone),
        extractor=Extractor(),
        public=public_domains(RULES / "public_mail.txt"),
    )


@dataclass
class Hand:
    """What stands for the mail server: takes everything, unless told otherwise of an address."""

    answers: dict[str, Handover] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, raw: bytes, _: str, recipient: str) -> Handover:
        answer = self.answers.get(recipient.casefold(), Accepted("250 OK"))
        if isinstance(answer, Accepted):
            self.taken.append((recipient, raw))
        return answer


@dataclass
class WiredDesk:
    """One desk over one store, with a hand on its clock."""

    store: Store
    now: datetime = MONDAY
    conduct: Conduct = field(default_factory=Conduct)
    hand: Hand = field(default_factory=Hand)
    uid: int = 0

    def __post_init__(self) -> None:
        made, self.public = parts(), parts().public
        shared: dict[str, Any] = {
            "store": self.store,
            "book": made.book,
            "replier": made.replier,
            "calendar": made.calendar,
            "hours": 24.0,
            "ours": frozenset({OURS}),
            "now": lambda: self.now,
        }
        self.casework = Casework(**shared, tells=True)
        self.intake = Intake(
            **shared, extractor=made.extractor, conduct=self.conduct, limit=30_000_000, desk=DESK, events=Events()
        )
        self.postman = Postman(
            self.hand,  # type: ignore[arg-type] - stands for the server
            SMTP,
            DESK,
            store=self.store,
            events=Events(),
            now=lambda: self.now,
            name="test",
            tokens=made.replier.tokens,
        )
        self.timers = Timers(
            cases=self.casework,
            conduct=self.conduct,
            patience=Patience(),
            notices=Notices(),
            noticer=made.noticer,
            look_within={"info": 3600.0},
            events=Events(),
        )
        with self.store.writing() as work:
            for address, role in ((AGENT, Role.AGENT), (OTHER_AGENT, Role.AGENT), (MANAGER, Role.MANAGER)):
                work.people.add(address, address.partition("@")[0].title(), role, self.now)

    def pass_(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    # --- mail

    def write(self, raw: bytes, *, oversized: bool = False) -> Outcome:
        """A letter arrives and is taken in."""
        self.uid += 1
        one = RawMessage(
            mailbox="info",
            folder="INBOX",
            uid_validity=1,
            uid=self.uid,
            received_at=self.now,
            kept_at=self.now,
            size=len(raw),
            content=raw,
            oversized=oversized,
        )
        with self.store.writing() as work:
            work.messages.keep([one], Bookmark(mailbox="info", folder="INBOX", uid_validity=1, last_uid=self.uid))
            waiting = work.messages.next_kept(10, self.now)
        outcome = [self.intake.take_in(raw_id) for raw_id in waiting][-1]
        assert not outcome.error, outcome.error
        return outcome

    def look(self) -> None:
        """The mailbox was read just now: who is silent is known."""
        with self.store.writing() as work:
            work.mailboxes.looked("info", self.now)

    def send(self) -> int:
        """One round of sending."""
        return self.postman.round()

    # --- looking

    def ticket(self, number: str) -> TicketRecord:
        with self.store.reading() as work:
            found = work.tickets.get(number)
        assert found is not None
        return found

    def tickets(self) -> list[TicketRecord]:
        with self.store.reading() as work:
            numbers = [one.number for one in work.tickets.list((), 10_000)]
        return [self.ticket(one) for one in sorted(numbers, key=lambda one: int(one.partition("-")[2]))]

    def replies(self) -> list[ReplyRecord]:
        """The outbox, oldest first."""
        with self.store.reading() as work:
            return list(reversed(work.outbox.list(10_000)))

    def last(self) -> ReplyRecord:
        return self.replies()[-1]

    def version(self, number: str) -> int:
        """The version of a ticket's thread: what stands on an agent's screen."""
        with self.store.reading() as work:
            thread = work.threads.thread_of(number, self.now)
        assert thread is not None
        return thread.version


_serial = iter(range(1, 10**9))


def letter(
    body: str,
    *,
    sender: str = "anna@school5.example",
    name: str = "Анна Петрова",
    subject: str = "СФЕРУМ: Регистрация организации",
    answers: ReplyRecord | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A plain letter; `answers` makes it an answer to a reply of ours, by its Message-ID."""
    message = EmailMessage()
    message["From"] = f'"{name}" <{sender}>' if sender else "<>"
    message["To"] = OURS
    message["Subject"] = subject if answers is None else f"Re: {answers.subject}"
    message["Message-ID"] = f"<letter-{next(_serial)}@writers.example>"
    message["Date"] = "Mon, 23 Nov 2026 12:00:00 +0300"
    if answers is not None:
        message["In-Reply-To"] = f"<{answers.message_id}>"
        message["References"] = f"<{answers.message_id}>"
    for key, value in headers:
        message[key] = value
    message.set_content(body)
    return message.as_bytes()


def facts(**changes: str | None) -> str:
    """The seven facts as labelled lines; `Email=None` leaves one out. Labels: first words are enough."""
    lines = dict(FULL)
    for key, value in changes.items():
        label = next(one for one in lines if one.startswith(key.replace("_", " ")))
        if value is None:
            del lines[label]
        else:
            lines[label] = value
    return "Здравствуйте!\n\n" + "\n".join(f"{label}: {value}" for label, value in lines.items()) + "\n\nС уважением"


def school(number: int, **changes: str | None) -> str:
    """The seven facts of another organisation."""
    given: dict[str, str | None] = {
        "Полное": f"Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № {number}»",
        "Сокращённое": f"МБОУ СШ № {number}",
        "Мобильный": f"8 917 1{number:02d}-45-67",
        "Email": f"admin@school{number}.example",
    }
    return facts(**(given | changes))


def bounce(reply: ReplyRecord, *, status: str = "5.1.1") -> bytes:
    """A delivery report (RFC 3464) about a reply of ours."""
    return f"""From: MAILER-DAEMON@mx.example
To: {OURS}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{next(_serial)}@mx.example>
Date: Mon, 23 Nov 2026 12:00:00 +0300
Auto-Submitted: auto-replied
Return-Path: <>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Delivery has failed.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {reply.recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

From: {OURS}
To: {reply.recipient}
Subject: {"".join(one if one.isascii() else "x" for one in reply.subject)}
Message-ID: <{reply.message_id}>

--b--
""".replace("\n", "\r\n").encode()


def auto_reply(reply: ReplyRecord) -> bytes:
    """An out-of-office answer to a reply of ours."""
    return letter(
        "Я в отпуске до 1 декабря.",
        sender=reply.recipient,
        subject="Автоответ",
        answers=reply,
        headers=(("Auto-Submitted", "auto-replied"),),
    )


def message_ids(taken: list[tuple[str, bytes]]) -> list[str]:
    """The Message-IDs of what was handed over."""
    return [str(message_from_bytes(raw)["Message-ID"]) for _, raw in taken]
