"""Letters for the benchmarks: the project's own test letters, varied so that no two are the same message."""

import re
from pathlib import Path

LETTERS = Path(__file__).resolve().parent.parent / "letters"
_MESSAGE_ID = re.compile(rb"^message-id:.*?\r?\n(?=\S)", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def mixed(count: int, *, start: int = 0) -> list[bytes]:
    """That many letters in turn from all test letters, each with a Message-ID of its own."""
    sources = [path.read_bytes() for path in sorted(LETTERS.rglob("*.eml"))]
    return [_varied(sources[number % len(sources)], number) for number in range(start, start + count)]


def _varied(raw: bytes, number: int) -> bytes:
    fresh = f"Message-ID: <bench-{number}@bench.example>\r\n".encode()
    changed, found = _MESSAGE_ID.subn(fresh, raw, count=1)
    return changed if found else fresh + raw
