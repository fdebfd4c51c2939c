# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the result of data_jobs: refusal, entries, message, and text for a terminal."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ApiError
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.bulk_results import BulkResult
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.plan import PlannedJob, TargetPlan
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.stop import StopAttempt
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, Phase

SPARK = {"service": "dli", "kind": "spark", "older_than": "2h"}
MRS = {"service": "mrs", "cluster_id": "c", "ids": ["m"]}
RECORD = {"name": "load", "owner": "etl", "queue": "q", "create_time": 1526387347720, "password": "hidden"}
REFUSED = ApiError("Not now.", "X.1", 403)


def planned(target, id, phase=Phase.ACTIVE, status="running", record=None):
    """Return a job at the first reading."""
    attempt = StopAttempt(id)
    attempt.begin(Job(id, status, phase, record or {}))
    return PlannedJob.from_reading(target, attempt)


def unread(target, id):
    attempt = StopAttempt(id)
    attempt.begin(REFUSED)
    return PlannedJob.from_reading(target, attempt)


def plan_of(*jobs, index=0, options=None, error=None, **more):
    """Return the plan of a target. Each job is a function of the target."""
    target = Target(index, options or SPARK)
    made = [job(target) for job in jobs]
    return TargetPlan(target, len(made), len(made), made, error, **more)


def active(id, **more):
    return lambda target: planned(target, id, **more)


def result_of(*plans, max_jobs=100, dry_run=False, wait=True, fail_if_missing=True, details=False):
    return BulkResult(plans, Secrets(), dry_run, max_jobs, wait, fail_if_missing, details)


def build(builder):
    return builder.build(builder.plan_lines(), builder.refused)


def finish(plan, **outcomes):
    """Let the jobs of a plan end with these outcomes."""
    for job in plan.jobs:
        outcome = outcomes.get(job.attempt.id)
        if outcome:
            job.attempt.outcome = outcome
            if outcome == "stopped":
                job.attempt.update(Job(job.attempt.id, "dead", Phase.STOPPED_OR_FAILED, {}))


@pytest.mark.parametrize(("max_jobs", "refused"), [(0, True), (2, True), (3, False)])
def test_unread_jobs_count_as_active(max_jobs, refused):
    plans = plan_of(active("a"), active("b")), plan_of(lambda target: unread(target, "m"), options=MRS, index=1)
    builder = result_of(*plans, max_jobs=max_jobs)
    assert builder.refused is refused


def test_ended_jobs_do_not_count():
    plan = plan_of(active("a", phase=Phase.ENDED), active("b", phase=Phase.UNKNOWN))
    assert not result_of(plan, max_jobs=0).refused


def test_refusal_claims_no_change():
    failed = plan_of(index=1, options=MRS, error=ApiError("No cluster.", "X.2", 404))
    result, has_failed = build(result_of(plan_of(active("a"), active("b")), failed, max_jobs=1))
    assert has_failed
    assert (result["changed"], result["refused"], result["dry_run"]) == (False, True, False)
    assert [(job["outcome"], job["changed"]) for job in result["jobs"]] == [("would_stop", False)] * 2
    assert result["diff"]["before"] == result["diff"]["after"] == {"a": "running", "b": "running"}
    assert result["msg"] == (
        "Refused: 2 jobs would be stopped, and max_jobs is 1. No stop request was sent. dli spark, older than 2h: 2. "
        "Select fewer jobs, or increase max_jobs. mrs c: No cluster [HTTP 404, X.2]."
    )
    assert result["planned"] == [{"service": "dli", "kind": "spark", "ids": ["a", "b"]}]


def test_plan_shows_jobs_of_each_target():
    plans = (
        plan_of(active("a", record=RECORD), skipped_unknown_start=["s"], skipped_unknown_status=["t"]),
        plan_of(lambda target: unread(target, "m"), options=MRS),
        plan_of(options={**MRS, "region": "r"}, error=ApiError("No cluster.", "X.2", 404)),
    )
    assert result_of(*plans, dry_run=True).plan_lines() == [
        "Dry run: 1 job to stop, max_jobs is 100. 1 job could not be read.",
        "            JOB  NAME  STATUS   OWNER  STARTED",
        "dli spark, older than 2h: 1 found, 1 selected",
        "    stop    a    load  running  etl    2018-05-15T12:29:07Z",
        "    Skipped (start time unknown): s",
        "    Skipped (unknown status): t",
        "mrs c: 1 found, 1 selected",
        "    failed  m",
        "mrs c r: No cluster [HTTP 404, X.2].",
    ]


def test_refused_plan_is_cut():
    lines = result_of(plan_of(*(active(f"j{number}") for number in range(30))), max_jobs=5).plan_lines()
    assert len(lines) == 3 + 20 + 1
    assert lines[-1] == "    and 10 more"


def test_long_list_of_skipped_jobs_is_cut():
    lines = result_of(plan_of(skipped_unknown_start=[f"s{number}" for number in range(25)])).plan_lines()
    assert lines[-1].endswith("s18, s19, and 5 more")


