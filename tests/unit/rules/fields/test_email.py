"""E-mail addresses: read however they are written, repaired only where one reading is possible."""

import pytest

from rules.application import Status
from rules.fields import email
from tests.unit.rules.fields.shown import shown

WRITTEN = [
    ("ivan@mail.ru", "ivan@mail.ru"),
    ("Ivan.Petrov@MAIL.RU", "ivan.petrov@mail.ru"),
    ("samar_ov @ mail.ru", "samar_ov@mail.ru?"),
    ("boyko.astr собака yandex точка ru", "boyko.astr@yandex.ru?"),
    ("ivan petrov@mail.ru", "malformed"),
    ("ivan@@mail.ru", "malformed"),
    ("ivan@mail@ru", "malformed"),
    ("ivan@mailru", "malformed"),
    ("gordienko,ol@uyar-school.ru", "malformed"),
    ("ivan@mail,ru", "ivan@mail.ru?"),
    ("ivan@mail.ru.", "ivan@mail.ru"),
    ("<ivan@mail.ru>", "ivan@mail.ru"),
    ("mailto:ivan@mail.ru", "ivan@mail.ru"),
    ("a@школа-5.рф", "a@школа-5.рф"),
    ("ivаn@mail.ru", "ivan@mail.ru?"),
    ("ivan@mаil.ru", "ivan@mail.ru?"),
    ("иван@почта.рф", "malformed"),
    ("ivan(a)mail.ru", "ivan@mail.ru?"),
    ("ivan[at]mail.ru", "ivan@mail.ru?"),
    ("ivan (собака) mail.ru", "ivan@mail.ru?"),
    ("ivan СОБАКА mail ТОЧКА ru", "ivan@mail.ru?"),
    ("ivan точка petrov собака mail точка ru", "ivan.petrov@mail.ru?"),
    ("этот же  tryabinina.73@bk.ru", "tryabinina.73@bk.ru"),
    ("tashla.filial@56edu.ru, mbaiguzhina@list.ru", "tashla.filial@56edu.ru?"),
    ("melnikova.ds34@sbor.example", "melnikova.ds34@sbor.example"),
    ("x@y.test", "x@y.test"),
    ("ivan @mail. ru", "ivan@mail.ru?"),
    ("ivan@ mail .ru", "ivan@mail.ru?"),
    ("direktor@uvat2\u202eur.\u202c", "direktor@uvat2.ru?"),
    ("нет", "malformed"),
    ("ivan@", "malformed"),
    ("@mail.ru", "malformed"),
    ("", "malformed"),
    ("ivan_нижнее подчеркивание", "malformed"),
    ("ivan нижнее подчеркивание p собака яндекс точка ру", "ivan_p@yandex.ru?"),
    ("ivan@mail.ру", "ivan@mail.ru?"),
    ("ivan@mail.ru (рабочая)", "ivan@mail.ru"),
    ("E-mail: ivan@mail.ru", "ivan@mail.ru"),
    ("почта администратора: ivan@mail.ru; тел 8917", "ivan@mail.ru"),
    ("ivan. petrov@mail.ru", "ivan.petrov@mail.ru?"),
    ("a@xn--80a1acny.xn--p1ai", "a@почта.рф"),
    ("k.osipova @ shnv-school.ru", "k.osipova@shnv-school.ru?"),
    ("ivan..p@mail.ru", "malformed"),
    ("ivan@mail..ru", "malformed"),
    ("Ermolaeva.Inessa@tularegion.org (почта)", "ermolaeva.inessa@tularegion.org"),
    ("«ivan@mail.ru»", "ivan@mail.ru"),
    ("ivan-1@mail.ru;", "ivan-1@mail.ru"),
    ("ivan@mail.ru'; DROP TABLE x;--", "ivan@mail.ru?"),
    ("89281774560 kovaleva-ip14@yandex.ru", "kovaleva-ip14@yandex.ru"),
    ("www.school.ru", "malformed"),
    ("ivan@mail.ruТел", "ivan@mail.ru"),
]

