# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The HTTP session of a task, which bounds the duration and the size of every response.

The identity library of OpenStack sends its requests through the same session, so that the bounds hold for it too.
"""

from __future__ import annotations

import re
import threading
import traceback
import zlib
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from .._errors import DeadlineExceeded
from .deadline import Deadline
from .guard import Exchange, ExchangeGuard, guard_connections

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.exceptions import RequestException, Timeout
    from requests.sessions import Session
    from urllib3.exceptions import HTTPError

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    # so that the classes below can be defined; without requests nobody uses them
    HTTPAdapter = RequestException = Session = object  # type: ignore[assignment,misc]  # a stand-in for the base classes

DEFAULT_TIMEOUT = 600.0  # seconds, for a request without a time-out of its own
_CONNECT_TIMEOUT = 10.0  # seconds
_LEAST_CONNECT_TIMEOUT = 1.0  # seconds
MAX_BODY = 32 * 1024 * 1024  # bytes, after decompression
_CHUNK_SIZE = 64 * 1024  # bytes
_LENGTH = re.compile("[0-9]{1,18}")
_NO_BODY = (204, 304)
_POOL_SIZE = 64  # connections to one host that are kept open, the maximum of the option concurrency
_ENCODINGS = ("gzip", "x-gzip", "deflate")


class RequestNotSent(RequestException):
    """No connection was established in time. Nothing was sent."""


class UnusableResponse(RequestException):
    """A response that is incomplete, too large, or not the final response to the request."""


class BoundedSession(Session):
    """A session of requests that reads each response completely, within bounds.

    It keeps no cookies, does not read ``.netrc``, follows no redirects and does not retry.

    :param slots: bounds the number of requests in flight at once.
    """

    def __init__(self, deadline: Deadline, slots: threading.BoundedSemaphore) -> None:
        super().__init__()
        self._slots = slots
        self._deadline, self._guard = deadline, ExchangeGuard(deadline)
        for scheme in ("https://", "http://"):
            self.mount(scheme, _GuardedAdapter(self._guard, _POOL_SIZE))
        self.auth = lambda request: request  # without it, requests reads .netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(
            {
                "Accept-Encoding": "gzip",
                "Content-Type": "application/json",  # MRS requires it on every request
                "User-Agent": "dataops.huaweicloud",
                "X-Language": "en-us",
            }
        )

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target. Otherwise requests reads the body of a redirect without bounds, and parses its target."""

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        """Send a request and read the response, within ``timeout`` seconds and before the deadline.

        :raises UnusableResponse: the response is incomplete, too large, or its status is below 200.
        :raises requests.RequestException: as requests documents.
        :raises DeadlineExceeded: no time is left. Nothing was sent.
        """
        if not self._slots.acquire(timeout=self._deadline.left()):
            raise DeadlineExceeded(f"The request was not sent: {self._deadline.reason}.")
        try:
            return self._exchange(request, how)
        finally:
            self._slots.release()

    def _exchange(self, request: requests.PreparedRequest, how: dict[str, Any]) -> requests.Response:
        seconds = min(how.get("timeout") or DEFAULT_TIMEOUT, self._deadline.require())
        # the time to connect to one address; the next address of the host is tried after it
        connect_timeout = min(seconds, max(seconds / 3, _LEAST_CONNECT_TIMEOUT), _CONNECT_TIMEOUT)
        how.update(timeout=(connect_timeout, seconds), stream=True, allow_redirects=False)
        with self._guard.exchange(seconds) as exchange:
            try:
                response = super().send(request, **how)
                response._content = _read_body(response)
                response._content_consumed = True  # type: ignore[attr-defined]  # not in the type stubs
            except Exception as error:
                connecting = bool(exchange.handle) and not exchange.request_sent
                if exchange.aborted or (connecting and isinstance(error, Timeout)):
                    raise self._aborted(exchange, seconds) from error
                raise
            if exchange.aborted:  # the body ended because the socket was shut down
                response.close()
                raise self._aborted(exchange, seconds)
        return response

    def _aborted(self, exchange: Exchange, seconds: float) -> RequestException:
        """Return the exception for an exchange that was aborted."""
        kind, event = (UnusableResponse, "response") if exchange.request_sent else (RequestNotSent, "connection")
        reason = f"no complete {event} within {seconds:.1f} seconds"
        return kind(self._deadline.reason if self._deadline.cancelled else reason)


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: ExchangeGuard, connections: int) -> None:
        self._guard = guard
        self._lock = threading.Lock()
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        guard_connections(self.poolmanager, self._guard)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        with self._lock:
            known = proxy in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **named)
            if not known:
                guard_connections(manager, self._guard)
        return manager


def _read_body(response: requests.Response) -> bytes:
    """Read and decompress a body; close the connection where it cannot be used again."""
    try:
        if response.status_code < 200:
            raise UnusableResponse(f"HTTP {response.status_code} is not a final status")
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity", *_ENCODINGS):
            raise UnusableResponse("the response has a content encoding that was not requested")
        return _receive(response, encoding in _ENCODINGS)
    except (OSError, HTTPError):  # OSError: all exceptions of requests
        response.close()
        raise
    except Exception as error:  # the request was sent, whatever is wrong with the response
        response.close()
        raise UnusableResponse(f"the response has an unexpected form ({type(error).__name__})") from error


def _receive(response: requests.Response, compressed: bool) -> bytes:
    """Read a body in pieces. Older versions of urllib3 do not notice that a body was cut off."""
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32) if compressed else None  # gzip or zlib, as the data shows
    body, received = bytearray(), 0
    for piece in iter(lambda: response.raw.read(_CHUNK_SIZE, decode_content=False), b""):
        received += len(piece)
        try:
            body += decoder.decompress(piece, MAX_BODY + 1 - len(body)) if decoder else piece
        except zlib.error as error:
            raise UnusableResponse("the response cannot be decompressed") from error
        if max(len(body), received) > MAX_BODY:  # data may also follow the end of a compressed body
            raise UnusableResponse(f"the response is larger than {MAX_BODY // 1024**2} MiB")
    declared = "" if "Transfer-Encoding" in response.headers else response.headers.get("Content-Length", "")
    cut_off = bool(_LENGTH.fullmatch(declared)) and received != int(declared) and response.status_code not in _NO_BODY
    if cut_off or (decoder and received and not decoder.eof):
        raise UnusableResponse("the response is incomplete")
    return bytes(body)