@pytest.mark.parametrize(
    ("plans", "hint"),
    [
        ([plan_of()], True),
        ([plan_of(), plan_of(active("a"))], False),
        ([plan_of(options={**MRS, "ids": []})], False),
        ([plan_of(error=REFUSED)], False),
        ([], False),
    ],
    ids=["nothing found", "one found", "no ids", "not read", "no targets"],
)
def test_empty_search_hints_at_filters(plans, hint):
    assert ("Check the spelling of the filters." in result_of(*plans).plan_lines()[0]) is hint


def test_no_targets_are_nothing_to_do():
    result, failed = build(result_of())
    assert not failed
    assert (result["changed"], result["msg"]) == (False, "Stopped 0 of 0 jobs: nothing to do.")
    assert (result["jobs"], result["targets"], result["planned"], result["counts"]) == ([], [], [], {})


def test_outcomes_are_counted_and_explained():
    plan = plan_of(active("a", record=RECORD), active("b"), active("c", phase=Phase.ENDED, status="success"))
    builder = result_of(plan)
    plan_lines = builder.plan_lines()
    finish(plan, a="stopped", b="stop_requested")
    plan.jobs[1].attempt.accepted = True
    result, failed = builder.build(plan_lines, False)
    assert failed and result["changed"]
    assert result["counts"] == {"stopped": 1, "stop_requested": 1, "already_ended": 1}
    assert result["msg"].startswith(
        "Stopped 1 of 3 jobs: 1 stopped, 1 stop_requested, 1 already_ended. b: The stop was accepted but not confirmed"
    )
    # these are the jobs that the plan showed as active
    assert result["planned"] == [{"service": "dli", "kind": "spark", "ids": ["a", "b"]}]
    assert result["plan"] == plan_lines
    assert result["summary"][:3] == [
        "    OUTCOME         JOB  NAME  BEFORE   AFTER    REASON",
        "dli spark, older than 2h",
        "    stopped         a    load  running  dead",
    ]
    assert result["diff"] == {
        "before": {"a": "running", "b": "running", "c": "success"},
        "after": {"a": "dead", "b": "running", "c": "success"},
    }


def test_entry_describes_job_and_target():
    plan = plan_of(active("a", record=RECORD), index=2)
    finish(plan, a="stopped")
    (job,) = build(result_of(plan))[0]["jobs"]
    assert job == {
        "id": "a",
        "outcome": "stopped",
        "changed": True,
        "previous_status": "running",
        "status": "dead",
        "phase": "stopped_or_failed",
        "name": "load",
        "owner": "etl",
        "queue": "q",
        "started": "2018-05-15T12:29:07Z",
        "service": "dli",
        "kind": "spark",
        "location": None,
        "target": 2,
    }


def test_details_are_returned_on_demand():
    (job,) = build(result_of(plan_of(active("a", record=RECORD)), details=True, dry_run=True))[0]["jobs"]
    assert job["details"]["name"] == "load"
    assert "hidden" not in str(job)


def test_failed_job_has_its_error():
    result, failed = build(result_of(plan_of(lambda target: unread(target, "m"), options=MRS)))
    (job,) = result["jobs"]
    assert failed
    assert (job["outcome"], job["phase"], job["location"], job["kind"]) == ("failed", None, "c", None)
    assert job["error"] == {"code": "X.1", "message": "Not now.", "http_status": 403, "request_id": None}
    assert result["planned"] == [{**MRS, "ids": ["m"]}]


@pytest.mark.parametrize(("wait", "fails"), [(True, True), (False, False)])
def test_unconfirmed_stop_fails_only_if_awaited(wait, fails):
    plan = plan_of(active("a"))
    finish(plan, a="stop_requested")
    result, failed = build(result_of(plan, wait=wait))
    assert (failed, result["changed"]) == (fails, True)
    assert result["msg"].startswith("Stopped 0 of" if wait else "Requested to stop 1 of 1 job: 1 stop_requested.")


@pytest.mark.parametrize("fails", [True, False])
def test_missing_job_fails_unless_ignored(fails):
    plan = plan_of(active("a"))
    finish(plan, a="missing")
    assert build(result_of(plan, fail_if_missing=fails))[1] is fails


def test_message_explains_the_first_failures():
    plans = [plan_of(error=REFUSED, index=0)] + [plan_of(lambda t: unread(t, "m"), options=MRS) for _each in range(6)]
    result, _failed = build(result_of(*plans))
    assert result["msg"].endswith("And 2 more: see summary in the result.")
    assert "dli spark, older than 2h: Not now [HTTP 403, X.1]." in result["msg"]
    assert result["targets"][0]["error"] == "Not now [HTTP 403, X.1]."


def test_announcement_names_active_targets_only():
    plans = plan_of(active("a"), active("b")), plan_of(options=MRS, error=REFUSED), plan_of(active("m"), options=MRS)
    assert result_of(*plans).about_to_stop() == "stopping 3 jobs: dli spark, older than 2h: 2; mrs c: 1"
