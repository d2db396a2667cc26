"""What follows from a letter that begins a thread: tickets to open, and the first reply (domain.md §4). Pure."""

from rules.application import Application
from rules.case import Case, answered, articles_for, asks
from rules.judgement import Flag, Judgement, Kind, ReplyKind, TicketPlan
from rules.ticket import FINISHED, State
from rules.twins import same_organization


def applied(case: Case) -> Judgement:
    """One ticket for each organisation, one reply over all of them."""
    plans = tuple(opened(case, one) for one in case.reading.applications or (Application(),))
    return answered(case, plans, _first_reply(case, plans), articles_for(case) if case.reading.asks else ())


def asked(case: Case) -> Judgement:
    """A question: answered by an article if its topic is certain and one fits, else an agent's."""
    articles = articles_for(case)
    plan = TicketPlan(
        number=None,
        kind=Kind.QUESTION,
        topic=case.verdict.topic,
        state=State.ANSWERED if articles else State.REVIEW,
        application=None,
    )
    return answered(case, (plan,), ReplyKind.ANSWER if articles else ReplyKind.QUESTION_RECEIVED, articles)


def opened(case: Case, given: Application) -> TicketPlan:
    """A new ticket for one application; what may be its twin, or is registered already, is marked."""
    words, thread = case.book.twins, case.facts.thread
    near = [one for one in case.facts.near if same_organization(given, one.application, words)]
    elsewhere = [one for one in near if thread is None or one.thread_key != thread.key]
    twins = tuple(one.number for one in elsewhere if one.state not in FINISHED)
    registered = any(one.state is State.APPROVED for one in near) or any(
        same_organization(given, one, words) for one in case.facts.registered
    )
    flags = asks(case)
    flags |= {Flag.POSSIBLE_DUPLICATE} if twins else set()
    flags |= {Flag.ALREADY_REGISTERED} if registered else set()
    waits = not given.complete and not registered
    return TicketPlan(
        number=None,
        kind=Kind.APPLICATION,
        topic=None,
        state=State.WAITING if waits else State.REVIEW,
        application=given,
        flags=flags,
        twins=twins,
    )


def _first_reply(case: Case, plans: tuple[TicketPlan, ...]) -> ReplyKind | None:
    """None for the ordinary one, `received` or `missing`."""
    if len(plans) > 1:
        return ReplyKind.SEVERAL
    (plan,) = plans
    application = plan.application or Application()
    if Flag.ALREADY_REGISTERED in plan.flags and not application.complete:
        return ReplyKind.QUESTION_RECEIVED  # an agent looks before anything is asked for
    unread = any(one.note for one in case.message.attachments)
    if unread and not any(value.usable for _, value in application.items()):
        return ReplyKind.UNREADABLE_ATTACHMENT
    return None
