"""Is it the application of an organisation? The reading says so; the subject fills in where no other kind fits better.

A pupil or parent who pastes the form for himself asks a question; so does a bare question under the right subject.
"""

from rules.application import Application, Reading
from rules.judgement import Facts, Kind, Verdict
from rules.kinds.heard import Heard
from rules.message import Message, Zone
from rules.subjects import Match

_CLEAR = 3  # points that make a wish clear, and by which talk of an own account must lead
_CLEAR_TOPIC = 4
_BRIEF = 40  # code points: a body this short says nothing of its own


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """An application by its content, its attachment or its subject."""
    if _for_oneself(heard):
        return None
    because = _by_content(reading, heard)
    if not because and not _asks_instead(reading, heard):
        because = _by_wish(reading, facts, heard)
    return Verdict(Kind.APPLICATION, because) if because else None


def _by_content(reading: Reading, heard: Heard) -> str:
    if reading.strength > 1 and not _only_signed(reading, heard):
        return _first(reading, "the fields of an application")
    return ""


def _by_wish(reading: Reading, facts: Facts, heard: Heard) -> str:
    """What speaks for an application that gives little or nothing in its text."""
    if reading.announced and _wanted(heard):
        return "announces an application in an attachment"
    if heard.match is Match.EXACT:
        return "subject asks for registration"
    if reading.strength and (_wanted(heard) or _answers_us(reading, facts)):
        return _first(reading, "some fields of an application")
    if heard.phrases.for_organization.weigh(heard.own) >= _CLEAR:
        return "asks for the registration of an organisation"
    return "subject asks for registration" if heard.match is Match.WEAK and not heard.topic.certain else ""


def _for_oneself(heard: Heard) -> bool:
    """A pupil, parent or teacher who wants an account of his own, whatever form he pasted."""
    own = heard.phrases.own_account.weigh(heard.text)
    return own >= _CLEAR and own - heard.phrases.for_organization.weigh(heard.own) >= _CLEAR


def _only_signed(reading: Reading, heard: Heard) -> bool:
    """A question whose fields come from its signature or letterhead alone."""
    if heard.match or not heard.asking or heard.phrases.for_organization.first(heard.own):
        return False
    count = sum(len(spoken(one)) for one in reading.applications)
    return count < 2 and heard.topic.score >= _CLEAR_TOPIC  # noqa: PLR2004 - one stray value is no application


def spoken(application: Application) -> list[str]:
    """The fields whose values stand in the letter's own text."""
    return [
        name
        for name, value in application.items()
        if value.usable and (value.source is None or value.source.zone not in {Zone.SIGNATURE, Zone.LETTERHEAD})
    ]


def _asks_instead(reading: Reading, heard: Heard) -> bool:
    """A question, whatever the subject: it asks, and gives nothing that an application would."""
    if heard.phrases.where_is_it.first(heard.text) and reading.strength < 1:
        return True
    if not heard.asking or reading.announced:
        return False
    given = any(spoken(one) for one in reading.applications)
    return not given and heard.phrases.for_organization.weigh(heard.own) < _CLEAR


def _wanted(heard: Heard) -> bool:
    if heard.match or heard.phrases.for_organization.first(heard.own):
        return True
    return len(heard.own.text) < _BRIEF or heard.topic.score == 0


def _answers_us(reading: Reading, facts: Facts) -> bool:
    thread = facts.thread
    return thread is not None and any(ticket.application for ticket in thread.tickets) and bool(reading.applications)


def _first(reading: Reading, otherwise: str) -> str:
    return reading.evidence[0] if reading.evidence else otherwise
