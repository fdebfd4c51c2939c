# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each service's records mean: the bodies are those of the services' documents."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Response
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import ApiError, InvalidInput, JobUnknown
from ansible_collections.dataops.huaweicloud.plugins.module_utils.job import Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils.services import cdm, dli, ges, mrs


class FakeClient:
    """Answers each request with the next of its answers and keeps what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def send(self, method, *path, mutates=False, params=None, json=None):
        self.asked.append((method, "/".join(path), mutates))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Response(f"{method} host", 200, answer, None)


def connected(service, *answers):
    service.client = FakeClient(*answers)
    service.project = "p"
    return service


def mrs_v1(record):
    """A job read by whichever call: all of them give the same record."""
    return connected(mrs.service_for({"cluster_id": None}), *[{"job_execution": record}] * 3).get("j")


def mrs_v2(record):
    service = mrs.service_for({"cluster_id": "c"})
    return connected(service, {"job_detail": record}).get("j")


def cdm_job(*submissions):
    service = cdm.service_for({"cluster_id": "c"})
    return connected(service, {"submissions": list(submissions)}).get("j")


def dli_job(kind, body):
    return connected(dli.service_for({"kind": kind}), body).get("1")


def ges_job(body):
    graph = {"graph_name": "g", "graph_address": "https://10.0.0.1", "graph_network": "private"}
    return connected(ges.service_for(graph), body).get("j")


ACTIVE, STOPPED, HALTED, ENDED, UNKNOWN = Phase.ACTIVE, Phase.STOPPED, Phase.HALTED, Phase.ENDED, Phase.UNKNOWN


@pytest.mark.parametrize(
    ("state", "final", "status", "phase"),
    [
        (1, 0, "Starting", ACTIVE),
        (2, 0, "Running", ACTIVE),
        (2, 1, "Running", ACTIVE),  # a real example contradicts the tables
        ("2", "0", "Running", ACTIVE),  # numbers are strings on some pages
        (-1, 3, "Terminated", STOPPED),
        (3, 2, "Completed", ENDED),
        (3, 1, "Completed", ENDED),
        (4, 1, "Abnormal", ENDED),
        (4, 3, "Abnormal", STOPPED),
        (5, 1, "Error", ENDED),
        (6, 1, "6", UNKNOWN),
    ],
)
def test_mrs_v1_states(state, final, status, phase):
    job = mrs_v1({"id": "j", "job_state": state, "job_final_status": final})
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
def test_sahara_states(status, phase):
    job = mrs_v1({"id": "j", "info": {"status": status, "actions": []}})
    assert (job.status, job.phase) == (status, phase)


def test_a_sahara_record_without_info_says_nothing_about_the_status():
    job = mrs_v1({"id": "2de74673-1a78-48af-a95b-e1fec4a4ae9c", "end_time": None, "info": None})
    assert (job.status, job.phase) == (None, UNKNOWN)


MISSING_CALL = ApiError("no such call", "APIGW.0101", 404)
NO_JOB = JobUnknown("no such job", "0176", 404)


def test_sahara_is_recognised_and_then_asked_for_its_fresh_status_at_once():
    record = {"job_execution": {"info": {"status": "RUNNING"}}}
    service = connected(mrs.service_for({"cluster_id": None}), MISSING_CALL, record, record)
    service.get("j")
    service.get("j")
    assert [path for _method, path, _mutates in service.client.asked] == [
        "v1.1/p/job-exes/j",
        "v1.1/p/job-executions/j/refresh-status",
        "v1.1/p/job-executions/j/refresh-status",
    ]


def test_a_job_is_unknown_only_if_no_call_knows_it():
    service = connected(mrs.service_for({"cluster_id": None}), NO_JOB, MISSING_CALL, NO_JOB)
    with pytest.raises(JobUnknown):
        service.get("j")


def test_a_job_that_only_the_sahara_call_knows_is_not_taken_for_missing():
    service = connected(
        mrs.service_for({"cluster_id": None}), NO_JOB, MISSING_CALL, {"job_execution": {"id": "j", "info": None}}
    )
    assert service.get("j").phase is UNKNOWN


def test_one_stray_404_does_not_change_how_jobs_are_read():
    stateless = {"job_execution": {"id": "j", "info": None}}
    fine = {"job_execution": {"id": "j", "job_state": 2}}
    service = connected(mrs.service_for({"cluster_id": None}), MISSING_CALL, MISSING_CALL, stateless, fine)
    assert service.get("j").phase is UNKNOWN
    assert service.get("j").phase is ACTIVE
    assert service.client.asked[-1][1] == "v1.1/p/job-exes/j"


def test_404_everywhere_is_an_error_and_not_a_missing_job():
    service = connected(mrs.service_for({"cluster_id": None}), MISSING_CALL, MISSING_CALL, MISSING_CALL)
    with pytest.raises(ApiError) as error:
        service.get("j")
    assert not isinstance(error.value, JobUnknown)


def test_the_mrs_cancel_is_a_get_that_mutates():
    service = connected(mrs.service_for({"cluster_id": None}), {"job_execution": {}})
    service.stop("j")
    assert service.client.asked == [("GET", "v1.1/p/job-executions/j/cancel", True)]


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
def test_mrs_v2_states(state, result, phase):
    assert mrs_v2({"job_id": "j", "job_state": state, "job_result": result}).phase is phase


@pytest.mark.parametrize("body", [None, {"result": "succeeded"}, {}])
def test_an_mrs_kill_is_accepted_in_every_documented_way(body):
    connected(mrs.service_for({"cluster_id": "c"}), body).stop("j")


def test_an_mrs_kill_that_answers_otherwise_is_refused():
    with pytest.raises(ApiError, match="the service answered 'failed'"):
        connected(mrs.service_for({"cluster_id": "c"}), {"result": "failed"}).stop("j")


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
def test_cdm_states(status, phase):
    job = cdm_job({"job-name": "jdbc2hive", "creation-user": "cdm", "creation-date": "1536905778725", "status": status})
    assert job.phase is phase


def test_the_latest_cdm_submission_counts():
    old = {"submission-id": 12, "status": "RUNNING", "creation-date": "1536905778725"}
    new = {"submission-id": 13, "status": "SUCCEEDED", "creation-date": 1536905779000}
    assert cdm_job(new, old).status == cdm_job(old, new).status == "SUCCEEDED"


def test_a_cdm_job_without_submissions_has_no_status():
    assert cdm_job().phase is UNKNOWN


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
def test_a_cdm_stop_is_accepted_in_every_documented_way(body):
    connected(cdm.service_for({"cluster_id": "c"}), body).stop("j")


@pytest.mark.parametrize("wrap", [lambda item: [item], lambda item: item])
def test_a_cdm_stop_may_fail_within_a_200(wrap):
    body = {"validation-result": wrap({"message": "link is broken", "status": "ERROR"})}
    with pytest.raises(ApiError, match="link is broken"):
        connected(cdm.service_for({"cluster_id": "c"}), body).stop("j")


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
def test_dli_sql_states(status, phase):
    assert dli_job("sql", {"is_success": True, "message": "", "job_id": "1", "status": status}).phase is phase


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("starting", ACTIVE),
        ("running", ACTIVE),
        ("recovering", ACTIVE),
        ("dead", HALTED),
        ("success", ENDED),
        ("Success", ENDED),
        ("idle", UNKNOWN),
    ],
)
def test_dli_spark_states(state, phase):
    assert dli_job("spark", {"id": "0a324461-d9d9-45da-a52a-3b3c7a3d809e", "state": state}).phase is phase


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
def test_dli_flink_states(status, phase):
    body = {"is_success": "true", "message": "ok", "job_detail": {"job_id": 1, "status": status}}
    assert dli_job("flink", body).phase is phase


@pytest.mark.parametrize("id", ["abc", "1.5", "-1", "007", "1 2", "1e3", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_flink_ids_are_numbers(id):
    with pytest.raises(InvalidInput, match="numbers"):
        dli.service_for({"kind": "flink"}).check_id(id)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", {"is_success": False, "message": "no"}),
        ("flink", [{"is_success": "false", "message": "no"}]),
        ("flink", {"is_success": "false", "message": "no"}),
        ("flink", [{"is_success": False, "message": "no"}]),
    ],
)
def test_dli_may_refuse_within_a_200(kind, body):
    with pytest.raises(ApiError, match="^no "):
        connected(dli.service_for({"kind": kind}), body).stop("1")


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
def test_a_dli_stop_is_accepted_in_every_documented_way(kind, body):
    connected(dli.service_for({"kind": kind}), body).stop("1")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("pending", ACTIVE),
        ("waiting", ACTIVE),
        ("running", ACTIVE),
        ("failed", HALTED),
        ("success", ENDED),
        ("complete", ENDED),
        ("partiallyFailed", ENDED),
        ("cancelled", UNKNOWN),
    ],
)
def test_ges_states(status, phase):
    assert ges_job({"status": status, "data": {"outputs": {}}}).phase is phase


@pytest.mark.parametrize(
    ("service", "text", "unknown"),
    [
        (mrs.JobExecution, "0176 the job does not exist", True),
        (mrs.JobExecution, "NOT_FOUND Object with {'id': 'x'} not found", True),
        (mrs.JobExecution, "12000003 cluster does not exist", False),
        (mrs.ClusterJobExecution, "0201 job does not exist", True),
        (mrs.ClusterJobExecution, "12000003 cluster does not exist", False),
        (cdm.MigrationJob, "Cdm.0100 Job[jdbc2hive] doesn't exist.", True),
        (cdm.MigrationJob, "Cdm.0054 Job x does not exist.", True),
        (cdm.MigrationJob, "Cdm.0001 resource missing", False),
        (dli.SqlJob, "DLI.0002 no such object", True),
        (dli.SqlJob, "DLI.0001 parameter", False),
        (ges.GraphJob, "GES.8301 can not find job, jobId is  9440a7eb", True),
        (ges.GraphJob, "GES.8303 can not find job to cancel, id is 9440", True),
        (ges.GraphJob, "GES.8301 the engine is busy", False),
        (ges.GraphJob, "GES.8402 graph [demo] is not found", False),
        (ges.GraphJob, "None None", False),
    ],
)
def test_only_documented_codes_say_that_a_job_is_unknown(service, text, unknown):
    assert bool(service.unknown_job.match(text)) is unknown
