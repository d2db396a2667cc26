"""What every judgement shares: the case itself, plans that leave tickets as they are, the one reply or why none may go.

Pure. Knows nothing of the single events; those are in `new_thread`, `in_thread` and `policy`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rules.application import Reading
from rules.judgement import (
    REQUESTS,
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
from rules.kinds.heard import Book, Heard
from rules.kinds.senders import recipient
from rules.message import Message
from rules.ticket import State

MOST_REQUESTS = 3  # requests in one thread; then a person phones
WAITS_FOR_YES = "ждёт согласия сотрудника"


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the desk was told to behave: limits of automatic replies in 24 h, and which kinds wait for an agent's yes.

    `public_domains`: mail providers, whose users have nothing to do with each other.
    """

    replies_per_address_per_day: int = 5
    replies_per_domain_per_day: int = 100
    public_domains: frozenset[str] = frozenset()
    ask: frozenset[ReplyKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one judgement is made of."""

    message: Message
    reading: Reading
    facts: Facts
    heard: Heard
    verdict: Verdict
    book: Book
    conduct: Conduct = field(default_factory=Conduct)

    @property
    def tickets(self) -> tuple[TicketFacts, ...]:
        """The tickets of the thread, none for a new one."""
        return self.facts.thread.tickets if self.facts.thread else ()

    @property
    def known_sender(self) -> bool:
        """Whether the message carries our token and its sender wrote in the thread before (domain.md §4)."""
        sender = self.message.sender
        return self.facts.by_token and sender is not None and any(sender.key in one.addresses for one in self.tickets)

    def because(self, words: str) -> "Case":
        """The same case with a further reason."""
        return replace(self, verdict=replace(self.verdict, because=f"{self.verdict.because}; {words}"))


def kept(ticket: TicketFacts, state: State, *flags: Flag, repeat: bool = False) -> TicketPlan:
    """A ticket as it is, in a state, with further flags."""
    return TicketPlan(
        number=ticket.number,
        kind=ticket.kind,
        topic=None,
        state=state,
        application=ticket.application,
        flags=frozenset(flags),
        repeat=repeat,
    )


def reviewed(plans: Iterable[TicketPlan], *flags: Flag) -> tuple[TicketPlan, ...]:
    """The same plans, for an agent."""
    return tuple(replace(one, state=State.REVIEW, flags=one.flags | set(flags)) for one in plans)


def asks(case: Case) -> frozenset[Flag]:
    """«Есть вопрос», if the letter also asks something."""
    return frozenset({Flag.ASKS}) if case.reading.asks else frozenset()


def articles_for(case: Case) -> tuple[str, ...]:
    """The articles that fit what the letter asks; none unless its topic is certain."""
    topic = case.heard.topic
    if case.verdict.kind is Kind.QUESTION:
        about, certain = case.verdict.topic, case.verdict.certain
    else:
        about, certain = topic.topic, topic.certain
    if not certain or about is None or about is Topic.OTHER:
        return ()
    return case.book.articles.fitting(f"{case.message.subject}\n{case.heard.raw}", about)


def judgement(case: Case, plans: tuple[TicketPlan, ...] = (), *, silence: str = "") -> Judgement:
    """What all judgements have; a turn starts where the message makes an agent's work of what was not yet any."""
    running = {
        one.number
        for one in case.tickets
        if one.state is State.REVIEW and Flag.ANSWERED_OUTSIDE not in one.flags  # there the turn has ended already
    }
    return Judgement(
        kind=case.verdict.kind,
        topic=case.verdict.topic,
        because=tuple(case.verdict.because.split("; ")),
        tickets=plans,
        silence=silence,
        turn=case.verdict.kind is not Kind.BOUNCE and any(one.number not in running for one in plans),
    )


def answered(
    case: Case, plans: tuple[TicketPlan, ...], kind: ReplyKind | None = None, articles: tuple[str, ...] = ()
) -> Judgement:
    """A judgement with the one reply over all its tickets, or with the reason why none may go."""
    kind = kind or (ReplyKind.MISSING if any(one.state is State.WAITING for one in plans) else ReplyKind.RECEIVED)
    address, nobody = recipient(case.message, case.facts, case.heard.phrases)
    if nobody:
        if case.facts.typed and case.message.sender is None:  # taken down without an address: nothing is wrong
            return judgement(case, reviewed(plans), silence="no address was given: a person answers by another way")
        return judgement(case, reviewed(plans, Flag.NOBODY_TO_ANSWER), silence=nobody)
    thread = case.facts.thread
    if thread and kind in REQUESTS and thread.requests >= MOST_REQUESTS:
        return judgement(case, reviewed(plans, Flag.PHONE), silence="three requests were made: a person phones")
    held = held_because(kind, address, case.conduct, case.facts.replies_lately, case.facts.domain_lately)
    if held:  # nobody waits for what has not left: the ticket lies with the agent who has the reply
        plans = reviewed(plans, Flag.REPLY_HELD)
    reply = ReplyPlan(kind, address, thread.round_of(kind) if thread else 1, held, articles)
    return replace(judgement(case, plans), reply=reply)


def held_because(kind: ReplyKind, address: str, conduct: Conduct, to_address: int, to_domain: int) -> str:
    """Why an automatic reply must wait for an agent, in Russian for the desk; "" if it may go.

    `to_address`, `to_domain`: automatic replies that went there in the last 24 h.
    """
    limit = conduct.replies_per_address_per_day
    if to_address >= limit:
        return f"за сутки на этот адрес уже ушло автоматических ответов: {to_address}, предел {limit}"
    domain, limit = address.strip().casefold().rpartition("@")[2], conduct.replies_per_domain_per_day
    if to_domain >= limit and domain not in conduct.public_domains:
        return f"за сутки на адреса {domain} уже ушло автоматических ответов: {to_domain}, предел {limit}"
    return WAITS_FOR_YES if kind in conduct.ask else ""
