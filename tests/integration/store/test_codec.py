"""Values of the rules survive JSON and rows unchanged, whatever text stands in them."""

import json

from hypothesis import given, settings
from hypothesis import strategies as some

from rules.application import Application, FieldName, FieldValue, Reading, Source, Status
from rules.judgement import Flag
from rules.message import Zone
from store import codec
from store.columns import KEY_LENGTH, key_of, storable

WORDS = some.text(max_size=20)
FIELDS = some.builds(
    FieldValue,
    value=some.none() | WORDS,
    status=some.sampled_from(Status),
    reason=WORDS,
    written=WORDS,
    code=WORDS,
    source=some.none() | some.builds(Source, WORDS, some.integers(0, 9), some.integers(0, 9), some.sampled_from(Zone)),
    candidates=some.lists(WORDS, max_size=3).map(tuple),
    evidence=WORDS,
)
APPLICATIONS = some.builds(Application, **{name.value: FIELDS for name in FieldName})
READINGS = some.builds(
    Reading,
    applications=some.lists(APPLICATIONS, max_size=2).map(tuple),
    evidence=some.lists(WORDS, max_size=2).map(tuple),
    announced=some.booleans(),
    asks=some.booleans(),
    correction=some.booleans(),
    strength=some.integers(0, 2),
)


@given(FIELDS)
def test_a_field_survives_json(field: FieldValue) -> None:
    assert codec.field_from_json(codec.field_to_json(field)) == field


@given(FIELDS)
def test_a_field_survives_a_row(field: FieldValue) -> None:
    assert codec.field_from_row(codec.field_to_row(field)) == field


@settings(max_examples=50)
@given(READINGS)
def test_a_reading_survives_json(reading: Reading) -> None:
    assert codec.reading_from_json(codec.reading_to_json(reading)) == reading


def test_a_reading_of_an_older_version_stays_readable() -> None:
    assert codec.reading_from_json("") == Reading()
    assert codec.reading_from_json(json.dumps({"strength": 2, "of_the_future": 1})) == Reading(strength=2)


@given(some.frozensets(some.sampled_from(Flag)))
def test_flags_survive_text(flags: frozenset[Flag]) -> None:
    assert codec.flags_from_text(codec.flags_to_text(flags)) == flags


@given(some.text(some.characters(), max_size=50) | some.text("\x00\ud800\udfffйa", max_size=50))
def test_storable_text_keeps_its_length_and_can_be_encoded(text: str) -> None:
    done = storable(text)
    assert len(done) == len(text)
    assert "\x00" not in done
    done.encode()


@given(some.text(min_size=KEY_LENGTH + 1, max_size=KEY_LENGTH + 50), some.text(max_size=5))
def test_long_keys_are_short_and_still_apart(text: str, more: str) -> None:
    assert len(key_of(text)) <= KEY_LENGTH
    assert (key_of(text) == key_of(text + more)) is (storable(text) == storable(text + more))
