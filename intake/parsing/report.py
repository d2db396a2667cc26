"""Delivery reports (RFC 3464): which address failed, how, and which of our messages it was."""

import re
from collections.abc import Sequence
from email.message import Message as MimePart

from intake.parsing.characters import one_line
from intake.parsing.headers import header_text
from intake.parsing.opening import Leaf, walk_blocks
from intake.parsing.transfer import content_of
from rules.message import DeliveryReport

_ORDER = ("failed", "delayed", "expanded", "relayed", "delivered", "")
_ID = re.compile(rb"^message-id:\s*<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)


def delivery_report(leaves: Sequence[Leaf]) -> DeliveryReport | None:
    """What a delivery report says, of several recipients the one worst off; None if the message is no report."""
    found = [
        _of_recipient(block)
        for leaf in leaves
        if leaf.part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}
        for block in walk_blocks(leaf.part)
    ]
    stated = [report for report in found if report.recipient or report.action or report.status]
    if not stated:
        return None
    worst = min(stated, key=lambda report: _ORDER.index(report.action))
    return DeliveryReport(
        worst.recipient, worst.action, worst.status, worst.diagnostic, next(filter(None, map(_original, leaves)), "")
    )


def _of_recipient(block: MimePart) -> DeliveryReport:
    recipient = _value(block, "final-recipient") or _value(block, "original-recipient")
    action = _value(block, "action").lower().strip()
    return DeliveryReport(
        recipient=recipient.rpartition(";")[2].strip(" <>"),
        action=action if action in _ORDER else "",
        status=_value(block, "status").partition(" ")[0],
        diagnostic=_value(block, "diagnostic-code").partition(";")[2].strip() or _value(block, "diagnostic-code"),
        original_message_id="",
    )


def _value(block: MimePart, name: str) -> str:
    return header_text(str(block.get(name, "")).encode("utf-8", "surrogateescape"))[0]


def _original(leaf: Leaf) -> str:
    """The Message-ID of the letter that a report returns, whole or as its headers."""
    kind = leaf.part.get_content_type()
    if kind in {"message/rfc822", "message/global"}:
        found = next((str(block.get("message-id", "")) for block in walk_blocks(leaf.part)), "")
        return one_line(found).strip("<> ")
    if kind in {"text/rfc822-headers", "message/global-headers"}:
        match = _ID.search(content_of(leaf.part)[0])
        return match.group(1).decode("ascii", "replace") if match else ""
    return ""
