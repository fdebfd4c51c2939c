# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of each module from its options to its requests, in order: one request too many or too few fails."""

from __future__ import annotations

import json
import sys

import pytest
import responses
from responses.registries import OrderedRegistry

URL = "https://service.test"
LOGIN = {"token": "the-token", "project_id": "p", "endpoint": URL}
JOB = "2de74673-1a78-48af-a95b-e1fec4a4ae9c"


def exe(state):
    return {"job_execution": {"id": JOB, "job_state": state, "credentials": "hidden"}}


def detail(state):
    return {"job_detail": {"job_id": JOB, "job_state": state, "job_result": "UNDEFINED"}}


def submissions(status):
    return {"submissions": [{"job-name": "jdbc2hive", "status": status, "last-udpate-user": "cdm"}]}


def flink(status, id=7):
    return {"is_success": "true", "job_detail": {"job_id": id, "status": status}}


IDS = ("job_execution_id", "job_name", "job_id", "id")
IDS_OPTIONS = {
    "mrs_job_execution": "job_execution_ids",
    "cdm_job": "job_names",
    "dli_job": "job_ids",
    "ges_job": "job_ids",
}
GRAPH = "https://10.0.0.1/ges/v1.0/p/graphs/g/jobs"
# the module, its options, and the requests with their responses in order
CASES = {
    "mrs": (
        "mrs_job_execution",
        {"job_execution_id": JOB},
        [
            ("GET", f"{URL}/v1.1/p/job-exes/{JOB}", exe(2)),
            ("GET", f"{URL}/v1.1/p/job-executions/{JOB}/cancel", exe(2)),
            ("GET", f"{URL}/v1.1/p/job-exes/{JOB}", exe(-1)),
        ],
    ),
    "mrs v2": (
        "mrs_job_execution",
        {"id": JOB, "cluster_id": "c"},
        [
            ("GET", f"{URL}/v2/p/clusters/c/job-executions/{JOB}", detail("RUNNING")),
            ("POST", f"{URL}/v2/p/clusters/c/job-executions/{JOB}/kill", None),
            ("GET", f"{URL}/v2/p/clusters/c/job-executions/{JOB}", detail("KILLED")),
        ],
    ),
    "cdm": (
        "cdm_job",
        {"job_name": "jdbc2hive", "cluster_id": "c"},
        [
            ("GET", f"{URL}/v1.1/p/clusters/c/cdm/job/jdbc2hive/status", submissions("BOOTING")),
            ("PUT", f"{URL}/v1.1/p/clusters/c/cdm/job/jdbc2hive/stop", {}),
            ("GET", f"{URL}/v1.1/p/clusters/c/cdm/job/jdbc2hive/status", submissions("STOPPED")),
        ],
    ),
    "dli sql": (
        "dli_job",
        {"job_id": JOB},
        [
            ("GET", f"{URL}/v1.0/p/jobs/{JOB}/status", {"is_success": True, "status": "RUNNING"}),
            ("DELETE", f"{URL}/v1.0/p/jobs/{JOB}", {"is_success": True, "message": ""}),
            ("GET", f"{URL}/v1.0/p/jobs/{JOB}/status", {"is_success": True, "status": "CANCELLED"}),
        ],
    ),
    "dli spark": (
        "dli_job",
        {"job_id": JOB, "kind": "spark"},
        [
            ("GET", f"{URL}/v2.0/p/batches/{JOB}", {"id": JOB, "state": "running"}),
            ("DELETE", f"{URL}/v2.0/p/batches/{JOB}", {"msg": "deleted"}),
            ("GET", f"{URL}/v2.0/p/batches/{JOB}", {"id": JOB, "state": "dead"}),
        ],
    ),
    "dli flink": (
        "dli_job",
        {"job_id": 7, "kind": "flink"},
        [
            ("GET", f"{URL}/v1.0/p/streaming/jobs/7", flink("job_running")),
            ("POST", f"{URL}/v1.0/p/streaming/jobs/stop", [{"is_success": "true", "message": "delivered"}]),
            ("GET", f"{URL}/v1.0/p/streaming/jobs/7", flink("job_cancel_success")),
        ],
    ),
    "ges": (
        "ges_job",
        {"job_id": JOB, "graph_name": "g", "graph_address": "https://10.0.0.1/"},
        [
            ("GET", f"{GRAPH}/{JOB}/status", {"status": "running"}),
            ("DELETE", f"{GRAPH}/{JOB}", {}),
            ("GET", f"{GRAPH}/{JOB}/status", {"status": "failed"}),
        ],
    ),
}


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


