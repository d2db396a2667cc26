"""What the pages of access say in Russian. Words only."""

import re
from typing import Final

from intake.desk.words import counted
from rules.people import Role, Scope

WRONG: Final = "Адрес или пароль не подходит. Проверьте раскладку и попробуйте ещё раз."
WRONG_PASSWORD: Final = "Текущий пароль не подходит. Ничего не изменилось."  # noqa: S105 - words for a person
WRONG_CODE: Final = "Код не подходит или уже использован. Дождитесь нового кода и введите его."
STALE: Final = "Страница устарела. Введите пароль и отправьте ещё раз."
STALE_CODE: Final = "Страница устарела. Введите код и отправьте ещё раз."
WRONG_FIRST_CODE: Final = (
    "Код не подошёл, второй шаг пока не включён. Введите код, который приложение показывает сейчас."
)
NO_ADDRESS: Final = "Так адрес не пишут. Пример: admin@example.ru"
NO_NAME: Final = "Напишите, как вас зовут: так вас увидят коллеги."
DIFFERENT: Final = "Пароли не совпали. Введите один и тот же пароль дважды."
NOT_BY_OIDC: Final = (
    "Войти не получилось: сервис входа не подтвердил адрес, которому открыта очередь. Обратитесь к администратору."
)
OIDC_DOWN: Final = "Сервис входа не отвечает. Попробуйте ещё раз через минуту или войдите с паролем."

NEEDED: Final = (
    "Сеанс закончился",
    "Ничего не изменено. Войдите снова и повторите действие.",
)
NOT_ALLOWED: Final = ("Нет доступа", "Для этого раздела нужны другие права. Их даёт администратор.")
STALE_FORM: Final = ("Страница устарела", "Ничего не изменено. Вернитесь, обновите страницу и повторите действие.")

ROLES: Final[dict[Role, str]] = {
    Role.AGENT: "сотрудник",
    Role.MANAGER: "руководитель",
    Role.ADMIN: "администратор",
}
SCOPES: Final[dict[Scope, str]] = {
    Scope.TICKETS_READ: "читать обращения",
    Scope.TICKETS_WRITE: "менять обращения",
    Scope.REPORTS_READ: "читать отчёты",
    Scope.EXPORT: "выгружать",
}
DONE: Final[dict[str, str]] = {
    "password": "Пароль изменён. На других устройствах вход закрыт.",
    "second-factor-off": "Второй шаг выключен. Теперь вход только по паролю.",
    "session": "На этом устройстве вход закрыт.",
    "token": "Ключ программы больше не действует.",
}

_BROWSERS: Final = (
    ("YaBrowser/", "Яндекс Браузер"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_UNKNOWN_BROWSER: Final = "Неизвестный браузер"
_MINUTE: Final = 60
_OUTER: Final = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f]*")


def wait(seconds: int) -> str:
    """That one has to wait."""
    if seconds < _MINUTE:
        how_long = counted(seconds, "секунду", "секунды", "секунд")
    else:
        how_long = counted(-(-seconds // _MINUTE), "минуту", "минуты", "минут")
    return f"Слишком много попыток подряд. Попробуйте снова через {how_long}."


def device(agent: str) -> str:
    """The browser and the system by what the browser says of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), _UNKNOWN_BROWSER)
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser}, {system}" if system else browser


def way(to: str) -> str:
    """Where to go after signing in: a path of ours, never another site; the queue otherwise."""
    return to if _OUTER.fullmatch(to) else "/"
