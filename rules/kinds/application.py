"""Is it the application of an organisation? The reading says so; the subject fills in where no other kind fits better.

A pupil or parent who pastes the form for himself asks a question; so does a bare question under the right subject.
"""

from rules.application import Application, FieldName, FieldValue, Reading
from rules.judgement import Facts, Kind, Topic, Verdict
from rules.kinds.heard import Heard
from rules.message import Message, Zone
from rules.subjects import Match

_CLEAR = 3  # points that make a wish clear
_CLEAR_TOPIC = 4
_BEYOND_DOUBT = 8
_SOME = 3  # fields that make an application rather than strays
_CORE = frozenset(FieldName) - {FieldName.SETTLEMENT, FieldName.REGION}  # a place is named in many a question
_REACHED = frozenset({FieldName.PHONE, FieldName.EMAIL})
_ASIDE = frozenset({Zone.SIGNATURE, Zone.LETTERHEAD})
_BRIEF = 40  # code points: a body this short says nothing of its own


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:
    """An application by its content, its attachment or its subject."""
    if heard.for_oneself:
        return None
    if _only_about_one(message, reading, heard):
        return None
    because = _by_content(reading, heard) or _by_correction(reading, heard)
    if not because and not _asks_instead(reading, heard):
        because = _by_wish(reading, facts, heard)
    return Verdict(Kind.APPLICATION, because) if because else None


def _only_about_one(message: Message, reading: Reading, heard: Heard) -> bool:
    """A letter about an earlier application: it asks after it, withdraws it or says thanks, and gives nothing itself.

    What it quotes is then not sent anew. A forwarded application is, whatever the forwarding person says.
    """
    phrases = heard.phrases
    given = given_anew(reading)
    if len(given & _CORE) >= _SOME or reading.announced or phrases.resends.first(heard.own):
        return False
    if phrases.withdraws.first(heard.text):
        return True
    if given & _CORE - {FieldName.ADMIN} or not heard.answers or _forwards(message):
        return False
    if phrases.where_is_it.first(heard.text):
        return True
    return thanks_only(heard)


def _by_content(reading: Reading, heard: Heard) -> str:
    if reading.strength > 1 and not _strays(reading, heard):
        return _first(reading, "the fields of an application")
    return ""


def _by_correction(reading: Reading, heard: Heard) -> str:
    """A letter that puts right what an earlier one said: it gives the right phone or address and asks nothing."""
    if not reading.correction or "?" in heard.raw or not given_anew(reading) & _REACHED:
        return ""
    return "corrects an earlier application" if heard.phrases.earlier_one.first(heard.own) else ""


def _by_wish(reading: Reading, facts: Facts, heard: Heard) -> str:
    """What speaks for an application that gives little or nothing in its text."""
    if reading.announced and _wanted(heard):
        return "announces an application in an attachment"
    if heard.match is Match.EXACT:
        return "subject asks for registration"
    if reading.strength and not _strays(reading, heard) and (_wanted(heard) or _answers_us(reading, facts)):
        return _first(reading, "some fields of an application")
    if heard.phrases.for_organization.weigh(heard.own) >= _CLEAR:
        return "asks for the registration of an organisation"
    elsewhere = heard.topic.certain and (heard.topic.topic is not Topic.ORGANIZATION or heard.asking)
    return "subject asks for registration" if heard.match is Match.WEAK and not elsewhere else ""


def _strays(reading: Reading, heard: Heard) -> bool:
    """A question whose few fields come from its signature or letterhead, or stand in it by chance."""
    given = given_anew(reading)
    if len(given & _CORE) >= _SOME - 1 or heard.phrases.for_organization.weigh(heard.own) >= _CLEAR:
        return False
    topic = heard.topic
    if topic.score < _CLEAR_TOPIC:
        return False
    if topic.topic is Topic.OTHER and topic.certain and topic.score >= _BEYOND_DOUBT:
        return True
    if not heard.asking or (heard.match and "?" not in heard.raw):
        return False
    if topic.topic is Topic.ORGANIZATION:
        return "?" in heard.raw and not given & _REACHED and not (heard.answers and given)
    return len(given) < _SOME


def spoken(application: Application) -> list[str]:
    """The fields whose values stand in the letter's own text."""
    return [name for name, value in application.items() if _stands_in(value, _ASIDE)]


def given_anew(reading: Reading) -> frozenset[FieldName]:
    """The fields that the letter itself gives, not its signature, its letterhead or what it quotes."""
    return frozenset(
        FieldName(name)
        for one in reading.applications
        for name, value in one.items()
        if _stands_in(value, _ASIDE | {Zone.QUOTED})
    )


def _stands_in(value: FieldValue, aside: frozenset[Zone]) -> bool:
    return value.usable and (value.source is None or value.source.zone not in aside)


def _forwards(message: Message) -> bool:
    return any(one.forward for part in message.read_parts() for one in part.stretches)


def thanks_only(heard: Heard) -> bool:
    """Whether the writer says thanks and wants nothing, in however many words."""
    phrases = heard.phrases
    if heard.asking or not phrases.thanks.first(heard.own):
        return False
    return not any(group.first(heard.own) for group in (phrases.engaged, phrases.for_organization, phrases.but))


def _asks_instead(reading: Reading, heard: Heard) -> bool:
    """A question, whatever the subject: it asks, and gives nothing that an application would."""
    given = given_anew(reading) & _CORE
    if heard.phrases.where_is_it.first(heard.text) and not given and not heard.phrases.resends.first(heard.own):
        return True
    if not heard.asking or reading.announced:
        return False
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
