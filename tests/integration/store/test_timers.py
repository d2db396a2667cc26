"""The clock's rounds over both databases: each reminder once, whoever runs and whatever comes between."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from intake.bootstrap import TEMPLATES, rule_book
from intake.casework import Cases
from intake.casework.held import drop, send
from intake.compose import Composer
from intake.events import Events
from intake.notices import Noticer
from intake.replying import Replier
from intake.settings import Desk, Notices
from intake.timers import Timers
from intake.tokens import Tokens
from rules.actions import ActionName
from rules.book import RuleBook
from rules.calendar import WorkingCalendar
from rules.case import Conduct
from rules.judgement import Flag, Kind, NoticeKind, ReplyKind
from rules.message import Address, DeliveryReport, Message
from rules.people import Role
from rules.ticket import State
from rules.waiting import Patience
from store.records import ComposedReply, ReplyRecord, ReplyState, TicketRecord
from store.unit_of_work import Store, ThreadMoved
from tests.integration.store.making import facts, judged, kept_ids, letter, plan, reply, take_in

DESK = Desk()
ASKED = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)  # a Monday, 15:00 in Moscow
SECOND = timedelta(seconds=1)


def working_days(count: float) -> datetime:
    """So many working days after the request; no holiday in sight, only weekends."""
    moment, left = ASKED, timedelta(days=count)
    while left:
        step = min(left, timedelta(hours=1))
        moment += step
        local = moment.astimezone(DESK.zone) - SECOND
        left -= step if local.weekday() < 5 else timedelta()
    return moment


@dataclass(frozen=True)
class Wired:
    """What takes long to make, made once."""

    book: RuleBook
    replier: Replier
    noticer: Noticer
    calendar: WorkingCalendar


@dataclass
class Desk_:  # noqa: N801 - a desk beside the settings' own `Desk`
    """Rounds over a store, with a hand on the clock."""

    store: Store
    wired: Wired
    now: datetime = ASKED
    conduct: Conduct = field(default_factory=Conduct)
    notices: Notices = field(default_factory=Notices)
    silent: bool = False

    def timers(self) -> Timers:
        cases = Cases(
            store=self.store,
            replier=self.wired.replier,
            book=self.wired.book,
            calendar=self.wired.calendar,
            hours=24,
            ours=frozenset({"info@sferum.ru"}),
            now=lambda: self.now,
        )
        return Timers(
            cases=cases,
            conduct=self.conduct,
            patience=Patience(),
            notices=self.notices,
            noticer=self.wired.noticer,
            look_within={"info": 3600.0},
            events=Events(),
            silent=self.silent,
        )

    def look(self) -> None:
        with self.store.writing() as work:
            work.mailboxes.looked("info", self.now)

    def at(self, moment: datetime) -> "Desk_":
        self.now = moment
        self.look()
        return self

    def send(self) -> list[ReplyRecord]:
        """Everything due is accepted by the server now."""
        with self.store.writing() as work:
            claimed = work.outbox.claim(100, self.now, "me", 120)
            for one in claimed:
                work.outbox.sent(one.id, self.now)
        return list(claimed)

    def remind(self, moment: datetime) -> list[ReplyRecord]:
        """One round at that moment, and what left because of it."""
        self.at(moment).timers().remind()
        return self.send()

    def ticket(self, number: str = "2611-1") -> TicketRecord:
        with self.store.reading() as work:
            record = work.tickets.get(number)
        assert record is not None
        return record

    def person(self, email: str, role: Role) -> None:
        with self.store.writing() as work:
            work.people.add(email, email.partition("@")[0], role, self.now)


@pytest.fixture(scope="session")
def wired() -> Wired:
    book, tokens = rule_book(), Tokens(b"k" * 32)
    replier = Replier(Composer(TEMPLATES / "replies", book.words, DESK.zone), tokens, DESK, lambda _: "")
    noticer = Noticer(TEMPLATES / "notices", book.words, DESK, tokens)
    return Wired(book, replier, noticer, WorkingCalendar(DESK.zone))


@pytest.fixture
def desk(store: Store, wired: Wired) -> Desk_:
    """A desk with one ticket whose request was accepted at `ASKED`."""
    raw_id = kept_ids(store, 1)[0]
    take_in(store, raw_id, judged(plan()), composed=reply("thread1"), now=ASKED)
    made = Desk_(store, wired)
    assert [one.kind for one in made.send()] == [ReplyKind.MISSING]
    return made


def test_two_reminders_and_the_end_each_once_and_the_letters_say_so(desk: Desk_) -> None:
    assert desk.remind(working_days(2) - SECOND) == []
    (first,) = desk.remind(working_days(2))
    assert (first.kind, first.round, first.recipient, first.tickets) == (
        ReplyKind.REMINDER,
        1,
        "anna@school.example",
        ("2611-1",),
    )
    assert "до понедельника, 23 ноября 2026" in " ".join(first.text.replace("\u00a0", " ").split())
    assert desk.remind(working_days(2) + timedelta(hours=1)) == []
    assert desk.remind(working_days(5) - SECOND) == []
    (second,) = desk.remind(working_days(5))
    assert (second.kind, second.round) == (ReplyKind.REMINDER, 2)
    assert desk.remind(working_days(10) - SECOND) == []
    assert desk.ticket().state is State.WAITING
    (last,) = desk.remind(working_days(10))
    assert (last.kind, last.automatic) == (ReplyKind.EXPIRED, True)
    assert desk.ticket().state is State.CLOSED
    assert desk.remind(working_days(12)) == []
    with desk.store.reading() as work:
        log = [(one.name, one.by) for one in work.actions.of_ticket("2611-1")]
    assert log == [(ActionName.REMIND, "system")] * 2 + [(ActionName.EXPIRE, "system")]


def test_a_machine_that_was_off_for_three_weeks_takes_its_steps_a_working_day_apart(desk: Desk_) -> None:
    start = working_days(15)
    assert [one.kind for one in desk.remind(start)] == [ReplyKind.REMINDER]
    assert desk.remind(start + timedelta(minutes=1)) == []
    assert [one.round for one in desk.remind(working_days(16))] == [2]
    assert desk.remind(working_days(16.5)) == []
    assert [one.kind for one in desk.remind(working_days(17))] == [ReplyKind.EXPIRED]


def test_nothing_is_done_before_every_letter_is_taken_in_and_the_mailbox_could_be_read(desk: Desk_) -> None:
    desk.now = working_days(2)
    assert desk.timers().remind() == 0  # last read two days ago
    with desk.store.writing() as work:
        work.mailboxes.could_not_look("info", "connection refused", desk.now)
    assert desk.timers().remind() == 0
    desk.look()
    (raw_id,) = kept_ids(desk.store, 2)
    assert desk.timers().remind() == 0  # the letter that was just kept may be the answer
    take_in(desk.store, raw_id, judged(), now=desk.now)
    assert desk.timers().remind() == 1


def test_many_processes_at_once_remind_once(desk: Desk_) -> None:
    desk.at(working_days(2))
    timers = [desk.timers() for _ in range(4)]
    start, counts = threading.Barrier(len(timers)), list[int]()

    def run(one: Timers) -> None:
        start.wait()
        counts.append(one.remind())

    threads = [threading.Thread(target=run, args=(one,)) for one in timers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 1
    assert len(desk.send()) == 1


def test_a_reminder_that_has_not_left_is_followed_by_nothing(desk: Desk_) -> None:
    desk.at(working_days(2)).timers().remind()
    desk.at(working_days(30))
    assert desk.timers().remind() == 0
    desk.send()
    assert desk.remind(working_days(30)) == []
    assert [one.round for one in desk.remind(working_days(31))] == [2]


def test_a_request_that_came_back_is_neither_reminded_of_nor_expires(desk: Desk_) -> None:
    with desk.store.writing() as work:
        work.outbox.undelivered(1, "no such user", desk.now)
    for days in (2, 5, 10, 20):
        assert desk.remind(working_days(days)) == []
    assert desk.ticket().state is State.WAITING


def test_a_reminder_that_came_back_and_went_to_the_second_address_begins_the_waiting_anew(desk: Desk_) -> None:
    (first,) = desk.remind(working_days(2))
    with desk.store.writing() as work:
        work.outbox.undelivered(first.id, "no such user", desk.now)
        again = work.outbox.resend(first.id, "other@school.example", "again@desk.example", desk.now)
    assert again is not None
    desk.send()
    assert desk.remind(working_days(3.9)) == []
    assert [one.recipient for one in desk.remind(working_days(4))] == ["other@school.example"]


class Slow(Timers):
    """Rounds during which the applicant's answer comes in: after the look, before the act."""

    answer: Callable[[], object] = staticmethod(lambda: None)

    def _composed(self, found: Any, now: datetime) -> ComposedReply:
        type(self).answer()
        return super()._composed(found, now)


