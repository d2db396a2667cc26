"""What each command does, in terms of the house. Prints; decides nothing about letters."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from intake.bootstrap import RULES, TEMPLATES, House, rule_book, system_now
from intake.events import Events, log_lines
from intake.settings import Settings, load
from intake.usage import WORKING
from intake.usage_access import KEYS
from rules.errors import IntakeError, SettingsError
from rules.ticket import State

if TYPE_CHECKING:
    from intake.showing import Reader

EVERYTHING = 10**9  # no limit, for a query that wants a number


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was asked for; returns the exit status."""
    command: Callable[[argparse.Namespace], int] = _COMMANDS[arguments.command]
    return command(arguments)


def _say(text: str) -> None:
    print(text)  # noqa: T201 - this is the command line


def _house(arguments: argparse.Namespace, *, quiet: bool = True) -> House:
    return House(load(arguments.config), Events(log_lines(as_json=False, quiet=quiet)))


# --- running -------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    from intake.running import run_house  # noqa: PLC0415 - web server, scheduler and screen

    return run_house(load(arguments.config), arguments.log)


def _once(arguments: argparse.Namespace) -> int:
    house = _house(arguments)
    if house.settings.sandbox.enabled:
        msg = "the sandbox mailbox lives only while `intake run` runs; set sandbox.enabled = false and use your own mailbox"
        raise SettingsError(msg)
    kept = unreachable = 0
    for watcher in house.watchers():
        kept += watcher.round()
        unreachable += watcher.failing
        watcher.close()
    taken = house.rounds.process_kept()
    if not unreachable:  # who has answered is not known otherwise
        house.timers.remind()
    house.timers.warn()
    house.timers.digest()
    sent = house.rounds.send_outbox()
    told = house.rounds.tell_hooks()
    set_aside = sum(1 for one in taken if one.error)
    _say(f"kept {kept}, taken in {len(taken)}, set aside {set_aside}, replies sent {sent}")
    if house.settings.webhook.url:
        _say(f"events told {told}")
    if unreachable:
        _say(f"{unreachable} folder(s) could not be read; `intake check` says why")
    return 1 if unreachable else 0


# --- reading -------------------------------------------------------------------------------------------------------


def _read(arguments: argparse.Namespace) -> int:
    from intake.attachments import Extractor  # noqa: PLC0415
    from intake.showing import Reader  # noqa: PLC0415

    with Extractor() as extractor:
        _read_all(arguments, Reader(rule_book(), extractor, _our_addresses(arguments.config)))
    return 0


def _read_all(arguments: argparse.Namespace, reader: "Reader") -> None:
    from intake.showing import as_json, as_text  # noqa: PLC0415

    for name in arguments.files:
        try:
            raw = Path(name).read_bytes()
        except OSError as error:
            msg = f"{name}: cannot be read: {error.strerror}"
            raise SettingsError(msg) from error
        shown = reader.read(name, raw, system_now())
        _say(json.dumps(as_json(shown), ensure_ascii=False) if arguments.json else as_text(shown))


def _our_addresses(config: Path) -> frozenset[str]:
    """Our addresses as the settings name them; the product's own when there is no settings file."""
    return _named(load(config) if config.exists() else Settings.model_construct())


def _named(settings: Settings) -> frozenset[str]:
    named = [settings.desk.address, *(box.address or box.user for box in settings.mailbox)]
    return frozenset(one.casefold() for one in named if "@" in one)


def _rules(arguments: argparse.Namespace) -> int:
    from intake.attachments import Extractor  # noqa: PLC0415
    from intake.rereading import accept, report, reread, rule_data, usual_folders  # noqa: PLC0415
    from intake.showing import Reader  # noqa: PLC0415

    folders = (*usual_folders(), *arguments.folders)
    # The project's letters were written to the product's own address, whatever the settings name.
    ours = _our_addresses(arguments.config) | _named(Settings.model_construct())
    with Extractor() as extractor:
        comparisons = reread(folders, Reader(rule_data(arguments.rules), extractor, ours), _progress)
    _say(report(comparisons))
    if arguments.accept:
        for line in accept(comparisons):
            _say(line)
        return 0
    return 0 if all(one.same for one in comparisons) else 1


def _progress(done: int, of: int) -> None:
    print(f"read {done} of {of} letters ...", file=sys.stderr, flush=True)  # noqa: T201 - this is the command line


