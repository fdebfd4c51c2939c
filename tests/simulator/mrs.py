# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MapReduce Service (docs/api, section 1).

It has the job executions and ``job-exes`` of API v1.1, in the dialect of MRS or of OpenStack Sahara, and the jobs and
SQL statements of API v2.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .gateway import unknown_path
from .job_kinds import JobKind
from .lifecycle import ACTIVE, Job
from .routing import ApiError, Call, Operation, is_integer, reply
from .seeds import MRS_CLUSTER_STATES
from .store import Cluster, new_uuid
from .timestamps import iso, milliseconds

# Statuses


# job_state of job-exes (docs/api, section 1.3)
JOB_STATES = {"new": 1, "submitted": 1, "running": 2, "finished": 3, "failed": 4, "stopped": -1}
JOB_FINAL_STATUSES = {"finished": 2, "failed": 1, "stopped": 3}  # 0 for all other states

# info.status of Sahara (docs/api, section 1.8)
SAHARA_STATUSES = {
    "new": "READYTORUN",
    "submitted": "PENDING",
    "running": "RUNNING",
    "stopping": "TOBEKILLED",
    "finished": "SUCCEEDED",
    "failed": "FAILED",
    "stopped": "KILLED",
}
SAHARA_STATES = {
    "READYTORUN": "submitted",
    "PENDING": "submitted",
    "PREP": "submitted",
    "RUNNING": "running",
    "SUSPENDED": "running",
    "PREPSUSPENDED": "running",
    "TOBEKILLED": "running",
    "TOBESUSPENDED": "running",
    "SUCCEEDED": "finished",
    "KILLED": "stopped",
    "FAILED": "failed",
    "DONEWITHERROR": "failed",
    "SUSPENDFAILED": "failed",
}

# job_state and job_result of v2 (docs/api, section 1.4)
V2_STATUSES = {
    "new": "NEW",
    "submitted": "ACCEPTED",
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "stopped": "KILLED",
}
V2_RESULTS = {"finished": "SUCCEEDED", "failed": "FAILED", "stopped": "KILLED"}  # UNDEFINED for all other states
V2_STATES = {
    "NEW": "submitted",
    "New": "submitted",
    "NEW_SAVING": "submitted",
    "SUBMITTED": "submitted",
    "ACCEPTED": "submitted",
    "RUNNING": "running",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "stopped",
}

# status of v2 SQL (docs/api, section 1.5); the documents list no status for a cancelled statement [NF-6]
SQL_STATUSES = {
    "new": "QUEUED",
    "submitted": "QUEUED",
    "running": "RUNNING",
    "stopping": "FINISHING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "stopped": "FAILED",
}
SQL_STATES = {
    "QUEUED": "submitted",
    "WAITING_FOR_RESOURCES": "submitted",
    "PLANNING": "submitted",
    "STARTING": "submitted",
    "RUNNING": "running",
    "FINISHING": "running",
    "FINISHED": "finished",
    "FAILED": "failed",
}


def new_id(number: int) -> str:
    """Return a random id; every kind of MRS job has UUIDs."""
    return new_uuid()


EXECUTION = JobKind(
    "mrs",
    JOB_STATES,
    {1: "submitted", 2: "running", 3: "finished", 4: "failed", 5: "failed", -1: "stopped", **SAHARA_STATES},
    new_id,
    "cluster_id",
    lambda switches: SAHARA_STATUSES if switches["mrs_dialect"] == "sahara" else JOB_STATES,
)
V2_JOB = JobKind("mrs_v2", V2_STATUSES, V2_STATES, new_id, "cluster_id")
SQL = JobKind("mrs_sql", SQL_STATUSES, SQL_STATES, new_id, "cluster_id")


# Errors


def api_error(call: Call, code: str, text: str, status: int = 400) -> ApiError:
    """Return an error in the envelope of MRS. A switch sets the HTTP status of four-digit codes [D-19]."""
    if len(code) == 4:
        status = call.switches["mrs_error_class"]
    return ApiError(status, {"error_code": code, "error_msg": text})


