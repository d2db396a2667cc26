"""The dictionary of labels: which field a run of words before a value names.

A label is not looked up whole: its words carry tags (full, short, name, phone, admin …, data in `labels.toml`) and the
tags decide the field, so that «Полн. наим-е ОО (по уставу)» is understood without having been listed. Words are
compared folded (case, ё, Latin look-alikes) and, when unknown, against typical forms with rapidfuzz. Pure; knows
nothing of letters or lines.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from rules.fields.fold import fold, to_cyrillic

MAX_LABEL = 200  # code points; a longer run before a colon is a sentence
_TYPO_RATIO = 82.0
_TYPO_LENGTH = 5
_WORD = re.compile(r"[а-яa-z№]+(?:[./\-][а-яa-z]+)*", re.IGNORECASE)
_FULL_NAME = re.compile(r"\bф\.?\s?и\.?\s?о\b\.?")
_MAIL = re.compile(r"\b[еe]\s?-\s?(?:mail|мэйл|мейл|майл)")
_LATIN, _CYRILLIC = re.compile("[A-Za-z]"), re.compile("[А-Яа-яЁё]")
_WORDS_APART = re.compile(r"[^/]{3,}(?:/[^/]{3,})+")  # «город/регион», not «н/п»
_DEPUTY = re.compile(
    r"\W*(?:заместител\w*|помощник\w*|дубл[её]р\w*|зам\.?)\s+админ", re.IGNORECASE
)  # is not the administrator
_BRACKET = re.compile(r"\([^()]*\)")
_TWO_LANGUAGES, _SHORT_SIDE = 2, 3  # sides of a label in two languages, words on each
_CLAUSE = re.compile(r"[,;/()\n|+]|\sи\s|\sили\s")


class Slot(StrEnum):
    """What a label asks for; `name` and `address` are resolved by the value's form."""

    FULL = "full"
    SHORT = "short"
    NAME = "name"
    SETTLEMENT = "settlement"
    REGION = "region"
    ADDRESS = "address"
    ADMIN = "admin"
    PHONE = "phone"
    EMAIL = "email"
    OTHER = "other"  # another person than the administrator
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says: its slots in order, and whose phone or address it is (`admin`, `office`, `other` or "")."""

    slots: tuple[Slot, ...]
    owner: str
    words: str
    mobile: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tagged words of labels."""

    stems: tuple[tuple[str, str], ...]
    words: dict[str, str]
    typical: dict[str, str]

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read `labels.toml`."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        stems = [(stem, tag) for tag, entry in table.items() for stem in entry["stems"]]
        return cls(
            stems=tuple(sorted(stems, key=lambda pair: -len(pair[0]))),
            words={word: tag for tag, entry in table.items() for word in entry["words"]},
            typical={word: tag for tag, entry in table.items() for word in entry["typical"]},
        )

    def __hash__(self) -> int:
        return id(self)

    def tag(self, word: str) -> str:
        """The tag of one folded word, "" if it is no label word."""
        return _tag(self, word)

    def tags(self, text: str) -> tuple[str, ...]:
        """The tags of all words of a text in order; "" for words that are no label words."""
        return tuple(_tag(self, word) for word in words_of(text))


@lru_cache(maxsize=20_000)
def _tag(vocabulary: Vocabulary, word: str) -> str:
    exact = vocabulary.words.get(word)
    if exact is not None:
        return exact
    stem = next((tag for stem, tag in vocabulary.stems if word.startswith(stem)), "")
    if stem or len(word) < _TYPO_LENGTH:
        return stem
    near = process.extractOne(word, vocabulary.typical.keys(), scorer=fuzz.ratio, score_cutoff=_TYPO_RATIO)
    return vocabulary.typical[near[0]] if near else ""


def words_of(text: str) -> list[str]:
    """The folded words of a text; «Ф. И. О.» becomes «фио», abbreviating dots are dropped."""
    folded = fold(text)
    if "ф" in folded:
        folded = _FULL_NAME.sub(" фио ", folded)
    if "-" in folded:
        folded = _MAIL.sub(" email ", folded)
    found = [to_cyrillic(word.strip(".-/")) for word in _WORD.findall(folded)]
    if "/" not in folded:
        return found
    return [side for word in found for side in (word.split("/") if _WORDS_APART.fullmatch(word) else (word,))]


