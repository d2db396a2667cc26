"""Code points that a reader never sees, or sees as something else, brought into one plain form.

Only maps characters; knows nothing of charsets, headers or mark-up. A no-break space becomes a plain space, one code
point for one; characters without width or with a say in the direction of writing go, and are named as a defect.
"""

import re

DIRECTION = "direction-changing characters"
OVERRIDE = "overridden direction of writing"  # not what a phone book puts around a number it copies
INVISIBLE = "invisible characters"
CONTROL = "control characters"

_DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb"
)
_INVISIBLE += "".join(map(chr, range(0xE0000, 0xE0080)))  # tags: letters that nobody sees
_CONTROL = "".join(chr(c) for c in (*range(9), *range(14, 32), *range(127, 160)) if c != 0x85)  # noqa: PLR2004 - NEL ends a line
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"

_SPLIT_AT = "\x1c\x1d\x1e\x1f"  # controls that Python takes for white space
_SPECIAL = re.compile(f"[{_DIRECTION}{_INVISIBLE}{_CONTROL}{_SPACES}{_LINE_ENDS}\ud800-\udfff]")
_TABLE = str.maketrans(
    dict.fromkeys(_DIRECTION + _INVISIBLE + _CONTROL) | dict.fromkeys(_SPACES, " ") | dict.fromkeys(_LINE_ENDS, "\n")
)
_OVERRIDDEN = re.compile("\u202e([^\u202c\n]*)\u202c?")
_SURROGATES = re.compile("[\ud800-\udfff]")
_KINDS = (
    (re.compile(f"[{_DIRECTION}]"), DIRECTION),
    (re.compile("[\u202d\u202e]"), OVERRIDE),
    (re.compile(f"[{_INVISIBLE}]"), INVISIBLE),
    (re.compile(f"[{_CONTROL}]"), CONTROL),
)


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with plain characters and line ends, and the names of what was taken out of it.

    What stands behind a right-to-left override (U+202E) is turned round, so that the text says what a person sees.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u00a0", " ")  # by far the most frequent, hence apart
    if _is_plain(text):
        return text, ()
    defects = tuple(name for pattern, name in _KINDS if pattern.search(text) and not _only_leading_bom(text, name))
    if "\u202e" in text:
        text = _OVERRIDDEN.sub(lambda match: match.group(1)[::-1], text)
    return _SURROGATES.sub("\ufffd", text.translate(_TABLE)), defects


def _is_plain(text: str) -> bool:
    """Whether nothing in a text needs a change."""
    shown = text.replace("\n", "").replace("\t", "")
    if shown.isprintable() and not _shows_hidden(shown):
        return True
    return _SPECIAL.search(text) is None


def _shows_hidden(text: str) -> bool:
    """Whether one of the invisible characters stands in a text that Python takes for printable."""
    return "\u034f" in text or "\u115f" in text or "\u1160" in text or "\u17b4" in text or "\u17b5" in text


def _only_leading_bom(text: str, name: str) -> bool:
    """A byte order mark in front is usual and hides nothing."""
    return name == INVISIBLE and text.startswith("\ufeff") and not _KINDS[1][0].search(text, 1)


def one_line(text: str) -> str:
    """The text on one line: no line breaks, controls, invisible or direction-changing characters; single spaces."""
    if text.isprintable() and (text.isascii() or not _shows_hidden(text)):
        return " ".join(text.split())
    if text.isascii() and not any(one in text for one in _SPLIT_AT):
        joined = " ".join(text.split())
        if joined.isprintable():
            return joined
    turned = text.translate(_TABLE).replace("\r", " ")
    return " ".join(_SURROGATES.sub("\ufffd", turned).split())
