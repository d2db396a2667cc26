"""`intake run`: everything at once, until a signal says stop.

Starts the sandbox if the settings ask for it, the clockwork with its jobs, the pages and the screen; stops them in the
opposite order, letting rounds that are under way end.
"""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

from intake.bootstrap import SAMPLES, House, signing_key
from intake.events import Events, log_lines
from intake.scheduler import Clockwork, Job
from intake.screen import Screen
from intake.settings import Mailbox, Settings
from intake.watching import Watcher
from rules.errors import SettingsError

PROCESS_SECONDS, SEND_SECONDS, COPY_SECONDS = 1.0, 1.0, 30.0
HOOK_SECONDS = 5.0
TIMER_SECONDS = 60.0
NEXT_PORTS = 20  # how many ports after the wanted one are tried


def run_house(settings: Settings, log: str) -> int:
    """Run until SIGINT or SIGTERM. Raises `SettingsError` and its kin before anything is started for good."""
    stop = _Stop()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop.ask)
    screen = Screen() if log == "screen" else None
    events = Events(screen.event if screen else log_lines(as_json=log == "json"))
    house = House(settings, events)
    try:
        house.start_sandbox()
        _ = house.store, house.rounds
        if settings.webhook.url:
            settings.webhook.key()  # a missing secret stops the start, not the first decision
        with _clockwork(house, events) as (clock, watchers), _pages(house, clock.ring) as address:
            ways = _ways_in(house, address)
            if screen:
                screen.opened(address, house, ways)
            else:
                print(*ways, sep="\n", end="\n" if ways else "", flush=True)  # noqa: T201 - events go to standard error
            if house.sandbox is not None and settings.sandbox.sample_letters:
                clock.add(Job("samples", _Samples(house, watchers).round, 0.5))
            clock.start()
            _wait(stop, screen, house)
    finally:
        house.close()
    return 0


def _ways_in(house: House, address: str) -> tuple[str, ...]:
    """What the operator is told about signing in."""
    from intake.desk.access.beginning import ways_in  # noqa: PLC0415

    settings = house.settings
    return ways_in(
        house.store,
        settings.desk.public_desk_url or address,
        house.now(),
        sandbox=house.sandbox is not None,
        provider=bool(settings.oidc.issuer),
    )


class _Stop:
    """Whether a signal has said stop. No `threading.Event`: its handler could wait for the lock that the interrupted
    main thread holds, forever.
    """

    def __init__(self) -> None:
        self.asked = False

    def ask(self, _signal: int, _frame: object) -> None:
        """The signal's handler."""
        self.asked = True


def _wait(stop: _Stop, screen: Screen | None, house: House) -> None:
    pause = threading.Event()  # nobody sets it
    while not stop.asked:
        if screen:
            screen.show(house)
        pause.wait(0.2)
    if screen:
        screen.closing()


@contextlib.contextmanager
def _clockwork(house: House, events: Events) -> Iterator[tuple[Clockwork, list[Watcher]]]:
    """The jobs; stopped at the end with their connections closed."""
    rounds = house.rounds
    watchers = house.watchers(ring=lambda: clock.ring("process"))
    clock = Clockwork(events, threads=len(watchers) + 9)
    for watcher in watchers:
        name = f"fetch {watcher.mailbox.name} {watcher.folder}"
        clock.add(Job(name, _fetching(watcher, clock, [one for one in watchers if watcher.sent and not one.sent]), 1.0))
    clock.add(Job("process", lambda: rounds.process_kept(after=lambda _: clock.ring("send")), PROCESS_SECONDS))
    if rounds.postman:
        clock.add(Job("send", rounds.send_outbox, SEND_SECONDS))
        if house.smtp and house.smtp.sent_folder and house.mailboxes:
            clock.add(Job("copy", _Copying(house, house.mailboxes[0], house.smtp.sent_folder).round, COPY_SECONDS))
    timers, looked = house.timers, _Looked(watchers)
    clock.add(Job("looked", lambda: looked.round(clock), PROCESS_SECONDS))
    clock.add(Job("remind", _ringing(lambda: timers.remind() if looked.told else 0, clock), TIMER_SECONDS))
    clock.add(Job("warn", _ringing(timers.warn, clock), TIMER_SECONDS))
    clock.add(Job("digest", _ringing(timers.digest, clock), TIMER_SECONDS))
    if rounds.teller:
        clock.add(Job("hooks", lambda: rounds.tell_hooks(clock.stopping), HOOK_SECONDS))
    try:
        yield clock, watchers
    finally:
        clock.stop()
        for watcher in watchers:
            watcher.close()


