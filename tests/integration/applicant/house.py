"""A house over a given store, without servers: letters taken in by the pipeline, pages asked as a browser would."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from intake.applicant.app import make_app
from intake.applicant.deps import Limits
from intake.bootstrap import House
from intake.events import Events
from intake.settings import Settings
from rules.application import FieldName
from rules.book import RuleBook
from rules.judgement import ReplyKind
from store.records import Bookmark, RawMessage, ReplyRecord, TicketRecord
from store.unit_of_work import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # Monday, noon in Moscow
SITE = "https://desk.example.ru"
GOOD = {
    FieldName.FULL_NAME: "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 5»",
    FieldName.SHORT_NAME: "МБОУ «СШ № 5»",
    FieldName.SETTLEMENT: "г. Казань",
    FieldName.REGION: "Республика Татарстан",
    FieldName.ADMIN: "Сафина Гульнара Маратовна",
    FieldName.PHONE: "+79171234567",
    FieldName.EMAIL: "admin@school.example",
}


class AppliedHouse:
    """The wired product with a clock of its own. `bells` are the jobs that were rung for."""

    def __init__(self, store: Store, book: RuleBook, folder: Path, **settings: Any) -> None:
        values: dict[str, Any] = {
            "desk": {"public_url": SITE, "address": "info@sferum.ru"} | settings.pop("desk", {}),
            "mailbox": [{"name": "info", "host": "127.0.0.1", "address": "info@sferum.ru"}],
            "smtp": {"host": "127.0.0.1"},
        }
        self.settings = Settings(**(values | settings), folder=folder)
        self.now = NOW
        self.wired = House(self.settings, Events(), lambda: self.now)
        self.wired.__dict__ |= {"store": store, "book": book}
        self.store, self.bells, self._uid = store, list[str](), 0

    def close(self) -> None:
        self.wired.close()

    # --- letters
    def take_in(self, raw: bytes) -> tuple[str, ...]:
        """One letter all the way in; the numbers of its tickets."""
        self._uid += 1
        one = RawMessage(mailbox="info", folder="INBOX", uid_validity=1, uid=self._uid, received_at=self.now,
                         kept_at=self.now, size=len(raw), content=raw)  # fmt: skip
        with self.store.writing() as work:
            work.messages.keep([one], Bookmark(mailbox="info", folder="INBOX", uid_validity=1, last_uid=self._uid))
        (outcome,) = self.wired.rounds.process_kept()
        assert not outcome.error, outcome.error
        return outcome.tickets

    def apply(self, *without: FieldName, sender: str = "anna@school.example", **other: str) -> str:
        """An application by mail that lacks some fields; its number."""
        labels = self.wired.book.words.labels
        values = {name: other.get(name.value, value) for name, value in GOOD.items() if name not in without}
        lines = [f"{labels[name]}: {value}" for name, value in values.items()]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "info@sferum.ru", "СФЕРУМ: Регистрация организации"
        mail["Message-ID"] = f"<{self._uid}@school.example>"
        mail.set_content("Здравствуйте!\n\n" + "\n".join(lines) + "\n")
        (number,) = self.take_in(mail.as_bytes())
        return number

    def send(self) -> None:
        """The mail server accepts everything that is queued."""
        with self.store.writing() as work:
            for one in work.outbox.claim(100, self.now, "test", 60):
                work.outbox.sent(one.id, self.now)

    # --- looking
    def ticket(self, number: str) -> TicketRecord:
        with self.store.reading() as work:
            found = work.tickets.get(number)
        assert found is not None
        return found

    def proved(self, number: str) -> bool:
        with self.store.reading() as work:
            thread = work.threads.thread_of(number, self.now)
        assert thread is not None
        return thread.proved

    def replies(self) -> list[ReplyRecord]:
        """All replies, oldest first."""
        with self.store.reading() as work:
            return sorted(work.outbox.list(100), key=lambda one: one.id)

    def kinds(self) -> list[ReplyKind]:
        return [ReplyKind(one.kind) for one in self.replies()]

    # --- pages
    def token(self, number: str) -> str:
        """The end of the thread's personal link."""
        return self.wired.replier.tokens.link(self.ticket(number).thread_key)

    def path(self, number: str) -> str:
        return f"/p/{self.token(number)}"

    def browser(self, base: str = SITE, limits: Limits | None = None) -> TestClient:
        app = make_app(
            cases=self.wired.casework,
            conduct=self.wired.conduct,
            site=self.wired.site,
            taken_in=self._taken_in,
            queued=lambda: self.bells.append("send"),
            limits=limits,
        )
        return TestClient(app, base_url=base, raise_server_exceptions=False, follow_redirects=False)

    def _taken_in(self) -> None:
        self.bells.append("process")
        self.wired.rounds.process_kept()

    def fill(self, browser: TestClient, number: str, *, json: bool = False, **values: str) -> Any:
        """Save fields on the personal page, all in one form."""
        token = self.token(number)
        headers = {"Origin": self.wired.site} | ({"Accept": "application/json"} if json else {})
        return browser.post(f"/p/{token}", data={"number": number, "token": token, **values}, headers=headers)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def plain(page: str) -> str:
    """What a reader sees of a page, on one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text.replace("\N{NO-BREAK SPACE}", " ")).split())
