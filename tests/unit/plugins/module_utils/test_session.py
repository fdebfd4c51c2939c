# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP session: the bounds of a response, and what is neither sent nor followed."""

from __future__ import annotations

import concurrent.futures
import contextlib
import gzip
import threading
import zlib

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import DeadlineExceeded
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http import session as session_module
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.session import (
    MAX_BODY,
    BoundedSession,
    UnusableResponse,
)


@pytest.fixture
def session():
    return BoundedSession(Deadline(60), threading.BoundedSemaphore(8))


@pytest.fixture
def answer(serve, read_request):
    """Start a server that sends the same bytes to each request and then closes the connection."""

    def start(*lines, body=b"", requests=None):
        head = "\r\n".join(("HTTP/1.1 200 OK", *lines) if not lines or ":" in lines[0] else lines)

        def handle(connection, _number):
            request = read_request(connection)
            if requests is not None:
                requests.append(request.decode())
            connection.sendall(f"{head}\r\n\r\n".encode() + body)

        return serve(handle).url

    return start


def get(session, url, seconds=10):
    return session.get(url, timeout=seconds)


@pytest.fixture
def one_mebibyte(monkeypatch):
    """Lower the largest size of a body, so that tests are quick."""
    monkeypatch.setattr(session_module, "MAX_BODY", 1024 * 1024)


@pytest.mark.parametrize(
    ("lines", "body", "content"),
    [
        (["Content-Length: 2"], b"ok", b"ok"),
        ([], b"until the end", b"until the end"),
        (["Transfer-Encoding: chunked"], b"2\r\nok\r\n2\r\n!!\r\n0\r\n\r\n", b"ok!!"),
        (["Content-Encoding: gzip"], gzip.compress(b"ok"), b"ok"),
        (["Content-Encoding: X-GZIP"], gzip.compress(b"ok"), b"ok"),
        (["Content-Encoding: deflate"], zlib.compress(b"ok"), b"ok"),
        (["Content-Encoding: gzip", "Content-Length: 0"], b"", b""),
        (["Content-Encoding: identity", "Content-Length: 2"], b"ok", b"ok"),
        (["HTTP/1.1 204 No Content"], b"", b""),
    ],
    ids=["length", "until closed", "chunked", "gzip", "x-gzip", "deflate", "empty gzip", "identity", "204"],
)
def test_complete_bodies_are_read(session, answer, lines, body, content):
    assert get(session, answer(*lines, body=body)).content == content


def test_compressed_chunks_are_decompressed(session, answer):
    data = gzip.compress(b"ok" * 999)
    url = answer(
        *("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data),
    )
    assert get(session, url).content == b"ok" * 999


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: 9"], b"hello"),
        (["Content-Length: 9"], b""),
        (["Transfer-Encoding: chunked"], b"5\r\nhel"),
        (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n"),
        (["Content-Encoding: gzip"], gzip.compress(b"hello")[:-4]),
        (["Content-Encoding: gzip", "Content-Length: 99"], gzip.compress(b"hello")),
        (["Content-Encoding: deflate"], zlib.compress(b"hello")[:-4]),
    ],
    ids=["length", "length and no body", "in a chunk", "between chunks", "gzip", "gzip with length", "deflate"],
)
def test_cut_off_bodies_are_unusable(session, answer, lines, body):
    with pytest.raises((UnusableResponse, ProtocolError), match=r"incomplete|IncompleteRead"):
        get(session, answer(*lines, body=body))


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip"])
def test_other_content_encodings_are_unusable(session, answer, encoding):
    with pytest.raises(UnusableResponse, match="content encoding that was not requested"):
        get(session, answer(f"Content-Encoding: {encoding}", body=b"hello"))


def test_invalid_compressed_body_is_unusable(session, answer):
    with pytest.raises(UnusableResponse, match="cannot be decompressed"):
        get(session, answer("Content-Encoding: gzip", body=b"hello"))


@pytest.mark.parametrize("status", ["101 Switching Protocols", "103 Early Hints"])
def test_status_below_200_is_unusable(session, answer, status):
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with pytest.raises(UnusableResponse, match=f"HTTP {status[:3]} is not a final status"):
        get(session, answer(f"HTTP/1.1 {status}", body=final))


def test_status_100_precedes_the_response(session, answer):
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert get(session, answer("HTTP/1.1 100 Continue", body=final)).content == b"ok"


def test_decompressed_size_is_bounded(session, answer):
    bomb = gzip.compress(bytes(MAX_BODY + 1), 1)
    assert len(bomb) < MAX_BODY / 100
    with pytest.raises(UnusableResponse, match="^the response is larger than 32 MiB$"):
        get(session, answer("Content-Encoding: gzip", body=bomb))


@pytest.mark.parametrize("surplus", [0, 1])
@pytest.mark.parametrize("lines", [[], ["Content-Encoding: gzip"]], ids=["plain", "gzip"])
def test_largest_body_is_read_completely(session, answer, one_mebibyte, lines, surplus):
    body = bytes(1024 * 1024 + surplus)
    url = answer(*lines, body=gzip.compress(body, 1) if lines else body)
    if surplus:
        with pytest.raises(UnusableResponse, match="larger than 1 MiB"):
            get(session, url)
    else:
        assert get(session, url).content == body


