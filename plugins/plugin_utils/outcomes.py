# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""What became of the jobs that the roles were to stop, and how that is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from ..module_utils._jobs.results import JOB_NOT_FOUND
from .plans import Planned, Task, error_of, notes, results_of
from .texts import Line, count, plain, table

_EXPLAINED = 10  # so many jobs of each target are explained in the message of a failure
_STATS = ("stopped", "stop_requested", "would_stop", "already_ended", "ended_first", "missing_count", "failed")


class JobOutcome(TypedDict):
    """The outcome of a job.

    `planned` is whether it was active in the plan, `why` the reason if it fails the role or is not confirmed.
    """

    id: str
    name: str | None
    owner: str | None
    started: str | None
    planned: bool
    previous_status: str | None
    status: str | None
    outcome: str
    failed: bool
    why: str


class Outcome(TypedDict):
    """What became of the jobs of a target; see `Planned`. `notes` is what people should know besides."""

    host: str
    heading: str
    service: str
    place: str
    error: str | None
    notes: list[str]
    jobs: list[JobOutcome]


class OutcomeSummary(TypedDict):
    """What became of all jobs.

    `text` is for a terminal, line by line; `failure` says why the role fails, and is empty if it does not; `stats`
    is for AWX. For reports `counts` is how many jobs have each outcome, and `sections` are the outcomes with nothing
    but texts on one line.
    """

    text: list[str]
    failure: str
    stats: dict[str, Any]
    counts: dict[str, int]
    sections: list[dict[str, Any]]


def outcomes(plan: Iterable[Planned], tasks: Iterable[Task], missing: str, wait: bool) -> list[Outcome]:
    """Return the outcomes of a host's plan from the results of the tasks that stop jobs.

    :param missing: `ignore`, or `fail` where a job that the service does not know is a failure.
    :param wait: whether a job that was only asked to stop is one.
    """
    results = results_of(tasks)
    failures = {"failed"} | ({"missing"} if missing == "fail" else set()) | ({"stop_requested"} if wait else set())
    return [_outcome(each, results.get(each["target"]["number"], {"jobs": []}), failures) for each in plan]


def _outcome(planned: Planned, result: Mapping[str, Any], failures: set[str]) -> Outcome:
    target = planned["target"]
    error = planned["error"] or error_of(result)
    jobs = result.get("jobs", [])
    if error:
        jobs = [{"id": id, "outcome": "failed", "error": {"message": error}} for id in target["ids"] or []]
    known: dict[str, Any] = {job["id"]: job for job in planned["jobs"]}
    return {
        "host": planned["host"],
        "heading": planned["heading"],
        "service": target["service"],
        "place": target["place"],
        "error": error,
        "notes": notes({**planned, "error": error}),
        "jobs": [_job(job, known.get(job["id"], {}), failures) for job in jobs],
    }


def _job(job: Mapping[str, Any], known: Mapping[str, Any], failures: set[str]) -> JobOutcome:
    failed = job["outcome"] in failures
    return {
        "id": job["id"],
        "name": known.get("name"),
        "owner": known.get("owner"),
        "started": known.get("started"),
        "planned": bool(known.get("active")),
        "previous_status": job.get("previous_status", known.get("status")),
        "status": job.get("status"),
        "outcome": job["outcome"],
        "failed": failed,
        "why": _why(job) if failed or job["outcome"] == "stop_requested" else "",
    }


def _why(job: Mapping[str, Any]) -> str:
    """Why a job makes the role fail, or what is not known of it."""
    if job["outcome"] == "missing":
        return JOB_NOT_FOUND
    if job["outcome"] == "stop_requested":
        return "the stop was accepted and is not confirmed: look again in check mode, or wait longer"
    error = job["error"]
    facts = [f"HTTP {error['http_status']}" if error.get("http_status") else "", plain(error.get("code"))]
    told = ", ".join(fact for fact in facts if fact)
    return plain(error["message"]) + (f" [{told}]" if told else "")


def summarize(outcomes: Sequence[Outcome]) -> OutcomeSummary:
    """Return the summary of outcomes."""
    sections = [_on_lines(each) for each in outcomes]
    lines: list[Line] = [["OUTCOME", "JOB", "NAME", "BEFORE", "AFTER", "WHY"]]
    for section in sections:
        lines.append(section["heading"])
        for job in section["jobs"]:
            name = job["name"] if job["name"] != job["id"] else ""
            lines.append([job["outcome"], job["id"], name, job["previous_status"], job["status"], job["why"]])
        lines += [f"    {note}" for note in section["notes"]]
    return {
        "text": table(lines),
        "failure": _failure(sections),
        "stats": _stats(outcomes),
        "counts": dict(Counter(job["outcome"] for section in sections for job in section["jobs"])),
        "sections": sections,
    }


def _on_lines(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome with each text on one line."""
    jobs = [
        {fact: told if isinstance(told, bool) else plain(told) for fact, told in job.items()} for job in outcome["jobs"]
    ]
    return {**outcome, "error": plain(outcome["error"]), "jobs": jobs}


def _stats(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Numbers that add up over hosts, and the jobs."""
    jobs = [(each, job) for each in outcomes for job in each["jobs"]]
    numbers = Counter("missing_count" if job["outcome"] == "missing" else job["outcome"] for _outcome, job in jobs)
    told = [
        {
            "service": each["service"],
            "place": each["place"],
            "id": job["id"],
            "outcome": job["outcome"],
            "status": job["status"],
        }
        for each, job in jobs
    ]
    return {
        "stop_jobs_planned": sum(job["planned"] for _outcome, job in jobs),
        **{f"stop_jobs_{outcome}": numbers[outcome] for outcome in _STATS},
        "stop_jobs_jobs": told,
    }


def _failure(sections: Iterable[dict[str, Any]]) -> str:
    """Why the role fails; empty if it does not."""
    failed = [(each, [job for job in each["jobs"] if job["failed"]]) for each in sections]
    number, errors = sum(len(jobs) for _section, jobs in failed), sum(bool(each["error"]) for each, _jobs in failed)
    if not number and not errors:
        return ""
    jobs = f"{number} of {count(sum(len(each['jobs']) for each, _jobs in failed), 'job')}" if number else ""
    targets = count(errors, "target") if errors else ""
    told = [f"{' and '.join(filter(None, [jobs, targets]))} failed."]
    for each, some in failed:
        if each["error"]:
            told.append(f"{each['heading']}: {each['error']}")
        elif some:
            told.append(f"{each['heading']}: {_explained(some)}")
    return " ".join(told)


def _explained(jobs: Sequence[dict[str, Any]]) -> str:
    reasons = [f"{job['id']}: {job['why']}" for job in jobs[:_EXPLAINED]]
    if len(jobs) > _EXPLAINED:
        reasons.append(f"and {len(jobs) - _EXPLAINED} more, see the table above")
    return "; ".join(reasons)
