"""Approved organisations for other systems: csv for Excel in Russia, xlsx, json. Streams page by page; changes nothing.

A csv or xlsx goes before a person's eye: times in the desk's zone, no cell that a spreadsheet would run. A json goes
into a program: values as they are, times in UTC.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from rules.errors import SettingsError
from rules.lists import harmless
from rules.webhook import iso
from store.approved import ApprovedOrganization
from store.unit_of_work import Store

Format = Literal["csv", "xlsx", "json"]
PAGE = 500
SHEET = "Организации"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: approved from `since` on and before `until` (None: no such limit), as it stands at `now`."""

    since: datetime | None
    until: datetime | None
    now: datetime
    zone: ZoneInfo
    headings: Mapping[str, str]

    def write(self, out: BinaryIO, form: Format, organizations: Iterable[ApprovedOrganization]) -> int:
        """Write all of them in that form; how many there were."""
        counted = _Counted(organizations)
        if form == "json":
            _write_json(out, map(as_json, counted))
        elif form == "csv":
            _write_csv(out, self._rows(counted))
        else:
            from intake.sheet import write_sheet  # noqa: PLC0415 - a library that other forms need not load

            write_sheet(out, SHEET, self._rows(counted))
        return counted.count

    def read(self, store: Store, progress: Callable[[int], None] = lambda _: None) -> Iterator[ApprovedOrganization]:
        """All of them, oldest ticket first, in one short snapshot a page."""
        last = count = 0
        while True:
            with store.reading() as work:
                page = work.approved.page(last, self.since, self.until, self.now, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            last, count = page[-1].id, count + len(page)
            progress(count)

    def _rows(self, organizations: Iterable[ApprovedOrganization]) -> Iterator[list[str]]:
        yield list(self.headings.values())
        for one in organizations:
            cells = as_json(one) | {"approved_at": f"{one.approved_at.astimezone(self.zone):%d.%m.%Y %H:%M:%S}"}
            yield [cells[name] or "" for name in self.headings]


class _Counted:
    """An iterable that knows how many have gone by."""

    def __init__(self, organizations: Iterable[ApprovedOrganization]) -> None:
        self._organizations, self.count = organizations, 0

    def __iter__(self) -> Iterator[ApprovedOrganization]:
        for one in self._organizations:
            self.count += 1
            yield one


def as_json(one: ApprovedOrganization) -> dict[str, str | None]:
    """One organisation with all its values by name."""
    return {
        "number": one.number,
        **{name.value: value.value if value.usable else None for name, value in one.application.items()},
        "region_code": one.application.region.code or None,
        "approved_at": iso(one.approved_at),
        "approved_by": one.by or None,
    }


def moment(option: str, words: str, zone: ZoneInfo, *, whole_day: bool = False) -> datetime:
    """A moment of the command line: a date (its beginning, with `whole_day` its end) or a date with a time, in the
    desk's zone unless it names another. Raises `SettingsError` naming the option.
    """
    try:
        if _DAY.fullmatch(words):
            day = date.fromisoformat(words) + timedelta(days=whole_day)
            return datetime.combine(day, time(), zone)
        known = datetime.fromisoformat(words)
    except (ValueError, OverflowError) as error:
        msg = f"{option} {words}: no date; write it like 2026-11-24 or 2026-11-24T09:30"
        raise SettingsError(msg) from error
    return known if known.tzinfo else known.replace(tzinfo=zone)


def _write_csv(out: BinaryIO, rows: Iterable[list[str]]) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        text.write(_BOM)
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        for row in rows:
            writer.writerow([harmless(cell) for cell in row])
        text.flush()
    finally:
        text.detach()


def _write_json(out: BinaryIO, organizations: Iterable[dict[str, str | None]]) -> None:
    before = "[\n"
    for one in organizations:
        out.write((before + json.dumps(one, ensure_ascii=False)).encode())
        before = ",\n"
    out.write(b"\n]\n" if before == ",\n" else b"[]\n")
