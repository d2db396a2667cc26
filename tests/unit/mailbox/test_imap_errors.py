"""Which of our two errors a server's words become."""

import imaplib
import socket
import ssl

import pytest

from intake.imap_errors import is_dismissal, translated, words_of
from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable

BOX = Mailbox(name="info", host="imap.example.ru")


def come_out(error: Exception, cure: str = "") -> Exception:
    with pytest.raises((MailboxUnreachable, MailboxRefused)) as caught, translated(BOX, "signing in", cure):
        raise error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        imaplib.IMAP4.error("[UNAVAILABLE] Backend down"),
        imaplib.IMAP4.error("LOGIN failed: [INUSE] locked"),
        imaplib.IMAP4.error("[ALERT] Too many simultaneous connections"),
        imaplib.IMAP4.error("Account exceeded command or bandwidth limits"),
        imaplib.IMAP4.error("command SEARCH illegal in state LOGOUT, only allowed in states SELECTED"),
        imaplib.IMAP4.abort("socket error: EOF"),
        TimeoutError("timed out"),
        socket.gaierror(-3, "Temporary failure in name resolution"),
        ssl.SSLEOFError(8, "EOF occurred"),
        IndexError("nonsense"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert isinstance(come_out(error, cure="check user"), MailboxUnreachable)


@pytest.mark.parametrize(
    "error",
    [
        imaplib.IMAP4.error("[AUTHENTICATIONFAILED] Invalid credentials"),
        imaplib.IMAP4.error(b"NO LOGIN invalid credentials or IMAP is disabled"),
        imaplib.IMAP4.error("select failed: [NONEXISTENT] Unknown Mailbox: X"),
        imaplib.IMAP4.error("select failed: [NONEXISTENT] Mailbox doesn't exist: Restart/too many"),
        imaplib.IMAP4.readonly("INBOX is not writable"),
    ],
)
def test_a_refusal_with_a_cure_is_lasting_and_names_mailbox_server_and_cure(error: Exception) -> None:
    sentence = str(come_out(error, cure="check user"))
    assert sentence.startswith('mailbox "info": imap.example.ru:993: signing in failed: ')
    assert sentence.endswith(
        ("; check user", "; the user may only read there: set read_only = true, or give it more rights")
    )


def test_a_refusal_without_a_cure_is_the_servers_bad_moment() -> None:
    assert isinstance(come_out(imaplib.IMAP4.error("fetch failed: NO cannot")), MailboxUnreachable)


def test_a_broken_line_behind_a_failed_login_is_no_wrong_password() -> None:
    failed_login = imaplib.IMAP4.error("command: LOGIN => socket error: EOF")
    failed_login.__context__ = imaplib.IMAP4.abort("socket error: EOF")
    assert isinstance(come_out(failed_login, cure="check user"), MailboxUnreachable)


def test_words_are_one_bounded_line_without_the_wrapping_of_the_library() -> None:
    assert words_of(imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] no")) == "[AUTHENTICATIONFAILED] no"
    assert words_of(imaplib.IMAP4.error("select failed: no\r\nsuch\x00folder")) == "no such folder"
    assert len(words_of(OSError("x" * 5000))) == 300
    assert words_of(TimeoutError()) == "TimeoutError"


@pytest.mark.parametrize(
    ("words", "over_the_message"),
    [
        ("command: FETCH => FETCH failed: Internal error occurred.", True),
        ("command: FETCH => socket error: EOF", False),
        ("command: FETCH => Server shutting down.", False),
        ("command: FETCH => Disconnected for inactivity.", False),
        ("command: FETCH => unexpected response: b'x'", False),
    ],
)
def test_only_a_bye_over_the_message_counts_against_the_message(words: str, *, over_the_message: bool) -> None:
    assert is_dismissal(imaplib.IMAP4.abort(words)) is over_the_message
