"""Finding persons in running text: names with a patronymic, surname with first name, surname with initials.

Only candidates for the reader: who is the administrator is not decided here. Leaves out whom schools, streets and ships
are named after, and people who are only addressed by name and patronymic.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rules import morphology
from rules.application import FieldValue
from rules.fields import declension
from rules.fields.fold import fold
from rules.fields.found import Found, refused
from rules.fields.person_name import (
    INITIALS,
    NO_PATRONYMIC,
    NameParts,
    arrange,
    case_of,
    cyrillic,
    is_given,
    is_patronymic,
    is_surname,
    is_title,
    named,
    particles,
)

_WORD = re.compile(r"[^\W\d_]+(?:[-‑’'][^\W\d_]+)*")
_FATHER = re.compile(
    r"(?:(?:[оеё]в|[иь]нич|ич|ьин)н(?:а|ы|е|у|ой|ою)|(?:[оеё]в|ь|[а-яё])[иы]ч(?:а|у|ем|ём|ом|е)?|"
    r"огл[ыу]|угли|[кг]ы?из?[ыи]|кызы|гызы|улы|уулу)$",
    re.IGNORECASE,
)
_INITIALS_AFTER = re.compile(r"[ \u00a0]{0,2}[А-ЯЁ]\.[ \u00a0]?(?:[А-ЯЁ]\.?(?![а-яё]))?")
_INITIAL = re.compile(r"(?<![А-Яа-яЁё])[А-ЯЁ]\.")
_INITIALS_BEFORE = re.compile(r"(?<![А-Яа-яЁё])[А-ЯЁ]\.[ \u00a0]?(?:[А-ЯЁ]\.[ \u00a0]{0,2}|[ \u00a0]?)$")
_HONOUR = re.compile(
    r"(?:\bимени|\bим\.?|\bул\.?|\bулиц\w+|\bпр\.?|\bпр-т\.?|\bпросп\w*\.?|\bпер\.?|\bпереул\w+|\bпл\.?|\bплощад\w+|\bбульвар\w*|\bнаб\w*\.?|"
    r"\bгеро\w+(?:\s[а-яё]+){0,2}|\bпамяти|\bв честь|\bсвят\w+|\bсв\.?|\bпреподобн\w+|\bакадемик\w*|\bадмирал\w*|\bмаршал\w*|\bгенерал\w*|\bкосмонавт\w*|"
    r"\bкавалер\w*(?:\s[а-яё]+){0,3}|\bписател\w+|\bпоэт\w*|\bлётчик\w*|\bлетчик\w*|\bкниги?)\s*$",
    re.IGNORECASE,
)
_MIXED = re.compile("[A-Za-z](?:(?=[А-Яа-яЁё])|(?<=[А-Яа-яЁё].))")  # led by the rarer letter
_BACK = 60
_LINK = re.compile(r"[ \u00a0\t]*\n?[ \u00a0\t]*")
_LONGEST_GAP = 12


class _Token(NamedTuple):
    """A word of the text: as read (look-alikes made Cyrillic) and its span."""

    word: str
    start: int
    end: int


def find(text: str) -> list[Found]:
    """All persons of a text in order; `kind` is `full`, `two` (no patronymic) or `initials`, `case` a hint."""
    mixed = _MIXED.search(text) is not None
    tokens = [
        _Token(cyrillic(match.group()) if mixed else match.group(), match.start(), match.end())
        for match in _WORD.finditer(text)
    ]
    taken: list[Found] = list(_full(text, tokens))
    taken.extend(_with_initials(text, tokens, _Spans(taken)))
    taken.extend(_pairs(text, tokens, _Spans(taken)))
    return _apart(sorted(taken, key=lambda found: found.start))


def _apart(found: list[Found]) -> list[Found]:
    """Without those that begin inside the one before."""
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


class _Spans:
    """The stretches that are already taken."""

    def __init__(self, found: list[Found]) -> None:
        self._taken = {at for one in found for at in range(one.start, one.end)}

    def free(self, start: int, end: int) -> bool:
        """Whether neither end lies in a taken stretch."""
        return start not in self._taken and end - 1 not in self._taken


def _linked(text: str, left: _Token, right: _Token) -> bool:
    return right.start - left.end <= _LONGEST_GAP and _LINK.fullmatch(text, left.end, right.start) is not None


def _honoured(text: str, start: int) -> bool:
    """Whether something is named after the person that begins here."""
    return _HONOUR.search(text, max(0, start - _BACK), start) is not None


def _made(text: str, start: int, end: int, value: FieldValue, *, kind: str, case: str) -> Found:
    return Found(start, end, text[start:end], value, kind, case)


# --- with a patronymic ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def _may_be_father(word: str) -> bool:
    return _FATHER.search(word) is not None


def _full(text: str, tokens: list[_Token]) -> Iterator[Found]:
    floor = 0
    for at, token in enumerate(tokens):
        if at < max(floor, 1) or not _may_be_father(token.word):
            continue
        span = _around(text, tokens, at, floor)
        if span is None:
            continue
        first, last = span
        floor = last + 1
        start, end = tokens[first].start, tokens[last].end
        if _honoured(text, start):
            continue
        parts, reason = arrange([one.word for one in tokens[first : last + 1]])
        if not parts.surname or not parts.given:
            continue
        _, case = case_of(parts)
        written = text[start:end]
        yield _made(
            text,
            start,
            end,
            named(parts, written, reason),
            kind="full",
            case="nominative" if case == "nomn" else "oblique",
        )


def _around(text: str, tokens: list[_Token], at: int, floor: int) -> tuple[int, int] | None:
    """The first and last word of the name around a patronymic; None if there is no surname beside it."""
    word = tokens[at].word.lower()
    if word in particles():
        first = at - 3
        chained = first >= floor and all(_linked(text, *pair) for pair in pairwise(tokens[first : at + 1]))
        return (first, at) if chained and not is_title(tokens[first].word) else None
    if (
        not is_patronymic(word)
        or not _linked(text, tokens[at - 1], tokens[at])
        or not _name_like(tokens[at - 1], tokens[at])
    ):
        return None
    before = at - 2
    if before >= floor and _linked(text, tokens[before], tokens[at - 1]) and _surname_at(tokens, before, at, text):
        return before, at
    after = at + 1
    if after < len(tokens) and _linked(text, tokens[at], tokens[after]) and _surname_after(tokens, at):
        return at - 1, after
    return None


def _name_like(token: _Token, father: _Token) -> bool:
    """Whether the word before a patronymic may be the first name."""
    if is_title(token.word) or len(token.word) < 2:  # noqa: PLR2004
        return False
    if father.word.islower() or token.word.islower():
        return is_given(token.word)
    return True


def _surname_at(tokens: list[_Token], before: int, at: int, text: str) -> bool:
    """Whether the word two before the patronymic is the surname."""
    word = tokens[before].word
    if len(word) < 2 or is_title(word) or word.lower() in _NO_SURNAMES:  # noqa: PLR2004
        return False
    capital = word[:1].isupper()
    if not capital:
        return tokens[at].word.islower() and is_surname(word)
    if is_surname(word):
        return True
    after = at + 1
    rival = after < len(tokens) and _linked(text, tokens[at], tokens[after]) and _surname_after(tokens, at)
    return not rival and (not _common(word) or morphology.has(word.lower(), "NOUN"))


def _surname_after(tokens: list[_Token], at: int) -> bool:
    """Whether the word after the patronymic is the surname."""
    word, father = tokens[at + 1].word, tokens[at].word
    if is_title(word) or len(word) < 2 or word.lower() in _NO_SURNAMES or is_patronymic(word):  # noqa: PLR2004
        return False
    if word[:1].isupper() and not (father.isupper() and len(father) > 1 and not word.isupper()):
        return is_surname(word) or not _common(word)
    return father.islower() and word.islower() and morphology.has(word, "Surn")


_NO_SURNAMES = frozenset(
    "администратор администратором администратора директор уважаемая уважаемый тел телефон моб почта мобильный добрый "  # noqa: SIM905 - lines of words, not a column
    "день здравствуйте прошу просим назначить сферум школа email mail фио ответственный ответственная контакт российская "
    "заявка заявитель исполнитель подпись спасибо номер номера телефоны почты контакты связь ящик адрес сотовый данные имя "
    "кандидатура кандидатуру звонить писать мейл мобильник почтой почту вотсап контактный руководитель".split()
)


def is_common(word: str) -> bool:
    """Whether a capitalised word is a known word that is nobody's surname («Галерея», «Сферум» is unknown)."""
    return is_title(word) or (_common(word) and not is_surname(word))


