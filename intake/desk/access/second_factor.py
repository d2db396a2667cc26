"""The second factor: codes that change every 30 seconds (RFC 6238), their QR picture, recovery codes.

The only file that knows pyotp and segno.
"""

import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno

from intake.desk.access.keys import kept

STEP_SECONDS: Final = 30
AROUND: Final = 1  # steps before and after now that are taken too: clocks of telephones differ
CODES: Final = 10
ISSUER: Final = "Обращения «Сферум»"
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without l, i, o, 0, 1, which look alike
_CODE_LENGTH, _GROUP = 16, 4  # 79 bits
_SECRET: Final = re.compile(r"[A-Z2-7]{32}")
_SIX: Final = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """A secret that the desk and the telephone share."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether it has the form of such a secret."""
    return bool(_SECRET.fullmatch(text))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None if it is none of now. Each step counts once: the caller remembers it."""
    digits = "".join(code.split())
    if not _SIX.fullmatch(digits):
        return None
    codes, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for one in range(step - AROUND, step + AROUND + 1):
        if hmac.compare_digest(codes.at(one * STEP_SECONDS), digits):
            return one
    return None


def picture(secret: str, email: str) -> str:
    """The secret as a QR picture: SVG to stand in a page. Dark on light in every theme, or cameras cannot read it."""
    link = pyotp.TOTP(secret, name=email, issuer=ISSUER).provisioning_uri()
    return segno.make(link, micro=False).svg_inline(
        border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )


def grouped(secret: str) -> str:
    """The secret as a person types it: in groups of four."""
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def recovery_codes() -> tuple[str, ...]:
    """Ten fresh codes, each for one sign-in without the telephone."""
    return tuple(_code() for _ in range(CODES))


def kept_code(code: str) -> str:
    """What is stored of a recovery code, however it is typed."""
    return kept("".join(one for one in code.casefold() if one.isalnum()))


def _code() -> str:
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(signs[start : start + _GROUP] for start in range(0, _CODE_LENGTH, _GROUP))
