"""The hand-over to a mail server, against a real one (aiosmtpd) and against scripted ones that misbehave."""

import base64
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from intake.outgoing import Outgoing, build
from intake.settings import Smtp
from intake.smtp import Sender
from rules.delivery import Accepted, AnswerBook, Delay, Later, Refused
from rules.errors import ServerBusy, SettingsError

ANSWERS = AnswerBook.load(Path(__file__).parents[2] / "rules" / "data" / "smtp.toml")
FROM, TO = "info@sferum.ru", "school@example.ru"
RAW = build(
    Outgoing(
        desk_name="Поддержка «Сферум»",
        desk_address=FROM,
        recipient=TO,
        subject="Re: Заявка [№ 2611-204]",
        text="Здравствуйте!\n\nВсё хорошо.\n",
        html="<p>Здравствуйте!</p>",
        message_id="thread.received1.signature@sferum.ru",
        date=datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
    )
)


# --- a real server ---------------------------------------------------------------------------------------------------


@dataclass
class Sink:
    """Keeps what it is handed."""

    port: int = 0
    letters: list[Envelope] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)
    stop: Callable[[], None] = lambda: None

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append(envelope)
        self.peers.add(session.peer)
        return "250 OK queued as 4711"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sink(port: int = 0, **options: object) -> Iterator[Sink]:
    kept = Sink(port=port or _free_port())
    controller = Controller(kept, hostname="localhost", port=kept.port, **options)
    controller.start()
    stopped = ExitStack()
    stopped.callback(controller.stop)
    kept.stop = stopped.close
    with stopped:
        yield kept


@contextmanager
def sender(port: int, **settings: object) -> Iterator[Sender]:
    account = {"host": "localhost", "port": port, "security": "plain", "timeout_seconds": 2.0, **settings}
    one = Sender(Smtp.model_validate(account), ANSWERS)
    try:
        yield one
    finally:
        one.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, crt = folder / "key.pem", folder / "crt.pem"
    subject = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    making = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 {subject}"
    subprocess.run([*making.split(), "-keyout", key, "-out", crt], check=True, capture_output=True)
    return key, crt


def _server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


def test_a_letter_arrives_byte_for_byte_and_the_answer_is_kept() -> None:
    with sink() as kept, sender(kept.port) as smtp:
        done = smtp.send(RAW, FROM, TO)
    assert done == Accepted("250 OK queued as 4711")
    (letter,) = kept.letters
    assert letter.content == RAW
    assert (letter.mail_from, letter.rcpt_tos) == (FROM, [TO])


def test_many_letters_go_over_one_connection() -> None:
    with sink() as kept, sender(kept.port) as smtp:
        assert all(isinstance(smtp.send(RAW, FROM, TO), Accepted) for _ in range(20))
    assert (len(kept.letters), len(kept.peers)) == (20, 1)


def test_lines_that_begin_with_a_dot_survive() -> None:
    raw = b"Subject: x\r\n\r\n.\r\n..two\n.end"
    with sink() as kept, sender(kept.port) as smtp:
        smtp.send(raw, FROM, TO)
    assert kept.letters[0].content == b"Subject: x\r\n\r\n.\r\n..two\r\n.end\r\n"


def test_an_idn_domain_is_spelled_in_ascii_on_the_wire() -> None:
    with sink() as kept, sender(kept.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, "info@школа.рф"), Accepted)
    assert kept.letters[0].rcpt_tos == [
        "info@xn--80aa1agjdchjh2p.xn--p1ai"[:5] + "школа".encode("idna").decode() + ".xn--p1ai"
    ]


def test_a_cyrillic_local_part_is_refused_in_words_without_smtputf8_and_sent_with_it() -> None:
    with sink(enable_SMTPUTF8=False) as kept, sender(kept.port) as smtp:
        done = smtp.send(RAW, FROM, "директор@школа.рф")
        assert isinstance(done, Refused)
        assert "SMTPUTF8" in done.because
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted), "the connection is good for the next one"
    with sink(enable_SMTPUTF8=True) as kept, sender(kept.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, "директор@школа.рф"), Accepted)
    assert kept.letters[0].rcpt_tos[0].startswith("директор@xn--")


