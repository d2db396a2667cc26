"""Events are told to a real receiver over both databases: at least once, signed, later when it must be, never too early."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from intake.events import Events
from intake.settings import Webhook
from intake.webhook import Teller
from rules.errors import SettingsError
from store.records import HookRecord, HookState
from store.unit_of_work import Store
from tests.integration.receiver import Manner, Receiver, receiver
from tests.integration.store.deciding import UNDO, approve, ticket
from tests.integration.store.making import NOW

KEY = b"0123456789abcdef0123456789abcdef"
VARIABLE = "INTAKE_TEST_HOOK_SECRET"


@dataclass
class Told:
    """A store, a receiver, a teller and the time it believes in."""

    store: Store
    there: Receiver
    now: datetime
    events: Events
    give_up_hours: float = 72

    def round(self, stopping: threading.Event | None = None) -> int:
        return self.teller.round(stopping)

    def __post_init__(self) -> None:
        webhook = Webhook(url=self.there.url, secret_env=VARIABLE, timeout_seconds=1, give_up_hours=self.give_up_hours)
        self.teller = Teller(webhook, store=self.store, events=self.events, now=lambda: self.now)

    def hooks(self, *states: HookState) -> tuple[HookRecord, ...]:
        with self.store.reading() as work:
            return work.hooks.list(100, *states)[::-1]

    def state(self) -> list[HookState]:
        return [one.state for one in self.hooks()]

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def told(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """One approved ticket whose undo time is just over."""
    monkeypatch.setenv(VARIABLE, "whsec_" + base64.b64encode(KEY).decode())
    approve(store, ticket(store, 1))
    with receiver() as there:
        yield Told(store, there, NOW + UNDO, Events())


def test_nothing_is_told_while_it_can_be_undone_and_nothing_at_all_once_it_is(told: Told) -> None:
    told.now = NOW + UNDO - timedelta(seconds=1)
    assert told.round() == 0
    with told.store.reading() as work:
        (action,) = work.actions.of_ticket("2611-1")
    with told.store.writing() as work:
        work.actions.undo(action.id, "olga@desk.example", told.now)
    told.wait(60)
    assert told.round() == 0
    assert told.there.came == []
    assert told.state() == [HookState.DROPPED]


def test_an_event_arrives_once_and_its_signature_verifies(told: Told) -> None:
    assert told.round() == 1
    assert told.round() == 0
    (came,) = told.there.came
    assert came.event_id == "evt_2611-1"
    assert came.headers["webhook-timestamp"] == str(int(told.now.timestamp()))
    assert came.headers["content-type"] == "application/json"
    signed = f"evt_2611-1.{int(told.now.timestamp())}.".encode() + came.body
    expected = base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    assert came.headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(came.body)["data"]["fields"]["admin_phone"] == "+79161234567"
    (hook,) = told.hooks()
    assert (hook.state, hook.tries, hook.done_at, hook.last_error) == (HookState.TOLD, 1, told.now, "")


@pytest.mark.parametrize(
    ("manner", "because"),
    [
        (Manner(500), "answered 500"),
        (Manner(404), "answered 404"),
        (Manner(302, (("Location", "/x"),)), "answered 302, a redirect"),
        (Manner(close=True), "closed without an answer"),
        (Manner(hang=30), "no answer within 1 s"),
        (Manner(raw=b"nonsense\r\n"), "not HTTP"),
    ],
)
def test_what_is_not_taken_is_told_again_after_five_seconds_with_the_same_id(
    told: Told, manner: Manner, because: str
) -> None:
    told.there.manners.append(manner)
    assert told.round() == 0
    (hook,) = told.hooks()
    assert because in hook.last_error
    assert hook.not_before == told.now + timedelta(seconds=5)
    told.wait(4)
    assert told.round() == 0
    told.wait(1)
    assert told.round() == 1
    assert told.there.ids() == ["evt_2611-1"] * 2
    first, second = (one.headers["webhook-timestamp"] for one in told.there.came)
    assert int(second) == int(first) + 5
    assert told.there.came[0].body == told.there.came[1].body


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_gets_it_for_all_events(told: Told, status: int) -> None:
    approve(told.store, ticket(told.store, 2))
    told.there.manners.append(Manner(status, (("Retry-After", "90"),)))
    assert told.round() == 0
    assert len(told.there.came) == 1
    told.wait(89)
    assert told.round() == 0
    assert len(told.there.came) == 1
    told.wait(1)
    assert told.round() == 2


def test_410_is_the_end_and_an_operator_can_begin_anew(told: Told) -> None:
    told.there.manners.append(Manner(410))
    assert told.round() == 0
    told.wait(1e6)
    assert told.round() == 0
    (hook,) = told.hooks(HookState.DEAD)
    assert hook.last_error == "answered 410"
    assert told.events.counts["hook_dead"] == 1
    with told.store.writing() as work:
        assert work.hooks.revive(hook.id, told.now)
        assert not work.hooks.revive(hook.id, told.now)
    assert told.round() == 1
    assert told.there.ids() == ["evt_2611-1"] * 2


def test_it_is_given_up_after_the_whole_time_and_not_before(told: Told) -> None:
    told.there.usual = Manner(500)
    began = told.now
    while told.state() == [HookState.WAITING]:
        (hook,) = told.hooks()
        told.now = max(told.now, hook.not_before)
        assert told.round() == 0
    assert told.now - began == timedelta(hours=72)
    assert told.state() == [HookState.DEAD]
    assert len(told.there.came) == 11


def test_days_without_us_cost_an_event_none_of_its_tries(told: Told) -> None:
    told.wait(30 * 24 * 3600)
    told.there.manners.append(Manner(500))
    told.round()
    told.wait(5)
    assert told.round() == 1


def test_one_event_that_is_not_liked_does_not_hold_up_the_others(told: Told) -> None:
    for uid in (2, 3):
        approve(told.store, ticket(told.store, uid))
    told.there.manners.append(Manner(422))
    assert told.round() == 2
    assert told.state() == [HookState.WAITING, HookState.TOLD, HookState.TOLD]


def test_a_receiver_that_is_not_there_is_asked_once_a_round(told: Told) -> None:
    for uid in (2, 3):
        approve(told.store, ticket(told.store, uid))
    told.there.usual = Manner(close=True)
    assert told.round() == 0
    assert told.there.ids() == ["evt_2611-1"]
    assert told.round() == 0
    assert told.there.ids() == ["evt_2611-1", "evt_2611-2"]


def test_what_another_process_is_telling_is_left_to_it_until_its_claim_is_old(told: Told) -> None:
    (hook,) = told.hooks()
    with told.store.writing() as work:
        assert work.hooks.claim(hook.id, 0, told.now + timedelta(seconds=8))
    with told.store.writing() as work:
        assert not work.hooks.claim(hook.id, 0, told.now + timedelta(seconds=8))
    assert told.round() == 0
    told.wait(8)
    assert told.round() == 1
    assert told.hooks()[0].tries == 2


def test_two_tellers_at_once_tell_each_event_once(told: Told) -> None:
    for uid in range(2, 12):
        approve(told.store, ticket(told.store, uid))
    other = Told(told.store, told.there, told.now, told.events)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(one.round())) for one in (told, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(counts) == 11
    assert sorted(told.there.ids()) == sorted(f"evt_2611-{uid}" for uid in range(1, 12))


def test_a_round_ends_between_two_events_when_the_house_stops(told: Told) -> None:
    approve(told.store, ticket(told.store, 2))
    stopping = threading.Event()
    stopping.set()
    assert told.round(stopping) == 0
    assert told.there.came == []


def test_a_secret_that_is_gone_is_said_and_costs_no_try(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingsError, match=VARIABLE):
        told.round()
    assert told.hooks()[0].tries == 0


def test_events_say_nothing_personal(told: Told) -> None:
    lines: list[str] = []
    told.events._sink = lambda name, values: lines.append(json.dumps({"event": name, **values}, ensure_ascii=False))
    told.there.manners += [Manner(500), Manner(410)]
    told.round()
    told.wait(5)
    told.round()
    assert [json.loads(line)["event"] for line in lines] == ["hook_later", "hook_dead"]
    text = " ".join(lines)
    assert not any(word in text for word in ("7916", "example", "Иванова", "127.0.0.1", "Казань"))
