"""Whose voice speaks where in a text: the writer's own lines, quotations with depth and writer, forwards, signature.

Works on lines. A line's depth is what marks it («>», an HTML quotation) plus how many unmarked quotations were opened
above it by an attribution, a block of headers or a marker line; such a quotation runs to the end of what it stands in.
Cuts no text: the stretches cover it all.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from intake.parsing.attribution import Strength, attribution_at, header_block, headers_above, is_rule
from intake.parsing.rendered import Rendered, Span
from intake.parsing.signature import signature_lines
from rules.message import Stretch, Zone
from rules.quotes_data import QuotePhrases

_MARKS = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_INITIALS = re.compile(r"[ \t]{0,3}(?:[^\W\d_]{0,3}>[ \t]?)+(?=\s|$|[^\W_>])")
_ATTRIBUTION_END = re.compile(r"(?:\d{4}|@|\d\d:\d\d).*:\s*$")
_TAIL = 300  # characters of a line in which its end is looked at
_NEAR = 4  # lines over an indented block among which its attribution stands
_DEEPEST = 50


@dataclass(slots=True)
class _Line:
    """One line while its voice is being found out."""

    start: int
    end: int
    text: str  # without quotation marks
    marks: int
    zone: Zone = Zone.OWN
    depth: int = 0
    writer: str = ""
    forward: bool = False

    @property
    def voice(self) -> tuple[Zone, int, str, bool]:
        """What neighbouring lines must share to be one stretch."""
        return self.zone, self.depth, self.writer, self.forward

    def take(self, other: "_Line") -> None:
        """Speak with the voice of another line."""
        self.zone, self.depth, self.writer, self.forward = other.voice


@dataclass(frozen=True, slots=True)
class _Head:
    """The lines `at`…`at + count` over a quotation: who wrote it and whether it was passed on."""

    at: int
    count: int
    writer: str
    forward: bool


@dataclass(slots=True)
class _Voices:
    """What is known of the quotations at the current line."""

    opened: list[int] = field(default_factory=list)  # marks at which an unmarked quotation began
    writers: dict[int, str] = field(default_factory=dict)
    forwards: set[int] = field(default_factory=set)

    def depth(self, marks: int) -> int:
        """The depth of a line with so many marks; quotations it has left are closed."""
        while self.opened and marks < self.opened[-1]:
            self.opened.pop()
        return marks + len(self.opened)

    def name(self, depth: int, writer: str, *, forward: bool) -> None:
        """A quotation of that depth begins here."""
        for deeper in [known for known in self.writers if known >= depth]:
            del self.writers[deeper]
        self.forwards = {known for known in self.forwards if known < depth}
        self.writers[depth] = writer
        if forward:
            self.forwards.add(depth)


def stretches(rendered: Rendered, phrases: QuotePhrases, subject: str = "") -> tuple[Stretch, ...]:
    """The voices of a text, without gaps; `subject` tells whether the letter as a whole was passed on."""
    lines = _lines(rendered)
    _find_quotations(lines, phrases, passed_on=phrases.forward_subject.match(subject) is not None)
    _fill_gaps(lines)
    _find_signatures(lines, phrases)
    return _with_struck(_merged(lines), rendered.struck)


def _lines(rendered: Rendered) -> list[_Line]:
    """The lines with their marks."""
    texts = rendered.text.split("\n")
    marks = _usual_marks(texts)
    lines, offset = [], 0
    for text in texts:
        mark = marks.match(text) if ">" in text else None
        count = min(_DEEPEST, mark.group().count(">")) if mark else 0
        lines.append(_Line(offset, offset + len(text) + 1, text[mark.end() :] if mark else text, count))
        offset += len(text) + 1
    lines[-1].end -= 1
    _add_html_marks(lines, rendered.quotes)
    return lines


def _usual_marks(texts: Sequence[str]) -> re.Pattern[str]:
    """How this text marks its quoted lines: «> » or, as some programs do, with the writer's initials («ИИ> »)."""
    marked = [text for text in texts if ">" in text]
    with_initials = sum(_INITIALS.match(text) is not None for text in marked)
    bare = sum(_MARKS.match(text) is not None for text in marked)
    return _INITIALS if with_initials > max(bare, 1) else _MARKS


