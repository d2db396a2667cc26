"""Bytes to text, right even where the declaration lies. Never raises.

UTF-8 proves itself: what decodes strictly is UTF-8, whatever was declared. Everything else is weighed: the declared
charset against the Cyrillic ones, by how much the outcome looks like written Russian. Does not know where the bytes
come from.
"""

import codecs
import re
from collections import Counter
from functools import lru_cache

_CYRILLIC = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
_ALIASES = {
    "cp-1251": "cp1251", "win-1251": "cp1251", "windows1251": "cp1251", "win1251": "cp1251", "x-cp1251": "cp1251",
    "koi8r": "koi8-r", "koi-8-r": "koi8-r", "x-koi8-r": "koi8-r", "dos-866": "cp866", "ibm-866": "cp866", "x-mac-cyrillic": "mac-cyrillic",
    "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
}  # fmt: skip
_ESCAPING = ("iso2022", "utf-7", "hz")  # charsets whose bytes are all ASCII
_NO_TEXT = frozenset({"base64", "hex", "bz2", "zip", "zlib", "uu", "quopri", "rot13", "idna", "punycode", "undefined"})
# How often a letter stands in Russian text, in percent (rounded).
_SHARES = "11 8.5 8 7.4 6.7 6.3 5.5 4.7 4.5 4.4 3.5 3.2 3 2.8 2.6 2 1.9 1.7 1.7 1.6 1.6 1.4 1.2 1 .9 .7 .6 .5 .4 .3 .3 .04 .04"
_OFTEN = dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", map(float, _SHARES.split()), strict=True))
_TYPOGRAPHY = "«»№—–…“”„’\u00a0"
_SAMPLE = 1200  # bytes that are weighed
_MARGIN = 0.3  # by how much a guess must beat the declaration
_MARGIN_LONG = 0.1  # the same for texts that are long enough to weigh well
_FEW_LETTERS = 40  # letters beyond ASCII up to which a text is short
_RUSSIAN = 0.6  # a score below which no reading looks Russian: the declaration stands
_BROKEN = 0.03  # share of undecodable bytes up to which a text is still held for UTF-8
_ROUNDING = 1e-6
_HIGH = re.compile(rb"[\x80-\xff]")

_LATIN_PAIR = r"[ÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_CP1251_TAIL = r"[\xa0\u0098°±ІіґµёѕЎўЈ¤Ґ¦§Ё©Є«¬­®ЇЅјєї№»ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ¶·]"
_CP1251_PAIR = f"[РС]{_CP1251_TAIL}"
_LATIN_ANY = r"[\xc2-\xdf][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[\xe0-\xef][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}"
_CP1251_ANY = rf"[В-Я]{_CP1251_TAIL}|[а-п]{_CP1251_TAIL}{{2}}"
# What gives doubly encoded Russian away, and then every character that was encoded twice.
_TWICE = (
    (re.compile(rf"{_LATIN_PAIR}(?:{_LATIN_PAIR})+"), re.compile(_LATIN_ANY), "cp1252"),
    (re.compile(rf"{_CP1251_PAIR}(?:{_CP1251_PAIR})+"), re.compile(_CP1251_ANY), "cp1251"),
)
_FEW = 3  # runs of doubly encoded letters below which a text is left alone


def decode(raw: bytes, declared: str = "") -> tuple[str, str]:
    """(text, defect): the text in `raw`; the defect names the lie of the declaration, "" if it told the truth."""
    codec = _codec(declared)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec != "utf-8":
        return raw.decode("utf-16", "replace"), _lie(declared, codec, "utf-16")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if raw.isascii():
        return _from_ascii(raw, declared, codec)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _weighed(raw, declared, codec)
    repaired = once(text)
    if repaired != text:
        return repaired, "encoded twice"
    return text, _lie(declared, codec, "utf-8")


def once(text: str) -> str:
    """The text with letters that were encoded to UTF-8 twice («ÐŸÑ€Ð¸», «РџСЂРё») brought back."""
    for sign, every, codec in _TWICE:
        runs = sign.findall(text)
        if sum(map(len, runs)) >= 2 * _FEW and any(_russian(_back(run, codec)) for run in runs):
            text = every.sub(lambda match, codec=codec: _back(match.group(), codec), text)  # type: ignore[misc]
    return text


def _russian(run: str) -> bool:
    return all(letter.casefold() in _OFTEN for letter in run)


def _back(run: str, codec: str) -> str:
    """A doubly encoded run decoded once, or as it is if it was none."""
    try:
        return b"".join(_byte(letter, codec) for letter in run).decode("utf-8")
    except UnicodeDecodeError:
        return run


def _byte(letter: str, codec: str) -> bytes:
    try:
        return letter.encode(codec)
    except UnicodeEncodeError:
        return bytes((ord(letter) & 0xFF,))


