"""Ways in which a letter may arrive spoilt. Each takes raw bytes and gives raw bytes; the same seed, the same bytes."""

import base64
import quopri
import re
from collections.abc import Callable, Sequence
from random import Random

LARGEST = 200_000  # bytes; reading is bound for letters of this size
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(rb'charset="?[\w.:+-]+"?', re.IGNORECASE)
_TRANSFER = re.compile(rb"(?<=Content-Transfer-Encoding: )[^\r\n]*", re.IGNORECASE)
_FIELD_START = re.compile(rb"\r?\n(?=[!-9;-~]+:)")
_CHARSETS = (
    b"utf-8", b"windows-1251", b"koi8-r", b"utf-16", b"utf-7", b"iso-2022-jp", b"iso-8859-5", b"cp866", b"x-unknown", b"rot13",
    b"base64", b"idna", b"unicode_escape", b"utf-32-be", b"mac-cyrillic", b'"', b"",
)  # fmt: skip
_TRANSFERS = (
    b"base64",
    b"quoted-printable",
    b"7bit",
    b"8bit",
    b"binary",
    b"x-uuencode",
    b"base64; x",
    b"=?utf-8?B?",
    b"",
)
_ODD = (
    b"\0", b"\r", b"\x0b", b"\x0c", b"\x1b[2J", b"\x7f", b"\xff\xfe", b"\xef\xbb\xbf", "\u202e".encode(), "\u200b".encode(),
    "\u00ad".encode(), "\u2028".encode(), "\u0301".encode() * 20, "\U0001f3eb".encode(), b"\xed\xa0\x80", b"\xd0", b"\t" * 50,
)  # fmt: skip
_WORDS = tuple(
    one.encode()
    for one in (
        "Телефон: ", "\nФИО: ", "Полное наименование", " | ", "> ", "\n\n", "«", "»", "(", ")", "-- \n", "8 (917) 123-45-67", "собака",
        "г. ", "Иванова Мария Петровна", "МБОУ СОШ № 5", "Республика Татарстан", "\nОт: ", "пишет:\n", "---------- Forwarded message ---------\n",
        "<table><tr><td>", "</td></tr>", "<div style='display:none'>", "<!--", "<blockquote>", "&#1234567;", "=?utf-8?Q?", "?=", "\n--",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\n", "1. ", ";", ": ", "@", ".ru",
    )
)  # fmt: skip

Spoil = Callable[[bytes, Random, Sequence[bytes]], bytes]


def spoilt(letters: Sequence[bytes], random: Random) -> tuple[bytes, tuple[str, ...]]:
    """One of the letters spoilt in one to four ways, and the names of the ways."""
    raw = random.choice(letters)
    ways = random.choices(WAYS, k=random.choice((1, 1, 2, 2, 3, 4)))
    for way in ways:
        raw = way(raw, random, letters)[:LARGEST]
    return raw, tuple(way.__name__ for way in ways)


