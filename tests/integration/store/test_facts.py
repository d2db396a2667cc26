"""What the rules are told about a message: its thread, our own replies, how much we wrote lately."""

from dataclasses import replace
from datetime import timedelta

from rules.judgement import Judgement, Kind, ReplyKind
from rules.message import Address, DeliveryReport
from rules.ticket import State, tag
from store.unit_of_work import Store
from tests.integration.store.making import (
    APPLICATION,
    DAY,
    NOW,
    facts,
    judged,
    keep,
    letter,
    open_ticket,
    plan,
    raw,
    reply,
    take_in,
)

OURS = "thread1.missing1@desk.example"


def bounce_of(message_id: str) -> DeliveryReport:
    return DeliveryReport("anna@school.example", "failed", "5.1.1", "no such user", message_id)


def test_of_a_letter_out_of_the_blue_nothing_is_known(store: Store) -> None:
    known = facts(store, letter(1))
    assert known.thread is None
    assert not known.ours
    assert known.bounced is None
    assert known.replies_lately == 0
    assert known.our_addresses == {"info@desk.example"}


def test_a_thread_is_known_with_its_tickets_and_rounds(store: Store) -> None:
    number = open_ticket(store)
    thread = facts(store, letter(2, answers=[OURS]), ["unknown", "thread1"]).thread
    assert thread is not None
    assert (thread.key, thread.version) == ("thread1", 1)
    (ticket,) = thread.tickets
    assert (ticket.number, ticket.state, ticket.kind) == (number, State.WAITING, Kind.APPLICATION)
    assert ticket.application == APPLICATION
    assert ticket.addresses == {"anna@school.example"}
    assert (thread.round_of(ReplyKind.MISSING), thread.round_of(ReplyKind.RECEIVED)) == (2, 1)


def test_the_first_known_key_wins(store: Store) -> None:
    open_ticket(store)
    keep(store, raw(2))
    take_in(store, 2, judged(plan()))
    for keys, expected in ((["thread2", "thread1"], "thread2"), (["x", "thread1", "thread2"], "thread1")):
        thread = facts(store, letter(3), keys).thread
        assert thread is not None
        assert thread.key == expected


def test_only_who_opened_a_thread_is_known_to_it(store: Store) -> None:
    """Who joined later, with our token or without, cannot change a phone number unseen (domain.md §4)."""
    number = open_ticket(store)
    keep(store, raw(2), raw(3))
    colleague = letter(2, sender="Zavuch@School.example")
    take_in(store, 2, judged(plan(number)), message=colleague, key="thread1", version=1)
    machine = letter(3, sender="mailer-daemon@school.example")
    take_in(store, 3, Judgement(kind=Kind.BOUNCE), message=machine, key="thread1", version=2)
    thread = facts(store, letter(4), ["thread1"]).thread
    assert thread is not None
    assert thread.tickets[0].addresses == {"anna@school.example"}


def test_our_own_reply_coming_back_is_known_as_ours(store: Store) -> None:
    open_ticket(store)
    own = replace(letter(2), message_id=OURS)
    assert facts(store, own).ours
    assert facts(store, replace(own, message_id=OURS.upper())).ours
    assert not facts(store, replace(own, message_id="")).ours
    with store.reading() as work:
        assert work.messages.already_ours(OURS)
        assert not work.messages.already_ours("1@school.example")


def test_a_bounce_knows_its_reply_and_thread_by_the_reported_id(store: Store) -> None:
    number = open_ticket(store)
    bounce = replace(letter(2, sender="mailer-daemon@mx.example"), report=bounce_of(f"<{OURS}>"))
    known = facts(store, bounce)
    assert known.bounced is not None
    assert (known.bounced.thread_key, known.bounced.tickets) == ("thread1", (number,))
    assert known.bounced.recipient == "anna@school.example"
    assert known.thread is not None


def test_a_bounce_without_a_reported_id_is_known_by_what_it_answers(store: Store) -> None:
    open_ticket(store)
    assert facts(store, letter(2, answers=[OURS])).bounced is not None
    far = replace(letter(2), references=(OURS, "1@school.example"))
    assert facts(store, far).bounced is not None


def test_hundreds_of_references_do_no_harm(store: Store) -> None:
    open_ticket(store)
    noise = tuple(f"{number}@x" for number in range(5000))
    assert facts(store, replace(letter(2), references=(*noise, OURS)), noise).bounced is not None


def test_only_our_token_counts_as_a_token(store: Store) -> None:
    number = open_ticket(store)
    named = replace(letter(2), subject=f"Re: СФЕРУМ {tag(number)}")
    assert facts(store, letter(2), ["thread1"]).by_token
    assert not facts(store, named).by_token
    assert not facts(store, letter(3)).by_token


def test_a_number_in_the_subject_finds_the_thread_for_who_wrote_in_it(store: Store) -> None:
    number = open_ticket(store)
    named = replace(letter(2), subject=f"Re: СФЕРУМ [№ 2611-99] {tag(number)}")
    thread = facts(store, named).thread
    assert thread is not None
    assert thread.key == "thread1"


def test_a_number_from_a_stranger_opens_nobodys_ticket(store: Store) -> None:
    number = open_ticket(store)
    for sender in (Address("", "stranger@x"), Address("", ""), None):
        assert facts(store, replace(letter(2), subject=tag(number), sender=sender)).thread is None


def test_a_token_beats_a_number(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    take_in(store, 2, judged(plan()))
    thread = facts(store, replace(letter(3), subject=tag(number)), ["thread2"]).thread
    assert thread is not None
    assert thread.key == "thread2"


def test_replies_of_the_last_day_to_an_address_are_counted(store: Store) -> None:
    open_ticket(store)
    again = replace(letter(2), sender=Address("", " ANNA@school.example"))
    assert facts(store, again).replies_lately == 1
    assert facts(store, letter(2, sender="other@school.example")).replies_lately == 0
    assert facts(store, again, now=NOW + DAY - timedelta(seconds=1)).replies_lately == 1
    assert facts(store, again, now=NOW + DAY).replies_lately == 0


def test_dropped_replies_are_not_counted(store: Store) -> None:
    open_ticket(store)
    with store.writing() as work:
        assert work.outbox.drop(1)
    assert facts(store, letter(2)).replies_lately == 0


def test_a_thread_of_several_tickets_is_known_whole(store: Store) -> None:
    keep(store, raw(1))
    take_in(store, 1, judged(plan(), plan(state=State.REVIEW)), numbers=["2611-1", "2611-2"], composed=reply("thread1"))
    thread = facts(store, letter(2), ["thread1"]).thread
    assert thread is not None
    assert [(one.number, one.state) for one in thread.tickets] == [("2611-1", State.WAITING), ("2611-2", State.REVIEW)]
