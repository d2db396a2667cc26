"""What was last accepted of a folder of letters: `accepted.jsonl` beside them, one short line a letter.

A line holds what a person would notice (kind, topic, status, value and reason of each field) and nothing that moves by
itself: no offsets, no times, no evidence. Reads and writes that one file; reads no letters and judges nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from intake.showing import Shown
from rules.application import Application, FieldName, FieldValue, Status
from rules.errors import SettingsError
from rules.judgement import Kind

FILE = "accepted.jsonl"


class Cell(NamedTuple):
    """One field as it came out; `value` is "" where there is none, a region's ends with its code in brackets."""

    status: str = Status.MISSING.value
    value: str = ""
    reason: str = ""


NOTHING = Cell()


@dataclass(frozen=True, slots=True)
class Result:
    """How one letter came out. In `applications` a field that is missing has no entry."""

    kind: str
    topic: str
    applications: tuple[Mapping[str, Cell], ...] = ()


def result_of(shown: Shown) -> Result:
    """What is kept of a letter that was read."""
    judgement = shown.judgement
    topic = judgement.topic.value if judgement.topic else ""
    if judgement.kind is not Kind.APPLICATION:
        return Result(judgement.kind.value, topic)
    return Result(judgement.kind.value, topic, tuple(map(_cells, shown.reading.applications)))


def _cells(application: Application) -> dict[str, Cell]:
    return {name.value: _cell(value) for name, value in application.items() if value.status is not Status.MISSING}


def _cell(value: FieldValue) -> Cell:
    shown = (value.value or "") if value.usable else ""
    return Cell(value.status.value, f"{shown} [{value.code}]" if shown and value.code else shown, value.reason)


def load(folder: Path) -> dict[str, Result]:
    """The accepted results of the letters of a folder by file name; empty when nothing was accepted there yet.

    Raises `SettingsError` when the file cannot be read or is damaged.
    """
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise SettingsError(msg) from error
    kept: dict[str, Result] = {}
    for number, line in enumerate(lines, start=1):
        try:
            kept.update([_of_line(json.loads(line))])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            msg = f"{path}, line {number}: no accepted result; restore the file or accept anew with --accept after deleting it"
            raise SettingsError(msg) from error
    return kept


def _of_line(entry: dict[str, Any]) -> tuple[str, Result]:
    known = {name.value for name in FieldName}
    applications = tuple(
        {name: Cell(*cell) for name, cell in one.items() if name in known} for one in entry.get("applications", [])
    )
    return entry["letter"], Result(entry["kind"], entry.get("topic", ""), applications)


def save(folder: Path, results: Mapping[str, Result]) -> None:
    """Write the results of a folder's letters, sorted by name, in one step: the file is the old one or the new one.

    Raises `SettingsError` when the folder cannot be written.
    """
    path, fresh = folder / FILE, folder / f".{FILE}.new"
    text = "".join(f"{_line(name, results[name])}\n" for name in sorted(results))
    try:
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise SettingsError(msg) from error


def _line(letter: str, result: Result) -> str:
    entry: dict[str, Any] = {"letter": letter, "kind": result.kind}
    if result.topic:
        entry["topic"] = result.topic
    if result.applications:
        entry["applications"] = [
            {name: _trimmed(cells[name]) for name in sorted(cells)} for cells in result.applications
        ]
    # Lone surrogates may stand in a letter; escaped they can be written and come back as they were.
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    return line if _writable(line) else json.dumps(entry, separators=(",", ":"))


def _trimmed(cell: Cell) -> list[str]:
    return list(cell if cell.reason else cell[:2] if cell.value else cell[:1])


def _writable(line: str) -> bool:
    """Whether a line goes into UTF-8 and stays one line when it is read again."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return len(line.splitlines()) == 1
