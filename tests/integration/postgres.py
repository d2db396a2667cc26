"""A private PostgreSQL for tests, over the programs of the system's package; works as root and as a plain user.

Never touches a server that is running already; everything lies in one temporary folder that is removed in the end.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUPERUSER = "intake"
SECONDS = 60  # for each of the programs


class PostgresMissing(Exception):
    """PostgreSQL's programs are not on this machine."""


def programs() -> Path:
    """The folder with initdb and pg_ctl. Raises `PostgresMissing`."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    if not found:
        msg = "PostgreSQL's programs (initdb, pg_ctl) are not on this machine: install the package postgresql"
        raise PostgresMissing(msg)
    return Path(found).parent


@contextmanager
def private_postgres() -> Iterator[str]:
    """Start a server of our own; yields the URL of an empty database. Raises `PostgresMissing`."""
    server = _Server(programs(), Path(tempfile.mkdtemp(prefix="intake-pg-")))
    try:
        yield server.start()
    finally:
        server.stop()


class _Server:
    """One server in one folder. It refuses to run as root: then it runs as the package's own user."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin, self._folder = bin_folder, folder
        self._user = "postgres" if os.geteuid() == 0 else None

    def start(self) -> str:
        if self._user:
            shutil.chown(self._folder, self._user)
        data, port = str(self._folder / "data"), _free_port()
        self._run("initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(
            [
                f"-p {port} -k {self._folder} -c listen_addresses=127.0.0.1",
                "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
                "-c shared_buffers=32MB -c max_connections=60",
            ]
        )
        self._run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(self._folder / "log"), "start")
        return f"postgresql://{SUPERUSER}@127.0.0.1:{port}/postgres"

    def stop(self) -> None:
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            cwd=self._folder,
            check=True,
            timeout=SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
