"""XML as a stream of starts, ends and texts: the only file that knows the XML parser.

No document type, no entity, nothing from outside is ever followed: a document that declares its own is refused before
anything in it is read. Names come without their prefix, because writers choose prefixes freely. Holds no tree in
memory, and calls nobody for elements that nobody heeds: most of a document is such.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, Protocol
from xml.parsers import expat

from intake.attachments.extracted import Note, Refused

_NONE: Mapping[str, str] = {}

Start = Callable[[Mapping[str, str]], bool | None]
End = Callable[[], None]


class Listener(Protocol):
    """Who is told what stands in the document.

    `starts` and `ends` say by name who is told of an element; a start that returns True leaves the element out with
    all that is in it. Attributes, their prefix taken off as well, are told of the elements in `heeded` only.
    """

    heeded: frozenset[str]
    starts: dict[str, Start]
    ends: dict[str, End]

    def text(self, text: str) -> None:
        """Characters between marks, possibly in several pieces."""


class _Forbidden(Exception):
    """The document declares something of its own."""


class _Bridge:
    """Passes the parser's events on, prefixes taken off."""

    def __init__(self, parser: expat.XMLParserType, listener: Listener) -> None:
        self._parser = parser
        self._listener = listener
        self._starts: dict[str, tuple[Start, bool] | None] = {}  # by the name as written
        self._ends: dict[str, End | None] = {}
        self._left_out = 0  # open elements from the left-out one on
        self._listen()

    def _listen(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._listener.text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        try:
            found = self._starts[name]
        except KeyError:
            found = self._known(name)
        if found is None:
            return
        told = {key.rpartition(":")[2]: value for key, value in attributes.items()} if found[1] else _NONE
        if found[0](told):
            self._left_out = 1
            self._parser.StartElementHandler = self._start_left_out
            self._parser.EndElementHandler = self._end_left_out
            self._parser.CharacterDataHandler = None

    def _end(self, name: str) -> None:
        act = self._ends[name]
        if act is not None:
            act()

    def _known(self, name: str) -> tuple[Start, bool] | None:
        local = name.rpartition(":")[2]
        act = self._listener.starts.get(local)
        found = self._starts[name] = (act, local in self._listener.heeded) if act is not None else None
        self._ends[name] = self._listener.ends.get(local)
        return found

    def _start_left_out(self, _: str, __: dict[str, str]) -> None:
        self._left_out += 1

    def _end_left_out(self, _: str) -> None:
        self._left_out -= 1
        if not self._left_out:
            self._listen()


def _forbidden(*_: object) -> NoReturn:
    raise _Forbidden


def listen(pieces: Iterable[bytes], listener: Listener) -> None:
    """Tell `listener` what the XML says. Raises `Refused` if it is broken or has a document type of its own."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _forbidden
    parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = _forbidden
    _Bridge(parser, listener)
    try:
        for piece in pieces:
            parser.Parse(piece, False)  # noqa: FBT003 - the parser takes it by place only
        parser.Parse(b"", True)  # noqa: FBT003
    except _Forbidden:
        raise Refused(Note.BOMB) from None
    except (expat.ExpatError, UnicodeError, LookupError, ValueError):
        raise Refused(Note.BROKEN) from None
