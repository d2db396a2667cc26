"""The public form over real stores: application and question on the way of every letter; nothing typed is ever lost."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from fastapi.testclient import TestClient

from intake.applicant.deps import Limits
from intake.applicant.limits import Limit
from rules.application import FieldName
from rules.judgement import Flag, Kind, ReplyKind
from rules.ticket import State
from tests.integration.applicant.house import GOOD, SITE, AppliedHouse, plain

WRITER = "anna@school.example"
QUESTION = "Здравствуйте! Я родитель. Как мне получить приглашение от ребёнка и зарегистрироваться в Сферуме?"
Dump = Callable[[], dict[str, list[tuple[object, ...]]]]


def opened(house: AppliedHouse, browser: TestClient, what: str = "application") -> dict[str, str]:
    """The form's hidden fields, after as much time as a person needs."""
    page = browser.get("/form", params={"what": what}).text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    house.later(seconds=20)
    return {"what": what, "token": token[1], "website": ""}


def send(browser: TestClient, form: dict[str, str], headers: dict[str, str] | None = None, **more: str) -> Any:
    return browser.post("/form", data=form | more, headers={"Origin": SITE} | (headers or {}))


def good(**changes: str) -> dict[str, str]:
    return {"address": WRITER} | {name.value: value for name, value in GOOD.items()} | changes


def test_an_application_becomes_a_ticket_is_answered_and_the_thanks_page_names_its_number(house: AppliedHouse) -> None:
    browser = house.browser()
    answer = send(browser, opened(house, browser), **good())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("form/thanks/")
    (reply,) = house.replies()
    assert (reply.kind, reply.recipient) == (ReplyKind.RECEIVED, WRITER)
    (number,) = reply.tickets
    assert number in plain(browser.get("/" + answer.headers["location"]).text)
    ticket = house.ticket(number)
    assert ticket.state is State.REVIEW
    assert ticket.application is not None
    assert {name: value.value for name, value in ticket.application.items()} == GOOD
    assert not house.proved(number)
    assert house.bells == ["process"]


def test_a_question_is_answered_like_one_by_mail(house: AppliedHouse) -> None:
    browser = house.browser()
    answer = send(browser, opened(house, browser, "question"), address=WRITER, text=QUESTION)
    assert answer.status_code == 303
    (reply,) = house.replies()
    assert reply.recipient == WRITER
    assert house.ticket(reply.tickets[0]).kind is Kind.QUESTION
    assert "Я родитель" in reply.subject


def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_stays(house: AppliedHouse, dump: Dump) -> None:
    browser = house.browser()
    form, before = opened(house, browser), dump()
    page = send(browser, form, **good(admin_phone="8 (843) 555-12-34", region="Нарния", address="anna@"))
    assert page.status_code == 422
    text = plain(page.text)
    assert "Это городской номер" in text
    assert "Это не субъект Российской Федерации" in text
    assert "На такой адрес ответ не дойдёт" in text
    for typed in ("8 (843) 555-12-34", "Нарния", "anna@", GOOD[FieldName.SHORT_NAME]):
        assert f'value="{typed}"' in page.text
    assert dump() == before


def test_whoever_cannot_mend_it_sends_it_as_it_is_and_is_asked_by_mail(house: AppliedHouse) -> None:
    browser = house.browser()
    answer = send(browser, opened(house, browser), **good(admin_phone="8 (843) 555-12-34"), anyway="1")
    assert answer.status_code == 303
    (reply,) = house.replies()
    assert reply.kind is ReplyKind.MISSING
    assert house.ticket(reply.tickets[0]).state is State.WAITING


def test_the_same_address_for_both_needs_no_second_typing(house: AppliedHouse) -> None:
    browser = house.browser()
    assert send(browser, opened(house, browser), **good(admin_email=""), same="1").status_code == 303
    application = house.ticket(house.replies()[0].tickets[0]).application
    assert application is not None
    assert application.admin_email.value == WRITER


