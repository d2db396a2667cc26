"""The subject rule: what counts as asking for a registration, and what must not."""

from pathlib import Path

import pytest

from rules import subjects
from rules.subjects import Match, is_registration, strip_prefixes

RULE = subjects.load(Path(__file__).parents[3] / "rules" / "data" / "subject.toml")


@pytest.mark.parametrize(
    "subject",
    [
        "СФЕРУМ: Регистрация организации",
        "Re: СФЕРУМ: Регистрация организации",
        "Отв: Fwd: сферум регистрация организации",
        "НА: СФЕРУМ — регистрация организации (3 раз!!!)",
        "CФEPУM: Peгиcтpaция opгaнизaции",
        "«Сферум»: регитсрация организций",
        "Регистрация организации в Сферуме",
        "СФЕРУМ:Регистрацияорганизации",
        "Re[2]: [№ 2611-4] СФЕРУМ: Регистрация образовательной организации",
    ],
)
def test_the_rule_is_known_however_it_is_spelled(subject: str) -> None:
    assert is_registration(subject, RULE) is Match.EXACT


@pytest.mark.parametrize(
    "subject", ["Сферум регистрация", "заявка сферум", "Регистрация школы", "Заявка на подключение"]
)
def test_some_of_its_words_count_less(subject: str) -> None:
    assert is_registration(subject, RULE) is Match.WEAK


@pytest.mark.parametrize(
    "subject", ["", "Регистрация", "Сферум", "Пароль", "Регистрация ученика в Сферуме", "!!!", "Re:"]
)
def test_one_word_or_a_persons_own_registration_is_not_enough(subject: str) -> None:
    assert is_registration(subject, RULE) is Match.NO


def test_prefixes_are_taken_off_and_words_that_begin_alike_stay() -> None:
    assert strip_prefixes("Re: Fwd: НА: Заявка", RULE) == "Заявка"
    assert strip_prefixes("Наша заявка: срочно", RULE) == "Наша заявка: срочно"
    assert strip_prefixes("Ответственный: Иванов", RULE) == "Ответственный: Иванов"
