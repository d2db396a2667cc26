"""The only jinja2 for mail: from what happened and what is known to the subject, text and HTML of a reply.

One folder of `templates/replies/` per kind of reply. All of them are parsed and tried on specimens when the `Composer`
is made, so that a broken template is found before anything is sent. What comes from a letter is hostile: it is made
one visible line, cut, freed of web addresses, and escaped in HTML. Never builds headers, never sends.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
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
from jinja2.sandbox import SandboxedEnvironment

from rules.application import Application, FieldName, FieldValue, Status
from rules.errors import TemplateError
from rules.fields_words import Words
from rules.judgement import ReplyKind
from rules.plain_text import plain, tied, without_links, wrapped
from rules.reply_subject import reply_subject
from rules.specimens import COMPLETE, DOUBTFUL, LACKING, NOTHING
from rules.ticket import number_of

FILES = ("subject.txt", "body.txt", "body.html")
_LONGEST_NAME = 100
_MOST_FILES = 5
_LONGEST_SUBJECT = 400


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """One ticket that a reply tells of; `application` None for one that is about something else."""

    number: str
    application: Application | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    """What a reply is composed from.

    `original_subject`, `applicant_name` (a display name) and `unread_files` (names of attachments whose text could not
    be read) are the letter's, untouched. `due`: when the answer is due, aware, None if no clock
    runs. `reply_address`: the address this reply goes to, offered where the e-mail is missing ("" to offer none).
    `size` and `limit` in bytes, for `too_large`. `round`: the how-manieth reply of its kind in the thread. `answered`: the letter answers one of ours.
    """

    desk_name: str
    desk_address: str
    tickets: tuple[TicketEntry, ...] = ()
    due: datetime | None = None
    original_subject: str = ""
    applicant_name: str = ""
    reply_address: str = ""
    size: int = 0
    limit: int = 0
    round: int = 1
    answered: bool = False
    unread_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply in words; `subject` is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as a template sees it. `value`: what we understood, or what was written; `why`: doubt or refusal."""

    key: str
    label: str
    value: str
    why: str
    example: str


@dataclass(frozen=True, slots=True)
class TicketShown:
    """One ticket as a template sees it. `phone` is among `good` or `doubtful` too, `to_ask` is `missing` + `unusable`."""

    number: str
    title: str
    has_application: bool
    phone: Shown | None
    good: tuple[Shown, ...]
    doubtful: tuple[Shown, ...]
    unusable: tuple[Shown, ...]
    missing: tuple[Shown, ...]
    to_ask: tuple[Shown, ...]
    offer: str


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


