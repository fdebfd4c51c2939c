# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks through ansible-runner: what is sent, what comes back, and what is true in the end."""

from __future__ import annotations

from collections import Counter

import pytest
from documented import assert_as_documented, documented
from kinds import KINDS

ONE_IS_SMOKE = [pytest.param(KINDS[0], marks=pytest.mark.smoke), *KINDS[1:]]


def task(kind, ready, ids, **more):
    options = {**kind.options(ready), kind.ids: ids, "wait_sleep": 0.05, **more}
    return {"name": kind.service, f"dataops.huaweicloud.{kind.module}": options}


def meanings(simulator, mutating=None):
    return [request["meaning"] for request in simulator.journal(mutating)]


@pytest.mark.smoke
def test_check_mode_changes_nothing_then_every_kind_is_stopped_with_three_requests_then_nothing_is_left(
    simulator, play
):
    ready = simulator.ready
    jobs = {kind: simulator.seed(kind.service)[0]["id"] for kind in KINDS}
    tasks = [task(kind, ready, [str(id)]) for kind, id in jobs.items()]

    simulator.clear_journal()
    checked = play(tasks, "--check", "--diff")
    assert checked.stats["changed"] == {"localhost": len(KINDS)}
    assert meanings(simulator, mutating=True) == []
    assert meanings(simulator) == [kind.read for kind in KINDS]

    simulator.clear_journal()
    stopped = play(tasks, "--diff")
    assert stopped.stats["changed"] == {"localhost": len(KINDS)}
    assert meanings(simulator) == [call for kind in KINDS for call in (kind.read, kind.stop, kind.read)]

    simulator.clear_journal()
    again = play(tasks, "--diff")
    assert (again.status, again.stats["changed"]) == ("successful", {})
    assert meanings(simulator) == [kind.read for kind in KINDS]

    own = {"changed", "msg", "jobs", "diff"}
    for position, (kind, id) in enumerate(jobs.items()):
        running, ended = kind.words
        assert simulator.truth(kind.service, id)["stopped_by_us"]
        expected = [
            (checked, "would_stop", True, running, running, {str(id): "stopped"}),
            (stopped, "stopped", True, running, ended, {str(id): ended}),
            (again, "already_ended", False, ended, ended, {str(id): ended}),
        ]
        for played, outcome, changed, before, after, diff in expected:
            result = played.results[position]
            (job,) = result["jobs"]
            assert (job["id"], job["outcome"], job["changed"]) == (str(id), outcome, changed)
            assert (job["previous_status"], job["status"]) == (before, after)
            assert result["changed"] is changed
            assert result["diff"] == {"before": {str(id): before}, "after": diff}
            assert job["details"]
            assert all(key == key.lower() and "-" not in key for key in job["details"])
            assert_as_documented(
                {key: result[key] for key in own},
                {**documented(kind.module), "changed": {"returned": "always", "type": "bool"}},
                kind.module,
            )


