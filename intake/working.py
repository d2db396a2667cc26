"""The agent's commands: take, edit, decide, undo, and the audit log. Asks `intake.casework`; decides nothing itself.

Each ticket gets its line, done or refused, and the exit status says how it went: 0 all done, 1 some were refused,
2 all were.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType

from intake.bootstrap import House
from intake.casefile import action_json, log_text
from intake.casework import Casework, held
from intake.listing import printable
from intake.refusals import in_words
from rules.actions import ActionName
from rules.application import FieldName
from rules.errors import IntakeError, Permanent, SettingsError
from rules.people import Role
from store.records import ActionRecord, ReplyRecord

AGENT = "INTAKE_AGENT"
NOBODY = "nobody"

Did = Callable[[str], ActionRecord]
Doing = Callable[[Casework, argparse.Namespace, str, str], Did]
"""(casework, arguments, who acts, batch) → what is done with each ticket."""


def run(arguments: argparse.Namespace, house: House) -> int:
    """Carry out one of the agent's commands; returns the exit status."""
    return {"undo": undo, "log": log}.get(arguments.command, work)(arguments, house)


def work(arguments: argparse.Namespace, house: House) -> int:
    """Carry one command out for each of its tickets; returns the exit status."""
    by = actor(house, arguments.by, _ROLES.get(arguments.command, Role.AGENT))
    numbers = tuple(dict.fromkeys(arguments.numbers))
    batch = secrets.token_hex(4) if len(numbers) > 1 and arguments.command in _BULK else ""
    if batch:
        _say(f"batch {batch}: `intake undo --batch {batch}` takes it back as long as nothing has left")
    did = _DOING[arguments.command](house.casework, arguments, by, batch)
    return _each(numbers, did, house)


def undo(arguments: argparse.Namespace, house: House) -> int:
    """Take actions back, the latest first: one, several, or all of a bulk decision."""
    by = actor(house, arguments.by, Role.AGENT)
    ids = arguments.ids
    if arguments.batch:
        with house.store.reading() as work_:
            ids = [one.id for one in work_.actions.of_batch(arguments.batch) if one.undone_at is None]
        if not ids:
            msg = f"there is no bulk decision {arguments.batch} that is not undone; `intake log` lists them"
            raise SettingsError(msg)
    if not ids:
        msg = "say what to undo: the number of an action (`intake log` lists them) or --batch ID"
        raise SettingsError(msg)
    casework = house.casework
    return _each([str(one) for one in sorted(ids, reverse=True)], lambda one: casework.undo(int(one), by), house)


def release(arguments: argparse.Namespace, house: House) -> int:
    """An agent's yes or no to a reply that is held."""
    by = actor(house, arguments.by, Role.AGENT)
    try:
        if arguments.send is not None:
            held.send(house.casework, arguments.send, by)
        else:
            held.drop(house.casework, arguments.drop, by)
    except Permanent as error:
        _complain(in_words(error))
        return 2
    _say("it will be sent with the next round" if arguments.send is not None else "it will not be sent")
    return 0


def log(arguments: argparse.Namespace, house: House) -> int:
    """The audit log, newest first; of one ticket oldest first."""
    with house.store.reading() as work_:
        if arguments.number and work_.tickets.get(arguments.number) is None:
            msg = f"there is no ticket {arguments.number}; `intake tickets` lists them"
            raise SettingsError(msg)
        found = work_.actions.of_ticket(arguments.number) if arguments.number else work_.actions.log(arguments.limit)
    found = found[-arguments.limit :] if arguments.number else found
    if arguments.json:
        _say(json.dumps([action_json(one) for one in found], ensure_ascii=False, indent=1))
    else:
        _say(log_text(found, house.settings.desk.zone))
    return 0


def actor(house: House, named: str | None, role: Role) -> str:
    """The address of the person who acts. Raises `SettingsError` for somebody who may not."""
    email = (named or os.environ.get(AGENT, "")).strip()
    if not email:
        msg = f"say who acts: --by EMAIL, or set the environment variable {AGENT}"
        raise SettingsError(msg)
    with house.store.reading() as work_:
        person = work_.people.get(email)
    if person is None or not person.active:
        msg = f"nobody who works here has the address {email}; `intake people list` lists them, `intake people add` adds one"
        raise SettingsError(msg)
    if not person.role.may_act_as(role):
        msg = f"{person.email} is {person.role.value} and may not do this: it takes the role {role.value}"
        raise SettingsError(msg)
    return person.email


def _each(what: Iterable[str], did: Did, house: House) -> int:
    """One line for each; the exit status over all."""
    done = refused = 0
    for one in what:
        try:
            record = did(one)
        except IntakeError as error:
            refused += 1
            _complain(f"{one}  refused: {in_words(error) if isinstance(error, Permanent) else error}")
        else:
            done += 1
            _say(f"{one}  {_told(record, house)}")
    return 0 if not refused else 1 if done else 2


