# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Lake Insight (contract, section 3): SQL jobs, Spark batches, Flink jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from .calls import Call, Operation, Refusal, is_integer, reply
from .kinds import Kind, start_again
from .lives import ACTIVE, Job
from .seeds import DLI_QUEUES, PROJECT
from .times import milliseconds
from .world import new_uuid

# Status words

SQL_WORDS = {
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
SPARK_WORDS = {
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
FLINK_WORDS = {
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


def uuid_for(number: int) -> str:
    return new_uuid()


def spark_words(switches: Mapping[str, Any]) -> Mapping[str, Any]:
    """The words, with the switch's for a batch that was cancelled [NF-14]."""
    return {**SPARK_WORDS, "stopped": "success" if switches["dli_spark_cancelled"] == "success" else "dead"}


SQL = Kind("dli_sql", SQL_WORDS, SQL_STATES, uuid_for)
SPARK = Kind("dli_spark", SPARK_WORDS, SPARK_STATES, uuid_for, words_by=spark_words)
FLINK = Kind("dli_flink", FLINK_WORDS, FLINK_STATES, lambda number: str(1000 + number))


def refused(code: str, text: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error_code": code, "error_msg": text})


def unknown_job(call: Call, job_id: str) -> Refusal:
    """Unknown SQL job or Spark batch [NF-15]."""
    if call.switches["dli_unknown_job"] == "DLI.0023":
        return refused("DLI.0023", f"No related resource: {job_id}", 404)
    return refused("DLI.0002", f"There is no job named {job_id}")


def unknown_queue(call: Call, queue: str) -> Refusal:
    return refused(call.switches["dli_unknown_queue"], f"There is no queue named {queue}")


# SQL jobs


def sql_record(call: Call, job: Job, shape: str) -> dict[str, Any]:
    """A SQL job (3.1). `shape` is "status" or "list"; the status answer adds is_success, message and job_mode."""
    life = job.life
    state = life.now_in(call.now)
    started = life.started_at or life.created_at
    still: dict[str, Any] = {
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
        still.update({"is_success": True, "job_mode": "async"})
    live: dict[str, Any] = {
        "status": job.word(call.now, SQL_WORDS),
        "duration": int(((life.ended_at or call.now) - started) * 1000),
    }
    if life.ended_at is not None and state not in ACTIVE:
        live["end_time"] = milliseconds(life.ended_at)
    return job.render(call.now, shape, still, live)


def find_sql(call: Call) -> Job:
    job_id = call.params["job_id"]
    job = call.world.find_job("dli_sql", job_id, call.project_id)
    if job is None:
        raise unknown_job(call, job_id)
    return job


def sql_status(call: Call) -> Response:
    return reply(sql_record(call, find_sql(call), "status"))


def sql_detail(call: Call) -> Response:
    """Import and export details; a record without status."""
    record = sql_record(call, find_sql(call), "status")
    keys = ("job_id", "owner", "start_time", "duration", "database_name", "table_name", "statement")
    return reply({"is_success": True, "message": "", **{key: record[key] for key in keys if key in record}})


def sql_progress(call: Call) -> Response:
    """Served under v1, not v1.0 (3.1)."""
    job = find_sql(call)
    state = job.life.now_in(call.now)
    still = {"is_success": True, "message": "", "job_id": job.id, "sub_job_id": 0, "sub_jobs": []}
    live = {"status": job.word(call.now, SQL_WORDS), "progress": 1 if state == "finished" else 0}
    return reply(job.render(call.now, "progress", still, live))


def list_sql(call: Call) -> Response:
    query = call.query
    bad = refused("DLI.0001", "Parameter check errors occur.")
    size = call.number("page-size", 50, bad, least=1, most=100)
    page = call.number("current-page", 1, bad, least=1)
    since, until = call.number("start", 0, bad), call.number("end", 10**15, bad)
    records = [sql_record(call, job, "list") for job in call.world.jobs_of("dli_sql", call.project_id)]
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
        raise bad
    field, direction = order.rsplit("_", 1)
    found.sort(key=lambda record: record[field], reverse=direction == "desc")
    jobs = call.page(found, page - 1, size, by_page=True)
    return reply({"is_success": True, "message": "", **call.total("job_count", found), "jobs": jobs})


def cancel_sql(call: Call) -> Response:
    """Cancel (3.5). HTTP 200 is not success: ``is_success`` tells."""
    job = find_sql(call)
    queue = call.params.get("queue_name")
    if queue is not None and queue not in call.world.dli_queues:
        raise unknown_queue(call, queue)
    if not job.life.is_active(call.now):
        text = f"Job {job.id} has ended and cannot be cancelled."
        if call.switches["dli_cancel_ended"] == "DLI.0007":
            raise refused("DLI.0007", text)
        return reply({"is_success": False, "message": text})
    call.effect = job.life.ask_to_stop(call.now, job.life.stop_takes)
    if job.life.refuses:
        return reply({"is_success": False, "message": f"Job {job.id} cannot be cancelled."})
    return reply({"is_success": True, "message": ""})


def submit_sql(call: Call) -> Response:
    body = call.json()
    if body is None or not body.get("sql"):
        raise refused("DLI.0001", "Parameter check errors occur: sql.")
    queue = body.get("queue_name") or "default"
    if queue not in call.world.dli_queues:
        raise unknown_queue(call, queue)
    record = {"statement": body["sql"], "queue_name": queue, "database_name": body.get("currentdb") or "default"}
    job = SQL.submit(call.world, call.project_id, **record)
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
    """A batch session (3.2)."""
    life = job.life
    still = {
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
        "create_time": milliseconds(life.created_at),
    }
    live = {
        "state": spark_word(call, job),
        "update_time": milliseconds(life.history[-1].at),
        "duration": int(((life.ended_at or call.now) - life.created_at) * 1000),
    }
    return job.render(call.now, "batch", still, live)


def spark_word(call: Call, job: Job) -> Any:
    return job.word(call.now, spark_words(call.switches))


def is_gone(call: Call, job: Job) -> bool:
    return call.switches["dli_spark_cancelled"] == "gone" and job.life.now_in(call.now) == "stopped"


def find_spark(call: Call) -> Job:
    batch_id = call.params["batch_id"]
    job = call.world.find_job("dli_spark", batch_id, call.project_id)
    if job is None or is_gone(call, job):
        raise unknown_job(call, batch_id)
    return job


def spark_state(call: Call) -> Response:
    job = find_spark(call)
    word = spark_word(call, job)
    if call.switches["dli_spark_state"] == "capitalised":
        word = str(word).capitalize()
    return reply(job.render(call.now, "state", {"id": job.id}, {"state": word}))


def show_spark(call: Call) -> Response:
    return reply(spark_record(call, find_spark(call)))


def list_spark(call: Call) -> Response:
    """`from` counts records from 0."""
    query = call.query
    bad = refused("DLI.0001", "Parameter check errors occur.")
    start, size = call.number("from", 0, bad), call.number("size", 100, bad, least=1)
    jobs = call.world.jobs_of("dli_spark", call.project_id)
    records = [spark_record(call, job) for job in jobs if not is_gone(call, job)]
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
    job = find_spark(call)
    if not job.life.is_active(call.now):
        if call.switches["dli_spark_cancel_ended"] == "DLI.0007":
            raise refused("DLI.0007", f"Batch {job.id} has ended and cannot be cancelled.")
        return reply({"msg": "deleted"})
    call.effect = job.life.ask_to_stop(call.now, job.life.stop_takes)
    if job.life.refuses:
        raise refused("DLI.0999", f"Batch {job.id} cannot be cancelled.")
    return reply({"msg": "deleted"})


def submit_spark(call: Call) -> Response:
    body = call.json()
    if body is None or not body.get("file"):
        raise refused("DLI.0001", "Parameter check errors occur: file.")
    queue = body.get("queue") or body.get("cluster_name") or "default"
    if queue not in call.world.dli_queues:
        raise unknown_queue(call, queue)
    job = SPARK.submit(call.world, call.project_id, name=body.get("name", ""), queue=queue, cluster_name=queue)
    call.effect = True
    return reply(spark_record(call, job))


# Flink jobs


def yes(call: Call, value: bool) -> Any:
    """``is_success`` of a Flink answer: a string in every example, a boolean in the tables [D-33]."""
    return value if call.switches["dli_flink_is_success"] == "bool" else "true" if value else "false"


def flink_record(call: Call, job: Job) -> dict[str, Any]:
    """A Flink job (3.3); its id is an integer."""
    life = job.life
    life.now_in(call.now)
    started = life.started_at
    still: dict[str, Any] = {
        "job_id": int(job.id),
        "name": "flink_" + job.id,
        "desc": "",
        "user_name": "",
        "job_type": "flink_sql_job",
        "status_desc": "",
        "queue_name": "default",
        "create_time": milliseconds(life.created_at),
        "root_id": -1,
        "graph_editor_enabled": False,
        "has_savepoint": False,
    }
    if started is not None:
        still["start_time"] = milliseconds(started)
    live = {
        "status": job.word(call.now, FLINK_WORDS),
        "duration": 0 if started is None else int(((life.ended_at or call.now) - started) * 1000),
    }
    return job.render(call.now, "flink", still, live)


def find_flink(call: Call, job_id: str) -> Job:
    job = call.world.find_job("dli_flink", job_id, call.project_id)
    if job is None:
        raise refused("DLI.16001", f"The job {job_id} does not exist.")
    return job


def show_flink(call: Call) -> Response:
    job = find_flink(call, call.params["job_id"])
    message = "Querying job details succeeds."
    return reply({"is_success": yes(call, True), "message": message, "job_detail": flink_record(call, job)})


def list_flink(call: Call) -> Response:
    """`offset` counts records from 0; newest first unless `order` is asc."""
    query = call.query
    bad = refused("DLI.0001", "Parameter check errors occur.")
    limit, offset = call.number("limit", 10, bad, most=100), call.number("offset", 0, bad)
    records = [flink_record(call, job) for job in call.world.jobs_of("dli_flink", call.project_id)]
    wanted = {key: query.get(key) for key in ("job_type", "status", "queue_name", "user_name")}
    found = [
        record
        for record in records
        if all(not value or record.get(key) == value for key, value in wanted.items())
        and query.get("name", "") in record["name"]
    ]
    found.sort(key=lambda record: record["job_id"], reverse=query.get("order", "desc") != "asc")
    jobs = {**call.total("total_count", found), "jobs": call.page(found, offset, limit)}
    return reply({"is_success": yes(call, True), "message": "Jobs are successfully listed.", "job_list": jobs})


def flink_jobs_of_body(call: Call) -> list[tuple[str, Job | None]]:
    """The ids of the body with their jobs; None for an unknown one where the switch lets it pass."""
    ids = (call.json() or {}).get("job_ids")
    if not isinstance(ids, list) or not ids or any(not is_integer(job_id) for job_id in ids):
        raise refused("DLI.0001", "Parameter check errors occur: job_ids must be a list of integers.")
    found = []
    for job_id in map(str, ids):
        job = call.world.find_job("dli_flink", job_id, call.project_id)
        if job is None and call.switches["dli_flink_unknown"] == "refused":
            raise refused("DLI.16001", f"The job {job_id} does not exist.")
        found.append((job_id, job))
    return found


def flink_answer(call: Call, results: list[tuple[bool, str]]) -> Response:
    """One element per id; a single object where the switch says so [D-32]."""
    elements = [{"is_success": yes(call, good), "message": text} for good, text in results]
    if call.switches["dli_flink_answer"] == "object":
        return reply(next((one for one in elements if one["is_success"] in (False, "false")), elements[0]))
    return reply(elements)


def stop_flink(call: Call) -> Response:
    """Delivers the stop of several jobs; each goes through job_canceling (3.3)."""
    results = []
    for job_id, job in flink_jobs_of_body(call):
        if job is None:
            results.append((False, f"The job {job_id} does not exist."))
            continue
        if not job.life.is_active(call.now):
            results.append((False, f"The job {job_id} is not running."))
            continue
        call.effect = job.life.ask_to_stop(call.now, job.life.stop_takes) or call.effect
        if job.life.refuses:
            results.append((False, f"The job {job_id} cannot be stopped."))
        else:
            results.append((True, "The request for stopping DLI jobs is successfully delivered."))
    return flink_answer(call, results)


def run_flink(call: Call) -> Response:
    results = []
    for job_id, job in flink_jobs_of_body(call):
        if job is None or job.life.is_active(call.now):
            results.append((False, f"The job {job_id} cannot be started."))
            continue
        start_again(call.world, job)
        call.effect = True
        results.append((True, "The request for submitting DLI jobs is successfully delivered."))
    return flink_answer(call, results)


def delete_flink_jobs(call: Call) -> Response:
    results = [delete_one(call, job_id, job) for job_id, job in flink_jobs_of_body(call)]
    return flink_answer(call, results)


def delete_flink(call: Call) -> Response:
    job_id = call.params["job_id"]
    good, text = delete_one(call, job_id, find_flink(call, job_id))
    return reply({"is_success": yes(call, good), "message": text})


def delete_one(call: Call, job_id: str, job: Job | None) -> tuple[bool, str]:
    if job is None or job.life.is_active(call.now):
        return False, f"The job {job_id} cannot be deleted."
    call.world.remove_job(job)
    call.effect = True
    return True, "The job is deleted."


# Queues (API reference, "Querying All Queues"; huaweicloudsdkdli, ListQueues)


def queue_record(name: str) -> dict[str, Any]:
    """A queue; DLI knows it by its name. It has no status."""
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
    """SQL queues unless asked for others, all on one page unless pages are asked for. Each project has ``default``."""
    bad = refused("DLI.0001", "Parameter check errors occur.")
    wanted = call.query.get("queue_type") or "sql"
    page, size = call.number("current-page", 1, bad, least=1), call.number("page-size", 2**31 - 1, bad, least=1)
    if wanted not in ("sql", "general", "all"):
        raise bad
    names = call.world.dli_queues if call.world.same_home(PROJECT, call.project_id) else {"default"}
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
