"""Files that are text already: .txt in any charset, .csv as a table, .html, and letters (.eml, .mht) with their files."""

import csv
import io

from intake.attachments.extracted import Extracted, Note, Refused, extracted
from intake.attachments.kinds import utf_16_order
from intake.attachments.paper import MOST_TEXT, Paper
from intake.parsing.attachments import payloads
from intake.parsing.bodies import is_text
from intake.parsing.characters import one_line, plain
from intake.parsing.charset import decode
from intake.parsing.headers import header_lines
from intake.parsing.html import render_html
from intake.parsing.opening import Leaf, open_message
from intake.parsing.rendered import Rendered, joined
from intake.parsing.transfer import content_of
from rules.message import Attachment

_DELIMITERS = ";\t,|"


def read_text(name: str, content: bytes) -> Extracted:
    """A text file, its lines as they are."""
    text = plain(_decoded(content))[0]
    note = Note.TOO_LARGE if len(text) > MOST_TEXT else Note.READ
    return extracted(name, Rendered(text[:MOST_TEXT]), note)


def read_html(name: str, content: bytes) -> Extracted:
    """A web page as a person sees it."""
    return extracted(name, render_html(_decoded(content)))


def read_csv(name: str, content: bytes) -> Extracted:
    """A table in text form."""
    whole = plain(_decoded(content))[0]
    text, note = whole[:MOST_TEXT], Note.TOO_LARGE if len(whole) > MOST_TEXT else Note.READ
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    paper = Paper()
    paper.begin_table()
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            _row(paper, row)
    except csv.Error:
        return read_text(name, content)
    except Refused as refused:
        note = refused.note
    paper.end_table()
    return extracted(name, paper.rendered(), note)


def _decoded(content: bytes) -> str:
    """The text of a file whose charset nobody declares."""
    order = utf_16_order(content)
    return content.decode(f"utf-16-{order}", "replace") if order else decode(content)[0]


def _row(paper: Paper, row: list[str]) -> None:
    paper.begin_row()
    for value in row:
        paper.cell(value)


def read_letter(name: str, content: bytes) -> tuple[Extracted, list[tuple[Attachment, bytes]]]:
    """(the text of a letter under its subject; the files in it).

    The addresses of its head are left out: a reader would take them for the administrator's.
    """
    opened = open_message(content)
    subject = next((one_line(line.text) for line in header_lines(opened.top) if line.name == "subject"), "")
    page = joined([Rendered(f"Тема: {subject}" if subject else ""), *_bodies(opened.leaves)])
    note = Note.TOO_LARGE if len(page.text) > MOST_TEXT else Note.READ
    if note:
        page = Rendered(page.text[:MOST_TEXT])
    return extracted(name, page, note), [*payloads(opened.leaves)]


def _bodies(leaves: tuple[Leaf, ...]) -> list[Rendered]:
    """The texts of a letter; of alternatives the last one that says something."""
    texts: dict[tuple[int, int], Rendered] = {}
    for number, leaf in enumerate(leaves):
        if not is_text(leaf):
            continue
        raw = content_of(leaf.part)[0]
        text = decode(raw, str(leaf.part.get_content_charset() or ""))[0]
        is_html = leaf.part.get_content_type() == "text/html"
        page = render_html(text) if is_html else Rendered(plain(text)[0])
        if page.text.strip():
            texts[(leaf.group, 0 if leaf.group else number)] = page
    return list(texts.values())
