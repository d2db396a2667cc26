"""`config.toml` → one frozen `Settings`.

Every key has a default or is required, a type, a meaning (its docstring line in `docs/settings.md`) and bounds; a
misspelt key, a wrong type or an impossible value raises `SettingsError` naming file, key and cure. Only the bootstrap
reads settings. Secrets never stand in the file: they come from the environment, a file or a command.
"""

import os
import subprocess
import tomllib
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from rules.errors import SettingsError
from rules.judgement import ReplyKind
from rules.webhook import key_of

TOKEN_COMMAND_SECONDS = 30
_FILES = frozenset({"ca_file", "password_file", "key_file", "secret_file"})
_NOT_MAILBOXES = frozenset({"form", "desk", "replay"})  # the public form, by hand, from a file
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Security = Literal["tls", "starttls", "plain"]
Send = Literal["auto", "ask"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class _Account(_Table):
    """A server and how to sign in to it; the secret is fetched when it is needed."""

    host: Annotated[str, Field(min_length=1, description="name or address of the server")]
    port: Annotated[int, Field(ge=1, le=65535, description="its port")]
    security: Annotated[
        Security,
        Field(description="`tls` from the first byte, `starttls`, or `plain` (only to a loopback address)"),
    ] = "tls"
    ca_file: Annotated[
        str, Field(description="certificate file to trust instead of the system's, for a private CA")
    ] = ""
    user: Annotated[str, Field(description="name to sign in with, usually the whole address")] = ""
    auth: Annotated[
        Literal["password", "xoauth2", "oauthbearer"],
        Field(description="how to sign in; the two OAuth ways take their token from `token_command`"),
    ] = "password"
    password_env: Annotated[str, Field(description="environment variable that holds the password")] = ""
    password_file: Annotated[str, Field(description="file whose first line is the password")] = ""
    token_command: Annotated[
        tuple[str, ...], Field(description="program and arguments that print a fresh OAuth access token")
    ] = ()
    timeout_seconds: Annotated[float, Field(ge=1, le=600, description="longest wait for one answer of the server")] = (
        30.0
    )

    @model_validator(mode="after")
    def _plain_only_at_home(self) -> "_Account":
        if self.security == "plain" and self.host not in LOOPBACK:
            msg = 'security = "plain" sends the password in the clear and is allowed to a loopback address only; use "tls" or "starttls"'
            raise ValueError(msg)
        if self.auth != "password" and not self.token_command:
            msg = f'auth = "{self.auth}" needs token_command, the program that prints an access token'
            raise ValueError(msg)
        return self

    def secret(self) -> str:
        """The password or a fresh token. Raises `SettingsError` saying which variable, file or command failed."""
        if self.auth != "password":
            return _token(self.token_command)
        if self.password_env:
            value = os.environ.get(self.password_env)
            if value is None:
                msg = f"the environment variable {self.password_env} (password_env) is not set"
                raise SettingsError(msg)
            return value
        if self.password_file:
            try:
                return Path(self.password_file).expanduser().read_text(encoding="utf-8").splitlines()[0]
            except (OSError, UnicodeDecodeError, IndexError) as error:
                msg = f"the password file {self.password_file} (password_file) cannot be read: {error}"
                raise SettingsError(msg) from error
        return ""


def _token(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command from the operator's own file
            command, capture_output=True, text=True, timeout=TOKEN_COMMAND_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        msg = f"the token command {command[0]!r} (token_command) failed: {error}"
        raise SettingsError(msg) from error
    return done.stdout.strip()


class Mailbox(_Account):
    """One mailbox that is read over IMAP."""

    name: Annotated[str, Field(min_length=1, description="short name of the mailbox in lists and messages")]
    address: Annotated[
        str, Field(description="the address whose mail arrives there; also known as ours in the loop check")
    ] = ""
    port: Annotated[int, Field(ge=1, le=65535, description="its port")] = 993
    folders: Annotated[
        tuple[str, ...], Field(min_length=1, description="folders to read, as the server names them (Cyrillic too)")
    ] = ("INBOX",)
    since: Annotated[
        Literal["now", "all"] | date,
        Field(description='what counts as new at the first look: "now" (only what comes later), a date, or "all"'),
    ] = "now"
    sent_folder: Annotated[
        str,
        Field(
            description="folder of what our people send from a mail program, read so that their answers end the turn; nothing is changed in it; empty for none"
        ),
    ] = ""
    after: Annotated[
        Literal["seen", "move", "leave"],
        Field(description="what happens to a message once it is kept: mark it read, move it, or leave it untouched"),
    ] = "seen"
    move_to: Annotated[str, Field(description='the folder for `after = "move"`')] = ""
    read_only: Annotated[bool, Field(description="never change anything in the mailbox, whatever `after` says")] = False
    idle: Annotated[bool, Field(description="wait with IDLE where the server has it")] = True
    poll_seconds: Annotated[
        float, Field(ge=1, le=86400, description="time between two looks where there is no IDLE")
    ] = 60.0
    max_bytes: Annotated[
        int, Field(ge=10_000, description="a larger message is kept by its headers only, and its sender is told")
    ] = 30_000_000

    @field_validator("name")
    @classmethod
    def _not_taken(cls, value: str) -> str:
        if value in _NOT_MAILBOXES:
            msg = f"{value!r} names what comes in without a mailbox; choose another name"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _move_has_a_place(self) -> "Mailbox":
        if self.after == "move" and not self.move_to:
            msg = 'after = "move" needs move_to, the folder that kept messages go to'
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _sent_is_apart(self) -> "Mailbox":
        if self.sent_folder and self.sent_folder in {*self.folders, self.move_to}:
            msg = "sent_folder holds letters of our own and can be neither one of folders nor move_to; name another one"
            raise ValueError(msg)
        return self


class Smtp(_Account):
    """The server that takes our replies."""

    port: Annotated[int, Field(ge=1, le=65535, description="its port")] = 465
    per_minute: Annotated[int, Field(ge=1, description="most replies in a minute, as the provider allows")] = 30
    per_day: Annotated[int, Field(ge=1, description="most replies in 24 hours, as the provider allows")] = 3000
    sent_folder: Annotated[
        str, Field(description="folder of the first mailbox that gets a copy of each sent reply; empty for none")
    ] = ""
    give_up_hours: Annotated[
        float, Field(gt=0, le=720, description="how long a reply is tried before it counts as undelivered")
    ] = 96.0
    lease_seconds: Annotated[
        float,
        Field(ge=5, le=3600, description="after this time a reply that a dead process was handing over is tried again"),
    ] = 120.0


class Desk(_Table):
    """Who we are and where the desk's pages are."""

    name: Annotated[str, Field(min_length=1, description="the sender's name in replies")] = "Поддержка «Сферум»"
    address: Annotated[str, Field(min_length=3, description="the sender's address in replies")] = "info@sferum.ru"
    timezone: Annotated[str, Field(description="the zone in which working days begin and end")] = "Europe/Moscow"
    host: Annotated[str, Field(description="loopback address on which the pages are served")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="their port; 0 takes any free one")] = 8400

    public_url: Annotated[
        str,
        Field(
            pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?/?|)$",
            description="https address under which applicants reach their page and the form; empty for no links in replies",
        ),
    ] = ""
    trusted_proxy: Annotated[
        bool,
        Field(
            description="a proxy of ours stands before the pages: the last address in its X-Forwarded-For is the visitor's, "
            "by which the form and signing in are limited, and its X-Forwarded-Proto says whether the visitor came over TLS"
        ),
    ] = False
    public_desk_url: Annotated[
        str,
        Field(
            pattern=r"^(https://[^\s/]+/?|)$",
            description="https address under which our own people reach the desk through a TLS proxy; empty when it is used on this machine only",
        ),
    ] = ""
    key_file: Annotated[
        str,
        Field(min_length=1, description="the secret that signs our Message-IDs; made at the first start, keep it safe"),
    ] = "var/intake.key"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            msg = f"{value!r} is no time zone; write one like Europe/Moscow"
            raise ValueError(msg) from error
        return value

    @field_validator("host")
    @classmethod
    def _at_home(cls, value: str) -> str:
        if value not in LOOPBACK:
            msg = f"{value!r} is not a loopback address; the desk listens on 127.0.0.1 only, put a TLS proxy before it"
            raise ValueError(msg)
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        return ZoneInfo(self.timezone)


