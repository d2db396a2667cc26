"""Looking and fetching on a real Dovecot: nothing is left out, nothing changes, one bad message stops no other."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from intake.mailbox import UNKNOWN_TIME, Connection, Fetched
from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable
from tests.integration.dovecot import Dovecot, mailbox_name
from tests.integration.scripted import Answer, scripted_imap

Box = Callable[..., Mailbox]
Connect = Callable[[Mailbox], Connection]

pytestmark = pytest.mark.dovecot

CYRILLIC = "Входящие/Сферум"
PLENTY = 30_000_000


def letter(number: int, size: int = 200) -> bytes:
    """A small letter, different for each number."""
    lines = b"".join(b"%06d %s\r\n" % (number, b"x" * 60) for _ in range(size // 69 + 1))
    return b"From: school@example.ru\r\nSubject: letter %d\r\n\r\n" % number + lines


def everything(connection: Connection, after_uid: int = 0, max_bytes: int = PLENTY) -> list[Fetched]:
    return [one for batch in connection.fetch(connection.new_uids(after_uid), max_bytes) for one in batch]


def test_a_thousand_messages_come_completely_and_in_order(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    letters = [letter(number, 3000) for number in range(1000)]
    dovecot.deliver(user, *letters)
    connection = connect(box())
    assert connection.select("INBOX").exists == 1000
    batches = list(connection.fetch(connection.new_uids(0), PLENTY))
    assert max(len(batch) for batch in batches) <= 50
    assert [one.raw for batch in batches for one in batch] == letters
    assert [one.uid for batch in batches for one in batch] == list(range(1, 1001))


def test_batches_stay_below_four_megabytes(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, *[letter(number, 1_500_000) for number in range(4)], letter(4, 5_000_000), letter(5))
    connection = connect(box())
    connection.select("INBOX")
    batches = list(connection.fetch(connection.new_uids(0), PLENTY))
    assert [[one.uid for one in batch] for batch in batches] == [[1, 2], [3, 4], [5], [6]]


def test_bytes_come_as_they_are(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    odd = [
        "Subject: Заявка\r\nFrom: Иванов <a@b.ru>\r\n\r\nПривет\r\n".encode("cp1251"),
        b'Date: yesterday\r\nFrom: <<a@@b>, "x\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhello\r\n',
        b"\r\nno headers\r\n",
        b"Subject: " + b"z" * 100_000 + b"\r\n\r\n" + b"y" * 100_000,
    ]
    dovecot.deliver(user, *odd)
    connection = connect(box())
    connection.select("INBOX")
    assert [one.raw for one in everything(connection)] == odd


def test_nothing_changes_by_reading(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, letter(1), letter(2, 50_000))
    connection = connect(box())
    connection.select("INBOX")
    everything(connection, max_bytes=10_000)
    assert all(rb"\Seen" not in line for line in dovecot.flags(user))


def test_only_uids_above_the_bookmark_are_new(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    """UID n:* names the last message even where its UID is below n."""
    dovecot.deliver(user, letter(1), letter(2))
    connection = connect(box())
    connection.select("INBOX")
    assert connection.new_uids(0) == [1, 2]
    assert connection.new_uids(1) == [2]
    assert connection.new_uids(2) == []


def test_mail_that_came_after_the_folder_was_opened_is_new(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    connection = connect(box())
    connection.select("INBOX")
    assert connection.new_uids(0) == []
    dovecot.deliver(user, letter(1))
    assert connection.new_uids(0) == [1]


def test_a_search_answer_too_long_for_one_line_is_asked_for_in_pieces(box: Box) -> None:
    many = 200_000

    def found(said: str) -> str:
        first, _, last = said.rpartition(" ")[2].partition(":")
        end = many if last == "*" else int(last)
        return f"* SEARCH {' '.join(str(uid) for uid in range(int(first), end + 1))}\r\n{{tag}} OK done\r\n"

    select = f"* {many} EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT {many + 1}] n\r\n{{tag}} OK open\r\n"
    with scripted_imap({"SELECT": select, "UID SEARCH": found}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        assert connection.new_uids(0) == list(range(1, many + 1))


def test_an_oversized_message_comes_by_its_headers_only(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, letter(1), letter(2, 50_000), letter(3))
    connection = connect(box())
    connection.select("INBOX")
    first, large, last = everything(connection, max_bytes=10_000)
    assert (large.oversized, large.size) == (True, len(letter(2, 50_000)))
    assert large.raw == b"From: school@example.ru\r\nSubject: letter 2\r\n\r\n"
    assert (first.oversized, first.raw, last.raw) == (False, letter(1), letter(3))


def test_arrival_is_internaldate_in_utc(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    when = datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)
    dovecot.deliver(user, letter(1), when=when)
    connection = connect(box())
    connection.select("INBOX")
    (one,) = everything(connection)
    assert (one.received_at, one.received_at.utcoffset()) == (when, timedelta(0))
    assert connection.received_dates([1, 99]) == {1: when}


def test_uids_since_a_day(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    for day in (10, 12, 11):
        dovecot.deliver(user, letter(day), when=datetime(2026, 11, day, 12, tzinfo=UTC))
    connection = connect(box())
    connection.select("INBOX")
    assert connection.uids_since(date(2026, 11, 11)) == [2, 3]


def test_a_cyrillic_folder_is_read_by_its_name(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, letter(1), folder=CYRILLIC)
    connection = connect(box())
    assert connection.select(CYRILLIC).exists == 1
    assert everything(connection)[0].raw == letter(1)
    assert CYRILLIC in connection.folders()


def test_a_missing_folder_is_refused_and_the_existing_ones_named(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, letter(1), folder=CYRILLIC)
    with pytest.raises(MailboxRefused, match=f"«Заявки».*check folders.*INBOX, .*{CYRILLIC}"):
        connect(box()).select("Заявки")


def test_a_refused_folder_does_not_end_the_connection(box: Box, connect: Connect) -> None:
    connection = connect(box())
    with pytest.raises(MailboxRefused):
        connection.select("Заявки")
    assert connection.select("INBOX").exists == 0


def test_a_folder_made_anew_has_another_uid_validity(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, letter(1), folder=CYRILLIC)
    before = connect(box()).select(CYRILLIC)
    session = dovecot.session(user)
    session.delete(mailbox_name(CYRILLIC))
    session.logout()
    dovecot.deliver(user, letter(2), folder=CYRILLIC)
    after = connect(box()).select(CYRILLIC)
    assert after.uid_validity != before.uid_validity
    assert after.uid_next == 2


def test_a_message_that_vanished_is_left_out(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, *[letter(number) for number in range(1, 6)])
    connection = connect(box())
    connection.select("INBOX")
    uids = connection.new_uids(0)
    session = dovecot.session(user)
    session.select("INBOX")
    session.store("3", "+FLAGS", r"(\Deleted)")
    session.expunge()
    session.logout()
    assert [one.uid for batch in connection.fetch(uids, PLENTY) for one in batch] == [1, 2, 4, 5]


def test_a_message_the_server_cannot_read_comes_empty_and_the_others_whole(
    box: Box, connect: Connect, dovecot: Dovecot, user: str
) -> None:
    """Dovecot hangs up over it (BYE); a desk that only reconnected would never get past it."""
    letters = [letter(number) for number in range(1, 121)]
    dovecot.deliver(user, *letters)
    connection = connect(box())
    connection.select("INBOX")
    uids = connection.new_uids(0)
    connection.close()
    maildir = dovecot.mail_folder(user)
    spoilt = next(path for path in maildir.glob("*/*") if path.is_file() and letters[59] in as_sent(path.read_bytes()))
    spoilt.chmod(0)
    connection = connect(box())
    connection.select("INBOX")
    found = [one for batch in connection.fetch(uids, PLENTY) for one in batch]
    assert [one.uid for one in found] == uids
    assert [one.uid for one in found if not one.raw] == [60]
    assert [one.raw for one in found if one.raw] == letters[:59] + letters[60:]


def test_a_server_that_can_read_nothing_is_ill_itself(box: Box, connect: Connect, dovecot: Dovecot, user: str) -> None:
    """A full disk or a lost mount must not turn a hundred letters into a hundred unreadable tickets."""
    dovecot.deliver(user, *[letter(number) for number in range(5)])
    connection = connect(box())
    connection.select("INBOX")
    uids = connection.new_uids(0)
    connection.close()
    for path in dovecot.mail_folder(user).glob("*/*"):
        if path.is_file():
            path.chmod(0)
    connection = connect(box())
    connection.select("INBOX")
    with pytest.raises(MailboxUnreachable, match="gives out no message at all"):
        list(connection.fetch(uids, PLENTY))


BODY = b"Subject: a\r\n\r\nb\r\n"


def one_spoilt(spoilt: bytes) -> Callable[[str], bytes]:
    """FETCH answers of a server with three messages, the second of which it answers with `spoilt`."""

    def answer(said: str) -> bytes:
        uids = [int(uid) for uid in said.split()[2].split(",")]
        if "BODY.PEEK" not in said:
            rows = [b'* %d FETCH (UID %d RFC822.SIZE 17 INTERNALDATE "bad")\r\n' % (uid, uid) for uid in uids]
            return b"".join(rows) + b"{tag} OK done\r\n"
        if 2 in uids:
            return spoilt
        rows = [b"* %d FETCH (UID %d BODY[] {17}\r\n%s)\r\n" % (uid, uid, BODY) for uid in uids]
        return b"".join(rows) + b"{tag} OK done\r\n"

    return answer


@pytest.mark.parametrize(
    "spoilt",
    [
        b"{tag} NO [CANNOT] this message is broken\r\n",
        b"{tag} BAD internal confusion\r\n",
        b"* 2 FETCH (UID 2 BODY[] NIL)\r\n{tag} OK done\r\n",
        b'* 2 FETCH (UID 2 BODY[] "never ends)\r\n{tag} OK done\r\n',
        b"* 2 FETCH (UID)\r\n{tag} OK done\r\n",
        b"{tag} OK done\r\n",
    ],
)
def test_one_refused_message_stops_no_other(box: Box, spoilt: bytes) -> None:
    search = "* SEARCH 1 2 3\r\n{tag} OK done\r\n"
    with scripted_imap({"UID FETCH": one_spoilt(spoilt), "UID SEARCH": search}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        found = [(one.uid, one.raw) for batch in connection.fetch([1, 2, 3], PLENTY) for one in batch]
        assert found == [(1, BODY), (2, b""), (3, BODY)]


def listing(rows: str, *, without_size: str = "", texts: bytes = BODY) -> Callable[[str], str | bytes]:
    """FETCH answers of a server that lists by `rows` (or `without_size`) and gives every text."""

    def answer(said: str) -> str | bytes:
        if "RFC822.SIZE" in said:
            return rows
        if "INTERNALDATE" in said:
            return without_size or rows
        uids = [int(uid) for uid in said.split()[2].split(",")]
        lines = [b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(texts), texts) for uid in uids]
        return b"".join(lines) + b"{tag} OK done\r\n"

    return answer


ARRIVED = 'INTERNALDATE "20-Nov-2026 18:00:05 +0300"'


@pytest.mark.parametrize(
    ("rows", "without_size"),
    [
        (f"* 1 FETCH (UID 1 RFC822.SIZE 17 {ARRIVED})\r\n{{tag}} OK done\r\n", ""),
        (f"* 1 FETCH (UID 1 {ARRIVED})\r\n* 2 FETCH (UID 2 {ARRIVED})\r\n{{tag}} OK done\r\n", ""),
        ("{tag} NO [SERVERBUG] cannot open it\r\n", f"* 1 FETCH (UID 1 {ARRIVED})\r\n{{tag}} OK done\r\n"),
        ("* 1 FETCH (UID\r\n{tag} OK done\r\n", f"* 1 FETCH (UID 1 {ARRIVED})\r\n{{tag}} OK done\r\n"),
    ],
)
def test_a_message_missing_from_the_list_is_not_taken_for_gone(box: Box, rows: str, without_size: str) -> None:
    """The bookmark would pass it and the letter would be lost: the server is asked whether it is really gone."""
    answers: dict[str, Answer] = {
        "UID FETCH": listing(rows, without_size=without_size),
        "UID SEARCH": "* SEARCH 1 2\r\n{tag} OK done\r\n",
    }
    with scripted_imap(answers) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        found = [one for batch in connection.fetch([1, 2, 3], PLENTY) for one in batch]
        assert [(one.uid, one.raw) for one in found] == [(1, BODY), (2, BODY)]
        assert found[0].received_at == datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)


def test_a_message_larger_than_its_listed_size_is_oversized_all_the_same(box: Box) -> None:
    rows = f"* 1 FETCH (UID 1 RFC822.SIZE 17 {ARRIVED})\r\n{{tag}} OK done\r\n"
    texts = b"Subject: a\r\n\r\n" + b"x" * 50_000
    with scripted_imap({"UID FETCH": listing(rows, texts=texts)}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        ((one,),) = connection.fetch([1], 20_000)
        assert (one.oversized, one.size, one.raw) == (True, len(texts), b"Subject: a\r\n\r\n")


def test_words_in_a_garbled_answer_are_no_words_of_the_server(box: Box) -> None:
    """A letter that says "temporary" inside an answer that cannot be parsed must not stop the mailbox for ever."""
    garbled = b'* 2 FETCH (UID 2 BODY[] "temporary, try again later)\r\n{tag} OK done\r\n'
    search = "* SEARCH 1 2 3\r\n{tag} OK done\r\n"
    with scripted_imap({"UID FETCH": one_spoilt(garbled), "UID SEARCH": search}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        assert [one.uid for batch in connection.fetch([1, 2, 3], PLENTY) for one in batch] == [1, 2, 3]


def test_a_refusal_of_the_moment_makes_no_message_unreadable(box: Box) -> None:
    answer = one_spoilt(b"{tag} NO [LIMIT] bandwidth exceeded\r\n")
    with scripted_imap({"UID FETCH": answer}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        with pytest.raises(MailboxUnreachable, match="bandwidth"):
            list(connection.fetch([1, 2, 3], PLENTY))


def test_an_unreadable_internaldate_is_an_unknown_time(box: Box) -> None:
    with scripted_imap({"UID FETCH": one_spoilt(b"")}) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        assert connection.received_dates([1]) == {1: UNKNOWN_TIME}


def test_a_server_without_uidvalidity_is_refused_in_words(box: Box) -> None:
    with scripted_imap({"SELECT": "* 1 EXISTS\r\n{tag} OK open\r\n"}) as server:
        connection = Connection.open(plain(box, server.port))
        with pytest.raises(MailboxRefused, match="UIDVALIDITY"):
            connection.select("INBOX")


def test_only_sizes_dates_and_bodies_are_ever_fetched(box: Box) -> None:
    """ENVELOPE and BODYSTRUCTURE of a broken letter kill some servers."""
    answers = {"UID FETCH": one_spoilt(b"{tag} NO broken\r\n"), "UID SEARCH": "* SEARCH 1\r\n{tag} OK done\r\n"}
    with scripted_imap(answers) as server:
        connection = Connection.open(plain(box, server.port))
        connection.select("INBOX")
        list(connection.fetch([1, 2, 3], PLENTY))
        with pytest.raises(MailboxUnreachable):  # this server has no headers to give
            list(connection.fetch([1], 10))
        asked = {line.partition("(")[2] for line in server.heard if line.startswith("UID FETCH")}
        assert asked == {"INTERNALDATE RFC822.SIZE)", "BODY.PEEK[])", "BODY.PEEK[HEADER])"}


def plain(box: Box, port: int) -> Mailbox:
    return box(host="127.0.0.1", port=port, security="plain", ca_file="", user="desk")


def as_sent(stored: bytes) -> bytes:
    """Dovecot keeps line ends as LF on disk."""
    return stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