def read_label(text: str, vocabulary: Vocabulary) -> Label | None:
    """What a short text says as a label, None if it is none.

    It is one when (nearly) all its words are label words and at least one names a field. Of a label in two languages
    («Город / City») one side is enough.
    """
    if len(text) > MAX_LABEL or not text.strip() or "@" in text:
        return None
    return _understood(text, vocabulary)


@lru_cache(maxsize=1024)  # several ways of cutting a line ask for the same words, and letters use the same labels
def _understood(text: str, vocabulary: Vocabulary) -> Label | None:
    if _DEPUTY.match(text):
        return Label((Slot.IGNORE,), "", text.strip())
    found = _read(text, vocabulary)
    if found is None and "/" in text:
        sides = [side for side in text.split("/") if side.strip()]
        foreign = [side for side in sides if _LATIN.search(side) and not _CYRILLIC.search(side)]
        if foreign and len(foreign) < len(sides):
            return _read(" ".join(side for side in sides if side not in foreign), vocabulary)
        if len(sides) == _TWO_LANGUAGES and all(len(side.split()) <= _SHORT_SIDE for side in sides):
            return _read(sides[0], vocabulary) or _read(sides[1], vocabulary)
    if found is None and "(" in text and (plain := _BRACKET.sub(" ", text).strip()):
        return _read(plain, vocabulary)
    return found


def _read(text: str, vocabulary: Vocabulary) -> Label | None:
    tags = vocabulary.tags(text)
    known = sum(1 for tag in tags if tag)
    unknown = len(tags) - known
    if not known or unknown > known // 4 or all(tag == "filler" for tag in tags):
        return None
    clauses = [clause for clause in _CLAUSE.split(text) if clause and clause.strip()]
    slots: list[Slot] = []
    carried: set[str] = set()
    for clause in clauses:
        found = set(tags if len(clauses) == 1 and clause == text else vocabulary.tags(clause)) - {""}
        slots.extend(slot for slot in _slots(found, carried) if slot not in slots)
        carried |= found
    if not slots:
        return None
    return Label(_settle(slots), _owner(tags), text.strip(), mobile="mobile" in tags)


def _slots(tags: set[str], before: set[str]) -> list[Slot]:  # noqa: C901, PLR0911 - a table of cases, read from the top
    """The slots of one clause. `before`: the tags of earlier clauses of the same label."""
    if "former" in tags:
        return [Slot.IGNORE]
    if "email" in tags:
        return [Slot.EMAIL]
    if tags & {"phone", "mobile"}:
        return [Slot.PHONE] if not tags & {"full", "short"} else []
    if tags & {"person", "admin"} or ("given" in tags and not tags & {"full", "short"}):
        return [Slot.ADMIN]
    names = [slot for slot, tag in ((Slot.FULL, "full"), (Slot.SHORT, "short")) if tag in tags]
    if names:
        return names
    if "other" in tags:
        return [Slot.OTHER]
    if "ignore" in tags:
        return [Slot.IGNORE]
    if "name" in tags:
        return [] if before & {"full", "short"} else [Slot.NAME]
    places = [slot for slot, tag in ((Slot.SETTLEMENT, "place"), (Slot.REGION, "region")) if tag in tags]
    if places and "organization" not in tags:
        return places
    if "address" in tags:
        return [Slot.ADDRESS]
    return [Slot.NAME] if "organization" in tags and not before else []


def _settle(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Drop slots that a more telling one makes empty."""
    chosen = tuple(slots)
    if Slot.ADMIN in chosen and Slot.OTHER in chosen:
        chosen = tuple(slot for slot in chosen if slot is not Slot.OTHER)
    if Slot.NAME in chosen and {Slot.FULL, Slot.SHORT} & set(chosen):
        chosen = tuple(slot for slot in chosen if slot is not Slot.NAME)
    if len(chosen) > 1 and Slot.IGNORE in chosen:
        chosen = tuple(slot for slot in chosen if slot is not Slot.IGNORE)
    return chosen


def _owner(tags: Iterable[str]) -> str:
    found = set(tags)
    if "admin" in found or "mobile" in found:
        return "admin"
    if found & {"phone", "email"}:
        if "office" in found or "organization" in found:
            return "office"
        if "other" in found:
            return "other"
    return ""