def flip_bytes(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Some bytes become others."""
    made = bytearray(raw)
    for _turn in range(random.choice((1, 3, 10, 60)) if made else 0):
        made[random.randrange(len(made))] = random.randrange(256)
    return bytes(made)


def swap_headers(raw: bytes, random: Random, letters: Sequence[bytes]) -> bytes:
    """Headers in another order, doubled, lost, or with the value of another letter's."""
    head, rest = _opened(raw)
    fields = _FIELD_START.split(head)
    random.shuffle(fields)
    del fields[: random.choice((0, 0, 1, 3))]
    fields += random.sample(fields, min(len(fields), random.choice((0, 1, 2))))
    strange = _FIELD_START.split(_opened(random.choice(letters))[0])
    fields += random.sample(strange, min(len(strange), random.choice((0, 1, 4))))
    if fields and random.random() < 0.3:
        name = fields[-1].partition(b":")[0]
        fields[-1] = name + b": " + random.choice(strange or [b""]).partition(b":")[2].strip()
    return b"\r\n".join(fields) + rest


def swap_charset(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Every charset declared as another one, or the bytes in another one than declared."""
    if random.random() < 0.5:
        return _CHARSET.sub(lambda _hit: b"charset=" + random.choice(_CHARSETS), raw)
    head, rest = _opened(raw)
    written = rest.decode("utf-8", "replace")
    return head + written.encode(random.choice(("cp1251", "koi8-r", "utf-16", "cp866", "utf-8-sig")), "replace")


def splice(raw: bytes, random: Random, letters: Sequence[bytes]) -> bytes:
    """The beginning of one letter and the end of another."""
    other = random.choice(letters)
    return raw[: random.randint(0, len(raw))] + other[random.randint(0, len(other)) :]


def repeat(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """A stretch comes many times in a row."""
    start = random.randint(0, len(raw))
    piece = raw[start : start + random.choice((1, 3, 20, 100, 1_000))]
    times = min(random.choice((2, 10, 300, 5_000)), LARGEST // max(1, len(piece)))
    return raw[:start] + piece * times + raw[start:]


def nest(raw: bytes, random: Random, letters: Sequence[bytes]) -> bytes:
    """The letter inside others: parts in parts, letters in letters."""
    for level in range(random.choice((1, 2, 5, 40))):
        if len(raw) > LARGEST:
            break
        mark = b"nest%d" % random.choice((level, 0))
        kind = random.choice((b"mixed", b"alternative", b"related", b"digest", b"report; report-type=delivery-status"))
        inner = random.choice((b"Content-Type: message/rfc822\r\n\r\n", b"", b"Content-Type: text/html\r\n\r\n"))
        beside = random.choice((b"", b"--" + mark + b"\r\n" + random.choice(letters)[:3_000] + b"\r\n"))
        close = random.choice((b"\r\n--" + mark + b"--\r\n", b""))
        head = b"Content-Type: multipart/" + kind + b"; boundary=" + mark + b"\r\n\r\n"
        raw = head + beside + b"--" + mark + b"\r\n" + inner + raw + close
    return raw


def strew_odd(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Control characters, invisible ones and halves of characters anywhere."""
    return _strewn(raw, random, _ODD)


def strew_words(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Labels, quotation marks, markup and bits of MIME anywhere."""
    return _strewn(raw, random, _WORDS)


def break_transfer(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """Another transfer encoding than declared, or one that is damaged."""
    if random.random() < 0.4:
        return _TRANSFER.sub(lambda _hit: random.choice(_TRANSFERS), raw)
    head, rest = _opened(raw)
    encode = random.choice((base64.encodebytes, base64.b64encode, quopri.encodestring))
    body = encode(rest[:LARGEST])
    word = b"quoted-printable" if encode is quopri.encodestring else b"base64"
    start = random.randint(0, len(body))
    body = (
        body[:start]
        + random.choice((b"", b"=", b"====", b"=\xd0", b"%", b"\n\n"))
        + body[start + random.randint(0, 9) :]
    )
    return _TRANSFER.sub(word, head) + b"\r\nContent-Transfer-Encoding: " + word + b"\r\n\r\n" + body


def cut_off(raw: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """The end is missing, or the beginning, or a stretch between."""
    start, stop = sorted((random.randint(0, len(raw)), random.randint(0, len(raw))))
    return random.choice((raw[:start], raw[start:], raw[:start] + raw[stop:]))


WAYS: tuple[Spoil, ...] = (
    flip_bytes, swap_headers, swap_charset, splice, repeat, nest, strew_odd, strew_words, break_transfer, cut_off,
)  # fmt: skip


def _opened(raw: bytes) -> tuple[bytes, bytes]:
    """Header and body; the body keeps the empty line."""
    end = _HEADER_END.search(raw)
    return (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")


def _strewn(raw: bytes, random: Random, pieces: Sequence[bytes]) -> bytes:
    for _turn in range(random.choice((1, 4, 20, 200))):
        at = random.randint(0, len(raw))
        raw = raw[:at] + random.choice(pieces) + raw[at:]
    return raw
