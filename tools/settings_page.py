"""Writes docs/settings.md from intake/settings.py: `python tools/settings_page.py`. A test compares the two."""

import sys
import types
import typing
from datetime import date, time
from enum import EnumMeta
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from intake.settings import (  # noqa: E402
    Calendar,
    Database,
    Desk,
    Mailbox,
    Notices,
    Oidc,
    Replies,
    Sandbox,
    Sla,
    Smtp,
    Waiting,
    Webhook,
)

TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[desk]", Desk),
    ("[database]", Database),
    ("[sandbox]", Sandbox),
    ("[[mailbox]]", Mailbox),
    ("[smtp]", Smtp),
    ("[replies]", Replies),
    ("[sla]", Sla),
    ("[calendar]", Calendar),
    ("[waiting]", Waiting),
    ("[notices]", Notices),
    ("[webhook]", Webhook),
    ("[oidc]", Oidc),
)
HEAD = """# Settings

Everything an operator may choose stands in one file, `config.toml`, read once at the start. A misspelt key, a wrong
type or an impossible value ends the start in one sentence that names the file and the key. Relative file names start at
the file's own folder. Secrets never stand in it: they come from environment variables, files or a command. `intake
check` proves the settings by connecting. (This page is made by `python tools/settings_page.py`.)

`[[mailbox]]` may stand several times. With `sandbox.enabled = true` there is no `[[mailbox]]` and no `[smtp]`.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_table(title, model) for title, model in TABLES)


def _table(title: str, model: type[BaseModel]) -> str:
    rows = [f"\n## `{title}`\n", "| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{_shown(field.get_default())}`"
        rows.append(f"| `{name}` | {_type(field)} | {default} | {_escaped(field.description or '')} |")
    return "\n".join(rows) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return f'"{value}"' if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _type(field: FieldInfo) -> str:
    return _escaped(_named(field.annotation))


def _named(kind: object) -> str:
    names = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        date: "date",
        time: "time of day",
    }
    if kind in names:
        return names[kind]  # type: ignore[index]
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _named(parts[0])
    if origin is typing.Literal:
        return " or ".join(f'"{one}"' for one in parts)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_named(one) for one in parts)
    if isinstance(kind, EnumMeta):
        return ", ".join(str(one.value) for one in kind)  # type: ignore[attr-defined]
    shapes = {tuple: "list of {}", dict: "table: {} = {}"}
    return shapes[origin].format(*map(_named, parts)) if origin in shapes else str(kind)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(page(), encoding="utf-8")