def _common(word: str) -> bool:
    """Whether a capitalised word is a known common word, so that it is hardly a surname here."""
    if not morphology.known(word.lower()):
        return False
    readings = morphology.forms(word.lower())
    if not any(form.known for form in readings):
        return False
    animate = any("anim" in form for form in readings)
    return not animate


def without_surname(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Where a first name stands with a patronymic, in any case and whether or not a surname is beside them: start, end,
    both words in the nominative («Сардааны Егоровны»).
    """
    tokens = [_Token(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    for left, right in pairwise(tokens):
        if not (left.word[:1].isupper() and right.word[:1].isupper() and _may_be_father(right.word)):
            continue
        if is_patronymic(right.word) and not is_title(left.word) and _linked(text, left, right):
            value = named(NameParts("", left.word, right.word), "", "").value or ""
            given, _, father = value.partition(" ")
            yield left.start, right.end, given, father


# --- with initials -------------------------------------------------------------------------------------------------


def _with_initials(text: str, tokens: list[_Token], spans: _Spans) -> Iterator[Found]:
    starts = {match.start() for match in _INITIAL.finditer(text)} if "." in text else set[int]()
    if not starts:
        return
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word = token.word
        if len(word) < 3 or not word[:1].isupper():  # noqa: PLR2004 - a surname
            continue
        if not ((after and after.start in starts) or (before and before.start in starts)):
            continue
        span = _initials_beside(text, token)
        if span is None or not spans.free(*span) or is_title(word) or word.lower() in _NO_SURNAMES:
            continue
        if (is_surname(word) or not _common(word)) and not _honoured(text, span[0]):
            yield _made(text, *span, refused(INITIALS, text[span[0] : span[1]]), kind="initials", case="")


def _initials_beside(text: str, token: _Token) -> tuple[int, int] | None:
    after = _INITIALS_AFTER.match(text, token.end)
    if after is not None and text[token.end : token.end + 1] not in {".", ""}:
        return token.start, after.end()
    before = _INITIALS_BEFORE.search(text[max(0, token.start - 8) : token.start])
    return (token.start - len(before.group()), token.end) if before else None


# --- surname and first name ----------------------------------------------------------------------------------------


def _pairs(text: str, tokens: list[_Token], spans: _Spans) -> Iterator[Found]:
    floor = 0
    for left, right in pairwise(tokens):
        if left.start < floor or not (left.word[:1].isupper() and right.word[:1].isupper()):
            continue
        if (
            not _linked(text, left, right)
            or not spans.free(left.start, right.end)
            or "\n" in text[left.end : right.start]
        ):
            continue
        parts = _pair_parts(left.word, right.word)
        if parts is None or _honoured(text, left.start):
            continue
        floor = right.end
        _, case = case_of(parts)
        written = text[left.start : right.end]
        value = named(parts, written, NO_PATRONYMIC)
        yield _made(text, left.start, right.end, value, kind="two", case="nominative" if case == "nomn" else "oblique")


def _pair_parts(left: str, right: str) -> NameParts | None:
    """Two capitalised words as surname and first name, None if they are something else."""
    if min(len(left), len(right)) < 2 or is_title(left) or is_title(right):  # noqa: PLR2004
        return None
    if fold(left) in _NO_SURNAMES or fold(right) in _NO_SURNAMES:
        return None
    for surname, given in ((left, right), (right, left)):
        if (
            is_given(given)
            and _firm(surname)
            and not _place(given)
            and declension.patronymic_case(surname.lower()) is None
        ):
            return NameParts(surname, given)
    return None


def _firm(word: str) -> bool:
    plain = word.lower()
    readings = morphology.forms(plain)
    if any("Surn" in form for form in readings):
        return not _place(word)
    return is_surname(word) and not any(form.known for form in readings)


def _place(word: str) -> bool:
    readings = morphology.forms(word.lower())
    return bool(readings) and ("Geox" in readings[0] or "Orgn" in readings[0])
