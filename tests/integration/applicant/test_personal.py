"""The personal page over real stores: what it shows, what a POST changes, what a GET never does."""

import re
import threading
from collections.abc import Callable

import pytest

from intake.applicant.deps import Limits
from intake.applicant.limits import Limit
from rules.application import FieldName, Status
from rules.judgement import Flag, ReplyKind
from rules.ticket import State
from tests.integration.applicant.house import GOOD, AppliedHouse, plain

PHONE, EMAIL = FieldName.PHONE.value, FieldName.EMAIL.value
HOSTILE = '"><script>alert(1)</script>\x00\u202e<img src=x onerror=alert(2)>'
Dump = Callable[[], dict[str, list[tuple[object, ...]]]]


def test_it_says_what_is_still_needed_first_with_an_example(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE)
    page = house.browser().get(house.path(number))
    text = plain(page.text)
    assert page.status_code == 200
    assert "МБОУ «СШ № 5»" in text
    assert text.index("Осталось заполнить одно поле") < text.index("Пример: +7 9XX") < text.index("Уже записано")
    assert "Сафина Гульнара Маратовна" in text
    for name, value in (
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-robots-tag", "noindex, nofollow"),
    ):
        assert page.headers[name] == value
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)
    assert " style=" not in page.text


def test_the_last_gap_closes_the_ticket_goes_to_review_and_received_goes_out_once(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE, FieldName.EMAIL)
    house.send()
    browser = house.browser()
    assert house.fill(browser, number, admin_email="admin@school.example").status_code == 303
    assert house.ticket(number).state is State.WAITING
    assert house.kinds() == [ReplyKind.MISSING]
    house.later(hours=2)
    answer = house.fill(browser, number, admin_phone="8 (917) 123-45-67")
    assert answer.headers["location"] == f"{house.token(number)}?saved=1"
    ticket = house.ticket(number)
    assert ticket.state is State.REVIEW
    assert ticket.application is not None
    assert (ticket.application.admin_phone.value, ticket.application.admin_phone.status) == ("+79171234567", Status.OK)
    assert ticket.turn is not None
    assert ticket.turn.started_at == house.now
    assert house.kinds() == [ReplyKind.MISSING, ReplyKind.RECEIVED]
    assert house.replies()[-1].recipient == "anna@school.example"
    assert house.bells == ["send"]
    assert [(one.name, one.by) for one in ticket.history] == [
        (FieldName.EMAIL, "applicant"),
        (FieldName.PHONE, "applicant"),
    ]
    page = plain(browser.get(house.path(number)).text)
    assert "Спасибо, больше ничего не нужно" in page
    house.fill(browser, number, admin_full_name="Сафина Гульнара Маратовна")
    assert len(house.kinds()) == 2


def test_who_fills_in_something_has_been_heard_and_is_not_reminded_at_once(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE, FieldName.EMAIL)
    house.send()
    house.later(days=1)
    house.fill(house.browser(), number, admin_email="admin@school.example")
    with house.store.reading() as work:
        (waiting,) = work.clock.waiting(house.now)
    assert (waiting.number, waiting.heard_at) == (number, house.now)


def test_what_cannot_be_used_is_said_under_the_field_and_not_stored(house: AppliedHouse, dump: Dump) -> None:
    number = house.apply(FieldName.PHONE)
    before = dump()
    page = house.fill(house.browser(), number, admin_phone="8 (843) 555-12-34")
    assert page.status_code == 422
    assert "Это городской номер, а для регистрации нужен мобильный" in plain(page.text)
    assert 'value="8 (843) 555-12-34"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert dump() == before


@pytest.mark.parametrize(("field", "other"), [(PHONE, "8 906 111-22-33"), (EMAIL, "thief@elsewhere.example")])
def test_a_changed_phone_or_address_is_never_ok(house: AppliedHouse, field: str, other: str) -> None:
    number = house.apply()
    house.fill(house.browser(), number, **{field: other})
    application = house.ticket(number).application
    assert application is not None
    value = application[FieldName(field)]
    assert value.status is Status.DOUBTFUL
    assert value.value == GOOD[FieldName(field)]
    assert len(value.candidates) == 2
    page = plain(house.browser().get(house.path(number)).text)
    assert "Какой верен, проверит сотрудник" in page


