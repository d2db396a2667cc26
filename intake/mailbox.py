"""One IMAP connection to one mailbox: look, fetch, mark, move, wait. The only file that knows imapclient.

It hands out raw bytes and never looks into them, keeps nothing, decides nothing and marks nothing unless asked. What
goes wrong leaves it as `MailboxUnreachable` (try again) or `MailboxRefused` (a person must act), each one sentence with
mailbox, server and cure. One connection belongs to one thread. Only sizes, dates and `BODY.PEEK[...]` are ever fetched:
a server's own reading of a letter (ENVELOPE, BODYSTRUCTURE) breaks on the broken ones.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn, Self

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, ProtocolError

from intake.batches import UNKNOWN_TIME, chunks
from intake.fetching import Answers, Fetched, listed, messages
from intake.idle import hears_nothing
from intake.imap_errors import AGAIN, PARSE_ERRORS, is_dismissal, is_passing, translated, where, words_of
from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable

SEARCHED_AT_ONCE = 80_000  # UIDs in one SEARCH answer: imaplib refuses lines of more than 1,000,000 bytes
IDLE_SLICE_SECONDS = 60.0  # a lost EXISTS or a dead line is noticed after this time at the latest
GOODBYE_SECONDS = 2.0

__all__ = ["UNKNOWN_TIME", "Connection", "Fetched", "FolderState"]


@dataclass(frozen=True, slots=True)
class FolderState:
    """What the server said when the folder was opened: UIDs mean something only together with `uid_validity`."""

    uid_validity: int
    uid_next: int
    exists: int


class Connection:
    """A signed-in connection; every method may raise `MailboxUnreachable`, after which only `close()` makes sense.

    `ask`, `find`, `noop` and `give_up` are the four questions of `intake.fetching.Server`.
    """

    def __init__(self, settings: Mailbox, client: IMAPClient) -> None:
        self._settings = settings
        self._client = client
        self._alive = True
        self._folder = ""
        self._state = FolderState(0, 1, 0)

    @classmethod
    def open(cls, settings: Mailbox) -> Self:
        """Connect and sign in. Raises `MailboxUnreachable`, `MailboxRefused`, or `SettingsError` for the secret."""
        return cls(settings, _signed_in(settings))

    @property
    def has_idle(self) -> bool:
        """Whether `wait` is told of new mail by the server (the server has IDLE and the settings want it)."""
        return self._settings.idle and self._has("IDLE")

    def select(self, folder: str) -> FolderState:
        """Open a folder, for reading only where the settings allow no change (RFC 3501 §6.3.1, §6.3.2).

        Raises `MailboxRefused` if there is no such folder, naming those that there are.
        """
        try:
            with self._talk(f"opening the folder «{folder}»", "check folders in the settings"):
                answer = self._client.select_folder(folder, readonly=not self._may_change)
        except MailboxRefused as error:
            msg = f"{error} (the server's folders: {', '.join(self.folders()) or 'none'})"
            raise MailboxRefused(msg) from error
        validity = answer.get(b"UIDVALIDITY")
        if not isinstance(validity, int):
            msg = f"{where(self._settings)} gives no UIDVALIDITY for «{folder}», so its messages cannot be told apart; read another folder"
            raise MailboxRefused(msg)
        self._folder = folder
        self._state = FolderState(validity, answer.get(b"UIDNEXT") or self._next_uid(), answer.get(b"EXISTS") or 0)
        return self._state

    def folders(self) -> list[str]:
        """The names of all folders, as `select` and the settings take them."""
        with self._talk("listing the folders"):
            return sorted(str(name) for _flags, _separator, name in self._client.list_folders())

    def new_uids(self, after_uid: int) -> list[int]:
        """The UIDs above `after_uid` in the selected folder, ascending."""
        self.noop()  # a server may search in what it last told us, and tells of new mail only after a command
        first = after_uid + 1
        found: list[int] = []
        if self._state.exists > SEARCHED_AT_ONCE:
            while first + SEARCHED_AT_ONCE <= self._state.uid_next:
                found += self.find("UID", f"{first}:{first + SEARCHED_AT_ONCE - 1}")
                first += SEARCHED_AT_ONCE
        found += self.find("UID", f"{first}:*")
        # n:* always names the last message too, even where its UID is below n (RFC 3501 §6.4.8)
        return sorted({uid for uid in found if uid > after_uid})

    def uids_since(self, day: date) -> list[int]:
        """The UIDs whose INTERNALDATE, as the server writes it, lies on that day or later, ascending.

        The server's day begins at midnight of its own zone: ask for the day before and look at `received_dates`.
        """
        return sorted(set(self.find("SINCE", day)))

    def received_dates(self, uids: Iterable[int]) -> dict[int, datetime]:
        """INTERNALDATE in UTC by UID; messages that are gone are left out."""
        return {one.uid: one.received_at for chunk in chunks(uids) for one in listed(self, chunk)}

    def fetch(self, uids: Iterable[int], max_bytes: int) -> Iterator[list[Fetched]]:
        """The messages in ascending order, in batches of at most 50 messages and about 4 MB; no flag is changed.

        A message larger than `max_bytes` comes with its headers only; one that is gone is left out; one whose text the
        server refuses twice comes with empty `raw`, and the others come all the same.
        """
        return messages(self, uids, max_bytes)

    def mark_seen(self, uids: Iterable[int]) -> None:
        """Set the flag Seen; does nothing where the settings allow no change."""
        if not self._may_change:
            return
        for chunk in chunks(uids):
            with self._talk("marking messages as read", 'set after = "leave" if this user may not mark'):
                self._client.add_flags(chunk, [SEEN], silent=True)

    def move(self, uids: Iterable[int], folder: str) -> list[int]:
        """Move messages to another folder, which is created when it is missing; returns the UIDs that stayed.

        All stay where the settings allow no change, and where the server has neither MOVE (RFC 6851) nor UIDPLUS
        (RFC 4315): a plain EXPUNGE would take away what somebody else has marked as deleted.
        """
        if not self._may_change or not (self._has("MOVE") or self._has("UIDPLUS")):
            return sorted(set(uids))
        for chunk in chunks(uids):
            self._into(folder, lambda chunk=chunk: self._move_chunk(chunk, folder))  # type: ignore[misc]
        return []

    def append(self, folder: str, raw: bytes, when: datetime) -> bool:
        """Put a copy of a sent message into a folder, marked as read; the folder is created when it is missing.

        False if the settings allow no change in this mailbox.
        """
        if self._settings.read_only:
            return False
        self._into(folder, lambda: self._client.append(folder, raw, [SEEN], when))
        return True

    def wait(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait until something may have happened: always look with `new_uids` afterwards.

        With IDLE at most a minute: what the server says can be lost in a buffer, and only the end of IDLE proves that
        the line is alive. Without IDLE the whole `seconds`, then a NOOP. `stop` is asked twice a second; False if it
        said so. Raises `MailboxUnreachable` as soon as the connection proves dead.
        """
        idle = self.has_idle
        with self._talk("waiting for mail"):
            if idle:
                self._client.idle()
            told = idle and self._told_already()
            span = min(seconds, IDLE_SLICE_SECONDS) if idle else seconds
            stopped = not told and hears_nothing(self._client.socket(), span, stop)
            if not stopped:
                self._end_wait(idle=idle)
                return True
        with contextlib.suppress(MailboxUnreachable), self._talk("stopping to wait"):
            self._client.socket().settimeout(min(GOODBYE_SECONDS, self._settings.timeout_seconds))
            self._end_wait(idle=idle)
            self._client.socket().settimeout(self._settings.timeout_seconds)
        return False

    def _told_already(self) -> bool:
        """Whether the server's first word came in one piece with the start of IDLE and lies in imaplib's buffer."""
        line = self._client.socket()
        line.settimeout(0)
        try:
            with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
                return bool(self._client._imap.file.peek(1))  # noqa: SLF001 - there is no public way to this buffer
        finally:
            line.settimeout(self._settings.timeout_seconds)
        return False

    def noop(self) -> None:
        """Prove that the connection is alive."""
        with self._talk("asking for a sign of life"):
            self._client.noop()

    def close(self) -> None:
        """Sign out if the connection is alive, else just drop it. Never raises."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error, *PARSE_ERRORS):
            if self._alive:
                self._client.socket().settimeout(min(GOODBYE_SECONDS, self._settings.timeout_seconds))
                self._client.logout()
        with contextlib.suppress(OSError, imaplib.IMAP4.error, *PARSE_ERRORS):
            self._client.shutdown()
        self._alive = False

    def ask(self, uids: list[int], *items: str) -> Answers | None:
        """FETCH of those items by UID; None if the server refuses it for one of the messages."""
        with self._talk("fetching messages"):
            try:
                return self._client.fetch(uids, items)  # type: ignore[no-any-return]
            except imaplib.IMAP4.abort as error:
                if not is_dismissal(error):
                    raise
            except (ProtocolError, *PARSE_ERRORS):
                return None
            except imaplib.IMAP4.error as error:
                if is_passing(error):
                    raise
                return None
        self._reopen()
        return None

    def find(self, *criteria: object) -> list[int]:
        """SEARCH in the selected folder: the UIDs found."""
        with self._talk("searching"):
            return [int(uid) for uid in self._client.search(list(criteria))]

    def give_up(self, what: str) -> NoReturn:
        """Raise `MailboxUnreachable` for a server that does not do its work."""
        self._alive = False
        msg = f"{where(self._settings)} {what}; {AGAIN}"
        raise MailboxUnreachable(msg)

    @property
    def _may_change(self) -> bool:
        return not self._settings.read_only and self._settings.after != "leave"

    def _has(self, capability: str) -> bool:
        with self._talk("asking what the server can do"):
            return bool(self._client.has_capability(capability))

    @contextlib.contextmanager
    def _talk(self, doing: str, cure: str = "") -> Iterator[None]:
        try:
            with translated(self._settings, doing, cure):
                yield
        except MailboxUnreachable:
            self._alive = False
            raise

    def _next_uid(self) -> int:
        """For a server that keeps UIDNEXT to itself (RFC 3501 §6.3.1 allows it)."""
        return max(self.find("UID", "*"), default=0) + 1

    def _reopen(self) -> None:
        """A new line after the server hung up over a message, as Dovecot does when it cannot read one."""
        self.close()
        self._client = _signed_in(self._settings)
        self._alive = True
        before = self._state.uid_validity
        if self.select(self._folder).uid_validity != before:
            self.give_up(f"numbered «{self._folder}» anew while it was being read")

    def _into(self, folder: str, step: Callable[[], object]) -> None:
        """Do something that needs the folder; where that fails, create the folder and do it again."""
        doing, cure = f"writing to the folder «{folder}»", "create the folder, or correct its name in the settings"
        try:
            with self._talk(doing, cure):
                step()
        except MailboxRefused:
            if folder in self.folders():
                raise
            with self._talk(f"creating the folder «{folder}»", cure):
                self._client.create_folder(folder)
                self._client.subscribe_folder(folder)
            with self._talk(doing, cure):
                step()

    def _move_chunk(self, uids: list[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.add_flags(uids, [rb"\Deleted"], silent=True)
        self._client.uid_expunge(uids)

    def _end_wait(self, *, idle: bool) -> None:
        if idle:
            self._client.idle_done()
        else:
            self._client.noop()


def _signed_in(settings: Mailbox) -> IMAPClient:
    secret = settings.secret()
    with translated(settings, "connecting", "check host, port and security in the settings"):
        client = _connected(settings)
    try:
        if settings.security == "starttls":
            with translated(settings, "starting TLS", 'the server may want security = "tls" (port 993)'):
                client.starttls(_context(settings))
        way = "password_env or password_file" if settings.auth == "password" else "token_command"
        with translated(
            settings, f"signing in as {settings.user or 'nobody'}", f"check user and {way} in the settings"
        ):
            _sign_in(client, settings, secret)
    except BaseException:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.shutdown()
        raise
    return client


def _connected(settings: Mailbox) -> IMAPClient:
    tls = settings.security == "tls"
    timeout = SocketTimeout(settings.timeout_seconds, settings.timeout_seconds)
    try:
        client = IMAPClient(
            settings.host, settings.port, ssl=tls, ssl_context=_context(settings) if tls else None, timeout=timeout
        )
    except (imaplib.IMAP4.error, *PARSE_ERRORS) as error:
        if isinstance(error, ssl.SSLError | imaplib.IMAP4.abort | UnicodeError):
            raise
        raise imaplib.IMAP4.abort(words_of(error)) from error  # a greeting that sends us away is no lasting refusal
    client.normalise_times = False  # keep the zone of INTERNALDATE
    # imapclient puts every letter, as repr, before a logger that nobody reads: a secret told and half of the time lost
    client._imap.debug = 0  # noqa: SLF001 - there is no public switch
    line = client.socket()
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return client


def _context(settings: Mailbox) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file or None)
    except OSError as error:
        msg = f"{where(settings)}: the certificate file {settings.ca_file} (ca_file) cannot be used: {words_of(error)}; name a readable PEM file"
        raise MailboxRefused(msg) from error


def _sign_in(client: IMAPClient, settings: Mailbox, secret: str) -> None:
    user = settings.user
    if settings.auth != "password":
        mechanism = settings.auth.upper()
        if not client.has_capability(f"AUTH={mechanism}"):
            msg = f"the server does not offer {mechanism}"
            raise CapabilityError(msg)
        client.sasl_login(mechanism, _token_answers(mechanism, user, secret))
    elif re.fullmatch(r"[\w.@+-]+", user, re.ASCII) and secret.isascii() and secret.isprintable():
        client.login(user, secret)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, secret)  # LOGIN can carry neither Cyrillic nor quotes safely
    else:
        msg = "the user or password has characters that this server cannot take"
        raise CapabilityError(msg)


def _token_answers(mechanism: str, user: str, token: str) -> Callable[[bytes], str]:
    """The client's side of XOAUTH2 and OAUTHBEARER (RFC 7628 §3): the token, then the empty answer to an error."""
    identity = user.replace("=", "=3D").replace(",", "=2C")
    first = f"user={user}" if mechanism == "XOAUTH2" else f"n,a={identity},"
    last = "" if mechanism == "XOAUTH2" else "\1"

    def answer(challenge: bytes) -> str:
        return last if challenge else f"{first}\1auth=Bearer {token}\1\1"

    return answer
