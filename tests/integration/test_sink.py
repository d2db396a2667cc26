"""The sink itself: what other tests conclude from it must be true."""

import smtplib
import time

import pytest

from tests.integration.sink import Sink, Trouble, smtp_sink

LETTER = b"Subject: a\r\n\r\n.b\r\n"


def send(sink: Sink, *, sign_in: bool = False) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as line:
        if sign_in:
            line.login(sink.user, sink.password)
        line.sendmail("info@sferum.ru", ["a@example.ru", "b@example.ru"], LETTER)


def test_what_arrives_is_kept_as_it_came() -> None:
    with smtp_sink() as sink:
        send(sink)
        (one,) = sink.arrived
        assert (one.mail_from, one.rcpt_tos, one.raw) == ("info@sferum.ru", ("a@example.ru", "b@example.ru"), LETTER)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble("451 4.3.0 later"), smtplib.SMTPDataError),
        (Trouble("550 5.7.1 never"), smtplib.SMTPDataError),
        (Trouble("450 4.2.1 full", stage="MAIL"), smtplib.SMTPSenderRefused),
        (Trouble(drop=True), smtplib.SMTPServerDisconnected),
    ],
)
def test_trouble_meets_one_message_and_not_the_next(trouble: Trouble, error: type[Exception]) -> None:
    with smtp_sink() as sink:
        sink.troubles.append(trouble)
        with pytest.raises(error):
            send(sink)
        assert len(sink.arrived) == (1 if trouble.drop else 0)
        send(sink)
        assert len(sink.arrived) == (2 if trouble.drop else 1)


def test_one_refused_recipient_does_not_keep_the_other_from_mail() -> None:
    with smtp_sink() as sink:
        sink.troubles.append(Trouble("550 5.1.1 nobody", stage="RCPT"))
        send(sink)
        assert sink.arrived[0].rcpt_tos == ("b@example.ru",)


def test_a_slow_answer_comes_late_and_is_good() -> None:
    with smtp_sink() as sink:
        sink.troubles.append(Trouble(seconds=0.3))
        begun = time.monotonic()
        send(sink)
        assert time.monotonic() - begun > 0.3
        assert len(sink.arrived) == 1


def test_with_a_user_mail_is_taken_after_the_sign_in_only() -> None:
    with smtp_sink(user="info", password="secret") as sink:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(sink)
        send(sink, sign_in=True)
        assert len(sink.arrived) == 1