def _told(record: ActionRecord, house: House) -> str:
    """What was done, whose letter leaves when, and how to take it back."""
    if record.undone_at is not None:
        return f"undone: {record.name.value} of {record.number}"
    with house.store.reading() as work_:
        ticket = work_.tickets.get(record.number)
        letters = [] if record.reply_id is None or ticket is None else _letters(record, ticket.replies)
    state = ticket.state.value if ticket else ""
    sent = f"; letter to {', '.join(letters)}" if letters else ""
    until = record.undo_until.astimezone(house.settings.desk.zone) if record.undo_until else None
    back = f"; until {until:%H:%M:%S} `intake undo {record.id}` takes it back" if until else ""
    return printable(f"{record.name.value}, now {state}{sent}{back}")


def _letters(record: ActionRecord, replies: Iterable[ReplyRecord]) -> list[str]:
    """The addresses that one action writes to."""
    first = record.reply_id or 0
    return [one.recipient for one in replies if one.id >= first and one.created_at == record.at]


def _say(text: str) -> None:
    print(text)  # noqa: T201 - this is the command line


def _complain(text: str) -> None:
    print(printable(text), file=sys.stderr)  # noqa: T201 - this is the command line


# --- what each command does with one ticket ------------------------------------------------------------------------


def _words(arguments: argparse.Namespace) -> str:
    """The words of the command line, «-» for those on standard input."""
    given: str = arguments.words
    return sys.stdin.read() if given == "-" else given


def _take(cases: Casework, _: argparse.Namespace, by: str, __: str) -> Did:
    return lambda number: cases.assign(number, by, by)


def _assign(cases: Casework, arguments: argparse.Namespace, by: str, _: str) -> Did:
    to = "" if arguments.to == NOBODY else arguments.to
    return lambda number: cases.assign(number, to, by)


def _edit(cases: Casework, arguments: argparse.Namespace, by: str, _: str) -> Did:
    return lambda number: cases.edit(number, FieldName(arguments.field), arguments.value, by)


def _confirm(cases: Casework, arguments: argparse.Namespace, by: str, _: str) -> Did:
    return lambda number: cases.confirm(number, FieldName(arguments.field), by)


def _request(cases: Casework, arguments: argparse.Namespace, by: str, batch: str) -> Did:
    fields, words = tuple(FieldName(one) for one in arguments.field), _words(arguments)
    return lambda number: cases.request(number, fields, words, by, batch=batch)


def _approve(cases: Casework, _: argparse.Namespace, by: str, batch: str) -> Did:
    return lambda number: cases.approve(number, by, batch=batch)


def _reject(cases: Casework, arguments: argparse.Namespace, by: str, batch: str) -> Did:
    words = _words(arguments)
    return lambda number: cases.reject(number, words, by, batch=batch)


def _answer(cases: Casework, arguments: argparse.Namespace, by: str, batch: str) -> Did:
    words, articles = _words(arguments), tuple(arguments.article)
    unknown = [one for one in articles if one not in cases.book.judging.articles.names]
    if unknown:
        known = ", ".join(sorted(cases.book.judging.articles.names))
        msg = f"there is no article {unknown[0]}; these are: {known}"
        raise SettingsError(msg)
    return lambda number: cases.answer(number, words, by, articles=articles, batch=batch)


def _duplicate(cases: Casework, arguments: argparse.Namespace, by: str, batch: str) -> Did:
    return lambda number: cases.duplicate(number, arguments.of, by, batch=batch)


def _spam(cases: Casework, _: argparse.Namespace, by: str, batch: str) -> Did:
    return lambda number: cases.spam(number, by, batch=batch)


def _close(cases: Casework, arguments: argparse.Namespace, by: str, batch: str) -> Did:
    words = _words(arguments)
    return lambda number: cases.close(number, words, by, batch=batch)


def _reopen(cases: Casework, _: argparse.Namespace, by: str, __: str) -> Did:
    return partial(cases.reopen, by=by)


def _done(cases: Casework, _: argparse.Namespace, by: str, __: str) -> Did:
    return partial(cases.done, by=by)


def _note(cases: Casework, arguments: argparse.Namespace, by: str, _: str) -> Did:
    return lambda number: cases.note(number, arguments.text, by)


_DOING: Mapping[str, Doing] = MappingProxyType(
    {
        ActionName.TAKE.value: _take,
        ActionName.ASSIGN.value: _assign,
        ActionName.EDIT.value: _edit,
        ActionName.CONFIRM.value: _confirm,
        ActionName.REQUEST.value: _request,
        ActionName.APPROVE.value: _approve,
        ActionName.REJECT.value: _reject,
        ActionName.ANSWER.value: _answer,
        ActionName.DUPLICATE.value: _duplicate,
        ActionName.SPAM.value: _spam,
        ActionName.CLOSE.value: _close,
        ActionName.REOPEN.value: _reopen,
        ActionName.DONE.value: _done,
        ActionName.NOTE.value: _note,
    }
)
_BULK = frozenset({"request", "approve", "reject", "answer", "duplicate", "spam", "close"})
_ROLES: Mapping[str, Role] = MappingProxyType({"assign": Role.MANAGER})  # whoever reassigns others' work (domain.md §7)
