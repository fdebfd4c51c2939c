# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The result of the module ``data_jobs``: jobs, targets, and text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .._redaction import Secrets
from .._services.base import Job, Phase
from .plan import PlannedJob, TargetPlan
from .results import CHANGE_PHRASES, Result, ResultBuilder
from .stop import FAILED, MISSING, STOP_REQUESTED, STOPPED, WOULD_STOP
from .tables import Line, count, format_table

_SHOWN = 20  # jobs of each target in a plan that is refused
_EXPLAINED = 5  # failed jobs that the message explains
_ACTIONS = {WOULD_STOP: "stop", MISSING: "missing", FAILED: "failed"}


class BulkResult(NamedTuple):
    """Builds the result of a task.

    :param dry_run: whether the task runs in check mode and stops nothing.
    :param max_jobs: the maximum number of jobs that the task may stop.
    :param details: whether to return the records of the jobs.
    """

    plans: Sequence[TargetPlan]
    secrets: Secrets
    dry_run: bool
    max_jobs: int
    wait: bool
    fail_if_missing: bool
    details: bool

    @property
    def refused(self) -> bool:
        """Whether more jobs may be active than the task may stop. A job that could not be read may be active."""
        return self._to_stop > self.max_jobs

    @property
    def _to_stop(self) -> int:
        return sum(len(plan.active) + len(plan.unread) for plan in self.plans)

    def plan_lines(self) -> list[str]:
        """Return the plan, before anything was stopped."""
        active = sum(len(plan.active) for plan in self.plans)
        unread = sum(len(plan.unread) for plan in self.plans)
        head = f"{'Dry run: ' if self.dry_run else ''}{count(active, 'job')} to stop, max_jobs is {self.max_jobs}."
        if unread:
            head += f" {count(unread, 'job')} could not be read."
        if self.plans and not any(plan.found or plan.target.ids is not None or plan.error for plan in self.plans):
            head += " No job was found. Check the spelling of the filters."
        rows: list[Line] = [["", "JOB", "NAME", "STATUS", "OWNER", "STARTED"]]
        for plan in self.plans:
            rows.extend(self._plan_rows(plan))
        return [head, *format_table(rows)]

    def about_to_stop(self) -> str:
        """Return one line about what the task is going to stop."""
        shares = [f"{plan.target.title}: {len(plan.active)}" for plan in self.plans if plan.active]
        return f"stopping {count(sum(len(plan.active) for plan in self.plans), 'job')}: {'; '.join(shares)}"

    def build(self, plan_lines: list[str], refused: bool) -> Result:
        """Return the result of the module, and whether the task failed.

        :param plan_lines: see :meth:`plan_lines`. They show the state before the stop.
        :param refused: see :attr:`refused`, before the stop.
        """
        jobs = [self._entry(job, refused) for plan in self.plans for job in plan.jobs]
        counts = Counter(job["outcome"] for job in jobs)
        problems = list(self._problems())
        heads = [self._refusal()] if refused else []
        would_stop = None if refused else WOULD_STOP
        result = {
            "changed": any(job["changed"] for job in jobs),
            "msg": " ".join([*(heads or [self._count(counts)]), *_first(problems)]),
            "problems": [*heads, *problems],
            "dry_run": self.dry_run,
            "refused": refused,
            "jobs": jobs,
            "targets": [self._target_entry(plan) for plan in self.plans],
            "counts": dict(counts),
            "planned": [plan.target.as_options(plan.planned_ids) for plan in self.plans if plan.planned_ids],
            "plan": plan_lines,
            "summary": self._summary_lines(),
            "diff": {
                "before": {job["id"]: job["previous_status"] for job in jobs},
                "after": {job["id"]: STOPPED if job["outcome"] == would_stop else job["status"] for job in jobs},
            },
        }
        return result, bool(problems) or refused

    def _plan_rows(self, plan: TargetPlan) -> Iterator[Line]:
        title = plan.target.title
        if plan.error:
            yield f"{title}: {self.secrets.redact(str(plan.error))}"
            return
        yield f"{title}: {plan.found} found, {plan.selected} selected"
        shown = plan.jobs[:_SHOWN] if self.refused else plan.jobs
        for job in shown:
            name = job.attributes["name"] if job.attributes["name"] != job.attempt.id else ""
            action = _ACTIONS.get(str(job.attempt.outcome), "-")
            status = self._status(job.attempt.first)
            yield [action, job.attempt.id, name, status, job.attributes["owner"], job.attributes["started"]]
        if len(plan.jobs) > len(shown):
            yield f"    and {len(plan.jobs) - len(shown)} more"
        for ids, reason in (
            (plan.skipped_unknown_start, "start time unknown"),
            (plan.skipped_unknown_status, "unknown status"),
        ):
            if ids:
                yield f"    Skipped ({reason}): {_some(ids)}"

    def _summary_lines(self) -> list[str]:
        rows: list[Line] = [["OUTCOME", "JOB", "NAME", "BEFORE", "AFTER", "REASON"]]
        for plan in self.plans:
            rows.append(f"{plan.target.title}: {plan.error}" if plan.error else plan.target.title)
            for job in plan.jobs:
                attempt = job.attempt
                reason = self._explain(job) if self._fails(job) else ""
                name = job.attributes["name"] if job.attributes["name"] != attempt.id else ""
                before, after = self._status(attempt.first), self._status(attempt.last)
                rows.append([attempt.outcome, attempt.id, name, before, after, reason])
        return format_table(rows)

    def _count(self, counts: Counter[Any]) -> str:
        """Return one sentence about the outcomes."""
        total = sum(counts.values())
        goal = WOULD_STOP if self.dry_run else STOPPED if self.wait else STOP_REQUESTED
        summary = ", ".join(f"{number} {outcome}" for outcome, number in counts.items()) or "nothing to do"
        return f"{CHANGE_PHRASES[goal]} {counts[goal]} of {count(total, 'job')}: {summary}."

    def _refusal(self) -> str:
        number = count(self._to_stop, "job")
        shares = [f"{p.target.title}: {len(p.active) + len(p.unread)}." for p in self.plans if p.active or p.unread]
        head = f"Refused: {number} would be stopped, and max_jobs is {self.max_jobs}. No stop request was sent."
        return " ".join([head, *shares, "Select fewer jobs, or increase max_jobs."])

    def _problems(self) -> Iterator[str]:
        """Yield why the task fails."""
        for plan in self.plans:
            if plan.error:
                yield f"{plan.target.title}: {plan.error}"
            for job in plan.jobs:
                if self._fails(job):
                    yield f"{job.attempt.id}: {self._explain(job)}"

    def _fails(self, job: PlannedJob) -> bool:
        failing = {FAILED} | ({MISSING} if self.fail_if_missing else set()) | ({STOP_REQUESTED} if self.wait else set())
        return job.attempt.outcome in failing

    def _entry(self, job: PlannedJob, refused: bool) -> dict[str, Any]:
        attempt, service = job.attempt, job.target.service
        builder = ResultBuilder(service, self.secrets)
        entry: dict[str, Any] = {
            "id": attempt.id,
            "outcome": attempt.outcome,
            "changed": attempt.outcome in CHANGE_PHRASES and not refused,
            "previous_status": self._status(attempt.first),
            "status": self._status(attempt.last),
            "phase": _phase(attempt.last),
            **job.attributes,
            "service": service.name,
            "kind": service.kind or None,
            "location": service.location or None,
            "target": job.target.index,
        }
        if self.details:
            entry["details"] = builder.details(attempt.last or attempt.first)
        return {**entry, "error": builder.explain(attempt).as_dict()} if attempt.outcome == FAILED else entry

    @staticmethod
    def _target_entry(plan: TargetPlan) -> dict[str, Any]:
        return {
            "title": plan.target.title,
            "found": plan.found,
            "selected": plan.selected,
            "error": str(plan.error) if plan.error else None,
            "skipped_unknown_status": plan.skipped_unknown_status,
            "skipped_unknown_start": plan.skipped_unknown_start,
        }

    def _explain(self, job: PlannedJob) -> str:
        return str(ResultBuilder(job.target.service, self.secrets).explain(job.attempt))

    def _status(self, job: Job | None) -> str | None:
        return ResultBuilder.status(self.secrets, job)


def _phase(job: Job | None) -> str | None:
    if job is None:
        return None
    return (Phase.ENDED if job.phase is Phase.STOP_FAILED else job.phase).value


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - _EXPLAINED
    return problems[:_EXPLAINED] + ([f"And {more} more: see summary in the result."] if more > 0 else [])


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join([*ids[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])
