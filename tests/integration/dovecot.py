"""A private Dovecot 2.3 for tests: own folder, own ports, own certificate; as root or as a plain user.

Every user name is good for a sign-in with `PASSWORD` and begins with an empty mailbox, so a test takes a fresh user
instead of cleaning up. Listens on loopback only and is gone when the context ends.
"""

import base64
import contextlib
import getpass
import grp
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

PASSWORD = "secret"
HOST = "localhost"
START_SECONDS = 10.0
JWT_KEY = b"0123456789abcdef0123456789abcdef"
CLIENT = "desk"
ISSUER = "https://idp.example"

CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/state
instance_name = test-{port}
log_path = {base}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_max_userip_connections = 200
ssl = yes
ssl_cert = <{base}/tls.crt
ssl_key = <{base}/tls.key
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={base}/mail/%u
}}
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # a failed sign-in must not slow down the tests after it
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """A running server: `host`, `port` (plain and STARTTLS), `tls_port`, `ca_file`, `password`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.host, self.password = HOST, PASSWORD
        self.port, self.tls_port = _free_port(), _free_port()
        self.ca_file = str(base / "tls.crt")
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Write certificate, keys and configuration."""
        root = os.getuid() == 0
        me, my_group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        self.base.chmod(0o755)
        for name in ("run", "state", "mail"):
            (self.base / name).mkdir()
        if root:  # Dovecot refuses mail owned by root
            nobody = pwd.getpwnam("nobody")
            os.chown(self.base / "mail", nobody.pw_uid, nobody.pw_gid)
        _make_certificate(self.base)
        keys = self.base / "keys" / CLIENT / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(JWT_KEY))
        (self.base / "oauth2.conf").write_text(
            f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={self.base}/keys/\n"
            f"username_attribute = email\nclient_id = {CLIENT}\nissuers = {ISSUER}\n"
        )
        text = CONFIGURATION.format(
            base=self.base,
            port=self.port,
            tls_port=self.tls_port,
            password=PASSWORD,
            internal_user="dovecot" if root else me,
            internal_group="dovecot" if root else my_group,
            login_user="dovenull" if root else me,
            mail_user="nobody" if root else me,
            mail_group="nogroup" if root else my_group,
        )
        (self.base / "dovecot.conf").write_text(text)

    def start(self) -> None:
        """Start the server and wait until it greets."""
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(self.base / "dovecot.conf")], stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                if line.recv(4) == b"* OK":
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Dovecot does not start: {self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server and all its sessions."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # sessions outlive their master
        self._process = None

    def restart(self) -> None:
        """Stop and start again on the same ports with the same mail."""
        self.stop()
        self.start()

    def fresh_user(self) -> str:
        """An address that nobody has used yet, with an empty mailbox."""
        return f"desk-{uuid.uuid4().hex[:12]}@example.ru"

    def session(self, user: str) -> imaplib.IMAP4:
        """A plain session of the standard library, to look at the mailbox with other eyes than the product's."""
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.login(user, PASSWORD)
        return session

    def deliver(self, user: str, *raws: bytes, folder: str = "INBOX", when: datetime | None = None) -> None:
        """Put letters into a folder (created when missing); `when` (aware) is their INTERNALDATE."""
        session = self.session(user)
        name = mailbox_name(folder)
        session.create(name)
        stamp = f" {imaplib.Time2Internaldate(when)}" if when else ""
        # one MULTIAPPEND (RFC 3502) for all of them: a thousand single ones take seconds
        session.send(f"ALL APPEND {name}".encode())
        for raw in raws:
            session.send(b"%s {%d+}\r\n%s" % (stamp.encode(), len(raw), raw))
        session.send(b"\r\n")
        while not (answer := session.readline()).startswith(b"ALL "):
            assert answer, "Dovecot hung up"
        assert answer.startswith(b"ALL OK"), answer
        session.logout()

    def flags(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The FLAGS line of every message in a folder, in order."""
        session = self.session(user)
        session.select(mailbox_name(folder), readonly=True)
        _, lines = session.fetch("1:*", "(FLAGS)")
        session.logout()
        return [line for line in lines if isinstance(line, bytes)]

    def wipe(self, user: str) -> None:
        """Take away all mail of a user, as if the mailbox were new (UIDVALIDITY too)."""
        shutil.rmtree(self.mail_folder(user), ignore_errors=True)

    def mail_folder(self, user: str) -> Path:
        """Where the INBOX lies on disk (Maildir)."""
        return self.base / "mail" / user / "Maildir"

    def log(self) -> str:
        """The end of the server's log."""
        path = self.base / "dovecot.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else "(no log)"


@contextlib.contextmanager
def private_dovecot() -> Iterator[Dovecot]:
    """Start a Dovecot; skips the test without one, but fails it where CI=true promises one."""
    version = _version()
    if not version.startswith("2.3"):
        reason = f"needs Dovecot 2.3 and openssl on this machine (found: {version or 'none'})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # not pytest's tmp_path: its mode 0700 keeps Dovecot's own users out
    base = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(base)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)


def token(user: str, lifetime: int = 3600) -> str:
    """An access token that the server believes for `lifetime` seconds (negative: expired already)."""
    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": "default"}
    claims = {"email": user, "sub": user, "iss": ISSUER, "azp": CLIENT, "aud": CLIENT}
    body = claims | {"iat": now - 5, "nbf": now - 5, "exp": now + lifetime}
    signed = b".".join(_url64(json.dumps(part).encode()) for part in (head, body))
    return (signed + b"." + _url64(hmac.new(JWT_KEY, signed, hashlib.sha256).digest())).decode()


def mailbox_name(folder: str) -> str:
    """A folder name as IMAP writes it (modified UTF-7, RFC 3501 §5.1.3), quoted."""
    parts: list[str] = []
    rest = ""
    for character in f"{folder}\0":
        if " " <= character <= "~" or character == "\0":
            if rest:
                coded = base64.b64encode(rest.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
                parts.append(f"&{coded}-")
                rest = ""
            parts.append("&-" if character == "&" else character.replace("\0", ""))
        else:
            rest += character
    return f'"{"".join(parts)}"'


def _version() -> str:
    if not (shutil.which("dovecot") and shutil.which("openssl")):
        return ""
    return subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=False).stdout.strip()


def _make_certificate(base: Path) -> None:
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
    names = ["-keyout", str(base / "tls.key"), "-out", str(base / "tls.crt")]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


def _url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
