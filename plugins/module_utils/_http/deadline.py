# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The deadline of a task."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable

from .._errors import DeadlineExceeded


class Deadline:
    """The time that a task may take, shared by all its threads.

    :param seconds: the time from now, in seconds.
    :param clock: returns the present time in seconds. A test can replace it.
    :param sleep: pauses for a number of seconds. A test can replace it.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        self.seconds, self.clock = seconds, clock
        self._end = clock() + seconds
        self._cancelled = threading.Event()
        self._sleep = sleep or self._cancelled.wait

    @property
    def cancelled(self) -> bool:
        """Whether the task was interrupted."""
        return self._cancelled.is_set()

    @property
    def reason(self) -> str:
        """The reason why no time is left, for messages."""
        return "the task was interrupted" if self.cancelled else "wait_timeout has expired"

    def left(self) -> float:
        """Return the seconds that are left, never a negative number."""
        return 0.0 if self.cancelled else max(0.0, self._end - self.clock())

    def require(self) -> float:
        """Return the seconds that are left; raise :class:`DeadlineExceeded` if there are none."""
        left = self.left()
        if not left:
            raise DeadlineExceeded(f"The request was not sent: {self.reason}.")
        return left

    def overdue(self) -> float:
        """Return the seconds since the deadline passed or the task was interrupted; 0 before."""
        return max(0.0, self.clock() - self._end)

    def cancel(self) -> None:
        """End the deadline now because the task is interrupted. Threads that pause wake up."""
        self._end = min(self._end, self.clock())
        self._cancelled.set()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait for an interruption, at most for a number of seconds; return whether it happened."""
        return self._cancelled.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep for a number of seconds.

        :raises DeadlineExceeded: fewer seconds are left, and the method did not sleep; or the task was interrupted.
        """
        if seconds <= self.left():
            self._sleep(seconds)
            if not self.cancelled:
                return
        raise DeadlineExceeded(f"The request was not sent: {self.reason}.")
