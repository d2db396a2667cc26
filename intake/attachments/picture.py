"""Letters guessed from pictures, if the operator switched it on: the only file that runs the recognising program.

The program gets the picture on its standard input and is asked for Russian; what it says is marked `ocr`, because a
guessed digit is no digit. Without the program pictures are merely listed.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intake.attachments.extracted import Extracted, Note, extracted
from intake.attachments.pdf import pictures
from intake.parsing.characters import plain
from intake.parsing.rendered import Rendered

_SECONDS = 8  # for one picture
_MOST_PAGES = 5
_MOST_TEXT = 50_000


@dataclass(frozen=True, slots=True)
class Recognition:
    """How pictures are read: `command` with its arguments, none to leave them alone.

    The command reads a picture from standard input and writes UTF-8 text (`tesseract stdin stdout -l rus`).
    """

    command: Sequence[str] = ()

    def read(self, name: str, content: bytes) -> Extracted:
        """The text in a picture; an empty one without a note when recognition is off or finds nothing."""
        return self._page(name, self._guessed(content)) if self.command else Extracted(name)

    def read_pages(self, scan: Extracted, content: bytes) -> Extracted:
        """The text in the pictures of a scanned PDF; the scan as it was when nothing is found."""
        if not self.command:
            return scan
        guessed = "\n\n".join(filter(None, map(self._guessed, pictures(content, _MOST_PAGES))))
        page = self._page(scan.name, guessed)
        return page if page.text else replace(scan, note=Note.SCAN.value)

    def _guessed(self, picture: bytes) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command from the operator's own settings
                self.command, input=picture, capture_output=True, timeout=_SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return plain(done.stdout[: 4 * _MOST_TEXT].decode("utf-8", "replace"))[0][:_MOST_TEXT].strip()

    def _page(self, name: str, guessed: str) -> Extracted:
        return extracted(name, Rendered(guessed), Note.OCR if guessed else Note.READ)