def test_a_get_and_a_head_change_nothing_whatever_the_address_says(house: AppliedHouse, dump: Dump) -> None:
    number = house.apply(FieldName.PHONE)
    before, browser, path = dump(), house.browser(), house.path(number)
    for query in ("", "?saved=1", "?admin_phone=89171234567&number=" + number, "?" + "x" * 5_000):
        assert browser.get(path + query).status_code == 200
        assert browser.head(path + query).status_code == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert browser.request(method, path).status_code == 405
    assert dump() == before


@pytest.mark.parametrize("token", ["x", "abc.def", "%00", "я" * 40, "a" * 5_000, "%E2%80%AE", "..%2f..%2ftickets"])
def test_a_wrong_link_is_a_calm_page_that_says_where_to_write(house: AppliedHouse, token: str) -> None:
    page = house.browser().get(f"/p/{token}")
    assert page.status_code == 404
    assert "info@sferum.ru" in page.text


def test_a_right_signature_of_a_thread_that_is_not_there_is_the_same_page(house: AppliedHouse) -> None:
    token = house.wired.replier.tokens.link("nothing")
    assert house.browser().get(f"/p/{token}").status_code == 404


def test_a_signature_made_for_another_use_opens_nothing(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE)
    tokens, key = house.wired.replier.tokens, house.ticket(number).thread_key
    assert house.browser().get(f"/p/{key}.{tokens.mark(key)}").status_code == 404


def test_only_the_applications_of_the_own_thread_can_be_filled_in(house: AppliedHouse, dump: Dump) -> None:
    mine = house.apply(FieldName.PHONE)
    theirs = house.apply(FieldName.PHONE, sender="other@elsewhere.example", organization_short_name="МБОУ «СШ № 77»",
                         organization_full_name="Муниципальное бюджетное общеобразовательное учреждение «СШ № 77»")  # fmt: skip
    before, token = dump(), house.token(mine)
    page = house.browser().post(
        f"/p/{token}",
        data={"number": theirs, "token": token, PHONE: "8 917 123-45-67"},
        headers={"Origin": house.wired.site},
    )
    assert page.status_code == 409
    assert "№ 77" not in page.text
    assert dump() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://desk.example.ru.evil.example"},
        {"Origin": "https://["},
    ],
)
def test_a_form_of_another_site_is_refused_and_keeps_what_was_typed(
    house: AppliedHouse, dump: Dump, headers: dict[str, str]
) -> None:
    number = house.apply(FieldName.PHONE)
    before, token = dump(), house.token(number)
    data = {"number": number, "token": token, PHONE: "8 917 123-45-67"}
    page = house.browser().post(f"/p/{token}", data=data, headers=headers)
    assert page.status_code == 403
    assert 'value="8 917 123-45-67"' in page.text
    assert dump() == before


def test_a_form_without_the_token_in_it_is_refused(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE)
    page = house.browser().post(house.path(number), data={"number": number, PHONE: "8 917 123-45-67"})
    assert page.status_code == 403


def test_the_script_s_answer_names_the_reason_and_what_is_left(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE, FieldName.EMAIL)
    browser = house.browser()
    wrong = house.fill(browser, number, json=True, admin_phone="123").json()
    assert wrong["fields"][PHONE]["wrong"]
    assert "не хватает цифры" in wrong["fields"][PHONE]["words"].replace("\N{NO-BREAK SPACE}", " ")
    assert wrong["left"] == 2
    right = house.fill(browser, number, json=True, admin_phone="8 917 123-45-67").json()
    assert right == {"fields": {PHONE: {"wrong": False, "words": "Сохранили"}}, "left": 1, "completed": False}
    assert house.fill(browser, number, json=True, admin_email="a@school.example").json()["completed"]


