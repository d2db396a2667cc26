"""HTML to text as a person sees it."""

from time import process_time

import pytest

from intake.parsing.html import render_html


def seen(source: str) -> str:
    return render_html(source).text


def test_blocks_and_breaks_are_lines() -> None:
    assert seen("<div>a</div><p>b<br>c</p>d<ul><li>e<li>f</ul>") == "a\nb\nc\nd\ne\nf"


def test_empty_paragraphs_are_one_empty_line() -> None:
    assert seen("<p>a</p><p>&nbsp;</p><p>b</p><br><br><br>c<div><br></div>d") == "a\n\nb\n\nc\n\nd"


def test_white_space_collapses_but_no_break_spaces_stay() -> None:
    assert seen("<p> a \n  b<b> c</b>&nbsp;&nbsp;d </p>") == "a b c  d"


def test_words_are_not_torn_by_inline_tags() -> None:
    assert seen("<p>Гим<span>на</span><b>зия</b></p>") == "Гимназия"


def test_preformatted_text_keeps_its_lines() -> None:
    assert seen("<pre>a\n  b</pre><div style='white-space: pre-wrap'>c\nd</div>") == "a\n  b\nc\nd"


def test_numbered_lists_keep_their_numbers() -> None:
    assert seen("<ol start=3><li>a</li><li value=7>b</li><li>c</ol>") == "3. a\n7. b\n8. c"


def test_a_row_is_one_line_and_its_cells_are_known() -> None:
    found = render_html(
        "<table><tr><td>Полное<br>название</td><td><p>МБОУ</p></td></tr><tr><td>Телефон</td><td></td></tr></table>"
    )
    assert found.text == "Полное название | МБОУ\nТелефон | "
    cells = [(found.text[c.start : c.end], c.row, c.column) for c in found.tables[0].cells]
    assert cells == [("Полное название", 0, 0), ("МБОУ", 0, 1), ("Телефон", 1, 0), ("", 1, 1)]


def test_spans_move_the_cells_of_later_rows() -> None:
    found = render_html("<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td colspan=2>d<td>e</table>")
    assert [(found.text[c.start : c.end], c.row, c.column, c.rows, c.columns) for c in found.tables[0].cells] == [
        ("a", 0, 0, 2, 1),
        ("b", 0, 1, 1, 1),
        ("c", 1, 1, 1, 1),
        ("d", 2, 0, 1, 2),
        ("e", 2, 2, 1, 1),
    ]


def test_columns_of_a_letterhead_stay_lines() -> None:
    source = "<table><tr><td>a<br>b<br>c</td><td>&nbsp;</td><td>d<br>e<br>f</td></tr></table>"
    assert seen(source) == "a\nb\nc\nd\ne\nf"


def test_a_table_around_the_whole_letter_is_no_table() -> None:
    found = render_html("<table><tr><td><p>Здравствуйте</p><table><tr><td>a<td>b</table></td></tr></table>")
    assert found.text == "Здравствуйте\na | b"
    assert len(found.tables) == 1


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>x</p>",
        "<p style='DISPLAY : NONE !important'>x</p>",
        "<p style='visibility:hidden'>x</p>",
        "<p hidden>x</p>",
        "<p style='mso-hide:all'>x</p>",
        "<p style='font-size:0'>x</p>",
        "<p style='font-size:1px;line-height:1px'>x</p>",
        "<p style='color:#ffffff'>x</p>",
        "<p style='color:white'>x</p>",
        "<font color='#fff'>x</font>",
        "<p style='color:rgb(255,255,255)'>x</p>",
        "<div bgcolor='#123456'><p style='color:#123456'>x</p></div>",
        "<p style='background:#eee;color:#eeeeee'>x</p>",
        "<p style='text-indent:-9999px'>x</p>",
        "<p style='position:absolute;left:-9999px'>x</p>",
        "<p style='opacity:0'>x</p>",
        "<p style='max-height:0px;overflow:hidden'>x</p>",
        "<style>.pre{display:none}</style><p class='a pre'>x</p>",
        "<style><!-- #k, div.z { color: #fff } --></style><div class=z>x</div>",
    ],
)
def test_hidden_text_is_left_out_and_that_is_said(hidden: str) -> None:
    found = render_html(f"<p>a</p>{hidden}<p>b</p>")
    assert found.text == "a\nb"
    assert found.defects == ("hidden text left out",)


@pytest.mark.parametrize(
    "shown",
    [
        "<div style='background:#000;color:#fff'>x</div>",
        "<table bgcolor=navy><tr><td style='color:#fff'>x</td></tr></table>",
        "<td style='font-size:0'><div style='font-size:14px'>x</div></td>",
        "<style>@media print{.m{display:none}}</style><div class=m>x</div>",
        "<p style='color:#000;font-size:10.0pt'>x</p>",
        "<p style='display:none;display:block'>x</p>",
        "<p style='max-height:0.5em'>x</p>",
        "<style>table .button{background:#06c}</style><div class=button><a style='color:#fff'>x</a></div>",
        "<p style='border-color:#fff;margin-left:-5px'>x</p>",
        "<p style='font:12px/1 Arial'>x</p>",
    ],
)
def test_what_can_be_seen_is_not_taken_for_hidden(shown: str) -> None:
    assert seen(shown) == "x"


@pytest.mark.parametrize(
    "source", ["<script>x</script>", "<style>x</style>", "<!-- x -->", "<title>x</title>", "<![if a]><![endif]>"]
)
def test_what_is_no_text_is_no_text(source: str) -> None:
    assert render_html(f"<p>a</p>{source}") == render_html("<p>a</p>")


@pytest.mark.parametrize(
    "tag",
    ["<s>{}</s>", "<del>{}</del>", "<strike>{}</strike>", "<span style='text-decoration: line-through'>{}</span>"],
)
def test_struck_text_is_kept_and_marked(tag: str) -> None:
    found = render_html("<p>a " + tag.format("old") + " b</p>")
    assert found.text == "a old b"
    assert [found.text[span.start : span.end] for span in found.struck] == ["old"]


def test_struck_text_in_a_cell_is_marked_where_the_cell_stands() -> None:
    found = render_html("<p>z</p><table><tr><td>a</td><td><s>old</s> new</td></tr></table>")
    assert [found.text[span.start : span.end] for span in found.struck] == ["old"]


def test_links_show_their_words_or_where_they_lead() -> None:
    assert (
        seen("<a href='https://x.ru'>сайт</a> <a href='mailto:a@b.ru?subject=x'></a> <a href='https://x.ru'></a>")
        == "сайт a@b.ru"
    )


def test_invisible_characters_go() -> None:
    found = render_html("<p>Гим&shy;на\u200bзия&nbsp;5</p>")
    assert found.text == "Гимназия 5"
    assert found.defects == ("invisible characters",)


@pytest.mark.parametrize(
    "source",
    ["<div>" * 20_000 + "x", "<table><tr><td>" * 3_000 + "x", "<blockquote>" * 9_000 + "x", "<b><i>" * 9_000 + "x"],
)
def test_endless_nesting_keeps_the_words_and_ends_soon(source: str) -> None:
    begun = process_time()
    assert seen(source) == "x"
    assert process_time() - begun < 1


def test_unclosed_formatting_does_not_multiply() -> None:
    begun = process_time()
    source = "".join(f"<font color='#{n:06x}'>" for n in range(2000)) + "<p>a</p>" * 2000
    assert seen(source).count("a") == 2000
    assert process_time() - begun < 2
