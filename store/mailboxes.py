"""How far each folder has been read, and whether its mailbox could be read at all.

"Could not look" is a state of its own, never to be taken for "no mail".
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from store import tables
from store.messages import move_bookmark
from store.records import Bookmark, MailboxState
from store.upsert import insert_into

_state, _mark = tables.mailbox_state.c, tables.bookmark.c


class Mailboxes:
    """The repository of mailboxes, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bookmark(self, mailbox: str, folder: str) -> Bookmark | None:
        """How far that folder has been read; None before the first look."""
        row = self._connection.execute(
            select(tables.bookmark).where(_mark.mailbox == mailbox, _mark.folder == folder)
        ).first()
        if row is None:
            return None
        return Bookmark(
            mailbox=mailbox, folder=folder, uid_validity=row.uid_validity, last_uid=row.last_uid, since=row.since
        )

    def set_bookmark(self, bookmark: Bookmark) -> None:
        """Write a bookmark; within one UIDVALIDITY it only moves forward."""
        move_bookmark(self._connection, bookmark)

    def looked(self, mailbox: str, now: datetime) -> None:
        """The mailbox was read without an error."""
        self._write(
            {"mailbox": mailbox, "last_good_look": now, "error": "", "error_since": None, "failures": 0},
            {"last_good_look": now, "error": "", "error_since": None, "failures": 0},
        )

    def could_not_look(self, mailbox: str, error: str, now: datetime) -> None:
        """The mailbox could not be read; `error_since` stays that of the first failure in a row."""
        self._write(
            {"mailbox": mailbox, "last_good_look": None, "error": error, "error_since": now, "failures": 1},
            {
                "error": error,
                "error_since": func.coalesce(_state.error_since, now),
                "failures": _state.failures + 1,
            },
        )

    def states(self) -> list[MailboxState]:
        """All mailboxes ever looked into, by name."""
        rows = self._connection.execute(select(tables.mailbox_state).order_by(_state.mailbox))
        return [
            MailboxState(
                mailbox=row.mailbox,
                last_good_look=row.last_good_look,
                error=row.error,
                error_since=row.error_since,
                failures=row.failures,
            )
            for row in rows
        ]

    def _write(self, fresh: dict[str, Any], change: dict[str, Any]) -> None:
        self._connection.execute(
            insert_into(self._connection.dialect.name, tables.mailbox_state)
            .values(fresh)
            .on_conflict_do_update(index_elements=[_state.mailbox], set_=change)
        )
