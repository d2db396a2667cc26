"""Schools, their people, and letters as they write them: raw RFC 822 bytes. Knows nothing of the product's code."""

import random
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from io import BytesIO

SUBJECT = "СФЕРУМ: Регистрация организации"
FULL, SHORT, PLACE, REGION, ADMIN, PHONE, EMAIL = "full", "short", "place", "region", "admin", "phone", "email"
FIELDS = (FULL, SHORT, PLACE, REGION, ADMIN, PHONE, EMAIL)

_PLACES = (
    ("г. Казань", "Республика Татарстан"),
    ("г. Тула", "Тульская область"),
    ("г. Пермь", "Пермский край"),
    ("г. Омск", "Омская область"),
    ("г. Вологда", "Вологодская область"),
    ("г. Бийск", "Алтайский край"),
    ("г. Сыктывкар", "Республика Коми"),
    ("г. Йошкар-Ола", "Республика Марий Эл"),
    ("г. Псков", "Псковская область"),
    ("г. Чита", "Забайкальский край"),
    ("г. Уфа", "Республика Башкортостан"),
    ("с. Высокая Гора", "Республика Татарстан"),
)
_KINDS = (
    ("Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № {}»", "МБОУ «СОШ № {}»"),
    ("Муниципальное автономное общеобразовательное учреждение «Гимназия № {}»", "МАОУ «Гимназия № {}»"),
    ("Муниципальное казённое общеобразовательное учреждение «Основная общеобразовательная школа № {}»", "МКОУ «ООШ № {}»"),
    ("Муниципальное бюджетное дошкольное образовательное учреждение «Детский сад № {}»", "МБДОУ «Детский сад № {}»"),
)  # fmt: skip
_WOMEN = (
    ("Иванова", "Петрова", "Кузнецова", "Сафина", "Морозова", "Гусева", "Лебедева", "Орлова"),
    ("Мария", "Анна", "Елена", "Гульнара", "Ольга", "Наталья", "Ирина", "Светлана"),
    ("Петровна", "Сергеевна", "Маратовна", "Ивановна", "Николаевна", "Андреевна"),
)
_MEN = (
    ("Смирнов", "Волков", "Зайцев", "Соловьёв", "Титов", "Фролов"),
    ("Алексей", "Дмитрий", "Сергей", "Павел", "Андрей"),
    ("Викторович", "Ильич", "Николаевич", "Олегович", "Сергеевич"),
)
_LABELS = (
    ("Полное название", "Краткое название", "Населённый пункт", "Субъект РФ", "ФИО администратора", "Мобильный телефон", "Email"),
    (
        "Полное наименование организации",
        "Сокращённое наименование",
        "Населенный пункт",
        "Регион",
        "Администратор",
        "Номер мобильного телефона администратора",
        "Электронная почта администратора",
    ),
)  # fmt: skip
_GREETINGS = ("Здравствуйте!", "Добрый день!", "Доброе утро!", "")
_OPENINGS = ("Просим зарегистрировать нашу организацию.", "Направляем сведения для регистрации.", "")
_CLOSINGS = ("С уважением, администрация школы", "Спасибо!", "")
_PHONES = ("8 {} {}-{}-{}", "+7 ({}) {}-{}-{}", "8{}{}{}{}", "+7 {} {} {} {}", "8-{}-{}-{}-{}")


@dataclass(frozen=True)
class School:
    """One organisation with the person who will look after it. `phone` is E.164; `email` the administrator's own."""

    number: int
    full: str
    short: str
    place: str
    region: str
    admin: str
    phone: str
    email: str
    address: str  # from which its letters come

    def written(self, dice: random.Random) -> dict[str, str]:
        """The seven facts as somebody would write them."""
        return {
            FULL: self.full,
            SHORT: self.short,
            PLACE: self.place,
            REGION: self.region,
            ADMIN: self.admin,
            PHONE: spelled(self.phone, dice),
            EMAIL: self.email,
        }


def school(number: int, dice: random.Random) -> School:
    """The organisation of that number; no two are alike in name, phone or address."""
    full, short = dice.choice(_KINDS)
    place, region = dice.choice(_PLACES)
    domain = f"school{number}.example"
    return School(
        number=number,
        full=full.format(number),
        short=short.format(number),
        place=place,
        region=region,
        admin=person(dice),
        phone=mobile(number),
        email=f"admin@{domain}",
        address=f"school{number}@{domain}",
    )


