"""The agent's commands: who may, what is printed, which exit status, and that all of it stands in the log."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intake.__main__ import main, parser
from intake.casework import Refused, Why
from intake.refusals import in_words
from intake.usage import WORKING
from rules.ticket import State
from store import schema
from store.engine import open_engine
from store.records import NotUndoable, ReplyState, Undoing
from store.unit_of_work import Store
from tests.integration.wired import AGENT, MANAGER, WiredDesk, facts, letter, school

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[WiredDesk]:
    """A desk whose letters came in just now, for the command line's clock is the machine's."""
    engine = open_engine(f"sqlite:///{tmp_path / 'intake.db'}")
    schema.migrate(engine)
    yield WiredDesk(Store(engine))
    engine.dispose()


@pytest.fixture
def run(desk: WiredDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command as an agent; exit status, output, complaints."""
    (tmp_path / "config.toml").write_text(
        '[desk]\naddress = "info@sferum.ru"\nkey_file = "intake.key"\n[database]\nurl = "sqlite:///intake.db"\n'
        '[[mailbox]]\nname = "info"\nhost = "127.0.0.1"\nuser = "info@sferum.ru"\nsecurity = "plain"\n'
        '[smtp]\nhost = "127.0.0.1"\nport = 2525\nsecurity = "plain"\n'
    )
    monkeypatch.setenv("INTAKE_AGENT", AGENT)

    def command(*words: str) -> tuple[int, str, str]:
        try:
            status = main(["--config", str(tmp_path / "config.toml"), *words])
        except SystemExit as error:
            status = int(error.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    assert desk.replies() == []
    return command


def test_a_ticket_goes_from_the_gap_to_its_approval(desk: WiredDesk, run: Run) -> None:
    number = desk.write(letter(facts(Мобильный=None))).tickets[0]
    status, _, err = run("approve", number)
    assert (status, "seven good fields; still open: admin_phone" in err) == (2, True)
    assert "intake edit" in err
    status, _, err = run("edit", number, "admin_phone", "8 (843) 222-33-44")
    assert (status, "landline" in err) == (2, True)
    status, out, _ = run("edit", number, "admin_phone", "8 916 222-33-44")
    assert (status, "now review" in out) == (0, True)
    status, out, _ = run("approve", number)
    assert (status, "now approved" in out) == (0, True)
    assert "letter to anna@school5.example, admin@school5.example" in out
    assert desk.ticket(number).state is State.APPROVED


def test_a_bulk_decision_prints_a_line_for_each_ticket_and_is_undone_as_one(desk: WiredDesk, run: Run) -> None:
    numbers = [desk.write(letter(school(one), sender=f"a@school{one}.example")).tickets[0] for one in (6, 7)]
    gap = desk.write(letter(school(8, Мобильный=None), sender="a@school8.example")).tickets[0]
    status, out, err = run("approve", *numbers, gap, "2611-999")
    assert status == 1
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == numbers
    assert [line.split("  ")[0] for line in err.splitlines()] == [gap, "2611-999"]
    batch = out.splitlines()[0].split()[1].rstrip(":")
    status, out, _ = run("undo", "--batch", batch)
    assert (status, out.count("undone: approve")) == (0, 2)
    assert {desk.ticket(one).state for one in numbers} == {State.REVIEW}
    status, _, err = run("undo", "--batch", batch)
    assert (status, "no bulk decision" in err) == (2, True)


def test_an_action_is_undone_by_its_number_once(desk: WiredDesk, run: Run) -> None:
    number = desk.write(letter(facts())).tickets[0]
    _, out, _ = run("reject", number, "--words", "Нет лицензии.")
    action = out.split("intake undo ")[1].split("`")[0]
    status, _, err = run("reopen", number)
    assert (status, f"intake undo {action}" in err) == (2, True)
    assert run("undo", action)[0] == 0
    status, _, err = run("undo", action)
    assert (status, "undone already" in err) == (2, True)
    assert run("undo")[0] == 2


@pytest.mark.parametrize("words", [("take",), ("approve",), ("note", "Звонила.")])
def test_only_people_who_work_here_may_act(
    desk: WiredDesk, run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.write(letter(facts())).tickets[0]
    command, rest = words[0], words[1:]
    status, _, err = run(command, number, *rest, "--by", "stranger@else.example")
    assert (status, "nobody who works here" in err) == (2, True)
    with desk.store.writing() as work:
        work.people.change(AGENT, active=False)
    assert run(command, number, *rest)[0] == 2
    monkeypatch.delenv("INTAKE_AGENT")
    status, _, err = run(command, number, *rest)
    assert (status, "--by EMAIL" in err) == (2, True)
    with desk.store.reading() as work:
        assert work.actions.log(10) == ()


def test_only_a_manager_gives_tickets_to_others(desk: WiredDesk, run: Run) -> None:
    number = desk.write(letter(facts())).tickets[0]
    status, _, err = run("assign", number, "--to", MANAGER)
    assert (status, "takes the role manager" in err) == (2, True)
    assert run("assign", number, "--to", AGENT, "--by", MANAGER)[0] == 0
    assert desk.ticket(number).assignee == AGENT
    assert run("assign", number, "--to", "nobody", "--by", MANAGER)[0] == 0
    assert run("take", number)[0] == 0
    assert desk.ticket(number).assignee == AGENT


def test_every_action_stands_in_the_log_and_in_the_tickets_file(desk: WiredDesk, run: Run) -> None:
    first = desk.write(letter(facts())).tickets[0]
    second = desk.write(letter(facts(), sender="zavuch@school5.example")).tickets[0]
    assert run("take", first)[0] == 0
    assert run("note", first, "Звонила, перезвонят.")[0] == 0
    assert run("duplicate", second, "--of", first)[0] == 0
    status, out, _ = run("log")
    assert status == 0
    assert [line.split()[4] for line in out.splitlines()[1:]] == ["duplicate", "note", "take"]
    assert run("log", first)[1].count("\n") == 3
    assert [one["action"] for one in json.loads(run("log", "--json", "--limit", "1")[1])] == ["duplicate"]
    assert run("log", "2611-999")[0] == 2
    text = run("ticket", first)[1]
    for words in (
        *("admin_phone", "+79171234567", "message ", "reply ", "received 1 to anna@school5.example: queued"),
        *(f"assignee {AGENT}", "Звонила, перезвонят.", "turn ", f"link     twin  {second}", f"duplicate  {second}"),
        *("action ", "take by"),
    ):
        assert words in text
    shown = json.loads(run("ticket", second, "--json")[1])
    assert {"kind": "duplicate_of", "number": first} in shown["links"]
    assert shown["actions"][0]["by"] == AGENT
    assert run("ticket", "2611-999")[0] == 1


def test_a_yes_or_no_to_a_held_reply_has_its_name_in_the_log(desk: WiredDesk, run: Run) -> None:
    number = desk.write(letter(facts())).tickets[0]
    held = desk.last().id
    status, _, err = run("outbox", "--send", str(held))
    assert (status, "is not held" in err) == (2, True)
    with desk.store.writing() as work:
        work.outbox.hold(held, "ждёт согласия")
    assert run("outbox", "--drop", str(held), "--by", "stranger@else.example")[0] == 2
    assert run("outbox", "--drop", str(held))[0] == 0
    assert desk.last().state is ReplyState.DROPPED
    with desk.store.reading() as work:
        (line,) = work.actions.of_ticket(number)
    assert (line.name.value, line.by) == ("drop", AGENT)


def test_words_come_from_standard_input_too(desk: WiredDesk, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io  # noqa: PLC0415 - only here

    monkeypatch.setattr("sys.stdin", io.StringIO("Нет лицензии.\n"))
    number = desk.write(letter(facts())).tickets[0]
    assert run("reject", number, "--words", "-")[0] == 0
    assert "Нет лицензии." in desk.last().text
    status, _, err = run("answer", number, "--article", "no_such_article")
    assert (status, "no article" in err) == (2, True)


def test_every_command_has_its_help_and_every_refusal_its_sentence_with_a_cure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command in WORKING:
        with pytest.raises(SystemExit):
            parser().parse_args([command, "--help"])
        assert "usage: intake" in capsys.readouterr().out
    for error in (*(Refused(why, "X") for why in Why), *(NotUndoable(why) for why in Undoing)):
        words = in_words(error)
        assert words.count(" ") >= 3
        assert "{" not in words
