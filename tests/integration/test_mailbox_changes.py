"""What the desk changes in a mailbox, and that it changes nothing where it may not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from intake.mailbox import Connection
from intake.settings import Mailbox
from rules.errors import MailboxRefused
from tests.integration.dovecot import Dovecot
from tests.integration.scripted import scripted_imap

Box = Callable[..., Mailbox]
Connect = Callable[[Mailbox], Connection]

pytestmark = pytest.mark.dovecot

LETTER = b"Subject: a\r\n\r\nb\r\n"
DONE = "Разобрано/Сферум"
WHEN = datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)


def test_mark_seen_marks_those_and_no_others(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, LETTER, LETTER, LETTER)
    connection = connect(box())
    connection.select("INBOX")
    connection.mark_seen([1, 3])
    assert [rb"\Seen" in line for line in dovecot.flags(user)] == [True, False, True]


def test_marking_nothing_or_the_vanished_is_no_error(box: Box, connect: Connect) -> None:
    connection = connect(box())
    connection.select("INBOX")
    connection.mark_seen([])
    connection.mark_seen([99])
    assert connection.move([], DONE) == []


def test_move_takes_the_messages_along_and_makes_the_folder(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, LETTER, LETTER, LETTER)
    connection = connect(box(after="move", move_to=DONE))
    connection.select("INBOX")
    assert connection.move([1, 2], DONE) == []
    assert connection.new_uids(0) == [3]
    assert connection.select(DONE).exists == 2


def test_move_without_the_capability_is_copy_delete_and_a_narrow_expunge(box: Box) -> None:
    with scripted_imap({}, capabilities="IMAP4rev1 UIDPLUS") as server:
        connection = Connection.open(plain(box, server.port, after="move", move_to="Done"))
        connection.select("INBOX")
        assert connection.move([4, 5], "Done") == []
        assert server.heard[-3:] == [
            'UID COPY 4,5 "Done"',
            r"UID STORE 4,5 +FLAGS.SILENT (\Deleted)",
            "UID EXPUNGE 4,5",
        ]


def test_move_without_move_and_uidplus_leaves_everything_and_says_so(box: Box) -> None:
    """A plain EXPUNGE would also take what a colleague has marked as deleted."""
    with scripted_imap({}, capabilities="IMAP4rev1") as server:
        connection = Connection.open(plain(box, server.port, after="move", move_to="Done"))
        connection.select("INBOX")
        assert connection.move([4, 5], "Done") == [4, 5]
        assert not [line for line in server.heard if re.search("COPY|MOVE|STORE|EXPUNGE", line)]


@pytest.mark.parametrize("changes", [{"read_only": True}, {"after": "leave"}])
def test_a_mailbox_to_be_left_alone_is_left_alone(
    box: Box, connect: Connect, dovecot: Dovecot, user: str, changes: dict[str, object]
) -> None:
    dovecot.deliver(user, LETTER, LETTER)
    before = dovecot.flags(user)
    connection = connect(box(**changes))
    connection.select("INBOX")
    connection.mark_seen([1])
    assert connection.move([2], DONE) == [2]
    assert len([one for batch in connection.fetch([1, 2], 10_000) for one in batch]) == 2
    assert dovecot.flags(user) == before
    assert connection.folders() == ["INBOX"]


def test_a_folder_that_may_only_be_read_is_refused_and_the_setting_named(box: Box) -> None:
    answer = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [READ-ONLY] x\r\n{tag} OK [READ-ONLY] open\r\n"
    with scripted_imap({"SELECT": answer}) as server, pytest.raises(MailboxRefused, match="set read_only = true"):
        Connection.open(plain(box, server.port)).select("INBOX")


def test_a_read_only_mailbox_is_opened_by_examine(box: Box) -> None:
    with scripted_imap({}) as server:
        Connection.open(plain(box, server.port, read_only=True)).select("INBOX")
        assert server.heard[-1].startswith("EXAMINE")


def test_append_puts_a_read_copy_into_a_new_cyrillic_folder(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    connection = connect(box())
    assert connection.append("Отправленные", LETTER, WHEN)
    assert rb"\Seen" in dovecot.flags(user, "Отправленные")[0]
    connection.select("Отправленные")
    ((one,),) = connection.fetch([1], 10_000)
    assert (one.raw, one.received_at) == (LETTER, WHEN)


def test_append_while_a_folder_is_open_does_not_leave_it(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, LETTER)
    connection = connect(box())
    connection.select("INBOX")
    connection.append("Отправленные", LETTER, WHEN)
    assert connection.new_uids(0) == [1]


def test_append_is_not_done_in_a_read_only_mailbox(box: Box, connect: Connect) -> None:
    connection = connect(box(read_only=True))
    assert not connection.append("Отправленные", LETTER, WHEN)
    assert connection.folders() == ["INBOX"]


def test_a_folder_that_cannot_be_made_is_refused_in_words(box: Box) -> None:
    no = "{tag} NO [NOPERM] not here\r\n"
    with scripted_imap({"APPEND": no, "CREATE": no, "UID COPY": no}, capabilities="IMAP4rev1 UIDPLUS") as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        with pytest.raises(MailboxRefused, match=r"folder «Done».*NOPERM"):
            connection.move([1], "Done")


def plain(box: Box, port: int, **changes: object) -> Mailbox:
    return box(host="127.0.0.1", port=port, security="plain", ca_file="", user="desk", **changes)
