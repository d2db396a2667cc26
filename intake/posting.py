"""One POST over HTTP, bounded in time and size: the only http.client. Follows no redirect, uses no proxy, keeps nothing.

Never raises for what the other side does; the time is for everything together, so that no one who drips can hold it.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

MOST_BYTES = 65_536  # of an answer's body that are read, so that the other side may end well
_SHORTEST = 0.05
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's answer; `retry_after` is the header of that name, "" if there is none."""

    status: int
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No connection, or no whole answer in time; what was sent may have arrived nevertheless."""

    because: str


def post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answered | Unanswered:
    """Send a body and read the answer within so many seconds (a dead name server may take longer)."""
    deadline = time.monotonic() + seconds
    line = _Line(seconds)
    try:
        return line.ask(urlsplit(url), headers, body, deadline)
    except (OSError, http.client.HTTPException) as error:
        late = line.late or isinstance(error, TimeoutError)
        return Unanswered(f"no answer within {seconds:g} s" if late else _words(error))
    finally:
        line.close()


def prove(url: str, seconds: float) -> str:
    """Connect (and shake hands over TLS) without sending anything; "" if that works, else why not."""
    line = _Line(seconds)
    try:
        line.open(urlsplit(url), time.monotonic() + seconds)
    except OSError as error:
        late = line.late or isinstance(error, TimeoutError)
        return f"no connection within {seconds:g} s" if late else _words(error)
    finally:
        line.close()
    return ""


class _Line:
    """One connection that is cut when its time is over, whatever it is waiting for then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self.late = False

    def ask(
        self, target: SplitResult, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> Answered | Unanswered:
        """Open, send, read."""
        connection = http.client.HTTPConnection(target.hostname or "", _port(target))
        connection.auto_open = 0  # the socket is ours; another would have no limit
        connection.sock = self.open(target, deadline)
        connection.request("POST", _path(target), body, {"Host": _host(target), "Connection": "close", **headers})
        with connection.getresponse() as answer:
            with suppress(OSError, http.client.HTTPException):  # the status is known, its words do not matter
                answer.read(MOST_BYTES)
            return Answered(answer.status, answer.getheader("Retry-After") or "")

    def open(self, target: SplitResult, deadline: float) -> socket.socket:
        """Connect. Raises `OSError`."""
        host = target.hostname or ""
        try:
            raw = socket.create_connection((host, _port(target)), timeout=self._seconds)
        except UnicodeError as error:
            msg = "the host's name is no domain name"
            raise OSError(msg) from error
        self._socket = raw
        if target.scheme == "https":
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
        self._timer = threading.Timer(max(_SHORTEST, deadline - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._timer.start()
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()
        return self._socket

    def close(self) -> None:
        """Hang up."""
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()

    def _cut(self) -> None:
        self.late = True
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # past TLS, which would wait for its own goodbye


def _port(target: SplitResult) -> int:
    return target.port or _PORTS[target.scheme]


def _host(target: SplitResult) -> str:
    host = (target.hostname or "").encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{target.port}" if target.port else host


def _path(target: SplitResult) -> str:
    path = quote(target.path or "/", safe="/%:@!$&'()*+,;=~")
    return f"{path}?{quote(target.query, safe='/%:@!$&()*+,;=~?')}" if target.query else path


def _words(error: Exception) -> str:
    """What went wrong, without the address, which may hold a password."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, OSError):
        return (error.strerror or str(error) or type(error).__name__).lower()
    return f"the answer is not HTTP: {type(error).__name__}"
