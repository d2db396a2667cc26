"""An SMTP server on loopback that keeps what arrives and can be told to misbehave, message by message."""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult

Stage = Literal["MAIL", "RCPT", "DATA"]
START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message that was handed over completely, whatever the sink answered then."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the sink does with one message instead of taking it.

    `answer`: a reply such as `451 4.3.0 later`, given at `stage`. `drop`: hang up after the whole message has come and
    before any answer. `seconds`: first let the client wait so long.
    """

    answer: str = ""
    stage: Stage = "DATA"
    drop: bool = False
    seconds: float = 0.0


@dataclass
class Sink:
    """`port` to send to; `arrived` in order; `troubles` are used up one a message, then all goes well.

    With `user` set, mail is taken only after AUTH with `user` and `password`. `refused`: what is always answered to an
    address.
    """

    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    troubles: deque[Trouble] = field(default_factory=deque)
    refused: dict[str, str] = field(default_factory=dict)
    sessions: int = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.user and not session.authenticated:
            return "530 5.7.0 sign in first"
        if refusal := await self._refusal("MAIL"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if refusal := self.refused.get(address) or await self._refusal("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        trouble = self.troubles[0] if self.troubles else Trouble()
        arrived = Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), bytes(envelope.content))
        if not trouble.answer or trouble.drop:
            self.arrived.append(arrived)
        if trouble.drop:
            self.troubles.popleft()
            await asyncio.sleep(trouble.seconds)
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            raise asyncio.CancelledError
        refusal = await self._refusal("DATA")
        if not refusal and trouble.stage == "DATA" and self.troubles:
            self.troubles.popleft()
            await asyncio.sleep(trouble.seconds)
        return refusal or "250 2.0.0 OK"

    async def _refusal(self, stage: Stage) -> str:
        if not self.troubles or self.troubles[0].stage != stage or not self.troubles[0].answer:
            return ""
        trouble = self.troubles.popleft()
        await asyncio.sleep(trouble.seconds)
        return trouble.answer


class _PatientSmtp(SMTP):
    line_length_limit = 50_000_000


@contextlib.contextmanager
def smtp_sink(*, user: str = "", password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """Run a sink in a thread of its own; `tls` (a server's context) makes it speak TLS from the first byte."""
    sink = Sink(user, password, tls)
    up, loop = threading.Event(), asyncio.new_event_loop()
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    line.bind(("127.0.0.1", 0))
    sink.port = int(line.getsockname()[1])

    def check(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        right = (given.login, given.password) == (sink.user.encode(), sink.password.encode())
        return AuthResult(success=right, handled=False)  # unhandled: aiosmtpd still has to answer

    def server() -> SMTP:
        return _PatientSmtp(
            sink,
            hostname="sink.invalid",
            enable_SMTPUTF8=True,
            authenticator=check,
            auth_require_tls=False,
            loop=loop,
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        listening = loop.run_until_complete(loop.create_server(server, sock=line, ssl=tls))
        loop.call_soon(up.set)
        loop.run_forever()
        listening.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own internals at each sign-in
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(START_SECONDS), "the SMTP sink did not start"
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_SECONDS)
