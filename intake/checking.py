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
        folders = (*mailbox.folders, *((mailbox.sent_folder,) if mailbox.sent_folder else ()))
        found = [f"{folder} holds {connection.select(folder).exists}" for folder in folders]
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


def prove_sub_address(house: "House", *, probe: bool) -> str:
    """Mail to a sub-address arrives: by a probe now, or by an earlier one."""
    from intake.probing import prove, proved_at  # noqa: PLC0415

    if probe:
        return prove(house)
    proved = proved_at(house.store, house.settings.desk.address)
    if proved is None:
        msg = (
            "replies.sub_address = true has no effect yet, as nothing proves that mail to sub-addresses of "
            f"{house.settings.desk.address} arrives: run intake check --probe, or set it to false"
        )
        raise SettingsError(msg)
    return f"proved by a probe on {proved.astimezone(house.settings.desk.zone):%Y-%m-%d}"


def prove_webhook(house: "House") -> str:
    """There is a secret and the receiver takes connections; nothing is told."""
    webhook = house.settings.webhook
    webhook.key()
    if because := prove(webhook.url, webhook.timeout_seconds):
        msg = f"the receiver cannot be reached: {because}; check webhook.url"
        raise SettingsError(msg)
    return "the receiver takes connections, the secret is there"
