"""The right article for a question, and none where a person must look.

The questions of `articles_questions.toml` were written before the cues, by the same hand: two of three shaped them,
every third one is counted apart (26 of 26 at the first count, which proves little). `_later` widened the cues;
`_counted` is the only clean figure.
"""

import tomllib
from pathlib import Path

import pytest

from rules.articles import MOST, ArticleBook
from rules.errors import SettingsError
from rules.judgement import Topic

DATA = Path(__file__).parents[3] / "rules" / "data" / "articles.toml"
BOOK = ArticleBook.load(DATA)

Asked = tuple[Topic, str, str]


def _questions(name: str) -> list[Asked]:
    table = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return [(Topic(topic), question, wanted) for topic, asked in table.items() for question, wanted in asked.items()]


QUESTIONS = _questions("articles_questions.toml")
HELD_BACK = QUESTIONS[2::3]
SHAPED = [one for one in QUESTIONS if one not in HELD_BACK]
LATER = _questions("articles_questions_later.toml")
COUNTED = _questions("articles_questions_counted.toml")


def _found(topic: Topic, question: str) -> str:
    return next(iter(BOOK.fitting(question, topic)), "")


def _count(asked: list[Asked]) -> tuple[int, int]:
    """How many find what they want, and how many find something else."""
    found = [(_found(topic, question), wanted) for topic, question, wanted in asked]
    return sum(one == wanted for one, wanted in found), sum(bool(one) and one != wanted for one, wanted in found)


def test_there_are_enough_questions_and_each_wants_an_article_of_its_topic() -> None:
    topics = {one.name: one.topic for one in BOOK.rules}
    asked = [*QUESTIONS, *LATER, *COUNTED]
    assert len(QUESTIONS) >= 60
    assert [question for topic, question, wanted in asked if wanted and topics[wanted] is not topic] == []
    assert {wanted for _, _, wanted in QUESTIONS if wanted} == set(BOOK.names)


@pytest.mark.parametrize(("topic", "question", "wanted"), SHAPED)
def test_a_typical_question_finds_its_article(topic: Topic, question: str, wanted: str) -> None:
    assert _found(topic, question) == wanted


def test_questions_counted_apart_find_theirs_too() -> None:
    right, wrong = _count(HELD_BACK)
    assert right >= 24
    assert wrong <= 1
    right, wrong = _count(LATER)
    assert right >= 22
    assert wrong <= 1


def test_an_unseen_question_gets_the_right_article_or_none() -> None:
    """8 of 16 right and none wrong at the first count: a wrong article is worse than none."""
    right, wrong = _count(COUNTED)
    assert right >= 8
    assert wrong == 0


@pytest.mark.parametrize("topic", list(Topic))
def test_complaints_faults_and_empty_texts_get_no_article(topic: Topic) -> None:
    for text in ("", "Здравствуйте!", "Требую удалить мои данные", "Белый экран, ничего не работает", "a" * 100_000):
        assert BOOK.fitting(text, topic) == ()


def test_two_questions_at_once_get_two_articles_and_never_more() -> None:
    text = "Как создать ссылку-приглашение, какую роль выбрать и как подать заявку на вступление? Есть Дневник.ру"
    found = BOOK.fitting(text, Topic.TEACHER_STUDENT)
    assert len(found) == MOST
    assert len(set(found)) == MOST


def test_a_broken_data_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "articles.toml"
    path.write_text(
        DATA.read_text(encoding="utf-8").replace('topic = "parent"', 'topic = "zorgle"', 1), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match=r"articles\.toml"):
        ArticleBook.load(path)
