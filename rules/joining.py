"""Which open correspondence a letter belongs to that answers none: a repeat, or a question after an application.

Only the letter's own sender joins, and only by what the letter says (domain.md §4, last two rules of how a message finds
its thread). Pure; the store finds what is near.
"""

from collections.abc import Iterable

from rules.application import Reading
from rules.judgement import NearTicket
from rules.kinds.application import spoken
from rules.kinds.heard import Book, listen
from rules.message import Message
from rules.ticket import FINISHED
from rules.twins import place_key, same_organization


def places(reading: Reading) -> tuple[str, ...]:
    """The keys of the places that a letter names, for the store to look around."""
    return tuple(dict.fromkeys(key for one in reading.applications if (key := place_key(one))))


def thread_to_join(message: Message, reading: Reading, near: Iterable[NearTicket], book: Book) -> str:
    """The key of the thread whose open ticket is about the same organisation and was opened by the same sender; ""."""
    sender = message.sender.key if message.sender else ""
    theirs = [one for one in near if sender and one.sender == sender and one.state not in FINISHED]
    for given in reading.applications:
        for one in theirs:
            if same_organization(given, one.application, book.twins):
                return one.thread_key
    return ""


def asks_where(message: Message, reading: Reading, book: Book) -> bool:
    """Whether a letter does no more than ask after an earlier application («где наша заявка?»)."""
    if any(spoken(one) for one in reading.applications):
        return False
    return bool(book.kinds.where_is_it.first(listen(message, book).text))
