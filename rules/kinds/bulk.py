"""Is it mail to many: lists, advertising, spam, phishing? A school that writes through a list server is none.

Says nothing about what becomes of it: bulk is recorded and visible, never deleted.
"""

import re

from rules.application import Application, FieldName, Reading
from rules.judgement import Facts, Kind, Topic, Verdict
from rules.kinds.heard import Heard
from rules.message import Message

_ENOUGH = 3
_HEADERS = (
    "list-id",
    "list-unsubscribe",
    "list-post",
    "feedback-id",
    "x-campaign",
    "x-campaign-id",
    "x-mailgun-sid",
    "x-mailru-sendmail",
)
_MERGE_FIELD = re.compile(
    r"%(?:[А-Яа-яЁё]{3,20}|[A-Z_]{4,20})%|\{\{ ?[\w.]{3,30} ?\}\}|\*\|[A-Z_]{2,20}\|\*|\[\[[A-Z_]{3,20}\]\]"
)
_BLANK_FORM = re.compile(r"_{6,}")
_PLACEHOLDER = re.compile(r"(\d)\1{6}$")  # +7 900 000-00-00 is nobody's number
_WHOLE = 5  # fields of an application that a list server's footer must not hide
_CLEAR_TOPIC = 4
_MOST_AGAINST = 6  # points that a person's tone takes away: who wants something of us is heard
_ABOUT_US = 3
_SOME_TEXT = 60  # letters


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """A letter to many, by its headers or by its words."""
    header = list_header(message)
    phrases = heard.phrases
    words = phrases.advertising.weigh(heard.text)
    form = 3 * bool(_MERGE_FIELD.search(heard.raw + message.subject)) + 2 * bool(
        header and _BLANK_FORM.search(heard.raw)
    )
    if not (header or words or form):
        return None
    unsubscribe = bool(phrases.unsubscribe.first(heard.own))
    if any(_is_real(one) for one in reading.applications) or (reading.strength > 1 and words + form < _ENOUGH):
        return None
    score = words + form + unsubscribe * (1 + bool(words)) + 3 * bool(header)
    score += 2 * bool(phrases.to_a_school.first(heard.text)) * bool(words) + _is_foreign(heard.raw) * bool(words)
    score -= 2 * (heard.topic.score >= _CLEAR_TOPIC) * (not words) + reading.strength + heard.match * (not header)
    if score < _ENOUGH or (not header and score - _tone(heard) < _ENOUGH):
        return None
    said = phrases.advertising.first(heard.text)
    return Verdict(Kind.BULK, f"reads like advertising: «{said}»" if said else header or "an unfilled form letter")


def _tone(heard: Heard) -> int:
    """How much a letter sounds like somebody who wants something of us."""
    topic = heard.topic
    about_us = _ABOUT_US * (heard.asking and topic.certain and topic.topic is not Topic.OTHER)
    return about_us + min(_MOST_AGAINST, heard.phrases.to_us.weigh(heard.text))


def _is_foreign(text: str) -> bool:
    """Whether a text of some length is in a foreign language: few people write so to a Russian desk, many machines do."""
    letters = sum(1 for one in text if one.isalpha())
    return letters > _SOME_TEXT and not re.search("[А-Яа-яЁё]{3}", text)


def list_header(message: Message) -> str:
    """The header by which a letter says that it goes to many; "" if none does."""
    present = {name for name, value in message.headers if value}
    named = next((name for name in _HEADERS if name in present), "")
    if named:
        return f"header {named}"
    precedence = message.header("precedence").strip().lower()
    return f"Precedence: {precedence}" if precedence in {"bulk", "list", "junk"} else ""


def _is_real(application: Application) -> bool:
    """Whether somebody filled it in for a school of his own, not as a sample."""
    given = sum(1 for _, value in application.items() if value.usable)
    phone = application[FieldName.PHONE].value or ""
    return given >= _WHOLE and bool(phone) and not _PLACEHOLDER.search(phone)
