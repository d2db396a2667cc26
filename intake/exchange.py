"""The commands that exchange with other systems: `intake export`, `import` and `webhooks`."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from intake.bootstrap import RULES, House
from intake.exporting import Export, moment
from intake.listing import hook_json, hooks_text
from rules.errors import SettingsError
from rules.lists import ListWords
from store.records import HookState

_MANY = 10_000  # exported organisations between two words of progress
_EVERYTHING = 10**9


def export(arguments: argparse.Namespace, house: House) -> int:
    """`intake export`: approved organisations into a file or to standard output."""
    zone, form = house.settings.desk.zone, arguments.format
    made = Export(
        since=moment("--since", arguments.since, zone) if arguments.since else None,
        until=moment("--until", arguments.until, zone, whole_day=True) if arguments.until else None,
        now=house.now(),
        zone=zone,
        headings=ListWords.load(RULES / "lists.toml").headings,
    )
    if form == "xlsx" and arguments.out is None and sys.stdout.isatty():
        msg = "--format xlsx needs --out FILE: a worksheet is nothing for a terminal"
        raise SettingsError(msg)

    def progress(count: int) -> None:
        if count % _MANY == 0:
            _aside(f"exported {count} ...")

    with _target(arguments.out) as out:
        count = made.write(out, form, made.read(house.store, progress))
    _aside(f"exported {count} organisation(s)")
    return 0


def import_list(arguments: argparse.Namespace, house: House) -> int:
    """`intake import`: organisations that are registered already; 1 when some lines could not be taken."""
    from intake.importing import Importer, Rules  # noqa: PLC0415
    from rules.fields.place import Gazetteer, Regions  # noqa: PLC0415

    rules = Rules(
        ListWords.load(RULES / "lists.toml"),
        Regions.load(RULES / "regions.toml"),
        Gazetteer.load(RULES / "settlements.tsv"),
    )
    importer = Importer(house.store, rules, house.now, _say, lambda line: _aside(f"line {line} ..."))
    counts = importer.take(arguments.file, dry_run=arguments.dry_run)
    added = "would be added" if arguments.dry_run else "added"
    _say(f"{added}: {counts.added}, known already: {counts.known}, not taken: {counts.bad}")
    return 1 if counts.bad else 0


def webhooks(arguments: argparse.Namespace, house: House) -> int:
    """`intake webhooks`: events that wait or were given up; `--retry` revives one that was given up."""
    if arguments.retry is not None:
        with house.store.writing() as work:
            done = work.hooks.revive(arguments.retry, house.now())
        if not done:
            _say(f"event {arguments.retry} was not given up; `intake webhooks` lists the events")
            return 1
        _say("it will be told with the next round" if house.settings.webhook.url else _unset(1))
        return 0
    with house.store.reading() as work:
        hooks = work.hooks.list(_EVERYTHING, HookState.WAITING, HookState.DEAD)
    if arguments.json:
        _say(json.dumps([hook_json(one) for one in hooks], ensure_ascii=False, indent=1))
        return 0
    _say(hooks_text(hooks, house.settings.desk.zone))
    if hooks and not house.settings.webhook.url:
        _say(_unset(len(hooks)))
    return 0


def _unset(count: int) -> str:
    return f"webhook.url is not set: {count} event(s) will not be told before it is"


@contextmanager
def _target(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there only when it is whole; it holds personal data and is the owner's alone."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():
        msg = f"--out {path}: is no file"
        raise SettingsError(msg)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        msg = f"--out {path}: cannot be written: {error.strerror or error}"
        raise SettingsError(msg) from error


def _say(text: str) -> None:
    print(text)  # noqa: T201 - this is the command line


def _aside(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line; standard output holds the data
