"""`intake rules test`: reads known letters again with the current rule data and compares with what was last accepted.

The safety net under an edit of `rules/data`: which letters come out otherwise now, and whether that is better or worse
where an expectation lies beside the letter. Held-back letters are left out, so that no rule can be shaped by them.
Stores no ticket and sends nothing; writes `accepted.jsonl`, and only when a result is accepted.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from intake import accepted, gold
from intake.accepted import NOTHING, Cell, Result
from intake.bootstrap import ROOT, RULES, SAMPLES
from intake.gold import Gold, Standing
from intake.showing import Reader
from rules.application import FieldName
from rules.book import RuleBook
from rules.errors import SettingsError

LETTERS = ROOT / "tests" / "letters"
MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # always the same, so that a result does not depend on the day
EVERY = 50  # letters between two lines of progress
_OWN_NUMBER = re.compile(r"own-(\d+)")
_HELD_BACK = 3  # every third letter of our own is for measuring alone
_SHOWN = 240  # code points of a value in a report


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one letter: `what` is `kind`, `topic` or a field; `verdict` compares with the expectation."""

    what: str
    before: str
    after: str
    verdict: str = ""  # "better", "worse" or "" (as far off as before, or no expectation)
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A letter that came out otherwise than accepted."""

    letter: str
    differences: tuple[Difference, ...]
    has_gold: bool

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `mixed`, `neither`, or `no expectation`."""
        if not self.has_gold:
            return "no expectation"
        verdicts = {one.verdict for one in self.differences} - {""}
        return verdicts.pop() if len(verdicts) == 1 else "mixed" if verdicts else "neither"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One folder's letters against its accepted results. `results` is what would be accepted."""

    folder: Path
    results: dict[str, Result]
    changes: tuple[Change, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    held_back: int

    @property
    def same(self) -> bool:
        """Whether nothing is to be accepted."""
        return not (self.changes or self.new or self.gone)


# --- what is read --------------------------------------------------------------------------------------------------


def usual_folders() -> tuple[Path, ...]:
    """The folders that are always read: the project's letters, where they are, and the sandbox's."""
    return (LETTERS, SAMPLES) if LETTERS.is_dir() else (SAMPLES,)


def rule_data(folder: Path | None = None) -> RuleBook:
    """The rule data of a folder, the project's own when none is named.

    Raises `SettingsError` in one sentence when a file is missing or damaged.
    """
    chosen = folder or RULES
    for path in sorted(RULES.iterdir()):
        if path.suffix in {".toml", ".tsv", ".txt"} and not (chosen / path.name).is_file():
            msg = f"{chosen}: {path.name} is missing; a folder of rule data is a whole copy of {_shown(RULES)}"
            raise SettingsError(msg)
    _refuse_other_forms(chosen)
    for path in sorted(chosen.glob("*.toml")):
        try:
            tomllib.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            msg = f"{_shown(path)}: cannot be read: {error}"
            raise SettingsError(msg) from error
    try:
        return RuleBook.load(chosen)
    except (LookupError, TypeError, ValueError, AttributeError, OSError, re.error) as error:
        msg = f"{_shown(chosen)}: the rule data cannot be used: {type(error).__name__}: {error}"
        raise SettingsError(msg) from error


def _refuse_other_forms(folder: Path) -> None:
    """The legal forms are read from the project's own file alone: a change in a copy would be silently unseen."""
    name = "organizations.toml"
    if (folder / name).read_bytes() != (RULES / name).read_bytes():
        msg = f"{folder / name}: changes of this file are only seen in {_shown(RULES)}; edit it there, without --rules"
        raise SettingsError(msg)


def letters(folders: Iterable[Path]) -> dict[Path, list[Path]]:
    """The letters in and under the folders, by the folder they lie in, each folder once.

    Raises `SettingsError` for a folder that is not there or holds no letter.
    """
    found: dict[Path, list[Path]] = {}
    for folder in folders:
        files = sorted(path for path in folder.rglob("*") if path.suffix.casefold() == ".eml" and path.is_file())
        if not files:
            msg = f"{folder}: no letters (*.eml) there" if folder.is_dir() else f"{folder}: no such folder"
            raise SettingsError(msg)
        here: dict[Path, list[Path]] = {}
        for path in files:
            here.setdefault(path.resolve().parent, []).append(path.resolve())
        found |= here
    return found


def held_back(path: Path) -> bool:
    """Whether a letter is kept from everybody who shapes rules (`own-NNN` with a number divisible by three)."""
    number = _OWN_NUMBER.fullmatch(path.stem)
    return number is not None and int(number.group(1)) % _HELD_BACK == 0


def reread(
    folders: Sequence[Path], reader: Reader, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Comparison]:
    """Read all letters of the folders again; `progress` is told (read, of how many) now and then.

    Raises `SettingsError` for a letter, an expectation or an accepted result that cannot be read.
    """
    homes = letters(folders)
    total = sum(not held_back(path) for paths in homes.values() for path in paths)
    done = 0
    comparisons = []
    for folder, paths in homes.items():
        before = accepted.load(folder)
        chosen = [path for path in paths if not held_back(path)]
        results: dict[str, Result] = {}
        for path in chosen:
            results[path.name] = _read(path, reader)
            done += 1
            if done % EVERY == 0:
                progress(done, total)
        comparisons.append(_compared(folder, before, results, len(paths) - len(chosen)))
    return comparisons


def _read(path: Path, reader: Reader) -> Result:
    try:
        raw = path.read_bytes()
    except OSError as error:
        msg = f"{_shown(path)}: cannot be read: {error.strerror}"
        raise SettingsError(msg) from error
    return accepted.result_of(reader.read(path.name, raw, MOMENT))


# --- what has changed ----------------------------------------------------------------------------------------------


def _compared(folder: Path, before: dict[str, Result], results: dict[str, Result], left_out: int) -> Comparison:
    changes = [
        _change(folder / name, before[name], result)
        for name, result in results.items()
        if name in before and before[name] != result
    ]
    return Comparison(
        folder=folder,
        results=results,
        changes=tuple(changes),
        new=tuple(name for name in results if name not in before),
        gone=tuple(name for name in before if name not in results),
        held_back=left_out,
    )


def _change(path: Path, before: Result, after: Result) -> Change:
    expected = _expectation(path)
    differences = tuple(_judged(one, expected, before, after) for one in _differences(before, after))
    return Change(path.name, differences, has_gold=expected is not None)


def _expectation(path: Path) -> Gold | None:
    """The expectation of a letter: beside it; the sandbox letters' lie with the tests."""
    home = LETTERS / "samples" if path.parent == SAMPLES else path.parent
    return gold.load(home / f"{path.stem}.json")


def _differences(before: Result, after: Result) -> Iterator[Difference]:
    if before.kind != after.kind:
        yield Difference("kind", before.kind, after.kind)
    if before.topic != after.topic:
        yield Difference("topic", before.topic, after.topic)
    if before.kind != after.kind and not (before.applications and after.applications):
        return  # that all fields came or went with the kind need not be said seven times
    for number in range(max(len(before.applications), len(after.applications))):
        for name in FieldName:
            one, other = (_cell(result, number, name) for result in (before, after))
            if one != other:
                yield Difference(gold.named(number, name.value), _words(one), _words(other))
    if len(before.applications) != len(after.applications):
        yield Difference("organisations", str(len(before.applications)), str(len(after.applications)))


def _cell(result: Result, number: int, name: FieldName) -> Cell:
    return result.applications[number].get(name.value, NOTHING) if number < len(result.applications) else NOTHING


def _words(cell: Cell) -> str:
    reason = f" ({cell.reason})" if cell.reason else ""
    return f"{cell.status} {cell.value}".rstrip() + reason


def _judged(one: Difference, expected: Gold | None, before: Result, after: Result) -> Difference:
    if expected is None:
        return one
    was, now = (gold.standings(expected, result).get(one.what, Standing.EXACT) for result in (before, after))
    verdict = "better" if now > was else "worse" if now < was else ""
    return Difference(one.what, one.before, one.after, verdict, gold.wanted(expected, one.what))


# --- in words ------------------------------------------------------------------------------------------------------


def report(comparisons: Sequence[Comparison]) -> str:
    """The changed letters with what changed in each, folder by folder, then the totals."""
    lines = [line for one in comparisons if not one.same for line in _folder_lines(one)]
    return "\n".join([*lines, *_totals(comparisons)])


def _folder_lines(one: Comparison) -> Iterator[str]:
    yield f"{_shown(one.folder)}:"
    for change in one.changes:
        yield f"  {_clean(change.letter)}: {change.verdict}"
        for difference in change.differences:
            yield f"    {difference.what}: {_clean(difference.before)} → {_clean(difference.after)}{_said(difference)}"
    for names, what in ((one.new, "not accepted yet"), (one.gone, "accepted, but no longer there")):
        if names:
            yield f"  {what}: {_some(names)}"


def _said(difference: Difference) -> str:
    if not difference.verdict:
        return f"   (expected: {_clean(difference.wanted)})" if difference.wanted else ""
    return f"   {difference.verdict} (expected: {_clean(difference.wanted) or 'nothing'})"


def _some(names: Sequence[str]) -> str:
    most = 5
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(_clean, names[:most])) + more


def _totals(comparisons: Sequence[Comparison]) -> Iterator[str]:
    changes = [change for one in comparisons for change in one.changes]
    read = sum(len(one.results) for one in comparisons)
    new, gone = sum(len(one.new) for one in comparisons), sum(len(one.gone) for one in comparisons)
    left_out = sum(one.held_back for one in comparisons)
    yield f"{read} letters read, {len(changes)} changed, {new} not accepted yet, {gone} gone, {left_out} held back and left out"
    if changes:
        verdicts = [change.verdict for change in changes]
        kinds = ("better", "worse", "mixed", "neither", "no expectation")
        yield "of the changed: " + ", ".join(f"{verdicts.count(one)} {one}" for one in kinds if one in verdicts)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _clean(text: str) -> str:
    """A value for the terminal: what may stand in a letter must not steer it."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown[: _SHOWN - 1] + "…" if len(shown) > _SHOWN else shown


def accept(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """Make the results the accepted ones, where they differ; says a line for each folder that was written."""
    for one in comparisons:
        if not one.same:
            accepted.save(one.folder, one.results)
            yield (
                f"accepted in {_shown(one.folder)}: {len(one.changes)} changed, {len(one.new)} new, {len(one.gone)} gone"
            )
