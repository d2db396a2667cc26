"""Pictures: which are pages that somebody scanned, and their letters guessed, if the operator switched that on.

The only file that runs the recognising program. It gets the picture on its standard input and is asked for Russian;
what it says is marked `ocr`, because a guessed digit is no digit. Without the program a page is a `scan`: named in the
reply and asked for as text. Logos and the smileys of signatures are listed without a word.
"""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from intake.attachments.extracted import Extracted, Note, extracted
from intake.parsing.characters import plain
from intake.parsing.rendered import Rendered

_PROGRAM, _LANGUAGE = "tesseract", "rus"
_SECONDS = 6.0  # for one picture; a file has ten for all that is in it
_LARGEST = 10_000_000  # bytes of a file whose pictures are recognised
_PAGE = 30_000  # bytes from which a picture is a page
_MOST_PAGES = 5
_MOST_TEXT = 50_000
_HEIC = (b"ftyphei", b"ftypmif", b"ftypavi")  # photographs of telephones: pages all of them
_ASKED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Recognition:
    """How pictures are read: `command` with its arguments, none to leave them alone.

    The command reads a picture from standard input and writes UTF-8 text (`tesseract stdin stdout -l rus`). `names`
    are small-letter words that make a picture of that name a page (`page_names`).
    """

    command: Sequence[str] = ()
    names: Sequence[str] = ()

    def read(self, name: str, content: bytes, *, shown: bool = False) -> Extracted:
        """The text in a picture, guessed; a page that nobody reads is a scan, any other picture an empty text.

        `shown` pictures stand in the letter's text: logos, unless their name says otherwise.
        """
        if not self._is_page(name, content, shown=shown):
            return Extracted(name)
        page = self._page(name, self._guessed(content) if len(content) <= _LARGEST else "")
        return page if page.text else replace(page, note=Note.SCAN.value)

    def read_pages(self, scan: Extracted, size: int, pages: Callable[[int], Iterable[bytes]]) -> Extracted:
        """The text in the pictures of a scanned document; the scan as it was when nothing is found.

        `size` of the document in bytes; `pages` gives its first pictures, at most so many.
        """
        if not self.command or size > _LARGEST:
            return scan
        guessed = "\n\n".join(filter(None, map(self._guessed, pages(_MOST_PAGES))))
        page = self._page(scan.name, guessed)
        return page if page.text else replace(scan, note=Note.SCAN.value)

    def _is_page(self, name: str, content: bytes, *, shown: bool) -> bool:
        called = name.rpartition("/")[2].casefold()
        return any(word in called for word in self.names) or (
            not shown and (len(content) >= _PAGE or content[4:11] in _HEIC)
        )

    def _guessed(self, picture: bytes) -> str:
        if not self.command:
            return ""
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command from the operator's own settings
                self.command,
                input=picture,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # one processor: letters are waiting for the other
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return plain(done.stdout[: 4 * _MOST_TEXT].decode("utf-8", "replace"))[0][:_MOST_TEXT].strip()

    def _page(self, name: str, guessed: str) -> Extracted:
        return extracted(name, Rendered(guessed), Note.OCR if guessed else Note.READ)


def page_names(path: Path) -> tuple[str, ...]:
    """The words by which a picture is known for a page, from `rules/data/attachments.toml`. Raises `OSError`."""
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["page_names"])


def recogniser() -> tuple[str, ...]:
    """The command that recognises Russian on this machine; empty if there is no such program or it knows no Russian."""
    program = shutil.which(_PROGRAM)
    if program is None:
        return ()
    try:
        told = subprocess.run(  # noqa: S603 - the program found above
            [program, "--list-langs"], capture_output=True, timeout=_ASKED_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    known = (told.stdout + told.stderr).decode("utf-8", "replace").split()
    return (program, "stdin", "stdout", "-l", _LANGUAGE) if _LANGUAGE in known else ()
