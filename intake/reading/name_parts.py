"""A person's name given in parts: «Фамилия: …», «Имя: …», «Отчество: …» in lines of their own.

Only puts the parts together; which of several persons is the administrator is weighed elsewhere.
"""

import re
from collections.abc import Iterator

from intake.reading.segments import Segment
from rules.labels import Slot

_PARTS = (
    ("surname", re.compile(r"фамил", re.IGNORECASE)),
    ("name", re.compile(r"(?<![а-яё])им(?:я|ени)(?![а-яё])", re.IGNORECASE)),
    ("patronymic", re.compile(r"отчеств", re.IGNORECASE)),
)
_WHOLE = 3
_LONGEST = 40  # code points of one part


def whole_names(text: str, cut: tuple[Segment, ...]) -> Iterator[tuple[str, int, int]]:
    """Surname, name and patronymic from labels that follow each other, with the stretch they stand in."""
    run: dict[str, Segment] = {}
    for segment in cut:
        part = _part(segment) if segment.asks(Slot.ADMIN) and segment.end - segment.start <= _LONGEST else ""
        if not part or part in run:
            run = {}
        if part:
            run[part] = segment
        if len(run) == _WHOLE:
            words = [" ".join(text[run[name].start : run[name].end].split()) for name, _ in _PARTS]
            if all(word and word.replace("-", "").isalpha() for word in words):
                yield " ".join(words), min(one.start for one in run.values()), segment.end
            run = {}


def _part(segment: Segment) -> str:
    """Which single part of a name a label asks for, "" if none or several."""
    words = segment.label.words if segment.label else ""
    asked = [name for name, pattern in _PARTS if pattern.search(words)]
    return asked[0] if len(asked) == 1 else ""
