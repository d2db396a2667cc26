"""What an applicant does on the personal page: fills in fields of an application of her own thread (domain.md §4, §7).

The page has a link and no sender: whoever holds it may fill gaps; what contradicts a value that is there already is
never taken for right, it becomes doubtful with both shown.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from intake.casework.cases import Cases, Opened, as_it_is
from intake.casework.refused import Refused, Why
from intake.compose import ReplyContext, TicketEntry
from intake.replying import Envelope
from rules.actions import ActionName
from rules.application import Application, FieldName, FieldValue, Status
from rules.case import Conduct, held_because
from rules.entering import entered
from rules.judgement import Flag, ReplyKind, TicketPlan
from rules.merging import merge
from rules.ticket import FINISHED, State
from store.records import Act, ComposedReply
from store.unit_of_work import ThreadMoved

BY = "applicant"
TRIES = 5  # how often somebody else may be quicker before the page is asked to be sent again
MOST_VARIANTS = 6  # values of one field that stand against each other; more help nobody
TOO_MANY = "too_many"
# The place is understood by its region: the region comes first.
_ORDER = sorted(FieldName, key=lambda name: name is not FieldName.REGION)


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of what was filled in. `unusable`: not stored, with the reason; `changed`: stored anew; `completed`:
    with this the last gap closed.
    """

    application: Application
    unusable: Mapping[FieldName, FieldValue]
    changed: tuple[FieldName, ...] = ()
    completed: bool = False


def fill(cases: Cases, conduct: Conduct, thread_key: str, number: str, values: Mapping[FieldName, str]) -> Filled:
    """Fill in fields of a ticket of that thread: checked, merged, remembered, in one transaction with what follows.

    Empty texts, and those that say what is there already, change nothing. Raises `Refused` for a ticket that is not of
    this thread, has no application or is finished, and when the thread keeps moving.
    """
    for _ in range(TRIES):
        with suppress(ThreadMoved):
            return _fill(cases, conduct, _open(cases, thread_key, number), values)
    raise Refused(Why.MOVED, number)


def _open(cases: Cases, thread_key: str, number: str) -> Opened:
    case = cases.open(number, None)
    if case.thread.key != thread_key:
        raise Refused(Why.NO_TICKET, number)
    if case.record.application is None:
        raise Refused(Why.NO_APPLICATION, number)
    if case.record.state in FINISHED:
        raise Refused(Why.FINISHED, case.record.state.value)
    return case


def _fill(cases: Cases, conduct: Conduct, case: Opened, values: Mapping[FieldName, str]) -> Filled:
    known = case.application
    given, unusable = said(cases, known, values)
    merged = merge(known, given, trusted=True, correction=False)
    changed = tuple(one.field for one in merged.changes)
    filled = Filled(merged.application, unusable, changed, not known.complete and merged.application.complete)
    if changed or not case.thread.proved:
        _carry_out(cases, conduct, case, filled)
    return filled


def said(
    cases: Cases, known: Application, values: Mapping[FieldName, str]
) -> tuple[Application, dict[FieldName, FieldValue]]:
    """What of the typed texts is new and can be used, as an application; and what cannot be used, with its reason."""
    given, unusable = Application(), dict[FieldName, FieldValue]()
    for name in _ORDER:
        text = " ".join(values.get(name, "").split())
        if not text:
            continue
        if text == shown_in_form(known[name]):
            if known[name].status is Status.INVALID:
                unusable[name] = known[name]
            continue
        value = entered(name, text, known.having(FieldName.REGION, _region(known, given)), cases.book)
        if value.usable and len(known[name].candidates) >= MOST_VARIANTS and value.value not in known[name].candidates:
            value = FieldValue(status=Status.INVALID, reason=TOO_MANY, written=value.written)
        if value.status is Status.INVALID:
            unusable[name] = value
        elif value.usable:
            given = given.having(name, value)
    return given, unusable


def shown_in_form(value: FieldValue) -> str:
    """What the form holds for a field: its value, or what was written if that cannot be used."""
    return " ".join(((value.value if value.usable else value.written) or "").split())


def _region(known: Application, given: Application) -> FieldValue:
    return given.region if given.region.usable else known.region


def _carry_out(cases: Cases, conduct: Conduct, case: Opened, filled: Filled) -> None:
    """Everything at once: fields with their history, the move to review with its turn, the one acknowledgement."""
    now, begins = cases.now(), case.record.state is State.WAITING and filled.application.complete
    reply = _received(cases, conduct, case, filled) if filled.completed else None
    act = Act(
        name=ActionName.FILL,
        by=BY,
        at=now,
        thread_key=case.thread.key,
        expected_version=case.thread.version,
        plans=(_plan(case, filled, reply),) if filled.changed else (),
        turn_due=cases.due(now) if begins else None,
        replies=(reply,) if reply else (),
        details={"fields": " ".join(filled.changed)} if filled.changed else {},
        proves=True,
    )
    with cases.store.writing() as work:
        work.actions.carry_out(act)


def _plan(case: Opened, filled: Filled, reply: ComposedReply | None) -> TicketPlan:
    state = case.record.state
    if state is State.WAITING and filled.application.complete:
        state = State.REVIEW
    flags = frozenset({Flag.REPLY_HELD}) if reply is not None and reply.held else frozenset()
    if filled.completed and reply is None and case.letter is not None and case.letter.sender is not None:
        flags |= {Flag.NOBODY_TO_ANSWER}
    return replace(as_it_is(case), application=filled.application, state=state, flags=flags)


def _received(cases: Cases, conduct: Conduct, case: Opened, filled: Filled) -> ComposedReply | None:
    """The acknowledgement of a complete application, None if there is nobody to send it to."""
    to, letter, desk, now = cases.recipient(case), case.letter, cases.replier.desk, cases.now()
    if not to:
        return None
    kind, turn = ReplyKind.RECEIVED, case.record.turn
    with cases.store.reading() as work:
        to_address, to_domain = work.threads.lately(to, now)
    context = ReplyContext(
        desk_name=desk.name,
        desk_address=desk.address,
        tickets=(TicketEntry(case.record.number, filled.application, State.REVIEW),),
        due=turn.due_at if turn else cases.due(now),
        original_subject=letter.subject if letter else case.record.title,
        applicant_name=letter.sender.name if letter and letter.sender else "",
        reply_address=to,
        round=case.thread.round_of(kind),
        answered=True,
        link=cases.replier.link(case.thread.key),
    )
    envelope = Envelope(
        thread_key=case.thread.key,
        round=case.thread.round_of(kind),
        recipient=to,
        held=held_because(kind, to, conduct, to_address, to_domain),
    )
    return cases.replier.reply(kind, context, envelope, letter)
