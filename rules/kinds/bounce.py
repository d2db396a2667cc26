"""Is it a report that a letter could not be delivered? RFC 3464, and the many servers that write their own words.

Says nothing about which of our replies it concerns; a person who complains about a bounce is not one.
"""

import re

from rules.application import Reading
from rules.judgement import Facts, Kind, Verdict
from rules.kinds.heard import Heard, KindPhrases
from rules.kinds.phrases import plain
from rules.kinds.senders import is_daemon, is_machine
from rules.message import Message

DELAY = "a delay notice: the letter may still arrive"
DELIVERED = "a report of success"
_ENOUGH = 3
_STATUS = re.compile(r"(?<![\d.])(?:5\.\d{1,3}\.\d{1,3}(?![\d.])|55[0-4][ -])")


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """A failure, a delay notice or a report of success; `failed` tells them apart."""
    if _is_delivery_report(message):
        return Verdict(Kind.BOUNCE, _report_says(message, heard))
    score, words = _weigh(message, heard)
    if reading.strength > 1 and not from_machine(message, heard.phrases):
        return None
    if score < _ENOUGH:
        return None
    delayed = heard.phrases.delay_texts.first(heard.text) and not _STATUS.search(heard.raw)
    return Verdict(Kind.BOUNCE, DELAY if delayed else f"undelivered: {words}")


def failed(verdict: Verdict) -> bool:
    """Whether the bounce says that the letter will never arrive."""
    return verdict.because not in {DELAY, DELIVERED}


def reason(message: Message, verdict: Verdict) -> str:
    """Why our reply did not arrive, as the report says it: for the desk and the log."""
    report = message.report
    words = " ".join(part for part in (report.status, report.diagnostic) if part) if report else ""
    return " ".join(words.split())[:300] or verdict.because


def _is_delivery_report(message: Message) -> bool:
    if message.report is not None:
        return True
    declared = (message.content_type + " " + message.header("content-type")).lower()
    return "multipart/report" in declared and "delivery-status" in declared


def _report_says(message: Message, heard: Heard) -> str:
    action = message.report.action.lower() if message.report else ""
    if action == "delayed" or (not action and heard.phrases.delay_texts.first(heard.text)):
        return DELAY
    if action in {"delivered", "relayed", "expanded"}:
        return DELIVERED
    return "a delivery report says: failed"


def from_machine(message: Message, phrases: KindPhrases) -> bool:
    """Whether the sender looks like a mail server rather than a person."""
    sender = message.sender
    if message.return_path == "" or sender is None:
        return True
    return is_machine(sender, phrases) or bool(phrases.machine_names.first(plain(sender.name)))


def _weigh(message: Message, heard: Heard) -> tuple[int, str]:
    """How much speaks for a bounce, and the most telling words."""
    subject = heard.phrases.bounce_subjects.first(heard.bare_subject)
    machine = from_machine(message, heard.phrases)
    named = bool(message.header("x-failed-recipients") or message.header("x-ms-exchange-message-is-ndr"))
    if not (subject or machine or named):
        return 0, ""
    text = heard.phrases.bounce_texts.first(heard.own) or heard.phrases.delay_texts.first(heard.own) * bool(subject)
    score = 2 * bool(subject) + 2 * bool(text) + bool(_STATUS.search(heard.raw))
    if machine:
        score += 1 + (message.sender is not None and is_daemon(message.sender, heard.phrases))
    elif heard.answers or heard.asking:
        score -= 2  # a person who forwards a bounce or asks about it
    if named:
        return score + 3, "the server's own header"
    return score, f"«{subject or text}»"
