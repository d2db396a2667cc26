"""Lists of organisations for and from other programs: what their columns are called, and cells that are no formulas.

Pure once loaded; decides nothing about organisations.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rules.errors import SettingsError
from rules.fields.fold import fold

_NOT_WORD = re.compile(r"[\W_]+")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # some spreadsheets read the full-width signs alike
_GUARD = "'"


class Column(StrEnum):
    """A column of a list that can be imported."""

    FULL_NAME = "organization_full_name"
    SHORT_NAME = "organization_short_name"
    SETTLEMENT = "settlement"
    REGION = "region"
    REGION_CODE = "region_code"


@dataclass(frozen=True, slots=True)
class ListWords:
    """`headings` of an export in its order, by name; `columns`: what a heading of an import means, folded."""

    headings: Mapping[str, str]
    columns: Mapping[str, Column]

    @classmethod
    def load(cls, path: Path) -> "ListWords":
        """Read `lists.toml`. Raises `SettingsError` naming the file when it is missing or not as expected."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            headings = {str(name): str(words) for name, words in table["headings"].items()}
            columns = {
                _folded(words): column
                for column in Column
                for words in (headings[column.value], column.value, *table["columns"][column.value])
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{path}: the headings of lists cannot be read: {error!r}"
            raise SettingsError(msg) from error
        return cls(headings, columns)

    def column(self, heading: str) -> Column | None:
        """What a heading of an import means; None if it is not known."""
        return self.columns.get(_folded(heading))


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula or a number: with an apostrophe before a sign that begins one.

    So every phone number («+7…») gets one too, and stays text.
    """
    return _GUARD + cell if cell.startswith(_FORMULA) else cell


def as_written(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith(_GUARD) and cell[1:].startswith(_FORMULA) else cell


def _folded(heading: str) -> str:
    return _NOT_WORD.sub(" ", fold(heading)).strip()
