# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of how each service parses records and accepts or refuses stops, with the bodies of its documents."""

from __future__ import annotations

import json

import pytest
import requests

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    InvalidOption,
    JobNotFound,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.responses import RequestContext, parse_response
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services import cdm, dli, ges, mrs
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Phase


class FakeClient:
    """Return the next body for each request, or raise the next error, and record the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.bodies = []

    def send(self, method, *path, mutating=False, params=None, json=None, parse=lambda response: response):
        self.requests.append((method, "/".join(path), mutating))
        self.bodies.append(json)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return parse(parse_response(http_response(answer), RequestContext(f"{method} host", Secrets(), mutating)))


def http_response(body):
    """Return a response of requests with status 200; it is empty for None."""
    response = requests.Response()
    response.status_code = 200
    response._content = b"" if body is None else json.dumps(body).encode()
    return response


def connected(service, *answers):
    service.client = FakeClient(*answers)
    service.project = "p"
    return service


def mrs_v1_service(*answers):
    return connected(mrs.JobExecutionApi({"cluster_id": None}), *answers)


def mrs_v2_service(*answers):
    return connected(mrs.ClusterJobExecutionApi({"cluster_id": "c"}), *answers)


def cdm_service(*answers):
    return connected(cdm.MigrationJobApi({"cluster_id": "c"}), *answers)


def dli_service(kind, *answers):
    options = {"kind": kind}
    return connected(dli.DLI.select_kind(options)(options), *answers)


def ges_service(*answers):
    options = {"graph_name": "g", "graph_address": "https://10.0.0.1", "graph_network": "private"}
    return connected(ges.GraphJobApi(options), *answers)


def mrs_v1_job(record):
    """Return a job for which every call that reads it returns the same record."""
    return mrs_v1_service(*[{"job_execution": record}] * 3).get("j")


ACTIVE, STOPPED, ENDED, UNKNOWN = Phase.ACTIVE, Phase.STOPPED, Phase.ENDED, Phase.UNKNOWN
STOPPED_OR_FAILED = Phase.STOPPED_OR_FAILED


@pytest.mark.parametrize(
    ("state", "final", "status", "phase"),
    [
        (1, 0, "Starting", ACTIVE),
        (2, 0, "Running", ACTIVE),
        (2, 1, "Running", ACTIVE),  # an example in the documents contradicts their tables
        ("2", "0", "Running", ACTIVE),  # some pages show numbers as strings
        (-1, 3, "Terminated", STOPPED),
        (3, 2, "Completed", ENDED),
        (3, 1, "Completed", ENDED),
        (4, 1, "Abnormal", ENDED),
        (4, 3, "Abnormal", STOPPED),
        (5, 1, "Error", ENDED),
        (6, 1, "6", UNKNOWN),
    ],
)
def test_mrs_v1_states_have_phases(state, final, status, phase):
    job = mrs_v1_job({"id": "j", "job_state": state, "job_final_status": final})
    assert (job.status, job.phase) == (status, phase)


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("RUNNING", ACTIVE),
        ("TOBEKILLED", ACTIVE),
        ("SUSPENDED", ACTIVE),
        ("KILLED", STOPPED),
        ("SUCCEEDED", ENDED),
        ("DONEWITHERROR", ENDED),
        ("WHATEVER", UNKNOWN),
    ],
)
def test_sahara_states_have_phases(status, phase):
    job = mrs_v1_job({"id": "j", "info": {"status": status, "actions": []}})
    assert (job.status, job.phase) == (status, phase)


def test_sahara_record_without_info_is_unknown():
    job = mrs_v1_job({"id": "j", "end_time": None, "info": None})
    assert (job.status, job.phase) == (None, UNKNOWN)


MISSING_CALL = ApiError("The API does not exist.", "APIGW.0101", 404)
NO_JOB = JobNotFound("The job does not exist.", "0176", 404)


def test_sahara_dialect_is_remembered():
    record = {"job_execution": {"info": {"status": "RUNNING"}}}
    service = mrs_v1_service(MISSING_CALL, record, record)
    service.get("j")
    service.get("j")
    assert [path for _method, path, _mutating in service.client.requests] == [
        "v1.1/p/job-exes/j",
        "v1.1/p/job-executions/j/refresh-status",
        "v1.1/p/job-executions/j/refresh-status",
    ]


def test_job_unknown_to_every_call_is_missing():
    service = mrs_v1_service(NO_JOB, MISSING_CALL, NO_JOB)
    with pytest.raises(JobNotFound):
        service.get("j")


def test_job_known_to_one_call_exists():
    service = mrs_v1_service(NO_JOB, MISSING_CALL, {"job_execution": {"id": "j", "info": None}})
    assert service.get("j").phase is UNKNOWN


def test_stray_404_does_not_change_read_calls():
    stateless = {"job_execution": {"id": "j", "info": None}}
    running = {"job_execution": {"id": "j", "job_state": 2}}
    service = mrs_v1_service(MISSING_CALL, MISSING_CALL, stateless, running)
    assert service.get("j").phase is UNKNOWN
    assert service.get("j").phase is ACTIVE
    assert service.client.requests[-1][1] == "v1.1/p/job-exes/j"


def test_404_of_every_call_is_an_error():
    service = mrs_v1_service(MISSING_CALL, MISSING_CALL, MISSING_CALL)
    with pytest.raises(ApiError) as error:
        service.get("j")
    assert not isinstance(error.value, JobNotFound)


@pytest.mark.parametrize("code", ["12000064", "12000085"])
def test_cluster_that_requires_v2_is_explained(code):
    service = mrs_v1_service(ApiError("Not supported.", code, 403))
    message = rf"^Not supported \[HTTP 403, {code}\]\. Set cluster_id, so that API v2 is used\.$"
    with pytest.raises(ApiError, match=message) as error:
        service.get("j")
    assert error.value.code == code


def test_mrs_cancel_is_a_mutating_get():
    service = mrs_v1_service({"job_execution": {}})
    service.stop("j")
    assert service.client.requests == [("GET", "v1.1/p/job-executions/j/cancel", True)]


@pytest.mark.parametrize(
    ("state", "result", "phase"),
    [
        ("New", "UNDEFINED", ACTIVE),
        ("NEW_SAVING", "UNDEFINED", ACTIVE),
        ("SUBMITTED", "UNDEFINED", ACTIVE),
        ("ACCEPTED", "UNDEFINED", ACTIVE),
        ("RUNNING", "UNDEFINED", ACTIVE),
        ("RUNNING", "KILLED", ACTIVE),
        ("FINISHED", "SUCCEEDED", ENDED),
        ("FINISHED", "FAILED", ENDED),
        ("FINISHED", "KILLED", STOPPED),
        ("FAILED", "FAILED", ENDED),
        ("KILLED", "KILLED", STOPPED),
        ("LIMBO", "UNDEFINED", UNKNOWN),
    ],
)
def test_mrs_v2_states_have_phases(state, result, phase):
    service = mrs_v2_service({"job_detail": {"job_id": "j", "job_state": state, "job_result": result}})
    assert service.get("j").phase is phase


@pytest.mark.parametrize("body", [None, {"result": "succeeded"}, {}])
def test_documented_mrs_kill_responses_are_accepted(body):
    service = mrs_v2_service(body)
    service.stop("j")
    assert service.client.requests == [("POST", "v2/p/clusters/c/job-executions/j/kill", True)]


def test_other_mrs_kill_result_is_refused():
    with pytest.raises(ApiError, match="^The service answered 'failed'"):
        mrs_v2_service({"result": "failed"}).stop("j")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("PENDING", ACTIVE),
        ("BOOTING", ACTIVE),
        ("RUNNING", ACTIVE),
        ("STOPPED", STOPPED),
        ("SUCCEEDED", ENDED),
        ("FAILED", ENDED),
        ("FAILURE_ON_SUBMIT", ENDED),
        ("NEVER_EXECUTED", ENDED),
        ("NEW", ENDED),
        ("UNKNOWN", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_cdm_states_have_phases(status, phase):
    submission = {
        "job-name": "jdbc2hive",
        "creation-user": "cdm",
        "creation-date": "1536905778725",
        "status": status,
    }
    assert cdm_service({"submissions": [submission]}).get("jdbc2hive").phase is phase


def test_latest_cdm_submission_counts():
    old = {"submission-id": 12, "status": "RUNNING", "creation-date": "1536905778725"}
    new = {"submission-id": 13, "status": "SUCCEEDED", "creation-date": 1536905779000}
    for submissions in ([new, old], [old, new]):
        assert cdm_service({"submissions": submissions}).get("j").status == "SUCCEEDED"


def test_cdm_job_without_submissions_is_unknown():
    assert cdm_service({"submissions": []}).get("j").phase is UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"submissions": [{"status": "STOPPED"}]},
        {"validation-result": []},
        {"validation-result": [{"message": "slow", "status": "WARNING"}, {}]},
        {"validation-result": {"message": "slow", "status": "WARNING"}},
    ],
)
def test_documented_cdm_stop_responses_are_accepted(body):
    service = cdm_service(body)
    service.stop("j")
    assert service.client.requests == [("PUT", "v1.1/p/clusters/c/cdm/job/j/stop", True)]


@pytest.mark.parametrize("wrap", [lambda item: [item], lambda item: item], ids=["list", "object"])
def test_cdm_stop_may_fail_within_200(wrap):
    body = {"validation-result": wrap({"message": "link is broken", "status": "ERROR"})}
    with pytest.raises(ApiError, match="^link is broken"):
        cdm_service(body).stop("j")


def test_cdm_error_without_reason_is_reported():
    with pytest.raises(ApiError, match="^The service reports an error without a reason"):
        cdm_service({"validation-result": [{"status": "error"}]}).stop("j")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("LAUNCHING", ACTIVE),
        ("RUNNING", ACTIVE),
        ("SCALING", ACTIVE),
        ("CANCELLED", STOPPED),
        ("FINISHED", ENDED),
        ("FINISH", ENDED),
        ("FAILED", ENDED),
        ("SUSPENDED", UNKNOWN),
    ],
)
def test_dli_sql_states_have_phases(status, phase):
    body = {"is_success": True, "message": "", "job_id": "1", "status": status}
    assert dli_service("sql", body).get("1").phase is phase


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("starting", ACTIVE),
        ("running", ACTIVE),
        ("recovering", ACTIVE),
        ("dead", STOPPED_OR_FAILED),
        ("success", ENDED),
        ("Success", ENDED),
        ("idle", UNKNOWN),
    ],
)
def test_dli_spark_states_have_phases(state, phase):
    id = "0a324461-d9d9-45da-a52a-3b3c7a3d809e"
    assert dli_service("spark", {"id": id, "state": state}).get(id).phase is phase


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("job_running", ACTIVE),
        ("job_canceling", ACTIVE),
        ("job_savepointing", ACTIVE),
        ("job_cancel_success", STOPPED),
        ("job_cancel_fail", Phase.STOP_FAILED),
        ("job_init", ENDED),
        ("job_finish", ENDED),
        ("job_running_exception", ENDED),
        ("job_new", UNKNOWN),
    ],
)
def test_dli_flink_states_have_phases(status, phase):
    body = {"is_success": "true", "message": "ok", "job_detail": {"job_id": 1, "status": status}}
    assert dli_service("flink", body).get("1").phase is phase


@pytest.mark.parametrize("id", ["abc", "1.5", "-1", "007", "1 2", "1e3", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_flink_id_must_be_a_number(id):
    with pytest.raises(InvalidOption, match=r"^job_ids contains .*The ids of Flink jobs are numbers\.$"):
        dli_service("flink").validate_id(id)


@pytest.mark.parametrize("id", ["0", "7", "137"])
def test_flink_id_may_be_any_number(id):
    dli_service("flink").validate_id(id)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", {"is_success": False, "message": "no"}),
        ("flink", [{"is_success": "false", "message": "no"}]),
        ("flink", {"is_success": "false", "message": "no"}),
        ("flink", [{"is_success": False, "message": "no"}]),
    ],
)
def test_dli_may_refuse_within_200(kind, body):
    with pytest.raises(ApiError, match="^no "):
        dli_service(kind, body).stop("1")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", {"is_success": True, "message": ""}),
        ("sql", {}),
        ("spark", {"msg": "deleted"}),
        ("flink", [{"is_success": "true", "message": "The request for stopping DLI jobs is successfully delivered."}]),
        ("flink", {"is_success": "true", "message": "delivered"}),
        ("flink", [{"is_success": True}]),
    ],
)
def test_documented_dli_stop_responses_are_accepted(kind, body):
    dli_service(kind, body).stop("1")


def test_flink_batch_has_a_result_per_job():
    service = dli_service("flink", [{"is_success": "true"}, {"is_success": "false", "message": "no"}])
    accepted, refused = service.stop_batch(["1", "2"])
    assert accepted is None and refused.message == "no (POST host)."
    assert service.client.requests == [("POST", "v1.0/p/streaming/jobs/stop", True)]
    assert service.client.bodies == [{"job_ids": [1, 2], "trigger_savepoint": False}]


def test_one_flink_result_applies_to_all_jobs():
    assert dli_service("flink", {"is_success": "true", "message": "delivered"}).stop_batch(["1", "2"]) == [None, None]


def test_one_flink_refusal_names_no_job():
    with pytest.raises(ResponseLost, match="which of the jobs"):
        dli_service("flink", {"is_success": "false", "message": "no"}).stop_batch(["1", "2"])


def test_flink_refusal_of_one_job_is_final():
    with pytest.raises(ApiError, match="^no "):
        dli_service("flink", {"is_success": "false", "message": "no"}).stop_batch(["1"])


@pytest.mark.parametrize("body", [None, {}, {"message": "ok"}, [{}, None], ["true", {"message": "ok"}]], ids=repr)
def test_flink_results_without_success_confirm_nothing(body):
    results = dli_service("flink", body).stop_batch(["1", "2"])
    assert [type(result) for result in results] == [ResponseLost, ResponseLost]
    assert "it does not show whether the service accepted the stop" in results[0].message


@pytest.mark.parametrize("body", [None, {}, [{}], [None]], ids=repr)
def test_flink_stop_without_success_is_lost(body):
    with pytest.raises(ResponseLost, match="does not show whether the service accepted the stop"):
        dli_service("flink", body).stop("1")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_flink_results_is_lost(count):
    with pytest.raises(ResponseLost, match=f"^The response has {count} results for 2 jobs"):
        dli_service("flink", [{"is_success": "true"}] * count).stop_batch(["1", "2"])


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("pending", ACTIVE),
        ("waiting", ACTIVE),
        ("running", ACTIVE),
        ("failed", STOPPED_OR_FAILED),
        ("success", ENDED),
        ("complete", ENDED),
        ("partiallyFailed", ENDED),
        ("cancelled", UNKNOWN),
    ],
)
def test_ges_states_have_phases(status, phase):
    assert ges_service({"status": status, "data": {"outputs": {}}}).get("j").phase is phase


# for each kind a service and the body of its record, in which the id stands
RECORDS = {
    "mrs v1": (mrs_v1_service, lambda id: {"job_execution": {"id": id, "job_state": 2}}),
    "mrs v2": (mrs_v2_service, lambda id: {"job_detail": {"job_id": id, "job_state": "RUNNING"}}),
    "cdm": (cdm_service, lambda id: {"submissions": [{"job-name": id, "status": "RUNNING"}]}),
    "dli sql": (lambda body: dli_service("sql", body), lambda id: {"job_id": id, "status": "RUNNING"}),
    "dli spark": (lambda body: dli_service("spark", body), lambda id: {"id": id, "state": "running"}),
    "dli flink": (
        lambda body: dli_service("flink", body),
        lambda id: {"job_detail": {"job_id": id, "status": "job_running"}},
    ),
    "ges": (ges_service, lambda id: {"jobId": id, "status": "running"}),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_record_of_another_job_is_lost(kind):
    service, body = RECORDS[kind]
    with pytest.raises(ResponseLost, match="it is the record of another job"):
        service(body("2")).get("1")


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("recorded", ["ab1", "AB1", None], ids=["same", "upper case", "none"])
def test_record_of_the_job_is_used(kind, recorded):
    service, body = RECORDS[kind]
    job = service(body(recorded)).get("ab1")
    assert (job.id, job.phase, job.from_list) == ("ab1", ACTIVE, False)


def test_numeric_id_in_record_is_used():
    service, body = RECORDS["dli flink"]
    assert service(body(7)).get("7").id == "7"


@pytest.mark.parametrize("kind", [kind for kind in RECORDS if kind not in ("dli spark", "dli sql", "ges", "cdm")])
def test_response_without_record_is_lost(kind):
    service, _body = RECORDS[kind]
    with pytest.raises(ResponseLost, match="^The response cannot be used: it has no job_"):
        service({"other": 1}).get("1")


@pytest.mark.parametrize(
    ("service", "text", "unknown"),
    [
        (mrs.JobExecutionApi, "0176 the job does not exist", True),
        (mrs.JobExecutionApi, "NOT_FOUND Object with {'id': 'x'} not found", True),
        (mrs.JobExecutionApi, "12000003 cluster does not exist", False),
        (mrs.ClusterJobExecutionApi, "0201 job does not exist", True),
        (mrs.ClusterJobExecutionApi, "12000003 cluster does not exist", False),
        (cdm.MigrationJobApi, "Cdm.0100 Job[jdbc2hive] doesn't exist.", True),
        (cdm.MigrationJobApi, "Cdm.0054 Job x does not exist.", True),
        (cdm.MigrationJobApi, "Cdm.0001 resource missing", False),
        (dli.SqlJobApi, "DLI.0002 no such object", True),
        (dli.SqlJobApi, "DLI.0001 parameter", False),
        (ges.GraphJobApi, "GES.8301 can not find job, jobId is  9440a7eb", True),
        (ges.GraphJobApi, "GES.8303 can not find job to cancel, id is 9440", True),
        (ges.GraphJobApi, "GES.8301 the engine is busy", False),
        (ges.GraphJobApi, "GES.8402 graph [demo] is not found", False),
        (ges.GraphJobApi, "None None", False),
    ],
)
def test_only_documented_codes_mean_unknown_job(service, text, unknown):
    assert bool(service.not_found.match(text)) is unknown


def test_attributes_come_from_the_best_key():
    service = dli_service("spark")
    details = {"queue": "", "cluster_name": "q", "owner": "etl", "create_time": 1000000000000}
    assert {name: service.attribute(details, name) for name in ("name", "owner", "queue", "started")} == {
        "name": None,
        "owner": "etl",
        "queue": "q",
        "started": "2001-09-09T01:46:40Z",
    }