def _replay(arguments: argparse.Namespace) -> int:
    from store.records import Bookmark, RawMessage  # noqa: PLC0415

    house = _house(arguments)
    for path in arguments.files:
        try:
            content = path.read_bytes()
        except OSError as error:
            msg = f"{path}: cannot be read: {error.strerror}"
            raise SettingsError(msg) from error
        now = house.now()
        raw = RawMessage(
            mailbox="replay",
            folder="",
            uid_validity=0,
            uid=int(hashlib.sha256(content).hexdigest()[:12], 16),
            received_at=now,
            kept_at=now,
            size=len(content),
            content=content,
            oversized=False,
        )
        with house.store.writing() as work:
            done = work.messages.keep([raw], Bookmark(mailbox="replay", folder="", uid_validity=0, last_uid=0))
        if not done.new:
            _say(f"{path.name}: already taken in, nothing to do")
        for outcome in house.rounds.process_kept():
            what = ", ".join(outcome.tickets) or "no ticket"
            _say(f"{path.name}: {outcome.kind.value}, {what}, reply: {outcome.reply or 'none: ' + outcome.silence}")
    return 0


def _enter(arguments: argparse.Namespace) -> int:
    from intake.taking_down import enter  # noqa: PLC0415

    return enter(arguments, _house(arguments))


def _retry(arguments: argparse.Namespace) -> int:
    outcomes = _house(arguments).rounds.retry()
    failed = sum(1 for one in outcomes if one.error)
    _say(f"tried again: {len(outcomes)}, still failing: {failed}")
    return 1 if failed else 0


# --- looking -------------------------------------------------------------------------------------------------------


def _tickets(arguments: argparse.Namespace) -> int:
    from intake.listing import ticket_json, tickets_text  # noqa: PLC0415

    house = _house(arguments)
    states = _states(arguments.state)
    with house.store.reading() as work:
        lines = work.tickets.list(states, limit=arguments.limit or EVERYTHING)
        if arguments.json:
            full = (work.tickets.get(line.number) for line in lines)
            _say(json.dumps([ticket_json(one) for one in full if one], ensure_ascii=False, indent=1))
            return 0
    _say(tickets_text(list(lines), house.settings.desk.zone))
    return 0


def _states(name: str | None) -> tuple[State, ...]:
    if name is None:
        return ()
    try:
        return (State(name),)
    except ValueError as error:
        msg = f"--state {name}: no such state; choose one of {', '.join(State)}"
        raise SettingsError(msg) from error


def _ticket(arguments: argparse.Namespace) -> int:
    from intake.casefile import case_file, case_json, case_text  # noqa: PLC0415

    house = _house(arguments)
    found = case_file(house.store, arguments.number)
    if found is None:
        _say(f"there is no ticket {arguments.number}; `intake tickets` lists them")
        return 1
    if arguments.json:
        _say(json.dumps(case_json(found), ensure_ascii=False, indent=1))
    else:
        _say(case_text(found, house.settings.desk.zone))
    return 0


def _work(arguments: argparse.Namespace) -> int:
    from intake.working import run as run_working  # noqa: PLC0415

    return run_working(arguments, _house(arguments))


def _due(arguments: argparse.Namespace) -> int:
    from intake.explaining import due_text  # noqa: PLC0415

    house = _house(arguments)
    with house.store.reading() as work:
        ticket = work.tickets.get(arguments.number)
    if ticket is None:
        _say(f"there is no ticket {arguments.number}; `intake tickets` lists them")
        return 1
    _say(due_text(ticket, house.settings.sla.hours, house.calendar, house.now(), full=arguments.explain))
    return 0


def _people(arguments: argparse.Namespace) -> int:
    from intake.staff import ACTIONS  # noqa: PLC0415

    house = _house(arguments)
    if arguments.action in KEYS:
        from intake.letting_in import hand_out  # noqa: PLC0415

        _say(hand_out(house, arguments))
    else:
        _say(ACTIONS[arguments.action](house.store, system_now(), arguments))
    return 0


