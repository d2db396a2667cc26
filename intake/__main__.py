"""The command line: `intake run | once | read | replay | retry | tickets | ticket | outbox | check | migrate`.

Only words and exit statuses are decided here: 0 done, 1 done but something could not be reached or a ticket is not
known, 2 a mistake in settings or usage, in one sentence and without a traceback.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from intake import __version__
from rules.errors import IntakeError

EPILOG = "Settings: config.toml in this folder, or --config FILE. Every key is explained in docs/settings.md."


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="intake", description="Support-desk intake for e-mail.", epilog=EPILOG)
    top.add_argument("--version", action="version", version=__version__)
    top.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE", help="settings file")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="fetch, process, send and serve the pages until stopped")
    run.add_argument("--log", choices=("screen", "text", "json"), default="screen", help="what the terminal shows")
    commands.add_parser("once", help="one round: fetch everything new, process it, send what is due")

    read = commands.add_parser("read", help="show how letters are read; nothing is stored or sent")
    read.add_argument("files", nargs="+", metavar="FILE", help="raw messages (.eml)")
    read.add_argument("--json", action="store_true", help="one JSON object a line and file")

    replay = commands.add_parser("replay", help="take a letter in from a file, as if it had arrived")
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE.eml")
    commands.add_parser("retry", help="take in again what was set aside after a failure")

    tickets = commands.add_parser("tickets", help="list the tickets, newest first")
    tickets.add_argument("--json", action="store_true")
    tickets.add_argument("--state", help="only tickets in this state")
    tickets.add_argument("--limit", type=int, default=0, metavar="N", help="at most N tickets (0: all)")
    ticket = commands.add_parser("ticket", help="show one ticket")
    ticket.add_argument("number", metavar="NUMBER")
    ticket.add_argument("--json", action="store_true")
    outbox = commands.add_parser("outbox", help="list the replies and their delivery")
    outbox.add_argument("--json", action="store_true")
    answer = outbox.add_mutually_exclusive_group()
    answer.add_argument("--send", type=int, metavar="ID", help="say yes to a reply that is held: it goes out")
    answer.add_argument("--drop", type=int, metavar="ID", help="say no to a reply that is held: it never goes out")

    commands.add_parser("check", help="prove settings, database, mailboxes and SMTP by connecting")
    commands.add_parser("migrate", help="bring the database to this version's schema")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = parser().parse_args(argv)
    from intake import commands  # noqa: PLC0415 - --help and usage errors answer at once

    try:
        return commands.run(arguments)
    except IntakeError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
