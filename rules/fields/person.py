"""Persons: the full name in normal form (`normalise`) and all names of a running text (`find`).

Only the face of two rooms: `person_name` knows one value, `person_search` a text. Decides nothing itself.
"""

from rules.fields.person_name import INITIALS, NO_PATRONYMIC, normalise
from rules.fields.person_search import find

__all__ = ["INITIALS", "NO_PATRONYMIC", "find", "normalise"]
