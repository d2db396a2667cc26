"""Raw messages: keeping twice is keeping once, copies are one letter, nothing is ever dropped."""

import threading
from datetime import timedelta

import pytest

from store.records import KeptBatch, RawState
from store.unit_of_work import Store
from tests.integration.store.making import NOW, bookmark, judged, keep, kept_ids, letter, plan, raw, take_in


def test_keeping_the_same_batch_twice_is_keeping_it_once(store: Store) -> None:
    assert keep(store, raw(1), raw(2)) == KeptBatch(new=2)
    assert keep(store, raw(1), raw(2), raw(3)) == KeptBatch(new=1, known=2)
    with store.reading() as work:
        assert len(work.messages.next_kept(10, NOW)) == 3


def test_a_batch_and_its_bookmark_are_one_commit(store: Store) -> None:
    def stopped_half_way() -> None:
        with store.writing() as work:
            work.messages.keep([raw(1)], bookmark(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped_half_way()
    with store.reading() as work:
        assert work.mailboxes.bookmark("info", "INBOX") is None
        assert work.messages.next_kept(10, NOW) == []


def test_an_empty_batch_moves_the_bookmark_only(store: Store) -> None:
    with store.writing() as work:
        assert work.messages.keep([], bookmark(9)) == KeptBatch()
    with store.reading() as work:
        assert work.mailboxes.bookmark("info", "INBOX") == bookmark(9)


def test_the_same_bytes_in_a_folder_begun_anew_are_a_duplicate(store: Store) -> None:
    keep(store, raw(1), raw(2))
    again = keep(store, raw(1, validity=2), raw(2, validity=2), raw(3, validity=2))
    assert again == KeptBatch(new=1, duplicates=2)
    with store.reading() as work:
        assert len(work.messages.next_kept(10, NOW)) == 3
        assert work.messages.count_by_state()[RawState.DUPLICATE] == 2


def test_the_same_bytes_in_another_folder_or_twice_in_a_batch_are_duplicates(store: Store) -> None:
    same = b"Subject: x\r\n\r\nwithout a Message-ID"
    assert keep(store, raw(1, same), raw(2, same)) == KeptBatch(new=1, duplicates=1)
    assert keep(store, raw(1, same, folder="Входящие/Сферум")) == KeptBatch(duplicates=1)


def test_a_duplicate_shows_the_bytes_of_its_original(store: Store) -> None:
    keep(store, raw(1), raw(2))
    keep(store, raw(7, raw(2).content, folder="Архив"))
    with store.reading() as work:
        assert work.messages.load(3).content == raw(2).content
        assert work.messages.load(3).state is RawState.DUPLICATE


def test_the_same_message_id_with_other_content_is_another_message(store: Store) -> None:
    first = b"Message-ID: <one@x>\r\n\r\nour number is +7 916 123-45-67"
    second = b"Message-ID: <one@x>\r\n\r\nour number is +7 916 123-45-68"
    assert keep(store, raw(1, first), raw(2, second)) == KeptBatch(new=2)


def test_a_letter_delivered_to_two_mailboxes_is_one(store: Store) -> None:
    first = b"Received: by a\r\nMessage-ID: <one@x>\r\n\r\nbody"
    second = b"Received: by b\r\nDelivered-To: c\r\nMessage-ID: <one@x>\r\n\r\nbody"
    assert keep(store, raw(1, first)) == KeptBatch(new=1)
    assert keep(store, raw(1, second, folder="Другая")) == KeptBatch(duplicates=1)


def test_messages_without_bytes_are_never_duplicates_of_each_other(store: Store) -> None:
    """The server would not hand them out: each is a letter of its own that an agent must see."""
    assert keep(store, raw(1, b""), raw(2, b"")) == KeptBatch(new=2)
    assert keep(store, raw(1, b""), raw(2, b"")) == KeptBatch(known=2)


def test_two_folders_fetched_at_once_take_the_same_bytes_in_once(store: Store) -> None:
    same = [raw(uid, b"Subject: x\r\n\r\n%d" % uid) for uid in range(1, 21)]
    done: list[KeptBatch] = []

    def fetch(folder: str) -> None:
        batch = [raw(one.uid, one.content, folder=folder) for one in same]
        done.extend(keep(store, *batch[start : start + 5]) for start in range(0, 20, 5))

    threads = [threading.Thread(target=fetch, args=(folder,)) for folder in ("A", "B", "C", "D")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sum(one.new for one in done) == 20
    assert sum(one.duplicates for one in done) == 60


def test_what_the_server_was_not_told_about_is_listed_until_it_is_marked(store: Store) -> None:
    keep(store, raw(5), raw(6), raw(7))
    keep(store, raw(5, folder="Другая"))
    with store.reading() as work:
        left = work.messages.unmarked("info", "INBOX", 1, 2)
        assert [uid for _, uid in left] == [5, 6]
    with store.writing() as work:
        work.messages.mark([row for row, _ in left])
    with store.reading() as work:
        assert [uid for _, uid in work.messages.unmarked("info", "INBOX", 1, 10)] == [7]
        assert work.messages.unmarked("info", "INBOX", 2, 10) == []
        assert [uid for _, uid in work.messages.unmarked("info", "Другая", 1, 10)] == [5], "duplicates are marked too"


def test_a_kept_message_comes_back_byte_for_byte(store: Store) -> None:
    content = bytes(range(256)) * 300
    keep(store, raw(1, content))
    with store.reading() as work:
        loaded = work.messages.load(1)
    assert loaded.content == content
    assert loaded.received_at == raw(1).received_at
    assert loaded.state is RawState.KEPT


def test_loading_what_is_not_there_is_an_error(store: Store) -> None:
    with store.reading() as work, pytest.raises(LookupError):
        work.messages.load(404)


def test_a_kept_message_is_known_by_its_message_id(store: Store) -> None:
    keep(
        store,
        raw(1, b"Subject: x\r\nMESSAGE-ID:\r\n <folded@x>\r\n\r\nMessage-ID: <in-body@x>"),
        raw(2, b"Message-ID: <\xff\xfe@x>\nSubject: bare line ends\n\nMessage-ID: <in-body@x>"),
        raw(3, b"Message-ID: <" + b"long" * 200 + b"@x>\r\n\r\n"),
        raw(4, b"Message-ID: >\r\n\r\n"),
    )
    with store.reading() as work:
        assert work.messages.has("folded@x")
        assert work.messages.has("long" * 200 + "@x")
        assert not work.messages.has("in-body@x")
        assert not work.messages.has("")


def test_any_header_bytes_can_be_kept_quickly(store: Store) -> None:
    hostile = [b"\n" * 100_000, b"message-id:" * 10_000, b"message-id:" + b" " * 100_000, b"\x00" * 1000, b"\r\n\r\n"]
    assert keep(store, *(raw(uid, content) for uid, content in enumerate(hostile, 1))).new == len(hostile)


def test_oldest_first_and_no_more_than_asked_for(store: Store) -> None:
    ids = kept_ids(store, 5)
    assert ids == sorted(ids)
    with store.reading() as work:
        assert work.messages.next_kept(2, NOW) == ids[:2]


def test_what_failed_is_set_aside_and_can_be_taken_up_again(store: Store) -> None:
    bad, good = kept_ids(store, 2)
    with store.writing() as work:
        work.set_aside(
            bad,
            "Traceback (most recent call last): \x00\ud800",
            judged(plan(application=None)),
            thread_key="failed",
            numbers=["2611-1"],
            received_at=NOW,
            due_at=NOW,
            now=NOW,
        )
    with store.reading() as work:
        assert work.messages.next_kept(10, NOW) == [good]
        failed = work.messages.failed()
        assert [(one.id, one.tries, one.tickets) for one in failed] == [(bad, 1, ("2611-1",))]
        assert failed[0].error.startswith("Traceback")
    with store.writing() as work:
        assert work.messages.requeue(bad)
        assert not work.messages.requeue(good)
    with store.reading() as work:
        assert work.messages.next_kept(10, NOW) == [bad, good]


def test_a_failed_message_is_retried_by_itself_only_when_due(store: Store) -> None:
    bad = kept_ids(store, 1)[0]
    with store.writing() as work:
        assert work.messages.set_aside(bad, "x", NOW + timedelta(minutes=1))
    with store.reading() as work:
        assert work.messages.next_kept(10, NOW, failed_too=True) == []
        assert work.messages.next_kept(10, NOW + timedelta(minutes=1), failed_too=True) == [bad]
        assert work.messages.next_kept(10, NOW + timedelta(minutes=1)) == []


def test_messages_without_a_ticket_are_listed_apart(store: Store) -> None:
    bulk, application = kept_ids(store, 2)
    take_in(store, bulk, judged(turn=False))
    take_in(store, application, judged(plan()))
    with store.reading() as work:
        assert [one.raw_id for one in work.messages.without_ticket(10)] == [bulk]
        assert work.messages.count_without_ticket() == 1


def test_any_text_of_a_letter_can_be_stored(store: Store) -> None:
    """NUL and lone surrogates become U+FFFD, one for one; a monstrous Message-ID is still found again."""
    raw_id = kept_ids(store, 1)[0]
    message = letter(1, sender="a\x00\udcff@x")
    object.__setattr__(message, "message_id", "й" * 20_000)
    object.__setattr__(message, "subject", "a\x00b\ud83dc")
    take_in(store, raw_id, judged(plan()), message=message)
    with store.reading() as work:
        record = work.tickets.get("2611-1")
    assert record is not None
    assert record.messages[0].subject == "a\ufffdb\ufffdc"
    assert record.applicant_address == "a\ufffd\ufffd@x"
