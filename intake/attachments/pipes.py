"""Frames over pipes: eight bytes of length, then so many bytes. Reading with a deadline never waits beyond it."""

import os
import select
import struct
import time
from typing import BinaryIO

_LENGTH = struct.Struct(">Q")
_LARGEST = 8_000_000  # bytes of one frame of an answer: the longest text there may be, with its tables
_PIECE = 1 << 20
END = _LENGTH.pack(0)


class BrokenPipe(Exception):
    """The other side is gone or speaks nonsense."""


class Late(Exception):
    """The deadline passed."""


def frame(content: bytes) -> bytes:
    """A frame around some bytes."""
    return _LENGTH.pack(len(content)) + content


def read_frame(file: BinaryIO) -> bytes | None:
    """The next frame of a blocking file; None at its end."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    content = file.read(length)
    return content if len(content) == length else None


class Deadline:
    """A moment of the monotonic clock by which something must be done."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left. Raises `Late` if there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise Late
        return left


def send(file: int, content: bytes, deadline: Deadline) -> None:
    """Write all bytes to a non-blocking pipe. Raises `Late` or `BrokenPipe`."""
    view = memoryview(content)
    while view:
        _, ready, _ = select.select([], [file], [], deadline.left())
        if not ready:
            raise Late
        try:
            view = view[os.write(file, view[:_PIECE]) :]
        except BlockingIOError:
            continue
        except OSError:
            raise BrokenPipe from None


def receive(file: int, deadline: Deadline) -> bytes:
    """The next frame of a non-blocking pipe. Raises `Late` or `BrokenPipe`."""
    length = _LENGTH.unpack(_exactly(file, _LENGTH.size, deadline))[0]
    if length > _LARGEST:
        raise BrokenPipe
    return _exactly(file, length, deadline)


def _exactly(file: int, many: int, deadline: Deadline) -> bytes:
    got = bytearray()
    while len(got) < many:
        ready, _, _ = select.select([file], [], [], deadline.left())
        if not ready:
            raise Late
        try:
            piece = os.read(file, min(_PIECE, many - len(got)))
        except BlockingIOError:
            continue
        except OSError:
            raise BrokenPipe from None
        if not piece:
            raise BrokenPipe
        got += piece
    return bytes(got)
