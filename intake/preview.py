"""`intake preview`: a reply as it would read, in one page: subject, HTML on light and on dark, text beside them.

On invented specimens, or on a ticket of the database. Stores nothing, sends nothing, queues nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from intake.compose import Composer, Rendered, ReplyContext, TicketEntry, specimens
from intake.settings import Desk
from rules.articles import ArticleBook
from rules.errors import SettingsError
from rules.judgement import ReplyKind
from store.records import TicketRecord

_WRITTEN = "Здесь стоит то, что напишет сотрудник.\n\nЭто второй абзац его слов."
_SIZE, _LIMIT = 41_200_000, 30_000_000  # bytes
_WRITTEN_KINDS = frozenset({ReplyKind.ANSWER, ReplyKind.REJECTED})
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 Arial, Helvetica, sans-serif }
body { margin: 24px; max-width: 2000px }
h2 { font-size: 18px; margin: 40px 0 8px }
.sheet { display: grid; gap: 16px; align-items: start }
@media (min-width: 1300px) { .sheet { grid-template-columns: 1fr 1fr max-content } }
iframe { width: 100%; height: 100px; border: 1px solid #888888; box-sizing: border-box }
.light { color-scheme: light; background: #ffffff }
.dark { color-scheme: dark; background: #121212 }
pre { margin: 0; padding: 16px; border: 1px solid #888888; overflow-x: auto; font: 13px/1.45 monospace }
"""
_FIT = "this.style.height=this.contentDocument.documentElement.scrollHeight+4+'px'"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One reply on the page, with a line that says what it was composed from."""

    caption: str
    reply: Rendered


def reply_named(name: str) -> ReplyKind:
    """The kind of reply of that name. Raises `SettingsError` that lists the known ones."""
    try:
        return ReplyKind(name)
    except ValueError as error:
        msg = f"there is no reply {name}; choose one of {', '.join(sorted(ReplyKind))}"
        raise SettingsError(msg) from error


def on_specimens(composer: Composer, kind: ReplyKind) -> tuple[Sheet, ...]:
    """The reply on every specimen."""
    contexts = specimens(composer.articles.names)
    return tuple(Sheet(f"образец {n}", composer.compose(kind, one)) for n, one in enumerate(contexts, start=1))


def on_ticket(composer: Composer, kind: ReplyKind, context: ReplyContext) -> tuple[Sheet, ...]:
    """The reply on one ticket."""
    numbers = ", ".join(one.number for one in context.tickets)
    return (Sheet(f"обращение № {numbers}", composer.compose(kind, context)),)


def context_of(ticket: TicketRecord, kind: ReplyKind, desk: Desk, book: ArticleBook) -> ReplyContext:
    """What a reply of that kind would be composed from, as far as the ticket says.

    An agent's words are invented; an answer gets the general article of the ticket's topic; sizes are invented too.
    """
    first = ticket.messages[0] if ticket.messages else None
    general = tuple(one.name for one in book.rules if one.general and one.topic is ticket.topic)
    return ReplyContext(
        desk_name=desk.name,
        desk_address=desk.address,
        tickets=(TicketEntry(ticket.number, ticket.application, ticket.state),),
        due=ticket.turn.due_at if ticket.turn else None,
        original_subject=first.subject if first else "",
        applicant_name=first.from_name if first else "",
        reply_address=ticket.applicant_address,
        size=_SIZE,
        limit=_LIMIT,
        round=sum(1 for one in ticket.replies if one.kind is kind) + 1,
        answered=len(ticket.messages) > 1,
        words=_WRITTEN if kind in _WRITTEN_KINDS else "",
        articles=general if kind is ReplyKind.ANSWER else (),
    )


def page(kind: ReplyKind, sheets: Iterable[Sheet]) -> str:
    """The whole page. What is in a reply stays in a frame of its own where no script runs."""
    return (
        f'<!DOCTYPE html>\n<html lang="ru">\n<head>\n<meta charset="utf-8">\n<title>{escape(kind.value)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(kind.value)}</h1>\n"
        + "".join(_sheet(one) for one in sheets)
        + "</body>\n</html>\n"
    )


def _sheet(sheet: Sheet) -> str:
    html = escape(sheet.reply.html)
    frames = "".join(
        f'<iframe class="{scheme}" sandbox="allow-same-origin" title="HTML" srcdoc="{html}" onload="{_FIT}"></iframe>\n'
        for scheme in ("light", "dark")
    )
    return (
        f"<h2>{escape(sheet.caption)}</h2>\n<p>{escape(sheet.reply.subject)}</p>\n"
        f'<div class="sheet">\n{frames}<pre>{escape(sheet.reply.text)}</pre>\n</div>\n'
    )


def write(path: Path, text: str) -> None:
    """Write the page, with the folders it needs. Raises `SettingsError` if that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path}: the preview cannot be written there: {error.strerror}; name another file with --out"
        raise SettingsError(msg) from error
