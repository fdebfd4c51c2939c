# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Lake Insight: the case table of docs/api, section 3.5, and each switch both ways."""

from __future__ import annotations

from typing import Any

import pytest

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


def test_cancel_of_ended_sql_job_fails(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="ended", state="stopped")
    answer = cloud.send("DELETE", cloud.sql_job("ended"))
    assert (answer.status, answer.json["is_success"]) == (200, False)
    simulator.switches(dli_cancel_ended="DLI.0007")
    answer = cloud.send("DELETE", cloud.sql_job("ended"))
    assert (answer.status, answer.json["error_code"]) == (400, "DLI.0007")


def test_refused_sql_cancel_returns_200(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="refusing", refuses=True)
    answer = cloud.send("DELETE", cloud.sql_job("refusing"))
    assert (answer.status, answer.json["is_success"]) == (200, False)
    assert answer.json["message"]


def test_unknown_job_gets_each_documented_error(cloud: Any, simulator: Any) -> None:
    for code, status in (("DLI.0002", 400), ("DLI.0023", 404)):
        simulator.switches(dli_unknown_job=code)
        for method, path in (
            ("DELETE", cloud.sql_job(UNKNOWN_ID)),
            ("GET", cloud.sql_job(UNKNOWN_ID, "/status")),
            ("GET", cloud.batch(UNKNOWN_ID, "/state")),
            ("DELETE", cloud.batch(UNKNOWN_ID)),
        ):
            answer = cloud.send(method, path)
            assert (answer.status, answer.json["error_code"]) == (status, code)


def test_unknown_queue_gets_each_documented_error(cloud: Any, simulator: Any) -> None:
    for code in ("DLI.0002", "DLI.0008"):
        simulator.switches(dli_unknown_queue=code)
        answer = cloud.send("POST", cloud.sql_job("submit-job"), {"sql": "select 1", "queue_name": "testqueue"})
        assert answer.json == {"error_code": code, "error_msg": "There is no queue named testqueue"}


def test_cancelled_batch_is_dead_success_or_gone(cloud: Any, simulator: Any) -> None:
    for value, status, state in (("dead", 200, "dead"), ("success", 200, "success"), ("gone", 400, None)):
        simulator.reset()
        simulator.switches(dli_spark_cancelled=value)
        cloud.send("DELETE", cloud.batch())
        answer = cloud.send("GET", cloud.batch(more="/state"))
        assert (answer.status, answer.json.get("state")) == (status, state)


def test_ended_batch_can_refuse_cancel(cloud: Any, simulator: Any) -> None:
    simulator.switches(dli_spark_state="capitalised", dli_spark_cancel_ended="deleted")
    assert cloud.send("GET", cloud.batch(more="/state")).json["state"] == "Running"
    simulator.seed("dli_spark", id="ended", state="finished")
    assert cloud.send("DELETE", cloud.batch("ended")).json == {"msg": "deleted"}
    simulator.switches(dli_spark_cancel_ended="DLI.0007")
    assert cloud.send("DELETE", cloud.batch("ended")).json["error_code"] == "DLI.0007"


def test_flink_response_is_array_or_object(cloud: Any, simulator: Any) -> None:
    simulator.switches(dli_flink_answer="object", dli_flink_is_success="bool")
    answer = cloud.send("POST", cloud.flink("/stop"), {"job_ids": [128]})
    assert answer.json["is_success"] is True
    assert cloud.send("GET", cloud.flink("/128")).json["is_success"] is True


def test_flink_stop_reports_unknown_and_ended_jobs(cloud: Any, simulator: Any) -> None:
    body = {"job_ids": [128, 999, 146]}
    answer = cloud.send("POST", cloud.flink("/stop"), body)
    assert (answer.status, answer.json["error_code"]) == (400, "DLI.16001")
    assert simulator.truth("dli_flink", 128)["state"] == "running"
    simulator.switches(dli_flink_unknown="element")
    answer = cloud.send("POST", cloud.flink("/stop"), body)
    assert [element["is_success"] for element in answer.json] == ["true", "false", "false"]
    for wrong in ({}, {"job_ids": []}, {"job_ids": ["128"]}, {"job_ids": 128}):
        assert cloud.send("POST", cloud.flink("/stop"), wrong).json["error_code"] == "DLI.0001"


@pytest.mark.parametrize("query", ["page-size=0", "page-size=101", "current-page=0", "order=size", "start=x"])
def test_invalid_list_parameter_is_refused(cloud: Any, query: str) -> None:
    assert cloud.send("GET", cloud.sql_job().rpartition("/")[0] + "?" + query).json["error_code"] == "DLI.0001"
