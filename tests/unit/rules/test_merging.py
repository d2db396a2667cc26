"""What an answer changes: gaps are filled, contradictions shown, and no stranger settles a phone."""

import pytest

from rules.application import Application, FieldName, FieldValue, Status
from rules.merging import Effect, is_another_organization, merge, same_organization

PHONE, EMAIL, REGION, PLACE = FieldName.PHONE, FieldName.EMAIL, FieldName.REGION, FieldName.SETTLEMENT
OLD, NEW = "+79161111111", "+79162222222"


def ok(value: str) -> FieldValue:
    return FieldValue(value, Status.OK, written=value)


def doubtful(value: str, reason: str = "guessed") -> FieldValue:
    return FieldValue(value, Status.DOUBTFUL, reason=reason, written=value)


def invalid(written: str) -> FieldValue:
    return FieldValue(None, Status.INVALID, reason="landline", written=written)


def having(name: FieldName, value: FieldValue) -> Application:
    return Application().having(name, value)


@pytest.mark.parametrize(
    ("before", "effect"), [(FieldValue(), Effect.FILLED), (invalid("8 843 200-00-00"), Effect.REPLACED)]
)
def test_a_known_sender_fills_gaps_and_replaces_what_cannot_be_used(before: FieldValue, effect: Effect) -> None:
    merged = merge(having(PHONE, before), having(PHONE, ok(NEW)), trusted=True, correction=False)
    assert merged.application.admin_phone == ok(NEW)
    assert [one.effect for one in merged.changes] == [effect]


@pytest.mark.parametrize("name", [PHONE, EMAIL])
@pytest.mark.parametrize("before", [FieldValue(), invalid("1"), ok(OLD), doubtful(OLD)])
@pytest.mark.parametrize("correction", [False, True])
def test_a_stranger_never_makes_a_contact_ok(name: FieldName, before: FieldValue, *, correction: bool) -> None:
    after = merge(having(name, before), having(name, ok(NEW)), trusted=False, correction=correction).application[name]
    assert after.status is Status.DOUBTFUL
    assert NEW in after.candidates


def test_a_stranger_cannot_take_a_good_phone_away() -> None:
    merged = merge(having(PHONE, ok(OLD)), having(PHONE, invalid("12")), trusted=False, correction=True)
    assert merged.application.admin_phone.value == OLD
    assert merged.application.admin_phone.status is Status.DOUBTFUL


def test_a_contradiction_is_doubtful_with_both_values() -> None:
    after = merge(
        having(PHONE, ok(OLD)), having(PHONE, ok(NEW)), trusted=True, correction=False
    ).application.admin_phone
    assert (after.status, after.candidates) == (Status.DOUBTFUL, (OLD, NEW))


def test_a_correction_by_a_known_sender_counts() -> None:
    merged = merge(having(PHONE, ok(OLD)), having(PHONE, ok(NEW)), trusted=True, correction=True)
    assert merged.application.admin_phone == ok(NEW)


def test_a_correction_that_cannot_be_used_makes_us_ask_again() -> None:
    merged = merge(having(PHONE, ok(OLD)), having(PHONE, invalid("8 843 2")), trusted=True, correction=True)
    assert merged.application.to_ask().count(PHONE) == 1


def test_a_certain_value_settles_a_guess_but_never_a_guessed_phone() -> None:
    region = merge(having(REGION, doubtful("а")), having(REGION, ok("б")), trusted=True, correction=False)
    phone = merge(having(PHONE, doubtful(OLD)), having(PHONE, ok(NEW)), trusted=True, correction=False)
    assert region.application.region == ok("б")
    assert phone.application.admin_phone.status is Status.DOUBTFUL


def test_saying_the_same_again_or_nothing_changes_nothing() -> None:
    known = having(PHONE, ok(OLD)).having(PLACE, ok("г. Казань"))
    same = having(PHONE, ok(OLD)).having(PLACE, ok("Казань"))
    assert not merge(known, same, trusted=True, correction=False).changes
    assert not merge(known, Application(), trusted=True, correction=False).changes


def test_one_side_of_a_dispute_repeated_does_not_win() -> None:
    disputed = merge(having(PHONE, ok(OLD)), having(PHONE, ok(NEW)), trusted=True, correction=False).application
    again = merge(disputed, having(PHONE, ok(NEW)), trusted=True, correction=False)
    assert again.application == disputed
    assert not again.changes


def school(name: str, place: str = "с. Высокое") -> Application:
    return (
        having(FieldName.SHORT_NAME, ok(name)).having(PLACE, ok(place)).having(PHONE, ok(OLD)).having(REGION, ok("р"))
    )


def test_organisations_are_told_apart_by_number_and_place_and_not_by_quotes() -> None:
    known = school("МБОУ «СОШ № 5»")
    assert same_organization(known, school("МБОУ СОШ №5"))
    assert is_another_organization(known, school("МБОУ «СОШ № 6»"))
    assert is_another_organization(known, school("МБОУ «СОШ № 5»", "г. Казань"))
    assert not is_another_organization(known, having(PHONE, ok(NEW)))
