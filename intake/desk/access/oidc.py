"""Signing in with an identity provider (OpenID Connect, authorization code with PKCE) through Authlib, extra `oidc`.

The provider says which address is hers and that it has verified it; whoever has that address here is signed in, nobody
is taken on by it. The only file that knows Authlib.
"""

import hmac
import json
import secrets
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from intake.desk.access import said
from intake.desk.access.entrance import Entrance
from intake.desk.access.sign_in import entered
from intake.desk.deps import View
from intake.settings import Oidc
from rules.errors import SettingsError

COOKIE: Final = "desk-oidc"
BACK: Final = "/sign-in/oidc/back"
_SECONDS: Final = 600  # to sign in at the provider
_TIMEOUT: Final = 10.0
_LEEWAY: Final = 60  # seconds that clocks may differ
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class NotConfirmed(Exception):
    """The provider's answer does not say who she is, or says it of somebody else."""


class Unreachable(Exception):
    """The provider does not answer, or not as one."""


@dataclass(frozen=True, slots=True)
class Trip:
    """What the browser carries to the provider and back, signed: nobody else's answer fits it."""

    state: str
    nonce: str
    verifier: str
    to: str


class Provider:
    """One identity provider. Raises `SettingsError` when the extra is not installed or the secret is missing."""

    def __init__(self, settings: Oidc) -> None:
        try:
            from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - an optional part
        except ImportError as error:
            msg = "oidc.issuer is set but the extra `oidc` is not installed; install it with: pip install 'sferum-intake[oidc]'"
            raise SettingsError(msg) from error
        self._settings, self._secret, self._client = settings, settings.secret(), OAuth2Client
        self._known: dict[str, Any] = {}

    def way_out(self, trip: Trip, back: str) -> str:
        """The address at the provider to which the browser goes. Raises `Unreachable`."""
        with self._session(back) as client, _reachable():
            url, _ = client.create_authorization_url(
                self._metadata(client)["authorization_endpoint"],
                state=trip.state,
                nonce=trip.nonce,
                code_verifier=trip.verifier,
            )
        return str(url)

    def address(self, trip: Trip, back: str, answer: str, now: datetime) -> str:
        """The verified address that the provider names. `answer`: the address with which the browser came back.

        Raises `NotConfirmed` and `Unreachable`.
        """
        with self._session(back) as client, _reachable():
            known = self._metadata(client)
            token = client.fetch_token(
                known["token_endpoint"], authorization_response=answer, code_verifier=trip.verifier, state=trip.state
            )
            keys = client.request("GET", known["jwks_uri"], withhold_token=True).raise_for_status().json()
        claims = self._claims(str(token.get("id_token", "")), keys, trip, now)
        email = claims.get("email", "")
        if claims.get("email_verified") is not True or not isinstance(email, str) or not email:
            msg = "the address is not verified"
            raise NotConfirmed(msg)
        return email

    def _claims(self, id_token: str, keys: Mapping[str, Any], trip: Trip, now: datetime) -> Mapping[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - comes with Authlib
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        wanted = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": trip.nonce},
        )
        try:
            found = jwt.decode(id_token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            wanted.validate(found.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotConfirmed(str(error)) from error
        return found.claims

    def _metadata(self, client: Any) -> dict[str, Any]:  # noqa: ANN401 - Authlib has no types
        if not self._known:
            where = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            known = client.request("GET", where, withhold_token=True).raise_for_status().json()
            if known.get("issuer") != self._settings.issuer:
                msg = "the provider calls itself otherwise than oidc.issuer"
                raise Unreachable(msg)
            self._known = known
        return self._known

    def _session(self, back: str) -> Any:  # noqa: ANN401 - Authlib has no types
        return self._client(
            self._settings.client_id,
            self._secret,
            scope="openid email",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )


class _reachable:  # noqa: N801 - reads as a statement
    """What goes wrong on the way to the provider, as `Unreachable` or `NotConfirmed`."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

        if isinstance(error, AuthlibBaseError):
            raise NotConfirmed(str(error)) from error
        if isinstance(error, (*_errors(), ValueError, KeyError)):
            raise Unreachable(str(error)) from error


def _errors() -> tuple[type[Exception], ...]:
    """What the HTTP client raises: Authlib takes httpx2, or httpx where that is not installed."""
    loaded = [sys.modules[name] for name in ("httpx2", "httpx") if name in sys.modules]
    return tuple(getattr(one, name) for one in loaded for name in ("HTTPError", "InvalidURL"))


def router(view: View, entrance: Entrance, provider: Provider, site: str) -> APIRouter:
    """`/sign-in/oidc` leads to the provider, `/sign-in/oidc/back` takes the answer."""
    routes, key = APIRouter(), secrets.token_bytes(32)
    cookies = entrance.sessions.cookies

    def failed(request: Request, words: str, status: int) -> Response:
        page = view.page("access/oidc.html", request=request, status=status, notice=words)
        cookies.drop(request, page, COOKIE)
        return page

    def back(request: Request) -> str:
        return (site or str(request.base_url)).rstrip("/") + BACK

    @routes.get("/sign-in/oidc")
    def oidc_start(request: Request, to: str = "/") -> Response:
        trip = Trip(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), said.way(to))
        try:
            way = RedirectResponse(provider.way_out(trip, back(request)), status_code=303)
        except (Unreachable, NotConfirmed):
            return failed(request, said.OIDC_DOWN, 502)
        cookies.put(request, way, COOKIE, _packed(key, trip), seconds=_SECONDS)
        return way

    @routes.get(BACK)
    def oidc_back(request: Request) -> Response:
        trip = _unpacked(key, cookies.read(request, COOKIE))
        if trip is None or not hmac.compare_digest(
            trip.state.encode(), request.query_params.get("state", "").encode("utf-8", "replace")
        ):
            return failed(request, said.NOT_BY_OIDC, 403)
        try:
            email = provider.address(trip, back(request), f"{back(request)}?{request.url.query}", entrance.now())
        except NotConfirmed:
            return failed(request, said.NOT_BY_OIDC, 403)
        except Unreachable:
            return failed(request, said.OIDC_DOWN, 502)
        with entrance.store.reading() as work:
            account = work.access.account(email)
        if account is None:
            return failed(request, said.NOT_BY_OIDC, 403)
        way = entered(entrance, request, entrance.enter(request, account, "sign in by provider"), trip.to)
        cookies.drop(request, way, COOKIE)
        return way

    return routes


def _packed(key: bytes, trip: Trip) -> str:
    said_ = urlsafe_b64encode(json.dumps([trip.state, trip.nonce, trip.verifier, trip.to]).encode()).decode()
    return f"{said_}.{hmac.new(key, said_.encode(), sha256).hexdigest()}"


def _unpacked(key: bytes, text: str) -> Trip | None:
    said_, _, signature = text.partition(".")
    right = hmac.new(key, said_.encode("utf-8", "replace"), sha256).hexdigest()
    if not said_ or not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
        return None
    return Trip(*json.loads(urlsafe_b64decode(said_)))
