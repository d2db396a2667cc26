"""A passage cut into segments: a label with its value, or a free stretch of text.

Knows the shapes in which people write a list: «label: value», «label - value», «label | value», a label alone on a
line with the value below, numbered and bulleted lists, values that run over several lines. Which words make a label is
`rules.labels`' business; what the value means is not decided here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from intake.reading.passages import Line, Passage, Voice
from rules.labels import MAX_LABEL, Label, Slot, Vocabulary, read_label
from rules.message import Zone

_MARK = r"(?:[-–—•·*●▪■◦✔✓►→>]|[(\[]?\d{1,2}\s?[.)\]](?!\d)|[а-яa-z]\)|ответ\s*[:—–-](?=\s))"
_BULLET = re.compile(rf"\s*(?:{_MARK}\s*)*", re.IGNORECASE)
_BULLETED = re.compile(rf"\s*{_MARK}", re.IGNORECASE)
_SIGN = re.compile(r"[-:\t…=|→–—]|\s{3}|\.\.\.|__")  # without one of these no separator can stand in a text
_SEPARATOR = re.compile(r"\s*(?::\s*[-–—]?|\s[-–—=|→]+(?=\s|$)|(?<=[а-яё)])[-–—](?=\s)|\t+|\s{3,}|\.{3,}|…|_{2,})\s*")
_LONGEST_NAME = 600
_FARTHEST = 300  # code points from the beginning of a label to its separator
_GAP_BELOW_LABEL = 2  # paragraphs between a label alone on its line and its value
_WRAPPED = 52  # a line at least this long may have been wrapped by the mail program
_OPENING, _CLOSING = "«“„(", "»”)"
_QUOTED = {'""', "«»", "“”"}
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
_HALF_TYPE = (
    re.compile(  # what cannot end a line of its own: half of a settlement's type, a legal form without its name
        r"(?:рабочий|городского|дачный|курортный|рабочем|городского типа|сельское|городское|"
        r"(?:образовательн|бюджетн|казенн|казённ|автономн|профессиональн)[а-яё]+\s+(?:учреждени|организаци)[а-яё]+|"
        r"учреждени[а-яё]+\s+(?:дополнительного|высшего)\s+образования|\sимени)\s*$",
        re.IGNORECASE,
    )
)
_VALUE_BEGINS = re.compile(r"\s(?=[A-ZА-ЯЁ\d+«\"“„(]|[\w.+-]+@)")
_LONGEST_LABEL = 60  # code points of a label without a separator
_ANSWERED = frozenset({Slot.FULL, Slot.SHORT, Slot.SETTLEMENT, Slot.REGION, Slot.ADMIN, Slot.PHONE, Slot.EMAIL})
_LIST = 3  # fields that make lines a list
_ABBREVIATED = re.compile(r"(?<![а-яёА-ЯЁ])[а-яёА-ЯЁ]{1,7}\.\s$")
_NUMBERED = re.compile(r"\s*(?:\d{1,2}\s?[.)](?!\d)|[а-яa-z]\))", re.IGNORECASE)
_REPEATED = re.compile(
    r"(?:(?:наш[ае]?|это)\s+)?(?:(?:школа|сад|организация|учреждение)\s+)?(?:называ(?:ется|емся)|именуется|полностью|кратко|"
    r"сокращ[её]нно)\s+(?=[А-ЯЁ«\"])"
)
_HINT = re.compile(r"\s*\([^()\n@«»\"“”„]{3,150}\)[.:]?\s*")  # a line that only explains the label above it
_LIKE_A_LABEL = re.compile(r"\s*[А-ЯЁ][^.:;,«»\"“”„()\d\n]{2,40}:\s")
_CAPTION = re.compile(r"\s*(?:\(([^()]{3,80})\)|\^+\s*([^^]{3,80}))[.,;]?\s*")
_BEHIND = re.compile(r"\s*(?:\(([^()]{3,60})\)|\s[—–-]\s+([^—–()«»\d@]{3,60}))[\s.;,]*$")
_CONTACT_END = re.compile(r"(?:@[\w.-]+|\d[\d\s()-]{6,})[)\s.;,]*$")
_ENTRY = re.compile(r"\s*[А-ЯЁ]{2,8}\s+(?:[«\"“„№А-ЯЁ\d]|имени|им\.)|\s*[А-ЯЁ][а-яё-]+ое\s+[а-яё]+ое\s")
_EMPTY_VALUE = re.compile(r"[\s_.\-–—:|]*")


class Mark(NamedTuple):
    """A label in a line, by offsets into the line: where it begins, where its value begins, and where a value ends that
    stands before its label (0: behind it).
    """

    first: int
    value: int
    label: Label
    end: int = 0


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
    text = passage.part.text
    empty = False  # whether the last one has no value yet
    passage, captions = _captioned(passage, vocabulary)
    unmarked = {**captions, **_unseparated(passage.lines, vocabulary), **_reversed(passage.lines, vocabulary)}
    for segment in _split(passage.lines, vocabulary, unmarked):
        if (
            made
            and empty
            and made[-1].label
            and not segment.label
            and _HINT.fullmatch(text, segment.start, segment.end)
        ):
            continue
        if made and _lists_on(made[-1], segment, text):
            segment = replace(segment, label=made[-1].label)  # noqa: PLW2901 - the next value under one label
        if made and _continues(made[-1], segment, text, empty=empty):
            if empty:  # the value begins on this line
                made[-1] = replace(made[-1], first=segment.first, start=segment.start)
                empty = _EMPTY_VALUE.fullmatch(text, segment.start, segment.end) is not None
            made[-1] = replace(made[-1], end=segment.end, block=segment.block)
        else:
            empty = _EMPTY_VALUE.fullmatch(text, segment.start, segment.end) is not None
            made.append(segment)
    return [segment for segment in made if segment.label or text[segment.start : segment.end].strip()]


def _captioned(passage: Passage, vocabulary: Vocabulary) -> tuple[Passage, dict[int, Mark]]:
    """The passage without captions that stand in brackets under their values, as forms have them, and those values."""
    found: dict[int, tuple[Line, Label]] = {}
    above: Line | None = None
    for line in passage.lines:
        hit = _CAPTION.fullmatch(line.text) if "(" in line.text or "^" in line.text else None
        label = _label(hit.group(1) or hit.group(2), vocabulary) if hit else None
        if label and above is not None and len(label.slots) == 1 and _ANSWERED & set(label.slots):
            found[line.start] = (above, label)
        if not line.blank:
            above = line
    if len({label.slots for _, label in found.values()}) < _LIST or _is_label(
        next(iter(found.values()))[0], vocabulary
    ):
        return passage, {}
    marks = {line.start: Mark(0, 0, label, len(line.text)) for line, label in found.values()}
    return replace(passage, lines=tuple(line for line in passage.lines if line.start not in found)), marks


def _is_label(line: Line, vocabulary: Vocabulary) -> bool:
    return line.text.rstrip().endswith(":") or _label(line.text, vocabulary) is not None


def _unseparated(lines: Sequence[Line], vocabulary: Vocabulary) -> dict[int, Mark]:
    """Labels with nothing but a space before their value («Насел. пункт Корсаков»), by the offset of their line."""
    return _in_lists(lines, lambda line: _before_value(line, vocabulary))


def _reversed(lines: Sequence[Line], vocabulary: Vocabulary) -> dict[int, Mark]:
    """Labels behind their values («Родники — город», «МБОУ «Школа № 5» (краткое название)»), by the offset of their
    line.
    """
    return _in_lists(lines, lambda line: _after_value(line, vocabulary))


def _in_lists(lines: Sequence[Line], look: Callable[[Line], Mark | None]) -> dict[int, Mark]:
    """What `look` finds in lists: lines of three different fields or more that follow each other; in prose such words
    are no labels.
    """
    kept: dict[int, Mark] = {}
    run: dict[int, Mark] = {}
    if len(lines) < _LIST:
        return kept
    for line in (*lines, None):
        if line is not None and (line.blank or line.voice is Voice.OURS):
            continue
        found = None if line is None else look(line)
        if found is not None and line is not None:
            run[line.start] = found
            continue
        if len({mark.label.slots for mark in run.values()}) >= _LIST:
            kept |= run
        run = {}
    return kept


def _after_value(line: Line, vocabulary: Vocabulary) -> Mark | None:
    """The label that a line ends with, if a value stands before it; the mark ends where the value does."""
    if not ("(" in line.text or "—" in line.text or "–" in line.text or " - " in line.text):
        return None
    hit = _BEHIND.search(line.text, max(0, len(line.text) - _LONGEST_LABEL - 10))
    lead = _BULLET.match(line.text)
    head = lead.end() if lead else 0
    if hit is None or hit.start() <= head or not any(one.isalnum() for one in line.text[head : hit.start()]):
        return None
    label = _label(hit.group(1) or hit.group(2), vocabulary)
    if (
        label is None
        or len(label.slots) > 1
        or not _ANSWERED & set(label.slots)
        or _label(line.text[head : hit.start()], vocabulary)
    ):
        return None
    return Mark(head, head, label, hit.start())


def _before_value(line: Line, vocabulary: Vocabulary) -> Mark | None:
    """The label that a line begins with, if a value follows it after a space."""
    lead = _BULLET.match(line.text)
    head = lead.end() if lead else 0
    first = line.text[head : head + _LONGEST_LABEL].split(" ", 1)[0]
    if not first or _SEPARATOR.match(line.text, head + len(first)) or not any(vocabulary.tags(first)):
        return None
    asked = line.text.find("? ", head, head + _LONGEST_LABEL)
    if asked > 0:  # a label that asks ends with its question: «В каком населённом пункте? деревня …»
        ends = [asked + 1]
    else:
        ends = [hit.start() for hit in _VALUE_BEGINS.finditer(line.text, head, head + _LONGEST_LABEL)]
    for end in reversed([one for one in ends if not line.text[one - 1].isdigit()]):
        if _PLACE_WORD.fullmatch(line.text, head, end + 1):
            return None  # «Село Курми»: the type is part of the value
        label = _label(line.text[head:end], vocabulary)
        if label is not None:
            return Mark(head, end + 1, label) if _ANSWERED & set(label.slots) else None
    return None


def _split(lines: Sequence[Line], vocabulary: Vocabulary, unseparated: Mapping[int, Mark]) -> Iterator[Segment]:
    """One or more segments a line; a label of ours above an inline answer counts as the answer's label."""
    block, asked = 0, None
    for line in lines:
        if line.blank:
            block += 1
            continue
        if line.voice is Voice.OURS:
            asked = read_label(_BULLET.sub("", line.text, count=1), vocabulary) or asked
            continue
        found = list(_labelled(line, vocabulary, block, unseparated.get(line.start)))
        if asked and found and found[0].label is None:
            found[0] = replace(found[0], label=asked)
        asked = None
        yield from found


