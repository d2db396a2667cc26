"""HTML to text as a person sees it: lines, table rows, lists; hidden text left out, struck and quoted text marked.

The only file that knows selectolax. Walks without recursion (letters with 20 000 nested elements exist) and never
fetches anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from intake.parsing.html_depth import shallow
from intake.parsing.html_styles import HIDDEN, Look, declared, gone, look, rules_of, struck
from intake.parsing.html_tables import Grid
from intake.parsing.rendered import Canvas, Rendered, Span

_SKIP = frozenset(
    {
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "template",
        "object",
        "svg",
        "math",
        "iframe",
        "audio",
        "video",
        "canvas",
        "datalist",
        "select",
        "map",
    }
)
_BLOCK = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "p",
        "pre",
        "section",
        "summary",
        "tbody",
        "tfoot",
        "thead",
        "table",
        "tr",
        "ul",
        "caption",
    }
)
_STRUCK_TAGS = frozenset(("s", "strike", "del"))
_KEEP_SPACE = frozenset(("pre", "textarea", "listing", "xmp"))
_DEEPEST_TABLE = 12  # nested tables beyond this are read as plain blocks
_UNSPACED = ("border:none", "border: none", "border:0", "border: 0")


@dataclass(slots=True)
class _Open:
    """An element whose children are being read."""

    node: LexborNode
    tag: str
    look: Look
    canvas: Canvas
    attributes: Mapping[str, str | None]
    struck_from: int = -1
    grid: Grid | None = None
    own_canvas: bool = False
    number: int = 0
    fallback: str = ""


@dataclass(slots=True)
class _Walk:
    """The state of one walk through a document."""

    rules: dict[str, str]
    canvas: Canvas = field(default_factory=Canvas)
    open: list[_Open] = field(default_factory=list)
    tables: int = 0
    hidden: bool = False


def render_html(source: str) -> Rendered:
    """The text of an HTML document with its tables, struck and quoted runs."""
    source, cut = shallow(source)
    parser = LexborHTMLParser(source)
    sheet = "\n".join(node.text(deep=True) for node in parser.css("style")) if "<style" in source.lower() else ""
    walk = _Walk(rules_of(sheet))
    root = parser.root
    if root is not None:
        _through(walk, root)
    defects = (*((HIDDEN,) if walk.hidden else ()), *(("nested too deeply",) if cut else ()))
    return walk.canvas.rendered(defects)


def _through(walk: _Walk, root: LexborNode) -> None:
    """Visit every node once, parents before and after their children."""
    node: LexborNode | None = root
    while node is not None or walk.open:
        if node is None:
            done = walk.open.pop()
            _leave(walk, done)
            node = done.node.next if walk.open else None
            continue
        entered = _enter(walk, node)
        if entered is None:
            node = node.next if walk.open else None
        else:
            walk.open.append(entered)
            node = node.child


def _enter(walk: _Walk, node: LexborNode) -> _Open | None:
    """Begin an element; None if there is nothing to go into."""
    tag = node.tag or ""
    above = walk.open[-1] if walk.open else None
    if tag == "-text":
        _text(walk, node.text_content or "", above.look if above else Look())
        return None
    if tag in _SKIP or tag[:1] in "-_!":
        return None
    if tag == "br":
        walk.canvas.line_break()
        return None
    attributes = node.attributes
    style = declared(tag, attributes, walk.rules) if attributes or walk.rules else ""
    if gone(attributes, style):
        walk.hidden = walk.hidden or bool((node.text(deep=True) or "").strip())
        return None
    seen = above.look if above else Look()
    opened = _Open(node, tag, look(seen, attributes, style) if attributes or style else seen, walk.canvas, attributes)
    _begin(walk, opened, style, above)
    return opened


def _text(walk: _Walk, text: str, seen: Look) -> None:
    if seen.unseen:
        walk.hidden = walk.hidden or bool(text.strip())
    else:
        walk.canvas.words(text, keep=seen.keep_space)


def _begin(walk: _Walk, opened: _Open, style: str, above: _Open | None) -> None:
    """What an element does before its children."""
    tag = opened.tag
    if tag in _KEEP_SPACE:
        opened.look = Look(opened.look.color, opened.look.background, opened.look.tiny, keep_space=True)
    if tag == "table":
        walk.tables += 1
        opened.grid = Grid() if walk.tables <= _DEEPEST_TABLE else None
    elif tag in {"td", "th"} and _grid(walk):
        opened.own_canvas = True
        walk.canvas = Canvas()
    elif tag == "a":
        opened.fallback = _target(opened.attributes.get("href") or "")
    if tag in _BLOCK or (tag in {"td", "th"} and not opened.own_canvas):
        walk.canvas.line_end()
    if tag == "li" and above is not None and above.tag == "ol":
        _number(walk, opened, above)
    if tag in _STRUCK_TAGS or tag == "blockquote" or opened.fallback or struck(style):
        opened.struck_from = walk.canvas.length


def _number(walk: _Walk, item: _Open, above: _Open) -> None:
    """Put down the number of a list item."""
    start = above.attributes.get("start") or ""
    given = item.attributes.get("value") or ""
    above.number += 1
    if above.number == 1 and start.isdecimal():
        above.number = int(start[:6])
    if given.isdecimal():
        above.number = int(given[:6])
    walk.canvas.words(f"{above.number}. ")


def _leave(walk: _Walk, done: _Open) -> None:
    """What an element does after its children."""
    tag = done.tag
    if done.own_canvas:
        grid = _grid(walk)
        piece = walk.canvas.rendered()
        walk.canvas = done.canvas
        if grid:
            grid.add(piece, done.attributes.get("rowspan"), done.attributes.get("colspan"))
        else:
            walk.canvas.put(piece)
    elif tag == "tr" and (grid := _grid(walk)):
        grid.end_row(walk.canvas)
    elif tag == "table":
        _end_table(walk, done)
    if done.struck_from >= 0:
        _mark(walk, done)
    if tag in _BLOCK or tag in {"td", "th"}:
        walk.canvas.line_end() if not done.own_canvas else None


def _end_table(walk: _Walk, done: _Open) -> None:
    walk.tables -= 1
    if done.grid:
        done.grid.end_row(walk.canvas)
        table = done.grid.table()
        if table:
            walk.canvas.tables.append(table)


def _mark(walk: _Walk, done: _Open) -> None:
    """Mark what an element strikes out or quotes; a link without visible words shows its target."""
    start, end = done.struck_from, walk.canvas.length
    if done.tag == "a" and done.fallback and start == end:
        walk.canvas.words(done.fallback)
    elif done.tag == "blockquote":
        walk.canvas.quotes.append(Span(start, end, _surely_quoted(done.attributes)))
    elif done.tag != "a" or struck((done.attributes.get("style") or "").lower()):
        walk.canvas.struck.append(Span(start, end))


def _surely_quoted(attributes: Mapping[str, str | None]) -> bool:
    """Whether a blockquote is a quotation by its own marks and not a mere indentation."""
    style = (attributes.get("style") or "").lower()
    if any(mark in style for mark in _UNSPACED):
        return False
    return (
        bool(attributes.get("type") or attributes.get("cite"))
        or "quote" in (attributes.get("class") or "")
        or "border-left" in style
    )


def _grid(walk: _Walk) -> Grid | None:
    """The table whose cells are being read."""
    for above in reversed(walk.open):
        if above.tag == "table":
            return above.grid
        if above.own_canvas:
            return None
    return None


def _target(href: str) -> str:
    """The address a link without words leads to, if it is a mailbox or a telephone."""
    scheme, _, rest = href.partition(":")
    return rest.partition("?")[0] if scheme.lower() in {"mailto", "tel"} else ""