def endless(head, piece):
    """Return a handler that sends a piece again and again, until the client closes the connection."""

    def handle(connection, _number):
        connection.recv(4096)
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return handle


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"x" * 4096),
        (b"Transfer-Encoding: chunked\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"),
        (b"Content-Length: 99999999999\r\n", b"x" * 4096),
        (b"Content-Encoding: gzip\r\n", gzip.compress(b"ok") * 99),
    ],
    ids=["until closed", "chunked", "length", "after gzip"],
)
def test_endless_bodies_are_cut_off(session, serve, one_mebibyte, head, piece):
    server = serve(endless(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", piece))
    with pytest.raises(UnusableResponse, match="larger than 1 MiB"):
        get(session, server.url)


def test_redirects_are_not_followed(session, answer):
    requests = []
    target = answer(requests=requests)
    url = answer("HTTP/1.1 302 Found", f"Location: {target}", "Content-Length: 0")
    response = session.get(url, timeout=10, allow_redirects=True)
    assert response.status_code == 302
    assert requests == []


@pytest.mark.parametrize("location", ["https://h/", "https://[bad"])
def test_body_of_redirect_is_read(session, answer, location):
    lines = ("HTTP/1.1 302 Found", f"Location: {location}", "Content-Length: 5")
    assert get(session, answer(*lines, body=b"hello")).content == b"hello"


def test_body_of_redirect_is_bounded(session, serve, one_mebibyte):
    server = serve(endless(b"HTTP/1.1 302 Found\r\nLocation: https://h/\r\n\r\n", b"x" * 4096))
    with pytest.raises(UnusableResponse, match="larger than 1 MiB"):
        get(session, server.url)


def test_cookies_are_neither_kept_nor_sent(session, answer):
    requests = []
    url = answer("Set-Cookie: session=1; Path=/", "Connection: close", "Content-Length: 0", requests=requests)
    for _request in range(2):
        get(session, url)
    assert not session.cookies
    assert "cookie" not in requests[1].lower()


def test_netrc_is_not_read(session, answer, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login me password S3CR3T\n")
    netrc.chmod(0o600)
    requests = []
    get(session, answer("Content-Length: 0", requests=requests))
    assert "authorization" not in requests[0].lower()


def test_only_gzip_is_requested(session, answer):
    requests = []
    get(session, answer("Content-Length: 0", requests=requests))
    assert "Accept-Encoding: gzip\r\n" in requests[0]


@pytest.mark.parametrize("body", [b"nonsense\r\n\r\n", b""], ids=["no HTTP", "nothing"])
def test_other_protocols_are_connection_errors(session, serve, body):
    def handle(connection, _number):
        connection.recv(4096)
        connection.sendall(body)

    with pytest.raises(requests.ConnectionError):
        get(session, serve(handle).url)


@pytest.mark.parametrize("cancel", [False, True], ids=["expired", "interrupted"])
def test_nothing_is_sent_without_time(serve, cancel):
    deadline = Deadline(60 if cancel else 0)
    session = BoundedSession(deadline, threading.BoundedSemaphore(8))
    server = serve(lambda connection, number: None)
    if cancel:
        deadline.cancel()
    with pytest.raises(DeadlineExceeded):
        get(session, server.url)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(45, (10, 45)), (30, (10, 30)), (9, (3, 9)), (2, (1, 2)), (0.5, (0.5, 0.5)), (None, (10, 60)), (99, (10, 60))],
)
def test_connecting_leaves_time_for_response(monkeypatch, clock, seconds, expected):
    given = []

    def send(_adapter, _request, **how):
        given.append(how["timeout"])
        raise requests.ConnectionError("no network")

    monkeypatch.setattr(HTTPAdapter, "send", send)
    with pytest.raises(requests.ConnectionError, match="no network"):
        get(
            BoundedSession(Deadline(60, clock, clock.sleep), threading.BoundedSemaphore(8)), "http://127.0.0.1", seconds
        )
    assert given == [pytest.approx(expected)]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_length_without_body_is_complete(session, answer, status):
    assert get(session, answer(f"HTTP/1.1 {status}", "Content-Length: 5")).content == b""


def test_unexpected_failure_of_body_is_unusable(session, answer, monkeypatch):
    def receive(response, compressed):
        raise ValueError("odd")

    monkeypatch.setattr(session_module, "_receive", receive)
    with pytest.raises(UnusableResponse, match=r"^the response has an unexpected form \(ValueError\)$"):
        get(session, answer("Content-Length: 0"))


def test_proxy_manager_is_guarded_once(session, monkeypatch):
    meet, lock, guarded = threading.Barrier(2), threading.Lock(), []
    original = HTTPAdapter.proxy_manager_for

    def proxy_manager_for(adapter, proxy, **named):
        with contextlib.suppress(threading.BrokenBarrierError):
            meet.wait(0.5)  # two threads that may be here at once have seen the same
        with lock:
            return original(adapter, proxy, **named)

    monkeypatch.setattr(HTTPAdapter, "proxy_manager_for", proxy_manager_for)
    monkeypatch.setattr(session_module, "guard_connections", lambda manager, guard: guarded.append(manager))
    adapter = session.get_adapter("https://mrs.example.test")
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        first, second = executor.map(adapter.proxy_manager_for, ["http://127.0.0.1:9"] * 2)
    assert first is second and guarded == [first]
