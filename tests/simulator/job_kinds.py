# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of the kinds of jobs, for the control API and for jobs that a client submits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from .lifecycle import Job, Lifecycle
from .store import Store


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    * ``service``: name of the kind in the control API
    * ``statuses``: the service's status for each state
    * ``states``: the state for each documented status
    * ``new_id``: function that returns an id in the service's format, given the number of the job
    * ``location``: option of the control API for the location, ``cluster_id`` or ``graph_name``; empty for DLI
    * ``select_statuses``: function that returns the statuses, for services where a switch changes them
    """

    service: str
    statuses: Mapping[str, Any]
    states: Mapping[Any, str]
    new_id: Callable[[int], str]
    location: str = ""
    select_statuses: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None

    def current_statuses(self, store: Store) -> Mapping[str, Any]:
        """Return the service's status for each state, as the switches are set."""
        return self.select_statuses(store.switches) if self.select_statuses else self.statuses

    def submit(self, store: Store, project_id: str, location: str = "", **record: Any) -> Job:
        """Add a job that a client submits. Switches set when it starts and ends."""
        now = store.clock.now()
        starts_at, ends_at = scheduled_times(store, now)
        lifecycle = Lifecycle("submitted", now, cause="submit call", starts_at=starts_at, ends_at=ends_at)
        return store.add_job(Job(self.service, self.next_id(store), project_id, location, lifecycle, record))

    def next_id(self, store: Store) -> str:
        """Return an id that no job of this kind has."""
        jobs = store.jobs.get(self.service, {})
        number = len(jobs)
        while True:
            number += 1
            job_id = self.new_id(number)
            if job_id not in jobs:
                return job_id


def scheduled_times(store: Store, now: float) -> tuple[float, float | None]:
    """Return when a job that is submitted now starts and ends by itself (None: never), as the switches are set."""
    starts_after = store.switches["submitted_starts_after"]
    ends_after = store.switches["submitted_ends_after"]
    return now + starts_after, now + max(ends_after, starts_after) if ends_after else None


def start_again(store: Store, job: Job) -> None:
    """Start an existing job that is not active (CDM start, Flink run)."""
    now = store.clock.now()
    job.lifecycle.starts_at, job.lifecycle.ends_at = scheduled_times(store, now)
    job.lifecycle.start(now)
