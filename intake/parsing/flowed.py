"""format=flowed (RFC 3676): soft line breaks undone, quotation depth kept. Pure text to text."""

import re

_MARKS = re.compile(r">*")


def unflowed(text: str, *, delete_space: bool) -> str:
    """The text with its soft-wrapped lines joined; `delete_space` is the parameter DelSp=yes."""
    made: list[list[str]] = []
    open_depth = -1  # depth of the paragraph that goes on, -1 for none
    for line in text.split("\n"):
        depth = len(_MARKS.match(line).group())  # type: ignore[union-attr]
        content = line[depth:]
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        piece = content[:-1] if soft and delete_space else content
        if open_depth == depth and content != "-- ":
            made[-1].append(piece)
        else:
            made.append([">" * depth + (" " if depth else ""), piece])
        open_depth = depth if soft else -1
    return "\n".join("".join(pieces).rstrip(" ") if pieces[-1] != "-- " else "-- " for pieces in made)
