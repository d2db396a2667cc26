"""The documents say what the code does."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

from intake.settings import load
from rules.judgement import ReplyKind

ROOT = Path(__file__).resolve().parent.parent.parent


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_page_is_the_one_made_from_the_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == _tool("settings_page").page()


def test_every_setting_says_what_it_is_for() -> None:
    tool = _tool("settings_page")
    silent = [
        f"{title} {name}"
        for title, model in tool.TABLES
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_the_shipped_settings_file_is_valid_and_names_every_kind_of_reply() -> None:
    settings = load(ROOT / "config.toml")
    assert set(settings.replies.send) == set(ReplyKind)
    assert settings.sandbox.enabled


def test_the_commented_tables_of_the_shipped_file_are_valid_settings() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    uncommented = re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE).replace(
        "enabled = true", "enabled = false"
    )
    table = tomllib.loads(uncommented)
    assert table["mailbox"][0]["since"] == "now"
    path = ROOT / "var" / "uncommented.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(uncommented, encoding="utf-8")
    assert load(path).mailbox[0].host == "imap.example.ru"
    path.unlink()


def test_every_reply_has_its_three_templates() -> None:
    for kind in ReplyKind:
        folder = ROOT / "templates" / "replies" / kind.value
        assert {file.name for file in folder.iterdir()} >= {"subject.txt", "body.txt", "body.html"}


def test_no_path_of_a_machine_and_no_registry_stands_in_the_project() -> None:
    pattern = re.compile(r"/(?:root|home/\w+)/|--index-url|\bindex_url\b")
    hits = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if (
            path.suffix in {".py", ".md", ".toml", ".lock", ".sh"}
            and not parts[0].startswith(".")
            and parts[0] != "var"
        ):
            hits += [str(path) for line in path.read_text(encoding="utf-8").splitlines() if pattern.search(line)]
    assert [hit for hit in hits if "test_documents" not in hit] == []
