"""Every reply has its templates; they load nothing from afar, read well, and a broken one is found before sending."""

import re
import shutil
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.compose import FILES, Composer, specimens
from rules.errors import TemplateError
from rules.fields_words import Words
from rules.judgement import ReplyKind

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "templates" / "replies"
GOLDEN = ROOT / "tests" / "golden" / "replies"
WORDS = Words.load(ROOT / "rules" / "data" / "words.toml")
MOSCOW = ZoneInfo("Europe/Moscow")
COMPOSER = Composer(FOLDER, WORDS, MOSCOW)

TAGS = ("html", "head", "meta", "title", "body", "div", "p", "b", "br", "ul", "li")
SHOWN = {"received": (2, 3), "missing": (4, 5), "question_received": (1,), "too_large": (1,)}
"""Which specimens of each kind are kept as golden texts."""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"title", "style"}:
            self.text.append(data)


def _tags(html: str) -> _Tags:
    found = _Tags()
    found.feed(html)
    assert found.open == []
    return found


def _cases() -> list[tuple[ReplyKind, int]]:
    return [(kind, which) for kind in ReplyKind for which in range(len(specimens()))]


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_every_reply_has_its_three_templates_and_a_golden_text(kind: ReplyKind) -> None:
    assert all((FOLDER / kind.value / file).is_file() for file in FILES)
    assert SHOWN[kind.value]


@pytest.mark.parametrize(("kind", "which"), _cases())
def test_html_is_well_formed_plain_and_loads_nothing(kind: ReplyKind, which: int) -> None:
    html = COMPOSER.compose(kind, specimens()[which]).html
    found = _tags(html)
    assert {tag for tag, _ in found.tags} <= {*TAGS}
    assert {key for _, attributes in found.tags for key in attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "style",
    }
    for live in ("http", "//", "url(", "@import", "src=", "href=", "cid:", "javascript"):
        assert live not in html


@pytest.mark.parametrize(("kind", "which"), _cases())
def test_no_colour_is_fixed_that_could_vanish_on_a_dark_page(kind: ReplyKind, which: int) -> None:
    html = COMPOSER.compose(kind, specimens()[which]).html
    styles = ";".join(attributes.get("style") or "" for _, attributes in _tags(html).tags)
    assert not re.search(r"(?<!-)\bcolor\s*:|background", styles)
    assert set(re.findall(r"#\w+", styles)) <= {"#888888"}


@pytest.mark.parametrize(("kind", "which"), _cases())
def test_text_and_html_say_the_same(kind: ReplyKind, which: int) -> None:
    found = COMPOSER.compose(kind, specimens()[which])

    def said(text: str) -> set[str]:
        return set(re.findall(r"[\w@+«»]+", text))

    assert said(" ".join(_tags(found.html).text)) == said(found.text)


@pytest.mark.parametrize("path", sorted([*FOLDER.rglob("*.txt"), *FOLDER.rglob("*.html")]), ids=lambda path: path.name)
def test_russian_typography_is_kept(path: Path) -> None:
    source = re.sub(r"\{[%#].*?[%#]\}|<[^>]*>", "", path.read_text(encoding="utf-8"))
    text = re.sub(r"\{\{.*?\}\}", "X", source)
    assert not re.search(r"[\"']|\.\.\.| - |--", text), "«», …, —"
    assert not re.search(r"[а-яёX] +[,.!?;:]", text)
    assert not re.search(r"[а-яё][,;:!?][а-яё]", text)
    assert not re.search("данн|предостав|осуществ|в связи с|являет|уведомля", text), "officialese"


@pytest.mark.parametrize(
    ("kind", "which"), [(ReplyKind(kind), which) for kind, places in SHOWN.items() for which in places]
)
def test_the_proofread_text_has_not_changed(kind: ReplyKind, which: int) -> None:
    found = COMPOSER.compose(kind, specimens()[which])
    written = f"{found.subject}\n\n{found.text}".replace("\u00a0", " ")
    assert written == (GOLDEN / f"{kind.value}-{which}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("kind", "which"), _cases())
def test_our_words_quoted_without_marks_do_not_make_an_answer_look_automatic(kind: ReplyKind, which: int) -> None:
    heard = tomllib.loads((ROOT / "rules" / "data" / "kinds.toml").read_text(encoding="utf-8"))
    text = " ".join(COMPOSER.compose(kind, specimens()[which]).text.casefold().replace("ё", "е").split())
    weight = 0
    for phrase, weighs in (heard["absence"] | heard["machine_texts"]).items():
        pattern = r"\b" + r"\b.{0,40}?\b".join(re.escape(one.strip(" $")) for one in phrase.split("*"))
        weight += weighs if re.search(pattern, text) else 0
    assert weight < 3, "three are enough for an automatic reply"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("missing/body.txt", None, r"missing/body\.txt"),
        ("missing/body.txt", "раз\n{{ unheard }}\n", r"missing/body\.txt, line 2.*unheard"),
        ("missing/body.txt", "{% if round > 99 %}\n{{ unheard }}{% endif %}", r"missing/body\.txt, line 2.*unheard"),
        (
            "missing/body.txt",
            "{% for one in tickets %}\n\n{{ one.unheard }}{% endfor %}",
            r"body\.txt, line 3.*unheard",
        ),
        ("received/body.html", "{% if %}", r"received/body\.html, line 1"),
        ("received/subject.txt", "{{ subject", r"received/subject\.txt, line 1"),
        ("too_large/body.txt", "a\nb\n{{ 1 / 0 }}", r"too_large/body\.txt, line 3"),
        ("too_large/body.txt", "{{ subject.__class__.__mro__ }}", r"too_large/body\.txt, line 1"),
        ("parts.txt", "{% macro value(one) %}{{ one.unheard }}{% endmacro %}", r"parts\.txt|body\.txt"),
        ("layout.html", "{% block letter %}", r"layout\.html, line"),
        ("layout.html", None, r"layout\.html"),
        ("missing/body.html", b"\xff\xfe", r"missing/body\.html"),
        ("missing/body.html", "{% include 'nowhere.html' %}", r"nowhere\.html"),
    ],
)
def test_a_broken_template_is_named_before_anything_is_sent(
    tmp_path: Path, file: str, content: str | bytes | None, said: str
) -> None:
    folder = tmp_path / "replies"
    shutil.copytree(FOLDER, folder)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TemplateError, match=said) as raised:
        Composer(folder, WORDS, MOSCOW)
    assert "\n" not in str(raised.value)
