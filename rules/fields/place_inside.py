"""Places that a sentence is in: «находится в Дальнереченске», «садик наш в Яшкуле», where the region is known already.

A small town by name alone is only believed inside the region that the letter names, and only after a preposition. Pure.
"""

import re
from collections.abc import Iterator

from rules.fields.fold import fold
from rules.fields.found import Found, doubtful
from rules.fields.gazetteer import Gazetteer
from rules.fields.settlement import nominatives, normalise_settlement

IN_A_SENTENCE = "named in a sentence"
_INSIDE = re.compile(
    r"(?<![а-яёА-ЯЁ])(?:[вВ]о?|[иИ]з|[пП]од|[пП]о|[дД]о)\s+(?:сел(?:ении|ении|ения|ение)\s+)?"
    r"(?P<name>[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)*(?:\s[А-ЯЁ][а-яё]+)?)"
    r"(?!\s?(?:район|р-н|округ|област|обл\b|кра[йяе]|улиц|ул\.|проспект|сельсовет|муниц|городск|[А-ЯЁ]\.))"
)
_BACK = 60  # code points before the preposition
_SITUATED = re.compile(
    r"(?:наход\w+|располож\w+|располаг\w+|стоит|базир\w+|живём|живем|(?i:мы)(?:\s+сами)?|пиш\w+(?:\s+вам)?|"
    r"наш\w?|(?i:школа|садик|гимназия|лицей|колледж|техникум))\s+(?:[а-яё]+\s+)?$"
)
_REGION_BEHIND = re.compile(
    r"\s?[,(]?\s*(?:[А-ЯЁ]{2,4}(?![А-Яа-яЁё])|[А-ЯЁ][а-яё-]+(?:ая|ой|ий|ого)\s(?:обл|кра[йя]|респ)|[Рр]еспублик)"
)
_MOST = 100


def find_inside(text: str, gazetteer: Gazetteer, region: str) -> list[Found]:
    """The places of that region which stand after «в», «из», «под» … in a text; doubtful
    where they may only be mentioned.
    """
    found = []
    for match in list(_INSIDE.finditer(text))[:_MOST]:
        written = match.group("name")
        for name in _readings(written):
            if gazetteer.named(name, region):
                value = normalise_settlement(name, gazetteer, region)
                if value.usable and value.value:
                    start = match.start("name")
                    end = start + len(written)
                    if not _is_told(text, match, end):
                        value = doubtful(value.value, written, IN_A_SENTENCE)
                    found.append(Found(start, end, written, value, "inside"))
                    break
    return found


def _is_told(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the sentence says that somebody is there («находится в …»), or the region stands right behind."""
    return _SITUATED.search(text, max(0, match.start() - _BACK), match.start()) is not None or (
        _REGION_BEHIND.match(text, end) is not None
    )


def _readings(written: str) -> Iterator[str]:
    """The nominatives that a name may be an oblique form of; of two words first both, then the first alone."""
    for name in dict.fromkeys((written, written.split(" ", maxsplit=1)[0])):
        yield from (one for one in nominatives(name) if fold(one) != fold(name))
        yield name
