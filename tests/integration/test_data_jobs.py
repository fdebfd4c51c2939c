# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module data_jobs: selection, plan, refusal and stop of jobs of all services in one task."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections import Counter

import pytest
from job_kinds import KINDS, request_meanings, seed_jobs
from result_checks import stop_events
from return_docs import assert_matches_documentation, return_documentation
from servers import RecordingServer
from test_interruption import ModuleProcess, wait_for

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LISTED = (MRS_V2, CDM, SQL, SPARK, FLINK)
STOPS = {kind.stop for kind in KINDS}
LOGIN = "iam.token.create"


def target_of(kind, ready, **selection):
    """Return a target for the jobs of a kind."""
    name = kind.service.split("_")[0]
    return {"service": name, **kind.options(ready), **selection}


def outcomes(result):
    """Return the outcome of each job by its id."""
    return {job["id"]: job["outcome"] for job in result["jobs"]}


def sent_stops(simulator):
    """Return the paths of the mutating requests."""
    return [request["path"] for request in simulator.journal(mutating=True)]


@pytest.fixture
def run(simulator, run_module):
    """Run the module in this process, with options that authenticate at the simulator."""

    def run(*targets, **options):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        return run_module("data_jobs", **{**login, "targets": list(targets), "wait_sleep": 0.02, **options})

    return run


@pytest.fixture
def all_services(simulator):
    """Return the ids of one new job of each kind, and the targets that select them."""
    ids = {kind: seed_jobs(simulator, kind, record=RECORDS.get(kind, {})) for kind in KINDS}
    ready = simulator.ready
    targets = [
        target_of(kind, ready, **({"filters": FILTERS[kind]} if kind in FILTERS else {"ids": ids[kind]}))
        for kind in KINDS
    ]
    return [id for each in ids.values() for id in each], targets


RECORDS = {
    MRS_V2: {"user": "nightly"},
    SQL: {"owner": "nightly"},
    SPARK: {"name": "nightly"},
    FLINK: {"name": "nightly", "user_name": "etl"},
}
FILTERS = {
    MRS_V2: {"owner": "nightly"},
    SQL: {"owner": "nightly"},
    SPARK: {"name": "nightly"},
    FLINK: {"name": "nightly", "owner": "etl"},
}


# Real Ansible


@pytest.mark.smoke
def test_playbook_stops_jobs_of_all_services(simulator, run_playbook, all_services):
    ids, targets = all_services
    options = {"targets": targets, "wait_sleep": 0.05}
    playbook_run = run_playbook(
        [
            {"name": "Plan", "dataops.huaweicloud.data_jobs": options, "check_mode": True, "register": "plan"},
            {"name": "Stop", "dataops.huaweicloud.data_jobs": {**options, "targets": "{{ plan.planned }}"}},
            {"name": "Repeat", "dataops.huaweicloud.data_jobs": {**options, "targets": "{{ plan.planned }}"}},
        ]
    )
    assert playbook_run.status == "successful", playbook_run.stdout
    plan, stop, repeat = playbook_run.results
    assert outcomes(plan) == dict.fromkeys(ids, "would_stop")
    assert outcomes(stop) == dict.fromkeys(ids, "stopped")
    assert outcomes(repeat) == dict.fromkeys(ids, "already_ended")
    assert [result["changed"] for result in playbook_run.results] == [True, True, False]
    assert [result["dry_run"] for result in playbook_run.results] == [True, False, False]
    assert len(sent_stops(simulator)) == len(ids)


@pytest.mark.smoke
def test_ad_hoc_command_plans_and_stops(simulator, run_ad_hoc):
    (id,) = seed_jobs(simulator, SQL, record={"owner": "nightly"})
    options = {"targets": [{"service": "dli", "filters": {"owner": "nightly"}}]}
    planned = run_ad_hoc("data_jobs", options, "--check", "--diff")
    assert (planned.exit_code, planned.outcomes) == (0, {id: "would_stop"}), planned.output
    assert f'-    "{id}": "RUNNING"' in planned.output
    assert sent_stops(simulator) == []
    stopped = run_ad_hoc("data_jobs", options)
    assert (stopped.exit_code, stopped.outcomes) == (0, {id: "stopped"}), stopped.output
    assert "diff" not in stopped.result


