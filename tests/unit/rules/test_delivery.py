"""When a reply is tried again, and what an address must be to be written to."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rules.delivery import JITTER, WAITS, AnswerBook, Delay, Later, Mailable, Refused, answer_words, mailable, retry_at
from rules.errors import SettingsError

FIRST = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
BOOK = AnswerBook.load(Path(__file__).parents[3] / "rules" / "data" / "smtp.toml")


@pytest.mark.parametrize("tries", range(1, 12))
def test_each_wait_is_the_next_of_the_schedule_within_a_tenth(tries: int) -> None:
    now = FIRST + timedelta(hours=10)
    found = retry_at(tries, FIRST, now, give_up_hours=96)
    assert found is not None
    wait = WAITS[min(tries, len(WAITS)) - 1]
    assert wait * (1 - JITTER) <= (found - now).total_seconds() <= wait * (1 + JITTER)


def test_the_schedule_is_the_one_that_was_promised() -> None:
    assert [wait / 60 for wait in WAITS] == [1, 5, 15, 30, 60, 120, 240, 360]


def test_asking_twice_gives_the_same_and_the_zone_does_not_matter() -> None:
    moscow = timezone(timedelta(hours=3))
    assert retry_at(2, FIRST, FIRST, 96) == retry_at(2, FIRST.astimezone(moscow), FIRST.astimezone(moscow), 96)


def test_replies_that_failed_together_do_not_all_come_back_together() -> None:
    found = {retry_at(1, FIRST + timedelta(milliseconds=k), FIRST + timedelta(seconds=1), 96) for k in range(50)}
    assert len(found) > 40


def test_the_last_try_falls_on_the_end_and_then_it_is_given_up() -> None:
    end = FIRST + timedelta(hours=96)
    assert retry_at(20, FIRST, end - timedelta(minutes=5), 96) == end
    assert retry_at(21, FIRST, end, 96) is None
    assert retry_at(1, FIRST, end + timedelta(days=3), 96) is None


def test_a_whole_outage_of_four_days_is_bridged_by_a_bounded_number_of_tries() -> None:
    now, tries = FIRST, 1
    while (again := retry_at(tries, FIRST, now, 96)) is not None:
        assert again > now
        now, tries = again, tries + 1
    assert now == FIRST + timedelta(hours=96)
    assert 15 < tries < 40


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("school5@example.ru", "school5@example.ru"),
        (" School5@Example.RU ", "School5@example.ru"),
        ("o'neil+x@a-b.example", "o'neil+x@a-b.example"),
        ("info@школа.рф", "info@" + "школа.рф".encode("idna").decode()),
    ],
)
def test_an_address_gets_its_envelope_form(address: str, envelope: str) -> None:
    assert mailable(address) == Mailable(envelope)


def test_a_cyrillic_local_part_needs_smtputf8() -> None:
    found = mailable("директор@example.ru")
    assert isinstance(found, Mailable)
    assert found.utf8


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a",
        "a@",
        "@b.ru",
        "a@b",
        "a b@c.ru",
        "a@b@c.ru",
        ".a@b.ru",
        "a..b@c.ru",
        "a@b..ru",
        "a@-b.ru",
        "a@b.ru\nBcc: x@y.ru",
        "a\r@b.ru",
        "a\x00@b.ru",
        "a@b.ru>",
        "<a@b.ru>",
        "a,c@b.ru",
        '"a"@b.ru',
        "a\u202e@b.ru",
        "\ud800@b.ru",
        "a@\ud800.ru",
        "a" * 65 + "@b.ru",
        "a@" + "b" * 64 + ".ru",
        "a@" + "я" * 100_000 + ".ru",
        "a" * 1_000_000,
    ],
)
def test_what_cannot_be_written_to_is_refused_with_words(address: str) -> None:
    found = mailable(address)
    assert isinstance(found, Refused)
    assert found.because


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (451, "4.7.1 Greylisted, try again later", Delay.BUSY),
        (450, "4.7.1 ratelimit exceeded for mailbox", Delay.POLICY),
        (535, "5.7.8 Error: authentication failed: Invalid user or password!", Delay.POLICY),
        (553, "5.7.1 Sender address rejected: not owned by auth user.", Delay.POLICY),
        (550, "You have exceeded your sending quota: daily message quota used up", Delay.POLICY),
        (550, "Too many messages from this account", Delay.POLICY),
        (554, "Your IP is on our blocklist", Delay.POLICY),
        (550, "5.1.1 <x@y.ru>: user unknown; see our policy", None),
        (550, "5.1.1 recipient rejected by spam policy", None),
        (552, "5.2.2 The user is over quota", None),
        (550, "non-local recipient verification failed", None),
        (550, "", None),
    ],
)
def test_trouble_of_ours_is_told_from_trouble_of_theirs(code: int, text: str, expected: Delay | None) -> None:
    found = BOOK.read(code, text)
    assert (found.kind if isinstance(found, Later) else None) == expected


def test_a_servers_answer_is_one_printable_bounded_line() -> None:
    assert answer_words(550, "5.1.1\r\n no\x00 such\u202e user") == "550 5.1.1 no such user"
    assert len(answer_words(250, "x" * 1_000_000)) <= 500


@pytest.mark.parametrize("content", ["", "ours_codes = 5", "not toml"])
def test_a_broken_data_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "smtp.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"smtp\.toml"):
        AnswerBook.load(path)
