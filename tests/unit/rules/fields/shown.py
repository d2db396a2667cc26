"""How the tests of the fields write an expected value: one word a value."""

from rules.application import FieldValue, Status


def shown(value: FieldValue) -> str:
    """The value, with «?» when doubtful; the reason when refused; «-» when missing."""
    if value.usable:
        return f"{value.value}?" if value.status is Status.DOUBTFUL else str(value.value)
    return value.reason or "-"
