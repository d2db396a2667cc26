"""The wiring: the only reader of `Settings`, the only place that knows everyone.

Everything is made here once and handed on as values; `now` is handed out here too, so that nobody else asks a clock.
Imports are late where a command does not need them: start time is a feature.
"""

import gc
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from intake.events import Events
from intake.settings import Mailbox, Settings, Smtp
from rules.errors import DatabaseUnusable, SettingsError

if TYPE_CHECKING:
    from intake.attachments import Extractor
    from intake.casework import Casework
    from intake.jobs import Rounds
    from intake.notices import Noticer
    from intake.pipeline import Intake
    from intake.replying import Replier
    from intake.sandbox import Sandbox
    from intake.sending import Postman
    from intake.timers import Timers
    from intake.watching import Watcher
    from intake.webhook import Teller
    from rules.book import RuleBook
    from rules.calendar import WorkingCalendar
    from rules.case import Conduct
    from store.records import ReplyRecord
    from store.unit_of_work import Store

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "rules" / "data"
TEMPLATES = ROOT / "templates"
SAMPLES = Path(__file__).resolve().parent / "samples"
KEY_BYTES = 32
LOOK_SECONDS = 3600.0  # a mailbox read within this time has been read: answers in it are known


def system_now() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


def rule_book() -> "RuleBook":
    """The rules' data, loaded from `rules/data/`."""
    from rules.book import RuleBook  # noqa: PLC0415 - commands that read no letters need no gazetteer

    book = RuleBook.load(RULES)
    gc.freeze()  # the gazetteer lives as long as the process: the collector need not walk it again and again
    return book


