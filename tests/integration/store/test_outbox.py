"""The outbox: a reply is claimed by one, retried when it may be, ends turns only when it answers, and is never lost."""

import threading
from datetime import timedelta

from rules.judgement import Flag, ReplyKind
from rules.ticket import State
from store.records import ReplyRecord, ReplyState, TicketRecord
from store.unit_of_work import Store
from tests.integration.store.making import (
    DAY,
    NOW,
    judged,
    keep,
    kept_ids,
    open_ticket,
    plan,
    raw,
    reply,
    take_in,
)

LEASE = 120.0


def queue(store: Store, count: int) -> None:
    for raw_id in kept_ids(store, count):
        take_in(store, raw_id, judged(plan()), composed=reply(f"thread{raw_id}"))


def claim(store: Store, limit: int = 50, after: timedelta = timedelta(), by: str = "me") -> tuple[ReplyRecord, ...]:
    with store.writing() as work:
        return work.outbox.claim(limit, NOW + after, by, LEASE)


def only(store: Store) -> ReplyRecord:
    with store.reading() as work:
        (record,) = work.outbox.list(5)
    return record


def ticket(store: Store, number: str = "2611-1") -> TicketRecord:
    with store.reading() as work:
        record = work.tickets.get(number)
    assert record is not None
    return record


def test_a_claimed_reply_has_all_it_takes_to_send_it(store: Store) -> None:
    number = open_ticket(store)
    (claimed,) = claim(store)
    expected = reply("thread1")
    assert (claimed.kind, claimed.message_id, claimed.recipient) == (
        ReplyKind.MISSING,
        expected.message_id,
        expected.recipient,
    )
    assert (claimed.subject, claimed.text, claimed.html) == (expected.subject, expected.text, expected.html)
    assert (claimed.state, claimed.claimed_by, claimed.first_try_at) == (ReplyState.SENDING, "me", NOW)
    assert claimed.tickets == (number,)


def test_what_is_claimed_is_not_claimed_again_while_its_lease_lasts(store: Store) -> None:
    queue(store, 3)
    assert len(claim(store, 2)) == 2
    assert len(claim(store, 2)) == 1
    assert claim(store, after=timedelta(seconds=LEASE)) == ()
    assert len(claim(store, after=timedelta(seconds=LEASE + 1))) == 3


def test_claims_at_once_never_get_the_same_reply(store: Store) -> None:
    queue(store, 60)
    got: list[int] = []
    failures: list[BaseException] = []

    def run(name: str) -> None:
        try:
            while claimed := claim(store, 3, by=name):
                got.extend(one.id for one in claimed)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=run, args=(f"p{number}",)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not failures
    assert sorted(got) == list(range(1, 61))


def test_a_process_that_holds_claims_does_not_stop_the_others(store: Store) -> None:
    """On PostgreSQL a claim skips rows that another transaction is just claiming; on SQLite it waits its turn."""
    if store.kind == "sqlite":
        return
    queue(store, 4)
    with store.writing() as first:
        mine = first.outbox.claim(2, NOW, "a", LEASE)
        with store.writing() as second:
            yours = second.outbox.claim(4, NOW, "b", LEASE)
    assert sorted(one.id for one in (*mine, *yours)) == [1, 2, 3, 4]


def test_tries_are_counted_even_when_the_process_dies(store: Store) -> None:
    queue(store, 1)
    assert [claim(store, after=DAY * n)[0].tries for n in range(3)] == [0, 1, 2]
    assert only(store).tries == 3
    assert only(store).first_try_at == NOW


def test_a_retry_waits_until_its_time(store: Store) -> None:
    queue(store, 1)
    (one,) = claim(store)
    later = NOW + timedelta(minutes=5)
    with store.writing() as work:
        work.outbox.retry(one.id, later, "451 try later", NOW)
    assert (only(store).state, only(store).last_error) == (ReplyState.QUEUED, "451 try later")
    assert claim(store, after=timedelta(minutes=4)) == ()
    assert len(claim(store, after=timedelta(minutes=5))) == 1


def test_a_sent_reply_is_never_queued_again(store: Store) -> None:
    """A slow process whose lease has ended finds its reply sent by another."""
    queue(store, 1)
    (one,) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW)
        work.outbox.retry(one.id, NOW, "connection lost", NOW)
        assert work.outbox.refused(one.id, "550", NOW) == ()
    assert only(store).state is ReplyState.SENT
    assert claim(store, after=DAY) == ()


def test_a_request_for_fields_ends_the_turn(store: Store) -> None:
    open_ticket(store)
    (one,) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW + timedelta(minutes=1))
    (turn,) = ticket(store).turns
    assert (turn.ended_at, turn.ended_by_reply, turn.automatic) == (NOW + timedelta(minutes=1), one.id, True)


def test_an_acknowledgement_ends_no_turn(store: Store) -> None:
    open_ticket(store, state=State.REVIEW, kind=ReplyKind.RECEIVED)
    (one,) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW)
    assert ticket(store).turn is not None


