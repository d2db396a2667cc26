"""What `intake run` shows in the terminal: where the desk is, a row for each letter taken in, and what is under way."""

import queue
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.status import Status

    from intake.bootstrap import House

_WIDTHS = (10, 30, 12, 9, 34, 18)
_TITLES = ("number", "organisation", "kind", "state", "missing", "reply")
_WARNINGS = frozenset({"could_not_look", "set_aside", "reply_refused", "job_failed", "not_moved", "year_not_decreed"})


@dataclass(slots=True)
class Tally:
    """What happened since the start."""

    kept: int = 0
    taken: int = 0
    sent: int = 0
    last: datetime | None = None


class Screen:
    """Rows as letters come in; on a real terminal also a status line at the bottom."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._events: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        self._tally = Tally()
        self._status: Status | None = None
        self._headed = False

    def event(self, name: str, values: dict[str, Any]) -> None:
        """Take note of an event; called from any thread."""
        self._events.put((name, values))

    def opened(self, address: str, house: "House", ways: Sequence[str] = ()) -> None:
        """Say where the desk is, how to get in (`ways`), and what is being read."""
        self._console.print(f"Desk: [bold]{address}[/bold]   (stop with Ctrl+C)")
        for one in ways:
            self._console.print(Text(one))
        for box in house.mailboxes:
            what = "built-in sandbox, no mail leaves this machine" if house.sandbox else f"{box.host}:{box.port}"
            self._console.print(f"Mailbox {box.name}: {what}, folders: {', '.join(box.folders)}")
        if house.settings.replies.dry_run:
            self._console.print("Dry run: replies are written and held in the outbox, nothing is sent.")
        if self._console.is_terminal:
            self._status = self._console.status("looking into the mailbox ...")
            self._status.start()

    def show(self, house: "House") -> None:
        """Show what has happened since the last call."""
        changed = False
        while not self._events.empty():
            name, values = self._events.get()
            changed = True
            self._note(name, values, house)
        if changed and self._status is not None:
            tally = self._tally
            waiting = max(0, tally.kept - tally.taken)
            under_way = f"{waiting} to read, " if waiting else "listening, "
            self._status.update(
                f"{under_way}{tally.kept} letters kept, {tally.taken} taken in, {tally.sent} replies sent"
            )

    def closing(self) -> None:
        """Say that the end has begun."""
        if self._status is not None:
            self._status.stop()
        self._console.print("Stopping: rounds under way are finished first ...")

    def _note(self, name: str, values: dict[str, Any], house: "House") -> None:
        if name == "kept":
            self._tally.kept += values["new"]
        elif name == "sent":
            self._tally.sent += 1
        elif name == "taken_in":
            self._tally.taken += 1
            self._rows(values, house)
        if name in _WARNINGS:
            words = ", ".join(f"{key}: {value}" for key, value in values.items())
            self._console.print(Text(f"! {name.replace('_', ' ')} - {words}", style="yellow"))

    def _rows(self, values: dict[str, Any], house: "House") -> None:
        if not self._headed:
            self._headed = True
            self._console.print(Text(_row(_TITLES), style="bold"))
        reply = values["reply"] or "none"
        if not values["tickets"]:
            because = f"recorded, {values['silence']}" if values["silence"] else "recorded"
            self._console.print(Text(_row(("-", "", values["kind"], "-", because, reply)), style="dim"))
        with house.store.reading() as work:
            tickets = [work.tickets.get(number) for number in values["tickets"]]
        for ticket in tickets:
            if ticket is not None:
                wanted = ticket.application.to_ask() if ticket.application else ()
                missing = ", ".join(name.value.replace("organization_", "").replace("admin_", "") for name in wanted)
                kind = ticket.topic or ticket.kind
                title = ticket.title or ticket.applicant_address
                self._console.print(Text(_row((ticket.number, title, kind, ticket.state, missing or "-", reply))))


def _row(cells: tuple[str, ...]) -> str:
    """Cells in columns; a long cell is cut with an ellipsis, control characters never reach the terminal."""
    shown = []
    for cell, width in zip(cells, _WIDTHS, strict=True):
        clean = "".join(one if one.isprintable() else " " for one in cell)
        shown.append(clean[: width - 1] + "…" if len(clean) > width else clean.ljust(width))
    return "  ".join(shown).rstrip()
