"""Forms that change something, read with a limit. Whether they come from our own page is asked at the gate (`access`)."""

from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

BODY_LIMIT: Final = 1_000_000  # bytes of an encoded form; a Cyrillic letter takes six of them
_FIELDS_LIMIT: Final = 20


class FormTooLarge(Exception):
    """The form is longer than `BODY_LIMIT`."""


async def read_form(request: Request, limit: int = BODY_LIMIT) -> tuple[tuple[str, str], ...]:
    """Names and values of an URL-encoded form, in order. Raises `FormTooLarge` for more bytes than `limit`; broken bytes
    become «�». Read once: the gate and the page see the same.
    """
    kept: tuple[tuple[str, str], ...] | None = getattr(request.state, "form", None)
    if kept is None:
        kept = request.state.form = await _read(request, limit)
    return kept


async def _read(request: Request, limit: int) -> tuple[tuple[str, str], ...]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise FormTooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=_FIELDS_LIMIT
        )
    except ValueError:  # more fields than any form of ours has
        return ()
    return tuple(pairs)
