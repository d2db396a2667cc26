"""Why something cannot be done, in one English sentence with its cure, for the command line. No behaviour."""

from collections.abc import Mapping
from types import MappingProxyType

from intake.casework import Refused, Why
from rules.errors import Permanent
from store.records import NotUndoable, Undoing

_REFUSALS: Mapping[Why, str] = MappingProxyType(
    {
        Why.NO_TICKET: "there is no ticket {detail}; `intake tickets` lists them",
        Why.NO_REPLY: "reply {detail} is not held; `intake outbox` lists the replies",
        Why.NOT_COMPLETE: "approval needs seven good fields; still open: {detail}; set them with `intake edit`, settle a "
        "doubtful one with `intake confirm`, or ask the applicant with `intake request`",
        Why.NO_APPLICATION: "it is no application; answer it with `intake answer`, or ask for the seven facts with "
        "`intake request`",
        Why.NOTHING_TO_ASK: "nothing is missing; name what to ask for again with --field",
        Why.NOTHING_SAID: "the text is empty; say something",
        Why.UNUSABLE: "the value cannot be used ({detail}); docs/domain.md §2 says what is right",
        Why.NOT_DOUBTFUL: "{detail} is not doubtful; `intake ticket NUMBER` shows the fields, `intake edit` sets one",
        Why.ALREADY: "that is so already; nothing to do",
        Why.FINISHED: "it is finished ({detail}); take it back first with `intake reopen`",
        Why.NO_TASK: "no task lies on it, or it is still open: decide it with `intake approve`, `reject`, `answer` or `close`",
        Why.ITSELF: "a ticket is no duplicate of itself; name the ticket that goes on",
        Why.MOVED: "something has changed in this correspondence meanwhile; look at `intake ticket NUMBER` and try again",
        Why.NOBODY: "there is no address to write to; telephone, or enter one with `intake edit NUMBER admin_email`",
        Why.UNDO_INSTEAD: "its decision has not left yet; take that back with `intake undo {detail}`",
        Why.NO_PERSON: "nobody here has the address {detail}; `intake people list` lists them",
    }
)
_NOT_UNDOABLE: Mapping[Undoing, str] = MappingProxyType(
    {
        Undoing.NEVER: "there is no such action, or it is of a kind that is final; `intake log` lists them",
        Undoing.UNDONE: "it is undone already",
        Undoing.LATE: "the time for undoing is over; `intake reopen` takes the ticket back",
        Undoing.LEAVING: "its letter is under way; `intake reopen` takes the ticket back",
        Undoing.MOVED: "something has happened in the correspondence since; undo what came after it first, or see "
        "`intake ticket NUMBER`",
    }
)


def in_words(error: Permanent) -> str:
    """What stands in the way and what to do about it; the error's own words for any other error."""
    if isinstance(error, Refused):
        return _REFUSALS[error.why].format(detail=error.detail or "decided")
    if isinstance(error, NotUndoable):
        return _NOT_UNDOABLE[error.why]
    return str(error)
