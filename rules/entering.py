"""A value that a person typed for one field: normalised and checked like one in a letter (domain.md §2). Pure."""

from dataclasses import replace

from rules.application import Application, FieldName, FieldValue, Status
from rules.book import RuleBook
from rules.fields import email, organization, person, phone, place

LONGEST = 1_000  # code points of one value
TYPED = "typed by a person"
ASKED_AGAIN = "asked_again"


def entered(name: FieldName, text: str, known: Application, book: RuleBook) -> FieldValue:
    """The value of a field as somebody typed it.

    `known`: the rest of the application, by whose region a settlement is understood. `invalid` with its reason code when
    it cannot be used, `missing` for an empty text; what the rules alone would doubt keeps its reason.
    """
    written = " ".join(text[:LONGEST].split())
    if not written:
        return FieldValue()
    match name:
        case FieldName.FULL_NAME:
            value = organization.normalise_full(written)
        case FieldName.SHORT_NAME:
            value = organization.normalise_short(written)
        case FieldName.SETTLEMENT:
            value = place.normalise_settlement(written, book.gazetteer, known.region.code or None)
        case FieldName.REGION:
            value = place.normalise_region(written, book.regions)
        case FieldName.ADMIN:
            value = person.normalise(written)
        case FieldName.PHONE:
            value = phone.normalise(written)
        case FieldName.EMAIL:
            value = email.normalise(written)
    return replace(value, written=written, evidence=TYPED, source=None)


def asked_again(value: FieldValue) -> FieldValue:
    """A usable value that an agent does not trust: the applicant is asked for it once more and sees what stood there."""
    if not value.usable:
        return value
    return FieldValue(
        status=Status.INVALID, reason=ASKED_AGAIN, written=value.value or "", candidates=(value.value or "",)
    )


def settled(value: FieldValue) -> FieldValue:
    """A usable value that a person answers for: beyond doubt, without rivals."""
    if not value.usable:
        return value
    return replace(value, status=Status.OK, reason="", candidates=())
