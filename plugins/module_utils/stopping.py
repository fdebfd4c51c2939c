# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one algorithm that stops jobs: read, decide, stop, read until ended, judge.

C{changed} means that a job which was running is now stopped, because of us, and that this was read back.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Callable, NamedTuple

from .errors import UNKNOWN_JOB, AnswerLost, ApiError, BudgetSpent, Error, JobUnknown, LoginFailed
from .job import Job, Phase
from .reading import Reader, Reading, understood

STOPPED = "stopped"
STOP_REQUESTED = "stop_requested"
WOULD_STOP = "would_stop"
ALREADY_ENDED = "already_ended"
ENDED_FIRST = "ended_first"
MISSING = "missing"
FAILED = "failed"

# The outcomes that are a change, and how a message that counts them begins.
CHANGED = {STOPPED: "Stopped", STOP_REQUESTED: "Asked to stop", WOULD_STOP: "Would stop"}
_COMPLAINTS = 5  # so many jobs are explained in the message; all of them are in the result


@dataclass
class Run:
    """One job on its way through a task."""

    id: str
    before: Job | None = None  # the first reading
    now: Job | None = None  # the last reading; None where the service does not know the job (any more)
    accepted: bool = False  # the service took our stop
    lost: bool = False  # a stop was sent and its answer never came
    error: Error | None = None  # why the job could not be read at first, or not be stopped
    unread: Error | None = None  # why the latest reading failed
    outcome: str | None = None

    def take(self, reading: Reading) -> None:
        """Take the latest reading."""
        self.unread = None
        if isinstance(reading, Job):
            self.now = reading
            # of an earlier reading only the status is told
            self.before = self.before and self.before._replace(record={})
        elif isinstance(reading, JobUnknown):
            self.now = None
        else:
            self.unread = reading

    @property
    def active(self) -> bool:
        """Whether the last reading leaves something to wait for. A status unknown to us may still change."""
        return self.now is not None and self.now.phase in (Phase.ACTIVE, Phase.UNKNOWN)

    @property
    def unreadable(self) -> bool:
        """Whether reading again is pointless: the service refused to be read, or to let us in."""
        error = self.unread
        final = isinstance(error, ApiError) and (error.http_status or 0) < 500 and error.http_status not in (408, 429)
        return final or isinstance(error, LoginFailed)


def decide(run: Run) -> str:
    """What the first reading of a job calls for: the same in check mode and in a real run."""
    if run.now is None:
        return MISSING
    return {Phase.ACTIVE: WOULD_STOP, Phase.UNKNOWN: FAILED}.get(run.now.phase, ALREADY_ENDED)


def judge(run: Run, gone: Phase) -> str:
    """What became of a job for which a stop was sent. Where that cannot be told, nothing is claimed."""
    if run.active:
        return STOP_REQUESTED if run.accepted else FAILED
    phase = run.now.phase if run.now else gone
    if phase is Phase.STOP_FAILED:
        return FAILED
    ours = run.accepted or (run.lost and phase is Phase.STOPPED)
    return STOPPED if ours and phase in (Phase.STOPPED, Phase.HALTED) else ENDED_FIRST


