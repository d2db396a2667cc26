"""Whatever a server answers, the connection raises one of our two errors or works; it never hangs and never leaks."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.mailbox import Connection
from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable
from tests.integration.scripted import USUAL, Answer, Scripted, scripted_imap

SECRET = "INTAKE_TEST_NONSENSE"
COMMANDS = ("LOGIN", "SELECT", "NOOP", "UID SEARCH", "UID FETCH", "UID STORE", "UID MOVE", "LIST", "LOGOUT")
PIECES = (
    *(b"* ", b"1 ", b"FETCH ", b"(", b")", b"UID ", b"NIL", b'"', b"\\", b"BODY[] ", b"BODY ", b"BODYSTRUCTURE "),
    *(b"ENVELOPE ", b"RFC822.SIZE ", b"INTERNALDATE ", b'"20-Nov-2026 18:00:05 +0300"', b'"99-Xyz-0000 99:99 +9999"'),
    *(b"{3}\r\nabc", b"\r\n", b" ", b"SEARCH ", b"[", b"]", b"\xff", b"\0", b"MODSEQ", b"EXISTS", b"4294967296", b"-1"),
    *(b"+ go\r\n", b"FLAGS (\\Seen)", b"OK ", b"NO ", b"BAD ", b"x OK", b'LIST (\\X) "/" ', b"(" * 3000),
)

line = st.builds(
    lambda start, rest: start + b"".join(rest),
    st.sampled_from([b"* 1 FETCH (UID 1 ", b"* 1 FETCH ", b"* SEARCH ", b"* OK [", b"* LIST ", b"* "]),
    st.lists(st.sampled_from(PIECES), max_size=10),
)
answer = st.builds(
    lambda lines, end: b"\r\n".join(lines) + b"\r\n{tag} " + end + b"\r\n",
    st.lists(line, min_size=1, max_size=3),
    st.sampled_from([b"OK done", b"NO x", b"BAD y"]),
)


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    return {}


@pytest.fixture(scope="module")
def server(answers: dict[str, Answer]) -> Iterator[Scripted]:
    os.environ[SECRET] = "secret"
    with scripted_imap(answers, capabilities="IMAP4rev1 IDLE MOVE UIDPLUS") as one:
        yield one
    del os.environ[SECRET]


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nonsense=st.dictionaries(st.sampled_from(COMMANDS), answer, min_size=1, max_size=3))
def test_nonsense_is_an_error_of_ours_or_none(
    server: Scripted, answers: dict[str, Answer], nonsense: dict[str, bytes]
) -> None:
    answers.clear()
    answers.update(USUAL | nonsense)
    box = Mailbox(
        name="info",
        host="127.0.0.1",
        port=server.port,
        security="plain",
        user="desk",
        password_env=SECRET,
        timeout_seconds=1,
    )
    connection: Connection | None = None
    said = ""
    try:
        connection = Connection.open(box)
        everything(connection)
    except (MailboxUnreachable, MailboxRefused) as error:
        said = str(error)
    finally:
        if connection:
            connection.close()
    assert said.isprintable()


def everything(connection: Connection) -> None:
    connection.select("INBOX")
    connection.new_uids(0)
    for batch in connection.fetch([1, 2], 1000):
        assert all(isinstance(one.raw, bytes) and one.received_at.tzinfo for one in batch)
    connection.mark_seen([1])
    connection.move([1], "Done")
    connection.folders()
