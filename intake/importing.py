"""Organisations that are registered already, from a list in a file: read line by line, checked, remembered.

A bad line is reported with its number and reason and changes nothing; the good ones are kept. The same list twice adds
nothing. Does not judge letters: what was imported is only compared with applications (domain.md §4).
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from rules.application import Application, FieldValue, Status
from rules.errors import SettingsError
from rules.fields.place import Gazetteer, Regions, normalise_region, normalise_settlement
from rules.fields.tidy import tidy
from rules.lists import Column, ListWords, as_written
from rules.twins import place_key
from store.unit_of_work import Store

BATCH = 500
EVERY = 5_000  # lines between two words of progress
_ENCODINGS = ("utf-8-sig", "cp1251")
_SEPARATORS = (";", ",", "\t")
_CHUNK = 1 << 20
_MOST_LINES = 20  # that one quoted cell may reach over
_LONGEST_LINE = 100_000  # characters
_OPEN = "unexpected end of data"  # how csv calls a quotation mark that is not closed
_BARE_CODE = 2  # digits of a region's code; a spreadsheet drops the zero of «02»


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: its number, and the organisation or why it cannot be taken; `remark` where a look is worth it."""

    number: int
    organization: Application | None = None
    reason: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What lines are read by."""

    words: ListWords
    regions: Regions
    gazetteer: Gazetteer


@dataclass(slots=True)
class Counts:
    """What became of a list."""

    added: int = 0
    known: int = 0
    bad: int = 0


@dataclass(slots=True)
class Importer:
    """Takes lists in. `say` gets a sentence for each line that is bad or worth a look, `progress` the lines so far."""

    store: Store
    rules: Rules
    now: Callable[[], datetime]
    say: Callable[[str], None]
    progress: Callable[[int], None]
    _seen: set[tuple[str, str, str]] = field(default_factory=set, init=False)

    def take(self, path: Path, *, dry_run: bool = False) -> Counts:
        """Take one list in, or with `dry_run` only say what would become of it.

        Raises `SettingsError` when the file cannot be read or has no such columns.
        """
        counts, lines = Counts(), read(path, self.rules)
        while batch := list(islice(lines, BATCH)):
            for line in batch:
                self._report(line)
            good = [line.organization for line in batch if line.organization is not None]
            counts.bad += len(batch) - len(good)
            new = self._would_add(good) if dry_run else self._add(good)
            counts.added += new
            counts.known += len(good) - new
            if batch[-1].number // EVERY > (batch[0].number - 1) // EVERY:
                self.progress(batch[-1].number)
        return counts

    def _report(self, line: Line) -> None:
        if line.organization is None:
            self.say(f"line {line.number}: not taken: {line.reason}")
        elif line.remark:
            self.say(f"line {line.number}: taken, but look at it: {line.remark}")

    def _add(self, good: Sequence[Application]) -> int:
        if not good:
            return 0
        with self.store.writing() as work:
            return work.registered.add(good, self.now())

    def _would_add(self, good: Sequence[Application]) -> int:
        new = 0
        with self.store.reading() as work:
            for one in good:
                key = _key(one)
                known = key in self._seen or any(key == _key(other, key[0]) for other in work.registered.at(key[0]))
                self._seen.add(key)
                new += not known
        return new


def read(path: Path, rules: Rules) -> Iterator[Line]:
    """The lines of a list behind its headings; empty ones are left out. Raises `SettingsError` as `Importer.take`."""
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            yield from _read(file, path, rules)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise SettingsError(msg) from error


def _read(file: Iterator[str], path: Path, rules: Rules) -> Iterator[Line]:
    lines = _Lines(file)
    first = next(lines, None)
    separator = _separator(first[1] if first else "", rules.words)
    headings = _cells(first[1], separator) if first else []
    columns = [rules.words.column(heading) for heading in headings or ()]
    _prove_columns(path, columns)
    for number, text in lines:
        cells = lines.whole(text, separator, len(columns))
        if cells is None:
            yield Line(number, reason="a quotation mark is opened and not closed")
        elif not any(cell.strip() for cell in cells):
            continue
        elif any(cell.strip() for cell in cells[len(columns) :]):
            yield Line(number, reason=f"{len(cells)} cells where the headings are {len(columns)}")
        else:
            known = {column: cell for column, cell in zip(columns, cells, strict=False) if column is not None}
            yield organization(number, known, rules)


def organization(number: int, cells: dict[Column, str], rules: Rules) -> Line:
    """One line's cells as an organisation with a place, or the reason why not."""
    clean = {column: tidy(as_written(cell.strip())) for column, cell in cells.items()}
    full, short = clean.get(Column.FULL_NAME, ""), clean.get(Column.SHORT_NAME, "")
    if not any(one.isalpha() for one in full + short):
        return Line(number, reason="no name of an organisation")
    region = _region(clean.get(Column.REGION, ""), clean.get(Column.REGION_CODE, ""), rules.regions)
    if isinstance(region, str):
        return Line(number, reason=region)
    written = clean.get(Column.SETTLEMENT, "")
    settlement = normalise_settlement(written, rules.gazetteer, region.code)
    if not settlement.usable:
        return Line(number, reason=f"«{written}» is no settlement" if written else "no settlement")
    if settlement.reason == "two candidates":
        return Line(number, reason=f"«{written}» names several settlements")
    made = Application(
        organization_full_name=_name(full),
        organization_short_name=_name(short),
        settlement=settlement,
        region=region,
    )
    remarks = (
        f"{what} «{text}» was read as «{value.value}» ({value.reason})"
        for what, text, value in (("region", clean.get(Column.REGION, ""), region), ("settlement", written, settlement))
        if value.status is Status.DOUBTFUL and value.reason != "only a code"
    )
    return Line(number, made, remark="; ".join(remarks))


