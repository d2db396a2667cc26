"""Cleaning of what stands in a field: invisible marks, white space, pasted code. Pure; knows no kind of value."""

import re

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000e-\u001f]")
_SPACE = re.compile(r"\s+")
_MARKS = " \t,;:•·*–—\"«»„“”‟'`"
_CODE = re.compile(
    r"'\s*\)?\s*;|;\s*--|\b(?:drop|alter)\s+table\b|\bunion\s+select\b|\bor\s+1\s*=\s*1|<\s*/?\s*script|"
    r"\$\(|`|\{\{|\$\{|=\s*(?:cmd|hyperlink|importxml|dde)\b|(?:&&|\|\||;|\|)\s*(?:rm|curl|wget|sh|bash|reboot|cat|ping)\b|"
    r"\"\s*>\s*<|'\s*(?:or|and)\s+'|'\s*--",
    re.IGNORECASE,
)
_LEADING_FORMULA = re.compile(r"^[=+@]\s*(?:cmd|hyperlink|importxml|dde|sum)\b.*$", re.IGNORECASE | re.DOTALL)
LIMIT = 4_000  # code points of one value that are looked at; a longer one is text, not a value


def tidy(written: str) -> str:
    """Without invisible marks, every run of white space one space, ends trimmed; at most `LIMIT` code points."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", written[:LIMIT])).strip()


def without_code(text: str) -> tuple[str, bool]:
    """A value without code somebody put behind it (SQL, shell, formula, markup), and whether there was any.

    What stands before the code is kept; the caller makes the rest doubtful.
    """
    formula = _LEADING_FORMULA.match(text)
    if formula:
        return "", True
    match = _CODE.search(text)
    if match is None:
        return text, False
    return text[: match.start()].rstrip(" '\";|&=<"), True


def trim_marks(text: str) -> str:
    """A value without list marks and stray punctuation at its ends."""
    return text.strip(_MARKS)
