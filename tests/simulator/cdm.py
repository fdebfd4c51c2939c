# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Data Migration (contract, section 2)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .calls import Call, Operation, Refusal, reply
from .kinds import Kind, start_again
from .lives import Job
from .times import milliseconds

# status of a submission (2.4)
WORDS = {
    "new": "NEVER_EXECUTED",
    "submitted": "BOOTING",
    "running": "RUNNING",
    "finished": "SUCCEEDED",
    "failed": "FAILED",
    "stopped": "STOPPED",
}
STATES = {
    "NEVER_EXECUTED": "new",
    "NEW": "new",
    "PENDING": "submitted",
    "BOOTING": "submitted",
    "RUNNING": "running",
    "UNKNOWN": "running",
    "SUCCEEDED": "finished",
    "FAILED": "failed",
    "FAILURE_ON_SUBMIT": "failed",
    "STOPPED": "stopped",
}
JOB = Kind("cdm", WORDS, STATES, lambda number: f"job_{number}", "cluster_id")

COUNTERS = "org.apache.sqoop.submission.counter.SqoopCounters"


def refused(code: str, text: str, status: int = 400) -> Refusal:
    return Refusal(status, {"errCode": code, "externalMessage": text})


def find_cluster(call: Call) -> str:
    cluster = call.world.cdm_clusters.get(call.params["cluster_id"])
    if cluster is None or not call.world.same_home(cluster.project_id, call.project_id):
        raise refused(call.switches["cdm_unknown_cluster"], "The cluster does not exist or you have no permission.")
    return cluster.id


def find_job(call: Call) -> Job:
    cluster_id = find_cluster(call)
    name = call.params["job_name"]
    job = call.world.find_job("cdm", name, call.project_id, cluster_id)
    if job is None:
        raise unknown_job(call, name)
    return job


def unknown_job(call: Call, name: str) -> Refusal:
    code = call.switches["cdm_unknown_job"]
    text = "Job[{0}] doesn't exist." if code == "Cdm.0100" else "Job {0} does not exist."
    return refused(code, text.format(name), call.switches["cdm_unknown_job_status"])


def submission(call: Call, job: Job, shape: str = "submission") -> dict[str, Any]:
    """A submission (2.3). `shape` is "submission" (status, history) or "start" (answers of start and stop)."""
    life, switches = job.life, call.switches
    state = life.now_in(call.now)
    changed = milliseconds(life.history[-1].at)
    dates = {"creation-date": milliseconds(life.created_at), "execute-date": milliseconds(life.created_at)}
    still: dict[str, Any] = {
        "isIncrementing": False,
        "job-name": job.id,
        "submission-id": job.number,
        "isStopingIncrement": "" if switches["cdm_stoping_increment"] == "string" else False,
        "is-execute-auto": False,
        "delete_rows": 0,
        "update_rows": 0,
        "write_rows": 0,
        "creation-user": "cdm",
        switches["cdm_update_user"]: "cdm",
        "isDeleteJob": False,
        **dates,
    }
    live: dict[str, Any] = {
        "status": job.word(call.now, WORDS),
        "progress": -1 if state == "failed" else 100 if state == "finished" else 0,
        "last-update-date": changed,
    }
    if shape == "submission":
        live["external-id"] = "job_local1127970451_0009"
        if state == "finished":
            live["counters"] = {COUNTERS: {"BYTES_WRITTEN": -1, "ROWS_READ": 80, "ROWS_WRITTEN": 80}}
        elif state == "failed":
            live["error-summary"] = "The job failed."
            live["error-details"] = "The job failed."
    record = job.render(call.now, shape, still, live)
    if switches["cdm_dates"] == "strings":
        record = {key: str(value) if key.endswith("-date") else value for key, value in record.items()}
    return record


def job_of_list(call: Call, job: Job) -> dict[str, Any]:
    """A job as the job list shows it; `status` is NEW when it never ran, and has no documented word for stopped."""
    word = job.word(call.now, WORDS)
    if word == "STOPPED":
        word = call.switches["cdm_list_stopped"]
    still: dict[str, Any] = {
        "job_type": "NORMAL_JOB",
        "name": job.id,
        "from-connector-name": "generic-jdbc-connector",
        "to-connector-name": "hive-connector",
        "from-link-name": "mysql_link",
        "to-link-name": "hive_link",
        "creation-user": "cdm",
        "creation-date": milliseconds(job.life.created_at),
        "update-date": milliseconds(job.life.created_at),
        "is_incre_job": False,
        "flag": 0,
        "files_read": -1,
        "external_id": "",
        "execute_start_date": milliseconds(job.life.started_at),
        "delete_rows": 0,
        "enabled": True,
        "from-config-values": {"configs": []},
        "to-config-values": {"configs": []},
        "driver-config-values": {"configs": []},
    }
    return job.render(call.now, "job", still, {"status": "NEW" if word == "NEVER_EXECUTED" else word})


def show_status(call: Call) -> Response:
    return reply({"submissions": [submission(call, find_job(call))]})


