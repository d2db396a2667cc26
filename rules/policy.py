"""The policy of the desk: which questions are asked of a message, in which order, and what follows from the answer.

`judge` is pure and always answers: the same message, reading and facts give the same judgement, today and in a replay
(domain.md §3 and §4). It plans; the store carries out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from rules.application import Application, Reading
from rules.judgement import (
    Facts,
    Flag,
    Judgement,
    Kind,
    ReplyKind,
    ReplyPlan,
    TicketFacts,
    TicketPlan,
    Topic,
    Verdict,
)
from rules.kinds import application, auto_reply, bounce, bulk, our_own, question, unreadable
from rules.kinds.heard import Book, Heard, listen
from rules.kinds.senders import recipient
from rules.kinds.thanks import is_mere_thanks
from rules.merging import Merged, is_another_organization, merge, names_organization, same_organization
from rules.message import Message
from rules.ticket import FINISHED, State

Question = Callable[[Message, Reading, Facts, Heard], Verdict | None]

POLICY: tuple[tuple[str, tuple[Question, ...]], ...] = (
    (
        "What machines write is recorded and never answered, whatever it looks like.",
        (our_own.ask, bounce.ask, auto_reply.ask),
    ),
    ("What cannot be read is shown to an agent.", (unreadable.ask,)),
    ("What goes to many is not meant for us, unless it is a school's application.", (bulk.ask,)),
    ("What people write is an application, or else a question: nothing is left over.", (application.ask, question.ask)),
)

MOST_REQUESTS = 3  # `missing` replies in one thread; then a person phones
WAITS_FOR_YES = "ждёт согласия сотрудника"


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the desk was told to behave: the limit of automatic replies to one address in 24 h, and which kinds wait."""

    replies_per_address_per_day: int = 5
    ask: frozenset[ReplyKind] = frozenset()


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything one judgement is made of."""

    message: Message
    reading: Reading
    facts: Facts
    heard: Heard
    verdict: Verdict
    conduct: Conduct

    @property
    def tickets(self) -> tuple[TicketFacts, ...]:
        """The tickets of the thread, none for a new one."""
        return self.facts.thread.tickets if self.facts.thread else ()

    @property
    def known_sender(self) -> bool:
        """Whether the message carries our token and its sender wrote in the thread before (domain.md §4)."""
        sender = self.message.sender
        return self.facts.by_token and sender is not None and any(sender.key in one.addresses for one in self.tickets)


def judge(message: Message, reading: Reading, facts: Facts, book: Book, conduct: Conduct | None = None) -> Judgement:
    """Everything that is to happen because of one message. Never raises on any message.

    `facts.thread` is the correspondence it belongs to; for a bounce the correspondence of the reply that bounced.
    """
    heard = listen(message, book)
    verdict = kind_of(message, reading, facts, heard)
    case = _Case(message, reading, facts, heard, verdict, conduct or Conduct())
    return _OF_KIND[verdict.kind](case)


def kind_of(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict:
    """The first answer that the questions give, in their order."""
    for _, questions in POLICY:
        for ask in questions:
            verdict = ask(message, reading, facts, heard)
            if verdict is not None:
                return verdict
    return Verdict(Kind.QUESTION, "no other kind fits", Topic.OTHER, certain=False)


# --- machines ------------------------------------------------------------------------------------------------------


def _recorded(case: _Case) -> Judgement:
    return _judgement(case, silence=f"{case.verdict.kind} is never answered")


def _bounced(case: _Case) -> Judgement:
    bounced = case.facts.bounced
    if not bounce.failed(case.verdict):
        return _judgement(case, silence="a report that changes nothing")
    if bounced is None:
        return _judgement(case, silence="a bounce is never answered; it names no reply of ours")
    plans = tuple(
        _kept(ticket, ticket.state if ticket.state in FINISHED else State.REVIEW, Flag.UNREACHABLE)
        for ticket in case.tickets
        if not bounced.tickets or ticket.number in bounced.tickets
    )
    taken_back = (bounced, bounce.reason(case.message, case.verdict))
    return replace(_judgement(case, plans, silence="a bounce is never answered"), undelivered=taken_back)


def _unread(case: _Case) -> Judgement:
    flag = Flag.TOO_LARGE if case.facts.oversized else Flag.UNREADABLE
    plans = tuple(_kept(one, State.REVIEW, flag) for one in case.tickets) or (
        TicketPlan(
            number=None, kind=Kind.UNREADABLE, topic=None, state=State.REVIEW, application=None, flags=frozenset({flag})
        ),
    )
    if not case.facts.oversized:
        return _judgement(case, plans, silence="nothing could be read: an agent looks first")
    if bulk.list_header(case.message):
        return _judgement(case, plans, silence="too large, and sent to many: an agent looks first")
    return _answered(case, plans, ReplyKind.TOO_LARGE)


# --- people, in a new thread ---------------------------------------------------------------------------------------


def _applied(case: _Case) -> Judgement:
    if case.tickets:
        return _in_thread(case)
    return _answered(case, tuple(_opened(case, one) for one in case.reading.applications or (Application(),)))


def _asked(case: _Case) -> Judgement:
    if case.tickets:
        return _in_thread(case)
    plan = TicketPlan(number=None, kind=Kind.QUESTION, topic=case.verdict.topic, state=State.REVIEW, application=None)
    return _answered(case, (plan,), ReplyKind.QUESTION_RECEIVED)


def _opened(case: _Case, given: Application) -> TicketPlan:
    """A new ticket for one application."""
    state = State.REVIEW if given.complete else State.WAITING
    return TicketPlan(number=None, kind=Kind.APPLICATION, topic=None, state=state, application=given, flags=_asks(case))


# --- people, in a thread we know -----------------------------------------------------------------------------------


def _in_thread(case: _Case) -> Judgement:
    """An answer: to whom of the thread's tickets it speaks, and what it changes."""
    said = tuple(one for one in case.reading.applications if application.spoken(one))
    given = tuple(one for one in case.reading.applications if not one.empty)
    given = said if case.verdict.kind is Kind.QUESTION else given
    open_ = [one for one in case.tickets if one.state not in FINISHED]
    if is_mere_thanks(case.heard, case.message) and not said:
        return _judgement(case, silence="a mere thank-you")
    if case.heard.phrases.withdraws.first(case.heard.text) and not said and open_:
        return _withdrawn(case, open_)
    if case.verdict.kind is Kind.APPLICATION and not any(one.application for one in case.tickets):
        return _answered(case, tuple(_opened(case, one) for one in given or (Application(),)))
    if not given or not any(one.application for one in case.tickets):
        return _nothing_new(case, open_) if open_ else _reopened(case, case.tickets)
    return _given(case, given)