@pytest.mark.parametrize(
    "address", ["", "<>", "nobody", "a b@c.ru", "a@b.ru\r\nRCPT TO:<x@y.ru>", "a@b.ru>,<c@d.ru", "a@b"]
)
def test_what_is_no_address_never_reaches_the_wire(address: str) -> None:
    with sender(1) as smtp:  # nothing listens there: a connection would be noticed
        assert isinstance(smtp.send(RAW, FROM, address), Refused)


def test_a_server_that_restarts_costs_no_letter() -> None:
    with sink() as first, sender(first.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
        port = first.port
        first.stop()
        assert isinstance(smtp.send(RAW, FROM, TO), Later)
        with sink(port) as second:
            assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
    assert (len(first.letters), len(second.letters)) == (1, 1)


def test_nobody_listening_is_a_later_and_check_says_so() -> None:
    port = _free_port()
    with sender(port) as smtp:
        done = smtp.send(RAW, FROM, TO)
        assert isinstance(done, Later)
        assert done.kind is Delay.CONNECTION
        with pytest.raises(ServerBusy, match=str(port)):
            smtp.check()


# --- encryption and sign-in ------------------------------------------------------------------------------------------


def _only_right(_server: object, _session: object, _envelope: object, _way: str, given: object) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"info@sferum.ru", "пароль".encode())
    return AuthResult(success=right, handled=False)


