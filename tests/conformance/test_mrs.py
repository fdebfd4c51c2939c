# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MapReduce Service: the case tables of docs/api, sections 1.6 and 1.8, and each switch both ways."""

from __future__ import annotations

from typing import Any

import pytest
from documents import RECORDS

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


def test_cancel_of_ended_execution_changes_nothing(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="ended", state="finished")
    before = cloud.send("GET", cloud.execution("ended")).json
    answer = cloud.send("GET", cloud.execution("ended", "/cancel"))
    assert (answer.status, answer.json) == (200, before)
    simulator.switches(mrs_cancel_ended="refused")
    answer = cloud.send("GET", cloud.execution("ended", "/cancel"))
    assert (answer.status, answer.json["error_code"]) == (400, "12000054")


def test_cancel_returns_record_before_or_after(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", count=1, id="one")
    simulator.seed("mrs", count=1, id="two")
    assert cloud.send("GET", cloud.execution("one", "/cancel")).json["job_execution"]["end_time"] is None
    simulator.switches(mrs_cancel_shows="after")
    assert cloud.send("GET", cloud.execution("two", "/cancel")).json["job_execution"]["end_time"] is not None


def test_refused_cancel_gets_error_0160(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="refusing", refuses=True)
    for error_class in (400, 500):
        simulator.switches(mrs_error_class=error_class)
        answer = cloud.send("GET", cloud.execution("refusing", "/cancel"))
        assert (answer.status, answer.json["error_code"]) == (error_class, "0160")
    assert [event["event"] for event in simulator.truth("mrs", "refusing")["history"]][1:] == ["stop refused"] * 2


def test_unknown_execution_gets_404(cloud: Any, simulator: Any) -> None:
    answer = cloud.send("GET", cloud.execution(UNKNOWN_ID, "/cancel"))
    assert (answer.status, answer.json["error_code"]) == (404, "0176")
    simulator.switches(mrs_cancel_unknown="sahara")
    answer = cloud.send("GET", cloud.execution(UNKNOWN_ID, "/cancel"))
    assert (answer.status, answer.json["error_name"], answer.json["error_code"]) == (404, "NOT_FOUND", 404)
    assert answer.json["error_message"].startswith(f"Object with {{'id': '{UNKNOWN_ID}'}} not found\nError ID: ")


def test_execution_info_is_null_or_object(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="one")
    assert cloud.send("GET", cloud.execution("one")).json["job_execution"]["info"] is None
    simulator.switches(mrs_info="oozie")
    record = cloud.send("GET", cloud.execution("one")).json["job_execution"]
    assert record["info"]["status"] == "RUNNING"
    assert record["oozie_job_id"] == record["engine_job_id"] == record["info"]["id"]


def test_refresh_status_is_absent_or_present(cloud: Any, simulator: Any) -> None:
    assert cloud.send("GET", cloud.execution(more="/refresh-status")).status == 404
    simulator.switches(mrs_refresh_status="present")
    answer = cloud.send("GET", cloud.execution(more="/refresh-status"))
    assert (answer.status, answer.json) == (200, RECORDS["mrs_execution"])


def test_job_exe_numbers_are_integers_or_strings(cloud: Any, simulator: Any) -> None:
    assert cloud.send("GET", cloud.job_exe()).json["job_execution"]["job_state"] == 2
    simulator.switches(mrs_numbers="string")
    record = cloud.send("GET", cloud.job_exe()).json["job_execution"]
    assert (record["job_state"], record["job_final_status"]) == ("2", "0")


def test_cluster_may_refuse_v1_api(cloud: Any, simulator: Any) -> None:
    for value, code in (("security_cluster", "12000064"), ("newer_cluster", "12000085")):
        simulator.switches(mrs_v1_api=value)
        answer = cloud.send("GET", cloud.execution(more="/cancel"))
        assert (answer.status, answer.json["error_code"]) == (400, code)
    assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"


def test_submit_response_has_two_forms(cloud: Any, simulator: Any) -> None:
    body = {"job_type": 1, "job_name": "x", "cluster_id": cloud.examples["mrs_cluster_id"], "jar_path": "s3a://b/c"}
    path = f"/v1.1/{cloud.project}/jobs/submit-job"
    wrapped = cloud.send("POST", path, body).json["job_execution"]
    assert (wrapped["job_state"], wrapped["job_id"], len(str(wrapped["created_at"]))) == (1, "", 13)
    simulator.switches(mrs_submit_answer="flat", mrs_submit_times="seconds")
    flat = cloud.send("POST", path, body).json
    assert len(str(flat["created_at"])) == 10
    assert cloud.send("POST", path, {**body, "cluster_id": UNKNOWN_ID}).json["error_code"] == "12000003"
    assert cloud.send("POST", path, {"cluster_id": body["cluster_id"]}).json["error_code"] == "12000002"


def test_execution_list_pages_by_marker(cloud: Any, simulator: Any) -> None:
    for name in "edcba":
        simulator.seed("mrs", id=name, project_id=cloud.ready["second_project_id"], cluster_id="other")
    token = cloud.login({"name": "eu-de_second"}).headers["x-subject-token"]
    path = f"/v1.1/{cloud.ready['second_project_id']}/job-executions"

    def page(query: str) -> tuple[list[str], Any]:
        answer = cloud.send("GET", path + query, token=token).json
        return [job["id"] for job in answer["job_executions"]], answer["markers"]

    assert page("?limit=2&sort_by=id") == (["a", "b"], {"prev": None, "next": "b"})
    assert page("?limit=2&sort_by=id&marker=b") == (["c", "d"], {"prev": None, "next": "d"})
    assert page("?limit=2&sort_by=id&marker=d") == (["e"], {"prev": "b", "next": None})
    assert page("?sort_by=-id")[0] == ["e", "d", "c", "b", "a"]
    for query in ("?limit=0", "?limit=x", "?marker=unknown"):
        assert cloud.send("GET", path + query, token=token).status == 400


def test_v2_kill_returns_202_or_200(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="one")
    answer = cloud.send("POST", cloud.v2_job("one", "/kill"))
    assert (answer.status, answer.text) == (202, "")
    simulator.switches(mrs_kill_answer=200)
    answer = cloud.send("POST", cloud.v2_job(more="/kill"))
    assert (answer.status, answer.json) == (200, {"result": "succeeded"})


def test_v2_kill_of_ended_job_is_refused(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="ended", state="finished")
    refused = {"error_msg": "Failed to terminate the job.", "error_code": "0175"}
    for error_class in (400, 500):
        simulator.switches(mrs_error_class=error_class)
        answer = cloud.send("POST", cloud.v2_job("ended", "/kill"))
        assert (answer.status, answer.json) == (error_class, refused)
    simulator.switches(mrs_kill_ended="accepted")
    assert cloud.send("POST", cloud.v2_job("ended", "/kill")).status == 202
    assert simulator.truth("mrs_v2", "ended")["state"] == "finished"


def test_v2_unknown_job_and_cluster_are_errors(cloud: Any, simulator: Any) -> None:
    answer = cloud.send("GET", cloud.v2_job(UNKNOWN_ID))
    assert (answer.status, answer.json["error_code"]) == (400, "0176")
    assert cloud.send("GET", cloud.v2_job(cluster=UNKNOWN_ID)).json["errorCode"] == "12000003"
    simulator.switches(mrs_no_cluster_key="error_code")
    assert cloud.send("POST", cloud.v2_job(cluster=UNKNOWN_ID, more="/kill")).json["error_code"] == "12000003"


def test_v2_list_counts_pages_from_one(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", count=3, cluster_id="fresh")
    path = f"/v2/{cloud.project}/clusters/fresh/job-executions"
    lengths = [len(cloud.send("GET", f"{path}?limit=2&offset={page}").json["job_list"]) for page in (1, 2, 3)]
    assert lengths == [2, 1, 0]
    answer = cloud.send("GET", path + "?offset=0")
    assert (answer.json["error_code"], answer.json["error_msg"]) == ("MRS.0002", "the offset is invalid")


def test_v2_reads_return_200_or_202(cloud: Any, simulator: Any) -> None:
    assert cloud.send("GET", cloud.v2_job()).status == 200
    simulator.switches(mrs_v2_read_code=202, mrs_v2_texts="structured")
    answer = cloud.send("GET", cloud.v2_job())
    assert (answer.status, answer.json["job_detail"]["properties"]) == (202, {})
    assert answer.json["job_detail"]["arguments"][0] == "--class"
    assert cloud.send("GET", cloud.v2_jobs()).status == 202


def test_failed_v2_sql_cancel_is_error(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_sql", id="sql", refuses=True)
    path = f"/v2/{cloud.project}/clusters/{cloud.examples['mrs_cluster_id']}/sql-execution/sql/cancel"
    for status in (400, 500):
        simulator.switches(mrs_sql_cancel_failure=status)
        answer = cloud.send("POST", path)
        assert (answer.status, answer.json) == (status, {"status": "FAILED", "message": "Cancel sql error"})


# The dialect of OpenStack Sahara (docs/api, section 1.8)


@pytest.fixture
def sahara(cloud: Any) -> Any:
    cloud.simulator.switches(mrs_dialect="sahara")
    return cloud


def info_status(answer: Any) -> str:
    return answer.json["job_execution"]["info"]["status"]


def test_sahara_cancel_returns_previous_record(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", stop_takes=10)
    assert info_status(sahara.send("GET", sahara.execution("job", "/cancel"))) == "RUNNING"
    assert info_status(sahara.send("GET", sahara.execution("job"))) == "TOBEKILLED"
    sahara.simulator.advance(11)
    after = sahara.send("GET", sahara.execution("job", "/cancel"))
    assert (after.status, info_status(after)) == (200, "KILLED")


def test_sahara_show_lags_behind_refresh(sahara: Any) -> None:
    sahara.simulator.switches(sahara_lag=30)
    sahara.simulator.seed("mrs", id="job", ends_after=10)
    sahara.simulator.advance(15)
    assert info_status(sahara.send("GET", sahara.execution("job"))) == "RUNNING"
    assert info_status(sahara.send("GET", sahara.execution("job", "/refresh-status"))) == "SUCCEEDED"
    sahara.simulator.advance(30)
    assert info_status(sahara.send("GET", sahara.execution("job"))) == "SUCCEEDED"


def test_sahara_shows_running_again_while_killing(sahara: Any) -> None:
    sahara.simulator.switches(sahara_runs_again="on")
    sahara.simulator.seed("mrs", id="job", stop_takes=10)
    sahara.send("GET", sahara.execution("job", "/cancel"))
    seen = []
    for seconds in (0, 6, 6):
        sahara.simulator.advance(seconds)
        seen.append(info_status(sahara.send("GET", sahara.execution("job"))))
    assert seen == ["TOBEKILLED", "RUNNING", "KILLED"]


def test_sahara_never_kills_unstarted_job(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", state="submitted")
    assert info_status(sahara.send("GET", sahara.execution("job"))) == "PENDING"
    sahara.send("GET", sahara.execution("job", "/cancel"))
    sahara.simulator.advance(10**4)
    assert info_status(sahara.send("GET", sahara.execution("job", "/refresh-status"))) == "TOBEKILLED"


def test_sahara_refuses_protected_and_foreign_jobs(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", record={"is_protected": True})
    answer = sahara.send("GET", sahara.execution("job", "/cancel"))
    assert (answer.status, answer.json["error_name"]) == (400, "CANCELING_FAILED")
    foreign = sahara.execution("job", "/cancel", sahara.ready["foreign_project_id"])
    answer = sahara.send("GET", foreign)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (401, "text/html")
    assert answer.text.startswith("<html>")


def test_sahara_does_not_serve_job_exes(sahara: Any) -> None:
    assert sahara.send("GET", sahara.job_exe()).status == 404
    assert sahara.send("GET", f"/v1.1/{sahara.project}/job-exes?cluster_id=x").status == 404
    assert sahara.send("POST", f"/v1.1/{sahara.project}/jobs/submit-job", {}).status == 404
    assert sahara.send("GET", sahara.execution(UNKNOWN_ID)).json["error_name"] == "NOT_FOUND"
