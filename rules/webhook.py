"""What the webhook tells, how it is signed, what the receiver's answer means and when to try again. Pure; the wire is
`intake.posting`.

Signed as Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from rules.application import Application

APPROVED, REJECTED = "application.approved", "application.rejected"
"""What is told."""
MINUTE, HOUR = 60.0, 3600.0
WAITS = (5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR)
"""Seconds to wait after the first, second, … try; the last one repeats."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret is marked, not one
SHORTEST_KEY = 24  # bytes, as Standard Webhooks asks for
_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503
_LONGEST_NUMBER = 9  # digits of a Retry-After that are believed


@dataclass(frozen=True, slots=True)
class Told:
    """The receiver has taken the event."""


@dataclass(frozen=True, slots=True)
class Again:
    """It is to be told again; not before `seconds` from now, if the receiver asked for that."""

    because: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The receiver wants it never again."""

    because: str


Answer = Told | Again | Unwanted


def payload(event: str, number: str, application: Application, at: datetime, *, reason: str = "") -> str:
    """The body of an event as canonical JSON: keys sorted, no white space, text as it is.

    `at`: from when on the decision stands. Of personal data only the seven fields; null for one that has no value.
    `reason`: why it was rejected, in the words that the applicant read.
    """
    data: dict[str, object] = {
        "number": number,
        "fields": {name.value: value.value if value.usable else None for name, value in application.items()},
        "region_code": application.region.code or None,
    }
    if event == REJECTED:
        data["reason"] = reason
    whole = {"type": event, "timestamp": iso(at), "data": data}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()  # a lone surrogate cannot go over the wire


def iso(moment: datetime) -> str:
    """A moment in ISO 8601, UTC, whole seconds: «2026-11-24T09:00:30Z»."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def key_of(secret: str) -> bytes:
    """The key in a secret: Base64, with or without `whsec_`. Raises `ValueError` saying what is wrong with it."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = "it is not Base64"
        raise ValueError(msg) from error
    if len(key) < SHORTEST_KEY:
        msg = f"it holds {len(key)} bytes, at least {SHORTEST_KEY} are needed"
        raise ValueError(msg)
    return key


def signature(key: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`; `timestamp` in Unix seconds, of this very try."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")


def meaning(status: int, retry_after: str, now: datetime) -> Answer:
    """What an HTTP answer means; `retry_after` is the header of that name, "" if there is none."""
    if status // 100 == 2:  # noqa: PLR2004 - the class of good answers
        return Told()
    because = f"answered {status}"
    if status == _GONE:
        return Unwanted(because)
    if status // 100 == 3:  # noqa: PLR2004 - … and that of redirects
        return Again(f"{because}, a redirect, which is not followed; webhook.url must be the final address")
    return Again(because, _seconds(retry_after, now) if status in {_TOO_MANY, _UNAVAILABLE} else 0.0)


def next_wait(tries: int, give_up_hours: float, asked: float = 0.0) -> float | None:
    """Seconds to wait after `tries` tries (1, 2, …), at least the `asked` ones; None: give up.

    Counted by the waits themselves and not from the event's beginning, so that neither a stop of ours nor an operator's
    new start costs an event its tries. The last try falls on the end of `give_up_hours`.
    """
    end = give_up_hours * HOUR
    gone = sum(_wait(one) for one in range(1, tries))
    if gone >= end:
        return None
    return max(min(_wait(tries), end - gone), min(asked, end))


def _wait(tries: int) -> float:
    return WAITS[min(tries, len(WAITS)) - 1]


def _seconds(retry_after: str, now: datetime) -> float:
    """The header's seconds or date (RFC 9110 §10.2.3) in seconds from now; 0 for what is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:_LONGEST_NUMBER])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(0.0, (moment - now).total_seconds())
    except OverflowError:
        return 0.0
