"""Secrets of the desk without a desk: what fits, what is forged, how waits grow, which passwords are too weak."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.desk.access import said, second_factor
from intake.desk.access.keys import device_mark, device_of, form_token, form_token_fits, kept, new_secret
from intake.desk.access.passwords import HAS_NAME, TOO_LONG, TOO_PLAIN, TOO_SHORT, complaint
from intake.desk.access.throttle import ACCOUNT, ADDRESS, DEVICE, Caller

KEY = b"k" * 32
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_form_token_fits_its_own_session_and_is_another_each_time() -> None:
    one, two = form_token("secret"), form_token("secret")
    assert one != two
    assert form_token_fits("secret", one)
    assert form_token_fits("secret", two)
    assert not form_token_fits("other", one)
    assert not form_token_fits("", form_token(""))


@given(st.text(max_size=200))
def test_no_text_is_taken_for_a_token_or_a_mark(text: str) -> None:
    assert not form_token_fits("secret", text)
    assert device_of(KEY, text, 1) == ""
    assert len(kept(text)) == 64


def test_the_mark_of_a_browser_is_its_persons_only() -> None:
    mark = device_mark(KEY, 1)
    assert device_of(KEY, mark, 1)
    assert device_of(KEY, mark, 2) == ""
    assert device_of(b"j" * 32, mark, 1) == ""
    assert device_of(KEY, f"x{mark}", 1) == ""


def test_waits_double_up_to_their_bound_and_never_overflow() -> None:
    assert [ACCOUNT.wait(count).total_seconds() for count in (0, 4, 5, 6, 7, 11, 10**9)] == [0, 0, 1, 2, 4, 60, 60]
    assert DEVICE.longest == ADDRESS.longest == timedelta(minutes=15)


def test_a_known_browser_is_counted_apart_and_nothing_typed_is_kept() -> None:
    stranger, known = Caller("olga", "", "::1"), Caller("olga", "d", "::1")
    assert not stranger.paces().keys() & known.paces().keys()
    assert all("olga" not in key for key in (*stranger.paces(), *known.paces()))


@pytest.mark.parametrize(
    ("password", "said_"),
    [
        ("x" * 11, TOO_SHORT),
        ("abcd1" * 41, TOO_LONG),
        ("abababababab", TOO_PLAIN),
        ("тут есть Olga и всё", HAS_NAME),
        ("четыре случайных слова", ""),
        ("тут есть oh и всё", ""),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, said_: str) -> None:
    assert complaint(password, "olga@desk.example") == said_


def test_codes_of_the_reference_fit_their_step_only() -> None:
    """RFC 6238, appendix B, its secret in Base32, the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = datetime.fromtimestamp(1_111_111_109, UTC)
    assert second_factor.step_of(secret, "081 804", at) == 1_111_111_109 // 30
    assert second_factor.step_of(secret, "081804", at + timedelta(seconds=30)) == 1_111_111_109 // 30
    assert second_factor.step_of(secret, "081804", at + timedelta(seconds=90)) is None


@given(st.text(max_size=20))
def test_no_other_text_is_a_code(text: str) -> None:
    assert second_factor.step_of(second_factor.new_secret(), f"x{text}", NOW) is None
    second_factor.kept_code(text)


def test_recovery_codes_are_ten_different_ones_and_typed_loosely() -> None:
    codes = second_factor.recovery_codes()
    assert len(set(codes)) == 10
    assert second_factor.kept_code(codes[0]) == second_factor.kept_code(f" {codes[0].upper().replace('-', ' ')}")
    assert second_factor.is_secret(second_factor.new_secret())


def test_the_picture_is_drawn_without_styles_or_scripts() -> None:
    picture = second_factor.picture(second_factor.new_secret(), '"><script>@desk.example')
    assert picture.startswith("<svg")
    assert "style=" not in picture
    assert "script" not in picture


@given(st.text(max_size=50))
def test_the_way_after_signing_in_is_always_a_path_of_ours(text: str) -> None:
    for to in (text, f"/{text}", f"//{text}", f"/\\{text}"):
        way = said.way(to)
        assert way.startswith("/")
        assert not way.startswith(("//", "/\\"))
        assert way.isprintable() or not any(one in way for one in "\r\n\t\0")


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 секунду"), (4, "4 секунды"), (59, "59 секунд"), (60, "1 минуту"), (899, "15 минут")]
)
def test_waits_are_said_in_words(seconds: int, words: str) -> None:
    assert said.wait(seconds).replace("\N{NO-BREAK SPACE}", " ").endswith(f"через {words}.")


def test_secrets_are_long_and_never_the_same() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) == 43
