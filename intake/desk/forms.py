"""Forms that change something: read with a limit, and only from our own page.

Without sessions: a random value in a strict cookie and its signature in the form must agree (signed double submit).
The key lives as long as the process; after a restart an old page asks to be sent again, with everything still in it.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

COOKIE: Final = "desk-form"
BODY_LIMIT: Final = 1_000_000  # bytes of an encoded form; a Cyrillic letter takes six of them
_FIELDS_LIMIT: Final = 20
_SHORTEST = 20  # characters of a cookie worth signing


class FormTooLarge(Exception):
    """The form is longer than `BODY_LIMIT`."""


class FormKey:
    """Signs the value of the form cookie."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def value_for(self, request: Request) -> str:
        """The visitor's form cookie, a fresh one if there is none worth the name."""
        given = request.cookies.get(COOKIE, "")
        return given if len(given) >= _SHORTEST and given.isascii() else secrets.token_urlsafe(24)

    def signature(self, value: str) -> str:
        """What a form must carry beside that cookie."""
        return hmac.new(self._key, value.encode(), sha256).hexdigest()

    def fits(self, request: Request, token: str) -> bool:
        """Whether a form came from a page that we gave to this very browser."""
        value = request.cookies.get(COOKIE, "")
        from_us = request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
        return from_us and bool(value) and hmac.compare_digest(self.signature(value).encode(), token.encode())


async def read_form(request: Request) -> tuple[tuple[str, str], ...]:
    """Names and values of an URL-encoded form, in order. Raises `FormTooLarge`; broken bytes become «�»."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise FormTooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=_FIELDS_LIMIT
        )
    except ValueError:  # more fields than any form of ours has
        return ()
    return tuple(pairs)
