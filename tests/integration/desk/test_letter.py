"""The letter on a ticket's page: whole, in order, and marked only where the text says what the source claims."""

import time

from intake.desk.letter import TEXT_LIMIT, runs, shown
from rules.application import FieldName, FieldValue, Source, Status
from rules.message import Message, Part, Stretch, Zone

TEXT = "Школа № 5, г. Клин\n> цитата\nтел. 8 917 123-45-67"


def found(start: int, end: int, part: str = "body", written: str = "") -> FieldValue:
    return FieldValue("x", Status.OK, written=written or TEXT[start:end], source=Source(part, start, end))


def message(*parts: Part) -> Message:
    return Message(parts=parts or (Part("body", TEXT, (Stretch(0, 19, Zone.OWN), Stretch(19, 28, Zone.QUOTED, 1))),))


def test_runs_put_together_are_the_text() -> None:
    letter = shown(message(), [(FieldName.SETTLEMENT, found(11, 18)), (FieldName.FULL_NAME, found(0, 18))])
    assert "".join(run.text for run in letter.parts[0].runs) == TEXT


def test_overlapping_values_are_both_marked_and_numbered_where_they_end() -> None:
    letter = shown(message(), [(FieldName.SETTLEMENT, found(11, 18)), (FieldName.FULL_NAME, found(0, 18))])
    marked = [(run.text, run.marks, run.begins, run.ends) for run in letter.parts[0].runs if run.marks]
    assert marked == [("Школа № 5, ", (1,), (1,), ()), ("г. Клин", (1, 3), (3,), (1, 3))]
    assert letter.marked == {1, 3}


def test_a_source_that_the_text_does_not_bear_out_is_not_marked() -> None:
    lies = [found(0, 9, written="Гимназия"), found(40, 400), found(5, 5), found(-3, 4), found(0, 9, part="html")]
    for lie in lies:
        assert shown(message(), [(FieldName.PHONE, lie)]).marked == frozenset()


def test_voices_are_told_apart() -> None:
    zones = {run.text: run.zone for run in shown(message(), []).parts[0].runs}
    assert zones["> цитата\n"] is Zone.QUOTED
    assert zones["тел. 8 917 123-45-67"] is Zone.OWN


def test_a_twin_and_the_subject_are_shown_only_where_a_value_stands_in_them() -> None:
    parts = (
        Part("subject", "Школа № 5"),
        Part("body", TEXT, twin="html"),
        Part("html", TEXT),
        Part("attachment:а.docx", "Клин"),
    )
    assert [part.heading for part in shown(message(*parts), []).parts] == ["", "Вложение «а.docx»"]
    value = FieldValue("Школа № 5", Status.OK, written="Школа № 5", source=Source("subject", 0, 9))
    letter = shown(message(*parts), [(FieldName.SHORT_NAME, value)])
    assert [part.heading for part in letter.parts] == ["Тема письма", "", "Вложение «а.docx»"]


def test_a_very_long_letter_is_cut_and_says_so_and_costs_little() -> None:
    text = "а " * TEXT_LIMIT
    stretches = tuple(Stretch(n * 20, n * 20 + 20, Zone.QUOTED) for n in range(10_000))
    start = time.perf_counter()
    letter = shown(message(Part("body", text, stretches)), [])
    assert time.perf_counter() - start < 1
    assert letter.parts[0].cut_of == 2 * TEXT_LIMIT
    assert sum(len(run.text) for run in letter.parts[0].runs) == TEXT_LIMIT


def test_an_empty_text_has_no_runs() -> None:
    assert list(runs(Part("body", ""), [])) == []
