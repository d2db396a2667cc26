"""The desk's words: nothing without a word, times and counts as a person would say them."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from intake.desk import words
from rules.application import FieldName, Status
from rules.judgement import Flag, Kind, NoticeKind, ReplyKind, Topic
from rules.ticket import State
from store.records import ReplyState

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 20, 11, 40, tzinfo=UTC)  # Friday, 14:40 in Moscow


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (words.STATES, State),
        (words.KINDS, Kind),
        (words.TOPICS, Topic),
        (words.STATUSES, Status),
        (words.FLAGS, Flag),
        (words.REPLIES, ReplyKind),
        (words.NOTICES, NoticeKind),
        (words.DELIVERIES, ReplyState),
        (words.FIELDS, FieldName),
    ],
)
def test_every_member_has_its_word(table: dict[object, object], members: type[StrEnum]) -> None:
    assert list(table) == list(members)
    assert len({str(word) for word in table.values()}) == len(table)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (at(20, 14, 32), "14:32"),
        (at(19, 9, 5), "вчера 09:05"),
        (at(23, 18), "пн 18:00"),
        (at(10, 18), "10 ноября, 18:00"),
        (at(30, 15, month=12, year=2025), "30 декабря 2025, 15:00"),
        (datetime(2026, 11, 20, 21, 30, tzinfo=UTC), "сб 00:30"),
    ],
)
def test_a_moment_is_said_in_the_desks_zone(when: datetime, said: str) -> None:
    assert plain(words.moment(when, NOW, MOSCOW)) == said


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (timedelta(hours=3, minutes=20), "осталось 3 ч 20 мин (до 18:00)", words.Tone.LOOK),
        (timedelta(hours=75, minutes=20), "осталось 3 дн. 3 ч (до пн 18:00)", words.Tone.QUIET),
        (timedelta(seconds=30), "осталось меньше минуты (до 14:40)", words.Tone.LOOK),
        (-timedelta(hours=1, minutes=5), "просрочено на 1 ч 5 мин (срок был 13:35)", words.Tone.BROKEN),
    ],
)
def test_what_is_left_is_said_with_its_tone(left: timedelta, said: str, tone: words.Tone) -> None:
    word = words.remaining(NOW + left, NOW, MOSCOW)
    assert (plain(word.text), word.tone) == (said, tone)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 письмо"), (2, "2 письма"), (5, "5 писем"), (11, "11 писем"), (21, "21 письмо"), (112, "112 писем")],
)
def test_nouns_agree_with_their_numbers(count: int, said: str) -> None:
    assert plain(words.counted(count, "письмо", "письма", "писем")) == said
