"""`intake rules test`: an edit of the rule data shows which letters come out otherwise, before anybody relies on it."""

import json
import re
import shutil
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT

LABEL_WORDS = re.compile(r'"(?:населен|населенный|пункт|насел|нас|нп|н/п)",? ?')
FIELDS = {
    "organization_full_name": "Муниципальное казённое общеобразовательное учреждение «Основная школа № 12»",
    "organization_short_name": "МКОУ «ОШ № 12»",
    "settlement": "Нижние Бобрики",
    "region": "59",
    "admin_full_name": "Ощепкова Нина Фёдоровна",
    "admin_phone": "+79124810735",
    "admin_email": "oshchepkova@bobriki.example",
}


def _letter(number: int, *, school: int) -> bytes:
    message = EmailMessage()
    message["From"] = "school@bobriki.example"
    message["To"] = "info@sferum.ru"
    message["Subject"] = "СФЕРУМ: Регистрация организации"
    message["Message-ID"] = f"<{number}@bobriki.example>"
    lines = [
        f"Полное наименование: {FIELDS['organization_full_name']}".replace("12", str(school)),
        f"Краткое наименование: {FIELDS['organization_short_name']}".replace("12", str(school)),
        "Населённый пункт: Нижние Бобрики",
        "Субъект РФ: Пермский край",
        f"ФИО администратора: {FIELDS['admin_full_name']}",
        "Мобильный телефон: 8 912 481-07-35",
        f"Электронная почта: {FIELDS['admin_email']}",
    ]
    message.set_content("\n".join(lines))
    return message.as_bytes()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the product with three letters of its own: one with an expectation, one without, one held back."""
    copy = tmp_path / "a copy"
    for name in ("intake", "rules", "store"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "accepted.jsonl"))
    letters = copy / "tests" / "letters" / "own"
    letters.mkdir(parents=True)
    for number, school in ((901, 12), (902, 14), (903, 77)):
        (letters / f"own-{number}.eml").write_bytes(_letter(number, school=school))
    expected = {"id": "own-901", "kind": "application", "topic": None, "fields": FIELDS, "note": "all labels"}
    (letters / "own-901.json").write_text(json.dumps(expected, ensure_ascii=False), encoding="utf-8")
    return copy


def _rules_test(project: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "intake", "rules", "test", *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _edited(project: Path) -> Path:
    """A copy of the rule data that does not know the words of one label any more."""
    folder = project / "tried rules"
    shutil.copytree(project / "rules" / "data", folder)
    labels = folder / "labels.toml"
    text, count = LABEL_WORDS.subn("", labels.read_text(encoding="utf-8"))
    assert count >= 3
    labels.write_text(text, encoding="utf-8")
    return folder


def test_a_changed_label_names_the_letter_that_comes_out_otherwise(project: Path) -> None:
    status, said = _rules_test(project)
    assert status == 1, said
    assert "not accepted yet: own-901.eml, own-902.eml\n" in said
    status, said = _rules_test(project, "--accept")
    assert status == 0, said
    assert "2 new" in said
    status, said = _rules_test(project)
    assert status == 0, said
    assert "0 changed, 0 not accepted yet, 0 gone, 1 held back" in said

    status, said = _rules_test(project, "--rules", str(_edited(project)))
    assert status == 1, said
    assert "own-901.eml: worse" in said
    assert re.search(r"settlement: ok Нижние Бобрики → missing +worse \(expected: Нижние Бобрики\)", said), said
    assert "own-902.eml: no expectation" in said
    # A trial accepts nothing.
    assert _rules_test(project)[0] == 0


def test_a_held_back_letter_is_neither_shown_nor_kept(project: Path) -> None:
    _, accepted = _rules_test(project, "--accept")
    _, tried = _rules_test(project, "--rules", str(_edited(project)))
    kept = (project / "tests" / "letters" / "own" / "accepted.jsonl").read_text(encoding="utf-8")
    assert "own-901" in kept
    for text in (accepted, tried, kept):
        assert "own-903" not in text
        assert "№ 77" not in text


def test_an_edit_in_place_is_seen_accepted_and_then_quiet(project: Path, tmp_path: Path) -> None:
    """A folder of one's own is read with the project's letters; what is accepted of it lies beside its letters."""
    foreign = tmp_path / "from the mailbox" / "2026"
    foreign.mkdir(parents=True)
    (foreign / "one.eml").write_bytes(_letter(1, school=3))
    assert _rules_test(project, str(foreign.parent), "--accept")[0] == 0
    before = (foreign / "accepted.jsonl").read_bytes()
    assert _rules_test(project, str(foreign.parent), "--accept")[0] == 0
    assert (foreign / "accepted.jsonl").read_bytes() == before

    shutil.copytree(_edited(project), project / "rules" / "data", dirs_exist_ok=True)
    status, said = _rules_test(project, str(foreign.parent))
    assert status == 1, said
    assert "one.eml: no expectation" in said
    status, said = _rules_test(project, str(foreign.parent), "--accept")
    assert status == 0
    assert f"accepted in {foreign}: 1 changed, 0 new, 0 gone" in said
    assert _rules_test(project, str(foreign.parent))[0] == 0
    (foreign / "one.eml").rename(foreign / "two.eml")
    status, said = _rules_test(project, str(foreign.parent))
    assert status == 1
    assert "no longer there: one.eml" in said


def test_a_mistake_in_the_rule_data_is_one_sentence_with_the_file(project: Path) -> None:
    folder = _edited(project)
    labels = folder / "labels.toml"
    whole = labels.read_text(encoding="utf-8")
    for words, file, text in (
        ("labels.toml: cannot be read", "labels.toml", whole.replace('"', "", 1)),
        ("cannot be used", "labels.toml", whole.replace("\ntypical =", "\ntipical =", 1)),
        ("labels.toml is missing", "labels.toml", None),
        ("organizations.toml: changes of this file", "organizations.toml", ""),
    ):
        labels.write_text(whole, encoding="utf-8")
        (folder / file).unlink()
        if text is not None:
            (folder / file).write_text(text, encoding="utf-8")
        status, said = _rules_test(project, "--rules", str(folder))
        assert status == 2, said
        assert words in said
        assert "Traceback" not in said


def test_other_mistakes_are_one_sentence_too(project: Path, tmp_path: Path) -> None:
    (project / "tests" / "letters" / "own" / "accepted.jsonl").write_text("nothing of ours\n", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    for words, said_words in (
        ((), "accepted.jsonl, line 1"),
        ((str(empty),), "no letters"),
        ((str(empty / "none"),), "no such folder"),
        (("--accept", "--rules", str(empty)), "not allowed with"),
    ):
        status, said = _rules_test(project, *words)
        assert status == 2, said
        assert said_words in said
        assert "Traceback" not in said
