"""The only jinja2 for mail: from what happened and what is known to the subject, text and HTML of a reply.

One folder of `templates/replies/` per kind of reply, one file of `templates/articles/` per article. All of them are
read and checked when the `Composer` is made, so that a broken template stops the start and not the sending; they are
compiled when first used. Never builds headers, never sends.
"""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import tzinfo
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    meta,
    nodes,
    select_autoescape,
)
from jinja2 import TemplateError as JinjaError
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from intake.composing.articles import Article, Articles, Block
from intake.composing.context import Rendered, ReplyContext, TicketEntry, UnreadFile
from intake.composing.shown import FileShown, Showing, Shown, TicketShown
from intake.composing.specimens import specimens
from rules.errors import TemplateError
from rules.fields_words import Words
from rules.judgement import ReplyKind
from rules.plain_text import plain, tied, wrapped

__all__ = ["FILES", "Composer", "Rendered", "ReplyContext", "TicketEntry", "UnreadFile", "specimens"]

FILES = ("subject.txt", "body.txt", "body.html")
_LONGEST_SUBJECT = 400
_VALUES = (Shown, TicketShown, FileShown, Article, Block)
_ATTRIBUTES = frozenset(one.name for value in _VALUES for one in fields(value)) | {
    name for name in dir(LoopContext) if not name.startswith("_")
}
_Failures = (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, OSError, RecursionError)


@dataclass(frozen=True, slots=True)
class _Trio:
    subject: Template
    text: Template
    html: Template


class _TiedLoader(FileSystemLoader):
    """Reads templates and ties their short words once, so that no reply pays for it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, fresh = super().get_source(environment, template)
        return tied(source), filename, fresh


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks through a template for what it cannot have; ten times quicker than compiling it.

    `names` are those that every template may use, `attributes` whatever comes behind a dot.
    """

    environment: Environment
    names: frozenset[str]
    attributes: frozenset[str]

    def faults(self, node: nodes.Node, bound: set[str]) -> Iterator[tuple[int, str]]:
        """Line and words of each fault; `bound` are the names known where the node stands, and gets those it binds."""
        inner = bound
        match node:
            case nodes.Name(ctx="load", name=name) if name not in bound:
                yield node.lineno, f"unknown name {name!r}"
            case nodes.Name(ctx="store" | "param", name=name) | nodes.Import(target=name):
                bound.add(name)
            case nodes.Getattr(attr=name) if name not in self.attributes:
                yield node.lineno, f"nothing here has {name!r}"
            case nodes.Filter(name=name) if name not in self.environment.filters:
                yield node.lineno, f"unknown filter {name!r}"
            case nodes.Test(name=name) if name not in self.environment.tests:
                yield node.lineno, f"unknown test {name!r}"
            case nodes.For():
                inner = {*bound, "loop"}
            case nodes.Macro(name=name):
                bound.add(name)
                inner = set(bound)
            case nodes.Block():
                inner = set(self.names)
        for child in node.iter_child_nodes():
            yield from self.faults(child, inner)


class Composer:
    """All replies of the house; made once. `folder` is `templates/replies`, `zone` the desk's time zone; `articles` is
    the folder of articles, by default the one beside the replies.

    Making one raises `TemplateError` naming file and line of whatever is missing, broken or unknown.
    """

    def __init__(self, folder: Path, words: Words, zone: tzinfo, articles: Path | None = None) -> None:
        self.folder = folder
        self.articles = Articles(articles or folder.parent / "articles")
        self._showing = Showing(words, zone, self.articles)
        self._environment = SandboxedEnvironment(
            loader=_TiedLoader(folder),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._trios: dict[ReplyKind, _Trio] = {}
        self._check()

    def compose(self, kind: ReplyKind, context: ReplyContext) -> Rendered:
        """Subject, text and HTML of one reply. Raises `TemplateError` if a template fails on these values."""
        values = self.values(context)
        trio = self._trio(kind)
        return Rendered(
            subject=plain(self._render(trio.subject, values), _LONGEST_SUBJECT),
            text=wrapped(self._render(trio.text, values)),
            html=self._render(trio.html, values) + "\n",
        )

    def prove(self) -> None:
        """Compose every kind of reply on every specimen. Raises `TemplateError` for what no reading of them shows."""
        for kind in ReplyKind:
            for specimen in specimens(self.articles.names):
                self.compose(kind, specimen)

    def values(self, context: ReplyContext) -> dict[str, Any]:
        """The names that templates may use, with what they hold for this context."""
        return self._showing.values(context)

    def _trio(self, kind: ReplyKind) -> _Trio:
        if kind not in self._trios:
            self._trios[kind] = _Trio(*(self._compiled(f"{kind.value}/{file}") for file in FILES))
        return self._trios[kind]

    # --- checking without compiling ------------------------------------------------------------------------------

    def _check(self) -> None:
        """Read every template: syntax, the files it leans on, names, attributes, filters."""
        trees: dict[str, nodes.Template] = {}
        waiting = [f"{kind.value}/{file}" for kind in ReplyKind for file in FILES]
        while waiting:
            name = waiting.pop(0)
            if name not in trees:
                trees[name] = self._parsed(name)
                waiting += [one for one in meta.find_referenced_templates(trees[name]) if one]
        macros = {one.name for tree in trees.values() for one in tree.find_all(nodes.Macro)}
        names = {*self.values(ReplyContext(desk_name="", desk_address="")), *self._environment.globals}
        look = _Look(self._environment, frozenset(names), _ATTRIBUTES | macros)
        for name, tree in trees.items():
            for line, fault in look.faults(tree, set(names)):
                msg = f"{self.folder / name}, line {line}: {fault}; the README.md beside lists all names"
                raise TemplateError(msg)

    def _parsed(self, name: str) -> nodes.Template:
        path = self.folder / name
        try:
            return self._environment.parse(path.read_text(encoding="utf-8"), name, str(path))
        except TemplateSyntaxError as error:
            msg = f"{error.filename or path}, line {error.lineno}: {error.message}"
            raise TemplateError(msg) from error
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{path}: this template cannot be read: {error}"
            raise TemplateError(msg) from error

    # --- rendering -----------------------------------------------------------------------------------------------

    def _compiled(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except _Failures as error:
            msg = f"{self.folder / name}: {error}"
            raise TemplateError(msg) from error

    def _render(self, template: Template, values: dict[str, Any]) -> str:
        try:
            return template.render(values)
        except _Failures as error:
            msg = f"{self._place(template, error)}: {error}"
            raise TemplateError(msg) from error

    def _place(self, template: Template, error: Exception) -> str:
        """File and line of a failing template; jinja2 puts its own frames into the traceback."""
        if isinstance(error, TemplateSyntaxError):  # in a file that the template includes
            return f"{error.filename}, line {error.lineno}"
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(str(self.folder))]
        if frames:
            return f"{frames[-1].filename}, line {frames[-1].lineno}"
        return str(self.folder / (template.name or ""))