def test_refused_command_fails_with_plan(simulator, run_ad_hoc):
    seed_jobs(simulator, SQL, count=3, record={"owner": "nightly"})
    target = {"service": "dli", "filters": {"owner": "nightly"}}
    refused = run_ad_hoc("data_jobs", {"targets": [target], "max_jobs": 2})
    assert refused.exit_code != 0
    assert refused.result["refused"] and set(refused.outcomes.values()) == {"would_stop"}
    assert refused.result["msg"].startswith("Refused: 3 jobs would be stopped, and max_jobs is 2.")
    assert sent_stops(simulator) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": [{"service": "dli", "filters": {"queue": False}}]}, "targets[0] (dli): The filter queue must be"),
        ({"targets": [{"service": "dli"}]}, "targets[0] (dli): Select jobs: set ids, or at least one of"),
        ({"targets": [{"service": "rds"}]}, "value of service must be one of: mrs, cdm, dli, ges, got: rds found in"),
        ({"targets": [{"ids": ["a"]}]}, "missing required arguments: service found in targets"),
        ({"targets": [{"service": "dli", "queue": "a"}]}, "Unsupported parameters for"),
        ({"targets": [{"service": "dli", "filters": "a"}]}, "filters"),
        (
            {"targets": [{"service": "dli", "ids": [], "cluster_id": "c"}]},
            "targets[0] (dli): The service has no cluster",
        ),
        ({"targets": [], "max_jobs": -1}, "max_jobs must be at least 0, not -1."),
    ],
    ids=lambda value: str(value)[:60],
)
def test_unusable_options_are_plain_errors(simulator, run_ad_hoc, options, message):
    completed = run_ad_hoc("data_jobs", options)
    assert completed.exit_code != 0
    assert message in completed.result["msg"], completed.output
    assert "Traceback" not in completed.output
    assert simulator.journal() == []


def test_progress_announces_jobs_before_stop(simulator, run_playbook):
    ids = seed_jobs(simulator, SQL, count=2) + seed_jobs(simulator, SPARK)
    targets = [target_of(SQL, simulator.ready, ids=ids[:2]), target_of(SPARK, simulator.ready, ids=ids[2:])]
    simulator.latency(0.2)
    variables = {"ansible_python_interpreter": sys.executable, "huaweicloud_progress": 0.1}
    playbook_run = run_playbook(
        [{"name": "Stop", "dataops.huaweicloud.data_jobs": {"targets": targets}}], vars=variables
    )
    assert playbook_run.status == "successful", playbook_run.stdout
    lines = re.findall(r"^data_jobs: \[localhost\] => (.*?)\r?$", playbook_run.stdout, re.MULTILINE)
    assert lines[0] == "stopping 3 jobs: dli sql: 2; dli spark: 1", playbook_run.stdout
    assert re.match(r"\d of 3 jobs (asked to stop|still running) after ", lines[1])


# Plan and limit


def test_check_mode_sends_no_stop(simulator, run, all_services):
    ids, targets = all_services
    result = run(*targets, check_mode=True)
    assert not result["failed"] and result["changed"] and result["dry_run"]
    assert outcomes(result) == dict.fromkeys(ids, "would_stop")
    assert sent_stops(simulator) == []
    assert result["plan"][0] == f"Dry run: {len(ids)} jobs to stop, max_jobs is 100."


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("max_jobs", [0, 4])
def test_too_many_jobs_are_refused(simulator, run, max_jobs, check_mode):
    ids = seed_jobs(simulator, SQL, count=4)
    sparks = seed_jobs(simulator, SPARK)
    simulator.fault(meaning=SPARK.read, kind="status", status=403, body={"error_code": "X.1", "error_msg": "No."})
    targets = [target_of(SQL, simulator.ready, ids=ids), target_of(SPARK, simulator.ready, ids=sparks)]
    result = run(*targets, max_jobs=max_jobs, check_mode=check_mode)
    assert result["failed"] and result["refused"] and not result["changed"]
    assert result["dry_run"] is check_mode
    assert outcomes(result) == {**dict.fromkeys(ids, "would_stop"), sparks[0]: "failed"}
    assert not any(job["changed"] for job in result["jobs"])
    assert sent_stops(simulator) == []
    assert result["planned"] == [{**targets[0], "kind": "sql"}, targets[1]]


