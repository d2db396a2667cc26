"""What was read from files, added to the message that carries them: parts with their names, notes on the list. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from intake.attachments.extracted import Extracted, Note
from rules.message import Message, Part


def parts_of(files: Iterable[Extracted], *, guessed: bool = False) -> tuple[Part, ...]:
    """A part for each text, the files inside of a file after it; `attachment:NAME`, a second one of that name `#2`.

    Texts guessed from pictures come only if `guessed`: for a reader that calls every value in them doubtful.
    """
    made: list[Part] = []
    times: dict[str, int] = {}
    for one in (one for file in files for one in (file, *file.children)):
        if not one.text.strip() or (one.note == Note.OCR.value and not guessed):
            continue
        name = f"attachment:{one.name}"
        times[name] = times.get(name, 0) + 1
        numbered = name if times[name] == 1 else f"{name}#{times[name]}"
        made.append(Part(numbered, one.text, one.stretches, one.tables))
    return tuple(made)


def with_texts(message: Message, files: Sequence[Extracted], *, guessed: bool = False) -> Message:
    """The message with the texts of its files, and with a note on each that could not be read; `files` in its order."""
    pairs = zip(message.attachments, files, strict=True)
    listed = tuple(replace(attachment, note=_note(one)) for attachment, one in pairs)
    return replace(message, parts=(*message.parts, *parts_of(files, guessed=guessed)), attachments=listed)


def _note(file: Extracted) -> str:
    """Why a file, or the first unread file in it, could not be read."""
    return next((one.note for one in (file, *file.children) if one.note), "")
