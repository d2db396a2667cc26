"""A TCP proxy on loopback that can cut connections, or let bytes disappear without a word (a black hole)."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s


class Proxy:
    """`with Proxy(port) as proxy:` listens on `proxy.port`; everything goes to the target until told otherwise."""

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        self._target = (target_host, target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._guard = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._left: int | None = None
        self.refusing = False
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts: else the port stays open
        self._listener.close()
        self._open.set()
        self.cut()

    def cut(self, *, reset: bool = False) -> None:
        """End all connections, politely (FIN) or not (RST)."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for line in (line for pair in pairs for line in pair):
            with contextlib.suppress(OSError):
                if reset:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                # wakes the thread that reads it: while it sleeps in there, closing would do nothing
                line.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                line.close()

    def cut_after(self, count: int) -> None:
        """End all connections once, as soon as that many more bytes have gone to the client."""
        self._left = count

    def black_hole(self) -> None:
        """From now on nothing arrives, and nobody is told."""
        self._open.clear()

    def heal(self) -> None:
        """Let everything through again, also what was held back."""
        self._open.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            server = socket.create_connection(self._target)
            for line in (client, server):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                self._pairs.append((client, server))
                self.connections += 1
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, to_client: bool) -> None:  # noqa: FBT001 - a thread's argument
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                if to_client and self._left is not None:
                    if len(data) >= self._left:
                        sink.sendall(data[: self._left])
                        self._left = None
                        self.cut()
                        return
                    self._left -= len(data)
                sink.sendall(data)
        for line in (source, sink):
            with contextlib.suppress(OSError):
                line.close()