@pytest.mark.parametrize("way", ["LOGIN", "PLAIN"])
def test_sign_in_over_tls_with_a_password_that_is_not_ascii(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("SMTP_TEST_PASSWORD", "пароль")
    options = {
        "tls_context": _server_context(certificate),
        "require_starttls": True,
        "authenticator": _only_right,
        "auth_required": True,
        "auth_exclude_mechanism": {"LOGIN", "PLAIN"} - {way},
    }
    account = {
        "security": "starttls",
        "ca_file": str(certificate[1]),
        "user": "info@sferum.ru",
        "password_env": "SMTP_TEST_PASSWORD",
    }
    with sink(**options) as kept:
        with sender(kept.port, **account) as smtp:
            smtp.check()
            assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
        monkeypatch.setenv("SMTP_TEST_PASSWORD", "falsch")
        with sender(kept.port, **account) as smtp:
            done = smtp.send(RAW, FROM, TO)
            assert isinstance(done, Later), "a wrong password is ours: no letter is given up for it"
            assert done.kind is Delay.POLICY
            assert "falsch" not in done.because
            with pytest.raises(SettingsError, match=r"sign-in as info@sferum\.ru refused: 535"):
                smtp.check()
    assert len(kept.letters) == 1


def test_an_unknown_certificate_and_a_missing_starttls_send_nothing(certificate: tuple[Path, Path]) -> None:
    with sink(tls_context=_server_context(certificate)) as kept, sender(kept.port, security="starttls") as smtp:
        done = smtp.send(RAW, FROM, TO)
        assert isinstance(done, Later)
        assert "certificate is not trusted" in done.because
        with pytest.raises(SettingsError, match="certificate"):
            smtp.check()
    assert kept.letters == []
    with sink() as kept, sender(kept.port, security="starttls") as smtp:
        done = smtp.send(RAW, FROM, TO)
        assert isinstance(done, Later)
        assert "no STARTTLS" in done.because
    assert kept.letters == []


def test_missing_secret_and_certificate_file_are_said_in_words() -> None:
    with sink() as kept, sender(kept.port, security="starttls", ca_file="/nowhere/ca.pem") as smtp:
        with pytest.raises(SettingsError, match=r"/nowhere/ca\.pem"):
            smtp.check()
        assert isinstance(smtp.send(RAW, FROM, TO), Later)


def test_tls_from_the_first_byte(certificate: tuple[Path, Path]) -> None:
    script = {"EHLO": "250 hello"}
    with (
        scripted(script, tls=_server_context(certificate)) as server,
        sender(server.port, security="tls", ca_file=str(certificate[1])) as smtp,
    ):
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
    assert server.letters == [RAW]


# --- scripted servers ------------------------------------------------------------------------------------------------

DROP = ""  # instead of an answer: the connection is closed
SILENCE = None  # instead of an answer: nothing, for ever
Script = Mapping[str, str | list[str | None] | None]

USUAL: dict[str, str] = {
    "GREETING": "220 test",
    "EHLO": "250 test",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "LETTER": "250 taken",
    "NOOP": "250 ok",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


@dataclass
class Scripted:
    """A server that answers each command as its script says; a list is used up one by one, its last entry stays."""

    script: Script
    port: int = 0
    said: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    connections: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def answer(self, command: str) -> str | None:
        given = self.script.get(command, USUAL.get(command, "500 unknown"))
        if isinstance(given, list):
            return given.pop(0) if len(given) > 1 else given[0]
        return given

    def serve(self, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        while not self.done.is_set():
            try:
                wire, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            with suppress(OSError), wire:
                wire.settimeout(5)
                self.talk(tls.wrap_socket(wire, server_side=True) if tls else wire)

    def talk(self, wire: socket.socket) -> None:
        lines = wire.makefile("rb")
        command = "GREETING"
        while True:
            answer = self.answer(command)
            if answer == DROP:
                wire.shutdown(socket.SHUT_RDWR)
                return
            if answer is SILENCE:
                self.done.wait(5)
                return
            wire.sendall(answer.encode("utf-8", "surrogateescape") + b"\r\n")
            if command == "DATA" and answer.startswith("354"):
                letter = bytearray()
                while (line := lines.readline()) != b".\r\n":
                    if not line:
                        return
                    letter += line
                self.letters.append(bytes(letter))
                command = "LETTER"
                continue
            line = lines.readline()
            if not line:
                return
            self.said.append(line.decode("utf-8").strip())
            command = self.said[-1].partition(" ")[0].upper() or "EMPTY"


@contextmanager
def scripted(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    server = Scripted(script)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listening, tls), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.done.set()
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(6)
    assert not thread.is_alive()


def _once(script: Script, **settings: object) -> object:
    with scripted(script) as server, sender(server.port, **settings) as smtp:
        return smtp.send(RAW, FROM, TO)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"GREETING": "421 too busy"}, Delay.CONNECTION),
        ({"GREETING": DROP}, Delay.CONNECTION),
        ({"GREETING": SILENCE}, Delay.CONNECTION),
        ({"GREETING": "\udcff\udcfe\x00 nonsense"}, Delay.CONNECTION),
        ({"GREETING": "220 " + "x" * 20_000}, Delay.CONNECTION),
        ({"EHLO": DROP}, Delay.CONNECTION),
        ({"MAIL": "451 later"}, Delay.BUSY),
        ({"MAIL": "550 5.1.0 sender rejected"}, Delay.POLICY),
        ({"MAIL": "421 closing"}, Delay.CONNECTION),
        ({"RCPT": "450 4.2.0 greylisted"}, Delay.BUSY),
        ({"RCPT": "421 4.7.0 closing"}, Delay.BUSY),
        ({"RCPT": "550 5.7.1 relay access denied"}, Delay.POLICY),
        ({"RCPT": "530 5.7.0 authentication required"}, Delay.POLICY),
        ({"RCPT": "550 5.4.5 Daily user sending limit exceeded"}, Delay.POLICY),
        ({"RCPT": DROP}, Delay.CONNECTION),
        ({"DATA": "452 4.3.1 no room"}, Delay.BUSY),
        ({"DATA": DROP}, Delay.CONNECTION),
        ({"LETTER": "451 try later"}, Delay.BUSY),
        ({"LETTER": "550 mailbox temporarily disabled, try again later"}, Delay.BUSY),
        ({"LETTER": "554 5.7.1 Message rejected under suspicion of SPAM"}, Delay.POLICY),
        ({"LETTER": "550 spam message rejected. Please visit the help page"}, Delay.POLICY),
        ({"LETTER": DROP}, Delay.UNCLEAR),
        ({"LETTER": SILENCE}, Delay.UNCLEAR),
        ({"LETTER": "250-going\r\n250-on"}, Delay.UNCLEAR),
    ],
)
def test_trouble_that_may_pass_is_a_later_of_the_right_kind(script: Script, kind: Delay) -> None:
    done = _once(script, timeout_seconds=1.0)
    assert isinstance(done, Later), done
    assert done.kind is kind, done
    assert done.because
    assert done.because.isprintable()


