"""Whatever messages a server refuses, hides or loses on the way, every message that it has comes out exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.batches import BATCH_BYTES, BATCH_MESSAGES, UNKNOWN_TIME
from intake.fetching import CONTROL_MESSAGES, Fetched, listed, messages

WHEN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LARGEST = 1000
HEAD = b"Subject: a\r\n\r\n"


class GaveUp(Exception):
    pass


@dataclass
class Folder:
    """A server's folder: UID → size; `poison` is refused together with all asked for, `hidden` left out of lists."""

    sizes: Mapping[int, int]
    poison: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    sizes_poisoned: bool = False
    questions: int = 0

    def ask(self, uids: list[int], *items: str) -> Mapping[int, Mapping[bytes, Any]] | None:
        self.questions += 1
        there = [uid for uid in uids if uid in self.sizes]
        text = items[0].startswith("BODY")
        if (text or (self.sizes_poisoned and len(items) > 1)) and not self.poison.isdisjoint(there):
            return None
        if not text:
            facts = {uid: {b"INTERNALDATE": WHEN, b"RFC822.SIZE": self.sizes[uid]} for uid in there}
            shown = facts if len(items) > 1 else {uid: {b"INTERNALDATE": WHEN} for uid in there}
            return {uid: row for uid, row in shown.items() if uid not in self.hidden}
        key = items[0].replace(".PEEK", "").encode()
        return {uid: {key: HEAD if b"HEADER" in key else self.text(uid)} for uid in there}

    def find(self, *criteria: object) -> list[int]:
        self.questions += 1
        words = [str(one) for one in criteria]
        named = {int(uid) for uid in words[-1].split(",")}
        return sorted(set(self.sizes) - named if words[0] == "NOT" else set(self.sizes) & named)

    def noop(self) -> None:
        self.questions += 1

    def give_up(self, what: str) -> NoReturn:
        raise GaveUp(what)

    def text(self, uid: int) -> bytes:
        return HEAD + b"%d " % uid + b"x" * max(0, self.sizes[uid] - 20)


def fetch(folder: Folder, uids: list[int]) -> list[list[Fetched]]:
    return list(messages(folder, uids, LARGEST))


folders = st.builds(
    lambda rows, sizes_poisoned: Folder(
        {uid: size for uid, (size, _, _) in rows.items()},
        frozenset([uid for uid, (_, poison, _) in rows.items() if poison][: CONTROL_MESSAGES - 1]),
        frozenset(uid for uid, (_, _, hidden) in rows.items() if hidden),
        sizes_poisoned,
    ),
    st.dictionaries(
        st.integers(1, 2**32 - 1),
        st.tuples(st.sampled_from([20, 500, 5000]), st.booleans(), st.booleans()),
        min_size=CONTROL_MESSAGES,
        max_size=130,
    ),
    st.booleans(),
)


@given(folder=folders, vanished=st.lists(st.integers(1, 2**32 - 1), max_size=5))
def test_every_message_comes_once_in_order_and_only_the_poisoned_are_empty(folder: Folder, vanished: list[int]) -> None:
    batches = fetch(folder, [*vanished, *folder.sizes])
    found = [one for batch in batches for one in batch]
    assert [one.uid for one in found] == sorted(folder.sizes)
    assert all(len(batch) <= BATCH_MESSAGES for batch in batches)
    for one in found:
        large = len(folder.text(one.uid)) > LARGEST
        expected = b"" if one.uid in folder.poison else HEAD if large else folder.text(one.uid)
        assert (one.uid, one.raw) == (one.uid, expected)
        assert one.received_at == (UNKNOWN_TIME if one.uid in folder.hidden else WHEN)


@given(count=st.integers(1, 120))
def test_a_server_that_serves_nothing_is_given_up_soon_and_no_message_blamed(count: int) -> None:
    uids = list(range(1, count + 1))
    folder = Folder(dict.fromkeys(uids, 100), frozenset(uids))
    with pytest.raises(GaveUp):
        fetch(folder, uids)
    assert folder.questions < 20


def test_a_healthy_folder_costs_one_question_a_batch_and_one_a_list() -> None:
    folder = Folder(dict.fromkeys(range(1, 501), 100))
    assert len(fetch(folder, list(range(1, 501)))) == 10
    assert folder.questions == 11


def test_a_message_of_unknown_size_travels_alone() -> None:
    folder = Folder({1: 20, 2: 20, 3: 20}, hidden=frozenset({2}))
    assert [one.size for one in listed(folder, [1, 2, 3])] == [20, BATCH_BYTES, 20]
    assert [[one.uid for one in batch] for batch in fetch(folder, [1, 2, 3])] == [[1], [2], [3]]
