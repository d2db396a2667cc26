"""Folding text for comparison: one spelling of case, ё, quotes, dashes, spaces and Latin look-alikes. Pure."""

from functools import lru_cache

_TO_CYRILLIC = str.maketrans("aceopxyktmbhu", "асеорхуктмвни")
_SAME_WIDTH = (("ё", "е"), ("\u00a0", " "), ("\u202f", " "), ("\u2011", "-"), ("\u2010", "-"), ("−", "-"))
_SHORT = 600  # code points of a text whose folding is kept a while


def fold(text: str) -> str:
    """Lower case, ё as е, all spaces and hyphens alike; as many code points as before."""
    return _kept(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text):  # «İ» grows when lowered; offsets must hold
        lowered = "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
    if not lowered.isascii():
        for one, plain in _SAME_WIDTH:  # several times faster than one `translate`
            lowered = lowered.replace(one, plain)
    return lowered


_kept = lru_cache(maxsize=512)(_fold)  # one stretch is folded by each finder that looks at it


def is_mixed(word: str) -> bool:
    """Whether a word mixes Cyrillic and Latin letters, as look-alike tricks do."""
    latin = any("a" <= one <= "z" for one in word.lower())
    return latin and any("а" <= one <= "я" or one == "ё" for one in word.lower())


@lru_cache(maxsize=4096)
def to_cyrillic(word: str) -> str:
    """A word with Latin look-alikes turned into Cyrillic letters, if it is mixed; otherwise unchanged."""
    return word.lower().translate(_TO_CYRILLIC) if is_mixed(word) else word
