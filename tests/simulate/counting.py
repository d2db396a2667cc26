"""What became of each applicant: counted in Dovecot, in the database with SQL of our own, and in the sink.

No code of the product is asked, and nothing is taken from its log.
"""

import re
import tomllib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from sqlite3 import Connection

from tests.simulate.applicants import Applicant
from tests.simulate.world import World

TABLE = Path(__file__).with_name("expected.toml")
_REPLY_KIND = re.compile(r"<[^.]+\.([a-z_]+)\d+\.[^@]+@")
# domain.md §4: from where to where a ticket may go
_MOVES = frozenset(
    [
        "review>waiting",
        "review>approved",
        "review>rejected",
        "review>answered",
        "review>closed",
        "waiting>review",
        "waiting>closed",
        "waiting>approved",
        "waiting>rejected",
        "approved>review",
        "rejected>review",
        "answered>review",
        "closed>review",
        "closed>waiting",
    ]
)


@dataclass(frozen=True)
class End:
    """How one applicant's story ended, or must end."""

    tickets: tuple[str, ...]
    letters: tuple[tuple[str, int], ...]
    phone: str = ""

    def __str__(self) -> str:
        letters = ", ".join(f"{kind} {number}" for kind, number in self.letters) or "no letter"
        tickets = " + ".join(self.tickets) or "no ticket"
        return f"{tickets} | {letters}" + (f" | phone {self.phone}" if self.phone else "")


def expected() -> dict[str, End]:
    """The hand-written table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        kind: End(tuple(row["tickets"]), tuple(sorted(row["letters"].items())), row.get("phone", ""))
        for kind, row in table.items()
    }


def found(world: World, applicants: list[Applicant]) -> dict[int, End]:
    """How each applicant ended."""
    letters: dict[str, Counter[str]] = {}
    for one in world.house.sink.arrived:
        kind = _kind_of(one.raw)
        for address in one.rcpt_tos:
            letters.setdefault(address.casefold(), Counter())[kind] += 1
    with closing(world.database()) as database:
        return {one.number: _end(database, one, letters) for one in applicants}


def _end(database: Connection, one: Applicant, letters: dict[str, Counter[str]]) -> End:
    theirs: Counter[str] = Counter()
    for address in one.addresses:
        theirs += letters.get(address.casefold(), Counter())
    marks = ", ".join("?" * len(one.addresses))
    rows = database.execute(
        f"SELECT id, state, flags, repeats FROM ticket WHERE lower(applicant_address) IN ({marks}) ORDER BY id",  # noqa: S608 - question marks only
        one.addresses,
    ).fetchall()
    tickets = tuple(
        " ".join(filter(None, (state, flags, f"×{times}" if times else ""))) for _, state, flags, times in rows
    )
    phone = _phone(database, rows[0][0], one.phone) if rows else ""
    return End(tickets, tuple(sorted(theirs.items())), phone)


def _phone(database: Connection, ticket: int, meant: str) -> str:
    row = database.execute(
        "SELECT value, status FROM field WHERE ticket_id = ? AND name = 'admin_phone'", [ticket]
    ).fetchone()
    if row is None:
        return ""
    value, status = row
    if status == "ok":
        return "right" if value == meant else "WRONG"
    return str(status)


def _kind_of(raw: bytes) -> str:
    """What a letter of ours is, by the Message-ID that it carries outside."""
    hit = _REPLY_KIND.match(str(message_from_bytes(raw)["Message-ID"]).strip())
    return hit.group(1) if hit else "unknown"


def house_figures(world: World, *, twice: int) -> list[tuple[str, int, int]]:
    """(what, expected, found) of the whole house; `twice`: letters that the server delivered two times."""
    sent = sum(len(raws) for raws in world.sent.values())
    flags = world.house.dovecot.flags(world.desk_address)
    arrived = Counter(
        str(message_from_bytes(one.raw)["Message-ID"]).strip("<> \r\n") for one in world.house.sink.arrived
    )
    with closing(world.database()) as database:

        def figure(question: str) -> int:
            return int(database.execute(question).fetchone()[0])

        delivered = {
            row[0] for row in database.execute("SELECT message_id FROM reply WHERE sent_at IS NOT NULL") if row[0]
        }
        moves = {f"{before}>{after}" for before, after in database.execute("SELECT before, after FROM state_change")}
        return [
            ("letters in the mailbox", sent, len(flags)),
            ("… marked as read", sent, sum(1 for one in flags if b"\\Seen" in one)),
            ("letters kept", sent, figure("SELECT count(*) FROM raw_message")),
            ("… taken in", sent - twice, figure("SELECT count(*) FROM raw_message WHERE state = 'done'")),
            ("… known as duplicates", twice, figure("SELECT count(*) FROM raw_message WHERE state = 'duplicate'")),
            ("… with their bytes", sent - twice, figure("SELECT count(*) FROM raw_body")),
            ("messages", sent - twice, figure("SELECT count(*) FROM message")),
            ("replies that arrived twice", 0, sum(1 for number in arrived.values() if number > 1)),
            ("replies that arrived and are not in the outbox", 0, len(set(arrived) - delivered)),
            ("replies that are sent and did not arrive", 0, len(delivered - set(arrived))),
            ("replies under way", 0, figure("SELECT count(*) FROM reply WHERE state IN ('queued', 'sending')")),
            ("moves that are not allowed", 0, len(moves - _MOVES)),
            ("review without a running turn", 0, figure(_REVIEW_WITHOUT_TURN)),
            ("turns that run although nobody waits for us", 0, figure(_TURN_WITHOUT_REVIEW)),
            ("waiting without a delivered request", 0, figure("SELECT count(*) FROM ticket WHERE state = 'waiting' AND asked_at IS NULL")),
            ("tickets without a message", 0, figure("SELECT count(*) FROM ticket WHERE id NOT IN (SELECT ticket_id FROM ticket_message)")),
        ]  # fmt: skip


# a bounce starts no turn (domain.md §4): what lies with an agent only because of one has none
_REVIEW_WITHOUT_TURN = """
SELECT count(*) FROM ticket WHERE state = 'review' AND flags NOT LIKE '%unreachable%'
AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.ticket_id = ticket.id AND ended_at IS NULL)
"""
_TURN_WITHOUT_REVIEW = """
SELECT count(*) FROM turn JOIN ticket ON ticket.id = turn.ticket_id WHERE ended_at IS NULL AND state <> 'review'
"""
