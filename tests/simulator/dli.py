# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Lake Insight (docs/api, section 3): SQL jobs, Spark batches, Flink jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from .job_kinds import JobKind, start_again
from .lifecycle import ACTIVE, Job
from .routing import ApiError, Call, Operation, is_integer, reply
from .seeds import DLI_QUEUES, PROJECT
from .store import new_uuid
from .timestamps import milliseconds

# The statuses of SQL jobs (docs/api, section 3.1).
SQL_STATUSES = {
    "new": "LAUNCHING",
    "submitted": "LAUNCHING",
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "stopped": "CANCELLED",
}
SQL_STATES = {
    "LAUNCHING": "submitted",
    "RUNNING": "running",
    "SCALING": "running",
    "FINISHED": "finished",
    "FAILED": "failed",
    "CANCELLED": "stopped",
}
# The states of Spark batches (docs/api, section 3.2).
SPARK_STATUSES = {
    "new": "starting",
    "submitted": "starting",
    "running": "running",
    "finished": "success",
    "failed": "dead",
    "stopped": "dead",
}
SPARK_STATES = {
    "starting": "submitted",
    "running": "running",
    "recovering": "running",
    "success": "finished",
    "Success": "finished",
    "dead": "failed",
}
# The statuses of Flink jobs (docs/api, section 3.3).
FLINK_STATUSES = {
    "new": "job_init",
    "submitted": "job_submitting",
    "running": "job_running",
    "stopping": "job_canceling",
    "finished": "job_finish",
    "failed": "job_running_exception",
    "stopped": "job_cancel_success",
}
FLINK_STATES = {
    "job_init": "new",
    "job_submitting": "submitted",
    "job_downloading": "submitted",
    "job_running": "running",
    "job_savepointing": "running",
    "job_idle": "running",
    "job_arrearage_recovering": "running",
    "job_canceling": "running",
    "job_finish": "finished",
    "job_running_exception": "failed",
    "job_submit_fail": "failed",
    "job_cancel_fail": "failed",
    "job_arrearage_stopped": "failed",
    "job_cancel_success": "stopped",
}


def new_id(number: int) -> str:
    """Return a random id; SQL jobs and Spark batches have UUIDs."""
    return new_uuid()