def sahara_error(status: int, name: str, text: str) -> ApiError:
    """Return an error in the envelope of OpenStack Sahara."""
    return ApiError(status, {"error_code": status, "error_message": text, "error_name": name})


def is_sahara(call: Call) -> bool:
    """Return whether the v1.1 API follows OpenStack Sahara."""
    return call.switches["mrs_dialect"] == "sahara"


def not_available(call: Call) -> ApiError:
    """Return the error for a call that this edition of the service does not have."""
    return ApiError(404, unknown_path(call))


def check_v1(call: Call) -> None:
    """Raise an error if the cluster does not serve the v1.1 API [D-1]."""
    if call.switches["mrs_v1_api"] == "security_cluster":
        raise api_error(call, "12000064", "The V1.1 job APIs cannot be used on a security cluster.")
    if call.switches["mrs_v1_api"] == "newer_cluster":
        raise api_error(call, "12000085", "The cluster version needs the V2 APIs.")


def check_v2(call: Call) -> str:
    """Return the id of the cluster in the path.

    :raises ApiError: 12000003, if the cluster is unknown.
    """
    cluster = call.store.mrs_clusters.get(call.params["cluster_id"])
    if cluster is not None and call.store.same_project(cluster.project_id, call.project_id):
        return cluster.id
    if call.switches["mrs_no_cluster_key"] == "errorCode":
        raise ApiError(400, {"errorCode": "12000003", "errorMsg": "The cluster does not exist."})
    raise api_error(call, "12000003", "The cluster does not exist.")


# v1.1: records


def job_execution(call: Call, job: Job, state: str | None = None) -> dict[str, Any]:
    """Return the record of ``job-executions`` (docs/api, section 1.2).

    Its only status is in ``info``, which MRS leaves null.

    :param state: The state to show; by default, the state of the job now.
    """
    lifecycle = job.lifecycle
    state = state or lifecycle.state_at(call.now)
    ended_at = lifecycle.ended_at if state in ("finished", "failed", "stopped") else None
    fixed = {
        "id": job.id,
        "cluster_id": job.location,
        "job_id": "",
        "tenant_id": job.project_id,
        "created_at": iso(lifecycle.created_at),
        "start_time": iso(lifecycle.started_at),
        "engine_job_id": None,
        "oozie_job_id": None,
        "return_code": None,
        "input_id": None,
        "output_id": None,
        "is_protected": False,
        "is_public": None,
        "job_configs": None,
        "data_source_urls": None,
    }
    current = {"updated_at": iso(lifecycle.history[-1].at), "end_time": iso(ended_at), "info": None}
    record = job.render(call.now, "job_execution", fixed, current)
    if is_sahara(call) or call.switches["mrs_info"] == "oozie":
        status = job.status_of_state(state, SAHARA_STATUSES)
        if not isinstance(status, str):  # a number that a test has set is a status of job-exes
            status = SAHARA_STATUSES[lifecycle.state_before_stop or state]
        record = {**record, **oozie_fields(job, status, record)}
    return record


