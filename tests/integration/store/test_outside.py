"""Answers from webmail in the store: whose thread they belong to, what is kept of a Sent folder, what ends."""

from dataclasses import replace
from datetime import timedelta

from rules.judgement import Judgement, Kind, ReplyKind
from rules.message import Address, Message
from rules.ticket import State
from store.records import KeptBatch, ReplyState
from store.unit_of_work import Store
from tests.integration.store.making import (
    NOW,
    bookmark,
    facts,
    judged,
    keep,
    kept_ids,
    letter,
    open_ticket,
    plan,
    raw,
    reply,
    take_in,
)

OURS = frozenset({"info@desk.example"})
HER = "anna@school.example"
HOUR = timedelta(hours=1)


def sent(**more: object) -> Message:
    values: dict[str, object] = {"sender": Address("", "info@desk.example"), "to": (Address("", HER),)}
    return Message(**(values | more))  # type: ignore[arg-type]


def key_of(store: Store, message: Message, *keys: str) -> str:
    with store.reading() as work:
        return work.outside.thread_key(message, keys, OURS)


def test_the_thread_is_found_by_token_by_our_reply_by_her_letter_and_by_number_with_a_known_address(
    store: Store,
) -> None:
    number = open_ticket(store)
    assert key_of(store, sent(), "no-such", "thread1") == "thread1"
    assert key_of(store, sent(in_reply_to=("THREAD1.missing1@desk.example",))) == "thread1"
    assert key_of(store, sent(references=("1@school.example", "x@y.example"))) == "thread1"
    assert key_of(store, sent(subject=f"Re: [№ {number}]")) == "thread1"
    stranger = (Address("", "other@school.example"),)
    assert key_of(store, sent(subject=f"Re: [№ {number}]", to=stranger)) == ""
    assert key_of(store, sent(subject=f"Re: [№ {number}]", to=stranger, cc=(Address("", HER.upper()),))) == "thread1"
    assert key_of(store, sent(subject="Re: заявка")) == ""