def test_a_double_click_is_one_application(house: AppliedHouse) -> None:
    browser = house.browser()
    form = opened(house, browser)
    first, second = send(browser, form, **good()), send(browser, form, **good())
    assert first.headers["location"] == second.headers["location"]
    assert len(house.replies()) == 1


@pytest.mark.parametrize("what", ["trap", "quick"])
def test_who_looks_like_a_machine_is_asked_once_more_and_loses_nothing(
    house: AppliedHouse, dump: Dump, what: str
) -> None:
    browser = house.browser()
    page = browser.get("/form").text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    house.later(seconds=20 if what == "trap" else 1)
    form, before = {"what": "application", "token": token[1]}, dump()
    page = send(browser, form, **good(), website="http://spam" if what == "trap" else "")
    assert (page.status_code, dump() == before) == (422, True)
    assert GOOD[FieldName.ADMIN] in page.text
    again = re.search(r'name="token" value="(\w+)"', page.text)
    assert again
    assert 'name="website" value=""' in page.text
    house.later(seconds=5)
    assert send(browser, form | {"token": again[1]}, **good(), website="").status_code == 303


@pytest.mark.parametrize("how", ["no cookie", "no token", "forged", "other site", "old", "other cookie"])
def test_a_form_that_is_not_from_our_page_is_shown_again_with_everything_in_it(
    house: AppliedHouse, dump: Dump, how: str
) -> None:
    browser = house.browser()
    form, headers = opened(house, browser), {}
    if how == "no cookie":
        browser.cookies.clear()
    elif how == "other cookie":
        browser.cookies.clear()
        browser.cookies.set("applicant-form", "x" * 32)
    elif how == "other site":
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    elif how == "old":
        house.later(hours=25)
    else:
        form["token"] = "" if how == "no token" else form["token"][:11] + "a" * 24
    before = dump()
    page = send(browser, form, headers, **good())
    assert (page.status_code, dump() == before) == (403, True)
    assert GOOD[FieldName.ADMIN] in page.text
    token = re.search(r'name="token" value="(\w+)"', page.text)
    assert token
    house.later(seconds=5)
    assert send(browser, form | {"token": token[1]}, **good()).status_code == 303


def test_so_many_forms_of_one_address_a_day_also_after_a_restart(house: AppliedHouse) -> None:
    for serial in range(5):
        browser = house.browser()  # its counts in memory begin anew
        assert (
            send(browser, opened(house, browser, "question"), address=WRITER, text=f"{QUESTION} {serial}").status_code
            == 303
        )
    browser = house.browser()
    page = send(browser, opened(house, browser, "question"), address=WRITER.upper(), text=QUESTION)
    assert page.status_code == 429
    assert QUESTION in page.text
    assert (
        send(browser, opened(house, browser, "question"), address="b@school.example", text=QUESTION).status_code == 303
    )


def test_forms_from_one_network_address_are_limited_and_the_proxy_is_believed_only_when_told(
    house: AppliedHouse,
) -> None:
    def statuses(house_: AppliedHouse) -> list[int]:
        browser = house_.browser(limits=Limits(Limit(9, 60), Limit(9, 60), Limit(1, 3_600), Limit(9, 60)))
        made = []
        for serial in range(2):
            form = opened(house_, browser, "question")
            headers = {"X-Forwarded-For": f"10.0.0.1, 192.0.2.{serial}"}
            made.append(send(browser, form, headers, address=f"a{serial}@{serial}.example", text=QUESTION).status_code)
        return made

    assert statuses(house) == [303, 429]
    proxied = AppliedHouse(house.store, house.wired.book, house.settings.folder, desk={"trusted_proxy": True})
    proxied.now = house.now
    assert statuses(proxied) == [303, 303]


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", "a\x00b", "\u202eabc", "{{ 7*7 }}", "Bcc: all@example.ru\r\nX: y", "😀" * 500],
)
def test_hostile_questions_stay_dead_text(house: AppliedHouse, value: str) -> None:
    browser = house.browser()
    page = send(browser, opened(house, browser, "question"), address="no", text=value)
    assert page.status_code == 422
    assert "<script" not in page.text
    answer = send(browser, opened(house, browser, "question"), address=WRITER, text=value)
    assert answer.status_code == 303
    with house.store.reading() as work:
        raw = work.messages.load(int(answer.headers["location"].split("/")[-1].split("-")[0]))
    mail = message_from_bytes(raw.content, policy=policy.default)
    assert set(mail.keys()) >= {"From", "To", "Subject"}
    assert mail["Bcc"] is None
    assert len(house.replies()) == 1


