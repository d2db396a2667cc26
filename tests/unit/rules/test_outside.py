"""What an answer from webmail changes, ticket by ticket, and whom it answers."""

import pytest

from rules.application import Application, FieldName, FieldValue, Status
from rules.judgement import Flag, Kind, TicketFacts
from rules.message import Address, Message
from rules.our_address import is_our_address
from rules.outside import after_answer, concerned, reaches, written_by_machine
from rules.ticket import State, may_move

HER = "olga@school5.example"
WHOLE = Application(**{name.value: FieldValue("x", Status.OK) for name in FieldName})
LACKING = WHOLE.having(FieldName.PHONE, FieldValue())


def ticket(
    application: Application | None,
    state: State = State.REVIEW,
    *flags: Flag,
    kind: Kind = Kind.APPLICATION,
    number: str = "2611-1",
) -> TicketFacts:
    return TicketFacts(number, state, kind, application, frozenset({HER}), frozenset(flags))


@pytest.mark.parametrize(
    ("before", "state", "flagged"),
    [
        (ticket(WHOLE), State.REVIEW, True),
        (ticket(LACKING), State.WAITING, False),
        (ticket(LACKING, State.WAITING), State.WAITING, False),
        (ticket(None, kind=Kind.QUESTION), State.ANSWERED, False),
        (ticket(None, kind=Kind.UNREADABLE), State.REVIEW, True),
        (ticket(LACKING, State.REVIEW, Flag.WITHDRAWN), State.REVIEW, True),
        (ticket(LACKING, State.REVIEW, Flag.UNREACHABLE), State.REVIEW, True),
        (ticket(LACKING, State.REVIEW, Flag.ALREADY_REGISTERED), State.REVIEW, True),
        *((ticket(WHOLE, state), state, False) for state in (State.APPROVED, State.REJECTED, State.CLOSED)),
        (ticket(None, State.ANSWERED, kind=Kind.QUESTION), State.ANSWERED, False),
    ],
)
def test_a_ticket_goes_where_the_answer_leaves_it(before: TicketFacts, state: State, flagged: bool) -> None:  # noqa: FBT001 - a column of the table
    plan = after_answer(before)
    assert plan.state is state
    assert may_move(before.state, plan.state)
    assert (Flag.ANSWERED_OUTSIDE in plan.flags) is flagged
    assert plan.application == before.application


def test_a_held_reply_is_settled_on_an_open_ticket_only() -> None:
    assert Flag.REPLY_HELD in after_answer(ticket(WHOLE, State.REVIEW, Flag.REPLY_HELD)).settled
    assert not after_answer(ticket(WHOLE, State.APPROVED, Flag.NOBODY_TO_ANSWER)).settled


def test_a_subject_that_names_a_ticket_speaks_of_that_one_and_one_with_many_of_all() -> None:
    theirs = tuple(ticket(WHOLE, number=f"2611-{number}") for number in range(1, 6))
    assert concerned(Message(subject="Re: Заявка [№ 2611-2]"), theirs) == (theirs[1],)
    assert concerned(Message(subject="Отв: Заявка [№ 2611-1] [№ 2611-3]"), theirs) == (theirs[0], theirs[2])
    assert concerned(Message(subject="Re: [№ 2611-1] [№ 2611-2] [№ 2611-3] и ещё 2"), theirs) == theirs
    assert concerned(Message(subject="Re: Заявка"), theirs) == theirs
    assert concerned(Message(subject="Re: Заявка [№ 2610-9]"), theirs) == theirs


def test_a_letter_handed_on_to_a_colleague_reaches_no_applicant() -> None:
    assert reaches(Message(cc=(Address("", " Olga@School5.example"),)), {HER})
    assert not reaches(Message(to=(Address("", "colleague@desk.example"),)), {HER})


@pytest.mark.parametrize(("value", "machine"), [("", False), ("no", False), ("No (x)", False), ("auto-replied", True)])
def test_what_calls_itself_automatic_is_nobodys_answer(value: str, machine: bool) -> None:  # noqa: FBT001 - a column of the table
    assert written_by_machine(Message(headers=(("auto-submitted", value),))) is machine


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("info@sferum.ru", True),
        ("info+2611.abc@sferum.ru", True),
        ("info+a+b@sferum.ru", True),
        ("desk+mail@sferum.ru", True),
        ("desk+mail+tag@sferum.ru", True),
        ("desk@sferum.ru", False),
        ("desk+other@sferum.ru", False),
        ("info+x@other.ru", False),
        ("information@sferum.ru", False),
        ("", False),
        ("+@", False),
        ("info" + "+x" * 50_000 + "@sferum.ru", True),
    ],
)
def test_a_sub_address_of_ours_is_ours(key: str, ours: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_our_address(key, frozenset({"info@sferum.ru", "desk+mail@sferum.ru"})) is ours
