"""E-mail addresses: found in a text however they are written, repaired where only one reading is possible.

The only user of email-validator, whose syntax check is asked about the parts after a repair. Deliverability is never
checked, nothing is looked up. `.example` and `.test` domains are accepted (`test_environment=True`): whether a domain
exists is not ours to say, the mail itself will tell.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from rules.application import FieldValue, Status
from rules.fields.found import Found, doubtful, good, refused
from rules.fields.tidy import tidy, without_code

MALFORMED = "malformed"

_C = "A-Za-zА-Яа-яЁё0-9"
_LOCAL = rf"[{_C}._%+\-'&]"
_LABEL = rf"[{_C}](?:[{_C}_\-]{{0,61}}[{_C}])?"
_TLD = (
    r"(?:ru|рф|com|net|org|su|edu|info|biz|pro|online|school|moscow|tatar|test|example|by|kz|ру|ком|me|io|москва|дети)"
)
_AT_WORD = r"(?:\b(?:собак[аиуе]|собачк[аиуе])\b|[\[({<]\s?(?:at|a|а|@|эт|собака|собачка)\s?[\])}>])"
_AT = re.compile(rf"[@＠]|{_AT_WORD}", re.IGNORECASE)
_DOT_WORD = r"(?:[\[({]\s?(?:dot|точка|\.)\s?[\])}]|\b(?:точка|тчк|dot)\b)"
_UNDERSCORE = r"\b(?:нижн\w{1,4}\s(?:под)?ч[её]рк\w{0,9}|подч[её]рк\w{0,9})\b"
_HYPHEN = r"\b(?:тире|дефис|минус)\b"
_JOINT = rf"(?:\s{{0,2}}(?:{_DOT_WORD}|{_UNDERSCORE}|{_HYPHEN})\s{{0,2}})"
_HEAD = re.compile(
    rf"(?:{_LOCAL}{{1,64}}(?:{_JOINT}|\s\.\s?|(?<=[a-z0-9_])\.\s(?=[a-z0-9])))?(?:{_LOCAL}{{1,64}}{_JOINT})?{_LOCAL}{{1,64}}$",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"{_LABEL}(?:(?:\.|{_JOINT}){_LABEL}){{0,6}}(?:\s?[.,]\s?{_TLD}(?![{_C}]))?", re.IGNORECASE)
_CLEAN_TAIL = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,7}}(?![@{_C}])")
_CLEAN_HEAD = re.compile(r"[A-Za-z0-9._%+\-'&]{1,64}$")
_SPELLINGS = ((re.compile(rf"\s*{_DOT_WORD}\s*", re.IGNORECASE), "."), (re.compile(rf"\s*{_UNDERSCORE}\s*", re.IGNORECASE), "_"),
              (re.compile(rf"\s*{_HYPHEN}\s*", re.IGNORECASE), "-"))  # fmt: skip
_EMAIL_WORDS = frozenset(
    "email e-mail mail e mailto gmail yandex inbox outlook rambler bk list whatsapp viber telegram skype tel phone max "  # noqa: SIM905 - lines of words, not a column
    "vk to from cc contact address adress adres pochta эл".split()
)
_NAMES = {"яндекс": "yandex", "мэйл": "mail", "мейл": "mail", "майл": "mail", "маил": "mail", "джимейл": "gmail",
          "гмаил": "gmail", "гмейл": "gmail", "рамблер": "rambler", "бк": "bk", "лист": "list", "инбокс": "inbox",
          "ру": "ru", "ком": "com"}  # fmt: skip
_TO_LATIN = str.maketrans("аеорсухкмтвнАЕОРСУХКМТВНіІ", "aeopcyxkmtbhAEOPCYXKMTBHiI")
_REVERSED = re.compile("\u202e([^\u202c\n]{0,80})\u202c?")
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_LATIN = re.compile("[A-Za-z]")
_EARLIER = re.compile(r"(?<![^\s,;:(<«\"@])([A-Za-z0-9._%+\-'@]{1,64})(\s{1,2}|\s?,)$")
_PROVIDERS = ("mail.ru", "yandex.ru", "gmail.com", "inbox.ru", "rambler.ru", "yandex.com", "icloud.com", "outlook.com")
_WINDOW = 100
_MOST_SIGNS = 3_000  # at signs of one text that are looked at
_GLUED = re.compile(rf"(.*?\.{_TLD})(?:\.?[А-Яа-яЁё].*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Sign:
    """An at sign with the spaces around it, and how it was written."""

    start: int
    end: int
    written: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """One place that may be an address: its span, the parts as written, what was odd, whether it cannot be one."""

    start: int
    end: int
    local: str
    domain: str
    repairs: tuple[str, ...] = ()
    broken: bool = False


def normalise(written: str) -> FieldValue:
    """The address in a value that stands for the e-mail, lower-cased, an international domain kept readable.

    Invalid `malformed`: no address, a space or comma inside the local part, two at signs, a domain without a dot.
    Doubtful: spaces around @ or dots, spelt-out signs, look-alike letters, a comma for a dot; two addresses.
    """
    raw = written[:2000]
    displayed = _REVERSED.sub(lambda match: match.group(1)[::-1], raw)
    _, coded = without_code(raw)
    values = [found.value for found in find(tidy(displayed))]
    if not values or values[0].status is Status.INVALID:
        return refused(MALFORMED, written)
    first = values[0]
    others = dict.fromkeys(value.value or "" for value in values if value.usable and value.value != first.value)
    if others:
        return doubtful(first.value or "", written, "two candidates", candidates=(first.value or "", *others))
    if coded:
        return doubtful(first.value or "", written, "code behind the value dropped")
    if displayed != raw:
        return doubtful(first.value or "", written, "written with reversed text")
    if first.status is Status.DOUBTFUL:
        return doubtful(first.value or "", written, first.reason)
    return good(first.value or "", written)


def find(text: str) -> list[Found]:
    """All addresses of a text in order, also spelt-out ones; `kind` is `address` or `malformed`."""
    found: list[Found] = []
    end = 0
    for match in islice(_AT.finditer(text), _MOST_SIGNS):
        if match.start() < end:
            continue
        at = _with_spaces(text, match, end)
        spot = _clean(text, at, end) or _repaired(text, at, end)
        if spot is None:
            continue
        end = max(spot.end, at.end)
        written = text[spot.start : end]
        value = _value(spot, written)
        found.append(Found(spot.start, end, written, value, "address" if value.usable else MALFORMED))
    return found


def _with_spaces(text: str, match: re.Match[str], floor: int) -> _Sign:
    """The at sign together with up to three spaces on either side."""
    start, end = match.span()
    while start > floor and match.start() - start < 3 and text[start - 1].isspace():  # noqa: PLR2004 - three spaces
        start -= 1
    while end < len(text) and end - match.end() < 3 and text[end].isspace():  # noqa: PLR2004 - three spaces
        end += 1
    return _Sign(start, end, match.group())


def _clean(text: str, at: _Sign, floor: int) -> _Spot | None:
    """An address written as it should be, with nothing suspicious before it."""
    if at.end - at.start != 1:
        return None
    tail = _CLEAN_TAIL.match(text, at.end, at.end + 255)
    low = max(floor, at.start - _WINDOW)
    head = _CLEAN_HEAD.search(text[low : at.start])
    if tail is None or head is None:
        return None
    start = low + head.start()
    if start and (_CYRILLIC.match(text[start - 1]) or text[start - 1] == "@"):
        return None
    domain = _unglued(tail.group())
    begin, broken = _reach(text, start, floor)
    joined = begin != start and not broken
    local = text[begin : at.start] if joined else head.group()
    repairs = ("spaces around dots",) if joined else ()
    return _Spot(begin, at.end + len(domain), re.sub(r"\s", "", local), domain, repairs, broken)


def _unglued(domain: str) -> str:
    """A domain without the Russian word that follows its end with no space between."""
    glued = _GLUED.fullmatch(domain) if _CYRILLIC.search(domain) else None
    return glued.group(1) if glued and _LATIN.search(glued.group(1)[-2:]) else domain


def _reach(text: str, start: int, floor: int) -> tuple[int, bool]:
    """Where the local part really begins, and whether a space or comma inside it makes the address malformed."""
    low = max(floor, start - _WINDOW)
    before = text[low:start]
    match = _EARLIER.search(before)
    if match is None or "@" in match.group(1):
        return start, False
    word = match.group(1)
    plain = word.strip("._-+'").lower()
    if not re.search("[a-z]", plain) or plain in _EMAIL_WORDS or not word[0].islower():
        return start, False
    begin = low + match.start()
    if not word.endswith("."):
        return begin, True
    return (start, False) if "." in word[:-1] else (begin, False)


def _repaired(text: str, at: _Sign, floor: int) -> _Spot | None:
    """An address with spaces, words for signs, look-alike letters or a comma in it; None when it is no address."""
    sign = at.written
    low = max(floor, at.start - _WINDOW)
    if sign != "@" and not _LATIN.search(text, low, at.end + _WINDOW):
        return None
    head = _HEAD.search(text[low : at.start])
    tail = _TAIL.match(text, at.end, at.end + 255)
    if head is None or tail is None:
        return None if sign != "@" else _Spot(at.start, at.end, "", "", broken=True)
    repairs = []
    if sign != "@":
        repairs.append("at sign spelt out")
    elif at.end - at.start > 1:
        repairs.append("spaces around @")
    written = _unglued(tail.group())
    local, domain = _spell(head.group(), repairs), _spell(written, repairs)
    if sign != "@" and not (_LATIN.search(local) or _LATIN.search(domain)):
        return None  # a dog in a sentence
    start = low + head.start()
    begin, broken = _reach(text, start, floor)
    end = at.end + len(written)
    doubled = text[end : end + 1] == "@" or text[start - 1 : start] == "@"
    return _Spot(begin, end, local, domain, tuple(repairs), broken or doubled)


def _spell(part: str, repairs: list[str]) -> str:
    """Words for signs as signs, spaces around dots and commas for dots repaired."""
    made = part
    for pattern, sign in _SPELLINGS:
        made = pattern.sub(sign, made)
    if made != part:
        repairs.append("signs spelt out")
    tight = re.sub(r"\s*\.\s*", ".", made)
    if tight != made:
        repairs.append("spaces around dots")
    dotted = re.sub(r"\s*,\s*", ".", tight)
    if dotted != tight:
        repairs.append("comma for a dot")
    return dotted


def _value(spot: _Spot, written: str) -> FieldValue:
    if spot.broken:
        return refused(MALFORMED, written)
    local, domain = spot.local.lstrip("'-"), spot.domain.strip(".-_").lower()
    repairs = list(spot.repairs)
    latin = local.translate(_TO_LATIN)
    if latin != local:
        repairs.append("look-alike letters")
    readable = ".".join(_label(label, last=at == domain.count(".")) for at, label in enumerate(domain.split(".")))
    if readable != domain:
        repairs.append("look-alike letters")
    if len(readable.rpartition(".")[2]) < len("ru") or any(
        _CYRILLIC.search(label) and _LATIN.search(label) for label in readable.split(".")
    ):
        return refused(MALFORMED, written)
    checked = _checked(f"{latin.lower()}@{readable}")
    if checked is None:
        return refused(MALFORMED, written)
    if _is_near_miss(checked.rpartition("@")[2]):
        repairs.append("misspelt provider")
    return doubtful(checked, written, ", ".join(dict.fromkeys(repairs))) if repairs else good(checked, written)


@lru_cache(maxsize=1024)
def _is_near_miss(domain: str) -> bool:
    """Whether a domain is one slip of the keyboard away from a large mail provider («gmail.con», «yadnex.ru»)."""
    return domain not in _PROVIDERS and any(OSA.distance(domain, one, score_cutoff=1) == 1 for one in _PROVIDERS)


def _label(label: str, *, last: bool) -> str:
    """One domain label: a name said in Russian, a mixed label in Latin, a Cyrillic one as it is."""
    if not _CYRILLIC.search(label):
        return label
    if label in _NAMES:
        return _NAMES[label]
    latin = label.translate(_TO_LATIN)
    return latin if latin.isascii() and (_LATIN.search(label) or last) else label


@lru_cache(maxsize=4096)
def _checked(address: str) -> str | None:
    """The normal form if the syntax is right, else None."""
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.lower() if "." in checked.domain else None
