# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Requests with retries, within the deadline of the task."""

from __future__ import annotations

import random
from typing import Any, Callable, NamedTuple, TypeVar

from .._errors import AuthenticationFailed, ConnectionFailed, DeadlineExceeded, Error, JobNotFound, ResponseLost
from .._redaction import Secrets
from .deadline import Deadline
from .rate_limiter import RateLimiter
from .session import BoundedSession

try:
    from urllib3.exceptions import InvalidHeader, MaxRetryError
    from urllib3.util.retry import Retry
except ImportError:
    pass  # reported by the session

_MAX_RETRY_AFTER = 86400  # seconds
_MIN_ALLOWANCE = 1.0  # seconds
_MIN_ATTEMPT_TIME = 0.1  # seconds in which a service may still answer
_Result = TypeVar("_Result")


class HttpTransport(NamedTuple):
    """The HTTP session of one login, and the rules by which requests are repeated.

    :param verify: True, False, or the path of a CA file.
    :param cert: path of the client certificate, or paths of certificate and key.
    :param timeout: seconds that one request may take, from connecting to the last byte of its response.
    :param retries: how often one request is repeated at most.
    :param secrets: receives secrets that are fetched, such as tokens.
    """

    session: BoundedSession
    verify: bool | str
    cert: str | tuple[str, str] | None
    timeout: float
    retries: int
    deadline: Deadline
    secrets: Secrets

    def send_with_retries(
        self, attempt: Callable[[float], _Result], limiter: RateLimiter, mutating: bool = False
    ) -> _Result:
        """Call ``attempt`` until it succeeds or must not be repeated; raise its last :class:`Error`.

        A service that limits the rate of requests (429) did nothing, so the request is repeated as long as there is
        time. All attempts together may wait for at most half of the time that is left, so that one slow response
        leaves time to confirm the other jobs.

        :param attempt: sends the request once. Its parameter is the number of seconds that it may take.
        """
        retry = Retry(total=self.retries, backoff_factor=0.25)
        allowance = max(self.deadline.left() / 2, _MIN_ALLOWANCE)
        failure: Error | None = None
        while True:
            try:
                sent = limiter.wait()
                left = self.deadline.require()
                return attempt(min(self.timeout, allowance, left))
            except DeadlineExceeded as exceeded:
                raise failure or exceeded from None
            except Error as error:
                failure = error
            allowance -= self.deadline.clock() - sent
            retry_after = _retry_after(failure)
            if failure.http_status == 429 and self.retries and not isinstance(failure, AuthenticationFailed):
                limiter.back_off(sent, retry_after)
                if allowance >= _MIN_ATTEMPT_TIME:
                    continue
            if not _may_repeat(failure, mutating) or allowance < _MIN_ATTEMPT_TIME:
                raise failure
            try:
                retry = retry.increment()
                pause = retry.get_backoff_time() or retry.backoff_factor
                self.deadline.pause(pause * random.uniform(0.75, 1.25) if retry_after is None else retry_after)
            except (MaxRetryError, DeadlineExceeded):
                raise failure from None


def _may_repeat(failure: Error, mutating: bool) -> bool:
    """Return whether a request may be repeated: a mutating one only if it certainly had no effect."""
    if isinstance(failure, ConnectionFailed):
        return True
    lost = isinstance(failure, ResponseLost) or (failure.http_status or 0) >= 500
    return lost and not mutating and not isinstance(failure, (JobNotFound, AuthenticationFailed))


def _retry_after(failure: Error) -> float | None:
    """Return the seconds that the service asks to wait, or None. Its clock may be behind ours."""
    value: Any
    try:
        value = Retry().parse_retry_after(failure.retry_after or "")
    except (InvalidHeader, ValueError, OverflowError):
        return None
    return float(min(value, _MAX_RETRY_AFTER)) if value and value > 0 else None
