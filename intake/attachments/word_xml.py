"""Word documents (.docx, .docm, .dotx; ECMA-376): body, text boxes, content controls, headers, footers, notes.

Left out, because nobody sees it: deleted and moved-away text, hidden text, field codes, the second copy of each text
box (`mc:Fallback`), prompts of empty content controls. Struck-out text is marked. Knows nothing of zip or XML parsing.
"""

import re
from collections.abc import Mapping
from functools import partial

from intake.attachments.archive import Archive
from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.markup import End, Start, listen
from intake.attachments.paper import Paper

_MAIN = re.compile(r"word/document\d*\.xml")
_MARGINS = re.compile(r"word/(?:header|footer)\d*\.xml")
_NOTES = re.compile(r"word/(?:footnotes|endnotes)\d*\.xml")
_STYLES = re.compile(r"word/styles\d*\.xml")
_SKIPPED = frozenset(
    [
        "Fallback",
        "del",
        "moveFrom",
        "rPrChange",
        "pPrChange",
        "tblPrChange",
        "trPrChange",
        "tcPrChange",
        "sectPrChange",
        "tblGridChange",
    ]
)
_OFF = frozenset(("0", "false", "off", "none"))
_PICTURE = 15_000  # bytes of a picture that may be a page
_LITTLE = 30  # letters of text below which a document with such a picture is a scan


def read_word(name: str, archive: Archive) -> Extracted:
    """The text of a Word document. Raises `Refused` if its main part is missing or cannot be read."""
    main = next((member for member in archive.names if _MAIN.fullmatch(member)), None)
    if main is None:
        raise Refused(Note.BROKEN)
    unseen = _hidden_styles(archive)
    paper = Paper()
    note = _told(archive, main, paper, unseen)
    for member in sorted(filter(_MARGINS.fullmatch, archive.names)) + list(filter(_NOTES.fullmatch, archive.names)):
        paper.begin_aside()
        _told(archive, member, paper, unseen)  # a broken margin spoils no body
        paper.end_aside(margin=True)
    page = paper.rendered()
    return extracted(name, page, note or (Note.SCAN if is_scan(page.text, archive, "word/media/") else Note.READ))


def is_scan(text: str, archive: Archive, folder: str) -> bool:
    """Whether a document is hardly more than a picture of a page."""
    letters = sum(map(str.isalnum, text[:10_000]))
    return letters < _LITTLE and any(
        name.startswith(folder) and archive.size(name) > _PICTURE for name in archive.names
    )


def _told(archive: Archive, member: str, paper: Paper, unseen: frozenset[str]) -> Note:
    """Write a part down; what was read before it broke off stays, with the reason."""
    try:
        listen(archive.stream(member), _Word(paper, unseen))
    except Refused as refused:
        if refused.note is Note.BOMB or not paper.started:
            raise
        return refused.note
    return Note.READ


def _hidden_styles(archive: Archive) -> frozenset[str]:
    """The styles that hide what they are laid on."""
    styles = _Styles()
    for member in filter(_STYLES.fullmatch, archive.names):
        raw = archive.read(member)
        if b"vanish" in raw:
            listen((raw,), styles)
    return frozenset(styles.hidden)


class _Styles:
    """Finds the hiding styles in styles.xml."""

    heeded = frozenset(("style", "vanish"))

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self._style = ""
        self.starts: dict[str, Start] = {"style": self.begin, "vanish": self.vanish}
        self.ends: dict[str, End] = {"style": self.finish}

    def begin(self, attributes: Mapping[str, str]) -> None:
        self._style = attributes.get("styleId", "")

    def vanish(self, attributes: Mapping[str, str]) -> None:
        if _on(attributes) and self._style:
            self.hidden.add(self._style)

    def finish(self) -> None:
        self._style = ""

    def text(self, text: str) -> None:
        """Styles have no text."""


