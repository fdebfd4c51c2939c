# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The HTTP client of one service: URLs, authentication, and one new login if the credentials have expired."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Callable
from urllib.parse import quote, urlsplit

from .._errors import AuthenticationFailed, Error
from .rate_limiter import RateLimiter
from .responses import MATCH_NOTHING, RequestContext, Response, parse_response, translate_exception
from .transport import HttpTransport

try:
    import requests
    from urllib3.exceptions import HTTPError
except ImportError:
    pass  # reported by the session


class Authenticator:
    """Adds credentials to requests. requests calls it with each request.

    :ivar project_id: the project that the credentials are for.
    :ivar catalog: the service catalog of Keystone v3, if the identity service returned one.
    :ivar auth_url: the base URL of IAM, if the credentials name it.
    :ivar generation: the number of renewals.
    :ivar advice: what to do if the credentials are refused.
    """

    project_id = ""
    catalog: Sequence[Any] = ()
    auth_url: str | None = None
    generation = 0
    advice: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the credentials to a request."""
        raise NotImplementedError

    def renew(self, generation: int) -> bool:
        """Get new credentials unless another thread did since ``generation``; return False if there are none."""
        return False


class ServiceClient:
    """Sends requests to one service at one base URL.

    :param base_url: scheme, host and perhaps a path, without a slash at the end.
    :param not_found: matches "code message" of the errors by which the service reports an unknown job.
    :ivar refusal: the refused login, after which nothing is sent: too many refusals lock an access key.
    """

    def __init__(
        self,
        transport: HttpTransport,
        base_url: str,
        authenticator: Authenticator,
        limiter: RateLimiter,
        not_found: re.Pattern[str] = MATCH_NOTHING,
    ) -> None:
        self.transport, self.base_url, self.authenticator = transport, base_url, authenticator
        self.limiter, self.not_found = limiter, not_found
        self.refusal: AuthenticationFailed | None = None
        self._accepted_generation = 0
        self._first_request = threading.Lock()
        self._has_sent = False

    def send(
        self,
        method: str,
        *path: str,
        mutating: bool = False,
        parse: Callable[[Response], Any] = lambda response: response,
        **how: Any,
    ) -> Any:
        """Send a request, with retries, and return its response.

        :param path: the segments of the path, not percent-encoded.
        :param mutating: whether the request is meant to change something.
        :param parse: returns the result for a response. If it raises :class:`ResponseLost`, a reading request is
            repeated.
        :param how: ``params`` for the query, ``json`` for the body, ``headers``.
        :raises ResponseLost: no usable response came back. A reading request was repeated before.
        :raises ApiError: the service refused the request; :class:`JobNotFound` if it does not know the job.
        :raises AuthenticationFailed: the credentials were refused, also after a new login. Nothing is sent any more.
        :raises ConnectionFailed: no connection could be established.
        :raises DeadlineExceeded: no time is left.
        """
        url = "/".join((self.base_url, *(quote(segment, safe="") for segment in path)))
        label = f"{method} {urlsplit(url).netloc}{urlsplit(url).path}"
        context = RequestContext(label, self.transport.secrets, mutating, self.not_found, self.authenticator.advice)

        def attempt(seconds: float) -> Any:
            with self._first_request:
                if not self._has_sent:  # the other threads wait until this request shows whether the login is valid
                    return parse(self._send(method, url, context, seconds, how))
            return parse(self._send(method, url, context, seconds, how))

        return self.transport.send_with_retries(attempt, self.limiter, mutating)

    def _send(self, method: str, url: str, context: RequestContext, seconds: float, how: dict[str, Any]) -> Response:
        """Send a request once, or twice if the credentials were refused and could be renewed."""
        if self.refusal:
            raise self.refusal
        generation = self.authenticator.generation
        raw = self._exchange(method, url, context, seconds, how)
        try:
            response = parse_response(raw, context)
        except AuthenticationFailed as refusal:
            self._renew(refusal, generation)
            return self._send(method, url, context, seconds, how)
        finally:
            self._has_sent = True
        self._accepted_generation = max(self._accepted_generation, generation)
        return response

    def _renew(self, error: AuthenticationFailed, generation: int) -> None:
        """Renew the credentials, unless the service has never accepted the last renewal."""
        try:
            if generation <= self._accepted_generation and self.authenticator.renew(generation):
                return
        except Error as refusal:
            error = AuthenticationFailed(refusal.message, refusal.code, refusal.http_status, advice=refusal.advice)
        self.refusal = error
        raise error

    @cached_property
    def _settings(self) -> Any:
        """The proxy and the certificates, which depend only on the host and take time to determine."""
        transport = self.transport
        return transport.session.merge_environment_settings(
            self.base_url, {}, stream=False, verify=transport.verify, cert=transport.cert
        )

    def _exchange(
        self, method: str, url: str, context: RequestContext, seconds: float, how: dict[str, Any]
    ) -> requests.Response:
        session = self.transport.session
        try:
            prepared = session.prepare_request(requests.Request(method, url, auth=self.authenticator, **how))
            return session.send(prepared, timeout=seconds, **self._settings)
        except (OSError, ValueError, HTTPError) as error:
            # OSError: all exceptions of requests, and files that cannot be read
            raise translate_exception(error, context) from error
