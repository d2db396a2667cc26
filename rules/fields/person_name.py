"""A person's full name: «Фамилия Имя Отчество» in the nominative with normal capitals.

Reads any order, case and capitals, drops ranks and posts, refuses initials. A name already in the nominative stays as
it is written; what had to be guessed is doubtful and keeps the written form among its candidates.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rules import morphology
from rules.application import FieldValue
from rules.fields import declension
from rules.fields.declension import Guess
from rules.fields.fold import is_mixed
from rules.fields.found import doubtful, good, refused
from rules.fields.tidy import tidy, without_code

INITIALS = "initials"
NO_PATRONYMIC = "no patronymic"
_TWO = 2

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*\.?")
_FORMER = re.compile(r"(?<=[а-яё])\s*\([А-ЯЁ][а-яё-]+\)(?=\s+[А-ЯЁ])")  # «Иванова (Сидорова) Мария Петровна»
_PART_LABEL = re.compile(r"\b(?:фамилия|имя|отчество)\s*[:=–-]", re.IGNORECASE)
_FUSED = re.compile(r"[а-яё]{2,}-?(?:оглы|оглу|кызы|гызы|угли)$")  # «Магомед-оглы», «Ахмедкызы»
_KAZAKH = re.compile(r"[а-яё]{4,}(?:улы|ұлы|уулу)$")  # «Кайратулы»
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_SMALL_PARTS = frozenset({"оол", "оглы", "кызы", "заде", "угли"})
_PARTICLES = {
    "оглы": "masc",
    "оглу": "masc",
    "кызы": "femn",
    "гызы": "femn",
    "кизи": "femn",
    "улы": "masc",
    "уулу": "masc",
    "угли": "masc",
    "углы": "masc",
    "оглының": "masc",
}
_CUT = re.compile(r"[,;(\[/|\n:]|\s[-–—]+\s|\d|@|\bтел\b|\bмоб\b|\bсот\b", re.IGNORECASE)
_ALIKE = str.maketrans("aceopxykmtbhACEOPXYKMTBH", "асеорхукмтвнАСЕОРХУКМТВН")
_TITLES = re.compile(
    r"(?:учител|директор|завуч|замест|зам$|завед|зав$|админ$|админа$|админом$|методист|педагог|воспитател|преподават|секретар|администрат|ответствен|"
    r"специалист|инженер|программист|лаборант|руководит|начальник|бухгалтер|капитан|майор|лейтенант|подполковник|"
    r"полковник|прапорщик|старшин|сержант|запас|отставк|тьютор|психолог|логопед|библиотек|социальн|старш|младш|главн|"
    r"классн|информатик|математик|истори|русск|язык|литератур|физик|хими|биолог|географ|начальн|класс|английск|"
    r"системн|вожат|организатор|координатор|куратор|делопроизвод|документовед|оператор|доцент|профессор|"
    r"уважаем|врио|ио$|и\.о|фио$|ф$|сотрудник|техник|работ|отдел|школ|председател|господин|госпож|гражданин|товарищ|"
    r"назнач|просим|прошу|наш|контакт|лиц|представител|по$|увр$|вр$|ахч$|икт$|ввр$|оу$|лицо$|является|это$|будет$|"
    r"иеромонах|протоиерей|иерей|отец|диакон|монах|инокин|игумен|м$|тов$|гр$|г$)"
)
_SURNAME = re.compile(
    r"(?:[оеё]в[ау]?|[иы]н[ау]?|[оеё]в(?:ой|ым)|[иы]н(?:ой|ым)|[сц]к(?:ий|ая|ой|ого|ому|им|ую|ом)|енко|[ыи]х|ук[ау]?|юк[ау]?|"
    r"як|ян[ау]?|дзе|швили|ович|евич|ман|берг|ер|оглу|ко|ян|ец|[уы]ль|жан|бай|ай|ой)$"
)
_FIRM_SURNAME = re.compile(r"(?:[оеё]в|[иы]н)(?:|а|у|е|ой|ым|ою)$|[сц]к(?:ий|ая|ой|ого|ому|им|ую)$|енко$")


@dataclass(frozen=True, slots=True)
class NameParts:
    """The words of one name in their roles, as written."""

    surname: str
    given: str
    patronymic: str = ""
    particle: str = ""


def normalise(written: str, *, complete_allowed_without_patronymic: bool = False) -> FieldValue:
    """The full name in a value that stands for the person.

    Invalid `initials`: initials or a single word. Doubtful: no patronymic (unless allowed), no surname, an uncertain
    nominative (`candidates` hold the other readings and the written form). Missing: no name at all.
    """
    text, coded = without_code(tidy(written))
    words = _words(text)
    value = _value(words, written, complete=complete_allowed_without_patronymic)
    several = _several(text) if value.usable else ()
    if len(several) > 1:
        return doubtful(several[0], written, "two candidates", candidates=several)
    if coded and value.usable:
        return doubtful(value.value or "", written, "code behind the value dropped", candidates=value.candidates)
    return value


def _several(text: str) -> tuple[str, ...]:
    """The different full names of a value that holds more than one person, in order."""
    if sum(is_patronymic(word) for word in map(cyrillic, _WORD.findall(text))) < _TWO:
        return ()
    names: dict[str, None] = {}
    words: list[str] = []
    for word in map(cyrillic, _WORD.findall(text)):
        if is_title(word) or len(word) < _TWO:
            continue
        words.append(word)
        if is_patronymic(word) and len(words) > _TWO:
            names[_value(words, "", complete=False).value or ""] = None
            words = []
    return tuple(name for name in names if name)


def _words(text: str) -> list[str]:
    """The words of the name, without posts before and after it."""
    pieces = _CUT.split(_PART_LABEL.sub(" ", _FORMER.sub("", text)))
    best: list[str] = []
    for piece in pieces:
        words = [cyrillic(word) for word in _WORD.findall(piece)]
        words = [word for word in words if not is_title(word)]
        if len(words) > len(best) and not (best and any(is_patronymic(word) for word in best)):
            best = words
    return best


@lru_cache(maxsize=8192)
def cyrillic(word: str) -> str:
    """A word with Latin look-alikes made Cyrillic, capitals kept."""
    return word.translate(_ALIKE) if is_mixed(word) else word


@lru_cache(maxsize=8192)
def is_title(word: str) -> bool:
    """Whether a word is a post, rank or form of address, or a lower-case word that is nobody's name."""
    plain = word.rstrip(".").lower()
    if len(plain) == 1:
        return word.islower()
    if _TITLES.match(plain) and not morphology.has(plain, "Surn", "Name", "Patr"):
        return True
    if word.islower() and plain not in _PARTICLES and not is_patronymic(plain):
        return not morphology.has(plain, "Surn", "Name", "Patr")
    return False


