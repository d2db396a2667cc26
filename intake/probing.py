"""Does mail to a sub-address arrive? A probe to ourselves over SMTP, looked for over IMAP; what came of it is remembered.

The probe is our own letter: whoever fetches it records it and makes no ticket of it. Nothing in a mailbox is changed.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from intake import sub_address
from intake.mailbox import Connection
from intake.outgoing import Outgoing, build
from intake.settings import Mailbox
from rules.actions import ActionName
from rules.delivery import Accepted
from rules.errors import SettingsError
from store.unit_of_work import Store

if TYPE_CHECKING:
    from intake.bootstrap import House

PROBE_SECONDS = 60.0
LOOK_SECONDS = 1.0  # between two looks
LARGEST = 200_000  # bytes; a probe is far smaller
BY = "check"
SUBJECT = "Проверка: доходят ли письма на дополнительный адрес"
TEXT = "Это письмо программа отправила сама себе. Отвечать на него не нужно."


def proved_at(store: Store, desk_address: str) -> datetime | None:
    """When it was last proved that mail to sub-addresses of this address arrives; None if it was not, or failed since."""
    with store.reading() as work:
        last = work.actions.last(ActionName.PROBE)
    if last is None or last.details.get("address") != desk_address.casefold() or not last.details.get("arrived"):
        return None
    return last.at


def prove(house: "House", seconds: float = PROBE_SECONDS) -> str:
    """Send a probe and wait for it. Raises `SettingsError` saying what came of it and that the setting must stay off."""
    desk = house.settings.desk.address
    if house.sandbox is not None or house.smtp is None:
        msg = "a probe needs your own [[mailbox]] and [smtp]; replies.sub_address must stay false without them"
        raise SettingsError(msg)
    try:
        words = _tried(house, desk, seconds)
    except SettingsError:
        _remember(house, desk, arrived=False)
        raise
    _remember(house, desk, arrived=True)
    switched = "is true" if house.settings.replies.sub_address else "may be set to true"
    return f"{words}; replies.sub_address {switched}"


def _tried(house: "House", desk: str, seconds: float) -> str:
    tokens, key = house.replier.tokens, sub_address.probe_key()
    to = sub_address.address(tokens, key, desk)
    if not to:
        msg = f"{desk} is too long for sub-addresses; replies.sub_address must stay false"
        raise SettingsError(msg)
    message_id = tokens.message_id(key, "probe", 1, desk.rpartition("@")[2])
    with _folders(house.mailboxes) as folders:
        began = time.monotonic()
        _send(house, to, message_id)
        while not _is_there(house.store, folders, message_id):
            if time.monotonic() - began > seconds:
                msg = (
                    f"a letter to {to} was accepted but did not arrive within {seconds:g} s: this mail server does not "
                    "deliver sub-addresses (or puts them elsewhere: look into Spam). replies.sub_address must stay false, "
                    "else answers would be lost"
                )
                raise SettingsError(msg)
            time.sleep(LOOK_SECONDS)
        return f"a letter to {to} arrived within {time.monotonic() - began:.0f} s"


def _send(house: "House", to: str, message_id: str) -> None:
    from intake.bootstrap import RULES  # noqa: PLC0415
    from intake.smtp import Sender  # noqa: PLC0415
    from rules.delivery import AnswerBook  # noqa: PLC0415

    desk = house.settings.desk
    raw = build(
        Outgoing(
            desk_name=desk.name,
            desk_address=desk.address,
            recipient=to,
            subject=SUBJECT,
            text=TEXT,
            html=f"<p>{TEXT}</p>",
            message_id=message_id,
            date=house.now(),
            generated=True,
        )
    )
    if house.smtp is None:
        return
    sender = Sender(house.smtp, AnswerBook.load(RULES / "smtp.toml"))
    try:
        done = sender.send(raw, desk.address, to)
    finally:
        sender.close()
    if not isinstance(done, Accepted):
        msg = (
            f"the mail server does not take a letter to {to}: {done.because}. replies.sub_address must stay false, else "
            "answers would be lost"
        )
        raise SettingsError(msg)


@contextmanager
def _folders(mailboxes: Sequence[Mailbox]) -> Iterator[list[tuple[Connection, int]]]:
    """A connection to every folder that is read, with the last UID that is there; none of them can change anything."""
    with ExitStack() as stack:
        opened = []
        for box in mailboxes:
            for folder in box.folders:
                connection = Connection.open(box.model_copy(update={"after": "leave"}))
                stack.callback(connection.close)
                opened.append((connection, connection.select(folder).uid_next - 1))
        yield opened


def _is_there(store: Store, folders: Sequence[tuple[Connection, int]], message_id: str) -> bool:
    """Whether it lies in one of the folders, or was taken from there by the running desk."""
    with store.reading() as work:
        if work.messages.has(message_id):
            return True
    needle = message_id.encode("ascii")
    return any(
        needle in one.raw.lower()
        for connection, last in folders
        for batch in connection.fetch(connection.new_uids(last), LARGEST)
        for one in batch
    )


def _remember(house: "House", desk: str, *, arrived: bool) -> None:
    details = {"address": desk.casefold(), "arrived": "yes" if arrived else ""}
    with house.store.writing() as work:
        work.actions.log_alone(ActionName.PROBE, BY, house.now(), details)
