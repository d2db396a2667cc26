"""Raw bytes to `rules.message.Message`: charsets, MIME, HTML, quotations and attachments, one file each.

Two doors: `parse` for the message, `attachment_payloads` for the bytes of its files. Decides nothing about what the
letter wants and fetches nothing.
"""

from intake.parsing.attachments import attachment_payloads
from intake.parsing.whole import parse

__all__ = ["attachment_payloads", "parse"]
