"""What a hand-over to the mail server came to, how a server's answer is read, and when to try again.

All of it values and pure functions; the wire is `intake.smtp`. An answer is read by `rules/data/smtp.toml`.
"""

import re
import tomllib
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from rules.errors import SettingsError

MINUTE = 60.0
HOUR = 3600.0
WAITS = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR)
"""Seconds to wait after the first, second, … try; the last one repeats."""
JITTER = 0.1  # of the wait, so that what failed together does not come back together
_ANSWER_LENGTH = 500
_LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
_PATH_OCTETS = 254
_PERMANENT = 500
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_LOCAL = re.compile(r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]]+")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?", re.IGNORECASE
)


class Delay(StrEnum):
    """Why a reply must be tried again."""

    BUSY = "busy"  # the server asks to come back (4xx)
    POLICY = "policy"  # a limit, a policy or the sign-in of our own account
    CONNECTION = "connection"  # no connection, or it broke before the letter was handed over
    UNCLEAR = "unclear"  # the letter was sent and the answer never came: it may have arrived


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the reply; `answer` is what it said, often with its queue number."""

    answer: str


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is lost, the same reply (same Message-ID) is to be tried again; `because` in the server's or our words."""

    because: str
    kind: Delay


@dataclass(frozen=True, slots=True)
class Refused:
    """This recipient will not get this reply, however often it is tried."""

    because: str


Handover = Accepted | Later | Refused


@dataclass(frozen=True, slots=True)
class AnswerBook:
    """Which 5xx answers are about us and not about the recipient (`rules/data/smtp.toml`)."""

    ours_codes: frozenset[int]
    ours_enhanced: tuple[str, ...]
    ours_words: re.Pattern[str]
    theirs_enhanced: frozenset[str]
    theirs_words: re.Pattern[str]
    passing_words: re.Pattern[str]

    @classmethod
    def load(cls, path: Path) -> "AnswerBook":
        """Read the data file. Raises `SettingsError` naming it when it is missing or not as expected."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                ours_codes=frozenset(int(code) for code in table["ours_codes"]),
                ours_enhanced=tuple(table["ours_enhanced"]),
                ours_words=_any_of(table["ours_words"]),
                theirs_enhanced=frozenset(table["theirs_enhanced"]),
                theirs_words=_any_of(table["theirs_words"]),
                passing_words=_any_of(table["passing_words"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{path}: the rules for SMTP answers cannot be read: {error!r}"
            raise SettingsError(msg) from error

    def read(self, code: int, text: str, *, about_us: bool = False) -> Later | Refused:
        """What a refusing answer means; `about_us`: it answers a command that does not name the recipient."""
        because = answer_words(code, text)
        ours = self._is_ours(code, text)
        if code < _PERMANENT or self.passing_words.search(text[:_ANSWER_LENGTH].casefold()):
            return Later(because, Delay.POLICY if ours else Delay.BUSY)
        return Later(because, Delay.POLICY) if ours or about_us else Refused(because)

    def _is_ours(self, code: int, text: str) -> bool:
        if code in self.ours_codes:
            return True
        folded = text[:_ANSWER_LENGTH].casefold()
        enhanced = _ENHANCED.search(folded)
        if enhanced and enhanced[1] in self.theirs_enhanced:
            return False
        if enhanced and enhanced[1].startswith(self.ours_enhanced):
            return True
        return not self.theirs_words.search(folded) and self.ours_words.search(folded) is not None


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    patterns = (".{0,40}?".join(map(re.escape, phrase.casefold().split("*"))) for phrase in phrases)
    return re.compile("|".join(patterns), re.DOTALL)


def answer_words(code: int, text: str) -> str:
    """A server's answer as one printable line of bounded length: «550 5.1.1 no such user»."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _ANSWER_LENGTH]).split())
    return f"{code} {line}".strip()[:_ANSWER_LENGTH]


@dataclass(frozen=True, slots=True)
class Mailable:
    """An address as it stands in the envelope: domain in ASCII; `utf8` if the server must know SMTPUTF8 (RFC 6531)."""

    address: str
    utf8: bool = False


def mailable(address: str) -> Mailable | Refused:
    """The envelope form of an address, or why there is none.

    Strict on purpose: what could end a command line, name a second recipient or is no mailbox at all is refused before
    anything goes over the wire.
    """
    local, at, domain = address.strip().rpartition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if not at or dots or not _LOCAL.fullmatch(local) or not local.isprintable():
        return Refused("this is not an address that mail can be sent to")
    if len(domain) > _PATH_OCTETS or len(local) > _LOCAL_OCTETS:  # also keeps the codec below away from long input
        return Refused("the address is longer than mail servers accept")
    try:
        octets = len(local.encode("utf-8"))
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return Refused("the part of the address after the @ is not a domain name")
    if not _DOMAIN.fullmatch(ascii_domain):
        return Refused("the part of the address after the @ is not a domain name")
    if octets > _LOCAL_OCTETS or octets + 1 + len(ascii_domain) > _PATH_OCTETS:
        return Refused("the address is longer than mail servers accept")
    return Mailable(f"{local}@{ascii_domain}", utf8=not local.isascii())


def retry_at(tries: int, first_try: datetime, now: datetime, give_up_hours: float) -> datetime | None:
    """When to try again after `tries` tries (1, 2, …), the first one at `first_try`; None: give up.

    The waits grow (`WAITS`), each shortened or lengthened by up to a tenth in a way that depends on the reply's first
    try only, so that asking twice gives the same. The last try falls on the end of `give_up_hours`, not before it.
    """
    end = first_try + timedelta(hours=give_up_hours)
    if now >= end:
        return None
    wait = WAITS[min(max(tries, 1), len(WAITS)) - 1]
    spread = zlib.crc32(f"{first_try.timestamp()}/{tries}".encode("ascii")) / 2**32  # 0 … 1, the same every time
    return min(now + timedelta(seconds=wait * (1 - JITTER + 2 * JITTER * spread)), end)