class Stopper(NamedTuple):
    """Stops jobs of one service, many at once.

    :param wait: whether to read until every job has ended.
    :param wait_sleep: seconds, the first pause between two rounds of reading; it grows to five times that.
    :param retries: how often a stop whose answer was lost may be sent again.
    :param telling: given the runs, a context during which people are told of them.
    """

    reader: Reader
    wait: bool
    wait_sleep: float
    retries: int
    telling: Callable[[list[Run]], contextlib.AbstractContextManager[None]] = lambda runs: contextlib.nullcontext()

    def stop(self, ids: Iterable[str], check_mode: bool) -> list[Run]:
        """Work through all the jobs, each once, in the order asked for. One bad job never hides the others."""
        runs = {id: Run(id) for id in ids}
        active = self._active(runs)
        if check_mode:
            list(active)
            return [*runs.values()]
        with self.telling([*runs.values()]):
            batches = iter(lambda: list(itertools.islice(active, self.reader.service.batch)), [])
            list(self.reader.each(self._stop_batch, batches))
            to_stop = [run for run in runs.values() if run.outcome == WOULD_STOP]
            if self.wait:
                self.reader.budget.resume()
                self._read_until_ended(to_stop)
        for run in to_stop:
            run.outcome = judge(run, self.reader.service.gone)
        return [*runs.values()]

    def _active(self, runs: dict[str, Run]) -> Iterator[Run]:
        """Read jobs for the first time, and give those that are active as soon as that is known."""
        for id, reading in self.reader.read(runs, {Phase.UNKNOWN}):
            run = runs[id]
            run.take(reading)
            run.before, run.error = run.now, run.unread
            run.outcome = FAILED if run.error else decide(run)
            if run.outcome == WOULD_STOP:
                yield run

    def _read(self, runs: list[Run], doubted: set[Phase]) -> None:
        """Read jobs once more. Where a list gives one of the doubted phases, the job's own record decides."""
        reread = {run.id: run for run in runs}
        for id, reading in self.reader.read(reread, doubted):
            reread[id].take(reading)

    def _stop(self, run: Run) -> None:
        """Send the stop; again only where its answer was lost and a reading shows the job still active."""
        for tries in range(1 + self.retries):
            try:
                if tries:
                    self.reader.budget.pause(self.wait_sleep * tries)
                understood(self.reader.service.stop, run.id)
                run.accepted, run.error = True, None
                return
            except Error as error:
                run.error = error
            run.lost = run.lost or isinstance(run.error, AnswerLost)
            if not self._still_active(run) or not isinstance(run.error, AnswerLost):
                return

    def _stop_batch(self, runs: list[Run]) -> None:
        """Send one stop for several jobs; where that fails as a whole, one for each."""
        if len(runs) == 1:
            self._stop(runs[0])
            return
        try:
            refusals = understood(self.reader.service.stop_batch, [run.id for run in runs])
        except Error as error:
            lost = isinstance(error, AnswerLost)
            for run in runs:
                run.error, run.lost = error, lost
                if not lost or self._still_active(run):
                    self._stop(run)
            return
        for run, refusal in zip(runs, refusals):
            run.error, run.accepted = refusal, refusal is None
            if refusal:
                self._still_active(run)

    def _still_active(self, run: Run) -> bool:
        """Read a job once more after its stop failed."""
        run.take(self.reader.get(run.id))
        return run.unread is None and run.active

    def _read_until_ended(self, runs: list[Run]) -> None:
        """Read in rounds, the first at once. A reading that fails is tried again in the next round."""
        waiting = [run for run in runs if run.active and (run.accepted or run.lost)]
        pause = self.wait_sleep
        budget = self.reader.budget
        while waiting:
            self._read(waiting, {Phase.UNKNOWN, Phase.ENDED})
            waiting = [run for run in waiting if run.active and not run.unreadable]
            left = budget.left()
            if not waiting or left < 1:
                return
            with contextlib.suppress(BudgetSpent):  # then the next round says so
                # half a second for the last reading
                budget.pause(min(pause * random.uniform(0.8, 1.2), left - 0.5))
            pause = min(1.5 * pause, 5 * self.wait_sleep)


def report(runs: list[Run], check_mode: bool, wait: bool, missing_is_failure: bool) -> tuple[dict[str, Any], bool]:
    """The result of a task as modules return it, and whether the task has failed. Empties the list of runs."""
    goal = WOULD_STOP if check_mode else STOPPED if wait else STOP_REQUESTED
    counts = Counter(run.outcome for run in runs)
    tally = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing to do"
    msg = f"{CHANGED[goal]} {counts[goal]} of {len(runs)} {'job' if len(runs) == 1 else 'jobs'}: {tally}."
    failing = {FAILED} | ({MISSING} if missing_is_failure else set()) | ({STOP_REQUESTED} if wait else set())
    complaints = [f"{run.id}: {_error(run)}." for run in runs if run.outcome in failing]
    if len(complaints) > _COMPLAINTS:
        complaints[_COMPLAINTS:] = [f"And {len(complaints) - _COMPLAINTS} more: see jobs in the result."]
    result = {
        "changed": any(run.outcome in CHANGED for run in runs),
        "msg": " ".join([msg, *complaints]),
        "diff": {
            "before": {run.id: _status(run.before) for run in runs},
            "after": {run.id: STOPPED if run.outcome == WOULD_STOP else _status(run.now) for run in runs},
        },
    }
    runs.reverse()
    # the records of thousands of jobs need not stay beside what is made of them
    result["jobs"] = [_entry(runs.pop()) for turn in range(len(runs))]
    return result, bool(complaints)


def _entry(run: Run) -> dict[str, Any]:
    last = run.now or run.before
    entry = {
        "id": run.id,
        "outcome": run.outcome,
        "changed": run.outcome in CHANGED,
        "previous_status": _status(run.before),
        "status": _status(run.now),
        "details": last.details if last else {},
    }
    return {**entry, "error": _error(run).as_dict()} if run.outcome == FAILED else entry


def _error(run: Run) -> Error:
    """Why a job makes the task fail; where no call has failed, its status is the reason."""
    if run.outcome == MISSING:
        return Error(f"{UNKNOWN_JOB} (missing: ignore accepts it)")
    if run.outcome == STOP_REQUESTED:
        why = f"the stop was accepted and is not confirmed ({run.unread or 'the time of wait_timeout is over'})"
        return Error(f"{why}: the job was last seen as {_status(run.now)}; look again with --check, or wait longer")
    if run.error:
        still = f"; the job is still {_status(run.now)}" if run.before and run.active else ""
        return replace(run.error, message=run.error.message + still)
    status = _status(run.now)
    if run.accepted:
        return Error(f"the stop was accepted and then failed, as the status {status} says")
    word = "has no status" if status is None else f"has the status {status}, which no document of the service explains"
    return Error(f"the job {word}: whether it runs cannot be told, and nothing was sent")


def _status(job: Job | None) -> str | None:
    return job.status if job else None