@lru_cache(maxsize=256)
def _codec(declared: str) -> str:
    """The codec's own name, "" if there is none of that name or it is none for text."""
    wanted = declared.strip().strip("\"'").lower()
    wanted = _ALIASES.get(wanted, wanted)
    try:
        b"a".decode(wanted, "ignore")
        name = codecs.lookup(wanted).name
    except (LookupError, ValueError):  # unknown, no charset for text, or no name at all
        return ""
    return "" if name in _NO_TEXT or name.startswith(("unicode", "raw")) else name


def _lie(declared: str, codec: str, real: str) -> str:
    if not declared or codec == real or (codec == "ascii" and not real):
        return ""
    return f"declared {_word(declared)} was {real}"


def _word(declared: str) -> str:
    return re.sub(r"[^\w.-]", "", declared)[:30].lower() or "nothing"


def _from_ascii(raw: bytes, declared: str, codec: str) -> tuple[str, str]:
    if codec.startswith("utf-16") and b"\0" in raw:
        return raw.decode(codec, "replace"), ""
    if codec.startswith(_ESCAPING):
        return raw.decode(codec, "replace"), ""
    if raw.count(b"\0") * 3 > len(raw):
        return raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-16-le", "replace"), _lie(declared, codec, "utf-16")
    return raw.decode("ascii"), ""


def _weighed(raw: bytes, declared: str, codec: str) -> tuple[str, str]:
    """The likeliest reading of bytes that are no UTF-8."""
    if raw.count(b"\0") * 3 > len(raw) or (codec.startswith("utf-16") and b"\0" in raw):
        wide = codec if codec.startswith("utf-16") else "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
        return raw.decode(wide, "replace"), _lie(declared, codec, wide)
    broken = raw.decode("utf-8", "replace")
    high = len(_HIGH.findall(raw))
    if broken.count("\ufffd") <= high * _BROKEN:
        return broken, "broken utf-8"
    sample = _sample(raw)
    honest = margin = 0.0
    declares = codec not in {"", "utf-8", "ascii"}
    if declares:
        honest = score(sample.decode(codec, "replace"))
        margin = _MARGIN if high < _FEW_LETTERS else _MARGIN_LONG
        if _none_beats(sample, honest + margin, but=codec):
            return raw.decode(codec, "replace"), ""
    scores = {name: score(sample.decode(name, "replace")) for name in _CYRILLIC}
    best = max(scores, key=lambda name: scores[name])
    if declares and (scores[best] <= honest + margin or (scores[best] < _RUSSIAN and _strictly(raw, codec))):
        return raw.decode(codec, "replace"), ""
    return raw.decode(best, "replace"), _lie(declared, codec, best)


def _none_beats(sample: bytes, limit: float, *, but: str) -> bool:
    """Whether no Cyrillic charset but the one named can score above the limit, by its letters alone (a quick look)."""
    counts = Counter(sample)
    enough = limit * max(1, len(sample)) - _ROUNDING
    return all(
        sum(most[byte] * count for byte, count in counts.items()) < enough
        for most in (_most_points(name) for name in _CYRILLIC if name != but)
    )


@lru_cache(maxsize=len(_CYRILLIC))
def _most_points(name: str) -> tuple[float, ...]:
    """The most points `score` gives for each byte of a charset, whatever stands before it."""
    every = bytes(range(256)).decode(name, "replace")
    return tuple(max(_points(one, before) for before in " а") for one in every)


def _strictly(raw: bytes, codec: str) -> bool:
    """Whether the bytes are possible in that charset at all."""
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _sample(raw: bytes) -> bytes:
    """The first stretch that holds letters beyond ASCII."""
    first = _HIGH.search(raw)
    start = max(0, first.start() - 20) if first else 0
    return raw[start : start + _SAMPLE]


def score(text: str) -> float:
    """How much a text looks like written Russian, per character; below 0 it looks like nothing."""
    points, before = 0.0, " "
    for letter in text:
        points += _points(letter, before)
        before = letter
    return points / max(1, len(text))


@lru_cache(maxsize=16_384)
def _points(letter: str, before: str) -> float:
    """What a letter adds to the score of its text, by the letter before it."""
    small = letter.lower()
    often = _OFTEN.get(small)
    if often is not None:
        if letter != small and before.islower():
            return often / 5 + 0.3 - 4
        return often / 5 + 0.3 - 3 * ("a" <= before.lower() <= "z")
    if letter < "\x80":
        plain = 0.2 if letter.isprintable() or letter in "\r\n\t" else -5
        return plain - 3 * ("a" <= small <= "z" and before.lower() in _OFTEN)
    if letter in _TYPOGRAPHY:
        return 0.3
    return 0.0 if letter.isalpha() and letter < "\u0250" and before < "\x80" else -4.0