def test_an_answer_between_the_look_and_the_act_stops_the_reminder(desk: Desk_) -> None:
    timers = desk.at(working_days(2)).timers()

    def answered() -> None:
        (raw_id,) = kept_ids(desk.store, 2)
        review = judged(plan("2611-1", State.REVIEW))
        take_in(desk.store, raw_id, review, key="thread1", version=1, numbers=[], now=desk.now)

    Slow.answer = staticmethod(answered)
    slow = Slow(**{name: getattr(timers, name) for name in Timers.__dataclass_fields__ if name != "_said"})
    assert slow.remind() == 0
    assert desk.send() == []
    assert desk.ticket().state is State.REVIEW


def test_all_tickets_of_a_thread_are_reminded_of_in_one_letter(store: Store, wired: Wired) -> None:
    (raw_id,) = kept_ids(store, 1)
    numbers = ["2611-1", "2611-2", "2611-3"]
    plans = (plan(), plan(), plan(state=State.REVIEW))
    take_in(store, raw_id, judged(*plans), numbers=numbers, composed=reply("thread1"), now=ASKED)
    desk = Desk_(store, wired)
    desk.send()
    (letter_,) = desk.remind(working_days(2))
    assert letter_.tickets == ("2611-1", "2611-2")
    (second,) = desk.remind(working_days(5))
    assert second.tickets == ("2611-1", "2611-2")
    (last,) = desk.remind(working_days(10))
    assert last.tickets == ("2611-1", "2611-2")
    assert [desk.ticket(one).state for one in numbers] == [State.CLOSED, State.CLOSED, State.REVIEW]


