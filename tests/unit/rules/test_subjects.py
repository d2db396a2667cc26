"""The subject rule: what counts as asking for a registration, and what must not."""

import time
from pathlib import Path

import pytest

from rules import subjects
from rules.subjects import Match, is_registration, strip_prefixes
from rules.ticket import numbers_in

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


@pytest.mark.parametrize(
    "prefix",
    [
        *("Re:", "RE[2]:", "re (2) :", "Re(3):", "Re^2:", "Re*2:", "Re2:", "Ре:", "Отв:", "ОТВ:", "Отв.:", "Ответ:"),
        *("Ответ на:", "НА:", "HA:", "НA:", "Fwd:", "FW:", "Fwd[2]:", "Пересл:", "ПЕР:", "Переадр:", "Fwd на:", "AW:"),
        *("[№ 2611-4]", "[Внешнее письмо] Re:", "Re: Отв: НА: ПЕР: RE[12]: Fwd:", "\u200eRe:", "Re\u00a0:", "Re\uff1a"),
    ],
)
def test_whatever_programs_put_before_a_subject_is_no_part_of_it(prefix: str) -> None:
    assert strip_prefixes(f"{prefix} Заявка: школа", RULE) == "Заявка: школа"
    assert is_registration(f"{prefix} СФЕРУМ: Регистрация организации", RULE) is Match.EXACT
    assert numbers_in(f"{prefix} Заявка [№ 2611-204]")[-1] == "2611-204"


def test_a_long_pile_of_prefixes_takes_no_time() -> None:
    began = time.process_time()
    assert strip_prefixes("Re: [x] Отв " * 50_000, RULE).startswith("Отв Re:")
    assert strip_prefixes("RE[2]:" * 50_000, RULE) == ""
    assert time.process_time() - began < 1


def test_prefixes_are_taken_off_and_words_that_begin_alike_stay() -> None:
    assert strip_prefixes("Re: Fwd: НА: Заявка", RULE) == "Заявка"
    assert strip_prefixes("Наша заявка: срочно", RULE) == "Наша заявка: срочно"
    assert strip_prefixes("Ответственный: Иванов", RULE) == "Ответственный: Иванов"
