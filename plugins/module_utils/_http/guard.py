# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""A bound on the whole duration of an HTTP exchange.

The time-outs of requests and of urllib3 bound single operations of a socket: a server that sends one byte at a time
never exceeds them. :class:`ExchangeGuard` therefore shuts down the socket of an exchange whose time is over. This wakes
the thread that reads from it, whatever that thread waits for: the TLS handshake, the answer of a proxy, the headers or
the body. Pooled connections register their sockets here; see :func:`guard_connections`. Name resolution and connecting
happen before there is a socket: :class:`WorkerPool` bounds the time that the task waits for them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from .deadline import Deadline

_CHECK_INTERVAL = 0.25  # seconds between two checks for expired exchanges
_INTERRUPTION_GRACE = 0.5  # seconds after an interruption in which responses to sent requests may arrive


class Exchange:
    """One request and its response.

    :param expires: the time at which the exchange is aborted.
    :ivar aborted: whether its time was over, or the task was interrupted.
    :ivar request_sent: whether a part of the request was sent. What a proxy or TLS needs before does not count.
    """

    def __init__(self, expires: float) -> None:
        self.expires = expires
        self.aborted = False
        self.request_sent = False
        self.handle: SocketHandle | None = None


class SocketHandle:
    """A duplicate of the socket of a connection, which stays valid when TLS takes the original over."""

    def __init__(self, sock: socket.socket) -> None:
        self.duplicate = sock.dup()
        self.exchange: Exchange | None = None
        self.connection_closed = False

    def close_if_unused(self) -> None:
        """Close the duplicate unless the connection or an exchange still needs it."""
        if self.connection_closed and self.exchange is None:
            self.duplicate.close()


class ExchangeGuard:
    """Aborts exchanges that take too long, and all of them shortly after the task is interrupted."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._thread_state = threading.local()  # the exchange of each thread
        self._exchanges: set[Exchange] = set()
        self._lock = threading.Lock()
        self._watching = False

    @contextlib.contextmanager
    def exchange(self, seconds: float) -> Iterator[Exchange]:
        """Bound what the calling thread does in this context to a number of seconds."""
        exchange = Exchange(time.monotonic() + seconds)
        self._thread_state.exchange = exchange
        with self._lock:
            self._exchanges.add(exchange)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield exchange
        finally:
            with self._lock:
                self._exchanges.discard(exchange)
                if exchange.handle and exchange.handle.exchange is exchange:  # else another one uses the connection now
                    exchange.handle.exchange = None
                    exchange.handle.close_if_unused()
                exchange.handle = None  # the thread remembers its last exchange, which must not keep a socket open

    def attach(self, handle: SocketHandle) -> None:
        """Register the socket that the exchange of the calling thread uses."""
        exchange: Exchange = self._thread_state.exchange
        with self._lock:
            exchange.handle, handle.exchange = handle, exchange
            if exchange.aborted:
                _shut_down(handle)

    def note_request(self) -> None:
        """Note that the request is being sent; raise :class:`TimeoutError` if the exchange was aborted before."""
        exchange: Exchange = self._thread_state.exchange
        with self._lock:
            if exchange.aborted:
                raise TimeoutError("the exchange was aborted before the request was sent")
            exchange.request_sent = True

    def detach(self, handle: SocketHandle) -> None:
        """Note that the connection of this socket was closed. A response may still be read from it."""
        with self._lock:
            handle.connection_closed = True
            handle.close_if_unused()

    def _watch(self) -> None:
        """Abort expired exchanges, until there are none in progress."""
        while True:
            if self._deadline.wait_cancelled(_CHECK_INTERVAL):
                time.sleep(_INTERRUPTION_GRACE)
            now = time.monotonic()
            with self._lock:
                self._watching = bool(self._exchanges)
                if not self._watching:
                    return
                for exchange in self._exchanges:
                    if not exchange.aborted and (exchange.expires <= now or self._deadline.cancelled):
                        exchange.aborted = True
                        if exchange.handle and exchange.handle.exchange is exchange:
                            _shut_down(exchange.handle)


def guard_connections(manager: Any, guard: ExchangeGuard) -> None:
    """Let the connections that a pool manager of urllib3 creates register their sockets with a guard.

    :param manager: a :class:`urllib3.PoolManager`, also one for proxies.
    """
    manager.pool_classes_by_scheme = {
        scheme: type(
            pool.__name__,
            (pool,),
            {
                "ConnectionCls": type(
                    pool.ConnectionCls.__name__, (_GuardedConnection, pool.ConnectionCls), {"guard": guard}
                )
            },
        )
        for scheme, pool in manager.pool_classes_by_scheme.items()
    }


class _GuardedConnection:
    """A mixin for the connections of urllib3, of any scheme."""

    guard: ExchangeGuard
    _handle: SocketHandle | None = None
    _connecting = False

    def _new_conn(self) -> socket.socket:
        """Connect, and register the socket before TLS begins."""
        connection: Any = super()
        sock: socket.socket = connection._new_conn()
        self._handle = SocketHandle(sock)
        self.guard.attach(self._handle)
        return sock

    def request(self, *arguments: Any, **named: Any) -> Any:
        """Send a request, perhaps on a connection that an earlier exchange opened."""
        if self._handle:
            self.guard.attach(self._handle)
        connection: Any = super()
        return connection.request(*arguments, **named)

    def connect(self) -> None:
        """Connect, through a proxy if there is one."""
        connection: Any = super()
        self._connecting = True
        try:
            connection.connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        """Send a part of a request, and connect before if that is needed."""
        connection: Any = super()
        this: Any = self
        if this.sock is None:
            self.connect()
        if not self._connecting:
            self.guard.note_request()
        connection.send(data)

    def close(self) -> None:
        """Close the connection."""
        connection: Any = super()
        connection.close()
        if self._handle:
            self.guard.detach(self._handle)
            self._handle = None


def _shut_down(handle: SocketHandle) -> None:
    with contextlib.suppress(OSError):
        handle.duplicate.shutdown(socket.SHUT_RDWR)
