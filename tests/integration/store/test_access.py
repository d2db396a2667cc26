"""Access in the store, on both databases: sessions, links and codes work once, and end with their person."""

from datetime import timedelta

from rules.people import Role, Scope
from store.access import Account, Tries
from store.unit_of_work import Store
from tests.integration.store.making import NOW

HOUR = timedelta(hours=1)
EMAIL = "olga@desk.example"


def person(store: Store, email: str = EMAIL, role: Role = Role.AGENT) -> Account:
    with store.writing() as work:
        work.people.add(email, "Ольга", role, NOW)
        found = work.access.account(email.upper())
    assert found is not None
    return found


def open_session(store: Store, account: Account, id_hash: str, *, pending: bool = False) -> None:
    with store.writing() as work:
        work.access.open_session(
            account.id,
            id_hash,
            pending=pending,
            csrf="c",
            address="::1",
            agent="ы" * 300,
            now=NOW,
            expires_at=NOW + HOUR,
        )


def test_a_session_comes_back_with_its_person_and_is_ended_by_its_own_person_only(store: Store) -> None:
    olga, pavel = person(store), person(store, "pavel@desk.example", Role.ADMIN)
    open_session(store, olga, "one", pending=True)
    open_session(store, olga, "two")
    with store.writing() as work:
        found = work.access.session("one")
        assert found is not None
        assert (found.account, found.pending, found.csrf, found.expires_at) == (olga, True, "c", NOW + HOUR)
        work.access.seen(found.id, NOW + HOUR / 2)
        assert not work.access.end_session(found.id, pavel.id)
        assert [one.pending for one in work.access.sessions(olga.id)] == [True, False]
        work.access.end_sessions(olga.id, but=found.id)
        assert work.access.session("two") is None
        assert work.access.end_session(found.id, olga.id)
        assert work.access.sessions(olga.id) == ()


def test_each_time_step_and_each_recovery_code_is_used_once(store: Store) -> None:
    olga = person(store)
    with store.writing() as work:
        work.access.set_second_factor(olga.id, "S", ["a", "b"], 7, NOW)
        assert [work.access.use_step(olga.id, step) for step in (7, 8, 8, 6)] == [False, True, False, False]
        assert [work.access.use_recovery(olga.id, code) for code in ("a", "a", "x", "b")] == [True, False, False, True]
        work.access.set_recovery(olga.id, ["c"])
    with store.reading() as work:
        found = work.access.account(EMAIL)
    assert found is not None
    assert (found.totp_secret, found.totp_since, found.totp_step, found.recovery) == ("S", NOW, 8, ("c",))


def test_tries_are_counted_by_key_and_forgotten(store: Store) -> None:
    with store.writing() as work:
        for count in (1, 2):
            work.access.count_try("k", Tries(count, NOW, NOW + HOUR))
        work.access.count_try("l", Tries(9, NOW - HOUR, NOW))
    with store.writing() as work:
        assert work.access.tries(["k", "m"]) == {"k": Tries(2, NOW, NOW + HOUR)}
        work.access.clear(NOW, NOW - HOUR / 2)
        assert work.access.tries(["k", "l"]).keys() == {"k"}
        work.access.forget_tries(["k"])
        assert work.access.tries(["k"]) == {}


def test_a_newer_invitation_takes_the_place_of_the_older_one_of_the_same_person(store: Store) -> None:
    olga = person(store)
    with store.writing() as work:
        for account_id, name in ((olga.id, "old"), (None, "first"), (olga.id, "new")):
            work.access.invite(account_id, name, NOW, NOW + HOUR)
        assert work.access.invitation("old", NOW) is None
        first, new = work.access.invitation("first", NOW), work.access.invitation("new", NOW)
        assert first is not None
        assert new is not None
        assert (first.account, new.account) == (None, olga)
        assert work.access.invitation("new", NOW + HOUR) is None
        assert work.access.use_invitation(new.id)
        assert not work.access.use_invitation(new.id)


def test_what_is_over_is_cleared_and_what_is_not_stays(store: Store) -> None:
    olga = person(store)
    open_session(store, olga, "one")
    with store.writing() as work:
        work.access.invite(olga.id, "i", NOW, NOW + HOUR)
        work.access.clear(NOW, NOW)
        assert work.access.session("one")
        work.access.clear(NOW + HOUR, NOW)
        assert work.access.session("one") is None
        assert work.access.invitation("i", NOW) is None


def test_whoever_leaves_opens_no_door_any_more_even_after_coming_back(store: Store) -> None:
    olga = person(store)
    open_session(store, olga, "one")
    with store.writing() as work:
        work.access.set_password(olga.id, "h")
        work.access.set_second_factor(olga.id, "S", ["a"], 1, NOW)
        work.access.invite(olga.id, "i", NOW, NOW + HOUR)
        work.access.add_token(olga.id, "t", name="n", scopes=[Scope.EXPORT], now=NOW, expires_at=None)
        token = work.access.token("t")
        assert token is not None
        assert (token.scopes, token.used_at, token.expires_at) == ({Scope.EXPORT}, None, None)
        work.access.used_token(token.id, NOW)
        assert work.access.tokens(olga.id)[0].used_at == NOW
        work.people.change(EMAIL, active=False)
        assert (work.access.session("one"), work.access.token("t"), work.access.account(EMAIL)) == (None, None, None)
        assert work.access.invitation("i", NOW) is None
        work.access.end_everything(olga.id)
        work.people.change(EMAIL, active=True)
        assert (work.access.session("one"), work.access.token("t")) == (None, None)
        assert work.access.invitation("i", NOW) is None
        assert work.access.account(EMAIL) == olga
        assert work.access.admins() == ()
