"""What was read from files, added to the message that carries them: parts with their names, notes on the list. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from intake.attachments.extracted import Extracted, Note
from rules.message import Attachment, Message, Part

_ENVELOPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


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
        made.append(Part(numbered, one.text, one.stretches, one.tables, guessed=one.note == Note.OCR.value))
    return tuple(made)


def with_texts(message: Message, files: Sequence[Extracted], *, guessed: bool = False) -> Message:
    """The message with the texts of its files, and with a note on each that could not be read; `files` in its order."""
    pairs = tuple(zip(message.attachments, files, strict=True))
    listed = tuple(replace(attachment, note=_note(one)) for attachment, one in pairs)
    fresh = [replace(one, text="") if _is_told(attachment, one, message) else one for attachment, one in pairs]
    return replace(message, parts=(*message.parts, *parts_of(fresh, guessed=guessed)), attachments=listed)


def _is_told(attachment: Attachment, one: Extracted, message: Message) -> bool:
    """Whether Outlook's envelope only says again what the letter says: its text is not to be read twice."""
    if attachment.content_type not in _ENVELOPES and attachment.name.lower() != "winmail.dat":
        return False
    text = "".join(one.text.split())
    return any(text in "".join(part.text.split()) for part in message.parts)


def _note(file: Extracted) -> str:
    """Why a file, or the first unread file in it, could not be read."""
    return next((one.note for one in (file, *file.children) if one.note), "")
