"""Where the applicants' pages are: beside the desk, and never a way into it."""

import asyncio
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Message

from intake.applicant.front import Front
from intake.desk import make_app as make_desk
from intake.parsing import parse
from tests.integration.applicant.house import SITE, AppliedHouse


@pytest.fixture
def both(house: AppliedHouse) -> TestClient:
    """The whole server, asked as a proxy asks it that passes the public name on."""
    book = house.wired.book
    desk = make_desk(
        store=house.store,
        desk=house.settings.desk,
        now=lambda: house.now,
        drop=None,
        read_letter=lambda raw: parse(raw, book.quotes),
        words=book.words,
        key=b"k" * 32,
    )
    front = Front(house.browser().app, desk)
    return TestClient(front, base_url=SITE, raise_server_exceptions=False, follow_redirects=False)


def test_the_desk_answers_on_the_loopback_and_not_under_the_public_name(both: TestClient) -> None:
    assert both.get("/healthz", headers={"Host": "127.0.0.1:8400"}).status_code == 200
    for path in (
        "/",
        "/outbox",
        "/tickets/2611-1",
        "/healthz",
        "/static/desk.css",
        "/p",
        "/formx",
        "/applicant-static",
    ):
        assert both.get(path).status_code == 421, path


def test_the_applicants_pages_answer_under_both_names_and_no_other(both: TestClient) -> None:
    for host in ("desk.example.ru", "127.0.0.1:8400"):
        assert both.get("/form", headers={"Host": host}).status_code == 200
    assert both.get("/form", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "path",
    ["/p/../", "/p/%2e%2e/", "/p/..%2ftickets", "/form/../outbox", "/form/%2e%2e/healthz", "/applicant-static/../",
     "/applicant-static/%2e%2e%2fdesk.css", "/applicant-static/page.html", "/form//", "/p//", "/applicant-static/..%5c"],
)  # fmt: skip
def test_no_path_leads_from_the_applicants_pages_to_the_desk(both: TestClient, path: str) -> None:
    for host in ("desk.example.ru", "127.0.0.1:8400"):
        assert _status(both.app, path, host) in {404, 421}, (path, host)


def _status(app: ASGIApp, path: str, host: str) -> int:
    """The answer's status to a path that no client has tidied up on the way."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": unquote(path), "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", host.encode())], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8400), "scheme": "http",
        "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


def test_every_answer_has_the_headers_errors_too(both: TestClient) -> None:
    for path in ("/form", "/p/nothing", "/form/thanks/x", "/applicant-static/none", "/applicant-static/save.js"):
        headers = both.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_static_files_are_the_three_and_are_what_they_say(both: TestClient) -> None:
    for name, kind in (("applicant.css", "text/css"), ("save.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        answer = both.get(f"/applicant-static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
