"""What one e-mail says, as frozen values: `Message`, `Part`, `Stretch`, `Table`, `Attachment`, `Address`.

All text is Unicode; all offsets count code points of the part's `text`, which is also what the desk shows, so that a
value's source can be marked in it. Made by `intake.parsing`, read by everybody else; no I/O here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Zone(StrEnum):
    """Which voice a stretch of a part's text has."""

    OWN = "own"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    LETTERHEAD = "letterhead"
    STRUCK = "struck"  # shown, but taken back by the writer (<s>, <del>)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of a part's text with one voice: `start <= offset < end`.

    `depth` is the level of quotation (0 = the writer's own text). `writer` is the attribution of a quotation as
    written («Поддержка Сферум <info@sferum.ru>»), "" if unknown. `forward` marks a quotation that was passed on as a
    whole («Пересылаемое сообщение»), whose inside may be the application itself.
    """

    start: int
    end: int
    zone: Zone
    depth: int = 0
    writer: str = ""
    forward: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell: its place in the part's text and in the grid (spans in rows and columns)."""

    start: int
    end: int
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the part's text; cells in reading order. In the text a row is one line, cells are joined by « | »."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One readable text of a message.

    `name`: `body` (text/plain), `html` (text made from text/html), `subject`, `attachment:NAME`, a second one of that
    name `attachment:NAME#2`. `stretches` cover the text without gaps or overlap, in order. `twin` names the part that
    says the same in another form (the plain twin of an HTML body): a reader looks at only one of the two. `guessed`: its
    text was guessed from a picture, so that no value in it is beyond doubt.
    """

    name: str
    text: str
    stretches: tuple[Stretch, ...] = ()
    tables: tuple[Table, ...] = ()
    twin: str = ""
    guessed: bool = False

    def zone_at(self, offset: int) -> Zone:
        """The zone of one offset; `own` where nothing is known."""
        return next((s.zone for s in self.stretches if s.start <= offset < s.end), Zone.OWN)


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header: display name as shown, address as written (may be "")."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The address for comparison: case folded, without surrounding white space."""
        return self.address.strip().casefold()

    @property
    def domain(self) -> str:
        """What stands after the last @, case folded; "" if there is none."""
        return self.key.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the message, listed: its bytes stay in the raw message.

    `name` is safe to show and to save (no path, no control or direction-changing characters, never empty);
    `content_type` is what the sender declared; `sha256` hex of the decoded bytes; `inline` if shown in the text;
    `note` says why its text could not be read ("" = read, or nothing to read).
    """

    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a bounce says (RFC 3464 or recognised text): the failed address, status, words, our Message-ID if named.

    `action` is `failed`, `delayed`, `delivered`, `relayed`, `expanded` or "" (RFC 3464 §2.3.3).
    """

    recipient: str
    action: str
    status: str
    diagnostic: str
    original_message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One e-mail, decoded. Never incomplete: what was broken is repaired or empty, and named in `defects`.

    `message_id`, `in_reply_to`, `references` come without angle brackets. `return_path` is None if the header is
    absent and "" for the null sender `<>`. `date` is the Date header, `received` the topmost Received line (both
    aware, both untrusted). `headers` are all of them in order, names lower-cased, values decoded to one line.
    `report` is set for delivery reports. `unreadable` says that not even a text or a header could be made out.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    return_path: str | None = None
    date: datetime | None = None
    received: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain"
    parts: tuple[Part, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    report: DeliveryReport | None = None
    defects: tuple[str, ...] = ()
    size: int = 0
    unreadable: bool = False

    def header(self, name: str) -> str:
        """The first header of that name (lower case), "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def header_all(self, name: str) -> Iterator[str]:
        """All headers of that name (lower case), in order."""
        return (value for key, value in self.headers if key == name)

    def part(self, name: str) -> Part | None:
        """The part of that name, None if there is none."""
        return next((part for part in self.parts if part.name == name), None)

    def read_parts(self) -> Iterator[Part]:
        """The parts a reader looks at: each text once, twins left out, the subject not among them."""
        return (part for part in self.parts if not part.twin and part.name != "subject")
