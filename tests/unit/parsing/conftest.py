"""What the tests of the parsing share: the phrases as shipped, and a parser that already knows them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from intake.parsing import parse
from rules.message import Message
from rules.quotes_data import QuotePhrases

DATA = Path(__file__).parents[3] / "rules" / "data" / "quotes.toml"


@pytest.fixture(scope="session")
def phrases() -> QuotePhrases:
    return QuotePhrases.load(DATA)


@pytest.fixture(scope="session")
def parsed(phrases: QuotePhrases) -> Callable[[bytes], Message]:
    return lambda raw: parse(raw, phrases)
