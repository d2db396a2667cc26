"""Foreign text becomes one visible bounded line; our own text is broken where Russian typography allows it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.plain_text import NBSP, plain, tied, without_links, wrapped


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_one_printable_line_that_utf8_can_spell(text: str) -> None:
    found = plain(text, 50)
    assert len(found) <= 50
    assert len(found.splitlines()) <= 1
    assert not set(found) & set("\u202e\u200b\u2066\ufeff\x00\x1b")
    found.encode("utf-8")


def test_a_long_text_is_cut_with_an_ellipsis_and_a_whole_one_is_not() -> None:
    assert plain("я" * 300, 300) == "я" * 300
    assert plain("я" * 301, 300) == "я" * 299 + "…"
    assert plain("\u200b" * 5000 + "имя", 10).endswith("…"), "what was not looked at is not silently gone"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Школа http://evil.example/x?y=1 №5", "Школа [ссылка] №5"),
        ("HTTPS://EVIL.RU", "[ссылка]"),
        ("см. www.evil.ru/a", "см. [ссылка]"),
        ("заходите на evil.com", "заходите на [ссылка]"),
        ("выигрыш-тут.рф", "выигрыш-тут.рф"),
        ("prize.рф/abc", "[ссылка]"),
        ("javascript://x", "[ссылка]"),
        ("г.Казань, ул.Ленина, д.5", "г.Казань, ул.Ленина, д.5"),
        ("МБОУ СОШ № 5 п.г.т. Уруссу", "МБОУ СОШ № 5 п.г.т. Уруссу"),
        ("+7 917 123.45.67", "+7 917 123.45.67"),
        ("school@mail.ru и ещё", "school@mail.ru и ещё"),
    ],
)
def test_web_addresses_are_taken_out_and_nothing_else(text: str, expected: str) -> None:
    assert without_links(text, "[ссылка]") == expected


def test_short_words_numbers_and_dashes_stay_with_their_neighbours() -> None:
    assert tied("Мы в школе № 5 — на 24 часа") == f"Мы в{NBSP}школе №{NBSP}5{NBSP}— на{NBSP}24{NBSP}часа"
    assert tied("— в начале") == f"— в{NBSP}начале"


def test_lines_are_broken_at_spaces_and_lists_hang() -> None:
    found = wrapped("— Название: " + "слово " * 30 + "\n\n\n\nКонец  \n")
    lines = found.split("\n")
    assert max(map(len, lines)) <= 76
    assert all(line.startswith("  слово") for line in lines[1:3])
    assert found.endswith("слово\n\nКонец\n")
    assert wrapped("x" * 200 + " y") == "x" * 200 + "\ny\n", "a word longer than a line stays whole"


@pytest.mark.parametrize(
    "bad", ["a-" * 50_000, "a." * 50_000, "http" * 25_000, "\u200b" * 100_000, "в " * 50_000, "№ " * 50_000]
)
def test_a_hundred_kilobytes_of_malice_take_no_time(bad: str) -> None:
    start = time.process_time()
    plain(bad, 300)
    without_links(plain(bad, 4000), "x")
    tied(bad)
    wrapped(bad)
    assert time.process_time() - start < 0.5
