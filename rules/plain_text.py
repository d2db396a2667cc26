"""Foreign text made fit to show in our replies, and our own text made fit to read: one line, bounded, nothing live.

Pure, and bounded by the length that is shown, not by the length that arrived. Never escapes HTML: templates do.
"""

import re

NBSP = "\u00a0"
WIDTH = 76
_LOOK_AT = 4  # times the wanted length is looked at before it is cut: room for what is removed
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Invisible and direction-changing characters, soft hyphens, joiners, tags, variation selectors.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S*", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,5}(?:[a-z]{2,24}|рф|рус|дети)(?![\w@.-])\S*", re.IGNORECASE)
_TIE = re.compile(r"(?<![\w-])(в|к|с|о|у|и|а|во|ко|со|об|на|не|по|до|за|из|от|№) (?=[^\s—])", re.IGNORECASE)
_COUNT = re.compile(r"(?<=\d) (?=[а-яё])")


def plain(text: str, limit: int) -> str:
    """A foreign text as one visible line of at most `limit` code points, cut with «…»."""
    seen = text[: limit * _LOOK_AT]
    line = " ".join(_SURROGATE.sub("\ufffd", _UNSEEN.sub("", _BREAKS.sub(" ", seen))).split())
    if len(line) <= limit and len(seen) == len(text):
        return line
    return line[: limit - 1].rstrip() + "…"


def without_links(text: str, instead: str, *, bare: bool = True) -> str:
    """The text with web addresses replaced: mail programs would make them live in a letter that bears our name.

    `bare`: also domains without «http» or «www».
    """
    dead = _LINK.sub(instead, text)
    return _DOMAIN.sub(instead, dead) if bare else dead


def tied(text: str) -> str:
    """Russian typography: no line ends on a short preposition or a «№», nor between a number and its noun or before a dash."""
    return _COUNT.sub(NBSP, _TIE.sub(rf"\1{NBSP}", text)).replace(" — ", f"{NBSP}— ")


def wrapped(text: str, width: int = WIDTH) -> str:
    """Lines of at most `width` code points, broken at spaces; what follows «— » hangs under it.

    A word longer than a line stays whole. White space at line ends and more than one empty line are removed.
    """
    lines: list[str] = []
    for line in text.splitlines():
        clean = line.rstrip(" \t")
        if len(clean) <= width:
            if clean or (lines and lines[-1]):
                lines.append(clean)
            continue
        lines.extend(_broken(clean, width))
    return "\n".join(lines).strip("\n") + "\n"


def _broken(line: str, width: int) -> list[str]:
    body = line.lstrip(" ")
    lead = line[: len(line) - len(body)]
    hang = lead + "  " if body.startswith("— ") else lead
    out, current = [], lead
    for word in body.split(" "):
        if current.strip() and len(current) + 1 + len(word) > width:
            out.append(current)
            current = hang + word
        else:
            current += word if not current.strip() else f" {word}"
    return [*out, current]
