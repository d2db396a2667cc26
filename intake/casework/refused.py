"""Why something cannot be done with a ticket. Values, for each screen to put in words."""

from enum import StrEnum

from rules.errors import Permanent


class Why(StrEnum):
    """Why something cannot be done."""

    NO_TICKET = "no_ticket"
    NO_REPLY = "no_reply"  # there is no such reply, or it is not held
    NOT_COMPLETE = "not_complete"  # approval needs seven good fields
    NO_APPLICATION = "no_application"
    NOTHING_TO_ASK = "nothing_to_ask"
    NOTHING_SAID = "nothing_said"  # a reason or an answer needs words
    UNUSABLE = "unusable"  # the value cannot be used; `detail` is its reason code
    NOT_DOUBTFUL = "not_doubtful"
    ALREADY = "already"  # the ticket is in that state
    FINISHED = "finished"  # the ticket is finished: reopen it first
    NO_TASK = "no_task"  # nothing is to be done on the ticket, or it is not finished
    ITSELF = "itself"  # a ticket is no duplicate of itself
    MOVED = "moved"  # somebody or something has changed the thread meanwhile
    NOBODY = "nobody"  # there is no address to answer to
    UNDO_INSTEAD = "undo_instead"  # the decision can still be undone; `detail` is the action's number
    NO_PERSON = "no_person"  # nobody of that address works here


class Refused(Permanent):
    """It cannot be done; `why` and `detail` say for what reason. Nothing was changed."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why, self.detail = why, detail
