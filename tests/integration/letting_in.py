"""Lets a browser of the tests into the desk, without the hundred milliseconds that a password takes."""

import secrets
from datetime import datetime, timedelta

from fastapi.testclient import TestClient

from intake.desk.access.keys import kept
from intake.desk.access.sessions import SESSION
from rules.people import Role
from store.unit_of_work import Store

KEY = b"k" * 32


def let_in(client: TestClient, store: Store, now: datetime, role: Role = Role.AGENT) -> TestClient:
    """Sign a person of that role in; the same client, for use in one expression."""
    email, number = f"{role.value}@desk.example", secrets.token_urlsafe(32)
    with store.writing() as work:
        work.people.add(email, f"Ольга ({role.value})", role, now)
        account = work.access.account(email)
        assert account is not None
        work.access.open_session(
            account.id,
            kept(number),
            pending=False,
            csrf=secrets.token_urlsafe(32),
            address="127.0.0.1",
            agent="tests",
            now=now,
            expires_at=now + timedelta(days=7),
        )
    client.cookies.set(SESSION, number, domain="127.0.0.1")
    return client
