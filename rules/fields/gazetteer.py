"""Settlements we know of: name, subject, population, type. GeoNames, CC BY 4.0 (tools/build_gazetteer.py).

About 6,000 of some 150,000: not being listed says nothing about a place. Pure; read by `Gazetteer.load` alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rules.fields.fold import fold

CITY = 50_000  # inhabitants from which a name says which region is meant


@lru_cache(maxsize=8192)
def fold_name(name: str) -> str:
    """A name as the gazetteer compares it."""
    return fold(name)


@dataclass(frozen=True, slots=True)
class Settlement:
    """One known place; `kind` is its short type or ""."""

    name: str
    region: str
    population: int
    kind: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The known places by folded name, the most populous first."""

    places: dict[str, tuple[Settlement, ...]]

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def load(cls, path: Path) -> "Gazetteer":
        """Read `settlements.tsv`."""
        made: dict[str, list[Settlement]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#") or line.count("\t") != 3:  # noqa: PLR2004 - four columns
                continue
            name, region, population, kind = line.split("\t")
            made.setdefault(fold_name(name), []).append(Settlement(name, region, int(population), kind))
        return cls({name: tuple(sorted(some, key=lambda one: -one.population)) for name, some in made.items()})

    def named(self, name: str, region: str | None = None) -> tuple[Settlement, ...]:
        """The places of that name, in that region if one is given and has any."""
        some = self.places.get(fold_name(name), ())
        inside = tuple(one for one in some if one.region == region)
        return inside or some

    def inside(self, name: str, region: str | None) -> bool:
        """Whether a place of that name is known in that region."""
        return any(one.region == region for one in self.places.get(fold_name(name), ()))

    def region_guess(self, name: str) -> str | None:
        """The code of the region of a well-known city, with or without its type; None if several regions have one.

        Well-known: exactly one known bearer, of 50,000 or more; or one so much larger (ten times, 200,000 or more)
        that nobody means the others.
        """
        words = name.split()
        bare = " ".join(words[1:]) if len(words) > 1 and words[0] in {"г.", "г", "город"} else name
        if len(words) > 1 and bare == name and not self.named(name):
            return None
        some = self.places.get(fold_name(bare), ())
        if not some or some[0].population < CITY:
            return None
        regions = {one.region for one in some}
        largest = some[0].population
        rivals = [one for one in some[1:] if one.region != some[0].region]
        if len(regions) == 1 or (largest >= 4 * CITY and all(10 * one.population <= largest for one in rivals)):
            return some[0].region
        return None
