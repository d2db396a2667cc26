"""Which voices speak in a message, and where.

A passage is a run of lines of one part that belong to one voice. Only what stands in a passage the reader trusts can
become a value. Never looks at what the lines say.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from rules.message import Address, Message, Part, Stretch, Zone
from rules.our_address import is_our_address
from rules.phrases import Phrases

_ADDRESS = re.compile(r"[\w.+\-]+@[\w.\-]+")


_LINE_BEHIND = re.compile(r"(?<=[^\s_:])__+(?=\s|$)")  # what is left of a line to write on
_COVERING = 400  # code points of a note over a letter that is passed on


class Voice(StrEnum):
    """Whose words these are, as far as the values of this message are concerned."""

    OWN = "own"  # the sender's new text
    FORWARD = "forward"  # passed on as a whole: the application may be inside
    EARLIER = "earlier"  # the sender's own earlier letter, quoted
    OURS = "ours"  # our own words, quoted
    OTHERS = "others"  # somebody else's words, quoted


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a part's text without its line break; `start`/`end` are offsets into the part."""

    start: int
    end: int
    text: str
    zone: Zone
    voice: Voice

    @property
    def blank(self) -> bool:
        """Whether there is nothing on the line."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Passage:
    """All lines of one part that one voice speaks; `context` also holds our quoted lines between them."""

    part: Part
    voice: Voice
    lines: tuple[Line, ...]


def passages(message: Message, ours: frozenset[str], phrases: Phrases) -> Iterator[Passage]:
    """The passages of a message, the sender's own words first within each part; samples and former names are blank."""
    for one in map(unstruck, message.read_parts()):
        shown = phrases.without_asides(one.text)
        if "__" in shown:
            shown = _LINE_BEHIND.sub(lambda hit: " " * len(hit.group()), shown)
        part = one if shown is one.text else replace(one, text=shown)
        lines = tuple(_lines(part, message.sender, ours))
        for voice in (Voice.OWN, Voice.FORWARD, Voice.EARLIER, Voice.OURS):
            chosen = _of_voice(lines, voice)
            if any(not line.blank and line.voice is voice for line in chosen):
                yield Passage(part, voice, chosen)


def unstruck(part: Part) -> Part:
    """The part with what its writer has struck out shown as spaces, so that nobody finds a value there."""
    if all(stretch.zone is not Zone.STRUCK for stretch in part.stretches):
        return part
    pieces = [
        re.sub(r"[^\n]", " ", part.text[one.start : one.end])
        if one.zone is Zone.STRUCK
        else part.text[one.start : one.end]
        for one in part.stretches
    ]
    return replace(part, text="".join(pieces))


def _of_voice(lines: tuple[Line, ...], voice: Voice) -> tuple[Line, ...]:
    """The lines of one voice; for the sender's own words also ours, which may serve as labels of inline answers."""
    wanted = {voice, Voice.OURS} if voice is Voice.OWN else {voice}
    return tuple(line for line in lines if line.voice in wanted)


def lines_of(part: Part) -> Iterator[Line]:
    """All lines of a part that only its sender speaks in, as the subject is."""
    return _lines(part, None, frozenset())


def _lines(part: Part, sender: Address | None, ours: frozenset[str]) -> Iterator[Line]:
    passed_on = 0  # code points of what was passed on so far
    for stretch in _joined(part.stretches or (Stretch(0, len(part.text), Zone.OWN),)):
        voice = voice_of(stretch, sender, ours)
        if voice is Voice.FORWARD:
            passed_on += stretch.end - stretch.start
        elif voice is Voice.OTHERS and 0 < passed_on < _COVERING:
            voice = Voice.FORWARD  # passed on twice: what stands below a covering note is the letter itself
        offset = stretch.start
        for text in part.text[stretch.start : stretch.end].split("\n"):
            # The line that says whose words follow is no part of them.
            if not stretch.writer or stretch.writer not in text:
                yield Line(offset, offset + len(text), text, stretch.zone, voice)
            offset += len(text) + 1


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """The stretches with struck ones made part of the own text around them."""
    before: Stretch | None = None
    for one in stretches:
        now = replace(one, zone=Zone.OWN) if one.zone is Zone.STRUCK else one
        if before is not None and before.zone is Zone.OWN and now.zone is Zone.OWN and before.depth == now.depth:
            before = replace(before, end=now.end)
            continue
        if before is not None:
            yield before
        before = now
    if before is not None:
        yield before


def voice_of(stretch: Stretch, sender: Address | None, ours: frozenset[str]) -> Voice:
    """Whose words a stretch holds, by its zone, its attribution and the depth of quotation."""
    if stretch.zone is not Zone.QUOTED:
        return Voice.OWN
    named = {address.casefold() for address in _ADDRESS.findall(stretch.writer)}
    if any(is_our_address(one, ours) for one in named):
        return Voice.OURS  # passed on or answered
    if stretch.forward:
        return Voice.FORWARD
    if _is_sender(sender, named, stretch.writer):
        return Voice.EARLIER
    if named:
        return Voice.OTHERS
    # Nobody is named: people answer us, so every odd level is ours and every even one the sender's.
    return {1: Voice.OURS}.get(stretch.depth, Voice.OTHERS if stretch.depth % 2 else Voice.EARLIER)


def _is_sender(sender: Address | None, named: set[str], writer: str) -> bool:
    if sender is None:
        return False
    return sender.key in named or (bool(sender.name) and not named and _same_name(sender.name, writer))


def _same_name(name: str, writer: str) -> bool:
    words = set(re.findall(r"\w{3,}", name.casefold()))
    return bool(words) and words <= set(re.findall(r"\w{3,}", writer.casefold()))