def test_a_text_beyond_the_limit_and_a_megabyte_are_refused_in_words(house: AppliedHouse) -> None:
    browser = house.browser()
    page = send(browser, opened(house, browser, "question"), address=WRITER, text="Ж" * 5_001)
    assert page.status_code == 422
    assert "длиннее 5 000" in plain(page.text)
    page = send(browser, opened(house, browser, "question"), address=WRITER, text="ж" * 500_000)
    assert page.status_code == 413


def test_words_of_a_machine_typed_by_a_person_are_a_question(house: AppliedHouse) -> None:
    browser = house.browser()
    text = "Undelivered Mail Returned to Sender\nThis is the mail system: your message could not be delivered, user unknown"
    send(browser, opened(house, browser, "question"), address=WRITER, text=text)
    (reply,) = house.replies()
    assert house.ticket(reply.tickets[0]).kind is Kind.QUESTION


def test_a_number_in_a_question_opens_nobody_s_ticket(house: AppliedHouse) -> None:
    number = house.apply(FieldName.PHONE)
    before = house.ticket(number)
    browser = house.browser()
    text = f"[№ {number}] Re: заявка. Почему не приходит код подтверждения при регистрации ученика?"
    send(browser, opened(house, browser, "question"), address=WRITER, text=text)
    assert house.ticket(number) == before


def test_the_link_in_the_reply_proves_the_address_and_before_that_nobody_else_is_written_to(
    house: AppliedHouse,
) -> None:
    browser = house.browser()
    send(browser, opened(house, browser), **good(admin_email="third@elsewhere.example"))
    (number,) = house.replies()[0].tickets
    casework = house.wired.casework
    assert casework.second(casework.open(number, None)) == ""
    browser.get(house.path(number))
    assert not house.proved(number)
    assert house.fill(browser, number, admin_full_name=GOOD[FieldName.ADMIN]).status_code == 303
    assert house.proved(number)
    assert casework.second(casework.open(number, None)) == "third@elsewhere.example"


def test_a_letter_by_mail_begins_a_proved_thread(house: AppliedHouse) -> None:
    assert house.proved(house.apply())


def test_our_own_and_machines_addresses_are_taken_in_without_an_answer(house: AppliedHouse) -> None:
    browser = house.browser()
    send(browser, opened(house, browser), **good(address="noreply@school.example"))
    assert house.replies() == []
    with house.store.reading() as work:
        (line,) = work.tickets.list((), limit=5)
    assert Flag.NOBODY_TO_ANSWER in line.flags


@pytest.mark.parametrize("receipt", ["1", "1-aaaa", "x-y", "-", "²-a", "9" * 400, "1-%00"])
def test_a_forged_receipt_shows_no_number(house: AppliedHouse, receipt: str) -> None:
    house.apply()
    assert house.browser().get(f"/form/thanks/{receipt}").status_code == 404


def test_a_letter_that_is_not_taken_in_yet_is_thanked_for_without_a_number(house: AppliedHouse) -> None:
    browser = house.browser()
    house._taken_in = lambda: None  # type: ignore[method-assign]
    browser = house.browser()
    answer = send(browser, opened(house, browser), **good())
    page = plain(browser.get("/" + answer.headers["location"]).text)
    assert "номер придёт письмом" in page