def test_limit_counts_only_active_jobs(simulator, run):
    ids = seed_jobs(simulator, SQL, count=2)
    ended = seed_jobs(simulator, SQL, count=3, state="finished")
    result = run(target_of(SQL, simulator.ready, ids=ids + ended), max_jobs=2)
    assert not result["failed"]
    assert outcomes(result) == {**dict.fromkeys(ids, "stopped"), **dict.fromkeys(ended, "already_ended")}


def test_nothing_active_passes_strictest_limit(simulator, run):
    ended = seed_jobs(simulator, SQL, state="finished")
    result = run(target_of(SQL, simulator.ready, ids=ended), max_jobs=0)
    assert (result["failed"], result["refused"], result["changed"]) == (False, False, False)


def test_jobs_that_become_active_are_not_stopped(simulator, run):
    """Start jobs between the plan and the stop: only the jobs of the plan are stopped."""
    (active,) = seed_jobs(simulator, CDM)
    cluster = simulator.ready["examples"]["cdm_cluster_id"]
    names = [f"later{number}" for number in range(5)]
    target = {"service": "cdm", "cluster_id": cluster, "ids": [active, *names]}
    plan = run(target, check_mode=True, missing="ignore", max_jobs=2)
    assert plan["planned"] == [{**target, "ids": [active]}]
    for name in names:
        simulator.seed("cdm", id=name)
    simulator.clear_journal()
    result = run(*plan["planned"], max_jobs=2)
    assert outcomes(result) == {active: "stopped"}
    assert len(sent_stops(simulator)) == 1
    assert not any(stop_events(simulator.truth("cdm", name)) for name in names)


def test_jobs_not_active_in_plan_are_not_stopped(simulator, run):
    (active,) = seed_jobs(simulator, SPARK)
    (ended,) = seed_jobs(simulator, SPARK, state="finished")
    result = run(target_of(SPARK, simulator.ready, ids=[ended, active, "nobody"]), missing="ignore", max_jobs=1)
    assert outcomes(result) == {ended: "already_ended", active: "stopped", "nobody": "missing"}
    assert [path.rpartition("/")[2] for path in sent_stops(simulator)] == [active]


def test_planned_contains_unread_jobs(simulator, run):
    ids = seed_jobs(simulator, SPARK, count=2)
    simulator.fault(meaning=SPARK.list, kind="status", status=400, body={"error_code": "X.1", "error_msg": "No."})
    simulator.fault(meaning=SPARK.read, kind="status", status=403, body={"error_code": "X.1", "error_msg": "No."})
    plan = run(target_of(SPARK, simulator.ready, ids=ids), check_mode=True)
    assert plan["failed"] and sorted(outcomes(plan).values()) == ["failed", "would_stop"]
    assert plan["planned"] == [{"service": "dli", "kind": "spark", "ids": ids}]
    assert set(outcomes(run(*plan["planned"])).values()) == {"stopped"}


# Selection


def test_service_that_ignores_filter_stops_nothing(simulator, run):
    simulator.switches(mrs_v2_filters="otc")
    others = seed_jobs(simulator, MRS_V2, record={"user": "other"})
    wanted = seed_jobs(simulator, MRS_V2, record={"user": "wanted"})
    (sql,) = seed_jobs(simulator, SQL)
    result = run(
        target_of(MRS_V2, simulator.ready, filters={"owner": "wanted"}), target_of(SQL, simulator.ready, ids=[sql])
    )
    assert result["failed"]
    assert "The service ignored the filter owner" in result["targets"][0]["error"]
    assert outcomes(result) == {sql: "stopped"}
    assert not any(stop_events(simulator.truth("mrs_v2", id)) for id in others + wanted)