def _given(case: _Case, given: tuple[Application, ...]) -> Judgement:
    """Values go to the tickets whose organisation they name; a new organisation gets its own ticket."""
    plans: dict[str, TicketPlan] = {}
    fresh: list[TicketPlan] = []
    lost = False
    changed = False
    for one in given:
        found = _ticket_for(case, one, alone=len(given) == 1)
        if isinstance(found, TicketFacts):
            merged = _merged(case, found, one, plans)
            changed = changed or merged.settles
            plans[found.number] = _after(case, found, merged)
        elif found:
            fresh.append(_opened(case, one))
        else:
            lost = True
    if lost:
        return _unassigned(case, tuple(fresh))
    touched = [one for one in case.tickets if one.number in plans]
    if not fresh and any(one.state in FINISHED for one in touched):
        return _reopened(case, touched, plans)
    if not fresh and not changed:
        return _nothing_new(case, [one for one in touched if one.state not in FINISHED])
    return _continued(case, (*plans.values(), *fresh))


def _ticket_for(case: _Case, one: Application, *, alone: bool) -> TicketFacts | bool:
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


def _merged(case: _Case, ticket: TicketFacts, one: Application, plans: dict[str, TicketPlan]) -> Merged:
    before = plans[ticket.number].application if ticket.number in plans else ticket.application
    return merge(before or Application(), one, trusted=case.known_sender, correction=case.reading.correction)


def _after(case: _Case, ticket: TicketFacts, merged: Merged) -> TicketPlan:
    """The ticket with the merged application: an agent's stays the agent's, a complete one goes to review."""
    waits = ticket.state is State.WAITING and not merged.application.complete
    state = State.WAITING if waits else State.REVIEW
    return TicketPlan(
        number=ticket.number,
        kind=ticket.kind,
        topic=None,
        state=state,
        application=merged.application,
        flags=_asks(case),
    )


def _continued(case: _Case, plans: tuple[TicketPlan, ...]) -> Judgement:
    """After new values: received, missing again, or after three requests a person."""
    incomplete = [one for one in plans if one.application and not one.application.complete]
    if incomplete and all(one.state is State.REVIEW for one in incomplete):
        return _judgement(case, plans, silence="an agent has it: what is still missing is asked by a person")
    return _answered(case, plans)


def _nothing_new(case: _Case, open_: list[TicketFacts]) -> Judgement:
    """A repeat; a waiting ticket's applicant is asked again, and whoever asks something gets a person."""
    case = _because(case, "repeat contact: nothing new")
    waiting = [one for one in open_ if one.state is State.WAITING]
    if not waiting:
        return _judgement(case, tuple(_kept(one, one.state) for one in open_), silence="repeat contact")
    if case.heard.asking and not case.heard.phrases.where_is_it.first(case.heard.text):
        plans = tuple(_kept(one, State.REVIEW, Flag.ASKS) for one in open_)
        return _judgement(case, plans, silence="asks something on a waiting ticket: an agent answers")
    return _answered(case, tuple(_kept(one, one.state) for one in open_))


