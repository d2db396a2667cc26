"""Lines that break, fall silent or wait: noticed within seconds, and nothing is lost by it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from intake.mailbox import Connection, Fetched
from intake.settings import Mailbox
from rules.errors import MailboxUnreachable
from tests.integration.dovecot import Dovecot
from tests.integration.proxy import Proxy
from tests.integration.scripted import scripted_imap

Box = Callable[..., Mailbox]
Connect = Callable[[Mailbox], Connection]

pytestmark = pytest.mark.dovecot

PLENTY = 30_000_000
LETTER = b"Subject: a\r\n\r\nb\r\n"


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[Proxy]:
    """A proxy before the server's TLS port."""
    with Proxy(dovecot.tls_port) as one:
        yield one


def never() -> bool:
    return False


class WhileWaiting:
    """A `stop` that does something when the wait has begun, and never stops it."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self._deed: Callable[[], object] | None = deed

    def __call__(self) -> bool:
        deed, self._deed = self._deed, None
        if deed:
            deed()
        return False


def kept_until_it_broke(connection: Connection, uids: list[int]) -> list[Fetched]:
    kept: list[Fetched] = []
    with pytest.raises(MailboxUnreachable, match="fetching messages failed.*tried again"):  # noqa: PT012, RUF043 - the loop is what breaks
        for batch in connection.fetch(uids, PLENTY):
            kept += batch
    return kept


def test_a_line_cut_during_fetch_is_noticed_and_a_new_one_brings_the_rest(
    box: Box, connect: Connect, dovecot: Dovecot, user: str, proxy: Proxy
) -> None:
    letters = [b"Subject: %d\r\n\r\n" % number + b"x" * 20_000 + b"\r\n" for number in range(150)]
    dovecot.deliver(user, *letters)
    connection = connect(box(port=proxy.port))
    connection.select("INBOX")
    uids = connection.new_uids(0)
    proxy.cut_after(1_500_000)  # in the middle of the second batch
    kept = kept_until_it_broke(connection, uids)
    assert [one.uid for one in kept] == uids[:50]
    again = connect(box(port=proxy.port))
    again.select("INBOX")
    rest = [one for batch in again.fetch(again.new_uids(kept[-1].uid), PLENTY) for one in batch]
    assert [one.raw for one in kept + rest] == letters


def test_a_cut_line_makes_no_message_unreadable(
    box: Box, connect: Connect, dovecot: Dovecot, user: str, proxy: Proxy
) -> None:
    """Only a server that hangs up with words (BYE) over a message is believed that the message is the reason."""
    dovecot.deliver(user, b"Subject: large\r\n\r\n" + b"x" * 500_000)
    for _ in range(3):
        connection = connect(box(port=proxy.port))
        connection.select("INBOX")
        proxy.cut_after(100_000)
        assert kept_until_it_broke(connection, [1]) == []


@pytest.mark.parametrize("reset", [False, True])
def test_a_killed_line_is_noticed_in_idle_within_seconds(
    box: Box, connect: Connect, proxy: Proxy, *, reset: bool
) -> None:
    connection = connect(box(port=proxy.port))
    connection.select("INBOX")
    begun = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="waiting for mail failed"):
        connection.wait(30, WhileWaiting(lambda: proxy.cut(reset=reset)))
    assert time.monotonic() - begun < 3


def test_a_stopped_server_is_noticed_in_idle(box: Box, connect: Connect) -> None:
    with scripted_imap({"IDLE": "+ idling\r\n* BYE shutting down\r\n"}) as server:
        connection = connect(plain(box, server.port))
        connection.select("INBOX")
        with pytest.raises(MailboxUnreachable):
            connection.wait(1, never)


def test_a_black_hole_is_noticed_after_slice_and_timeout(box: Box, connect: Connect, proxy: Proxy) -> None:
    connection = connect(box(port=proxy.port, timeout_seconds=1))
    connection.select("INBOX")
    begun = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="timed out"):
        connection.wait(1, WhileWaiting(proxy.black_hole))
    assert time.monotonic() - begun < 4


def test_new_mail_ends_the_wait_at_once(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    connection = connect(box())
    assert connection.has_idle
    connection.select("INBOX")
    begun = time.monotonic()
    assert connection.wait(30, WhileWaiting(lambda: dovecot.deliver(user, LETTER)))
    assert time.monotonic() - begun < 5
    assert connection.new_uids(0) == [1]


def test_word_of_new_mail_lost_in_a_buffer_is_made_good_by_the_search(box: Box, connect: Connect) -> None:
    """EXISTS in one segment with the server's "+ idling" never wakes anybody: the slice's end must."""
    answers = {"IDLE": "+ idling\r\n* 2 EXISTS\r\n", "UID SEARCH": "* SEARCH 1 2\r\n{tag} OK done\r\n"}
    with scripted_imap(answers) as server:
        connection = connect(plain(box, server.port))
        connection.select("INBOX")
        assert connection.wait(1, never)
        assert connection.new_uids(1) == [2]


def test_a_quiet_slice_ends_with_a_look(box: Box, connect: Connect) -> None:
    connection = connect(box())
    connection.select("INBOX")
    assert connection.wait(0.3, never)
    connection.noop()


def test_stop_ends_the_wait_and_leaves_the_line_good(box: Box, connect: Connect) -> None:
    connection = connect(box())
    connection.select("INBOX")
    stop = threading.Event()
    begun = time.monotonic()
    threading.Timer(0.2, stop.set).start()
    assert not connection.wait(30, stop.is_set)
    assert time.monotonic() - begun < 2
    assert connection.new_uids(0) == []


def test_stop_ends_the_wait_even_in_a_black_hole(box: Box, connect: Connect, proxy: Proxy) -> None:
    connection = connect(box(port=proxy.port))
    connection.select("INBOX")
    stop = threading.Event()

    def asked() -> bool:
        proxy.black_hole()
        stop.set()
        return stop.is_set()

    begun = time.monotonic()
    assert not connection.wait(30, asked)
    connection.close()
    assert time.monotonic() - begun < 4


def test_without_idle_the_wait_is_a_pause_with_a_sign_of_life(box: Box, connect: Connect) -> None:
    with scripted_imap({}, capabilities="IMAP4rev1") as server:
        connection = connect(plain(box, server.port))
        connection.select("INBOX")
        assert not connection.has_idle
        assert connection.wait(0.2, never)
        assert server.heard[-1] == "NOOP"


def test_idle_may_be_switched_off(box: Box, connect: Connect) -> None:
    assert not connect(box(idle=False)).has_idle


def test_waiting_costs_no_cpu(box: Box, connect: Connect) -> None:
    connection = connect(box())
    connection.select("INBOX")
    begun = time.thread_time()
    connection.wait(2, never)
    assert time.thread_time() - begun < 0.1


def test_close_never_raises_whatever_became_of_the_line(box: Box, connect: Connect, proxy: Proxy) -> None:
    connection = connect(box(port=proxy.port))
    proxy.cut(reset=True)
    connection.close()
    connection.close()
    with pytest.raises(MailboxUnreachable):
        connection.noop()


def test_after_a_restart_of_the_server_a_new_line_finds_everything(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, LETTER)
    connection = connect(box())
    before = connection.select("INBOX")
    dovecot.restart()
    with pytest.raises(MailboxUnreachable):
        connection.noop()
    again = connect(box())
    assert again.select("INBOX") == before
    assert again.new_uids(0) == [1]


def test_a_server_that_does_not_answer_is_given_up_after_the_timeout(box: Box) -> None:
    with scripted_imap({"NOOP": b""}) as server:
        connection = Connection.open(plain(box, server.port, timeout_seconds=1))
        begun = time.monotonic()
        with pytest.raises(MailboxUnreachable, match="timed out"):
            connection.noop()
        connection.close()
        assert time.monotonic() - begun < 3


def plain(box: Box, port: int, **changes: object) -> Mailbox:
    return box(**{"host": "127.0.0.1", "port": port, "security": "plain", "ca_file": "", "user": "desk"} | changes)