# written after the rules, to see how they read what they were not made for
UNSEEN = [
    ("Почта:sosh11@mail.ru", "sosh11@mail.ru"),
    ("sosh11@mail.ru (основная), sosh11@yandex.ru", "sosh11@mail.ru?"),
    ("sosh11(at)mail.ru", "sosh11@mail.ru?"),
    ("sosh11{собака}mail.ru", "sosh11@mail.ru?"),
    ("s o s h 11@mail.ru", "malformed"),
    ("sosh-11@ mail.ru", "sosh-11@mail.ru?"),
    ("sosh11@mail.ru/", "sosh11@mail.ru"),
    ("sosh11@mail", "malformed"),
    ("sosh11@mail.r", "malformed"),
    ("sosh11.mail.ru", "malformed"),
    ("sosh11@еdu.ru", "sosh11@edu.ru?"),
    ("СОШ11@mail.ru", "malformed"),
    ("e-mail sosh11@mail.ru тел. 89515550011", "sosh11@mail.ru"),
    ("sosh11 @ mail . ru", "sosh11@mail.ru?"),
    ("sosh11@mail.ru, также дублировать на info@uo.ru", "sosh11@mail.ru?"),
    ("sosh_11@edu-rb.ru", "sosh_11@edu-rb.ru"),
    ("'sosh11@mail.ru'", "sosh11@mail.ru"),
    ("sosh11@@mail.ru", "malformed"),
    ("sosh11@mail.ru@", "malformed"),
    ("sosh11@mail;ru", "malformed"),
    ("direktor_school5@mail.ru", "direktor_school5@mail.ru"),
    ("Direktor@School-5.RU", "direktor@school-5.ru"),
    ("school5@edu.tatar.ru", "school5@edu.tatar.ru"),
    ("mdou.12@yandex.ru,", "mdou.12@yandex.ru"),
    ("электронная почта - mdou.12@yandex.ru", "mdou.12@yandex.ru"),
    ("mdou.12@yandex.ru / school@mail.ru", "mdou.12@yandex.ru?"),
    ("mdou.12@yandex.ru; mdou.12@yandex.ru", "mdou.12@yandex.ru"),
    ("mdou.12@ yandex.ru", "mdou.12@yandex.ru?"),
    ("mdou.12 @yandex.ru", "mdou.12@yandex.ru?"),
    ("mdou.12@yandex. ru", "mdou.12@yandex.ru?"),
    ("mdou 12@yandex.ru", "malformed"),
    ("mdou,12@yandex.ru", "malformed"),
    ("mdou.12@yandex,ru", "mdou.12@yandex.ru?"),
    ("mdou.12@yandex", "malformed"),
    ("mdou.12yandex.ru", "malformed"),
    ("mdou.12@@yandex.ru", "malformed"),
    ("mdou12(собака)yandex.ru", "mdou12@yandex.ru?"),
    ("mdou12 Собака яндекс точка ру", "mdou12@yandex.ru?"),
    ("mdou12 [собака] yandex [точка] ru", "mdou12@yandex.ru?"),
    ("mdou12[at]yandex[dot]ru", "mdou12@yandex.ru?"),
    ("mdou12 at yandex.ru", "malformed"),
    ("mdоu12@yandex.ru", "mdou12@yandex.ru?"),
    ("mdou12@yаndex.ru", "mdou12@yandex.ru?"),
    ("mdou12@yandex.гu", "malformed"),
    ("info@гимназия5.рф", "info@гимназия5.рф"),
    ("школа@гимназия5.рф", "malformed"),
    ("<mdou12@yandex.ru>", "mdou12@yandex.ru"),
    ('"Иванова" <mdou12@yandex.ru>', "mdou12@yandex.ru"),
    ("[mdou12@yandex.ru](mailto:mdou12@yandex.ru)", "mdou12@yandex.ru"),
    ("mdou12@yandex.ru<mailto:mdou12@yandex.ru>", "mdou12@yandex.ru"),
    ("МDOU12@yandex.ru", "mdou12@yandex.ru?"),
    ("mdou-12@bk.ru (личная)", "mdou-12@bk.ru"),
    ("нет почты", "malformed"),
    ("та же", "malformed"),
    ("a.b-c+tag@gmail.com", "a.b-c+tag@gmail.com"),
    (".mdou@yandex.ru", "malformed"),
    ("mdou.@yandex.ru", "malformed"),
    ("mdou12@yandex..ru", "malformed"),
    ("mdou12@-yandex.ru", "malformed"),
    ("mdou12@192.168.1.1", "malformed"),
    ("mdou12@mail.ru mdou13@mail.ru", "mdou12@mail.ru?"),
    ("E-mail:mdou12@mail.ru", "mdou12@mail.ru"),
    ("mdou12＠mail.ru", "mdou12@mail.ru"),
    ("mdou12@mail.ru?subject=1", "mdou12@mail.ru"),
    ("mdou12@mail.ru.", "mdou12@mail.ru"),
    ("mdou12 нижнее подчёркивание 3 собака mail точка ru", "mdou12_3@mail.ru?"),
    ("sosh_5 @ rambler . ru", "sosh_5@rambler.ru?"),
]


@pytest.mark.parametrize(("written", "expected"), [*WRITTEN, *UNSEEN])
def test_an_address_is_normal_doubtful_or_malformed(written: str, expected: str) -> None:
    assert shown(email.normalise(written)) == expected


FREE = [
    ("Почта та с которой пишу zkushhova@mail.ru.Кабардино-Балкария,село Заюково", ["zkushhova@mail.ru"]),
    ("почта boyko.astr собака yandex точка ru Отправлено", ["boyko.astr@yandex.ru"]),
    ("моя собака любит школу. пишите на a.b@mail.ru. Спасибо", ["a.b@mail.ru"]),
    ("Ответ на info @ example.ru. Админ Иванов", ["info@example.ru"]),
    ("Иванова Мария 89171234567,ivan@mail.ru,г.Казань", ["ivan@mail.ru"]),
    ("a@mail.ru b@mail.ru", ["a@mail.ru", "b@mail.ru"]),
    ("у нас собака", []),
    ("Web: school.ru. ivan@mail.ru", ["ivan@mail.ru"]),
]


@pytest.mark.parametrize(("text", "expected"), FREE)
def test_addresses_are_found_in_a_text(text: str, expected: list[str]) -> None:
    found = email.find(text)
    assert [one.value.value for one in found] == expected
    assert all(text[one.start : one.end] == one.written for one in found)


@pytest.mark.parametrize("written", ["ivan@gmail.con", "ivan@yadnex.ru", "ivan@mial.ru", "ivan@inbox.ry"])
def test_a_slip_in_a_large_providers_name_is_doubtful(written: str) -> None:
    assert shown(email.normalise(written)) == f"{written}?"


def test_code_behind_an_address_makes_it_doubtful() -> None:
    assert email.normalise("ivan@mail.ru'; DROP TABLE x;--").status is Status.DOUBTFUL