def test_job_with_unusable_id_fails_alone(simulator, run):
    names = ["good1", "bad\u200bname", "good2"]
    for name in names:
        simulator.seed("cdm", id=name, cluster_id="alone")
    result = run({"service": "cdm", "cluster_id": "alone", "name_regex": ".*"})
    found = outcomes(result)
    assert result["failed"]
    assert [found["good1"], found["good2"]] == ["stopped", "stopped"]
    assert sorted(found.values()) == ["failed", "stopped", "stopped"]
    assert len(sent_stops(simulator)) == 2


def test_masked_name_is_still_stopped(simulator, run_ad_hoc):
    """Check a job whose name contains the password: Ansible masks it only in the result."""
    ready = simulator.ready
    name = f"load_{ready['password']}"
    simulator.seed("cdm", id=name, cluster_id="alone")
    password = {
        "auth_url": ready["iam"],
        "username": ready["username"],
        "password": ready["password"],
        "domain_name": ready["domain_name"],
        "project_name": ready["project_name"],
        "endpoint": ready["mrs"],
    }
    target = {"service": "cdm", "cluster_id": "alone", "name_regex": "load_.*"}
    completed = run_ad_hoc("data_jobs", {"targets": [target], **password}, variables={})
    assert completed.exit_code == 0, completed.output
    assert ready["password"] not in completed.output
    assert simulator.truth("cdm", name)["stopped_by_us"]


def test_age_and_name_select_together(simulator, run):
    now = time.time() * 1000
    cases = {
        "old": {"name": "tmp_1", "create_time": int(now - 3 * 3600e3)},
        "young": {"name": "tmp_2", "create_time": int(now - 60e3)},
        "other": {"name": "load", "create_time": int(now - 3 * 3600e3)},
        "unknown": {"name": "tmp_3", "create_time": 0},
        "seconds": {"name": "tmp_4", "create_time": int(now / 1000)},
        "future": {"name": "tmp_5", "create_time": int(now + 3600e3)},
    }
    ids = {case: seed_jobs(simulator, SPARK, record={"queue": "alone", **record})[0] for case, record in cases.items()}
    target = target_of(SPARK, simulator.ready, filters={"queue": "alone"}, older_than="2h", name_regex="tmp_.*")
    result = run(target)
    assert outcomes(result) == {ids["old"]: "stopped"}
    (entry,) = result["targets"]
    assert (entry["found"], entry["selected"], entry["error"]) == (6, 1, None)
    assert sorted(entry["skipped_unknown_start"]) == sorted(ids[case] for case in ("unknown", "seconds", "future"))
    assert any(line.startswith("    Skipped (start time unknown): ") for line in result["plan"])


def test_unknown_status_is_skipped_and_listed(simulator, run):
    (limbo,) = seed_jobs(simulator, SQL, status="LIMBO", record={"owner": "nightly"})
    (active,) = seed_jobs(simulator, SQL, record={"owner": "nightly"})
    result = run(target_of(SQL, simulator.ready, filters={"owner": "nightly"}))
    assert not result["failed"]
    assert outcomes(result) == {active: "stopped"}
    assert result["targets"][0]["skipped_unknown_status"] == [limbo]


def test_job_of_two_targets_has_one_entry(simulator, run):
    ids = seed_jobs(simulator, SPARK, count=2, record={"owner": "nightly"})
    targets = [
        target_of(SPARK, simulator.ready, ids=[ids[0]]),
        target_of(SPARK, simulator.ready, filters={"owner": "nightly"}, region="eu-de"),
    ]
    result = run(*targets, max_jobs=2)
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    assert {job["id"]: job["target"] for job in result["jobs"]} == {ids[0]: 0, ids[1]: 1}
    assert [(each["found"], each["selected"]) for each in result["targets"]] == [(1, 1), (2, 2)]
    assert len(sent_stops(simulator)) == 2