def _fetching(watcher: Watcher, clock: Clockwork, before: list[Watcher]) -> Callable[[], object]:
    """Looks once the others of its mailbox have looked: an answer is no use before the letter it answers."""
    first = [one for one in before if one.mailbox.name == watcher.mailbox.name]
    return lambda: watcher.round(clock.stopping) if all(one.has_looked for one in first) else 0


def _ringing(round_: Callable[[], int], clock: Clockwork) -> Callable[[], object]:
    """A round that queues letters; they leave at once."""

    def run() -> None:
        if round_():
            clock.ring("send")

    return run


class _Looked:
    """Whether every folder was read since the start: before that nobody knows who has answered."""

    def __init__(self, watchers: list[Watcher]) -> None:
        self._watchers, self.told = watchers, False

    def round(self, clock: Clockwork) -> None:
        """Let the reminders begin once it was."""
        if not self.told and all(one.has_looked for one in self._watchers):
            self.told = True
            clock.ring("remind")


class _Copying:
    """Copies of sent replies into the Sent folder, over a connection of its own."""

    def __init__(self, house: House, mailbox: Mailbox, folder: str) -> None:
        self._house, self._mailbox, self._folder = house, mailbox, folder

    def round(self) -> None:
        from intake.mailbox import Connection  # noqa: PLC0415

        if not self._house.rounds.anything_to_copy():
            return
        connection = Connection.open(self._mailbox)
        try:
            while self._house.rounds.copy_sent(connection, self._folder):
                pass
        finally:
            connection.close()


class _Samples:
    """Delivers the sample letters into the sandbox, once it has been looked into for the first time.

    A letter that an earlier run has kept already is not delivered again; it would only be recorded as a duplicate.
    """

    def __init__(self, house: House, watchers: list[Watcher]) -> None:
        self._house, self._watchers, self._done = house, watchers, False

    def round(self) -> None:
        if self._done or self._house.sandbox is None or not all(one.has_looked for one in self._watchers):
            return
        self._done = True
        for path in sorted(SAMPLES.glob("*.eml")):
            raw = path.read_bytes()
            if not self._known(raw):
                self._house.sandbox.deliver(raw)

    def _known(self, raw: bytes) -> bool:
        from email.parser import BytesHeaderParser  # noqa: PLC0415

        message_id = str(BytesHeaderParser().parsebytes(raw).get("Message-ID", "")).strip("<> \r\n")
        with self._house.store.reading() as work:
            return bool(message_id) and work.messages.has(message_id)


@contextlib.contextmanager
def _pages(house: House, ring: Callable[[str], None]) -> Iterator[str]:
    """The desk's and the applicants' pages on the loopback; yields their address. `ring` starts a job at once."""
    import uvicorn  # noqa: PLC0415

    from intake.applicant.app import make_app as make_applicants_app  # noqa: PLC0415
    from intake.applicant.front import Front  # noqa: PLC0415
    from intake.desk import make_app  # noqa: PLC0415
    from intake.opening import open_message  # noqa: PLC0415

    desk = house.settings.desk
    listener = _listen(desk.host, desk.port)
    house.port = listener.getsockname()[1]
    drop = house.sandbox.deliver if house.sandbox else None
    book = house.intake.book
    app = make_app(
        store=house.store,
        desk=desk,
        now=house.now,
        drop=drop,
        words=book.words,
        read_letter=lambda raw: open_message(raw, book, house.extractor),
        key=signing_key(house.settings.key_file),
        oidc=house.settings.oidc,
    )
    applicants = make_applicants_app(
        cases=house.casework,
        conduct=house.conduct,
        site=house.site,
        taken_in=lambda: ring("process"),
        queued=lambda: ring("send"),
    )
    config = uvicorn.Config(
        Front(applicants, app),
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # whom a request comes from is asked in one place, intake/applicant/visitor.py
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://{desk.host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket on the wanted port, or on the next free one."""
    for candidate in range(port, port + NEXT_PORTS) if port else (0,):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError:
            listener.close()
            continue
        return listener
    msg = f"ports {port} to {port + NEXT_PORTS - 1} on {host} are all taken; set desk.port in config.toml to a free one"
    raise SettingsError(msg)
