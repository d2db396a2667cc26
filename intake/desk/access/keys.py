"""Random secrets and what is kept of them. Only hashes of them are ever stored; the secrets go to whoever they are for."""

import hmac
import secrets
from hashlib import sha256
from typing import Final

SECRET_BYTES: Final = 32
_NONCE: Final = 16  # hexadecimal digits
_DEVICE: Final = b"desk device"


def new_secret() -> str:
    """256 random bits that can stand in a link, a cookie or a header."""
    return secrets.token_urlsafe(SECRET_BYTES)


def kept(secret: str) -> str:
    """What is stored of a secret. A plain hash is enough: nobody can try 256 random bits."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def form_token(csrf: str) -> str:
    """What a form of a session carries; another one each time, so that a compressed page does not give it away."""
    nonce = secrets.token_hex(_NONCE // 2)
    return nonce + _signed(csrf, nonce)


def form_token_fits(csrf: str, token: str) -> bool:
    """Whether the form came from a page of this very session."""
    nonce = token[:_NONCE]
    return bool(csrf) and hmac.compare_digest((nonce + _signed(csrf, nonce)).encode(), token.encode("utf-8", "replace"))


def device_mark(key: bytes, account_id: int) -> str:
    """What a browser keeps after its person has signed in there, so that strangers' tries do not slow her down."""
    nonce = secrets.token_urlsafe(SECRET_BYTES)
    return f"{nonce}.{_device(key, nonce, account_id)}"


def device_of(key: bytes, mark: str, account_id: int) -> str:
    """The name of the browser that shows this person's mark; "" for no mark or another's."""
    nonce, dot, signature = mark.partition(".")
    right = hmac.compare_digest(_device(key, nonce, account_id).encode(), signature.encode("utf-8", "replace"))
    return nonce if dot and nonce and right else ""


def _device(key: bytes, nonce: str, account_id: int) -> str:
    signed = b"\0".join((_DEVICE, str(account_id).encode(), nonce.encode("utf-8", "replace")))
    return hmac.new(key, signed, sha256).hexdigest()


def _signed(csrf: str, nonce: str) -> str:
    return hmac.new(csrf.encode(), nonce.encode("utf-8", "replace"), sha256).hexdigest()
