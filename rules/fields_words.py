"""The Russian words for fields, reasons, doubts, states, times and sizes, as a value loaded from `rules/data/words.toml`.

Turns what the rules know (codes, normal forms, aware times) into what an applicant reads. Pure once loaded; never
decides whether a value is good.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

from rules.application import FieldName, FieldValue
from rules.errors import SettingsError
from rules.plain_text import NBSP, plain, tied, without_links
from rules.subject_prefixes import SubjectPrefixes
from rules.ticket import State

LONGEST_VALUE = 300  # code points of a value that a reply shows; organisations' names reach that
MOST_OTHERS = 3  # other candidates that a reply shows
_MOST_CANDIDATES = 20  # that are looked at
_CODE = re.compile(r"[a-z_]+")  # a reason code in place of a value that was not written out
_MOBILE = re.compile(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})")
_WHOLE_PHONE = 30  # code points; a longer text under «телефон» may be broken
_MEGABYTE = 1_000_000
_TEENS = range(11, 15)
_FEW = range(2, 5)
_PERSON_WORD = re.compile(r"[А-ЯЁ][а-яё]{1,24}(?:-[А-ЯЁ]?[а-яё]{1,24})?")
_PATRONYMIC = re.compile(r"[А-ЯЁ][а-яё]+(?:вич|ьич|мич|кич|тич|вна|ична)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One entry of the doubts: the needles in a reason, the field it is for ("" = any), the words."""

    says: tuple[str, ...]
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything an applicant reads that is not in a template."""

    labels: Mapping[FieldName, str]
    examples: Mapping[FieldName, str]
    whys: Mapping[FieldName, Mapping[str, str]]
    any_why: str
    too_many: str
    doubts: tuple[Doubt, ...]
    any_doubt: str
    doubt_others: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    until: str
    until_day_ends: str
    zones: Mapping[str, str]
    unknown_zone: str
    hello: str
    hello_name: str
    no_subject: str
    more_tickets: str
    link: str
    megabytes: str
    unread: Mapping[str, str]
    any_unread: str
    states: Mapping[State, str]
    nouns: Mapping[str, tuple[str, str, str]]
    phone_check: str
    phone_warning: str
    prefixes: SubjectPrefixes

    @classmethod
    def load(cls, path: Path) -> "Words":
        """Read the data file and, beside it, the prefixes of subjects (`subject.toml`). Raises `SettingsError` naming the file and what is wrong or missing in it."""
        try:
            prefixes = SubjectPrefixes.load(path.with_name("subject.toml"))
            return _words(tomllib.loads(path.read_text(encoding="utf-8")), prefixes)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{path}: the words of replies cannot be read: {error!r}"
            raise SettingsError(msg) from error

    def shown(self, name: FieldName, value: str) -> str:
        """A value as a reply shows it: one visible line, bounded, a mobile number in groups, no web address."""
        line = plain(value, LONGEST_VALUE)
        if name is FieldName.PHONE:
            mobile = _MOBILE.fullmatch(line)
            if mobile:
                return f"+7{NBSP}{mobile[1]}{NBSP}{mobile[2]}-{mobile[3]}-{mobile[4]}"
        if name is not FieldName.EMAIL or line.count("@") != 1:
            line = without_links(line, self.link)
        return _tied_value(name, line)

    def why(self, name: FieldName, reason: str) -> str:
        """Why what was written cannot be used; general words for a code that is not listed."""
        return self.whys.get(name, {}).get(reason, self.any_why)

    def doubt(self, name: FieldName, value: FieldValue) -> str:
        """What a person should look at, with the other candidates."""
        reason = value.reason.casefold()
        fitting = (
            one.text for one in self.doubts if one.field in {"", name} and any(needle in reason for needle in one.says)
        )
        words = next(fitting, self.any_doubt)
        mine = self.shown(name, value.value or "")
        seen = (self.shown(name, one) for one in value.candidates[:_MOST_CANDIDATES] if not _CODE.fullmatch(one))
        listed = [one for one in dict.fromkeys(seen) if one not in {"", mine}][:MOST_OTHERS]
        return f"{words}; {self.doubt_others}: {', '.join(listed)}" if listed else words

    def deadline(self, moment: datetime, zone: tzinfo) -> str:
        """«до понедельника, 23 ноября 2026 г., 18:00 по московскому времени»; midnight ends the day before it."""
        local = moment.astimezone(zone)
        ends_day = (local.hour, local.minute) == (0, 0)
        day = local - timedelta(days=1) if ends_day else local
        words = (self.until_day_ends if ends_day else self.until).format(
            weekday=self.weekdays[day.weekday()],
            day=day.day,
            month=self.months[day.month - 1],
            year=day.year,
            clock=f"{local:%H:%M}",
            zone=self.zones.get(str(zone)) or self.unknown_zone.format(offset=_offset(local)),
        )
        return re.sub(r"(?<=\d) (?=[а-я])", NBSP, words)

    def size(self, octets: int) -> str:
        """«41,2 МБ»."""
        number = f"{octets / _MEGABYTE:.1f}".removesuffix(".0").replace(".", ",")
        return self.megabytes.format(size=number).replace(" ", NBSP)

    def unread_why(self, note: str) -> str:
        """Why a file could not be read, by its note; general words for a note that is not listed, "" without one."""
        return self.unread.get(note, self.any_unread) if note else ""

    def counted(self, noun: str, count: int) -> str:
        """«1 организация», «2 организации», «5 организаций»."""
        one, few, many = self.nouns[noun]
        last = 0 if count % 100 in _TEENS else count % 10
        form = one if last == 1 else few if last in _FEW else many
        return f"{count}{NBSP}{form}"

    def greeting(self, name: str) -> str:
        """A greeting by first name and patronymic where the name surely has them, else without a name.

        A display name is written by anybody: only Cyrillic names with a patronymic are repeated.
        """
        words = plain(name, LONGEST_VALUE).split(" ")
        if 2 <= len(words) <= 3 and all(_PERSON_WORD.fullmatch(word) for word in words):  # noqa: PLR2004 - Имя Отчество
            for first, last in pairwise(words):
                if _PATRONYMIC.fullmatch(last):
                    return self.hello_name.format(name=f"{first}{NBSP}{last}")
        return self.hello


def _tied_value(name: FieldName, line: str) -> str:
    """A value that does not fall apart at a line's end: «№ 5», a short telephone number."""
    whole = name is FieldName.PHONE and len(line) <= _WHOLE_PHONE
    return line.replace(" ", NBSP) if whole else line.replace("№ ", f"№{NBSP}")


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def _forms(forms: list[str]) -> tuple[str, str, str]:
    one, few, many = forms
    return one, few, many


