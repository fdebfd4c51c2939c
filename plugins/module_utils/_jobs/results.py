# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The results of modules: what is returned about each job, and the message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .._errors import Error
from .._services.base import Job, JobService, Phase
from .stop import FAILED, MISSING, STOP_REQUESTED, STOPPED, WOULD_STOP, StopAttempt

Result = tuple[dict[str, Any], bool]  # the result of the module, and whether the task has failed

JOB_NOT_FOUND = "The service does not know this job. Check the project, and the cluster, graph or kind."
# The outcomes that are a change, and the beginning of a message that counts them.
CHANGED = {STOPPED: "Stopped", STOP_REQUESTED: "Requested to stop", WOULD_STOP: "Would stop"}
_EXPLAINED = 5  # number of failed jobs that the message explains. The result contains all.


def stop_result(attempts: list[StopAttempt], check_mode: bool, wait: bool, fail_if_missing: bool) -> Result:
    """Return the result of a module that stops jobs. Empty the list of attempts."""
    goal = WOULD_STOP if check_mode else STOPPED if wait else STOP_REQUESTED
    counts = Counter(attempt.outcome for attempt in attempts)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing to do"
    failing = {FAILED} | ({MISSING} if fail_if_missing else set()) | ({STOP_REQUESTED} if wait else set())
    problems = [f"{attempt.id}: {explain(attempt)}" for attempt in attempts if attempt.outcome in failing]
    result = {
        "changed": any(attempt.outcome in CHANGED for attempt in attempts),
        "msg": _message(f"{CHANGED[goal]} {counts[goal]} of {_count(len(attempts))}: {summary}.", problems),
        "diff": {
            "before": {attempt.id: _status(attempt.first) for attempt in attempts},
            "after": {
                attempt.id: STOPPED if attempt.outcome == WOULD_STOP else _status(attempt.last) for attempt in attempts
            },
        },
    }
    attempts.reverse()
    # thousands of records are not kept beside the entries made from them
    result["jobs"] = [_stop_entry(attempts.pop()) for _ in range(len(attempts))]
    return result, bool(problems)


def info_result(service: JobService, jobs: list[Job], missing: list[str], errors: dict[str, Error]) -> Result:
    """Return the result of an ``_info`` module.

    :param missing: the ids that the service does not know.
    :param errors: for each id that could not be read the reason.
    """
    active = sum(job.phase is Phase.ACTIVE for job in jobs)
    msg = f"Found {_count(len(jobs))}, {active} active."
    if errors:
        msg = f"{msg} {len(errors)} could not be read."
    problems = [f"{id}: {error}" for id, error in errors.items()]
    entries = [_info_entry(service, job) for job in jobs]
    return {"msg": _message(msg, problems), "jobs": entries, "missing": missing}, bool(errors)


def explain(attempt: StopAttempt) -> Error:
    """Return why a job makes the task fail."""
    if attempt.outcome == MISSING:
        return Error(f"{JOB_NOT_FOUND} To accept missing jobs, set missing: ignore.")
    status = _status(attempt.last)
    if attempt.outcome == STOP_REQUESTED:
        reason = attempt.read_error or "wait_timeout has expired"
        return Error(
            f"The stop was accepted but not confirmed: {reason}. The last status is {status}. "
            "Run the task again in check mode to see whether the job has stopped, or increase wait_timeout."
        )
    if attempt.error:
        still = f" The job is still {status}." if attempt.first and attempt.active else ""
        return replace(attempt.error, message=attempt.error.message + still)
    if attempt.accepted:
        return Error(f"The stop was accepted and then failed: the status is {status}.")
    problem = "The job has no status" if status is None else f"Unknown status {status}"
    return Error(f"{problem}: cannot determine whether the job is running. No stop request was sent.")


def _message(summary: str, problems: Iterable[str]) -> str:
    problems = list(problems)
    more = len(problems) - _EXPLAINED
    if more > 0:
        problems[_EXPLAINED:] = [f"And {more} more: see jobs in the result."]
    return " ".join([summary, *problems])


def _stop_entry(attempt: StopAttempt) -> dict[str, Any]:
    job = attempt.last or attempt.first
    entry = {
        "id": attempt.id,
        "outcome": attempt.outcome,
        "changed": attempt.outcome in CHANGED,
        "previous_status": _status(attempt.first),
        "status": _status(attempt.last),
        "details": job.details if job else {},
    }
    return {**entry, "error": explain(attempt).as_dict()} if attempt.outcome == FAILED else entry


def _info_entry(service: JobService, job: Job) -> dict[str, Any]:
    details = job.details
    return {
        "id": job.id,
        "status": job.status,
        "active": None if job.phase is Phase.UNKNOWN else job.phase is Phase.ACTIVE,
        **{name: service.attribute(details, name) for name in ("name", "owner", "queue", "started")},
        "details": details,
    }


def _count(number: int) -> str:
    return f"{number} job" if number == 1 else f"{number} jobs"


def _status(job: Job | None) -> str | None:
    return job.status if job else None
