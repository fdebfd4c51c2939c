# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that one task may take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable

from .errors import BudgetSpent


@dataclass
class Budget:
    """Seconds that a task may spend, its pauses and its retries included.

    The clock and the sleep are parameters so that tests need not wait.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self.clock())

    def pause(self, seconds: float) -> None:
        """Sleep for so many seconds; raises L{BudgetSpent} at once, without sleeping, where so many are not left."""
        if seconds > self.left():
            raise BudgetSpent("the time budget of the task (wait_timeout) is used up")
        self.sleep(seconds)
