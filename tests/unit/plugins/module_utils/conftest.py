# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of module_utils: options, mocked HTTP, and servers on the loopback interface."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time

import pytest
import responses
import trustme
from responses.registries import OrderedRegistry

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.method_token import TokenAuthenticator
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.client import ServiceClient
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.rate_limiter import RateLimiter
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.session import BoundedSession
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import resolve_options
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets


@pytest.fixture
def make_options():
    """Resolve connection options from the arguments of a task and from environment variables."""

    def make(environment=None, secrets=None, **arguments):
        return resolve_options(arguments, environment or {}, secrets or Secrets())

    return make


@pytest.fixture
def http():
    """Mock the network: responses are returned in the order in which a test adds them, and all of them are needed."""
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def make_transport(clock):
    """Create a transport whose clock moves only when the code pauses, unless the test gives a deadline."""

    def make(seconds=60, retries=2, timeout=30, deadline=None, secrets=None):
        deadline = deadline or Deadline(seconds, clock, clock.sleep)
        session = BoundedSession(deadline, threading.BoundedSemaphore(8))
        return HttpTransport(session, True, None, timeout, retries, deadline, secrets or Secrets())

    return make


class FixedToken(TokenAuthenticator):
    """A token that cannot be renewed."""

    def __init__(self):
        self.set_token("t0ken", "p")


@pytest.fixture
def make_client(make_transport):
    """Create a client of a service that reports an unknown job as ``X.404``."""

    def make(authenticator=None, url="https://mrs.example.test", not_found="X.404 ", **transport):
        transport = make_transport(**transport)
        limiter = RateLimiter(transport.deadline)
        return ServiceClient(transport, url, authenticator or FixedToken(), limiter, re.compile(not_found))

    return make


@pytest.fixture
def client(make_client):
    return make_client()


class LoopbackServer:
    """A server on the loopback interface that handles each connection in a thread.

    :param handle: receives the socket, and the number of connections before this one.
    :param context: wraps each connection in TLS, if given.
    :ivar connections: number of connections that were accepted.
    """

    def __init__(self, handle, context=None):
        self._handle, self._context = handle, context
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Stop accepting connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes up the thread
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self.connections += 1
                arguments = (connection, self.connections - 1)
                threading.Thread(target=self._serve, args=arguments, daemon=True).start()

    def _serve(self, connection, number):
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError))  # the client may close the connection
            stack.enter_context(connection)
            if self._context:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            self._handle(connection, number)


@pytest.fixture
def serve():
    """Start servers on the loopback interface; see :class:`LoopbackServer`."""
    with contextlib.ExitStack() as stack:

        def start(handle, context=None):
            return stack.enter_context(contextlib.closing(LoopbackServer(handle, context)))

        yield start


@pytest.fixture(scope="session")
def server_tls():
    """Return the TLS context of a server whose certificate is valid for 127.0.0.1 and mrs.example.test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1", "mrs.example.test").configure_cert(context)
    context.authority = authority
    return context


@pytest.fixture
def ca_file(server_tls, tmp_path):
    """Return the path of the certificate authority that signed the server's certificate."""
    path = tmp_path / "ca.pem"
    server_tls.authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def read_request():
    """Read a request without a body, up to the end of its headers; raise an error if the client has gone."""

    def read(connection):
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionResetError
            data += piece
        return data

    return read


@pytest.fixture
def trickle():
    """Send one byte at a time until the client closes the connection, so that no operation of a socket times out."""
    finished = threading.Event()

    def send(connection, _number=None):
        while not finished.wait(0.02):
            connection.sendall(b"x")

    yield send
    finished.set()


@pytest.fixture
def wait_until():
    """Wait until a condition holds, at most five seconds; return whether it does."""

    def wait(condition):
        end = time.monotonic() + 5
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        return condition()

    return wait
