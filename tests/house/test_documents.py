"""The documents say what the code does."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

from intake.settings import load
from rules.application import FieldName, FieldValue, Status
from rules.fields_words import Words
from rules.judgement import NoticeKind, ReplyKind

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


def test_every_notice_to_our_own_people_has_its_three_templates() -> None:
    for kind in NoticeKind:
        folder = ROOT / "templates" / "notices" / kind.value
        assert {file.name for file in folder.iterdir()} == {"subject.txt", "body.txt", "body.html"}


def test_no_path_of_a_machine_and_no_registry_stands_in_the_project() -> None:
    pattern = re.compile(r"/(?:root|home/\w+)/|index[-_]url")
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


def test_every_doubt_of_the_rules_has_russian_words_of_its_own() -> None:
    """Where a reason is new, the applicant would read only that we are not quite sure."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("rules/fields", "intake/reading")
        for path in (ROOT / folder).glob("*.py")
    )
    said = set(re.findall(r"doubtful\([^()]*?\"([a-z][^\"]+)\"", source)) | set(
        re.findall(r"reason=(?:value\.reason or )?\"([a-z][^\"]+)\"", source)
    )
    assert len(said) > 10
    words = Words.load(ROOT / "rules" / "data" / "words.toml")
    general = words.doubt(FieldName.PHONE, FieldValue(value="x", status=Status.DOUBTFUL, reason="zzz"))
    dumb = [
        reason
        for reason in sorted(said)
        if all(
            words.doubt(name, FieldValue(value="x", status=Status.DOUBTFUL, reason=reason)) == general
            for name in FieldName
        )
    ]
    assert dumb == []
