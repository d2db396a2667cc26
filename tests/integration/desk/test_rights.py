"""Who may do what: every route of the desk against every role and nobody, forms without a token, tokens of programs."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from intake.desk.access.gate import Gate, NotAllowed, SignInNeeded
from intake.desk.access.keys import kept, new_secret
from intake.desk.access.rights import RIGHTS, Right, RouteWithoutRight, require_rights
from intake.desk.access.sessions import Sessions
from intake.desk.app import _access_errors
from intake.settings import Oidc
from rules.people import Role, Scope
from tests.integration.desk.opening import Opening, token_in
from tests.integration.letting_in import KEY, let_in

OPEN = {
    "/healthz",
    "/static/desk.css",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/oidc",
    "/sign-in/oidc/back",
    "/invitation/{secret}",
}
LEAST: dict[str, Role] = {}
"""Paths for which more than the role agent is needed; said here once more, so that the table cannot drift alone."""

FILLED = {"{number}": "1", "{secret}": "nonsense"}


def routes(desk: Opening) -> list[tuple[str, str]]:
    """Method and path of every route, the provider's too; the sandbox's when there is one and when there is none."""
    oidc = Oidc(issuer="http://127.0.0.1:1", client_id="desk", secret_env="PATH")
    found: set[tuple[str, str]] = set()
    for sandbox in (True, False):
        app = desk.browser(oidc=oidc, sandbox=sandbox).app
        assert isinstance(app, FastAPI)
        for one in iter_route_contexts(app.routes):
            found |= {(method, str(one.path)) for method in one.methods or ()}
    return sorted(found)


def at(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def test_nobody_sees_more_than_the_entrance(desk: Opening) -> None:
    browser = desk.browser()
    for method, path in routes(desk):
        answer = browser.request(method, at(path))
        if path in OPEN:
            assert answer.status_code != 401, path
            assert "/sign-in?" not in answer.headers.get("location", ""), path
        elif method == "GET":
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in"), path
        else:
            assert answer.status_code == 401, path


@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_exactly_the_roles_that_include_its_least_one(desk: Opening, role: Role) -> None:
    for method, path in routes(desk):
        browser = let_in(desk.browser(), desk.store, desk.now, role)
        token = token_in(browser.get("/me").text)
        answer = browser.request(method, at(path), data={"token": token} if method == "POST" else None)
        allowed = path in OPEN or role.may_act_as(LEAST.get(path, Role.AGENT))
        assert (answer.status_code != 403 or path in OPEN) is allowed, (method, path, answer.status_code)
        assert answer.status_code < 500 or path.startswith("/sign-in/oidc"), (method, path)


def test_no_form_works_without_its_token_with_a_strangers_or_from_another_site(desk: Opening) -> None:
    stranger = token_in(let_in(desk.browser(), desk.store, desk.now, Role.ADMIN).get("/me").text)
    for method, path in routes(desk):
        if method != "POST" or path in OPEN:
            continue
        browser = let_in(desk.browser(), desk.store, desk.now)
        own = token_in(browser.get("/me").text)
        tries = [
            browser.post(at(path), data={"text": "x"}),
            browser.post(at(path), data={"token": stranger}),
            browser.post(at(path), data={"token": own}, headers={"Sec-Fetch-Site": "cross-site"}),
            browser.post(at(path), data={"token": own}, headers={"Origin": "https://evil.example"}),
            browser.post(at(path), data={"token": own, "x": "y" * 1_000_001}),
        ]
        assert [one.status_code for one in tries] == [403, 403, 403, 403, 413], path
        assert browser.get("/me").status_code == 200, path  # nobody was signed out by it
    assert desk.dropped == []


def test_the_table_has_a_row_for_each_route_and_no_row_too_many(desk: Opening) -> None:
    names: set[str] = set()
    oidc = Oidc(issuer="http://127.0.0.1:1", client_id="desk", secret_env="PATH")
    for sandbox in (True, False):
        app = desk.browser(oidc=oidc, sandbox=sandbox).app
        assert isinstance(app, FastAPI)
        names |= {str(one.name) for one in iter_route_contexts(app.routes)}
    assert names == set(RIGHTS)


def test_a_route_without_a_row_stops_the_start_and_so_does_a_name_given_twice() -> None:
    app, pages = FastAPI(openapi_url=None), APIRouter()

    @pages.get("/secret")
    def forgotten() -> str:
        return "x"

    app.include_router(pages)
    with pytest.raises(RouteWithoutRight, match="forgotten"):
        require_rights(app.routes, {})
    require_rights(app.routes, {"forgotten": Right(Role.AGENT)})
    app.get("/other", name="forgotten")(lambda: "y")
    with pytest.raises(RouteWithoutRight, match="two routes"):
        require_rights(app.routes, {"forgotten": Right(Role.AGENT)})
    app = FastAPI(openapi_url=None)
    app.mount("/below", FastAPI(), name="forgotten")
    with pytest.raises(RouteWithoutRight, match="gate"):
        require_rights(app.routes, {"forgotten": Right(Role.AGENT)})


# --- tokens of programs ----------------------------------------------------------------------------------------------


def program(desk: Opening) -> TestClient:
    """An application with two routes for programs, behind the same gate."""
    rights = {
        "tickets": Right(Role.AGENT, Scope.TICKETS_READ),
        "reports": Right(Role.MANAGER, Scope.REPORTS_READ),
        "page": Right(Role.AGENT),
    }
    gate = Gate(desk.store, Sessions(desk.store, desk.desk, KEY), lambda: desk.now, rights=rights)
    app = FastAPI(openapi_url=None, dependencies=[Depends(gate)])

    @app.api_route("/tickets", methods=["GET", "POST"])
    def tickets() -> str:
        return "tickets"

    @app.get("/reports")
    def reports() -> str:
        return "reports"

    @app.get("/page")
    def page(_: Annotated[None, Depends(lambda: None)]) -> str:
        return "page"

    def no_page(_: Request, __: tuple[str, str], ___: int) -> object:
        raise AssertionError

    _access_errors(app, no_page)  # type: ignore[arg-type]
    assert {NotAllowed, SignInNeeded} <= set(app.exception_handlers)
    return TestClient(app, base_url="http://127.0.0.1:8400", follow_redirects=False)


def bearer(desk: Opening, *scopes: Scope, role: Role = Role.AGENT) -> dict[str, str]:
    secret = new_secret()
    let_in(TestClient(FastAPI()), desk.store, desk.now, role)
    with desk.store.writing() as work:
        account = work.access.account(f"{role.value}@desk.example")
        assert account is not None
        ends = desk.now.replace(year=desk.now.year + 1)
        work.access.add_token(account.id, kept(secret), name="отчёты", scopes=scopes, now=desk.now, expires_at=ends)
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_opens_what_its_scope_and_its_persons_role_both_allow(desk: Opening) -> None:
    client = program(desk)
    reader = bearer(desk, Scope.TICKETS_READ)
    assert client.get("/tickets", headers=reader).status_code == 200
    assert client.post("/tickets", headers=reader).status_code == 200  # no cookie is looked at, so no form to be forged
    assert client.get("/reports", headers=reader).status_code == 403
    every = bearer(desk, *Scope)
    assert client.get("/reports", headers=every).json() == {"error": "insufficient_scope"}
    assert client.get("/reports", headers=bearer(desk, *Scope, role=Role.MANAGER)).status_code == 200


def test_a_token_opens_no_page_for_people_and_a_wrong_one_opens_nothing(desk: Opening) -> None:
    client = program(desk)
    assert client.get("/page", headers=bearer(desk, *Scope)).status_code == 303
    for wrong in ("Bearer nonsense", "Bearer ", "bearer \xff"):
        answer = client.get("/tickets", headers={"Authorization": wrong.encode("latin-1")})  # type: ignore[dict-item]
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    let_in(client, desk.store, desk.now)
    assert client.get("/tickets").status_code == 200  # a person with the role may read it too
    assert client.get("/tickets", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_token_ends_with_its_time_and_with_its_persons_leaving(desk: Opening) -> None:
    client, shown = program(desk), bearer(desk, Scope.TICKETS_READ)
    assert client.get("/tickets", headers=shown).status_code == 200
    with desk.store.writing() as work:
        work.people.change("agent@desk.example", active=False)
    assert client.get("/tickets", headers=shown).status_code == 401
    with desk.store.writing() as work:
        work.people.change("agent@desk.example", active=True)
    desk.later(days=364)
    assert client.get("/tickets", headers=shown).status_code == 200
    desk.later(days=2)
    assert client.get("/tickets", headers=shown).status_code == 401
