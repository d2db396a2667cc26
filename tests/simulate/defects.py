"""The command line with one seeded defect: `python -m tests.simulate.defects NAME …words of intake…`.

The product's code stays as it is; here one function of it is replaced at the start of the process. A simulation that
does not notice proves nothing.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from intake.__main__ import main
from intake.smtp import Sender
from rules.delivery import Handover
from store import engine
from store.messages import Messages
from store.records import Bookmark, KeptBatch, RawMessage

EVERY_COMMIT, EVERY_REPLY, EVERY_LETTER = 11, 10, 12


def skip_commit() -> None:
    """Every eleventh write transaction is rolled back, and nobody is told."""
    whole, number = engine.writing, count(1)

    @contextmanager
    def writing(database: Any) -> Iterator[Any]:
        with whole(database) as connection:
            yield connection
            if next(number) % EVERY_COMMIT == 0:
                connection.connection.dbapi_connection.execute("ROLLBACK")
                connection.connection.dbapi_connection.execute("BEGIN")

    engine.writing = writing


def double_reply() -> None:
    """Every tenth reply is handed over twice."""
    whole, number = Sender.send, count(1)

    def send(self: Sender, raw: bytes, sender: str, recipient: str) -> Handover:
        if next(number) % EVERY_REPLY == 0:
            whole(self, raw, sender, recipient)
        return whole(self, raw, sender, recipient)

    Sender.send = send  # type: ignore[method-assign]


def lost_letter() -> None:
    """Every twelfth letter is not kept, and the bookmark moves past it."""
    whole, number = Messages.keep, count(1)

    def keep(self: Messages, batch: Sequence[RawMessage], bookmark: Bookmark) -> KeptBatch:
        left = [one for one in batch if next(number) % EVERY_LETTER]
        return replace(whole(self, left, bookmark))

    Messages.keep = keep  # type: ignore[method-assign]


DEFECTS: dict[str, Callable[[], None]] = {one.__name__: one for one in (skip_commit, double_reply, lost_letter)}

if __name__ == "__main__":
    DEFECTS[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
