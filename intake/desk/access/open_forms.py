"""Forms on pages for which nobody is signed in yet: they too must come from a page of ours.

Without a session: a random value in a strict cookie and its signature in the form must agree (signed double submit).
The key lives as long as the process; after a restart an old page asks to be sent again.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from intake.applicant.visitor import from_us
from intake.desk.access.sessions import Cookies

COOKIE: Final = "desk-form"
_SHORTEST: Final = 20  # characters of a cookie worth signing
_SECONDS: Final = 24 * 3600


class OpenForms:
    """Gives and checks the tokens of such forms."""

    def __init__(self, cookies: Cookies, site: str) -> None:
        self._cookies, self._site, self._key = cookies, site, secrets.token_bytes(32)

    def value(self, request: Request) -> str:
        """The visitor's cookie, a fresh one if there is none worth the name."""
        given = self._cookies.read(request, COOKIE)
        return given if len(given) >= _SHORTEST and given.isascii() else secrets.token_urlsafe(24)

    def token(self, value: str) -> str:
        """What the form carries beside that cookie."""
        return hmac.new(self._key, value.encode(), sha256).hexdigest()

    def hand_over(self, request: Request, page: HTMLResponse, value: str) -> HTMLResponse:
        """The page with the cookie."""
        self._cookies.put(request, page, COOKIE, value, seconds=_SECONDS, strict=True)
        return page

    def fits(self, request: Request, token: str) -> bool:
        """Whether a form came from a page that we gave to this very browser."""
        value = self._cookies.read(request, COOKIE)
        right = hmac.compare_digest(self.token(value).encode(), token.encode("utf-8", "replace"))
        return from_us(request, self._site) and bool(value) and right
