"""`intake check`: each proof connects for real and says in one line what it found; a problem is raised in words."""

from typing import TYPE_CHECKING

from intake.mailbox import Connection
from intake.posting import prove
from intake.settings import Mailbox
from rules.errors import SettingsError
from rules.judgement import ReplyKind

if TYPE_CHECKING:
    from intake.bootstrap import House


def undecreed(year: int) -> str:
    """What it means that a year's transferred days are not known."""
    return (
        f"the transferred working days of {year} are not decreed yet, or not known to the library holidays: due times in "
        "that year count public holidays and weekends only; update, or name the days in calendar.days_off and working_days"
    )


def prove_rules(house: "House") -> str:
    """Rule data and templates load and render."""
    intake = house.intake
    house.replier.composer.prove()
    house.noticer.prove()
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


def prove_webhook(house: "House") -> str:
    """There is a secret and the receiver takes connections; nothing is told."""
    webhook = house.settings.webhook
    webhook.key()
    if because := prove(webhook.url, webhook.timeout_seconds):
        msg = f"the receiver cannot be reached: {because}; check webhook.url"
        raise SettingsError(msg)
    return "the receiver takes connections, the secret is there"
