# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module tasks in playbooks under ansible-runner: the requests, the results and the final state of the jobs."""

from __future__ import annotations

from collections import Counter

import pytest
from job_kinds import KINDS, request_meanings, seed_jobs
from return_docs import assert_matches_documentation, return_documentation

ONE_IS_SMOKE = [pytest.param(KINDS[0], marks=pytest.mark.smoke), *KINDS[1:]]


def task(kind, ready, ids, **more):
    options = {**kind.options(ready), kind.ids_option: ids, "wait_sleep": 0.05, **more}
    return {"name": kind.service, f"dataops.huaweicloud.{kind.module}": options}


@pytest.fixture
def jobs(simulator):
    """Create one running job of each kind and return the ids by kind."""
    ids = {kind: seed_jobs(simulator, kind)[0] for kind in KINDS}
    simulator.clear_journal()
    return ids


@pytest.fixture
def stop_all(simulator, run_playbook, jobs):
    """Run a playbook with one task for each kind of job."""
    tasks = [task(kind, simulator.ready, [id]) for kind, id in jobs.items()]
    return lambda *flags: run_playbook(tasks, *flags)


def assert_job(result, kind, id, outcome, statuses, after):
    """Check the result of a task that was given one job.

    :param statuses: expected status at the first reading and at the last.
    :param after: expected status in the second part of the diff.
    """
    changed = outcome != "already_ended"
    (job,) = result["jobs"]
    assert (job["id"], job["outcome"], job["changed"]) == (id, outcome, changed)
    assert (job["previous_status"], job["status"]) == statuses
    assert result["changed"] is changed
    assert result["diff"] == {"before": {id: statuses[0]}, "after": {id: after}}
    assert job["details"]
    assert all(key == key.lower() and "-" not in key for key in job["details"])
    assert_matches_documentation(
        {key: result[key] for key in ("changed", "msg", "jobs", "diff")},
        {**return_documentation(kind.module), "changed": {"returned": "always", "type": "bool"}},
        kind.module,
    )


@pytest.mark.smoke
def test_check_mode_stops_nothing(simulator, jobs, stop_all):
    before = {kind: simulator.truth(kind.service, id) for kind, id in jobs.items()}
    checked = stop_all("--check", "--diff")
    assert checked.stats["changed"] == {"localhost": len(KINDS)}
    assert request_meanings(simulator, mutating=True) == []
    assert request_meanings(simulator) == [kind.read for kind in KINDS]
    assert {kind: simulator.truth(kind.service, id) for kind, id in jobs.items()} == before
    for result, (kind, id) in zip(checked.results, jobs.items()):
        running, _ended = kind.statuses
        assert_job(result, kind, id, "would_stop", (running, running), "stopped")


@pytest.mark.smoke
def test_each_stop_takes_three_requests(simulator, jobs, stop_all):
    stopped = stop_all("--diff")
    assert stopped.stats["changed"] == {"localhost": len(KINDS)}
    assert request_meanings(simulator) == [call for kind in KINDS for call in (kind.read, kind.stop, kind.read)]
    for result, (kind, id) in zip(stopped.results, jobs.items()):
        assert simulator.truth(kind.service, id)["stopped_by_us"]
        assert_job(result, kind, id, "stopped", kind.statuses, kind.statuses[1])


@pytest.mark.smoke
def test_second_run_changes_nothing(simulator, jobs, stop_all):
    stop_all()
    simulator.clear_journal()
    again = stop_all("--diff")
    assert (again.status, again.stats["changed"]) == ("successful", {})
    assert request_meanings(simulator) == [kind.read for kind in KINDS]
    for result, (kind, id) in zip(again.results, jobs.items()):
        _running, ended = kind.statuses
        assert_job(result, kind, id, "already_ended", (ended, ended), ended)