def _labelled(line: Line, vocabulary: Vocabulary, block: int, unmarked: Mark | None) -> Iterator[Segment]:
    """The segments of one line: everything after a label up to the next label of the same line."""
    if unmarked and unmarked.end:
        first = line.start + unmarked.first
        yield Segment(unmarked.label, first, first, line.start + unmarked.end, line.zone, block)
        return
    marks = list(_labels_in(line.text, vocabulary)) or ([unmarked] if unmarked else [])
    lead = _BULLET.match(line.text)
    head = lead.end() if lead else 0
    if not marks or marks[0][0] > head:
        stop = marks[0][0] if marks else len(line.text)
        yield Segment(None, line.start + head, line.start + head, line.start + stop, line.zone, block)
    for number, (first, value, label, _) in enumerate(marks):
        stop = marks[number + 1][0] if number + 1 < len(marks) else len(line.text)
        close = _closing(line.text, first, value, stop)
        if repeated := _REPEATED.match(line.text, value, close):
            value = repeated.end()  # noqa: PLW2901 - the value says its label again
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


def _labels_in(text: str, vocabulary: Vocabulary) -> Iterator[Mark]:
    """Each label of a line.

    A label stands at the beginning of the line, or after a sentence mark or a semicolon within it.
    """
    lead = _BULLET.match(text)
    start = head = lead.end() if lead else 0
    for separator in _SEPARATOR.finditer(text, start) if _SIGN.search(text, start) else ():
        if separator.start() < start:
            continue
        if separator.start() - start > _FARTHEST:
            start = separator.start() - _FARTHEST  # a label is short; what lies farther back is none
        first = _label_start(text, start, separator.start())
        label = _label(text[first : separator.start()], vocabulary)
        if (
            first > start
            and _ABBREVIATED.search(text, start, first)
            and all(word.endswith(".") for word in text[start:first].split())
            and (longer := _label(text[start : separator.start()], vocabulary))
        ):
            first, label = start, longer  # «Нас. пункт:»: the dot ends no sentence
        if label:
            yield Mark(first, separator.end(), label)
            start = separator.end()
    if (
        start == head
        and len(text) - head <= _FARTHEST
        and not _answered(text)
        and (whole := _label(text[head:], vocabulary))
    ):
        yield Mark(head, len(text), whole)


