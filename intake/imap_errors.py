"""What imapclient, imaplib, TLS and the socket raise, as the two errors of ours: try again, or a person must act.

The line between them: a refusal is lasting only where an operator can cure it (sign-in, folder, rights) and the server
does not itself call it passing. Knows the words of servers, sends nothing.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator

from intake.settings import Mailbox
from rules.errors import MailboxRefused, MailboxUnreachable

# what imapclient raises on nonsense (RecursionError: on brackets within brackets)
PARSE_ERRORS = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
AGAIN = "it will be tried again"

_TEMPORARY = re.compile(  # RFC 5530 codes, then the words of servers that know none
    r"\[(UNAVAILABLE|INUSE|LIMIT|THROTTLED)\b|too many|temporar|try (it )?(again )?later|rate.?limit|bandwidth"
    r"|overload|\bbusy\b|server unavailable|internal (server )?error|shutting down|restart|inactiv|timeout|timed out",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\[(NONEXISTENT|NOPERM|TRYCREATE|CANNOT)\b", re.IGNORECASE
)  # what follows may be a folder's name
_LEAVING = re.compile(  # BYE for reasons of its own
    r"\[(UNAVAILABLE|INUSE|LIMIT|THROTTLED)\b|too many|shutting|shut ?down|restart|maintenance|inactiv|idle|time-?out"
    r"|timed out|kick|log(ged)? ?out|another (client|session)|try (it )?(again )?later",
    re.IGNORECASE,
)
_BROKEN_LINE = ("socket error", "unexpected response", "unexpected tagged")  # imaplib's own words, not the server's


@contextlib.contextmanager
def translated(settings: Mailbox, doing: str, cure: str = "") -> Iterator[None]:
    """Run a piece of talk; its errors come out as ours. Without a cure every refusal is the server's bad moment."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        cure = "set ca_file to the certificate of its authority, or correct host"
        msg = f"{where(settings)}: its certificate is not trusted ({error.verify_message}); {cure}"
        raise MailboxRefused(msg) from error
    except ssl.SSLError as error:
        if getattr(error, "reason", "") != "WRONG_VERSION_NUMBER":
            raise MailboxUnreachable(_sentence(settings, doing, error, AGAIN)) from error
        cure = 'the port speaks no TLS: correct port, or set security = "starttls"'
        raise MailboxRefused(_sentence(settings, doing, error, cure)) from error
    except imaplib.IMAP4.readonly as error:  # imaplib's kind of abort, though the line is as good as ever
        cure = "the user may only read there: set read_only = true, or give it more rights"
        raise MailboxRefused(_sentence(settings, doing, error, cure)) from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise MailboxUnreachable(_sentence(settings, doing, error, AGAIN)) from error
    except (imaplib.IMAP4.error, *PARSE_ERRORS) as error:
        if cure and isinstance(error, imaplib.IMAP4.error | UnicodeError) and not is_passing(error):
            raise MailboxRefused(_sentence(settings, doing, error, cure)) from error
        raise MailboxUnreachable(_sentence(settings, doing, error, AGAIN)) from error


def is_passing(error: Exception) -> bool:
    """Whether a refusal is of the moment: by the server's own words, or a dead line that came out as a failed login."""
    words = words_of(error)
    broken = isinstance(error.__context__, imaplib.IMAP4.abort) or "illegal in state" in words
    return broken or bool(_TEMPORARY.search(words) and not _LASTING.search(words))


def is_dismissal(error: imaplib.IMAP4.abort) -> bool:
    """Whether the server said BYE over what it was asked, and not because it stops or the line broke."""
    words = words_of(error)
    return not any(mark in words for mark in _BROKEN_LINE) and not _LEAVING.search(words)


def where(settings: Mailbox) -> str:
    """The beginning of every sentence: which mailbox, on which server."""
    return f'mailbox "{settings.name}": {settings.host}:{settings.port}'


def words_of(error: Exception) -> str:
    """What the server or the system said, on one line, without the wrapping that imaplib puts around it."""
    text = re.sub(r"\bb'([^']*)'", r"\1", str(error)) or type(error).__name__
    text = re.sub(r"^(command: )?\w+ (failed:|command error:|=>) ?", "", text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _sentence(settings: Mailbox, doing: str, error: Exception, cure: str) -> str:
    return f"{where(settings)}: {doing} failed: {words_of(error)}; {cure}"
