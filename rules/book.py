"""The law as data: everything under `rules/data/`, loaded once by the wiring and passed on as one frozen value."""

from dataclasses import dataclass
from pathlib import Path

from rules import subjects
from rules.articles import ArticleBook
from rules.fields.place import Gazetteer
from rules.fields.region import Regions
from rules.fields_words import Words
from rules.kinds import heard, topics
from rules.labels import Vocabulary
from rules.phrases import Phrases
from rules.quotes_data import QuotePhrases
from rules.twins import TwinWords


@dataclass(frozen=True, slots=True)
class Judging:
    """What the questions about the kind of message need."""

    kinds: heard.KindPhrases
    topics: topics.Topics
    subject: subjects.SubjectRule
    twins: TwinWords
    articles: ArticleBook


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rule data. `labels` and `phrases` are the reader's, `quotes` the parser's, `judging` the policy's, `words`
    the replies' and pages'.
    """

    labels: Vocabulary
    phrases: Phrases
    quotes: QuotePhrases
    regions: Regions
    gazetteer: Gazetteer
    judging: Judging
    words: Words

    @classmethod
    def load(cls, folder: Path) -> "RuleBook":
        """Read everything from a folder of rule data."""
        return cls(
            labels=Vocabulary.load(folder / "labels.toml"),
            phrases=Phrases.load(folder / "phrases.toml"),
            quotes=QuotePhrases.load(folder / "quotes.toml"),
            regions=Regions.load(folder / "regions.toml"),
            gazetteer=Gazetteer.load(folder / "settlements.tsv"),
            judging=Judging(
                kinds=heard.load(folder / "kinds.toml"),
                topics=topics.load(folder / "topics.toml"),
                subject=subjects.load(folder / "subject.toml"),
                twins=TwinWords.load(folder / "twins.toml", folder / "organizations.toml"),
                articles=ArticleBook.load(folder / "articles.toml"),
            ),
            words=Words.load(folder / "words.toml"),
        )