def oozie_fields(job: Job, status: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that describe the Oozie workflow of an execution [D-4]."""
    workflow = job.id[:7] + "-161209184814131-oozie-hado-W"
    info: dict[str, Any] = {
        "status": status,
        "toString": f"Workflow id[{workflow}] status[{status}]",
        "run": 0,
        "appName": "job-wf",
        "actions": [],
        "user": "hadoop",
        "startTime": record.get("start_time"),
        "endTime": record.get("end_time"),
        "id": workflow,
    }
    return {"info": info, "engine_job_id": workflow, "oozie_job_id": workflow}


def job_exe(call: Call, job: Job) -> dict[str, Any]:
    """Return the record of ``job-exes``, with numeric states (docs/api, section 1.3)."""
    lifecycle = job.lifecycle
    state = lifecycle.state_at(call.now)
    status = job.status_at(call.now, JOB_STATES)
    if status in SAHARA_STATES:
        status = JOB_STATES[lifecycle.state_before_stop or state]
    current = {
        "job_state": status,
        "job_final_status": JOB_FINAL_STATUSES.get(state, 0),
        "update_at": milliseconds(lifecycle.history[-1].at),
        "end_time": milliseconds(lifecycle.ended_at),
    }
    record = job.render(call.now, "job_exe", job_exe_defaults(job), current)
    if call.switches["mrs_numbers"] == "string":
        return {key: str(value) if is_integer(value) else value for key, value in record.items()}
    return record


def job_exe_defaults(job: Job) -> dict[str, Any]:
    """Return the fields of a ``job-exes`` record that do not depend on the state."""
    created_at = milliseconds(job.lifecycle.created_at)
    empty = ("job_id", "input", "output", "job_log", "file_action", "arguments")
    unused = ("job_main_id", "job_step_id", "step_name", "progress")
    return {
        "id": job.id,
        "create_at": created_at,
        "tenant_id": job.project_id,
        "job_name": "job_" + job.id[:8],
        "start_time": milliseconds(job.lifecycle.started_at),
        "cluster_id": job.location,
        "group_id": job.id,
        "jar_path": "s3a://bucket/program/job.jar",
        "job_type": 1,
        "hql": None,
        "hive_script_path": None,
        "create_by": job.project_id,
        "update_by": job.project_id,
        "finished_step": 0,
        "postpone_at": created_at,
        "step_num": 0,
        "task_num": 0,
        "spend_time": None,
        "step_seq": 1,
        **dict.fromkeys(empty + unused, ""),
    }


# v1.1: calls


def find_execution(call: Call) -> Job:
    """Return the execution in the path.

    :raises ApiError: 404, in the envelope of MRS or of Sahara [NF-4].
    """
    check_v1(call)
    job_id = call.params["job_execution_id"]
    job = call.store.find_job("mrs", job_id, call.project_id)
    if job is not None:
        return job
    if is_sahara(call) or call.switches["mrs_cancel_unknown"] == "sahara":
        text = f"Object with {{'id': '{job_id}'}} not found\nError ID: {new_uuid()}"
        raise sahara_error(404, "NOT_FOUND", text)
    raise ApiError(404, {"error_code": "0176", "error_msg": "The job does not exist."})


def list_executions(call: Call) -> Response:
    """Handle ``GET job-executions`` (docs/api, section 1.2)."""
    check_v1(call)
    if is_sahara(call):
        invalid = sahara_error(400, "VALIDATION_ERROR", "'limit' must be a positive integer")
    else:
        invalid = api_error(call, "12000002", "Invalid parameter: limit.")
    jobs = call.store.jobs_of("mrs", call.project_id)
    page, markers = page_by_marker(call, [job_execution(call, job) for job in jobs], invalid)
    return reply({"markers": markers, "job_executions": page})


def page_by_marker(call: Call, records: list[dict[str, Any]], invalid: ApiError) -> tuple[list[Any], dict[str, Any]]:
    """Return one page and its markers, as Sahara pages a list.

    The parameter ``marker`` is the id of the last record already seen. ``sort_by`` is a field, descending after ``-``.
    """
    limit = call.number("limit", len(records) or 1, invalid, least=1, most=1073741822)
    field = call.query.get("sort_by", "")
    if field:
        records.sort(key=lambda record: str(record.get(field.lstrip("-"))), reverse=field.startswith("-"))
    ids = [record["id"] for record in records]
    start = 0
    if call.query.get("marker"):
        if call.query["marker"] not in ids:
            raise api_error(call, "12000002", "Invalid parameter: marker.")
        start = ids.index(call.query["marker"]) + 1
    last, before = start + limit - 1, start - limit - 1
    markers = {
        "prev": ids[before] if 0 <= before < len(ids) else None,
        "next": ids[last] if last + 1 < len(ids) else None,
    }
    return records[start : start + limit], markers


def show_execution(call: Call) -> Response:
    """Handle ``GET job-executions/{id}``."""
    job = find_execution(call)
    return reply({"job_execution": job_execution(call, job, sahara_state(call, job) if is_sahara(call) else None)})


def sahara_state(call: Call, job: Job) -> str:
    """Return the state that Sahara shows (docs/api, section 1.8).

    Sahara shows its own TOBEKILLED at once, and the states of the engine with a lag.
    """
    lifecycle = job.lifecycle
    state = lifecycle.state_at(call.now)
    if state == "stopping":
        asked = lifecycle.history[-1].at
        takes = lifecycle.stop_takes or 0.0
        runs_again = call.switches["sahara_runs_again"] == "on" and call.now >= asked + takes / 2
        return lifecycle.state_before_stop if runs_again else state
    return lifecycle.past_state_at(call.now - call.switches["sahara_lag"])


def refresh_execution(call: Call) -> Response:
    """Handle ``GET job-executions/{id}/refresh-status`` [D-2]."""
    if not is_sahara(call) and call.switches["mrs_refresh_status"] == "absent":
        raise not_available(call)
    return reply({"job_execution": job_execution(call, find_execution(call))})


def cancel_execution(call: Call) -> Response:
    """Handle ``GET job-executions/{id}/cancel``, which stops the job (docs/api, sections 1.6 and 1.8)."""
    job = find_execution(call)
    state = job.lifecycle.state_at(call.now)
    if is_sahara(call):
        if job.record.get("is_protected") or job.lifecycle.refuses:
            text = f"JobExecution with id '{job.id}' cannot be canceled since it's marked as protected"
            raise sahara_error(400, "CANCELING_FAILED", text)
        before = job_execution(call, job, sahara_state(call, job))
        if state in ACTIVE:
            # A job that the engine never started keeps the status TOBEKILLED.
            call.effect = job.lifecycle.request_stop(call.now, never_stops=state != "running")
        return reply({"job_execution": before})
    before = job_execution(call, job)
    if state not in ACTIVE:
        if call.switches["mrs_cancel_ended"] == "refused":
            raise api_error(call, "12000054", "The operation is not supported: the job has ended.")
        return reply({"job_execution": before})
    call.effect = job.lifecycle.request_stop(call.now)
    if job.lifecycle.refuses:
        raise api_error(call, "0160", "Failed to terminate the job.")
    return reply(
        {"job_execution": before if call.switches["mrs_cancel_shows"] == "before" else job_execution(call, job)}
    )


def delete_execution(call: Call) -> Response:
    """Handle ``DELETE job-executions/{id}``."""
    job = find_execution(call)
    if job.lifecycle.is_active(call.now):
        raise api_error(call, "0183", "The job is running.")
    call.store.remove_job(job)
    call.effect = True
    return reply(None, 204)


def submit_job(call: Call) -> Response:
    """Handle ``POST jobs/submit-job`` (docs/api, section 1.3)."""
    if is_sahara(call):
        raise not_available(call)
    check_v1(call)
    body = call.json() or {}
    cluster = call.store.mrs_clusters.get(str(body.get("cluster_id")))
    if cluster is None:
        raise api_error(call, "12000003", "The cluster does not exist.")
    if not body.get("job_name") or not isinstance(body.get("job_type"), int):
        raise api_error(call, "12000002", "Invalid parameter.")
    known = {
        key: body[key] for key in ("job_name", "job_type", "jar_path", "arguments", "input", "output") if key in body
    }
    job = EXECUTION.submit(call.store, call.project_id, cluster.id, **known)
    call.effect = True
    record = job_exe(call, job)
    unit = 1 if call.switches["mrs_submit_times"] == "milliseconds" else 1000
    record["created_at"] = record.pop("create_at") // unit
    record["updated_at"] = record.pop("update_at") // unit
    return reply(record if call.switches["mrs_submit_answer"] == "flat" else {"job_execution": record})


def list_job_exes(call: Call) -> Response:
    """Handle ``GET job-exes`` (docs/api, section 1.3)."""
    if is_sahara(call):
        raise not_available(call)
    check_v1(call)
    query = call.query
    invalid = api_error(call, "12000002", "Invalid parameter.")
    cluster_id = query.get("cluster_id", query.get("clusterId"))
    if not cluster_id:
        raise invalid
    size = call.number("page_size", 10, invalid, least=1, most=100)
    page = call.number("current_page", 1, invalid, least=1)
    wanted = {"id": query.get("id"), "job_name": query.get("job_name"), "job_state": query.get("state")}
    records = [job_exe(call, job) for job in call.store.jobs_of("mrs", call.project_id, cluster_id)]
    records = [record for record in records if matches(record, wanted)]
    return reply({"totalRecord": len(records), "job_executions": records[(page - 1) * size : page * size]})


def show_job_exe(call: Call) -> Response:
    """Handle ``GET job-exes/{id}``."""
    if is_sahara(call):
        raise not_available(call)
    return reply({"job_execution": job_exe(call, find_execution(call))})


def matches(record: dict[str, Any], wanted: dict[str, str | None]) -> bool:
    """Return whether a record has every wanted value. None and the empty string match any value."""
    return all(not value or str(record.get(key)) == value for key, value in wanted.items())


# v2


def v2_record(call: Call, job: Job) -> dict[str, Any]:
    """Return the record of a v2 job (docs/api, section 1.4). A time that is not known yet is 0."""
    lifecycle = job.lifecycle
    state = lifecycle.state_at(call.now)
    ended = milliseconds(lifecycle.ended_at) or 0
    submitted = milliseconds(lifecycle.created_at) or 0
    started = milliseconds(lifecycle.started_at) or 0
    fixed = {
        "job_id": job.id,
        "user": "admin",
        "job_name": "job_" + job.id[:8],
        "job_type": "SparkSubmit",
        "queue": "default",
        "arguments": "[--class, com.example.Job, --master, yarn-cluster, obs://bucket/job.jar]",
        "launcher_id": "application_1564622673393_0006",
        "properties": "{}",
        "submitted_time": submitted,
    }
    current = {
        "job_state": job.status_at(call.now, V2_STATUSES),
        "job_result": V2_RESULTS.get(state, "UNDEFINED"),
        "job_progress": 100.0 if state == "finished" else 0.0,
        "started_time": started,
        "finished_time": ended,
        "elapsed_time": ended - started if ended and started else 0,
    }
    record = job.render(call.now, "v2", fixed, current)
    if call.switches["mrs_v2_texts"] == "structured":
        record = {**record, "arguments": str(record.get("arguments", "[]"))[1:-1].split(", "), "properties": {}}
    return record


def find_in_cluster(call: Call, service: str, job_id: str) -> Job:
    """Return a job of the cluster in the path.

    :raises ApiError: The cluster or the job is unknown.
    """
    cluster_id = check_v2(call)
    job = call.store.find_job(service, job_id, call.project_id, cluster_id)
    if job is None:
        raise api_error(call, "0176", "The job does not exist.")
    return job


def find_v2_job(call: Call) -> Job:
    """Return the v2 job in the path."""
    return find_in_cluster(call, "mrs_v2", call.params["job_execution_id"])


def list_v2_jobs(call: Call) -> Response:
    """Handle ``GET job-executions`` of v2 (docs/api, section 1.4). ``offset`` is the number of the page, from 1."""
    cluster_id = check_v2(call)
    query = call.query
    limit = call.number("limit", 10, api_error(call, "MRS.0002", "the limit is invalid"), least=1)
    page = call.number("offset", 1, api_error(call, "MRS.0002", "the offset is invalid"), least=1)
    invalid_time = api_error(call, "MRS.0002", "the submitted time is invalid")
    since = call.number("submitted_time_begin", 0, invalid_time)
    until = call.number("submitted_time_end", 10**15, invalid_time)
    known = ["job_name", "job_type", "job_state", "job_result"]
    if call.switches["mrs_v2_filters"] == "all":
        known += ["job_id", "user", "queue"]
    wanted = {key: query.get(key) for key in known}
    records = [v2_record(call, job) for job in call.store.jobs_of("mrs_v2", call.project_id, cluster_id)]
    records = [
        record for record in records if matches(record, wanted) and since <= record.get("submitted_time", 0) <= until
    ]
    records.sort(key=lambda record: record.get("submitted_time", 0), reverse=query.get("sort_by", "desc") != "asc")
    body = {**call.total("total_record", records), "job_list": call.page(records, page - 1, limit, by_page=True)}
    return reply(body, call.switches["mrs_v2_read_code"])


def show_v2_job(call: Call) -> Response:
    """Handle ``GET job-executions/{id}`` of v2."""
    return reply({"job_detail": v2_record(call, find_v2_job(call))}, call.switches["mrs_v2_read_code"])


def kill_v2_job(call: Call) -> Response:
    """Handle ``POST job-executions/{id}/kill`` (docs/api, section 1.6) [D-7, D-8, NF-32]."""
    job = find_v2_job(call)
    if job.lifecycle.is_active(call.now):
        call.effect = job.lifecycle.request_stop(call.now)
        if job.lifecycle.refuses:
            raise api_error(call, "0175", "Failed to terminate the job.")
    elif call.switches["mrs_kill_ended"] == "refused":
        raise api_error(call, "0175", "Failed to terminate the job.")
    if call.switches["mrs_kill_answer"] == 202:
        return reply(None, 202)
    return reply({"result": "succeeded"})


def submit_v2_job(call: Call) -> Response:
    """Handle ``POST job-executions`` of v2."""
    cluster_id = check_v2(call)
    body = call.json() or {}
    if not body.get("job_name") or not body.get("job_type"):
        raise api_error(call, "12000002", "Invalid parameter.")
    arguments = "[{}]".format(", ".join(str(item) for item in body.get("arguments") or []))
    properties = "{{{}}}".format(", ".join("{}={}".format(*item) for item in (body.get("properties") or {}).items()))
    job_type = "SparkSubmit" if body["job_type"] == "SparkPython" else body["job_type"]
    job = V2_JOB.submit(
        call.store,
        call.project_id,
        cluster_id,
        job_name=body["job_name"],
        job_type=job_type,
        arguments=arguments,
        properties=properties,
    )
    call.effect = True
    return reply({"job_submit_result": {"job_id": job.id, "state": "COMPLETE"}})


def delete_v2_jobs(call: Call) -> Response:
    """Handle ``POST job-executions/batch-delete`` [NF-3]."""
    cluster_id = check_v2(call)
    for job_id in (call.json() or {}).get("job_id_list") or []:
        job = call.store.find_job("mrs_v2", str(job_id), call.project_id, cluster_id)
        if job is None:
            raise api_error(call, "0176", "The job does not exist.")
        call.store.remove_job(job)
        call.effect = True
    return reply(None, 202)


# v2 SQL (docs/api, section 1.5)


def sql_record(call: Call, job: Job) -> dict[str, Any]:
    """Return the record of a SQL statement."""
    fixed = {"id": job.id, "message": "", "statement": "select 1", "result_location": "", "content": []}
    return job.render(call.now, "sql", fixed, {"status": job.status_at(call.now, SQL_STATUSES)})


def find_sql(call: Call) -> Job:
    """Return the SQL statement in the path."""
    return find_in_cluster(call, "mrs_sql", call.params["sql_id"])


def execute_sql(call: Call) -> Response:
    """Handle ``POST sql-execution``."""
    cluster_id = check_v2(call)
    statement = (call.json() or {}).get("sql_content")
    if not statement:
        raise api_error(call, "12000002", "Invalid parameter.")
    job = SQL.submit(call.store, call.project_id, cluster_id, statement=statement)
    call.effect = True
    return reply(sql_record(call, job))


def show_sql(call: Call) -> Response:
    """Handle ``GET sql-execution/{id}``."""
    return reply(sql_record(call, find_sql(call)))


def cancel_sql(call: Call) -> Response:
    """Handle ``POST sql-execution/{id}/cancel``. It succeeds even if the statement has ended."""
    job = find_sql(call)
    if job.lifecycle.is_active(call.now):
        call.effect = job.lifecycle.request_stop(call.now)
        if job.lifecycle.refuses:
            body = {"status": "FAILED", "message": "Cancel sql error"}
            raise ApiError(call.switches["mrs_sql_cancel_failure"], body)
    return reply({"status": "SUCCEED"})


# v1.1: clusters (API reference, "Querying a Cluster List"; huaweicloudsdkmrs, ListClusters)


# The states that the filter values ``existing`` and ``history`` select.
EXISTING = ("starting", "running", "failed", "abnormal", "terminating", "frozen", "scaling-out", "scaling-in")
DELETED = ("terminated",)


def cluster_record(cluster: Cluster) -> dict[str, Any]:
    """Return the record of a cluster."""
    return {
        "clusterId": cluster.id,
        "clusterName": cluster.name,
        "totalNodeNum": "5",
        "clusterState": MRS_CLUSTER_STATES.get(cluster.id, "running"),
        "stageDesc": None,
        "createAt": "1487570757",
        "updateAt": "1487668974",
        "billingType": "Metered",
        "dataCenter": "eu-de",
        "vpc": "vpc-autotest",
        "clusterVersion": "MRS 3.1.0-LTS.1",
        "safeMode": 0,
        "tags": "k1=v1,k2=v2",
        "clusterType": 0,
    }


def list_clusters(call: Call) -> Response:
    """Handle ``GET cluster_infos``.

    Without ``clusterState``, deleted clusters are included: no document excludes them.
    """
    invalid = api_error(call, "12000002", "Invalid parameter.")
    size = call.number("pageSize", 10, invalid, least=1, most=2147483646)
    page = call.number("currentPage", 1, invalid, least=1)
    name, state = call.query.get("clusterName", ""), call.query.get("clusterState", "")
    clusters = call.store.mrs_clusters.values()
    records = [
        cluster_record(cluster) for cluster in clusters if call.store.same_project(cluster.project_id, call.project_id)
    ]
    wanted = {"existing": EXISTING, "history": DELETED}.get(state, (state,))
    found = [
        record
        for record in records
        if name in record["clusterName"] and (not state or record["clusterState"] in wanted)
    ]
    total: dict[str, Any] = call.total("clusterTotal", found)
    if call.switches["mrs_numbers"] == "string":  # a string in one table of the documents, an integer in the SDK
        total = {key: str(value) for key, value in total.items()}
    return reply({**total, "clusters": call.page(found, page - 1, size, by_page=True)})


V1 = "/v1.1/{project_id}"
V2 = "/v2/{project_id}/clusters/{cluster_id}"
EXECUTION_PATH = V1 + "/job-executions/{job_execution_id}"
V2_PATH = V2 + "/job-executions/{job_execution_id}"

OPERATIONS = (
    Operation("GET", V1 + "/job-exes/{job_execution_id}", "mrs.job_exe.show", show_job_exe),
    Operation("GET", EXECUTION_PATH, "mrs.job_execution.show", show_execution),
    Operation("GET", V2_PATH, "mrs.v2.job.show", show_v2_job),
    Operation("GET", EXECUTION_PATH + "/cancel", "mrs.job_execution.cancel", cancel_execution, mutating=True),
    Operation("GET", EXECUTION_PATH + "/refresh-status", "mrs.job_execution.refresh", refresh_execution),
    Operation("GET", V1 + "/job-executions", "mrs.job_execution.list", list_executions),
    Operation("DELETE", EXECUTION_PATH, "mrs.job_execution.delete", delete_execution, mutating=True),
    Operation("POST", V1 + "/jobs/submit-job", "mrs.job.submit", submit_job, mutating=True),
    Operation("GET", V1 + "/job-exes", "mrs.job_exe.list", list_job_exes),
    Operation("GET", V2 + "/job-executions", "mrs.v2.job.list", list_v2_jobs),
    Operation("POST", V2 + "/job-executions", "mrs.v2.job.submit", submit_v2_job, mutating=True),
    Operation("POST", V2_PATH + "/kill", "mrs.v2.job.kill", kill_v2_job, mutating=True),
    Operation("POST", V2 + "/job-executions/batch-delete", "mrs.v2.job.delete", delete_v2_jobs, mutating=True),
    Operation("POST", V2 + "/sql-execution", "mrs.v2.sql.execute", execute_sql, mutating=True),
    Operation("GET", V2 + "/sql-execution/{sql_id}", "mrs.v2.sql.show", show_sql),
    Operation("POST", V2 + "/sql-execution/{sql_id}/cancel", "mrs.v2.sql.cancel", cancel_sql, mutating=True),
    Operation("GET", V1 + "/cluster_infos", "mrs.cluster.list", list_clusters),
)
KINDS = (EXECUTION, V2_JOB, SQL)
