"""The ticket (обращение): its number, its states and the moves between them (domain.md §4).

How a number is spelled in a subject and read back is here too. No I/O.
"""

import re
from enum import StrEnum


class State(StrEnum):
    """Who must act next."""

    REVIEW = "review"  # an agent; the turn's clock runs
    WAITING = "waiting"  # the applicant; the clock stands
    APPROVED = "approved"
    REJECTED = "rejected"
    ANSWERED = "answered"
    CLOSED = "closed"


FINISHED = frozenset({State.APPROVED, State.REJECTED, State.ANSWERED, State.CLOSED})

MOVES: dict[State, frozenset[State]] = {
    State.REVIEW: frozenset(State) - {State.REVIEW},
    State.WAITING: frozenset(State) - {State.WAITING, State.ANSWERED},
    State.APPROVED: frozenset({State.REVIEW}),
    State.REJECTED: frozenset({State.REVIEW}),
    State.ANSWERED: frozenset({State.REVIEW}),
    State.CLOSED: frozenset({State.REVIEW, State.WAITING}),
}
"""Legal moves; staying where one is is always legal."""

_NUMBER = re.compile(r"(?<!\d)(\d{4})-(\d{1,7})(?!\d)")
_TAG = re.compile(r"\[\s*(?:№|N|No\.?|#)?\s*(\d{4}-\d{1,7})\s*\]", re.IGNORECASE)


def may_move(before: State, after: State) -> bool:
    """Whether a ticket may go from one state to the other."""
    return before is after or after in MOVES[before]


def number_of(year: int, month: int, serial: int) -> str:
    """The ticket number «YYMM-N» of the N-th ticket of a month in the desk's zone, for example 2611-204."""
    return f"{year % 100:02d}{month:02d}-{serial}"


def tag(number: str) -> str:
    """How a number stands in a subject: «[№ 2611-204]»."""
    return f"[№ {number}]"


def numbers_in(subject: str) -> tuple[str, ...]:
    """The ticket numbers named in a subject in our own spelling, in order, each once."""
    return tuple(dict.fromkeys(_TAG.findall(subject)))


def is_number(text: str) -> bool:
    """Whether a text is a ticket number."""
    return _NUMBER.fullmatch(text) is not None
