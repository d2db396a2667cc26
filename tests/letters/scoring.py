"""How a reading compares with what a careful person would have read (the `.json` beside each letter)."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_QUOTES = re.compile("[«»“”„‟\"'`’‘]+")
_TYPE = re.compile(
    r"^(?:г\.?о\.?|город|гор\.?|г\.?|пгт\.?|п\.?г\.?т\.?|рп\.?|р\.?\s?п\.?|пос[её]лок|пос\.?|п\.?|село|с\.?\s?п\.?|с\.?|деревня|дер\.?|д\.?|"
    r"станица|ст-ца|ст\.?|хутор|х\.?|аул|а\.?|улус|у\.?|рабочий пос[её]лок)\s+"
)


@dataclass(frozen=True)
class Score:
    """`wrong` holds the silent errors: a value called `ok` that is not what the letter says."""

    counts: Counter[str]
    wrong: tuple[str, ...]
    misses: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def right(self) -> float:
        """The share of fields that came out right."""
        return self.counts["right"] / max(1, sum(self.counts.values()))


def letters(*folders: Path) -> list[Path]:
    """The letters of some folders that have an expectation beside them (or in the folder of expectations)."""
    return sorted(path for folder in folders for path in folder.glob("*.eml"))


def score(pairs: Iterator[tuple[dict[str, Any], dict[str, Any]]]) -> Score:
    """Compare (expected, read) pairs."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    misses: list[str] = []
    kinds: list[str] = []
    for gold, got in pairs:
        if gold["kind"] != got["kind"]:
            kinds.append(f"{gold['id']}: {got['kind']} instead of {gold['kind']}")
        if gold["kind"] != "application":
            continue
        for name, verdict, said in _fields(gold, got):
            counts[verdict] += 1
            if verdict != "right":
                (wrong if verdict == "wrong" else misses).append(f"{gold['id']} {name}: {verdict}: {said}")
    return Score(counts, tuple(wrong), tuple(misses), tuple(kinds))


def _fields(gold: dict[str, Any], got: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    expected = [gold["fields"], *gold.get("more", [])]
    read = got["applications"] if got["kind"] == "application" else []
    for number, fields in enumerate(expected):
        cells = read[number] if number < len(read) else {}
        also = gold.get("also", {}) if number == 0 else {}
        for name, want in fields.items():
            cell = cells.get(name) or {"status": "missing", "value": None}
            yield name, _verdict(name, want, cell, also.get(name, [])), str(cell.get("value"))
    for cells in read[len(expected) :]:
        yield from ((name, "wrong", str(cell["value"])) for name, cell in cells.items() if cell["value"])


def _verdict(name: str, want: str | None, cell: dict[str, Any], also: list[str] | str) -> str:
    value = cell.get("code") if name == "region" else cell.get("value")
    value = value if cell["status"] in {"ok", "doubtful"} else None
    accepted = [want, *([also] if isinstance(also, str) else also)]
    if (value is None and want is None) or any(_same(name, value, one) for one in accepted if one and value):
        return "right"
    if value is None:
        return "lost"
    return "wrong" if cell["status"] == "ok" else "doubtful but wrong"


def _same(name: str, one: str, other: str) -> bool:
    if name == "settlement":
        return _TYPE.sub("", _plain(one)) == _TYPE.sub("", _plain(other))
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    text = _QUOTES.sub('"', text)
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    text = re.sub(r"\s*-\s*", "-", text)
    text = re.sub(r"(№|n(?=\s*\d))\s*", "№", text)
    return re.sub(r'\s+|"', " ", text).replace("  ", " ").strip(" .,;:-")


def expectation(path: Path, folder: Path | None = None) -> dict[str, Any]:
    """The expectation of a letter."""
    done: dict[str, Any] = json.loads(((folder or path.parent) / f"{path.stem}.json").read_text(encoding="utf-8"))
    return done
