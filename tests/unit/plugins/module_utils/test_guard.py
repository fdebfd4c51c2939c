# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bound on the whole duration of an exchange, with real sockets."""

from __future__ import annotations

import concurrent.futures
import os
import socket
import threading
import time

import pytest
import requests
from urllib3.exceptions import HTTPError

from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.guard import ExchangeGuard, SocketHandle
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.session import (
    BoundedSession,
    RequestNotSent,
    UnusableResponse,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
# On a busy machine, the pause between two bytes may exceed the time-out of the socket.
TIMED_OUT = r"^no complete (response|connection) within 0\.2 seconds$|timed out"
# The beginnings of responses that never end.
BEGINNINGS = {
    "status line": b"HTTP/1.1 200 ",
    "headers": b"HTTP/1.1 200 OK\r\nX-Header: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9999\r\n",
    "body without length": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.fixture
def deadline():
    return Deadline(60)


@pytest.fixture
def session(deadline):
    return BoundedSession(deadline, threading.BoundedSemaphore(8))


@pytest.fixture
def answer_slowly(read_request, trickle):
    """Return a handler that sends the beginning of a response, and then one byte at a time."""

    def make(beginning):
        def handle(connection, _number):
            read_request(connection)
            connection.sendall(beginning)
            trickle(connection)

        return handle

    return make


def assert_times_out(session, url, **how):
    began = time.monotonic()
    with pytest.raises(
        (RequestNotSent, UnusableResponse, requests.ConnectionError, requests.Timeout, HTTPError), match=TIMED_OUT
    ):
        session.get(url, timeout=0.2, **how)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_trickling_response_is_aborted(session, serve, answer_slowly, server_tls, ca_file, beginning, tls):
    server = serve(answer_slowly(beginning), server_tls if tls else None)
    assert_times_out(session, server.url, verify=ca_file)


def test_trickling_tls_handshake_is_aborted(session, serve, trickle):
    def handle(connection, _number):
        connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB begins
        trickle(connection)

    server = serve(handle)
    assert_times_out(session, f"https://127.0.0.1:{server.port}")


def test_trickling_proxy_answer_is_aborted(session, serve, answer_slowly):
    proxy = serve(answer_slowly(b"HTTP/1.1 200 OK\r\nX-Header: "))
    assert_times_out(session, "https://mrs.example.test", proxies={"https": proxy.url})


@pytest.fixture
def serve_proxy(serve, server_tls, read_request):
    """Start a proxy that accepts CONNECT and then is the service itself."""

    def start(handle):
        def accept(connection, number):
            assert read_request(connection).startswith(b"CONNECT mrs.example.test:443 ")
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with server_tls.wrap_socket(connection, server_side=True) as tunnel:
                handle(tunnel, number)

        return serve(accept)

    return start


def test_trickling_response_through_proxy_is_aborted(session, serve_proxy, answer_slowly, ca_file):
    proxy = serve_proxy(answer_slowly(BEGINNINGS["body"]))
    assert_times_out(session, "https://mrs.example.test", proxies={"https": proxy.url}, verify=ca_file)


def test_complete_response_through_proxy_is_read(session, serve_proxy, read_request, ca_file):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(OK)

    proxy = serve_proxy(handle)
    how = {"proxies": {"https": proxy.url}, "verify": ca_file, "timeout": 5}
    assert session.get("https://mrs.example.test", **how).content == b"ok"


def test_silent_server_is_aborted_too(session, serve, read_request):
    released = threading.Event()

    def handle(connection, _number):
        read_request(connection)
        released.wait(5)

    assert_times_out(session, serve(handle).url)
    released.set()


def test_reused_connection_is_guarded(session, serve, read_request, trickle):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        trickle(connection)

    server = serve(handle)
    assert session.get(server.url, timeout=5).content == b"ok"
    assert_times_out(session, server.url)
    assert server.connections == 1


def test_aborted_connection_is_not_reused(session, serve, read_request, answer_slowly):
    slow = answer_slowly(BEGINNINGS["body"])

    def handle(connection, number):
        if number == 0:
            slow(connection, number)
        read_request(connection)
        connection.sendall(OK)

    server = serve(handle)
    assert_times_out(session, server.url)
    assert session.get(server.url, timeout=5).content == b"ok"
    assert server.connections == 2


def test_closed_connection_is_replaced(session, serve, read_request):
    closed = threading.Semaphore(0)

    def handle(connection, _number):
        read_request(connection)
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)
        closed.release()

    server = serve(handle)
    for _exchange in range(3):
        assert session.get(server.url, timeout=5).content == b"ok"
        assert closed.acquire(timeout=5)
    assert server.connections == 3


def test_interruption_aborts_running_exchanges(deadline, session, serve, read_request, trickle):
    def handle(connection, _number):
        read_request(connection)
        deadline.cancel()
        trickle(connection)

    began = time.monotonic()
    with pytest.raises(UnusableResponse, match="^the task was interrupted$"):
        session.get(serve(handle).url, timeout=30)
    assert time.monotonic() - began < 5


def test_deadline_bounds_an_exchange(serve, answer_slowly):
    session = BoundedSession(Deadline(0.2), threading.BoundedSemaphore(8))
    server = serve(answer_slowly(BEGINNINGS["body"]))
    with pytest.raises((UnusableResponse, HTTPError), match=r"^no complete response within 0\.\d seconds$|timed out"):
        session.get(server.url, timeout=30)


def count_descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_closed_connections_leak_no_descriptors(session, serve, read_request, wait_until, server_tls, ca_file, tls):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    server = serve(handle, server_tls if tls else None)
    before = count_descriptors()
    for _exchange in range(50):
        assert session.get(server.url, timeout=5, verify=ca_file).content == b"ok"
    assert wait_until(lambda: count_descriptors() <= before)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_failed_exchanges_leak_no_descriptors(session, serve, read_request, wait_until):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(BEGINNINGS["body"])

    server = serve(handle)
    before = count_descriptors()
    for _exchange in range(50):
        with pytest.raises(Exception, match=r"incomplete|IncompleteRead"):
            session.get(server.url, timeout=5)
    # older versions of urllib3 keep the last connection, with the duplicate of its socket
    assert wait_until(lambda: count_descriptors() <= before + 2)


@pytest.fixture
def guard(deadline):
    return ExchangeGuard(deadline)


@pytest.fixture
def pair():
    """Return two connected sockets."""
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(5)
        yield left, right


def test_socket_of_expired_exchange_is_shut_down(guard, pair):
    handle = SocketHandle(pair[0])
    with guard.exchange(0) as exchange:
        guard.attach(handle)
        assert pair[1].recv(1) == b""
    assert exchange.aborted
    guard.detach(handle)


def test_socket_that_comes_late_is_shut_down(guard, pair, wait_until):
    handle = SocketHandle(pair[0])
    with guard.exchange(0) as exchange:
        assert wait_until(lambda: exchange.aborted)
        guard.attach(handle)
        assert pair[1].recv(1) == b""
    guard.detach(handle)


def test_duplicate_is_closed_after_exchange_and_connection(guard, pair):
    handle = SocketHandle(pair[0])
    with guard.exchange(60):
        guard.attach(handle)
        guard.detach(handle)
        assert handle.duplicate.fileno() != -1
    assert handle.duplicate.fileno() == -1


def test_end_of_exchange_spares_the_next(guard, pair):
    """The first thread returns the connection to the pool, and the second takes it before the first has finished."""
    handle = SocketHandle(pair[0])
    first_is_done, second_is_attached = threading.Event(), threading.Event()

    def second():
        with guard.exchange(0.2):
            guard.attach(handle)
            second_is_attached.set()
            first_is_done.wait(5)
            assert pair[1].recv(1) == b""

    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        with guard.exchange(60):
            guard.attach(handle)
            result = executor.submit(second)
            assert second_is_attached.wait(5)
        first_is_done.set()
        result.result()
    guard.detach(handle)


def test_interruption_in_handshake_sent_nothing(deadline, session, serve, trickle):
    def handle(connection, _number):
        connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB begins
        deadline.cancel()
        trickle(connection)

    with pytest.raises(RequestNotSent, match="^the task was interrupted$"):
        session.get(f"https://127.0.0.1:{serve(handle).port}", timeout=30)


def test_exchange_aborted_by_proxy_sent_nothing(session, serve, answer_slowly):
    proxy = serve(answer_slowly(b"HTTP/1.1 200 OK\r\nX-Header: "))
    with pytest.raises(RequestNotSent, match=r"^no complete connection within 1\.0 seconds$"):
        session.get("https://mrs.example.test", timeout=1, proxies={"https": proxy.url})


def test_request_is_not_sent_after_abortion(guard, wait_until):
    with guard.exchange(0) as exchange:
        assert wait_until(lambda: exchange.aborted)
        with pytest.raises(TimeoutError, match="before the request was sent"):
            guard.note_request()
    assert not exchange.request_sent
