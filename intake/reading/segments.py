"""A passage cut into segments: a label with its value, or a free stretch of text.

Knows the shapes in which people write a list: «label: value», «label - value», «label | value», a label alone on a
line with the value below, numbered and bulleted lists, values that run over several lines. Which words make a label is
`rules.labels`' business; what the value means is not decided here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from intake.reading.passages import Line, Passage, Voice
from rules.labels import Label, Slot, Vocabulary, read_label
from rules.message import Zone

_BULLET = re.compile(r"\s*(?:(?:[-–—•·*●▪■◦✔✓►→>]|[(\[]?\d{1,2}\s?[.)\]](?!\d)|[а-яa-z]\))\s*)*", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?::\s*[-–—]?|\s[-–—=|→]+(?=\s|$)|(?<=[а-яё)])[-–—](?=\s)|\t+|\s{3,}|\.{3,}|…|_{2,})\s*")
_LONGEST_NAME = 600
_FARTHEST = 300  # code points from the beginning of a label to its separator
_GAP_BELOW_LABEL = 2  # paragraphs between a label alone on its line and its value
_WRAPPED = 52  # a line at least this long may have been wrapped by the mail program
_OPENING, _CLOSING = "«“„(", "»”)"
_VALUE_MARK = re.compile(r"[«»\"“”„]|\d{3}")
_PLACE = re.compile(
    r"\s*(?:г|гор|с|п|пос|д|дер|х|рп|пгт|ст|у|аул|село|город|поселок|посёлок|деревня|станица|хутор|улус|р\.\s?п|п\.\s?г\.\s?т|ст-ца|с\.\s?п)"
    r"(?:\.|\s)",
    re.IGNORECASE,
)
_PLACE_WORD = re.compile(
    r"\s*(?:город|село|пос[её]лок|деревня|станица|хутор|аул|улус|рабочий\s+пос[её]лок)\s", re.IGNORECASE
)
_GENITIVE = re.compile(
    r"\s*(?:Республики\s+[А-ЯЁ]|[А-ЯЁ][а-яё-]+(?:ской|цкой|ского|цкого|ного)\s+(?:области|края|района|округа|республики|муниципального|"
    r"городского|автономного|национального)(?![а-яё]))"
)
_EMPTY_VALUE = re.compile(r"[\s_.\-–—:|]*")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one part: `start`/`end` bound the value (the free text when `label` is None).

    `block` counts the paragraphs of the passage; `first` is the offset of the label's beginning.
    """

    label: Label | None
    first: int
    start: int
    end: int
    zone: Zone
    block: int

    def asks(self, slot: Slot) -> bool:
        """Whether its label names that slot."""
        return self.label is not None and slot in self.label.slots


def segments(passage: Passage, vocabulary: Vocabulary) -> list[Segment]:
    """The segments of a passage in order."""
    made: list[Segment] = []
    for segment in _split(passage.lines, vocabulary):
        if made and _continues(made[-1], segment, passage):
            made[-1] = replace(made[-1], end=segment.end, block=segment.block)
        else:
            made.append(segment)
    text = passage.part.text
    return [segment for segment in made if segment.label or text[segment.start : segment.end].strip()]


def _split(lines: Sequence[Line], vocabulary: Vocabulary) -> Iterator[Segment]:
    """One or more segments a line; a label of ours above an inline answer counts as the answer's label."""
    block, asked = 0, None
    for line in lines:
        if line.blank:
            block += 1
            continue
        if line.voice is Voice.OURS:
            asked = read_label(_BULLET.sub("", line.text, count=1), vocabulary) or asked
            continue
        found = list(_labelled(line, vocabulary, block))
        if asked and found and found[0].label is None:
            found[0] = replace(found[0], label=asked)
        asked = None
        yield from found


def _labelled(line: Line, vocabulary: Vocabulary, block: int) -> Iterator[Segment]:
    """The segments of one line: everything after a label up to the next label of the same line."""
    marks = list(_labels_in(line.text, vocabulary))
    lead = _BULLET.match(line.text)
    head = lead.end() if lead else 0
    if not marks or marks[0][0] > head:
        stop = marks[0][0] if marks else len(line.text)
        yield Segment(None, line.start + head, line.start + head, line.start + stop, line.zone, block)
    for number, (first, value, label) in enumerate(marks):
        stop = marks[number + 1][0] if number + 1 < len(marks) else len(line.text)
        close = _closing(line.text, first, value, stop)
        yield Segment(label, line.start + first, line.start + value, line.start + close, line.zone, block)
        if close < stop:
            yield Segment(None, line.start + close, line.start + close, line.start + stop, line.zone, block)


