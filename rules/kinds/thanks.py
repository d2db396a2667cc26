"""Is it a mere acknowledgement? «Спасибо!» on a finished ticket is recorded and wakes nobody."""

from rules.kinds.heard import Heard
from rules.message import Message

_MOST_WORDS = 12  # greeting, thanks, and a name; whoever writes more means more


def is_mere_thanks(heard: Heard, message: Message) -> bool:
    """Whether the letter only thanks: short, no question, no number, no file, nothing else wished for."""
    if "?" in heard.raw or any(one.isdigit() for one in heard.raw):
        return False
    if any(not one.inline for one in message.attachments):
        return False
    words = heard.own.text.split()
    if not words or len(words) > _MOST_WORDS or not heard.phrases.thanks.first(heard.own):
        return False
    return not any(group.first(heard.own) for group in (heard.phrases.asks, heard.phrases.withdraws, heard.phrases.but))
