"""What a bounce says that is written for people: which recipient, for good or for now, and which letter of ours.

The same `DeliveryReport` that RFC 3464 would give, read from the words. Pure; says nothing about whether it is a bounce.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from rules.application import Reading
from rules.judgement import Facts
from rules.kinds import bounce
from rules.kinds.heard import Book, listen
from rules.message import DeliveryReport, Message, Zone

_LIMIT = 20_000  # code points of all parts together
_LONGEST = 300  # code points of a diagnostic
_ADDRESS = re.compile(r"(?<![\w.+@-])[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?![\w@])")
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.,-])([45])[0-7]\d(?=[\s:-](?!\d\d))")
_MESSAGE_ID = re.compile(r"message-?id:?\s{0,4}<?([^<>\s\"]{1,200}@[^<>\s\"]{1,200})", re.IGNORECASE)
_REASON = re.compile(
    r"(?:причина|диагностика|ответ сервера|ошибка|сообщение сервера|reason|error|diagnostic[\w -]{0,10}|said)\s?:\s{0,4}(\S[^\n]{0,300})",
    re.IGNORECASE,
)


def with_report(message: Message, book: Book, facts: Facts) -> Message:
    """The message, with a report made from its words if it is a bounce that brings none; else the very same one.

    To be asked before the store is asked which reply bounced: that is found by the Message-ID in the report.
    """
    if message.report is not None or not _may_bounce(message, book):
        return message
    verdict = bounce.ask(message, Reading(), facts, listen(message, book))
    if verdict is None:
        return message
    delayed = verdict.because == bounce.DELAY
    return replace(message, report=told(message, facts.our_addresses, delayed=delayed))


def told(message: Message, ours: frozenset[str], *, delayed: bool) -> DeliveryReport:
    """What the words say; every field "" that they leave open. `ours`: our own addresses, case folded.

    `delayed`: the words speak of a delay, which a status of class 5 (RFC 3463) overrules.
    """
    own, whole = _texts(message)
    status = _status(own)
    waits = delayed and not status.startswith(("2.", "5."))
    return DeliveryReport(
        recipient=_recipient(message, own, ours) or _recipient(message, whole, ours),
        action="delayed" if waits else "failed",
        status=status,
        diagnostic=_diagnostic(own),
        original_message_id=_original(whole, ours),
    )


def _may_bounce(message: Message, book: Book) -> bool:
    return bounce.from_machine(message, book.kinds) or bool(message.header("x-failed-recipients"))


def _texts(message: Message) -> tuple[str, str]:
    """The server's own words, and all the text with what it quotes."""
    parts = [part for part in message.read_parts() if not part.name.startswith("attachment:")]
    own = "\n".join(
        part.text[one.start : one.end] for part in parts for one in part.stretches if one.zone is not Zone.QUOTED
    )
    whole = "\n".join(part.text for part in parts)
    return (own if own.strip() else whole)[:_LIMIT], whole[:_LIMIT]


def _recipient(message: Message, text: str, ours: frozenset[str]) -> str:
    """The first address that is neither ours nor the server's nor a Message-ID."""
    ids = {hit.casefold() for hit in _MESSAGE_ID.findall(text)}
    passed = ours | ids | ({message.sender.key} if message.sender else set())
    found = (hit.group().strip(".").casefold() for hit in _ADDRESS.finditer(text))
    return next((one for one in found if one not in passed), "")


def _status(text: str) -> str:
    """The status code (RFC 3463); of several the worst; a plain reply code gives its class."""
    enhanced = [".".join(hit) for hit in _ENHANCED.findall(text)]
    codes = enhanced or [f"{hit}.0.0" for hit in _BASIC.findall(text)]
    return next((one for wanted in "54" for one in codes if one.startswith(wanted)), "")


def _diagnostic(text: str) -> str:
    """The line that holds the code, or what stands behind «Причина:»."""
    coded = next((line for line in _lines(text) if _ENHANCED.search(line) or _BASIC.search(line)), "")
    named = _REASON.search(text)
    return " ".join((coded or (named.group(1) if named else "")).split())[:_LONGEST]


def _lines(text: str) -> Iterator[str]:
    return (line[: 2 * _LONGEST] for line in text.split("\n"))


def _original(text: str, ours: frozenset[str]) -> str:
    """The Message-ID that is quoted, ours before others; «» if there is none."""
    domains = {one.rpartition("@")[2] for one in ours}
    found = [hit.strip(".,;>") for hit in _MESSAGE_ID.findall(text)]
    return next((one for one in found if one.rpartition("@")[2].casefold() in domains), next(iter(found), ""))