@lru_cache(maxsize=8192)
def is_patronymic(word: str) -> bool:
    """Whether a word has the form of a patronymic and is no other known word («основной», «кирпич»)."""
    plain = word.lower()
    if _FUSED.match(plain) or (_KAZAKH.match(plain) and not morphology.known(plain)):
        return True
    if declension.patronymic_case(plain) is None or len(plain) < 5:  # noqa: PLR2004 - «Ильич»
        return False
    if not morphology.known(plain):
        return True
    readings = morphology.forms(plain)
    return any("Patr" in form for form in readings) or not any(form.known for form in readings)


def _value(words: list[str], written: str, *, complete: bool) -> FieldValue:
    initials = [word for word in words if len(word.rstrip(".")) <= 1 or (word.endswith(".") and len(word) <= 3)]  # noqa: PLR2004
    full = [word.rstrip(".") for word in words if word not in initials]
    if initials and len(full) < 2:  # noqa: PLR2004 - surname and given name
        return refused(INITIALS, written)
    if not full:
        return FieldValue(written=written)
    if len(full) == 1:
        return refused(INITIALS, written) if is_surname(full[0]) or is_given(full[0]) else FieldValue(written=written)
    parts, reason = arrange(full)
    reason = reason or ("letters of another alphabet" if not all(map(_CYRILLIC.search, full)) else "")
    return named(parts, written, reason, complete=complete and not initials)


def arrange(words: list[str]) -> tuple[NameParts, str]:
    """The words of a name in their roles, and what is odd ("" if nothing)."""
    particle = words[-1] if words[-1].lower() in _PARTICLES and len(words) > 2 else ""  # noqa: PLR2004
    if particle:
        *before, father = words[:-1]
        surname, given = _pair(before) if len(before) > 1 else ("", before[0])
        return NameParts(surname, given, father, particle.lower()), "" if surname else "no surname"
    at = _patronymic_at(words)
    if at is None:
        surname, given = _pair(words)
        return NameParts(surname, given), NO_PATRONYMIC if len(words) == 2 else "order of the words is unclear"  # noqa: PLR2004
    rest = words[:at] + words[at + 1 :]
    if len(rest) == 1:
        if is_given(rest[0]) or not is_surname(rest[0]):
            return NameParts("", rest[0], words[at]), "no surname"
        return NameParts(rest[0], "", words[at]), "no first name"
    if at == 0:
        surname, given = _pair(rest[:2])
    else:
        surname, given = (words[2], words[0]) if at == 1 else (words[at - 2], words[at - 1])
        swapped = is_given(surname) or not is_surname(surname)
        if swapped and not is_given(given) and _FIRM_SURNAME.search(given.lower()):
            surname, given = given, surname
    return NameParts(surname, given, words[at]), ""


