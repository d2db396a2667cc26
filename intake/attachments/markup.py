"""XML as a stream of starts, ends and texts: the only file that knows defusedxml.

No document type, no entity, nothing from outside is ever followed; names come without their prefix, because writers
choose prefixes freely. Holds no tree in memory.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol
from xml.sax import ContentHandler, SAXException
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from intake.attachments.extracted import Note, Refused

_NONE: Mapping[str, str] = {}


class Listener(Protocol):
    """Who is told what stands in the document; attributes have their prefix taken off as well.

    Attributes are told of the elements in `heeded` only: most documents are mostly attributes that nobody needs.
    """

    heeded: frozenset[str]

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters between marks, possibly in several pieces."""


class _Bridge(ContentHandler):
    """Passes the parser's events on, prefixes taken off."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._start, self._end, self._heeded = listener.start, listener.end, listener.heeded
        self._local: dict[str, str] = {}  # names met so far, and what is behind their prefix
        self.characters = listener.text  # type: ignore[assignment]  # one call less for each piece of text

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's own name for it
        local = self._local.get(name)
        if local is None:
            local = self._local[name] = name.rpartition(":")[2]
        told = {key.rpartition(":")[2]: value for key, value in attrs.items()} if local in self._heeded else _NONE
        self._start(local, told)

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser's own name for it
        self._end(self._local[name])


def listen(pieces: Iterable[bytes], listener: Listener) -> None:
    """Tell `listener` what the XML says. Raises `Refused` if it is broken or has a document type of its own."""
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(_Bridge(listener))
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except DefusedXmlException:
        raise Refused(Note.BOMB) from None
    except SAXException:
        raise Refused(Note.BROKEN) from None
