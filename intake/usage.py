"""How the agent's commands are written: their options and help. No behaviour; imports nothing that takes time."""

import argparse
from pathlib import Path

from rules.application import FieldName

WORKING = (
    *("take", "assign", "edit", "confirm", "request", "approve", "reject", "answer", "duplicate"),
    *("spam", "close", "reopen", "done", "note", "undo", "log"),
)
"""The agent's commands."""
_FIELDS = tuple(name.value for name in FieldName)
_BY = "who acts: the e-mail address of one of our people (default: environment variable INTAKE_AGENT)"
_UNDO = "What writes to the applicant leaves after 30 seconds; until then `intake undo` takes it back."
_EXIT = "Exit status: 0 all done, 1 some tickets were refused, 2 all were, or a mistake."


def add_working(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Take, edit, decide, undo, and the log."""
    _many(commands, "take", "you have these tickets from now on")
    assign = _many(commands, "assign", "give tickets to somebody (takes the role manager)")
    assign.add_argument("--to", required=True, metavar="EMAIL", help="one of our people, or: nobody")
    _add_fields(commands)
    _add_decisions(commands)
    _many(commands, "reopen", "take finished or waiting tickets back; their clock begins now")
    _many(commands, "done", "the task on a finished ticket is done")
    note = _one(commands, "note", "an internal note, which no applicant sees")
    note.add_argument("text", metavar="TEXT")
    _add_undo(commands)


def _add_fields(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    edit = _one(commands, "edit", "set a field; the value is checked as one in a letter")
    edit.add_argument("field", choices=_FIELDS, metavar="FIELD", help=", ".join(_FIELDS))
    edit.add_argument("value", metavar="VALUE")
    confirm = _one(commands, "confirm", "say that a doubtful value is right")
    confirm.add_argument("field", choices=_FIELDS, metavar="FIELD", help=", ".join(_FIELDS))


def _add_decisions(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _many(commands, "approve", "register organisations: seven good fields, a letter to applicant and administrator")
    reject = _many(commands, "reject", "turn applications down")
    _words(reject, "the reason, as the applicant reads it", required=True)
    request = _many(commands, "request", "ask the applicant for what is missing or cannot be used")
    request.add_argument(
        "--field",
        action="append",
        default=[],
        choices=_FIELDS,
        metavar="FIELD",
        help="ask for this too; may be repeated",
    )
    _words(request, "words to the applicant before the list")
    answer = _many(commands, "answer", "answer freely, or with articles")
    _words(answer, "the answer")
    answer.add_argument(
        "--article", action="append", default=[], metavar="NAME", help="a file of templates/articles/; may be repeated"
    )
    duplicate = _many(commands, "duplicate", "close tickets that repeat another one; the applicant is told")
    duplicate.add_argument("--of", required=True, metavar="NUMBER", help="the ticket that goes on")
    _many(commands, "spam", "close tickets without a word")
    close = _many(commands, "close", "close tickets that the applicant has withdrawn")
    _words(close, "words to the applicant (none: no letter)")


def _add_undo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    undo = commands.add_parser("undo", help="take actions back while that is possible", description=_UNDO, epilog=_EXIT)
    undo.add_argument(
        "ids", nargs="*", type=int, metavar="ACTION", help="numbers of actions, as `intake log` shows them"
    )
    undo.add_argument("--batch", default="", metavar="ID", help="all of one bulk decision")
    undo.add_argument("--by", metavar="EMAIL", help=_BY)
    log = commands.add_parser("log", help="who did what: the audit log, newest first")
    log.add_argument("number", nargs="?", default="", metavar="NUMBER", help="of this ticket only, oldest first")
    log.add_argument("--limit", type=_positive, default=50, metavar="N", help="at most N lines (default 50)")
    log.add_argument("--json", action="store_true")


def add_enter(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """An application or a question that came on paper or by telephone."""
    enter = commands.add_parser(
        "enter",
        help="take an application down that came on paper or by telephone",
        description="Opens a ticket from what you type, in the same way as from a letter, and prints its number. With "
        "--from the applicant is answered by mail; without it nobody is written to and the ticket lies with an agent.",
        epilog=f"FIELD is one of {', '.join(_FIELDS)}.",
    )
    enter.add_argument("fields", nargs="*", metavar="FIELD=VALUE")
    enter.add_argument("--via", choices=("phone", "paper"), required=True, help="how it came")
    enter.add_argument("--from", dest="sender", default="", metavar="EMAIL", help="the applicant's own address")
    enter.add_argument("--file", type=Path, metavar="FILE", help="its whole text, in place of FIELD=VALUE")
    by_whom(enter)


def by_whom(parser: argparse.ArgumentParser) -> None:
    """The option that says who acts."""
    parser.add_argument("--by", metavar="EMAIL", help=_BY)


def _one(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=_UNDO)
    made.add_argument("numbers", nargs=1, metavar="NUMBER", help="the ticket, for example 2611-204")
    by_whom(made)
    return made


def _many(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=f"{_UNDO} {_EXIT}")
    made.add_argument("numbers", nargs="+", metavar="NUMBER", help="tickets, for example 2611-204 2611-205")
    by_whom(made)
    return made


def _words(parser: argparse.ArgumentParser, what: str, *, required: bool = False) -> None:
    parser.add_argument(
        "--words", default="", required=required, metavar="TEXT", help=f"{what}; - reads standard input"
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        msg = "must be 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value
