"""MIME as it comes: broken, nested, forwarded; bodies, attachments and reports found all the same."""

import base64
import hashlib
from collections.abc import Callable

import pytest

from intake.parsing import attachment_payloads
from rules.message import DeliveryReport, Message

Parsed = Callable[[bytes], Message]
BODY = "Полное название: МБОУ «Гимназия № 5»"


def multipart(*parts: bytes, kind: str = "mixed", closed: bool = True, declared: str = 'boundary="B"') -> bytes:
    head = f"From: a@b.ru\r\nSubject: x\r\nContent-Type: multipart/{kind}; {declared}\r\n\r\n".encode()
    return head + b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + (b"--B--\r\n" if closed else b"")


def text(content: str = BODY, kind: str = "plain") -> bytes:
    return f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{content}".encode()


def file(headers: bytes, content: bytes = b"DATA") -> bytes:
    return headers + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(content)


def body(message: Message, name: str = "body") -> str:
    part = message.part(name)
    return part.text if part else ""


@pytest.mark.parametrize("closed", [True, False])
def test_a_multipart_is_read_closed_or_not(parsed: Parsed, closed: bool) -> None:  # noqa: FBT001 - a parameter
    assert body(parsed(multipart(text(), closed=closed))) == BODY


@pytest.mark.parametrize("declared", ["", 'boundary="WRONG"', "boundary="])
def test_a_lost_boundary_is_found_again(parsed: Parsed, declared: str) -> None:
    message = parsed(multipart(text(), file(b"Content-Disposition: attachment; filename=a.pdf"), declared=declared))
    assert body(message) == BODY
    assert [item.name for item in message.attachments] == ["a.pdf"]
    assert "boundary repaired" in message.defects


def test_several_plain_texts_are_one_body(parsed: Parsed) -> None:
    assert body(parsed(multipart(text("Один"), text("Два")))) == "Один\n\nДва"


def test_of_two_forms_the_html_is_read_if_it_says_as_much(parsed: Parsed) -> None:
    message = parsed(multipart(text(), text(f"<p>{BODY}</p>", "html"), kind="alternative"))
    assert [part.name for part in message.read_parts()] == ["html"]
    assert body(message) == body(message, "html") == BODY


def test_of_two_forms_the_plain_one_is_read_if_the_html_is_empty_talk(parsed: Parsed) -> None:
    message = parsed(multipart(text(), text("<p>Включите HTML</p>", "html"), kind="alternative"))
    assert [part.name for part in message.read_parts()] == ["body"]


def test_a_text_beside_an_alternative_is_read_with_either_form(parsed: Parsed) -> None:
    pair = (
        multipart(text(), text(f"<p>{BODY}</p>", "html"), kind="alternative")
        .partition(b"Subject: x\r\n")[2]
        .replace(b"B", b"C")
    )
    pair = pair.replace("МCОУ".encode(), "МБОУ".encode())
    message = parsed(multipart(pair, text("Телефон 8 912 000-00-01")))
    assert [part.text.splitlines()[-1] for part in message.read_parts()] == ["Телефон 8 912 000-00-01"]


def test_plain_and_html_that_are_no_alternatives_are_both_read(parsed: Parsed) -> None:
    message = parsed(multipart(text("Один"), text("<p>Два</p>", "html")))
    assert [part.text for part in message.read_parts()] == ["Один", "Два"]


def test_html_sent_as_plain_text_is_html(parsed: Parsed) -> None:
    assert body(parsed(text("<html><body><p>Один<p>Два</body></html>")), "html") == "Один\nДва"


@pytest.mark.parametrize(
    "encoded",
    [
        base64.b64encode(BODY.encode())[:-1],
        base64.b64encode(BODY.encode()) + b"***",
        base64.b64encode(BODY.encode())[:20] + b"!\r\n!" + base64.b64encode(BODY.encode())[20:],
        base64.b64encode(BODY.encode()[:20]) + b"\r\n" + base64.b64encode(BODY.encode()[20:]),
        BODY.encode(),
    ],
)
def test_broken_base64_is_read_as_far_as_it_goes(parsed: Parsed, encoded: bytes) -> None:
    message = parsed(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded)
    assert body(message).startswith(BODY[:-1])


def test_flowed_lines_are_joined_and_signatures_kept_apart(parsed: Parsed) -> None:
    raw = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\none \r\ntwo\r\n> a \r\n> b\r\n-- \r\nname\r\n"
    assert body(parsed(raw)) == "one two\n> a b\n-- \nname"