class Database(_Table):
    """Where everything is remembered."""

    url: Annotated[
        str,
        Field(
            pattern=r"^(sqlite|postgresql)",
            description="`sqlite:///PATH` (relative to the file's folder) or `postgresql://USER@HOST/NAME`",
        ),
    ] = "sqlite:///var/intake.db"
    password_env: Annotated[str, Field(description="environment variable with the PostgreSQL password")] = ""

    def secret(self) -> str:
        """The database password, "" if none is set. Raises `SettingsError` naming the variable."""
        if self.password_env and self.password_env not in os.environ:
            msg = f"the environment variable {self.password_env} (database.password_env) is not set"
            raise SettingsError(msg)
        return os.environ.get(self.password_env, "") if self.password_env else ""


class Sandbox(_Table):
    """The built-in mail servers for a first look; no mail leaves the machine."""

    enabled: Annotated[bool, Field(description="use the built-in IMAP and SMTP servers instead of real ones")] = False
    sample_letters: Annotated[bool, Field(description="deliver the sample letters after the first look")] = True


class Replies(_Table):
    """Which replies leave by themselves."""

    dry_run: Annotated[
        bool,
        Field(description="do everything but send: replies are held in the outbox until somebody sends or drops them"),
    ] = False
    send: Annotated[
        dict[ReplyKind, Send], Field(description='per kind of reply: "auto" leaves by itself, "ask" waits for an agent')
    ] = {}
    per_address_per_day: Annotated[
        int, Field(ge=1, description="most automatic replies to one address in 24 hours; what exceeds them is held")
    ] = 5
    per_domain_per_day: Annotated[
        int,
        Field(ge=1, description="the same for all addresses of one domain, mail providers (public_mail.txt) excepted"),
    ] = 100

    sub_address: Annotated[
        bool,
        Field(
            description="answers come to an address of their thread (info+TAG@…) and find it without any Message-ID; only once `intake check --probe` has proved that such mail arrives"
        ),
    ] = False

    def asks(self, kind: ReplyKind) -> bool:
        """Whether that kind of reply waits for an agent's yes."""
        return self.send.get(kind, "auto") == "ask"


