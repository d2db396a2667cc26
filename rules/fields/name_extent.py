"""Where the name of an organisation ends in a running text.

After the legal form only items that belong to names may follow, one after another: a quoted part, a number, «имени …»,
a place or district, plain words of kinds of schools. The first thing that is none of these ends the name.
"""

import re

from rules import morphology
from rules.fields.fold import fold
from rules.fields.legal_forms import legal_forms

_LONGEST = 700
_SURE_MARK = 3  # a longer abbreviation of a legal form is one in small letters too
_WRAPPED = 55  # code points of a line that was probably broken by a mail program
_GAP = re.compile(r"[ \t\u00a0]*\n?[ \t\u00a0]*")
_CLOSING = {"«": "»", "“": "”", "„": "“", "‘": "’", "‹": "›"}
_NUMBER = re.compile(
    r"(?:№|n(?:o\.?)?(?=\s?\d)|#)\s{0,2}\d{1,5}(?:[-–/]?[а-яa-z](?![а-яa-z]))?(?:[-–]\d{1,3})?(?![\d-])"
)
_BARE_NUMBER = re.compile(r"\d{1,4}(?:-?[а-я](?![а-я]))?(?![\d@-])(?!\s?[./]\d)")
_INITIALS = r"(?:[А-ЯЁ]\.\s?){1,2}"
_NAMED = re.compile(
    rf"(?:[Ии]мени|ИМЕНИ|[Ии]м\.?|ИМ\.?|[Вв]о имя|ВО ИМЯ|[Вв] честь)(?:\s{{1,3}}|(?<=\.))"
    rf"(?:(?:(?:[а-яё]+-)?[а-яё]+(?:го|ых|их|ой|а|я|ы|и|в)\s|[А-ЯЁ][а-яё]+(?:ого|его|ой|ых|их|а|я|ы|и)\s|(?i:герой|героя|земляка|дважды)[-\w]*\s){{0,6}})"
    rf"(?:{_INITIALS})?\s?[А-ЯЁ][А-Яа-яЁё]+(?:-[А-ЯЁ][а-яё]+)?(?:\s(?:{_INITIALS}|[А-ЯЁ][а-яё]+(?:ича|овны|евны|ичны)(?:\s[А-ЯЁ][а-яё]+)?))?"
)
_PLACE = re.compile(
    r"(?:г\.\s?о\.|г\.|город[аеу]?(?:-(?:курорт|геро)[а-я]{0,2})?(?![а-я-])|гор\.|с\.\s?п\.|с\.|сел[оае]\b|п\.\s?г\.\s?т\.|пгт\.?|р\.\s?п\.|рп\b|п\.\s?ст\.|п\.|пос\.|пос[её]лк?[аоеи]?к?\b|рабоч[а-я]+\sпос[её]лк[а-я]|"
    r"деревн[ияе]|д\.|дер\.|станиц[аы]|ст-цы|ст\.|хутора?|х\.|аула?\b|улуса?|у\.|слобод[аы]|станци[ия]|разъезда|зато|а\.)\s{0,2}(?:город\s|г\.\s?)?"
    r"[«\"]?(?P<place>[а-яё]+(?:-[а-яё]+)*)[»\"]?"
)
_DISTRICT = re.compile(
    r"(?:[а-яё]+-)?[а-яё]+(?:ского|цкого|ской|цкой|ного|ной|ого)\s{1,2}(?:(?:муниципальн|городск|национальн|автономн|народн|сельск|административн)[а-я.]+\s{1,2})?"
    r"(?:района|р-на|округа|области|обл\.?|края|республики|улуса|кожууна|поселения|сельсовета)(?:\s[-–—]\s(?:югры|алании|чувашии|кузбасса))?(?![а-я])"
)
_ADDRESS = re.compile(  # a place with its district or region in the nominative is an address, no part of a name
    r"[»\"]?(?:\s?,\s{0,2}|\s{1,2})(?:[а-яё-]+(?:ский|цкий|ый|ий)\s(?:район|р-н|край|муниципальный|городской|округ|ао)(?![а-я])|"
    r"[а-яё-]+(?:ская|цкая|ая)\s(?:обл|респ))|\s?,\s?(?:респ|обл\.|область\s)"
)
_TERRITORY = re.compile(
    r"(?:(?:муниципальн[а-я]+|городск[а-я]+|сельск[а-я]+)\s(?:район[а-я]?|округ[а-я]?|образовани[а-я]|поселени[а-я])|мо|го|[гм]\.\s?[оpр]\.)\s{1,2}"
    r"(?:город[а]?(?:-(?:курорт|геро)[а-я]{0,2})?\s|г\.\s?)?(?:[«\"“][^»\"”\n]{2,60}[»\"”]|(?P<place>[а-яё]+(?:-[а-яё]+)*)(?:\s(?:район|округ)[а]?(?![а-я]))?)|"
    r"(?:республики|респ\.)\s{1,2}(?:[а-яё]+(?:-[а-яё]+)?)(?:\sэл|\sосетия|\s?[-–—]\s?алани[яи]|\s\(якутия\))?|санкт-петербурга|москвы|севастополя"
)
_STOP = re.compile(
    r"(?:администр|админ\b|ответствен|директор|заведующ|тел\b|телефон|моб|почт|e-mail|email|эл\.|адрес|сокращ|сокр\b|кратк|коротк|полн|располож|"
    r"находит|находящ|просит|просим|прошу|регистр|инн\b|огрн|кпп|контакт|населен|субъект|регион\b|в лице|на платформ|в сферум|к сферум|сферум|"
    r"сообща|направля|подключ|ходатай|далее|именуем|назнач|учител|методист|который|которая|это\b|мы\b|наш|и просит|спасибо|добрый|здравств|"
    r"уважаем|создать|прош|завуч|исп\b|фио|ф\.и\.о|почему|для связи|в качестве|будет|является|на базе|от имени|юридическ|фактическ|директ|также|а также)"
)
_WORD = re.compile(r"[а-яё]+(?:[-–][а-яё]+)*")
_ADJECTIVE_WORD = re.compile(
    r"[А-ЯЁ][А-Яа-яЁё]*(?:[-–][А-Яа-яЁё]+)*(?:ая|ий|ый|ое|ой|яя|ая|ской|ского|АЯ|ИЙ|ЫЙ|ОЕ)(?=\s+[«\"“а-яёА-ЯЁ№])"
)
_SECOND = re.compile(r"\s([а-яё]+)")
_SPACES = re.compile(r"\s+")
_MARK = re.compile(r"[А-ЯЁA-Z]{2,7}(?:-[А-ЯЁ]{1,4})?(?![А-Яа-яЁё])")
_OF_TERRITORY = re.compile(r"[А-ЯЁ]{1,3}(?:ГО|МО|МР|ГП|СП|АО)(?![А-Яа-яЁё])")  # «МБОУ «…» НГО»
_SIGNS = frozenset("(,-–—")
_BRANCH_PLACE = re.compile(r"\s{1,3}в(?:о)?\s{1,3}(?=[а-яё.\s]{1,12}\s[а-яё])")  # «филиал … «Школа № 1» в селе …»
_LISTED = re.compile(  # «психолого-педагогической, медицинской и социальной помощи»
    r",\s{1,3}[а-яё]+(?:-[а-яё]+)*(?P<ending>ой|ей|ого|его|ых|их)(?=,\s|\s(?:и\s)?[а-яё])"
)
_OUT_OF = re.compile(r"(?:из|от|до|под|об)\s")  # «МБОУ СОШ № 16 из села …»: prepositions no name goes on with
_DASH = re.compile(
    r"[-–—]\s{1,3}(?=(?:детск|средн|основн|начальн|общеобраз|сад|школ|интернат|лице|гимнази|центр|комплекс|дс\b))"
)
_BRACKET = re.compile(r"\([^()\n]{2,160}\)")
_BRACKET_NAME = re.compile(
    r"\(\s*(?:сменн|открыт|с\.|г\.|п\.|пос|д\.|структурн|коррекц|полн\w*\)|отделен|филиал|корпус|татарск|мужск|женск|заочн|очно|вечерн|школа|гимназ|детск)"
)
_BEGINS = re.compile(r"[«“„(\n/]|(?:^|(?<=\s))\"|(?<![А-ЯЁа-яё])[А-ЯЁ]{3,7}(?![А-ЯЁа-яё])")
_PREDICATES = frozenset({"VERB", "INFN", "NPRO", "PRED", "GRND", "ADVB", "INTJ", "PRTS", "ADJS"})
_LINKS = frozenset({"PREP", "CONJ", "PRCL"})
_LETTERS_OR_QUOTES = frozenset('абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ«"“„')
_LAST_WORD = re.compile(r"[А-ЯЁ][а-яё]+$")
_NOMINATIVE_PERSON = re.compile(r"(?<=[а-яё])\s[А-ЯЁ][а-яё-]+\s[А-ЯЁ][а-яё]+\s[А-ЯЁ][а-яё]+(?:вна|ична|[оеь]вич|ич)$")
_LIKE_A_SURNAME = re.compile(r"(?:[оеё]в|[иы]н|ск(?:ий|ая)|енко|[уюя]к|ян|вич|вна)[ау]?$")
_LONGEST_WORD = 30
_GENITIVE_SURNAME = re.compile(r"\s[А-ЯЁ][а-яё]+(?:ого|его|ова|ева|ёва|ина|ына|ой|ых|ко|ука|юка|яна|ича|ца)(?![а-яё])")
_OF_PLACE = re.compile(r"[а-яё]{1,4}\.\s?[А-ЯЁ]")  # an abbreviated type of a place that is in no list
_LOOSE_NUMBER = re.compile(r"\d{1,3}(?![\d.:/-])(?!\s?[(+\d-])")  # «ШИ 5», and no phone or date
_BLANKS = re.compile(r"[ \t\u00a0]*")
_SHORT_WORD = 3  # letters of the shortest word that could go on with a name
_PERSONS = (
    "предприниматель",
    "предпринимателя",
    "предпринимателю",
    "предпринимателем",
    "предпринимателе",
    " ип",
    "(ип",
)
_TRADER = 20  # code points
_TRADER_NAME = re.compile(
    r"\s{1,3}[«\"]?[А-ЯЁ][А-Яа-яЁё-]+(?:\s[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|(?:\s{1,3}[А-ЯЁ][А-Яа-яЁё-]+){1,2}(?:\s(?:оглы|кызы|угли))?)[»\"]?"
)
_CONJUNCTIONS = frozenset("и в на с по для при о об от до под из к а или".split())  # noqa: SIM905 - lines of words, not a column


