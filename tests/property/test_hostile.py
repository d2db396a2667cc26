"""No letter of 100 kB, whatever it repeats, makes the parser or the reader stand still.

The limit is far above what any of them takes (below a second): it tells quadratic work from a busy machine.
"""

import time

import pytest

from intake.bootstrap import rule_book
from intake.parsing import parse
from intake.reading import read
from rules.application import FieldName, Reading
from tests.bench.hostile import shapes

BOOK = rule_book()
SECONDS = 10.0
LETTERS = dict(shapes())


@pytest.mark.parametrize("shape", LETTERS)
def test_a_hostile_letter_is_read_in_time(shape: str) -> None:
    start = time.perf_counter()
    message = parse(LETTERS[shape], BOOK.quotes)
    reading = read(message, BOOK, ours=frozenset({"info@sferum.ru"}))
    assert time.perf_counter() - start < SECONDS
    assert isinstance(reading, Reading)
    for application in reading.applications:
        for value in (application[name] for name in FieldName):
            part = message.part(value.source.part) if value.source else None
            assert value.source is None or (part is not None and value.source.end <= len(part.text))
