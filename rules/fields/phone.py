"""Telephone numbers: all runs of a text that are (or try to be) one, and the Russian mobile in normal form.

The only user of phonenumberslite. A mobile is what the numbering plan calls one (region RU, type MOBILE); whatever
would have to be guessed is doubtful or refused, because a wrong number locks a school out. Never guesses digits.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from rules.application import FieldValue, Status
from rules.fields.found import Found, doubtful, good, refused
from rules.fields.tidy import tidy, without_code

LANDLINE, MALFORMED, FOREIGN, MOBILE = "landline", "malformed", "foreign", "mobile"

_SEP = r"[ _\t\u00a0\u202f\u2009().\-\u2010-\u2015\u2212/\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
_ALIKE = "ОоOoЗзlI"
_TO_DIGIT = str.maketrans("ОоOoЗзlI", "00003311")
_ATOM = rf"(?:\d|(?<=[\d\-({_ALIKE}])[{_ALIKE}](?=[{_ALIKE}]{{0,3}}(?![^\W\d_]))|[{_ALIKE}](?=\d))"
_RUN = re.compile(
    rf"(?<![^\W_])(?<!@)(?:\+{_SEP}{{0,2}}|\(\+?)?\d(?:{_SEP}{{0,4}}(?:\+{_SEP}{{0,1}})?{_ATOM})+(?![^\W_]|@)"
)
_GROUP = re.compile(rf"\+?[\d{_ALIKE}]+")
_EXTENSION = re.compile(
    r"\s*[,(]?\s*(?:доб|вн|внутр|ext|добавочн\w*|внутренн\w*)[.:]?\s*(?:№\s*)?\d{1,6}\)?", re.IGNORECASE
)
# What stands before a run, in small letters.
_NOT_PHONE = re.compile(
    r"(?:инн|огрн(?:ип)?|кпп|окпо|октмо|окато|оквэд|снилс|бик|кбк|уин|р/с|к/с|л/с|р/сч|сч[её]т\w*|паспорт\w*|сери[яи]|"
    r"лицензи\w*|приказ\w*|договор\w*|заявк\w*|обращени\w*|тикет\w*|свидетельств\w*|егрюл|код)"
    r"(?:\s*(?:/|и)\s*(?:кпп|огрн))?(?:\s(?:организации|учреждения|школы|юр\w*|оо|лица|в|банка?|получателя)){0,3}[\s:№n.\-–—#]*$"
)
_NUMBER_SIGN = re.compile(r"(?:№|#|\bn|исх\.?|вх\.?)\s*:?\s*$")
_CUE = re.compile(r"тел|моб|сот|факс|звон|номер|при[её]мн|раб|дом|ватсап|вотсап|вацап|whats|phone|tel|связ")
_DATE = re.compile(r"(?<!\d)(?:[0-3]?\d[./-][01]?\d[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-][01]\d[./-][0-3]\d)(?!\d)")
_NETWORK = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")  # an IP address
_FLOAT = re.compile(r"(?<!\d)(\d{10,11})[.,]0+(?!\d)")
_EXOTIC = re.compile("[^\\D0-9]|[＋（）－﹢]")
_LOOKBACK = 40
_TAX_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_LONGEST_RUN = 200  # code points of one run that are taken apart
_NATIONAL, _FULL = 10, 11
_ABROAD = ("375", "380", "998", "996", "992", "993", "994", "995", "374", "373", "371", "372", "370", "972", "86", "49")


@dataclass(frozen=True, slots=True)
class _Group:
    """One run of digits: its characters, its span in the text, what separates it from the one before."""

    text: str
    start: int
    end: int
    before: str


def normalise(written: str) -> FieldValue:
    """The mobile number in a value that stands for the phone, as `+79XXXXXXXXX`.

    Invalid: `landline` (also a toll-free number), `foreign`, `malformed` (no number at all, a digit too few or many).
    Doubtful: letters read as digits, a doubled country code, an extension, two different mobiles (the first is taken).
    """
    text = _plain(tidy(written))
    runs = list(_runs(text, labelled=True))
    mobiles = {value.value: value for _, value in runs if value.usable}
    if mobiles:
        first = next(value for _, value in runs if value.usable)
        others = tuple(value for value in mobiles if value and value != first.value)
        if others:
            both = (first.value or "", *others)
            return doubtful(first.value or "", written, "two candidates", candidates=both)
        if without_code(text)[1]:
            return doubtful(first.value or "", written, "code behind the value dropped")
        return _rewritten(first, written)
    reasons = [value.reason for _, value in runs]
    for reason in (MALFORMED, FOREIGN, LANDLINE):
        if reason in reasons:
            return refused(reason, written)
    return refused(MALFORMED, written)


def find(text: str) -> list[Found]:
    """All phone-like runs of a free text in order; `kind` is `mobile`, `landline`, `malformed` or `foreign`.

    Numbers of other registers (ИНН, СНИЛС, accounts, letters' numbers), dates and postal codes are left out.
    """
    found = []
    for (start, end), value in _runs(_plain(text), labelled=False):
        kind = MOBILE if value.usable else value.reason
        written = text[start:end]
        found.append(Found(start, end, written, _rewritten(value, written), kind))
    return found


def _rewritten(value: FieldValue, written: str) -> FieldValue:
    if value.status is Status.OK:
        return good(value.value or "", written)
    if value.usable:
        return doubtful(value.value or "", written, value.reason, candidates=value.candidates)
    return refused(value.reason, written)


def _plain(text: str) -> str:
    """Foreign digits and full-width signs as ASCII ones, spreadsheet floats without their «.0»; offsets hold."""
    if _EXOTIC.search(text):
        text = "".join(map(_ascii_sign, text))
    return _FLOAT.sub(lambda match: match.group(1) + " " * (len(match.group()) - len(match.group(1))), text)


@lru_cache(maxsize=1024)
def _ascii_sign(one: str) -> str:
    if unicodedata.category(one) == "Nd":
        return str(unicodedata.digit(one))
    return {"＋": "+", "（": "(", "）": ")", "－": "-", "﹢": "+"}.get(one, one)


def _runs(text: str, *, labelled: bool) -> Iterator[tuple[tuple[int, int], FieldValue]]:
    for match in _RUN.finditer(text):
        before = text[max(0, match.start() - _LOOKBACK) : match.start()].lower()
        if not labelled and (_NOT_PHONE.search(before) or _NETWORK.fullmatch(match.group())):
            continue
        alone = match.start() == 0 and not text[match.end() :].strip()
        cue = labelled or alone or _CUE.search(before) is not None
        groups = _groups(match.group()[:_LONGEST_RUN], match.start())
        yield from _numbers(groups, text, cue=cue, numbered=_NUMBER_SIGN.search(before) is not None)


def _groups(run: str, offset: int) -> list[_Group]:
    groups = []
    last = 0
    dates = (
        [match.span() for match in _DATE.finditer(run)] if run.count(".") + run.count("-") + run.count("/") > 1 else []
    )
    for match in _GROUP.finditer(run):
        if any(
            start <= match.start() < end and end - start == len(run[start:end].strip()) for start, end in dates
        ) and (len(re.sub(r"\D", "", run)) != _FULL):
            continue
        groups.append(_Group(match.group(), offset + match.start(), offset + match.end(), run[last : match.start()]))
        last = match.end()
    return groups


def _numbers(
    groups: list[_Group], text: str, *, cue: bool, numbered: bool
) -> Iterator[tuple[tuple[int, int], FieldValue]]:
    """The numbers in one run of groups: whole ones first, what is left over is judged as one attempt."""
    at = 0
    rest: list[_Group] = []
    while at < len(groups):
        taken, value = _whole_number(groups, at)
        if value is None:
            rest.append(groups[at])
            at += 1
            continue
        yield from _attempt(rest, text, cue=cue, numbered=numbered)
        rest = []
        end = at + taken
        value = _with_tail(value, groups[at:end], groups[end:], text)
        if not cue and value.usable and end - at == 1 and _is_tax_number(groups[at].text):
            value = doubtful(value.value or "", "", "may be a tax number")
        yield _span(groups[at:end], text), value
        at = end if value.reason != MALFORMED else len(groups)
    yield from _attempt(rest, text, cue=cue, numbered=numbered)


def _is_tax_number(digits: str) -> bool:
    """Whether ten solid digits have the check digit of an organisation's ИНН (one phone in ten has it too)."""
    if len(digits) != _NATIONAL or not digits.isdecimal():
        return False
    weighed = sum(weight * int(one) for weight, one in zip(_TAX_WEIGHTS, digits, strict=False))
    return weighed % 11 % 10 == int(digits[-1])


def _whole_number(groups: list[_Group], at: int) -> tuple[int, FieldValue | None]:
    """The number that begins at a group and ends at a group's end: how many groups, and its value."""
    if at and not _is_border(groups[at].before, groups[at].text):
        return 0, None
    digits = ""
    best: tuple[int, FieldValue | None] = (0, None)
    for count, group in enumerate(groups[at : at + 12], start=1):
        if count > 1 and "+" in group.text:
            break
        digits += group.text
        size = len(digits.lstrip("+"))
        if size > 13:  # noqa: PLR2004 - no number of ours is longer
            break
        following = groups[at + count] if at + count < len(groups) else None
        if size < _NATIONAL or (following and not _is_border(following.before, following.text)):
            continue
        value = classify(digits)
        if value.reason != MALFORMED and (best[1] is None or value.usable):
            best = (count, value)
    return best


def _is_border(before: str, text: str) -> bool:
    """Whether a number may begin at a group after these separators."""
    return (
        "+" in text
        or "/" in before
        or (before.strip(" \u00a0\t") in {"", "–", "—", "(", ")", "-"} and before[:1] in " \u00a0\t)")
    )


def _with_tail(value: FieldValue, own: list[_Group], after: list[_Group], text: str) -> FieldValue:
    """A mobile followed by stray digits or an extension."""
    if not value.usable:
        return value
    spaced = any(group.before.isspace() for group in own[1:])
    if spaced and len(after) == 1 and len(after[0].text) <= 2 and after[0].before == " ":  # noqa: PLR2004
        return (
            refused(MALFORMED, "")
            if not text[after[0].end : after[0].end + 2].strip(" .,;)")
            else doubtful(value.value or "", "", "digits follow the number")
        )
    if _EXTENSION.match(text, own[-1].end):
        return doubtful(value.value or "", "", "a mobile with an extension")
    return value


def _span(groups: list[_Group], text: str) -> tuple[int, int]:
    start, end = groups[0].start, groups[-1].end
    opened = start > 0 and text[start - 1] == "(" and ")" in text[start:end]
    return start - opened, end


def _attempt(
    groups: list[_Group], text: str, *, cue: bool, numbered: bool
) -> Iterator[tuple[tuple[int, int], FieldValue]]:
    """What is no whole number but clearly meant as one: a malformed mobile, or a local landline after a cue word."""
    if not groups or (numbered and not cue):
        return
    digits = "".join(group.text for group in groups).translate(_TO_DIGIT)
    bare = digits.lstrip("+")
    span = _span(groups, text)
    mobile_like = re.match(r"\+?[78]9|\+7|9", digits) is not None
    split = len(groups) > 1
    if len(bare) in {5, 6, 7} and split and cue and not digits.startswith("+"):
        yield span, refused(LANDLINE, "")
    elif mobile_like and 8 <= len(bare) <= 14 and (cue or split or digits.startswith(("+", "89", "79"))):  # noqa: PLR2004
        if cue or digits.startswith(("+", "8", "7")):
            yield span, refused(MALFORMED, "")
    elif cue and _NATIONAL <= len(bare) <= 13 and text[span[0] - 1 : span[0]] != "№":  # noqa: PLR2004
        yield span, refused(MALFORMED, "")


@lru_cache(maxsize=4096)
def classify(digits: str) -> FieldValue:
    """The value of one number given as digits (with look-alike letters and a leading «+» as written)."""
    plain = digits.translate(_TO_DIGIT)
    lettered = plain != digits
    international = plain.startswith("+")
    bare = plain.lstrip("+")
    national, repaired = _national(bare, international=international)
    if national is None:
        return refused(_abroad(bare, international=international), digits)
    number = phonenumbers.PhoneNumber(country_code=7, national_number=int(national))
    if national[0] in "67" or phonenumbers.region_code_for_number(number) == "KZ":
        return refused(FOREIGN, digits)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.MOBILE and national[0] == "9":
        value = "+7" + national
        if lettered:
            return doubtful(value, digits, "letters read as digits")
        if len(set(value[5:])) == 1:
            return doubtful(value, digits, "looks like an example number")
        return doubtful(value, digits, "country code repaired") if repaired else good(value, digits)
    return refused(MALFORMED if national[0] == "9" else LANDLINE, digits)


def _national(bare: str, *, international: bool) -> tuple[str | None, bool]:
    """The ten national digits, and whether the country code had to be repaired."""
    if len(bare) == _NATIONAL and bare[0] in "3489" and bare[:2] != "89" and not international:
        return bare, False
    if len(bare) == _FULL and bare[0] in "78" and bare[1] in "3456789":
        return bare[1:], international and bare[0] == "8"
    if len(bare) == _FULL + 1 and re.match(r"[78][78]9", bare):
        return bare[2:], True
    return None, False


def _abroad(bare: str, *, international: bool) -> str:
    if bare.startswith("810"):
        bare, international = bare[3:], True
    if not international and not (len(bare) > _FULL and bare.startswith(_ABROAD)):
        return MALFORMED
    if international and bare[:1] in {"7", "8"}:
        return MALFORMED
    try:
        number = phonenumbers.parse("+" + bare, None)
    except phonenumbers.NumberParseException:
        return MALFORMED
    return FOREIGN if phonenumbers.is_possible_number(number) else MALFORMED
