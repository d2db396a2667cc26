"""The same message is recognised whatever the servers wrote above it; another one never is."""

from rules.fingerprint import fingerprint

LETTER = (
    b"From: a@school.example\nMessage-ID: <1@school.example>\nSubject: =?utf-8?B?0K8=?=\n =?utf-8?B?0K8=?=\n\nbody\n"
)


def test_trace_lines_and_line_ends_do_not_count() -> None:
    travelled = b"Received: from x by y;\r\n\tMon, 1 Jan 2026 00:00:00 +0300\r\n" + LETTER.replace(b"\n", b"\r\n")
    assert fingerprint(travelled) == fingerprint(LETTER)


def test_other_words_another_subject_or_another_sender_are_another_message() -> None:
    others = (
        LETTER.replace(b"body", b"bodY"),
        LETTER.replace(b"0K8=", b"0LA="),
        LETTER.replace(b"a@school", b"b@school"),
        LETTER.replace(b"<1@", b"<2@"),
    )
    assert len({fingerprint(LETTER), *map(fingerprint, others)}) == 5


def test_without_a_message_id_only_the_same_bytes_are_the_same_message() -> None:
    bare = LETTER.replace(b"Message-ID: <1@school.example>\n", b"")
    assert fingerprint(bare) == fingerprint(bare)
    assert fingerprint(b"Received: x\n" + bare) != fingerprint(bare)


def test_any_bytes_have_a_fingerprint() -> None:
    for raw in (b"", b"\n", b"\r\n\r\n", b"\xff" * 100, b"Message-ID:", b":" * 1000):
        assert len(fingerprint(raw)) == 64
