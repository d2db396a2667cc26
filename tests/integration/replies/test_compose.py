"""Replies say what they must, in good Russian, and nothing that a letter brings along can come alive in them."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.attachments.extracted import Note
from intake.compose import Composer, Rendered, ReplyContext, TicketEntry, UnreadFile
from intake.outgoing import Outgoing, build
from rules.application import Application, FieldName, FieldValue, Status
from rules.errors import TemplateError
from rules.fields_words import Words
from rules.judgement import ReplyKind
from rules.specimens import COMPLETE, DOUBTFUL, LACKING, NOTHING, SECOND
from rules.ticket import State, numbers_in

ROOT = Path(__file__).parents[3]
WORDS = Words.load(ROOT / "rules" / "data" / "words.toml")
COMPOSER = Composer(ROOT / "templates" / "replies", WORDS, ZoneInfo("Europe/Moscow"))
DUE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LINK = "https://desk.example.ru/z/4f2a9c0b1d7e"
SAYS_ITS_TICKETS = set(ReplyKind) - {ReplyKind.TOO_LARGE}


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
    for kind in (ReplyKind.MISSING, ReplyKind.SEVERAL, ReplyKind.UNREADABLE_ATTACHMENT):
        files = (UnreadFile("Скан.pdf", "scan"), "Приказ.doc", UnreadFile("Заявка.zip", "locked"))
        found = _reply(kind, LACKING, unread_files=files)
        assert "Мы не смогли прочитать вложения:" in found.html
        flat = _flat(found.text)
        assert "Мы не смогли прочитать вложения:" in flat
        assert "— «Скан.pdf»: это скан или фотография, текста в файле нет — «Приказ.doc» — «Заявка.zip»: файл" in flat


@pytest.mark.parametrize("note", [note for note in Note if note])
def test_every_reason_why_a_file_is_not_read_has_its_own_words(note: Note) -> None:
    assert WORDS.unread_why(note.value) not in {WORDS.any_unread, ""}
    assert not re.search(r"[a-z]", WORDS.unread_why(note.value))


def test_an_unreadable_attachment_is_asked_for_as_text_with_all_seven_facts() -> None:
    for applications in ((), (NOTHING,)):
        text = _reply(ReplyKind.UNREADABLE_ATTACHMENT, *applications, unread_files=(UnreadFile("a.pdf", "scan"),)).text
        asked = [line.removesuffix(": ____") for line in text.splitlines() if line.endswith("____")]
        assert asked == [WORDS.labels[name] for name in FieldName]


def test_several_organisations_are_counted_and_listed_with_what_each_lacks() -> None:
    found = _reply(ReplyKind.SEVERAL, COMPLETE, LACKING.having(FieldName.SHORT_NAME, SECOND.organization_short_name))
    for said in (_flat(found.text), _flat(re.sub("<[^>]*>", "", found.html))):
        assert "В письме 2 организации" in said
        assert "МБОУ «Средняя школа № 5» — № 2611-204: всё есть" in said
        assert "МАУ «Лицей № 7» — № 2611-205: не хватает сведений" in said
    assert found.text.count("Организация: ") == 1, "the complete one is not asked again"
    assert "    +7 900 000-00-00" in found.text
    assert "В письме 5 организаций" in _reply(ReplyKind.SEVERAL, *[COMPLETE] * 5).text
    assert "В письме 21 организация" in _reply(ReplyKind.SEVERAL, *[COMPLETE] * 21).text


@pytest.mark.parametrize(
    "kind",
    [ReplyKind.MISSING, ReplyKind.SEVERAL, ReplyKind.UNREADABLE_ATTACHMENT, ReplyKind.REMINDER, ReplyKind.EXPIRED],
)
def test_the_personal_link_is_there_when_there_is_one_and_not_a_word_of_it_otherwise(kind: ReplyKind) -> None:
    found = _reply(kind, LACKING, link=LINK)
    assert LINK in found.text.splitlines()
    assert f'<a href="{LINK}">{LINK}</a>' in found.html
    for link in ("", "ftp://desk.example.ru/x", "http://desk.example.ru/x", 'https://x.example/"><b>', "javascript:1"):
        bare = _reply(kind, LACKING, link=link)
        assert "ссылк" not in bare.text
        assert "<a " not in bare.html


def test_a_long_link_is_not_broken() -> None:
    link = LINK + "a" * 90
    assert link in _reply(ReplyKind.REMINDER, LACKING, link=link).text.splitlines()


def test_a_reminder_says_what_is_needed_and_until_when_we_wait() -> None:
    first = _flat(_reply(ReplyKind.REMINDER, LACKING, closes=DUE).text)
    assert "Напоминаем" in first
    assert "Ждём ответа до понедельника, 23 ноября 2026 г., 18:00 по московскому времени" in first
    assert first.count("____") == 3
    second = _flat(_reply(ReplyKind.REMINDER, LACKING, round=2).text)
    assert "Мы всё ещё ждём" in second
    assert "Напоминаем" not in second


def test_an_expired_ticket_can_be_taken_up_without_writing_everything_again() -> None:
    flat = _flat(_reply(ReplyKind.EXPIRED, LACKING).text)
    assert "закрыли обращение № 2611-204 (МБОУ «Средняя школа № 5»)" in flat
    assert "ответьте на любое наше письмо" in flat
    assert "Писать всё заново не нужно" in flat


@pytest.mark.parametrize("state", list(State))
def test_a_status_says_where_the_ticket_stands(state: State) -> None:
    entry = TicketEntry("2611-204", LACKING, state)
    found = _reply(ReplyKind.STATUS, tickets=(entry,))
    assert WORDS.states[state].replace("\u00a0", " ") in _flat(found.text)
    assert ("____" in found.text) == (state is State.WAITING)
    assert ("Мы ответим до понедельника" in _flat(found.text)) == (state is State.REVIEW)


def test_a_duplicate_names_the_ticket_that_goes_on() -> None:
    flat = _flat(_reply(ReplyKind.DUPLICATE, COMPLETE, other_number="2610-17").text)
    assert "обращение № 2610-17" in flat
    assert "закрыли новое обращение № 2611-204 как повторное" in flat
    joined = _flat(_reply(ReplyKind.DUPLICATE, COMPLETE, other_number="2611-204").text)
    assert "Ваше письмо мы присоединили к нему" in joined
    assert "закрыли" not in joined


def test_an_approval_shows_the_number_large_and_says_how_to_enter() -> None:
    found = _reply(ReplyKind.APPROVED, COMPLETE)
    assert "    +7 900 000-00-00" in found.text.splitlines()
    assert re.search(r"font-size:22px[^>]*><b>\+7 900 000-00-00", found.html)
    for said in (_flat(found.text), _flat(found.html)):
        for words in ("«Вход для администраторов»", "sferum.ru", "письмо с инструкцией", "«Спам»"):
            assert words in said
        assert WORDS.phone_warning.replace("\u00a0", " ") in said


def test_what_an_agent_wrote_is_shown_in_paragraphs_and_stays_text() -> None:
    written = "Первый <b>абзац</b> & {{ 7 * 7 }}.\nВторая строка.\r\n\r\n\n  Второй абзац.  "
    for kind in (ReplyKind.ANSWER, ReplyKind.REJECTED, ReplyKind.APPROVED):
        found = _reply(kind, COMPLETE, words=written)
        assert "Первый <b>абзац</b> & {{ 7 * 7 }}.\nВторая строка.\n\nВторой абзац.\n" in found.text
        assert "Первый &lt;b&gt;абзац&lt;/b&gt; &amp; {{ 7 * 7 }}.<br>Вторая строка.</p>" in found.html
        assert '<p style="margin:0 0 16px">Второй абзац.</p>' in found.html


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_any_reply_carries_articles_under_its_own_words(kind: ReplyKind) -> None:
    found = _reply(kind, COMPLETE, articles=("roles", "diary", "roles"))
    for said in (found.text, found.html):
        first, second = said.index("Какую роль выбрать"), said.index("Как попасть в Сферум через электронный дневник")
        assert first < second < said.index("Поддержка «Сферум»", second)
        assert said.count("Какую роль выбрать") == 1
    asked_too = "Вы также спрашивали" in found.text
    assert asked_too == (kind not in {ReplyKind.ANSWER, ReplyKind.QUESTION_RECEIVED})


def test_an_article_that_is_not_there_is_named() -> None:
    with pytest.raises(TemplateError, match="unheard"):
        _reply(ReplyKind.ANSWER, articles=("unheard",))


@pytest.mark.parametrize("kind", sorted(SAYS_ITS_TICKETS))
def test_every_reply_names_its_ticket_and_works_without_a_deadline(kind: ReplyKind) -> None:
    found = _reply(kind, COMPLETE, due=None)
    assert "2611-204" in found.text
    assert "2611-204" in found.html


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
            unread_files=(bad, UnreadFile(bad, bad)),
            other_number=bad,
            link=bad,
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
