# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The one algorithm that stops jobs of every service: read, decide, stop, read until ended, judge.

A task reports ``changed`` only if it stopped a running job and confirmed that the job has stopped.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Callable, NamedTuple

from .._errors import ApiError, AuthenticationFailed, DeadlineExceeded, Error, JobNotFound, ResponseLost
from .._services.base import Job, Phase
from .reader import JobReader, Reading, call_service

STOPPED = "stopped"
STOP_REQUESTED = "stop_requested"
WOULD_STOP = "would_stop"
ALREADY_ENDED = "already_ended"
ENDED_FIRST = "ended_first"
MISSING = "missing"
FAILED = "failed"

_MAX_PAUSE_FACTOR = 5  # times wait_sleep
_FINAL_READ_RESERVE = 0.5  # seconds before the deadline that are left for the last reading

Progress = Callable[[list["StopAttempt"]], contextlib.AbstractContextManager[None]]


@dataclass
class StopAttempt:
    """The state of one job while a task works on it.

    :ivar first: the first reading.
    :ivar last: the last reading; None if the service does not know the job, or does not know it any more.
    :ivar accepted: whether the service accepted our stop request.
    :ivar lost: whether a stop request was sent without a usable response.
    :ivar requests: how many stop requests were sent.
    :ivar error: why the job could not be read at first, or could not be stopped.
    :ivar read_error: why the latest reading failed.
    """

    id: str
    first: Job | None = None
    last: Job | None = None
    accepted: bool = False
    lost: bool = False
    requests: int = 0
    error: Error | None = None
    read_error: Error | None = None
    outcome: str | None = None

    def begin(self, reading: Reading) -> None:
        """Note the first reading, and decide."""
        self.update(reading)
        self.first, self.error = self.last, self.read_error
        self.outcome = FAILED if self.error else initial_outcome(self)

    def update(self, reading: Reading) -> None:
        """Note the latest reading."""
        self.read_error = None
        if isinstance(reading, Job):
            self.last = reading
            if self.first:
                self.first = self.first._replace(record={})  # only its status is returned
        elif isinstance(reading, JobNotFound):
            self.last = None
        else:
            self.read_error = reading

    @property
    def may_be_active(self) -> bool:
        """Whether the job is active, or may be because its status is unknown."""
        return self.last is not None and self.last.phase in (Phase.ACTIVE, Phase.UNKNOWN)

    @property
    def unreadable(self) -> bool:
        """Whether the service refused to let us read the job, so that there is no use in reading it again."""
        error = self.read_error
        status = error.http_status or 0 if error else 0
        refused = isinstance(error, ApiError) and 400 <= status < 500 and status not in (408, 429) and error.code
        return bool(refused) or isinstance(error, AuthenticationFailed)


def initial_outcome(attempt: StopAttempt) -> str:
    """Return what the first reading of a job calls for. Check mode and a real run use the same decision."""
    if attempt.last is None:
        return MISSING
    return {Phase.ACTIVE: WOULD_STOP, Phase.UNKNOWN: FAILED}.get(attempt.last.phase, ALREADY_ENDED)


def final_outcome(attempt: StopAttempt, phase_if_missing: Phase) -> str:
    """Return the outcome for a job for which a stop request was sent. In doubt, claim nothing."""
    if attempt.may_be_active:
        return STOP_REQUESTED if attempt.accepted else FAILED
    phase = attempt.last.phase if attempt.last else phase_if_missing
    if phase is Phase.STOP_FAILED:
        return FAILED
    stopped_by_us = attempt.accepted or (attempt.lost and phase is Phase.STOPPED)
    return STOPPED if stopped_by_us and phase in (Phase.STOPPED, Phase.STOPPED_OR_FAILED) else ENDED_FIRST


