"""The texts of a letter's files: `Extractor` reads them in a process with limits, `with_texts` adds them to the message.

Never trusts a name, a declared type or a size; a file that cannot be read gets a note, never an exception.
"""

from intake.attachments.adding import parts_of, with_texts
from intake.attachments.extracted import Extracted, Note
from intake.attachments.extractor import Extractor, Limits
from intake.attachments.picture import recogniser

__all__ = ["Extracted", "Extractor", "Limits", "Note", "parts_of", "recogniser", "with_texts"]