def _patronymic_at(words: list[str]) -> int | None:
    spots = [at for at, word in enumerate(words) if is_patronymic(word)]
    if not spots:
        return None
    return next((at for at in reversed(spots) if at and is_given(words[at - 1])), spots[-1])


def _pair(words: list[str]) -> tuple[str, str]:
    """Surname and given name of words without a patronymic."""
    if len(words) > 2:  # noqa: PLR2004 - foreign names stay in their order
        return words[0], " ".join(words[1:])
    first, second = words
    if is_given(first) and (not is_given(second) or (is_surname(second) and not is_surname(first))):
        return second, first
    return first, second


@lru_cache(maxsize=8192)
def is_given(word: str) -> bool:
    """Whether the dictionary knows a word as a first name."""
    plain = word.lower()
    if not morphology.known(plain):
        return False
    return any("Name" in form and form.known and not form.plural for form in morphology.forms(plain))


@lru_cache(maxsize=8192)
def is_surname(word: str) -> bool:
    """Whether a word looks like a surname, by the dictionary or by its ending."""
    plain = word.lower()
    return _SURNAME.search(plain) is not None or morphology.has(plain, "Surn")


def named(parts: NameParts, written: str, reason: str, *, complete: bool = False) -> FieldValue:
    """The value of arranged words: in the nominative, with capitals, doubtful where something was guessed."""
    if reason == NO_PATRONYMIC and complete:
        reason = ""
    gender, case = case_of(parts)
    if case == "nomn":
        value = _joined(parts.surname, parts.given, parts.patronymic, parts.particle)
        return doubtful(value, written, reason) if reason else good(value, written)
    surname = declension.surname(parts.surname.lower(), gender, case) if parts.surname else Guess("")
    given = declension.given(parts.given.lower(), gender, case) if parts.given else Guess("")
    kept = bool(parts.particle) or _FUSED.match(parts.patronymic.lower()) is not None
    father = parts.patronymic if kept else declension.patronymic(parts.patronymic.lower())
    family, first = _like(surname.word, parts.surname), _like(given.word, parts.given)
    father = _like(father, parts.patronymic)
    value = _joined(family, first, father, parts.particle)
    if not surname.others and not given.others:
        return doubtful(value, written, reason) if reason else good(value, written)
    others = [_joined(_like(one, parts.surname), first, father, parts.particle) for one in surname.others]
    others += [_joined(family, _like(one, parts.given), father, parts.particle) for one in given.others]
    as_written = _joined(parts.surname, parts.given, parts.patronymic, parts.particle)
    candidates = tuple(dict.fromkeys((value, *others, as_written)))
    return doubtful(value, written, reason or "nominative guessed", candidates=candidates)


def case_of(parts: NameParts) -> tuple[str, str]:
    """Gender and case of a name, from the patronymic or else from the first name."""
    father = parts.patronymic.lower()
    if father and not parts.particle and not _FUSED.match(father) and not _KAZAKH.match(father):
        return declension.patronymic_case(father) or ("", "nomn")
    gender, case = declension.given_case(parts.given.lower()) if parts.given else ("", "nomn")
    known = _PARTICLES.get(parts.particle, "")
    return known or gender, case


def _like(new: str, old: str) -> str:
    """A lower-cased word with the capitals of the written one; «ё» of the written form is kept."""
    return _capital(new) if old.islower() or old.isupper() or not old else _same_capitals(new, old)


def _same_capitals(new: str, old: str) -> str:
    before = old.split("-")
    parts = enumerate(new.split("-"))
    return "-".join(_capital(part) if at >= len(before) or before[at][:1].isupper() else part for at, part in parts)


def _joined(surname: str, given: str, father: str, particle: str) -> str:
    words = [_shown(surname), _shown(given), _father(father), particle.lower()]
    return " ".join(word for word in words if word)


def _shown(word: str) -> str:
    """Normal capitals for a word in capitals or small letters; anything else as written."""
    return (
        " ".join(
            _capital(one) if one.isupper() or one.islower() or one[:1].islower() else one for one in word.split(" ")
        )
        if word
        else ""
    )


def _father(word: str) -> str:
    """A patronymic: only its first letter is a capital when it was not written otherwise («Кара-ооловна»)."""
    return word[:1].upper() + word[1:].lower() if word.isupper() or word.islower() else word


def _capital(word: str) -> str:
    first, *rest = word.split("-")
    return "-".join(
        [first[:1].upper() + first[1:].lower()]
        + [part.lower() if part.lower() in _SMALL_PARTS else part[:1].upper() + part[1:].lower() for part in rest]
    )


def particles() -> frozenset[str]:
    """The words that follow a Turkic father's name («оглы», «кызы» …)."""
    return frozenset(_PARTICLES)
