"""Replies say what they must, in good Russian, and nothing that a letter brings along can come alive in them."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.compose import Composer, Rendered, ReplyContext, TicketEntry, specimens
from intake.outgoing import Outgoing, build
from rules.application import Application, FieldName, FieldValue, Status
from rules.fields_words import Words
from rules.judgement import ReplyKind
from rules.specimens import COMPLETE, DOUBTFUL, LACKING
from rules.ticket import numbers_in

ROOT = Path(__file__).parents[3]
WORDS = Words.load(ROOT / "rules" / "data" / "words.toml")
COMPOSER = Composer(ROOT / "templates" / "replies", WORDS, ZoneInfo("Europe/Moscow"))
DUE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def _context(*applications: Application, **more: object) -> ReplyContext:
    entries = tuple(TicketEntry(f"2611-{204 + k}", one) for k, one in enumerate(applications))
    context = ReplyContext(desk_name="Поддержка «Сферум»", desk_address="info@sferum.ru", tickets=entries, due=DUE)
    return replace(context, **more)


def _reply(kind: ReplyKind, *applications: Application, **more: object) -> Rendered:
    found = COMPOSER.compose(kind, _context(*applications, **more))
    return Rendered(found.subject, found.text.replace("\u00a0", " "), found.html.replace("\u00a0", " "))


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_received_shows_every_value_the_number_the_time_and_where_to_look() -> None:
    found = _reply(ReplyKind.RECEIVED, COMPLETE)
    for said in (found.text, found.html):
        flat = _flat(said)
        for name, value in COMPLETE.items():
            assert WORDS.shown(name, value.value or "").replace("\u00a0", " ") in flat
        for words in ("2611-204", "понедельника, 23 ноября 2026 г., 18:00 по московскому времени", "«Спам»"):
            assert words in flat
    assert "____" not in found.text


def test_received_puts_the_phone_on_a_line_of_its_own_before_all_else() -> None:
    lines = _reply(ReplyKind.RECEIVED, COMPLETE).text.splitlines()
    assert lines.index("    +7 900 000-00-00") < min(k for k, line in enumerate(lines) if line.startswith("— "))


def test_a_doubtful_phone_is_said_to_be_doubtful_with_the_other_number() -> None:
    flat = _flat(_reply(ReplyKind.RECEIVED, DOUBTFUL).text)
    assert "+7 900 000-00-01" in flat
    assert "Проверьте, пожалуйста: — Населённый пункт: г. Тула (взято из названия организации)" in flat


def test_missing_asks_for_what_is_not_there_and_for_nothing_else() -> None:
    for name in FieldName:
        for gap in (FieldValue(), FieldValue(None, Status.INVALID, "malformed", "что-то")):
            text = _reply(ReplyKind.MISSING, COMPLETE.having(name, gap)).text
            asked = [line.removesuffix(": ____") for line in text.splitlines() if line.endswith("____")]
            assert asked == [WORDS.labels[name]]


def test_missing_says_why_a_value_cannot_be_used_and_gives_an_example() -> None:
    flat = _flat(_reply(ReplyKind.MISSING, LACKING).text)
    assert "В письме указано «8 (487) 200-00-00» — это городской номер, а для регистрации нужен мобильный" in flat
    assert "В письме указано «Иванова М. П.» — здесь инициалы" in flat
    assert flat.count("Например: ") == 3


def test_the_senders_address_is_offered_only_where_the_email_is_wanted() -> None:
    offer = "(school@example.ru), вместо адреса просто ответьте «да»"
    assert offer in _flat(_reply(ReplyKind.MISSING, LACKING, reply_address="school@example.ru").text)
    with_email = LACKING.having(FieldName.EMAIL, COMPLETE.admin_email)
    assert "«да»" not in _reply(ReplyKind.MISSING, with_email, reply_address="school@example.ru").text
    for address in ("", "info@sferum.ru", "a@b@c"):
        assert "«да»" not in _reply(ReplyKind.MISSING, LACKING, reply_address=address).text


def test_several_organisations_stand_in_one_reply_each_with_its_own_number_and_lines() -> None:
    other = LACKING.having(FieldName.SHORT_NAME, FieldValue("МБОУ «Лицей № 7»", Status.OK))
    found = _reply(ReplyKind.MISSING, COMPLETE, other)
    assert numbers_in(found.subject) == ("2611-204", "2611-205")
    assert "1. МБОУ «Средняя школа № 5» — обращение № 2611-204" in found.text
    assert "Организация: МБОУ «Лицей № 7»\nФамилия" in found.text
    assert found.text.count("Организация: ") == 1, "the complete one is not asked again"


def test_an_answer_to_us_is_thanked_for_as_an_answer() -> None:
    for kind, application in ((ReplyKind.RECEIVED, COMPLETE), (ReplyKind.MISSING, LACKING)):
        assert "Спасибо за заявку" in _reply(kind, application).text
        for more in ({"answered": True}, {"round": 2}):
            text = _reply(kind, application, **more).text
            assert "Спасибо за ответ!" in text
            assert "Спасибо за заявку" not in text


def test_files_that_could_not_be_read_are_named() -> None:
    flat = _flat(_reply(ReplyKind.MISSING, LACKING, unread_files=("Скан.pdf",)).text)
    assert "Мы не смогли прочитать вложение «Скан.pdf»" in flat


def test_too_large_says_how_large_and_what_the_limit_is() -> None:
    found = _reply(ReplyKind.TOO_LARGE, size=41_200_000, limit=30_000_000)
    for said in (found.text, found.html):
        assert "41,2 МБ" in _flat(said)
        assert "до 30 МБ" in _flat(said)


def test_a_question_is_answered_by_when_a_person_answers() -> None:
    flat = _flat(_reply(ReplyKind.QUESTION_RECEIVED, COMPLETE, original_subject="Вопрос").text)
    assert "передали сотруднику" in flat
    assert "Мы ответим до понедельника" in flat
    assert "+7" not in flat


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "</b></p><a href='http://evil.example'>сюда</a>",
    "http://evil.example/win www.evil.example evil.example",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "a\r\nBcc: everybody@example.ru\r\n\r\nтело",
    "\u202etxt.exe\u2066\u200b\ufeff\x00\x07\x1b[31m",
    "\ud800\udfff",
    "я" * 100_000,
    "> цитата\n> ещё",
    "&lt;b&gt; &amp; &#60;",
)


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("kind", list(ReplyKind))
def test_hostile_values_stay_dead(kind: ReplyKind, bad: str) -> None:
    application = Application(**{
        name.value: FieldValue(bad, Status.DOUBTFUL, bad, bad, candidates=(bad + "1",))
        if name in {FieldName.PHONE, FieldName.SHORT_NAME}
        else FieldValue(None, Status.INVALID, bad, bad)
        for name in FieldName
    })  # fmt: skip
    found = COMPOSER.compose(
        kind,
        _context(
            application,
            application,
            original_subject=bad,
            applicant_name=bad,
            reply_address=bad,
            unread_files=(bad, bad),
        ),
    )
    html = found.html.casefold()
    assert not any(live in html for live in ("<script", "<img", "<a ", "://", "www.", "</b></p><a"))
    assert ' onmouseover="' not in html
    for said in (found.subject, found.text, found.html):
        assert not set(said) & set("\u202e\u2066\u200b\ufeff\x00\x07\x1b\r")
        assert len(said) < 40_000
        said.encode("utf-8")
    assert "49" not in found.text
    assert "\n" not in found.subject
    assert not any(line.startswith(">") for line in found.text.splitlines())


def test_a_value_is_cut_at_three_hundred_and_a_long_honest_name_is_not() -> None:
    long = COMPLETE.having(FieldName.FULL_NAME, FieldValue("Я" * 300, Status.OK))
    assert "Я" * 300 in _reply(ReplyKind.RECEIVED, long).text
    longer = COMPLETE.having(FieldName.FULL_NAME, FieldValue("Я" * 301, Status.OK))
    assert "Я" * 299 + "…" in _reply(ReplyKind.RECEIVED, longer).text


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_text_lines_are_short_and_nothing_is_left_over_from_the_templates(kind: ReplyKind) -> None:
    for context in specimens():
        found = COMPOSER.compose(kind, context)
        assert max(map(len, found.text.splitlines())) <= 76
        assert "\n\n\n" not in found.text
        for said in (found.text, found.html):
            assert not any(rest in said for rest in ("{{", "{%", "None", "Undefined", "«»", "()", " ,", "  )"))


def test_two_hundred_organisations_fit_into_one_reply() -> None:
    found = _reply(ReplyKind.MISSING, *[LACKING] * 200)
    assert "2611-403" in found.text
    assert len(found.subject) < 200


def test_composing_and_building_is_cheap() -> None:
    context = _context(COMPLETE, original_subject="СФЕРУМ: Регистрация организации")
    start = time.process_time()
    for _ in range(100):
        found = COMPOSER.compose(ReplyKind.RECEIVED, context)
        build(
            Outgoing(
                desk_name=context.desk_name,
                desk_address=context.desk_address,
                recipient="school@example.ru",
                subject=found.subject,
                text=found.text,
                html=found.html,
                message_id="t.received1.s@sferum.ru",
                date=DUE,
            )
        )
    assert time.process_time() - start < 0.4
