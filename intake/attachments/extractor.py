"""`Extractor`: the texts of a letter's files, read by a process of its own that may die without harm.

Started at the first letter that has files, kept for the next ones, started again when it died or was too slow. Knows
no file format.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from intake.attachments.extracted import Extracted, Note, from_wire
from intake.attachments.pipes import BrokenPipe, Deadline, Late, frame, receive, send
from rules.message import Attachment

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "SYSTEMROOT")  # no secrets of ours among them
_STOP_SECONDS = 2.0
_WARM_UP_SECONDS = 20.0  # a fresh process imports its readers before it answers


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading files may cost.

    `memory` bytes of address space of the process; `seconds` on the clock (and of the processor) for one file, all
    that lies in it included; `letter_seconds` for all files of one letter; `file_bytes` the largest file that is
    looked at.
    """

    memory: int = 512 << 20
    seconds: float = 10.0
    letter_seconds: float = 30.0
    file_bytes: int = 30_000_000


class Extractor:
    """Reads files in a process of its own. `recognise` is the command that reads pictures, none to leave them alone."""

    def __init__(self, limits: Limits | None = None, recognise: Sequence[str] = ()) -> None:
        self._limits = limits or Limits()
        self._recognise = tuple(recognise)
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> "Extractor":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the process is there: not before the first file, nor after one that killed it."""
        return self._process is not None and self._process.poll() is None

    def texts(self, files: Sequence[tuple[Attachment, bytes]]) -> tuple[Extracted, ...]:
        """The text of each file, in order; never raises on what is in a file."""
        with self._one_at_a_time:
            left = Deadline(self._limits.letter_seconds)
            return tuple(self._text(listed, content, left, first=not n) for n, (listed, content) in enumerate(files))

    def close(self) -> None:
        """End the process; the next letter with files starts another."""
        with self._one_at_a_time:
            self._stop()

    def _text(self, listed: Attachment, content: bytes, letter: Deadline, *, first: bool) -> Extracted:
        """One file's text. When the process dies over it, what it had found until then is kept."""
        if len(content) > self._limits.file_bytes:
            return Extracted(listed.name, note=Note.TOO_LARGE.value)
        found: list[Extracted] = []
        try:
            note = self._asked(listed, content, found, min(self._limits.seconds, letter.left()), first=first)
        except Late:
            note = Note.TIMEOUT
        if note:
            self._stop()
            return Extracted(listed.name, note=note.value, children=tuple(found))
        return replace(found[-1], name=listed.name, children=tuple(found[:-1]))

    def _asked(
        self, listed: Attachment, content: bytes, found: list[Extracted], seconds: float, *, first: bool
    ) -> Note:
        """Have the process read a file; why it failed, if it did."""
        try:
            process = self._started()
        except OSError:
            return Note.NO_READER
        if process.stdin is None or process.stdout is None:
            return Note.NO_READER
        head = json.dumps([listed.name, listed.content_type.lower(), first]).encode()
        deadline = Deadline(seconds)
        try:
            send(process.stdin.fileno(), frame(head) + frame(content), deadline)
            while answer := receive(process.stdout.fileno(), deadline):
                found.append(from_wire(answer))
        except (BrokenPipe, ValueError):
            return Note.BOMB if found or self._died() else Note.BROKEN
        return Note.READ if found else Note.BROKEN

    def _died(self) -> bool:
        """Whether the process was ended by a limit (a signal), and not by an error of its own."""
        if self._process is None:
            return False
        try:
            return self._process.wait(_STOP_SECONDS) < 0
        except subprocess.TimeoutExpired:
            return False

    def _started(self) -> subprocess.Popen[bytes]:
        """The process, started if it is not there. Raises `OSError` if it cannot be."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        limits = (str(self._limits.memory), str(self._limits.seconds))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-W", "ignore", "-m", "intake.attachments.worker", *limits, *self._recognise],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.kill()
        process.wait()
