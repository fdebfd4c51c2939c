# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Signals, and the end of the process that reads the result."""

from __future__ import annotations

import select
import signal
import threading
from typing import Callable

from ._http.deadline import Deadline

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def cancel_when_interrupted(deadline: Deadline) -> None:
    """Cancel the deadline on SIGINT, on SIGTERM, and when nobody reads the result any more.

    Ansible's own time-out for tasks does not end the module: it only stops reading.
    """

    def interrupted(*_signal: object) -> None:
        # one signal is enough, and another could interrupt the output of the result
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        # in a thread of its own, because the main thread may hold the lock that this takes
        threading.Thread(target=deadline.cancel).start()

    for number in _SIGNALS:
        signal.signal(number, interrupted)
    poll = select.poll()
    poll.register(1, 0)  # no events but errors: a pipe that nobody reads any more

    def watch() -> None:
        if any(events & (select.POLLERR | select.POLLHUP) for _descriptor, events in poll.poll()):
            deadline.cancel()

    threading.Thread(target=watch, daemon=True).start()


def start_without_signals(target: Callable[[], None]) -> threading.Thread:
    """Start a daemon thread that receives no signals: the main thread would not wake up for them."""
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # the new thread inherits the mask
    try:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
    return thread
