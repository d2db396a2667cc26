"""OLE compound files: the only file that knows olefile. Says which document lies in one, and hands out its streams."""

import io

import olefile  # type: ignore[import-untyped]

from intake.attachments.extracted import Note, Refused

_LARGEST = 48_000_000  # bytes of one stream
_LOCKED = ("EncryptedPackage", "EncryptionInfo", "DRMEncryptedTransform")


class Compound:
    """A compound file in memory. Raises `Refused` if it is broken or locked as a whole."""

    def __init__(self, content: bytes) -> None:
        try:
            self._file = olefile.OleFileIO(io.BytesIO(content))
            self.names = frozenset("/".join(path) for path in self._file.listdir())
        except (OSError, ValueError, IndexError, TypeError, AttributeError):
            raise Refused(Note.BROKEN) from None
        if not self.names.isdisjoint(_LOCKED):
            raise Refused(Note.LOCKED)

    def stream(self, name: str) -> bytes:
        """The bytes of a stream, none if there is none of that name."""
        if name not in self.names:
            return b""
        try:
            return bytes(self._file.openstream(name).read(_LARGEST))
        except (OSError, ValueError, IndexError, TypeError):
            raise Refused(Note.BROKEN) from None
