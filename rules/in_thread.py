"""What follows from a letter in a thread we know: to whom of its tickets it speaks, what it changes (domain.md §4). Pure."""

from dataclasses import dataclass, replace

from rules.application import Application
from rules.case import Case, answered, articles_for, asks, judgement, kept, reviewed
from rules.judgement import Flag, Judgement, Kind, ReplyKind, TicketFacts, TicketPlan
from rules.kinds import application
from rules.kinds.thanks import is_mere_thanks
from rules.merging import Merged, is_another_organization, merge, names_organization, same_organization
from rules.new_thread import opened
from rules.ticket import FINISHED, State


def in_thread(case: Case) -> Judgement:
    """An answer, a repeat, a withdrawal, a thank-you or something new."""
    said = tuple(one for one in case.reading.applications if application.spoken(one))
    given = tuple(one for one in case.reading.applications if not one.empty)
    given = said if case.verdict.kind is Kind.QUESTION else given
    open_ = [one for one in case.tickets if one.state not in FINISHED]
    if is_mere_thanks(case.heard, case.message) and not said:
        return judgement(case, silence="a mere thank-you")
    if case.heard.phrases.withdraws.first(case.heard.text) and not said and open_:
        return _withdrawn(case, open_)
    if case.verdict.kind is Kind.APPLICATION and not any(one.application for one in case.tickets):
        return answered(case, tuple(opened(case, one) for one in given or (Application(),)))
    if not given or not any(one.application for one in case.tickets):
        return _nothing_new(case, open_) if open_ else _reopened(case, case.tickets)
    return _given(case, given)


@dataclass(slots=True)
class _Outcome:
    """What became of the values of one letter, ticket by ticket, while they are dealt out."""

    plans: dict[str, TicketPlan]
    fresh: list[TicketPlan]
    lost: bool = False
    changed: bool = False


def _given(case: Case, given: tuple[Application, ...]) -> Judgement:
    """Values go to the tickets whose organisation they name; a new organisation gets its own ticket."""
    done = _Outcome({}, [])
    for one in given:
        _deal_out(case, one, done, alone=len(given) == 1)
    if done.lost:
        return _unassigned(case, tuple(done.fresh))
    touched = [one for one in case.tickets if one.number in done.plans]
    if not done.fresh and any(one.state in FINISHED for one in touched):
        return _reopened(case, touched, done.plans)
    if not done.fresh and not done.changed:
        return _nothing_new(case, [one for one in touched if one.state not in FINISHED])
    return _continued(case, (*done.plans.values(), *done.fresh))


def _deal_out(case: Case, one: Application, done: _Outcome, *, alone: bool) -> None:
    found = _ticket_for(case, one, alone=alone)
    if found is True:
        done.fresh.append(opened(case, one))
        return
    theirs = (found,) if isinstance(found, TicketFacts) else _common(case, one) if alone else ()
    done.lost = done.lost or not theirs
    for ticket in theirs:
        merged = _merged(case, ticket, one, done.plans)
        done.changed = done.changed or merged.settles
        done.plans[ticket.number] = _after(case, ticket, merged)


def _common(case: Case, one: Application) -> tuple[TicketFacts, ...]:
    """All tickets that are open, if the letter says that its values are common to them; none otherwise."""
    if names_organization(one) or not case.heard.phrases.common.first(case.heard.text):
        return ()
    return tuple(ticket for ticket in case.tickets if ticket.application and ticket.state not in FINISHED)


def _ticket_for(case: Case, one: Application, *, alone: bool) -> TicketFacts | bool:
    """The ticket one application speaks of; True for an organisation of its own; False when nobody can tell.

    `alone`: the letter holds only this one.
    """
    theirs = [ticket for ticket in case.tickets if ticket.application is not None]
    if not case.reading.correction and all(
        is_another_organization(ticket.application, one, alone=alone) for ticket in theirs if ticket.application
    ):
        return True
    open_ = [ticket for ticket in theirs if ticket.state not in FINISHED]
    if len(theirs) == 1:
        return theirs[0]
    if names_organization(one):
        named = [
            ticket
            for ticket in theirs
            if ticket.application
            and names_organization(ticket.application)
            and same_organization(ticket.application, one)
        ]
        return named[0] if len(named) == 1 else False
    return open_[0] if len(open_) == 1 else False


