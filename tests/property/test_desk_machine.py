"""Whatever letters, agents, clock and mail server do in whatever order: the desk keeps its promises.

No illegal move, no reply twice or to a machine, no applicant left unanswered unseen, nothing raises, undoing restores.
"""

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from intake.casework import Refused
from intake.casework.held import drop, send
from rules.application import FieldName
from rules.case import Conduct
from rules.delivery import Accepted, Delay, Handover, Later
from rules.delivery import Refused as NotTaken
from rules.judgement import REQUESTS, Flag, NoticeKind, ReplyKind
from rules.ticket import FINISHED, State, may_move
from store import schema
from store.engine import open_engine
from store.records import ActionRecord, NotUndoable, ReplyRecord, ReplyState, TicketRecord
from store.unit_of_work import Store
from tests.integration.dumps import by_id, dump, state_of
from tests.integration.wired import AGENT, OURS, WiredDesk, auto_reply, bounce, letter, message_ids, school

PEOPLE = {f"anna@school{number}.example": number for number in (11, 12, 13)}
STRANGER, ROBOT = "someone@else.example", "noreply@robot.example"
ANSWERS = (
    *("8 916 222-33-44", "Мобильный телефон: 8 (843) 222-33-44", "director@mail.example", "да"),
    *("Телефон: 8 916 222-33-44\nEmail: director@mail.example", "Спасибо!", "Где наша заявка?"),
    *("Напоминаем о себе.", "Прошу отозвать нашу заявку.", "Исправление: мобильный телефон 8 917 555-66-77"),
    *("Подскажите, когда откроют доступ?", "", "Населённый пункт: с. Высокая Гора"),
)
QUESTIONS = (
    "Подскажите, ребёнок забыл пароль от Сферума, как его восстановить?",
    *("Когда выплатят стипендию?", "Где наша заявка?", "Спасибо!", "Требую удалить мои данные, иначе суд."),
)
ASKING = REQUESTS | {ReplyKind.ANSWER, ReplyKind.REMINDER}
ON_ITS_WAY = {ReplyState.QUEUED, ReplyState.SENDING}
SHOWN = {Flag.UNREACHABLE, Flag.REPLY_HELD}
_UNTRUSTED: Handover = NotTaken("550 5.1.1 no such user")

people = st.sampled_from(sorted(PEOPLE))
nth = st.integers(0, 30)
fields = st.sampled_from(FieldName)


def migrated() -> Path:
    """An empty database of this version, made once."""
    path = Path(tempfile.mkdtemp()) / "migrated.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


EMPTY = migrated()


