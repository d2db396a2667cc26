"""What an agent may do with a ticket (domain.md §4): decide, ask, answer, edit, join, undo.

The pages and the command line call this; it asks no screen anything. What writes to the applicant leaves after
`UNDO_SECONDS`; until then it can be undone.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from intake.casework.cases import Cases, Opened, as_it_is
from intake.casework.refused import Refused, Why
from intake.webhook import APPROVED, REJECTED, payload
from rules.actions import ActionName
from rules.application import Application, FieldName, FieldValue, Status
from rules.entering import asked_again, entered, settled
from rules.judgement import Flag, Kind, ReplyKind
from rules.ticket import FINISHED, State, may_move
from store.records import ActionRecord, ComposedReply, Hook

_SETTLED = frozenset(
    {
        *(Flag.ASKS, Flag.WITHDRAWN, Flag.PHONE, Flag.ANSWERED_OUTSIDE, Flag.NOBODY_TO_ANSWER, Flag.REPLY_HELD),
        *(Flag.ALREADY_REGISTERED, Flag.UNREADABLE, Flag.TOO_LARGE, Flag.FAILED),
    }
)
_DECISIONS = frozenset(
    {
        *(ActionName.APPROVE, ActionName.REJECT, ActionName.ANSWER, ActionName.DUPLICATE),
        *(ActionName.SPAM, ActionName.CLOSE),
    }
)


class Casework(Cases):
    """An agent's actions. Each raises `Refused` when it cannot be done; nothing is changed then.

    `seen` is the thread's version on the agent's screen (None: whatever it is now), `batch` joins a bulk decision.
    """

    # --- who has it

    def assign(self, number: str, to: str, by: str, *, seen: int | None = None) -> ActionRecord:
        """Give a ticket to somebody ("" = to nobody). Raises `Refused` for an address that nobody here has."""
        if to:
            with self.store.reading() as work:
                person = work.people.get(to)
            if person is None or not person.active:
                raise Refused(Why.NO_PERSON, to)
            to = person.email
        case = self.open(number, seen)
        name = ActionName.TAKE if to == by else ActionName.ASSIGN
        return self.act(case, name, by, plan=as_it_is(case), assignee=to, details={"to": to}, undo=True)

    # --- fields

    def edit(self, number: str, field: FieldName, text: str, by: str, *, seen: int | None = None) -> ActionRecord:
        """Set a field to what an agent typed; it is checked, and beyond doubt then.

        Raises `Refused(UNUSABLE)` with the reason code for what cannot be used.
        """
        case = self.open(number, seen)
        value = entered(field, text, case.application, self.book)
        if value.status is Status.INVALID:
            raise Refused(Why.UNUSABLE, value.reason)
        if value.status is Status.MISSING:
            raise Refused(Why.NOTHING_SAID)
        return self._set_field(case, field, settled(value), ActionName.EDIT, by)

    def confirm(self, number: str, field: FieldName, by: str, *, seen: int | None = None) -> ActionRecord:
        """Say that a doubtful value is right."""
        case = self.open(number, seen)
        value = case.application[field]
        if value.status is not Status.DOUBTFUL:
            raise Refused(Why.NOT_DOUBTFUL, field.value)
        return self._set_field(case, field, settled(value), ActionName.CONFIRM, by)

    def _set_field(self, case: Opened, field: FieldName, value: FieldValue, name: ActionName, by: str) -> ActionRecord:
        if case.record.state is State.APPROVED:  # what was registered and told to others stays as it was decided
            raise Refused(Why.FINISHED, case.record.state.value)
        application = case.application.having(field, value)
        waits = case.record.state is State.WAITING and not application.complete
        state = case.record.state if waits or case.record.state in FINISHED else State.REVIEW
        plan = replace(as_it_is(case), application=application, state=state, kind=Kind.APPLICATION)
        began = case.record.state is State.WAITING and state is State.REVIEW
        details = {"field": field.value, "before": case.application[field].value or "", "after": value.value or ""}
        return self.act(
            case, name, by, plan=plan, details=details, turn_due=self.due(self.now()) if began else None, undo=True
        )

    # --- decisions

    def approve(self, number: str, by: str, *, batch: str = "", seen: int | None = None) -> ActionRecord:
        """Register the organisation: seven good fields, a letter to the applicant and to the administrator."""
        case = self.open(number, seen)
        if case.record.application is None:
            raise Refused(Why.NO_APPLICATION)
        if case.record.state in FINISHED:
            raise Refused(Why.ALREADY if case.record.state is State.APPROVED else Why.FINISHED)
        bad = [name.value for name, value in case.application.items() if value.status is not Status.OK]
        if bad:
            raise Refused(Why.NOT_COMPLETE, ", ".join(bad))
        addresses = {one.casefold(): one for one in (self.second(case), self.recipient(case)) if one}
        to = tuple(reversed(addresses.values()))
        return self._decide(case, ActionName.APPROVE, State.APPROVED, by, ReplyKind.APPROVED, to=to, batch=batch)

    def reject(self, number: str, words: str, by: str, *, batch: str = "", seen: int | None = None) -> ActionRecord:
        """Turn it down, with the reason in words for the applicant."""
        case = self._undecided(number, seen)
        if not words.strip():
            raise Refused(Why.NOTHING_SAID)
        return self._decide(case, ActionName.REJECT, State.REJECTED, by, ReplyKind.REJECTED, words=words, batch=batch)

    def request(
        self, number: str, fields: Sequence[FieldName], words: str, by: str, *, batch: str = "", seen: int | None = None
    ) -> ActionRecord:
        """Ask the applicant for what is missing or unusable, and for these fields whatever stands in them."""
        case = self._undecided(number, seen)
        application = case.application
        for field in fields:
            application = application.having(field, asked_again(application[field]))
        if application.complete:
            raise Refused(Why.NOTHING_TO_ASK)
        return self._decide(
            case, ActionName.REQUEST, State.WAITING, by, ReplyKind.MISSING, words=words, application=application, batch=batch
        )  # fmt: skip

    def answer(
        self,
        number: str,
        words: str,
        by: str,
        *,
        articles: tuple[str, ...] = (),
        batch: str = "",
        seen: int | None = None,
    ) -> ActionRecord:
        """Answer freely, or with articles. A question is answered then, a complete application stays to be decided."""
        case = self.open(number, seen)
        if not words.strip() and not articles:
            raise Refused(Why.NOTHING_SAID)
        complete = case.record.application is not None and case.application.complete
        state = State.REVIEW if complete else State.WAITING if case.record.application else State.ANSWERED
        if case.record.state in FINISHED:
            state = case.record.state
        return self._decide(
            case, ActionName.ANSWER, state, by, ReplyKind.ANSWER, words=words, articles=articles, batch=batch
        )

    def duplicate(self, number: str, of: str, by: str, *, batch: str = "", seen: int | None = None) -> ActionRecord:
        """It repeats another ticket, which goes on in its place."""
        case = self._undecided(number, seen)
        if of == number:
            raise Refused(Why.ITSELF)
        with self.store.reading() as work:
            other = work.tickets.get(of)
        if other is None:
            raise Refused(Why.NO_TICKET, of)
        if other.state is State.CLOSED:  # then nobody would go on with either
            raise Refused(Why.FINISHED, f"{of} is closed")
        return self._decide(case, ActionName.DUPLICATE, State.CLOSED, by, ReplyKind.DUPLICATE, other=of, batch=batch)

    def spam(self, number: str, by: str, *, batch: str = "", seen: int | None = None) -> ActionRecord:
        """It is nobody's letter: closed without a word."""
        case = self._undecided(number, seen)
        return self._decide(case, ActionName.SPAM, State.CLOSED, by, None, batch=batch)

    def close(self, number: str, words: str, by: str, *, batch: str = "", seen: int | None = None) -> ActionRecord:
        """The applicant has withdrawn it; with words to her, or without."""
        case = self._undecided(number, seen)
        kind = ReplyKind.ANSWER if words.strip() else None
        return self._decide(case, ActionName.CLOSE, State.CLOSED, by, kind, words=words, batch=batch)

    def reopen(self, number: str, by: str, *, seen: int | None = None) -> ActionRecord:
        """A finished or waiting ticket comes back to an agent; its clock begins now."""
        case = self.open(number, seen)
        if case.record.state is State.REVIEW:
            raise Refused(Why.ALREADY)
        with self.store.reading() as work:
            done = work.actions.of_ticket(number)
        undoable = [
            one.id
            for one in done
            if one.name in _DECISIONS and one.undone_at is None and one.undo_until and one.undo_until > self.now()
        ]
        if undoable and case.record.state in FINISHED:
            raise Refused(Why.UNDO_INSTEAD, str(undoable[-1]))
        plan = replace(as_it_is(case), state=State.REVIEW)
        return self.act(case, ActionName.REOPEN, by, plan=plan, turn_due=self.due(self.now()), undo=True)

    def done(self, number: str, by: str, *, seen: int | None = None) -> ActionRecord:
        """The task on a finished ticket is done (somebody phoned)."""
        case = self.open(number, seen)
        record = case.record
        if record.state not in FINISHED or not (record.task or record.turn or Flag.UNREACHABLE in record.flags):
            raise Refused(Why.NO_TASK)
        plan = replace(as_it_is(case), settled=frozenset({Flag.UNREACHABLE}))
        return self.act(case, ActionName.DONE, by, plan=plan, task_done=True, ends_turns=True, undo=True)

    def note(self, number: str, words: str, by: str) -> ActionRecord:
        """An internal note, which no applicant sees."""
        if not words.strip():
            raise Refused(Why.NOTHING_SAID)
        self.open(number, None)
        now = self.now()
        with self.store.writing() as work:
            return work.actions.note(number, by, words.strip(), now, now + timedelta(seconds=self.undo_seconds))

    # --- taking back

    def undo(self, action_id: int, by: str) -> ActionRecord:
        """Take an action back while that is possible. Raises `NotUndoable`."""
        with self.store.writing() as work:
            return work.actions.undo(action_id, by, self.now())

    def preview(
        self, number: str, kind: ReplyKind, *, words: str = "", articles: tuple[str, ...] = (), other: str = ""
    ) -> ComposedReply:
        """The very letter that a decision would send, composed and not queued."""
        case = self.open(number, None)
        to = self.recipient(case)
        return self.composed(case, kind, to, case.application, words=words, articles=articles, other=other)

    def _undecided(self, number: str, seen: int | None) -> Opened:
        case = self.open(number, seen)
        if case.record.state in FINISHED:
            raise Refused(Why.FINISHED, case.record.state.value)
        return case

    def _decide(
        self,
        case: Opened,
        name: ActionName,
        state: State,
        by: str,
        kind: ReplyKind | None,
        *,
        words: str = "",
        articles: tuple[str, ...] = (),
        other: str = "",
        to: tuple[str, ...] = (),
        application: Application | None = None,
        batch: str = "",
    ) -> ActionRecord:
        """A decision with its reply: the ticket moves, what was to be sent by itself is not sent any more."""
        if not may_move(case.record.state, state):
            raise Refused(Why.FINISHED, case.record.state.value)
        addresses = to or ((self.recipient(case),) if kind else ())
        addresses = tuple(one for one in addresses if one)
        if kind in {ReplyKind.MISSING, ReplyKind.ANSWER} and not addresses:
            raise Refused(Why.NOBODY)
        given = application or case.application
        replies = tuple(
            self.composed(case, kind, one, given, words=words, articles=articles, other=other, nth=nth)
            for nth, one in enumerate(addresses)
            if kind is not None
        )
        final = state in FINISHED and state is not case.record.state
        supersedes = final or kind is ReplyKind.MISSING
        asks = kind is ReplyKind.MISSING  # whoever is asked for the seven facts has an application from now on
        plan = replace(
            as_it_is(case),
            kind=Kind.APPLICATION if asks else case.record.kind,
            state=state,
            application=given if case.record.application or asks else None,
            settled=_SETTLED if supersedes else _SETTLED - {Flag.REPLY_HELD},
            flags=frozenset({Flag.SPAM}) if name is ActionName.SPAM else frozenset(),
        )
        until = self.now() + timedelta(seconds=self.undo_seconds)
        return self.act(
            case,
            name,
            by,
            plan=plan,
            replies=replies,
            supersedes=supersedes,
            ends_turns=final and not replies,
            decided_at=until if final else None,
            duplicate_of=other,
            hooks=self._hooks(case, name, words, until),
            details={"words": words.strip(), "articles": " ".join(articles), "other": other},
            undo=True,
            batch=batch,
        )

    def _hooks(self, case: Opened, name: ActionName, words: str, at: datetime) -> tuple[Hook, ...]:
        event = {ActionName.APPROVE: APPROVED, ActionName.REJECT: REJECTED}.get(name)
        if event is None or not self.tells or case.record.application is None:
            return ()
        event_id = f"evt_{secrets.token_hex(12)}"
        body = payload(event, case.record.number, case.application, at, reason=words.strip())
        return (Hook(event_id, event, case.record.number, body),)
