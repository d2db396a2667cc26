"""The clock's rounds: remind waiting applicants and close in the end, warn our own people, send the day's digest.

Each round may run as often as one likes: what it does is written in the same short transaction that remembers it was
done, so that two processes or a crash never do it twice. Decides nothing: `rules.waiting` and `rules.telling` do.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake.casework.cases import PEOPLES_KINDS, Cases, Opened, as_it_is
from intake.compose import ReplyContext, TicketEntry
from intake.events import Events
from intake.notices import DayShown, Noticer, digest_once, managers, year_once
from intake.parsing import parse
from intake.replying import Envelope
from intake.settings import Notices
from rules.actions import ActionName
from rules.calendar import WorkingCalendar
from rules.case import WAITS_FOR_YES, Conduct
from rules.judgement import REQUESTS, Flag, Kind, NoticeKind, ReplyKind, TicketPlan
from rules.sla import due, working_time
from rules.telling import WARN_SHARE, Day, day_to_report, share_used, year_to_ask
from rules.ticket import State
from rules.waiting import DAY_HOURS, Patience, Step, Waiting, closes, next_step
from store.records import Act, ComposedReply, Notice, OpenTurn, Person, ReplyState, TicketRecord, WaitingTicket
from store.unit_of_work import Store, ThreadMoved, Work

BY = "system"
MOST_TOLD = 500  # turns in one round; the rest in the next
FAR = timedelta(days=36_500)
_SOON_HOURS = 24.0
_KINDS = {Step.REMIND: ReplyKind.REMINDER, Step.EXPIRE: ReplyKind.EXPIRED}
_ACTIONS = {Step.REMIND: ActionName.REMIND, Step.EXPIRE: ActionName.EXPIRE}
_AGES = (
    (DAY_HOURS, "меньше рабочего дня"),
    (3 * DAY_HOURS, "от одного до трёх рабочих дней"),
    (float("inf"), "дольше трёх рабочих дней"),
)


@dataclass(frozen=True, slots=True)
class _Due:
    """Tickets of one thread for which the same step to the same address is due, as they are at one moment."""

    step: Step
    recipient: str
    opened: tuple[Opened, ...]
    waiting: tuple[WaitingTicket, ...]
    written_lately: tuple[int, int]  # automatic replies in 24 h to the address, and to its domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Everything the rounds need, wired once.

    `look_within`: for each mailbox, within how many seconds it must have been read: who is silent cannot be known
    otherwise. `silent`: our own people get no mail (a dry run); what would be told still counts as told.
    """

    cases: Cases
    conduct: Conduct
    patience: Patience
    notices: Notices
    noticer: Noticer
    look_within: Mapping[str, float]
    events: Events
    silent: bool = False
    _said: set[int] = field(default_factory=set)

    # --- waiting applicants

    def remind(self) -> int:
        """Remind, or close, what is due. Returns how many letters were queued.

        Nothing is done while a letter is still to be taken in or a mailbox cannot be read: the answer may lie there.
        """
        now = self._now()
        with self._store.reading() as work:
            if not self._answers_are_in(work, now):
                return 0
            waiting = work.clock.waiting(now)
        keys = dict.fromkeys(one.thread_key for one in waiting if self._step(one, now))
        return sum(self._go_through(key) for key in keys)

    def _answers_are_in(self, work: Work, now: datetime) -> bool:
        if work.messages.next_kept(1, now):
            return False
        states = {one.mailbox: one for one in work.mailboxes.states()}
        for name, seconds in self.look_within.items():
            state = states.get(name)
            if state is None or state.error or state.last_good_look is None:
                return False
            if now - state.last_good_look > timedelta(seconds=seconds):
                return False
        return True

    def _go_through(self, thread_key: str) -> int:
        """Every step that is due in a thread, one letter each."""
        done = 0
        with suppress(ThreadMoved):  # something came meanwhile: the next round looks again
            while (found := self._due_in(thread_key)) is not None and self._may_write(found):
                self._carry_out(found)
                done += 1
        return done

    def _due_in(self, thread_key: str) -> _Due | None:
        """The first step that is due in a thread with all tickets that share it, and the thread's version with it."""
        now = self._now()
        with self._store.reading() as work:
            waiting = {one.number: one for one in work.clock.waiting(now, thread_key=thread_key)}
            steps = {number: step for number, one in waiting.items() if (step := self._step(one, now))}
            thread = work.threads.thread(thread_key, now) if steps else None
            records = [record for number in steps if (record := work.tickets.get(number)) is not None]
            if thread is None or not records:
                return None
            step, asked_at = steps[records[0].number], _asked_at(records[0])
            together = [one for one in records if steps[one.number] is step and _asked_at(one) == asked_at]
            written = next((one for one in reversed(records[0].messages) if one.kind in PEOPLES_KINDS), None)
            raw = work.messages.load(written.raw_id).content if written else None
        letter = None if raw is None else parse(raw, self.cases.book.quotes)
        opened = tuple(Opened(one, thread, letter) for one in together)
        to = asked_at or self._asked_outside(opened[0])
        with self._store.reading() as work:
            lately = work.threads.lately(to, now)
        return _Due(step, to, opened, tuple(waiting[one.number] for one in together), lately)

    def _asked_outside(self, case: Opened) -> str:
        """Where somebody of ours has asked from a mail program: the address that answers to the applicant go to; ""."""
        if not any(one.kind is Kind.SENT for one in case.record.messages):
            return ""
        return self.cases.recipient(case) or self.cases.second(case)

    def _may_write(self, found: _Due) -> bool:
        """Whether a letter may go to that address now; what the limits would hold back is tried again later."""
        to_address, to_domain = found.written_lately
        domain = found.recipient.casefold().rpartition("@")[2]
        conduct = self.conduct
        crowded = domain not in conduct.public_domains and to_domain >= conduct.replies_per_domain_per_day
        return bool(found.recipient) and to_address < conduct.replies_per_address_per_day and not crowded

    def _carry_out(self, found: _Due) -> None:
        now, thread = self._now(), found.opened[0].thread
        reply = self._composed(found, now)
        closing = found.step is Step.EXPIRE and not reply.held
        act = Act(
            name=_ACTIONS[found.step],
            by=BY,
            at=now,
            thread_key=thread.key,
            expected_version=thread.version,
            plans=tuple(_plan(one, found.step, held=bool(reply.held)) for one in found.opened),
            reminded=found.step is Step.REMIND,
            ends_turns=closing,
            decided_at=now if closing else None,
            replies=(reply,),
            details={"round": str(found.waiting[0].nudged + 1)} if found.step is Step.REMIND else {},
            automatic=True,
        )
        with self._store.writing() as work:
            work.actions.carry_out(act)
        self.events.timer(found.step.value, tuple(one.record.number for one in found.opened))

    def _composed(self, found: _Due, now: datetime) -> ComposedReply:
        kind, first = _KINDS[found.step], found.opened[0]
        replier, letter, record = self.cases.replier, first.letter, first.record
        state = State.WAITING if found.step is Step.REMIND else State.CLOSED
        ends = max(closes(_as_waiting(one), now, self._calendar, self.patience) for one in found.waiting)
        context = ReplyContext(
            desk_name=replier.desk.name,
            desk_address=replier.desk.address,
            tickets=tuple(TicketEntry(one.record.number, one.record.application, state) for one in found.opened),
            original_subject=letter.subject if letter else record.title,
            applicant_name=letter.sender.name if letter and letter.sender else "",
            reply_address=found.recipient,
            round=max(one.nudged for one in found.waiting) + 1,
            answered=True,
            link=replier.link(first.thread.key),
            closes=ends if found.step is Step.REMIND else None,
        )
        envelope = Envelope(
            thread_key=first.thread.key,
            round=first.thread.round_of(kind),
            recipient=found.recipient,
            held=WAITS_FOR_YES if kind in self.conduct.ask else "",
        )
        return replier.reply(kind, context, envelope, letter)

    def _step(self, one: WaitingTicket, now: datetime) -> Step | None:
        return next_step(_as_waiting(one), now, self._calendar, self.patience)

    # --- our own people

    def warn(self) -> int:
        """Tell of turns that near their end or have passed it, each once. Returns how many letters were queued."""
        now = self._now()
        with self._store.reading() as work:
            near = due(now, self.cases.hours * (1 - WARN_SHARE), self._calendar)
            turns = work.clock.open_turns(near, untold=True)
            people = {one.email: one for one in work.people.all()}
        over = [one for one in turns if one.due_at <= now]
        soon = [one for one in turns if one.due_at > now and one.warned_at is None and self._nears_end(one, now)]
        return self._tell(NoticeKind.BREACH, over[:MOST_TOLD], people) + self._tell(
            NoticeKind.WARNING, soon[:MOST_TOLD], people
        )

    def _nears_end(self, turn: OpenTurn, now: datetime) -> bool:
        return share_used(turn.started_at, turn.due_at, now, self._calendar) >= WARN_SHARE

    def _tell(self, kind: NoticeKind, turns: Sequence[OpenTurn], people: Mapping[str, Person]) -> int:
        """One letter to each person, over all turns that are hers to know."""
        if not turns:
            return 0
        everything = {one.email for one in managers(people.values())}
        notices: list[Notice] = []
        for person in people.values() if self.notices.warn and not self.silent else ():
            theirs = [one for one in turns if person.email in everything or one.assignee == person.email]
            if theirs:
                notices.append(self.noticer.turns(kind, theirs, person, people))
        ids, now = [one.id for one in turns], self._now()
        with suppress(ThreadMoved), self._store.writing() as work:
            (work.clock.breached if kind is NoticeKind.BREACH else work.clock.warned)(ids, now)
            queued = _queue(work, notices, now)
            self.events.turns_told(kind.value, len(ids))
            return queued
        return 0

    def digest(self) -> int:
        """The day's figures to each manager, once a working day, and what is wrong with the calendar.

        Returns how many letters were queued.
        """
        now = self._now()
        self._say_year(now)
        if self.silent:
            return 0
        with self._store.reading() as work:
            people = {one.email: one for one in work.people.all()}
        to = managers(people.values())
        return self._alert(to, now) + self._report(to, people, now)

    def _report(self, to: Sequence[Person], people: Mapping[str, Person], now: datetime) -> int:
        at = self.notices.digest_at
        day = None if at == "" else day_to_report(now, at, self._calendar)
        if day is None:
            return 0

        def composed(untold: Sequence[Person]) -> list[Notice]:
            shown = self._day_shown(day, now)
            return [self.noticer.digest(shown, one, people) for one in untold]

        return self._once(to, lambda one: digest_once(day, one), composed)

    def _alert(self, to: Sequence[Person], now: datetime) -> int:
        year = year_to_ask(now, self._calendar)
        if self._calendar.decreed(year):
            return 0
        return self._once(
            to, lambda one: year_once(year, one), lambda untold: [self.noticer.year(year, one) for one in untold]
        )

    def _once(
        self,
        to: Sequence[Person],
        once: Callable[[Person], str],
        composed: Callable[[Sequence[Person]], list[Notice]],
    ) -> int:
        """Queue a letter to each of them who has not got it yet."""
        if not to:
            return 0
        with self._store.reading() as work:
            told = work.outbox.noticed([once(one) for one in to])
        untold = [one for one in to if once(one) not in told]
        notices = composed(untold) if untold else []
        if not notices:
            return 0
        with self._store.writing() as work:
            return _queue(work, notices, self._now())

    def _day_shown(self, day: Day, now: datetime) -> DayShown:
        with self._store.reading() as work:
            figures = work.figures.of(day.start, day.end)
            turns = work.clock.open_turns(now + FAR)
        hours = [working_time(one.started_at, now, self._calendar) / timedelta(hours=1) for one in turns]
        ages, before = [], 0.0
        for until, label in _AGES:
            ages.append((label, sum(1 for one in hours if before <= one < until)))
            before = until
        near = due(now, _SOON_HOURS, self._calendar)
        return DayShown(
            day=day,
            figures=figures,
            ages=tuple(ages),
            overdue=sum(1 for one in turns if one.due_at <= now),
            soon=tuple(one for one in turns if now < one.due_at <= near),
            years=tuple(
                one
                for one in dict.fromkeys((day.day.year, year_to_ask(now, self._calendar)))
                if not self._calendar.decreed(one)
            ),
        )

    def _say_year(self, now: datetime) -> None:
        """Say aloud, once in this process, that a year's working days are not known: again each 1 December."""
        year = year_to_ask(now, self._calendar)
        if year not in self._said and not self._calendar.decreed(year):
            self._said.add(year)
            self.events.year_not_decreed(year)

    # --- shorthands

    @property
    def _store(self) -> Store:
        return self.cases.store

    @property
    def _calendar(self) -> WorkingCalendar:
        return self.cases.calendar

    def _now(self) -> datetime:
        return self.cases.now()


def _queue(work: Work, notices: Sequence[Notice], now: datetime) -> int:
    return sum(1 for one in notices if work.outbox.notice(one, now) is not None)


def _as_waiting(one: WaitingTicket) -> Waiting:
    return Waiting(one.asked_at, one.nudged, one.reminded_at, one.heard_at)


def _asked_at(record: TicketRecord) -> str:
    """The address at which the request was accepted: a reminder goes there and nowhere else; "" if there is none."""
    kinds = REQUESTS | {ReplyKind.REMINDER}
    sent = (one for one in reversed(record.replies) if one.kind in kinds and one.state is ReplyState.SENT)
    return next((one.recipient for one in sent), "")


def _plan(one: Opened, step: Step, *, held: bool) -> TicketPlan:
    plan = as_it_is(one)
    if step is Step.REMIND:
        return plan
    if held:  # an agent says whether it is closed
        return replace(plan, state=State.REVIEW, flags=frozenset({Flag.REPLY_HELD}))
    return replace(plan, state=State.CLOSED)
