"""`intake enter`: an application that came on paper or by telephone, taken down by an agent.

It is kept as a letter and taken in like one; the number is printed. Without the applicant's address nobody is answered by
mail and no ticket waits for mail: it lies with an agent, who phones.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Iterable

from intake.bootstrap import House
from intake.handing_in import DESK, SUBJECT, application_text, keep, letter, one_line, question_subject
from intake.working import actor
from rules.actions import ActionName
from rules.application import FieldName
from rules.errors import SettingsError
from rules.people import Role
from store.records import RawState

PATIENCE_SECONDS = 10.0  # another process may be taking it in
_LONGEST = 1_000_000  # code points of a file


def enter(arguments: argparse.Namespace, house: House) -> int:
    """Open a ticket by hand; 1 when its number is not there in time."""
    by = actor(house, arguments.by, Role.AGENT)
    subject, text = _content(arguments, house)
    sender, now = one_line(arguments.sender), house.now()
    raw = letter(
        sender=sender, to=house.settings.desk.address, subject=subject, text=text, when=now, nonce=secrets.token_hex(8)
    )
    raw_id = keep(house.store, raw, mailbox=DESK, folder=arguments.via, now=now)
    house.rounds.process_kept()
    numbers = _numbers(house, raw_id)
    with house.store.writing() as work:
        details = {"via": arguments.via, "numbers": " ".join(numbers)}
        work.actions.log_alone(ActionName.ENTER, by, now, details)
    for number in numbers:
        _say(_line(house, number))
    if not numbers:
        _say("it is kept, but not taken in yet; `intake tickets` will show it")
    return 0 if numbers else 1


def _content(arguments: argparse.Namespace, house: House) -> tuple[str, str]:
    """Subject and text of the letter. Raises `SettingsError` for a field that is none, or nothing at all."""
    if arguments.file is not None:
        if arguments.fields:
            msg = "give either FIELD=VALUE or --file FILE, not both"
            raise SettingsError(msg)
        text = _read(arguments)
        return question_subject(text), text
    text = application_text(_values(arguments.fields), house.book.words.labels)
    if not text:
        msg = "there is nothing to take down; write for example settlement='г. Клин', or --file FILE"
        raise SettingsError(msg)
    return SUBJECT, text


def _read(arguments: argparse.Namespace) -> str:
    try:
        text = str(arguments.file.read_text(encoding="utf-8-sig"))[:_LONGEST]
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{arguments.file}: cannot be read as text in UTF-8: {error}"
        raise SettingsError(msg) from error
    if not text.strip():
        msg = f"{arguments.file}: there is nothing in it"
        raise SettingsError(msg)
    return text


def _values(fields: Iterable[str]) -> dict[FieldName, str]:
    values: dict[FieldName, str] = {}
    for one in fields:
        name, equals, value = one.partition("=")
        if not equals or name not in list(FieldName):
            msg = f"{one!r}: write FIELD=VALUE; the fields are {', '.join(FieldName)}"
            raise SettingsError(msg)
        values[FieldName(name)] = value
    return values


def _numbers(house: House, raw_id: int) -> tuple[str, ...]:
    """The tickets' numbers, once the letter is taken in, here or by another process."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with house.store.reading() as work:
            fate = work.messages.fate(raw_id)
        if fate is None or fate[0] is not RawState.KEPT or time.monotonic() > deadline:
            return fate[1] if fate else ()
        time.sleep(0.1)


def _line(house: House, number: str) -> str:
    with house.store.reading() as work:
        record = work.tickets.get(number)
    if record is None:
        return number
    asked = record.application.to_ask() if record.application else ()
    lacks = f", lacks {', '.join(asked)}" if asked else ""
    reply = (
        f", reply: {record.replies[-1].kind.value} to {record.replies[-1].recipient}"
        if record.replies
        else ", no reply"
    )
    return f"{number}: {record.state.value}{lacks}{reply}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
