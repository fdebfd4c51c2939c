# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control API and the seeds need to know about a kind of job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from .lives import Job, Life
from .world import World


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    `words`: the service's status word for each state. `states`: the state behind every documented word.
    `new_id`: an id in the service's format, given the running number of the job. `place`: what a job lives in.
    `words_by`: the words where a switch decides about them.
    """

    service: str
    words: Mapping[str, Any]
    states: Mapping[Any, str]
    new_id: Callable[[int], str]
    place: str = ""
    words_by: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None

    def words_now(self, world: World) -> Mapping[str, Any]:
        return self.words_by(world.switches) if self.words_by else self.words

    def submit(self, world: World, project_id: str, place: str = "", **record: Any) -> Job:
        """A new job through the service's own call; its times come from the switches."""
        job = Job(self.service, self.next_id(world), project_id, place, new_life(world), record)
        return world.add_job(job)

    def next_id(self, world: World) -> str:
        jobs = world.jobs.get(self.service, {})
        number = len(jobs)
        while True:
            number += 1
            job_id = self.new_id(number)
            if job_id not in jobs:
                return job_id


def new_life(world: World) -> Life:
    """The life of a job that a client has just submitted."""
    now = world.clock.now()
    starts_at, ends_at = submitted_times(world, now)
    return Life("submitted", now, cause="submit call", starts_at=starts_at, ends_at=ends_at)


def submitted_times(world: World, now: float) -> tuple[float, float | None]:
    starts_after = world.switches["submitted_starts_after"]
    ends_after = world.switches["submitted_ends_after"]
    return now + starts_after, now + max(ends_after, starts_after) if ends_after else None


def start_again(world: World, job: Job) -> None:
    """Start a job that exists and is not active (CDM start, Flink run)."""
    now = world.clock.now()
    job.life.starts_at, job.life.ends_at = submitted_times(world, now)
    job.life.start(now)
