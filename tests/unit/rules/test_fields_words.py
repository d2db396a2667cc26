"""The Russian words: every field and reason has some, times are unmistakable, doubts name the other candidates."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.application import FieldName, FieldValue, Status
from rules.errors import SettingsError
from rules.fields_words import Words
from rules.labels import Slot, Vocabulary, read_label

DATA = Path(__file__).parents[3] / "rules" / "data" / "words.toml"
WORDS = Words.load(DATA)
MOSCOW = ZoneInfo("Europe/Moscow")


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ((2026, 11, 23, 15, 0), "Europe/Moscow", "до понедельника, 23 ноября 2026 г., 18:00 по московскому времени"),
        ((2026, 11, 23, 21, 0), "Europe/Moscow", "до конца понедельника, 23 ноября 2026 г., по московскому времени"),
        ((2026, 12, 31, 21, 0), "Europe/Moscow", "до конца четверга, 31 декабря 2026 г., по московскому времени"),
        ((2026, 5, 5, 4, 5), "Asia/Yekaterinburg", "до вторника, 5 мая 2026 г., 09:05 по екатеринбургскому времени"),
        ((2026, 5, 6, 4, 5), "Asia/Kathmandu", "до среды, 6 мая 2026 г., 09:50 по времени UTC+5:45"),
    ],
)
def test_a_deadline_is_spelled_out_in_the_desks_zone(moment: tuple[int, ...], zone: str, expected: str) -> None:
    assert _spaced(WORDS.deadline(datetime(*moment, tzinfo=UTC), ZoneInfo(zone))) == expected


def test_every_weekday_and_month_has_its_own_word() -> None:
    assert (
        len({WORDS.deadline(datetime(2026, 11, day, 9, tzinfo=UTC), MOSCOW).split(",")[0] for day in range(2, 9)}) == 7
    )
    assert (
        len({WORDS.deadline(datetime(2026, month, 1, 9, tzinfo=UTC), MOSCOW).split()[3] for month in range(1, 13)})
        == 12
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (FieldName.FULL_NAME, "abbreviation_only"),
        (FieldName.REGION, "not_a_region"),
        (FieldName.ADMIN, "initials"),
        (FieldName.PHONE, "landline"),
        (FieldName.PHONE, "malformed"),
        (FieldName.PHONE, "foreign"),
        (FieldName.EMAIL, "malformed"),
        *((name, "asked_again") for name in FieldName),
    ],
)
def test_every_reason_code_of_the_domain_has_its_own_words(name: FieldName, reason: str) -> None:
    assert WORDS.why(name, reason) != WORDS.any_why
    assert WORDS.why(name, "never heard of") == WORDS.any_why


@pytest.mark.parametrize("name", list(FieldName))
def test_the_lines_to_fill_in_are_read_back_as_the_fields_they_ask_for(name: FieldName) -> None:
    slots = {
        FieldName.FULL_NAME: Slot.FULL,
        FieldName.SHORT_NAME: Slot.SHORT,
        FieldName.SETTLEMENT: Slot.SETTLEMENT,
        FieldName.REGION: Slot.REGION,
        FieldName.ADMIN: Slot.ADMIN,
        FieldName.PHONE: Slot.PHONE,
        FieldName.EMAIL: Slot.EMAIL,
    }
    label = read_label(WORDS.labels[name], Vocabulary.load(DATA.parent / "labels.toml"))
    assert label is not None
    assert label.slots == (slots[name],)


def test_no_example_could_be_taken_for_somebodys_number_or_address() -> None:
    assert sum(one.isdigit() for one in WORDS.examples[FieldName.PHONE]) < 4
    assert not WORDS.examples[FieldName.EMAIL].isascii()


def test_a_doubt_names_the_other_candidates_and_never_the_value_itself() -> None:
    numbers = ("+79171234567", "+79061234567", "+79061234567")
    doubt = WORDS.doubt(FieldName.PHONE, FieldValue(numbers[0], Status.DOUBTFUL, "two candidates", candidates=numbers))
    assert "+7 906 123-45-67" in _spaced(doubt)
    assert _spaced(doubt).count("906") == 1
    assert "917" not in doubt


def test_an_unknown_doubt_gets_general_words_and_no_english() -> None:
    doubt = WORDS.doubt(FieldName.PHONE, FieldValue("+79171234567", Status.DOUBTFUL, "zorgle <b>"))
    assert _spaced(doubt) == "мы не вполне уверены, что поняли верно"


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        (FieldName.SETTLEMENT, "named only inside the organisation's name", "взято из названия организации"),
        (FieldName.REGION, "guessed from the settlement", "определили его по населённому пункту"),
        (FieldName.REGION, "former subject", "сейчас этот субъект называется так"),
        (FieldName.REGION, "ambiguous abbreviation", "можно понять по-разному"),
        (FieldName.REGION, "spelling", "исправили опечатку"),
        (FieldName.ADMIN, "no patronymic", "отчества в письме нет"),
        (FieldName.ADMIN, "nominative guessed", "именительный падеж"),
        (FieldName.PHONE, "letters read as digits", "сверьте каждую цифру"),
        (FieldName.PHONE, "country code repaired", "сверьте каждую цифру"),
        (FieldName.PHONE, "a mobile with an extension", "добавочный"),
        (FieldName.PHONE, "two candidates", "вариантов было несколько"),
        (FieldName.PHONE, "two messages differ", "в письмах указано по-разному"),
        (FieldName.PHONE, "changed by another sender", "с другого адреса"),
        (FieldName.PHONE, "a later message gives a value that cannot be used", "не подходит"),
        (FieldName.EMAIL, "at sign spelt out, spaces around dots", "записан словами"),
        (FieldName.EMAIL, "look-alike letters", "похожие русские буквы"),
        (FieldName.EMAIL, "written with reversed text", "в обратном порядке"),
        (FieldName.FULL_NAME, "code behind the value dropped", "убрали лишнее"),
    ],
)
def test_the_doubts_of_the_rules_are_put_into_plain_russian(name: FieldName, reason: str, words: str) -> None:
    assert words in _spaced(WORDS.doubt(name, FieldValue("x", Status.DOUBTFUL, reason)))


def test_a_code_among_the_candidates_is_not_shown() -> None:
    doubt = WORDS.doubt(
        FieldName.PHONE, FieldValue("+79171234567", Status.DOUBTFUL, "zorgle", candidates=("landline",))
    )
    assert "landline" not in doubt


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Иванова Мария Петровна", "Здравствуйте, Мария Петровна!"),
        ("Мария Петровна Иванова", "Здравствуйте, Мария Петровна!"),
        ("Мария Петровна", "Здравствуйте, Мария Петровна!"),
        ("Анна Ильинична Мицкевич", "Здравствуйте, Анна Ильинична!"),
        ("Пётр Ильич", "Здравствуйте, Пётр Ильич!"),
        ("Мария Иванова", "Здравствуйте!"),
        ("МБОУ СОШ № 5", "Здравствуйте!"),
        ("info", "Здравствуйте!"),
        ("Выиграйте Миллион http://evil.ru", "Здравствуйте!"),
        ("", "Здравствуйте!"),
        ("Мария Петровна " * 1000, "Здравствуйте!"),
    ],
)
def test_only_a_certain_name_is_used_in_the_greeting(name: str, expected: str) -> None:
    assert _spaced(WORDS.greeting(name)) == expected


@pytest.mark.parametrize(("octets", "expected"), [(41_200_000, "41,2 МБ"), (30_000_000, "30 МБ"), (0, "0 МБ")])
def test_sizes_are_spelled_the_russian_way(octets: int, expected: str) -> None:
    assert _spaced(WORDS.size(octets)) == expected


@pytest.mark.parametrize("drop", ["[label]", "[example]", "admin_phone", "[time]", "hello_name"])
def test_a_broken_data_file_is_named(tmp_path: Path, drop: str) -> None:
    path = tmp_path / "words.toml"
    path.write_text(
        DATA.read_text(encoding="utf-8").replace(drop, "[unknown]" if "[" in drop else "zorgle"), encoding="utf-8"
    )
    (tmp_path / "subject.toml").write_bytes(DATA.with_name("subject.toml").read_bytes())
    with pytest.raises(SettingsError, match=r"words\.toml"):
        Words.load(path)
