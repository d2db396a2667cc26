"""Letters as people write them, read whole: bytes in, seven fields out.

`labelled`: lists with labels, in all makes. `own`: letters of our own; every third is held back, which means that no
rule was ever shaped by it, and its figure is looked at apart. `samples`: what the sandbox delivers.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from intake.attachments import Extractor
from intake.bootstrap import SAMPLES, rule_book
from intake.showing import Reader, as_json
from tests.letters.scoring import Score, expectation, letters, score

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = frozenset({"info@sferum.ru"})


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Extractor() as extractor:
        yield Reader(rule_book(), extractor, OURS)


def _scored(reader: Reader, paths: list[Path], gold: Path | None = None) -> Score:
    def pairs() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for path in paths:
            yield expectation(path, gold), as_json(reader.read(path.name, path.read_bytes(), NOW))

    return score(pairs())


def _held_back(path: Path) -> bool:
    return int(path.stem.rpartition("-")[2]) % 3 == 0


def test_labelled_lists_read_with_98_percent_right_and_no_wrong_value_called_ok(reader: Reader) -> None:
    done = _scored(reader, letters(HERE / "labelled"))
    assert done.wrong == ()
    assert done.right >= 0.98, done.misses
    assert done.kinds == ()


def test_our_own_letters_read_well_and_no_wrong_value_is_called_ok(reader: Reader) -> None:
    done = _scored(reader, [path for path in letters(HERE / "own") if not _held_back(path)])
    assert done.wrong == ()
    assert done.right >= 0.97, done.misses


def test_the_sandbox_letters_show_what_they_are_meant_to_show(reader: Reader) -> None:
    done = _scored(reader, letters(SAMPLES), HERE / "samples")
    assert done.kinds == ()
    assert done.right >= 0.95, done.misses


def test_every_source_points_at_what_was_written(reader: Reader) -> None:
    """Start and end count code points of the very part that is shown."""
    for path in letters(HERE / "labelled"):
        shown = reader.read(path.name, path.read_bytes(), NOW)
        for application in shown.reading.applications:
            for name, value in application.items():
                if value.source is None or not value.written:
                    continue
                part = shown.message.part(value.source.part)
                assert part is not None
                inside = " ".join(part.text[value.source.start : value.source.end].split())
                assert inside == " ".join(value.written.split()), (path.stem, name)


def test_every_letter_has_an_expectation_with_its_sentence() -> None:
    for path in letters(HERE / "labelled", HERE / "own"):
        assert expectation(path)["note"].strip(), path.stem