class House:
    """The wired product for one settings file; each part is made when first asked for, once."""

    def __init__(self, settings: Settings, events: Events, now: Callable[[], datetime] = system_now) -> None:
        self.settings, self.events, self.now = settings, events, now
        self.sandbox: Sandbox | None = None
        self.port = 0  # on which the pages are served in fact; 0 before they are

    # --- servers
    def start_sandbox(self) -> None:
        """Start the built-in mail servers, if the settings ask for them."""
        if not self.settings.sandbox.enabled or self.sandbox is not None:
            return
        try:
            from intake.sandbox import Sandbox  # noqa: PLC0415 - an optional part of the product
        except ImportError as error:
            msg = "sandbox.enabled = true needs the extra `sandbox`; install it with: pip install -r requirements.lock"
            raise SettingsError(msg) from error
        self.sandbox = Sandbox()
        self.sandbox.start(self.settings.desk.address)

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The mailboxes to read: the settings', or the sandbox's own."""
        return (self.sandbox.mailbox(),) if self.sandbox is not None else self.settings.mailbox

    @property
    def smtp(self) -> Smtp | None:
        """The server for replies; None when none is set (dry run)."""
        if self.sandbox is None:
            return self.settings.smtp
        return self.sandbox.smtp().model_copy(update={"per_minute": 6_000, "per_day": 1_000_000})

    # --- floors
    @cached_property
    def store(self) -> "Store":
        """The database, migrated to this version's schema."""
        from store.engine import open_engine  # noqa: PLC0415 - 0.7 s that `read` need not pay
        from store.schema import is_current, migrate  # noqa: PLC0415
        from store.unit_of_work import Store  # noqa: PLC0415

        engine = open_engine(self.settings.database_url, self.settings.database.secret())
        if not is_current(engine):
            migrate(engine)
        return Store(engine)

    @cached_property
    def ours(self) -> frozenset[str]:
        """The case folded addresses of our desk."""
        named = [self.settings.desk.address, *(box.address or box.user for box in self.mailboxes)]
        return frozenset(one.strip().casefold() for one in named if "@" in one)

    @cached_property
    def extractor(self) -> "Extractor":
        """What reads attachments; its worker starts with the first file."""
        from intake.attachments import Extractor, recogniser  # noqa: PLC0415

        if not self.settings.attachments.recognise:
            return Extractor()
        command = recogniser()
        if not command:
            msg = (
                "attachments.recognise = true needs the program tesseract with the language rus on the PATH; install "
                "tesseract-ocr and tesseract-ocr-rus, or set it to false"
            )
            raise SettingsError(msg)
        return Extractor(recognise=command)

    @cached_property
    def book(self) -> "RuleBook":
        """The rules' data."""
        return rule_book()

    @cached_property
    def replier(self) -> "Replier":
        """What composes replies; making it tries every template."""
        from intake.compose import Composer  # noqa: PLC0415
        from intake.replying import Replier  # noqa: PLC0415
        from intake.tokens import Tokens  # noqa: PLC0415

        tokens = Tokens(signing_key(self.settings.key_file))
        composer = Composer(TEMPLATES / "replies", self.book.words, self.settings.desk.zone)
        composer.articles.require(self.book.judging.articles.names)

        def link(thread_key: str) -> str:
            return f"{self.site}/p/{tokens.link(thread_key)}" if self.site else ""

        return Replier(composer, tokens, self.settings.desk, link)

    @property
    def site(self) -> str:
        """The address under which applicants reach their page, without a slash at its end; "" when there is none."""
        if self.settings.desk.public_url:
            return self.settings.desk.public_url.rstrip("/")
        port = self.port or self.settings.desk.port
        return f"http://127.0.0.1:{port}" if self.sandbox is not None else ""

    @cached_property
    def calendar(self) -> "WorkingCalendar":
        """The working days, in the desk's zone."""
        from rules.calendar import WorkingCalendar  # noqa: PLC0415

        own = self.settings.calendar
        return WorkingCalendar(self.settings.desk.zone, own.days_off, own.working_days)

    def undecreed_years(self) -> tuple[int, ...]:
        """Of this year and the next in the desk's zone those whose transferred days are not known."""
        year = self.now().astimezone(self.settings.desk.zone).year
        return tuple(one for one in (year, year + 1) if not self.calendar.decreed(one))

    @cached_property
    def conduct(self) -> "Conduct":
        """How the desk was told to behave."""
        from rules.case import Conduct  # noqa: PLC0415
        from rules.judgement import ReplyKind  # noqa: PLC0415

        replies = self.settings.replies
        return Conduct(
            replies_per_address_per_day=replies.per_address_per_day,
            replies_per_domain_per_day=replies.per_domain_per_day,
            public_domains=public_domains(RULES / "public_mail.txt"),
            ask=frozenset(kind for kind in ReplyKind if replies.dry_run or replies.asks(kind)),
        )

    @cached_property
    def noticer(self) -> "Noticer":
        """What composes letters to our own people."""
        from intake.notices import Noticer  # noqa: PLC0415

        replier = self.replier
        return Noticer(TEMPLATES / "notices", self.book.words, self.settings.desk, replier.tokens)

    @cached_property
    def casework(self) -> "Casework":
        """What people do with tickets."""
        from intake.casework import Casework  # noqa: PLC0415
        from rules.case import WAITS_FOR_YES  # noqa: PLC0415

        return Casework(
            store=self.store,
            replier=self.replier,
            book=self.book,
            calendar=self.calendar,
            hours=self.settings.sla.hours,
            ours=self.ours,
            now=self.now,
            tells=bool(self.settings.webhook.url),
            held=WAITS_FOR_YES if self.settings.replies.dry_run else "",
        )

    @cached_property
    def timers(self) -> "Timers":
        """The clock's rounds."""
        from intake.timers import Timers  # noqa: PLC0415
        from intake.watching import sent_name  # noqa: PLC0415
        from rules.waiting import Patience  # noqa: PLC0415

        settings = self.settings
        return Timers(
            cases=self.casework,
            conduct=self.conduct,
            patience=Patience(settings.waiting.remind_after_days, settings.waiting.expire_after_days),
            notices=settings.notices,
            noticer=self.noticer,
            look_within={
                name: max(LOOK_SECONDS, 2 * box.poll_seconds)
                for box in self.mailboxes
                for name in (box.name, *((sent_name(box.name, box.sent_folder),) if box.sent_folder else ()))
            },
            events=self.events,
            silent=self.postman is None,
        )

    @cached_property
    def intake(self) -> "Intake":
        """What takes a message in."""
        from intake.pipeline import Intake  # noqa: PLC0415

        settings, book = self.settings, self.book
        for one in self.undecreed_years():
            self.events.year_not_decreed(one)
        return Intake(
            store=self.store,
            book=book,
            extractor=self.extractor,
            replier=self.replier,
            conduct=self.conduct,
            calendar=self.calendar,
            hours=settings.sla.hours,
            limit=max((box.max_bytes for box in self.mailboxes), default=Mailbox.model_fields["max_bytes"].default),
            desk=settings.desk,
            ours=self.ours,
            events=self.events,
            now=self.now,
        )

    def watchers(self, ring: Callable[[], None] = lambda: None) -> "list[Watcher]":
        """One watcher for each folder of each mailbox, those of Sent folders last: letters come before their answers."""
        from intake.watching import Watcher, as_sent  # noqa: PLC0415

        def watcher(box: Mailbox, folder: str, *, sent: bool) -> Watcher:
            zone = self.settings.desk.zone
            return Watcher(
                box, folder, store=self.store, events=self.events, zone=zone, now=self.now, ring=ring, sent=sent
            )

        ordinary = [watcher(box, folder, sent=False) for box in self.mailboxes for folder in box.folders]
        return ordinary + [
            watcher(as_sent(box), box.sent_folder, sent=True) for box in self.mailboxes if box.sent_folder
        ]

    @cached_property
    def postman(self) -> "Postman | None":
        """What sends the outbox; None in a dry run."""
        from intake.sending import Postman  # noqa: PLC0415
        from intake.smtp import Sender  # noqa: PLC0415
        from rules.delivery import AnswerBook  # noqa: PLC0415

        if self.settings.replies.dry_run or self.smtp is None:
            return None
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        return Postman(
            Sender(self.smtp, AnswerBook.load(RULES / "smtp.toml")),
            self.smtp,
            self.settings.desk,
            store=self.store,
            events=self.events,
            now=self.now,
            name=name,
            tokens=self.replier.tokens,
            answers_to=self.answers_to,
        )

    @cached_property
    def answers_to(self) -> "Callable[[ReplyRecord], str]":
        """Where answers to our replies go: to an address of their thread, if that is switched on and proved to arrive."""
        from intake import sub_address  # noqa: PLC0415
        from intake.probing import proved_at  # noqa: PLC0415
        from intake.sending import to_the_desk  # noqa: PLC0415

        desk = self.settings.desk.address
        if self.settings.replies.sub_address and proved_at(self.store, desk) is not None:
            return sub_address.answers_to(self.replier.tokens, desk)
        return to_the_desk

    @cached_property
    def teller(self) -> "Teller | None":
        """What tells the webhook; None when there is none."""
        from intake.webhook import Teller  # noqa: PLC0415

        webhook = self.settings.webhook
        return Teller(webhook, store=self.store, events=self.events, now=self.now) if webhook.url else None

    @cached_property
    def rounds(self) -> "Rounds":
        """The rounds over the store: processing and sending."""
        from intake.jobs import Rounds  # noqa: PLC0415

        return Rounds(
            store=self.store,
            intake=self.intake,
            postman=self.postman,
            events=self.events,
            now=self.now,
            teller=self.teller,
            answers_to=self.answers_to,
        )

    def close(self) -> None:
        """Leave servers and workers."""
        if "extractor" in self.__dict__:
            self.extractor.close()
        if self.sandbox is not None:
            self.sandbox.stop()
            self.sandbox = None


def public_domains(path: Path) -> frozenset[str]:
    """The mail providers of `public_mail.txt`, one domain a line, «#» begins a remark."""
    lines = (line.partition("#")[0].strip().casefold() for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line)


def signing_key(path: Path) -> bytes:
    """The secret that signs our Message-IDs; made with mode 0600 at the first start.

    Raises `DatabaseUnusable` when the file can neither be read nor made: a desk that forgets its key no longer knows
    the answers to its own replies.
    """
    with suppress(FileNotFoundError):
        return _read_key(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass  # another process was quicker; its key is the key
    except OSError as error:
        msg = f"{path}: the signing key cannot be made: {error.strerror}; give this user the right to write there"
        raise DatabaseUnusable(msg) from error
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        msg = f"{path}: the signing key cannot be read; restore it from a backup, or delete it to make a new one"
        raise DatabaseUnusable(msg) from error
    if len(key) < KEY_BYTES:
        msg = f"{path}: the signing key is too short; restore it from a backup, or delete it to make a new one"
        raise DatabaseUnusable(msg)
    return key
