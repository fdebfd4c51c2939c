# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that the documents print, sent as printed (docs/api, sections 1.9, 2.7, 3.6 and 4.7)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from documents import CALLS, RECORDS


@pytest.mark.parametrize("documented", CALLS, ids=lambda documented: documented["id"])
def test_documented_request_gets_documented_response(cloud: Any, documented: dict[str, Any]) -> None:
    plane = documented.get("plane", "mrs")
    answer = cloud.send(documented["method"], documented["path"], documented.get("body"), base=plane)
    assert (answer.status, answer.json) == (documented["status"], documented["response"])


def test_cdm_stop_returns_documented_submission(cloud: Any) -> None:
    (got,) = cloud.send("PUT", cloud.cdm_job(more="/stop")).json["submissions"]
    (wanted,) = copy.deepcopy(RECORDS["cdm_stop"]["submissions"])
    assert got.pop("last-update-date") > wanted.pop("last-update-date")
    assert got == wanted


def test_execution_list_has_documented_record(cloud: Any) -> None:
    answer = cloud.send("GET", "/v1.1/5a3314075bfa49b9ae360f4ecd333695/job-executions").json
    assert RECORDS["mrs_listed_execution"] in answer["job_executions"]
    assert answer["markers"] == {"prev": None, "next": None}


def test_sql_job_list_has_documented_record(cloud: Any) -> None:
    jobs = "/v1.0/48cc2c48765f481480c7db940d6409d1/jobs"
    answer = cloud.send("GET", jobs + "?job-id=37286cc7-0508-4ffd-b636-951c8a5c75de").json
    (job,) = answer["jobs"]
    assert (answer["is_success"], answer["message"], answer["job_count"]) == (True, "", 1)
    assert (job["end_time"], job["duration"], job["owner"]) == (1502349821460, 17731, "tenant1")


def test_graph_job_list_has_documented_record(cloud: Any) -> None:
    answer = cloud.send("GET", "/ges/v1.0/10001/graphs/moviejx/jobs/status", base="ges_service").json
    imported = answer["jobs"][1]
    assert answer["result"] == "success"
    assert (imported["status"], imported["request"]["command"]) == ("complete", "import_graph")
    assert imported["request"]["url"] == "/ges/v1.0/10001/graphs/moviejx/action?action_id=import-graph"


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("mrs", "mrs_job_execution_id"),
        ("mrs_v2", "mrs_v2_job_id"),
        ("cdm", "cdm_job_name"),
        ("dli_sql", "dli_sql_job_id"),
        ("dli_spark", "dli_spark_job_id"),
        ("dli_flink", "dli_flink_job_id"),
        ("ges", "ges_job_id"),
    ],
)
def test_ready_line_lists_running_jobs(cloud: Any, service: str, key: str) -> None:
    job_id = cloud.examples[key]
    assert cloud.simulator.truth(service, job_id)["state"] == "running"
    cloud.simulator.advance(10**7)
    assert cloud.simulator.truth(service, job_id)["state"] == "running"