def _add_html_marks(lines: Sequence[_Line], quotes: Sequence[Span]) -> None:
    """Deepen the lines within HTML quotations (an unsure one, a mere indentation, is decided when it is met)."""
    if not quotes:
        return
    edges: list[tuple[int, int]] = []
    for span in quotes:
        if span.sure or _after_colon(lines, span):
            edges += [(span.start, 1), (span.end, -1)]
    edges.sort()
    depth = at = 0
    for line in lines:
        middle = max(line.start, line.end - 2)
        while at < len(edges) and edges[at][0] <= middle:
            depth += edges[at][1]
            at += 1
        line.marks = min(_DEEPEST, line.marks + max(0, depth))


def _after_colon(lines: Sequence[_Line], span: Span) -> bool:
    """Whether an indented block is a quotation: an attribution stands right above it or is its first line."""
    first = bisect_right(lines, span.start, key=lambda line: line.start) - 1
    above = next((line.text for line in reversed(lines[max(0, first - _NEAR) : first]) if line.text.strip()), "")
    return any(_ATTRIBUTION_END.search(text[-_TAIL:]) for text in (above, lines[first].text))


def _find_quotations(lines: list[_Line], phrases: QuotePhrases, *, passed_on: bool) -> None:
    """Give every line its depth, its writer and whether it was passed on.

    `passed_on`: the first unmarked block of headers stands over a letter that was passed on as a whole.
    """
    voices, texts = _Voices(), [line.text for line in lines]
    at = 0
    while at < len(lines):
        stripped = texts[at].strip()
        if stripped and phrases.forward_end.match(stripped):
            _close(voices, lines[at])
            at += 1
            continue
        passed = phrases.forward.match(stripped) is not None
        if passed or phrases.original.match(stripped):
            forward = passed or (passed_on and not voices.writers)
            at = _open_marker(lines, texts, at, voices, phrases, forward=forward)
            continue
        count, strength, writer = attribution_at(texts, at, phrases)
        block, sender = (0, "") if count else header_block(texts, at, phrases)
        if (count and _holds(lines, at, count, strength)) or block:
            forward = passed_on and bool(block) and not voices.writers
            _open(lines, texts, _Head(at, count or block, writer or sender, forward), voices, phrases)
            at += count or block
            continue
        _voice(lines[at], voices)
        at += 1


def _voice(line: _Line, voices: _Voices) -> None:
    """A line speaks with the voice of the quotation it stands in."""
    line.depth = voices.depth(line.marks)
    line.writer = voices.writers.get(line.depth, "") if line.depth else ""
    line.forward = line.depth in voices.forwards
    line.zone = Zone.QUOTED if line.depth else Zone.OWN


def _holds(lines: Sequence[_Line], at: int, count: int, strength: Strength) -> bool:
    """Whether an attribution is one here: sure by itself, or because quoted lines follow."""
    return strength is Strength.SURE or _next_marks(lines, at + count) > lines[at].marks


def _next_marks(lines: Sequence[_Line], at: int) -> int:
    """The marks of the next filled line; -1 at the end."""
    return next((line.marks for line in lines[at : at + 8] if line.text.strip()), -1)


def _open(lines: list[_Line], texts: Sequence[str], head: _Head, voices: _Voices, phrases: QuotePhrases) -> None:
    """A quotation begins under its head, whose lines are part of it but not of what it says."""
    marks, below = lines[head.at].marks, head.at + head.count
    depth = voices.depth(marks)
    before = next((lines[above].marks for above in range(head.at - 1, -1, -1) if lines[above].text.strip()), 0)
    if _next_marks(lines, below) > marks:
        depth += 1
    elif (not marks or before >= marks) and len(voices.opened) < _DEEPEST:
        voices.opened.append(marks)
        depth += 1
    awaited = depth in voices.forwards and not voices.writers.get(depth)
    voices.name(depth, head.writer, forward=head.forward or awaited)
    first = head.at - headers_above(texts, head.at, phrases)
    for line in lines[max(0, first) : below]:
        line.depth, line.zone, line.writer, line.forward = depth, Zone.QUOTED, head.writer, False