class _Word:
    """Listens to one part of a document and writes on paper what a reader sees."""

    heeded = frozenset(("vanish", "rStyle", "strike", "dstrike", "showingPlcHdr", "gridSpan", "vMerge"))

    def __init__(self, paper: Paper, unseen: frozenset[str]) -> None:
        self._paper = paper
        self._unseen = unseen
        self._collecting = False
        self._hidden = self._struck = False  # the run that is being read
        self._runs = 0
        self._cells: list[dict[str, str]] = []  # properties of the open cells
        self._controls: list[bool] = []  # open content controls: whether they show but a prompt
        self.starts: dict[str, Start] = {name: partial(act, self) for name, act in _STARTS.items()}
        self.ends: dict[str, End] = {name: partial(act, self) for name, act in _ENDS.items()}

    def text(self, text: str) -> None:
        if self._collecting:
            self._paper.words(text, struck=self._struck)

    def leave_out(self, _: Mapping[str, str]) -> bool:
        return True

    def begin_content(self, _: Mapping[str, str]) -> bool:
        return bool(self._controls and self._controls[-1])

    def begin_text(self, _: Mapping[str, str]) -> None:
        self._collecting = not self._hidden

    def end_text(self) -> None:
        self._collecting = False

    def begin_run(self, _: Mapping[str, str]) -> None:
        self._runs += 1
        self._hidden = self._struck = False

    def end_run(self) -> None:
        self._runs = max(0, self._runs - 1)
        self._hidden = self._struck = False

    def run_style(self, attributes: Mapping[str, str]) -> None:
        self._hidden = self._hidden or attributes.get("val") in self._unseen

    def vanish(self, attributes: Mapping[str, str]) -> None:
        self._hidden = self._hidden or (self._runs > 0 and _on(attributes))

    def strike(self, attributes: Mapping[str, str]) -> None:
        self._struck = self._struck or (self._runs > 0 and _on(attributes))

    def begin_paragraph(self, _: Mapping[str, str]) -> None:
        self._paper.line_end()

    def end_paragraph(self) -> None:
        self._paper.paragraph_end()

    def tab(self, _: Mapping[str, str]) -> None:
        if self._runs and not self._hidden:
            self._paper.tab()

    def line_break(self, _: Mapping[str, str]) -> None:
        if not self._hidden:
            self._paper.line_break()

    def hyphen(self, _: Mapping[str, str]) -> None:
        if not self._hidden:
            self._paper.words("-", struck=self._struck)

    def begin_box(self, _: Mapping[str, str]) -> None:
        self._cells.append({})
        self._paper.begin_aside()

    def end_box(self) -> None:
        self._cells.pop()
        self._paper.end_aside()

    def begin_control(self, _: Mapping[str, str]) -> None:
        self._controls.append(False)

    def prompt(self, attributes: Mapping[str, str]) -> None:
        if self._controls and _on(attributes):
            self._controls[-1] = True

    def end_control(self) -> None:
        self._controls.pop()

    def begin_table(self, _: Mapping[str, str]) -> None:
        self._paper.begin_table()

    def end_table(self) -> None:
        self._paper.end_table()

    def begin_row(self, _: Mapping[str, str]) -> None:
        self._paper.begin_row()

    def begin_cell(self, _: Mapping[str, str]) -> None:
        self._cells.append({})
        self._paper.begin_cell()

    def cell_columns(self, attributes: Mapping[str, str]) -> None:
        if self._cells:
            self._cells[-1]["columns"] = attributes.get("val", "1")

    def cell_merge(self, attributes: Mapping[str, str]) -> None:
        if self._cells:
            self._cells[-1]["merge"] = attributes.get("val", "continue")

    def end_cell(self) -> None:
        cell = self._cells.pop()
        columns = cell.get("columns", "1")
        self._paper.end_cell(
            columns=int(columns) if columns.isdecimal() and len(columns) < 5 else 1,  # noqa: PLR2004 - four digits are plenty
            continued=cell.get("merge") == "continue",
        )


_STARTS = dict.fromkeys(_SKIPPED, _Word.leave_out) | {
    "sdtContent": _Word.begin_content,
    "t": _Word.begin_text,
    "r": _Word.begin_run,
    "p": _Word.begin_paragraph,
    "vanish": _Word.vanish,
    "rStyle": _Word.run_style,
    "strike": _Word.strike,
    "dstrike": _Word.strike,
    "tab": _Word.tab,
    "ptab": _Word.tab,
    "br": _Word.line_break,
    "cr": _Word.line_break,
    "noBreakHyphen": _Word.hyphen,
    "txbxContent": _Word.begin_box,
    "footnote": _Word.begin_box,
    "endnote": _Word.begin_box,
    "sdt": _Word.begin_control,
    "showingPlcHdr": _Word.prompt,
    "tbl": _Word.begin_table,
    "tr": _Word.begin_row,
    "tc": _Word.begin_cell,
    "gridSpan": _Word.cell_columns,
    "vMerge": _Word.cell_merge,
}
_ENDS = {
    "t": _Word.end_text,
    "r": _Word.end_run,
    "p": _Word.end_paragraph,
    "txbxContent": _Word.end_box,
    "footnote": _Word.end_box,
    "endnote": _Word.end_box,
    "sdt": _Word.end_control,
    "tc": _Word.end_cell,
    "tbl": _Word.end_table,
}


def _on(attributes: Mapping[str, str]) -> bool:
    return attributes.get("val", "1").lower() not in _OFF
