# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks through ansible-runner: what is sent, what comes back, and what is true in the end."""

from __future__ import annotations

from collections import Counter

import pytest
from job_kinds import KINDS, request_meanings
from return_docs import assert_matches_documentation, return_documentation

ONE_IS_SMOKE = [pytest.param(KINDS[0], marks=pytest.mark.smoke), *KINDS[1:]]


def task(kind, ready, ids, **more):
    options = {**kind.options(ready), kind.ids_option: ids, "wait_sleep": 0.05, **more}
    return {"name": kind.service, f"dataops.huaweicloud.{kind.module}": options}


@pytest.mark.smoke
def test_check_mode_changes_nothing_then_every_kind_is_stopped_with_three_requests_then_nothing_is_left(
    simulator, run_playbook
):
    ready = simulator.ready
    jobs = {kind: simulator.seed(kind.service)[0]["id"] for kind in KINDS}
    tasks = [task(kind, ready, [str(id)]) for kind, id in jobs.items()]

    simulator.clear_journal()
    checked = run_playbook(tasks, "--check", "--diff")
    assert checked.stats["changed"] == {"localhost": len(KINDS)}
    assert request_meanings(simulator, mutating=True) == []
    assert request_meanings(simulator) == [kind.read for kind in KINDS]

    simulator.clear_journal()
    stopped = run_playbook(tasks, "--diff")
    assert stopped.stats["changed"] == {"localhost": len(KINDS)}
    assert request_meanings(simulator) == [call for kind in KINDS for call in (kind.read, kind.stop, kind.read)]

    simulator.clear_journal()
    again = run_playbook(tasks, "--diff")
    assert (again.status, again.stats["changed"]) == ("successful", {})
    assert request_meanings(simulator) == [kind.read for kind in KINDS]

    own = {"changed", "msg", "jobs", "diff"}
    for position, (kind, id) in enumerate(jobs.items()):
        running, ended = kind.statuses
        assert simulator.truth(kind.service, id)["stopped_by_us"]
        expected = [
            (checked, "would_stop", True, running, running, {str(id): "stopped"}),
            (stopped, "stopped", True, running, ended, {str(id): ended}),
            (again, "already_ended", False, ended, ended, {str(id): ended}),
        ]
        for playbook_run, outcome, changed, before, after, diff in expected:
            result = playbook_run.results[position]
            (job,) = result["jobs"]
            assert (job["id"], job["outcome"], job["changed"]) == (str(id), outcome, changed)
            assert (job["previous_status"], job["status"]) == (before, after)
            assert result["changed"] is changed
            assert result["diff"] == {"before": {str(id): before}, "after": diff}
            assert job["details"]
            assert all(key == key.lower() and "-" not in key for key in job["details"])
            assert_matches_documentation(
                {key: result[key] for key in own},
                {**return_documentation(kind.module), "changed": {"returned": "always", "type": "bool"}},
                kind.module,
            )


@pytest.mark.parametrize("kind", ONE_IS_SMOKE, ids=str)
def test_failures_hide_no_other_job(simulator, run_playbook, kind):
    ready = simulator.ready
    running, refusing = (str(simulator.seed(kind.service, **spec)[0]["id"]) for spec in ({}, {"refuses": True}))
    finished = str(simulator.seed(kind.service, state="finished")[0]["id"])
    odd = str(simulator.seed(kind.service, status="LIMBO")[0]["id"])
    unknown = kind.unknown_id()
    ids = [finished, running, unknown, refusing, odd, running]

    playbook_run = run_playbook([task(kind, ready, ids)])
    result = playbook_run.results[0]
    assert playbook_run.status == "failed"
    assert [job["id"] for job in result["jobs"]] == [finished, running, unknown, refusing, odd]
    assert [job["outcome"] for job in result["jobs"]] == ["already_ended", "stopped", "missing", "failed", "failed"]
    assert result["changed"] is True
    assert result["msg"].startswith("Stopped 1 of 5 jobs: 1 already_ended, 1 stopped, 1 missing, 2 failed. ")
    assert f"{unknown}: the service does not know this job" in result["msg"]
    assert "LIMBO" in result["msg"]
    assert result["jobs"][3]["error"]["http_status"] in (200, 400, 404, 500)
    assert not simulator.truth(kind.service, refusing)["stopped_by_us"]
    assert not simulator.truth(kind.service, odd)["stopped_by_us"]
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
    assert "the stop was accepted and is not confirmed (the time of wait_timeout is over): the job" in result["msg"]


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
    assert f"no graph {options['graph_name']} in project" in playbook_run.results[0]["msg"]


def test_hundred_jobs_share_list_requests(simulator, run_playbook):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=100)]
    result = run_playbook([task(KINDS[3], simulator.ready, ids)]).results[0]
    assert [job["id"] for job in result["jobs"]] == ids
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    assert Counter(request_meanings(simulator)) == {"dli.sql.list": 2, "dli.sql.cancel": 100}
