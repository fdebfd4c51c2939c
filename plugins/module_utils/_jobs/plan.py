# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The plan of the module ``data_jobs``: the jobs that each target selects, and what is to be done about them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from .._errors import Error
from .._services.base import Job, Phase
from .filters import confirm_filters
from .stop import FAILED, WOULD_STOP, JobStopper, StopAttempt
from .targets import Target


@dataclass
class PlannedJob:
    """A job that a target selects.

    :ivar attributes: its name, owner, queue and start time at the first reading.
    :ivar planned: whether it was active at the first reading, or could not be read.
    :ivar recorded_id: its id in the record of the service; if the record has none, the id of the target in lower case.
    """

    attempt: StopAttempt
    target: Target
    attributes: dict[str, str | None]
    planned: bool
    recorded_id: str

    @classmethod
    def from_reading(cls, target: Target, attempt: StopAttempt) -> PlannedJob:
        """Return the planned job for the first reading of a job."""
        unread = attempt.last is None and attempt.error is not None
        record = attempt.last.record if attempt.last else {}
        recorded_id = attempt.id if attempt.last and attempt.last.from_list else record.get(target.service.id_key)
        return cls(
            attempt,
            target,
            target.service.attributes(record),
            attempt.outcome == WOULD_STOP or unread,
            attempt.id.casefold() if recorded_id is None else str(recorded_id),
        )

    @property
    def identity(self) -> Hashable:
        """The identity of the job among all targets: its URL.

        A service may ignore upper and lower case in ids. Its record then has the only spelling.
        """
        service = self.target.service
        return service.client.base_url, service.root, service.project, service.location, self.recorded_id


@dataclass
class TargetPlan:
    """The jobs that a target selects.

    :ivar found: number of jobs that the service returned for the target.
    :ivar selected: number of jobs that the target selects.
    :ivar jobs: these jobs, except those that an earlier target selects too.
    :ivar error: why the target could not be read.
    :ivar skipped_unknown_status: ids of jobs whose status is not documented.
    :ivar skipped_unknown_start: ids of jobs whose start time is unknown, if the target selects by age.
    """

    target: Target
    found: int = 0
    selected: int = 0
    jobs: list[PlannedJob] = field(default_factory=list)
    error: Error | None = None
    skipped_unknown_status: list[str] = field(default_factory=list)
    skipped_unknown_start: list[str] = field(default_factory=list)

    @property
    def active(self) -> list[PlannedJob]:
        """The jobs that were active in the plan."""
        return [job for job in self.jobs if job.attempt.outcome == WOULD_STOP]

    @property
    def unread(self) -> list[PlannedJob]:
        """The jobs that could not be read. Each may be active."""
        return [job for job in self.jobs if job.attempt.first is None and job.attempt.error]

    @property
    def planned_ids(self) -> list[str]:
        """The ids of the jobs that were active in the plan or could not be read, whatever happened to them since."""
        return [job.attempt.id for job in self.jobs if job.planned]

    def read(self, stopper: JobStopper) -> None:
        """Read and select the jobs."""
        if self.target.ids is not None:
            attempts = {id: StopAttempt(id) for id in self.target.ids}
            list(stopper.read(attempts))
            self._select(attempts.values())
            self.found = sum(job.attempt.last is not None for job in self.jobs)
        else:
            jobs = stopper.reader.find(self.target.parameters)
            self.found = len(jobs)
            confirm_filters(self.target.service, jobs, self.target.filters)
            self._select(self._begin(job) for job in jobs if self._matches(job))

    def _select(self, attempts: Iterable[StopAttempt]) -> None:
        jobs = [PlannedJob.from_reading(self.target, attempt) for attempt in attempts]
        self.jobs = _unique(jobs, set())
        self.selected = len(self.jobs)

    def _matches(self, job: Job) -> bool:
        """Return whether the target selects a job of the list; note why it skips a job that may be active."""
        if job.phase not in (Phase.ACTIVE, Phase.UNKNOWN):
            return False
        attributes = self.target.service.attributes(job.record)
        if not self.target.matches_name(attributes["name"]):
            return False
        overdue = self.target.matches_age(attributes["started"])
        if overdue is None:
            self.skipped_unknown_start.append(job.id)
        elif overdue and job.phase is Phase.UNKNOWN:
            self.skipped_unknown_status.append(job.id)
        return bool(overdue) and job.phase is Phase.ACTIVE

    def _begin(self, job: Job) -> StopAttempt:
        """Return the attempt for a job of the list. An id that cannot be part of a request fails this job only."""
        attempt = StopAttempt(job.id)
        attempt.begin(job)
        try:
            self.target.service.validate_id(job.id)
        except Error as error:
            attempt.outcome, attempt.error = FAILED, error
        return attempt


def remove_duplicates(plans: Iterable[TargetPlan]) -> None:
    """Remove each job from all plans but the first that selects it."""
    seen: set[Hashable] = set()
    for plan in plans:
        plan.jobs = _unique(plan.jobs, seen)


def _unique(jobs: Iterable[PlannedJob], seen: set[Hashable]) -> list[PlannedJob]:
    """Return the jobs that were not seen before, each once, and note them as seen."""
    unique = []
    for job in jobs:
        if job.identity not in seen:
            seen.add(job.identity)
            unique.append(job)
    return unique