class Waiting(_Table):
    """How long a ticket waits for its applicant, in working days since the request was accepted by the mail server."""

    remind_after_days: Annotated[
        tuple[Annotated[float, Field(gt=0, le=365)], ...],
        Field(max_length=10, description="working days after which the applicant is reminded; an empty list for never"),
    ] = (2.0, 5.0)
    expire_after_days: Annotated[
        float, Field(gt=0, le=365, description="working days after which the ticket is closed; any answer reopens it")
    ] = 10.0

    @model_validator(mode="after")
    def _in_order(self) -> "Waiting":
        days = (*self.remind_after_days, self.expire_after_days)
        if any(later <= earlier for earlier, later in pairwise(days)):
            msg = "remind_after_days must grow and end before expire_after_days; write for example [2, 5] and 10"
            raise ValueError(msg)
        return self


class Notices(_Table):
    """What our own people are told by mail (`intake people` lists them)."""

    warn: Annotated[
        bool,
        Field(
            description="tell a ticket's agent and the managers when 75 % of its time are over, and when it is overdue"
        ),
    ] = True
    digest_at: Annotated[
        time | Literal[""],
        Field(description="from when on, on working days, managers get the day's figures; empty for never"),
    ] = time(9)

    @field_validator("digest_at", mode="before")
    @classmethod
    def _clock(cls, value: object) -> object:
        if isinstance(value, time) or value == "":
            return value
        try:
            return datetime.strptime(str(value), "%H:%M").time()  # noqa: DTZ007 - a time of day in the desk's zone
        except ValueError as error:
            msg = f'{value!r} is no time of day; write one like "09:00", or "" for no digest'
            raise ValueError(msg) from error