@pytest.mark.parametrize("kind", ONE_IS_SMOKE, ids=lambda kind: kind.service)
def test_a_list_of_every_fate_is_worked_through_and_nothing_is_hidden(simulator, play, kind):
    ready = simulator.ready
    running, refusing = (str(simulator.seed(kind.service, **spec)[0]["id"]) for spec in ({}, {"refuses": True}))
    finished = str(simulator.seed(kind.service, state="finished")[0]["id"])
    odd = str(simulator.seed(kind.service, status="LIMBO")[0]["id"])
    unknown = kind.unknown_id()
    ids = [finished, running, unknown, refusing, odd, running]

    played = play([task(kind, ready, ids)])
    result = played.results[0]
    assert played.status == "failed"
    assert [job["id"] for job in result["jobs"]] == [finished, running, unknown, refusing, odd]
    assert [job["outcome"] for job in result["jobs"]] == ["already_ended", "stopped", "missing", "failed", "failed"]
    assert result["changed"] is True
    assert result["msg"].startswith("Stopped 1 of 5 jobs: 1 already_ended, 1 stopped, 1 missing, 2 failed. ")
    assert f"{unknown}: the service does not know this job" in result["msg"]
    assert "LIMBO" in result["msg"]
    assert result["jobs"][3]["error"]["http_status"] in (200, 400, 404, 500)
    assert not simulator.truth(kind.service, refusing)["stopped_by_us"]
    assert not simulator.truth(kind.service, odd)["stopped_by_us"]
    assert_as_documented(result["jobs"][3], documented(kind.module)["jobs"]["contains"], kind.module)

    ignoring = play([task(kind, ready, [finished, unknown], missing="ignore")])
    assert ignoring.status == "successful"
    assert [job["outcome"] for job in ignoring.results[0]["jobs"]] == ["already_ended", "missing"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_a_job_that_stops_late_is_waited_for(simulator, play, kind):
    id = str(simulator.seed(kind.service, stop_takes=3600)[0]["id"])
    simulator.fault(meaning=kind.read, kind="advance_before", seconds=7200, after=3)
    result = play([task(kind, simulator.ready, id)]).results[0]
    assert result["jobs"][0]["outcome"] == "stopped"
    assert meanings(simulator) == [kind.read, kind.stop, kind.read, kind.read, kind.read]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_a_job_that_ends_by_itself_while_being_stopped_is_no_change(simulator, play, kind):
    id = str(simulator.seed(kind.service, ends_after=3600, ends_as="finished", ignores_stop=True)[0]["id"])
    simulator.fault(meaning=kind.stop, kind="advance_after", seconds=7200)
    result = play([task(kind, simulator.ready, id)]).results[0]
    assert (result["jobs"][0]["outcome"], result["changed"]) == ("ended_first", False)
    assert meanings(simulator, mutating=True) == [kind.stop]


def test_a_wait_that_times_out_fails_and_stays_changed(simulator, play):
    id = simulator.seed("cdm", stop_takes=3600)[0]["id"]
    played = play([task(KINDS[2], simulator.ready, id, wait_timeout=1)])
    result = played.results[0]
    assert (played.status, result["changed"]) == ("failed", True)
    assert result["jobs"][0]["outcome"] == "stop_requested"
    assert "the stop was accepted and is not confirmed (the time of wait_timeout is over): the job" in result["msg"]


def test_without_wait_two_requests_do(simulator, play):
    id = simulator.seed("dli_sql", stop_takes=3600)[0]["id"]
    played = play([task(KINDS[3], simulator.ready, id, wait=False)])
    assert (played.status, played.stats["changed"]) == ("successful", {"localhost": 1})
    assert played.results[0]["jobs"][0]["outcome"] == "stop_requested"
    assert meanings(simulator) == ["dli.sql.status", "dli.sql.cancel"]


def test_defaults_for_the_group_reach_every_module(simulator, play, examples):
    ready = simulator.ready
    defaults = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": ready["mrs"]}
    names = {kind.module: kind for kind in KINDS}
    tasks = [task(kind, ready, [kind.unknown_id()], missing="ignore") for kind in names.values()]
    played = play(tasks, variables={}, module_defaults={"group/dataops.huaweicloud.all": defaults})
    assert played.status == "successful"
    assert len(played.results) == len(names) == 4


def test_an_empty_list_needs_no_login_and_sends_nothing(simulator, play):
    played = play([task(KINDS[3], simulator.ready, [])], variables={})
    assert (played.status, played.results[0]["changed"], played.results[0]["jobs"]) == ("successful", False, [])
    assert simulator.journal() == []


def test_a_graph_is_found_by_its_exact_name(simulator, play, examples):
    id = simulator.seed("ges")[0]["id"]
    options = {"graph_name": examples["ges_graph_name"], "job_id": id}
    played = play([{"name": "By name", "dataops.huaweicloud.ges_job": options}])
    assert played.results[0]["jobs"][0]["outcome"] == "stopped"
    assert meanings(simulator)[0] == "ges.graph.list"

    options = {"graph_name": examples["ges_graph_name"][:-1], "job_id": id}
    played = play([{"name": "By a part of the name", "dataops.huaweicloud.ges_job": options}])
    assert f"no graph {options['graph_name']} in project" in played.results[0]["msg"]


def test_a_hundred_jobs_in_one_task(simulator, play):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=100)]
    result = play([task(KINDS[3], simulator.ready, ids)]).results[0]
    assert [job["id"] for job in result["jobs"]] == ids
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    meanings = [request["meaning"] for request in simulator.journal()]
    assert Counter(meanings) == {"dli.sql.list": 2, "dli.sql.cancel": 100}
