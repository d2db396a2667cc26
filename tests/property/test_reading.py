"""Whatever stands in a letter, it is read, its sources fit, and no shape makes the reader stand still."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.bootstrap import rule_book
from intake.parsing import parse
from intake.reading import read
from rules.application import FieldName, Reading
from rules.message import Message

BOOK = rule_book()
OURS = frozenset({"info@sferum.ru"})
SIZE = 50_000
SECONDS = 20.0  # quadratic behaviour takes minutes at this size; a busy machine does not
PIECES = st.sampled_from(
    [
        *(
            "ФИО: ",
            "Телефон",
            "почта - ",
            "Полное название",
            " | ",
            "\n",
            "\n\n",
            "> ",
            "1. ",
            "- ",
            ", ",
            "(",
            ")",
            "«",
            "»",
            '"',
        ),
        *(
            "МБОУ СОШ № 5",
            "муниципальное бюджетное учреждение",
            "Иванова Мария Петровна",
            "Иванов И.И.",
            "8 917 123-45-67",
        ),
        *(
            "a@b.example",
            "собака",
            "г. Казань",
            "Республика Татарстан",
            "С уважением,",
            "-- \n",
            "info@sferum.ru",
            "\t",
            "А",
            "9",
        ),
    ]
)
SHAPES = {
    "colons": ": ",
    "labels": "Телефон: ",
    "label lines": "Телефон:\n",
    "rows": "a | b\n",
    "numbers": "8 917 123-45-67 ",
    "addresses": "a@b.example ",
    "names": "Иванова Мария Петровна ",
    "organisations": "муниципальное бюджетное учреждение «Школа ",
    "quotes": "«",
    "brackets": "(",
    "digits": "9 ",
    "dashes": " - ",
    "quoted": "> x\n",
    "headers": "От: x\nДата: y\n",
    "letters": "а",
    "questions": "как? ",
}


def _letter(body: str) -> Message:
    head = b"From: x@school.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parse(head + body.encode("utf-8", "replace"), BOOK.quotes)


def _sources_fit(message: Message, reading: Reading) -> bool:
    for application in reading.applications:
        for value in (application[name] for name in FieldName):
            part = message.part(value.source.part) if value.source else None
            if value.source and (part is None or not 0 <= value.source.start <= value.source.end <= len(part.text)):
                return False
    return True


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=400))
def test_every_text_is_read_and_its_sources_lie_in_it(body: str) -> None:
    message = _letter(body)
    for asked in ((), tuple(FieldName)):
        assert _sources_fit(message, read(message, BOOK, ours=OURS, asked=asked))


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_reading_twice_gives_the_same(body: str) -> None:
    message = _letter(body)
    assert read(message, BOOK, ours=OURS) == read(message, BOOK, ours=OURS)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_no_shape_makes_the_reader_stand_still(shape: str) -> None:
    piece = SHAPES[shape]
    message = _letter(piece * (SIZE // len(piece)))
    start = time.perf_counter()
    read(message, BOOK, ours=OURS)
    assert time.perf_counter() - start < SECONDS
