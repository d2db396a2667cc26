"""The applicants' pages in a real browser: a field is saved when it is left, nothing is asked of elsewhere, all can use them."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from intake.applicant.app import make_app
from rules.application import FieldName
from rules.book import RuleBook
from rules.ticket import State
from store.unit_of_work import Store
from tests.integration.applicant.house import AppliedHouse

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
def served(store: Store, book: RuleBook, tmp_path: Path) -> Iterator[AppliedHouse]:
    """The pages on a real port."""
    listener = socket.create_server(("127.0.0.1", 0))
    site = f"http://127.0.0.1:{listener.getsockname()[1]}"
    house = AppliedHouse(store, book, tmp_path, desk={"public_url": site})
    app = make_app(cases=house.wired.casework, conduct=house.wired.conduct, site=site, taken_in=house._taken_in)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", proxy_headers=False))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    yield house
    server.should_exit = True
    thread.join(5)
    house.close()


def opened(chromium: Browser, *, width: int = 360, scheme: str = "light", script: bool = True) -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        java_script_enabled=script,
    )
    return context.new_page()


def test_a_field_is_saved_when_it_is_left_and_the_last_one_says_thanks(chromium: Browser, served: AppliedHouse) -> None:
    number = served.apply(FieldName.PHONE, FieldName.EMAIL)
    page, asked = opened(chromium), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served.wired.site + served.path(number))
    phone, address = (f"[id='f{number}-{name}']" for name in (FieldName.PHONE, FieldName.EMAIL))
    said = f"[id='f{number}-{FieldName.PHONE}-said'] span"
    page.fill(phone, "8 (843) 555-12-34")
    page.focus(address)
    page.wait_for_function("one => document.querySelector(one).textContent.includes('городской')", arg=said)
    page.fill(phone, "8 917 123-45-67")
    page.focus(address)
    page.wait_for_function("one => document.querySelector(one).textContent === 'Сохранили'", arg=said)
    page.fill(address, "admin@school.example")
    page.focus(phone)
    page.wait_for_url("**?saved=1")
    assert "больше ничего не нужно" in page.inner_text("main")
    assert served.ticket(number).state is State.REVIEW
    assert [one for one in asked if not one.startswith(served.wired.site)] == []


def test_both_pages_work_without_javascript(chromium: Browser, served: AppliedHouse) -> None:
    number = served.apply(FieldName.PHONE)
    page = opened(chromium, script=False)
    page.goto(served.wired.site + served.path(number))
    page.fill(f"[id='f{number}-{FieldName.PHONE}']", "8 917 123-45-67")
    page.click("button")
    assert "больше ничего не нужно" in page.inner_text("main")
    page.goto(served.wired.site + "/form?what=question")
    served.later(seconds=10)
    page.fill("#address", "anna@school.example")
    page.fill("#text", "Как родителю получить приглашение от ребёнка?")
    page.click("button")
    assert "мы получили ваше обращение" in page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_everybody_can_use_them(chromium: Browser, served: AppliedHouse, width: int, scheme: str) -> None:
    number = served.apply(admin_phone="8 (843) 555-12-34")
    page = opened(chromium, width=width, scheme=scheme)
    for path in (served.path(number), "/form", "/form?what=question", "/p/nothing"):
        page.goto(served.wired.site + path)
        if path == "/form":
            page.fill("#admin_phone", "1")
            page.click("button")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
