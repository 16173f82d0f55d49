"""The entry points on real servers: RSGI on Granian, ASGI on uvicorn; answers, streams, clients that go away."""

import asyncio
import contextlib
import re
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from manoir.server import get_asgi_application
from manoir.testing import LiveServer
from tests.server import urls


def wait_until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class UvicornServer:
    """The same project behind an ASGI server."""

    def __init__(self):
        import uvicorn

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = uvicorn.Config(get_asgi_application(), host="127.0.0.1", port=port, log_config=None, ws="none")
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()), daemon=True)

    def start(self):
        self.thread.start()
        assert wait_until(lambda: self.server.started, 15)

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(params=["rsgi", "asgi"])
def server(request, project):
    if request.param == "asgi":
        pytest.importorskip("uvicorn")
    server = LiveServer() if request.param == "rsgi" else UvicornServer()
    server.start()
    urls.gone.clear()
    yield server
    server.stop()


def get(server, path, data=None, method=None):
    request = urllib.request.Request(f"{server.url}{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_views_answer(server):
    assert get(server, "/hello/")[2] == b"hello GET"
    assert get(server, "/thread/")[2] == b'{"thread":true}'


def test_work_that_follows_an_answer_keeps_nobody_waiting(server, caplog):
    urls.released = asyncio.Event()
    assert get(server, "/followed/")[2] == b"answered"
    assert urls.gone == []
    get(server, "/release/")
    assert wait_until(lambda: urls.gone == ["followed"])
    assert "broken follow-up" in caplog.text


def test_body_arrives_whole(server):
    body = bytes(range(256)) * 4_000
    assert get(server, "/echo/", body)[2] == body


def test_stream_arrives_in_order(server):
    assert get(server, "/stream/")[2] == b"chunk 0\nchunk 1\nchunk 2\n"


def test_head_has_no_body_but_its_length(server):
    status, headers, body = get(server, "/hello/", method="HEAD")
    assert (status, body) == (200, b"")
    assert headers.get("Content-Length", headers.get("content-length")) in ("10", None)


@pytest.mark.parametrize(("path", "status"), [("/no/such/path/", 404), ("/fails/", 500), ("/suspicious/", 400)])
def test_errors_are_answers(server, path, status):
    with pytest.raises(urllib.error.HTTPError) as error:
        get(server, path)
    assert error.value.code == status
    error.value.close()


def test_an_answer_that_cannot_be_sent_is_a_500_without_its_headers(server):
    with pytest.raises(urllib.error.HTTPError) as error:
        get(server, "/cannot-be-sent/")
    assert error.value.code == 500
    assert "X-Odd" not in error.value.headers
    error.value.close()
    assert get(server, "/hello/")[2] == b"hello GET"


def test_a_stream_that_breaks_is_logged(project, caplog):
    server = LiveServer()
    server.start()
    try:
        assert get(server, "/breaks-while-sent/")[2] == b"chunk 0\n"
        assert wait_until(lambda: "in the middle" in caplog.text)
        assert "The answer to GET /breaks-while-sent/" in caplog.text
    finally:
        server.stop()


def test_many_requests_at_once_keep_their_answers(server):
    results = []

    def ask(number):
        body = str(number).encode() * 100
        results.append(get(server, "/echo/", body)[2] == body)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 40


def leave(server, path, after):
    """Send a request and close the connection without waiting for the answer."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(after)


def test_view_is_cancelled_when_its_client_goes_away(server):
    leave(server, "/slow/", 0.6)
    assert wait_until(lambda: urls.gone == ["slow"])


def test_stream_is_closed_when_its_client_goes_away(server):
    leave(server, "/endless/", 0.3)
    assert wait_until(lambda: urls.gone == ["endless"])


def answers(server, raw, half_closed=False):
    """Send bytes; return the statuses of the answers, and whether the server closed the connection."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
        connection.sendall(raw)
        if half_closed:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(2)
        received, closed = b"", False
        with contextlib.suppress(TimeoutError, ConnectionError):
            while chunk := connection.recv(4096):
                received += chunk
            closed = True
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", received)], closed


INNER = b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Content-Length : 5",
    ],
)
def test_framing_that_could_be_read_in_two_ways_is_one_request_at_most(server, head):
    statuses, closed = answers(
        server, b"POST /echo/ HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n0\r\n\r\n" + INNER
    )
    assert len(statuses) <= 1
    assert closed


@pytest.mark.parametrize(
    "host", [b"evil.example", b"localhost@evil", b"localhost/evil", b"a b", b"", b"localhost, evil"]
)
def test_only_hosts_of_this_site_are_answered(server, host):
    assert answers(server, b"GET /hello/ HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")[0] == [400]


def test_a_form_whose_client_breaks_off_does_not_reach_the_view(server):
    raw = b"POST /echo/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
    assert answers(server, raw, half_closed=True)[0] in ([400], [])
