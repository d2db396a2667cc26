"""Contexts on which every template is tried: together they lead through every branch. Nothing in them is anybody's."""

from datetime import UTC, datetime
from typing import Any

from intake.composing.context import ReplyContext, TicketEntry, UnreadFile
from rules.application import Application
from rules.specimens import COMPLETE, DOUBTFUL, LACKING, NOTHING, SECOND
from rules.ticket import State, number_of

_DUE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_MIDNIGHT = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
_CLOSES = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
_ASKED = "school@example.ru"
_LINK = "https://desk.example.ru/z/4f2a9c0b1d7e"
_SCAN = UnreadFile("Скан.pdf", "scan")
_WORDS = "Мы проверили: в заявке указан номер приёмной.\n\nПришлите, пожалуйста, мобильный номер администратора."


def _of(*applications: Application | None, state: State | None = None, **more: Any) -> ReplyContext:  # noqa: ANN401 - fields of ReplyContext
    entries = tuple(TicketEntry(number_of(2026, 11, 204 + k), one, state) for k, one in enumerate(applications))
    return ReplyContext(desk_name="Поддержка «Сферум»", desk_address="info@sferum.ru", tickets=entries, **more)


def specimens(articles: tuple[str, ...] = ()) -> tuple[ReplyContext, ...]:
    """The contexts; `articles` are names of articles that exist."""
    two, one = articles[:2], articles[:1]
    review, waiting = State.REVIEW, State.WAITING
    return (
        _of(),
        _of(None, due=_DUE, size=41_200_000, limit=30_000_000),
        _of(COMPLETE, due=_DUE, original_subject="СФЕРУМ: Регистрация организации", applicant_name="Мария Петровна"),
        _of(DOUBTFUL, due=_MIDNIGHT, original_subject="Re: заявка"),
        _of(LACKING, reply_address=_ASKED, unread_files=(UnreadFile("Скан.pdf", "scan"), "Приказ.pdf")),
        _of(NOTHING, answered=True, unread_files=(_SCAN,)),
        _of(COMPLETE, DOUBTFUL, LACKING, NOTHING, None, due=_DUE, reply_address=_ASKED, round=2),
        _of(LACKING, state=waiting, reply_address=_ASKED, link=_LINK, closes=_CLOSES),
        _of(NOTHING, state=waiting, link=_LINK, closes=_CLOSES, round=2, reply_address=_ASKED),
        _of(COMPLETE, SECOND, state=review, due=_DUE, other_number="2610-17", original_subject="Две школы"),
        _of(COMPLETE, LACKING, state=waiting, due=_DUE, closes=_CLOSES, link=_LINK, articles=one),
        _of(None, state=State.ANSWERED, words=_WORDS, articles=two, applicant_name="Ильин Пётр Ильич"),
        _of(NOTHING, unread_files=(_SCAN,), original_subject="Заявка", reply_address=_ASKED, link=_LINK),
        _of(COMPLETE, state=State.APPROVED, words=_WORDS, other_number="2610-17", due=_DUE, articles=one),
        _of(None, state=review, due=_DUE, articles=one),
    )
