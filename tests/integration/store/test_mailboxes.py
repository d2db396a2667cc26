"""Bookmarks only move forward; "could not look" is remembered as such."""

from dataclasses import replace
from datetime import timedelta

from store.records import MailboxState
from store.unit_of_work import Store
from tests.integration.store.making import NOW, bookmark


def test_a_bookmark_comes_back_as_it_was_set(store: Store) -> None:
    mark = replace(bookmark(4_294_967_295, validity=4_294_967_295), since=NOW)
    with store.writing() as work:
        work.mailboxes.set_bookmark(mark)
    with store.reading() as work:
        assert work.mailboxes.bookmark("info", "INBOX") == mark
        assert work.mailboxes.bookmark("info", "Другая") is None


def test_within_one_validity_a_bookmark_never_goes_back(store: Store) -> None:
    with store.writing() as work:
        work.mailboxes.set_bookmark(bookmark(9))
        work.mailboxes.set_bookmark(bookmark(5))
        assert work.mailboxes.bookmark("info", "INBOX") == bookmark(9)


def test_with_a_new_validity_a_folder_begins_anew(store: Store) -> None:
    with store.writing() as work:
        work.mailboxes.set_bookmark(bookmark(9))
        work.mailboxes.set_bookmark(bookmark(0, validity=2))
        assert work.mailboxes.bookmark("info", "INBOX") == bookmark(0, validity=2)


def test_failures_are_counted_from_the_first_and_ended_by_a_good_look(store: Store) -> None:
    later = NOW + timedelta(minutes=5)
    with store.writing() as work:
        work.mailboxes.looked("info", NOW)
        work.mailboxes.could_not_look("info", "no route", NOW)
        work.mailboxes.could_not_look("info", "password refused", later)
        work.mailboxes.could_not_look("second", "never reached", later)
    broken = MailboxState(mailbox="info", last_good_look=NOW, error="password refused", error_since=NOW, failures=2)
    with store.reading() as work:
        first, second = work.mailboxes.states()
    assert first == broken
    assert (second.last_good_look, second.failures) == (None, 1)
    with store.writing() as work:
        work.mailboxes.looked("info", later)
        fine = MailboxState(mailbox="info", last_good_look=later, error="", error_since=None, failures=0)
        assert work.mailboxes.states()[0] == fine
