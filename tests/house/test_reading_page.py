"""docs/reading.md shows a letter as it is read today."""

from datetime import UTC, datetime
from pathlib import Path

from intake.attachments import Extractor
from intake.bootstrap import SAMPLES, rule_book
from intake.showing import Reader, as_json, as_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
LETTER = SAMPLES / "10-two-mobiles.eml"


def worked() -> list[str]:
    """The letter's text, what `intake read` shows of it, and the evidence of each field, as blocks of the page."""
    with Extractor() as extractor:
        reader = Reader(rule_book(), extractor, frozenset({"info@sferum.ru"}))
        shown = reader.read(LETTER.name, LETTER.read_bytes(), datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    part = shown.message.part("html")
    assert part is not None
    cells = as_json(shown)["applications"][0]
    evidence = [f"{name:24} {cell['evidence']}{_candidates(cell['candidates'])}" for name, cell in cells.items()]
    return [part.text.strip().partition("\n")[2].strip(), as_text(shown), "\n".join(evidence)]


def _candidates(values: list[str]) -> str:
    return f"; candidates {', '.join(values)}" if values else ""


def test_the_worked_letter_is_what_reads_today() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for block in worked():
        assert f"\n```\n{block}\n```\n" in page, f"docs/reading.md shows another reading; today it is:\n{block}"
