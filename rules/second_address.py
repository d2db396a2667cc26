"""Where an undelivered reply may go instead, once (domain.md §4, bounces). Pure."""

from collections.abc import Iterable

from rules.judgement import ReplyFacts, TicketFacts


def second_address(bounced: ReplyFacts, tickets: Iterable[TicketFacts]) -> str:
    """The one other address that the reply's tickets know; "" when there is none, or more than one.

    More than one would mean that the reply tells one school's administrator about another's.
    """
    if bounced.again:
        return ""
    known: set[str] = set()
    for ticket in tickets:
        if bounced.tickets and ticket.number not in bounced.tickets:
            continue
        known |= ticket.addresses
        if ticket.application is not None and ticket.application.admin_email.usable:
            known.add((ticket.application.admin_email.value or "").casefold())
    others = {one for one in known if "@" in one} - {bounced.recipient.strip().casefold()}
    return others.pop() if len(others) == 1 else ""