def _answered(text: str) -> bool:
    """Whether a word stands behind a question in the same line: the line is no label alone."""
    asked = text.find("? ")
    return asked >= 0 and text[asked + 2 : asked + 3].isalpha()


def _label(text: str, vocabulary: Vocabulary) -> Label | None:
    """The label that a text is; names in quotes and numbers are values, never labels."""
    if len(text) > MAX_LABEL:
        return None
    if _VALUE_MARK.search(text):
        plain = text.strip()
        quoted = plain[:1] + plain[-1:] in _QUOTED and not _VALUE_MARK.search(plain[1:-1])
        return read_label(plain[1:-1], vocabulary) if quoted else None
    return read_label(text, vocabulary)


def _label_start(text: str, start: int, stop: int) -> int:
    """Where the label that ends at `stop` begins: after the last sentence mark, comma or bar before it."""
    bracket = text.rfind("(", start, stop)
    if bracket > start and ")" not in text[bracket:stop]:
        return bracket + 1
    if start == 0:
        return start
    cut = max(text.rfind(mark, start, stop) for mark in (". ", "; ", ", ", "| "))
    return cut + 2 if cut >= 0 else start


def _continues(before: Segment, after: Segment, text: str, *, empty: bool) -> bool:
    """Whether a free line still belongs to the value (or free text) above it; `empty`: that value is none yet."""
    if after.label or before.zone is not after.zone:
        return False
    if before.label and empty:
        return before.label.slots != (Slot.IGNORE,) and after.block - before.block <= _GAP_BELOW_LABEL
    if after.block != before.block or _awaits_more(before, after, text):
        return after.block == before.block
    last = text[max(before.start, text.rfind("\n", before.start, before.end) + 1) : before.end]
    line = text[after.start : after.end]
    begin = text.rfind("\n", 0, after.start) + 1
    if before.label is None:
        # A list entry ends with its number or address, the next begins with a name.
        return (
            not (_CONTACT_END.search(last) and _ENTRY.match(line))
            and not _BULLETED.match(text, begin)
            and _flows(last, line)
        )
    indented = after.start > 0 and text[begin : after.start].isspace()
    return (indented and not _starts_new(line)) or (
        len(last) + before.start - before.first >= _WRAPPED and _flows(last, line)
    )


