"""Whether two applications are about the same organisation (domain.md §4): name, settlement and region agree.

Names are compared without their legal forms and with one word for each kind of school, so that «МБОУ СОШ № 5», «МАОУ
«Средняя общеобразовательная школа № 5»» and «школа №5» are one. Also the keys by which the store finds what may be a
twin at all. Pure; decides nothing about tickets.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from rules.application import Application, FieldName
from rules.fields.fold import fold
from rules.merging import same_value

_NAMES = (FieldName.SHORT_NAME, FieldName.FULL_NAME)
_NUMBERED = re.compile(r"(?:№|n|no|номер)\s*(\d+)")
_NUMBER = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[\W_]+")
_PLACE_TYPE = re.compile(
    r"^(?:город|село|деревня|поселок|станица|хутор|аул|рабочий поселок|поселок городского типа|г|с|д|п|пгт|рп|ст ца|х|пос) "
)
_ALIKE = 88.0
_STEM = 4  # letters from which an entry of the data is a stem


@dataclass(frozen=True, slots=True)
class TwinWords:
    """What the comparison leaves out (`drop`, stems) and takes for one (`same`, longest first)."""

    drop: tuple[str, ...]
    same: tuple[tuple[str, str], ...]
    forms: frozenset[str]

    @classmethod
    def load(cls, path: Path, organizations: Path) -> "TwinWords":
        """Read `twins.toml`, and the abbreviated legal forms from `organizations.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        abbreviations = tomllib.loads(organizations.read_text(encoding="utf-8"))["abbreviations"]
        same = sorted(table["same"].items(), key=lambda pair: -len(pair[0]))
        forms = frozenset(word for form in abbreviations for word in fold(form).split())
        return cls(tuple(table["drop"]), tuple(same), forms - {word for word, _ in same})


def place_key(application: Application) -> str:
    """Where an organisation is and which number it has: «16|альметьевск|5»; "" when its place is not known.

    Twins share it; most organisations that share it are no twins.
    """
    region, settlement = application.region, application.settlement
    if not (region.usable and region.code and settlement.usable):
        return ""
    place = _PLACE_TYPE.sub("", _plain(settlement.value or ""))
    return f"{region.code}|{place}|{_number(application)}"


def contact_keys(application: Application, sender: str) -> tuple[tuple[str, str], ...]:
    """(kind, value) of what related tickets share: the administrator's phone and address, the sender's address."""
    found = (
        ("phone", application.admin_phone.value if application.admin_phone.usable else None),
        ("email", application.admin_email.value if application.admin_email.usable else None),
        ("sender", sender.strip().casefold()),
    )
    return tuple((kind, value.casefold()) for kind, value in found if value)


def ticket_keys(application: Application | None, sender: str) -> tuple[tuple[str, str], ...]:
    """All keys of a ticket: its place and its contacts."""
    known = application or Application()
    place = place_key(known)
    return (*((("place", place),) if place else ()), *contact_keys(known, sender))


def same_organization(one: Application, other: Application, words: TwinWords) -> bool:
    """Whether name, settlement and region agree; what is not known on either side does not agree."""
    if not (one.region.code and one.region.code == other.region.code):
        return False
    if not (one.settlement.usable and other.settlement.usable):
        return False
    if not same_value(FieldName.SETTLEMENT, one.settlement, other.settlement):
        return False
    ours, theirs = _cores(one, words), _cores(other, words)
    return any(_alike(first, second) for first in ours for second in theirs)


def _cores(application: Application, words: TwinWords) -> list[tuple[str, str]]:
    """(number, core words) of each name that is known."""
    place = _PLACE_TYPE.sub("", _plain(application.settlement.value or ""))
    found = []
    for name in _NAMES:
        value = application[name].value
        if application[name].usable and value:
            found.append((_number_of(value), _core(value, place, words)))
    return found


def _core(name: str, place: str, words: TwinWords) -> str:
    """What is left of a name without legal form, place and number, each kind of school as one word."""
    text = f" {_plain(_NUMBERED.sub(' ', fold(name)))} "
    text = _NUMBER.sub(" ", text)
    if place:
        text = re.sub(rf" (?:г |город |города |с |села |п |поселка )?{re.escape(place)}\w{{0,2}} ", " ", text)
    for written, meant in words.same:
        text = text.replace(f" {written} ", f" {meant} ")
    kept = [word for word in text.split() if not _says_nothing(word, words)]
    return " ".join(dict.fromkeys(kept))


def _says_nothing(word: str, words: TwinWords) -> bool:
    """A short entry of the data is a whole word, a long one a stem."""
    return word in words.forms or any(
        word == stem if len(stem) < _STEM else word.startswith(stem) for stem in words.drop
    )


def _alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (number, core), (second_number, second_core) = one, other
    if number != second_number or not (core and second_core):
        return False
    if number:  # a numbered school may carry a name in one letter and none in the other
        return fuzz.token_set_ratio(core, second_core) >= _ALIKE
    return fuzz.token_sort_ratio(core, second_core) >= _ALIKE


def _number(application: Application) -> str:
    for name in _NAMES:
        value = application[name].value
        if application[name].usable and value and (found := _number_of(value)):
            return found
    return ""


def _number_of(name: str) -> str:
    """The school's number: the one behind «№», else the first."""
    folded = fold(name)
    hit = _NUMBERED.search(folded) or _NUMBER.search(folded)
    return "" if hit is None else (hit.group(1) if hit.re is _NUMBERED else hit.group()).lstrip("0")


def _plain(text: str) -> str:
    return _NOT_WORD.sub(" ", fold(text)).strip()


def first_agreeing(wanted: Application, known: Iterable[tuple[str, Application]], words: TwinWords) -> tuple[str, ...]:
    """The names of those among `known` (name, application) that are about the same organisation."""
    return tuple(name for name, one in known if same_organization(wanted, one, words))
