"""The phrases by which quotations, forwards and signatures are known: data in `quotes.toml`, compiled once. Pure.

Holds only which words; how a quotation is built of them is the business of the parsing.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LINE = re.IGNORECASE


def _any(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases, the longest first; ё and е are one letter."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace("е", "[её]") for phrase in ordered)


@dataclass(frozen=True, slots=True)
class QuotePhrases:
    """The compiled phrases; each pattern is matched at the beginning of a line, white space around it stripped.

    `verb` ends an attribution with a colon. `original`, `forward` and `forward_end` match whole marker lines with or
    without dashes. `header` matches one line of a header block; its last group names which (from, date, to, subject).
    """

    verb: re.Pattern[str]
    original: re.Pattern[str]
    forward: re.Pattern[str]
    forward_end: re.Pattern[str]
    forward_subject: re.Pattern[str]
    header: re.Pattern[str]
    closing: re.Pattern[str]
    program: re.Pattern[str]
    footer: re.Pattern[str]
    footer_word: re.Pattern[str]
    postscript: re.Pattern[str]

    @classmethod
    def load(cls, path: Path) -> "QuotePhrases":
        """Read `quotes.toml`."""
        return cls.from_toml(path.read_text(encoding="utf-8"))

    @classmethod
    def from_toml(cls, text: str) -> "QuotePhrases":
        """Compile the phrases of a TOML text."""
        table = tomllib.loads(text)
        signature = table["signature"]
        groups = "|".join(f"(?P<{name}>{_any(table['headers'][name])})" for name in ("from", "date", "to", "subject"))
        return cls(
            verb=re.compile(
                rf"(?<!\w)(?:{_any(table['verbs'])})(?=\s*:|\s+\S{{1,40}}(?:\s\S{{1,20}}){{0,8}}\s*:$)", _LINE
            ),
            original=_marker(table["originals"]),
            forward=_marker(table["forwards"]),
            forward_end=_marker(table["forward_ends"]),
            forward_subject=re.compile(
                rf"\W*(?:{_any(table['forward_subjects'])})\.?\s*(?:[\[(^*]?\d{{1,3}}[\])]?)?\s*:", _LINE
            ),
            header=re.compile(rf"[*_|]{{0,3}}\s?(?:{groups})\s?[*_]{{0,2}}\s?(?:\|\s)?:", _LINE),
            closing=re.compile(rf"[-–—*_]{{0,3}}\s?(?:{_any(signature['closings'])})(?!\w)", _LINE),
            program=re.compile(rf"[-–—*_]{{0,3}}\s?(?:{_any(signature['programs'])})(?!\w)", _LINE),
            footer=re.compile(rf"[-–—*_(]{{0,3}}\s?(?:{_any(signature['footers'])})(?!\w)", _LINE),
            footer_word=re.compile(_any(signature["footer_words"]), _LINE),
            postscript=re.compile(rf"(?:{_any(signature['postscripts'])})(?!\w)", _LINE),
        )


def _marker(phrases: Iterable[str]) -> re.Pattern[str]:
    """A line that holds the phrase between dashes, or nothing but the phrase and a colon."""
    return re.compile(
        rf"(?:[-–—_=*]{{2,}}\s{{0,3}}(?:{_any(phrases)})[^\n]{{0,80}}|(?:{_any(phrases)})\s{{0,3}}:|(?:{_any(phrases)})\s{{0,3}}[-–—_=]{{2,}})$",
        _LINE,
    )
