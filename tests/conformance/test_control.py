# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API: journal, faults, jobs and settings."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from documents import RECORDS

from tests.simulator.running import SimulatorError

# The journal


def test_journal_marks_mutating_calls(cloud: Any, simulator: Any) -> None:
    cloud.send("GET", cloud.execution())
    cloud.send("GET", cloud.execution(more="/cancel"))
    cloud.send("GET", cloud.execution(more="/cancel"))
    cloud.send("PUT", cloud.cdm_job(more="/stop"), token=None)
    rows = [(row["meaning"], row["mutating"], row["effect"], row["status"]) for row in simulator.journal()]
    assert rows == [
        ("mrs.job_execution.show", False, None, 200),
        ("mrs.job_execution.cancel", True, True, 200),
        ("mrs.job_execution.cancel", True, False, 200),
        ("cdm.job.stop", True, False, 401),
    ]
    assert [row["n"] for row in simulator.journal(mutating=True)] == [2, 3, 4]
    first, last = simulator.journal()[0], simulator.journal()[-1]
    assert (first["auth"], last["auth"], first["plane"], first["method"]) == ("token", "none", "main", "GET")
    assert "x-auth-token" in first["headers"]
    assert cloud.ready["token"] not in json.dumps(simulator.journal())
    simulator.clear_journal()
    assert simulator.journal() == []


def test_control_calls_are_not_recorded(cloud: Any, simulator: Any) -> None:
    assert simulator.control("GET", "/ready") == cloud.ready
    simulator.switches()
    assert simulator.journal() == []


# Faults, lists and histories


def test_fault_replaces_the_response(cloud: Any, simulator: Any) -> None:
    cancel = cloud.execution(more="/cancel")
    simulator.fault(
        meaning="mrs.job_execution.cancel", kind="status", status=503, body="<b>busy</b>", content_type="text/html"
    )
    answer = cloud.send("GET", cancel)
    assert (answer.status, answer.text, answer.headers["content-type"]) == (
        503,
        "<b>busy</b>",
        "text/html; charset=utf-8",
    )
    simulator.fault(meaning="*", kind="body", body={"a": 1}, headers={"X-Odd": "1"}, after=1, times=2)
    assert [cloud.send("GET", cloud.execution()).text == '{"a": 1}' for number in range(4)] == [
        False,
        True,
        True,
        False,
    ]
    simulator.fault(meaning="*", kind="redirect", location="http://127.0.0.2/", status=302)
    answer = cloud.send("GET", cancel)
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.2/")
    simulator.fault(meaning="*", kind="status", status=500, times=None)
    assert {cloud.send("GET", cancel).status for number in range(3)} == {500}
    simulator.clear_faults()
    assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"


def test_fault_drops_the_response(cloud: Any, simulator: Any) -> None:
    for kind, state in (("drop_before", "running"), ("drop_after", "stopped")):
        simulator.fault(meaning="mrs.job_execution.cancel", kind=kind)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            cloud.send("GET", cloud.execution(more="/cancel"))
        assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == state
    rows = [(row["status"], row["effect"]) for row in simulator.journal(mutating=True)]
    assert rows == [(None, None), (None, True)]
    assert simulator.errors() == ""


@pytest.mark.parametrize(("kind", "ended_by"), [("advance_before", "end"), ("advance_after", "stopped by us")])
def test_fault_moves_the_clock(cloud: Any, simulator: Any, kind: str, ended_by: str) -> None:
    simulator.seed("mrs", id="job", ends_after=3600)
    simulator.fault(meaning="mrs.job_execution.cancel", kind=kind, seconds=7200)
    assert cloud.send("GET", cloud.execution("job", "/cancel")).status == 200
    assert ended_by in [event["event"] for event in simulator.truth("mrs", "job")["history"]]


def test_delayed_call_is_processed_at_once(cloud: Any, simulator: Any) -> None:
    simulator.fault(meaning="mrs.job_execution.cancel", kind="delay", seconds=60)
    parts = urlsplit(cloud.ready["mrs"])
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = (
            f"GET {cloud.execution(more='/cancel')} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {cloud.ready['token']}\r\n\r\n"
        )
        connection.sendall(head.encode())
        while not simulator.journal(mutating=True):
            pass
        assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "stopped"
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


def test_latency_can_be_set(simulator: Any, cloud: Any) -> None:
    assert simulator.control("PUT", "/latency", {"seconds": 0.01}) == {"seconds": 0.01}
    assert cloud.send("GET", cloud.execution()).status == 200
    simulator.latency(0)


