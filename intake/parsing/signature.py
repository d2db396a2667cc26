"""Where the signature of a letter begins: «-- », «С уважением,», «Отправлено с iPhone», legal footers.

Sees one run of the writer's own lines at a time and says which of them are signature. A postscript is letter again.
"""

import re
from collections.abc import Sequence

from rules.quotes_data import QuotePhrases

_MOST = 8  # filled lines under the closing words
_MOST_DASHED = 14  # filled lines under «-- »
_LOOK = 60  # filled lines from the end in which a signature can begin
_LONG = 110  # a longer line is a sentence of the letter
_DELIMITER = re.compile(r"\s*(?:--|—|–|-- )\s*")
_LABELLED = re.compile(r"\W*[^\W\d][^:\n]{8,70}:\s*\S")
_FORM = 3  # labelled lines that make a form of what stands below


def signature_lines(lines: Sequence[str], phrases: QuotePhrases, *, top: bool = True) -> set[int]:
    """Numbers of the lines that are signature, empty ones between them included.

    `top` says that nothing stands above the run: then «--» in its first line is no delimiter.
    """
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        return set()
    start = _start(lines, filled, phrases, top=top)
    found = _until_postscript(lines, start, phrases) if start is not None else set()
    found |= {number for number in filled if phrases.program.match(lines[number].strip())}
    return found | _footer(lines, filled, phrases)


def _start(lines: Sequence[str], filled: Sequence[int], phrases: QuotePhrases, *, top: bool) -> int | None:
    """The first line of the signature."""
    look = filled[-_LOOK:]
    for position, number in enumerate(look):
        below = look[position + 1 :]
        line = lines[number].strip()
        if (
            _DELIMITER.fullmatch(lines[number])
            and (number > filled[0] or not top)
            and len(below) <= _MOST_DASHED
            and not _form(lines, below)
        ):
            return number
        if phrases.closing.match(line) and len(line) <= _LONG and _short(lines, below, phrases):
            return number
    return None


def _short(lines: Sequence[str], below: Sequence[int], phrases: QuotePhrases) -> bool:
    """Whether what stands below the closing words is short enough for a signature."""
    upto = next((at for at, number in enumerate(below) if _ends(lines[number], phrases)), len(below))
    own = below[:upto]
    return len(own) <= _MOST and all(len(lines[number]) <= _LONG for number in own) and not _form(lines, own)


def _ends(line: str, phrases: QuotePhrases) -> bool:
    text = line.strip()
    return any(pattern.match(text) for pattern in (phrases.postscript, phrases.program, phrases.footer))


def _form(lines: Sequence[str], numbers: Sequence[int]) -> bool:
    """Whether these lines are the filled-in form itself."""
    return sum(bool(_LABELLED.match(lines[number])) for number in numbers) >= _FORM


def _until_postscript(lines: Sequence[str], start: int, phrases: QuotePhrases) -> set[int]:
    stop = next((n for n in range(start + 1, len(lines)) if phrases.postscript.match(lines[n].strip())), len(lines))
    return set(range(start, stop))


def _footer(lines: Sequence[str], filled: Sequence[int], phrases: QuotePhrases) -> set[int]:
    """A legal footer at the end: from its first line on."""
    tail = filled[1:][-_MOST_DASHED:]
    for position, number in enumerate(tail):
        if phrases.footer.match(lines[number].strip()):
            rest = " ".join(lines[number:])[:3000]
            if (
                phrases.footer_word.search(rest)
                and len(filled) - position <= _MOST_DASHED
                and not _form(lines, filled[position:])
            ):
                return set(range(number, len(lines)))
    return set()