def test_known_addresses_are_those_who_wrote_were_answered_or_are_named_and_none_of_ours(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    composed = replace(reply("thread1"), recipient="Reply-To@school.example")
    take_in(store, raw_id, judged(plan()), composed=composed)
    with store.reading() as work:
        assert work.outside.applicants("thread1", OURS) == {HER, "reply-to@school.example"}
        assert work.outside.applicants("thread1", OURS | {HER}) == {"reply-to@school.example"}
        assert work.outside.applicants("none", OURS) == frozenset()


def test_an_applicants_answer_to_a_webmail_letter_finds_its_thread_if_she_is_known_to_it(store: Store) -> None:
    open_ticket(store)
    keep(store, replace(raw(7, folder="Sent"), sent=True))
    mine = sent(message_id="Mine@mail.example")
    take_in(store, 2, Judgement(kind=Kind.SENT), message=mine, key="thread1", version=1, numbers=())
    her = facts(store, letter(3, answers=("Mine@mail.example",)))
    assert her.thread is not None
    assert (her.thread.key, her.by_token) == ("thread1", False)
    assert facts(store, letter(3, sender="other@school.example", answers=("Mine@mail.example",))).thread is None


def test_copies_of_our_replies_are_not_kept_and_the_bookmark_moves_past_them(store: Store) -> None:
    open_ticket(store)
    copy = replace(raw(8, b"Message-ID: <Thread1.missing1@desk.example>\r\n\r\nx", folder="Sent"), sent=True)
    mine = replace(raw(9, b"Message-ID: <mine@mail.example>\r\n\r\nx", folder="Sent"), sent=True)
    assert keep(store, copy, mine) == KeptBatch(new=1, known=1)
    assert keep(store, replace(copy, uid=10)) == KeptBatch(known=1)
    with store.reading() as work:
        (raw_id,) = work.messages.next_kept(5, NOW)
        assert work.messages.load(raw_id).sent
        known = work.mailboxes.bookmark("info", "Sent")
    assert known == bookmark(10, folder="Sent")
    elsewhere = replace(copy, folder="INBOX", sent=False)
    assert keep(store, elsewhere) == KeptBatch(new=1), "what comes back to us is no copy of ours in a Sent folder"


def test_a_letter_to_ourselves_is_kept_in_both_folders_and_each_only_once(store: Store) -> None:
    same = b"Message-ID: <self@desk.example>\r\n\r\nnote"
    mine = replace(raw(1, same, folder="Sent"), sent=True)
    assert keep(store, mine) == KeptBatch(new=1)
    assert keep(store, raw(1, same)) == KeptBatch(new=1)
    assert keep(store, raw(2, same)) == KeptBatch(duplicates=1)
    assert keep(store, replace(mine, uid_validity=2)) == KeptBatch(duplicates=1), "the folder was begun anew"
    with store.reading() as work:
        (in_box,) = work.messages.kept_with(["self@desk.example"])
        assert not work.messages.load(in_box).sent


def test_automatic_replies_that_have_not_left_are_dropped_and_nothing_else(store: Store) -> None:
    raw_id = kept_ids(store, 1)[0]
    numbers = ["2611-1", "2611-2"]
    take_in(store, raw_id, judged(plan(), plan()), composed=reply("thread1", held="ждёт"), numbers=numbers)
    with store.writing() as work:
        assert work.outside.silence("thread1", numbers[:1]) == 0, "it is about the other ticket too"
        assert work.outside.silence("other", numbers) == 0
        assert work.outside.silence("thread1", numbers) == 1
        assert work.outside.silence("thread1", numbers) == 0
        (dropped,) = work.outbox.list(5)
    assert dropped.state is ReplyState.DROPPED
    keep(store, raw(50))
    persons = replace(reply("thread1", ReplyKind.ANSWER), automatic=False)
    take_in(store, 2, judged(plan("2611-1")), key="thread1", version=1, composed=persons, numbers=())
    with store.writing() as work:
        assert work.outside.silence("thread1", numbers) == 0, "a person's decision leaves"


def test_turns_end_when_the_answer_left_and_waiting_begins_then(store: Store) -> None:
    number = open_ticket(store)
    before, after = NOW - HOUR, NOW + HOUR
    with store.writing() as work:
        work.outside.answered([number], before)
    with store.reading() as work:
        ticket = work.tickets.get(number)
        assert ticket is not None
        assert ticket.turn is not None, "an answer from before the letter answers nothing"
    with store.writing() as work:
        work.outside.answered([number], after)
    with store.reading() as work:
        ticket = work.tickets.get(number)
        assert ticket is not None
        (turn,) = ticket.turns
        assert (turn.ended_at, turn.ended_by_reply, turn.automatic) == (after, None, False)
        assert work.outside.heard_after([number], NOW - HOUR) == {number: NOW}
        assert work.outside.heard_after([number], NOW) == {}
        assert ticket.state is State.WAITING
    with store.writing() as work:
        for one in work.outbox.list(5):
            work.outbox.drop(one.id)
    with store.reading() as work:
        (waiting,) = work.clock.waiting(NOW + 2 * HOUR)
    assert waiting.asked_at == after


def test_a_turn_goes_on_from_the_letter_that_came_after_the_answer(store: Store) -> None:
    number = open_ticket(store)
    with store.writing() as work:
        work.outside.goes_on({number: (NOW + HOUR, NOW + 25 * HOUR)}, NOW + HOUR / 2)
    with store.reading() as work:
        ticket = work.tickets.get(number)
    assert ticket is not None
    first, second = ticket.turns
    assert (first.ended_at, first.automatic) == (NOW + HOUR / 2, False)
    assert (second.started_at, second.due_at, second.ended_at) == (NOW + HOUR, NOW + 25 * HOUR, None)
