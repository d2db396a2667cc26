"""The world around the simulated applicants: real servers, the real process with a moved clock, agents at work.

Waits by looking into the database with its own SQL, with a deadline; takes nothing from the product's log.
"""

import re
import sqlite3
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING

from intake.bootstrap import House
from intake.casework import Casework, Refused
from intake.events import Events
from intake.settings import load
from rules.application import FieldName
from rules.people import Role
from tests.acceptance.house import RunningHouse, moved_clock
from tests.integration.dovecot import Dovecot, private_dovecot
from tests.integration.sink import Sink, smtp_sink
from tests.simulate.applicants import When
from tests.simulate.letters import School

if TYPE_CHECKING:
    import subprocess

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)  # no holiday in the three weeks after
TIMES = {
    When.MORNING: MONDAY + timedelta(hours=6),  # nine in Moscow
    When.NOON: MONDAY + timedelta(hours=9),
    When.AFTERNOON: MONDAY + timedelta(hours=10),
    When.DESK: MONDAY + timedelta(hours=11),
    When.EVENING: MONDAY + timedelta(hours=12),
    When.DESK_AGAIN: MONDAY + timedelta(hours=13),
    When.NIGHT: MONDAY + timedelta(hours=14),
    When.REMINDED: MONDAY + timedelta(days=2, hours=17),
    When.NEXT_DAY: MONDAY + timedelta(days=3, hours=7),
    When.REMINDED_AGAIN: MONDAY + timedelta(days=7, hours=17),
    When.EXPIRED: MONDAY + timedelta(days=14, hours=17),
    When.AFTERWARDS: MONDAY + timedelta(days=15, hours=7),
    When.LAST_DESK: MONDAY + timedelta(days=15, hours=9),
    When.LAST: MONDAY + timedelta(days=15, hours=10),
}
REMINDERS = {When.REMINDED: 1, When.REMINDED_AGAIN: 2, When.EXPIRED: 3}
"""The moments at which nobody writes and the clock must remind, or close: every waiting ticket so many times."""

DECIDED = frozenset({When.DESK, When.DESK_AGAIN, When.LAST_DESK})

UNDO = timedelta(minutes=2)  # by then no decision can be undone any more
AGENT = "anna@desk.example"
PATIENCE, STANDS_STILL, REMINDER_PATIENCE = 300.0, 15.0, 90.0
STOPS_WITHIN = 60.0
CLOCK_IS_READ = 2.1  # seconds until the process has noticed that its clock was moved
_FIELDS = {"phone": FieldName.PHONE}


class ProcessEnded(Exception):
    """The process is gone before its time; its last lines."""


@dataclass(frozen=True)
class OwnStamp:
    """What one letter is marked with."""

    message_id: str
    when: datetime
    to: str


