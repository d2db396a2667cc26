"""What a person (or a timer) may do with tickets, by name. The words of the audit log; no behaviour."""

from enum import StrEnum


class ActionName(StrEnum):
    """What was done; each stands in the audit log under this name."""

    TAKE = "take"  # an agent takes the ticket
    ASSIGN = "assign"  # … gives it to somebody, or to nobody
    EDIT = "edit"  # sets a field
    CONFIRM = "confirm"  # says that a doubtful value is right
    REQUEST = "request"  # asks the applicant for fields
    APPROVE = "approve"
    REJECT = "reject"
    ANSWER = "answer"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    NOTE = "note"
    REOPEN = "reopen"
    CLOSE = "close"  # withdrawn by the applicant
    DONE = "done"  # the task on a finished ticket is done
    SEND = "send"  # lets a held reply go
    DROP = "drop"  # does not send it after all
    REMIND = "remind"  # by the clock
    EXPIRE = "expire"  # by the clock
    FILL = "fill"  # the applicant filled a field on the personal page
    PERSON = "person"  # somebody of ours is added, changed, let go
    ENTER = "enter"  # took an application down by hand, from paper or by telephone
    OUTSIDE = "outside"  # somebody answered in webmail
    PROBE = "probe"  # `intake check --probe` tried whether mail to a sub-address arrives


UNDO_SECONDS = 30
"""How long a decision can be undone before its mail leaves (domain.md §4)."""
