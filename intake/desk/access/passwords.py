"""Passwords: Argon2id through pwdlib, and which ones are too weak. The only file that knows pwdlib.

A hash takes 64 MB and about 0.1 s on purpose; only a few are reckoned at the same time, so that a crowd at the door does
not use up the machine.
"""

import secrets
import threading
import unicodedata
from functools import cache
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

SHORTEST, LONGEST = 12, 200  # code points
FEWEST_DIFFERENT: Final = 5
AT_ONCE: Final = 3
_SHORTEST_NAME: Final = 4

TOO_SHORT: Final = f"Пароль короче {SHORTEST} знаков. Удобно взять четыре случайных слова."
TOO_LONG: Final = f"Пароль длиннее {LONGEST} знаков. Возьмите короче."
TOO_PLAIN: Final = "В пароле слишком мало разных знаков. Удобно взять четыре случайных слова."
HAS_NAME: Final = "В пароле есть ваш адрес, его подберут первым. Возьмите другой."


class Passwords:
    """Makes and checks hashes; serves any thread. `hasher`: a quicker one for tests."""

    def __init__(self, hasher: PasswordHash | None = None) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._few = threading.BoundedSemaphore(AT_ONCE)
        # made before anybody asks: the first unknown address takes no longer
        self._nobody = _of_nobody() if hasher is None else self.hashed(secrets.token_urlsafe())

    def hashed(self, password: str) -> str:
        """What is stored of a password."""
        with self._few:
            return self._hasher.hash(_folded(password))

    def fits(self, password: str, stored: str) -> bool:
        """Whether it is that password. Takes as long when there is none (`stored` is "")."""
        if len(password) > LONGEST:
            password = ""
        with self._few:
            try:
                right = self._hasher.verify(_folded(password), stored or self._nobody)
            except PwdlibError:  # a hash of another make
                return False
        return right and bool(stored)


@cache
def _of_nobody() -> str:
    return PasswordHash.recommended().hash(secrets.token_urlsafe())


def complaint(password: str, email: str) -> str:
    """Why a new password is too weak, in words; "" if it is good."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    if len(set(password)) < FEWEST_DIFFERENT:
        return TOO_PLAIN
    name = email.partition("@")[0].casefold()
    if len(name) >= _SHORTEST_NAME and name in password.casefold():
        return HAS_NAME
    return ""


def _folded(password: str) -> str:
    """The same password however the keyboard composes its letters («й» as one sign or as two)."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