def test_an_address_that_has_had_its_letters_today_is_left_alone_until_tomorrow(desk: Desk_) -> None:
    desk.conduct = Conduct(replies_per_address_per_day=1)
    other = kept_ids(desk.store, 2)[0]
    early = working_days(2) - timedelta(hours=1)
    take_in(
        desk.store, other, judged(plan(state=State.REVIEW)), composed=reply("thread2", ReplyKind.RECEIVED), now=early
    )
    desk.now = early
    desk.send()
    assert desk.remind(working_days(2)) == []
    assert len(desk.remind(early + timedelta(hours=24, seconds=1))) == 1


def test_who_must_agree_first_agrees_to_each_reminder_and_to_the_end(desk: Desk_) -> None:
    desk.conduct = Conduct(ask=frozenset({ReplyKind.REMINDER, ReplyKind.EXPIRED}))
    assert desk.remind(working_days(2)) == []
    assert desk.remind(working_days(9)) == []
    (held,) = _held(desk)
    assert (held.kind, desk.ticket().state) == (ReplyKind.REMINDER, State.WAITING)
    send(desk.timers().cases, held.id, "agent@desk.example")
    desk.send()
    assert desk.remind(working_days(10)) == []
    (held,) = _held(desk)
    drop(desk.timers().cases, held.id, "agent@desk.example")
    desk.remind(working_days(12))
    (held,) = _held(desk)
    assert (held.kind, desk.ticket().state) == (ReplyKind.EXPIRED, State.REVIEW)
    assert Flag.REPLY_HELD in desk.ticket().flags
    send(desk.timers().cases, held.id, "agent@desk.example")
    assert [one.kind for one in desk.send()] == [ReplyKind.EXPIRED]
    assert desk.ticket().state is State.CLOSED


def _held(desk: Desk_) -> list[ReplyRecord]:
    with desk.store.reading() as work:
        return list(work.outbox.list(10, states=[ReplyState.HELD]))


