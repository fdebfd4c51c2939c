# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module from its options to its requests, as an ordered list: one request too many or too few fails."""

from __future__ import annotations

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


def flink(status):
    return {"is_success": "true", "job_detail": {"job_id": 7, "status": status}}


GRAPH = "https://10.0.0.1/ges/v1.0/p/graphs/g/jobs"
# module, options, the requests and their answers in order
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


@pytest.mark.parametrize("case", CASES)
def test_one_stopped_job_is_three_requests(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests)
    result = run_module(module, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["msg"] == "Stopped 1 of 1 job: 1 stopped."
    assert result["jobs"][0]["outcome"] == "stopped"
    assert "diff" not in result


@pytest.mark.parametrize("case", CASES)
def test_check_mode_is_one_reading(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests[:1])
    result = run_module(module, check_mode=True, diff=True, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["msg"] == "Would stop 1 of 1 job: 1 would_stop."
    assert list(result["diff"]["after"].values()) == ["stopped"]


@pytest.mark.parametrize("case", CASES)
def test_a_job_that_has_ended_is_one_reading(wire, run_module, case):
    module, options, requests = CASES[case]
    expect(wire, requests[2:])
    result = run_module(module, **LOGIN, **options)
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["msg"] == "Stopped 0 of 1 job: 1 already_ended."


def test_a_record_comes_back_in_one_spelling_and_without_secrets(wire, run_module):
    module, options, requests = CASES["mrs"]
    expect(wire, requests[2:])
    assert run_module(module, **LOGIN, **options)["jobs"][0]["details"]["credentials"] == "********"
    module, options, requests = CASES["cdm"]
    expect(wire, requests[2:])
    details = run_module(module, **LOGIN, **options)["jobs"][0]["details"]
    assert details == {"job_name": "jdbc2hive", "status": "STOPPED", "last_update_user": "cdm"}


def test_the_flink_stop_names_the_job_as_a_number(wire, run_module):
    module, options, requests = CASES["dli flink"]
    expect(wire, requests)
    run_module(module, **LOGIN, **options)
    assert wire.calls[1].request.body == b'{"job_ids": [7], "trigger_savepoint": false}'


def test_the_status_of_a_graph_job_is_read_without_its_result(wire, run_module):
    module, options, requests = CASES["ges"]
    expect(wire, requests[2:])
    run_module(module, **LOGIN, **options)
    assert wire.calls[0].request.params == {"limit": "1"}


def graphs(*names, first=0):
    return {
        "graphs": [
            {"id": f"id{n}", "name": name, "private_ip": "10.0.0.1", "public_ip": "198.51.100.1"}
            for n, name in enumerate(names, first)
        ]
    }


def test_a_graph_is_looked_up_by_its_exact_name_through_all_pages(wire, run_module):
    module, options, requests = CASES["ges"]
    options = {key: value for key, value in options.items() if key != "graph_address"}
    # the service's pages may be shorter than what was asked for
    pages = [graphs(*["gg"] * 10), graphs("g", "G", first=10), graphs(first=12)]
    pages = [("GET", f"{URL}/v2/p/graphs", page) for page in pages]
    expect(wire, pages + requests)
    assert run_module(module, **LOGIN, **options)["changed"]
    assert [call.request.params["offset"] for call in wire.calls if "offset" in call.request.params] == [
        "0",
        "10",
        "12",
    ]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (graphs("gg"), "no graph g in project p; graph_address can say where the graph is"),
        (graphs("g", "g"), "more than one graph has the name g: id0, id1 in project p; graph_address can say"),
        (
            {"graphs": [{"id": "i", "name": "g", "status": "900"}]},
            "the graph g has no private address (status 900); see graph_network",
        ),
        ({"other": 1}, "the answer has no graphs"),
        ({"graphs": [None, {"id": "i", "name": "gg"}]}, "no graph g in project p"),
        ({"graphs": [{"id": "i", "name": "g", "private_ip": ["x"]}]}, "is no URL; set it by an option"),
        ({"graphs": [{"id": "i", "name": "g", "private_ip": "10.0.0.1", "enable_https": False}]}, "over plain http"),
    ],
)
def test_a_graph_that_cannot_be_found_says_why(wire, run_module, page, message):
    # the second time nothing is new: where a service knows no offset, too
    expect(wire, [("GET", f"{URL}/v2/p/graphs", page)] * (1 if "other" in page else 2))
    result = run_module("ges_job", **LOGIN, graph_name="g", job_id=JOB)
    assert result["failed"] and message in result["msg"]


def test_the_public_address_of_a_graph_is_taken_where_it_is_asked_for(wire, run_module):
    url = f"https://198.51.100.1/ges/v1.0/p/graphs/g/jobs/{JOB}/status"
    pages = [("GET", f"{URL}/v2/p/graphs", graphs("g")), ("GET", f"{URL}/v2/p/graphs", graphs("g"))]
    expect(wire, [*pages, ("GET", url, {"status": "success"})])
    result = run_module("ges_job", **LOGIN, graph_name="g", graph_network="public", job_id=JOB)
    assert result["jobs"][0]["outcome"] == "already_ended"


def test_the_region_and_the_domain_of_the_cloud_give_the_host(wire, run_module):
    url = f"https://dli.eu-de.otc.t-systems.com/v1.0/p/jobs/{JOB}/status"
    expect(wire, [("GET", url, {"status": "FINISHED"})])
    login = {"token": "the-token", "project_id": "p", "region": "eu-de", "cloud_domain": "otc.t-systems.com"}
    assert not run_module("dli_job", **login, job_id=JOB)["failed"]


def test_a_missing_library_names_itself(run_module, monkeypatch):
    from ansible_collections.dataops.huaweicloud.plugins.module_utils import auth_password, task

    monkeypatch.setattr(auth_password, "IMPORT_ERROR", "No module named 'keystoneauth1'")
    login = {"username": "u", "password": "long-password", "domain_name": "d", "project_name": "p", "region": "r"}
    result = run_module("dli_job", **login, job_id=JOB)
    assert "(keystoneauth1)" in result["msg"] and "to log in with a password" in result["msg"]
    monkeypatch.setattr(task, "REQUESTS_IMPORT_ERROR", "Traceback")
    assert "(requests)" in run_module("dli_job", **login, job_id=JOB)["msg"]
