"""The pages of access in a real browser: without JavaScript, by keyboard alone, for everybody, in both themes."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from intake.desk.access.beginning import first_link
from tests.integration.desk.opening import EMAIL, PASSWORD, Opening

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not on this machine")
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(desk: Opening) -> Iterator[str]:
    """The desk on a real port, with the browser's own time."""
    desk.now = datetime.now(UTC)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk.browser().app, log_config=None, lifespan="off", proxy_headers=False))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


def typed(page: Page, *words: str) -> None:
    """Words into one input after the other, then Enter: what the keyboard alone can do."""
    for word in words[:-1]:
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.type(words[-1])
    page.keyboard.press("Enter")


def test_by_keyboard_and_without_javascript_one_signs_in_sets_a_second_factor_and_signs_in_with_it(
    chromium: Browser, desk: Opening, site: str
) -> None:
    desk.person()
    asked = list[str]()
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/me")
    typed(page, EMAIL, PASSWORD)
    page.wait_for_url("**/me")
    page.get_by_role("link", name="Включить второй шаг").press("Enter")
    page.wait_for_url("**/me/second-factor")
    secret = page.locator("input[name=secret]").get_attribute("value") or ""
    page.get_by_label("Код из приложения").focus()
    typed(page, pyotp.TOTP(secret).at(desk.now), PASSWORD)
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.get_by_role("button", name="Выйти").press("Enter")
    page.wait_for_url("**/sign-in?out=1")
    desk.later(seconds=60)
    typed(page, EMAIL, PASSWORD)
    page.wait_for_url("**/sign-in/code?**")
    typed(page, pyotp.TOTP(secret).at(desk.now))
    page.wait_for_url(f"{site}/")
    assert [one for one in asked if not one.startswith(site)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_everybody_can_use_the_pages_of_access(
    chromium: Browser, desk: Opening, site: str, width: int, scheme: str
) -> None:
    first = first_link(desk.store, site, desk.now, provider=False)
    desk.person()
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        bypass_csp=True,  # axe is a script, which the desk allows nobody
    )
    page = context.new_page()
    for path in (first, f"{site}/invitation/none", f"{site}/sign-in", f"{site}/me", f"{site}/me/second-factor"):
        if path.endswith("/me"):
            page.goto(path)
            page.fill("#email", EMAIL)
            page.fill("#password", "не тот")
            page.keyboard.press("Enter")
            page.wait_for_selector("[role=alert]")
            usable(page, "a wrong password")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/me")
        page.goto(path)
        usable(page, path)


def usable(page: Page, what: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), what
    found = Axe().run(page)
    assert found.violations_count == 0, (what, found.generate_report())