def test_zero_bytes_and_bare_line_ends_do_no_harm(parsed: Parsed) -> None:
    assert body(parsed(b"Subject: x\n\na\0b\rc\nd\r\n")) == "ab\nc\nd"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Content-Disposition: attachment; filename*=UTF-8''%D0%97%D0%B0.docx", "За.docx"),
        (b"Content-Disposition: attachment;\r\n filename*0*=windows-1251''%C7;\r\n filename*1*=%E0.docx", "За.docx"),
        (b'Content-Disposition: attachment; filename="=?utf-8?B?0JfQsC5kb2N4?="', "За.docx"),
        ('Content-Disposition: attachment; filename="За.docx"'.encode("cp1251"), "За.docx"),
        ('Content-Type: application/x; name="За.docx"'.encode(), "За.docx"),
        (b"Content-Disposition: attachment; filename=../../etc/passwd", "passwd"),
        (b'Content-Disposition: attachment; filename="C:\\\\a\\\\b.doc"', "b.doc"),
        ('Content-Disposition: attachment; filename="a\u202efdp.exe"'.encode(), "afdp.exe"),
        (b"Content-Disposition: attachment; filename=..", "attachment.txt"),
        (b"Content-Disposition: attachment\r\nContent-Type: application/pdf", "attachment.pdf"),
    ],
)
def test_file_names_are_read_and_made_safe(parsed: Parsed, header: bytes, name: str) -> None:
    assert [item.name for item in parsed(multipart(text(), file(header))).attachments] == [name]


def test_files_are_listed_with_size_and_fingerprint_and_handed_out(parsed: Parsed) -> None:
    raw = multipart(text(), file(b"Content-Disposition: attachment; filename=a.bin", b"12345"))
    handed = list(attachment_payloads(raw))
    assert [item for item, _ in handed] == list(parsed(raw).attachments)
    assert handed[0][1] == b"12345"
    assert (handed[0][0].size, handed[0][0].sha256) == (5, hashlib.sha256(b"12345").hexdigest())


def test_a_message_within_the_message_is_a_file_and_no_body(parsed: Parsed) -> None:
    inner = b"From: c@d.ru\r\nSubject: =?utf-8?B?0JfQsNGP0LLQutCw?=\r\n\r\ninner text"
    message = parsed(multipart(text(), b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert body(message) == BODY
    assert [item.name for item in message.attachments] == ["Заявка.eml"]


REPORT = (
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; ok@b.ru\r\nAction: delivered\r\n"
    b"Status: 2.0.0\r\n\r\nFinal-Recipient: rfc822; <no@b.ru>\r\nAction: Failed\r\nStatus: 5.1.1 (bad)\r\nDiagnostic-Code: smtp; 550 no\r\n\r\n"
)


@pytest.mark.parametrize(
    "original",
    [
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@ours>\r\nSubject: s\r\n\r\nx",
        b"Content-Type: text/rfc822-headers\r\n\r\nSubject: s\r\nMessage-ID:\r\n <1@ours>\r\n",
    ],
)
def test_a_delivery_report_names_the_failed_address_and_our_message(parsed: Parsed, original: bytes) -> None:
    message = parsed(multipart(text("Не доставлено"), REPORT, original, kind="report"))
    assert message.report == DeliveryReport("no@b.ru", "failed", "5.1.1", "550 no", "1@ours")
    assert message.attachments == ()
    assert body(message) == "Не доставлено"


def test_nothing_at_all_is_unreadable(parsed: Parsed) -> None:
    assert parsed(b"").unreadable
    assert parsed(b"\0" * 50).unreadable
    assert parsed(bytes(range(256)) * 9).unreadable
    assert not parsed("Просто текст без заголовков".encode("cp1251")).unreadable
    assert not parsed(b"\r\ntext").unreadable


def test_endless_nesting_is_survived(parsed: Parsed) -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1500))
    message = parsed(b"Subject: deep\r\n" + raw + b"\r\ntext")
    assert message.subject == "deep"


def test_many_sibling_parts_are_all_found(parsed: Parsed) -> None:
    nested = [
        f"Content-Type: multipart/mixed; boundary=c{n}\r\n\r\n--c{n}\r\nContent-Type: text/plain\r\n\r\nn{n}\r\n--c{n}--".encode()
        for n in range(100)
    ]
    assert body(parsed(multipart(*nested))).split() == [f"n{n}" for n in range(100)]
