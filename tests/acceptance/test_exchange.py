"""Export, import and webhook of the real process: a receiver that misbehaves, a death between telling and marking."""

import base64
import csv
import hashlib
import hmac
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from store.engine import open_engine
from store.unit_of_work import Store
from tests.acceptance.house import RunningHouse, letter
from tests.acceptance.test_running import Listener
from tests.integration.receiver import Manner, Receiver, receiver
from tests.integration.store.deciding import approve

pytestmark = pytest.mark.dovecot

KEY = b"an acceptance test's own secret!"
VARIABLE = "INTAKE_ACCEPTANCE_HOOK_SECRET"
PATIENCE = 60.0


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv(VARIABLE, "whsec_" + base64.b64encode(KEY).decode())
    with receiver() as made:
        yield made


def _configure(house: RunningHouse, there: Receiver, more: str = "") -> None:
    hooks = f'[webhook]\nurl = "{there.url}"\nsecret_env = "{VARIABLE}"\ntimeout_seconds = 1\n{more}'
    house.configure(rest=hooks)


def _approved(house: RunningHouse, count: int, undo: timedelta = timedelta(0)) -> list[str]:
    """So many letters taken in and approved; the numbers of their tickets."""
    house.dovecot.deliver(house.user, *(letter(number) for number in range(1, count + 1)))
    house.run("once")
    numbers = sorted(one["number"] for one in house.tickets())
    engine = open_engine(f"sqlite:///{house.folder / 'intake.db'}")
    for number in numbers:
        approve(Store(engine), number, at=datetime.now(UTC), undo=undo)
    engine.dispose()
    return numbers


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


def _waiting(house: RunningHouse) -> list[dict[str, object]]:
    done: list[dict[str, object]] = json.loads(house.run("webhooks", "--json"))
    return done


def _verified(there: Receiver) -> bool:
    """Whether every request carries a signature that holds, made just now."""
    for came in there.came:
        stamp = came.headers["webhook-timestamp"]
        made = hmac.new(KEY, f"{came.event_id}.{stamp}.".encode() + came.body, hashlib.sha256).digest()
        signed = came.headers["webhook-signature"].split(" ")
        if f"v1,{base64.b64encode(made).decode()}" not in signed or abs(time.time() - int(stamp)) > 5 * PATIENCE:
            return False
    return True


def test_each_decision_arrives_although_the_receiver_fails_hangs_closes_and_asks_for_time(
    house: RunningHouse, there: Receiver
) -> None:
    _configure(house, there)
    troubles = [Manner(500), Manner(429, (("Retry-After", "2"),)), Manner(hang=30), Manner(close=True)]
    numbers = _approved(house, 5, undo=timedelta(seconds=2))
    there.first |= {f"evt_{number}": trouble for number, trouble in zip(numbers, troubles, strict=False)}
    running = Listener(house.start("run", "--log", "json"))
    _until(lambda: len(set(there.ids())) == 5 and len(there.came) == 9, "five events, four of them twice")
    _until(lambda: _waiting(house) == [], "five events marked")
    assert sorted(set(there.ids())) == [f"evt_{number}" for number in numbers]
    assert _verified(there)
    assert running.stop() == 0
    _until(lambda: running.events.count("hook_told") == 5, "the last line of the log")
    assert running.events.count("hook_later") == 4


def test_killed_between_telling_and_marking_the_event_comes_again_with_its_id(
    house: RunningHouse, there: Receiver
) -> None:
    _configure(house, there)
    (number,) = _approved(house, 1)
    house.run("once", fault="hook_handed_over:1", expect=-9)
    assert there.ids() == [f"evt_{number}"]
    (hook,) = _waiting(house)
    assert (hook["state"], hook["tries"]) == ("waiting", 1)
    _until(lambda: "events told 1" in house.run("once"), "the claim of the dead process to end")
    assert there.ids() == [f"evt_{number}"] * 2
    assert there.came[0].body == there.came[1].body
    assert _verified(there)
    assert _waiting(house) == []


def test_a_receiver_that_is_gone_is_given_up_shown_and_told_after_all(house: RunningHouse, there: Receiver) -> None:
    _configure(house, there)
    (number,) = _approved(house, 1)
    there.manners.append(Manner(410))
    house.run("once")
    (hook,) = _waiting(house)
    assert (hook["state"], hook["ticket"], hook["last_error"]) == ("dead", number, "answered 410")
    shown = house.run("webhooks")
    assert "dead" in shown
    assert "answered 410" in shown
    house.run("webhooks", "--retry", "999", expect=1)
    assert "next round" in house.run("webhooks", "--retry", str(hook["id"]))
    house.run("once")
    assert there.ids() == [f"evt_{number}"] * 2
    assert "no event waits" in house.run("webhooks")


def test_a_slow_receiver_holds_up_no_letter_and_no_reply(house: RunningHouse, there: Receiver) -> None:
    _configure(house, there)
    there.usual = Manner(hang=30)
    _approved(house, 3)
    before = len(house.sink.arrived)
    running = Listener(house.start("run", "--log", "json"))
    _until(lambda: bool(there.came), "the receiver to be asked")
    house.dovecot.deliver(house.user, letter(9))
    start = time.monotonic()
    _until(lambda: len(house.sink.arrived) == before + 1, "the answer to a new letter")
    assert time.monotonic() - start < 20
    assert running.stop() == 0


def test_settings_that_would_tell_in_the_clear_or_unsigned_are_refused(
    house: RunningHouse, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lines, words in (
        ('url = "http://hooks.example/x"\nsecret_env = "X"', "https"),
        ('url = "https://hooks.example/x"', "secret_env"),
        ('url = "https://user:word@hooks.example/x"\nsecret_env = "X"', "signature"),
        ('url = "ftp://hooks.example"\nsecret_env = "X"', "no address"),
    ):
        house.configure(rest=f"[webhook]\n{lines}")
        assert words in house.run("webhooks", expect=2)
    _configure(house, there)
    assert "the receiver takes connections" in house.run("check")
    monkeypatch.setenv(VARIABLE, "short")
    assert VARIABLE in house.run("run", "--log", "text", expect=2)
    assert VARIABLE in house.run("check", expect=2)
    assert there.came == []


def test_the_export_holds_what_was_approved_and_comes_back_as_an_import(house: RunningHouse) -> None:
    numbers = _approved(house, 3)
    path = house.folder / "approved.csv"
    house.run("export", "--format", "csv", "--out", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))
    assert [row[0] for row in rows[1:]] == numbers
    assert rows[1][6] == "'+79171234567"
    known = json.loads(house.run("export", "--format", "json").partition("\n]\n")[0] + "]")
    assert [one["number"] for one in known] == numbers
    assert known[0]["admin_phone"] == "+79171234567"
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert "exported 0" in house.run("export", "--format", "csv", "--since", tomorrow)
    assert "--since" in house.run("export", "--format", "csv", "--since", "soon", expect=2)
    house.run("export", "--format", "xlsx", "--out", str(house.folder / "approved.xlsx"))
    assert (house.folder / "approved.xlsx").read_bytes().startswith(b"PK")
    assert sorted(one.name for one in house.folder.glob(".approved*")) == []
    assert "would be added: 3, known already: 0, not taken: 0" in house.run("import", str(path), "--dry-run")
    assert "added: 3, known already: 0, not taken: 0" in house.run("import", str(path))
    assert "added: 0, known already: 3, not taken: 0" in house.run("import", str(path))
    with path.open("a", encoding="utf-8") as file:
        file.write("2611-9;;;;;\r\n")
    assert "line 5: not taken: no name" in house.run("import", str(path), expect=1)