def end_of_name(text: str, folded: str, at: int, kind: str) -> int:
    """The end of the name whose legal form ends at `at`; `kind` is `full` or `short`."""
    end = at
    if folded.endswith(_PERSONS, max(0, at - _TRADER), at):
        return _person_behind(text, at)
    quoted = False
    loud = text[max(0, at - 12) : at].isupper() and kind == "full"
    while end - at < _LONGEST:
        gap = _GAP.match(text, end)
        here = gap.end() if gap else end
        broken = "\n" in text[end:here]
        stop = _item(text, folded, here, kind, quoted=quoted, loud=loud, broken=broken)
        if stop is None:
            break
        quoted = quoted or text[here] in '«"“„'
        end = stop
    branch = _BRANCH_PLACE.match(folded, end) if "филиал" in folded[max(0, at - _LONGEST) : at] else None
    if branch is not None:
        end = _place(text, folded, branch.end(), loud=loud) or end
    return _trimmed(text, folded, at, end)


def _person_behind(text: str, at: int) -> int:
    """The end of the person's name behind «индивидуальный предприниматель» or «ИП»."""
    person = _TRADER_NAME.match(text, at)
    return person.end() if person else at


def _trimmed(text: str, folded: str, at: int, end: int) -> int:
    """Without a conjunction or preposition left hanging."""
    while True:
        words = folded[at:end].split()
        if not words or words[-1] not in _CONJUNCTIONS:
            return end
        end = at + len(folded[at:end].rstrip()) - len(words[-1])
        end = at + len(text[at:end].rstrip())


