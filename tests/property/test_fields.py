"""Whatever stands in a letter, the fields answer: no text makes them raise, hang or point beside what they found."""

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.application import FieldValue, Status
from rules.fields import email, organization, person, phone, place
from rules.fields.found import Found

DATA = Path(__file__).parents[2] / "rules" / "data"
REGIONS = place.Regions.load(DATA / "regions.toml")
GAZETTEER = place.Gazetteer.load(DATA / "settlements.tsv")

FINDERS: dict[str, Callable[[str], list[Found]]] = {
    "phone": phone.find,
    "email": email.find,
    "person": person.find,
    "organization": organization.find,
    "region": partial(place.find_regions, regions=REGIONS),
    "settlement": partial(place.find_settlements, gazetteer=GAZETTEER),
}
NORMALISERS: dict[str, Callable[[str], FieldValue]] = {
    "phone": phone.normalise,
    "email": email.normalise,
    "person": person.normalise,
    "full name": organization.normalise_full,
    "short name": organization.normalise_short,
    "region": partial(place.normalise_region, regions=REGIONS),
    "settlement": partial(place.normalise_settlement, gazetteer=GAZETTEER, region_code="16"),
}
PIECES = (
    "МБОУ", "«", "»", '"', "№ 5", "муниципальное", "учреждение", "г.", "с.", "Казань", "Иванова", "Мария", "Петровна", "оглы",
    "А.", "+7", "8", "917", "123-45-67", "@", "mail.ru", "собака", "точка", "область", "Тульская", "респ.", "(", ")", "\n", "\t",
    "\u200b", "\u202e", "İ", "ё", "-", ",", ".", ":", "/", "'; DROP TABLE a;--", "=cmd|", "", "имени", "филиал", "ул.", "𝟵",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))


@pytest.mark.parametrize("kind", sorted(FINDERS))
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_what_is_found_stands_where_it_says(kind: str, text: str) -> None:
    found = FINDERS[kind](text)
    assert all(text[one.start : one.end] == one.written and one.written for one in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_every_text_has_an_answer_that_explains_itself(kind: str, text: str) -> None:
    value = NORMALISERS[kind](text)
    assert value.written == text
    assert value.usable == bool(value.value)
    assert bool(value.reason) == (value.status in {Status.DOUBTFUL, Status.INVALID})


@given(number=st.integers(9_000_000_000, 9_999_999_999), style=st.integers(0, 5))
@settings(max_examples=200, deadline=None)
def test_a_number_taken_for_a_mobile_has_the_digits_that_were_written(number: int, style: int) -> None:
    digits = str(number)
    parts = digits[:3], digits[3:6], digits[6:8], digits[8:]
    forms = (
        "8{0}{1}{2}{3}",
        "+7 ({0}) {1}-{2}-{3}",
        "8-{0}-{1}-{2}-{3}",
        "{0}{1}{2}{3}",
        "7 {0} {1} {2} {3}",
        "8 {0} {1}{2}{3}",
    )
    value = phone.normalise(forms[style].format(*parts))
    assert value.value in {f"+7{digits}", None}


@given(digits=st.text("0123456789", min_size=1, max_size=16))
@settings(max_examples=300, deadline=None)
def test_a_run_of_digits_is_a_sure_mobile_only_with_ten_national_ones(digits: str) -> None:
    value = phone.normalise(digits)
    if value.status is Status.OK:
        assert digits in {f"8{value.value[2:]}", f"7{value.value[2:]}", value.value[2:]}  # type: ignore[index]


@pytest.mark.parametrize("kind", ["phone", "email", "person", "region"])
@given(text=TEXTS)
@settings(max_examples=100, deadline=None)
def test_a_sure_value_read_again_is_itself(kind: str, text: str) -> None:
    value = NORMALISERS[kind](text)
    if value.status is Status.OK and value.value:
        assert NORMALISERS[kind](value.value).value == value.value


@given(code=st.sampled_from(sorted(REGIONS.names)), data=st.data())
@settings(max_examples=300, deadline=None)
def test_one_slip_inside_a_regions_name_never_makes_another_region_sure(code: str, data: st.DataObject) -> None:
    name = REGIONS.names[code]
    at = data.draw(st.integers(1, len(name) - 2))
    letter = data.draw(st.sampled_from(["", *"абвгдежзийклмнопрстуфхцчшщыьэюя"]))
    slipped = name[:at] + letter + name[at + data.draw(st.integers(0, 1)) :]
    value = place.normalise_region(slipped, REGIONS)
    assert value.code in {code, ""} or value.status is Status.DOUBTFUL


HOSTILE = (
    "1 ", "9", "8 ---- ", "8О", "8 917 123 45 67 ", "22.11.2026 ", "+7 ", "(8(", "@", "a@", "a.", " собака", " @ ", "a собака точка ",
    "Иванов ", "Иванович ", "И. ", "а", "Ива-", "Иванов И.И. ", "оглы ", "Иванову Ивану Ивановичу ", "республика ", "область московская, ",
    "г. ", "город Казань ", "Казань, ", "с. Иваново-", "Нижнего ", "муниципальное ", "МБОУ ", "«", '"', "муниципальное учреждение ",
    "МБОУ «а ", "филиал ", "(", "МБОУ СОШ № 5 ", "имени ", "\n", " ", "'", "=cmd|", "ская ", "в ",
)  # fmt: skip


@pytest.mark.parametrize("kind", sorted(FINDERS))
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_kilobytes_are_searched_in_time(kind: str, unit: str) -> None:
    text = unit * (100_000 // len(unit))
    begun = time.process_time()
    FINDERS[kind](text)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_value_of_a_hundred_kilobytes_is_answered_in_time(kind: str, unit: str) -> None:
    text = unit * (100_000 // len(unit))
    begun = time.process_time()
    NORMALISERS[kind](text)
    assert time.process_time() - begun < 1
