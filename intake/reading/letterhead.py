"""The letterhead and the addressee block at the top of an official letter.

They name the office, its landline and the person written to, none of whom is the administrator. Only marks lines as
`letterhead`; finds no values.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from intake.reading.passages import Line
from rules.message import Zone

_MARK = re.compile(
    r"\bИНН\b|\bКПП\b|\bОГРН\b|\bОКПО\b|\bисх\.?\s*(?:№|от)|\bисходящ|\bфакс\b|\bтел\.?\s*/|\b\d{6}\s*,|№\s*_{2,}",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\W*(?:уважаем|здравствуй|добр(?:ый|ое|ого)\s|заявк[аи]\b|заявление\b|письмо\b|обращение\b|прош[ую]|просим|просит|направля|высыла|сообща)",
    re.IGNORECASE,
)
_OF_ADMIN = re.compile(r"админ|ответствен|(?:\+7|\b8)[\s(-]*9\d\d", re.IGNORECASE)
_SHORTEST_LETTER = 120  # code points
_LOOK = 30  # lines from the top


def _first_block(lines: Sequence[Line]) -> int:
    """How many lines the office's own block above a letter without an opening line has, 0 if there is none.

    It is the first paragraph, with a postal index or ИНН, without a mobile number or a word of an administrator, and
    a longer text follows.
    """
    stop = next((number for number, line in enumerate(lines) if line.blank and number), 0)
    head = "\n".join(line.text for line in lines[:stop])
    rest = sum(len(line.text) for line in lines[stop:])
    own = _MARK.search(head) and not _OF_ADMIN.search(head)
    return stop if stop > 1 and own and rest > _SHORTEST_LETTER else 0


def with_letterhead(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same lines; those of a letterhead have that zone.

    A letterhead is what stands above the first line that opens the letter proper, if office marks (a postal index,
    ИНН, факс, исх. №) stand there.
    """
    filled = [number for number, line in enumerate(lines) if not line.blank][:_LOOK]
    opening = next((number for number in filled if _OPENING.match(lines[number].text)), None)
    if opening is None:
        opening = _first_block(lines)
    if opening == 0:
        return tuple(lines)
    head = "\n".join(line.text for line in lines[:opening])
    if not _MARK.search(head):
        return tuple(lines)
    return tuple(
        replace(line, zone=Zone.LETTERHEAD) if number < opening and line.zone is Zone.OWN else line
        for number, line in enumerate(lines)
    )