def _item(text: str, folded: str, here: int, kind: str, *, quoted: bool, loud: bool, broken: bool) -> int | None:  # noqa: PLR0911 - one return for each sort of item
    """The end of the next item of a name, None if there is none."""
    if here >= len(text):
        return None
    if text[here] in '«"“„':
        return _quotation(text, here)
    forms = legal_forms()
    abbreviated = forms.short.match(folded, here)
    if (
        abbreviated
        and (text[here : here + 2].isupper() or len(abbreviated.group("mark")) > _SURE_MARK)
        and not (kind == "short" and _is_tail_mark(text, here))
    ):
        branch = folded[max(0, here - 10) : here].rstrip().endswith("филиал")
        return abbreviated.end() if branch else None
    if forms.expanded.match(folded, here) or _STOP.match(folded, here) or _OUT_OF.match(folded, here):
        return None
    number = _NUMBER.match(folded, here)
    if number:
        return number.end()
    named = _NAMED.match(text, here)
    if named:
        return _whole_person(text, named.end())
    place = _place(text, folded, here, loud=loud)
    if place is not None:
        return None if broken and _is_new_line(text, folded, here, place) else place
    if text[here] in _SIGNS:
        return _behind_sign(text, folded, here, quoted=quoted)
    return _plain_item(text, folded, here, kind, quoted=quoted, loud=loud, broken=broken)


