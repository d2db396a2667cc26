"""One simulated day from end to end, and what is said about it."""

import random
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.simulate.applicants import KINDS, Applicant, NothingCame, Script, When
from tests.simulate.counting import End, expected, found, house_figures
from tests.simulate.world import DECIDED, REMINDERS, TIMES, UNDO, World, simulated_world


@dataclass(frozen=True)
class Row:
    """One kind of applicant: how it must end, and how many ended how."""

    kind: str
    expected: End
    found: Counter[End]

    @property
    def applicants(self) -> int:
        """How many there were."""
        return sum(self.found.values())

    @property
    def ok(self) -> bool:
        """Whether all ended as they must."""
        return set(self.found) == {self.expected}


@dataclass(frozen=True)
class Result:
    """Everything that was counted. `troubles`: what else went wrong, in words."""

    rows: tuple[Row, ...]
    figures: tuple[tuple[str, int, int], ...]
    troubles: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as the table says."""
        return not self.troubles and all(one.ok for one in self.rows) and all(a == b for _, a, b in self.figures)

    def told(self) -> str:
        """The table, and every difference."""
        width = max(len(one.kind) for one in self.rows)
        lines = [f"{'kind':{width}}  applicants  ok   expected (tickets | letters | phone)"]
        for row in self.rows:
            right = row.found[row.expected]
            mark = "ok " if row.ok else "NOT"
            lines.append(f"{row.kind:{width}}  {right:4} of {row.applicants:3}  {mark}  {row.expected}")
            lines += [f"{'':{width}}  {n:11}       found: {end}" for end, n in row.found.items() if end != row.expected]
        wide = max(len(one[0]) for one in self.figures)
        lines += ["", f"{'the house':{wide}}  expected  found"]
        lines += [f"{what:{wide}}  {a:8}  {b:5}  {'ok' if a == b else 'NOT'}" for what, a, b in self.figures]
        lines += ["", *(f"trouble: {one}" for one in self.troubles)] if self.troubles else []
        lines.append("everything as expected" if self.ok else "NOT as expected")
        return "\n".join(lines)


def kinds_of(count: int) -> list[str]:
    """A kind for each applicant, in turn: a small day has the first ones, a large one each several times."""
    names = list(KINDS)
    return [names[number % len(names)] for number in range(count)]


def simulate(folder: Path, *, applicants: int, seed: int, defect: str = "", until: When = When.LAST) -> Result:
    """Let a day (and the two weeks after it) go by; up to a moment before that only the house's figures mean anything."""
    program = ("-m", "tests.simulate.defects", defect) if defect else ("-m", "intake")
    with simulated_world(folder, program) as world:
        people = [
            Applicant(number, kind, world, random.Random(f"{seed} {number} {kind}"))
            for number, kind in enumerate(kinds_of(applicants), 1)
        ]
        troubles = _live(world, people, until)
        world.stop()
        ends = found(world, people)
        twice = sum(1 for one in people if one.kind == "same_message_twice")
        figures = house_figures(world, twice=twice)
        wanted = expected()
        rows = tuple(
            Row(kind, wanted[kind], Counter(ends[one.number] for one in people if one.kind == kind))
            for kind in dict.fromkeys(one.kind for one in people)
        )
        return Result(rows, tuple(figures), (*world.troubles, *troubles))


def _live(world: World, people: list[Applicant], until: When) -> list[str]:
    """Go through the moments; returns the troubles that applicants had."""
    troubles: list[str] = []
    waiting: list[tuple[When, Applicant, Script]] = [(When.MORNING, one, KINDS[one.kind](one)) for one in people]
    for moment in (one for one in When if one <= until):
        if moment not in REMINDERS and all(one[0] is not moment for one in waiting):
            continue
        world.move(TIMES[moment])
        print(f"{world.now():%d.%m. %H:%M} {moment.name.lower()}", file=sys.stderr, flush=True)  # noqa: T201 - how far it is
        if moment in REMINDERS:
            world.reminded(REMINDERS[moment])
        world.start()
        due = [one for one in waiting if one[0] is moment]
        waiting = [one for one in waiting if one[0] is not moment]
        for _, applicant, script in due:
            try:
                waiting.append((next(script), applicant, script))
            except StopIteration:
                pass
            except NothingCame as came:
                troubles.append(f"applicant {applicant.number} ({applicant.kind}): {came}")
        world.deliver()
        world.settle()
        if moment in DECIDED:
            world.move(TIMES[moment] + UNDO)
            world.settle()
    return troubles
