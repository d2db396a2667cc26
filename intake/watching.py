"""One folder of one mailbox: looking for new messages, keeping them, then letting the server mark or move them.

Keep first: raw bytes and bookmark are committed before the server is told anything, and "could not look" is remembered
as such, never taken for "no mail". Knows no IMAP commands (that is `intake.mailbox`) and reads no message.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from intake.events import Events
from intake.mailbox import UNKNOWN_TIME, Connection, Fetched, FolderState
from intake.settings import Mailbox
from rules.errors import IntakeError, SettingsError
from store.records import Bookmark, RawMessage
from store.unit_of_work import Store

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds between tries after errors
IDLE_SLICE = 55.0  # seconds; RFC 2177 allows 29 minutes, dead connections must be noticed sooner
MARK_BATCH = 200
LONGEST_SILENCE = 1500.0  # seconds


class Watcher:
    """Looks into one folder, round after round, over a kept connection. `sent`: what lies there was sent by our people."""

    def __init__(
        self,
        mailbox: Mailbox,
        folder: str,
        *,
        store: Store,
        events: Events,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        ring: Callable[[], None] = lambda: None,
        sent: bool = False,
    ) -> None:
        self.mailbox, self.folder, self.sent = mailbox, folder, sent
        self._state_name = sent_name(mailbox.name, folder) if sent else mailbox.name
        self._store, self._events, self._zone, self._now, self._ring = store, events, zone, now, ring
        self._connection: Connection | None = None
        self._failures = 0
        self.has_looked = False  # whether the folder was read at least once by this process
        self._not_before: datetime | None = None

    def round(self, stop: threading.Event | None = None) -> int:
        """Look once; with `stop`, go on looking as long as IDLE lasts, until it is set. Returns how many were kept.

        Errors of the mailbox end the round; they are kept as the mailbox's state and lengthen the pause to the next.
        """
        if self._must_wait():
            return 0
        kept = 0
        try:
            kept += self._look_until_quiet()
            while stop is not None and not stop.is_set() and self._may_idle():
                self._open().wait(IDLE_SLICE, stop.is_set)
                if not stop.is_set():
                    kept += self._look_until_quiet()
        except IntakeError as error:
            self._could_not_look(error)
            return kept
        except BaseException:
            self.close()  # nobody knows what state the connection is in; the next round opens another one
            raise
        if self.mailbox.poll_seconds > LONGEST_SILENCE:
            self.close()  # servers hang up after half an hour of silence (RFC 3501 §5.4)
        self._not_before = None if stop is None else self._now() + timedelta(seconds=self.mailbox.poll_seconds)
        return kept

    def _must_wait(self) -> bool:
        """Whether the next look is still ahead; not where a clock that was set back makes it seem so."""
        if self._not_before is None:
            return False
        longest = max(self.mailbox.poll_seconds, 2 * LONGEST_PAUSE)
        return timedelta() < self._not_before - self._now() <= timedelta(seconds=longest)

    @property
    def failing(self) -> bool:
        """Whether the last look failed."""
        return self._failures > 0

    def close(self) -> None:
        """Leave the server."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = Connection.open(self.mailbox)
        return self._connection

    def _may_idle(self) -> bool:
        return self._open().has_idle

    def _look_until_quiet(self) -> int:
        """Look until a look finds nothing: what a server announces while we fetch or mark is not announced in IDLE."""
        kept, seen = 0, 1
        while seen:
            new, seen = self._look()
            kept += new
        return kept

    def _look(self) -> tuple[int, int]:
        """One look: how many messages were newly kept, and how many were new to the bookmark."""
        connection = self._open()
        state = connection.select(self.folder)
        self._settle(connection, state)
        bookmark = self._bookmark(connection, state)
        uids = self._new_uids(connection, bookmark)
        kept = sum(self._keep(batch, bookmark) for batch in connection.fetch(uids, self.mailbox.max_bytes))
        with self._store.writing() as work:
            work.mailboxes.looked(self._state_name, self._now())
        self._settle(connection, state)
        self._failures = 0
        self.has_looked = True
        self._events.looked(self.mailbox.name, self.folder, len(uids))
        return kept, len(uids)

    def _bookmark(self, connection: Connection, state: FolderState) -> Bookmark:
        """Where we are in this folder; set at the first look, begun anew when UIDVALIDITY has changed (RFC 9051)."""
        with self._store.reading() as work:
            known = work.mailboxes.bookmark(self.mailbox.name, self.folder)
        if known and known.uid_validity == state.uid_validity:
            return known
        mark = (
            replace(known, uid_validity=state.uid_validity, last_uid=0)
            if known
            else first_bookmark(self.mailbox, self.folder, connection, state, self._zone)
        )
        with self._store.writing() as work:
            work.mailboxes.set_bookmark(mark)
        return mark

    def _new_uids(self, connection: Connection, bookmark: Bookmark) -> list[int]:
        """UIDs after the bookmark, none that arrived before its cut-off."""
        uids = connection.new_uids(bookmark.last_uid)
        if not uids or bookmark.since is None or bookmark.last_uid:
            return uids
        dates = connection.received_dates(uids)
        return [uid for uid in uids if uid in dates and (dates[uid] > bookmark.since or dates[uid] == UNKNOWN_TIME)]

    def _keep(self, batch: list[Fetched], bookmark: Bookmark) -> int:
        self._events.fetched(self.mailbox.name, self.folder, len(batch))
        raws = [
            RawMessage(
                mailbox=self.mailbox.name,
                folder=self.folder,
                uid_validity=bookmark.uid_validity,
                uid=one.uid,
                received_at=one.received_at,
                kept_at=self._now(),
                size=one.size,
                content=one.raw,
                oversized=one.oversized,
                sent=self.sent,
            )
            for one in batch
        ]
        with self._store.writing(durable=True) as work:  # the server may delete what we say we have
            done = work.messages.keep(raws, replace(bookmark, last_uid=max(one.uid for one in batch)))
        self._events.kept(self.mailbox.name, self.folder, done.new, done.duplicates)
        if done.new:
            self._ring()
        return done.new

    def _settle(self, connection: Connection, state: FolderState) -> None:
        """Mark or move what is kept and not yet marked, also what a crash left over."""
        if self.mailbox.read_only or self.mailbox.after == "leave":
            return
        while True:
            with self._store.reading() as work:
                left = work.messages.unmarked(self.mailbox.name, self.folder, state.uid_validity, MARK_BATCH)
            if not left:
                return
            self._tell(connection, [uid for _, uid in left])
            with self._store.writing() as work:
                work.messages.mark([row for row, _ in left])
            self._events.marked(self.mailbox.name, self.folder, len(left))

    def _tell(self, connection: Connection, uids: list[int]) -> None:
        connection.mark_seen(uids)
        if self.mailbox.after == "move":
            stayed = connection.move(uids, self.mailbox.move_to)
            if stayed:
                self._events.not_moved(self.mailbox.name, self.folder, len(stayed))

    def _could_not_look(self, error: IntakeError) -> None:
        self.close()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures) * (1 + random.random() / 4)  # noqa: S311 - jitter
        self._failures = min(self._failures + 1, 20)
        self._not_before = self._now() + timedelta(seconds=pause)
        words = str(error) if not isinstance(error, SettingsError) else f"mailbox {self.mailbox.name}: {error}"
        with self._store.writing() as work:
            work.mailboxes.could_not_look(self._state_name, words, self._now())
        self._events.could_not_look(self.mailbox.name, words, pause)


