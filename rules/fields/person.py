"""Persons: the full name in normal form (`normalise`) and all names of a running text (`find`).

Only the face of two rooms: `person_name` knows one value, `person_search` a text. Decides nothing itself.
"""

from rules.fields.person_name import INITIALS, NO_PATRONYMIC, is_patronymic, is_surname, is_title, normalise
from rules.fields.person_search import find, is_common, without_surname

__all__ = [
    "INITIALS",
    "NO_PATRONYMIC",
    "find",
    "is_common",
    "is_patronymic",
    "is_surname",
    "is_title",
    "normalise",
    "without_surname",
]
