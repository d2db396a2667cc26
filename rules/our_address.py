"""Whether mail to an address comes back to ourselves. Pure."""

from collections.abc import Collection

MOST_PIECES = 8  # of a sub-address that are looked at


def is_our_address(key: str, ours: Collection[str]) -> bool:
    """Whether it is one of ours (all case folded), also under a sub-address («info+tag@…», «info+a+tag@…»)."""
    if key in ours:
        return True
    local, _, domain = key.rpartition("@")
    pieces = local.split("+", MOST_PIECES)
    return any(f"{'+'.join(pieces[:count])}@{domain}" in ours for count in range(1, len(pieces)))
