"""What a reader of an HTML letter does not see, or sees struck out: read from attributes and simple style rules.

Understands inline styles, `hidden`, old colour attributes and `<style>` rules for one class, one id or one tag. No
layout: only what decides whether words are shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

HIDDEN = "hidden text left out"

_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|opacity\s*:\s*0*(?:\.0+)?\s*(?:!|;|$)"
    r"|max-height\s*:\s*0(?:px|pt|em|%)?\s*(?:!|;|$)|text-indent\s*:\s*-\d{3,}"
    r"|(?<![\w-])(?:left|top|right|margin-left|margin-top)\s*:\s*-\d{4,}|clip\s*:\s*rect\(\s*0[^)]{0,30}\)"
    r"|transform\s*:\s*scale\(\s*0\s*\)",
)
_SMALL = re.compile(
    r"(?<![\w-])font(?:-size\s*:|\s*:[^;]{0,40}?\s)\s*(\d*\.?\d+)\s*(px|pt|em|rem|%)?(?=\s*[;!/]|\s*$|\s)"
)
_COLOR = re.compile(r"(?<![\w-])color\s*:\s*([^;!]{1,40})")
_BACKGROUND = re.compile(r"(?<![\w-])background(?:-color)?\s*:\s*([^;]{1,200})")
_STRUCK = re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,60}line-through")
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)(?!-line)")
_PRE_LINE = re.compile(r"white-space\s*:\s*normal|white-space\s*:\s*nowrap")
_INTEREST = re.compile(
    r"display|visib|mso-hide|opacity|max-height|indent|left|top|right|clip|scale|font|color|background|line-through|white-space"
)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,4000})\}")
_SELECTOR = re.compile(r"[a-z0-9]*(?:[.#][\w-]+)?", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+))?")
_NAMES = {"white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "transparent": ""}
_TINY = {"px": 1.0, "pt": 1.0, "": 1.0, "em": 0.1, "rem": 0.1, "%": 8.0}
_UNKNOWN = "?"
_LONGEST = 4_000  # characters of the declarations kept for one selector
_REMEMBERED = 500  # characters of a style up to which what it says is remembered: letters repeat a few styles
_NEAR = 6  # difference of two colours, per channel, that nobody sees


@dataclass(frozen=True, slots=True)
class Look:
    """How the text within an element looks: what children inherit. Colours are six hex digits, "?" unknown."""

    color: str = "000000"
    background: str = "ffffff"
    tiny: bool = False
    keep_space: bool = False

    @property
    def unseen(self) -> bool:
        """Whether nobody can read text of this look."""
        return self.tiny or _same(self.color, self.background)


def rules_of(sheet: str) -> dict[str, str]:
    """Declarations by selector (`.name`, `#name`, `tag`, `tag.name`) of a style sheet; media blocks are left out."""
    found: dict[str, str] = {}
    sheet = _without_media(re.sub(r"<!--|-->|/\*.*?\*/", " ", sheet[:200_000], flags=re.DOTALL)).lower()
    for selectors, declarations in _RULE.findall(sheet):
        if not _INTEREST.search(declarations):
            continue
        for selector in selectors.split(","):
            name, said = _simple(selector.strip(), declarations)
            if name and name not in {"a", "body"} and len(found.get(name, "")) < _LONGEST:
                found[name] = f"{found.get(name, '')};{said}"
    return found


def _simple(selector: str, declarations: str) -> tuple[str, str]:
    """(selector, declarations) that can be looked up by one name; ("", "") if there is none.

    What holds only in some surroundings is not followed; but a background set there makes the background unknown, so
    that white letters on it are not taken for hidden ones.
    """
    if _SELECTOR.fullmatch(selector):
        return selector, declarations
    last = selector.split()[-1:] or [""]
    name = last[0].partition(":")[0]
    return (name, "background:url()") if "background" in declarations and _SELECTOR.fullmatch(name) else ("", "")


def _without_media(sheet: str) -> str:
    """The sheet without at-rules and their blocks: they speak of other screens."""
    kept, depth, skipping = [], 0, False
    for piece in re.split(r"(@[^{};]*|[{}])", sheet):
        if piece.startswith("@"):
            skipping = skipping or depth == 0
            continue
        if not skipping:
            kept.append(piece)
        depth += {"{": 1, "}": -1}.get(piece, 0)
        if skipping and depth <= 0 and (piece == "}" or ";" in piece):
            skipping, depth = False, 0
    return "".join(kept)


def declared(tag: str, attributes: Mapping[str, str | None], rules: Mapping[str, str]) -> str:
    """All declarations that hold for an element, the inline ones last, lower case; "" if none matters."""
    inline = attributes.get("style") or ""
    if not rules:
        return inline.lower()
    names = [tag]
    if attributes.get("id"):
        names.append(f"#{attributes['id']}".lower())
    for name in dict.fromkeys((attributes.get("class") or "").lower().split()):
        names += [f".{name}", f"{tag}.{name}"]
    return ";".join([rules[name] for name in names if name in rules] + [inline.lower()])


def gone(attributes: Mapping[str, str | None], style: str) -> bool:
    """Whether an element is not shown at all, with everything in it."""
    if "hidden" in attributes:
        return True
    if not style:
        return False
    return _not_shown_again(style) if len(style) <= _REMEMBERED else _not_shown(style)


def _not_shown(style: str) -> bool:
    last = style.rfind("display")
    if last >= 0 and "none" in style and not re.match(r"display\s*:\s*none", style[last:]):
        style = re.sub(r"display\s*:\s*none", "", style)  # a later declaration shows it
    return _GONE.search(style) is not None


_not_shown_again = lru_cache(maxsize=1024)(_not_shown)


def struck(style: str) -> bool:
    """Whether a style strikes text out."""
    return "line-through" in style and _STRUCK.search(style) is not None


def look(above: Look, attributes: Mapping[str, str | None], style: str) -> Look:
    """The look within an element under `above`."""
    changes: dict[str, str | bool] = {}
    if attributes.get("bgcolor"):
        changes["background"] = _color(attributes["bgcolor"] or "")
    if attributes.get("color"):
        changes["color"] = _color(attributes["color"] or "")
    if attributes.get("background"):
        changes["background"] = _UNKNOWN
    if style:
        changes |= _from_style_again(style) if len(style) <= _REMEMBERED else _from_style(style)
    if not changes:
        return above
    return Look(
        color=str(changes.get("color", above.color)),
        background=str(changes.get("background", above.background)),
        tiny=bool(changes.get("tiny", above.tiny)),
        keep_space=bool(changes.get("keep_space", above.keep_space)),
    )


def _from_style(style: str) -> dict[str, str | bool]:
    changes: dict[str, str | bool] = {}
    for size in _SMALL.finditer(style):
        changes["tiny"] = float(size.group(1)) <= _TINY[size.group(2) or ""]
    for color in _COLOR.finditer(style):
        changes["color"] = _color(color.group(1))
    for background in _BACKGROUND.finditer(style):
        shade = _color(background.group(1))
        if shade:
            changes["background"] = shade
    if _PRE.search(style):
        changes["keep_space"] = True
    elif _PRE_LINE.search(style):
        changes["keep_space"] = False
    return changes


_from_style_again = lru_cache(maxsize=1024)(_from_style)


def _color(text: str) -> str:
    """Six hex digits, "" for transparent, "?" for what cannot be told."""
    text = text.strip().lower()
    if "url(" in text or "gradient" in text:
        return _UNKNOWN
    if text.split(" ")[0] in {"none", "initial", "inherit"}:
        return ""
    hexed = _HEX.search(
        text
        if text.startswith(("#", "rgb")) or " " in text
        else f"#{text}"
        if re.fullmatch("[0-9a-f]{6}", text)
        else text
    )
    if hexed:
        digits = hexed.group(1)
        return "".join(digit * 2 for digit in digits[:3]) if len(digits) < 6 else digits[:6]  # noqa: PLR2004 - #rgb, #rrggbb
    numbers = _RGB.search(text)
    if numbers:
        clear = numbers.group(4) is not None and not float(numbers.group(4).strip(".") or 0)
        return "" if clear else "".join(f"{min(255, int(number)):02x}" for number in numbers.groups()[:3])
    return _NAMES.get(text.split(" ")[0], _UNKNOWN)


@lru_cache(maxsize=1024)
def _same(color: str, background: str) -> bool:
    """Whether two known colours cannot be told apart; transparent letters are never seen."""
    if (color, background) == ("000000", "ffffff") or _UNKNOWN in (color, background) or not background:
        return False
    if not color:
        return True
    return all(abs(int(color[at : at + 2], 16) - int(background[at : at + 2], 16)) <= _NEAR for at in (0, 2, 4))
