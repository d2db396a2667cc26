"""Recognises what stands over a quotation: «05.10.2023, 15:11, "X" <a@b>:», «X wrote:», blocks of От:/Кому:/Тема:.

Looks at single lines and short runs of lines only; where a quotation ends is decided elsewhere.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

from rules.quotes_data import QuotePhrases

_LONGEST = 320  # characters of an attribution, joined over its lines
_MOST_LINES = 3  # lines over which a program wraps an attribution
_BLOCK = 14  # lines of a header block

_MONTH = r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w{0,6}\.?,?"
_DATE = rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}[./-]\d\d?[./-]\d\d?|\d{{1,2}}(?:-?го)?\s{_MONTH}\s\d{{4}}|{_MONTH}\s\d{{1,2}},?\s\d{{4}})"
_WEEKDAY = (
    r"(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|сред[ауы]|четверг|пятниц[ауы]|суббот[ауы]|воскресенье|"
    r"mon|tue|wed|thu|fri|sat|sun)\w{0,6}\.?,?\s"
)
_BEGINS = re.compile(rf"(?:on\s|в\s|во\s|am\s)?(?:{_WEEKDAY})?{_DATE}", re.IGNORECASE)
_DATED = re.compile(_DATE, re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,100}")
_TIME = re.compile(r"(?<![\d.])\d{1,2}[:.]\d\d(?![\d.])|\d{1,2}:\d\d:\d\d")
_FROM_ZONE = re.compile(r"[+-]\d\d:?\d\d\s(?:от|from)\s", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"[\"«“][^\"»”]{2,80}[\"»”]")
_LEAD = re.compile(
    rf"(?:on\s|в\s|во\s|am\s)?(?:{_WEEKDAY})?{_DATE}(?:\s?г(?:\.|ода?)?)?,?\s{{0,2}}(?:(?:в|at|,)\s)?(?:\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?)?"
    r"(?:\s?[ap]m)?(?:\s?\(?(?:gmt|utc|msk)?\s?[+-]\d\d:?\d\d\)?)?,?\s{0,2}(?:от\s|from\s|пользователь\s)?",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-–—_=*]{5,}")


class Strength(IntEnum):
    """How sure it is that a line stands over a quotation."""

    NONE = 0
    IF_QUOTED = 1  # only if quoted lines follow
    SURE = 2


def attribution(line: str, phrases: QuotePhrases) -> Strength:
    """Whether a line (or several joined) is an attribution."""
    line = line.strip()
    if len(line) > _LONGEST or not line.endswith(":"):
        return Strength.NONE
    begins = _BEGINS.match(line) is not None
    addressed = _ADDRESS.search(line) is not None
    verb = phrases.verb.search(line)
    ends = verb is not None and (line[verb.end() :].strip() == ":" or _DATED.search(line, verb.end()) is not None)
    if begins and (ends or _FROM_ZONE.search(line) or (addressed and _tail_is_address(line))):
        return Strength.SURE
    if ends and (addressed or _DATED.search(line)):
        return Strength.SURE
    if begins and _TIME.search(line) and _QUOTED_NAME.search(line):
        return Strength.SURE
    return Strength.IF_QUOTED if ends or (begins and (_TIME.search(line) or addressed)) else Strength.NONE


def _tail_is_address(line: str) -> bool:
    """Whether nothing but an address stands before the colon: «… <a@b>:»."""
    return re.search(r"@[\w.-]+[>)\]]{0,2}\s*:$", line) is not None


def attribution_at(lines: Sequence[str], at: int, phrases: QuotePhrases) -> tuple[int, Strength, str]:
    """(lines it takes, strength, who wrote) of the attribution that begins at a line; 0 lines if there is none."""
    first = lines[at].strip()
    if not first or len(first) > _LONGEST:
        return 0, Strength.NONE, ""
    if not any(line.rstrip().endswith(":") for line in lines[at : at + _MOST_LINES]):
        return 0, Strength.NONE, ""  # the common case: every attribution ends in a colon
    whole = ""
    for count in range(1, _MOST_LINES + 1):
        if at + count > len(lines) or not lines[at + count - 1].strip():
            break
        whole = f"{whole} {lines[at + count - 1].strip()}".strip()
        strength = attribution(whole, phrases)
        if strength is not Strength.NONE:
            wrapped = count == 1 or _wrapped(first, lines[at + count - 1].strip(), phrases)
            return (count, strength, writer_of(whole, phrases)) if wrapped else (0, Strength.NONE, "")
        if whole.endswith((".", "!", "?", ":")) and not _BEGINS.match(first):
            break
    return 0, Strength.NONE, ""


def _wrapped(first: str, last: str, phrases: QuotePhrases) -> bool:
    """Whether lines look like one attribution that a program wrapped, and not like lines of a letter."""
    return (
        (_BEGINS.match(first) is not None and _TIME.search(first) is not None)
        or phrases.verb.match(last) is not None
        or "<" in first
    )


def writer_of(line: str, phrases: QuotePhrases) -> str:
    """Name and address in an attribution, as written, without its date and verb."""
    line = line.strip().removesuffix(":").strip()
    lead = _LEAD.match(line)
    rest = line[lead.end() :] if lead else line
    verb = phrases.verb.search(f"{rest}:")
    if verb:
        rest = rest[: verb.start()] or _DATED.sub("", rest[verb.end() :])
    named = rest.strip(" ,:;\t")
    return named if re.search(r"[^\W\d_]{3,}", named) else ""


def header_block(lines: Sequence[str], at: int, phrases: QuotePhrases) -> tuple[int, str]:
    """(lines it takes, who wrote) of the block of От:/Отправлено:/Кому:/Тема: that begins at a line; 0 if none."""
    kinds: dict[str, str] = {}
    last, misses = -1, 0
    for offset, text in enumerate(lines[at : at + _BLOCK]):
        found = phrases.header.match(text.strip())
        if found and (found.lastgroup not in kinds or (found.lastgroup == "to" and not misses)):
            kinds.setdefault(found.lastgroup or "", text.strip()[found.end() :].strip(" *_|"))
            last, misses = offset, 0
            continue
        misses += 1
        if found or last < 0 or not text.strip() or misses > 1:
            break
    dated = "date" in kinds and re.search(r"\d", kinds["date"]) is not None
    if "from" in kinds and (dated or {"to", "subject"} <= kinds.keys()):
        return last + 1, kinds["from"]
    return 0, ""


def headers_above(lines: Sequence[str], at: int, phrases: QuotePhrases) -> int:
    """How many lines right above a line belong to its attribution: «Кому: …», «Тема: …», a rule, empty lines."""
    taken = count = 0
    while count < _BLOCK and at - count - 1 >= 0:
        line = lines[at - count - 1].strip()
        if phrases.header.match(line) or _RULE.fullmatch(line) or phrases.original.match(line):
            taken = count + 1
        elif line:
            break
        count += 1
    return taken


def is_rule(line: str) -> bool:
    """Whether a line is nothing but dashes or underscores."""
    return _RULE.fullmatch(line.strip()) is not None
