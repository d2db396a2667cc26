"""The only smtplib: hands a finished reply to the mail server, and says as a value what came of it.

One connection is kept and used again. Whatever the server does or says becomes a `Handover`; nothing it does raises.
Never decides when to try again (`rules.delivery.retry_at`), never builds or changes a reply, and never sends a
password over a connection that was to be encrypted and is not.
"""

import base64
import re
import smtplib
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from intake.settings import Smtp
from rules.delivery import Accepted, AnswerBook, Delay, Handover, Later, Mailable, Refused, answer_words, mailable
from rules.errors import ServerBusy, SettingsError

NOOP_AFTER_SECONDS = 5.0  # a connection idle for longer is asked whether it still lives
BUDGET_SHARE = 0.75  # of the lease: a hand-over ends before another process may take the reply
_LEAST_SECONDS = 1.0
_GO_ON, _CHALLENGE, _CLOSING = 354, 334, 421
_LINE_END = re.compile(rb"\r\n|\r|\n")


class _NotNow(Exception):
    """Internal: the hand-over ended early with this value; never leaves the module."""

    def __init__(self, handover: Later | Refused) -> None:
        super().__init__(handover.because)
        self.handover = handover


class _Stale(Exception):
    """Internal: a kept connection turned out to be dead before the letter was under way; never leaves the module."""


