"""Places: subjects of the Federation and settlements, in normal form and in running text.

Only the face of four rooms: `region`, `settlement`, `gazetteer`, `place_search`. Decides nothing itself.
"""

from rules.fields.gazetteer import Gazetteer
from rules.fields.place_search import find_settlements, from_address
from rules.fields.region import Regions, find_regions, normalise_region
from rules.fields.settlement import normalise_settlement

__all__ = [
    "Gazetteer",
    "Regions",
    "find_regions",
    "find_settlements",
    "from_address",
    "normalise_region",
    "normalise_settlement",
]