def as_sent(mailbox: Mailbox) -> Mailbox:
    """The settings with which its Sent folder is read: nothing in it is ever changed, and what lies there is old."""
    return mailbox.model_copy(update={"after": "leave", "since": "now"})


def sent_name(mailbox: str, folder: str) -> str:
    """Under which name the state of a Sent folder is kept: the mailbox is not well only because that one is."""
    return f"{mailbox}: {folder}"


def first_bookmark(
    mailbox: Mailbox, folder: str, connection: Connection, state: FolderState, zone: ZoneInfo
) -> Bookmark:
    """Where reading begins at the very first look, by the setting `since`.

    The cut-off is kept, so that a later UIDVALIDITY change does not turn old letters into new ones; with "now" it is
    the arrival of the newest letter already there, by the server's own clock.
    """
    fresh = Bookmark(mailbox=mailbox.name, folder=folder, uid_validity=state.uid_validity, last_uid=0, since=None)
    if mailbox.since == "all":
        return fresh
    if isinstance(mailbox.since, date):
        start = datetime.combine(mailbox.since, datetime.min.time(), zone).astimezone(UTC)
        return replace(fresh, since=start - timedelta(microseconds=1))
    there = connection.new_uids(0)
    if not there:
        return fresh
    newest = connection.received_dates(there[-1:]).get(there[-1])
    return replace(fresh, last_uid=there[-1], since=newest)
