# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Progress lines for a task that waits for jobs. The action plugin displays them.

Nothing here lets a task wait or fail: lines that nobody receives are dropped.
"""

from __future__ import annotations

import contextlib
import copy
import os
import threading
from collections.abc import Iterator, Sequence

from .._errors import Error
from .._http.deadline import Deadline
from .._redaction import Secrets
from .._services.base import Job, JobApi
from .._signals import start_without_signals
from .stop import WOULD_STOP, StopAttempt
from .tables import count

# The environment variable "SECONDS PATH": the first report interval, and the pipe that receives the lines.
PROGRESS_VARIABLE = "DATAOPS_HUAWEICLOUD_PROGRESS"
# The growth of the report interval, and its limit in multiples of the first.
_GROWTH, _MAX_INTERVAL_FACTOR = 1.5, 6
_NAMED_JOBS = 3
_LINE_LENGTH = 1000  # characters: a pipe takes a line of this length as a whole


# The attempts of a task, each with the service of its job.
Attempts = Sequence[tuple[JobApi, StopAttempt]]


@contextlib.contextmanager
def report_progress(attempts: Attempts, deadline: Deadline, secrets: Secrets) -> Iterator[None]:
    """Report the progress of these attempts in this context, if the action plugin receives it.

    :param secrets: removed from the lines.
    """
    first_interval, path = _channel()
    if not path:
        yield
        return
    finished = threading.Event()

    def report() -> None:
        for seconds in report_intervals(first_interval):
            if finished.wait(seconds):
                return
            line = progress_line(attempts, deadline)
            if line:
                _write(path, secrets.describe(line, _LINE_LENGTH))

    start_without_signals(report)
    try:
        yield
    finally:
        finished.set()


def announce(line: str, secrets: Secrets) -> None:
    """Report one line now, if the action plugin receives it."""
    _interval, path = _channel()
    if path:
        _write(path, secrets.describe(line, _LINE_LENGTH))


def _channel() -> tuple[float, str]:
    """Return the first report interval in seconds, and the path of the pipe; it is empty if nobody receives lines."""
    first_interval, _space, path = os.environ.get(PROGRESS_VARIABLE, "").partition(" ")
    return float(first_interval or 0), path


def report_intervals(first: float) -> Iterator[float]:
    """Yield the seconds between two lines, such as 10, 15, 22, 34, 51, 60 and 60 again."""
    seconds = first
    while True:
        yield seconds
        seconds = min(_GROWTH * seconds, _MAX_INTERVAL_FACTOR * first)


def progress_line(attempts: Attempts, deadline: Deadline) -> str:
    """Return one line about the progress, or an empty text if the task waits for nothing any more."""
    # copies, because the threads of the task change the attempts
    stopping = [(service, copy.copy(attempt)) for service, attempt in attempts if attempt.outcome == WOULD_STOP]
    left = deadline.left()
    when = f"after {deadline.seconds - left:.0f} s, {left:.0f} s of wait_timeout left"
    total = f"of {count(len(stopping), 'job')}"
    requested = sum(attempt.requests > 0 for _service, attempt in stopping)
    if requested < len(stopping):
        return f"{requested} {total} asked to stop {when}"
    running = [
        (service, attempt)
        for service, attempt in stopping
        if attempt.may_be_active and (attempt.accepted or attempt.lost) and not attempt.unreadable
    ]
    if not running:
        return ""
    named = [_describe(service, each.last, each.read_error) for service, each in running[:_NAMED_JOBS] if each.last]
    if len(running) > _NAMED_JOBS:
        named.append(f"and {len(running) - _NAMED_JOBS} more")
    return f"{len(running)} {total} still running {when}: {', '.join(named)}"


def _describe(service: JobApi, job: Job, read_error: Error | None) -> str:
    started = service.attribute(job.record, "started")
    words = (job.id, "last seen" if read_error else "", job.status, f"since {started}" if started else "")
    return " ".join(word for word in words if word)


def _write(path: str, line: str) -> None:
    """Write a line to a pipe, unless the pipe is full or nobody reads it."""
    with contextlib.suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, f"{line}\n".encode(errors="replace"))
        finally:
            os.close(pipe)