# --- our own people

STARTED = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)  # a Tuesday: due on Wednesday at the same time


@pytest.fixture
def turn(store: Store, wired: Wired) -> Desk_:
    """A desk with one ticket in review and nobody told anything."""
    (raw_id,) = kept_ids(store, 1)
    take_in(store, raw_id, judged(plan(state=State.REVIEW)), now=STARTED)
    return Desk_(store, wired, now=STARTED)


def test_a_turn_is_warned_of_at_three_quarters_and_told_when_it_is_over_each_once(turn: Desk_) -> None:
    turn.person("boss@desk.example", Role.MANAGER)
    turn.person("agent@desk.example", Role.AGENT)
    told: list[tuple[str, str]] = []
    for minutes in range(0, 40 * 60, 20):
        turn.at(STARTED + timedelta(minutes=minutes)).timers().warn()
        told += [(one.kind.value, f"{one.created_at - STARTED}") for one in turn.send()]
    assert told == [("warning", "18:00:00"), ("breach", "1 day, 0:00:00")]


def test_the_agent_who_has_the_ticket_is_told_too_and_no_other_agent(turn: Desk_) -> None:
    for email, role in (("boss@x.ru", Role.MANAGER), ("one@x.ru", Role.AGENT), ("two@x.ru", Role.AGENT)):
        turn.person(email, role)
    _assign(turn, "one@x.ru")
    turn.at(STARTED + timedelta(hours=25)).timers().warn()
    letters = turn.send()
    assert sorted(one.recipient for one in letters) == ["boss@x.ru", "one@x.ru"]
    assert {one.kind for one in letters} == {NoticeKind.BREACH}
    assert all("2611-1" in one.text and "2611-1" in one.html for one in letters)


def test_several_turns_are_one_letter_to_each(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.ADMIN)
    raw_ids = kept_ids(turn.store, 3)
    for raw_id in raw_ids:
        take_in(turn.store, raw_id, judged(plan(state=State.REVIEW)), now=STARTED)
    turn.at(STARTED + timedelta(hours=19)).timers().warn()
    (notice,) = turn.send()
    assert all(f"2611-{number}" in notice.text for number in (1, *raw_ids))


