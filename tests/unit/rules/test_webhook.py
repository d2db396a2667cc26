"""What the webhook tells, how it is signed, what an answer means and when to try again."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from rules.application import Application, FieldName, FieldValue, Status
from rules.webhook import (
    APPROVED,
    HOUR,
    REJECTED,
    WAITS,
    Again,
    Told,
    Unwanted,
    key_of,
    meaning,
    next_wait,
    payload,
    signature,
)

NOW = datetime(2026, 11, 24, 9, 0, 30, tzinfo=UTC)
KEY = bytes(range(32))
SECRET = base64.b64encode(KEY).decode()


def _known(words: str, code: str = "") -> FieldValue:
    return FieldValue(value=words, status=Status.OK, written=f"written: {words}", code=code)


APPLICATION = Application(
    organization_full_name=_known("Школа «Ёлочка»"),
    region=_known("Республика Татарстан", "16"),
    admin_phone=_known("+79161234567"),
    admin_email=FieldValue(status=Status.INVALID, reason="malformed", written="someone at home"),
)


def test_the_signature_is_the_one_that_the_standard_describes() -> None:
    body = '{"type":"application.approved","имя":"Ёлочка"}'.encode()
    signed = b"evt_1.1795510830." + body
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in KEY.ljust(64, b"\0")) + signed).digest()  # RFC 2104, by hand
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in KEY.ljust(64, b"\0")) + inner).digest()
    assert signature(KEY, "evt_1", 1795510830, body) == "v1," + base64.b64encode(outer).decode()
    assert outer == hmac.new(KEY, signed, "sha256").digest()


def test_the_signature_is_that_of_the_published_example() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("written", [SECRET, f"whsec_{SECRET}", f"  whsec_{SECRET}\n"])
def test_a_secret_is_read_with_and_without_its_prefix(written: str) -> None:
    assert key_of(written) == KEY


@pytest.mark.parametrize("written", ["", "whsec_", "not base64!", "dG9vIHNob3J0", "ключ"])
def test_what_is_no_secret_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"Base64|bytes"):
        key_of(written)


def test_the_payload_is_canonical_and_holds_the_seven_fields_and_nothing_else_of_the_letter() -> None:
    text = payload(APPROVED, "2611-7", APPLICATION, NOW.astimezone(timezone(timedelta(hours=3))))
    known = json.loads(text)
    assert (known["type"], known["timestamp"]) == ("application.approved", "2026-11-24T09:00:30Z")
    assert set(known["data"]) == {"number", "fields", "region_code"}
    assert set(known["data"]["fields"]) == {name.value for name in FieldName}
    assert known["data"]["fields"]["admin_phone"] == "+79161234567"
    assert known["data"]["fields"]["admin_email"] is None
    assert "written" not in text
    assert "someone" not in text
    assert text == json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_a_rejection_tells_its_reason_and_an_approval_has_none() -> None:
    rejected = json.loads(payload(REJECTED, "2611-7", APPLICATION, NOW, reason="не школа"))
    assert rejected["data"]["reason"] == "не школа"
    assert "reason" not in json.loads(payload(APPROVED, "2611-7", APPLICATION, NOW, reason="x"))["data"]


def test_a_payload_of_any_text_can_go_over_the_wire() -> None:
    odd = Application(organization_full_name=_known("a\ud800\x00\u2028"))
    json.loads(payload(REJECTED, "1", odd, NOW, reason="\udfff").encode())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_means_told(status: int) -> None:
    assert meaning(status, "60", NOW) == Told()


def test_410_ends_it_at_once() -> None:
    assert isinstance(meaning(410, "", NOW), Unwanted)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 409, 422, 500, 502, 504])
def test_everything_else_is_told_again_whatever_it_says_of_retrying(status: int) -> None:
    answer = meaning(status, "60", NOW)
    assert isinstance(answer, Again)
    assert answer.seconds == 0
    assert str(status) in answer.because


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Tue, 24 Nov 2026 09:10:30 GMT", 600),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("٣", 0),
        ("9" * 5000, 999_999_999),
        ("Fri, 31 Dec 99999999 00:00:00 GMT", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heard_in_seconds_and_as_a_date(status: int, header: str, seconds: float) -> None:
    assert meaning(status, header, NOW) == Again(f"answered {status}", seconds)


def test_the_waits_are_those_that_were_promised_and_end_with_the_time() -> None:
    assert WAITS == (5, 300, 1800, 7200, 18000, 36000, 50400)
    waits = []
    while (wait := next_wait(len(waits) + 1, 72)) is not None:
        waits.append(wait)
    assert waits[:8] == [*WAITS, WAITS[-1]]
    assert sum(waits) == 72 * HOUR
    assert next_wait(len(waits) + 5, 72) is None


def test_nobody_is_asked_sooner_than_he_wished_nor_after_more_than_the_whole_time() -> None:
    assert next_wait(1, 72, 120) == 120
    assert next_wait(4, 72, 1) == 7200
    assert next_wait(1, 72, 1e9) == 72 * HOUR


def test_a_short_time_means_a_second_and_last_try() -> None:
    assert next_wait(1, 0.001) == pytest.approx(3.6)
    assert next_wait(2, 0.001) is None
