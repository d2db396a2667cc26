"""Invented applications on which reply templates are tried before anything is sent. Nothing in them belongs to anybody.

Pure values; never shown to an applicant and never stored.
"""

from rules.application import Application, FieldName, FieldValue, Status


def _ok(value: str) -> FieldValue:
    return FieldValue(value, Status.OK)


COMPLETE = Application(
    organization_full_name=_ok("Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 5»"),
    organization_short_name=_ok("МБОУ «Средняя школа № 5»"),
    settlement=_ok("г. Тула"),
    region=FieldValue("Тульская область", Status.OK, code="71"),
    admin_full_name=_ok("Иванова Мария Петровна"),
    admin_phone=_ok("+79000000000"),
    admin_email=_ok("school@example.ru"),
)

DOUBTFUL = COMPLETE.having(
    FieldName.PHONE,
    FieldValue("+79000000000", Status.DOUBTFUL, "two candidates", candidates=("+79000000000", "+79000000001")),
).having(FieldName.SETTLEMENT, FieldValue("г. Тула", Status.DOUBTFUL, "named only inside the organisation's name"))

LACKING = (
    DOUBTFUL.having(FieldName.ADMIN, FieldValue(None, Status.INVALID, "initials", "Иванова М. П."))
    .having(FieldName.PHONE, FieldValue(None, Status.INVALID, "landline", "8 (487) 200-00-00"))
    .having(FieldName.EMAIL, FieldValue())
)

SECOND = COMPLETE.having(FieldName.FULL_NAME, _ok("Муниципальное автономное учреждение «Лицей № 7»")).having(
    FieldName.SHORT_NAME, _ok("МАУ «Лицей № 7»")
)

NOTHING = Application()
