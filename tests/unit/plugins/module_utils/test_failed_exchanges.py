# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors for failed exchanges, with real sockets: they depend on whether a request may have reached the service."""

from __future__ import annotations

import contextlib
import socket

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ConnectionFailed,
    Error,
    InvalidOption,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline


@pytest.fixture
def closed_port():
    """Return a port of the loopback interface that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def use_proxy(monkeypatch):
    """Send all requests to https URLs through a proxy."""

    def use(url):
        monkeypatch.setenv("https_proxy", url)

    return use


def send(client):
    """Send a mutating request, which is not repeated if it may have had an effect, and return the error."""
    with pytest.raises(Error) as error:
        client.send("PUT", "v1", mutating=True)
    return error.value


def assert_matches(error, message):
    """Assert that the whole message matches, and that it does not show objects of the library."""
    with pytest.raises(Error, match=f"^{message}$"):
        raise error
    assert "object at 0x" not in str(error) and "Connection(" not in str(error)


def test_refused_connection_had_no_effect(make_client, closed_port):
    error = send(make_client(url=f"http://127.0.0.1:{closed_port}"))
    assert isinstance(error, ConnectionFailed)
    message = rf"No connection to the service: .*Connection refused \(PUT 127.0.0.1:{closed_port}/v1\)\."
    assert_matches(error, message)


def test_refusing_proxy_port_had_no_effect(make_client, closed_port, use_proxy):
    use_proxy(f"http://127.0.0.1:{closed_port}")
    error = send(make_client())
    assert isinstance(error, ConnectionFailed)
    assert_matches(error, r"No connection to the proxy: .*Connection refused \(PUT mrs.example.test/v1\)\.")


def test_refusal_of_proxy_is_reported(make_client, serve, read_request, use_proxy):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    use_proxy(serve(handle).url)
    error = send(make_client())
    assert error.__class__ is Error
    assert_matches(error, r"The proxy refused the connection: Tunnel connection failed: 403 Forbidden \(PUT mrs.*")


def test_untrusted_certificate_is_reported(make_client, serve, server_tls):
    error = send(make_client(url=serve(lambda connection, number: None, server_tls).url))
    assert error.__class__ is Error
    message = r"No secure connection: .*certificate verify failed.* Check that the port speaks TLS, and check ca_cert.*"
    assert_matches(error, message)


def test_port_without_tls_is_reported(make_client, serve):
    def handle(connection, _number):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = serve(handle)
    error = send(make_client(url=server.url.replace("http:", "https:")))
    assert error.__class__ is Error
    assert_matches(error, "No secure connection: .* Check that the port speaks TLS, and check ca_cert.*")


def test_connection_closed_in_handshake_is_lost(make_client, serve):
    server = serve(lambda connection, number: connection.recv(4096))
    error = send(make_client(url=server.url.replace("http:", "https:")))
    assert isinstance(error, ResponseLost)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nh",
    ],
    ids=["nothing", "length", "chunk"],
)
def test_cut_off_response_is_lost(make_client, serve, read_request, beginning):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(beginning)

    error = send(make_client(url=serve(handle).url))
    assert isinstance(error, ResponseLost)
    assert_matches(error, r"No (usable )?response: .+[^.] \(PUT 127.0.0.1:\d+/v1\)\.")


def test_silent_service_is_lost(make_client, serve, trickle):
    error = send(make_client(url=serve(trickle).url, timeout=0.2))
    assert isinstance(error, ResponseLost)


@pytest.mark.parametrize("url", ["http://me:S3CR3T@127.0.0.1:x", "me:S3CR3T@127.0.0.1:99999"])
def test_invalid_proxy_is_not_shown(make_client, use_proxy, url):
    use_proxy(url)
    error = send(make_client())
    assert isinstance(error, (InvalidOption, ConnectionFailed))
    assert "S3CR3T" not in str(error)


def test_invalid_proxy_is_an_invalid_option(make_client, use_proxy):
    use_proxy("http://127.0.0.1:x")
    assert isinstance(send(make_client()), InvalidOption)


def test_interrupted_handshake_had_no_effect(make_client, serve, trickle):
    deadline = Deadline(60)

    def handle(connection, _number):
        connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB begins
        deadline.cancel()
        trickle(connection)

    error = send(make_client(url=f"https://127.0.0.1:{serve(handle).port}", deadline=deadline))
    assert isinstance(error, ConnectionFailed)
    assert_matches(error, r"No connection to the service: the task was interrupted \(PUT 127.0.0.1:\d+/v1\)\.")


def test_slow_proxy_had_no_effect(make_client, serve, read_request, trickle, use_proxy):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Header: ")
        trickle(connection)

    use_proxy(serve(handle).url)
    error = send(make_client(timeout=1, retries=0))
    assert isinstance(error, ConnectionFailed)
    assert_matches(error, r"No connection to the service: no complete connection within 1\.0 seconds \(PUT mrs.*\)\.")


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5000], ids=["superscript", "5000 digits"])
def test_odd_length_is_no_invalid_option(make_client, serve, read_request, length):
    def handle(connection, _number):
        read_request(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{}}".encode("latin-1"))

    with contextlib.suppress(ResponseLost):  # some versions of Python expect a body of that length
        assert make_client(url=serve(handle).url).send("PUT", "v1", mutating=True).body == {}
