"""What people hand in without a mailbox: through the public form, or to an agent on paper or by telephone.

It becomes a raw letter like any other and takes the way of every other letter: kept first, then taken in by the usual
job. Nothing is read or judged here.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from rules.application import FieldName
from rules.delivery import Mailable, mailable
from rules.errors import SettingsError
from store.records import Bookmark, RawMessage
from store.unit_of_work import Store

FORM, DESK = "form", "desk"
TYPED = frozenset({FORM, DESK})
"""The names under which such letters are kept, in place of a mailbox's."""

SUBJECT = "СФЕРУМ: Регистрация организации"
_SUBJECT_WORDS = 80  # code points of a question that make its subject
_LONGEST_LINE = 2_000  # code points of one value
_VALIDITY = 1


def application_text(values: Mapping[FieldName, str], labels: Mapping[FieldName, str]) -> str:
    """An application as labelled lines, in the order of the fields; what is empty is left out."""
    given = ((labels[name], one_line(values.get(name, ""))) for name in FieldName)
    return "".join(f"{label}: {value}\n" for label, value in given if value)


def question_subject(text: str) -> str:
    """The first words of a question. Without square brackets: a number of ours in them would name a ticket."""
    words = one_line(text).replace("[", "(").replace("]", ")")
    if len(words) <= _SUBJECT_WORDS:
        return words
    return words[:_SUBJECT_WORDS].rpartition(" ")[0] or words[:_SUBJECT_WORDS]


def letter(*, sender: str, to: str, subject: str, text: str, when: datetime, nonce: str) -> bytes:
    """The raw letter. The same content with the same `nonce` and `when` is the same letter, however often it is sent.

    `sender`: an address, "" for none. Raises `SettingsError` for one that is no address.
    """
    mail = EmailMessage(policy=SMTP if sender.isascii() else SMTPUTF8)
    if sender:
        mail["From"] = _address(sender)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = when
    content = f"{nonce}\n{sender}\n{subject}\n{text}"
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@handed-in.invalid>"
    mail.set_content(_lines(text), cte="base64")
    return mail.as_bytes()


def keep(store: Store, raw: bytes, *, mailbox: str, folder: str, now: datetime) -> int:
    """Keep a letter for good. Returns its row; that of the first if the very same was handed in before."""
    uid = store.next_uid(mailbox)
    one = RawMessage(
        mailbox=mailbox,
        folder=folder,
        uid_validity=_VALIDITY,
        uid=uid,
        received_at=now,
        kept_at=now,
        size=len(raw),
        content=raw,
    )
    mark = Bookmark(mailbox=mailbox, folder=folder, uid_validity=_VALIDITY, last_uid=uid)
    with store.writing(durable=True) as work:
        work.messages.keep([one], mark)
        found = work.messages.found(message_id_of(raw))
    if found is None:
        msg = "a letter that was kept just now is not there"
        raise LookupError(msg)
    return found


def message_id_of(raw: bytes) -> str:
    """The Message-ID of a letter made here, without angle brackets."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    line = next(one for one in head.split("\r\n") if one.lower().startswith("message-id:"))
    return line.partition(":")[2].strip(" <>")


def one_line(text: str) -> str:
    """One bounded line without control characters: what stands in a header or after a label begins no other one."""
    cut = text[:_LONGEST_LINE]
    return " ".join("".join(one if one.isprintable() else " " for one in cut).split())


def _lines(text: str) -> str:
    """Lines without control characters; the directions of writing stay as they are, the reader knows them."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in plain if one in "\n\t" or one >= " ").encode("utf-8", "replace").decode("utf-8")


def _address(text: str) -> Address:
    form = mailable(text)
    if not isinstance(form, Mailable):
        msg = f"{text!r}: {form.because}"
        raise SettingsError(msg)
    local, _, domain = form.address.rpartition("@")
    return Address("", local, domain)