def _region(name: str, code: str, regions: Regions) -> FieldValue | str:
    """The subject by its name, else by its code; a reason in words when there is none or the two disagree."""
    by_name = normalise_region(_padded(name), regions) if name else None
    by_code = normalise_region(_padded(code), regions) if code else None
    if by_code is not None and not by_code.usable:
        return f"«{code}» is no code of a region"
    value = by_name or by_code
    if value is None:
        return "no region"
    if not value.usable:
        return f"«{name}» is no region"
    if value.candidates:
        return f"«{name}» may be " + " or ".join(value.candidates)
    if by_code is not None and by_code.code != value.code:
        return f"region «{name}» and code «{code}» do not agree"
    return value


def _padded(text: str) -> str:
    return text.zfill(_BARE_CODE) if text.isascii() and text.isdigit() else text


def _name(text: str) -> FieldValue:
    return FieldValue(value=text, status=Status.OK, written=text) if text else FieldValue()


def _key(one: Application, place: str = "") -> tuple[str, str, str]:
    """By what the store tells organisations apart."""
    return (
        place or place_key(one),
        one.organization_full_name.value or "",
        one.organization_short_name.value or "",
    )


def _encoding(path: Path) -> str:
    """Which encoding the whole file can be read in. Raises `OSError`, `SettingsError`."""
    with path.open("rb") as file:
        if file.read(2) in {b"\xff\xfe", b"\xfe\xff"}:
            return "utf-16"
    for encoding in _ENCODINGS:
        with suppress(UnicodeDecodeError), path.open(encoding=encoding, newline="") as file:
            while file.read(_CHUNK):
                pass
            return encoding
    msg = f"{path}: is neither UTF-8 nor windows-1251; save it as «CSV UTF-8»"
    raise SettingsError(msg)


def _separator(headings: str, words: ListWords) -> str:
    """The separator that finds most headings that are known."""
    return max(_SEPARATORS, key=lambda one: sum(map(bool, map(words.column, _cells(headings, one) or ()))))


def _prove_columns(path: Path, columns: Sequence[Column | None]) -> None:
    known = [column for column in columns if column is not None]
    twice = sorted({column.value for column in known if known.count(column) > 1})
    missing = [
        words
        for words, wanted in (
            ("a name (full or short)", {Column.FULL_NAME, Column.SHORT_NAME}),
            ("settlement", {Column.SETTLEMENT}),
            ("region", {Column.REGION, Column.REGION_CODE}),
        )
        if not wanted & set(known)
    ]
    if missing or twice:
        what = f"no column for {', '.join(missing)}" if missing else f"two columns for {', '.join(twice)}"
        msg = f"{path}: {what}; the first line must name the columns, as rules/data/lists.toml spells them"
        raise SettingsError(msg)


def _cells(text: str, separator: str) -> list[str] | None:
    """The cells of a row of one line; None when a quotation mark is open at its end."""
    try:
        return _strictly(text, separator)
    except csv.Error as error:
        if _OPEN in str(error):
            return None
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:  # what even the lenient reader refuses is no table
        return None


def _strictly(text: str, separator: str) -> list[str]:
    """The cells of a row whose quotation marks are all in their places. Raises `csv.Error`."""
    return next(csv.reader([text], delimiter=separator, strict=True), [])


class _Lines:
    """The physical lines of a file with their numbers, and a look ahead for cells that go on in the next ones.

    A quotation mark that is never closed costs its own line and no other.
    """

    def __init__(self, file: Iterator[str]) -> None:
        self._file, self._ahead, self._number = file, list[str](), 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        text = self._ahead.pop(0) if self._ahead else next(self._file)
        self._number += 1
        return self._number, text.rstrip("\r\n").replace("\x00", "")[:_LONGEST_LINE]

    def whole(self, text: str, separator: str, wanted: int) -> list[str] | None:
        """The cells of the row that begins with this line; None when it cannot be told where it ends.

        Over several lines only a row without any fault is believed: else the next schools would end in its cells.
        """
        cells = _cells(text, separator)
        if cells is not None:
            return cells
        for count in range(1, _MOST_LINES + 1):
            self._ahead += islice(self._file, max(0, count - len(self._ahead)))
            if len(self._ahead) < count:
                return None
            text = f"{text}\n{self._ahead[count - 1].rstrip()}"
            try:
                cells = _strictly(text, separator)
            except csv.Error as error:
                if _OPEN not in str(error):
                    return None
                continue
            if len(cells) != wanted:
                return None
            del self._ahead[:count]
            self._number += count
            return cells
        return None
