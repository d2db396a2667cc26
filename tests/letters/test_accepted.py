"""The accepted results are those of today's rules, and the letters are fit to say so.

An edit of a rule that changes a letter is not forbidden, it is to be seen: whoever made it looks at each change and
accepts it.
"""

import json
import re
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from intake.attachments import Extractor
from intake.parsing import parse
from intake.rereading import report, reread, rule_data, usual_folders
from intake.showing import Reader
from rules.fields.fold import fold
from rules.message import Message

HERE = Path(__file__).resolve().parent
OURS = frozenset({"info@sferum.ru"})
CURE = "Look at each change; when all are meant, accept them: python -m intake rules test --accept"
MOST_ALIKE = 60.0  # of 100; letters about the same seven facts with different words stay well below
ALIKE_FROM_THE_FIRST = frozenset(
    {
        ("own-007", "own-020"),
        ("own-011", "own-026"),
        ("own-011", "own-030"),
        ("own-015", "own-026"),
        ("own-015", "own-030"),
        ("own-017", "own-020"),
        ("own-017", "own-024"),
        ("own-017", "own-026"),
        ("own-020", "own-024"),
        ("own-020", "own-026"),
        ("own-020", "own-030"),
        ("own-026", "own-030"),
        ("own-027", "own-030"),
    }
)  # short lists written before this test; nothing may be added
_NEXT_SENTENCE = re.compile(r"[.!?]\s+[A-ZА-ЯЁ]")


def test_the_accepted_results_are_those_of_todays_rules() -> None:
    with Extractor() as extractor:
        comparisons = reread(usual_folders(), Reader(rule_data(), extractor, OURS))
    assert all(one.same for one in comparisons), f"\n{report(comparisons)}\n{CURE}"


def test_no_two_of_our_own_letters_are_alike() -> None:
    """A letter that repeats another one measures nothing new."""
    phrases = rule_data().quotes
    bodies = {path.stem: _body(parse(path.read_bytes(), phrases)) for path in HERE.glob("own/*.eml")}
    alike = {
        (one, other): round(fuzz.ratio(bodies[one], bodies[other]))
        for one, other in combinations(sorted(bodies), 2)
        if fuzz.ratio(bodies[one], bodies[other], score_cutoff=MOST_ALIKE) > MOST_ALIKE
    }
    found = [
        f"{one} and {other}: {alike[one, other]} %" for one, other in alike if (one, other) not in ALIKE_FROM_THE_FIRST
    ]
    assert not found, "more than 60 % alike, write one of each pair anew: " + "; ".join(found)
    assert set(alike) >= ALIKE_FROM_THE_FIRST, "a pair is no longer alike: take it off the list"


def _body(message: Message) -> str:
    """The folded text of a letter without its files, every run of white space one space."""
    said = [part.text for part in message.read_parts() if not part.name.startswith("attachment:")]
    return " ".join(fold(" ".join(said)).split())


def test_every_letter_has_an_expectation_with_one_sentence() -> None:
    bare, wordy = [], []
    for path in sorted(HERE.rglob("*.eml")):
        expected = path.with_suffix(".json")
        note = json.loads(expected.read_text(encoding="utf-8")).get("note", "") if expected.exists() else None
        if note is None:
            bare.append(path.relative_to(HERE).as_posix())
        elif not note.strip() or "\n" in note or _NEXT_SENTENCE.search(note):
            wordy.append(f"{path.relative_to(HERE).as_posix()}: {note!r}")
    assert bare == [], "each letter needs a .json of the same name beside it (tests/letters/own/README.md)"
    assert wordy == [], "`note` is one sentence that says what is hard in the letter"
