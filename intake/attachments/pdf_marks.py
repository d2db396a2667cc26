"""What a page of a PDF is drawn with and what is found on it, as plain values. Pure; reads nothing itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")
Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Codes(dict[int, _T]):
    """Values by code, and one for all other codes."""

    def __init__(self, values: Mapping[int, _T], other: _T) -> None:
        super().__init__(values)
        self._other = other

    def __missing__(self, code: int) -> _T:
        return self._other


@dataclass(frozen=True, slots=True)
class Font:
    """How the bytes of a string become letters and widths: `codec` for the codes, then `letters`.

    Codes without a letter become blanks: a number with a hole in it is refused, one that closed over it is not. Without
    `letters` the codes are the letters' own numbers. `widths` in thousandths of the letter size.
    """

    codec: str
    letters: Codes[str] | None
    widths: Codes[float]


@dataclass(frozen=True, slots=True)
class Form:
    """A page within a page: its content, where it is put, what it draws with."""

    content: bytes
    matrix: Matrix
    resources: "Resources"


@dataclass(frozen=True, slots=True)
class Resources:
    """What the names on a page stand for; None for what is of no interest."""

    font: Callable[[str], Font | None]
    form: Callable[[str], Form | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of letters; `x0` to `x1` along its line, `y` its base line, `turn` its direction in quarter turns."""

    x0: float
    x1: float
    y: float
    size: float
    text: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line along one of the page's sides, from one point to another."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Marks:
    """What was found on a page; `unseen` counts letters that are there but not painted; `cut` says there was more."""

    pieces: list[Piece] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    unseen: int = 0
    cut: bool = False
    tokens: int = 0


def turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """A point in the axes of text that runs `turn` quarter turns to the left of level."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turn]
