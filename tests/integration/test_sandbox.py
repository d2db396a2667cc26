"""The built-in servers: a letter from outside comes to the desk as it was sent, a reply never leaves the machine."""

import os
import smtplib
import socket
import time
from collections.abc import Iterator

import pytest

from intake.mailbox import Connection
from intake.sandbox import KEPT_OUTGOING, Sandbox
from intake.settings import Smtp
from rules.errors import MailboxRefused, MailboxUnreachable

ADDRESS = "info@sferum.ru"
LETTER = b"From: school@example.ru\r\nTo: info@sferum.ru\r\nSubject: a\r\n\r\nb\r\n"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    one = Sandbox()
    one.start(ADDRESS)
    yield one
    one.stop()


@pytest.fixture
def inbox(sandbox: Sandbox) -> Iterator[Connection]:
    connection = Connection.open(sandbox.mailbox())
    connection.select("INBOX")
    yield connection
    connection.close()


def raws(connection: Connection) -> list[bytes]:
    return [one.raw for batch in connection.fetch(connection.new_uids(0), 30_000_000) for one in batch]


def send(settings: Smtp, recipients: list[str], raw: bytes, *, sign_in: bool = True) -> None:
    with smtplib.SMTP(settings.host, settings.port, timeout=5) as line:
        if sign_in:
            line.login(settings.user, settings.secret())
        line.sendmail(ADDRESS, recipients, raw)


def test_it_is_up_within_half_a_second() -> None:
    one = Sandbox()
    begun = time.monotonic()
    one.start(ADDRESS)
    up = time.monotonic() - begun
    one.stop()
    assert up < 0.5


@pytest.mark.parametrize(
    "raw",
    [
        LETTER,
        "From: Иванов <a@b.ru>\r\nSubject: Заявка\r\n\r\nПривет\r\n".encode("cp1251"),
        b'Date: yesterday\r\nFrom: <<a@@b>, "x\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhi\r\n',
        b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n",
        b"Subject: NUL and lone CR\r\n\r\na\0b\rc\r\n",
        b"Subject: " + b"z" * 5000 + b"\r\n\r\n" + b"y" * 2_000_000 + b"\r\n",
        b"References: \xff<<<a@b\r\nIn-Reply-To: =?x?b?!?=\r\nMessage-ID: \xd0\r\n\r\n",
        b"\r\n",
    ],
)
def test_a_letter_comes_byte_for_byte(sandbox: Sandbox, inbox: Connection, raw: bytes) -> None:
    sandbox.deliver(raw)
    assert raws(inbox) == [raw]


def test_bare_line_feeds_become_line_ends(sandbox: Sandbox, inbox: Connection) -> None:
    sandbox.deliver(LETTER.replace(b"\r\n", b"\n"))
    assert raws(inbox) == [LETTER]


def test_delivery_wakes_an_idle_desk(sandbox: Sandbox, inbox: Connection) -> None:
    delivered: list[bytes] = []

    def stop() -> bool:
        if not delivered:
            delivered.append(LETTER)
            sandbox.deliver(LETTER)
        return False

    begun = time.monotonic()
    assert inbox.wait(30, stop)
    assert time.monotonic() - begun < 3
    assert raws(inbox) == [LETTER]


def test_a_cyrillic_folder_takes_what_is_moved(sandbox: Sandbox, inbox: Connection) -> None:
    sandbox.deliver(LETTER)
    inbox.mark_seen([101])
    assert inbox.move(inbox.new_uids(0), "Разобрано/Сферум") == []
    assert inbox.new_uids(0) == []
    inbox.select("Разобрано/Сферум")
    assert raws(inbox) == [LETTER]


def test_a_reply_to_others_is_kept_and_goes_nowhere(sandbox: Sandbox, inbox: Connection) -> None:
    send(sandbox.smtp(), ["school@example.ru"], LETTER)
    assert sandbox.outgoing() == [LETTER]
    assert raws(inbox) == []


def test_mail_to_the_desk_and_others_goes_both_ways(sandbox: Sandbox, inbox: Connection) -> None:
    send(sandbox.smtp(), ["INFO@sferum.ru", "school@example.ru"], LETTER)
    assert sandbox.outgoing() == [LETTER]
    assert raws(inbox) == [LETTER]


def test_only_the_desk_may_write_to_others(sandbox: Sandbox) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sandbox.smtp(), ["school@example.ru"], LETTER, sign_in=False)
    assert sandbox.outgoing() == []


def test_a_wrong_password_opens_neither_server(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sandbox.smtp().password_env, "wrong")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(sandbox.smtp(), ["school@example.ru"], LETTER)
    with pytest.raises(MailboxRefused, match=r"signing in as info@sferum\.ru failed"):
        Connection.open(sandbox.mailbox())


def test_the_list_of_outgoing_mail_is_bounded(sandbox: Sandbox) -> None:
    settings = sandbox.smtp()
    with smtplib.SMTP(settings.host, settings.port, timeout=5) as line:
        line.login(settings.user, settings.secret())
        for number in range(KEPT_OUTGOING + 5):
            line.sendmail(ADDRESS, ["a@example.ru"], b"Subject: %d\r\n\r\n" % number)
    kept = sandbox.outgoing()
    assert len(kept) == KEPT_OUTGOING
    assert kept[-1] == b"Subject: %d\r\n\r\n" % (KEPT_OUTGOING + 4)


def test_two_sandboxes_do_not_know_each_other(inbox: Connection) -> None:
    other = Sandbox()
    other.start(ADDRESS)
    other.deliver(LETTER)
    other.stop()
    assert raws(inbox) == []


def test_after_stop_nothing_listens_and_the_password_is_gone() -> None:
    one = Sandbox()
    one.start(ADDRESS)
    settings = one.mailbox()
    one.stop()
    assert settings.password_env not in os.environ
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((settings.host, settings.port), 1)
    with pytest.raises(MailboxUnreachable):
        one.deliver(LETTER)


def test_stop_without_start_is_no_error() -> None:
    Sandbox().stop()