def lists_of(cloud: Any) -> dict[str, tuple[str, str, str, str, str]]:
    """Return the list calls by service.

    Each has a path with a page of 100 jobs, the parameter of the next page, the key of the base URL, and the keys of
    total and jobs in the response.
    """
    flink, sql = cloud.flink("?limit=100"), cloud.sql_job().rpartition("/")[0] + "?page-size=100"
    batches = cloud.batch().rpartition("/")[0] + "?size=100"
    cdm = cloud.cdm_job("all", "?page_size=100")
    return {
        "mrs_v2": (cloud.v2_jobs("?limit=100"), "&offset=2", "mrs", "total_record", "job_list"),
        "cdm": (cdm, "&page_no=2", "mrs", "total", "jobs"),
        "dli_sql": (sql, "&current-page=2", "mrs", "job_count", "jobs"),
        "dli_spark": (batches, "&from=7", "mrs", "total", "sessions"),
        "dli_flink": (flink, "&offset=7", "mrs", "total_count", "jobs"),
        "ges": (cloud.ges_job("status", "?limit=100"), "&offset=7", "ges_service", "", "jobs"),
    }


@pytest.mark.parametrize("service", ["mrs_v2", "cdm", "dli_sql", "dli_spark", "dli_flink", "ges"])
def test_list_can_omit_total_and_shorten_pages(cloud: Any, simulator: Any, service: str) -> None:
    simulator.seed(service, count=14)
    path, following, base, total, jobs = lists_of(cloud)[service]

    def page(path: str) -> dict[str, Any]:
        body = cloud.send("GET", path, base=base).json
        return body.get("job_list", body) if service == "dli_flink" else body

    assert total not in page(path) or page(path)[total] == len(page(path)[jobs])
    simulator.switches(list_totals="absent", list_page_most=7)
    assert total not in page(path)
    first, second = page(path)[jobs], page(path + following)[jobs]
    assert (len(first), len(second)) == (7, 7)
    assert not [job for job in first if job in second]


def test_job_vanishes_after_given_time(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="vanishing", vanishes_after=60)
    assert cloud.send("GET", cloud.sql_job("vanishing", "/status")).status == 200
    simulator.advance(61)
    assert cloud.send("GET", cloud.sql_job("vanishing", "/status")).json["error_code"] == "DLI.0002"
    jobs = cloud.send("GET", cloud.sql_job().rpartition("/")[0] + "?page-size=100").json["jobs"]
    assert jobs and "vanishing" not in [job["job_id"] for job in jobs]
    assert simulator.truth("dli_sql", "vanishing")["state"] == "running"


def test_truths_list_all_jobs(simulator: Any) -> None:
    ids = [job["id"] for job in simulator.seed("cdm", count=3)]
    truths = simulator.truths("cdm")
    assert set(ids) < set(truths)
    assert truths[ids[0]] == simulator.truth("cdm", ids[0])
    assert simulator.truths("nothing") == {}


# Input


BAD_CONTROL = [
    ("POST", "/jobs", {}, "service is missing"),
    ("POST", "/jobs", [], "the body must be a JSON object"),
    ("POST", "/jobs", {"service": "obs"}, "service must be one of mrs, "),
    ("POST", "/jobs", {"service": "mrs", "color": "red"}, "unknown key color"),
    ("POST", "/jobs", {"service": "mrs", "ends_after": -1}, "ends_after must be a number of seconds, 0 or more"),
    ("POST", "/jobs", {"service": "mrs", "ends_after": "1"}, "ends_after must be"),
    ("POST", "/jobs", {"service": "mrs", "vanishes_after": None}, "vanishes_after must be"),
    ("POST", "/jobs", {"service": "mrs", "stop_takes": True}, "stop_takes must be"),
    ("POST", "/jobs", {"service": "mrs", "refuses": "yes"}, "refuses must be true or false"),
    ("POST", "/jobs", {"service": "mrs", "count": 0}, "count must be an integer from 1"),
    ("POST", "/jobs", {"service": "mrs", "count": 2, "id": "x"}, "exclude each other"),
    ("POST", "/jobs", {"service": "cdm", "id": "jdbc2hive"}, "there is already a job with the id jdbc2hive"),
    ("POST", "/jobs", {"service": "dli_flink", "id": "x"}, "id must be an integer"),
    ("POST", "/jobs", {"service": "mrs", "state": "lost"}, "state must be one of"),
    ("POST", "/jobs", {"service": "mrs", "state": "stopping"}, "state must not be stopping"),
    ("POST", "/jobs", {"service": "mrs", "statuses": {"lost": "X"}}, "statuses has the unknown state lost"),
    ("POST", "/jobs", {"service": "mrs", "state": "finished", "ends_after": 1}, "ends_after has no meaning"),
    ("POST", "/jobs", {"service": "mrs", "state": "running", "starts_after": 1}, "starts_after has no meaning"),
    ("POST", "/jobs", {"service": "mrs", "starts_after": 5, "ends_after": 1}, "must not be less than starts_after"),
    ("POST", "/jobs", {"service": "mrs", "project_id": "x"}, "unknown project_id x"),
    ("POST", "/jobs", {"service": "mrs", "graph_name": "x"}, "graph_name has no meaning for mrs"),
    ("PUT", "/switches", {"color": "red"}, "unknown switch color"),
    ("PUT", "/switches", {"mrs_dialect": "unknown"}, 'mrs_dialect must be one of ["mrs", "sahara"], not "unknown"'),
    ("PUT", "/switches", {"mrs_kill_answer": "202"}, "mrs_kill_answer must be one of [202, 200]"),
    ("PUT", "/switches", {"sahara_lag": -1}, "sahara_lag must be one of a number of seconds"),
    ("PUT", "/switches", [], "the body must be a JSON object"),
    ("POST", "/faults", {"meaning": "*"}, "kind is missing"),
    ("POST", "/faults", {"meaning": "*", "kind": "explode"}, "kind must be one of"),
    ("POST", "/faults", {"meaning": "*", "kind": "redirect"}, "location is missing"),
    ("POST", "/faults", {"meaning": "*", "kind": "delay"}, "seconds is missing"),
    ("POST", "/faults", {"meaning": "*", "kind": "status", "status": 42}, "status must be an integer from 200"),
    ("POST", "/faults", {"meaning": "*", "kind": "status", "headers": {"a": 1}}, "headers must have strings as values"),
    ("PUT", "/throttle", {"meaning": "x"}, "limit is missing"),
    ("PUT", "/throttle", {"meaning": "x", "limit": 1}, "window must be a number of seconds, more than 0"),
    ("POST", "/clock", {}, "advance is missing"),
    ("POST", "/clock", {"advance": -1}, "advance must be a number of seconds"),
    ("PUT", "/latency", {"seconds": "1"}, "seconds must be a number of seconds"),
    ("GET", "/journal?mutating=maybe", None, "mutating must be true or false"),
]