def _behind_sign(text: str, folded: str, here: int, *, quoted: bool) -> int | None:
    """The end of a bracket, of one more adjective behind a comma, or of a dash before a kind of school."""
    if text[here] == ",":
        return None if quoted else _listed(folded, here)
    bracket = _BRACKET.match(text, here)
    if bracket:
        return bracket.end() if _BRACKET_NAME.match(folded, here) else None
    dash = _DASH.match(folded, here)
    return dash.end() if dash else None


def _whole_person(text: str, end: int) -> int:
    """The end of the person a school is named after: a first name is followed by the surname («Александра Невского»)."""
    person = _NOMINATIVE_PERSON.search(text, max(0, end - 4 * _LONGEST_WORD), end)
    if person is not None:  # «… имени Юрия Гагарина Иванова Анна Петровна»: the next words are somebody's
        return person.start()
    before = _LAST_WORD.search(text, max(0, end - _LONGEST_WORD), end)
    after = _GENITIVE_SURNAME.match(text, end)
    if before is None or after is None:
        return end
    names = morphology.forms(fold(before.group()))
    return after.end() if any("Name" in one and one.case == "gent" for one in names) else end


def _listed(folded: str, here: int) -> int | None:
    """The end of one more adjective behind a comma, in the case of the one before it."""
    listed = _LISTED.match(folded, here)
    return listed.end() if listed and folded[:here].endswith(listed.group("ending")) else None


def _is_new_line(text: str, folded: str, here: int, end: int) -> bool:
    """Whether a place after a line break is a line of its own and not the wrapped end of the name."""
    if not _PLACE.match(folded, here):
        return False
    before = text.rfind("\n", 0, text.rfind("\n", 0, here))
    wrapped = here - before > _WRAPPED and folded[:end].endswith(("а", "я", "ого", "ой", "и", "ы"))
    return not wrapped or not text[end : end + 2].strip(" .,;\n")


def _is_tail_mark(text: str, here: int) -> bool:
    mark = _MARK.match(text, here)
    return mark is not None and mark.group() in {"ДО", "ВО", "УО", "АО"}


def _place(text: str, folded: str, here: int, *, loud: bool) -> int | None:
    """A place, district or region that belongs to the name."""
    for pattern in (_TERRITORY, _DISTRICT):
        match = pattern.match(folded, here)
        if match and (text[here].isupper() or loud or pattern is _TERRITORY):
            return match.end()
    match = _PLACE.match(folded, here)
    if match is None:
        return None
    start, end = match.span("place")
    if not text[start].isupper() or _is_address(folded, end) or (not loud and _is_line_of_its_own(text, here)):
        return None
    second = _SECOND.match(folded, end)
    two = second and not loud and folded[start:end].endswith(("ая", "ое", "ый", "ий", "ые", "ой", "ого"))
    if second and two and text[second.start(1)].isupper() and _is_place_noun(second.group(1)):
        return second.end()
    return match.end()