@pytest.mark.parametrize(
    "script",
    [
        {"RCPT": "550 5.1.1 no such user"},
        {"RCPT": "552 5.2.2 mailbox full, over quota"},
        {"RCPT": "550 Mailbox unavailable"},
        {"DATA": "554 no valid recipients"},
        {"LETTER": "552 5.3.4 message too big"},
        {"LETTER": "550 non-existent user \udcd0\udcff"},
    ],
)
def test_a_refusal_of_this_recipient_is_final(script: Script) -> None:
    assert isinstance(_once(script), Refused)


def test_after_a_refusal_the_same_connection_takes_the_next_letter() -> None:
    with scripted({"RCPT": ["550 5.1.1 no such user", "250 ok"]}) as server, sender(server.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Refused)
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
    assert server.connections == 1
    assert "RSET" in [line.upper() for line in server.said]


@pytest.mark.parametrize(
    ("where", "how"), [("MAIL", DROP), ("RCPT", DROP), ("DATA", DROP), ("MAIL", "421 4.4.2 idle too long")]
)
def test_a_kept_connection_that_died_is_replaced_once_and_the_letter_goes_out_once(where: str, how: str) -> None:
    good = USUAL[where]
    with scripted({where: [good, how, good]}) as server, sender(server.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
    assert (server.connections, len(server.letters)) == (2, 2)


def test_a_letter_whose_answer_never_came_is_not_sent_again_by_itself() -> None:
    with scripted({"LETTER": ["250 taken", DROP, "250 taken"]}) as server, sender(server.port) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
        done = smtp.send(RAW, FROM, TO)
        assert isinstance(done, Later)
        assert done.kind is Delay.UNCLEAR
        assert len(server.letters) == 2
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted), "the next one finds a new connection"


def test_a_hand_over_ends_before_its_lease_does() -> None:
    start = time.monotonic()
    with scripted({"MAIL": SILENCE}) as server, sender(server.port, timeout_seconds=60, lease_seconds=5) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Later)
    assert time.monotonic() - start < 5


def _token_script(challenge: str) -> Script:
    return {
        "EHLO": "250-test\r\n250 AUTH XOAUTH2 OAUTHBEARER",
        "AUTH": challenge,
        "EMPTY": "535 5.7.8 expired",
        "AQ==": "535 no",
    }


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_an_access_token_is_used_and_an_expired_one_is_a_later(auth: str) -> None:
    account = {"user": "info@sferum.ru", "auth": auth, "token_command": ("printf", "t0ken")}
    with scripted(_token_script("235 welcome")) as server, sender(server.port, **account) as smtp:
        assert isinstance(smtp.send(RAW, FROM, TO), Accepted)
    given = next(line for line in server.said if line.startswith("AUTH")).split(" ")[2]
    assert "auth=Bearer t0ken\1\1" in base64.b64decode(given).decode()
    with scripted(_token_script("334 eyJzdGF0dXMiOiI0MDEifQ==")) as server, sender(server.port, **account) as smtp:
        done = smtp.send(RAW, FROM, TO)
    assert isinstance(done, Later)
    assert done.kind is Delay.POLICY
    assert "535" in done.because, "the server's last word is waited for, not its challenge"


def test_sending_keeps_up_with_the_intake() -> None:
    with sink() as kept, sender(kept.port) as smtp:
        start = time.perf_counter()
        for _ in range(60):
            smtp.send(RAW, FROM, TO)
        rate = 60 / (time.perf_counter() - start)
    assert rate > 40, f"{rate:.0f} letters a second"
    assert message_from_bytes(kept.letters[-1].content, policy=policy.default)["Message-ID"]
