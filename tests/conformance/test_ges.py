# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph Engine Service: the case table of docs/api, section 4.6, and each switch both ways."""

from __future__ import annotations

from typing import Any

import pytest


def ges(cloud: Any, method: str, path: str, **more: Any) -> Any:
    return cloud.send(method, path, base="ges_service", **more)


def test_cancelled_job_is_failed_or_gone(cloud: Any, simulator: Any) -> None:
    simulator.seed("ges", id="one")
    assert ges(cloud, "DELETE", cloud.ges_job("one")).json == {}
    assert ges(cloud, "GET", cloud.ges_job("one", "/status")).json == {"status": "failed"}
    simulator.switches(ges_cancelled="gone")
    assert ges(cloud, "GET", cloud.ges_job("one", "/status")).json["errorCode"] == "GES.8301"
    assert ges(cloud, "DELETE", cloud.ges_job("one")).json["errorMessage"] == "can not find job to cancel, id is one"


def test_ended_job_cannot_be_cancelled(cloud: Any, simulator: Any) -> None:
    simulator.seed("ges", id="ended", state="finished")
    simulator.seed("ges", id="refusing", refuses=True)
    for job_id in ("ended", "refusing"):
        answer = ges(cloud, "DELETE", cloud.ges_job(job_id))
        assert (answer.status, answer.json["errorCode"]) == (400, "GES.8303")


@pytest.mark.parametrize(
    ("command", "editions"),
    [
        ("execute_algorithm", ["four", "five", "seven"]),
        ("cypher_query", ["five"]),
        ("import_graph", ["seven"]),
        ("backup_graph", []),
    ],
)
def test_edition_decides_which_jobs_are_cancellable(
    cloud: Any, simulator: Any, command: str, editions: list[str]
) -> None:
    for edition in ("four", "five", "seven"):
        simulator.switches(ges_cancellable=edition)
        simulator.seed("ges", id=edition, record={"command": command})
        answer = ges(cloud, "DELETE", cloud.ges_job(edition))
        assert (answer.status == 200) == (edition in editions)
        if edition not in editions:
            assert answer.json == {"errorMessage": "Unsupported Operation", "errorCode": "GES.8303"}
    simulator.switches(ges_unsupported="GES.7009")


def test_unsupported_operation_has_another_code(cloud: Any, simulator: Any) -> None:
    simulator.switches(ges_unsupported="GES.7009")
    simulator.seed("ges", id="backup", record={"command": "backup_graph"})
    assert ges(cloud, "DELETE", cloud.ges_job("backup")).json["errorCode"] == "GES.7009"


def test_unknown_graph_gets_each_documented_error(cloud: Any, simulator: Any) -> None:
    for value, status, code in (("GES.8000", 400, "GES.8000"), ("GES.8402", 400, "GES.8402"), ("404", 404, None)):
        simulator.switches(ges_unknown_graph=value)
        answer = ges(cloud, "DELETE", cloud.ges_job(graph="movidde"))
        assert answer.status == status
        assert code is None or answer.json["errorCode"] == code


def test_service_plane_has_its_own_errors(cloud: Any, simulator: Any) -> None:
    for status in (400, 401):
        simulator.switches(ges_auth_status=status)
        for token in (None, "wrong"):
            answer = ges(cloud, "GET", cloud.ges_job(more="/status"), token=token)
            assert (answer.status, answer.json["errorCode"]) == (status, "GES.8007")
        foreign = cloud.ges_job(more="/status").replace(cloud.project, cloud.ready["foreign_project_id"])
        assert ges(cloud, "GET", foreign).json["errorCode"] == "GES.8006"
    simulator.expire_tokens()
    assert ges(cloud, "GET", cloud.ges_job(more="/status")).json["errorCode"] == "GES.8007"


def test_service_plane_bypasses_the_gateway(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="ges.job.status", limit=0, window=60)
    throttled = ges(cloud, "GET", cloud.ges_job(more="/status"))
    nowhere = ges(cloud, "GET", "/nowhere")
    assert (throttled.status, nowhere.status) == (429, 404)
    assert "APIG" not in throttled.text + nowhere.text
    assert ges(cloud, "GET", cloud.execution()).status == 404
    assert cloud.send("GET", cloud.ges_job(more="/status")).json["error_code"] == "APIGW.0101"


def test_submitted_jobs_can_be_cancelled(cloud: Any, simulator: Any) -> None:
    graph = cloud.ges_job().rpartition("/jobs/")[0]
    for path in ("/vertices/action?action_id=query", "/edges/action?action_id=query", "/indices"):
        job_id = ges(cloud, "POST", graph + path, body={}).json["jobId"]
        assert ges(cloud, "DELETE", cloud.ges_job(job_id)).json == {}
    job_id = ges(cloud, "POST", graph + "/action?action_id=execute-algorithm", body={}).json["jobId"]
    hyg = cloud.ges_job(job_id).replace("/graphs/", "/hyg/")
    assert ges(cloud, "DELETE", hyg).json == {"result": "success"}
    assert ges(cloud, "POST", graph + "/action?action_id=dance", body={}).json["errorCode"] == "GES.8005"


def test_status_pages_the_result_data(cloud: Any, simulator: Any) -> None:
    vertices = [{"id": str(number)} for number in range(5)]
    simulator.seed("ges", id="query", state="finished", record={"command": "vertex_query", "vertices": vertices})
    answer = ges(cloud, "GET", cloud.ges_job("query", "/status?offset=3&limit=10")).json
    assert answer["data"]["outputs"]["vertices"] == vertices[3:]
    assert answer["data"]["outputs"]["data_total_size"] == 5


def test_management_errors_have_two_forms(cloud: Any, simulator: Any) -> None:
    path = f"/v1.0/{cloud.project}/graphs/jobs"
    assert cloud.send("GET", path + "?limit=x").json["errorCode"] == "GES.0001"
    simulator.switches(ges_management_keys="errCode", ges_job_name="array")
    assert cloud.send("GET", path + "?limit=x").json == {"errCode": "GES.0001", "externalMessage": "Parameter error."}
    assert cloud.send("GET", path).json["jobList"][0]["jobName"] == ["DeleteGraph"]
    simulator.seed("ges_management", state="submitted")
    assert cloud.send("GET", path + "?status=waiting").json["jobList"][0]["status"] == "pending"
