# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents' example requests, as curl sends them, give the documents' answers; the contract's case tables; every
switch both ways; the control API; what holds for every call."""

from __future__ import annotations

import datetime
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import trustme

from tests.simulator.running import ROOT, Simulator, SimulatorError

UNKNOWN = "00000000-0000-0000-0000-000000000000"


# The documents' examples (contract, sections 1.9, 2.7, 3.6, 4.7), with the documents' own project ids

MRS_SHOW = json.loads(
    '{"job_execution":{"created_at":"2017-05-25T07:28:12","updated_at":"2017-05-25T07:28:13",'
    '"id":"2de74673-1a78-48af-a95b-e1fec4a4ae9c","tenant_id":"37caa80116e1403ab603e5eeb48a2f74","job_id":"",'
    '"start_time":"2017-05-25T07:28:12","end_time":null,"cluster_id":"ef7b54f2-3d92-49b2-a6d7-94607e1ea7df",'
    '"oozie_job_id":null,"return_code":null,"input_id":null,"output_id":null,"is_protected":false,"is_public":null,'
    '"engine_job_id":null,"job_configs":null,"data_source_urls":null,"info":null}}'
)
MRS_LISTED = json.loads(
    '{"created_at":"2017-06-22T06:24:57","updated_at":"2017-06-22T06:24:59",'
    '"id":"84900772-8807-4ddc-9484-f719fa43711f","tenant_id":"5a3314075bfa49b9ae360f4ecd333695","job_id":"",'
    '"start_time":"2017-06-22T06:24:49","end_time":"2017-06-22T06:25:02",'
    '"cluster_id":"33dff020-7f96-4270-9c3a-88b99627f6e2","oozie_job_id":null,"return_code":null,"input_id":null,'
    '"output_id":null,"is_protected":false,"is_public":null,"engine_job_id":null,"job_configs":null,'
    '"data_source_urls":null,"info":null}'
)
JOB_EXE = json.loads(
    '{"job_execution":{"id":"632863d5-15d4-4691-9dc1-1a72340cb097","create_at":1484240559176,'
    '"update_at":1484240559176,"tenant_id":"3f99e3319a8943ceb15c584f3325d064",'
    '"job_id":"632863d5-15d4-4691-9dc1-1a72340cb097","job_name":"hive_script","start_time":1484240559176,'
    '"end_time":null,"cluster_id":"8b1d55f6-150e-45e2-8347-b2ca608d366b",'
    '"group_id":"632863d5-15d4-4691-9dc1-1a72340cb097","jar_path":"s3a://jp-test1/program/Hivescript.sql",'
    '"input":"s3a://jp-test1/input/","output":"s3a://jp-test1/output/","job_log":"s3a://jp-test1/joblogs/",'
    '"job_type":3,"file_action":"","arguments":"wordcount","hql":null,"job_state":3,"job_final_status":1,'
    '"hive_script_path":"s3a://jp-test1/program/Hivescript.sql","create_by":"3f99e3319a8943ceb15c584f3325d064",'
    '"finished_step":0,"job_main_id":"","job_step_id":"","postpone_at":1484240558705,"step_name":"","step_num":0,'
    '"task_num":0,"update_by":"3f99e3319a8943ceb15c584f3325d064","spend_time":null,"step_seq":222,'
    '"progress":"first progress"}}'
)
V2_SHOW = json.loads(
    '{"job_detail":{"job_id":"431b135e-c090-489f-b1db-0abe3822b855","user":"xxxx","job_name":"pyspark1",'
    '"job_result":"SUCCEEDED","job_state":"FINISHED","job_progress":100,"job_type":"SparkSubmit",'
    '"started_time":1564626578817,"submitted_time":1564626561541,"finished_time":1564626664930,'
    '"elapsed_time":86113,"queue":"default","arguments":"[--class, org.apache.spark.examples.SparkPi, '
    "--driver-memory, 512MB, --num-executors, 1, --executor-cores, 1, --master, yarn-cluster, "
    'obs://obs-test/jobs/spark/spark-examples_2.11-2.1.0.jar, 10000]",'
    '"launcher_id":"application_1564622673393_0006","app_id":"application_1564622673393_0007","properties":"{}"}}'
)
V2_LISTED = json.loads(
    '{"job_id":"981374c1-85da-44ee-be32-edfb4fba776c","user":"xxxx","job_name":"SparkSubmitTest",'
    '"job_result":"UNDEFINED","job_state":"ACCEPTED","job_progress":0,"job_type":"SparkSubmit","started_time":0,'
    '"submitted_time":1564714763119,"finished_time":0,"elapsed_time":0,"queue":"default",'
    '"arguments":"[--class, --driver-memory, --executor-cores, --master, yarn-cluster, '
    'obs://obs-test/hadoop-mapreduce-examples-3.1.1.jar, dddd]","launcher_id":"application_1564622673393_0613",'
    '"properties":"{}"}'
)
CDM_STOP = json.loads(
    '{"submissions":[{"isIncrementing":false,"job-name":"mrshive2dws_api_autotest_98516","submission-id":1871,'
    '"isStopingIncrement":"","last-update-date":1643081225548,"is-execute-auto":false,"delete_rows":0,'
    '"write_rows":0,"last-udpate-user":"ei_dlf_l00341563","isDeleteJob":false,"creation-user":"ei_dlf_l00341563",'
    '"progress":0,"creation-date":1643081225497,"update_rows":0,"status":"STOPPED","execute-date":1643081225548}]}'
)
CDM_STATUS = json.loads(
    '{"submissions":[{"job-name":"jdbc2hive","creation-user":"cdm","creation-date":"1536905778725","progress":1,'
    '"status":"BOOTING"}]}'
)
CDM_FINISHED = json.loads(
    '{"submissions":[{"progress":0,"job-name":"mysql2dws","status":"SUCCEEDED","creation-date":1536654788622,'
    '"creation-user":"cdm","isStopingIncrement":"","last-update-date":1536654888622,"is-execute-auto":false,'
    '"last-update-user":"cdm","isDeleteJob":false,"isIncrementing":false,"external-id":"job_local1127970451_0009",'
    '"counters":{"org.apache.sqoop.submission.counter.SqoopCounters":{"BYTES_WRITTEN":-1,"TOTAL_FILES":-1,'
    '"BYTES_READ":-1,"FILES_WRITTEN":-1,"TOTAL_SIZE":-1,"FILES_READ":-1,"ROWS_WRITTEN":80,"ROWS_READ":80}}}]}'
)
CDM_PENDING = json.loads(
    '{"submissions":[{"isIncrementing":false,"job-name":"obs2obs-03","submission-id":13,"isStopingIncrement":"",'
    '"last-update-date":1635909057030,"is-execute-auto":false,"delete_rows":0,"write_rows":0,"isDeleteJob":false,'
    '"creation-user":"mwx5316849","progress":0,"creation-date":1635909057030,"update_rows":0,"status":"PENDING",'
    '"execute-date":1635909057030}]}'
)
SQL_STATUS = json.loads(
    r'{"is_success":true,"message":"","job_id":"208b08d4-0dc2-4dd7-8879-ddd4c020d7aa","job_type":"QUERY",'
    r'"job_mode":"async","queue_name":"default","owner":"test","start_time":1509335108918,"duration":2523,'
    r'"status":"FINISHED","input_size":22,"result_count":4,"database_name":"dbtest","table_name":"tbtest",'
    r'"detail":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"integer\",\"nullable\":true,'
    r'\"metadata\":{}},{\"name\":\"name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}",'
    r'"statement":"select * from t1"}'
)
SQL_PROGRESS = json.loads(
    '{"is_success":true,"message":"","job_id":"85798b38-ae44-48eb-bb90-7cf0dcdafe7b","status":"RUNNING",'
    '"sub_job_id":0,"progress":0,"sub_jobs":[{"id":0,"name":"runJob at FileFormatWriter.scala:266",'
    '"submission_time":"Mon Jul 27 17:24:03 CST 2020","stage_ids":[0],'
    '"job_group":"85798b38-ae44-48eb-bb90-7cf0dcdafe7b","status":"RUNNING","num_tasks":1,"num_active_tasks":1,'
    '"num_completed_tasks":0,"num_skipped_tasks":0,"num_failed_tasks":0,"num_killed_tasks":0,'
    '"num_completed_indices":0,"num_active_stages":1,"num_completed_stages":0,"num_skipped_stages":0,'
    '"num_failed_stages":0}]}'
)
BATCHES = json.loads(
    '{"from":0,"total":1,"sessions":[{"id":"178fa687-2e8a-41ed-a439-b00de60bb176","state":"dead","appId":null,'
    '"log":["stdout: ","stderr: ","YARN Diagnostics: "],"sc_type":"A","cluster_name":"test",'
    '"create_time":1531906043036}]}'
)
FLINK_LISTED = json.loads(
    '{"job_id":146,"name":"aaaaa","desc":"","user_name":"","job_type":"flink_sql_job","status":"job_init",'
    '"status_desc":"","create_time":1578892414688,"duration":0,"root_id":-1,"graph_editor_enabled":false,'
    '"has_savepoint":false}'
)
DELETE_GRAPH = json.loads(
    '{"jobId":"ff80808167bb90340167bc5d0b1d0358","status":"success","jobType":"GraphManagement",'
    '"jobName":"DeleteGraph","relatedGraph":"test1218","beginTime":"2018-12-17T13:31:14",'
    '"endTime":"2018-12-17T13:34:48","jobProgress":0}'
)
MRS_PROJECT, DLI_PROJECT = "37caa80116e1403ab603e5eeb48a2f74", "48cc2c48765f481480c7db940d6409d1"
EXE_PROJECT = "3f99e3319a8943ceb15c584f3325d064"
EXECUTION = f"/v1.1/{MRS_PROJECT}/job-executions/2de74673-1a78-48af-a95b-e1fec4a4ae9c"
MRS_CLUSTER = f"/v2/{MRS_PROJECT}/clusters/ef7b54f2-3d92-49b2-a6d7-94607e1ea7df"
CDM_CLUSTER = f"/v1.1/{MRS_PROJECT}/clusters/6ec9a0a4-76be-4262-8697-e7af1fac7920"
DLI_JOBS = f"/v1.0/{DLI_PROJECT}/jobs"

EXAMPLES = [
    ("GET", EXECUTION, None, 200, MRS_SHOW),
    ("GET", EXECUTION + "/cancel", None, 200, MRS_SHOW),
    ("GET", f"/v1.1/{EXE_PROJECT}/job-exes/632863d5-15d4-4691-9dc1-1a72340cb097", None, 200, JOB_EXE),
    ("GET", MRS_CLUSTER + "/job-executions/431b135e-c090-489f-b1db-0abe3822b855", None, 200, V2_SHOW),
    (
        "GET",
        MRS_CLUSTER + "/job-executions?job_name=SparkSubmitTest",
        None,
        200,
        {"total_record": 1, "job_list": [V2_LISTED]},
    ),
    ("GET", CDM_CLUSTER + "/cdm/job/jdbc2hive/status", None, 200, CDM_STATUS),
    ("GET", CDM_CLUSTER + "/cdm/job/mysql2dws/status", None, 200, CDM_FINISHED),
    ("GET", CDM_CLUSTER + "/cdm/job/obs2obs-03/status", None, 200, CDM_PENDING),
    (
        "DELETE",
        CDM_CLUSTER + "/cdm/job/missing",
        None,
        400,
        {"errCode": "Cdm.0100", "externalMessage": "Job[missing] doesn't exist."},
    ),
    ("GET", DLI_JOBS + "/208b08d4-0dc2-4dd7-8879-ddd4c020d7aa/status", None, 200, SQL_STATUS),
    ("GET", f"/v1/{DLI_PROJECT}/jobs/85798b38-ae44-48eb-bb90-7cf0dcdafe7b/progress", None, 200, SQL_PROGRESS),
    ("DELETE", DLI_JOBS + "/85798b38-ae44-48eb-bb90-7cf0dcdafe7b", None, 200, {"is_success": True, "message": ""}),
    (
        "DELETE",
        f"/v1.0/{DLI_PROJECT}/queues/testqueue/jobs/85798b38-ae44-48eb-bb90-7cf0dcdafe7b",
        None,
        400,
        {"error_code": "DLI.0002", "error_msg": "There is no queue named testqueue"},
    ),
    ("GET", f"/v2.0/{DLI_PROJECT}/batches?job-id=178fa687-2e8a-41ed-a439-b00de60bb176", None, 200, BATCHES),
    (
        "GET",
        f"/v2.0/{DLI_PROJECT}/batches/0a324461-d9d9-45da-a52a-3b3c7a3d809e/state",
        None,
        200,
        {"id": "0a324461-d9d9-45da-a52a-3b3c7a3d809e", "state": "Success"},
    ),
    ("DELETE", f"/v2.0/{DLI_PROJECT}/batches/7b1a6e4c-0b0f-4a9e-9d7e-5f2c8d3a1e60", None, 200, {"msg": "deleted"}),
    (
        "POST",
        f"/v1.0/{DLI_PROJECT}/streaming/jobs/stop",
        {"job_ids": [128, 137], "trigger_savepoint": False},
        200,
        [{"is_success": "true", "message": "The request for stopping DLI jobs is successfully delivered."}] * 2,
    ),
    (
        "GET",
        f"/v1.0/{DLI_PROJECT}/streaming/jobs?name=aaaaa",
        None,
        200,
        {
            "is_success": "true",
            "message": "Jobs are successfully listed.",
            "job_list": {"total_count": 1, "jobs": [FLINK_LISTED]},
        },
    ),
    (
        "GET",
        f"/v1.0/{MRS_PROJECT}/graphs/jobs?graph_name=test1218",
        None,
        200,
        {"jobCount": 1, "jobList": [DELETE_GRAPH]},
    ),
    (
        "GET",
        f"/v1.0/{MRS_PROJECT}/graphs/{UNKNOWN}",
        None,
        400,
        {"errorCode": "GES.7000", "errorMessage": "The graph does not exist or has been deleted."},
    ),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"), EXAMPLES, ids=[row[1][-40:] for row in EXAMPLES]
)
def test_the_documents_request_gives_the_documents_answer(
    cloud: Any, method: str, path: str, body: Any, status: int, answer: Any
) -> None:
    got = cloud.ask(method, path, body)
    assert (got.status, got.json) == (status, answer)


def test_cdm_stop_answers_with_documented_submission(cloud: Any) -> None:
    (got,) = cloud.ask("PUT", cloud.cdm_job(more="/stop")).json["submissions"]
    (wanted,) = CDM_STOP["submissions"]
    assert got.pop("last-update-date") > wanted.pop("last-update-date")
    assert got == wanted


def test_the_documents_list_of_executions(cloud: Any) -> None:
    answer = cloud.ask("GET", "/v1.1/5a3314075bfa49b9ae360f4ecd333695/job-executions").json
    assert MRS_LISTED in answer["job_executions"]
    assert answer["markers"] == {"prev": None, "next": None}


def test_the_documents_list_of_sql_jobs(cloud: Any) -> None:
    answer = cloud.ask("GET", DLI_JOBS + "?job-id=37286cc7-0508-4ffd-b636-951c8a5c75de").json
    (job,) = answer["jobs"]
    assert (answer["is_success"], answer["message"], answer["job_count"]) == (True, "", 1)
    assert (job["end_time"], job["duration"], job["owner"]) == (1502349821460, 17731, "tenant1")


@pytest.mark.parametrize(
    ("method", "path", "status", "answer"),
    [
        (
            "DELETE",
            "jobs/9440a7ebXXXXXXXXXXXXXXXXXXXX2d079a67001679122",
            400,
            {
                "errorMessage": "can not find job to cancel, id is 9440a7ebXXXXXXXXXXXXXXXXXXXX2d079a67001679122",
                "errorCode": "GES.8303",
            },
        ),
        (
            "GET",
            "jobs/9440a7ebXXXXXXXXXXXXXXXXXXXX2d079a67001679122/status",
            400,
            {
                "errorMessage": "can not find job, jobId is  9440a7ebXXXXXXXXXXXXXXXXXXXX2d079a67001679122",
                "errorCode": "GES.8301",
            },
        ),
        ("DELETE", "jobs/b4f2e9d0c1a84e6f9a7d3c5b2e1f0a96", 200, {}),
    ],
)
def test_the_documents_requests_of_ges_service_plane(
    cloud: Any, method: str, path: str, status: int, answer: Any
) -> None:
    got = cloud.ask(method, "/ges/v1.0/10001/graphs/moviejx/" + path, base="ges_service")
    assert (got.status, got.json) == (status, answer)


def test_the_documents_list_of_graph_jobs(cloud: Any) -> None:
    answer = cloud.ask("GET", "/ges/v1.0/10001/graphs/moviejx/jobs/status", base="ges_service").json
    imported = answer["jobs"][1]
    assert answer["result"] == "success"
    assert (imported["status"], imported["request"]["command"]) == ("complete", "import_graph")
    assert imported["request"]["url"] == "/ges/v1.0/10001/graphs/moviejx/action?action_id=import-graph"
    unknown = cloud.ask("GET", "/ges/v1.0/10001/graphs/movidde/jobs/status", base="ges_service")
    wanted = {"errorMessage": "graph : movidde not exist", "errorCode": "GES.8000", "result": "failed"}
    assert (unknown.status, unknown.json) == (400, wanted)


def test_every_example_of_ready_is_running(cloud: Any) -> None:
    examples, truth = cloud.examples, cloud.simulator.truth
    for service, key in (
        ("mrs", "mrs_job_execution_id"),
        ("mrs_v2", "mrs_v2_job_id"),
        ("cdm", "cdm_job_name"),
        ("dli_sql", "dli_sql_job_id"),
        ("dli_spark", "dli_spark_job_id"),
        ("dli_flink", "dli_flink_job_id"),
        ("ges", "ges_job_id"),
    ):
        assert truth(service, examples[key])["state"] == "running"
    cloud.simulator.advance(10**7)
    assert truth("mrs", examples["mrs_job_execution_id"])["state"] == "running"


# Lives


def test_a_job_is_submitted_runs_and_ends_by_itself(simulator: Any) -> None:
    simulator.seed("dli_sql", id="life", starts_after=5, ends_after=8, ends_as="failed")
    seen = [simulator.truth("dli_sql", "life")["status"]]
    for _round in range(2):
        simulator.advance(5)
        seen.append(simulator.truth("dli_sql", "life")["status"])
    assert seen == ["LAUNCHING", "RUNNING", "FAILED"]
    truth = simulator.truth("dli_sql", "life")
    assert [event["event"] for event in truth["history"]] == ["submitted", "start", "end"]
    assert truth["history"][2]["at"] - truth["history"][0]["at"] == pytest.approx(8)
    assert truth["stopped_by_us"] is False


def test_a_job_that_ends_before_its_stop_takes_effect_was_not_stopped_by_us(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="race", ends_after=5, stop_takes=10)
    assert cloud.ask("DELETE", cloud.sql_job("race")).json["is_success"] is True
    simulator.advance(20)
    truth = simulator.truth("dli_sql", "race")
    assert (truth["state"], truth["stopped_by_us"]) == ("finished", False)


def test_a_job_that_ignores_the_stop_goes_on_to_its_own_end(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="deaf", ignores_stop=True, ends_after=30)
    assert cloud.ask("POST", cloud.v2_job("deaf", "/kill")).status == 202
    assert simulator.journal(mutating=True)[-1]["effect"] is False
    simulator.advance(40)
    assert cloud.ask("GET", cloud.v2_job("deaf")).json["job_detail"]["job_state"] == "FINISHED"


def test_a_status_that_nobody_documented_is_shown_until_the_state_changes(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="odd", status="HIBERNATING", statuses={"stopped": "BURIED"})
    status = cloud.cdm_job("odd")
    assert cloud.ask("GET", status).json["submissions"][0]["status"] == "HIBERNATING"
    cloud.ask("PUT", cloud.cdm_job("odd", "/stop"))
    assert cloud.ask("GET", status).json["submissions"][0]["status"] == "BURIED"


@pytest.mark.parametrize(
    ("service", "status", "state"),
    [
        ("cdm", "FAILURE_ON_SUBMIT", "failed"),
        ("cdm", "NEVER_EXECUTED", "new"),
        ("dli_flink", "job_arrearage_stopped", "failed"),
        ("dli_sql", "SCALING", "running"),
        ("mrs", 5, "failed"),
        ("mrs_v2", "NEW_SAVING", "submitted"),
        ("ges", "partiallyFailed", "finished"),
    ],
)
def test_a_documented_status_word_brings_its_state(simulator: Any, service: str, status: Any, state: str) -> None:
    (job,) = simulator.seed(service, status=status)
    truth = simulator.truth(service, job["id"])
    assert (truth["status"], truth["state"]) == (status, state)


# MRS, case by case (1.6) and its switches


def test_mrs_cancel_of_an_ended_execution(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="ended", state="finished")
    before = cloud.ask("GET", cloud.execution("ended")).json
    answer = cloud.ask("GET", cloud.execution("ended", "/cancel"))
    assert (answer.status, answer.json) == (200, before)
    simulator.switches(mrs_cancel_ended="refused")
    answer = cloud.ask("GET", cloud.execution("ended", "/cancel"))
    assert (answer.status, answer.json["error_code"]) == (400, "12000054")


def test_mrs_cancel_shows_the_record_before_or_after(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", count=1, id="one")
    simulator.seed("mrs", count=1, id="two")
    assert cloud.ask("GET", cloud.execution("one", "/cancel")).json["job_execution"]["end_time"] is None
    simulator.switches(mrs_cancel_shows="after")
    assert cloud.ask("GET", cloud.execution("two", "/cancel")).json["job_execution"]["end_time"] is not None


def test_mrs_cancel_refused(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="stubborn", refuses=True)
    for error_class in (400, 500):
        simulator.switches(mrs_error_class=error_class)
        answer = cloud.ask("GET", cloud.execution("stubborn", "/cancel"))
        assert (answer.status, answer.json["error_code"]) == (error_class, "0160")
    assert [event["event"] for event in simulator.truth("mrs", "stubborn")["history"]][1:] == ["stop refused"] * 2


def test_mrs_unknown_execution_in_two_bodies(cloud: Any, simulator: Any) -> None:
    answer = cloud.ask("GET", cloud.execution(UNKNOWN, "/cancel"))
    assert (answer.status, answer.json["error_code"]) == (404, "0176")
    simulator.switches(mrs_cancel_unknown="sahara")
    answer = cloud.ask("GET", cloud.execution(UNKNOWN, "/cancel"))
    assert (answer.status, answer.json["error_name"], answer.json["error_code"]) == (404, "NOT_FOUND", 404)
    assert answer.json["error_message"].startswith(f"Object with {{'id': '{UNKNOWN}'}} not found\nError ID: ")


def test_mrs_info_is_null_or_oozies_object(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs", id="one")
    assert cloud.ask("GET", cloud.execution("one")).json["job_execution"]["info"] is None
    simulator.switches(mrs_info="oozie")
    record = cloud.ask("GET", cloud.execution("one")).json["job_execution"]
    assert record["info"]["status"] == "RUNNING"
    assert record["oozie_job_id"] == record["engine_job_id"] == record["info"]["id"]


def test_mrs_refresh_status_is_absent_or_present(cloud: Any, simulator: Any) -> None:
    assert cloud.ask("GET", cloud.execution(more="/refresh-status")).status == 404
    simulator.switches(mrs_refresh_status="present")
    answer = cloud.ask("GET", cloud.execution(more="/refresh-status"))
    assert (answer.status, answer.json) == (200, MRS_SHOW)


def test_mrs_numbers_of_job_exes_are_integers_or_strings(cloud: Any, simulator: Any) -> None:
    assert cloud.ask("GET", cloud.job_exe()).json["job_execution"]["job_state"] == 2
    simulator.switches(mrs_numbers="string")
    record = cloud.ask("GET", cloud.job_exe()).json["job_execution"]
    assert (record["job_state"], record["job_final_status"]) == ("2", "0")


def test_mrs_v1_api_may_be_refused_on_the_cluster(cloud: Any, simulator: Any) -> None:
    for value, code in (("security_cluster", "12000064"), ("newer_cluster", "12000085")):
        simulator.switches(mrs_v1_api=value)
        answer = cloud.ask("GET", cloud.execution(more="/cancel"))
        assert (answer.status, answer.json["error_code"]) == (400, code)
    assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"


def test_mrs_submit_answer_wrapped_or_flat_in_milliseconds_or_seconds(cloud: Any, simulator: Any) -> None:
    body = {"job_type": 1, "job_name": "x", "cluster_id": cloud.examples["mrs_cluster_id"], "jar_path": "s3a://b/c"}
    path = f"/v1.1/{cloud.project}/jobs/submit-job"
    wrapped = cloud.ask("POST", path, body).json["job_execution"]
    assert (wrapped["job_state"], wrapped["job_id"], len(str(wrapped["created_at"]))) == (1, "", 13)
    simulator.switches(mrs_submit_answer="flat", mrs_submit_times="seconds")
    flat = cloud.ask("POST", path, body).json
    assert len(str(flat["created_at"])) == 10
    assert cloud.ask("POST", path, {**body, "cluster_id": UNKNOWN}).json["error_code"] == "12000003"
    assert cloud.ask("POST", path, {"cluster_id": body["cluster_id"]}).json["error_code"] == "12000002"


def test_mrs_execution_list_pages_by_marker(cloud: Any, simulator: Any) -> None:
    for name in "edcba":
        simulator.seed("mrs", id=name, project_id=cloud.ready["second_project_id"], cluster_id="other")
    token = cloud.login({"name": "eu-de_second"}).headers["x-subject-token"]
    path = f"/v1.1/{cloud.ready['second_project_id']}/job-executions"

    def page(query: str) -> tuple[list[str], Any]:
        answer = cloud.ask("GET", path + query, token=token).json
        return [job["id"] for job in answer["job_executions"]], answer["markers"]

    assert page("?limit=2&sort_by=id") == (["a", "b"], {"prev": None, "next": "b"})
    assert page("?limit=2&sort_by=id&marker=b") == (["c", "d"], {"prev": None, "next": "d"})
    assert page("?limit=2&sort_by=id&marker=d") == (["e"], {"prev": "b", "next": None})
    assert page("?sort_by=-id")[0] == ["e", "d", "c", "b", "a"]
    for query in ("?limit=0", "?limit=x", "?marker=unknown"):
        assert cloud.ask("GET", path + query, token=token).status == 400


def test_mrs_v2_kill_answers(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="one")
    answer = cloud.ask("POST", cloud.v2_job("one", "/kill"))
    assert (answer.status, answer.text) == (202, "")
    simulator.switches(mrs_kill_answer=200)
    answer = cloud.ask("POST", cloud.v2_job(more="/kill"))
    assert (answer.status, answer.json) == (200, {"result": "succeeded"})


def test_mrs_v2_kill_of_an_ended_job(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="ended", state="finished")
    refused = {"error_msg": "Failed to terminate the job.", "error_code": "0175"}
    for error_class in (400, 500):
        simulator.switches(mrs_error_class=error_class)
        answer = cloud.ask("POST", cloud.v2_job("ended", "/kill"))
        assert (answer.status, answer.json) == (error_class, refused)
    simulator.switches(mrs_kill_ended="accepted")
    assert cloud.ask("POST", cloud.v2_job("ended", "/kill")).status == 202
    assert simulator.truth("mrs_v2", "ended")["state"] == "finished"


def test_mrs_v2_unknown_job_and_cluster(cloud: Any, simulator: Any) -> None:
    answer = cloud.ask("GET", cloud.v2_job(UNKNOWN))
    assert (answer.status, answer.json["error_code"]) == (400, "0176")
    assert cloud.ask("GET", cloud.v2_job(cluster=UNKNOWN)).json["errorCode"] == "12000003"
    simulator.switches(mrs_no_cluster_key="error_code")
    assert cloud.ask("POST", cloud.v2_job(cluster=UNKNOWN, more="/kill")).json["error_code"] == "12000003"


def test_mrs_v2_pages_are_counted_from_one(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", count=3, cluster_id="fresh")
    path = f"/v2/{cloud.project}/clusters/fresh/job-executions"
    lengths = [len(cloud.ask("GET", f"{path}?limit=2&offset={page}").json["job_list"]) for page in (1, 2, 3)]
    assert lengths == [2, 1, 0]
    answer = cloud.ask("GET", path + "?offset=0")
    assert (answer.json["error_code"], answer.json["error_msg"]) == ("MRS.0002", "the offset is invalid")


def test_mrs_v2_reads_with_200_or_202_and_texts_or_structures(cloud: Any, simulator: Any) -> None:
    assert cloud.ask("GET", cloud.v2_job()).status == 200
    simulator.switches(mrs_v2_read_code=202, mrs_v2_texts="structured")
    answer = cloud.ask("GET", cloud.v2_job())
    assert (answer.status, answer.json["job_detail"]["properties"]) == (202, {})
    assert answer.json["job_detail"]["arguments"][0] == "--class"
    assert cloud.ask("GET", cloud.v2_jobs()).status == 202


def test_mrs_v2_sql_cancel_that_fails(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_sql", id="sql", refuses=True)
    path = f"/v2/{cloud.project}/clusters/{cloud.examples['mrs_cluster_id']}/sql-execution/sql/cancel"
    for status in (400, 500):
        simulator.switches(mrs_sql_cancel_failure=status)
        answer = cloud.ask("POST", path)
        assert (answer.status, answer.json) == (status, {"status": "FAILED", "message": "Cancel sql error"})


# Sahara's dialect (1.8)


@pytest.fixture
def sahara(cloud: Any) -> Any:
    cloud.simulator.switches(mrs_dialect="sahara")
    return cloud


def info_status(answer: Any) -> str:
    return answer.json["job_execution"]["info"]["status"]


def test_sahara_answers_the_cancel_with_the_record_as_before(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", stop_takes=10)
    assert info_status(sahara.ask("GET", sahara.execution("job", "/cancel"))) == "RUNNING"
    assert info_status(sahara.ask("GET", sahara.execution("job"))) == "TOBEKILLED"
    sahara.simulator.advance(11)
    after = sahara.ask("GET", sahara.execution("job", "/cancel"))
    assert (after.status, info_status(after)) == (200, "KILLED")


def test_saharas_plain_show_lags_behind_and_refresh_does_not(sahara: Any) -> None:
    sahara.simulator.switches(sahara_lag=30)
    sahara.simulator.seed("mrs", id="job", ends_after=10)
    sahara.simulator.advance(15)
    assert info_status(sahara.ask("GET", sahara.execution("job"))) == "RUNNING"
    assert info_status(sahara.ask("GET", sahara.execution("job", "/refresh-status"))) == "SUCCEEDED"
    sahara.simulator.advance(30)
    assert info_status(sahara.ask("GET", sahara.execution("job"))) == "SUCCEEDED"


def test_sahara_can_show_running_again_while_it_kills(sahara: Any) -> None:
    sahara.simulator.switches(sahara_runs_again="on")
    sahara.simulator.seed("mrs", id="job", stop_takes=10)
    sahara.ask("GET", sahara.execution("job", "/cancel"))
    seen = []
    for seconds in (0, 6, 6):
        sahara.simulator.advance(seconds)
        seen.append(info_status(sahara.ask("GET", sahara.execution("job"))))
    assert seen == ["TOBEKILLED", "RUNNING", "KILLED"]


def test_sahara_never_kills_what_its_engine_never_started(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", state="submitted")
    assert info_status(sahara.ask("GET", sahara.execution("job"))) == "PENDING"
    sahara.ask("GET", sahara.execution("job", "/cancel"))
    sahara.simulator.advance(10**4)
    assert info_status(sahara.ask("GET", sahara.execution("job", "/refresh-status"))) == "TOBEKILLED"


def test_sahara_refuses_protected_records_and_other_tenants(sahara: Any) -> None:
    sahara.simulator.seed("mrs", id="job", record={"is_protected": True})
    answer = sahara.ask("GET", sahara.execution("job", "/cancel"))
    assert (answer.status, answer.json["error_name"]) == (400, "CANCELING_FAILED")
    foreign = sahara.execution("job", "/cancel", sahara.ready["foreign_project_id"])
    answer = sahara.ask("GET", foreign)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (401, "text/html")
    assert answer.text.startswith("<html>")


def test_sahara_has_no_job_exes(sahara: Any) -> None:
    assert sahara.ask("GET", sahara.job_exe()).status == 404
    assert sahara.ask("GET", f"/v1.1/{sahara.project}/job-exes?cluster_id=x").status == 404
    assert sahara.ask("POST", f"/v1.1/{sahara.project}/jobs/submit-job", {}).status == 404
    assert sahara.ask("GET", sahara.execution(UNKNOWN)).json["error_name"] == "NOT_FOUND"


# CDM, case by case (2.5) and its switches


@pytest.mark.parametrize(
    ("switches", "texts"),
    [
        pytest.param({}, ["submissions", "STOPPED"], id="default"),
        pytest.param({"cdm_stop_answer": "submissions"}, ["submissions", "STOPPED"], id="submissions"),
        pytest.param({"cdm_stop_answer": "empty"}, ["{}"], id="empty object"),
        pytest.param({"cdm_stop_answer": "none"}, [], id="no body"),
        pytest.param({"cdm_stop_answer": "warning"}, ["validation-result", "WARNING"], id="warning"),
    ],
)
def test_cdm_stop_answers_in_documented_forms(
    cloud: Any, simulator: Any, switches: dict[str, str], texts: list[str]
) -> None:
    simulator.switches(**switches)
    got = cloud.ask("PUT", cloud.cdm_job(more="/stop"))
    assert got.status == 200
    assert all(text in got.text for text in texts) if texts else got.text == ""
    assert simulator.truth("cdm", cloud.examples["cdm_job_name"])["stopped_by_us"]


def test_cdm_stop_refused_by_code_or_inside_a_200(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="stubborn", refuses=True)
    for name, code in (("mysql2dws", "Cdm.0053"), ("stubborn", "Cdm.0000")):
        simulator.switches(cdm_stop_refused="error")
        answer = cloud.ask("PUT", cloud.cdm_job(name, "/stop"))
        assert (answer.status, answer.json["errCode"]) == (400, code)
        simulator.switches(cdm_stop_refused="validation_result")
        answer = cloud.ask("PUT", cloud.cdm_job(name, "/stop"))
        assert (answer.status, answer.json["validation-result"][0]["status"]) == (200, "ERROR")


def test_cdm_unknown_job_in_all_spellings(cloud: Any, simulator: Any) -> None:
    for code in ("Cdm.0100", "Cdm.0054"):
        for status in (400, 500):
            simulator.switches(cdm_unknown_job=code, cdm_unknown_job_status=status)
            answer = cloud.ask("PUT", cloud.cdm_job("nope", "/stop"))
            assert (answer.status, answer.json["errCode"]) == (status, code)
            assert "nope" in answer.json["externalMessage"]


def test_cdm_unknown_cluster(cloud: Any, simulator: Any) -> None:
    for code in ("Cdm.0001", "Cdm.0201"):
        simulator.switches(cdm_unknown_cluster=code)
        answer = cloud.ask("PUT", cloud.cdm_job(cluster=UNKNOWN, more="/stop"))
        assert (answer.status, answer.json["errCode"]) == (400, code)


def test_cdm_submission_fields_in_both_spellings(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="one")
    (record,) = cloud.ask("GET", cloud.cdm_job("one")).json["submissions"]
    assert isinstance(record["creation-date"], int)
    assert "last-udpate-user" in record
    assert record["isStopingIncrement"] == ""
    simulator.switches(cdm_dates="strings", cdm_update_user="last-update-user", cdm_stoping_increment="boolean")
    (record,) = cloud.ask("GET", cloud.cdm_job("one")).json["submissions"]
    assert isinstance(record["creation-date"], str)
    assert "last-update-user" in record
    assert record["isStopingIncrement"] is False


def test_cdm_job_list(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", status="NEVER_EXECUTED", id="fresh")
    simulator.switches(cdm_show_total=1)
    (job,) = cloud.ask("GET", cloud.cdm_job("all", "?filter=fresh")).json["jobs"]
    assert (job["name"], job["status"]) == ("fresh", "NEW")
    assert cloud.ask("GET", cloud.cdm_job("fresh", "")).json["total"] == 1
    for query in ("?page_size=9", "?page_size=101", "?page_no=0"):
        assert cloud.ask("GET", cloud.cdm_job("all", query)).json["errCode"] == "Cdm.0014"
    assert cloud.ask("GET", CDM_CLUSTER + "/cdm/submissions").json["errCode"] == "Cdm.0014"


def test_cdm_list_has_a_word_for_stopped_or_not(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", state="stopped", id="halted")
    for value in ("STOPPED", "FAILED"):
        simulator.switches(cdm_list_stopped=value)
        (job,) = cloud.ask("GET", cloud.cdm_job("all", "?filter=halted")).json["jobs"]
        assert job["status"] == value
        assert cloud.ask("GET", cloud.cdm_job("halted")).json["submissions"][0]["status"] == "STOPPED"


def test_cdm_start_of_a_running_job(cloud: Any) -> None:
    answer = cloud.ask("PUT", cloud.cdm_job(more="/start"))
    assert (answer.status, answer.json["errCode"]) == (400, "Cdm.0052")


# DLI, case by case (3.5) and its switches


def test_dli_cancel_of_an_ended_job(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="ended", state="stopped")
    answer = cloud.ask("DELETE", cloud.sql_job("ended"))
    assert (answer.status, answer.json["is_success"]) == (200, False)
    simulator.switches(dli_cancel_ended="DLI.0007")
    answer = cloud.ask("DELETE", cloud.sql_job("ended"))
    assert (answer.status, answer.json["error_code"]) == (400, "DLI.0007")


def test_dli_refusal_hides_in_a_200(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="stubborn", refuses=True)
    answer = cloud.ask("DELETE", cloud.sql_job("stubborn"))
    assert (answer.status, answer.json["is_success"]) == (200, False)
    assert answer.json["message"]


def test_dli_unknown_jobs(cloud: Any, simulator: Any) -> None:
    for code, status in (("DLI.0002", 400), ("DLI.0023", 404)):
        simulator.switches(dli_unknown_job=code)
        for method, path in (
            ("DELETE", cloud.sql_job(UNKNOWN)),
            ("GET", cloud.sql_job(UNKNOWN, "/status")),
            ("GET", cloud.batch(UNKNOWN, "/state")),
            ("DELETE", cloud.batch(UNKNOWN)),
        ):
            answer = cloud.ask(method, path)
            assert (answer.status, answer.json["error_code"]) == (status, code)


def test_dli_unknown_queue(cloud: Any, simulator: Any) -> None:
    for code in ("DLI.0002", "DLI.0008"):
        simulator.switches(dli_unknown_queue=code)
        answer = cloud.ask("POST", cloud.sql_job("submit-job"), {"sql": "select 1", "queue_name": "testqueue"})
        assert answer.json == {"error_code": code, "error_msg": "There is no queue named testqueue"}


def test_dli_cancelled_batch_is_dead_success_or_gone(cloud: Any, simulator: Any) -> None:
    for value, status, state in (("dead", 200, "dead"), ("success", 200, "success"), ("gone", 400, None)):
        simulator.reset()
        simulator.switches(dli_spark_cancelled=value)
        cloud.ask("DELETE", cloud.batch())
        answer = cloud.ask("GET", cloud.batch(more="/state"))
        assert (answer.status, answer.json.get("state")) == (status, state)


def test_dli_spark_state_spelling_and_cancel_of_an_ended_batch(cloud: Any, simulator: Any) -> None:
    simulator.switches(dli_spark_state="capitalised", dli_spark_cancel_ended="deleted")
    assert cloud.ask("GET", cloud.batch(more="/state")).json["state"] == "Running"
    simulator.seed("dli_spark", id="ended", state="finished")
    assert cloud.ask("DELETE", cloud.batch("ended")).json == {"msg": "deleted"}
    simulator.switches(dli_spark_cancel_ended="DLI.0007")
    assert cloud.ask("DELETE", cloud.batch("ended")).json["error_code"] == "DLI.0007"


def test_dli_flink_answers_in_both_shapes(cloud: Any, simulator: Any) -> None:
    simulator.switches(dli_flink_answer="object", dli_flink_is_success="bool")
    answer = cloud.ask("POST", cloud.flink("/stop"), {"job_ids": [128]})
    assert answer.json["is_success"] is True
    assert cloud.ask("GET", cloud.flink("/128")).json["is_success"] is True


def test_dli_flink_stop_of_unknown_and_ended_jobs(cloud: Any, simulator: Any) -> None:
    body = {"job_ids": [128, 999, 146]}
    answer = cloud.ask("POST", cloud.flink("/stop"), body)
    assert (answer.status, answer.json["error_code"]) == (400, "DLI.16001")
    assert simulator.truth("dli_flink", 128)["state"] == "running"
    simulator.switches(dli_flink_unknown="element")
    answer = cloud.ask("POST", cloud.flink("/stop"), body)
    assert [element["is_success"] for element in answer.json] == ["true", "false", "false"]
    for wrong in ({}, {"job_ids": []}, {"job_ids": ["128"]}, {"job_ids": 128}):
        assert cloud.ask("POST", cloud.flink("/stop"), wrong).json["error_code"] == "DLI.0001"


@pytest.mark.parametrize("query", ["page-size=0", "page-size=101", "current-page=0", "order=size", "start=x"])
def test_dli_bad_list_parameters(cloud: Any, query: str) -> None:
    assert cloud.ask("GET", cloud.sql_job().rpartition("/")[0] + "?" + query).json["error_code"] == "DLI.0001"


# GES, case by case (4.6) and its switches


def ges(cloud: Any, method: str, path: str, **more: Any) -> Any:
    return cloud.ask(method, path, base="ges_service", **more)


def test_ges_cancelled_job_fails_or_is_gone(cloud: Any, simulator: Any) -> None:
    simulator.seed("ges", id="one")
    assert ges(cloud, "DELETE", cloud.ges_job("one")).json == {}
    assert ges(cloud, "GET", cloud.ges_job("one", "/status")).json == {"status": "failed"}
    simulator.switches(ges_cancelled="gone")
    assert ges(cloud, "GET", cloud.ges_job("one", "/status")).json["errorCode"] == "GES.8301"
    assert ges(cloud, "DELETE", cloud.ges_job("one")).json["errorMessage"] == "can not find job to cancel, id is one"


def test_ges_ended_and_refusing_jobs(cloud: Any, simulator: Any) -> None:
    simulator.seed("ges", id="ended", state="finished")
    simulator.seed("ges", id="stubborn", refuses=True)
    for job_id in ("ended", "stubborn"):
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
def test_ges_kinds_that_can_be_cancelled(cloud: Any, simulator: Any, command: str, editions: list[str]) -> None:
    for edition in ("four", "five", "seven"):
        simulator.switches(ges_cancellable=edition)
        simulator.seed("ges", id=edition, record={"command": command})
        answer = ges(cloud, "DELETE", cloud.ges_job(edition))
        assert (answer.status == 200) == (edition in editions)
        if edition not in editions:
            assert answer.json == {"errorMessage": "Unsupported Operation", "errorCode": "GES.8303"}
    simulator.switches(ges_unsupported="GES.7009")


def test_ges_unsupported_by_its_other_code(cloud: Any, simulator: Any) -> None:
    simulator.switches(ges_unsupported="GES.7009")
    simulator.seed("ges", id="backup", record={"command": "backup_graph"})
    assert ges(cloud, "DELETE", cloud.ges_job("backup")).json["errorCode"] == "GES.7009"


def test_ges_unknown_graph_name(cloud: Any, simulator: Any) -> None:
    for value, status, code in (("GES.8000", 400, "GES.8000"), ("GES.8402", 400, "GES.8402"), ("404", 404, None)):
        simulator.switches(ges_unknown_graph=value)
        answer = ges(cloud, "DELETE", cloud.ges_job(graph="movidde"))
        assert answer.status == status
        assert code is None or answer.json["errorCode"] == code


def test_ges_refuses_bad_tokens_and_projects_in_its_own_words(cloud: Any, simulator: Any) -> None:
    for status in (400, 401):
        simulator.switches(ges_auth_status=status)
        for token in (None, "wrong"):
            answer = ges(cloud, "GET", cloud.ges_job(more="/status"), token=token)
            assert (answer.status, answer.json["errorCode"]) == (status, "GES.8007")
        foreign = cloud.ges_job(more="/status").replace(cloud.project, cloud.ready["foreign_project_id"])
        assert ges(cloud, "GET", foreign).json["errorCode"] == "GES.8006"
    simulator.expire_tokens()
    assert ges(cloud, "GET", cloud.ges_job(more="/status")).json["errorCode"] == "GES.8007"


def test_ges_service_plane_is_not_behind_the_gateway(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="ges.job.status", limit=0, window=60)
    throttled = ges(cloud, "GET", cloud.ges_job(more="/status"))
    nowhere = ges(cloud, "GET", "/nowhere")
    assert (throttled.status, nowhere.status) == (429, 404)
    assert "APIG" not in throttled.text + nowhere.text
    assert ges(cloud, "GET", cloud.execution()).status == 404
    assert cloud.ask("GET", cloud.ges_job(more="/status")).json["error_code"] == "APIGW.0101"


def test_ges_submits_jobs_that_can_be_cancelled(cloud: Any, simulator: Any) -> None:
    graph = cloud.ges_job().rpartition("/jobs/")[0]
    for path in ("/vertices/action?action_id=query", "/edges/action?action_id=query", "/indices"):
        job_id = ges(cloud, "POST", graph + path, body={}).json["jobId"]
        assert ges(cloud, "DELETE", cloud.ges_job(job_id)).json == {}
    job_id = ges(cloud, "POST", graph + "/action?action_id=execute-algorithm", body={}).json["jobId"]
    hyg = cloud.ges_job(job_id).replace("/graphs/", "/hyg/")
    assert ges(cloud, "DELETE", hyg).json == {"result": "success"}
    assert ges(cloud, "POST", graph + "/action?action_id=dance", body={}).json["errorCode"] == "GES.8005"


def test_ges_pages_the_result_data(cloud: Any, simulator: Any) -> None:
    vertices = [{"id": str(number)} for number in range(5)]
    simulator.seed("ges", id="query", state="finished", record={"command": "vertex_query", "vertices": vertices})
    answer = ges(cloud, "GET", cloud.ges_job("query", "/status?offset=3&limit=10")).json
    assert answer["data"]["outputs"]["vertices"] == vertices[3:]
    assert answer["data"]["outputs"]["data_total_size"] == 5


def test_ges_management_errors_and_job_names(cloud: Any, simulator: Any) -> None:
    path = f"/v1.0/{cloud.project}/graphs/jobs"
    assert cloud.ask("GET", path + "?limit=x").json["errorCode"] == "GES.0001"
    simulator.switches(ges_management_keys="errCode", ges_job_name="array")
    assert cloud.ask("GET", path + "?limit=x").json == {"errCode": "GES.0001", "externalMessage": "Parameter error."}
    assert cloud.ask("GET", path).json["jobList"][0]["jobName"] == ["DeleteGraph"]
    simulator.seed("ges_management", state="submitted")
    assert cloud.ask("GET", path + "?status=waiting").json["jobList"][0]["status"] == "pending"


# The gateway (6.1)


def test_missing_wrong_and_expired_tokens(cloud: Any, simulator: Any) -> None:
    missing = cloud.ask("GET", cloud.job_exe(), token=None)
    assert (missing.status, missing.json["error_code"]) == (401, "APIGW.0301")
    assert missing.json["error_msg"] == "Incorrect IAM authentication information: x-auth-token not found"
    wrong = cloud.ask("GET", cloud.job_exe(), token="MIIwrong")
    assert wrong.json["error_msg"] == "Incorrect IAM authentication information: decrypt token fail"
    simulator.expire_tokens()
    expired = cloud.ask("GET", cloud.job_exe())
    assert (expired.status, expired.json["error_code"]) == (401, "APIGW.0307")
    assert expired.json["error_msg"] == "The token must be updated"
    fresh = cloud.login({"id": cloud.project}).headers["x-subject-token"]
    assert cloud.ask("GET", cloud.job_exe(), token=fresh).status == 200
    simulator.revoke_tokens()
    assert cloud.ask("GET", cloud.job_exe()).json["error_code"] == "APIGW.0301"


def test_a_token_ends_after_a_day(cloud: Any, simulator: Any) -> None:
    simulator.advance(24 * 3600 + 1)
    assert cloud.ask("GET", cloud.job_exe()).json["error_code"] == "APIGW.0307"


def test_services_may_refuse_tokens_themselves(cloud: Any, simulator: Any) -> None:
    for code, status in (("12000001", 401), ("130000002", 500)):
        simulator.switches(mrs_bad_token=code)
        answer = cloud.ask("GET", cloud.job_exe(), token="bad")
        assert (answer.status, answer.json["error_code"]) == (status, code)
    for code, status in (("DLI.0013", 401), ("DLI.0014", 401), ("DLI.0015", 400)):
        simulator.switches(dli_bad_token=code)
        answer = cloud.ask("GET", cloud.sql_job(more="/status"), token="bad")
        assert (answer.status, answer.json["error_code"]) == (status, code)


def test_wrong_project_by_the_services_codes_or_the_gateways(cloud: Any, simulator: Any) -> None:
    foreign = cloud.ready["foreign_project_id"]
    paths = {
        "12000107": cloud.job_exe(),
        "Cdm.0001": cloud.cdm_job(),
        "DLI.0016": cloud.sql_job(more="/status"),
    }
    for code, path in paths.items():
        answer = cloud.ask("GET", path.replace(cloud.project, foreign))
        assert answer.status == 400
        assert code in answer.text
    simulator.switches(wrong_project="gateway")
    for path in paths.values():
        for project in (foreign, cloud.ready["second_project_id"], "unknown"):
            answer = cloud.ask("GET", path.replace(cloud.project, project))
            assert (answer.status, answer.json["error_code"]) == (403, "APIGW.0302")


def test_throttling_with_and_without_retry_after(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="mrs.job_exe.show", limit=2, window=60)
    answers = [cloud.ask("GET", cloud.job_exe()) for number in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    wanted = "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute"
    assert (answers[2].json["error_code"], answers[2].json["error_msg"]) == ("APIGW.0308", wanted)
    assert "retry-after" not in answers[2].headers
    simulator.switches(retry_after="on", gateway_prefix="APIG")
    answer = cloud.ask("GET", cloud.job_exe())
    assert answer.json["error_code"] == "APIG.0308"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    simulator.advance(60)
    assert cloud.ask("GET", cloud.job_exe()).status == 200
    simulator.throttle(meaning="mrs.job_exe.show", limit=None)
    assert [cloud.ask("GET", cloud.job_exe()).status for number in range(4)] == [200] * 4


def test_logins_are_throttled_in_iams_words(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="iam.token.create", limit=1, window=10)
    assert cloud.login().status == 201
    answer = cloud.login()
    assert (answer.status, answer.json["error_code"]) == (429, "IAM.0012")


def test_unknown_paths_and_wrong_methods(cloud: Any) -> None:
    for method, path in (("GET", "/nowhere"), ("POST", cloud.execution(more="/cancel")), ("GET", "/v1.1//x")):
        answer = cloud.ask(method, path)
        assert (answer.status, answer.json["error_code"]) == (404, "APIGW.0101")
        assert len(answer.json["request_id"]) == 32
    assert cloud.ask("HEAD", cloud.execution(more="/cancel")).status == 404
    assert cloud.simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"
    assert {entry["meaning"] for entry in cloud.simulator.journal()} == {"unknown"}


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".", "%", "%2F", "a b+c", "naïve 作业", "q?w#e;x=1", "../../stop", "a\\b", "new\nline"]
)
def test_names_are_one_segment_of_the_path_whatever_they_hold(cloud: Any, simulator: Any, name: str) -> None:
    simulator.seed("cdm", id=name)
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    assert cloud.ask("GET", cloud.cdm_job(encoded)).json["submissions"][0]["job-name"] == name
    assert cloud.ask("PUT", cloud.cdm_job(quote(name, safe=""), "/stop")).status == 200
    assert simulator.truth("cdm", name)["stopped_by_us"]
    assert simulator.journal(mutating=True)[-1]["path"].endswith(f"/{quote(name, safe='')}/stop")


# IAM (6.2, 7.2, 8.1)


def test_login_by_name_and_by_id_of_user_and_project(cloud: Any) -> None:
    answer = cloud.login({"name": cloud.ready["project_name"], "domain": {"name": cloud.ready["domain_name"]}})
    token = answer.json["token"]
    assert (answer.status, token["project"]["id"], token["methods"]) == (201, cloud.project, ["password"])
    assert answer.headers["x-subject-token"].startswith("MII")
    user = {"id": token["user"]["id"], "password": cloud.ready["password"]}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": cloud.project}}}}
    assert cloud.ask("POST", "/v3/auth/tokens", body, token=None).status == 201


def test_login_without_scope_is_of_no_use_for_the_services(cloud: Any) -> None:
    token = cloud.login().headers["x-subject-token"]
    assert cloud.ask("GET", cloud.job_exe(), token=token).json["error_code"] == "12000107"
    assert cloud.ask("GET", "/v3/auth/projects", token=token).status == 200
    identity = {"methods": ["token"], "token": {"id": token}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": cloud.project}}}}
    scoped = cloud.ask("POST", "/v3/auth/tokens", body, token=None).headers["x-subject-token"]
    assert cloud.ask("GET", cloud.job_exe(), token=scoped).status == 200


def test_login_errors(cloud: Any) -> None:
    wrong = cloud.login(password="wrong")
    wanted = {"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}
    assert (wrong.status, wrong.json) == (401, wanted)
    assert cloud.login({"name": "nowhere"}).status == 401
    assert cloud.login({"id": cloud.ready["foreign_project_id"]}).status == 401
    invalid = {"error": {"code": 400, "message": "The request body is invalid", "title": "Bad Request"}}
    for body in (b"{", b"[]", {}, {"auth": {}}, {"auth": {"identity": {"methods": ["dance"]}}}):
        answer = cloud.ask("POST", "/v3/auth/tokens", body, token=None)
        assert (answer.status, answer.json) == (400, invalid)


def test_catalog_as_recorded_without_and_with_more(cloud: Any, simulator: Any) -> None:
    def catalog() -> dict[str, str]:
        entries = cloud.login({"id": cloud.project}).json["token"]["catalog"]
        return {entry["type"]: entry["endpoints"][0]["url"] for entry in entries}

    base = cloud.ready["mrs"]
    recorded = {"identity": base + "/v3", "mrs": base + "/v1.1", "mrsv1": f"{base}/v1.1/{cloud.project}"}
    assert catalog() == recorded
    simulator.switches(iam_catalog="all")
    more = {"cdm": f"{base}/v1.1/{cloud.project}", "dli": f"{base}/v1.0/{cloud.project}"}
    assert catalog() == {**recorded, **more}


def test_nocatalog_validation_and_discovery(cloud: Any) -> None:
    user = {"name": cloud.ready["username"], "password": cloud.ready["password"], "domain": {"name": "IAMDomain"}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    answer = cloud.ask("POST", "/v3/auth/tokens?nocatalog=1", body, token=None)
    assert answer.json["token"]["catalog"] == []
    subject = {"X-Subject-Token": answer.headers["x-subject-token"]}
    assert cloud.ask("GET", "/v3/auth/tokens", headers=subject).json["token"]["user"]["name"] == "IAMUser"
    bad = cloud.ask("GET", "/v3/auth/tokens", headers={"X-Subject-Token": "bad"})
    assert (bad.status, bad.json["error"]["message"]) == (404, "X-Subject-Token is invalid in the request")
    assert cloud.ask("GET", "/", token=None).status == 300
    assert cloud.ask("GET", "/v3", token=None).json["version"]["links"][0]["href"].startswith(cloud.ready["iam"])
    assert cloud.ask("GET", "/v3/projects?name=eu-de").json["projects"][0]["id"] == cloud.project
    assert cloud.ask("GET", "/v3/auth/domains").json["domains"][0]["name"] == "IAMDomain"
    assert cloud.ask("GET", "/v3/projects", token="bad").json["error"]["code"] == 401


# The journal


def test_the_journal_marks_mutating_calls_by_meaning(cloud: Any, simulator: Any) -> None:
    cloud.ask("GET", cloud.execution())
    cloud.ask("GET", cloud.execution(more="/cancel"))
    cloud.ask("GET", cloud.execution(more="/cancel"))
    cloud.ask("PUT", cloud.cdm_job(more="/stop"), token=None)
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


def test_control_calls_are_not_in_the_journal(cloud: Any, simulator: Any) -> None:
    assert simulator.control("GET", "/ready") == cloud.ready
    simulator.switches()
    assert simulator.journal() == []


# Faults


def test_faults_that_answer_instead_of_the_service(cloud: Any, simulator: Any) -> None:
    cancel = cloud.execution(more="/cancel")
    simulator.fault(
        meaning="mrs.job_execution.cancel", kind="status", status=503, body="<b>busy</b>", content_type="text/html"
    )
    answer = cloud.ask("GET", cancel)
    assert (answer.status, answer.text, answer.headers["content-type"]) == (
        503,
        "<b>busy</b>",
        "text/html; charset=utf-8",
    )
    simulator.fault(meaning="*", kind="body", body={"a": 1}, headers={"X-Odd": "1"}, after=1, times=2)
    assert [cloud.ask("GET", cloud.execution()).text == '{"a": 1}' for number in range(4)] == [False, True, True, False]
    simulator.fault(meaning="*", kind="redirect", location="http://127.0.0.2/", status=302)
    answer = cloud.ask("GET", cancel)
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.2/")
    simulator.fault(meaning="*", kind="status", status=500, times=None)
    assert {cloud.ask("GET", cancel).status for number in range(3)} == {500}
    simulator.clear_faults()
    assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"


def test_faults_that_lose_the_answer(cloud: Any, simulator: Any) -> None:
    for kind, state in (("drop_before", "running"), ("drop_after", "stopped")):
        simulator.fault(meaning="mrs.job_execution.cancel", kind=kind)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            cloud.ask("GET", cloud.execution(more="/cancel"))
        assert simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == state
    rows = [(row["status"], row["effect"]) for row in simulator.journal(mutating=True)]
    assert rows == [(None, None), (None, True)]
    assert simulator.errors() == ""


@pytest.mark.parametrize(("kind", "ended_by"), [("advance_before", "end"), ("advance_after", "stopped by us")])
def test_the_clock_moves_before_or_after_a_call(cloud: Any, simulator: Any, kind: str, ended_by: str) -> None:
    simulator.seed("mrs", id="job", ends_after=3600)
    simulator.fault(meaning="mrs.job_execution.cancel", kind=kind, seconds=7200)
    assert cloud.ask("GET", cloud.execution("job", "/cancel")).status == 200
    assert ended_by in [event["event"] for event in simulator.truth("mrs", "job")["history"]]


def test_a_delayed_answer_was_processed_at_once(cloud: Any, simulator: Any) -> None:
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


def test_latency_is_set_and_reset(simulator: Any, cloud: Any) -> None:
    assert simulator.control("PUT", "/latency", {"seconds": 0.01}) == {"seconds": 0.01}
    assert cloud.ask("GET", cloud.execution()).status == 200
    simulator.latency(0)


def lists_of(cloud: Any) -> dict[str, tuple[str, str, str, str, str]]:
    """For each service with a list: its path with a page of 100, the next one, its address, and its two keys."""
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
def test_a_list_may_hide_its_total_and_hold_less_on_a_page_than_was_asked_for(
    cloud: Any, simulator: Any, service: str
) -> None:
    simulator.seed(service, count=14)
    path, following, base, total, jobs = lists_of(cloud)[service]

    def page(path: str) -> dict[str, Any]:
        body = cloud.ask("GET", path, base=base).json
        return body.get("job_list", body) if service == "dli_flink" else body

    assert total not in page(path) or page(path)[total] == len(page(path)[jobs])
    simulator.switches(list_totals="absent", list_page_most=7)
    assert total not in page(path)
    first, second = page(path)[jobs], page(path + following)[jobs]
    assert (len(first), len(second)) == (7, 7)
    assert not [job for job in first if job in second]


def test_a_job_vanishes_when_its_time_is_over(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="brief", vanishes_after=60)
    assert cloud.ask("GET", cloud.sql_job("brief", "/status")).status == 200
    simulator.advance(61)
    assert cloud.ask("GET", cloud.sql_job("brief", "/status")).json["error_code"] == "DLI.0002"
    jobs = cloud.ask("GET", cloud.sql_job().rpartition("/")[0] + "?page-size=100").json["jobs"]
    assert jobs and "brief" not in [job["job_id"] for job in jobs]
    assert simulator.truth("dli_sql", "brief")["state"] == "running"


def test_the_truth_about_all_jobs_of_a_service(simulator: Any) -> None:
    ids = [job["id"] for job in simulator.seed("cdm", count=3)]
    truths = simulator.truths("cdm")
    assert set(ids) < set(truths)
    assert truths[ids[0]] == simulator.truth("cdm", ids[0])
    assert simulator.truths("nothing") == {}


# The control API's own errors

BAD_CONTROL = [
    ("POST", "/jobs", {}, "service is missing"),
    ("POST", "/jobs", [], "the body must be a JSON object"),
    ("POST", "/jobs", {"service": "obs"}, "service must be one of mrs, "),
    ("POST", "/jobs", {"service": "mrs", "colour": "red"}, "unknown key colour"),
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
    ("PUT", "/switches", {"colour": "red"}, "unknown switch colour"),
    ("PUT", "/switches", {"mrs_dialect": "klingon"}, 'mrs_dialect must be one of ["mrs", "sahara"], not "klingon"'),
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
def test_bad_control_input_is_told_what_is_wrong(simulator: Any, method: str, path: str, body: Any, text: str) -> None:
    with pytest.raises(SimulatorError) as caught:
        simulator.control(method, path, body)
    assert str(caught.value).startswith("422 ")
    assert text in json.loads(str(caught.value).partition(": ")[2])["error"]


def test_unknown_control_calls_and_broken_json(cloud: Any, simulator: Any) -> None:
    with pytest.raises(SimulatorError, match="404 .*no such control call: GET /_control/nowhere"):
        simulator.control("GET", "/nowhere")
    with pytest.raises(SimulatorError, match="404 .*no job nope in mrs"):
        simulator.truth("mrs", "nope")
    answer = cloud.ask("PUT", "/_control/switches", b"{", token=None)
    assert (answer.status, answer.json) == (400, {"error": "the body is not valid JSON"})


def test_refused_switches_change_nothing(simulator: Any) -> None:
    with pytest.raises(SimulatorError):
        simulator.switches(mrs_dialect="sahara", mrs_info="klingon")
    assert simulator.switches()["mrs_dialect"]["value"] == "mrs"


def test_seeding_many_jobs(cloud: Any, simulator: Any) -> None:
    for service in ("mrs", "mrs_v2", "mrs_sql", "cdm", "dli_sql", "dli_spark", "dli_flink", "ges", "ges_management"):
        jobs = simulator.seed(service, count=200)
        assert len({job["id"] for job in jobs}) == 200
    new = simulator.seed("cdm", id="elsewhere", cluster_id="new-cluster")
    assert new == [{"service": "cdm", "id": "elsewhere", "status": "RUNNING"}]
    assert cloud.ask("GET", cloud.cdm_job("elsewhere", cluster="new-cluster")).status == 200
    assert cloud.ask("GET", cloud.cdm_job("elsewhere")).json["errCode"] == "Cdm.0100"


def test_jobs_of_another_project_are_not_seen(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="theirs", project_id=cloud.ready["second_project_id"])
    assert cloud.ask("GET", cloud.sql_job("theirs", "/status")).json["error_code"] == "DLI.0002"
    token = cloud.login({"id": cloud.ready["second_project_id"]}).headers["x-subject-token"]
    path = f"/v1.0/{cloud.ready['second_project_id']}/jobs/theirs/status"
    assert cloud.ask("GET", path, token=token).json["status"] == "RUNNING"


def test_extra_fields_of_a_seeded_record(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="rich", record={"user": "carol", "queue": "night", "note": [1]})
    record = cloud.ask("GET", cloud.v2_job("rich")).json["job_detail"]
    assert (record["user"], record["queue"], record["note"]) == ("carol", "night", [1])
    assert cloud.ask("GET", cloud.v2_jobs("?user=carol&queue=night")).json["total_record"] == 1


def test_reset_brings_back_the_seeds(cloud: Any, simulator: Any) -> None:
    cloud.ask("GET", cloud.execution(more="/cancel"))
    simulator.switches(mrs_dialect="sahara")
    simulator.expire_tokens()
    simulator.advance(1000)
    simulator.reset()
    assert cloud.ask("GET", cloud.execution()).json == MRS_SHOW
    assert len(simulator.journal()) == 1


# The process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_cleanly(number: int) -> None:
    with Simulator.start() as simulator:
        simulator.process.send_signal(number)
        assert simulator.process.wait(10) == 0
        assert simulator.errors() == ""


def test_chosen_ports_are_served_and_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
    with Simulator.start("--port", str(ports[0]), "--ges-port", str(ports[1])) as simulator:
        assert simulator.ready["mrs"] == f"http://127.0.0.1:{ports[0]}"
        assert simulator.ready["ges_service"] == f"http://127.0.0.1:{ports[1]}"
        with pytest.raises(SimulatorError, match="ddress already in use"):
            Simulator.start("--port", str(ports[0]))


def test_ready_is_the_first_line_of_standard_output() -> None:
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--ges-port", "0", "--latency", "0.001"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert line.startswith("READY {")
        ready = json.loads(line[len("READY ") :])
        assert process.stdout.read() == ""
    assert process.returncode == 0
    keys = ["iam", "mrs", "cdm", "dli", "ges", "ges_service", "project_id", "token", "username", "password"]
    assert set(keys + ["domain_name", "access_key", "secret_key", "examples"]) <= set(ready)


def test_without_the_signers_package_only_signed_requests_fail(tmp_path: Any, monkeypatch: Any, cloud_of: Any) -> None:
    package = tmp_path / "huaweicloudsdkcore"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Simulator.start() as simulator:
        cloud = cloud_of(simulator)
        assert cloud.ask("GET", cloud.job_exe()).status == 200
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        names = "SignedHeaders=host;x-sdk-date, Signature=00"
        authorization = f"SDK-HMAC-SHA256 Access={cloud.ready['access_key']}, {names}"
        sent = {"Authorization": authorization, "X-Sdk-Date": date}
        answer = cloud.ask("GET", cloud.job_exe(), token=None, headers=sent)
        assert answer.status == 501
        assert "signed requests need the package huaweicloudsdkcore" in answer.json["error_msg"]


@pytest.mark.parametrize("tls", ["ges", "all"])
def test_tls_on_one_or_both_ports(tmp_path: Any, tls: str) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    files = ["--certfile", str(tmp_path / "cert.pem"), "--keyfile", str(tmp_path / "key.pem")]
    with Simulator.start("--tls", tls, *files) as simulator:
        ready = simulator.ready
        assert ready["mrs"].startswith("https:" if tls == "all" else "http:")
        assert ready["ges_service"].startswith("https:")
        path = f"/ges/v1.0/{ready['project_id']}/graphs/moviejx/jobs/{ready['examples']['ges_job_id']}/status"
        request = urllib.request.Request(ready["ges_service"] + path, headers={"X-Auth-Token": ready["token"]})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=10) as response:
            assert json.loads(response.read()) == {"status": "running"}
        assert [row["plane"] for row in simulator.journal()] == ["ges_service"]


def test_bad_arguments_are_told() -> None:
    for extra in (["--tls", "all"], ["--latency", "-1"], ["--port", "x"]):
        with pytest.raises(SimulatorError, match="usage: python -m tests.simulator"):
            Simulator.start(*extra)