def expect(wire, requests):
    for method, url, body in requests:
        wire.add(method, url, json=body) if body is not None else wire.add(method, url, status=202)


each_case = pytest.mark.parametrize("case", CASES)


@each_case
def test_stopped_job_takes_three_requests(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests)
    result = run_module(module, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["msg"] == "Stopped 1 of 1 job: 1 stopped."
    assert result["jobs"][0]["outcome"] == "stopped"
    assert "diff" not in result


@each_case
def test_check_mode_takes_one_reading(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests[:1])
    result = run_module(module, check_mode=True, diff=True, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["msg"] == "Would stop 1 of 1 job: 1 would_stop."
    assert list(result["diff"]["after"].values()) == ["stopped"]


@each_case
def test_ended_job_takes_one_reading(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests[2:])
    result = run_module(module, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["msg"] == "Stopped 0 of 1 job: 1 already_ended."


@each_case
def test_info_about_id_takes_one_reading(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests[:1])
    result = run_module(f"{module}_info", **LOGIN, **options)
    assert (result["failed"], result["changed"], result["missing"]) == (False, False, [])
    assert result["msg"] == "Found 1 job, 1 active."


@each_case
def test_empty_list_of_ids_sends_nothing(wire, run_module, case):
    module, options, _requests = CASES[case]
    options = {name: value for name, value in options.items() if name not in IDS}
    for name in (module, f"{module}_info"):
        # not even credentials are needed
        result = run_module(name, **{IDS_OPTIONS[module]: []}, **options)
        assert (result["failed"], result["changed"], result["jobs"]) == (False, False, [])


def test_record_has_one_spelling_and_no_secrets(wire, run_module):
    module, options, requests = CASES["mrs"]
    expect(wire, requests[2:])
    assert run_module(module, **LOGIN, **options)["jobs"][0]["details"]["credentials"] == "********"
    module, options, requests = CASES["cdm"]
    expect(wire, requests[2:])
    details = run_module(module, **LOGIN, **options)["jobs"][0]["details"]
    assert details == {"job_name": "jdbc2hive", "status": "STOPPED", "last_update_user": "cdm"}


def test_flink_stop_has_number_as_id(wire, run_module):
    module, options, requests = CASES["dli flink"]
    expect(wire, requests)
    run_module(module, **LOGIN, **options)
    assert wire.calls[1].request.body == b'{"job_ids": [7], "trigger_savepoint": false}'


def flink_list(status):
    return {"job_list": {"total_count": 2, "jobs": [{"job_id": id, "status": status} for id in (7, 8)]}}


FLINK = f"{URL}/v1.0/p/streaming/jobs"
FLINK_STOP = f"{FLINK}/stop"


def test_flink_jobs_are_stopped_together(wire, run_module):
    expect(
        wire,
        [
            ("GET", FLINK, flink_list("job_running")),
            ("POST", FLINK_STOP, [{"is_success": "true"}, {"is_success": "true"}]),
            ("GET", FLINK, flink_list("job_cancel_success")),
        ],
    )
    result = run_module("dli_job", **LOGIN, kind="flink", job_ids=[7, 8], concurrency=1)
    assert result["msg"] == "Stopped 2 of 2 jobs: 2 stopped."
    assert wire.calls[1].request.body == b'{"job_ids": [7, 8], "trigger_savepoint": false}'


def test_refused_flink_batch_is_split(wire, run_module):
    expect(
        wire,
        [
            ("GET", FLINK, flink_list("job_running")),
            ("POST", FLINK_STOP, {"is_success": "false", "message": "One of the jobs cannot be stopped."}),
            ("GET", FLINK, flink_list("job_running")),
            ("GET", f"{FLINK}/7", flink("job_running")),
            ("POST", FLINK_STOP, [{"is_success": "true"}]),
            ("GET", f"{FLINK}/8", flink("job_running", 8)),
            ("POST", FLINK_STOP, {"is_success": "false", "message": "This job cannot be stopped."}),
            ("GET", FLINK, {"job_list": {"jobs": flink_list("job_running")["job_list"]["jobs"][1:], "total_count": 1}}),
            ("GET", f"{FLINK}/7", flink("job_cancel_success")),
        ],
    )
    result = run_module(
        "dli_job", **LOGIN, kind="flink", job_ids=[7, 8], concurrency=1, wait_timeout=5, wait_sleep=0.01
    )
    assert result["failed"] and result["changed"]
    assert [job["outcome"] for job in result["jobs"]] == ["stopped", "failed"]
    request = f"(POST {FLINK_STOP.removeprefix('https://')})"
    assert f"8: This job cannot be stopped {request} [HTTP 200]. The job is still job_running." in result["msg"]
    assert [json.loads(call.request.body)["job_ids"] for call in wire.calls if call.request.body] == [
        [7, 8],
        [7],
        [8],
    ]


@pytest.mark.parametrize("batch", [{}, None], ids=["object", "empty"])
def test_flink_result_without_success_is_no_confirmation(wire, run_module, batch):
    running = ("GET", FLINK, flink_list("job_running"))
    expect(wire, [running, ("POST", FLINK_STOP, batch), running])
    result = run_module("dli_job", **LOGIN, kind="flink", job_ids=[7, 8], wait=False, retries=0)
    assert not result["changed"]
    assert result["msg"].startswith("Requested to stop 0 of 2 jobs: 2 failed. 7: The response cannot be used: it does ")


def test_record_of_another_job_stops_nothing(wire, run_module):
    expect(wire, [("GET", f"{URL}/v2.0/p/batches/{JOB}", {"id": "another", "state": "running"})])
    result = run_module("dli_job", **LOGIN, kind="spark", job_id=JOB, retries=0)
    assert result["failed"] and not result["changed"]
    assert "it is the record of another job" in result["msg"]


def test_graph_job_is_read_without_its_result(wire, run_module):
    module, options, requests = CASES["ges"]
    expect(wire, requests[2:])
    run_module(module, **LOGIN, **options)
    assert wire.calls[0].request.params == {"limit": "1"}


def graphs(*names, first=0, **more):
    return {
        "graphs": [
            {"id": f"id{n}", "name": name, "private_ip": "10.0.0.1", "public_ip": "198.51.100.1"}
            for n, name in enumerate(names, first)
        ],
        **more,
    }


def graph_offsets(wire):
    return [call.request.params["offset"] for call in wire.calls if "offset" in call.request.params]


@pytest.mark.parametrize(
    ("total", "offsets"),
    [({}, ["0", "10", "12"]), ({"graph_count": 12}, ["0", "10"])],
    ids=["no total", "total"],
)
def test_graph_is_looked_up_on_all_pages(wire, run_module, total, offsets):
    module, options, requests = CASES["ges"]
    options = {key: value for key, value in options.items() if key != "graph_address"}
    # pages may be shorter than requested
    pages = [graphs(*["gg"] * 10, **total), graphs("g", "G", first=10, **total), graphs(first=12)]
    expect(wire, [("GET", f"{URL}/v2/p/graphs", page) for page in pages[: len(offsets)]] + requests)
    assert run_module(module, **LOGIN, **options)["changed"]
    assert graph_offsets(wire) == offsets


def test_full_page_of_graphs_is_followed(wire, run_module):
    pages = [graphs(*["gg"] * 100, graph_count=100), graphs("g", first=100, graph_count=101)]
    status = ("GET", f"{GRAPH}/{JOB}/status", {"status": "success"})
    expect(wire, [("GET", f"{URL}/v2/p/graphs", page) for page in pages] + [status])
    assert run_module("ges_job", **LOGIN, graph_name="g", job_id=JOB)["jobs"][0]["outcome"] == "already_ended"
    assert graph_offsets(wire) == ["0", "100"]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (graphs("gg"), "The project p has no graph g. Check graph_name and project_id."),
        (graphs("g", "g"), "Several graphs have the name g: id0, id1. Set graph_address."),
        (
            {"graphs": [{"id": "i", "name": "g", "status": "900"}]},
            "The graph g has no private address (status 900). Set graph_network.",
        ),
        ({"other": 1}, "The response cannot be used: it has no graphs (GET "),
        ({"graphs": [None, {"id": "i", "name": "gg"}]}, "The project p has no graph g."),
        (
            {"graphs": [{"id": "i", "name": "g", "private_ip": ["x"]}]},
            "The address of a service is not a valid URL. Set endpoint.",
        ),
        (
            {"graphs": [{"id": "i", "name": "g", "private_ip": "10.0.0.1", "enable_https": False}]},
            "Credentials are not sent to 10.0.0.1 over plain HTTP.",
        ),
    ],
    ids=["none", "several", "no address", "no list", "odd records", "odd address", "plain HTTP"],
)
@pytest.mark.parametrize("total", [True, False], ids=["total", "no total"])
def test_unusable_graph_has_a_reason(wire, run_module, page, message, total):
    if total and "graphs" in page:
        page = {**page, "graph_count": len(page["graphs"])}
    # without a total, the second request returns nothing new
    expect(wire, [("GET", f"{URL}/v2/p/graphs", page)] * (1 if total or "other" in page else 2))
    result = run_module("ges_job", **LOGIN, graph_name="g", job_id=JOB)
    assert result["failed"] and result["msg"].startswith(message)


def test_public_address_of_graph_is_used(wire, run_module):
    url = f"https://198.51.100.1/ges/v1.0/p/graphs/g/jobs/{JOB}/status"
    page = ("GET", f"{URL}/v2/p/graphs", graphs("g", graph_count=1))
    expect(wire, [page, ("GET", url, {"status": "success"})])
    result = run_module("ges_job", **LOGIN, graph_name="g", graph_network="public", job_id=JOB)
    assert result["jobs"][0]["outcome"] == "already_ended"


def test_region_and_domain_give_the_host(wire, run_module):
    url = f"https://dli.eu-de.otc.t-systems.com/v1.0/p/jobs/{JOB}/status"
    expect(wire, [("GET", url, {"status": "FINISHED"})])
    login = {"token": "the-token", "project_id": "p", "region": "eu-de", "cloud_domain": "otc.t-systems.com"}
    assert not run_module("dli_job", **login, job_id=JOB)["failed"]


def test_missing_library_is_named(run_module, monkeypatch):
    from ansible_collections.dataops.huaweicloud.plugins.module_utils import _task

    for library in [name for name in sys.modules if name.partition(".")[0] == "keystoneauth1"]:
        monkeypatch.delitem(sys.modules, library)
    monkeypatch.setitem(sys.modules, "keystoneauth1", None)
    login = {"username": "u", "password": "long-password", "domain_name": "d", "project_name": "p", "region": "r"}
    result = run_module("dli_job", **login, job_id=JOB)
    assert "(keystoneauth1)" in result["msg"] and "to authenticate with a password" in result["msg"]
    monkeypatch.setattr(_task, "REQUESTS_IMPORT_ERROR", "Traceback")
    assert "(requests)" in run_module("dli_job", **login, job_id=JOB)["msg"]


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        ("dli_job", {"wait_timeout": 0}, "wait_timeout must be at least 1, not 0."),
        ("dli_job", {"wait_sleep": 0}, "wait_sleep must be at least 0.01, not 0.0."),
        ("dli_job", {"concurrency": 0}, "concurrency must be between 1 and 64, not 0."),
        ("dli_job", {"concurrency": 65}, "concurrency must be between 1 and 64, not 65."),
        ("dli_job_info", {"limit": 0}, "limit must be at least 1, not 0."),
        ("dli_job", {"retries": -1}, "retries must be at least 0, not -1."),
        ("dli_job", {"kind": "flink", "job_id": "x"}, "job_ids contains 'x'. The ids of Flink jobs are numbers."),
        ("dli_job", {"job_id": ".."}, "job_ids must not be '..', which refers to another path."),
        ("cdm_job", {"job_name": "j", "cluster_id": ""}, "cluster_id must not be empty."),
        ("mrs_job_execution_info", {}, "These jobs can be listed only in a cluster: set cluster_id,"),
    ],
)
def test_unusable_option_sends_nothing(wire, run_module, module, options, message):
    given = {} if {"job_name", "job_id"} & options.keys() or module.endswith("_info") else {"job_id": JOB}
    result = run_module(module, **LOGIN, **given, **options)
    assert result["failed"] and result["msg"].startswith(message)