def _is_address(folded: str, end: int) -> bool:
    """Whether a place whose name ends here is followed by its district or region, as in an address.

    Not if the name stands in the genitive («г. Братска, Иркутская область»): then it belongs to the organisation.
    """
    return _ADDRESS.match(folded, end) is not None and not folded[:end].endswith(("ска", "ого", "ской"))


def _is_place_noun(word: str) -> bool:
    """Whether the second word of a place's name is a noun («Высокая Гора») and not the next person's surname."""
    readings = morphology.forms(word)
    if not morphology.known(word):
        return _LIKE_A_SURNAME.search(word) is None
    return bool(readings) and "NOUN" in readings[0] and not morphology.has(word, "Surn", "Patr")


def _is_line_of_its_own(text: str, here: int) -> bool:
    """Whether «Село Гехи» begins here: a place's type as a capitalised word stands at the head of a line."""
    return re.match(r"(?:Город|Село|Пос[её]лок|Деревня|Станица|Хутор|Аул|Рабочий)\s", text[here : here + 9]) is not None


def _plain_item(  # noqa: PLR0911 - one return for each sort of word
    text: str, folded: str, here: int, kind: str, *, quoted: bool, loud: bool, broken: bool
) -> int | None:
    """A word of the name outside quotes."""
    forms = legal_forms()
    known = forms.kind.match(folded, here)
    if known and not quoted:
        return known.end()
    bare = _BARE_NUMBER.match(folded, here)
    if bare:
        before = folded[:here].rstrip()[-14:]
        return (
            bare.end()
            if re.search(r"(?:сош|оош|нош|сш|ош|дс|ши|ш/и|цо|школа|интернат|сад|гимназия|лицей|д/с)$", before)
            else None
        )
    mark = _MARK.match(text, here)
    if mark and kind == "short" and not loud and (not quoted or _OF_TERRITORY.match(text, here)):
        return mark.end()
    word = _WORD.match(folded, here)
    loud = loud and word is not None and text[here : word.end()].isupper()
    if word is None or (quoted and not loud and not _continues(folded, word)):
        return None
    school = forms.noun.match(folded, here) is not None
    if text[here].isupper() and not loud:
        adjective = _ADJECTIVE_WORD.match(text, here)
        if adjective and not quoted:
            following = _SPACES.match(text, adjective.end())
            return adjective.end() if following and _goes_on(text, folded, following.end()) else None
        return word.end() if school and not quoted else None
    if kind == "short":
        following = _SPACES.match(text, word.end())
        named = following and word.group().endswith(("ая", "ий", "ый", "ое", "ой"))
        if following and named and _goes_on(text, folded, following.end()):
            return word.end()
        return word.end() if school or word.group() in _CONJUNCTIONS else None
    if not school and is_predicate(word.group()):
        return None
    return word.end() if not broken or school or not quoted else None


def is_predicate(word: str) -> bool:
    """Whether a lower-cased word is a verb, pronoun or adverb, which no name goes on with («школа № 5 стоит в …»)."""
    if not morphology.known(word):
        return False
    readings = morphology.forms(word)
    return bool(readings) and not _PREDICATES.isdisjoint(readings[0].kinds)


def _leads_away(form: morphology.Form, *, quoted: bool) -> bool:
    """Whether a small word is a preposition or conjunction, or, behind a quotation, a noun that is no genitive («…
    «Дом детства» доступ к платформе»: names go on in the genitive).
    """
    return not _LINKS.isdisjoint(form.kinds) or (quoted and "NOUN" in form and form.case != "gent")


