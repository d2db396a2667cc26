"""What the pages are given: store, clock, words, templates. Made once by `make_app`, handed to each page.

Nothing here asks a question of its own; no page reaches past this.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from intake.desk import words
from intake.desk.access.gate import Gate, me_of
from intake.settings import Desk
from rules.fields_words import Words
from rules.message import Message
from store.unit_of_work import Store

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "desk"
STYLE: Final = "desk.css"


class View:
    """The templates of the desk. Everything is escaped; an unknown name in a template is an error, not a blank."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime], desk: Desk, sandbox: bool) -> None:
        self.style = (folder / STYLE).read_bytes()
        self._now, self._zone = now, desk.zone
        self._pages = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._pages.globals.update(
            desk_name=desk.name,
            desk_address=desk.address,
            sandbox=sandbox,
            style_version=sha256(self.style).hexdigest()[:12],
        )
        self._pages.filters.update(
            moment=lambda when: words.moment(when, self._now(), self._zone),
            exactly=lambda when: words.exactly(when, self._zone),
            iso=lambda when: when.astimezone(self._zone).isoformat(timespec="seconds"),
            size=words.size,
            counted=words.counted,
        )

    def page(self, template: str, /, *, request: Request, status: int = 200, **values: object) -> HTMLResponse:
        """A template of that name, filled in; `me` in it is who asks, None when nobody is signed in."""
        shown = self._pages.get_template(template).render(me=me_of(request), **values)
        return HTMLResponse(shown, status_code=status)


@dataclass(frozen=True, slots=True)
class Deps:
    """The pages' surroundings.

    `read_letter` makes a message of raw bytes (never raises); `drop` puts a raw letter into the sandbox mailbox, None
    outside the sandbox; `words` is the list of Russian words that replies use too; `gate` knows whether a form is our own.
    """

    store: Store
    desk: Desk
    now: Callable[[], datetime]
    drop: Callable[[bytes], None] | None
    read_letter: Callable[[bytes], Message]
    words: Words
    view: View
    gate: Gate
