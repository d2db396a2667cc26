"""Our signature in Message-IDs: which thread an answer belongs to, provably (domain.md §4 and §6).

A Message-ID of ours reads `THREAD.KINDROUND.SIGNATURE@domain`. It is the same for the same thread, kind and round, so
that a reply tried twice is one message, and it survives servers that change its case. Whoever does not hold the key
cannot make one that opens a thread. Never looks anything up: whether that thread exists is the store's knowledge.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from rules.errors import SettingsError

MIN_KEY_BYTES = 16
_SIGNATURE_LENGTH = 24  # base32 letters of 5 bits: 120 bits, out of reach for guessing
_LONGEST = 500  # code points; a longer Message-ID was not made here
_SAFE_KEY = re.compile(r"(?!z--)[a-z0-9][a-z0-9_-]{0,63}")
_ENCODED = "z--"  # before a thread key that is spelled in base32 because it would not survive a change of case
_OURS = re.compile(
    r"(?P<thread>[a-z0-9_-]{1,200})\.(?P<reply>[a-z_]{1,40}\d{1,12})\.(?P<signature>[a-z2-7]{24})@[^\s@<>]{1,255}"
)


_LINKED = re.compile(r"(?P<thread>[a-z0-9_-]{1,200})\.(?P<signature>[a-z2-7]{24})")
# a signature made for one use is worth nothing for the others
_MESSAGE_ID, _LINK, _MARK, _TAG = b"message-id\0", b"link\0", b"mark\0", b"tag\0"


class Tokens:
    """Signs with the first key and accepts all of them, so that a key can be changed without cutting threads.

    Raises `SettingsError` when there is no key or one shorter than 16 bytes.
    """

    def __init__(self, *keys: bytes) -> None:
        if not keys or any(len(key) < MIN_KEY_BYTES for key in keys):
            msg = f"the key that signs Message-IDs must have at least {MIN_KEY_BYTES} bytes; make a new one at random"
            raise SettingsError(msg)
        self._keys = keys

    def message_id(self, thread_key: str, reply_kind: str, round_: int, domain: str) -> str:
        """The Message-ID (without angle brackets) of a thread's reply of that kind and round (1, 2, …)."""
        signed = f"{_spelled(thread_key)}.{reply_kind.casefold()}{round_}"
        return f"{signed}.{_signature(self._keys[0], signed)}@{domain}"

    def thread_key_of(self, message_id: str) -> str | None:
        """The thread that a Message-ID of ours names; None if it is not ours or not signed by one of our keys."""
        if len(message_id) > _LONGEST:
            return None
        found = _OURS.fullmatch(message_id.strip(" \t\r\n<>").lower())
        if found is None:
            return None
        signed = f"{found['thread']}.{found['reply']}"
        given = found["signature"].encode("ascii")
        # Every key is tried, whatever the first one said: the time taken tells nothing.
        right = [hmac.compare_digest(_signature(key, signed).encode("ascii"), given) for key in self._keys]
        return _unspelled(found["thread"]) if any(right) else None

    def link(self, thread_key: str) -> str:
        """What a thread's personal link ends with; whoever has it may see and fill in the thread's applications."""
        spelled = _spelled(thread_key)
        return f"{spelled}.{_signature(self._keys[0], spelled, _LINK)}"

    def thread_of_link(self, token: str) -> str | None:
        """The thread that a personal link opens; None if we did not make it."""
        return self._thread_of(token, _LINK)

    def tag(self, thread_key: str) -> str:
        """What stands after the plus in a thread's own answer address («info+TAG@…»)."""
        spelled = _spelled(thread_key)
        return f"{spelled}.{_signature(self._keys[0], spelled, _TAG)}"

    def thread_of_tag(self, tag: str) -> str | None:
        """The thread that such an address belongs to; None if we did not make it."""
        return self._thread_of(tag, _TAG)

    def mark(self, text: str) -> str:
        """A signature of ours under any text: what a form or an address carries comes back unchanged or not at all."""
        return _signature(self._keys[0], text, _MARK)

    def marked(self, text: str, signature: str) -> bool:
        """Whether that is our signature under this text."""
        given = signature[:_LONGEST].lower().encode("utf-8", "replace")
        right = [hmac.compare_digest(_signature(key, text, _MARK).encode("ascii"), given) for key in self._keys]
        return any(right)

    def thread_keys(self, message_ids: Iterable[str]) -> tuple[str, ...]:
        """The threads named by our own ones among some Message-IDs, in order, each once."""
        keys = (self.thread_key_of(one) for one in message_ids)
        return tuple(dict.fromkeys(key for key in keys if key is not None))

    def _thread_of(self, token: str, use: bytes) -> str | None:
        found = _LINKED.fullmatch(token[:_LONGEST].lower())
        if found is None:
            return None
        given = found["signature"].encode("ascii")
        right = [
            hmac.compare_digest(_signature(key, found["thread"], use).encode("ascii"), given) for key in self._keys
        ]
        return _unspelled(found["thread"]) if any(right) else None


def _signature(key: bytes, signed: str, use: bytes = _MESSAGE_ID) -> str:
    digest = hmac.digest(key, use + signed.encode("utf-8", "replace"), hashlib.sha256)
    return base64.b32encode(digest).decode("ascii").lower()[:_SIGNATURE_LENGTH]


def _spelled(thread_key: str) -> str:
    if _SAFE_KEY.fullmatch(thread_key):
        return thread_key
    return _ENCODED + base64.b32encode(thread_key.encode("utf-8")).decode("ascii").rstrip("=").lower()


def _unspelled(spelled: str) -> str | None:
    if not spelled.startswith(_ENCODED):
        return spelled
    letters = spelled.removeprefix(_ENCODED).upper()
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8)).decode("utf-8")
    except ValueError:
        return None