@pytest.mark.parametrize("empty", [None, ""])
def test_empty_suboptions_are_ignored(simulator, run, empty):
    (id,) = seed_jobs(simulator, SQL)
    others = ("kind", "cluster_id", "graph_name", "graph_address", "graph_network", "older_than", "name_regex")
    login = ("region", "project_id", "project_name", "cloud", "endpoint")
    result = run({"service": "dli", "ids": [id], **dict.fromkeys([*others, *login], empty), "filters": None})
    assert outcomes(result) == {id: "stopped"}, result["msg"]


def test_plain_text_is_a_list_of_ids(simulator, run):
    (first, second) = seed_jobs(simulator, FLINK, count=2)
    result = run(target_of(FLINK, simulator.ready, ids=first), target_of(FLINK, simulator.ready, ids=int(second)))
    assert outcomes(result) == {first: "stopped", second: "stopped"}


@pytest.mark.parametrize(
    "targets", [[], [{"service": "dli", "ids": []}, {"service": "ges", "graph_name": "g", "ids": []}]]
)
def test_nothing_to_do_sends_nothing(simulator, run, targets):
    result = run(*targets, max_jobs=0)
    assert (result["failed"], result["changed"], result["jobs"]) == (False, False, [])
    assert result["msg"] == "Stopped 0 of 0 jobs: nothing to do."
    assert simulator.journal() == []


# Options that concern all targets


def test_missing_jobs_fail_unless_ignored(simulator, run):
    target = target_of(SQL, simulator.ready, ids=[SQL.unknown_id()])
    result = run(target)
    assert result["failed"] and "missing: ignore" in result["msg"]
    assert not run(target, missing="ignore")["failed"]


def test_task_need_not_wait(simulator, run):
    ids = seed_jobs(simulator, SQL, count=2, stop_takes=3600)
    result = run(target_of(SQL, simulator.ready, ids=ids), wait=False)
    assert not result["failed"] and result["changed"]
    assert outcomes(result) == dict.fromkeys(ids, "stop_requested")
    assert result["msg"] == "Requested to stop 2 of 2 jobs: 2 stop_requested."


def test_diff_shows_statuses(simulator, run):
    (id,) = seed_jobs(simulator, SQL)
    target = target_of(SQL, simulator.ready, ids=[id])
    assert run(target, diff=True, check_mode=True)["diff"] == {"before": {id: "RUNNING"}, "after": {id: "stopped"}}
    assert run(target, diff=True)["diff"] == {"before": {id: "RUNNING"}, "after": {id: "CANCELLED"}}


def test_failed_targets_hide_no_others(simulator, run):
    (id,) = seed_jobs(simulator, SQL)
    ready = simulator.ready
    result = run(
        {"service": "cdm", "cluster_id": "unknown", "name_regex": ".*"},
        {"service": "ges", "graph_name": "unknown", "ids": ["x"]},
        {"service": "dli", "ids": ["a"], "endpoint": "https://127.0.0.1:9"},
        target_of(SQL, ready, ids=[id]),
        retries=0,
    )
    assert result["failed"] and result["changed"]
    assert outcomes(result)[id] == "stopped"
    assert [bool(each["error"]) for each in result["targets"]] == [True, True, False, False]
    assert result["msg"].startswith("Stopped 1 of 2 jobs: 1 failed, 1 stopped. cdm unknown, name .*: ")
    assert "ges unknown: The project" in result["msg"]


def test_details_are_returned_on_demand(simulator, run):
    (id,) = seed_jobs(simulator, SQL)
    target = target_of(SQL, simulator.ready, ids=[id])
    assert "details" not in run(target, check_mode=True)["jobs"][0]
    assert run(target, check_mode=True, details=True)["jobs"][0]["details"]["status"] == "RUNNING"


def test_result_matches_documentation(simulator, run, all_services):
    _ids, targets = all_services
    targets += [{"service": "cdm", "cluster_id": "unknown", "name_regex": "x"}]
    targets += [target_of(SQL, simulator.ready, ids=["unknown"])]
    documented = return_documentation("data_jobs")
    for how in ({}, {"check_mode": True}, {"max_jobs": 0}, {"details": True, "diff": True}):
        result = run(*targets, **how)
        assert_matches_documentation(
            {key: value for key, value in result.items() if key not in ("changed", "failed")}, documented, "result"
        )


