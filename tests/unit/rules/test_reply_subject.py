"""The subject of a reply: «Re: » once, one line, bounded, numbers that can be read back."""

from pathlib import Path

import pytest

from rules import ticket
from rules.reply_subject import reply_subject
from rules.subject_prefixes import SubjectPrefixes

PREFIXES = SubjectPrefixes.load(Path(__file__).parents[3] / "rules" / "data" / "subject.toml")


def _subject(original: str, *numbers: str) -> str:
    return reply_subject(
        original, numbers, empty="Ваше обращение", more="и ещё {count}", link="[ссылка]", prefixes=PREFIXES
    )


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("СФЕРУМ: Регистрация организации", "Re: СФЕРУМ: Регистрация организации [№ 2611-204]"),
        ("Re: Отв: RE[2]: НА: заявка", "Re: заявка [№ 2611-204]"),
        ("Re: " * 50 + "заявка", "Re: заявка [№ 2611-204]"),
        ("Fwd: заявка", "Re: Fwd: заявка [№ 2611-204]"),
        ("Re: заявка [№ 2611-204]", "Re: заявка [№ 2611-204]"),
        ("Re: заявка [№ 2611-17] ещё", "Re: заявка ещё [№ 2611-204]"),
        ("", "Re: Ваше обращение [№ 2611-204]"),
        ("Re: [№ 2611-204]", "Re: Ваше обращение [№ 2611-204]"),
        ("заявка\r\nBcc: x@y.ru\x00", "Re: заявка Bcc: x@y.ru [№ 2611-204]"),
        ("a\u202eb\u200bc\ud800\u2028d", "Re: abc\ufffd d [№ 2611-204]"),
        ("Выигрыш http://evil.example/x тут", "Re: Выигрыш [ссылка] тут [№ 2611-204]"),
        ("ОТВ: Re(3): Ответ: RE^2: НA: Re2: Отв.: заявка", "Re: заявка [№ 2611-204]"),
        ("НА: Пересл: Re[4]: Fwd: ПЕР: заявка", "Re: Пересл: заявка [№ 2611-204]"),
        ("Re: [Внешнее] Отв : FW: [Внешнее] Re: заявка", "Re: FW: заявка [№ 2611-204]"),
        ("Re: [Внешнее] заявка", "Re: [Внешнее] заявка [№ 2611-204]"),
        ("\u200eRe\uff1a заявка", "Re: заявка [№ 2611-204]"),
        ("Ответ на вопрос 5: да", "Re: Ответ на вопрос 5: да [№ 2611-204]"),
        ("Наталья: заявка", "Re: Наталья: заявка [№ 2611-204]"),
    ],
)
def test_a_subject_is_answered(original: str, expected: str) -> None:
    assert _subject(original, "2611-204") == expected


def test_a_long_subject_is_cut_and_its_number_is_not() -> None:
    found = _subject("школа " * 10_000, "2611-204")
    assert len(found) < 160
    assert found.endswith("… [№ 2611-204]")


def test_numbers_are_read_back_and_many_are_counted() -> None:
    numbers = tuple(f"2611-{k}" for k in range(1, 31))
    found = _subject("Заявки", *numbers)
    assert ticket.numbers_in(found) == numbers[:3]
    assert found.endswith("и ещё 27")


def test_an_answered_answer_does_not_grow() -> None:
    once = _subject("Заявка", "2611-204")
    assert _subject(f"RE: Re: {once}", "2611-204") == once


PILE = ("Re", "RE[2]", "Re(3)", "Re^4", "Отв", "ОТВ", "Ответ", "НА", "Fwd", "FW", "Пересл", "ПЕР", "Aw", "Re")


def test_prefixes_do_not_pile_up_however_often_a_letter_goes_to_and_fro() -> None:
    subject = "Заявка"
    for prefix in PILE * 3:
        subject = _subject(f"{prefix}: {subject}", "2611-204")
        assert ticket.numbers_in(subject) == ("2611-204",)
    assert subject == "Re: ПЕР: Заявка [№ 2611-204]"  # of what passed it on the last one stays