def _words(table: dict[str, Any], prefixes: SubjectPrefixes) -> Words:
    why, doubt, time, other = table["why"], table["doubt"], table["time"], table["other"]
    words = Words(
        labels={name: str(table["label"][name]) for name in FieldName},
        examples={name: _tied_value(name, str(table["example"][name])) for name in FieldName},
        whys={
            FieldName(name): {code: tied(text) for code, text in codes.items()}
            for name, codes in why.items()
            if name != "any"
        },
        any_why=tied(why["any"]),
        too_many=tied(other["too_many"]),
        doubts=tuple(Doubt(tuple(one["says"]), one.get("field", ""), tied(one["text"])) for one in doubt["entry"]),
        any_doubt=tied(doubt["any"]),
        doubt_others=doubt["others"],
        weekdays=tuple(time["weekdays"]),
        months=tuple(time["months"]),
        until=time["until"],
        until_day_ends=time["until_day_ends"],
        zones=dict(time["zones"]),
        unknown_zone=time["unknown_zone"],
        hello=other["hello"],
        hello_name=other["hello_name"],
        no_subject=other["no_subject"],
        more_tickets=other["more_tickets"],
        link=other["link"],
        megabytes=other["megabytes"],
        unread={note: tied(text) for note, text in table["unread"].items() if note != "any"},
        any_unread=tied(table["unread"]["any"]),
        states={state: tied(table["state"][state]) for state in State},
        nouns={noun: _forms(forms) for noun, forms in table["noun"].items()},
        phone_check=tied(table["phone"]["check"]),
        phone_warning=tied(table["phone"]["warning"]),
        prefixes=prefixes,
    )
    if (len(words.weekdays), len(words.months)) != (7, 12):
        msg = "time.weekdays must name 7 days and time.months 12 months"
        raise ValueError(msg)
    return words
