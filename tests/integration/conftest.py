"""Servers that several integration tests share."""

from collections.abc import Callable, Iterator

import pytest

from intake.mailbox import Connection
from intake.settings import Mailbox
from tests.integration.dovecot import Dovecot, private_dovecot

SECRET = "INTAKE_TEST_IMAP_PASSWORD"


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One real server for all tests; each test takes a fresh user of it."""
    with private_dovecot() as server:
        yield server


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """A user with an empty mailbox."""
    return dovecot.fresh_user()


@pytest.fixture
def box(dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mailbox]:
    """The settings for that user's mailbox over TLS, with changes by keyword."""
    monkeypatch.setenv(SECRET, dovecot.password)

    def settings(**changes: object) -> Mailbox:
        values: dict[str, object] = {
            "name": "info",
            "host": dovecot.host,
            "port": dovecot.tls_port,
            "ca_file": dovecot.ca_file,
            "user": user,
            "password_env": SECRET,
            "timeout_seconds": 10,
        }
        return Mailbox.model_validate(values | changes)

    return settings


@pytest.fixture
def connect() -> Iterator[Callable[[Mailbox], Connection]]:
    """Opens connections and closes them when the test is over."""
    opened: list[Connection] = []

    def connection(settings: Mailbox) -> Connection:
        opened.append(Connection.open(settings))
        return opened[-1]

    yield connection
    for one in opened:
        one.close()