def _merged(case: Case, ticket: TicketFacts, one: Application, plans: dict[str, TicketPlan]) -> Merged:
    before = plans[ticket.number].application if ticket.number in plans else ticket.application
    return merge(before or Application(), one, trusted=case.known_sender, correction=case.reading.correction)


def _after(case: Case, ticket: TicketFacts, merged: Merged) -> TicketPlan:
    """The ticket with the merged application: an agent's stays the agent's, a complete one goes to review."""
    waits = ticket.state is State.WAITING and not merged.application.complete
    state = State.WAITING if waits else State.REVIEW
    return TicketPlan(
        number=ticket.number,
        kind=ticket.kind,
        topic=None,
        state=state,
        application=merged.application,
        flags=asks(case),
        repeat=case.facts.joined,
    )


def _continued(case: Case, plans: tuple[TicketPlan, ...]) -> Judgement:
    """After new values: received, missing again, or after three requests a person."""
    incomplete = [one for one in plans if one.application and not one.application.complete]
    if incomplete and all(one.state is State.REVIEW for one in incomplete):
        return judgement(case, plans, silence="an agent has it: what is still missing is asked by a person")
    return answered(case, plans, articles=articles_for(case) if case.reading.asks else ())


def _nothing_new(case: Case, open_: list[TicketFacts]) -> Judgement:
    """A repeat («напишите повторно»): counted, told where it stands at most once in 24 h; a waiting ticket's applicant
    is asked again; whoever asks something gets a person.
    """
    where_is_it = bool(case.heard.phrases.where_is_it.first(case.heard.text))
    waiting = [one for one in open_ if one.state is State.WAITING]
    if case.heard.asking and not where_is_it and not case.facts.joined:
        case = case.because("asks something on an open ticket")
        plans = tuple(kept(one, State.REVIEW, Flag.ASKS) for one in open_)
        return judgement(case, plans, silence="asks something: an agent answers")
    case = case.because("repeat contact: nothing new")
    plans = tuple(kept(one, one.state, repeat=True) for one in open_)
    if waiting and not where_is_it:
        return answered(case, plans)
    thread = case.facts.thread
    if thread is not None and ReplyKind.STATUS in thread.lately:
        return judgement(case, plans, silence="repeat contact: told where it stands less than 24 h ago")
    return answered(case, plans, ReplyKind.STATUS)


def _reopened(
    case: Case, tickets: list[TicketFacts] | tuple[TicketFacts, ...], plans: dict[str, TicketPlan] | None = None
) -> Judgement:
    """A finished ticket comes back to an agent; with what was merged, without an automatic reply."""
    back = tuple((plans or {}).get(one.number) or kept(one, State.REVIEW, *asks(case)) for one in tickets)
    case = case.because("message on a finished ticket")
    return judgement(case, reviewed(back), silence="a finished ticket is reopened: an agent answers")


def _withdrawn(case: Case, open_: list[TicketFacts]) -> Judgement:
    """The applicant takes the application back: an agent sees it and closes."""
    case = case.because("withdraws the application")
    plans = tuple(kept(one, State.REVIEW, Flag.WITHDRAWN) for one in open_)
    return judgement(case, plans, silence="a withdrawal: an agent closes")


def _unassigned(case: Case, fresh: tuple[TicketPlan, ...]) -> Judgement:
    """Values that could belong to several tickets: an agent decides, nothing is merged."""
    case = case.because("several tickets, and the letter does not say which")
    held = tuple(kept(one, State.REVIEW) for one in case.tickets if one.application and one.state not in FINISHED)
    held = held or tuple(kept(one, State.REVIEW) for one in case.tickets)
    for_an_agent = tuple(replace(one, state=State.REVIEW) for one in fresh)
    return judgement(case, (*held, *for_an_agent), silence="an agent assigns the values")