def _reopened(
    case: _Case, tickets: list[TicketFacts] | tuple[TicketFacts, ...], plans: dict[str, TicketPlan] | None = None
) -> Judgement:
    """A finished ticket comes back to an agent; with what was merged, without an automatic reply."""
    back = tuple((plans or {}).get(one.number) or _kept(one, State.REVIEW, *_asks(case)) for one in tickets)
    case = _because(case, "message on a finished ticket")
    return _judgement(case, _reviewed(back), silence="a finished ticket is reopened: an agent answers")


def _withdrawn(case: _Case, open_: list[TicketFacts]) -> Judgement:
    """The applicant takes the application back: an agent sees it and closes."""
    case = _because(case, "withdraws the application")
    plans = tuple(_kept(one, State.REVIEW, Flag.WITHDRAWN) for one in open_)
    return _judgement(case, plans, silence="a withdrawal: an agent closes")


def _unassigned(case: _Case, fresh: tuple[TicketPlan, ...]) -> Judgement:
    """Values that could belong to several tickets: an agent decides, nothing is merged."""
    case = _because(case, "several tickets, and the letter does not say which")
    held = tuple(_kept(one, State.REVIEW) for one in case.tickets if one.application and one.state not in FINISHED)
    held = held or tuple(_kept(one, State.REVIEW) for one in case.tickets)
    reviewed = tuple(replace(one, state=State.REVIEW) for one in fresh)
    return _judgement(case, (*held, *reviewed), silence="an agent assigns the values")


# --- what every judgement shares -----------------------------------------------------------------------------------


def _kept(ticket: TicketFacts, state: State, *flags: Flag) -> TicketPlan:
    """A ticket as it is, in a state, with further flags."""
    return TicketPlan(
        number=ticket.number,
        kind=ticket.kind,
        topic=None,
        state=state,
        application=ticket.application,
        flags=frozenset(flags),
    )


def _asks(case: _Case) -> frozenset[Flag]:
    return frozenset({Flag.ASKS}) if case.reading.asks else frozenset()


def _because(case: _Case, words: str) -> _Case:
    return replace(case, verdict=replace(case.verdict, because=f"{case.verdict.because}; {words}"))


def _judgement(case: _Case, plans: tuple[TicketPlan, ...] = (), *, silence: str = "") -> Judgement:
    """What all judgements have; a turn starts where the message makes an agent's work of what was not yet any."""
    running = {one.number for one in case.tickets if one.state is State.REVIEW}
    return Judgement(
        kind=case.verdict.kind,
        topic=case.verdict.topic,
        because=tuple(case.verdict.because.split("; ")),
        tickets=plans,
        silence=silence,
        turn=case.verdict.kind is not Kind.BOUNCE and any(one.number not in running for one in plans),
    )


def _answered(case: _Case, plans: tuple[TicketPlan, ...], kind: ReplyKind | None = None) -> Judgement:
    """A judgement with the one reply over all its tickets, or with the reason why none may go."""
    kind = kind or (ReplyKind.MISSING if any(one.state is State.WAITING for one in plans) else ReplyKind.RECEIVED)
    address, nobody = recipient(case.message, case.facts, case.heard.phrases)
    if nobody:
        return _judgement(case, _reviewed(plans, Flag.NOBODY_TO_ANSWER), silence=nobody)
    thread = case.facts.thread
    round_ = thread.round_of(kind) if thread else 1
    if kind is ReplyKind.MISSING and round_ > MOST_REQUESTS:
        return _judgement(case, _reviewed(plans), silence="three requests were made: a person phones")
    held = _held(case, kind)
    plans = _reviewed(plans, Flag.REPLY_HELD) if held and held != WAITS_FOR_YES else plans
    reply = ReplyPlan(kind, address, round_, held)
    return replace(_judgement(case, plans), reply=reply)


def _held(case: _Case, kind: ReplyKind) -> str:
    """Why the reply must wait for an agent, in Russian for the desk; "" if it may go."""
    limit = case.conduct.replies_per_address_per_day
    if case.facts.replies_lately >= limit:
        return f"за сутки на этот адрес уже ушло автоматических ответов: {case.facts.replies_lately}, предел {limit}"
    return WAITS_FOR_YES if kind in case.conduct.ask else ""


def _reviewed(plans: tuple[TicketPlan, ...], *flags: Flag) -> tuple[TicketPlan, ...]:
    return tuple(replace(one, state=State.REVIEW, flags=one.flags | set(flags)) for one in plans)


_OF_KIND: dict[Kind, Callable[[_Case], Judgement]] = {
    Kind.APPLICATION: _applied,
    Kind.QUESTION: _asked,
    Kind.AUTO_REPLY: _recorded,
    Kind.BOUNCE: _bounced,
    Kind.BULK: _recorded,
    Kind.UNREADABLE: _unread,
}
