"""Column types that take whatever a letter holds: aware UTC times, any text, text short enough for an index.

They turn Python values into what both databases can store and back; they never raise for what a letter says.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

KEY_LENGTH = 300  # code points; four bytes each stay well below PostgreSQL's 2,704 bytes for one index entry
_SHA256_HEX = 64
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Identity = BigInteger().with_variant(Integer, "sqlite")
"""A row's own number; SQLite counts up only in a column of the type INTEGER."""


def storable(text: str) -> str:
    """The text with each NUL and lone surrogate as U+FFFD: one for one, so that offsets into it stay right."""
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    return _UNSTORABLE.sub("\ufffd", text)


def key_of(text: str) -> str:
    """The text as it stands in an index: unchanged up to 300 code points, else its beginning and its SHA-256."""
    text = storable(text)
    if len(text) <= KEY_LENGTH:
        return text
    return text[: KEY_LENGTH - _SHA256_HEX] + hashlib.sha256(text.encode()).hexdigest()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out. Raises `ValueError` for a naive one, which would be a bug of ours."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite, which knows no zones, gets it without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a moment without a time zone cannot be stored: {value!r}"
            raise ValueError(msg)
        try:
            value = value.astimezone(UTC)
        except OverflowError:  # the years 1 and 9999 in a zone beside UTC: a letter may claim them
            value = value.replace(tzinfo=UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Text of any length and content, see `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 - the library's own signature
        """As `storable`."""
        return None if value is None else storable(value)


class KeyText(TypeDecorator[str]):
    """Text that is compared and indexed, see `key_of`. Both sides of a comparison are shortened alike."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 - the library's own signature
        """As `key_of`."""
        return None if value is None else key_of(value)
