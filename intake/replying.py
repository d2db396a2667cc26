"""A reply ready for the outbox: composed, with the Message-ID that carries its thread, and bound to what it answers.

For letters of machines and of people alike; decides nothing and sends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intake.compose import Composer, ReplyContext
from intake.settings import Desk
from intake.tokens import Tokens
from rules.judgement import ReplyKind
from rules.message import Message
from store.records import ComposedReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where a reply goes and what it belongs to.

    `held`: why it must wait for an agent ("" = it may go). `automatic`: no person decided it. `not_before`: when it may
    leave, None for at once.
    """

    thread_key: str
    round: int
    recipient: str
    held: str = ""
    automatic: bool = True
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replier:
    """Composes replies. `link` gives a thread's personal link ("" for none)."""

    composer: Composer
    tokens: Tokens
    desk: Desk
    link: Callable[[str], str]

    def reply(
        self, kind: ReplyKind, context: ReplyContext, envelope: Envelope, answered: Message | None
    ) -> ComposedReply:
        """One reply; `answered` is the letter it answers, None if none is at hand. Raises `TemplateError`."""
        done = self.composer.compose(kind, context)
        domain = self.desk.address.rpartition("@")[2]
        return ComposedReply(
            kind=kind,
            round=envelope.round,
            message_id=self.tokens.message_id(envelope.thread_key, kind.value, envelope.round, domain),
            recipient=envelope.recipient,
            subject=done.subject,
            text=done.text,
            html=done.html,
            in_reply_to=answered.message_id if answered else "",
            references=" ".join(answered.references or answered.in_reply_to) if answered else "",
            held=envelope.held,
            automatic=envelope.automatic,
            not_before=envelope.not_before,
        )