def _outbox(arguments: argparse.Namespace) -> int:
    from intake.listing import outbox_text, reply_json  # noqa: PLC0415

    house = _house(arguments)
    if arguments.send is not None or arguments.drop is not None:
        from intake.working import release  # noqa: PLC0415

        return release(arguments, house)
    with house.store.reading() as work:
        replies = list(work.outbox.list(EVERYTHING))
    if arguments.json:
        _say(json.dumps([reply_json(one) for one in replies], ensure_ascii=False, indent=1))
    else:
        _say(outbox_text(replies, house.settings.desk.zone))
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    from intake.compose import Composer  # noqa: PLC0415
    from intake.preview import context_of, on_specimens, on_ticket, page, reply_named, write  # noqa: PLC0415
    from rules.articles import ArticleBook  # noqa: PLC0415
    from rules.fields_words import Words  # noqa: PLC0415

    kind, settings = reply_named(arguments.reply), load(arguments.config)
    composer = Composer(TEMPLATES / "replies", Words.load(RULES / "words.toml"), settings.desk.zone)
    if arguments.ticket is None:
        sheets = on_specimens(composer, kind)
    else:
        with _house(arguments).store.reading() as work:
            ticket = work.tickets.get(arguments.ticket)
        if ticket is None:
            msg = f"there is no ticket {arguments.ticket}; `intake tickets` lists them"
            raise SettingsError(msg)
        book = ArticleBook.load(RULES / "articles.toml")
        sheets = on_ticket(composer, kind, context_of(ticket, kind, settings.desk, book))
    path = arguments.out or settings.folder / "var" / "preview" / f"{kind.value}.html"
    write(path, page(kind, sheets))
    _say(str(path))
    return 0


# --- exchanging with other systems ---------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace) -> int:
    from intake.exchange import export  # noqa: PLC0415

    return export(arguments, _house(arguments))


def _import(arguments: argparse.Namespace) -> int:
    from intake.exchange import import_list  # noqa: PLC0415

    return import_list(arguments, _house(arguments))


def _webhooks(arguments: argparse.Namespace) -> int:
    from intake.exchange import webhooks  # noqa: PLC0415

    return webhooks(arguments, _house(arguments))


# --- proving -------------------------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    from intake.checking import undecreed  # noqa: PLC0415

    settings = load(arguments.config)
    _say(f"ok       settings: {arguments.config}")
    house = House(settings, Events(log_lines(as_json=False, quiet=True)))
    try:
        house.start_sandbox()
        for year in house.undecreed_years():
            _say(f"WARNING  calendar: {undecreed(year)} [{arguments.config}]")
        problems = [
            error for step in _steps(house, probe=arguments.probe) if (error := _prove(arguments.config, *step))
        ]
    finally:
        house.close()
    if problems:
        _say(f"{len(problems)} problem(s); nothing was changed or sent{' but the probe' if arguments.probe else ''}")
        return 2
    _say("everything works")
    return 0


def _steps(house: House, *, probe: bool) -> list[tuple[str, Callable[[], str]]]:
    from intake.checking import (  # noqa: PLC0415
        prove_database,
        prove_mailbox,
        prove_rules,
        prove_smtp,
        prove_sub_address,
        prove_webhook,
    )

    steps: list[tuple[str, Callable[[], str]]] = [
        ("rules and templates", lambda: prove_rules(house)),
        ("database", lambda: prove_database(house)),
    ]
    steps += [(f"mailbox {box.name}", lambda box=box: prove_mailbox(box)) for box in house.mailboxes]  # type: ignore[misc]
    steps.append(("smtp", lambda: prove_smtp(house)))
    if probe or house.settings.replies.sub_address:
        steps.append(("sub-addresses", lambda: prove_sub_address(house, probe=probe)))
    if house.settings.webhook.url:
        steps.append(("webhook", lambda: prove_webhook(house)))
    return steps


def _prove(config: Path, what: str, step: Callable[[], str]) -> str:
    try:
        _say(f"ok       {what}: {step()}")
    except IntakeError as error:
        _say(f"PROBLEM  {what}: {error} [{config}]")
        return str(error)
    return ""


def _migrate(arguments: argparse.Namespace) -> int:
    from store.schema import current  # noqa: PLC0415

    house = _house(arguments)
    _say(f"the database has schema {current(house.store.engine)}, as this version needs")
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "once": _once,
    "read": _read,
    "replay": _replay,
    "enter": _enter,
    "retry": _retry,
    "preview": _preview,
    "rules": _rules,
    "tickets": _tickets,
    "ticket": _ticket,
    "due": _due,
    "people": _people,
    "outbox": _outbox,
    "export": _export,
    "import": _import,
    "webhooks": _webhooks,
    "check": _check,
    "migrate": _migrate,
    **dict.fromkeys(WORKING, _work),
}
