"""Listening to a line without reading it: what IDLE needs and imapclient does not give.

Never reads or writes a byte: imapclient's own `idle_check` reads without blocking, which loses half lines and takes a
closed connection for silence. Whoever was told to look finds out by talking to the server.
"""

import selectors
import socket
import ssl
import time
from collections.abc import Callable

STOP_LOOK_SECONDS = 0.5


def hears_nothing(line: socket.socket, seconds: float, stop: Callable[[], bool]) -> bool:
    """Listen until the server says anything, hangs up, or the time is over: False. True if `stop` says so before.

    `stop` is asked every half second; it may be called from another thread's view of the world (an Event's `is_set`).
    """
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if stop():
                return True
            # TLS may hold decrypted bytes that the kernel no longer knows of
            if (isinstance(line, ssl.SSLSocket) and line.pending()) or selector.select(min(left, STOP_LOOK_SECONDS)):
                return False
    return stop()