class Attachments(_Table):
    """Files that come with letters."""

    recognise: Annotated[
        bool,
        Field(
            description="guess the letters of scans with the program tesseract (language rus); every value found so is doubtful"
        ),
    ] = False


class Calendar(_Table):
    """Corrections to the Russian production calendar."""

    days_off: Annotated[tuple[date, ...], Field(description="additional days off, for example regional holidays")] = ()
    working_days: Annotated[tuple[date, ...], Field(description="days off on which the desk works after all")] = ()


class Sla(_Table):
    """The promise."""

    hours: Annotated[float, Field(gt=0, le=720, description="hours on working days until an answer is due")] = 24.0


class Webhook(_Table):
    """Who is told of decisions, see docs/webhook.md."""

    url: Annotated[
        str, Field(description="https address that is told of each approval and rejection; empty for no webhook")
    ] = ""
    secret_env: Annotated[
        str,
        Field(
            description="environment variable with the signing secret: Base64 of 24 bytes or more, `whsec_` before it or not"
        ),
    ] = ""
    secret_file: Annotated[str, Field(description="file whose first line is the signing secret")] = ""
    timeout_seconds: Annotated[float, Field(ge=1, le=60, description="longest wait for the receiver's answer")] = 10.0
    give_up_hours: Annotated[
        float,
        Field(gt=0, le=720, description="how long an event is tried before it is given up and lies with an operator"),
    ] = 72.0

    @field_validator("url")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if not value:
            return value
        try:
            target = urlsplit(value)
            host, _ = target.hostname, target.port
        except ValueError as error:
            msg = f"it is no address: {error}"
            raise ValueError(msg) from error
        if target.scheme not in {"https", "http"} or not host or not value.isprintable() or " " in value:
            msg = "it is no address; write one like https://example.ru/hooks"
            raise ValueError(msg)
        if target.username is not None:
            msg = "a name or password in it would be ignored; the receiver knows us by the signature (docs/webhook.md)"
            raise ValueError(msg)
        if target.scheme == "http" and host not in LOOPBACK:
            msg = (
                "http:// would send personal data in the clear and is allowed to a loopback address only; use https://"
            )
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _signed(self) -> "Webhook":
        if self.url and not (self.secret_env or self.secret_file):
            msg = "url needs secret_env or secret_file, the secret by which the receiver knows that it is us"
            raise ValueError(msg)
        return self

    def key(self) -> bytes:
        """The signing key. Raises `SettingsError` saying which variable or file is missing or holds none."""
        where = f"environment variable {self.secret_env} (webhook.secret_env)"
        if not self.secret_env:
            where = f"file {self.secret_file} (webhook.secret_file)"
        try:
            if self.secret_env:
                secret = os.environ[self.secret_env]
            else:
                secret = Path(self.secret_file).expanduser().read_text(encoding="utf-8").splitlines()[0]
            return key_of(secret)
        except KeyError as error:
            msg = f"the {where} is not set"
            raise SettingsError(msg) from error
        except (OSError, UnicodeDecodeError, IndexError) as error:
            msg = f"the {where} cannot be read: {error}"
            raise SettingsError(msg) from error
        except ValueError as error:
            msg = f"the {where} holds no signing secret: {error}; `openssl rand -base64 32` makes one"
            raise SettingsError(msg) from error


