"""What a person's answer from outside the desk (webmail) changes on the tickets of its thread (domain.md §4, §5). Pure."""

from collections.abc import Collection, Iterable

from rules.judgement import Flag, Kind, TicketFacts, TicketPlan
from rules.message import Message
from rules.reply_subject import MOST_TAGS
from rules.ticket import FINISHED, State, numbers_in

AGENT_LOOKS = frozenset({Flag.WITHDRAWN, Flag.ALREADY_REGISTERED, Flag.UNREACHABLE, Flag.FAILED})
"""A ticket with one of these does not wait for its applicant: what was written to her may have been no request."""

_SETTLED = frozenset({Flag.REPLY_HELD, Flag.NOBODY_TO_ANSWER})


def concerned(message: Message, tickets: Iterable[TicketFacts]) -> tuple[TicketFacts, ...]:
    """Which tickets of its thread an answer speaks of: those that its subject names, else all of them.

    Our subjects name a few tickets only; one that names as many may be about more.
    """
    theirs = tuple(tickets)
    named = frozenset(numbers_in(message.subject))
    found = tuple(one for one in theirs if one.number in named)
    return found if found and len(named) < MOST_TAGS else theirs


def reaches(message: Message, applicants: Collection[str]) -> bool:
    """Whether it went to one of these (case folded) addresses; a letter handed on to a colleague answers nobody."""
    return any(one.key in applicants for one in (*message.to, *message.cc))


def written_by_machine(message: Message) -> bool:
    """Whether it calls itself automatic (RFC 3834 §5): what a machine wrote is nobody's answer."""
    word = message.header("auto-submitted").partition(";")[0].partition("(")[0].strip().casefold()
    return word not in {"", "no"}


def after_answer(ticket: TicketFacts) -> TicketPlan:
    """The ticket once somebody has answered: a question is answered, an application that lacks fields waits, a complete
    one stays with the agents, because the decision is still to be made. A finished one stays as it is.
    """
    state = _state(ticket)
    return TicketPlan(
        number=ticket.number,
        kind=ticket.kind,
        topic=None,
        state=state,
        application=ticket.application,
        flags=frozenset({Flag.ANSWERED_OUTSIDE}) if state is State.REVIEW else frozenset(),
        settled=frozenset() if ticket.state in FINISHED else _SETTLED,
    )


def _state(ticket: TicketFacts) -> State:
    if ticket.state is not State.REVIEW:
        return ticket.state
    if ticket.application is None:
        return State.ANSWERED if ticket.kind is Kind.QUESTION else State.REVIEW
    waits = not ticket.application.complete and not ticket.flags & AGENT_LOOKS
    return State.WAITING if waits else State.REVIEW
