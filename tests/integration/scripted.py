"""An IMAP server that says what a test tells it to: for answers that no well-behaved server gives."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Answer = str | bytes | Callable[[str], str | bytes]

USUAL: dict[str, Answer] = {
    "CAPABILITY": "* CAPABILITY {capabilities}\r\n{tag} OK done\r\n",
    "LOGIN": "* CAPABILITY {capabilities}\r\n{tag} OK in\r\n",
    "SELECT": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 2] next\r\n{tag} OK [READ-WRITE] open\r\n",
    "EXAMINE": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 2] next\r\n{tag} OK [READ-ONLY] open\r\n",
    "LOGOUT": "* BYE bye\r\n{tag} OK out\r\n",
}


@dataclass
class Scripted:
    """`port` to connect to, `heard` every command line without its tag, in order."""

    answers: Mapping[str, Answer]
    capabilities: str = "IMAP4rev1 IDLE"
    greeting: bytes = b"* OK ready\r\n"
    port: int = 0
    heard: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rb") as lines:
            line.sendall(self.greeting)
            tag = ""
            for raw in lines:
                words = raw.decode("utf-8", "replace").strip()
                if words.upper() == "DONE":
                    line.sendall(f"{tag} OK idle over\r\n".encode())
                    continue
                tag, _, said = words.partition(" ")
                self.heard.append(said)
                answer = self._answer(tag, said)
                line.sendall(answer)
                if b"* BYE" in answer:
                    return

    def _answer(self, tag: str, said: str) -> bytes:
        words = said.upper().split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        answer = self.answers.get(name, USUAL.get(name, "{tag} OK done\r\n"))
        given = answer(said) if callable(answer) else answer
        data = given.encode() if isinstance(given, str) else given
        return data.replace(b"{tag}", tag.encode()).replace(b"{capabilities}", self.capabilities.encode())


@contextlib.contextmanager
def scripted_imap(
    answers: Mapping[str, Answer], *, capabilities: str = "IMAP4rev1 IDLE", greeting: bytes = b"* OK ready\r\n"
) -> Iterator[Scripted]:
    """Serve on a free loopback port; `answers` replace the usual ones by command name (`UID FETCH`, `LOGIN`, …)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(answers, capabilities, greeting, int(listener.getsockname()[1]))
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts: else the port stays open
