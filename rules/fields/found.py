"""What a finder returns, and the three ways a value can turn out. Values only; nothing is searched here."""

from dataclasses import dataclass

from rules.application import FieldValue, Status


@dataclass(frozen=True, slots=True)
class Found:
    """One thing seen in a text.

    `start` and `end` are code points of that text, `written` is what stands there, `value` its normal form and status.
    `kind` says which sort within its field (`mobile`, `landline`, `malformed`, `foreign`; `full`, `short`; `typed`,
    `bare`; …), `case` is a cheap hint for persons: `nominative`, `oblique` or "".
    """

    start: int
    end: int
    written: str
    value: FieldValue
    kind: str
    case: str = ""


def good(value: str, written: str, *, code: str = "") -> FieldValue:
    """A value that may be trusted."""
    return FieldValue(value=value, status=Status.OK, written=written, code=code)


def doubtful(value: str, written: str, reason: str, *, code: str = "", candidates: tuple[str, ...] = ()) -> FieldValue:
    """A value at which a person should look, and why (in words)."""
    return FieldValue(
        value=value, status=Status.DOUBTFUL, reason=reason, written=written, code=code, candidates=candidates
    )


def refused(reason: str, written: str, candidates: tuple[str, ...] = ()) -> FieldValue:
    """Something that cannot be used; `reason` is a code of domain.md §2."""
    return FieldValue(status=Status.INVALID, reason=reason, written=written, candidates=candidates)
