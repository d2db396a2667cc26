"""A mistake ends in one sentence with file and key and exit status 2, never in a traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT

SHIPPED = (ROOT / "config.toml").read_text(encoding="utf-8")


def _intake(*words: str, cwd: Path = ROOT) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "intake", *words], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("port = 8400", "prot = 8400", "desk.prot"),
        ("port = 8400", 'port = "many"', "desk.port"),
        ("hours = 24", "hours = -1", "sla.hours"),
        ('timezone = "Europe/Moscow"', 'timezone = "Moscow"', "desk.timezone"),
        ("enabled = true", "enabled = false", "[[mailbox]]"),
        ("[desk]", "[desk", "not valid TOML"),
        ('missing = "auto"', 'missing = "maybe"', "replies.send"),
        ('url = "sqlite:///var/intake.db"', 'url = "mysql://x"', "database.url"),
    ],
)
def test_a_wrong_setting_names_file_and_key(tmp_path: Path, before: str, after: str, words: str) -> None:
    path = tmp_path / "config.toml"
    assert before in SHIPPED
    path.write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    status, said = _intake("--config", str(path), "check")
    assert status == 2
    assert words in said
    assert "config.toml" in said
    assert "Traceback" not in said


def test_a_missing_settings_file_says_what_to_do(tmp_path: Path) -> None:
    status, said = _intake("--config", str(tmp_path / "none.toml"), "tickets")
    assert status == 2
    assert "no such settings file" in said


def test_a_file_to_read_that_is_not_there_is_said(tmp_path: Path) -> None:
    status, said = _intake("read", str(tmp_path / "none.eml"))
    assert status == 2
    assert "none.eml" in said
    assert "Traceback" not in said


def test_a_broken_template_stops_the_start_and_names_file_and_line(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("intake", "rules", "store", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "config.toml").write_text(SHIPPED, encoding="utf-8")
    body = copy / "templates" / "replies" / "received" / "body.txt"
    body.write_text(body.read_text(encoding="utf-8") + "\n{{ no_such_name }}\n", encoding="utf-8")
    status, said = _intake("check", cwd=copy)
    assert status == 2
    assert "received/body.txt" in said.replace("\\", "/")
    assert "no_such_name" in said
    assert "Traceback" not in said


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SHIPPED.replace("var/intake.db", "damaged.db"), encoding="utf-8")
    (tmp_path / "damaged.db").write_bytes(b"this is no database" * 100)
    status, said = _intake("--config", str(tmp_path / "config.toml"), "tickets")
    assert status == 2
    assert "Traceback" not in said


def test_reading_any_bytes_ends_well(tmp_path: Path) -> None:
    files = []
    for number, raw in enumerate([b"", b"\x00\xff" * 500, b"From: x\n\n", b"Subject: " + b"=?utf-8?B?" * 100]):
        files.append(str(tmp_path / f"{number}.eml"))
        Path(files[-1]).write_bytes(raw)
    status, said = _intake("read", "--json", *files)
    assert status == 0
    assert len(said.splitlines()) == 4
