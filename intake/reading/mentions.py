"""Organisations that a letter only speaks of: the founder, the department above, a former or a neighbouring school.

They are no applicants, as long as another organisation in the letter can be one. Which words say so is data
(`phrases.toml`, `mentioned_before`, `mentioned_after`, `authorities`). Chooses no values.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from intake.reading.entities import Entity
from intake.reading.owners import Owned
from rules.fields.fold import fold
from rules.phrases import Phrases

_BEFORE, _AFTER = 60, 60  # code points around a name in which words say what it is
_OF_AUTHORITY = 160  # code points before a bracket in which the long name of an authority may stand
_AND = re.compile(r"\s+и\s+(?:из\s+)?")
_SENTENCE = re.compile(r"[.!?]\s+(?=[А-ЯЁ])|\n\s*\n")


def mentioned(text: str, seen: Sequence[Owned], phrases: Phrases) -> frozenset[Entity]:
    """The organisations of a text that are only spoken of; none when no other one is named."""
    named = [one.entity for one in seen if one.entity.kind == "organization"]
    if len(named) < 2:  # noqa: PLR2004 - the only one applies
        return frozenset()
    found = {entity for number, entity in enumerate(named) if _spoken_of(text, named, number, phrases)}
    for one, other in pairwise(named):  # «коллеги из X и Y»
        if (one in found) != (other in found) and _AND.fullmatch(text, one.end, other.start):
            found |= {one, other}
    return frozenset(found) if len(found) < len(named) else frozenset()


def is_authority(entity: Entity, phrases: Phrases) -> bool:
    """Whether an organisation governs schools: a department, a ministry, an administration."""
    return phrases.authority.search(fold(entity.found.written)) is not None


def _spoken_of(text: str, named: Sequence[Entity], number: int, phrases: Phrases) -> bool:
    entity = named[number]
    floor = named[number - 1].end if number else 0
    before = fold(_SENTENCE.split(text[max(floor, entity.start - _OF_AUTHORITY) : entity.start])[-1])
    if fold(entity.found.written).startswith(("филиал", "структурн")):
        before = before.replace("филиал", "").replace("структурн", "")
    after = fold(_SENTENCE.split(text[entity.end : entity.end + _AFTER])[0])
    if phrases.mention_before.search(before[-_BEFORE:]) or phrases.mention_after.search(after):
        return True
    if phrases.on_behalf.search(after) and is_authority(entity, phrases):
        return True
    if entity.found.kind == "full":
        return phrases.authority.match(fold(entity.found.written)) is not None
    return before.rstrip().endswith("(") and phrases.authority.search(before) is not None