class Oidc(_Table):
    """Signing in at the desk with an identity provider (extra `oidc`), see docs/access.md."""

    issuer: Annotated[
        str,
        Field(
            pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?\S*|)$",
            description="the provider's address as it calls itself; empty for no provider",
        ),
    ] = ""
    client_id: Annotated[str, Field(description="the name under which the provider knows the desk")] = ""
    secret_env: Annotated[str, Field(description="environment variable with the secret that goes with it")] = ""
    label: Annotated[str, Field(min_length=1, description="what the button on the sign-in page says")] = (
        "Войти через учётную запись организации"
    )

    @model_validator(mode="after")
    def _known_there(self) -> "Oidc":
        if self.issuer and not (self.client_id and self.secret_env):
            msg = "issuer needs client_id and secret_env, by which the provider knows that it is us"
            raise ValueError(msg)
        return self

    def secret(self) -> str:
        """The secret. Raises `SettingsError` naming the variable."""
        if not os.environ.get(self.secret_env):
            msg = f"the environment variable {self.secret_env} (oidc.secret_env) is not set"
            raise SettingsError(msg)
        return os.environ[self.secret_env]


class Settings(_Table):
    """Everything an operator may choose. `folder` is where relative paths start: the settings file's own."""

    desk: Desk = Desk()
    database: Database = Database()
    sandbox: Sandbox = Sandbox()
    mailbox: tuple[Mailbox, ...] = ()
    smtp: Smtp | None = None
    replies: Replies = Replies()
    sla: Sla = Sla()
    calendar: Calendar = Calendar()
    attachments: Attachments = Attachments()
    waiting: Waiting = Waiting()
    notices: Notices = Notices()
    webhook: Webhook = Webhook()
    oidc: Oidc = Oidc()
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @property
    def database_url(self) -> str:
        """The database's URL with a relative SQLite path made absolute."""
        head, mark, path = self.database.url.partition("sqlite:///")
        if not mark or Path(path).is_absolute() or path.startswith(":memory:"):
            return self.database.url
        return f"{head}{mark}{self.folder / path}"

    @property
    def key_file(self) -> Path:
        """The file with the signing secret."""
        return self.folder / self.desk.key_file

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        if self.sandbox.enabled and (self.mailbox or self.smtp):
            msg = "sandbox.enabled = true takes the place of [[mailbox]] and [smtp]; set it to false to use your own servers"
            raise ValueError(msg)
        if not self.sandbox.enabled and not self.mailbox:
            msg = "there is no mailbox to read: add a [[mailbox]] table, or set sandbox.enabled = true"
            raise ValueError(msg)
        if not self.sandbox.enabled and self.smtp is None and not self.replies.dry_run:
            msg = "there is no [smtp] table to send replies with; add one, or set replies.dry_run = true"
            raise ValueError(msg)
        names = [box.name for box in self.mailbox]
        if len(set(names)) != len(names):
            msg = "two [[mailbox]] tables have the same name"
            raise ValueError(msg)
        return self


def load(path: Path) -> Settings:
    """Read a settings file. Raises `SettingsError` with one sentence per mistake: file, key, cure."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        msg = f"{path}: there is no such settings file; start in the project's folder or name one with --config FILE"
        raise SettingsError(msg) from error
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise SettingsError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not valid TOML: {error}"
        raise SettingsError(msg) from error
    if "folder" in table:
        msg = f"{path}: unknown key folder; remove it"
        raise SettingsError(msg)
    try:
        return Settings(**_at_home(table, path.resolve().parent), folder=path.resolve().parent)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(path, one) for one in error.errors())) from error


def _at_home(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The table with relative file names taken from the settings file's folder."""
    moved: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            moved[key] = _at_home(value, folder)
        elif isinstance(value, list):
            moved[key] = [_at_home(one, folder) if isinstance(one, dict) else one for one in value]
        elif key in _FILES and isinstance(value, str) and value:
            moved[key] = str(folder / Path(value).expanduser())
        else:
            moved[key] = value
    return moved


def _sentence(path: Path, error: Any) -> str:  # noqa: ANN401 - pydantic's own error record
    key = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{path}: unknown key {key}; check the spelling against docs/settings.md"
    if error["type"] == "missing":
        return f"{path}: key {key} is missing; docs/settings.md says what it takes"
    words = error["msg"].removeprefix("Value error, ")
    return f"{path}: {key}: {words}" if key else f"{path}: {words}"