class JobStopper(NamedTuple):
    """Stops jobs of one service, many at once.

    :param wait: whether to wait until every job has ended.
    :param wait_sleep: the first pause between two rounds of readings, in seconds. It grows to five times that.
    :param retries: how often a stop request is repeated whose response was lost.
    """

    reader: JobReader
    wait: bool
    wait_sleep: float
    retries: int

    def run(self, ids: Iterable[str], check_mode: bool, progress: Progress) -> list[StopAttempt]:
        """Read and stop jobs, each once, in the order given. One bad job never hides the others.

        :param progress: for the attempts, returns a context in which progress is reported.
        """
        attempts = {id: StopAttempt(id) for id in ids}
        active = self.read(attempts)
        if check_mode:
            list(active)
        else:
            with progress([*attempts.values()]):
                self.stop(active)
        for attempt in attempts.values():
            if attempt.outcome is None:
                attempt.outcome = FAILED
                attempt.error = DeadlineExceeded(f"Not read: {self.reader.workers.deadline.reason}.")
        return [*attempts.values()]

    def read(self, attempts: Mapping[str, StopAttempt]) -> Iterator[StopAttempt]:
        """Read jobs for the first time, decide, and yield each that is active as soon as it is read."""
        for id, reading in self.reader.read(attempts, {Phase.UNKNOWN}):
            attempt = attempts[id]
            attempt.begin(reading)
            if attempt.outcome == WOULD_STOP:
                yield attempt

    def stop(self, active: Iterable[StopAttempt]) -> None:
        """Stop active jobs, and judge each.

        :param active: taken one by one, so that a job is stopped as soon as it is read.
        """
        attempts: list[StopAttempt] = []
        remaining = iter(active)

        def next_batch() -> list[StopAttempt]:
            batch = list(itertools.islice(remaining, self.reader.service.batch_size))
            attempts.extend(batch)
            return batch

        with contextlib.suppress(DeadlineExceeded):
            list(self.reader.workers.map(self._request_stops, iter(next_batch, [])))
            self._poll_until_ended(attempts)
        for attempt in attempts:
            if not attempt.requests:
                attempt.error = DeadlineExceeded(f"The stop was not sent: {self.reader.workers.deadline.reason}.")
            attempt.outcome = final_outcome(attempt, self.reader.service.phase_if_missing)

    def _request_stop(self, attempt: StopAttempt) -> None:
        """Send one stop request for one job."""
        self._request(lambda: [call_service(self.reader.service.stop, attempt.id)], [attempt])

    def _request_stops(self, attempts: list[StopAttempt]) -> None:
        """Send one stop request for several jobs; if the service refuses it as a whole, one for each."""
        if len(attempts) == 1:
            self._request_stop(attempts[0])
            return
        ids = [attempt.id for attempt in attempts]
        if not self._request(lambda: call_service(self.reader.service.stop_batch, ids), attempts):
            for attempt in attempts:
                self._request_stop(attempt)

    def _request(self, send: Callable[[], list[Error | None]], attempts: list[StopAttempt]) -> bool:
        """Send one request and note its result; return False if the service refused it as a whole."""
        if attempts[0].outcome != WOULD_STOP:  # the task has judged the jobs and waits no longer
            return True
        for attempt in attempts:
            attempt.requests += 1
            # provisional, because the task may stop waiting before the response arrives
            attempt.error = ResponseLost("The stop request was sent, and its response did not arrive in time.")
        try:
            refusals = send()
        except Error as error:
            lost = isinstance(error, ResponseLost)
            for attempt in attempts:
                if attempt.outcome == WOULD_STOP:
                    attempt.error, attempt.lost = error, attempt.lost or lost
            return lost
        for attempt, refusal in zip(attempts, refusals):
            if attempt.outcome == WOULD_STOP:  # else the task has judged the job and waits no longer
                attempt.error, attempt.accepted = refusal, refusal is None
                attempt.lost = attempt.lost or isinstance(refusal, ResponseLost)
        return True

    def _poll_until_ended(self, attempts: list[StopAttempt]) -> None:
        """Read jobs in rounds, the first at once, until each has ended.

        A job whose stop was refused is read once: it may have ended before. A stop whose response was lost is repeated
        only if the job is still active. A failed reading is repeated in the next round.
        """
        deadline = self.reader.workers.deadline
        followed = {attempt.id: attempt for attempt in attempts if attempt.error or self.wait}
        if followed:
            self.reader.service.client.limiter.unblock()
        pause = self.wait_sleep
        while followed:
            for id, reading in self.reader.read(followed, {Phase.UNKNOWN, Phase.ENDED}):
                followed[id].update(reading)
            followed = {id: attempt for id, attempt in followed.items() if self._is_pending(attempt)}
            repeated = [attempt for attempt in followed.values() if self._may_repeat(attempt)]
            list(self.reader.workers.map(self._repeat_stop, repeated))
            left = deadline.left()
            if not followed or left < 2 * _FINAL_READ_RESERVE:
                return
            # without time for the pause, the next round notes that the deadline has passed
            with contextlib.suppress(DeadlineExceeded):
                deadline.pause(min(pause * random.uniform(0.8, 1.2), left - _FINAL_READ_RESERVE))
            pause = min(1.5 * pause, _MAX_PAUSE_FACTOR * self.wait_sleep)

    def _repeat_stop(self, attempt: StopAttempt) -> None:
        """Send another stop request if the job's own record shows that it is still active."""
        if attempt.last and attempt.last.from_list:
            attempt.update(self.reader.get(attempt.id))
        active = attempt.last is not None and attempt.last.phase is Phase.ACTIVE
        if active and attempt.read_error is None:
            self._request_stop(attempt)

    def _is_pending(self, attempt: StopAttempt) -> bool:
        """Return whether another reading of a job can change its outcome."""
        if not attempt.may_be_active or attempt.unreadable:
            return False
        return self._may_repeat(attempt) or (self.wait and (attempt.accepted or attempt.lost))

    def _may_repeat(self, attempt: StopAttempt) -> bool:
        """Return whether the stop request of a job may be repeated."""
        lost = isinstance(attempt.error, ResponseLost) and not attempt.accepted
        return lost and attempt.requests <= self.retries and attempt.read_error is None
