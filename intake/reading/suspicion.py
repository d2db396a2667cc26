"""What makes a value that reads well suspicious: code behind it, a direction of writing that was overridden.

Looks at the letter around the values that were found; finds and changes none, only makes them doubtful.
"""

from collections.abc import Iterable
from dataclasses import replace

from intake.parsing.characters import OVERRIDE
from rules.application import Application, FieldName, FieldValue, Status
from rules.fields.tidy import without_code
from rules.message import Message, Part

CODE_BEHIND = "code behind the value dropped"
OVERRIDDEN_ORDER = "the letter shows it in another order than it was written"
_BEHIND = 40  # code points behind a value in which code makes it doubtful


def suspected(applications: Iterable[Application], message: Message) -> list[Application]:
    """The applications with suspicious values made doubtful."""
    parts = {part.name: part for part in message.parts}
    turned = OVERRIDE in message.defects
    return [_suspected(one, parts, turned=turned) for one in applications]


def _suspected(application: Application, parts: dict[str, Part], *, turned: bool) -> Application:
    for name, value in application.items():
        if value.status is not Status.OK:
            continue
        if _has_code_behind(value, parts):
            application = application.having(name, replace(value, status=Status.DOUBTFUL, reason=CODE_BEHIND))
        elif turned and name is FieldName.EMAIL:
            application = application.having(name, replace(value, status=Status.DOUBTFUL, reason=OVERRIDDEN_ORDER))
    return application


def _has_code_behind(value: FieldValue, parts: dict[str, Part]) -> bool:
    if value.source is None or value.source.part not in parts:
        return False
    text, end = parts[value.source.part].text, value.source.end
    return without_code(text[end : end + _BEHIND].partition("\n")[0])[1]
