"""The bytes of a reply say, read back by the standard library, exactly what went in, and nothing else."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.outgoing import MOST_REFERENCES, REFERENCES_BYTES, Outgoing, build, trimmed
from intake.tokens import Tokens

TOKENS = Tokens(b"0123456789abcdef0123456789abcdef")
REPLY = Outgoing(
    desk_name="Поддержка «Сферум»",
    desk_address="info@sferum.ru",
    recipient="school@example.ru",
    recipient_name="Иванова Мария Петровна, заместитель директора муниципального учреждения",
    subject="Re: СФЕРУМ: Регистрация муниципального бюджетного общеобразовательного учреждения «Гимназия № 5» [№ 2611-204]",
    text="Здравствуйте!\n\n.точка впереди\nFrom впереди\n" + "длинная строка " * 200 + "\n",
    html="<p>Здравствуйте!</p>" * 200,
    message_id=TOKENS.message_id("4f2a9c0b1d", "received", 1, "sferum.ru"),
    date=datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
    in_reply_to="CAF" + "x" * 90 + "@mail.gmail.com",
    references=tuple(f"{'CAF' * 30}{k}@mail.gmail.com" for k in range(4)),
)


def _read(reply: Outgoing) -> EmailMessage:
    return message_from_bytes(build(reply), policy=policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_everything_is_read_back_as_it_was_written() -> None:
    read = _read(REPLY)
    assert not read.defects
    assert read["Subject"] == REPLY.subject
    assert read["From"].addresses[0].display_name == REPLY.desk_name
    assert read["From"].addresses[0].addr_spec == REPLY.desk_address
    # The address parser of Python 3.11 puts spaces between the encoded words of a long name; RFC 2047 §6.2 has none.
    to = str(make_header(decode_header(message_from_bytes(build(REPLY))["To"])))
    assert to.rpartition(" ")[0] == REPLY.recipient_name
    assert read["To"].addresses[0].addr_spec == REPLY.recipient
    assert read["Date"].datetime == REPLY.date
    assert _body(read, "plain") == REPLY.text
    assert _body(read, "html").strip() == REPLY.html


def test_the_thread_is_kept() -> None:
    read = _read(REPLY)
    assert TOKENS.thread_key_of(read["Message-ID"]) == "4f2a9c0b1d"
    assert read["In-Reply-To"] == f"<{REPLY.in_reply_to}>"
    assert str(read["References"]).split() == [f"<{one}>" for one in (*REPLY.references, REPLY.in_reply_to)]


def test_no_message_id_is_ever_spelled_as_an_encoded_word() -> None:
    head = build(REPLY).split(b"\r\n\r\n")[0]
    for one in (*REPLY.references, REPLY.in_reply_to, REPLY.message_id):
        assert f"<{one}>".encode() in head


def test_machines_are_told_that_a_machine_wrote_and_people_are_not() -> None:
    read = _read(REPLY)
    assert (read["Auto-Submitted"], read["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert read["Precedence"] is None
    assert _read(replace(REPLY, automatic=False))["Auto-Submitted"] is None


def test_the_bytes_are_ascii_with_short_lines_and_the_same_every_time() -> None:
    raw = build(REPLY)
    assert raw.isascii()
    assert build(REPLY) == raw
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 998
    assert max(len(line) for line in lines if b"@mail.gmail" not in line) <= 78


def test_the_longest_acceptable_ids_still_fit_on_their_lines() -> None:
    longest = "i" * 889 + "@example.ru"
    raw = build(replace(REPLY, in_reply_to=longest, references=(longest[1:],) * 3))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert f"<{longest}>".encode() in raw


def test_of_a_long_correspondence_the_first_and_the_last_ids_are_kept() -> None:
    ids = [f"{k}@example.ru" for k in range(500)]
    kept = trimmed(ids)
    assert len(kept) == MOST_REFERENCES
    assert (kept[0], kept[-1], kept[1]) == (ids[0], ids[-1], ids[-MOST_REFERENCES + 1])
    wide = trimmed(f"{k}{'x' * 300}@example.ru" for k in range(100))
    assert sum(len(one) + 3 for one in wide) <= REFERENCES_BYTES + 400
    assert len(wide) > 5


def test_each_id_stands_once_the_answered_one_last_and_nonsense_not_at_all() -> None:
    assert trimmed(["a@x", "b@x", "a b@x", "<c@x>", "ж@x", "", "d\r\nBcc: e@x", "b@x", "a@x"])[-1] == "a@x"
    assert trimmed(["a@x", "b@x", "", "ж@x", "b@x", "c@x"]) == ("a@x", "b@x", "c@x")
    assert trimmed([]) == ()


hostile = st.text(alphabet=st.sampled_from('aЖ \r\n\x00\x85\u2028\ud800\u202e<>@",;:=?\\()№𝕏[]'), max_size=120)


@given(hostile, hostile, hostile, hostile)
@settings(max_examples=150, deadline=None)
def test_no_value_can_add_a_header_or_a_recipient(subject: str, name: str, address: str, seen: str) -> None:
    usual = [key.lower() for key in _read(replace(REPLY, in_reply_to="", references=()))]
    reply = replace(
        REPLY, subject=subject, recipient_name=name, recipient=address, in_reply_to=seen, references=(seen,)
    )
    raw = build(reply)
    read = message_from_bytes(raw, policy=policy.compat32)
    allowed = {"in-reply-to", "references"}
    assert [key.lower() for key in read if key.lower() not in allowed] == usual
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_an_idn_domain_is_ascii_in_the_header_and_a_cyrillic_local_part_stays_readable() -> None:
    assert _read(replace(REPLY, recipient="info@школа.рф"))["To"].addresses[0].domain.startswith("xn--")
    assert "директор@".encode() in build(replace(REPLY, recipient="директор@example.ru"))


@pytest.mark.parametrize("text", ["", "\n", "x" * 100_000, "\ud800", "a\u2028b", "\x00"])
def test_any_text_can_be_a_body(text: str) -> None:
    read = _read(replace(REPLY, text=text, html=text))
    assert not read.defects
    assert _body(read, "plain").strip() == "\n".join(text.splitlines()).replace("\ud800", "?").strip()


def test_building_is_cheap() -> None:
    start = time.process_time()
    for _ in range(100):
        build(REPLY)
    assert time.process_time() - start < 0.3