def _closing(text: str, first: int, value: int, stop: int) -> int:
    """Where the value of a label ends that stands in brackets with it: «(сокращённо — МБОУ СОШ № 5), находится …»."""
    if first == 0 or text[first - 1] != "(":
        return stop
    depth = 1
    for offset in range(value, stop):
        depth += {"(": 1, ")": -1}.get(text[offset], 0)
        if depth == 0:
            return offset
    return stop


def _labels_in(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, Label]]:
    """(start of label, start of value, label) for each label of a line.

    A label stands at the beginning of the line, or after a sentence mark or a semicolon within it.
    """
    lead = _BULLET.match(text)
    start = head = lead.end() if lead else 0
    for separator in _SEPARATOR.finditer(text, start):
        if separator.start() < start:
            continue
        if separator.start() - start > _FARTHEST:
            start = separator.start() - _FARTHEST  # a label is short; what lies farther back is none
        first = _label_start(text, start, separator.start())
        label = _label(text[first : separator.start()], vocabulary)
        if label:
            yield first, separator.end(), label
            start = separator.end()
    if start == head and len(text) - head <= _FARTHEST and (whole := _label(text[head:], vocabulary)):
        yield head, len(text), whole


def _label(text: str, vocabulary: Vocabulary) -> Label | None:
    """The label that a text is; names in quotes and numbers are values, never labels."""
    return None if _VALUE_MARK.search(text) else read_label(text, vocabulary)


def _label_start(text: str, start: int, stop: int) -> int:
    """Where the label that ends at `stop` begins: after the last sentence mark, comma or bar before it."""
    bracket = text.rfind("(", start, stop)
    if bracket > start and ")" not in text[bracket:stop]:
        return bracket + 1
    if start == 0 or not re.search(r"[.;,|]\s|\s\|", text[start:stop]):
        return start
    cut = max(text.rfind(mark, start, stop) for mark in (". ", "; ", ", ", "| "))
    return cut + 2 if cut >= 0 else start


def _continues(before: Segment, after: Segment, passage: Passage) -> bool:
    """Whether a free line still belongs to the value (or free text) above it."""
    if after.label or before.zone is not after.zone:
        return False
    text = passage.part.text
    value = text[before.start : before.end]
    if before.label and _EMPTY_VALUE.fullmatch(value):
        return before.label.slots != (Slot.IGNORE,) and after.block - before.block <= _GAP_BELOW_LABEL
    if after.block != before.block:
        return False
    last = value.rsplit("\n", 1)[-1]
    line = text[after.start : after.end]
    if _unbalanced(value):
        return True
    if before.label is None:
        return not _BULLET.match(text[text.rfind("\n", 0, after.start) + 1 :]).group().strip() and _flows(last, line)  # type: ignore[union-attr]
    indented = after.start > 0 and text[text.rfind("\n", 0, after.start) + 1 : after.start].isspace()
    return (indented and not _starts_new(line)) or (
        len(last) + before.start - before.first >= _WRAPPED and _flows(last, line)
    )


def _starts_new(line: str) -> bool:
    return "@" in line or bool(re.match(r"\s*[+\d(]", line))


def _unbalanced(value: str) -> bool:
    opened = sum(value.count(mark) for mark in _OPENING)
    closed = sum(value.count(mark) for mark in _CLOSING)
    # «Школа «Звезда»: inner and outer quotes often share one closing mark.
    return opened > closed and not value.rstrip(" .,;").endswith(tuple(_CLOSING)) and len(value) < _LONGEST_NAME


def _flows(last: str, line: str) -> bool:
    """Whether a line looks like the wrapped continuation of the one above."""
    if last.rstrip().endswith((".", ";", ":", "!", "?")) and not line[:1].islower():
        return False
    if _GENITIVE.match(line):
        return True  # «… района / Республики Татарстан»: nothing but a name goes on in the genitive
    if _PLACE_WORD.match(line) or (_PLACE.match(line) and len(last.rstrip()) < _WRAPPED):
        return False
    return line[:1].islower() or line[:1] in '«"“„(№' or len(last.rstrip()) >= _WRAPPED
