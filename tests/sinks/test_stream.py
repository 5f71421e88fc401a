"""Streams: to a file, over TCP, UDP and HTTP; what cannot be reached is told."""

from __future__ import annotations

import _socket
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from treadle.errors import OutputError, UsageError
from treadle.sinks.stream import DATAGRAM, open_stream


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    """Let these tests connect to servers of their own, on this machine."""
    for name in ("connect", "connect_ex"):
        original = getattr(_socket.socket, name)

        def connect(made, address, *, original=original):
            assert address[0] == "127.0.0.1"
            return original(made, address)

        monkeypatch.setattr(socket.socket, name, connect)


LINES = [b"one", "zwei ü".encode(), b'{"three":3}']


def test_a_file_is_added_to(tmp_path):
    path = tmp_path / "x.log"
    for _ in range(2):
        with open_stream(str(path)) as send:
            send(LINES)
    assert path.read_bytes() == b"".join(line + b"\n" for line in LINES) * 2


def test_standard_output(capfdbinary):
    with open_stream("-") as send:
        send(LINES[:1])
    assert capfdbinary.readouterr().out == b"one\n"


def test_tcp_sends_lines():
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = []

        def read():
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                got.extend(lines)

        reader = threading.Thread(target=read)
        reader.start()
        with open_stream(f"tcp://127.0.0.1:{server.getsockname()[1]}") as send:
            send(LINES[:2])
            send(LINES[2:])
        reader.join(10)
    assert got == [line + b"\n" for line in LINES]


def test_udp_sends_a_datagram_a_line():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        with open_stream(f"udp://127.0.0.1:{server.getsockname()[1]}") as send:
            send(LINES)
            with pytest.raises(OutputError, match="fits in no datagram"):
                send([b"x" * (DATAGRAM + 1)])
        assert [server.recv(DATAGRAM) for _ in LINES] == LINES


@pytest.fixture
def server():
    """Return a server that keeps what is posted, and answers with what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((self.path, self.headers["Content-Type"], body))
            self.send_response(self.server.answer)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        made.got, made.answer = [], 204
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join(10)


def test_http_posts_lines(server):
    with open_stream(f"http://127.0.0.1:{server.server_port}/ingest?source=a") as send:
        send(LINES[:2])
        send(LINES[2:])
    assert [each[:2] for each in server.got] == [("/ingest?source=a", "application/x-ndjson")] * 2
    assert b"".join(each[2] for each in server.got) == b"".join(line + b"\n" for line in LINES)


@pytest.mark.parametrize("answer", [500, 302])
def test_another_answer_is_told_and_no_redirect_is_followed(server, answer):
    server.answer = answer
    with (
        pytest.raises(OutputError, match=f"it answered {answer}"),
        open_stream(f"http://127.0.0.1:{server.server_port}/") as send,
    ):
        send(LINES)
    assert len(server.got) == 1


def test_nobody_there_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(OutputError, match=f"cannot send to tcp://127.0.0.1:{port}"),
        open_stream(f"tcp://127.0.0.1:{port}"),
    ):
        pass


@pytest.mark.parametrize(
    "target",
    [
        "tcp://127.0.0.1",
        "ftp://127.0.0.1:21",
        "udp://:99",
        "http://",
        "tcp://127.0.0.1:99999",
        "http://user:pw@127.0.0.1/",
    ],
)
def test_what_is_no_endpoint_is_told(target):
    with pytest.raises(UsageError, match="expected") as error, open_stream(target):
        pass
    assert "pw" not in str(error.value)
