# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The results of modules: what is returned about each job, and the message."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from .._errors import Error
from .._records import Record, sanitize_record
from .._redaction import Secrets, printable
from .._services.base import Job, JobApi, Phase
from .stop import FAILED, MISSING, STOP_REQUESTED, STOPPED, WOULD_STOP, StopAttempt
from .tables import count

Result = tuple[dict[str, Any], bool]  # the result of the module, and whether the task has failed

JOB_NOT_FOUND = "The service does not know this job. Check the project, and the cluster, graph or kind."
# The outcomes that are a change, and the beginning of a message that counts them.
CHANGE_PHRASES = {STOPPED: "Stopped", STOP_REQUESTED: "Requested to stop", WOULD_STOP: "Would stop"}
_EXPLAINED = 5  # number of failed jobs that the message explains. The result contains all.
_STATUS_LENGTH = 100  # characters
MESSAGE_LENGTH = 2000  # characters


class ResultBuilder:
    """Builds the results of modules from readings of jobs.

    :param secrets: removed from the text of services before it is cut.
    """

    def __init__(self, service: JobApi, secrets: Secrets) -> None:
        self._service, self._secrets = service, secrets

    def stop_result(self, attempts: list[StopAttempt], check_mode: bool, wait: bool, fail_if_missing: bool) -> Result:
        """Return the result of a module that stops jobs. Empty the list of attempts."""
        goal = WOULD_STOP if check_mode else STOPPED if wait else STOP_REQUESTED
        counts = Counter(attempt.outcome for attempt in attempts)
        summary = ", ".join(f"{number} {outcome}" for outcome, number in counts.items()) or "nothing to do"
        failing = {FAILED} | ({MISSING} if fail_if_missing else set()) | ({STOP_REQUESTED} if wait else set())
        problems = {attempt.id: self.explain(attempt) for attempt in attempts if attempt.outcome in failing}
        after = {each.id: STOPPED if each.outcome == WOULD_STOP else self._status(each.last) for each in attempts}
        result = {
            "changed": any(attempt.outcome in CHANGE_PHRASES for attempt in attempts),
            "msg": _message(
                f"{CHANGE_PHRASES[goal]} {counts[goal]} of {count(len(attempts), 'job')}: {summary}.",
                problems,
                ": see jobs in the result",
            ),
            "diff": {"before": {attempt.id: self._status(attempt.first) for attempt in attempts}, "after": after},
        }
        attempts.reverse()
        # thousands of records are not kept beside the entries made from them
        result["jobs"] = [self._stop_entry(attempts.pop()) for _position in range(len(attempts))]
        return result, bool(problems)

    def info_result(self, jobs: list[Job], missing: list[str], errors: dict[str, Error]) -> Result:
        """Return the result of an ``_info`` module.

        :param missing: the ids that the service does not know.
        :param errors: for each id that could not be read the reason.
        """
        active = sum(job.phase is Phase.ACTIVE for job in jobs)
        msg = f"Found {count(len(jobs), 'job')}, {active} active."
        if errors:
            msg = f"{msg} {len(errors)} could not be read."
        errors = {
            id: replace(each, message=self._secrets.describe(each.message, MESSAGE_LENGTH))
            for id, each in errors.items()
        }
        entries = [self._info_entry(job) for job in jobs]
        return {"msg": _message(msg, errors), "jobs": entries, "missing": missing}, bool(errors)

    def explain(self, attempt: StopAttempt) -> Error:
        """Return why a job makes the task fail, without secrets and control characters."""
        return self._sanitize(self._explain(attempt))

    def _sanitize(self, error: Error) -> Error:
        return replace(error, message=printable(self._secrets.mask(error.message), MESSAGE_LENGTH))

    def _explain(self, attempt: StopAttempt) -> Error:
        if attempt.outcome == MISSING:
            return Error(f"{JOB_NOT_FOUND} To accept missing jobs, set missing: ignore.")
        status = self._status(attempt.last)
        if attempt.outcome == STOP_REQUESTED:
            reason = str(attempt.read_error or "wait_timeout has expired").rstrip(".")
            return Error(
                f"The stop was accepted but not confirmed: {reason}. The last status is {status}. "
                "Run the task again in check mode to see whether the job has stopped, or increase wait_timeout."
            )
        if attempt.error:
            still = f" The job is still {status}." if attempt.first and attempt.may_be_active else ""
            return replace(attempt.error, advice=(attempt.error.advice + still).lstrip())
        if attempt.accepted:
            return Error(f"The stop was accepted and then failed: the status is {status}.")
        problem = "The job has no status" if status is None else f"Unknown status {status}"
        return Error(f"{problem}: cannot determine whether the job is running. No stop request was sent.")

    def _stop_entry(self, attempt: StopAttempt) -> dict[str, Any]:
        entry = {
            "id": attempt.id,
            "outcome": attempt.outcome,
            "changed": attempt.outcome in CHANGE_PHRASES,
            "previous_status": self._status(attempt.first),
            "status": self._status(attempt.last),
            "details": self.details(attempt.last or attempt.first),
        }
        return {**entry, "error": self.explain(attempt).as_dict()} if attempt.outcome == FAILED else entry

    def _info_entry(self, job: Job) -> dict[str, Any]:
        return {
            "id": job.id,
            "status": self._status(job),
            "active": None if job.phase is Phase.UNKNOWN else job.phase is Phase.ACTIVE,
            **self._service.attributes(job.record),
            "details": self.details(job),
        }

    def details(self, job: Job | None) -> Record:
        """Return the sanitized record of a job, empty if there is none."""
        details: Record = sanitize_record(job.record, self._secrets.redact) if job else {}
        return details

    def _status(self, job: Job | None) -> str | None:
        return self.status(self._secrets, job)

    @staticmethod
    def status(secrets: Secrets, job: Job | None) -> str | None:
        """Return the status of a job. A status that is not documented may be any text."""
        if job is None or job.status is None:
            return None
        return job.status if job.phase is not Phase.UNKNOWN else secrets.describe(job.status, _STATUS_LENGTH)


def _message(summary: str, problems: dict[str, Error], hint: str = "") -> str:
    """Return the summary and the first problems.

    :param hint: where the result has the others.
    """
    lines = [f"{id}: {error}" for id, error in problems.items()]
    more = len(lines) - _EXPLAINED
    if more > 0:
        lines[_EXPLAINED:] = [f"And {more} more{hint}."]
    return " ".join([summary, *lines])
