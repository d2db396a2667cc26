"""OpenDocument texts (.odt, .ott; ODF 1.3): body, text boxes, notes, headers and footers of the pages.

Left out: deleted text of tracked changes, annotations, hidden text and paragraphs. Struck-out text is marked. Knows
nothing of zip or XML parsing; sheets (.ods) are read by `spreadsheet`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from intake.attachments.archive import Archive
from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.markup import End, Start, listen
from intake.attachments.paper import Paper
from intake.attachments.word_xml import is_scan

_BODY, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_SKIPPED = frozenset(
    ["tracked-changes", "annotation", "desc", "title", "note-citation", "binary-data", "script", "forms", "ruby-text"]
)
_MOST_BLANKS = 200


@dataclass(slots=True)
class _Looks:
    """The names of styles that hide and of styles that strike out."""

    hidden: set[str] = field(default_factory=set)
    struck: set[str] = field(default_factory=set)


def is_locked(archive: Archive) -> bool:
    """Whether an OpenDocument file needs a password."""
    return _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST)


def read_opendocument(name: str, archive: Archive) -> Extracted:
    """The text of an OpenDocument text. Raises `Refused` if it is locked or broken."""
    if is_locked(archive):
        raise Refused(Note.LOCKED)
    if _BODY not in archive.names:
        raise Refused(Note.BROKEN)
    looks, paper, margins, note = _Looks(), Paper(), Paper(), Note.READ
    if _STYLES in archive.names:
        listen(archive.stream(_STYLES), _OpenDocument(margins, looks))
    try:
        listen(archive.stream(_BODY), _OpenDocument(paper, looks))
    except Refused as refused:
        if refused.note is Note.BOMB or not paper.started:
            raise
        note = refused.note
    piece = margins.rendered()
    if piece.text.strip():
        paper.put(piece)
    page = paper.rendered()
    return extracted(name, page, note or (Note.SCAN if is_scan(page.text, archive, "Pictures/") else Note.READ))


class _OpenDocument:
    """Listens to one stream of the document and writes on paper what a reader sees."""

    heeded = frozenset(
        (
            "p",
            "h",
            "span",
            "s",
            "table-cell",
            "style",
            "text-properties",
            "hidden-text",
            "hidden-paragraph",
            "conditional-text",
        )
    )

    def __init__(self, paper: Paper, looks: _Looks) -> None:
        self._paper = paper
        self._looks = looks
        self._paragraphs = 0  # characters count inside of them only
        self._style = ""  # the style that is being declared
        self._spans: list[bool] = []  # open spans: struck or not
        self._cells: list[tuple[int, int]] = []  # rows and columns of the open cells
        self.starts: dict[str, Start] = {name: partial(act, self) for name, act in _STARTS.items()}
        self.ends: dict[str, End] = {name: partial(act, self) for name, act in _ENDS.items()}

    def text(self, text: str) -> None:
        if self._paragraphs:
            self._paper.words(text, struck=bool(self._spans) and self._spans[-1])

    def leave_out(self, _: Mapping[str, str]) -> bool:
        return True

    def leave_out_hidden(self, attributes: Mapping[str, str]) -> bool:
        return attributes.get("is-hidden", "true") == "true"

    def begin_paragraph(self, attributes: Mapping[str, str]) -> bool:
        if attributes.get("style-name", "") in self._looks.hidden:
            return True
        self._paragraphs += 1
        self._paper.line_end()
        self._spans.append(attributes.get("style-name", "") in self._looks.struck)
        return False

    def end_paragraph(self) -> None:
        self._paragraphs -= 1
        self._spans.pop()
        self._paper.paragraph_end()

    def begin_span(self, attributes: Mapping[str, str]) -> bool:
        if attributes.get("style-name", "") in self._looks.hidden:
            return True
        above = bool(self._spans) and self._spans[-1]
        self._spans.append(above or attributes.get("style-name", "") in self._looks.struck)
        return False

    def end_span(self) -> None:
        self._spans.pop()

    def end_box(self) -> None:
        self._paper.end_aside()

    def end_cell(self) -> None:
        rows, columns = self._cells.pop()
        self._paper.end_cell(rows=rows, columns=columns)

    def end_table(self) -> None:
        self._paper.end_table()

    def declare(self, attributes: Mapping[str, str]) -> None:
        self._style = attributes.get("name", "")

    def properties(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("display") == "none":
            self._looks.hidden.add(self._style)
        if attributes.get("text-line-through-style", "none") != "none":
            self._looks.struck.add(self._style)

    def blanks(self, attributes: Mapping[str, str]) -> None:
        self._paper.words(" ")
        if _count(attributes.get("c", "1")) > 2:  # noqa: PLR2004 - three blanks side by side stand for a tabulator
            self._paper.tab()

    def tab(self, _: Mapping[str, str]) -> None:
        self._paper.tab()

    def line_break(self, _: Mapping[str, str]) -> None:
        self._paper.line_break()

    def begin_box(self, _: Mapping[str, str]) -> None:
        self._paper.begin_aside()

    def begin_table(self, _: Mapping[str, str]) -> None:
        self._paper.begin_table()

    def begin_row(self, _: Mapping[str, str]) -> None:
        self._paper.begin_row()

    def begin_cell(self, attributes: Mapping[str, str]) -> None:
        rows = _count(attributes.get("number-rows-spanned", "1"))
        columns = max(
            _count(attributes.get("number-columns-spanned", "1")),
            _count(attributes.get("number-columns-repeated", "1")),
        )
        self._cells.append((rows, columns))
        self._paper.begin_cell()


_HIDDEN = ("hidden-text", "hidden-paragraph", "conditional-text")
_STARTS = dict.fromkeys(_SKIPPED, _OpenDocument.leave_out) | {
    **dict.fromkeys(_HIDDEN, _OpenDocument.leave_out_hidden),
    **dict.fromkeys(("p", "h"), _OpenDocument.begin_paragraph),
    "span": _OpenDocument.begin_span,
    "style": _OpenDocument.declare,
    "text-properties": _OpenDocument.properties,
    "s": _OpenDocument.blanks,
    "tab": _OpenDocument.tab,
    "line-break": _OpenDocument.line_break,
    "text-box": _OpenDocument.begin_box,
    "note-body": _OpenDocument.begin_box,
    "table": _OpenDocument.begin_table,
    "table-row": _OpenDocument.begin_row,
    "table-cell": _OpenDocument.begin_cell,
}
_ENDS = {
    **dict.fromkeys(("p", "h"), _OpenDocument.end_paragraph),
    "span": _OpenDocument.end_span,
    **dict.fromkeys(("text-box", "note-body"), _OpenDocument.end_box),
    "table-cell": _OpenDocument.end_cell,
    "table": _OpenDocument.end_table,
}


def _count(text: str) -> int:
    return min(_MOST_BLANKS, int(text)) if text.isdecimal() and len(text) < 5 else 1  # noqa: PLR2004