def _open_marker(
    lines: list[_Line], texts: Sequence[str], at: int, voices: _Voices, phrases: QuotePhrases, *, forward: bool
) -> int:
    """A line like «---- Пересылаемое сообщение ----» opens a quotation; its headers, if any, name the writer."""
    below = next((n for n in range(at + 1, min(at + 5, len(lines))) if texts[n].strip()), len(lines))
    count, writer = 0, ""
    if below < len(lines):
        count, strength, writer = attribution_at(texts, below, phrases)
        if not count or strength is Strength.NONE:
            count, writer = header_block(texts, below, phrases)
        count = count or _loose_headers(texts, below, phrases)
    _open(lines, texts, _Head(at, below - at + count if count else 1, writer, forward), voices, phrases)
    return below + count if count else at + 1


def _loose_headers(texts: Sequence[str], at: int, phrases: QuotePhrases) -> int:
    """How many lines of any headers stand there, right under a marker line."""
    count = 0
    while at + count < len(texts) and phrases.header.match(texts[at + count].strip()):
        count += 1
    return count


def _close(voices: _Voices, line: _Line) -> None:
    """«Конец пересылаемого сообщения»: the innermost unmarked quotation ends with this line."""
    _voice(line, voices)
    line.forward = False
    if voices.opened:
        voices.opened.pop()


def _fill_gaps(lines: Sequence[_Line]) -> None:
    """Empty lines between two lines of quotation belong to it."""
    above: _Line | None = None
    gap: list[_Line] = []
    for line in lines:
        if not line.text.strip() and not line.marks:
            gap.append(line)
            continue
        if above is not None and above.zone is line.zone is Zone.QUOTED:
            for empty in gap:
                empty.take(above)
        above, gap = line, []


def _find_signatures(lines: list[_Line], phrases: QuotePhrases) -> None:
    """Look for a signature at the end of each run of own lines that is followed by a quotation or the end."""
    run: list[_Line] = []
    for line in [*lines, None]:
        if line is not None and line.zone is Zone.OWN:
            run.append(line)
            continue
        if run:
            for number in signature_lines([own.text for own in run], phrases, top=run[0] is lines[0]):
                run[number].zone = Zone.SIGNATURE
            _rule_before_quotation(run)
        run = []


def _rule_before_quotation(run: Sequence[_Line]) -> None:
    """A rule of dashes right at the end of a run says nothing: it goes with the signature."""
    for line in reversed(run):
        if line.text.strip():
            if is_rule(line.text):
                line.zone = Zone.SIGNATURE
            return


def _merged(lines: Sequence[_Line]) -> list[Stretch]:
    """Neighbouring lines of one voice as one stretch; empty lines go with what stands above them."""
    made: list[Stretch] = []
    begin = 0
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        if after is None or after.voice != line.voice:
            if begin < line.end:
                made.append(Stretch(begin, line.end, *line.voice))
            begin = line.end
    return made


def _with_struck(found: list[Stretch], struck: Sequence[Span]) -> tuple[Stretch, ...]:
    """The stretches, cut where something is struck out."""
    spans = sorted({(span.start, span.end) for span in struck})
    if not spans:
        return tuple(found)
    made: list[Stretch] = []
    number = 0
    for stretch in found:
        at = stretch.start
        while number < len(spans) and spans[number][1] <= at:
            number += 1
        look = number
        while at < stretch.end:
            begin, end = spans[look] if look < len(spans) else (stretch.end, stretch.end)
            begin, end = max(at, min(begin, stretch.end)), max(at, min(end, stretch.end))
            if at < begin:
                made.append(replace(stretch, start=at, end=begin))
            if begin < end:
                made.append(replace(stretch, start=begin, end=end, zone=Zone.STRUCK))
            at = max(end, begin)
            look += 1
    return tuple(made)
