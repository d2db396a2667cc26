"""`make bench`: the whole main job against the bare loop, in one run, and what each stage costs.

Both read the same letters from the same real Dovecot and hand one reply a letter to the same sink, which runs in a
process of its own. The bare loop fetches a letter, parses it with mail-parser, commits twice and sends once over a kept
connection: what no intake desk can do without. Figures are ratios of one run; single absolute ones mean little here.
"""

import argparse
import contextlib
import os
import resource
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import mailparser
from imapclient import IMAPClient

from intake.bootstrap import House
from intake.events import Events
from intake.settings import load
from tests.bench.letters import mixed
from tests.bench.stages import stage_costs
from tests.integration.dovecot import Dovecot, private_dovecot

SECRET = "INTAKE_BENCH_PASSWORD"


def main() -> int:
    """Run the benchmark and print its table."""
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--letters", type=int, default=1000)
    options.add_argument("--growth", type=int, default=10_000, help="letters for the growth figure (0: leave it out)")
    given = options.parse_args()
    letters = mixed(given.letters)
    print(f"{len(letters)} letters, {sum(map(len, letters)) / len(letters) / 1024:.1f} kB on average")
    with tempfile.TemporaryDirectory() as folder, private_dovecot() as dovecot, _sink_process() as port:
        os.environ[SECRET] = dovecot.password
        bare = _rate(len(letters), lambda: _bare_loop(_delivered(dovecot, letters), dovecot, port, Path(folder)))
        whole = _whole_job(Path(folder), _delivered(dovecot, letters), dovecot, port, len(letters))
        print(f"bare loop   {bare:7.1f} letters/s")
        print(f"whole job   {whole:7.1f} letters/s   ratio {whole / bare:.2f} (bound 0.25)")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB (bound 200)")
        if given.growth:
            _growth(Path(folder), dovecot, port, given.growth)
    print("\ncost of a letter by stage, in one thread:")
    for name, milliseconds in stage_costs(letters[:300]):
        print(f"  {name:28} {milliseconds:6.2f} ms")
    return 0


def _rate(count: int, work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _delivered(dovecot: Dovecot, letters: list[bytes]) -> str:
    user = dovecot.fresh_user()
    dovecot.deliver(user, *letters)
    return user


@contextlib.contextmanager
def _sink_process() -> Iterator[int]:
    """A sink in a process of its own, so that its work is not counted as ours."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise OSError
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.terminate()


def _bare_loop(user: str, dovecot: Dovecot, port: int, folder: Path) -> None:
    """What nobody can do without: fetch, mail-parser, two commits, one submission over a kept connection."""
    database = sqlite3.connect(folder / f"bare-{user}.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE raw (uid INTEGER PRIMARY KEY, content BLOB)")
    database.execute("CREATE TABLE reply (uid INTEGER PRIMARY KEY, subject TEXT)")
    server = IMAPClient("127.0.0.1", dovecot.port, ssl=False)
    server.login(user, dovecot.password)
    server.select_folder("INBOX")
    wire = smtplib.SMTP("127.0.0.1", port)
    for uid in server.search("ALL"):
        raw = server.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        database.execute("INSERT INTO raw VALUES (?, ?)", (uid, raw))
        parsed = mailparser.parse_from_bytes(raw)
        database.execute("INSERT INTO reply VALUES (?, ?)", (uid, str(parsed.subject)))
        wire.sendmail(user, ["applicant@example.com"], _reply(uid))
    wire.quit()
    server.logout()
    database.close()


def _reply(uid: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.ru", "applicant@example.com", f"Re: {uid}"
    message.set_content("Здравствуйте! Заявка получена.\n")
    message.add_alternative("<p>Здравствуйте! Заявка получена.</p>", subtype="html")
    return message.as_bytes()


def _house(folder: Path, user: str, dovecot: Dovecot, port: int) -> House:
    path = folder / f"{user}.toml"
    path.write_text(
        f"""
[desk]
address = "{user}"
key_file = "{user}.key"
[database]
url = "sqlite:///{user}.db"
[[mailbox]]
name = "bench"
host = "127.0.0.1"
port = {dovecot.port}
security = "plain"
user = "{user}"
password_env = "{SECRET}"
since = "all"
[smtp]
host = "127.0.0.1"
port = {port}
security = "plain"
per_minute = 1000000
per_day = 10000000
[replies]
per_address_per_day = 1000000
""",
        encoding="utf-8",
    )
    return House(load(path), Events())


def _whole_job(folder: Path, user: str, dovecot: Dovecot, port: int, count: int) -> float:
    house = _house(folder, user, dovecot, port)
    _ = house.rounds
    return _rate(count, lambda: _once(house))


def _once(house: House) -> None:
    for watcher in house.watchers():
        watcher.round()
        watcher.close()
    house.rounds.process_kept()
    house.rounds.send_outbox()


def _growth(folder: Path, dovecot: Dovecot, port: int, count: int) -> None:
    """What the first five hundred cost, and what the last five hundred of many cost."""
    user = dovecot.fresh_user()
    house = _house(folder, user, dovecot, port)
    _ = house.rounds
    rates = []
    for start in range(0, count, 500):
        dovecot.deliver(user, *mixed(500, start=start))
        rates.append(_rate(500, lambda: _once(house)))
    first, last = statistics.median(rates[:3]), statistics.median(rates[-3:])
    print(
        f"growth      {first:7.1f} letters/s at the first, {last:7.1f} at the last of {count}: ratio {last / first:.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
