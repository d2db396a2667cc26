"""Two applications are about the same organisation when name, settlement and region agree, however they are written."""

from pathlib import Path

import pytest

from rules.application import Application, FieldValue, Status
from rules.twins import TwinWords, contact_keys, place_key, same_organization, ticket_keys

DATA = Path(__file__).resolve().parents[3] / "rules" / "data"


@pytest.fixture(scope="module")
def words() -> TwinWords:
    return TwinWords.load(DATA / "twins.toml", DATA / "organizations.toml")


def _ok(value: str, code: str = "") -> FieldValue:
    return FieldValue(value=value, status=Status.OK, code=code) if value else FieldValue()


def school(short: str = "", full: str = "", place: str = "г. Клин", code: str = "50") -> Application:
    return Application(
        organization_full_name=_ok(full),
        organization_short_name=_ok(short),
        settlement=_ok(place),
        region=_ok("Регион", code) if code else FieldValue(),
    )


SAME = [
    (school("МБОУ СОШ № 5"), school("МАОУ «СОШ №5»")),
    (school("МБОУ СОШ № 5"), school(full="Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 5»")),
    (school("школа № 5"), school("МОУ СШ N 5 г. Клина")),
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 5 им. Ю. А. Гагарина")),
    (school("МАДОУ «Детский сад № 12 «Ромашка»"), school("МБДОУ ДС № 12 «Ромашка»")),
    (school("МБОУ «Волковская СОШ»", place="с. Волково"), school("МКОУ Волковская средняя школа", place="село Волково")),
    (school("Гимназия имени А. С. Пушкина"), school("МБОУ «Гимназия им. А.С. Пушкина»")),
]  # fmt: skip
OTHER = [
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 15")),
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 5", place="г. Тверь")),
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 5", code="69")),
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 5", place="")),
    (school("МБОУ СОШ № 5"), school("МБОУ СОШ № 5", code="")),
    (school("МБОУ «Гимназия»"), school("МБОУ «Гимназия имени Пушкина»")),
    (school("МБДОУ ДС № 5"), school("МБОУ СОШ № 5")),
    (school("Лицей № 2"), school("Гимназия № 2")),
    (school("МБОУ «Волковская СОШ»"), school("МБОУ «Ивановская СОШ»")),
    (school("", ""), school("", "")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_organisation_in_other_words_is_known(one: Application, other: Application, words: TwinWords) -> None:
    assert same_organization(one, other, words)
    assert same_organization(other, one, words)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_differs_or_is_not_known_is_no_twin(one: Application, other: Application, words: TwinWords) -> None:
    assert not same_organization(one, other, words)
    assert not same_organization(other, one, words)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_twins_share_the_key_by_which_the_store_finds_them(one: Application, other: Application) -> None:
    assert place_key(one) == place_key(other) != ""


def test_what_has_no_place_has_no_key() -> None:
    assert place_key(school("МБОУ СОШ № 5", place="")) == ""
    assert place_key(school("МБОУ СОШ № 5", code="")) == ""


def test_contacts_are_keys_in_one_spelling() -> None:
    application = Application(admin_phone=_ok("+79170001122"), admin_email=_ok("a@b.example"))
    assert contact_keys(application, " Sender@B.example ") == (
        ("phone", "+79170001122"),
        ("email", "a@b.example"),
        ("sender", "sender@b.example"),
    )
    assert ticket_keys(None, "x@y.example") == (("sender", "x@y.example"),)
