# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of jobs that were to be stopped."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.plugin_utils import outcomes, plans, targets

KNOWN = {"name": "load", "owner": "etl", "queue": None, "started": "2001-09-09T01:46:40Z"}


def plan(*ids, **result):
    """Return the plan for a target. Only the first of its jobs is running."""
    (target,) = targets.check_targets([{"service": "mrs", "cluster_id": "c", "ids": list(ids)}]).targets
    found = {"jobs": [{"id": id, "status": "RUNNING", "active": True, **KNOWN, "details": {}} for id in ids[:1]]}
    return plans.plan([target], [{"results": [{"item": {"number": 0}, **(result or found)}]}], "here", False)


def became(id, outcome, before="RUNNING", status="KILLED", **more):
    """Return the entry of a job in the result of a module that stops jobs."""
    changed = outcome in ("stopped", "stop_requested", "would_stop")
    entry = {"id": id, "outcome": outcome, "changed": changed, "previous_status": before, "status": status}
    return {**entry, "details": {"much": "x"}, **more}


def told(some, *jobs, missing="fail", wait=True, **result):
    """Return the outcomes of a plan after a task with a result, and their summary."""
    tasks = [{"results": []}, {"results": [{"item": {"number": 0}, **(result or {"jobs": list(jobs)})}]}]
    made = outcomes.outcomes(some, tasks, missing, wait)
    return made, outcomes.summarize(made)


def test_each_job_is_told_with_what_the_plan_knew():
    ((outcome,), summary) = told(
        plan("a", "b"), became("a", "stopped"), became("b", "already_ended", "FAILED", "FAILED")
    )
    assert outcome["jobs"] == [
        {
            **{"id": "a", "name": "load", "owner": "etl", "started": "2001-09-09T01:46:40Z", "planned": True},
            **{"previous_status": "RUNNING", "status": "KILLED", "outcome": "stopped", "failed": False, "why": ""},
        },
        {
            **{"id": "b", "name": None, "owner": None, "started": None, "planned": False},
            **{"previous_status": "FAILED", "status": "FAILED", "outcome": "already_ended", "failed": False, "why": ""},
        },
    ]
    assert summary["text"] == [
        "    OUTCOME        JOB  NAME  BEFORE   AFTER   WHY",
        "mrs c",
        "    stopped        a    load  RUNNING  KILLED",
        "    already_ended  b          FAILED   FAILED",
    ]
    assert summary["failure"] == ""
    assert summary["counts"] == {"stopped": 1, "already_ended": 1}


def test_numbers_for_awx_are_all_there_and_add_up():
    words = ["stopped", "stopped", "stop_requested", "would_stop", "already_ended", "ended_first", "missing", "failed"]
    jobs = [became(str(number), word, error={"message": "m"}) for number, word in enumerate(words)]
    _outcomes, summary = told(plan(*map(str, range(len(words)))), *jobs)
    numbers = {name: value for name, value in summary["stats"].items() if name != "stop_jobs_jobs"}
    assert numbers == {
        "stop_jobs_planned": 1,
        "stop_jobs_stopped": 2,
        "stop_jobs_stop_requested": 1,
        "stop_jobs_would_stop": 1,
        "stop_jobs_already_ended": 1,
        "stop_jobs_ended_first": 1,
        "stop_jobs_missing_count": 1,
        "stop_jobs_failed": 1,
    }
    assert summary["stats"]["stop_jobs_jobs"][6] == {
        **{"service": "mrs", "place": "c", "id": "6", "outcome": "missing", "status": "KILLED"},
    }
    _outcomes, summary = told([])
    assert {value for name, value in summary["stats"].items() if name != "stop_jobs_jobs"} == {0}
    assert summary["stats"]["stop_jobs_jobs"] == []


