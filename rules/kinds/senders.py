"""Who may be answered: people, never machines, lists or ourselves (domain.md §6). Pure; sends nothing."""

import re

from rules.judgement import Facts
from rules.kinds.heard import KindPhrases
from rules.kinds.phrases import Phrases
from rules.message import Address, Message
from rules.our_address import is_our_address

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\/]{1,255}")
_LIST_LOCAL = re.compile(
    r"(?:owner|bounces?|return)[-+=].*|.*-(?:request|owner|bounces?|subscribe|unsubscribe)", re.IGNORECASE
)
_LIST_ADDRESS = re.compile(r"mailto:([^>?,\s]+)", re.IGNORECASE)


def is_machine(address: Address, phrases: KindPhrases) -> bool:
    """Whether nobody reads what is sent there: a daemon, a postmaster, a no-reply or a list's own address."""
    local, _, _ = address.key.rpartition("@")
    return _is_machine_local(local, phrases.machine_locals) or _LIST_LOCAL.fullmatch(local) is not None


def is_daemon(address: Address, phrases: KindPhrases) -> bool:
    """Whether it is a mail server's own address, from which nothing but reports of delivery comes."""
    return _is_machine_local(address.key.rpartition("@")[0], phrases.daemon_locals)


def _is_machine_local(local: str, locals_: Phrases) -> bool:
    return locals_.beginning.match(local) is not None


def recipient(message: Message, facts: Facts, phrases: KindPhrases) -> tuple[str, str]:
    """Where an answer goes: the address, or "" and the reason why there is nobody to answer.

    Reply-To before From. When From is ours or a machine's, Reply-To is not trusted either.
    """
    sender = message.sender
    if sender is None or not _ADDRESS.fullmatch(sender.address.strip()):
        return "", "nobody to answer: no usable sender address"
    reasons = (
        (_is_ours(sender, facts), "sender is our own address"),
        (is_machine(sender, phrases), "sender is a machine"),
        (message.return_path is not None and not message.return_path.strip(" <>"), "null return path"),
        (_auto_submitted(message), "Auto-Submitted says a machine wrote it"),
    )
    for applies, words in reasons:
        if applies:
            return "", f"nobody to answer: {words}"
    lists = {
        hit.casefold() for name in ("list-post", "list-owner") for hit in _LIST_ADDRESS.findall(message.header(name))
    }
    for address in (*message.reply_to, sender):
        if _may_get_mail(address, facts, phrases) and address.key not in lists:
            return address.address.strip(), ""
    return "", "nobody to answer: only list addresses"


def _may_get_mail(address: Address, facts: Facts, phrases: KindPhrases) -> bool:
    shaped = _ADDRESS.fullmatch(address.address.strip()) is not None
    return shaped and not _is_ours(address, facts) and not is_machine(address, phrases)


def _is_ours(address: Address, facts: Facts) -> bool:
    """Whether mail to it comes back to us, also under a sub-address («info+tag@…»)."""
    return is_our_address(address.key, facts.our_addresses)


def _auto_submitted(message: Message) -> bool:
    word = re.split(r"[;(\s]", message.header("auto-submitted").strip().lower(), maxsplit=1)[0]
    return word not in {"", "no"}
