"""Letters of 100 kB that were made to make a reader stand still: one piece said over and over, or told apart by a number.

Values only; whoever times them says what is too long.
"""

from collections.abc import Callable, Iterator

SIZE = 100_000  # bytes of a body

_SAME = {
    "digits": "9",
    "spaced digits": "9 ",
    "capital words": "Слово ",
    "towns' types": "г. ",
    "towns": "г. Казань ",
    "capitals": "Москва ",
    "at signs": "@",
    "spaced addresses": "a @ b . ru ",
    "quotes": "«",
    "closing quotes": "» ",
    "straight quotes": '" "',
    "brackets": "(",
    "labels": "Телефон: ",
    "label lines": "Телефон:\n",
    "colons": ": ",
    "rows": "a | b\n",
    "dashes": "-- \n",
    "names": "Иванов Иван Иванович ",
    "names in small letters": "иванову ивану ивановичу ",
    "pairs of names": "Иван Иванов ",
    "initials": "Иванова И.И. ",
    "abbreviated forms": "МБОУ ",
    "written-out forms": "муниципальное бюджетное общеобразовательное учреждение ",
    "open names": "муниципальное бюджетное учреждение «Школа ",
    "regions": "Тульская область ",
    "one long word": "а",
    "headers": "От: x\nДата: y\n",
    "marks": ">",
    "questions": "как? ",
    "dates": "05.10.2023, 15:11, ",
}
_COUNTED: dict[str, Callable[[int], str]] = {
    "unknown words": lambda n: f"{_unknown(n)} ",
    "unknown towns": lambda n: f"Город: {_unknown(n)}\n",
    "unknown surnames": lambda n: f"ФИО: {_unknown(n)}а Марина\n",
    "phones": lambda n: f"8 917 {n % 1000:03d}-{n // 1000 % 100:02d}-67\n",
    "schools": lambda n: f"МБОУ «Школа № {n}» 8 917 {n % 1000:03d}-45-67\n\n",
    "schools in one sentence": lambda n: f"муниципальное бюджетное учреждение «Школа № {n}», ",
    "labelled schools": lambda n: f"Название: МБОУ «Школа № {n}»\nФИО: Иванов Иван Иванович\n\n",
    "empty values": lambda n: "...\n" if n else "Телефон:\n",
}
_MARKUP = {
    "nested blocks": "<div>",
    "nested blocks with words": "<div>x",
    "cells": "<td>x",
    "rows of cells": "<tr><td>Телефон</td><td>8 917 123-45-67</td></tr>",
    "styled cells": "<td style='border:1px solid #ccc;padding:4px'>x</td>",
    "nested tables": "<table><tr><td>",
    "nested quotations": "<blockquote type=cite>x<br>",
    "angle brackets": "<",
    "no-break spaces": "&nbsp;",
    "struck words": "<s>x</s> y ",
    "spans over rows": "<tr><td rowspan=200>x<td>y",
    "a list of schools": "<tr><td>Школа № 5<td>Иванов Иван Иванович<td>8 917 123-45-67",
}
_LETTERS = "абвгдежзиклмнопрст"


def shapes() -> Iterator[tuple[str, bytes]]:
    """(name, letter) for each shape."""
    for name, piece in _SAME.items():
        yield name, _letter("plain", _repeated(lambda _, piece=piece: piece))  # type: ignore[misc]
    for name, made in _COUNTED.items():
        yield name, _letter("plain", _repeated(made))
    for name, piece in _MARKUP.items():
        head = "<table><tr><td>Название<td>ФИО<td>Телефон" if piece.startswith("<t") else "<html>"
        yield f"HTML: {name}", _letter("html", head + _repeated(lambda _, piece=piece: piece))  # type: ignore[misc]


def _repeated(made: Callable[[int], str]) -> str:
    pieces: list[str] = []
    size = 0
    while size < SIZE:
        pieces.append(made(len(pieces)))
        size += len(pieces[-1].encode())
    return "".join(pieces)


def _unknown(number: int) -> str:
    """A capitalised word that no dictionary knows, another one for each number."""
    size = len(_LETTERS)
    return "Абв" + "".join(_LETTERS[number // size**place % size] for place in range(3))


def _letter(kind: str, body: str) -> bytes:
    head = f"From: x@school.example\r\nSubject: x\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n"
    return head.encode() + body.encode()
