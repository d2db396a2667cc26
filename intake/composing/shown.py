"""What a template sees: every name it may use, made from a `ReplyContext` and the Russian words.

What comes from a letter is hostile: it is made one visible line, cut and freed of web addresses. Templates escape it.
"""

import re
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from intake.composing.articles import Articles
from intake.composing.context import ReplyContext, TicketEntry, UnreadFile
from rules.application import Application, FieldName, FieldValue, Status
from rules.fields_words import Words
from rules.plain_text import plain, without_links
from rules.reply_subject import reply_subject
from rules.ticket import State, is_number

_LONGEST_NAME = 100
_MOST_FILES = 5
_LONGEST_LINE = 2_000  # of what an agent wrote
_MOST_PARAGRAPHS = 100
_OUR_PAGE = re.compile(r"""(?:https://|http://(?:127\.0\.0\.1|localhost)[:/])[^\s<>"'`\\^{|}]{1,500}""")


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
    """One ticket as a template sees it. `phone` is among `good` or `doubtful` too, `to_ask` is `missing` + `unusable`.

    `state` is one of `rules.ticket.State` or "", `state_words` the same in Russian.
    """

    number: str
    title: str
    has_application: bool
    admin: str
    phone: Shown | None
    good: tuple[Shown, ...]
    doubtful: tuple[Shown, ...]
    unusable: tuple[Shown, ...]
    missing: tuple[Shown, ...]
    to_ask: tuple[Shown, ...]
    offer: str
    state: str
    state_words: str


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file that could not be read; `why` in Russian, "" if it is not known."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Showing:
    """Makes the values; `zone` is the desk's time zone."""

    words: Words
    zone: tzinfo
    articles: Articles

    def values(self, context: ReplyContext) -> dict[str, Any]:
        """The names that templates may use; listed for their authors in `templates/replies/README.md`."""
        words = self.words
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
                prefixes=words.prefixes,
            ),
            "tickets": tuple(self._ticket(entry, context) for entry in context.tickets),
            "organizations": words.counted("organization", len(context.tickets)),
            "due": words.deadline(context.due, self.zone) if context.due else "",
            "closes": words.deadline(context.closes, self.zone) if context.closes else "",
            "size": words.size(context.size),
            "limit": words.size(context.limit),
            "round": context.round,
            "again": context.answered or context.round > 1,
            "unread_files": tuple(self._file(one) for one in context.unread_files[:_MOST_FILES]),
            "labels": tuple(words.labels[name] for name in FieldName),
            "link": context.link if _OUR_PAGE.fullmatch(context.link) else "",
            "words": paragraphs(context.words),
            "articles": tuple(self.articles[name] for name in dict.fromkeys(context.articles)),
            "other_number": context.other_number if is_number(context.other_number) else "",
            "phone_check": words.phone_check,
            "phone_warning": words.phone_warning,
        }

    def _file(self, file: UnreadFile | str) -> FileShown:
        one = UnreadFile(file) if isinstance(file, str) else file
        name = without_links(plain(one.name, _LONGEST_NAME), self.words.link, bare=False)
        return FileShown(name, self.words.unread_why(one.note))

    def _ticket(self, entry: TicketEntry, context: ReplyContext) -> TicketShown:
        application = entry.application or Application()
        fields = application.items() if entry.application else ()
        shown = {name: (value.status, self._field(name, value)) for name, value in fields}

        def having(*statuses: Status) -> tuple[Shown, ...]:
            return tuple(one for status, one in shown.values() if status in statuses)

        return TicketShown(
            number=entry.number,
            title=self.words.shown(FieldName.SHORT_NAME, application.title),
            has_application=entry.application is not None,
            admin=shown[FieldName.ADMIN][1].value if application.admin_full_name.usable else "",
            phone=shown[FieldName.PHONE][1] if application.admin_phone.usable else None,
            good=having(Status.OK),
            doubtful=having(Status.DOUBTFUL),
            unusable=having(Status.INVALID),
            missing=having(Status.MISSING),
            to_ask=having(Status.INVALID, Status.MISSING),
            offer=_offer(entry, context),
            state=entry.state.value if entry.state else "",
            state_words=self._state(entry.state),
        )

    def _state(self, state: State | None) -> str:
        return self.words.states[state] if state else ""

    def _field(self, name: FieldName, value: FieldValue) -> Shown:
        words, why = self.words, ""
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


def _offer(entry: TicketEntry, context: ReplyContext) -> str:
    """The address this reply goes to, where the application has none; "" if it is no address or our own."""
    address = plain(context.reply_address, _LONGEST_NAME)
    wanted = entry.application is not None and not entry.application.admin_email.usable
    return address if wanted and address.count("@") == 1 and address != context.desk_address else ""


def paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    """What an agent wrote: paragraphs (an empty line between them) of lines, each made visible and bounded."""
    made: list[tuple[str, ...]] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        seen = plain(line, _LONGEST_LINE)
        if seen:
            lines.append(seen)
        elif lines:
            made.append(tuple(lines))
            lines = []
    return tuple(made[:_MOST_PARAGRAPHS])
