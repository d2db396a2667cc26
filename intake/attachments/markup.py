"""XML as a stream of starts, ends and texts: the only file that knows defusedxml.

No document type, no entity, nothing from outside is ever followed; names come without their prefix, because writers
choose prefixes freely. Holds no tree in memory.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol
from xml.sax import ContentHandler, SAXException  # noqa: S406 - names only; the parser below is defusedxml's
from xml.sax.xmlreader import AttributesImpl  # noqa: S406 - the type of what defusedxml's parser hands over

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from intake.attachments.extracted import Note, Refused


class Listener(Protocol):
    """Who is told what stands in the document; attributes have their prefix taken off as well."""

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
        self._listener = listener
        self.characters = listener.text  # type: ignore[assignment]  # one call less for each piece of text

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's own name for it
        given = {key.rpartition(":")[2]: value for key, value in attrs.items()} if len(attrs) else {}
        self._listener.start(name.rpartition(":")[2], given)

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser's own name for it
        self._listener.end(name.rpartition(":")[2])


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
