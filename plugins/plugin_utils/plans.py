# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The plan of the roles: what was found for each target, what of it is to be stopped, and how that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypedDict

from .targets import Target
from .texts import Line, count, plain, table

Task = Mapping[str, Any]  # what a task that loops over targets has registered

# Why it did, newer versions of ansible-core tell with -vvv only.
_CRASH = "the task ended without a result: see it with -vvv, and whether ansible_python_interpreter is right"
_SHOWN = 20  # so many jobs of each target are shown where an idea is enough: of a plan that is refused, in notes
_WILL = {True: "stop", False: "-", None: "?"}
_FACTS = ("id", "name", "owner", "queue", "started", "status", "active")


class PlannedJob(TypedDict):
    """A job as the modules find it, without its details."""

    id: str
    name: str | None
    owner: str | None
    queue: str | None
    started: str | None
    status: str | None
    active: bool | None


class Planned(TypedDict):
    """What was found for a target, whose `ids` say now which jobs are stopped.

    `error` says why it failed as a whole. `found` is how many jobs were found, `jobs` are those that matter,
    `missing` the ids that the service does not know, `unread` those that could not be read. `untold` are the ids of
    jobs that are left alone because their start is not told, `odd` jobs because no document explains their status.
    """

    host: str
    heading: str
    target: Target
    error: str | None
    found: int
    jobs: list[PlannedJob]
    missing: list[str]
    unread: list[str]
    why_unread: str
    untold: list[str]
    odd: list[PlannedJob]


class PlanSummary(TypedDict):
    """A plan, line by line, and why it is refused; empty if it is not."""

    text: list[str]
    refusal: str


def results_of(tasks: Iterable[Task]) -> dict[int, Mapping[str, Any]]:
    """Return the results of tasks for each target, by its number."""
    return {result["item"]["number"]: result for task in tasks for result in task["results"]}


def error_of(result: Mapping[str, Any]) -> str | None:
    """Why a module says nothing of any job; None where it does."""
    return None if "jobs" in result else result.get("msg") or _CRASH


def plan(targets: Iterable[Target], tasks: Iterable[Task], host: str, one_of_many: bool) -> list[Planned]:
    """Return the plan for a host's targets from the results of the tasks that find jobs.

    :param one_of_many: whether there are other hosts, so that people have to be told which this is.
    """
    results = results_of(tasks)
    prefix = f"{plain(host)}: " if one_of_many else ""
    return [_planned(each, results.get(each["number"], {"jobs": []}), host, prefix) for each in targets]


def _planned(target: Target, result: Mapping[str, Any], host: str, prefix: str) -> Planned:
    error, found, missing = error_of(result), result.get("jobs", []), list(result.get("missing", []))
    ids = target["ids"]
    told: list[Any] = [{fact: job[fact] for fact in _FACTS} for job in found]
    jobs = [job for job in told if job["active"] or ids is not None]
    known = {*missing, *(job["id"] for job in jobs)}
    return {
        "host": host,
        "heading": prefix + target["heading"],
        "target": {**target, "ids": [job["id"] for job in jobs] if ids is None else ids},
        "error": error,
        "found": len(found),
        "jobs": jobs,
        "missing": missing,
        "unread": [] if error else [id for id in ids or [] if id not in known],
        "why_unread": result.get("msg", ""),
        "untold": [],
        "odd": [job for job in told if job["active"] is None and ids is None],
    }


def overdue(plan: Iterable[Planned], now: float) -> list[Planned]:
    """Return the plan with only the jobs that are overdue and match their target.

    :param now: seconds since 1970.
    """
    return [_overdue(each, now) for each in plan]


