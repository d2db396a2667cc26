"""A thread's own answer address: read back wherever servers and programs leave it, and made by nobody else."""

import pytest

from intake import sub_address
from intake.tokens import Tokens
from rules.message import Address, Message

TOKENS, OTHERS = Tokens(b"k" * 32), Tokens(b"o" * 32)
OURS = frozenset({"info@sferum.ru", "info+a@sferum.ru"})
KEY = "4f2a9c0b1d77"
OWN = sub_address.address(TOKENS, KEY, "info@sferum.ru")


def keys(message: Message) -> tuple[str, ...]:
    return sub_address.thread_keys(TOKENS, message, OURS)


@pytest.mark.parametrize(
    "message",
    [
        Message(to=(Address("Поддержка", OWN),)),
        Message(to=(Address("", OWN.upper()),)),
        Message(to=(Address("", "info@sferum.ru"),), cc=(Address("", "x@y.ru"), Address("", OWN))),
        Message(headers=(("delivered-to", OWN),)),
        Message(headers=(("x-original-to", f"<{OWN}>"), ("delivered-to", "info@sferum.ru"))),
        Message(headers=(("envelope-to", f"x@y.ru, {OWN}"),)),
        Message(to=(Address("", sub_address.address(TOKENS, KEY, "info+a@sferum.ru")),)),
    ],
)
def test_the_thread_is_read_back(message: Message) -> None:
    assert keys(message) == (KEY,)


@pytest.mark.parametrize(
    "to",
    [
        "info@sferum.ru",
        "info+@sferum.ru",
        OWN.replace("sferum", "other"),
        OWN.replace("info", "support"),
        OWN.replace(KEY, KEY[::-1]),
        sub_address.address(OTHERS, KEY, "info@sferum.ru"),
        f"info+{TOKENS.link(KEY)}@sferum.ru",
        f"info+{TOKENS.message_id(KEY, 'missing', 1, 'x').partition('@')[0]}@sferum.ru",
        "info+" + "x" * 100_000 + "@sferum.ru",
        "",
    ],
)
def test_what_we_did_not_make_names_no_thread(to: str) -> None:
    assert keys(Message(to=(Address("", to),), headers=(("delivered-to", to),))) == ()


def test_a_signature_for_an_address_is_worth_nothing_in_a_link() -> None:
    assert TOKENS.thread_of_link(TOKENS.tag(KEY)) is None
    assert TOKENS.thread_of_tag(TOKENS.link(KEY)) is None


def test_an_address_is_never_longer_than_an_address_may_be() -> None:
    assert len(OWN.partition("@")[0]) <= 64
    assert sub_address.address(TOKENS, KEY, "a-very-long-name-of-a-desk-indeed@sferum.ru") == ""
    assert sub_address.address(TOKENS, KEY, "nonsense") == ""


def test_a_probe_is_our_own_by_its_id_or_by_its_address_and_nothing_else_is() -> None:
    key = sub_address.probe_key()
    to = Address("", sub_address.address(TOKENS, key, "info@sferum.ru"))
    assert sub_address.is_our_own(TOKENS, Message(message_id=TOKENS.message_id(key, "probe", 1, "sferum.ru")), OURS)
    assert sub_address.is_our_own(TOKENS, Message(message_id="rewritten@server.example", to=(to,)), OURS)
    assert not sub_address.is_our_own(TOKENS, Message(message_id="1@x.ru", to=(Address("", OWN),)), OURS)
    assert not sub_address.is_our_own(TOKENS, Message(message_id=OTHERS.message_id(key, "probe", 1, "x.ru")), OURS)
