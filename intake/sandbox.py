"""The built-in mail servers for a first look: IMAP (pymap) and SMTP (aiosmtpd) in one thread, all in memory.

Imported only when the settings say `sandbox.enabled = true`. It listens on loopback ports of its own choosing and never
connects to anything but itself: mail to the desk's address lands in its INBOX, mail to anybody else is kept in a short
list. Not for production: what it holds is gone with the process.
"""

import asyncio
import contextlib
import logging
import os
import re
import secrets
import smtplib
import socket
import threading
from argparse import ArgumentParser, Namespace
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService
from pymap.parsing.message import AppendMessage
from pysasl.hashing import Cleartext

from intake import settings
from rules.errors import MailboxUnreachable

HOST = "127.0.0.1"
START_SECONDS = 10.0
STOP_SECONDS = 5.0
KEPT_OUTGOING = 1000
LONGEST_LINE = 50_000_000  # real servers pass on lines far beyond RFC 5321's 1000 bytes, and so must this one
LARGEST_MESSAGE = 100_000_000
OUTSIDE = "outside@sandbox.invalid"
_BARE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class _Account:
    """The desk's sign-in at both servers; the password waits in an environment variable, as the settings want it."""

    address: str
    password: str
    variable: str


class Sandbox:
    """A mailbox and the world around it. `start` once, `stop` once; the other methods serve any thread."""

    def __init__(self) -> None:
        self._account = _Account("", secrets.token_urlsafe(18), f"INTAKE_SANDBOX_{secrets.token_hex(8).upper()}")
        self._imap_port = 0
        self._smtp_port = 0
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._outgoing: deque[bytes] = deque(maxlen=KEPT_OUTGOING)
        self._guard = threading.Lock()

    def start(self, address: str) -> None:
        """Start both servers for that desk address. Raises `MailboxUnreachable` if they do not come up."""
        self._account = _Account(address, self._account.password, self._account.variable)
        os.environ[self._account.variable] = self._account.password
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own internals at each sign-in
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        if not self._up.wait(START_SECONDS) or self._failure is not None:
            msg = f"the built-in mail servers did not start: {self._failure or 'no answer'}; set sandbox.enabled = false and use your own"
            raise MailboxUnreachable(msg) from self._failure

    def stop(self) -> None:
        """Stop both servers; what they held is gone."""
        os.environ.pop(self._account.variable, None)
        if self._loop is not None and self._done is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._done.set)
            self._thread.join(STOP_SECONDS)

    def mailbox(self) -> settings.Mailbox:
        """The settings to read the sandbox's mailbox with; everything that lies there counts as new."""
        return settings.Mailbox(
            name="sandbox",
            address=self._account.address,
            host=HOST,
            port=self._imap_port,
            security="plain",
            user=self._account.address,
            password_env=self._account.variable,
            since="all",
        )

    def smtp(self) -> settings.Smtp:
        """The settings to send replies with."""
        return settings.Smtp(
            host=HOST,
            port=self._smtp_port,
            security="plain",
            user=self._account.address,
            password_env=self._account.variable,
        )

    def deliver(self, raw: bytes) -> None:
        """Send a letter to the desk as the outside world would: over SMTP, bare LF becoming CRLF on the way."""
        options = ["BODY=8BITMIME"] + ([] if self._account.address.isascii() else ["SMTPUTF8"])
        letter = _BARE_LF.sub(b"\r\n", raw)
        try:
            with smtplib.SMTP(HOST, self._smtp_port, "outside.invalid", START_SECONDS) as line:
                line.sendmail(OUTSIDE, [self._account.address], letter, options)
        except (OSError, smtplib.SMTPException) as error:
            msg = f"the built-in SMTP server does not take the letter: {error}; start it again"
            raise MailboxUnreachable(msg) from error

    def outgoing(self) -> list[bytes]:
        """The last 1000 messages to others than the desk, oldest first. None of them has left this machine."""
        with self._guard:
            return list(self._outgoing)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits in start()
            self._failure = error
        finally:
            self._up.set()

    async def _serve(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        # the password lives as long as this process: hashing it would only cost 0.2 s at each sign-in
        backend, config = await DictBackend.init(_pymap_arguments(self._account), hash_context=Cleartext())
        config.apply_context()
        imap_socket, smtp_socket = _listening(), _listening()
        # pymap's own service takes no free port of its choosing, so its server is put on a socket of ours
        talk = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        handler = _Post(self._account, backend, self._keep)
        imap = await asyncio.start_server(talk, sock=imap_socket)
        smtp = await self._loop.create_server(lambda: _mail_server(handler, self._account), sock=smtp_socket)
        self._imap_port, self._smtp_port = imap_socket.getsockname()[1], smtp_socket.getsockname()[1]
        try:
            self._up.set()
            await self._done.wait()
        finally:
            imap.close()
            smtp.close()

    def _keep(self, raw: bytes) -> None:
        with self._guard:
            self._outgoing.append(raw)


class _Post:
    """What the SMTP server does with mail: the desk's into its INBOX, the rest to the list of outgoing mail."""

    def __init__(self, account: _Account, backend: DictBackend, keep: Any) -> None:  # noqa: ANN401 - a bound method
        self._account = account
        self._backend = backend
        self._keep = keep

    async def handle_RCPT(self, _server: SMTP, session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        if not self._is_desk(address) and not session.authenticated:
            return "550 5.7.1 only the desk itself writes to others from here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        raw = bytes(envelope.content)
        if any(self._is_desk(address) for address in envelope.rcpt_tos):
            await self._into_inbox(raw)
        if not all(self._is_desk(address) for address in envelope.rcpt_tos):
            self._keep(raw)
        return "250 2.0.0 OK"

    def _is_desk(self, address: str) -> bool:
        return address.casefold() == self._account.address.casefold()

    async def _into_inbox(self, raw: bytes) -> None:
        identity = await self._backend.login.authorize(self._backend.login.demo_user_identity, self._account.address)
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(raw, datetime.now(UTC))])


class _PatientSmtp(SMTP):
    line_length_limit = LONGEST_LINE


def _mail_server(handler: _Post, account: _Account) -> SMTP:
    def check(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:  # noqa: ANN401 - untyped
        user, password = getattr(given, "login", b""), getattr(given, "password", b"")
        right = secrets.compare_digest(password, account.password.encode()) and user == account.address.encode()
        return AuthResult(success=right, handled=False)  # unhandled: aiosmtpd still has to answer

    return _PatientSmtp(
        handler,
        hostname="sandbox.invalid",
        data_size_limit=LARGEST_MESSAGE,
        enable_SMTPUTF8=True,
        authenticator=check,
        auth_require_tls=False,
        loop=asyncio.get_running_loop(),
    )


def _pymap_arguments(account: _Account) -> Namespace:
    """The command line that pymap would have parsed; its parser knows defaults that nothing else does."""
    parser = ArgumentParser()
    DictBackend.add_subparser("dict", parser.add_subparsers(dest="backend"))
    IMAPService.add_arguments(parser)
    user = [f"--demo-user={account.address}", f"--demo-password={account.password}"]
    arguments = parser.parse_args([f"--host={HOST}", "--no-tls", "dict", *user])
    arguments.debug, arguments.skip_services, arguments.passlib_cfg = False, [], None
    return arguments


def _listening() -> socket.socket:
    # asyncio switches Nagle's waiting off (40 ms an answer) only where the socket names its protocol
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    line.bind((HOST, 0))
    line.listen()
    return line