class Composer:
    """All replies of the house; made once. `folder` is `templates/replies`, `zone` the desk's time zone.

    Making one raises `TemplateError` naming file and line of whatever is missing, broken or unknown.
    """

    def __init__(self, folder: Path, words: Words, zone: tzinfo) -> None:
        self.folder = folder
        self._words = words
        self._zone = zone
        self._environment = SandboxedEnvironment(
            loader=_TiedLoader(folder),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._trios = {kind: self._load(kind) for kind in ReplyKind}
        for kind in ReplyKind:
            for specimen in specimens():
                self.compose(kind, specimen)

    def compose(self, kind: ReplyKind, context: ReplyContext) -> Rendered:
        """Subject, text and HTML of one reply. Raises `TemplateError` if a template fails on these values."""
        values = self._values(context)
        trio = self._trios[kind]
        return Rendered(
            subject=plain(self._render(trio.subject, values), _LONGEST_SUBJECT),
            text=wrapped(self._render(trio.text, values)),
            html=self._render(trio.html, values) + "\n",
        )

    def _values(self, context: ReplyContext) -> dict[str, Any]:
        """The names that templates may use; listed for their authors in `templates/replies/README.md`."""
        words = self._words
        tickets = tuple(self._ticket(entry, context) for entry in context.tickets)
        return {
            "desk_name": context.desk_name,
            "desk_address": context.desk_address,
            "hello": words.greeting(context.applicant_name),
            "subject": reply_subject(
                context.original_subject,
                tuple(entry.number for entry in context.tickets),
                empty=words.no_subject,
                more=words.more_tickets,
                link=words.link,
            ),
            "tickets": tickets,
            "due": words.deadline(context.due, self._zone) if context.due else "",
            "size": words.size(context.size),
            "limit": words.size(context.limit),
            "round": context.round,
            "again": context.answered or context.round > 1,
            "unread_files": tuple(
                without_links(plain(name, _LONGEST_NAME), words.link, bare=False)
                for name in context.unread_files[:_MOST_FILES]
            ),
            "labels": tuple(words.labels[name] for name in FieldName),
        }

    def _ticket(self, entry: TicketEntry, context: ReplyContext) -> TicketShown:
        application = entry.application or Application()
        fields = application.items() if entry.application else ()
        shown = {name: (value.status, self._field(name, value)) for name, value in fields}

        def having(*statuses: Status) -> tuple[Shown, ...]:
            return tuple(one for status, one in shown.values() if status in statuses)

        ours = plain(context.reply_address, _LONGEST_NAME)
        lacks_email = entry.application is not None and not application.admin_email.usable
        offered = lacks_email and ours.count("@") == 1 and ours != context.desk_address
        return TicketShown(
            number=entry.number,
            title=self._words.shown(FieldName.SHORT_NAME, application.title),
            has_application=entry.application is not None,
            phone=shown[FieldName.PHONE][1] if application.admin_phone.usable else None,
            good=having(Status.OK),
            doubtful=having(Status.DOUBTFUL),
            unusable=having(Status.INVALID),
            missing=having(Status.MISSING),
            to_ask=having(Status.INVALID, Status.MISSING),
            offer=ours if offered else "",
        )

    def _field(self, name: FieldName, value: FieldValue) -> Shown:
        words, why = self._words, ""
        if value.status is Status.DOUBTFUL:
            why = words.doubt(name, value)
        elif value.status is Status.INVALID:
            why = words.why(name, value.reason)
        return Shown(
            key=name.value,
            label=words.labels[name],
            value=words.shown(name, (value.value if value.usable else value.written) or ""),
            why=why,
            example=words.examples[name],
        )

    # --- templates -----------------------------------------------------------------------------------------------

    def _load(self, kind: ReplyKind) -> _Trio:
        return _Trio(*(self._template(f"{kind.value}/{file}") for file in FILES))

    def _template(self, name: str) -> Template:
        path = self.folder / name
        try:
            tree = self._environment.parse(path.read_text(encoding="utf-8"), name, str(path))
            known = {*self._values(ReplyContext(desk_name="", desk_address="")), *self._environment.globals}
            unknown = meta.find_undeclared_variables(tree) - known
            if unknown:
                used = (node for node in tree.find_all(nodes.Name) if node.name in unknown)
                first = min(used, key=lambda node: node.lineno)
                msg = f"{path}, line {first.lineno}: unknown name {first.name!r}; the README.md beside lists all names"
                raise TemplateError(msg)
            return self._environment.get_template(name)
        except TemplateSyntaxError as error:
            msg = f"{error.filename or path}, line {error.lineno}: {error.message}"
            raise TemplateError(msg) from error
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{path}: this template cannot be read: {error}"
            raise TemplateError(msg) from error
        except JinjaError as error:
            msg = f"{path}: {error}"
            raise TemplateError(msg) from error

    def _render(self, template: Template, values: dict[str, Any]) -> str:
        try:
            return template.render(values)
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, OSError, RecursionError) as error:
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


def specimens() -> tuple[ReplyContext, ...]:
    """Contexts that lead through every branch of the templates."""
    due = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    midnight = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    asked = "school@example.ru"

    def of(*applications: Application | None, **more: Any) -> ReplyContext:  # noqa: ANN401 - fields of ReplyContext
        entries = tuple(TicketEntry(number_of(2026, 11, 204 + k), one) for k, one in enumerate(applications))
        return ReplyContext(desk_name="Поддержка «Сферум»", desk_address="info@sferum.ru", tickets=entries, **more)

    return (
        of(),
        of(None, due=due, size=41_200_000, limit=30_000_000),
        of(COMPLETE, due=due, original_subject="СФЕРУМ: Регистрация организации", applicant_name="Мария Петровна"),
        of(DOUBTFUL, due=midnight, original_subject="Re: заявка"),
        of(LACKING, reply_address=asked, unread_files=("Скан.pdf", "Приказ.pdf")),
        of(NOTHING, answered=True, unread_files=("Скан.pdf",)),
        of(COMPLETE, DOUBTFUL, LACKING, NOTHING, None, due=due, reply_address=asked, round=2),
    )
