"""Judging always answers, is pure, and keeps what must never break, whatever arrives."""

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.application import Application, FieldName, FieldValue, Reading, Status
from rules.articles import ArticleBook
from rules.judgement import Facts, Kind, ReplyKind, ThreadFacts, TicketFacts
from rules.kinds import heard, topics
from rules.merging import merge
from rules.message import Address, Message, Part
from rules.policy import judge
from rules.subjects import load
from rules.ticket import State, may_move
from rules.twins import TwinWords

DATA = Path(__file__).parents[2] / "rules" / "data"
OURS = "info@sferum.ru"


class Book:
    """The rule data, loaded once for this file."""

    subject = load(DATA / "subject.toml")
    kinds = heard.load(DATA / "kinds.toml")
    topics = topics.load(DATA / "topics.toml")
    twins = TwinWords.load(DATA / "twins.toml", DATA / "organizations.toml")
    articles = ArticleBook.load(DATA / "articles.toml")


scraps = st.sampled_from(
    ["Спасибо", "Где наша заявка?", "Автоответ", "я в отпуске", "вебинар", "отписаться", "СФЕРУМ: Регистрация организации",
     "Re:", "[№ 2611-1]", "не доставлено", "я ученик", "\x00", "İ", "\u202e", "%Имя%", "?"]
)  # fmt: skip
texts = st.lists(st.one_of(scraps, st.text(max_size=40)), max_size=6).map(" ".join)
addresses = st.sampled_from(["a@b.ru", OURS, "no-reply@b.ru", "mailer-daemon@b.ru", "", "a@b.ru\nBcc: c@d.ru", "x y"])
headers = st.lists(
    st.tuples(
        st.sampled_from(["auto-submitted", "precedence", "list-id", "list-post", "x-autoreply", "content-type"]),
        st.one_of(st.sampled_from(["no", "auto-replied", "bulk", "<mailto:a@b.ru>", "multipart/report"]), st.text(max_size=20)),
    ),
    max_size=3,
).map(tuple)  # fmt: skip
values = st.one_of(
    st.just(FieldValue()),
    st.text(max_size=8).map(lambda text: FieldValue(None, Status.INVALID, reason="malformed", written=text)),
    st.sampled_from(["+79161111111", "+79162222222", "a@b.ru", "МБОУ СОШ № 5"]).flatmap(
        lambda text: st.sampled_from([Status.OK, Status.DOUBTFUL]).map(lambda one: FieldValue(text, one, written=text))
    ),
)
applications = st.fixed_dictionaries({name.value: values for name in FieldName}).map(lambda all_: Application(**all_))
readings = st.builds(
    Reading,
    applications=st.lists(applications, max_size=3).map(tuple),
    announced=st.booleans(),
    asks=st.booleans(),
    correction=st.booleans(),
    strength=st.integers(0, 2),
)
messages = st.builds(
    Message,
    subject=texts,
    sender=st.one_of(st.none(), addresses.map(lambda one: Address("", one))),
    reply_to=st.lists(addresses.map(lambda one: Address("", one)), max_size=2).map(tuple),
    return_path=st.sampled_from([None, "", "a@b.ru"]),
    in_reply_to=st.sampled_from([(), ("x@sferum.ru",)]),
    headers=headers,
    parts=texts.map(lambda text: (Part("body", text),)),
    unreadable=st.booleans(),
)
tickets = st.builds(
    TicketFacts,
    number=st.just("2611-1"),
    state=st.sampled_from(State),
    kind=st.just(Kind.APPLICATION),
    application=st.one_of(st.none(), applications),
    addresses=st.sampled_from([frozenset(), frozenset({"a@b.ru"})]),
)
threads = st.one_of(
    st.none(),
    st.lists(tickets, max_size=3).map(
        lambda some: ThreadFacts(
            "t", 1, tuple(TicketFacts(f"2611-{n}", t.state, t.kind, t.application, t.addresses) for n, t in enumerate(some))
        )
    ),
)  # fmt: skip
known = st.builds(
    Facts,
    received_at=st.just(datetime(2026, 11, 24, tzinfo=UTC)),
    our_addresses=st.just(frozenset({OURS})),
    thread=threads,
    ours=st.booleans(),
    replies_lately=st.integers(0, 7),
    oversized=st.booleans(),
)


@given(messages, readings, known)
@settings(max_examples=250, deadline=None)
def test_judging_always_answers_purely_and_keeps_the_rules_of_the_house(
    message: Message, reading: Reading, facts: Facts
) -> None:
    made = judge(message, reading, facts, Book())
    assert made == judge(message, reading, facts, Book())
    assert made.because
    assert (made.reply is None) is bool(made.silence)
    before = {one.number: one.state for one in facts.thread.tickets} if facts.thread else {}
    assert all(may_move(before[one.number], one.state) for one in made.tickets if one.number)
    if made.kind in {Kind.AUTO_REPLY, Kind.BULK, Kind.BOUNCE} or facts.ours:
        assert made.reply is None
    if made.kind is Kind.APPLICATION and not before:
        assert made.tickets


@given(messages, readings, known)
@settings(max_examples=250, deadline=None)
def test_no_reply_ever_goes_to_a_machine_to_ourselves_or_to_something_that_is_no_address(
    message: Message, reading: Reading, facts: Facts
) -> None:
    reply = judge(message, reading, facts, Book()).reply
    assert reply is None or reply.recipient == "a@b.ru"
    if reply is not None and reply.kind is ReplyKind.MISSING:
        assert reply.round <= 3


@given(applications, applications, st.booleans(), st.booleans())
@settings(max_examples=250, deadline=None)
def test_no_merge_makes_a_strangers_phone_ok_or_loses_a_value_unsaid(
    before: Application, new: Application, trusted: bool, correction: bool  # noqa: FBT001 - drawn by hypothesis
) -> None:  # fmt: skip
    after = merge(before, new, trusted=trusted, correction=correction).application
    if not trusted and after.admin_phone.status is Status.OK:
        assert after.admin_phone == before.admin_phone
    for name, value in before.items():
        if value.usable and not correction and not after[name].usable:
            raise AssertionError(name)
        changed = value.status is Status.OK and after[name].value != value.value
        if changed and after[name].status is Status.OK and name is not FieldName.ADMIN:
            assert correction


def test_a_hostile_letter_of_100_kilobytes_is_judged_at_once() -> None:
    for unit in ("я в отпуске ", "_", "зарегистрировать ", "%А", "а ", "?", "re: ", "[x]"):
        text = unit * (100_000 // len(unit))
        message = Message(subject=text, sender=Address("", "a@b.ru"), parts=(Part("body", text),))
        started = process_time()
        judge(message, Reading(), Facts(received_at=datetime(2026, 11, 24, tzinfo=UTC)), Book())
        assert process_time() - started < 0.5, unit
