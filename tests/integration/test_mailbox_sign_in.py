"""Getting in, or being told in one sentence why not and what to do: against a real Dovecot and scripted moods."""

from collections.abc import Callable

import pytest

from intake.mailbox import Connection
from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable
from tests.integration.dovecot import Dovecot, token
from tests.integration.scripted import scripted_imap

Box = Callable[..., Mailbox]
Connect = Callable[[Mailbox], Connection]

pytestmark = pytest.mark.dovecot


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls_with_a_known_authority_opens_the_mailbox(
    box: Box, connect: Connect, dovecot: Dovecot, security: str
) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    state = connect(box(security=security, port=port)).select("INBOX")
    assert (state.uid_next, state.exists) == (1, 0)
    assert state.uid_validity > 0


def test_plain_opens_the_mailbox_on_loopback(box: Box, connect: Connect, dovecot: Dovecot) -> None:
    assert connect(box(security="plain", port=dovecot.port)).select("INBOX").exists == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_authority_is_refused_and_the_cure_named(box: Box, dovecot: Dovecot, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with pytest.raises(MailboxRefused, match=r'mailbox "info": localhost:\d+.*not trusted.*set ca_file'):
        Connection.open(box(security=security, port=port, ca_file=""))


def test_a_certificate_for_another_name_is_refused(box: Box) -> None:
    with pytest.raises(MailboxRefused, match=r"not trusted.*127\.0\.0\.1"):
        Connection.open(box(host="127.0.0.1"))


def test_a_missing_certificate_file_is_named(box: Box) -> None:
    with pytest.raises(MailboxRefused, match=r"no-such\.pem \(ca_file\)"):
        Connection.open(box(ca_file="no-such.pem"))


def test_tls_to_a_plain_port_says_which_setting_is_wrong(box: Box, dovecot: Dovecot) -> None:
    with pytest.raises(MailboxRefused, match='set security = "starttls"'):
        Connection.open(box(port=dovecot.port))


def test_a_wrong_password_is_refused_and_never_repeated_in_the_message(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_TEST_WRONG", "hunter2")
    with pytest.raises(MailboxRefused, match=r"AUTHENTICATIONFAILED.*check user and password_env") as caught:
        Connection.open(box(password_env="INTAKE_TEST_WRONG"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("password", ["пароль", 'quo"te\\', "with\nnewline", ""])
def test_any_password_reaches_the_server_as_a_password(
    box: Box, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """LOGIN cannot carry Cyrillic and would end at a line break: the answer must be a refusal, never a protocol error."""
    monkeypatch.setenv("INTAKE_TEST_ODD", password)
    with pytest.raises(MailboxRefused, match="AUTHENTICATIONFAILED"):
        Connection.open(box(password_env="INTAKE_TEST_ODD"))


def test_a_user_name_with_a_blank_is_no_second_argument(box: Box) -> None:
    with pytest.raises(MailboxRefused, match="AUTHENTICATIONFAILED"):
        Connection.open(box(user="desk secret"))


@pytest.mark.parametrize("way", ["xoauth2", "oauthbearer"])
def test_a_valid_token_opens_the_mailbox(box: Box, connect: Connect, user: str, way: str) -> None:
    assert connect(box(auth=way, token_command=("echo", token(user)))).select("INBOX").exists == 0


@pytest.mark.parametrize("way", ["xoauth2", "oauthbearer"])
def test_an_expired_token_is_refused_and_token_command_named(box: Box, user: str, way: str) -> None:
    with pytest.raises(MailboxRefused, match="check user and token_command"):
        Connection.open(box(auth=way, token_command=("echo", token(user, lifetime=-60))))


def test_a_server_without_oauth_is_told_apart_from_a_bad_token(box: Box) -> None:
    with scripted_imap({}) as server, pytest.raises(MailboxRefused, match="does not offer XOAUTH2"):
        Connection.open(_plain(box, server.port, auth="xoauth2", token_command=("echo", "t")))


def test_a_server_without_starttls_never_hears_the_password(box: Box) -> None:
    with scripted_imap({}) as server:
        with pytest.raises(MailboxRefused, match="STARTTLS"):
            Connection.open(_plain(box, server.port, security="starttls"))
        assert not [line for line in server.heard if line.startswith("LOGIN")]


@pytest.mark.parametrize(
    "words",
    [
        "[UNAVAILABLE] Temporary authentication failure.",
        "[LIMIT] Rate limit hit",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "LOGIN internal server error, try again later",
    ],
)
def test_a_sign_in_that_fails_for_the_moment_is_tried_again(box: Box, words: str) -> None:
    with scripted_imap({"LOGIN": f"{{tag}} NO {words}\r\n"}) as server, pytest.raises(MailboxUnreachable):
        Connection.open(_plain(box, server.port))


@pytest.mark.parametrize("greeting", [b"* BYE Too many connections\r\n", b"", b"SSH-2.0-OpenSSH\r\n", b"\0\xff\r\n"])
def test_a_greeting_that_is_none_is_tried_again(box: Box, greeting: bytes) -> None:
    with scripted_imap({}, greeting=greeting) as server, pytest.raises(MailboxUnreachable, match="connecting failed"):
        Connection.open(_plain(box, server.port, timeout_seconds=1))


def test_a_line_that_breaks_during_the_sign_in_is_no_wrong_password(box: Box) -> None:
    with scripted_imap({"LOGIN": b"* BYE going down\r\n"}) as server, pytest.raises(MailboxUnreachable):
        Connection.open(_plain(box, server.port, timeout_seconds=1))


def test_a_port_where_nobody_listens_is_tried_again(box: Box) -> None:
    with scripted_imap({}) as server:
        port = server.port
    with pytest.raises(MailboxUnreachable, match=f":{port}: connecting failed"):
        Connection.open(_plain(box, port))


def _plain(box: Box, port: int, **changes: object) -> Mailbox:
    return box(**{"host": "127.0.0.1", "port": port, "security": "plain", "ca_file": "", "user": "desk"} | changes)
