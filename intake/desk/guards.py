"""What stands before every page: the Host check and the security headers. Knows no page and no letter.

The desk listens on a loopback address. A web page elsewhere could point its own name at 127.0.0.1 (DNS rebinding) and
read the desk through the visitor's browser; a request is therefore answered only if it calls us by a loopback name.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.settings import LOOPBACK

HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every response, errors included."""

_NO_STORE: Final = (b"cache-control", b"no-store")  # pages hold personal data


_HOST: Final = re.compile(r"(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+))(?::[0-9]{0,5})?")


def host_name(header: str) -> str:
    """The name in a Host header without its port, lower case; IPv6 brackets removed; "" if that is no host."""
    match = _HOST.fullmatch(header.strip().lower())
    return (match[1] or match[2]).rstrip(".") if match else ""


class Guards:
    """ASGI middleware: refuses Host names other than `hosts`, adds the headers to whatever is answered."""

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str] = LOOPBACK, headers: Mapping[str, str] = MappingProxyType(HEADERS)
    ) -> None:
        self._app, self._hosts = app, hosts
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_headers(message["headers"])
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and host_name(hosts[0]) in self._hosts:
            await self._app(scope, receive, guarded)
            return
        refusal = PlainTextResponse("Этот адрес не обслуживается. Откройте http://127.0.0.1.\n", status_code=421)
        await refusal(scope, receive, guarded)

    def _with_headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in given}
        added = [pair for pair in (*self._headers, _NO_STORE) if pair[0] not in names]
        return [*given, *added]
