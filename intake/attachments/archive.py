"""Zip files opened with care: the only file that knows zipfile.

Sizes are counted while reading, never believed; a member that unpacks to a thousand times its size is a bomb. Writes
nothing to disk and follows no path.
"""

import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from intake.attachments.extracted import Note, Refused
from intake.parsing.characters import one_line
from intake.parsing.charset import score

_PIECE = 1 << 16
_LARGEST_MEMBER = 48_000_000  # bytes of one unpacked member
_RATIO = 250  # times its packed size that a large member may unpack to
_RATIO_COUNTS_FROM = 4_000_000  # unpacked bytes below which the ratio says nothing
_MOST_MEMBERS = 5_000  # entries of a directory that are looked at
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_LONGEST_NAME = 200
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip: its name as shown, whether it needs a password, its declared size."""

    name: str
    locked: bool
    size: int
    entry: zipfile.ZipInfo


class Archive:
    """A zip in memory. Raises `Refused` if it is none."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Refused(Note.BROKEN) from None
        entries = self._zip.infolist()
        self.truncated = len(entries) > _MOST_MEMBERS
        self._entries = {entry.filename.replace("\\", "/"): entry for entry in entries[:_MOST_MEMBERS]}

    @property
    def names(self) -> list[str]:
        """The raw names of the members, in order."""
        return list(self._entries)

    def members(self) -> Iterator[Member]:
        """The files in it, folders and what operating systems litter left out."""
        for name, entry in self._entries.items():
            if not name.endswith("/") and not any(litter in name for litter in _LITTER):
                yield Member(_shown(entry), bool(entry.flag_bits & _ENCRYPTED), entry.file_size, entry)

    def size(self, name: str) -> int:
        """The declared size of a member, 0 if there is none of that name."""
        entry = self._entries.get(name)
        return entry.file_size if entry else 0

    def read(self, name: str) -> bytes:
        """All bytes of a member."""
        return b"".join(self.pieces(self._entries[name]))

    def stream(self, name: str) -> Iterator[bytes]:
        """A member piece by piece."""
        return self.pieces(self._entries[name])

    def pieces(self, entry: zipfile.ZipInfo, most: int = _LARGEST_MEMBER) -> Iterator[bytes]:
        """A member piece by piece. Raises `Refused` when it grows too large, needs a password or is damaged."""
        if entry.flag_bits & _ENCRYPTED:
            raise Refused(Note.LOCKED)
        seen = 0
        bomb = max(_RATIO_COUNTS_FROM, _RATIO * entry.compress_size)
        try:
            with self._zip.open(entry) as file:
                while piece := file.read(_PIECE):
                    seen += len(piece)
                    if seen > bomb or seen > most:
                        raise Refused(Note.BOMB if seen > bomb else Note.TOO_LARGE)
                    yield piece
        except NotImplementedError:
            raise Refused(Note.NO_READER) from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
            raise Refused(Note.BROKEN) from None


def _shown(entry: zipfile.ZipInfo) -> str:
    """A member's path, decoded (Windows writes cp866 without saying so), without anything that climbs or steers."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        name = _decoded(name.encode("cp437", "replace"))
    steps = [one_line(step).strip() for step in name.replace("\\", "/").split("/")]
    path = "/".join(step for step in steps if step not in {"", ".", ".."})
    return path[-_LONGEST_NAME:] or "file"


def _decoded(raw: bytes) -> str:
    """A name whose charset is not told: UTF-8 only if it says Russian, since short words in cp866 may happen to be valid."""
    if raw.isascii():
        return raw.decode("ascii")
    readings = [raw.decode(codec, "replace") for codec in ("utf-8", "cp866", "cp1251")]
    return unicodedata.normalize("NFC", max(readings, key=score))
