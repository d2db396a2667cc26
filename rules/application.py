"""The seven fields of an application, what is known of each, and what was read in one message.

Field meanings, normal forms and reason codes: `domain.md` §2 of the product's design, kept in `docs/domain.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter

from rules.message import Zone


class FieldName(StrEnum):
    """The seven facts the platform asks for, in the order in which replies list them."""

    FULL_NAME = "organization_full_name"
    SHORT_NAME = "organization_short_name"
    SETTLEMENT = "settlement"
    REGION = "region"
    ADMIN = "admin_full_name"
    PHONE = "admin_phone"
    EMAIL = "admin_email"


class Status(StrEnum):
    """How far a field may be trusted."""

    OK = "ok"
    DOUBTFUL = "doubtful"  # a value, and a reason why a person should look
    INVALID = "invalid"  # something was written that cannot be used; `reason` is a code
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value stands: part name, start and end in code points of that part's text, zone."""

    part: str
    start: int
    end: int
    zone: Zone = Zone.OWN


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What is known of one field.

    `value` is the normal form (None for `invalid` and `missing`), `code` the two-digit code (region only), `reason` a
    code for `invalid` and words for `doubtful`, `written` what the letter says before normalising, `candidates` other
    values that were possible, `evidence` which rule found it.
    """

    value: str | None = None
    status: Status = Status.MISSING
    reason: str = ""
    written: str = ""
    code: str = ""
    source: Source | None = None
    candidates: tuple[str, ...] = ()
    evidence: str = ""

    @property
    def usable(self) -> bool:
        """Whether there is a value at all (`ok` or `doubtful`)."""
        return self.status is Status.OK or self.status is Status.DOUBTFUL


MISSING = FieldValue()
_NAMES = tuple(FieldName)
_VALUES = attrgetter(*(name.value for name in FieldName))


@dataclass(frozen=True, slots=True)
class Application:
    """The seven fields of one organisation."""

    organization_full_name: FieldValue = MISSING
    organization_short_name: FieldValue = MISSING
    settlement: FieldValue = MISSING
    region: FieldValue = MISSING
    admin_full_name: FieldValue = MISSING
    admin_phone: FieldValue = MISSING
    admin_email: FieldValue = MISSING

    def __getitem__(self, name: FieldName) -> FieldValue:
        value: FieldValue = getattr(self, name.value)
        return value

    def items(self) -> Iterator[tuple[FieldName, FieldValue]]:
        """The fields in their fixed order."""
        return zip(_NAMES, _VALUES(self), strict=True)

    def having(self, name: FieldName, value: FieldValue) -> "Application":
        """The same application with one field replaced."""
        return replace(self, **{name.value: value})

    def to_ask(self) -> tuple[FieldName, ...]:
        """The fields the applicant must still give: missing and invalid ones."""
        return tuple(name for name, value in self.items() if not value.usable)

    @property
    def complete(self) -> bool:
        """All seven `ok` or `doubtful`."""
        return all(value.usable for value in _VALUES(self))

    @property
    def empty(self) -> bool:
        """Nothing at all was found."""
        return all(value.status is Status.MISSING for value in _VALUES(self))

    @property
    def title(self) -> str:
        """The organisation in one phrase for lists; "" when neither name is known."""
        return self.organization_short_name.value or self.organization_full_name.value or ""


assert tuple(f.name for f in fields(Application)) == tuple(FieldName)  # noqa: S101 - the two orders are one


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one message.

    `applications` in the order of the letter (empty when none). `evidence` says in words what speaks for an
    application. `announced`: the letter says that the application is in an attachment. `asks`: the letter also asks
    something. `correction`: it says that it corrects an earlier letter. `strength`: how much speaks for an application
    (0 nothing, 1 some, 2 much), for the questions about the kind of message.
    """

    applications: tuple[Application, ...] = ()
    evidence: tuple[str, ...] = ()
    announced: bool = False
    asks: bool = False
    correction: bool = False
    strength: int = 0
