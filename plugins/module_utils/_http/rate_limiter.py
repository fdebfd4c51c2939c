# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Back-off after a service has refused requests because there were too many (HTTP 429)."""

from __future__ import annotations

import random
import threading

from .._errors import DeadlineExceeded
from .deadline import Deadline

_LONGEST_EXPONENT = 5  # the back-off grows to 2 ** 5 seconds
_RECOVERY = 30  # seconds without a refusal after which the back-off starts anew


class RateLimiter:
    """Holds back all requests to one service while it refuses them."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._blocked_since = self._blocked_until = deadline.clock()
        self._exponent = 0
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Wait until requests are allowed, and return the time.

        :raises DeadlineExceeded: requests are not allowed before the deadline.
        """
        clock = self._deadline.clock
        while self._blocked_until > clock():
            try:
                self._deadline.pause(self._blocked_until - clock())
            except DeadlineExceeded:
                if self._deadline.cancelled:
                    raise
                message = (
                    "The service limits the rate of requests: it does not accept more before wait_timeout expires."
                )
                raise DeadlineExceeded(message, None, 429) from None
        return clock()

    def unblock(self) -> None:
        """Lift the present block. A limit applies to one kind of call: a limited stop call does not block readings."""
        self._blocked_until = self._deadline.clock()

    def back_off(self, sent: float, retry_after: float | None) -> None:
        """Hold back requests, as long as the service asks for, else for a growing time with jitter.

        :param sent: time at which the refused request was sent. Refusals of one burst count once.
        :param retry_after: seconds that the service asks for, if it does.
        """
        with self._lock:
            if sent < self._blocked_since:
                return
            recent = sent - self._blocked_until < _RECOVERY
            self._exponent = min(self._exponent + 1, _LONGEST_EXPONENT) if recent else 1
            delay = 2**self._exponent * random.uniform(0.75, 1.25) if retry_after is None else retry_after
            self._blocked_since = self._deadline.clock()
            self._blocked_until = self._blocked_since + delay
