"""The errors of the house: one tree of two branches.

    IntakeError
    ├── Temporary            try again later; nothing is wrong with what we hold
    │   ├── MailboxUnreachable   the IMAP server cannot be reached or spoke nonsense
    │   └── ServerBusy           the SMTP server said 4xx, or a policy limit, or vanished
    └── Permanent            trying again changes nothing; a person must act
        ├── SettingsError        config.toml: file, key and cure
        ├── TemplateError        a template is missing, broken or uses an unknown name
        ├── MailboxRefused       the server says no: password, folder, rights
        ├── DatabaseUnusable     the database cannot be opened or has another schema
        └── RecipientRefused     SMTP 5xx for this very reply

A refusal that the story expects (an invalid phone, a silent reply) is a value with a reason, never an exception.
Each message is one sentence for an operator: what happened, where, what to do.
"""


class IntakeError(Exception):
    """Anything this product raises on purpose; `str()` of it is one clear sentence."""


class Temporary(IntakeError):
    """Trying the same again later may succeed."""


class Permanent(IntakeError):
    """Trying the same again cannot succeed."""


class MailboxUnreachable(Temporary):
    """The IMAP server could not be reached, or the connection died."""


class ServerBusy(Temporary):
    """The SMTP server asked us to come back, or the connection died before its answer."""


class SettingsError(Permanent):
    """A setting is wrong: names the file, the key and the cure."""


class TemplateError(Permanent):
    """A template is missing, cannot be parsed or names an unknown value."""


class MailboxRefused(Permanent):
    """The IMAP server refuses what the settings ask for."""


class DatabaseUnusable(Permanent):
    """The database cannot be opened, or its schema is not the one this version needs."""


class RecipientRefused(Permanent):
    """The SMTP server refuses this reply for good (5xx)."""
