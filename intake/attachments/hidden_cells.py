"""Rows and columns of a workbook (.xlsx) that its author hid: nobody sees them, so nothing in them is a value.

Looks at the sheets' XML without reading it as XML: two kinds of elements with one attribute. What is damaged hides
nothing. Knows zip files by `archive` only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from intake.attachments.archive import Archive
from intake.attachments.extracted import Refused
from intake.attachments.markup import End, Start, listen

_MARK = b"hidden="
_HIDDEN = re.compile(
    rb"<(?:[\w.]{1,20}:)?(row|col)\b([^<>]{0,500}?\bhidden\s{0,3}=\s{0,3}[\"'](?:1|true)[\"'][^<>]{0,500})>"
)
_NUMBER = re.compile(rb"\b(r|min|max)\s{0,3}=\s{0,3}[\"'](\d{1,7})[\"']")
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_LARGEST = 30_000_000  # bytes of a sheet that is looked through
_MOST_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Hidden:
    """Numbers of hidden rows and columns, from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


class _Names:
    """Collects one attribute pair of one element, in order."""

    def __init__(self, element: str, key: str, value: str) -> None:
        self.heeded = frozenset((element,))
        self.starts: dict[str, Start] = {element: self._found}
        self.ends: dict[str, End] = {}
        self.pairs: list[tuple[str, str]] = []
        self._key, self._value = key, value

    def _found(self, attributes: Mapping[str, str]) -> None:
        self.pairs.append((attributes.get(self._key, ""), attributes.get(self._value, "")))

    def text(self, text: str) -> None:
        """Names have no text."""


def hidden_in(archive: Archive) -> dict[str, Hidden]:
    """What is hidden in each sheet, by the sheet's name; sheets in which nothing is are not named."""
    found = {member: hidden for member in archive.names if (hidden := _in_sheet(archive, member)) is not None}
    if not found:
        return {}
    sheets, relations = _Names("sheet", "name", "id"), _Names("Relationship", "Id", "Target")
    try:
        listen(archive.stream(_BOOK), sheets)
        listen(archive.stream(_RELATIONS), relations)
    except (Refused, KeyError):
        return {}
    targets = {key: f"xl/{target.removeprefix('/xl/')}" for key, target in relations.pairs}
    return {name: found[targets[key]] for name, key in sheets.pairs if targets.get(key) in found}


def _in_sheet(archive: Archive, member: str) -> Hidden | None:
    """What is hidden in one member of the workbook; None for nothing."""
    if not member.startswith("xl/worksheets/") or not member.endswith(".xml") or archive.size(member) > _LARGEST:
        return None
    try:
        raw = archive.read(member)
    except Refused:
        return None
    rows: set[int] = set()
    columns: set[int] = set()
    for kind, attributes in _HIDDEN.findall(raw) if _MARK in raw else ():
        numbers = {key: int(value) for key, value in _NUMBER.findall(attributes)}
        if kind == b"row" and b"r" in numbers:
            rows.add(numbers[b"r"] - 1)
        elif kind == b"col" and b"min" in numbers:
            columns.update(range(numbers[b"min"] - 1, min(numbers.get(b"max", 0), _MOST_COLUMNS)))
    return Hidden(frozenset(rows), frozenset(columns)) if rows or columns else None
