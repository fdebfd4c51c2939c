# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Data Migration (docs/api, section 2)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .job_kinds import JobKind, start_again
from .lifecycle import Job
from .routing import ApiError, Call, Operation, reply
from .timestamps import milliseconds

# status of a submission (docs/api, section 2.4)
STATUSES = {
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
JOB = JobKind("cdm", STATUSES, STATES, lambda number: f"job_{number}", "cluster_id")

COUNTERS = "org.apache.sqoop.submission.counter.SqoopCounters"


def api_error(code: str, text: str, status: int = 400) -> ApiError:
    """Return an error in the envelope of CDM."""
    return ApiError(status, {"errCode": code, "externalMessage": text})


def find_cluster(call: Call) -> str:
    """Return the id of the cluster in the path.

    :raises ApiError: The cluster is unknown [NF-10].
    """
    cluster = call.store.cdm_clusters.get(call.params["cluster_id"])
    if cluster is None or not call.store.same_project(cluster.project_id, call.project_id):
        raise api_error(call.switches["cdm_unknown_cluster"], "The cluster does not exist or you have no permission.")
    return cluster.id


def find_job(call: Call) -> Job:
    """Return the job in the path.

    :raises ApiError: The cluster or the job is unknown.
    """
    cluster_id = find_cluster(call)
    name = call.params["job_name"]
    job = call.store.find_job("cdm", name, call.project_id, cluster_id)
    if job is None:
        raise unknown_job(call, name)
    return job


def unknown_job(call: Call, name: str) -> ApiError:
    """Return the error for an unknown job [D-26]."""
    code = call.switches["cdm_unknown_job"]
    text = "Job[{0}] doesn't exist." if code == "Cdm.0100" else "Job {0} does not exist."
    return api_error(code, text.format(name), call.switches["cdm_unknown_job_status"])


def submission(call: Call, job: Job, shape: str = "submission") -> dict[str, Any]:
    """Return a submission (docs/api, section 2.3).

    :param shape: ``submission`` in the status and in the history, ``start`` in the responses of start and stop.
    """
    lifecycle, switches = job.lifecycle, call.switches
    state = lifecycle.state_at(call.now)
    changed = milliseconds(lifecycle.history[-1].at)
    dates = {"creation-date": milliseconds(lifecycle.created_at), "execute-date": milliseconds(lifecycle.created_at)}
    fixed: dict[str, Any] = {
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
    current: dict[str, Any] = {
        "status": job.status_at(call.now, STATUSES),
        "progress": -1 if state == "failed" else 100 if state == "finished" else 0,
        "last-update-date": changed,
    }
    if shape == "submission":
        current["external-id"] = "job_local1127970451_0009"
        if state == "finished":
            current["counters"] = {COUNTERS: {"BYTES_WRITTEN": -1, "ROWS_READ": 80, "ROWS_WRITTEN": 80}}
        elif state == "failed":
            current["error-summary"] = "The job failed."
            current["error-details"] = "The job failed."
    record = job.render(call.now, shape, fixed, current)
    if switches["cdm_dates"] == "strings":
        record = {key: str(value) if key.endswith("-date") else value for key, value in record.items()}
    return record


def list_record(call: Call, job: Job) -> dict[str, Any]:
    """Return a job as the job list shows it.

    The list shows NEW for a job that never ran, and has no documented status for a stopped job [D-25].
    """
    status = job.status_at(call.now, STATUSES)
    if status == "STOPPED":
        status = call.switches["cdm_list_stopped"]
    fixed: dict[str, Any] = {
        "job_type": "NORMAL_JOB",
        "name": job.id,
        "from-connector-name": "generic-jdbc-connector",
        "to-connector-name": "hive-connector",
        "from-link-name": "mysql_link",
        "to-link-name": "hive_link",
        "creation-user": "cdm",
        "creation-date": milliseconds(job.lifecycle.created_at),
        "update-date": milliseconds(job.lifecycle.created_at),
        "is_incre_job": False,
        "flag": 0,
        "files_read": -1,
        "external_id": "",
        "execute_start_date": milliseconds(job.lifecycle.started_at),
        "delete_rows": 0,
        "enabled": True,
        "from-config-values": {"configs": []},
        "to-config-values": {"configs": []},
        "driver-config-values": {"configs": []},
    }
    return job.render(call.now, "job", fixed, {"status": "NEW" if status == "NEVER_EXECUTED" else status})


def show_status(call: Call) -> Response:
    """Handle ``GET job/{name}/status``."""
    return reply({"submissions": [submission(call, find_job(call))]})


def stop_job(call: Call) -> Response:
    """Handle ``PUT job/{name}/stop`` (docs/api, sections 2.2 and 2.5).

    By default, the response has the submission, as in the example of the documents. A switch sets the other documented
    bodies [D-13]. The response with the HTTP status 200 may contain an error.
    """
    job = find_job(call)
    if not job.lifecycle.is_active(call.now):
        raise stop_error(call, "Cdm.0053", f"Job {job.id} is not running.")
    call.effect = job.lifecycle.request_stop(call.now)
    if job.lifecycle.refuses:
        raise stop_error(call, "Cdm.0000", "System error.")
    answer = call.switches["cdm_stop_answer"]
    if answer == "none":
        return reply(None)
    if answer == "submissions":
        return reply({"submissions": [submission(call, job, "start")]})
    if answer == "warning":
        return reply({"validation-result": [{"message": "The job is being stopped.", "status": "WARNING"}]})
    return reply({})


def stop_error(call: Call, code: str, text: str) -> ApiError:
    """Return the error of a stop, with a code or inside a response with the HTTP status 200 [D-13]."""
    if call.switches["cdm_stop_refused"] == "validation_result":
        return ApiError(200, {"validation-result": [{"message": text, "status": "ERROR"}]})
    return api_error(code, text)


def start_job(call: Call) -> Response:
    """Handle ``PUT job/{name}/start``."""
    job = find_job(call)
    if job.lifecycle.is_active(call.now):
        raise api_error("Cdm.0052", f"Job {job.id} is running.")
    start_again(call.store, job)
    call.effect = True
    return reply({"submissions": [submission(call, job, "start")]})


def delete_job(call: Call) -> Response:
    """Handle ``DELETE job/{name}``."""
    job = find_job(call)
    if job.lifecycle.is_active(call.now):
        raise api_error("Cdm.0052", f"Job {job.id} is running.")
    call.store.remove_job(job)
    call.effect = True
    return reply(None)


def show_job(call: Call) -> Response:
    """Handle ``GET job/{name}``."""
    job = find_job(call)
    body = {"total": call.switches["cdm_show_total"], "jobs": [list_record(call, job)], "page_no": 1, "page_size": 10}
    return reply(body)


def list_jobs(call: Call) -> Response:
    """Handle ``GET job/all``. ``filter`` is a part of the name, ``page_no`` counts from 1."""
    cluster_id = find_cluster(call)
    invalid = api_error("Cdm.0014", "Invalid parameter.")
    page = call.number("page_no", 1, invalid, least=1)
    size = call.number("page_size", 10, invalid, least=10, most=100)
    part, job_type = call.query.get("filter", ""), call.query.get("jobType", "NORMAL_JOB")
    records = [list_record(call, job) for job in call.store.jobs_of("cdm", call.project_id, cluster_id)]
    records = [record for record in records if part in record["name"] and record["job_type"] == job_type]
    found = call.page(records, page - 1, size, by_page=True)
    return reply({**call.total("total", records), "jobs": found, "page_no": page, "page_size": size})


def list_submissions(call: Call) -> Response:
    """Handle ``GET submissions``, the history of one job."""
    cluster_id = find_cluster(call)
    name = call.query.get("jname")
    if not name:
        raise api_error("Cdm.0014", "Invalid parameter jname.")
    job = call.store.find_job("cdm", name, call.project_id, cluster_id)
    if job is None:
        raise unknown_job(call, name)
    return reply({"submissions": [submission(call, job)], "total": 1, "page_no": 1, "page_size": 10})


def cluster_record(cluster_id: str, name: str) -> dict[str, Any]:
    """Return the record of a cluster. Its status 200 is "normal" (docs/api, section 2.4)."""
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
    """Handle ``GET clusters``."""
    clusters = call.store.cdm_clusters.values()
    found = [cluster for cluster in clusters if call.store.same_project(cluster.project_id, call.project_id)]
    return reply({"clusters": [cluster_record(cluster.id, cluster.name) for cluster in found]})


def show_cluster(call: Call) -> Response:
    """Handle ``GET clusters/{id}``."""
    cluster = call.store.cdm_clusters[find_cluster(call)]
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