def test_the_turn_of_a_ticket_in_review_goes_on(store: Store) -> None:
    """One reply over two tickets asks about one of them; the other waits for a person, and its clock runs."""
    keep(store, raw(1))
    both = judged(plan(), plan(state=State.REVIEW))
    take_in(store, 1, both, numbers=["2611-1", "2611-2"], composed=reply("thread1"))
    (one,) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW)
    assert ticket(store, "2611-1").turn is None
    assert ticket(store, "2611-2").turn is not None


def test_a_late_reply_does_not_end_a_turn_that_began_after_it(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2), raw(3))
    take_in(store, 2, judged(plan(number)), key="thread1", version=1, composed=reply("thread1", round_=2))
    with store.writing() as work:
        work.outbox.sent(2, NOW)
    take_in(store, 3, judged(plan(number)), key="thread1", version=2, now=NOW + DAY)
    with store.writing() as work:
        work.outbox.sent(1, NOW + DAY)
    assert [turn.ended_at is None for turn in ticket(store).turns] == [False, True]


def test_a_new_turn_begins_after_the_last_has_ended(store: Store) -> None:
    number = open_ticket(store)
    (one,) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW)
    keep(store, raw(2))
    take_in(store, 2, judged(plan(number)), key="thread1", version=1, now=NOW + DAY)
    assert [turn.started_at for turn in ticket(store).turns] == [NOW, NOW + DAY]


def test_a_bounce_that_is_quicker_than_our_mark_stays(store: Store) -> None:
    open_ticket(store)
    (one,) = claim(store)
    with store.writing() as work:
        assert work.outbox.undelivered(one.id, "550 no such user", NOW)
        work.outbox.sent(one.id, NOW)
    assert only(store).state is ReplyState.UNDELIVERED
    assert only(store).sent_at == NOW, "it counts for the provider's limits"
    assert ticket(store).turn is not None, "an answer that did not arrive ends no turn"


def test_a_refusal_names_its_tickets_and_they_come_to_review(store: Store) -> None:
    number = open_ticket(store)
    (one,) = claim(store)
    with store.writing() as work:
        numbers = work.outbox.refused(one.id, "550 no such user", NOW)
        assert numbers == (number,)
        work.tickets.alarm(numbers, Flag.UNREACHABLE, NOW)
    record = ticket(store)
    assert (record.state, record.flags) == (State.REVIEW, {Flag.UNREACHABLE})
    assert [(one.before, one.after, one.by) for one in record.moves] == [(State.WAITING, State.REVIEW, "system")]
    assert only(store).state is ReplyState.REFUSED
    assert only(store).last_error_at == NOW


def test_an_alarm_leaves_a_finished_ticket_where_it_is(store: Store) -> None:
    number = open_ticket(store)
    keep(store, raw(2))
    take_in(store, 2, judged(plan(number, State.CLOSED), turn=False), key="thread1", version=1)
    with store.writing() as work:
        work.tickets.alarm([number], Flag.UNREACHABLE, NOW)
    assert (ticket(store).state, ticket(store).flags) == (State.CLOSED, {Flag.UNREACHABLE})


def test_an_alarm_about_nothing_does_nothing(store: Store) -> None:
    with store.writing() as work:
        work.tickets.alarm((), Flag.UNREACHABLE, NOW)


def test_hold_release_and_drop(store: Store) -> None:
    queue(store, 1)
    with store.writing() as work:
        assert work.outbox.hold(1, "looks wrong")
        assert not work.outbox.hold(1, "twice")
    assert claim(store) == ()
    with store.writing() as work:
        assert work.outbox.release(1, NOW)
        assert not work.outbox.release(1, NOW)
    assert len(claim(store)) == 1
    with store.writing() as work:
        assert not work.outbox.drop(1), "it is under way"
        work.outbox.retry(1, NOW, "busy", NOW)
        assert work.outbox.drop(1)
    assert claim(store, after=DAY) == ()


def test_what_was_sent_lately_is_counted_for_the_providers_limits(store: Store) -> None:
    queue(store, 3)
    for place, one in enumerate(claim(store)):
        with store.writing() as work:
            work.outbox.sent(one.id, NOW + timedelta(seconds=place))
    with store.reading() as work:
        assert work.outbox.sent_since(NOW - timedelta(minutes=1)) == 3
        assert work.outbox.sent_since(NOW) == 2
        assert work.outbox.pending_count() == 0


def test_each_sent_reply_is_copied_once(store: Store) -> None:
    queue(store, 2)
    (one, _) = claim(store)
    with store.writing() as work:
        work.outbox.sent(one.id, NOW)
    with store.reading() as work:
        assert [record.id for record in work.outbox.to_copy()] == [one.id]
    with store.writing() as work:
        work.outbox.copied(one.id)
        assert work.outbox.to_copy() == ()


def test_the_newest_replies_are_listed_first(store: Store) -> None:
    queue(store, 3)
    with store.reading() as work:
        assert [one.id for one in work.outbox.list(2)] == [3, 2]
        assert [one.id for one in work.outbox.list(2, 2)] == [1]
        assert work.outbox.list(5, states=[ReplyState.SENT]) == ()
        assert work.outbox.count_by_state()[ReplyState.QUEUED] == 3
