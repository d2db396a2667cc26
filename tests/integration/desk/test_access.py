"""Entering the desk as a browser does: passwords, sessions, waits, the second factor, links that work once."""

import json
import re
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient

from intake.desk.access.beginning import demo_accounts, first_link, retire_demo_accounts, ways_in
from intake.desk.access.keys import kept, new_secret
from intake.desk.access.throttle import ACCOUNT, ADDRESS
from intake.settings import Desk
from rules.people import Role
from tests.integration.desk.opening import EMAIL, HOME, PASSWORD, Opening, post, sign_in, token_in

OTHER = "другой длинный пароль"


def inside(browser: TestClient) -> bool:
    return browser.get("/").status_code == 200


def invite(desk: Opening, email: str = EMAIL) -> str:
    secret = new_secret()
    with desk.store.writing() as work:
        account = work.access.account(email)
        assert account is not None
        work.access.invite(account.id, kept(secret), desk.now, desk.now + timedelta(hours=48))
    return f"/invitation/{secret}"


# --- the password ----------------------------------------------------------------------------------------------------


def test_the_right_password_leads_to_where_one_wanted_to_go(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    asked = browser.get("/outbox?x=1")
    assert asked.headers["location"] == "/sign-in?to=%2Foutbox%3Fx%3D1"
    answer = sign_in(browser, email=f"  {EMAIL.upper()} ", to="/outbox?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox?x=1")
    page = browser.get("/outbox").text
    assert "Ольга Иванова" in page
    assert desk.log()[0] == "sign in"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\t/evil", ""])
def test_after_signing_in_nobody_is_led_to_another_site(desk: Opening, to: str) -> None:
    desk.person()
    assert sign_in(desk.browser(), to=to).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_very_same_page(desk: Opening) -> None:
    desk.person()
    desk.person(email="gone@desk.example")
    desk.person(email="new@desk.example", password="")
    with desk.store.writing() as work:
        work.people.change("gone@desk.example", active=False)
    pages = set()
    for email in (EMAIL, "nobody@desk.example", "gone@desk.example", "new@desk.example"):
        answer = sign_in(desk.browser(), email=email, password="неверный пароль")
        assert answer.status_code == 422
        pages.add(re.sub(r'name="token" value="\w+"', "", answer.text.replace(email, "")))
        assert not inside(desk.browser())
    assert len(pages) == 1


def test_a_form_from_elsewhere_signs_nobody_in_and_keeps_the_address(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    token = token_in(browser.get("/sign-in").text)
    form = {"email": EMAIL, "password": PASSWORD, "token": token}
    refused = [
        desk.browser().post("/sign-in", data=form),
        browser.post("/sign-in", data=form | {"token": "ы"}),
        browser.post("/sign-in", data=form, headers={"Origin": "https://evil.example"}),
        browser.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"}),
    ]
    for answer in refused:
        assert answer.status_code == 403
        assert EMAIL in answer.text
        assert "desk-session" not in answer.cookies
    assert browser.post("/sign-in", data=form | {"x": "y" * 20_001}).status_code == 413
    assert browser.post("/sign-in", data=form).status_code == 303


@pytest.mark.parametrize(
    "password", ["", "\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "a" * 5_000]
)
def test_any_text_may_stand_in_the_form(desk: Opening, password: str) -> None:
    desk.person()
    assert sign_in(desk.browser(), password=password).status_code == 422
    assert sign_in(desk.browser(), email=password, password=PASSWORD).status_code == 422


# --- sessions --------------------------------------------------------------------------------------------------------


def test_the_cookie_is_a_random_number_that_no_script_reads_and_the_database_does_not_hold(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    header = next(one for one in sign_in(browser).headers.get_list("set-cookie") if one.startswith("desk-session="))
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(header.split("; "))
    assert "Secure" not in header
    number = browser.cookies["desk-session"]
    assert len(number) >= 43
    with desk.store.reading() as work:
        assert work.access.session(number) is None
        assert work.access.session(kept(number)) is not None


@pytest.mark.parametrize("way", ["address", "proxy"])
def test_behind_tls_cookies_are_secure_and_bound_to_the_host(desk: Opening, way: str) -> None:
    desk.person()
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"} if way == "proxy" else {}
    desk.desk = Desk(trusted_proxy=True) if way == "proxy" else Desk(public_desk_url="https://desk.example")
    browser = desk.browser(home="https://127.0.0.1" if way == "proxy" else "https://desk.example")
    headers = sign_in(browser, headers=proxied).headers.get_list("set-cookie")
    session = next(one for one in headers if one.startswith("__Host-desk-session="))
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(session.split("; "))
    assert "Domain" not in session
    assert browser.get("/", headers=proxied).status_code == 200
    if way == "proxy":
        with desk.store.reading() as work:
            account = work.access.account(EMAIL)
            assert account is not None
            assert work.access.sessions(account.id)[0].address == "203.0.113.9"


def test_what_a_stranger_says_of_tls_is_not_believed_without_a_proxy_of_ours(desk: Opening) -> None:
    desk.person()
    answer = sign_in(desk.browser(), headers={"X-Forwarded-Proto": "https"})
    assert "__Host-" not in str(answer.headers)


def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days_in_any_case(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    sign_in(browser)
    desk.later(hours=11, minutes=59)
    assert inside(browser)
    desk.later(hours=12)
    assert not inside(browser)
    sign_in(browser)
    for _ in range(15):  # seven days and twelve hours, never idle
        desk.later(hours=11)
        assert inside(browser)
    desk.later(hours=4)
    assert not inside(browser)


def test_signing_in_takes_a_new_number_and_the_old_one_opens_nothing(desk: Opening) -> None:
    desk.person()
    browser, thief = desk.browser(), desk.browser()
    sign_in(browser)
    thief.cookies.set("desk-session", browser.cookies["desk-session"], domain="127.0.0.1")
    assert inside(thief)
    page = post(browser, "/sign-out")
    assert page.headers["location"] == "/sign-in?out=1"
    assert "Вы вышли" in browser.get("/sign-in?out=1").text
    assert not inside(browser)
    assert not inside(thief)
    planted = "a" * 43
    browser.cookies.set("desk-session", planted, domain="127.0.0.1")
    sign_in(browser)
    assert browser.cookies["desk-session"] != planted


def test_signing_out_everywhere_and_letting_somebody_go_end_all_sessions(desk: Opening) -> None:
    desk.person()
    first, second = desk.browser(), desk.browser()
    sign_in(first)
    sign_in(second)
    assert post(first, "/me/sign-out-everywhere").status_code == 303
    assert not inside(first)
    assert not inside(second)
    sign_in(first)
    with desk.store.writing() as work:
        work.people.change(EMAIL, active=False)
    assert not inside(first)


def test_one_session_of_ones_own_can_be_ended_and_nobody_elses(desk: Opening) -> None:
    desk.person()
    desk.person(email="pavel@desk.example")
    mine, lost, other = desk.browser(), desk.browser(), desk.browser()
    for browser, email in ((mine, EMAIL), (lost, EMAIL), (other, "pavel@desk.example")):
        sign_in(browser, email=email)
    page = mine.get("/me").text
    ends = re.findall(r'action="(/me/sessions/\d+/end)"', page)
    assert len(ends) == 1
    assert post(other, ends[0]).status_code == 303
    assert inside(lost)
    post(mine, ends[0])
    assert not inside(lost)
    assert inside(mine)
    assert post(mine, f"/me/sessions/{'9' * 30}/end").status_code == 303


def test_a_role_that_changes_counts_at_once(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    sign_in(browser)
    with desk.store.writing() as work:
        work.people.change(EMAIL, role=Role.ADMIN)
    assert "администратор" in browser.get("/me").text


# --- waits -----------------------------------------------------------------------------------------------------------


def fail(desk: Opening, times: int, browser: TestClient | None = None, email: str = EMAIL) -> list[int]:
    """Wrong passwords, each sent as soon as it may be; the waits in seconds."""
    waits, browser = [], browser or desk.browser()
    for _ in range(times):
        answer = sign_in(browser, email=email, password="неверно")
        while answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            desk.later(seconds=waits[-1])
            answer = sign_in(browser, email=email, password="неверно")
        assert answer.status_code == 422
    return waits


def test_waits_grow_and_stay_bounded(desk: Opening) -> None:
    desk.person()
    waits = fail(desk, 14)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    answer = sign_in(desk.browser())
    assert answer.status_code == 429
    assert "Слишком много попыток подряд. Попробуйте снова через 1\N{NO-BREAK SPACE}минуту" in answer.text
    desk.later(seconds=60)
    assert sign_in(desk.browser()).status_code == 303


def test_an_unknown_address_waits_alike(desk: Opening) -> None:
    assert fail(desk, 8, email="nobody@desk.example") == [1, 2, 4]


def test_strangers_never_keep_somebody_out_of_a_browser_she_uses(desk: Opening) -> None:
    desk.person()
    own = desk.browser()
    sign_in(own)
    post(own, "/sign-out")
    fail(desk, 12)
    assert sign_in(desk.browser()).status_code == 429
    assert sign_in(own).status_code == 303


def test_the_mark_of_a_browser_helps_its_own_person_only_and_slows_down_too(desk: Opening) -> None:
    desk.person()
    desk.person(email="pavel@desk.example")
    own = desk.browser()
    sign_in(own, email="pavel@desk.example")
    post(own, "/sign-out")
    fail(desk, 12)
    assert sign_in(own).status_code == 429
    assert fail(desk, 8, own, "pavel@desk.example") == [1, 2, 4]


def test_one_address_that_tries_many_accounts_waits(desk: Opening) -> None:
    for number in range(ADDRESS.free):
        assert sign_in(desk.browser(), email=f"{number}@desk.example", password="x").status_code == 422
    assert sign_in(desk.browser(), email="last@desk.example", password="x").status_code == 429


def test_signing_in_forgives_what_failed_before(desk: Opening) -> None:
    desk.person()
    browser = desk.browser()
    assert fail(desk, ACCOUNT.free - 1, browser) == []
    assert sign_in(browser).status_code == 303
    post(browser, "/sign-out")
    assert fail(desk, ACCOUNT.free - 1, browser) == []


# --- the second factor -----------------------------------------------------------------------------------------------


def with_second_factor(desk: Opening) -> tuple[TestClient, str, list[str]]:
    """A browser in which it was set up, its secret and the recovery codes."""
    desk.person()
    browser = desk.browser()
    sign_in(browser)
    page = browser.get("/me/second-factor").text
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert found
    assert "<svg" in page
    code = pyotp.TOTP(found[1]).at(desk.now)
    wrong = post(browser, "/me/second-factor", secret=found[1], code=code, current="не тот пароль")
    assert wrong.status_code == 422
    wrong = post(browser, "/me/second-factor", secret=found[1], code="000000", current=PASSWORD)
    assert wrong.status_code == 422
    done = post(browser, "/me/second-factor", secret=found[1], code=code, current=PASSWORD)
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", done.text)
    assert len(codes) == len(set(codes)) == 10
    desk.later(seconds=60)
    return browser, found[1], codes


def second_step(browser: TestClient, code: str) -> int:
    page = browser.get("/sign-in/code?to=/outbox")
    answer = browser.post("/sign-in/code", data={"token": token_in(page.text), "code": code, "to": "/outbox"})
    assert answer.status_code != 303 or answer.headers["location"] == "/outbox"
    return answer.status_code


def test_with_a_second_factor_the_password_alone_opens_nothing(desk: Opening) -> None:
    _, secret, _ = with_second_factor(desk)
    browser = desk.browser()
    assert sign_in(browser, to="/outbox").headers["location"] == "/sign-in/code?to=%2Foutbox"
    assert not inside(browser)
    waiting = browser.cookies["desk-session"]
    assert second_step(browser, "000000") == 422
    assert second_step(browser, f" {pyotp.TOTP(secret).at(desk.now)} ") == 303
    assert inside(browser)
    assert browser.cookies["desk-session"] != waiting


def test_a_code_works_once_and_for_the_steps_around_now_only(desk: Opening) -> None:
    _, secret, _ = with_second_factor(desk)
    code = pyotp.TOTP(secret).at(desk.now)
    for expected in (303, 422):
        browser = desk.browser()
        sign_in(browser)
        assert second_step(browser, code) == expected
    desk.later(minutes=5)
    browser = desk.browser()
    sign_in(browser)
    assert second_step(browser, pyotp.TOTP(secret).at(desk.now - timedelta(seconds=61))) == 422
    assert second_step(browser, pyotp.TOTP(secret).at(desk.now + timedelta(seconds=30))) == 303


def test_a_recovery_code_works_once_however_it_is_typed(desk: Opening) -> None:
    own, _, codes = with_second_factor(desk)
    for expected in (303, 422):
        browser = desk.browser()
        sign_in(browser)
        assert second_step(browser, f" {codes[3].upper().replace('-', ' ')} ") == expected
    assert "Осталось запасных кодов: 9" in own.get("/me").text.replace("\N{NO-BREAK SPACE}", " ")
    fresh = re.findall(r"<code>([a-z0-9-]{19})</code>", post(own, "/me/recovery-codes", current=PASSWORD).text)
    assert not set(fresh) & set(codes)


def test_guessing_codes_waits_and_the_second_step_is_open_for_ten_minutes(desk: Opening) -> None:
    _, secret, _ = with_second_factor(desk)
    browser = desk.browser()
    sign_in(browser)
    assert [second_step(browser, "000000") for _ in range(6)] == [422] * 5 + [429]
    desk.later(minutes=11)
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"
    answer = browser.post("/sign-in/code", data={"code": pyotp.TOTP(secret).at(desk.now)})
    assert answer.headers["location"] == "/sign-in"
    assert not inside(browser)


def test_the_second_factor_is_switched_off_with_the_password_only(desk: Opening) -> None:
    own, _, _ = with_second_factor(desk)
    assert post(own, "/me/second-factor/off", current="не тот").status_code == 422
    assert sign_in(desk.browser()).headers["location"].startswith("/sign-in/code")
    assert post(own, "/me/second-factor/off", current=PASSWORD).status_code == 303
    assert sign_in(desk.browser()).headers["location"] == "/"


# --- passwords and links ---------------------------------------------------------------------------------------------


def test_a_new_password_needs_the_old_one_and_signs_out_elsewhere(desk: Opening) -> None:
    desk.person()
    mine, other = desk.browser(), desk.browser()
    sign_in(mine)
    sign_in(other)
    assert post(mine, "/me/password", current="не тот", password=OTHER, again=OTHER).status_code == 422
    assert post(mine, "/me/password", current=PASSWORD, password=OTHER, again="иначе").status_code == 422
    assert inside(other)
    assert post(mine, "/me/password", current=PASSWORD, password=OTHER, again=OTHER).status_code == 303
    assert inside(mine)
    assert not inside(other)
    assert sign_in(other).status_code == 422
    assert sign_in(other, password=OTHER).status_code == 303


@pytest.mark.parametrize("weak", ["короткий", "abababababab", "мой olga пароль 1", "x" * 201])
def test_weak_passwords_are_refused_with_the_reason(desk: Opening, weak: str) -> None:
    desk.person()
    path = invite(desk)
    browser = desk.browser()
    answer = post(browser, path, path, password=weak, again=weak)
    assert answer.status_code == 422
    assert 'id="wrong-password"' in answer.text
    assert browser.get(path).status_code == 200


def test_a_link_sets_the_password_once_and_looking_at_it_changes_nothing(desk: Opening) -> None:
    desk.person(password="")
    path = invite(desk)
    for _ in range(3):
        assert desk.browser().get(path).status_code == 200
    browser = desk.browser()
    assert post(browser, path, path, password=OTHER, again=OTHER).headers["location"] == "/"
    assert inside(browser)
    assert desk.browser().get(path).status_code == 404
    assert sign_in(desk.browser(), password=OTHER).status_code == 303


def test_a_link_ends_with_its_time_with_a_newer_one_and_asks_for_the_second_factor(desk: Opening) -> None:
    with_second_factor(desk)
    old, late = invite(desk), invite(desk)
    assert desk.browser().get(old).status_code == 404
    desk.later(hours=49)
    assert desk.browser().get(late).status_code == 404
    path, browser = invite(desk), desk.browser()
    answer = post(browser, path, path, password=OTHER, again=OTHER)
    assert answer.headers["location"].startswith("/sign-in/code")
    assert not inside(browser)


# --- the first start -------------------------------------------------------------------------------------------------


def test_the_first_start_gives_a_link_that_makes_the_admin_and_none_after(desk: Opening) -> None:
    earlier = first_link(desk.store, HOME, desk.now, provider=False)
    link = first_link(desk.store, HOME + "/", desk.now, provider=False)
    assert link.startswith(f"{HOME}/invitation/")
    assert desk.browser().get(earlier).status_code == 404
    browser, path = desk.browser(), link.removeprefix(HOME)
    form = {"email": "admin@desk.example", "name": " Анна  Смирнова ", "password": OTHER, "again": OTHER}
    for wrong in ({"email": "a b"}, {"name": " "}, {"again": ""}):
        answer = post(browser, path, path, **(form | wrong))
        assert answer.status_code == 422
        assert "Анна" in answer.text or "name" in wrong
    assert post(browser, path, path, **form).status_code == 303
    assert "Анна Смирнова, admin@desk.example, администратор" in browser.get("/me").text
    assert browser.get(path).status_code == 404
    assert first_link(desk.store, HOME, desk.now, provider=False) == ""
    assert ways_in(desk.store, HOME, desk.now, sandbox=False, provider=False) == ()


def test_an_admin_without_a_password_gets_the_link_and_needs_none_with_a_provider(desk: Opening) -> None:
    desk.person(Role.ADMIN, password="")
    assert first_link(desk.store, HOME, desk.now, provider=True) == ""
    path = first_link(desk.store, HOME, desk.now, provider=False).removeprefix(HOME)
    assert EMAIL in desk.browser().get(path).text


def test_demo_accounts_are_made_anew_at_each_start_and_gone_outside_the_sandbox(desk: Opening) -> None:
    before = demo_accounts(desk.store, desk.now)
    after = demo_accounts(desk.store, desk.now)
    assert [one.email for one in after] == ["agent@demo.example", "manager@demo.example", "admin@demo.example"]
    agent = desk.browser()
    assert sign_in(agent, before[0].email, before[0].password).status_code == 422
    assert sign_in(agent, after[0].email, after[0].password).status_code == 303
    retire_demo_accounts(desk.store, desk.now)
    assert not inside(agent)
    for one in after:
        assert sign_in(desk.browser(), one.email, one.password).status_code == 422


# --- what stays hidden -----------------------------------------------------------------------------------------------


def test_pages_of_access_carry_the_headers_and_nothing_of_them_is_kept(desk: Opening) -> None:
    browser, _, _ = with_second_factor(desk)
    path = invite(desk)
    for page in (*("/sign-in", path, "/invitation/x"), *("/me", "/me/second-factor")):
        answer = browser.get(page) if page.startswith("/me") else desk.browser().get(page)
        assert answer.headers["cache-control"] == "no-store", page
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], page
        assert " style=" not in answer.text, page
        assert "<script" not in answer.text, page


def test_no_secret_stands_in_the_audit_log_or_readable_in_the_database(desk: Opening) -> None:
    browser, secret, codes = with_second_factor(desk)
    with desk.store.reading() as work:
        told = json.dumps([[str(one.details), one.by] for one in work.actions.log(100)], ensure_ascii=False)
        account = work.access.account(EMAIL)
        assert account is not None
    for hidden in (PASSWORD, secret, *codes, browser.cookies["desk-session"], account.password_hash):
        assert hidden not in told
    assert account.password_hash.startswith("$argon2id$")
    assert not set(codes) & set(account.recovery)
