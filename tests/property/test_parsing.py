"""Parsing never raises, never loses its grip on the text, never lets a line break into a header, whatever arrives."""

from pathlib import Path
from unicodedata import category

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.parsing import attachment_payloads, parse
from intake.parsing.charset import decode
from intake.parsing.html import render_html
from intake.parsing.quotes import stretches
from intake.parsing.rendered import Rendered
from rules.message import Message
from rules.quotes_data import QuotePhrases

ROOT = Path(__file__).parents[2]
PHRASES = QuotePhrases.load(ROOT / "rules" / "data" / "quotes.toml")
LETTERS = [
    path.read_bytes() for path in sorted((ROOT / "tests" / "letters").glob("*.eml")) if path.stat().st_size < 20_000
]
FRAGMENTS = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\r\n\r\n",
            b"--",
            b"=?utf-8?B?",
            b"?=",
            b"<",
            b">",
            b"\0",
            b"\xff",
            b"=",
            b"boundary=",
            b";",
            b'"',
            b"</",
            b"\xd0",
        ),
        *(
            b"Content-Type: ",
            b"<table><tr><td>",
            b"charset=rot13",
            b"Content-Transfer-Encoding: base64\r\n",
            b"From: ",
            b"Date: ",
        ),
        *(b"message/rfc822", b"multipart/alternative", b"message/delivery-status"),
    ]
)
few = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tame(text: str) -> bool:
    """Whether a text is one line without characters that steer a terminal, a header or the direction of writing."""
    return not any(category(letter) in {"Cc", "Cs", "Zl", "Zp"} or "\u202a" <= letter <= "\u202e" for letter in text)


def sound(message: Message, raw: bytes) -> None:
    """What must hold for every message."""
    assert message.size == len(raw)
    for name, value in message.headers:
        assert tame(value), name
    assert message.message_id == "".join(message.message_id.split())
    for address in filter(None, (message.sender, *message.to, *message.reply_to, *message.cc)):
        assert tame(address.name + address.address)
    for part in message.parts:
        assert "".join(part.text[s.start : s.end] for s in part.stretches) == part.text
        assert not set(part.text) & set("\0\r\u202e\u200b")
        part.text.encode()
        for table in part.tables:
            assert all(0 <= cell.start <= cell.end <= len(part.text) for cell in table.cells)
    for item in message.attachments:
        assert item.name
        assert not set(item.name) & set('/\\\0\r\n\u202e<>:"|?*')


@few
@given(st.binary(max_size=2000))
def test_any_bytes_make_a_message(raw: bytes) -> None:
    sound(parse(raw, PHRASES), raw)


@few
@given(st.lists(FRAGMENTS | st.binary(max_size=20), max_size=60).map(b"".join))
def test_pieces_of_mail_in_any_order_make_a_message(raw: bytes) -> None:
    sound(parse(raw, PHRASES), raw)


@few
@given(st.data())
def test_spoilt_letters_make_a_message(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(LETTERS))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 200))
        raw = raw[:at] + data.draw(FRAGMENTS | st.binary(max_size=8)) + raw[at + cut :]
    message = parse(raw, PHRASES)
    sound(message, raw)
    assert [item for item, _ in attachment_payloads(raw)] == list(message.attachments)


@few
@given(st.text(max_size=400))
def test_utf8_is_never_guessed_away(text: str) -> None:
    sure = "Проверка: " + "".join(
        letter for letter in text if letter.isprintable() and not "\x80" <= letter <= "\u04ff"
    )
    assert decode(sure.encode(), "cp1251")[0] == sure


@few
@given(st.text(alphabet="<>/ab sdivtr=\"'&;:- \n\xa0", max_size=300))
def test_any_markup_makes_a_text(source: str) -> None:
    rendered = render_html(source)
    assert all(0 <= span.start < span.end <= len(rendered.text) for span in (*rendered.struck, *rendered.quotes))


@few
@given(
    st.lists(
        st.sampled_from(
            [
                "> a",
                ">> b",
                "",
                "Текст",
                "--",
                "С уважением,",
                '05.10.2023, 15:11, "X" <a@b.ru>:',
                "От: X",
                "Дата: 1.1.2026",
            ]
        )
        | st.text(max_size=20)
    ).map("\n".join)
)
def test_voices_cover_every_text(text: str) -> None:
    found = stretches(Rendered(text), PHRASES)
    assert "".join(text[s.start : s.end] for s in found) == text
    assert all((s.depth > 0) == (s.zone.value == "quoted") for s in found)
