"""A desk over a real SQLite store for the tests of access: its clock moves, people and browsers are made at will."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from intake.desk import make_app
from intake.desk.access.passwords import Passwords
from intake.settings import Desk, Oidc
from rules.fields_words import Words
from rules.message import Message
from rules.people import Role
from store.unit_of_work import Store
from tests.integration.letting_in import KEY

WORDS = Words.load(Path(__file__).resolve().parents[3] / "rules" / "data" / "words.toml")
HOME = "http://127.0.0.1:8400"
QUICK = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
EMAIL, PASSWORD = "olga@desk.example", "четыре случайных слова"


@dataclass
class Opening:
    """The desk, its clock and its people."""

    store: Store
    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    desk: Desk = field(default_factory=Desk)
    dropped: list[bytes] = field(default_factory=list)
    apps: dict[tuple[Desk, Oidc | None, bool], FastAPI] = field(default_factory=dict)

    def person(self, role: Role = Role.AGENT, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Somebody with a password."""
        hashed = QUICK.hashed(password) if password else ""
        with self.store.writing() as work:
            work.people.add(email, "Ольга Иванова", role, self.now)
            account = work.access.account(email)
            assert account is not None
            work.access.set_password(account.id, hashed)

    def browser(self, *, home: str = HOME, oidc: Oidc | None = None, sandbox: bool = True) -> TestClient:
        """A fresh browser."""
        kind = (self.desk, oidc, sandbox)
        if kind not in self.apps:
            self.apps[kind] = self._app(oidc, sandbox=sandbox)
        app = self.apps[kind]
        return TestClient(app, base_url=home, raise_server_exceptions=False, follow_redirects=False)

    def _app(self, oidc: Oidc | None, *, sandbox: bool) -> FastAPI:
        return make_app(
            store=self.store,
            desk=self.desk,
            now=lambda: self.now,
            drop=self.dropped.append if sandbox else None,
            words=WORDS,
            read_letter=lambda _: Message(),
            key=KEY,
            oidc=oidc,
            passwords=QUICK,
        )

    def later(self, **span: float) -> None:
        """Time goes by."""
        self.now += timedelta(**span)

    def log(self) -> list[str]:
        """What the audit log says about access, newest first."""
        with self.store.reading() as work:
            return [str(one.details.get("what")) for one in work.actions.log(100)]


def token_in(page: str) -> str:
    """The token of the first form on a page."""
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found
    return found[1]


def sign_in(
    browser: TestClient,
    email: str = EMAIL,
    password: str = PASSWORD,
    *,
    to: str = "/",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Fill in the sign-in page as a person does."""
    page = browser.get("/sign-in", params={"to": to}, headers=headers)
    form = {"email": email, "password": password, "to": to, "token": token_in(page.text)}
    return browser.post("/sign-in", data=form, headers=headers)


def post(browser: TestClient, path: str, page: str = "/me", **form: str) -> Response:
    """Send a form of a page as it stands there."""
    return browser.post(path, data={"token": token_in(browser.get(page).text), **form})
