"""One POST is bounded in time and size and never raises, whatever the other side does."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from intake.posting import MOST_BYTES, Answered, Unanswered, post, prove
from tests.integration.receiver import Manner, Receiver, receiver


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def _post(url: str, seconds: float = 5.0) -> Answered | Unanswered:
    return post(url, {"Content-Type": "application/json", "webhook-id": "evt_1"}, "{«»}".encode(), seconds)


def test_body_headers_and_path_arrive_as_they_are_and_the_answer_comes_back(there: Receiver) -> None:
    there.manners.append(Manner(503, (("Retry-After", "17"),)))
    assert _post(there.url + "/путь?a=b&имя=я#part") == Answered(503, "17")
    (came,) = there.came
    assert came.path == "/hooks/%D0%BF%D1%83%D1%82%D1%8C?a=b&%D0%B8%D0%BC%D1%8F=%D1%8F"
    assert came.body == "{«»}".encode()
    assert came.headers["webhook-id"] == "evt_1"
    assert came.headers["host"] == there.url.split("/")[2]


def test_a_redirect_is_not_followed(there: Receiver) -> None:
    there.manners.append(Manner(307, (("Location", there.url + "/elsewhere"),)))
    assert _post(there.url) == Answered(307)
    assert len(there.came) == 1


def test_silence_ends_with_the_time(there: Receiver) -> None:
    there.usual = Manner(hang=30)
    start = time.monotonic()
    assert _post(there.url, 1.0) == Unanswered("no answer within 1 s")
    assert time.monotonic() - start < 3


def test_a_body_that_drips_does_not_take_back_the_status(there: Receiver) -> None:
    there.usual = Manner(200, drip=30)
    start = time.monotonic()
    assert _post(there.url, 1.0) == Answered(200)
    assert time.monotonic() - start < 3


def test_headers_that_drip_end_with_the_time() -> None:
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def drip() -> None:
            line, _ = server.accept()
            with closing(line):
                while not over.wait(0.2):
                    try:
                        line.send(b"HTTP/1.1 200 OK\r\n" if not line.recv(1) else b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        start = time.monotonic()
        assert _post(f"http://127.0.0.1:{server.getsockname()[1]}/", 1.0) == Unanswered("no answer within 1 s")
        assert time.monotonic() - start < 3
        over.set()
        thread.join(5)


def test_of_an_endless_body_only_the_beginning_is_read(there: Receiver) -> None:
    there.usual = Manner(200, flood=True)
    start = time.monotonic()
    assert _post(there.url, 20.0) == Answered(200)
    assert time.monotonic() - start < 5
    assert there.flooded < 200 * MOST_BYTES  # what fits into the system's own buffers, not what 20 s would bring


def test_a_closed_line_a_closed_port_and_what_is_no_http_are_said_in_words(there: Receiver) -> None:
    there.manners.append(Manner(close=True))
    assert _post(there.url) == Unanswered("the connection was closed without an answer")
    there.manners.append(Manner(raw=b"220 mail.example ESMTP\r\n"))
    assert _post(there.url) == Unanswered("the answer is not HTTP: BadStatusLine")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert _post(url) == Unanswered("connection refused")
        assert prove(url, 2) == "connection refused"
    assert prove(there.url, 2) == ""


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A TLS server with a certificate that nobody trusts by himself; (port, certificate)."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    options = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", *options],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(line, server_side=True) as safe:
                        came = some = safe.recv(65_536)
                        while some and not came.endswith("»}".encode()):
                            some = safe.recv(65_536)
                            came += some
                        safe.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                except OSError:
                    line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], certificate


def test_over_tls_only_a_trusted_certificate_is_told(tls: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    port, certificate = tls
    answer = _post(f"https://localhost:{port}/")
    assert isinstance(answer, Unanswered)
    assert "the certificate is not trusted" in answer.because
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert _post(f"https://localhost:{port}/") == Answered(204)
    wrong_name = _post(f"https://127.0.0.1:{port}/")
    assert isinstance(wrong_name, Unanswered)
    assert "the certificate is not trusted" in wrong_name.because


def test_a_server_that_never_shakes_hands_ends_with_the_time() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        start = time.monotonic()
        answer = _post(f"https://127.0.0.1:{server.getsockname()[1]}/", 1.0)
        assert answer == Unanswered("no answer within 1 s")
        assert time.monotonic() - start < 3