class Sender:
    """Hands replies to the server of `[smtp]`, one after the other; for one thread at a time."""

    def __init__(self, account: Smtp, answers: AnswerBook) -> None:
        self._account = account
        self._answers = answers
        self._wire: smtplib.SMTP | None = None
        self._used = 0.0
        self._deadline = 0.0

    def send(self, raw: bytes, sender: str, recipient: str) -> Handover:
        """Hand over one reply; `raw` is the whole message, the two addresses are the envelope. Never raises."""
        from_, to = mailable(sender), mailable(recipient)
        if isinstance(to, Refused):
            return to
        if isinstance(from_, Refused):
            return Later(f"the desk's own address cannot be used: {from_.because}", Delay.POLICY)
        self._deadline = time.monotonic() + self._account.lease_seconds * BUDGET_SHARE
        try:
            return self._twice(raw, from_, to)
        except _NotNow as end:
            return end.handover
        except (SettingsError, OSError, ValueError) as error:  # SMTPException is an OSError; ValueError: nonsense
            self._drop()
            return _lost(error)

    def check(self) -> None:
        """Connect and sign in. Raises `ServerBusy` or `SettingsError` with one sentence saying what is wrong."""
        self._deadline = time.monotonic() + self._account.lease_seconds * BUDGET_SHARE
        place = f"the mail server {self._account.host}:{self._account.port} ([smtp])"
        self._drop()
        try:
            self._connect()
        except _NotNow as end:
            msg = f"{place} does not let us send: {end.handover.because}"
            raise SettingsError(msg) from end
        except (OSError, ValueError) as error:
            lost = _lost(error)
            msg = f"{place} cannot be used: {lost.because}; check host, port and security"
            raise (SettingsError if lost.kind is Delay.POLICY else ServerBusy)(msg) from error
        finally:
            self.close()

    def close(self) -> None:
        """End the connection politely; the next `send` opens another one."""
        if self._wire is not None:
            with suppress(OSError, ValueError):  # it may be gone already, which is what was wanted
                self._hurry(self._wire)
                self._wire.quit()
        self._drop()

    # --- one hand-over -------------------------------------------------------------------------------------------

    def _twice(self, raw: bytes, sender: Mailable, recipient: Mailable) -> Handover:
        """Over the kept connection, and once more over a new one if the kept one has died meanwhile."""
        try:
            return self._hand_over(raw, sender, recipient, fresh=False)
        except _Stale:
            self._drop()
            return self._hand_over(raw, sender, recipient, fresh=True)

    def _hand_over(self, raw: bytes, sender: Mailable, recipient: Mailable, *, fresh: bool) -> Handover:
        kept = self._wire is not None and not fresh
        wire = self._living_wire() if kept else self._connect()
        if recipient.utf8 and not wire.has_extn("smtputf8"):
            return Refused("the address has letters that our mail server cannot handle before the @ (no SMTPUTF8)")
        try:
            self._envelope(wire, sender, recipient)
            code, text = self._say(wire, "DATA")
        except OSError as error:
            if kept:
                raise _Stale from error
            raise
        if code != _GO_ON:
            raise _NotNow(self._refusal(code, text))
        return self._letter(wire, raw)

    def _envelope(self, wire: smtplib.SMTP, sender: Mailable, recipient: Mailable) -> None:
        options = " BODY=8BITMIME SMTPUTF8" if recipient.utf8 or sender.utf8 else ""
        if recipient.utf8 or sender.utf8:
            wire.command_encoding = "utf-8"
        code, text = self._say(wire, f"MAIL FROM:<{sender.address}>{options}")
        if code == _CLOSING:
            raise smtplib.SMTPServerDisconnected(answer_words(code, text))
        if not _yes(code):
            raise _NotNow(self._refusal(code, text, about_us=True))
        code, text = self._say(wire, f"RCPT TO:<{recipient.address}>")
        if not _yes(code):
            raise _NotNow(self._refusal(code, text))

    def _letter(self, wire: smtplib.SMTP, raw: bytes) -> Handover:
        """The text itself. From the first byte on, silence means that we do not know whether it arrived."""
        self._hurry(wire)
        try:
            wire.send(_on_the_wire(raw))
            self._hurry(wire)
            code, answer = wire.getreply()
        except (OSError, ValueError) as error:
            self._drop()
            return Later(f"the letter was sent but never confirmed: {_lost(error).because}", Delay.UNCLEAR)
        text = answer.decode("utf-8", "replace")
        self._used = time.monotonic()
        if _yes(code):
            return Accepted(answer_words(code, text))
        return self._refusal(code, text)

    def _refusal(self, code: int, text: str, *, about_us: bool = False) -> Later | Refused:
        """Read a refusing answer and leave the connection ready for the next reply."""
        wire = self._wire
        if code == _CLOSING or wire is None:
            self._drop()
        else:
            try:
                self._say(wire, "RSET")
            except (OSError, ValueError):
                self._drop()
        return self._answers.read(code, text, about_us=about_us)

    def _say(self, wire: smtplib.SMTP, command: str) -> tuple[int, str]:
        self._hurry(wire)
        code, answer = wire.docmd(command)
        self._used = time.monotonic()
        return code, answer.decode("utf-8", "replace")

    # --- the connection ------------------------------------------------------------------------------------------

    def _living_wire(self) -> smtplib.SMTP:
        wire = self._wire
        if wire is None:
            return self._connect()
        if time.monotonic() - self._used > NOOP_AFTER_SECONDS:
            try:
                code, _ = self._say(wire, "NOOP")
            except OSError as error:
                raise _Stale from error
            if not _yes(code):
                raise _Stale
        return wire

    def _connect(self) -> smtplib.SMTP:
        account = self._account
        context = None if account.security == "plain" else _trust(account.ca_file)
        seconds = self._seconds()
        name = account.user.rpartition("@")[2]
        greeting = name if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", name) else "[127.0.0.1]"
        wire: smtplib.SMTP
        if account.security == "tls":
            wire = smtplib.SMTP_SSL(account.host, account.port, greeting, timeout=seconds, context=context)
        else:
            wire = smtplib.SMTP(account.host, account.port, greeting, timeout=seconds)
        self._wire = wire
        wire.ehlo_or_helo_if_needed()
        if account.security == "starttls":
            self._encrypt(wire, context)
        if account.user:
            self._sign_in(wire)
        self._used = time.monotonic()
        return wire

    def _encrypt(self, wire: smtplib.SMTP, context: ssl.SSLContext | None) -> None:
        if not wire.has_extn("starttls"):
            self._give_up('the server offers no STARTTLS (security = "starttls"); nothing was sent')
        self._hurry(wire)
        try:
            wire.starttls(context=context)
        except smtplib.SMTPResponseException as error:
            self._give_up(f"the server refuses STARTTLS: {_lost(error).because}")
        wire.ehlo_or_helo_if_needed()

    def _sign_in(self, wire: smtplib.SMTP) -> None:
        ways = wire.esmtp_features.get("auth", "").upper().split()
        account = self._account
        if not ways:
            self._give_up("the server offers no way to sign in (AUTH); check port and security")
        if account.auth != "password":
            code, text = self._bearer(wire, account.secret())
        elif "PLAIN" in ways or "LOGIN" not in ways:
            secret = f"\0{account.user}\0{account.secret()}"
            code, text = self._say(wire, f"AUTH PLAIN {_b64(secret)}")
        else:
            code, text = self._login(wire, account.secret())
        if not _yes(code):
            self._give_up(f"sign-in as {account.user} refused: {answer_words(code, text)}")

    def _login(self, wire: smtplib.SMTP, secret: str) -> tuple[int, str]:
        code, text = self._say(wire, "AUTH LOGIN")
        for answer in (self._account.user, secret):
            if code == _CHALLENGE:
                code, text = self._say(wire, _b64(answer))
        return code, text

    def _bearer(self, wire: smtplib.SMTP, token: str) -> tuple[int, str]:
        account = self._account
        if account.auth == "xoauth2":
            code, text = self._say(wire, "AUTH XOAUTH2 " + _b64(f"user={account.user}\1auth=Bearer {token}\1\1"))
        else:  # RFC 7628 §3.1
            words = f"n,a={account.user},\1host={account.host}\1port={account.port}\1auth=Bearer {token}\1\1"
            code, text = self._say(wire, "AUTH OAUTHBEARER " + _b64(words))
        if code == _CHALLENGE:  # the server explains its refusal and waits for an empty answer
            code, text = self._say(wire, "AQ==" if account.auth == "oauthbearer" else "")
        return code, text

    def _give_up(self, because: str) -> NoReturn:
        self._drop()
        raise _NotNow(Later(because, Delay.POLICY))

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(OSError):
                wire.close()

    # --- time ----------------------------------------------------------------------------------------------------

    def _seconds(self) -> float:
        """How long the next answer may take. Raises `TimeoutError` when the whole hand-over has taken too long."""
        left = self._deadline - time.monotonic()
        if left < _LEAST_SECONDS:
            msg = "the server took too long over this letter"
            raise TimeoutError(msg)
        return min(self._account.timeout_seconds, left)

    def _hurry(self, wire: smtplib.SMTP) -> None:
        if wire.sock is not None:
            wire.sock.settimeout(self._seconds())


def _yes(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 - the class of positive answers, RFC 5321 §4.2.1


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _on_the_wire(raw: bytes) -> bytes:
    """CRLF line ends, a leading dot doubled, the closing dot (RFC 5321 §4.5.2)."""
    lines = _LINE_END.split(raw[:-2] if raw.endswith(b"\r\n") else raw)
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


def _trust(ca_file: str) -> ssl.SSLContext:
    if ca_file and not Path(ca_file).is_file():
        msg = f"the certificate file {ca_file} ([smtp] ca_file) does not exist"
        raise SettingsError(msg)
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except ssl.SSLError as error:
        msg = f"the certificate file {ca_file} ([smtp] ca_file) holds no certificate that can be read"
        raise SettingsError(msg) from error


def _lost(error: Exception) -> Later:
    """A broken connection, or the want of a password, in words."""
    if isinstance(error, SettingsError):
        return Later(str(error), Delay.POLICY)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Later(f"the server's certificate is not trusted: {error.verify_message}", Delay.POLICY)
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return Later(
            answer_words(error.smtp_code, text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)),
            Delay.CONNECTION,
        )
    return Later(f"the connection failed: {error or type(error).__name__}", Delay.CONNECTION)
