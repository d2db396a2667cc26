"""The head words of an organisation's full name from an oblique case into the nominative; the rest stays as written."""

import re

from rules.application import Status
from rules.fields.fold import fold
from rules.fields.legal_forms import legal_forms
from rules.fields.person_name import normalise as normalise_person

_HEAD_CASES = {
    "neut": re.compile(r"(?:учреждени|предприяти|заведени)(?:я|ю|ем|и)$"),
    "femn": re.compile(r"организаци(?:и|ю|ей|ею)$"),
}
_HEAD_ENDING = {"neut": "е", "femn": "я"}
_ADJECTIVE = {
    "neut": (("ского", "ское"), ("ому", "ое"), ("ему", "ее"), ("ого", "ое"), ("его", "ее"), ("ом", "ое"), ("ем", "ее"), ("ым", "ое"), ("им", "ое")),
    "femn": (("ой", "ая"), ("ою", "ая"), ("ую", "ая"), ("ей", "яя"), ("юю", "яя")),
    "masc": (("ского", "ский"), ("ому", "ый"), ("ого", "ый"), ("ему", "ий"), ("его", "ий"), ("ом", "ый"), ("ым", "ый"), ("им", "ий")),
}  # fmt: skip
_NOUNS = {
    "школы": ("школа", "femn"), "школе": ("школа", "femn"), "школу": ("школа", "femn"), "школой": ("школа", "femn"),
    "гимназии": ("гимназия", "femn"), "гимназию": ("гимназия", "femn"), "гимназией": ("гимназия", "femn"),
    "лицея": ("лицей", "masc"), "лицею": ("лицей", "masc"), "лицеем": ("лицей", "masc"), "лицее": ("лицей", "masc"),
    "сада": ("сад", "masc"), "саду": ("сад", "masc"), "садом": ("сад", "masc"), "колледжа": ("колледж", "masc"),
    "колледжу": ("колледж", "masc"), "центра": ("центр", "masc"), "центру": ("центр", "masc"), "интерната": ("интернат", "masc"),
}  # fmt: skip
_WORD = re.compile(r"[А-Яа-яЁё-]+")


def nominative(name: str) -> str:
    """A full name whose legal form stands in the nominative; a branch's name («Филиал муниципального …») as it is."""
    form = legal_forms().expanded.search(fold(name))
    if form is None or form.group("branch"):
        return name
    head = form.group("head")
    if head is None:
        return _firm(name, form)
    gender = next((one for one, pattern in _HEAD_CASES.items() if pattern.search(head)), None)
    if gender is None or _is_plain(form.group("form"), gender):
        return name
    start, end = form.span("form")
    stem = end - len(head)
    words = _WORD.sub(lambda match: _adjective(match.group(), gender), name[start:stem])
    noun = re.sub(r"(?:ем|ей|ею|я|ю|и)$", "", fold(name[stem:end]))
    shown = _like(name[stem : stem + len(noun)] + _HEAD_ENDING[gender], name[stem:end])
    return name[:start] + words + shown + _kind(name[end:])


def _firm(name: str, form: re.Match[str]) -> str:
    """«общества с ограниченной ответственностью», «акционерному обществу», «индивидуального предпринимателя»."""
    said, rest = name[form.start() : form.end()], name[form.end() :]
    if "предпринимат" in form.group("form"):
        person = normalise_person(rest.strip(' «»"'))
        shown = f" {person.value}" if person.status is Status.OK else rest
        first, *_ = _WORD.findall(said)
        return name[: form.start()] + _adjective(first, "masc") + " " + _like("предприниматель", said) + shown
    said = re.sub(r"(?i)(обществ)(?:а|у|ом|е)(?![а-яё])", lambda hit: hit.group(1) + _like("о", hit.group()), said)
    return name[: form.start()] + _WORD.sub(lambda hit: _of_firm(hit.group()), said) + rest


def _of_firm(word: str) -> str:
    """An adjective of «акционерное общество»; the words of «ограниченной ответственностью» stay."""
    return (
        _adjective(word, "neut")
        if word.lower().startswith(("акционерн", "публичн", "непубличн", "закрыт", "открыт"))
        else word
    )


def _is_plain(form: str, gender: str) -> bool:
    """Whether the adjectives before the head are nominative already, so that the head is only misspelt."""
    first = _WORD.search(form)
    return first is not None and first.group().endswith("ое" if gender == "neut" else "ая")


def _adjective(word: str, gender: str) -> str:
    low = word.lower()
    for old, new in _ADJECTIVE[gender]:
        if low.endswith(old) and len(low) > len(old) + 2:
            stem = word[: -len(old)]
            soft = new == "ый" and stem[-1:].lower() in "кгхжшщч"
            return _like(stem + ("ий" if soft else new), word)
    return word


def _like(new: str, old: str) -> str:
    return new.upper() if old.isupper() else new


def _kind(rest: str) -> str:
    """«средней общеобразовательной школы № 5» right behind the legal form, in the nominative."""
    words = list(_WORD.finditer(rest[:120]))
    for count, match in enumerate(words[:6]):
        known = _NOUNS.get(fold(match.group()))
        between = rest[words[0].start() : match.start()]
        if known is None or not re.fullmatch(r"[А-Яа-яЁё\s-]*", between) or rest[: words[0].start()].strip():
            continue
        noun, gender = known
        made = "".join(
            _adjective(one.group(), gender) + rest[one.end() : words[at + 1].start()]
            for at, one in enumerate(words[:count])
        )
        return rest[: words[0].start()] + made + _like(noun, match.group()) + rest[match.end() :]
    return rest