def ends_clearly(text: str, folded: str, end: int, kind: str) -> bool:  # noqa: PLR0911 - a table of cases, read from the top
    """Whether what stands behind a name that ends at `end` shows that it ends there.

    Clear are the end of a line or clause, a bracket, a number, an address, words of `_STOP`, prepositions and verbs.
    """
    gap = _BLANKS.match(text, end)
    here = gap.end() if gap else end
    if "\t" in text[end:here]:
        return True
    if here >= len(text) or text[here] not in _LETTERS_OR_QUOTES:
        return _LOOSE_NUMBER.match(text, here) is None
    forms = legal_forms()
    if _STOP.match(folded, here) or _MARK.match(text, here) or forms.short.match(folded, here):
        return True
    if _PLACE.match(folded, here):
        return kind == "full" or end == here or text[here].isupper()
    if _OF_PLACE.match(text, here):
        return False
    word = _WORD.match(folded, here)
    if word is None or text[here] in '«"“„':
        return False
    plain = word.group()
    if len(plain) < _SHORT_WORD or is_predicate(plain):
        return True
    readings = morphology.forms(plain)
    if not text[here].isupper():
        return bool(readings) and _leads_away(readings[0], quoted=text[end - 1] in '»"”')
    if not any(form.known for form in readings) or morphology.has(plain, "Surn", "Name", "Patr"):
        return morphology.has(plain, "Surn", "Name", "Patr")
    return "Geox" not in readings[0] and not (readings[0].case == "gent" and "ADJF" in readings[0])


def _continues(folded: str, word: re.Match[str]) -> bool:
    """Whether a lower-case word after the quoted part still belongs to the name («с углублённым изучением …»)."""
    return (
        re.match(
            r"(?:с\sуглубл|с\sдошкольн|при\s|и\sдошкольн|углубл|изучени|отдельн|предмет|дошкольн|групп|ордена|имени|для\sдетей|для\sобуч|с\sнаруш|с\sогранич|"
            r"общеразвив|комбинирован|компенсир|присмотр|оздоровит|санаторн|вида(?![а-я])|развивающ|с\sприоритет|с\sосуществл|приоритетн|осуществлен)",
            folded[word.start() : word.start() + 20],
        )
        is not None
    )


def _goes_on(text: str, folded: str, at: int) -> bool:
    """Whether a school's word, a quoted part or a further adjective stands there."""
    if at >= len(text):
        return False
    forms = legal_forms()
    return bool(
        forms.noun.match(folded, at)
        or forms.kind.match(folded, at)
        or text[at] in '«"“№'
        or _ADJECTIVE_WORD.match(text, at)
    )


def _shared(text: str, at: int, limit: int) -> bool:
    """Whether the mark before `at` closed the inner and the outer quotation: «Лицей «Каракойсу», коротко МКОУ «Лицей …».

    So it is when the outer one is not closed before the next quotation, bracket or line begins.
    """
    closing = next((spot for spot in range(at, limit) if text[spot] in '»"”' and text[spot - 1 : spot].strip()), -1)
    return closing < 0 or _BEGINS.search(text, at, closing) is not None


def _quotation(text: str, here: int) -> int | None:
    """The end of a quoted part, nested quotes included; None if it never ends."""
    limit = min(len(text), here + _LONGEST)
    if all(text.find(mark, here + 1, limit) < 0 for mark in '»"”'):
        return None
    depth = 0
    for at in range(here, limit):
        one, before = text[at], depth
        if one in "«“„":
            if one == "“" and depth and "„" in text[here:at] and text[at - 1 : at].strip():
                depth -= 1
            else:
                depth += 1
        elif one in "»”":
            depth -= 1
        elif one == '"':
            opening = at == here or not text[at - 1 : at].strip() or text[at - 1] in "(«"
            depth += 1 if opening else -1
        if depth == 0 or (depth == 1 < before and _shared(text, at + 1, limit)):
            return at + 1
        if one == "\n" and text[at + 1 : at + 2] in {"\n", ""}:
            break
    closed = max(text.rfind(mark, here + 1, limit) for mark in ("»", '"', "”"))
    return closed + 1 if closed > here and "\n" not in text[here:closed] else None
