"""HTML kept shallow: elements nested deeper than browsers go are unwrapped before the document is parsed.

Parsers need time that grows with the square of the depth; a letter of nested elements would stop the house. Only drops
tags, never words.
"""

import re

_DEEPEST = 400  # levels of elements; browsers stop at about 500
_FEW = 400  # tags that cannot go deep enough to matter
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]{0,40})[^<>]*>")
# Elements without a content, and those whose end tag is commonly left out.
_FLAT = frozenset(
    {
        "br",
        "hr",
        "img",
        "input",
        "meta",
        "link",
        "col",
        "wbr",
        "area",
        "base",
        "embed",
        "source",
        "p",
        "td",
        "tr",
        "th",
        "dd",
        "dt",
    }
)


def shallow(source: str) -> tuple[str, bool]:
    """(the document, whether tags were dropped)."""
    if source.count("<") <= _FEW or not _goes_deep(source):
        return source, False
    kept, position, depth = [], 0, 0
    for tag in _TAG.finditer(source):
        if tag.group(2).lower() in _FLAT:
            continue
        depth += -1 if tag.group(1) else 1
        if depth >= _DEEPEST:
            kept += [source[position : tag.start()], "<br>"]
            position = tag.end()
        depth = max(depth, 0)
    kept.append(source[position:])
    return "".join(kept), True


def _goes_deep(source: str) -> bool:
    depth = 0
    for closing, name in _TAG.findall(source):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth >= _DEEPEST:
                return True
    return False
