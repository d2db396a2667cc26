"""Raw bytes → the whole `Message`: parsed, and with the texts of its files. The same for the job, the pages and `read`."""

from intake.attachments import Extractor, with_texts
from intake.parsing import attachment_payloads, parse
from rules.book import RuleBook
from rules.message import Message


def open_message(raw: bytes, book: RuleBook, extractor: Extractor) -> Message:
    """The message with the texts of its attachments; files that cannot be read carry a note.

    Raises `Temporary` when the worker that reads files cannot be started: the letter is taken up again later, because
    a file we did not even try must not be asked for.
    """
    message = parse(raw, book.quotes)
    if not message.attachments or message.unreadable:
        return message
    return with_texts(message, extractor.texts(list(attachment_payloads(raw))), guessed=extractor.guesses)
