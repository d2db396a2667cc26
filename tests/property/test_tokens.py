"""Our Message-IDs name their thread, survive what mail servers do to them, and cannot be made by anybody else."""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.tokens import Tokens
from rules.errors import SettingsError
from rules.judgement import ReplyKind

KEY, OTHER = b"0123456789abcdef0123456789abcdef", b"another key of thirty-two bytes!"
TOKENS = Tokens(KEY)


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_the_thread_is_read_back_whatever_happens_to_case_and_brackets(kind: ReplyKind) -> None:
    made = TOKENS.message_id("4f2a9c0b1d", kind, 3, "sferum.ru")
    for seen in (made, made.upper(), made.title(), f"<{made}>", f" <{made}>\r\n"):
        assert TOKENS.thread_key_of(seen) == "4f2a9c0b1d"


@given(st.text(alphabet="aZ9_-.@ Ж\x00ß", min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_thread_key_survives_a_change_of_case(key: str) -> None:
    made = TOKENS.message_id(key, "received", 1, "sferum.ru")
    assert made.isascii()
    assert TOKENS.thread_key_of(made.swapcase()) == key


def test_the_same_reply_always_has_the_same_id_and_another_one_another() -> None:
    made = {
        TOKENS.message_id(thread, kind, round_, "sferum.ru")
        for _ in range(2)
        for thread in ("a1", "a2")
        for kind in ("received", "missing")
        for round_ in (1, 2)
    }
    assert len(made) == 8


def test_one_changed_character_anywhere_in_front_of_the_at_sign_makes_it_worthless() -> None:
    made = TOKENS.message_id("4f2a9c0b1d", "received", 1, "sferum.ru")
    for place in range(made.index("@")):
        for other in "a7":
            forged = made[:place] + other + made[place + 1 :]
            assert forged == made or TOKENS.thread_key_of(forged) is None


def test_a_key_can_be_changed_without_cutting_threads() -> None:
    before, after = TOKENS.message_id("t1", "received", 1, "sferum.ru"), Tokens(OTHER, KEY)
    assert after.thread_key_of(before) == "t1"
    assert after.message_id("t1", "received", 1, "sferum.ru") == Tokens(OTHER).message_id(
        "t1", "received", 1, "sferum.ru"
    )
    assert Tokens(OTHER).thread_key_of(before) is None


def test_of_a_list_only_our_own_count_in_order_and_once() -> None:
    one, two = (TOKENS.message_id(key, "missing", 1, "sferum.ru") for key in ("t1", "t2"))
    forged = Tokens(OTHER).message_id("t3", "missing", 1, "sferum.ru")
    assert TOKENS.thread_keys(["CAF@mail.gmail.com", two, forged, one, two.upper(), ""]) == ("t2", "t1")


@pytest.mark.parametrize("keys", [(), (b"short",), (KEY, b"")])
def test_a_weak_key_is_refused_in_words(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(SettingsError, match="16 bytes"):
        Tokens(*keys)


@given(st.text(alphabet=string.printable + "İıſКжё\x00\ud800", max_size=600))
@settings(max_examples=100, deadline=None)
def test_any_text_may_stand_in_references(text: str) -> None:
    assert TOKENS.thread_key_of(text) is None


def test_a_megabyte_of_nonsense_costs_nothing() -> None:
    start = time.process_time()
    assert TOKENS.thread_keys(["a." * 500_000, "<" * 1_000_000, "a@b " * 250_000]) == ()
    assert time.process_time() - start < 0.2