# Login, deadline, concurrency


def test_targets_share_one_login(simulator, run_module):
    """Check a login with a passcode, which works only once: several services and endpoints need one token."""
    ready = simulator.ready
    ids = {kind: seed_jobs(simulator, kind) for kind in (SQL, SPARK, CDM, MRS_V2)}
    targets = [target_of(kind, ready, ids=each) for kind, each in ids.items()]
    targets[1]["endpoint"] = ready["mrs"] + "/"
    result = run_module(
        "data_jobs",
        auth_url=ready["iam"],
        user_id=ready["mfa_user_id"],
        password=ready["mfa_password"],
        passcode=ready["mfa_passcode"],
        project_id=ready["project_id"],
        endpoint=ready["mrs"],
        targets=targets,
        wait_sleep=0.02,
    )
    assert set(outcomes(result).values()) == {"stopped"}, result["msg"]
    assert Counter(request_meanings(simulator))[LOGIN] == 1


def test_refused_login_is_sent_once(simulator, run_module):
    ready = simulator.ready
    result = run_module(
        "data_jobs",
        auth_url=ready["iam"],
        username=ready["username"],
        password="WrongPassword1",
        domain_name=ready["domain_name"],
        project_name=ready["project_name"],
        endpoint=ready["mrs"],
        targets=[
            target_of(SQL, ready, ids=["a"]),
            target_of(SPARK, ready, ids=["b"]),
            target_of(CDM, ready, ids=["c"]),
        ],
    )
    assert result["failed"] and all(each["error"] for each in result["targets"])
    assert request_meanings(simulator) == [LOGIN]


class CountingServer(RecordingServer):
    """A service of SQL jobs that counts the requests in flight.

    :ivar most: the highest number of requests in flight at once.
    """

    def __init__(self):
        super().__init__()
        self.inside, self.most = Counter(), 0
        self.stopped = set()

    def answer(self, handler, request):
        self.inside[id(handler)] = 1
        self.most = max(self.most, len(self.inside))
        time.sleep(0.05)
        del self.inside[id(handler)]
        job = request.target.split("/jobs/")[1].split("/")[0]
        if handler.command == "DELETE":
            self.stopped.add(job)
        handler.reply(200, {"is_success": True, "status": "CANCELLED" if job in self.stopped else "RUNNING"})


@pytest.mark.parametrize("concurrency", [1, 3])
def test_concurrency_bounds_the_whole_task(simulator, run, concurrency):
    with CountingServer() as server:
        targets = [{"service": "dli", "ids": [f"j{number}"], "endpoint": server.url} for number in range(40)]
        result = run(*targets, concurrency=concurrency, retries=0)
    assert set(outcomes(result).values()) == {"stopped"}, result["msg"]
    assert server.most == concurrency


def test_rate_limit_slows_no_other_service(simulator, run):
    """Check that a service that answers 429 for long does not delay the jobs of another service."""
    (slow,), (quick,) = seed_jobs(simulator, CDM), seed_jobs(simulator, SQL)
    busy = {"kind": "status", "status": 429, "body": {"error_code": "APIGW.0308", "error_msg": "too many"}}
    simulator.fault(meaning=CDM.read, **busy, headers={"Retry-After": "2"}, times=1)
    targets = [target_of(CDM, simulator.ready, ids=[slow]), target_of(SQL, simulator.ready, ids=[quick])]
    plan = run(*targets, check_mode=True)
    assert outcomes(plan) == {slow: "would_stop", quick: "would_stop"}
    meanings = request_meanings(simulator)
    assert meanings.index(SQL.read) < len(meanings) - 1 - meanings[::-1].index(CDM.read)
    simulator.clear_journal()
    simulator.fault(meaning=CDM.stop, **busy, headers={"Retry-After": "2"}, times=1)
    result = run(*targets)
    assert outcomes(result) == {slow: "stopped", quick: "stopped"}
    meanings = request_meanings(simulator)
    # the SQL job is stopped and confirmed while CDM is backing off
    assert meanings.index(SQL.stop) < len(meanings) - 1 - meanings[::-1].index(CDM.stop)
    assert meanings.count(CDM.stop) == 2 and meanings.count(SQL.stop) == 1