def spark_statuses(switches: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the status for each state. A switch sets that of a cancelled batch [NF-14]."""
    return {**SPARK_STATUSES, "stopped": "success" if switches["dli_spark_cancelled"] == "success" else "dead"}


SQL = JobKind("dli_sql", SQL_STATUSES, SQL_STATES, new_id)
SPARK = JobKind("dli_spark", SPARK_STATUSES, SPARK_STATES, new_id, select_statuses=spark_statuses)
FLINK = JobKind("dli_flink", FLINK_STATUSES, FLINK_STATES, lambda number: str(1000 + number))


def api_error(code: str, text: str, status: int = 400) -> ApiError:
    """Return an error in the envelope of DLI."""
    return ApiError(status, {"error_code": code, "error_msg": text})


def unknown_job(call: Call, job_id: str) -> ApiError:
    """Return the error for an unknown SQL job or Spark batch [NF-15]."""
    if call.switches["dli_unknown_job"] == "DLI.0023":
        return api_error("DLI.0023", f"No related resource: {job_id}", 404)
    return api_error("DLI.0002", f"There is no job named {job_id}")


def unknown_queue(call: Call, queue: str) -> ApiError:
    """Return the error for an unknown queue [D-34]."""
    return api_error(call.switches["dli_unknown_queue"], f"There is no queue named {queue}")


# SQL jobs


def sql_record(call: Call, job: Job, shape: str) -> dict[str, Any]:
    """Return the record of a SQL job (docs/api, section 3.1).

    :param shape: ``status``, which also has ``is_success``, ``message`` and ``job_mode``, or ``list``.
    """
    lifecycle = job.lifecycle
    state = lifecycle.state_at(call.now)
    started = lifecycle.started_at or lifecycle.created_at
    fixed: dict[str, Any] = {
        "job_id": job.id,
        "job_type": "QUERY",
        "queue_name": "default",
        "owner": "test",
        "start_time": milliseconds(started),
        "database_name": "dbtest",
        "table_name": "tbtest",
        "statement": "select * from t1",
        "input_size": 0,
        "result_count": 0,
        "detail": '{"type":"struct","fields":[]}',
        "message": "",
    }
    if shape == "status":
        fixed.update({"is_success": True, "job_mode": "async"})
    current: dict[str, Any] = {
        "status": job.status_at(call.now, SQL_STATUSES),
        "duration": int(((lifecycle.ended_at or call.now) - started) * 1000),
    }
    if lifecycle.ended_at is not None and state not in ACTIVE:
        current["end_time"] = milliseconds(lifecycle.ended_at)
    return job.render(call.now, shape, fixed, current)


def find_sql(call: Call) -> Job:
    """Return the SQL job in the path."""
    job_id = call.params["job_id"]
    job = call.store.find_job("dli_sql", job_id, call.project_id)
    if job is None:
        raise unknown_job(call, job_id)
    return job


def sql_status(call: Call) -> Response:
    """Handle ``GET jobs/{id}/status``."""
    return reply(sql_record(call, find_sql(call), "status"))


def sql_detail(call: Call) -> Response:
    """Handle ``GET jobs/{id}/detail``, which has no status."""
    record = sql_record(call, find_sql(call), "status")
    keys = ("job_id", "owner", "start_time", "duration", "database_name", "table_name", "statement")
    return reply({"is_success": True, "message": "", **{key: record[key] for key in keys if key in record}})


def sql_progress(call: Call) -> Response:
    """Handle ``GET jobs/{id}/progress``, which is under ``v1`` instead of ``v1.0`` (docs/api, section 3.1)."""
    job = find_sql(call)
    state = job.lifecycle.state_at(call.now)
    fixed = {"is_success": True, "message": "", "job_id": job.id, "sub_job_id": 0, "sub_jobs": []}
    current = {"status": job.status_at(call.now, SQL_STATUSES), "progress": 1 if state == "finished" else 0}
    return reply(job.render(call.now, "progress", fixed, current))


def list_sql(call: Call) -> Response:
    """Handle ``GET jobs``."""
    query = call.query
    invalid = api_error("DLI.0001", "Parameter check errors occur.")
    size = call.number("page-size", 50, invalid, least=1, most=100)
    page = call.number("current-page", 1, invalid, least=1)
    since, until = call.number("start", 0, invalid), call.number("end", 10**15, invalid)
    records = [sql_record(call, job, "list") for job in call.store.jobs_of("dli_sql", call.project_id)]
    one_type, types = query.get("job-type", "ALL"), call.values("job_types")
    wanted = {
        "status": query.get("job-status"),
        "job_id": query.get("job-id"),
        "queue_name": query.get("queue_name"),
        "owner": query.get("owner"),
        "database_name": query.get("db_name"),
        "table_name": query.get("table_name"),
        "engine_type": query.get("engine_type", query.get("engine-type")),
    }
    pattern = query.get("sql_pattern", "").lower()
    found = [
        record
        for record in records
        if all(not value or record.get(key) == value for key, value in wanted.items())
        and (one_type in ("ALL", "") or record.get("job_type") == one_type)
        and (not types or record.get("job_type") in types)
        and since <= record["start_time"] <= until
        and pattern in record.get("statement", "").lower()
    ]
    order = query.get("order") or "start_time_desc"
    if order not in ("start_time_desc", "start_time_asc", "duration_desc", "duration_asc"):
        raise invalid
    field, direction = order.rsplit("_", 1)
    found.sort(key=lambda record: record[field], reverse=direction == "desc")
    jobs = call.page(found, page - 1, size, by_page=True)
    return reply({"is_success": True, "message": "", **call.total("job_count", found), "jobs": jobs})


def cancel_sql(call: Call) -> Response:
    """Handle ``DELETE jobs/{id}`` (docs/api, section 3.5).

    The HTTP status 200 does not mean success: ``is_success`` may be false.
    """
    job = find_sql(call)
    queue = call.params.get("queue_name")
    if queue is not None and queue not in call.store.dli_queues:
        raise unknown_queue(call, queue)
    if not job.lifecycle.is_active(call.now):
        text = f"Job {job.id} has ended and cannot be cancelled."
        if call.switches["dli_cancel_ended"] == "DLI.0007":
            raise api_error("DLI.0007", text)
        return reply({"is_success": False, "message": text})
    call.effect = job.lifecycle.request_stop(call.now)
    if job.lifecycle.refuses:
        return reply({"is_success": False, "message": f"Job {job.id} cannot be cancelled."})
    return reply({"is_success": True, "message": ""})


def submit_sql(call: Call) -> Response:
    """Handle ``POST jobs/submit-job``."""
    body = call.json()
    if body is None or not body.get("sql"):
        raise api_error("DLI.0001", "Parameter check errors occur: sql.")
    queue = body.get("queue_name") or "default"
    if queue not in call.store.dli_queues:
        raise unknown_queue(call, queue)
    record = {"statement": body["sql"], "queue_name": queue, "database_name": body.get("currentdb") or "default"}
    job = SQL.submit(call.store, call.project_id, **record)
    call.effect = True
    answer = {
        "is_success": True,
        "message": "",
        "job_id": job.id,
        "job_type": "QUERY",
        "job_mode": "async",
        "schema": [],
    }
    return reply({**answer, "rows": []})


# Spark batches


def spark_record(call: Call, job: Job) -> dict[str, Any]:
    """Return the record of a Spark batch (docs/api, section 3.2)."""
    lifecycle = job.lifecycle
    fixed = {
        "id": job.id,
        "appId": "application_" + job.id[:8],
        "name": "batch",
        "owner": "test",
        "proxyUser": "",
        "kind": "spark",
        "log": ["stdout: ", "stderr: ", "YARN Diagnostics: "],
        "sc_type": "A",
        "cluster_name": "default",
        "queue": "default",
        "create_time": milliseconds(lifecycle.created_at),
    }
    current = {
        "state": spark_status(call, job),
        "update_time": milliseconds(lifecycle.history[-1].at),
        "duration": int(((lifecycle.ended_at or call.now) - lifecycle.created_at) * 1000),
    }
    return job.render(call.now, "batch", fixed, current)


def spark_status(call: Call, job: Job) -> Any:
    """Return the status of a Spark batch."""
    return job.status_at(call.now, spark_statuses(call.switches))


def is_removed(call: Call, job: Job) -> bool:
    """Return whether the service no longer knows a cancelled batch [NF-14]."""
    return call.switches["dli_spark_cancelled"] == "gone" and job.lifecycle.state_at(call.now) == "stopped"


def find_spark(call: Call) -> Job:
    """Return the Spark batch in the path."""
    batch_id = call.params["batch_id"]
    job = call.store.find_job("dli_spark", batch_id, call.project_id)
    if job is None or is_removed(call, job):
        raise unknown_job(call, batch_id)
    return job


def spark_state(call: Call) -> Response:
    """Handle ``GET batches/{id}/state`` [D-31]."""
    job = find_spark(call)
    status = spark_status(call, job)
    if call.switches["dli_spark_state"] == "capitalised":
        status = str(status).capitalize()
    return reply(job.render(call.now, "state", {"id": job.id}, {"state": status}))


def show_spark(call: Call) -> Response:
    """Handle ``GET batches/{id}``."""
    return reply(spark_record(call, find_spark(call)))


def list_spark(call: Call) -> Response:
    """Handle ``GET batches``. ``from`` is the offset of the first record."""
    query = call.query
    invalid = api_error("DLI.0001", "Parameter check errors occur.")
    start, size = call.number("from", 0, invalid), call.number("size", 100, invalid, least=1)
    jobs = call.store.jobs_of("dli_spark", call.project_id)
    records = [spark_record(call, job) for job in jobs if not is_removed(call, job)]
    wanted = {
        "name": query.get("job_name"),
        "id": query.get("job-id"),
        "cluster_name": query.get("cluster_name"),
        "queue": query.get("queue_name"),
        "state": query.get("state"),
        "owner": query.get("owner"),
    }
    found = [
        record for record in records if all(not value or record.get(key) == value for key, value in wanted.items())
    ]
    found.sort(key=lambda record: record["create_time"], reverse=True)
    return reply({"from": start, **call.total("total", found), "sessions": call.page(found, start, size)})


def cancel_spark(call: Call) -> Response:
    """Handle ``DELETE batches/{id}`` (docs/api, section 3.2)."""
    job = find_spark(call)
    if not job.lifecycle.is_active(call.now):
        if call.switches["dli_spark_cancel_ended"] == "DLI.0007":
            raise api_error("DLI.0007", f"Batch {job.id} has ended and cannot be cancelled.")
        return reply({"msg": "deleted"})
    call.effect = job.lifecycle.request_stop(call.now)
    if job.lifecycle.refuses:
        raise api_error("DLI.0999", f"Batch {job.id} cannot be cancelled.")
    return reply({"msg": "deleted"})


def submit_spark(call: Call) -> Response:
    """Handle ``POST batches``."""
    body = call.json()
    if body is None or not body.get("file"):
        raise api_error("DLI.0001", "Parameter check errors occur: file.")
    queue = body.get("queue") or body.get("cluster_name") or "default"
    if queue not in call.store.dli_queues:
        raise unknown_queue(call, queue)
    job = SPARK.submit(call.store, call.project_id, name=body.get("name", ""), queue=queue, cluster_name=queue)
    call.effect = True
    return reply(spark_record(call, job))


# Flink jobs


def success_flag(call: Call, value: bool) -> Any:
    """Return the ``is_success`` of a Flink response: a string in all examples, a boolean in the tables [D-33]."""
    return value if call.switches["dli_flink_is_success"] == "bool" else "true" if value else "false"


def flink_record(call: Call, job: Job) -> dict[str, Any]:
    """Return the record of a Flink job (docs/api, section 3.3). Its id is an integer."""
    lifecycle = job.lifecycle
    lifecycle.state_at(call.now)
    started = lifecycle.started_at
    fixed: dict[str, Any] = {
        "job_id": int(job.id),
        "name": "flink_" + job.id,
        "desc": "",
        "user_name": "",
        "job_type": "flink_sql_job",
        "status_desc": "",
        "queue_name": "default",
        "create_time": milliseconds(lifecycle.created_at),
        "root_id": -1,
        "graph_editor_enabled": False,
        "has_savepoint": False,
    }
    if started is not None:
        fixed["start_time"] = milliseconds(started)
    current = {
        "status": job.status_at(call.now, FLINK_STATUSES),
        "duration": 0 if started is None else int(((lifecycle.ended_at or call.now) - started) * 1000),
    }
    return job.render(call.now, "flink", fixed, current)


def find_flink(call: Call, job_id: str) -> Job:
    """Return a Flink job by its id."""
    job = call.store.find_job("dli_flink", job_id, call.project_id)
    if job is None:
        raise api_error("DLI.16001", f"The job {job_id} does not exist.")
    return job


def show_flink(call: Call) -> Response:
    """Handle ``GET streaming/jobs/{id}``."""
    job = find_flink(call, call.params["job_id"])
    message = "Querying job details succeeds."
    return reply({"is_success": success_flag(call, True), "message": message, "job_detail": flink_record(call, job)})


def list_flink(call: Call) -> Response:
    """Handle ``GET streaming/jobs``. ``offset`` is the offset of the first record; the newest job comes first."""
    query = call.query
    invalid = api_error("DLI.0001", "Parameter check errors occur.")
    limit, offset = call.number("limit", 10, invalid, most=100), call.number("offset", 0, invalid)
    records = [flink_record(call, job) for job in call.store.jobs_of("dli_flink", call.project_id)]
    wanted = {key: query.get(key) for key in ("job_type", "status", "queue_name", "user_name")}
    found = [
        record
        for record in records
        if all(not value or record.get(key) == value for key, value in wanted.items())
        and query.get("name", "") in record["name"]
    ]
    found.sort(key=lambda record: record["job_id"], reverse=query.get("order", "desc") != "asc")
    jobs = {**call.total("total_count", found), "jobs": call.page(found, offset, limit)}
    return reply({"is_success": success_flag(call, True), "message": "Jobs are successfully listed.", "job_list": jobs})


def flink_jobs_in_body(call: Call) -> list[tuple[str, Job | None]]:
    """Return the ids in the request body with their jobs.

    The job of an unknown id is None if the switch ``dli_flink_unknown`` allows unknown ids.
    """
    ids = (call.json() or {}).get("job_ids")
    if not isinstance(ids, list) or not ids or any(not is_integer(job_id) for job_id in ids):
        raise api_error("DLI.0001", "Parameter check errors occur: job_ids must be a list of integers.")
    found = []
    for job_id in map(str, ids):
        job = call.store.find_job("dli_flink", job_id, call.project_id)
        if job is None and call.switches["dli_flink_unknown"] == "refused":
            raise api_error("DLI.16001", f"The job {job_id} does not exist.")
        found.append((job_id, job))
    return found


def flink_response(call: Call, results: list[tuple[bool, str]]) -> Response:
    """Return a response with one element for each id, or a single object if the switch sets it [D-32]."""
    elements = [{"is_success": success_flag(call, good), "message": text} for good, text in results]
    if call.switches["dli_flink_answer"] == "object":
        return reply(next((element for element in elements if element["is_success"] in (False, "false")), elements[0]))
    return reply(elements)


def stop_flink(call: Call) -> Response:
    """Handle ``POST streaming/jobs/stop``. Each job first has the status ``job_canceling`` (docs/api, section 3.3)."""
    results = []
    for job_id, job in flink_jobs_in_body(call):
        if job is None:
            results.append((False, f"The job {job_id} does not exist."))
            continue
        if not job.lifecycle.is_active(call.now):
            results.append((False, f"The job {job_id} is not running."))
            continue
        call.effect = job.lifecycle.request_stop(call.now) or call.effect
        if job.lifecycle.refuses:
            results.append((False, f"The job {job_id} cannot be stopped."))
        else:
            results.append((True, "The request for stopping DLI jobs is successfully delivered."))
    return flink_response(call, results)


def run_flink(call: Call) -> Response:
    """Handle ``POST streaming/jobs/run``."""
    results = []
    for job_id, job in flink_jobs_in_body(call):
        if job is None or job.lifecycle.is_active(call.now):
            results.append((False, f"The job {job_id} cannot be started."))
            continue
        start_again(call.store, job)
        call.effect = True
        results.append((True, "The request for submitting DLI jobs is successfully delivered."))
    return flink_response(call, results)


def delete_flink_jobs(call: Call) -> Response:
    """Handle ``POST streaming/jobs/delete``."""
    results = [delete_flink_job(call, job_id, job) for job_id, job in flink_jobs_in_body(call)]
    return flink_response(call, results)


def delete_flink(call: Call) -> Response:
    """Handle ``DELETE streaming/jobs/{id}``."""
    job_id = call.params["job_id"]
    good, text = delete_flink_job(call, job_id, find_flink(call, job_id))
    return reply({"is_success": success_flag(call, good), "message": text})


def delete_flink_job(call: Call, job_id: str, job: Job | None) -> tuple[bool, str]:
    """Delete a Flink job that is not active.

    :returns: Whether the job was deleted, and the message of the response.
    """
    if job is None or job.lifecycle.is_active(call.now):
        return False, f"The job {job_id} cannot be deleted."
    call.store.remove_job(job)
    call.effect = True
    return True, "The job is deleted."


# Queues (API reference, "Querying All Queues"; huaweicloudsdkdli, ListQueues)


def queue_record(name: str) -> dict[str, Any]:
    """Return the record of a queue. Its name is its id, and it has no status."""
    return {
        "queue_name": name,
        "description": "",
        "create_time": 1562221422671,
        "cu_count": 16,
        "resource_id": "26afb850-d3c9-42c1-81c0-583d1163e80f",
        "platform": "x86_64",
        "is_restarting": False,
        "labels": "multi_az=2",
        "resource_type": "vm",
        "cu_spec": 16,
        **DLI_QUEUES[name],
    }


def list_queues(call: Call) -> Response:
    """Handle ``GET queues``.

    The default type is ``sql``. All queues are on one page, unless the request asks for pages. Each project
    has the queue ``default``.
    """
    invalid = api_error("DLI.0001", "Parameter check errors occur.")
    wanted = call.query.get("queue_type") or "sql"
    page, size = call.number("current-page", 1, invalid, least=1), call.number("page-size", 2**31 - 1, invalid, least=1)
    if wanted not in ("sql", "general", "all"):
        raise invalid
    names = call.store.dli_queues if call.store.same_project(PROJECT, call.project_id) else {"default"}
    records = [queue_record(name) for name in sorted(names)]
    found = [record for record in records if "all" in (wanted, record["queue_type"]) or record["queue_type"] == wanted]
    return reply({"is_success": True, "message": "", "queues": found[(page - 1) * size : page * size]})


V1 = "/v1.0/{project_id}"
SQL_PATH = V1 + "/jobs/{job_id}"
BATCHES = "/v2.0/{project_id}/batches"
FLINK_JOBS = V1 + "/streaming/jobs"

OPERATIONS = (
    Operation("GET", SQL_PATH + "/status", "dli.sql.status", sql_status),
    Operation("DELETE", SQL_PATH, "dli.sql.cancel", cancel_sql, mutating=True),
    Operation("GET", SQL_PATH + "/detail", "dli.sql.detail", sql_detail),
    Operation("GET", "/v1/{project_id}/jobs/{job_id}/progress", "dli.sql.progress", sql_progress),
    Operation("GET", V1 + "/jobs", "dli.sql.list", list_sql),
    Operation("POST", V1 + "/jobs/submit-job", "dli.sql.submit", submit_sql, mutating=True),
    Operation("DELETE", V1 + "/queues/{queue_name}/jobs/{job_id}", "dli.sql.cancel", cancel_sql, mutating=True),
    Operation("GET", BATCHES + "/{batch_id}/state", "dli.spark.state", spark_state),
    Operation("GET", BATCHES + "/{batch_id}", "dli.spark.show", show_spark),
    Operation("DELETE", BATCHES + "/{batch_id}", "dli.spark.cancel", cancel_spark, mutating=True),
    Operation("GET", BATCHES, "dli.spark.list", list_spark),
    Operation("POST", BATCHES, "dli.spark.submit", submit_spark, mutating=True),
    Operation("GET", FLINK_JOBS + "/{job_id}", "dli.flink.show", show_flink),
    Operation("GET", FLINK_JOBS, "dli.flink.list", list_flink),
    Operation("POST", FLINK_JOBS + "/stop", "dli.flink.stop", stop_flink, mutating=True),
    Operation("POST", FLINK_JOBS + "/run", "dli.flink.run", run_flink, mutating=True),
    Operation("POST", FLINK_JOBS + "/delete", "dli.flink.delete", delete_flink_jobs, mutating=True),
    Operation("DELETE", FLINK_JOBS + "/{job_id}", "dli.flink.delete", delete_flink, mutating=True),
    Operation("GET", V1 + "/queues", "dli.queue.list", list_queues),
)
KINDS = (SQL, SPARK, FLINK)
