"""A number that a letter takes back is never the administrator's: the worst mistake this product can make."""

from email.message import EmailMessage

import pytest

from intake.bootstrap import rule_book
from intake.parsing import parse
from intake.reading import read
from rules.application import Status

BOOK = rule_book()
OLD, NEW = "8 917 111-22-33", "8 927 444-55-66"
HEAD = "Уточняем заявку МБОУ «СОШ № 5» г. Казань, Республика Татарстан.\n"


@pytest.mark.parametrize(
    "text",
    [
        f"Старый номер {OLD}, новый {NEW}.",
        f"Неправильный номер {OLD}, правильный {NEW}.",
        f"Опечатка в номере: не {OLD}, а {NEW}.",
        f"Вместо {OLD} укажите, пожалуйста, {NEW}.",
        f"Администратор сменил номер: новый {NEW}, старый {OLD} больше не работает.",
    ],
)
def test_of_two_numbers_the_one_taken_back_is_never_sure(text: str) -> None:
    message = EmailMessage()
    message["From"] = "school5@school.example"
    message["To"] = "info@sferum.ru"
    message["Subject"] = "СФЕРУМ: Регистрация организации"
    message.set_content(HEAD + text)
    (application,) = read(parse(message.as_bytes(), BOOK.quotes), BOOK).applications
    phone = application.admin_phone
    assert (phone.value, phone.status) != ("+79171112233", Status.OK)
    assert "+79274445566" in {phone.value, *phone.candidates}