@dataclass
class World:
    """Where letters go and come from. `troubles`: what agents wanted and were refused. `said`: the process's last lines,
    for the eye only.
    """

    house: RunningHouse
    clock: Path
    offset: int = 0
    troubles: list[str] = field(default_factory=list)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    sent: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _bag: list[bytes] = field(default_factory=list)
    _registered: list[School] = field(default_factory=list)
    _delivered: int = 0
    _lost: int = 0
    _running: "subprocess.Popen[str] | None" = None
    _casework: Casework | None = None

    # --- time

    def now(self) -> datetime:
        """The time that everybody here believes it is."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def move(self, to: datetime) -> None:
        """Let it be that time."""
        self.offset = round((to - datetime.now(UTC)).total_seconds())
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{self.offset:+d}\n", encoding="ascii")
        fresh.replace(self.clock)
        if self._running is not None:
            time.sleep(CLOCK_IS_READ)

    # --- what scripts may do

    @property
    def desk_address(self) -> str:
        """The desk's mailbox."""
        return self.house.user

    def send(self, number: int, letter: Callable[[OwnStamp], bytes]) -> None:
        """Take a letter along to the next delivery."""
        nth = len(self.sent[number]) + 1
        stamp = OwnStamp(f"<letter{nth}@mail{number}.example>", self.now(), self.desk_address)
        self._put(number, letter(stamp))

    def repeat(self, number: int) -> None:
        """The latest letter once more, byte for byte."""
        self._put(number, self.sent[number][-1])

    def _put(self, number: int, raw: bytes) -> None:
        self.sent[number].append(raw)
        self._bag.append(raw)

    def inbox(self, address: str) -> list[EmailMessage]:
        """What the sink has for an address, in order."""
        return [
            message_from_bytes(one.raw, policy=default)
            for one in self.house.sink.arrived
            if address.casefold() in {to.casefold() for to in one.rcpt_tos}
        ]

    def refuse(self, address: str) -> None:
        """Refuse all mail to that address."""
        self.house.sink.refused[address] = "550 5.1.1 no such user here"

    def register(self, one: School) -> None:
        """It is registered already."""
        self._registered.append(one)

    def act(self, name: str, number: str, *words: str) -> None:
        """Let an agent do something with a ticket."""
        work = self._desk()
        try:
            if name == "approve":
                work.approve(number, AGENT)
            elif name == "reject":
                work.reject(number, words[0], AGENT)
            elif name == "request":
                work.request(number, [_FIELDS[words[0]]], words[1], AGENT)
            elif name == "answer":
                work.answer(number, words[0], AGENT)
            elif name == "duplicate":
                work.duplicate(number, words[0], AGENT)
            elif name == "spam":
                work.spam(number, AGENT)
            elif name == "close":
                work.close(number, "", AGENT)
            elif name == "approve and undo":
                work.undo(work.approve(number, AGENT).id, AGENT)
        except Refused as refused:
            self.troubles.append(f"{number}: the agent cannot {name}: {refused}")

    def _desk(self) -> Casework:
        if self._casework is None:
            house = House(load(self.house.folder / "config.toml"), Events(), self.now)
            with house.store.writing() as work:
                work.people.add(AGENT, "Анна", Role.AGENT, self.now())
            self._casework = Casework(
                store=house.store,
                replier=house.replier,
                book=house.book,
                calendar=house.calendar,
                hours=house.settings.sla.hours,
                ours=house.ours,
                now=self.now,
            )
        return self._casework

    # --- the process

    def deliver(self) -> None:
        """Put everything that was written into the mailbox; what is registered is imported first."""
        if self._registered:
            lines = ["Полное название;Краткое название;Населённый пункт;Регион"]
            lines += [f"{one.full};{one.short};{one.place};{one.region}" for one in self._registered]
            path = self.house.folder / "registered.csv"
            path.write_text("\n".join(lines), encoding="utf-8")
            self.house.run("import", str(path))
            self._registered.clear()
        if self._bag:
            self.house.dovecot.deliver(self.desk_address, *self._bag, when=self.now())
            self._delivered += len(self._bag)
            self._bag.clear()

    def start(self) -> None:
        """Let the process run, and wait until it has looked into the mailbox."""
        if self._running is None:
            began = f"{self.now():%Y-%m-%d %H:%M:%S}"
            # the file is read once a second and not at each question for the time, which would cost half of all work
            environment = moved_clock(str(self.clock)) | {"FAKETIME_NO_CACHE": "0", "FAKETIME_CACHE_DURATION": "1"}
            self._running = self.house.start("run", "--log", "json", environment=environment)
            for stream in (self._running.stdout, self._running.stderr):
                threading.Thread(target=lambda lines=stream: self.said.extend(lines), daemon=True).start()
            self._until(lambda: self._ask("SELECT count(*) FROM mailbox_state WHERE last_good_look >= ?", began) > 0)

    def stop(self) -> None:
        """Ask it to end, and say so if it does not end well."""
        if self._running is None:
            return
        running, self._running = self._running, None
        running.terminate()
        try:
            if running.wait(STOPS_WITHIN):
                self.troubles.append(f"the process ended with {running.returncode}")
        except TimeoutExpired:
            running.kill()
            running.wait()
            self.troubles.append(f"the process did not end within {STOPS_WITHIN:.0f} s of being asked to")

    def reminded(self, times: int) -> None:
        """Start anew, and wait until everybody who keeps us waiting was reminded so often, or closed."""
        self.stop()
        self.start()
        self._until(
            lambda: (
                not self._ask(
                    "SELECT count(*) FROM ticket WHERE state = 'waiting' AND asked_at IS NOT NULL AND nudged < ?", times
                )
            ),
            REMINDER_PATIENCE,
        )

    def settle(self) -> None:
        """Wait until every letter is taken in and every reply that may leave has left.

        What has not come after a while of standing still is given up: the count will show that it is missing.
        """
        deadline, seen, since, quiet = time.monotonic() + PATIENCE, (0, 0, 0), time.monotonic(), 0
        while time.monotonic() < deadline:
            self._must_live()
            state = self._at_work()
            kept, waiting, queued = state
            missing = self._delivered - self._lost - kept
            quiet = quiet + 1 if not (missing or waiting or queued) else 0
            if quiet >= 2:
                return
            if state != seen:
                seen, since = state, time.monotonic()
            elif kept and time.monotonic() - since > STANDS_STILL and not (waiting or queued):
                self._lost += missing
                return
            time.sleep(0.25)
        self.troubles.append(
            f"nothing settles: {seen} (kept, to be taken in, to be sent) of {self._delivered}; the process said last: {''.join(list(self.said)[-3:])}"
        )

    def _at_work(self) -> tuple[int, int, int]:
        """(letters kept, of them not yet taken in or marked, replies that are to leave by now)."""
        now = f"{self.now():%Y-%m-%d %H:%M:%S}"
        return (
            self._ask("SELECT count(*) FROM raw_message"),
            self._ask("SELECT count(*) FROM raw_message WHERE state = 'kept' OR NOT marked"),
            self._ask(
                "SELECT count(*) FROM reply WHERE state = 'sending' OR state = 'queued' AND not_before <= ?", now
            ),
        )

    def _until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self._must_live()
            time.sleep(0.1)

    def _must_live(self) -> None:
        if self._running is not None and self._running.poll() is not None:
            time.sleep(0.5)  # its last words are read in another thread
            raise ProcessEnded("".join(self.said))

    def _ask(self, question: str, *values: str | int) -> int:
        """One figure from the database; 0 while there are no tables yet."""
        try:
            with closing(self.database()) as database:
                return int(database.execute(question, values).fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def database(self) -> sqlite3.Connection:
        """A connection of our own that can only read."""
        return sqlite3.connect(f"file:{self.house.folder / 'intake.db'}?mode=ro", uri=True)


@contextmanager
def simulated_world(folder: Path, program: tuple[str, ...] = ("-m", "intake")) -> Iterator[World]:
    """Servers, settings and a clock; everything is gone in the end but what lies in the folder."""
    with private_dovecot() as dovecot, smtp_sink() as sink:
        house = RunningHouse(folder, dovecot, sink, dovecot.fresh_user(), program)
        _configure(house, dovecot, sink)
        world = World(house, folder / "clock")
        world.move(TIMES[When.MORNING])
        try:
            yield world
        finally:
            world.stop()


def _configure(house: RunningHouse, dovecot: Dovecot, _sink: Sink) -> None:
    """Over a plain line: a certificate of today is not valid at another time."""
    house.configure(mailbox="max_bytes = 200000", rest='[notices]\ndigest_at = ""')
    path = house.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(f"port = {dovecot.tls_port}", f'port = {dovecot.port}\nsecurity = "plain"')
    path.write_text(re.sub(r"ca_file = .*\n", "", text), encoding="utf-8")
