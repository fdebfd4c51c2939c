# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of jobs while a task waits for them, a line at a time, where the action plugin listens.

Nothing here makes a task wait or fail: what nobody takes is dropped.
"""

from __future__ import annotations

import contextlib
import copy
import os
import signal
import threading
from collections.abc import Iterator
from typing import Callable

from .client import Budget
from .errors import Error
from .job import Job, Service
from .stopping import WOULD_STOP, Run

# The environment variable "SECONDS PATH": for how long nothing is told at first, and the pipe that takes the lines.
CHANNEL = "DATAOPS_HUAWEICLOUD_PROGRESS"
# How much longer each silence is than the one before, and how much longer than the first it may become.
_GROWTH, _LONGEST = 1.5, 6
_NAMED = 3  # so many jobs are named in a line
_LENGTH = 1000  # characters of a line: one that may fill the pipe's atomic write, but not exceed it


@contextlib.contextmanager
def told(runs: list[Run], service: Service, budget: Budget, hide: Callable[[str], str]) -> Iterator[None]:
    """Tell of these runs, as they are, while something is done with them. Nothing is told where nobody listens.

    :param hide: takes out of a line what must not be shown.
    """
    first, _blank, path = os.environ.get(CHANNEL, "").partition(" ")
    if not path:
        yield
        return
    over = threading.Event()

    def tell() -> None:
        for seconds in silences(float(first)):
            if over.wait(seconds):
                return
            line = news(service, budget, runs)
            if line:
                _write(path, hide(line)[:_LENGTH])

    start_deaf(tell)
    try:
        yield
    finally:
        over.set()


def start_deaf(target: Callable[[], None]) -> threading.Thread:
    """Start a thread that takes no signals: the main thread, for which they are, would sleep on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # which the new thread inherits
    try:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return thread


def silences(first: float) -> Iterator[float]:
    """The seconds between two lines: 10, 15, 22, 34, 51, 60, 60 …"""
    seconds = first
    while True:
        yield seconds
        seconds = min(_GROWTH * seconds, _LONGEST * first)


def news(service: Service, budget: Budget, runs: list[Run]) -> str:
    """One line of how far the stopping of jobs is; empty where there is nothing more to wait for."""
    runs = [copy.copy(run) for run in runs if run.outcome == WOULD_STOP]  # copies, since they change all the time
    left = budget.left()
    when = f"after {budget.seconds - left:.0f} s, {left:.0f} s of wait_timeout left"
    of = f"of {len(runs)} {'job' if len(runs) == 1 else 'jobs'}"
    asked = sum(run.accepted or run.lost or run.error is not None for run in runs)
    if asked < len(runs):
        return f"{asked} {of} asked to stop {when}"
    awaited = [run for run in runs if run.active and (run.accepted or run.lost) and not run.unreadable]
    if not awaited:
        return ""
    named = [_description(service, run.now, run.unread) for run in awaited[:_NAMED] if run.now]
    if len(awaited) > _NAMED:
        named.append(f"and {len(awaited) - _NAMED} more")
    return f"{len(awaited)} {of} still running {when}: {', '.join(named)}"


def _description(service: Service, job: Job, unread: Error | None) -> str:
    started = service.fact(job.details, "started")
    words = (job.id, "last seen" if unread else "", job.status, f"since {started}" if started else "")
    return " ".join(word for word in words if word)


def _write(path: str, line: str) -> None:
    """Write a line to a pipe, unless that is full, or nobody reads it."""
    with contextlib.suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, f"{line}\n".encode(errors="replace"))
        finally:
            os.close(pipe)
