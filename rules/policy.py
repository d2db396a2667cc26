"""The policy of the desk: which questions are asked of a message, in which order, and what follows from the answer.

`judge` is pure and always answers: the same message, reading and facts give the same judgement, today and in a replay
(domain.md §3 and §4). It plans; the store carries out. What follows for people's letters is in `new_thread` and
`in_thread`.
"""

from collections.abc import Callable
from dataclasses import replace

from rules.application import Reading
from rules.case import Case, Conduct, answered, judgement, kept
from rules.in_thread import in_thread
from rules.judgement import Facts, Flag, Judgement, Kind, ReplyKind, TicketFacts, TicketPlan, Topic, Verdict
from rules.kinds import application, auto_reply, bounce, bulk, our_own, question, unreadable
from rules.kinds.heard import Book, Heard, listen
from rules.message import Message
from rules.new_thread import applied, asked
from rules.second_address import second_address
from rules.ticket import FINISHED, State

__all__ = ["POLICY", "Conduct", "judge", "kind_of"]

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

UNDELIVERED_TASK = "Ответ не дошёл до заявителя: свяжитесь другим путём"


def judge(message: Message, reading: Reading, facts: Facts, book: Book, conduct: Conduct | None = None) -> Judgement:
    """Everything that is to happen because of one message. Never raises on any message.

    `facts.thread` is the correspondence it belongs to; for a bounce the correspondence of the reply that bounced.
    """
    heard = listen(message, book)
    verdict = kind_of(message, reading, facts, heard)
    case = Case(message, reading, facts, heard, verdict, book, conduct or Conduct())
    return _OF_KIND[verdict.kind](case)


def kind_of(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict:
    """The first answer that the questions give, in their order; what was typed here is a person's, so only those."""
    for _, questions in POLICY[-1:] if facts.typed else POLICY:
        for ask in questions:
            verdict = ask(message, reading, facts, heard)
            if verdict is not None:
                return verdict
    return Verdict(Kind.QUESTION, "no other kind fits", Topic.OTHER, certain=False)


# --- machines ------------------------------------------------------------------------------------------------------


def _recorded(case: Case) -> Judgement:
    return judgement(case, silence=f"{case.verdict.kind} is never answered")


def _bounced(case: Case) -> Judgement:
    """A reply of ours came back: once to the second address that its tickets know, else an agent's (domain.md §4)."""
    bounced = case.facts.bounced
    if not bounce.failed(case.verdict):
        return judgement(case, silence="a report that changes nothing")
    if bounced is None:
        return judgement(case, silence="a bounce is never answered; it names no reply of ours")
    taken_back = (bounced, bounce.reason(case.message, case.verdict))
    thread = case.facts.thread
    other = second_address(bounced, case.tickets) if thread is not None and thread.proved else ""
    if other:
        silence = "a bounce is never answered; the reply goes to the other address that the ticket knows"
        return replace(judgement(case, silence=silence), undelivered=taken_back, resend=other)
    plans = tuple(
        _unreachable(ticket) for ticket in case.tickets if not bounced.tickets or ticket.number in bounced.tickets
    )
    return replace(judgement(case, plans, silence="a bounce is never answered"), undelivered=taken_back)


def _unreachable(ticket: TicketFacts) -> TicketPlan:
    """An open ticket goes to an agent; a finished one keeps its state and gets a task."""
    finished = ticket.state in FINISHED
    plan = kept(ticket, ticket.state if finished else State.REVIEW, Flag.UNREACHABLE)
    return replace(plan, task=UNDELIVERED_TASK if finished else "")


def _unread(case: Case) -> Judgement:
    flag = Flag.TOO_LARGE if case.facts.oversized else Flag.UNREADABLE
    plans = tuple(kept(one, State.REVIEW, flag) for one in case.tickets) or (
        TicketPlan(
            number=None, kind=Kind.UNREADABLE, topic=None, state=State.REVIEW, application=None, flags=frozenset({flag})
        ),
    )
    if not case.facts.oversized:
        return judgement(case, plans, silence="nothing could be read: an agent looks first")
    if bulk.list_header(case.message):
        return judgement(case, plans, silence="too large, and sent to many: an agent looks first")
    return answered(case, plans, ReplyKind.TOO_LARGE)


# --- people --------------------------------------------------------------------------------------------------------


def _applied(case: Case) -> Judgement:
    return in_thread(case) if case.tickets else applied(case)


def _asked(case: Case) -> Judgement:
    return in_thread(case) if case.tickets else asked(case)


_OF_KIND: dict[Kind, Callable[[Case], Judgement]] = {
    Kind.APPLICATION: _applied,
    Kind.QUESTION: _asked,
    Kind.AUTO_REPLY: _recorded,
    Kind.BOUNCE: _bounced,
    Kind.BULK: _recorded,
    Kind.UNREADABLE: _unread,
}
