"""A webhook's receiver on loopback that keeps what comes and can be told to misbehave, request by request."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Came:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How one request is answered. `hang`: seconds of silence before it; `drip`: seconds of one header line a moment;
    `close`: no answer at all; `flood`: a body without end.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hang: float = 0.0
    drip: float = 0.0
    close: bool = False
    flood: bool = False
    raw: bytes = b""


@dataclass
class Receiver:
    """`url` to tell; `came` in order; `first`: for an event's first request; `manners` are used up one a request, then
    `usual` holds.
    """

    url: str = ""
    came: list[Came] = field(default_factory=list)
    manners: deque[Manner] = field(default_factory=deque)
    first: dict[str, Manner] = field(default_factory=dict)
    usual: Manner = field(default_factory=Manner)
    flooded: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        """The events that came, in order."""
        return [one.event_id for one in self.came]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one in threads of its own."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            manner = made.first.pop(self.headers["webhook-id"], None)
            if manner is None:
                manner = made.manners.popleft() if made.manners else made.usual
            made.came.append(Came(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            with contextlib.suppress(OSError):
                self._answer(manner)

        def _answer(self, manner: Manner) -> None:
            made.over.wait(manner.hang)
            self.close_connection = True
            if manner.close:
                return
            if manner.raw:
                self.wfile.write(manner.raw)
                return
            self.send_response(manner.status)
            for name, value in manner.headers:
                self.send_header(name, value)
            self.end_headers()
            end = time.monotonic() + manner.drip
            while time.monotonic() < end and not made.over.is_set():
                self.wfile.write(b" ")
                made.over.wait(0.1)
            while manner.flood and not made.over.is_set():
                self.wfile.write(b"x" * 65_536)
                made.flooded += 65_536

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
