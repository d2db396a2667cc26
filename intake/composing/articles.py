"""The articles of `templates/articles/`: ready answers, each one source for the text and the HTML of a reply.

The first line is the title; then one paragraph a line, numbered steps «1. …» and bullets «— …». Nothing else is
markup. Read and checked once, at the start; never reads what a letter brings along.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rules.errors import TemplateError
from rules.plain_text import WIDTH, tied, wrapped

PARAGRAPH, STEPS, BULLETS = "paragraph", "steps", "bullets"
_STEP = re.compile(r"(\d{1,2})\. (?=\S)")
_BULLET = "— "


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs or a list: `kind` and its items, without numbers and dashes."""

    kind: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `text` is all of it but the title, in lines that are short enough for a letter."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    text: str


class Articles:
    """All articles of a folder, by name. Raises `TemplateError` naming file and line of what cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            msg = f"{folder}: there is no such folder of articles"
            raise TemplateError(msg)
        self._articles = {path.stem: _read(path) for path in sorted(folder.glob("*.txt"))}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all articles."""
        return tuple(self._articles)

    def __getitem__(self, name: str) -> Article:
        """One article. Raises `TemplateError` if there is none of that name."""
        if name not in self._articles:
            msg = f"{self.folder}: there is no article {name}.txt"
            raise TemplateError(msg)
        return self._articles[name]

    def require(self, names: tuple[str, ...]) -> None:
        """Prove that all these articles are there. Raises `TemplateError` for the first that is not."""
        for name in names:
            self[name]


def _read(path: Path) -> Article:
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: this article cannot be read: {error}"
        raise TemplateError(msg) from error
    title, *lines = source.splitlines() or [""]
    if not title.strip() or _kind(title) is not PARAGRAPH:
        msg = f"{path}, line 1: the first line must be the title of the article"
        raise TemplateError(msg)
    blocks = _blocks(path, [(number, line.strip()) for number, line in enumerate(lines, start=2) if line.strip()])
    if not blocks:
        msg = f"{path}: the article has a title and nothing else"
        raise TemplateError(msg)
    return Article(path.stem, tied(title.strip()), blocks, _text(blocks))


def _kind(line: str) -> str:
    if _STEP.match(line):
        return STEPS
    return BULLETS if line.startswith(_BULLET) else PARAGRAPH


def _blocks(path: Path, lines: list[tuple[int, str]]) -> tuple[Block, ...]:
    made = []
    for kind, group in groupby(lines, key=lambda numbered: _kind(numbered[1])):
        run = list(group)
        if kind is STEPS:
            _counted(path, run)
        made.append(Block(kind, tuple(tied(_item(kind, line)) for _, line in run)))
    return tuple(made)


def _counted(path: Path, run: list[tuple[int, str]]) -> None:
    """Steps are numbered from 1: HTML numbers them itself, and both must say the same."""
    for expected, (number, line) in enumerate(run, start=1):
        if not line.startswith(f"{expected}. "):
            msg = f"{path}, line {number}: this step should have the number {expected}"
            raise TemplateError(msg)


def _item(kind: str, line: str) -> str:
    if kind is STEPS:
        return _STEP.sub("", line, count=1)
    return line.removeprefix(_BULLET) if kind is BULLETS else line


def _text(blocks: tuple[Block, ...]) -> str:
    """The blocks as lines; a list stands right under the line that leads to it."""
    pieces: list[str] = []
    for block in blocks:
        if block.kind is PARAGRAPH:
            pieces += ["\n\n" + wrapped(item).rstrip("\n") for item in block.items]
            continue
        lead = "\n" if pieces and pieces[-1].endswith(":") else "\n\n"
        marks = [f"{n}. " if block.kind is STEPS else _BULLET for n in range(1, len(block.items) + 1)]
        pieces.append(lead + "\n".join(_hung(mark, item) for mark, item in zip(marks, block.items, strict=True)))
    return "".join(pieces).strip("\n")


def _hung(mark: str, item: str) -> str:
    """An item of a list: its further lines hang under the first."""
    return mark + wrapped(item, WIDTH - len(mark)).rstrip("\n").replace("\n", "\n" + " " * len(mark))
