"""A process that is killed at any moment leaves whole letters behind: taken in with everything, or not at all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from store import tables
from store.engine import open_engine
from store.records import RawState
from store.unit_of_work import Store
from tests.integration.store.making import NOW, judged, kept_ids, plan, reply, take_in

LETTERS = 400
ROOT = Path(__file__).parents[3]
WORKER = """
import sys
from store.engine import open_engine
from store.unit_of_work import Store
from tests.integration.store.making import NOW, judged, plan, reply, take_in
store = Store(open_engine(sys.argv[1]))
while True:
    with store.reading() as work:
        ids = work.messages.next_kept(1, NOW)
    if not ids:
        break
    take_in(store, ids[0], judged(plan()), composed=reply(f"thread{ids[0]}"))
    print(ids[0], flush=True)
"""


def count(engine: Engine, name: str) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.METADATA.tables[name])).scalar_one()


@pytest.mark.parametrize("after", [1, 7, 50])
def test_killed_while_taking_in_nothing_is_lost_and_nothing_twice(
    tmp_path: Path, migrated_file: Path, after: int
) -> None:
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    url = f"sqlite:///{path}"
    engine = open_engine(url)
    store = Store(engine)
    kept_ids(store, LETTERS)
    with subprocess.Popen([sys.executable, "-c", WORKER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        said = [worker.stdout.readline() for _ in range(after)]
        worker.kill()
    assert all(line.strip().isdigit() for line in said)
    with store.reading() as work:
        states = work.messages.count_by_state()
    done = states[RawState.DONE]
    assert done >= after, "what was said to be done is done"
    assert done + states[RawState.KEPT] == LETTERS
    assert {count(engine, name) for name in ("message", "ticket", "thread", "reply", "turn", "ticket_message")} == {
        done
    }
    assert count(engine, "field") == 7 * done
    with store.reading() as work:
        rest = work.messages.next_kept(LETTERS, NOW)
    for raw_id in rest[:5]:
        take_in(store, raw_id, judged(plan()), composed=reply(f"thread{raw_id}"))
    assert count(engine, "reply") == done + min(5, len(rest))
