"""The readable parts of a message: `body` from text/plain, `html` from text/html, and which of the two to read.

Puts together what the other files of this package find; decides nothing about what the text means.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as MimePart

from intake.parsing.characters import plain
from intake.parsing.charset import decode
from intake.parsing.flowed import unflowed
from intake.parsing.html import render_html
from intake.parsing.opening import Leaf
from intake.parsing.quotes import stretches
from intake.parsing.rendered import Rendered, joined
from intake.parsing.transfer import content_of
from rules.message import Part
from rules.quotes_data import QuotePhrases

_HTML = re.compile(r"\s*(?:<!doctype\s+html|<html[\s>]|<\?xml[^>]{0,100}>\s*<!doctype\s+html)", re.IGNORECASE)
_TAG = re.compile(r"<[a-z!/][^>]{0,400}>", re.IGNORECASE)
_META = re.compile(rb"charset\s*=\s*[\"']?\s*(?:3D)?([\w.-]{2,40})", re.IGNORECASE)
_META_LOOK = 2_000  # bytes of a document in which it names its charset
_ENOUGH = 0.7  # share of the plain text's letters that its HTML twin must carry to be read instead
_EMPTY = Rendered()


@dataclass(frozen=True, slots=True)
class Reading:
    """One text leaf as text: `html` tells which form it had, `group` which alternative it belongs to."""

    rendered: Rendered
    html: bool
    group: int
    defects: tuple[str, ...]


def is_text(leaf: Leaf) -> bool:
    """Whether a leaf is text of the letter itself, and not a file."""
    part = leaf.part
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return False
    return part.get_content_disposition() != "attachment" and not (_may_be_named(part) and part.get_filename())


def _may_be_named(part: MimePart) -> bool:
    """Whether a file name can stand in the headers at all: a quick look that saves taking them apart."""
    return any("name" in str(part.get(header, "")).lower() for header in ("content-type", "content-disposition"))


def readable(leaves: Sequence[Leaf], phrases: QuotePhrases, subject: str) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """(parts, defects): `body` and `html`, as far as the message has them."""
    texts = [_reading(leaf) for leaf in leaves if is_text(leaf)]
    defects = [defect for text in texts for defect in (*text.defects, *text.rendered.defects)]
    plains, htmls = _forms(texts)
    made = []
    if plains.text.strip():
        made.append(Part("body", plains.text, stretches(plains, phrases, subject), plains.tables))
    if htmls.text.strip():
        made.append(Part("html", htmls.text, stretches(htmls, phrases, subject), htmls.tables))
    return _with_twin(made, texts), tuple(dict.fromkeys(defects))


def _forms(texts: Sequence[Reading]) -> tuple[Rendered, Rendered]:
    """(plain form, HTML form). Texts outside of an alternative join both forms if there is one, else their own."""
    paired = {text.group for text in texts if text.html and text.group} & {
        text.group for text in texts if not text.html and text.group
    }
    plains = [text.rendered for text in texts if not text.html or (paired and text.group not in paired)]
    htmls = [text.rendered for text in texts if text.html or (paired and text.group not in paired)]
    return (joined(plains) if plains else _EMPTY), (joined(htmls) if htmls else _EMPTY)


def _with_twin(made: list[Part], texts: Sequence[Reading]) -> tuple[Part, ...]:
    """Of two forms of one text, the one not to be read names the other."""
    groups = [{text.group for text in texts if text.html is form and text.group} for form in (True, False)]
    if len(made) != 2 or not groups[0] & groups[1]:  # noqa: PLR2004 - a pair
        return tuple(made)
    body, html = made
    if _letters(html.text) >= _ENOUGH * _letters(body.text):
        return Part(body.name, body.text, body.stretches, body.tables, twin="html"), html
    return body, Part(html.name, html.text, html.stretches, html.tables, twin="body")


def _letters(text: str) -> int:
    """How many visible letters and digits a text has."""
    return sum(map(str.isalnum, text))


def _reading(leaf: Leaf) -> Reading:
    part = leaf.part
    raw, broken = content_of(part)
    html = part.get_content_type() == "text/html"
    text, lie = decode(raw, _charset(part, raw, html=html))
    html = (html and _TAG.search(text) is not None) or _HTML.match(text) is not None
    defects = tuple(defect for defect in (broken, f"body {lie}" if lie else "") if defect)
    return Reading(render_html(text.replace("\0", "")) if html else _plain(part, text), html, leaf.group, defects)


def _charset(part: MimePart, raw: bytes, *, html: bool) -> str:
    """The declared charset: of the part, else of the HTML document."""
    declared = _parameter(part, "charset")
    if not declared and html:
        found = _META.search(raw[:_META_LOOK])
        declared = found.group(1).decode("ascii", "replace") if found else ""
    return declared


def _parameter(part: MimePart, name: str) -> str:
    if name not in str(part.get("content-type", "")).lower():
        return ""
    value = part.get_param(name, "")
    return str(value[2] if isinstance(value, tuple) else value)


def _plain(part: MimePart, text: str) -> Rendered:
    clean, defects = plain(text)
    if _parameter(part, "format").lower() == "flowed":
        clean = unflowed(clean, delete_space=_parameter(part, "delsp").lower() == "yes")
    return Rendered(clean.strip("\n"), defects=defects)