@pytest.mark.parametrize(("method", "path", "body", "text"), BAD_CONTROL)
def test_invalid_control_input_gets_422(simulator: Any, method: str, path: str, body: Any, text: str) -> None:
    with pytest.raises(SimulatorError) as caught:
        simulator.control(method, path, body)
    assert str(caught.value).startswith("422 ")
    assert text in json.loads(str(caught.value).partition(": ")[2])["error"]


def test_unknown_control_call_gets_404(cloud: Any, simulator: Any) -> None:
    with pytest.raises(SimulatorError, match="404 .*no such control call: GET /_control/nowhere"):
        simulator.control("GET", "/nowhere")
    with pytest.raises(SimulatorError, match="404 .*no job nope in mrs"):
        simulator.truth("mrs", "nope")
    answer = cloud.send("PUT", "/_control/switches", b"{", token=None)
    assert (answer.status, answer.json) == (400, {"error": "the body is not valid JSON"})


def test_invalid_switch_changes_nothing(simulator: Any) -> None:
    with pytest.raises(SimulatorError):
        simulator.switches(mrs_dialect="sahara", mrs_info="unknown")
    assert simulator.switches()["mrs_dialect"]["value"] == "mrs"


def test_many_jobs_can_be_added(cloud: Any, simulator: Any) -> None:
    for service in ("mrs", "mrs_v2", "mrs_sql", "cdm", "dli_sql", "dli_spark", "dli_flink", "ges", "ges_management"):
        jobs = simulator.seed(service, count=200)
        assert len({job["id"] for job in jobs}) == 200
    new = simulator.seed("cdm", id="in-new-cluster", cluster_id="new-cluster")
    assert new == [{"service": "cdm", "id": "in-new-cluster", "status": "RUNNING"}]
    assert cloud.send("GET", cloud.cdm_job("in-new-cluster", cluster="new-cluster")).status == 200
    assert cloud.send("GET", cloud.cdm_job("in-new-cluster")).json["errCode"] == "Cdm.0100"


def test_jobs_of_other_projects_are_hidden(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="other", project_id=cloud.ready["second_project_id"])
    assert cloud.send("GET", cloud.sql_job("other", "/status")).json["error_code"] == "DLI.0002"
    token = cloud.login({"id": cloud.ready["second_project_id"]}).headers["x-subject-token"]
    path = f"/v1.0/{cloud.ready['second_project_id']}/jobs/other/status"
    assert cloud.send("GET", path, token=token).json["status"] == "RUNNING"


def test_added_job_has_given_fields(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="rich", record={"user": "carol", "queue": "night", "note": [1]})
    record = cloud.send("GET", cloud.v2_job("rich")).json["job_detail"]
    assert (record["user"], record["queue"], record["note"]) == ("carol", "night", [1])
    assert cloud.send("GET", cloud.v2_jobs("?user=carol&queue=night")).json["total_record"] == 1


def test_reset_restores_jobs_and_settings(cloud: Any, simulator: Any) -> None:
    cloud.send("GET", cloud.execution(more="/cancel"))
    simulator.switches(mrs_dialect="sahara")
    simulator.expire_tokens()
    simulator.advance(1000)
    simulator.reset()
    assert cloud.send("GET", cloud.execution()).json == RECORDS["mrs_execution"]
    assert len(simulator.journal()) == 1