@pytest.mark.parametrize(
    ("outcome", "how", "why"),
    [
        (
            "missing",
            {},
            "The service does not know this job. Check the project, and the cluster, graph or kind.",
        ),
        ("missing", {"missing": "ignore"}, ""),
        (
            "stop_requested",
            {},
            "the stop was accepted and is not confirmed: look again in check mode, or wait longer",
        ),
        ("failed", {"missing": "ignore", "wait": False}, "no way [HTTP 403, X.1]"),
    ],
)
def test_what_fails_a_role_has_a_reason(outcome, how, why):
    error = {"message": "no\nway", "http_status": 403, "code": "X.1"}
    ((made,), summary) = told(plan("a"), became("a", outcome, error=error), **how)
    assert (made["jobs"][0]["failed"], made["jobs"][0]["why"]) == (bool(why), why)
    assert summary["failure"] == (f"1 of 1 job failed. mrs c: a: {why}" if why else "")


def test_what_nobody_waited_for_is_told_to_be_unconfirmed_and_is_no_failure():
    ((made,), summary) = told(plan("a"), became("a", "stop_requested"), wait=False)
    assert not made["jobs"][0]["failed"] and "is not confirmed: look again" in made["jobs"][0]["why"]
    assert summary["failure"] == ""


@pytest.mark.parametrize(
    ("facts", "rest"),
    [
        ({}, ""),
        ({"http_status": None, "code": None}, ""),
        ({"http_status": 500}, " [HTTP 500]"),
        ({"code": "X"}, " [X]"),
    ],
)
def test_a_reason_has_the_facts_that_there_are(facts, rest):
    ((made,), _summary) = told(plan("a"), became("a", "failed", error={"message": "m", **facts}))
    assert made["jobs"][0]["why"] == f"m{rest}"


def test_of_a_target_whose_task_failed_each_job_has_failed():
    made, summary = told(plan("a", "b"), msg="no way")
    assert [(job["id"], job["previous_status"], job["status"], job["why"]) for job in made[0]["jobs"]] == [
        ("a", "RUNNING", None, "no way"),
        ("b", None, None, "no way"),
    ]
    assert made[0]["notes"] == ["This target failed: no way"]
    assert summary["failure"] == "2 of 2 jobs and 1 target failed. mrs c: no way"
    made, summary = told(plan("a"), failed=True)
    assert "ended without a result" in summary["failure"]


def test_a_target_that_could_not_be_planned_has_failed_with_its_first_reason():
    made = outcomes.outcomes(plan("a", msg="no way in"), [{"results": []}], "fail", True)
    assert [(job["id"], job["outcome"], job["why"]) for job in made[0]["jobs"]] == [("a", "failed", "no way in")]
    by_filters = [{**each, "target": {**each["target"], "ids": []}} for each in plan("a", msg="no way in")]
    summary = outcomes.summarize(outcomes.outcomes(by_filters, [], "fail", True))
    assert summary["failure"] == "1 target failed. mrs c: no way in"


def test_a_message_explains_ten_jobs_of_a_target():
    jobs = [became(str(number), "missing") for number in range(12)]
    _outcomes, summary = told(plan(*map(str, range(12))), *jobs)
    assert summary["failure"].startswith("12 of 12 jobs failed. mrs c: 0: The service does not know")
    assert summary["failure"].count("The service does not know") == 10
    assert summary["failure"].endswith("; and 2 more, see the table above")


def test_reports_get_nothing_but_texts_on_one_line():
    made, summary = told(plan("a"), became("a", "failed", status="x\x1b[2J\u202e\ny", error={"message": "two\nlines"}))
    (section,) = summary["sections"]
    (job,) = section["jobs"]
    assert (job["status"], job["why"], job["failed"]) == ("x [2J y", "two lines", True)
    assert made[0]["jobs"][0]["status"] == "x\x1b[2J\u202e\ny" == summary["stats"]["stop_jobs_jobs"][0]["status"]
    assert (section["heading"], section["error"], section["notes"]) == ("mrs c", "", [])
