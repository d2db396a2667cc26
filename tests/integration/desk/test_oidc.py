"""Signing in with an identity provider: a small real one on the loopback that signs what the test wants it to say."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx import Response

pytest.importorskip("authlib")
from joserfc import jwt
from joserfc.jwk import RSAKey

from intake.settings import Desk, Oidc
from rules.errors import SettingsError
from tests.integration.desk.opening import EMAIL, Opening

pytestmark = pytest.mark.filterwarnings("ignore:The httpx module is deprecated")


@dataclass
class Fake:
    """The provider. `says`: changes to what it signs; `key` signs, `shown` is what it publishes."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    says: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    nonce: str = ""
    now: float = 0
    issuer: str = ""
    shown: RSAKey | None = None
    renamed: str = ""

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            places = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            return {"issuer": self.renamed or self.issuer, **{name: f"{self.issuer}/{name}" for name in places}}
        if path == "/jwks_uri":
            return {"keys": [(self.shown or self.key).as_dict(private=False)]}
        claims = {
            "iss": self.issuer,
            "aud": "desk",
            "sub": "7",
            "exp": self.now + 300,
            "iat": self.now,
            "nonce": self.nonce,
            "email": EMAIL.upper(),
            "email_verified": True,
        }
        said = {name: value for name, value in (claims | self.says).items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def fake(desk: Opening) -> Iterator[Fake]:
    provider = Fake(now=desk.now.timestamp())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            provider.asked.append(parse_qs(body.decode()))
            self.say()

        def say(self) -> None:
            body = json.dumps(provider.answer(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser(desk: Opening, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("INTAKE_OIDC_SECRET", "secret")
    desk.person(password="")
    return desk.browser(oidc=Oidc(issuer=fake.issuer, client_id="desk", secret_env="INTAKE_OIDC_SECRET"))


def come_back(browser: TestClient, fake: Fake, **changes: str) -> Response:
    """To the provider and back, as a browser goes."""
    out = browser.get("/sign-in/oidc?to=/outbox")
    assert out.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(out.headers["location"]).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == "http://127.0.0.1:8400/sign-in/oidc/back"
    fake.nonce = asked["nonce"]
    return browser.get("/sign-in/oidc/back", params={"code": "c", "state": asked["state"]} | changes)


def test_a_verified_address_of_ours_is_let_in(desk: Opening, fake: Fake, browser: TestClient) -> None:
    assert "Войти через учётную запись организации" in browser.get("/sign-in").text
    answer = come_back(browser, fake)
    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox")
    assert browser.get("/").status_code == 200
    assert fake.asked[0]["code_verifier"]
    assert desk.log()[0] == "sign in by provider"


@pytest.mark.parametrize(
    "says",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": "stranger@desk.example"},
        {"email": None},
        {"aud": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1},
        {"nonce": "of another trip"},
        {"nonce": None},
    ],
)
def test_what_is_not_certain_lets_nobody_in(fake: Fake, browser: TestClient, says: dict[str, Any]) -> None:
    fake.says = says
    answer = come_back(browser, fake)
    assert answer.status_code == 403
    assert "Войти не получилось" in answer.text
    assert browser.get("/").status_code == 303


def test_a_signature_of_somebody_else_lets_nobody_in(fake: Fake, browser: TestClient) -> None:
    fake.shown = RSAKey.generate_key(2048, {"kid": fake.key.kid})
    assert come_back(browser, fake).status_code == 403


def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(
    desk: Opening, fake: Fake, browser: TestClient
) -> None:
    assert come_back(browser, fake, state="another").status_code == 403
    assert desk.browser().get("/sign-in/oidc/back?code=c&state=s").status_code == 404  # no provider there
    browser.cookies.clear()
    assert browser.get("/sign-in/oidc/back?code=c&state=s").status_code == 403
    assert come_back(browser, fake, error="access_denied", code="").status_code == 403


def test_a_provider_that_is_silent_or_another_is_said_in_words(
    desk: Opening, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_OIDC_SECRET", "secret")
    gone = Oidc(issuer="http://127.0.0.1:1", client_id="desk", secret_env="INTAKE_OIDC_SECRET")
    answer = desk.browser(oidc=gone).get("/sign-in/oidc")
    assert answer.status_code == 502
    assert "не отвечает" in answer.text
    fake.renamed = "http://127.0.0.1:1"
    other = Oidc(issuer=fake.issuer, client_id="desk", secret_env="INTAKE_OIDC_SECRET")
    assert desk.browser(oidc=other).get("/sign-in/oidc").status_code == 502


def test_without_the_secret_the_start_says_so(desk: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTAKE_OIDC_SECRET", raising=False)
    with pytest.raises(SettingsError, match="INTAKE_OIDC_SECRET"):
        desk.browser(oidc=Oidc(issuer="https://id.example", client_id="desk", secret_env="INTAKE_OIDC_SECRET"))


def test_the_way_back_is_the_public_address_of_the_desk(
    desk: Opening, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_OIDC_SECRET", "secret")
    desk.desk = Desk(public_desk_url="https://desk.example")
    settings = Oidc(issuer=fake.issuer, client_id="desk", secret_env="INTAKE_OIDC_SECRET")
    out = desk.browser(home="https://desk.example", oidc=settings).get("/sign-in/oidc")
    asked = parse_qs(urlsplit(out.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://desk.example/sign-in/oidc/back"]
    cookie = next(one for one in out.headers.get_list("set-cookie") if one.startswith("__Host-desk-oidc="))
    assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