def person(dice: random.Random) -> str:
    """A whole name in the nominative."""
    return " ".join(dice.choice(part) for part in dice.choice((_WOMEN, _MEN)))


def mobile(number: int) -> str:
    """The Russian mobile of that number, E.164."""
    return f"+7917{number:07d}"


def spelled(phone: str, dice: random.Random) -> str:
    """A mobile as people write it."""
    digits = phone[2:]
    return dice.choice(_PHONES).format(digits[:3], digits[3:6], digits[6:8], digits[8:])


def application(values: Mapping[str, str], dice: random.Random) -> str:
    """The body of an application with these facts, in one of the shapes that people give it."""
    shape = dice.choice((_lines, _numbered, _capitals))
    parts = (dice.choice(_GREETINGS), dice.choice(_OPENINGS), shape(values, dice), dice.choice(_CLOSINGS))
    return "\n\n".join(part for part in parts if part)


def _labelled(values: Mapping[str, str], dice: random.Random) -> list[tuple[str, str]]:
    labels = dict(zip(FIELDS, dice.choice(_LABELS), strict=True))
    return [(labels[name], values[name]) for name in FIELDS if name in values]


def _lines(values: Mapping[str, str], dice: random.Random) -> str:
    return "\n".join(f"{label}: {value}" for label, value in _labelled(values, dice))


def _numbered(values: Mapping[str, str], dice: random.Random) -> str:
    return "\n".join(f"{nth}. {label}: {value}" for nth, (label, value) in enumerate(_labelled(values, dice), 1))


def _capitals(values: Mapping[str, str], dice: random.Random) -> str:
    return "\n".join(f"{label.upper()} - {value}" for label, value in _labelled(values, dice))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What somebody writes; everything but the text has a usual value."""

    text: str
    sender: str
    message_id: str
    when: datetime
    to: str
    subject: str = SUBJECT
    name: str = ""
    answers: tuple[str, ...] = ()  # Message-IDs with their brackets, the answered one last
    headers: tuple[tuple[str, str], ...] = ()
    files: Iterable[tuple[str, bytes]] = ()

    def raw(self) -> bytes:
        """Its bytes."""
        message = EmailMessage()
        message["From"] = f"{self.name} <{self.sender}>" if self.name else self.sender
        message["To"] = self.to
        message["Subject"] = self.subject
        message["Message-ID"] = self.message_id
        message["Date"] = format_datetime(self.when)
        if self.answers:
            message["In-Reply-To"], message["References"] = self.answers[-1], " ".join(self.answers)
        for name, value in self.headers:
            message[name] = value
        message.set_content(self.text + "\n")
        for name, content in self.files:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return message.as_bytes(policy=SMTP)


def quoted(text: str) -> str:
    """A text as a mail program quotes it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def document(lines: Iterable[str]) -> bytes:
    """A word processor's file with these lines."""
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    done = BytesIO()
    with zipfile.ZipFile(done, "w") as file:
        file.writestr("[Content_Types].xml", _TYPES)
        file.writestr("_rels/.rels", _RELATIONS)
        file.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    return done.getvalue()


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def report(reply: EmailMessage, *, failed: str, to: str, message_id: str, delayed: bool = False) -> bytes:
    """What a mail server writes of a letter that it could not deliver (RFC 3464), or could not deliver yet."""
    domain = failed.rpartition("@")[2]
    words = "delivery is delayed, it will be tried again" if delayed else "550 5.1.1 user unknown"
    subject = "Delayed Mail (still being retried)" if delayed else "Undelivered Mail Returned to Sender"
    action, status = ("delayed", "4.4.1") if delayed else ("failed", "5.1.1")
    text = f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.{domain}>
To: {to}
Subject: {subject}
Message-ID: {message_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system. <{failed}>: {words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {failed}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: text/rfc822-headers

Message-ID: {reply["Message-ID"]}
To: {failed}
Subject: hidden

--b--
"""
    return text.replace("\n", "\r\n").encode()
