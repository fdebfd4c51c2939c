# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The algorithm of the module ``data_jobs``: plan all targets, refuse or stop, all in parallel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from .._connection import Connection, Login
from .._errors import DeadlineExceeded, Error
from .._http.deadline import Deadline
from .._http.rate_limiter import RateLimiter
from .._options import ConnectionOptions
from .._redaction import Secrets
from .._workers import WorkerPool
from .plan import TargetPlan, remove_duplicates
from .reader import JobReader, call_service
from .stop import FAILED, JobStopper, final_outcome
from .targets import Target

_LOGIN_KEY = ("region", "project_id", "project_name", "cloud")
_MAX_TARGETS_AT_ONCE = 500  # each waits for its jobs in a thread of its own, so that none keeps others from starting
_COORDINATOR_GRACE = 1.5  # seconds, more than the workers have, so that a target reports what its workers did


class BulkSettings(NamedTuple):
    """The options of the module that concern all targets; see :class:`JobStopper`."""

    wait: bool
    wait_sleep: float
    retries: int
    concurrency: int


class BulkStopper:
    """Plans and stops the jobs of several targets, in parallel.

    Each service has its own rate limiter and its own threads, so that a service that limits the rate of requests does
    not slow down the others. One bound on the requests in flight holds for all of them.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        options: ConnectionOptions,
        deadline: Deadline,
        secrets: Secrets,
        settings: BulkSettings,
    ) -> None:
        self.plans = [TargetPlan(target) for target in targets]
        self._options, self._deadline, self._secrets, self._settings = options, deadline, secrets, settings
        self._limiters: dict[str, RateLimiter] = {}
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._workers: dict[str, WorkerPool] = {}
        self._logins: dict[tuple[str | None, ...], Login] = {}
        self._connections: dict[int, Connection] = {}
        self._stoppers: dict[int, JobStopper] = {}
        size = max(1, min(len(self.plans), _MAX_TARGETS_AT_ONCE))
        self._coordinators = WorkerPool(deadline, size, grace=_COORDINATOR_GRACE)

    def plan(self) -> None:
        """Read the jobs of all targets.

        :raises InvalidOption: the options of a target are unusable. Nothing was sent.
        :raises AuthenticationFailed: the credentials are missing or conflicting. Nothing was sent.
        """
        for plan in self.plans:
            if plan.target.ids != []:
                self._prepare(plan.target)
        self._for_each(self._read, [plan for plan in self.plans if plan.target.ids != []])
        remove_duplicates(self.plans)

    def stop(self) -> None:
        """Stop the jobs that were active in the plan, and no others."""
        plans = [plan for plan in self.plans if plan.active]
        self._for_each(self._stop, plans)
        for plan in plans:
            for job in plan.active:  # the time was over before the job was judged
                job.attempt.outcome = final_outcome(job.attempt, plan.target.service.phase_if_missing)
            for job in plan.jobs:
                if job.planned and job.attempt.outcome == FAILED and not (job.attempt.requests or job.attempt.error):
                    job.attempt.error = DeadlineExceeded(f"No stop request was sent: {self._deadline.reason}.")

    def _for_each(self, work: Callable[[TargetPlan], None], plans: list[TargetPlan]) -> None:
        """Do some work for several targets at once. A target that fails does not hide the others."""

        def guarded(plan: TargetPlan) -> None:
            try:
                call_service(work, plan)
            except Error as error:
                plan.error = error
            unfinished.discard(plan.target.index)

        unfinished = {plan.target.index for plan in plans}
        try:
            list(self._coordinators.map(guarded, plans))
        except DeadlineExceeded as exceeded:
            for plan in plans:
                if plan.target.index in unfinished:
                    plan.error = exceeded

    def _prepare(self, target: Target) -> None:
        """Prepare the connection of a target. Targets with the same login options share the login. Send nothing."""
        options = self._options.with_values(self._login_options(target.login))
        key = tuple(options[name] for name in _LOGIN_KEY)
        try:
            if key not in self._logins:
                self._logins[key] = Login(options, self._deadline, self._limiters, self._secrets, self._slots)
            self._connections[target.index] = Connection(self._logins[key], target.login.get("endpoint"))
        except Error as error:
            raise replace(error, message=f"{target.label}: {error.message}") from error

    @staticmethod
    def _login_options(login: Mapping[str, str]) -> dict[str, str | None]:
        """Return the options that a target sets or, where it names the project in another way, removes."""
        values: dict[str, str | None] = {name: value for name, value in login.items() if name != "endpoint"}
        if "project_name" in values:
            values.setdefault("project_id", None)
        return values

    def _read(self, plan: TargetPlan) -> None:
        target = plan.target
        target.service.connect(self._connections[target.index])
        workers = self._workers.setdefault(target.service.name, WorkerPool(self._deadline, self._settings.concurrency))
        settings = self._settings
        stopper = JobStopper(JobReader(target.service, workers), settings.wait, settings.wait_sleep, settings.retries)
        self._stoppers[target.index] = stopper
        plan.read(stopper)

    def _stop(self, plan: TargetPlan) -> None:
        self._stoppers[plan.target.index].stop(job.attempt for job in plan.active)
