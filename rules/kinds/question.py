"""What is left is a question: about what, and is the topic certain? Always answers, so that nothing is dropped."""

from rules.application import FieldName, Reading
from rules.judgement import Facts, Kind, Topic, Verdict
from rules.kinds.application import given_anew, thanks_only
from rules.kinds.heard import Heard
from rules.message import Message
from rules.subjects import Match

_CLEAR_TOPIC = 4


def ask(message: Message, reading: Reading, facts: Facts, heard: Heard) -> Verdict | None:  # noqa: ARG001 - one signature for all questions
    """A question with its topic; `other` and uncertain when nothing speaks for one."""
    weighed = heard.topic
    back = heard.phrases.withdraws.first(heard.text)
    if back and weighed.topic is Topic.ORGANIZATION:
        return Verdict(Kind.QUESTION, f"takes an application back: «{back}»", Topic.ORGANIZATION)
    if thanks_only(heard) and not given_anew(reading) - {FieldName.ADMIN}:  # a name under it is its signature
        return Verdict(Kind.QUESTION, "says thanks, wants nothing", Topic.OTHER, certain=False)
    where = heard.phrases.where_is_it.first(heard.text)
    if where and (weighed.topic is Topic.ORGANIZATION or weighed.score < _CLEAR_TOPIC):
        return Verdict(Kind.QUESTION, f"asks after an earlier application: «{where}»", Topic.ORGANIZATION)
    if weighed.score == 0 and heard.match is not Match.NO:
        return Verdict(
            Kind.QUESTION, "a question under the subject of a registration", Topic.ORGANIZATION, certain=False
        )
    if weighed.score == 0:
        return Verdict(Kind.QUESTION, "no other kind fits", Topic.OTHER, certain=False)
    return Verdict(Kind.QUESTION, f"speaks of {weighed.topic}, weight {weighed.score}", weighed.topic, weighed.certain)