class DeskMachine(RuleBasedStateMachine):
    """Letters, agents, time and the mail server, at random."""

    @initialize(asks=st.sampled_from([frozenset(), frozenset({ReplyKind.MISSING, ReplyKind.EXPIRED})]))
    def opens(self, asks: frozenset[ReplyKind]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(EMPTY, self.folder / "store.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'store.db'}")
        self.desk = WiredDesk(Store(self.engine), conduct=Conduct(ask=asks))
        self.undone_moves: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- letters

    def arrives(self, raw: bytes, *, answers: int = 1, oversized: bool = False) -> None:
        """A letter; it sets off at most so many letters of ours."""
        before = len(self.desk.replies())
        self.desk.write(raw, oversized=oversized)
        self.desk.pass_(seconds=1)
        fresh = self.desk.replies()[before:]
        assert len(fresh) <= answers, [one.kind for one in fresh]
        if self.desk.uid % 3:  # mostly the answer leaves before anything else happens
            self.desk.send()
            self.desk.pass_(seconds=1)

    @rule(
        who=people,
        gaps=st.sets(st.sampled_from(["Мобильный", "Email", "Субъект", "Полное"]), max_size=2),
        asks=st.booleans(),
    )
    def applies(self, who: str, gaps: set[str], *, asks: bool) -> None:
        body = school(PEOPLE[who], **dict.fromkeys(gaps))
        self.arrives(letter(body + ("\nПодскажите, когда откроют доступ?" if asks else ""), sender=who))

    @rule(
        who=people,
        phone=st.sampled_from(
            ["8 (843) 222-33-44", "+375 29 123-45-67", "8 917 12", "8 917 123-45-67, 8 916 222-33-44"]
        ),
    )
    def applies_with_a_wrong_phone(self, who: str, phone: str) -> None:
        self.arrives(letter(school(PEOPLE[who], Мобильный=phone), sender=who))

    @rule(who=people, gap=st.booleans())
    def applies_for_two(self, who: str, *, gap: bool) -> None:
        second = school(PEOPLE[who] + 10, Мобильный=None) if gap else school(PEOPLE[who] + 10)
        self.arrives(letter(f"1. {school(PEOPLE[who])}\n\n2. {second}", sender=who))

    @rule(who=people, other=people)
    def applies_for_anothers_school(self, who: str, other: str) -> None:
        self.arrives(letter(school(PEOPLE[other]), sender=who))

    @rule(who=people, body=st.sampled_from(QUESTIONS))
    def asks(self, who: str, body: str) -> None:
        self.arrives(letter(body, sender=who, subject="Вопрос"))

    @precondition(lambda self: self.written())
    @rule(which=nth, body=st.sampled_from(ANSWERS), stranger=st.booleans())
    def answers(self, which: int, body: str, *, stranger: bool) -> None:
        reply = self.chosen(self.written(), which)
        self.arrives(letter(body, answers=reply, sender=STRANGER if stranger else reply.recipient))

    @precondition(lambda self: self.desk.tickets())
    @rule(which=nth, body=st.sampled_from(ANSWERS), who=st.sampled_from([*sorted(PEOPLE), STRANGER]))
    def writes_with_a_number(self, which: int, body: str, who: str) -> None:
        number = self.chosen(self.desk.tickets(), which).number
        self.arrives(letter(body, subject=f"Re: Заявка [№ {number}]", sender=who))

    @precondition(lambda self: self.gone())
    @rule(which=nth, status=st.sampled_from(["5.1.1", "4.4.1"]))
    def bounces(self, which: int, status: str) -> None:
        self.arrives(bounce(self.chosen(self.gone(), which), status=status))

    @precondition(lambda self: self.gone())
    @rule(which=nth)
    def is_on_holiday(self, which: int) -> None:
        self.arrives(auto_reply(self.chosen(self.gone(), which)), answers=0)

    @precondition(lambda self: self.desk.hand.taken)
    @rule(which=nth)
    def our_own_letter_comes_back(self, which: int) -> None:
        self.arrives(self.chosen(self.desk.hand.taken, which)[1], answers=0)

    @rule(body=st.sampled_from([school(14), "Приглашаем на вебинар! Отписаться можно здесь.", "Где наша заявка?"]))
    def a_machine_writes(self, body: str) -> None:
        self.arrives(letter(body, sender=ROBOT), answers=0)

    @rule(oversized=st.booleans(), who=people)
    def something_unreadable_comes(self, who: str, *, oversized: bool) -> None:
        raw = letter("", sender=who, subject="Заявка") if oversized else b"\x00" * (100 + self.desk.uid)
        self.arrives(raw, oversized=oversized)

    # --- time and mail

    @rule(seconds=st.sampled_from([1, 29, 31, 31, 3_600, 86_400, 3 * 86_400, 12 * 86_400]), sends=st.booleans())
    def time_passes(self, seconds: int, *, sends: bool) -> None:
        self.desk.pass_(seconds=seconds)
        if sends:
            self.letters_leave()

    @rule()
    def letters_leave(self) -> None:
        self.desk.send()
        self.desk.pass_(seconds=1)

    @rule()
    def the_clock_goes_round(self) -> None:
        self.desk.look()
        self.desk.timers.remind()
        self.desk.timers.warn()
        self.desk.timers.digest()
        self.desk.pass_(seconds=1)

    @rule(who=people, answer=st.sampled_from([Accepted("250 OK"), _UNTRUSTED, Later("451 busy", Delay.BUSY)]))
    def the_mail_server_thinks_of_an_address(self, who: str, answer: Handover) -> None:
        self.desk.hand.answers[who] = answer

    # --- agents

    def action(self, what: str, number: str, other: str, field: FieldName) -> ActionRecord:
        cases = self.desk.casework
        doing = {
            "take": lambda: cases.assign(number, AGENT, AGENT),
            "edit": lambda: cases.edit(number, field, self.value(field), AGENT),
            "confirm": lambda: cases.confirm(number, field, AGENT),
            "approve": lambda: cases.approve(number, AGENT),
            "reject": lambda: cases.reject(number, "Нет лицензии.", AGENT),
            "request": lambda: cases.request(number, (field,), "", AGENT),
            "answer": lambda: cases.answer(number, "Проверяем.", AGENT),
            "duplicate": lambda: cases.duplicate(number, other, AGENT),
            "spam": lambda: cases.spam(number, AGENT),
            "close": lambda: cases.close(number, "", AGENT),
            "close with words": lambda: cases.close(number, "По вашей просьбе.", AGENT),
            "reopen": lambda: cases.reopen(number, AGENT),
            "done": lambda: cases.done(number, AGENT),
            "note": lambda: cases.note(number, "Звонила.", AGENT),
        }
        return doing[what]()

    @staticmethod
    def value(field: FieldName) -> str:
        return {
            FieldName.PHONE: "8 916 777-88-99",
            FieldName.EMAIL: "new@school.example",
            FieldName.REGION: "Республика Татарстан",
            FieldName.SETTLEMENT: "г. Казань",
            FieldName.ADMIN: "Иванова Мария Петровна",
            FieldName.FULL_NAME: "Муниципальное бюджетное общеобразовательное учреждение «Лицей № 77»",
        }.get(field, "МБОУ «Лицей № 77»")

    WHAT = (
        *("take", "edit", "confirm", "approve", "reject", "request", "answer", "duplicate", "spam", "close"),
        *("close with words", "reopen", "done", "note"),
    )

    @precondition(lambda self: self.desk.tickets())
    @rule(what=st.sampled_from(WHAT), which=nth, other=nth, field=fields)
    def an_agent_acts(self, what: str, which: int, other: int, field: FieldName) -> None:
        tickets = self.desk.tickets()
        before = state_of(self.engine), len(self.desk.replies())
        try:
            self.action(what, self.chosen(tickets, which).number, self.chosen(tickets, other).number, field)
        except Refused:
            assert (state_of(self.engine), len(self.desk.replies())) == before, "a refusal changes nothing"
        self.desk.pass_(seconds=1)

    @precondition(lambda self: self.desk.tickets())
    @rule(what=st.sampled_from(WHAT), which=nth, other=nth, field=fields, seconds=st.integers(0, 29))
    def an_agent_acts_and_undoes(self, what: str, which: int, other: int, field: FieldName, seconds: int) -> None:
        tickets = self.desk.tickets()
        before, letters = state_of(self.engine), by_id(self.engine, "reply")
        with suppress(Refused):
            done = self.action(what, self.chosen(tickets, which).number, self.chosen(tickets, other).number, field)
            self.desk.pass_(seconds=seconds)
            self.undo(done.id)
            assert state_of(self.engine) == before
            after = by_id(self.engine, "reply")
            assert {key: after[key] for key in letters} == letters
            assert {row["state"] for key, row in after.items() if key not in letters} <= {"dropped"}
        self.desk.pass_(seconds=1)

    @rule(which=nth)
    def an_agent_undoes_something(self, which: int) -> None:
        with self.desk.store.reading() as work:
            actions = work.actions.log(10)
        if actions:
            before = state_of(self.engine)
            try:
                self.undo(self.chosen(actions, which).id)
            except NotUndoable:
                assert state_of(self.engine) == before
        self.desk.pass_(seconds=1)

    def undo(self, action_id: int) -> None:
        known = set(by_id(self.engine, "state_change"))
        self.desk.casework.undo(action_id, AGENT)
        self.undone_moves |= set(by_id(self.engine, "state_change")) - known

    @precondition(lambda self: self.held())
    @rule(which=nth, yes=st.booleans())
    def an_agent_looks_at_a_held_reply(self, which: int, *, yes: bool) -> None:
        reply = self.chosen(self.held(), which)
        (send if yes else drop)(self.desk.casework, reply.id, AGENT)
        self.desk.pass_(seconds=1)

    # --- what is there

    @staticmethod
    def chosen(many: Any, which: int) -> Any:
        return many[which % len(many)]

    def replies(self) -> list[ReplyRecord]:
        return [one for one in self.desk.replies() if not isinstance(one.kind, NoticeKind)]

    def written(self) -> list[ReplyRecord]:
        return [one for one in self.replies() if one.state not in {ReplyState.HELD, ReplyState.DROPPED}]

    def gone(self) -> list[ReplyRecord]:
        return [one for one in self.replies() if one.state is ReplyState.SENT]

    def held(self) -> list[ReplyRecord]:
        return [one for one in self.replies() if one.state is ReplyState.HELD]

    # --- promises

    @invariant()
    def every_move_is_legal_and_the_history_has_no_gap(self) -> None:
        if not hasattr(self, "engine"):
            return
        last: dict[int, str] = {}
        rows = dump(self.engine, "ticket", "state_change")
        for row in sorted(rows["state_change"], key=lambda row: row["id"]):
            if row["ticket_id"] in last:
                assert last[row["ticket_id"]] == row["before"]
            last[row["ticket_id"]] = row["after"]
            if row["id"] not in self.undone_moves:
                assert may_move(State(row["before"]), State(row["after"])), row
        assert all(row["state"] == last.get(row["id"], row["state"]) for row in rows["ticket"])

    @invariant()
    def no_letter_leaves_twice_or_goes_to_a_machine(self) -> None:
        if not hasattr(self, "engine"):
            return
        ids = message_ids(self.desk.hand.taken)
        assert max(Counter(ids).values(), default=1) == 1
        assert not {to for to, _ in self.desk.hand.taken} & {ROBOT, OURS, "mailer-daemon@mx.example"}
        assert not {one.recipient for one in self.replies()} & {ROBOT, OURS, "mailer-daemon@mx.example"}

    @invariant()
    def nobody_is_left_unanswered_unseen(self) -> None:
        if not hasattr(self, "engine"):
            return
        for ticket in self.desk.tickets():
            self.keeps_its_promise(ticket)

    @staticmethod
    def keeps_its_promise(ticket: TicketRecord) -> None:
        about = (
            ticket.number,
            ticket.state,
            ticket.flags,
            ticket.task,
            [(one.kind, one.state) for one in ticket.replies],
        )
        assert ticket.asked_at is None or ticket.state is State.WAITING, about
        assert ticket.nudged == 0 or ticket.state is State.WAITING, about
        assert sum(turn.ended_at is None for turn in ticket.turns) <= 1, about
        assert all(turn.ended_at is None or turn.ended_at >= turn.started_at for turn in ticket.turns), about
        on_its_way = any(one.state in ON_ITS_WAY for one in ticket.replies)
        if ticket.state is State.REVIEW:
            assert ticket.turn is not None or ticket.flags & SHOWN, about
        if ticket.state is State.WAITING:
            asked = any(one.kind in ASKING and one.state in {*ON_ITS_WAY, ReplyState.SENT} for one in ticket.replies)
            assert asked, about
            assert ticket.asked_at is not None or on_its_way, about
            assert ticket.turn is None or on_its_way, about
            assert ticket.application is not None, about
        if ticket.state in FINISHED:
            assert ticket.turn is None or on_its_way or ticket.task or ticket.flags & SHOWN, about


DeskMachine.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
test_the_desk_keeps_its_promises = DeskMachine.TestCase
