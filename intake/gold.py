"""The expectation beside a letter (`NAME.json`), and how far a result is from it.

The expectation was written by a careful person before any reader ran: kind, topic, the fields of each organisation,
other right spellings (`also`), and which fields are doubtful or invalid. Reads that file; changes nothing.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from intake.accepted import NOTHING, Cell, Result
from rules.application import FieldName, Status
from rules.errors import SettingsError
from rules.fields.settlement_types import TYPE
from rules.judgement import Kind

_QUOTES = re.compile("[«»“”„‟\"'`’‘]+")
_DASHES = re.compile(r"\s*[‐‑‒–—−-]\s*")
_NUMBER_SIGN = re.compile(r"\bno?\.?\s*(?=\d)")  # NFKC makes «№» to «No»
_PLACE_TYPE = re.compile(rf"^(?:{TYPE})(?:\s+|(?<=\.)\s*)")
_CODE = re.compile(r" \[(\w*)\]$")


class Standing(IntEnum):
    """How good a field came out, worst first (docs/domain.md §2)."""

    WRONG = 0  # a wrong value called ok: what must never happen
    LOST = 1  # asked for although the letter says it
    WRONG_BUT_DOUBTED = 2  # wrong, but a person is told to look
    RIGHT = 3  # right, though with another status than a careful person would give
    EXACT = 4


@dataclass(frozen=True, slots=True)
class Gold:
    """What a careful person reads in a letter.

    `fields` holds one mapping for each organisation (region as its two-digit code), `also` further right spellings of
    the first one's, `doubtful` and `invalid` the names of its fields with those statuses.
    """

    kind: str
    topic: str
    fields: tuple[Mapping[str, str | None], ...]
    also: Mapping[str, tuple[str, ...]]
    doubtful: frozenset[str]
    invalid: frozenset[str]


def load(path: Path) -> Gold | None:
    """The expectation in a file, None if there is none. Raises `SettingsError` when it is not what it should be."""
    try:
        entry: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _of_entry(entry)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        msg = f"{path}: no expectation of a letter: {error}"
        raise SettingsError(msg) from error


def _of_entry(entry: dict[str, Any]) -> Gold:
    application = entry["kind"] == Kind.APPLICATION
    return Gold(
        kind=entry["kind"],
        topic=entry.get("topic") or "",
        fields=(entry["fields"], *(entry.get("more") or [])) if application else (),
        also={name: (one,) if isinstance(one, str) else tuple(one) for name, one in (entry.get("also") or {}).items()},
        doubtful=frozenset(entry.get("doubtful") or ()),
        invalid=frozenset(entry.get("invalid") or ()),
    )


def standings(gold: Gold, result: Result) -> dict[str, Standing]:
    """How kind, topic and each field of each organisation came out, by the names that `named` gives them."""
    found = {"kind": Standing.EXACT if result.kind == gold.kind else Standing.WRONG}
    if gold.topic and "topic" not in gold.doubtful:
        found["topic"] = Standing.EXACT if result.topic == gold.topic else Standing.WRONG
    for number in range(max(len(gold.fields), len(result.applications))):
        given = gold.fields[number] if number < len(gold.fields) else {}
        cells = result.applications[number] if number < len(result.applications) else {}
        found.update({named(number, name): one for name, one in _fields(gold, number, given, cells)})
    return found


def named(number: int, name: str) -> str:
    """A field's name in a report; the second organisation's and further ones' with their number."""
    return f"organisation {number + 1} {name}" if number else name


def wanted(gold: Gold, name: str) -> str:
    """What the expectation says about a name that `named` gives, "" for nothing."""
    if name in {"kind", "topic"}:
        return gold.kind if name == "kind" else gold.topic
    for number, fields in enumerate(gold.fields):
        for one, value in fields.items():
            if named(number, one) == name:
                return value or ""
    return ""


def _fields(
    gold: Gold, number: int, given: Mapping[str, str | None], cells: Mapping[str, Cell]
) -> Iterator[tuple[str, Standing]]:
    for name in FieldName:
        right = [one for one in (given.get(name.value), *(gold.also.get(name.value, ()) if not number else ())) if one]
        cell = cells.get(name.value, NOTHING)
        standing = _standing(name, right, cell)
        if standing is Standing.RIGHT and (number or cell.status == _status(gold, name.value, said=bool(right))):
            standing = Standing.EXACT
        yield name.value, standing


def _status(gold: Gold, name: str, *, said: bool) -> Status:
    if name in gold.invalid:
        return Status.INVALID
    if not said:
        return Status.MISSING
    return Status.DOUBTFUL if name in gold.doubtful else Status.OK


def _standing(name: FieldName, right: list[str], cell: Cell) -> Standing:
    value = cell.value
    if name is FieldName.REGION and (code := _CODE.search(value)):
        value = code.group(1)
    if not value:
        return Standing.LOST if right else Standing.RIGHT
    if any(_same(name, value, one) for one in right):
        return Standing.RIGHT
    return Standing.WRONG if cell.status == Status.OK else Standing.WRONG_BUT_DOUBTED


def _same(name: FieldName, one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    if name is FieldName.SETTLEMENT:
        return _PLACE_TYPE.sub("", one) == _PLACE_TYPE.sub("", other)
    return one == other


def _plain(text: str) -> str:
    """A value without what two careful people would write differently: case, ё, quotes, dashes, №, ends."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    text = _NUMBER_SIGN.sub("№", _DASHES.sub("-", _QUOTES.sub(" ", text)))
    return " ".join(text.split()).strip(" .,;:-")