def test_two_processes_warn_once(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.at(STARTED + timedelta(hours=19))
    _together([turn.timers().warn for _ in range(4)])
    assert len(turn.send()) == 1


def test_in_a_dry_run_nobody_gets_mail_and_the_desk_shows_it_all_the_same(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.silent = True
    turn.at(STARTED + timedelta(hours=25)).timers().warn()
    turn.timers().digest()
    assert turn.send() == []
    with turn.store.reading() as work:
        (open_turn,) = work.clock.open_turns(turn.now)
    assert open_turn.breached_at == turn.now


def test_the_digest_comes_once_each_working_day_at_its_hour(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.person("agent@x.ru", Role.AGENT)
    days = []
    moment = datetime(2026, 11, 12, 0, 0, tzinfo=UTC)  # Thursday
    while moment < datetime(2026, 11, 18, tzinfo=UTC):
        turn.at(moment).timers().digest()
        days += [one.created_at.astimezone(DESK.zone).strftime("%a %H:%M") for one in turn.send()]
        moment += timedelta(minutes=30)
    assert days == ["Thu 09:00", "Fri 09:00", "Mon 09:00", "Tue 09:00"]


def test_the_digest_counts_what_came_and_how_it_stands(desk: Desk_) -> None:
    desk.person("boss@x.ru", Role.MANAGER)
    (raw_id,) = kept_ids(desk.store, 2)
    take_in(desk.store, raw_id, judged(plan(state=State.REVIEW)), now=ASKED + timedelta(hours=1))
    desk.at(datetime(2026, 11, 10, 6, 0, tzinfo=UTC)).timers().digest()
    (notice,) = desk.send()
    said = {line.removeprefix("— ") for line in notice.text.replace("\u00a0", " ").splitlines()}
    expected = {"писем от людей: 2", "новых обращений: 2", "вовремя: 1", "из них программа: 1", "с опозданием: 0"}
    expected |= {"меньше рабочего дня: 1", "просрочено: 0", "ждём заявителей: 1", "не разобрано писем: 0"}
    assert expected <= said
    assert "№ 2611-2" in notice.text.replace("\u00a0", " ")
    assert "Сводка поддержки за 9 ноября 2026 года" in notice.subject.replace("\u00a0", " ")


def test_a_clock_that_steps_back_over_midnight_sends_no_second_digest(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.notices = Notices(digest_at=time(0))
    midnight = datetime(2026, 11, 11, 21, 0, tzinfo=UTC)
    for moment in (midnight - SECOND, midnight, midnight - timedelta(hours=1), midnight + timedelta(hours=1)):
        turn.at(moment).timers().digest()
    assert len(turn.send()) == 2


def test_a_year_whose_days_off_are_not_decreed_is_told_once_from_the_first_of_december(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.notices = Notices(digest_at="")
    when = datetime(2030, 11, 30, 20, 59, tzinfo=UTC)
    turn.at(when).timers().digest()
    before = turn.send()
    for minutes in (1, 2, 60 * 24 * 20):
        turn.at(when + timedelta(minutes=minutes)).timers().digest()
    after = turn.send()
    assert [one.kind for one in (*before, *after)] == [NoticeKind.ALERT] * 2  # 2030 is not decreed either
    assert [year in after[0].subject for year in ("2031", "2030")] == [True, False]


def test_a_notice_is_no_reply_to_its_reader_and_its_bounce_harms_nobody(turn: Desk_) -> None:
    turn.person("anna@school.example", Role.MANAGER)
    turn.at(STARTED + timedelta(hours=25)).timers().warn()
    (notice,) = turn.send()
    report = DeliveryReport("anna@school.example", "failed", "5.1.1", "no such user", notice.message_id)
    found = facts(turn.store, Message(sender=Address("", "mailer-daemon@x.ru"), report=report), now=turn.now)
    assert found.thread is None
    assert found.bounced is not None
    assert (found.bounced.reply_id, found.bounced.thread_key, found.bounced.tickets) == (notice.id, "", ())
    assert facts(turn.store, letter(7), now=turn.now).replies_lately == 0
    answer = facts(turn.store, letter(8, answers=[notice.message_id]), now=turn.now)
    assert answer.thread is None


def _assign(desk: Desk_, to: str) -> None:
    from intake.casework import Casework  # noqa: PLC0415

    cases = desk.timers().cases
    made = Casework(**{name: getattr(cases, name) for name in Cases.__dataclass_fields__})
    made.assign("2611-1", to, "boss@x.ru")


def _together(rounds: list[Callable[[], int]]) -> None:
    start = threading.Barrier(len(rounds))

    def run(one: Callable[[], int]) -> None:
        start.wait()
        one()

    threads = [threading.Thread(target=run, args=(one,)) for one in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_kinds_of_letters_are_told_apart_in_the_outbox(turn: Desk_) -> None:
    turn.person("boss@x.ru", Role.MANAGER)
    turn.at(STARTED + timedelta(hours=25)).timers().warn()
    with turn.store.reading() as work:
        (notice,) = work.outbox.list(5)
    assert notice.kind is NoticeKind.BREACH
    assert notice.tickets == ()
    assert turn.ticket().kind is Kind.APPLICATION


def test_a_turn_that_was_told_of_or_answered_meanwhile_takes_the_whole_round_back(turn: Desk_) -> None:
    with turn.store.reading() as work:
        (known,) = work.clock.open_turns(STARTED + timedelta(days=2))
    with turn.store.writing() as work:
        work.clock.warned([known.id], turn.now)
    with pytest.raises(ThreadMoved), turn.store.writing() as work:
        work.clock.warned([known.id], turn.now + SECOND)
    with turn.store.writing() as work:
        work.clock.breached([known.id], turn.now + SECOND)
    with pytest.raises(ThreadMoved), turn.store.writing() as work:
        work.clock.breached([known.id], turn.now + 2 * SECOND)
    with turn.store.reading() as work:
        (told,) = work.clock.open_turns(STARTED + timedelta(days=2))
    assert (told.warned_at, told.breached_at) == (turn.now, turn.now + SECOND)
