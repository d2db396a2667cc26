"""The page about the webhook is right: its ten lines verify what we sign."""

import base64
import re
import time
from pathlib import Path
from typing import Any

from rules.webhook import WAITS, signature

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "webhook.md").read_text(encoding="utf-8")
KEY = bytes(range(32))


def test_the_ten_lines_of_the_page_verify_what_we_sign_and_nothing_else() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 - the page's own example
    verified, secret = names["verified"], "whsec_" + base64.b64encode(KEY).decode()
    body, now = "{«»}".encode(), int(time.time())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(KEY, "evt_1", now, body),
    }
    assert verified(headers, body, secret)
    assert verified(headers | {"webhook-signature": "v1,x " + headers["webhook-signature"]}, body, secret)
    assert not verified(headers, body + b" ", secret)
    assert not verified(headers | {"webhook-id": "evt_2"}, body, secret)
    old = headers | {"webhook-timestamp": str(now - 900), "webhook-signature": signature(KEY, "evt_1", now - 900, body)}
    assert not verified(old, body, secret)


def test_the_page_names_the_waits_as_they_are() -> None:
    words = {5: "5 s", 300: "5 min", 1800: "30 min", 7200: "2 h", 18000: "5 h", 36000: "10 h", 50400: "14 h"}
    assert ", ".join(words[int(wait)] for wait in WAITS) in " ".join(PAGE.split())
