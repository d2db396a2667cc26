"""The subject of a reply: «Re: » once, the letter's own subject in one line, the ticket numbers. Pure."""

import re

from rules import ticket
from rules.plain_text import plain, without_links
from rules.subject_prefixes import SubjectPrefixes

LONGEST_SUBJECT = 120  # code points of the letter's subject that are kept
MOST_TAGS = 3


def reply_subject(
    original: str, numbers: tuple[str, ...], *, empty: str, more: str, link: str, prefixes: SubjectPrefixes
) -> str:
    """«Re: Заявка [№ 2611-204]»; `empty` in place of an empty subject, `more` («и ещё {count}») beyond three numbers.

    `link` stands in place of web addresses: we send no stranger's advertising to whomever he names as the sender.

    Prefixes of earlier answers and our own tags are taken off first, so that a long correspondence does not grow; of a
    letter that was passed on one «Fwd:» stays.
    """
    line = plain(original, LONGEST_SUBJECT * 2)
    for number in ticket.numbers_in(line):
        line = re.sub(rf"\[\s*(?:№|N|No\.?|#)?\s*{number}\s*\]", " ", line, flags=re.IGNORECASE)
    words = plain(without_links(prefixes.unpiled(line), link), LONGEST_SUBJECT) or empty
    tags = [ticket.tag(number) for number in numbers[:MOST_TAGS]]
    if len(numbers) > MOST_TAGS:
        tags.append(more.format(count=len(numbers) - MOST_TAGS))
    return " ".join(["Re:", words, *tags])
