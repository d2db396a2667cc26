"""What a reply is composed from, and what comes out. Values only."""

from dataclasses import dataclass
from datetime import datetime

from rules.application import Application
from rules.ticket import State


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """One ticket that a reply tells of; `application` None for one that is about something else, `state` None if it
    does not matter.
    """

    number: str
    application: Application | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """An attachment whose text could not be read: its name, untouched, and the note of `intake.attachments` on it."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    """What a reply is composed from.

    The letter's, untouched: `original_subject`, `applicant_name` (a display name), `unread_files` (a bare name is a
    file without a known reason). `reply_address`: the address this reply goes to, offered where the e-mail is missing
    ("" to offer none). `answered`: the letter answers one of ours. `size` and `limit` in bytes, for `too_large`.

    The desk's: `due`, when the answer is due, aware, None if no clock runs; `closes`, when a waiting ticket is closed;
    `round`, the how-manieth reply of its kind in the thread; `link`, the personal link, an https address of our own
    applicant's page ("" for none; one that is no such address is left out), never taken from a letter;
    `other_number`, the ticket that this one repeats; `articles`, names of files in `templates/articles`, best first;
    `words`, what an agent wrote, an empty line between paragraphs.
    """

    desk_name: str
    desk_address: str
    tickets: tuple[TicketEntry, ...] = ()
    due: datetime | None = None
    original_subject: str = ""
    applicant_name: str = ""
    reply_address: str = ""
    size: int = 0
    limit: int = 0
    round: int = 1
    answered: bool = False
    unread_files: tuple[UnreadFile | str, ...] = ()
    link: str = ""
    articles: tuple[str, ...] = ()
    words: str = ""
    closes: datetime | None = None
    other_number: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply in words; `subject` is one line."""

    subject: str
    text: str
    html: str