@pytest.mark.parametrize("kind", ONE_IS_SMOKE, ids=str)
def test_failures_hide_no_other_job(simulator, run_playbook, kind):
    ready = simulator.ready
    running, refusing = (str(simulator.seed(kind.service, **spec)[0]["id"]) for spec in ({}, {"refuses": True}))
    finished = str(simulator.seed(kind.service, state="finished")[0]["id"])
    unclear = str(simulator.seed(kind.service, status="LIMBO")[0]["id"])
    unknown = kind.unknown_id()
    ids = [finished, running, unknown, refusing, unclear, running]

    playbook_run = run_playbook([task(kind, ready, ids)])
    result = playbook_run.results[0]
    assert playbook_run.status == "failed"
    assert [job["id"] for job in result["jobs"]] == [finished, running, unknown, refusing, unclear]
    assert [job["outcome"] for job in result["jobs"]] == ["already_ended", "stopped", "missing", "failed", "failed"]
    assert result["changed"] is True
    assert result["msg"].startswith("Stopped 1 of 5 jobs: 1 already_ended, 1 stopped, 1 missing, 2 failed. ")
    assert f"{unknown}: The service does not know this job." in result["msg"]
    assert "LIMBO" in result["msg"]
    assert result["jobs"][3]["error"]["http_status"] in (200, 400, 404, 500)
    assert not simulator.truth(kind.service, refusing)["stopped_by_us"]
    assert not simulator.truth(kind.service, unclear)["stopped_by_us"]
    assert_matches_documentation(result["jobs"][3], return_documentation(kind.module)["jobs"]["contains"], kind.module)

    ignoring = run_playbook([task(kind, ready, [finished, unknown], missing="ignore")])
    assert ignoring.status == "successful"
    assert [job["outcome"] for job in ignoring.results[0]["jobs"]] == ["already_ended", "missing"]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_slow_stop_is_awaited(simulator, run_playbook, kind):
    id = str(simulator.seed(kind.service, stop_takes=3600)[0]["id"])
    simulator.fault(meaning=kind.read, kind="advance_before", seconds=7200, after=3)
    result = run_playbook([task(kind, simulator.ready, id)]).results[0]
    assert result["jobs"][0]["outcome"] == "stopped"
    assert request_meanings(simulator) == [kind.read, kind.stop, kind.read, kind.read, kind.read]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_job_that_ends_first_is_unchanged(simulator, run_playbook, kind):
    id = str(simulator.seed(kind.service, ends_after=3600, ends_as="finished", ignores_stop=True)[0]["id"])
    simulator.fault(meaning=kind.stop, kind="advance_after", seconds=7200)
    result = run_playbook([task(kind, simulator.ready, id)]).results[0]
    assert (result["jobs"][0]["outcome"], result["changed"]) == ("ended_first", False)
    assert request_meanings(simulator, mutating=True) == [kind.stop]


def test_wait_timeout_fails_and_is_changed(simulator, run_playbook):
    id = simulator.seed("cdm", stop_takes=3600)[0]["id"]
    playbook_run = run_playbook([task(KINDS[2], simulator.ready, id, wait_timeout=1)])
    result = playbook_run.results[0]
    assert (playbook_run.status, result["changed"]) == ("failed", True)
    assert result["jobs"][0]["outcome"] == "stop_requested"
    reason = "The stop was accepted but not confirmed: wait_timeout has expired. The last status is RUNNING."
    assert reason in result["msg"]


def test_no_wait_sends_two_requests(simulator, run_playbook):
    id = simulator.seed("dli_sql", stop_takes=3600)[0]["id"]
    playbook_run = run_playbook([task(KINDS[3], simulator.ready, id, wait=False)])
    assert (playbook_run.status, playbook_run.stats["changed"]) == ("successful", {"localhost": 1})
    assert playbook_run.results[0]["jobs"][0]["outcome"] == "stop_requested"
    assert request_meanings(simulator) == ["dli.sql.status", "dli.sql.cancel"]


def test_group_defaults_reach_every_module(simulator, run_playbook, examples):
    ready = simulator.ready
    defaults = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": ready["mrs"]}
    names = {kind.module: kind for kind in KINDS}
    tasks = [task(kind, ready, [kind.unknown_id()], missing="ignore") for kind in names.values()]
    playbook_run = run_playbook(tasks, variables={}, module_defaults={"group/dataops.huaweicloud.all": defaults})
    assert playbook_run.status == "successful"
    assert len(playbook_run.results) == len(names) == 4


def test_empty_list_needs_no_login(simulator, run_playbook):
    playbook_run = run_playbook([task(KINDS[3], simulator.ready, [])], variables={})
    assert (playbook_run.status, playbook_run.results[0]["changed"], playbook_run.results[0]["jobs"]) == (
        "successful",
        False,
        [],
    )
    assert simulator.journal() == []


def test_graph_is_found_by_exact_name(simulator, run_playbook, examples):
    id = simulator.seed("ges")[0]["id"]
    options = {"graph_name": examples["ges_graph_name"], "job_id": id}
    playbook_run = run_playbook([{"name": "By name", "dataops.huaweicloud.ges_job": options}])
    assert playbook_run.results[0]["jobs"][0]["outcome"] == "stopped"
    assert request_meanings(simulator)[0] == "ges.graph.list"

    options = {"graph_name": examples["ges_graph_name"][:-1], "job_id": id}
    playbook_run = run_playbook([{"name": "By a part of the name", "dataops.huaweicloud.ges_job": options}])
    assert f" has no graph {options['graph_name']}. Check graph_name and project_id." in playbook_run.results[0]["msg"]


def test_hundred_jobs_share_list_requests(simulator, run_playbook):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=100)]
    result = run_playbook([task(KINDS[3], simulator.ready, ids)]).results[0]
    assert [job["id"] for job in result["jobs"]] == ids
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    meanings = request_meanings(simulator)
    assert Counter(meanings) == {"dli.sql.list": 2, "dli.sql.cancel": 100}
