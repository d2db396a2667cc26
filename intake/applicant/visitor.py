"""Who sends a form: from our own page or from another site, and from which address. Reads headers only."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

_OURS: Final = frozenset({"same-origin", "none"})


def from_us(request: Request, site: str) -> bool:
    """Whether nothing says that another site sends this form.

    `site`: our public address. Pages that send no referrer get «Origin: null» from the browser even for their own forms;
    that proves nothing either way, so the form's own token decides there.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in _OURS:
        return False
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return True
    return origin.casefold() == _origin(site) or _netloc(origin) == request.headers.get("host", "").casefold()


def address_of(request: Request, *, proxied: bool) -> str:
    """The address a request comes from; behind our own proxy the last that the proxy saw."""
    direct = request.client.host if request.client else ""
    if not proxied:
        return direct
    last = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    try:
        found = ipaddress.ip_address(last)
    except ValueError:
        return direct
    # Whoever has an IPv6 address has a whole network of them.
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)  # noqa: PLR2004 - IPv6


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".casefold()


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.casefold()
    except ValueError:
        return ""