def test_deadline_is_shared_by_targets(simulator, run):
    (slow,), (quick,) = seed_jobs(simulator, CDM, stop_takes=3600), seed_jobs(simulator, SQL)
    targets = [target_of(CDM, simulator.ready, ids=[slow]), target_of(SQL, simulator.ready, ids=[quick])]
    begun = time.monotonic()
    result = run(*targets, wait_timeout=3)
    assert time.monotonic() - begun < 3 + 2
    assert result["failed"] and result["changed"]
    assert outcomes(result) == {slow: "stop_requested", quick: "stopped"}


def test_stuck_target_leaves_others_confirmed(simulator, run):
    (stuck,), (quick,) = seed_jobs(simulator, CDM), seed_jobs(simulator, SQL)
    simulator.fault(meaning=CDM.read, kind="delay", seconds=30, times=9, after=1)
    targets = [target_of(CDM, simulator.ready, ids=[stuck]), target_of(SQL, simulator.ready, ids=[quick])]
    begun = time.monotonic()
    result = run(*targets, wait_timeout=4, retries=0)
    assert time.monotonic() - begun < 4 + 2
    assert outcomes(result)[quick] == "stopped"
    assert outcomes(result)[stuck] == "stop_requested"


def test_more_than_32_slow_targets_are_stopped(simulator, run):
    """Check that no target has to wait until the jobs of another have ended."""
    ids = seed_jobs(simulator, SPARK, count=40, stop_takes=3600)
    result = run(*(target_of(SPARK, simulator.ready, ids=[id]) for id in ids), wait_timeout=5)
    assert len(sent_stops(simulator)) == 40
    assert outcomes(result) == dict.fromkeys(ids, "stop_requested")


# Interruption


@pytest.fixture
def start_module(simulator, environment, collections):
    """Start the module in its own process, with options that authenticate at the simulator."""
    started = []

    def start(*targets, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, "targets": list(targets), "wait_sleep": 0.05, "wait_timeout": 60, **more}
        started.append(ModuleProcess(environment, collections, "data_jobs", options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_signal_in_plan_stops_nothing(simulator, start_module):
    ids = seed_jobs(simulator, SQL, count=2)
    (name,) = seed_jobs(simulator, CDM)
    simulator.fault(meaning=SQL.list, kind="delay", seconds=5, times=9)
    running = start_module(target_of(SQL, simulator.ready, ids=ids), target_of(CDM, simulator.ready, ids=[name]))
    wait_for(lambda: SQL.list in request_meanings(simulator), "the first request")
    wait_for(lambda: CDM.read in request_meanings(simulator), "the reading of the other target")
    running.process.send_signal(signal.SIGTERM)
    result, errors = running.end()
    assert result["failed"] and "the task was interrupted" in result["msg"] and errors == ""
    assert not result.get("changed") and sent_stops(simulator) == []
    assert set(outcomes(result)) == {*ids, name}


def test_signal_in_stop_reports_every_job(simulator, start_module):
    ids = {kind: seed_jobs(simulator, kind, count=100) for kind in (SQL, SPARK)}
    simulator.latency(0.05)
    running = start_module(*(target_of(kind, simulator.ready, ids=each) for kind, each in ids.items()), max_jobs=200)
    wait_for(lambda: len(simulator.journal(mutating=True)) >= 10, "stop requests")
    running.process.send_signal(signal.SIGTERM)
    result, errors = running.end()
    assert errors == "" and result["failed"] and result["changed"]
    found = outcomes(result)
    for kind, each in ids.items():
        truths = simulator.truths(kind.service)
        for id in each:
            claimed = found.pop(id) in ("stopped", "stop_requested")
            assert claimed <= truths[id]["stopped_by_us"], (id, truths[id])
    assert found == {}
    failed = [job for job in result["jobs"] if job["outcome"] == "failed"]
    assert failed and all("interrupted" in job["error"]["message"] for job in failed), json.dumps(failed[:3])