def _overdue(planned: Planned, now: float) -> Planned:
    target = planned["target"]
    started_before = datetime.fromtimestamp(max(now - target["max_age"], 0), timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    fitting = [job for job in planned["jobs"] if _fits(job, target["exactly"])]
    jobs = [job for job in fitting if job["started"] and job["started"] < started_before]
    untold = [job["id"] for job in fitting if not job["started"]]
    odd = [job for job in planned["odd"] if _fits(job, target["exactly"])]
    odd = [job for job in odd if not job["started"] or job["started"] < started_before]
    chosen: Target = {**target, "ids": [job["id"] for job in jobs]}
    return {**planned, "target": chosen, "jobs": jobs, "untold": untold, "odd": odd}


def _fits(job: PlannedJob, exactly: Mapping[str, str]) -> bool:
    facts: Mapping[str, Any] = job
    for option, wanted in exactly.items():
        if option == "name_regex":
            if not job["name"] or not re.fullmatch(wanted, str(job["name"])):
                return False
        elif facts[option] != wanted:
            return False
    return True


def summarize(plans: Sequence[Planned], limit: int, dry_run: bool) -> PlanSummary:
    """Return the summary of the plans of all hosts.

    :param limit: the most jobs that may be stopped. An id that could not be read may be that of an active job.
    """
    active, unread = sum(map(_active, plans)), sum(len(each["unread"]) for each in plans)
    too_many = active + unread > limit
    refusals = [*_shared(plans), *([_too_many(plans, active + unread, limit)] if too_many else [])]
    rest = f" {unread} that could not be read," if unread else ""
    text = f"{'Dry run. ' if dry_run else ''}{count(active, 'job')} to stop,{rest} the limit is {limit}."
    failed = sum(bool(each["error"]) for each in plans)
    if failed:
        text += f" {failed} of {count(len(plans), 'target')} failed."
    elif plans and not any(each["found"] or each["target"]["ids"] for each in plans):
        text += " Nothing was found: are the filters spelt as the service spells them?"
    lines: list[Line] = [["", "JOB", "NAME", "STATUS", "OWNER", "STARTED"]]
    for each in plans:
        lines += _lines(each, _SHOWN if too_many else None)
    return {"text": [text, *table(lines)], "refusal": " ".join(refusals)}


def notes(planned: Planned) -> list[str]:
    """Return the notes about a target."""
    untold = _some(planned["untold"])
    odd = _some([f"{job['id']} {job['status'] or 'without a status'}" for job in planned["odd"]])
    return [
        *([f"This target failed: {plain(planned['error'])}"] if planned["error"] else []),
        *([f"Left alone, because the service does not tell since when they run: {plain(untold)}"] if untold else []),
        *([f"Left alone, because no document explains their status: {plain(odd)}"] if odd else []),
    ]


def _some(items: list[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join([*items[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _active(planned: Planned) -> int:
    return sum(bool(job["active"]) for job in planned["jobs"])


def _lines(planned: Planned, most: int | None) -> Iterator[Line]:
    """Yield the lines for a target, with a maximum number of its jobs."""
    jobs, unread = planned["jobs"], planned["unread"]
    yield f"{planned['heading']}: {'failed' if planned['error'] else count(planned['found'], 'job') + ' found'}"
    for job in jobs[:most]:
        name = job["name"] if job["name"] != job["id"] else ""
        yield [_WILL[job["active"]], job["id"], name, job["status"], job["owner"], job["started"]]
    if most and len(jobs) > most:
        yield f"    and {len(jobs) - most} more"
    for id in planned["missing"]:
        yield ["unknown", id, "", "", "", ""]
    for id in unread:
        yield ["try", id, "", "", "", ""]
    if unread:
        yield f"    {plain(planned['why_unread'])}"
    for note in notes(planned):
        yield f"    {note}"


def _shared(plans: Iterable[Planned]) -> Iterator[str]:
    """Yield a message if several hosts would stop the same job."""
    hosts: dict[tuple[str, str, str], dict[str, None]] = {}
    for each in plans:
        target = each["target"]
        for id in (*(job["id"] for job in each["jobs"] if job["active"]), *each["unread"]):
            hosts.setdefault((target["service"], target["place"], id), {})[each["host"]] = None
    shared = [(id, names) for (_service, _place, id), names in hosts.items() if len(names) > 1]
    for id, names in shared[:1]:
        number, by = count(len(shared), "job"), " and ".join(map(plain, names))
        yield f"{number} would be stopped by more than one host, such as {plain(id)} by {by}."
        yield "Nothing is stopped. Choose one host."


def _too_many(plans: Iterable[Planned], number: int, limit: int) -> str:
    shares = [(each["heading"], _active(each) + len(each["unread"])) for each in plans]
    return " ".join(
        [
            f"{count(number, 'job')} would be stopped, and the limit is {limit}. Nothing is stopped.",
            *(f"{heading}: {share}." for heading, share in shares if share),
            "Select fewer, or raise the limit if the plan above is what you want.",
        ]
    )