def stop_job(call: Call) -> Response:
    """Stop (2.2, 2.5). Success has four documented bodies; a failure may hide in a 200."""
    job = find_job(call)
    if not job.life.is_active(call.now):
        raise not_stopped(call, "Cdm.0053", f"Job {job.id} is not running.")
    call.effect = job.life.ask_to_stop(call.now, job.life.stop_takes)
    if job.life.refuses:
        raise not_stopped(call, "Cdm.0000", "System error.")
    answer = call.switches["cdm_stop_answer"]
    if answer == "none":
        return reply(None)
    if answer == "submissions":
        return reply({"submissions": [submission(call, job, "start")]})
    if answer == "warning":
        return reply({"validation-result": [{"message": "The job is being stopped.", "status": "WARNING"}]})
    return reply({})


def not_stopped(call: Call, code: str, text: str) -> Refusal:
    if call.switches["cdm_stop_refused"] == "validation_result":
        return Refusal(200, {"validation-result": [{"message": text, "status": "ERROR"}]})
    return refused(code, text)


def start_job(call: Call) -> Response:
    job = find_job(call)
    if job.life.is_active(call.now):
        raise refused("Cdm.0052", f"Job {job.id} is running.")
    start_again(call.world, job)
    call.effect = True
    return reply({"submissions": [submission(call, job, "start")]})


def delete_job(call: Call) -> Response:
    job = find_job(call)
    if job.life.is_active(call.now):
        raise refused("Cdm.0052", f"Job {job.id} is running.")
    call.world.remove_job(job)
    call.effect = True
    return reply(None)


def show_job(call: Call) -> Response:
    job = find_job(call)
    body = {"total": call.switches["cdm_show_total"], "jobs": [job_of_list(call, job)], "page_no": 1, "page_size": 10}
    return reply(body)


def list_jobs(call: Call) -> Response:
    """``job/all``: `filter` is a part of the name, `page_no` counts from 1."""
    cluster_id = find_cluster(call)
    bad = refused("Cdm.0014", "Invalid parameter.")
    page = call.number("page_no", 1, bad, least=1)
    size = call.number("page_size", 10, bad, least=10, most=100)
    part, job_type = call.query.get("filter", ""), call.query.get("jobType", "NORMAL_JOB")
    records = [job_of_list(call, job) for job in call.world.jobs_of("cdm", call.project_id, cluster_id)]
    records = [record for record in records if part in record["name"] and record["job_type"] == job_type]
    found = call.page(records, page - 1, size, by_page=True)
    return reply({**call.total("total", records), "jobs": found, "page_no": page, "page_size": size})


def list_submissions(call: Call) -> Response:
    cluster_id = find_cluster(call)
    name = call.query.get("jname")
    if not name:
        raise refused("Cdm.0014", "Invalid parameter jname.")
    job = call.world.find_job("cdm", name, call.project_id, cluster_id)
    if job is None:
        raise unknown_job(call, name)
    return reply({"submissions": [submission(call, job)], "total": 1, "page_no": 1, "page_size": 10})


def cluster_record(cluster_id: str, name: str) -> dict[str, Any]:
    """A cluster in status 200 "normal" (2.4)."""
    return {
        "id": cluster_id,
        "name": name,
        "status": "200",
        "statusDetail": "Normal",
        "mode": "sharding",
        "isFrozen": "0",
        "actionProgress": {},
        "instances": [{"id": cluster_id, "name": name, "status": "200", "type": "cdm"}],
    }


def list_clusters(call: Call) -> Response:
    clusters = call.world.cdm_clusters.values()
    found = [one for one in clusters if call.world.same_home(one.project_id, call.project_id)]
    return reply({"clusters": [cluster_record(one.id, one.name) for one in found]})


def show_cluster(call: Call) -> Response:
    cluster = call.world.cdm_clusters[find_cluster(call)]
    return reply(cluster_record(cluster.id, cluster.name))


CLUSTERS = "/v1.1/{project_id}/clusters"
CLUSTER = CLUSTERS + "/{cluster_id}"
JOB_PATH = CLUSTER + "/cdm/job/{job_name}"

OPERATIONS = (
    Operation("GET", JOB_PATH + "/status", "cdm.job.status", show_status),
    Operation("PUT", JOB_PATH + "/stop", "cdm.job.stop", stop_job, mutating=True),
    Operation("PUT", JOB_PATH + "/start", "cdm.job.start", start_job, mutating=True),
    Operation("GET", CLUSTER + "/cdm/job/all", "cdm.job.list", list_jobs),
    Operation("GET", JOB_PATH, "cdm.job.show", show_job),
    Operation("DELETE", JOB_PATH, "cdm.job.delete", delete_job, mutating=True),
    Operation("GET", CLUSTER + "/cdm/submissions", "cdm.submission.list", list_submissions),
    Operation("GET", CLUSTERS, "cdm.cluster.list", list_clusters),
    Operation("GET", CLUSTER, "cdm.cluster.show", show_cluster),
)
KINDS = (JOB,)
