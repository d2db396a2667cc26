"""Sessions: a random number in a cookie, everything else in the database, where it can be taken back at any moment.

A session ends after 12 hours without use, after 7 days in any case, with its person's leaving, and with a new password.
Its number is new after each sign-in. Knows cookies and requests; decides nothing about roles.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from intake.applicant.visitor import address_of
from intake.desk.access.keys import device_mark, device_of, kept, new_secret
from intake.desk.guards import host_name
from intake.settings import Desk
from store.access import Account, SessionRecord
from store.unit_of_work import Store, Work

IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
PENDING: Final = timedelta(minutes=10)  # between the password and the second factor
SEEN_EVERY: Final = timedelta(minutes=1)  # a page more within it is not written down
DEVICE_DAYS: Final = 180
SESSION, DEVICE = "desk-session", "desk-device"
_LONGEST_AGENT: Final = 300


def lasts(session: SessionRecord, now: datetime) -> bool:
    """Whether a session is not over."""
    return now < session.expires_at and now - session.seen_at < IDLE


@dataclass(frozen=True, slots=True)
class Cookies:
    """How the desk sets cookies; behind TLS they are bound to this very host and never go over an open line."""

    desk: Desk

    def read(self, request: Request, name: str) -> str:
        """A cookie of ours, "" if there is none."""
        return request.cookies.get(self._name(request, name), "")

    def put(
        self, request: Request, answer: Response, name: str, value: str, *, seconds: int, strict: bool = False
    ) -> None:
        """Set a cookie that no script can read."""
        same: Literal["lax", "strict"] = "strict" if strict else "lax"
        answer.set_cookie(
            self._name(request, name),
            value,
            max_age=seconds,
            path="/",
            secure=self.secure(request),
            httponly=True,
            samesite=same,
        )

    def drop(self, request: Request, answer: Response, name: str) -> None:
        """Take a cookie back."""
        secure = self.secure(request)
        answer.delete_cookie(self._name(request, name), path="/", secure=secure, httponly=True, samesite="lax")

    def secure(self, request: Request) -> bool:
        """Whether the browser came over TLS: by our public address, or because our own proxy says so."""
        if self.desk.trusted_proxy:
            said = ",".join(request.headers.getlist("x-forwarded-proto")).rpartition(",")[2]
            if said.strip().lower() == "https":
                return True
        public = urlsplit(self.desk.public_desk_url)
        return public.scheme == "https" and host_name(request.headers.get("host", "")) == public.hostname

    def _name(self, request: Request, name: str) -> str:
        return f"__Host-{name}" if self.secure(request) else name


class Sessions:
    """Opens, finds and ends sessions. `key` signs the marks of known browsers."""

    def __init__(self, store: Store, desk: Desk, key: bytes) -> None:
        self._store, self._desk, self._key, self.cookies = store, desk, key, Cookies(desk)

    def address(self, request: Request) -> str:
        """Where the browser is."""
        return address_of(request, proxied=self._desk.trusted_proxy)

    def find(self, request: Request, now: datetime) -> SessionRecord | None:
        """The session of a browser, while it lasts; also one that still waits for its second factor."""
        number = self.cookies.read(request, SESSION)
        if not number:
            return None
        with self._store.reading() as work:
            found = work.access.session(kept(number))
        if found is None or not lasts(found, now):
            return None
        if now - found.seen_at >= SEEN_EVERY:
            with self._store.writing() as work:
                work.access.seen(found.id, now)
        return found

    def open(self, work: Work, request: Request, account: Account, now: datetime, *, pending: bool = False) -> str:
        """A new session under a new number; the one that the browser had is over. Returns the number."""
        before = self.cookies.read(request, SESSION)
        old = work.access.session(kept(before)) if before else None
        if old is not None:
            work.access.end_session(old.id, old.account.id)
        number = new_secret()
        work.access.open_session(
            account.id,
            kept(number),
            pending=pending,
            csrf=new_secret(),
            address=self.address(request),
            agent=request.headers.get("user-agent", "")[:_LONGEST_AGENT],
            now=now,
            expires_at=now + (PENDING if pending else LONGEST),
        )
        return number

    def hand_over(self, request: Request, answer: Response, number: str, account: Account, *, pending: bool) -> None:
        """Give the browser its number, and once it is in, the mark by which it is known here."""
        lasts = PENDING if pending else LONGEST
        self.cookies.put(request, answer, SESSION, number, seconds=int(lasts.total_seconds()))
        if not pending and not self.device(request, account):
            days = int(timedelta(days=DEVICE_DAYS).total_seconds())
            self.cookies.put(request, answer, DEVICE, device_mark(self._key, account.id), seconds=days)

    def device(self, request: Request, account: Account | None) -> str:
        """The name of the browser if that person has signed in there before, else ""."""
        mark = self.cookies.read(request, DEVICE)
        return device_of(self._key, mark, account.id) if account and mark else ""
