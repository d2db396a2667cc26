"""Values in running text: where a name of an organisation ends, who is called how, which place is meant."""

from pathlib import Path

import pytest

from rules.application import Status
from rules.fields import organization, person
from rules.fields.place import Gazetteer, Regions, find_regions, find_settlements
from rules.fields.place_inside import find_inside

DATA = Path(__file__).parents[4] / "rules" / "data"
REGIONS = Regions.load(DATA / "regions.toml")
GAZETTEER = Gazetteer.load(DATA / "settlements.tsv")
MBOU = "муниципальное бюджетное общеобразовательное учреждение"

NAMES = [
    (f"{MBOU} клетнянская средняя школа № 4 стоит в посёлке", f"{MBOU} клетнянская средняя школа № 4"),
    (f"{MBOU} «Школа № 4» имени Александра Невского просит", f"{MBOU} «Школа № 4» имени Александра Невского"),
    (
        "Муниципальное бюджетное учреждение Центр психолого-педагогической, медицинской и социальной помощи «Ключ», город",
        "Муниципальное бюджетное учреждение Центр психолого-педагогической, медицинской и социальной помощи «Ключ»",
    ),
    (
        "от Общества с ограниченной ответственностью «Школа Горизонт» (ООО",
        "Общество с ограниченной ответственностью «Школа Горизонт»",
    ),
    (
        "от индивидуального предпринимателя Зотовой Марины Викторовны, ",
        "индивидуальный предприниматель Зотова Марина Викторовна",
    ),
    ("МБОУ СОШ № 16 из села Томузловского", "МБОУ СОШ № 16"),
    ("СОГБПОУ «Техникум» просит", "СОГБПОУ «Техникум»"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_in_a_sentence_ends_before_what_is_said_of_it(text: str, name: str) -> None:
    found = organization.find(text)
    assert [one.value.value for one in found[:1]] == [name]
    assert found[0].value.status is Status.OK


@pytest.mark.parametrize(
    "text", [f"{MBOU} «Родничок» познавательной направленности", "МОУ СОШ ст. Мухинская, Амурская область"]
)
def test_a_name_whose_end_is_unclear_is_doubtful(text: str) -> None:
    assert organization.find(text)[0].value.status is Status.DOUBTFUL


def test_a_person_behind_a_school_s_namesake_is_not_part_of_the_name() -> None:
    found = organization.find("МБОУ СОШ № 4 имени Юрия Гагарина Иванова Анна Петровна")
    assert found[0].value.value == "МБОУ СОШ № 4 имени Юрия Гагарина"


def test_a_first_name_with_a_patronymic_is_seen_without_the_surname() -> None:
    seen = [(given, father) for _, _, given, father in person.without_surname("номер Сардааны Егоровны: 8 964")]
    assert seen == [("Сардаана", "Егоровна")]
    assert person.find("Номер Сардааны Егоровны: 8 964") == []


def test_both_parts_of_a_double_first_name_stand_in_the_nominative() -> None:
    assert person.normalise("Анну-Марию Олеговну Лисицу").value == "Лисица Анна-Мария Олеговна"


@pytest.mark.parametrize("text", ["связь с Марьяной Хасановной", "привет с Сахалина", "А. Тё, завуч"])
def test_a_preposition_or_an_initial_is_no_village(text: str) -> None:
    assert find_settlements(text, GAZETTEER) == []


@pytest.mark.parametrize(
    ("text", "code"), [("школа (РИ, Назрановский район, с.п. Барсуки)", "06"), ("пишем из Тосно, ЛО.", "47")]
)
def test_two_letters_beside_a_place_name_the_region(text: str, code: str) -> None:
    assert [one.value.code for one in find_regions(text, REGIONS)] == [code]


def test_a_place_is_sure_where_the_sentence_says_that_somebody_is_there() -> None:
    told, mentioned = (
        find_inside(text, GAZETTEER, "25")[0].value.status
        for text in ("Школа находится в Дальнереченске", "Вчера ездили в Дальнереченск за бланками в Дальнереченске")
    )
    assert (told, mentioned) == (Status.OK, Status.DOUBTFUL)