def _awaits_more(before: Segment, after: Segment, text: str) -> bool:
    """Whether a value must go on: a quotation mark is open, or one label asks for several values, a line each."""
    if before.label and before.first == before.start and len(before.label.slots) > 1:
        begin = text.rfind("\n", 0, after.start) + 1
        if text.count("\n", before.start, before.end) + 1 < len(before.label.slots) and not _BULLETED.match(
            text, begin
        ):
            return True
    return before.end - before.start < _LONGEST_NAME and _unbalanced(text[before.start : before.end])


def _lists_on(before: Segment, after: Segment, text: str) -> bool:
    """Whether a line is a further entry of a list under one label: «Полные названия: а) … б) …»."""
    if not before.label or after.label or before.block != after.block or before.label.slots == (Slot.IGNORE,):
        return False
    if before.first != before.start or text[after.end : after.end + 1].strip():
        return False  # the value stands beside its label, or something else on the line
    begins = [text.rfind("\n", 0, one.start) + 1 for one in (before, after)]
    return all(_NUMBERED.match(text, begin) is not None for begin in begins)


def _starts_new(line: str) -> bool:
    return "@" in line or bool(re.match(r"\s*[+\d(]", line))


def _unbalanced(value: str) -> bool:
    opened = sum(value.count(mark) for mark in _OPENING)
    closed = sum(value.count(mark) for mark in _CLOSING)
    # «Школа «Звезда»: inner and outer quotes often share one closing mark.
    return opened > closed and not value.rstrip(" .,;").endswith(tuple(_CLOSING))


def _flows(last: str, line: str) -> bool:
    """Whether a line looks like the wrapped continuation of the one above."""
    if _LIKE_A_LABEL.match(line):
        return False
    if _HALF_TYPE.search(last):
        return True  # «рабочий / посёлок Хиславичи»
    if last.rstrip().endswith((".", ";", ":", "!", "?")) and not line[:1].islower():
        return False
    if _GENITIVE.match(line):
        return True  # «… района / Республики Татарстан»: nothing but a name goes on in the genitive
    if _PLACE_WORD.match(line) or (_PLACE.match(line) and len(last.rstrip()) < _WRAPPED):
        return False
    return line[:1].islower() or line[:1] in '«"“„(№' or len(last.rstrip()) >= _WRAPPED
