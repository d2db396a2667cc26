"""`intake check`: each proof connects for real and says in one line what it found; a problem is raised in words."""

from typing import TYPE_CHECKING

from intake.mailbox import Connection
from intake.settings import Mailbox
from rules.judgement import ReplyKind

if TYPE_CHECKING:
    from intake.bootstrap import House


def prove_rules(house: "House") -> str:
    """Rule data and templates load and render."""
    intake = house.intake
    return f"{len(intake.book.regions.names)} regions, {len(intake.book.gazetteer.places)} settlements, {len(ReplyKind)} kinds of reply"


def prove_database(house: "House") -> str:
    """The database opens, has this version's schema and can be written."""
    with house.store.writing() as work:
        states = work.tickets.count_by_state()
    return f"{house.store.place}, {sum(states.values())} tickets"


def prove_mailbox(mailbox: Mailbox) -> str:
    """Sign-in works and each folder can be opened."""
    connection = Connection.open(mailbox)
    try:
        found = [f"{folder} holds {connection.select(folder).exists}" for folder in mailbox.folders]
        wait = "IDLE" if connection.has_idle else f"polling every {mailbox.poll_seconds:g} s"
    finally:
        connection.close()
    return f"{mailbox.host}:{mailbox.port} signed in, {', '.join(found)}, waits by {wait}"


def prove_smtp(house: "House") -> str:
    """The server takes our sign-in."""
    from intake.bootstrap import RULES  # noqa: PLC0415
    from intake.smtp import Sender  # noqa: PLC0415
    from rules.delivery import AnswerBook  # noqa: PLC0415

    if house.smtp is None:
        return "not set; dry run, nothing is sent"
    sender = Sender(house.smtp, AnswerBook.load(RULES / "smtp.toml"))
    try:
        sender.check()
    finally:
        sender.close()
    return f"{house.smtp.host}:{house.smtp.port} signed in"
