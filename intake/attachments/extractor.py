"""`Extractor`: the texts of a letter's files, read by a process of its own that may die without harm.

Started at the first letter that has files, kept for the next ones, started again when it died or was too slow. Knows
no file format.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from intake.attachments.extracted import Extracted, Note, from_wire
from intake.attachments.pipes import BrokenPipe, Deadline, Late, frame, receive, send
from rules.errors import Temporary
from rules.message import Attachment

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "SYSTEMROOT")  # no secrets of ours among them
_MOST_ANSWERS = 1_000  # texts in one file: more than its reader ever gives
_LIFE = 1_000  # files after which a process is replaced, so that its memory stays small
_WORKER = "intake.attachments.worker"
_HOME = Path(__file__).parents[2]
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
        self._files = 0  # read by the process so far
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def guesses(self) -> bool:
        """Whether texts guessed from pictures are among what it finds."""
        return bool(self._recognise)

    @property
    def running(self) -> bool:
        """Whether the process is there: not before the first file, nor after one that killed it."""
        return self._process is not None and self._process.poll() is None

    def texts(self, files: Sequence[tuple[Attachment, bytes]]) -> tuple[Extracted, ...]:
        """The text of each file, in order; never raises on what is in a file.

        Raises `Temporary` when the process cannot be started: that is our fault, and no school is asked to write again.
        """
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
            self._stop()  # what it still holds or does is nobody's any more
            return Extracted(listed.name, note=note.value, children=tuple(found))
        return replace(found[-1], name=listed.name, children=tuple(found[:-1]))

    def _asked(
        self, listed: Attachment, content: bytes, found: list[Extracted], seconds: float, *, first: bool
    ) -> Note:
        """Have the process read a file; why it failed, if it did."""
        process = self._ready()
        if process.stdin is None or process.stdout is None:
            return Note.NO_READER
        head = json.dumps([listed.name, listed.content_type.lower(), first, listed.inline]).encode()
        deadline = Deadline(seconds)
        try:
            send(process.stdin.fileno(), frame(head) + frame(content), deadline)
            while answer := receive(process.stdout.fileno(), deadline):
                found.append(from_wire(answer))
                if len(found) > _MOST_ANSWERS:
                    return Note.BROKEN
        except BrokenPipe:
            return _cause(process)
        except ValueError:
            return Note.BROKEN
        return Note.READ if found else Note.BROKEN

    def _ready(self) -> subprocess.Popen[bytes]:
        """The process, started anew if it is not there or has read enough. Raises `Temporary` if it cannot be."""
        if self._process is not None and self.running and self._files < _LIFE:
            self._files += 1
            return self._process
        self._stop()
        try:
            process = self._started()
            if process.stdout is not None:
                receive(process.stdout.fileno(), Deadline(_WARM_UP_SECONDS))
        except (OSError, Late, BrokenPipe) as error:
            self._stop()
            msg = f"the process that reads attachments cannot be started ({error!r}): run it by hand with -m {_WORKER}"
            raise Temporary(msg) from error
        return process

    def _started(self) -> subprocess.Popen[bytes]:
        """A new process; it says an empty word when it is ready. Raises `OSError` if there can be none."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join([str(_HOME), *filter(None, sys.path)])
        limits = (str(self._limits.memory), str(self._limits.seconds))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-W", "ignore", "-m", _WORKER, *limits, *self._recognise],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
            process_group=0,  # Ctrl-C is for us; it ends when its input does
        )
        self._files = 0
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
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # with the recognising program that it may have started
        process.kill()
        process.wait()


def _cause(process: subprocess.Popen[bytes]) -> Note:
    """Why a process is gone: out of time, killed by a limit or by itself, or in error."""
    try:
        status = process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return Note.BROKEN
    if status == -signal.SIGXCPU:
        return Note.TIMEOUT
    return Note.BOMB if status < 0 else Note.BROKEN