def test_two_who_save_at_once_both_find_their_values(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE, FieldName.EMAIL)
    browser, answers = house.browser(), list[int]()

    def save(**values: str) -> None:
        answers.append(house.fill(browser, number, **values).status_code)

    threads = [
        threading.Thread(target=save, kwargs={PHONE: "8 917 123-45-67"}),
        threading.Thread(target=save, kwargs={EMAIL: "admin@school.example"}),
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [303, 303]
    application = house.ticket(number).application
    assert application is not None
    assert application.complete
    assert house.kinds().count(ReplyKind.RECEIVED) == 1


@pytest.mark.parametrize("value", [HOSTILE, "\x00", "\u202e12345\u202c", "{{ 7*7 }}", "a" * 900, "=cmd()", "😀" * 300])
def test_hostile_values_stay_dead_text(house: AppliedHouse, value: str) -> None:
    number = house.apply(FieldName.PHONE, FieldName.SHORT_NAME)
    browser = house.browser()
    for field in (PHONE, FieldName.SHORT_NAME.value, FieldName.SETTLEMENT.value):
        answer = house.fill(browser, number, **{field: value})
        assert answer.status_code in {303, 422}
    page = browser.get(house.path(number)).text
    for text in (answer.text, page):
        assert "<img" not in text
        assert len(re.findall("<script", text)) <= 1
        assert "\x00" not in text
        assert "\u202e" not in text


def test_a_megabyte_is_refused_in_words(house: AppliedHouse, dump: Dump) -> None:
    number = house.apply(FieldName.PHONE)
    before = dump()
    page = house.fill(house.browser(), number, admin_phone="1" * 1_000_000)
    assert page.status_code == 413
    assert "Слишком длинно" in page.text
    assert dump() == before


def test_too_many_saves_are_held_back_and_nothing_typed_is_lost(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE)
    browser = house.browser(limits=Limits(Limit(2, 60), Limit(100, 60), Limit(9, 60), Limit(9, 60)))
    for _ in range(2):
        assert house.fill(browser, number, admin_phone="123").status_code == 422
    page = house.fill(browser, number, admin_phone="8 917 123-45-67")
    assert page.status_code == 429
    assert 'value="8 917 123-45-67"' in page.text
    house.later(minutes=2)
    assert house.fill(browser, number, admin_phone="8 917 123-45-67").status_code == 303


def test_variants_of_one_field_have_an_end(house: AppliedHouse) -> None:
    number = house.apply()
    browser = house.browser()
    for last in range(9):
        house.fill(browser, number, admin_phone=f"8 917 123-45-{last}9")
    application = house.ticket(number).application
    assert application is not None
    assert len(application.admin_phone.candidates) == 6


def test_a_finished_ticket_can_be_read_and_not_changed(house: AppliedHouse, dump: Dump) -> None:
    number = house.apply()
    house.wired.casework.reject(number, "Это не школа.\nПришлите устав.", "agent@desk.example")
    fresh = plain(house.browser().get(house.path(number)).text)
    assert "Это не школа" not in fresh  # it can still be undone
    house.later(minutes=1)
    page = house.browser().get(house.path(number)).text
    assert "Это не школа." in plain(page)
    assert "<form" not in page
    before = dump()
    assert house.fill(house.browser(), number, admin_phone="8 917 000-00-01").status_code == 409
    assert dump() == before


def test_received_waits_for_a_yes_where_the_desk_was_told_so(house: AppliedHouse) -> None:
    strict = AppliedHouse(house.store, house.wired.book, house.settings.folder, replies={"send": {"received": "ask"}})
    number = strict.apply(FieldName.PHONE)
    strict.fill(strict.browser(), number, admin_phone="8 917 123-45-67")
    assert strict.replies()[-1].held_because
    assert Flag.REPLY_HELD in strict.ticket(number).flags
    assert strict.ticket(number).state is State.REVIEW


def test_a_place_is_understood_by_the_region_that_is_typed_with_it(house: AppliedHouse) -> None:
    number = house.apply(FieldName.REGION, FieldName.SETTLEMENT)
    house.fill(house.browser(), number, settlement="Клин", region="Московская область")
    application = house.ticket(number).application
    assert application is not None
    assert (application.settlement.value, application.settlement.status) == ("г. Клин", Status.OK)
