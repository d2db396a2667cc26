"""The command line: `intake run | once | read | replay | enter | retry | tickets | ticket | due | people | outbox | preview | rules |
export | import | webhooks | check | migrate`, and what agents do: `take | assign | edit | confirm | request | approve |
reject | answer | duplicate | spam | close | reopen | done | note | undo | log`.

Only words and exit statuses are decided here: 0 done, 1 done but something could not be reached, a ticket is not known
or a letter comes out otherwise than accepted, 2 a mistake in settings or usage, in one sentence and without a traceback.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from intake import __version__
from intake.usage import add_enter, add_working, by_whom
from intake.usage_access import add_keys
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
    add_enter(commands)
    commands.add_parser("retry", help="take in again what was set aside after a failure")

    tickets = commands.add_parser("tickets", help="list the tickets, newest first")
    tickets.add_argument("--json", action="store_true")
    tickets.add_argument("--state", help="only tickets in this state")
    tickets.add_argument("--limit", type=int, default=0, metavar="N", help="at most N tickets (0: all)")
    ticket = commands.add_parser("ticket", help="show all about one ticket")
    ticket.add_argument("number", metavar="NUMBER")
    ticket.add_argument("--json", action="store_true")
    due = commands.add_parser("due", help="when the answer to a ticket is due")
    due.add_argument("number", metavar="NUMBER")
    due.add_argument(
        "--explain", action="store_true", help="all its turns span by span: what counted, what not and why"
    )
    _add_people(commands)
    outbox = commands.add_parser("outbox", help="list the replies and their delivery")
    outbox.add_argument("--json", action="store_true")
    answer = outbox.add_mutually_exclusive_group()
    answer.add_argument("--send", type=int, metavar="ID", help="say yes to a reply that is held: it goes out")
    answer.add_argument("--drop", type=int, metavar="ID", help="say no to a reply that is held: it never goes out")
    by_whom(outbox)
    add_working(commands)

    preview = commands.add_parser("preview", help="write a reply as it would read into one HTML file; nothing is sent")
    preview.add_argument("reply", metavar="REPLY", help="its name: a folder of templates/replies/")
    preview.add_argument("--ticket", metavar="N", help="number of a ticket to compose it for (default: invented ones)")
    preview.add_argument("--out", type=Path, metavar="FILE", help="default: var/preview/REPLY.html")

    _add_rules(commands)
    _add_exchange(commands)
    check = commands.add_parser("check", help="prove settings, database, mailboxes and SMTP by connecting")
    check.add_argument(
        "--probe",
        action="store_true",
        help="also send a letter to a sub-address of the desk and see whether it arrives (replies.sub_address)",
    )
    commands.add_parser("migrate", help="bring the database to this version's schema")
    return top


def _add_people(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    people = commands.add_parser("people", help="our own people: who is told of turns and figures, who may do what")
    actions = people.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="everybody, also those who are gone")
    add = actions.add_parser("add", help="take somebody on")
    change = actions.add_parser("change", help="give somebody another role")
    off = actions.add_parser("off", help="let somebody go; what they did stays in the log")
    for one in (add, change, off):
        one.add_argument("email", metavar="EMAIL")
    add.add_argument("name", metavar="NAME")
    for one in (add, change):
        one.add_argument("--role", choices=("agent", "manager", "admin"), required=True)
    add_keys(actions)


def _add_rules(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rules = commands.add_parser("rules", help="try an edit of the rule data (rules/data)")
    actions = rules.add_subparsers(dest="action", required=True, metavar="ACTION")
    test = actions.add_parser(
        "test",
        help="read known letters again and say which come out otherwise than accepted",
        description="Reads the project's letters, the sandbox's and those of any FOLDER with the current rule data and "
        "compares with what was last accepted (accepted.jsonl beside the letters; it holds what the letters say). "
        "Where an expectation (NAME.json) lies beside a changed letter, says whether it is better or worse.",
        epilog="Exit status: 0 nothing changed, 1 something changed or is not accepted yet, 2 a mistake.",
    )
    test.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="further letters (*.eml), with subfolders"
    )
    choice = test.add_mutually_exclusive_group()
    choice.add_argument("--accept", action="store_true", help="make the present results the accepted ones")
    choice.add_argument("--rules", type=Path, metavar="DIR", help="try a changed copy of rules/data instead")


def _add_exchange(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = commands.add_parser(
        "export",
        help="approved organisations as csv, xlsx or json",
        description="Writes the organisations whose approval can no longer be undone, oldest ticket first.",
        epilog="csv is UTF-8 with BOM and semicolons, as Excel in Russia opens it right; in it an apostrophe stands before "
        "a cell that a spreadsheet would take for a formula (= + - @), so before each phone number. xlsx has text cells "
        "only. Both show times in the desk's zone; json has the values as they are and times in UTC: take it for programs. "
        "Moments are in the desk's zone unless they name another.",
    )
    export.add_argument(
        "--since", metavar="WHEN", help="approved from this date (2026-11-24) or time (2026-11-24T09:30) on"
    )
    export.add_argument("--until", metavar="WHEN", help="approved up to the end of this date, or before this time")
    export.add_argument("--format", choices=("csv", "xlsx", "json"), required=True, help="what to write")
    export.add_argument("--out", type=Path, metavar="FILE", help="write here instead of standard output")
    listed = commands.add_parser(
        "import",
        help="organisations that are registered already, from a csv file",
        description="Remembers organisations that were registered before this desk began, so that a new application of "
        "one of them is shown to an agent as such. The first line names the columns, in Russian or English, in any order: "
        "full name, short name, settlement, region or its code. Separators ; , or tab; UTF-8 or windows-1251.",
        epilog="The same list twice adds nothing. Exit status: 0 all lines taken, 1 some were not, 2 a mistake.",
    )
    listed.add_argument("file", type=Path, metavar="FILE.csv")
    listed.add_argument("--dry-run", action="store_true", help="only say what would become of each line")
    hooks = commands.add_parser("webhooks", help="list the events that wait for the webhook or were given up")
    hooks.add_argument("--json", action="store_true")
    hooks.add_argument(
        "--retry", type=int, metavar="ID", help="tell one that was given up after all, from the first try"
    )


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
