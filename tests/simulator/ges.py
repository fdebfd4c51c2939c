# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph Engine Service (docs/api, section 4).

The service plane has its own port, the management plane is on the main port.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from . import gateway
from .job_kinds import JobKind
from .lifecycle import Job
from .routing import ApiError, Call, Operation, Plane, reply
from .store import Graph, new_uuid
from .timestamps import iso

STATUSES = {
    "new": "pending",
    "submitted": "pending",
    "running": "running",
    "finished": "success",
    "failed": "failed",
    "stopped": "failed",
}
STATES = {
    "pending": "submitted",
    "waiting": "submitted",
    "running": "running",
    "success": "finished",
    "complete": "finished",
    "partiallyFailed": "finished",
    "failed": "failed",
}


def new_hex_id(number: int) -> str:
    """Return a random id of 32 hexadecimal digits."""
    return new_uuid().replace("-", "")


JOB = JobKind("ges", STATUSES, STATES, new_hex_id, "graph_name")
MANAGEMENT_JOB = JobKind("ges_management", STATUSES, STATES, new_hex_id, "graph_name")

# The commands whose jobs can be cancelled, by edition (docs/api, section 4.3) [D-38]
COMMON_COMMANDS = ("vertex_query", "edge_query", "execute_algorithm", "create_index")
CANCELLABLE = {
    "four": COMMON_COMMANDS,
    "five": COMMON_COMMANDS + ("cypher_query",),
    "seven": COMMON_COMMANDS + ("filtered_query_v2", "import_graph", "export_graph"),
}


def api_error(code: str, text: str, status: int = 400, **more: Any) -> ApiError:
    """Return an error in the envelope of the service plane.

    :param more: Further fields of the body.
    """
    return ApiError(status, {"errorMessage": text, "errorCode": code, **more})


# The service plane (docs/api, section 4.3)


def admit(call: Call) -> None:
    """Check token, rate limit and project, as the graph itself does (docs/api, sections 4.3 and 4.6).

    The service plane is not behind the API gateway. It has its own errors.
    """
    if call.operation.open:
        return
    status = call.switches["ges_auth_status"]
    token_id = call.header("x-auth-token")
    signed = call.switches["ges_authentication"] == "token_or_signature" and call.header("authorization")
    token = call.store.tokens.get(token_id or "") or call.external_token
    if token is not None and token.expires_at > call.now:
        call.user, call.token = token.user, token
    elif signed and not token_id:
        gateway.authenticate_by_signature(call, call.header("authorization") or "")
    else:
        raise api_error("GES.8007", "Authentication failed: the token is missing, invalid or expired.", status)
    if call.store.throttles and call.store.exceeded_throttle(call.operation.name, call.now):
        raise ApiError(429, {"errorMessage": "Too many requests."})
    if not gateway.may_use(call, call.project_id):
        raise api_error("GES.8006", "Invalid resource access, please check the project_id.", status)


def unknown_path(call: Call) -> Response:
    """Return the response of the service plane for an unknown path."""
    return reply({"errorMessage": "Not Found"}, 404)


def find_graph(call: Call) -> Graph:
    """Return the graph in the path.

    :raises ApiError: The graph is unknown [NF-24].
    """
    name = call.params["graph_name"]
    for graph in call.store.graphs.values():
        if graph.name == name and call.store.same_project(graph.project_id, call.project_id):
            return graph
    answer = call.switches["ges_unknown_graph"]
    if answer == "404":
        raise ApiError(404, None)
    if answer == "GES.8402":
        raise api_error("GES.8402", f"graph [{name}] is not found")
    raise api_error("GES.8000", f"graph : {name} not exist", result="failed")


def is_removed(call: Call, job: Job) -> bool:
    """Return whether the graph no longer knows a cancelled job [NF-20]."""
    return call.switches["ges_cancelled"] == "gone" and job.lifecycle.state_at(call.now) == "stopped"


def find_job(call: Call) -> Job | None:
    """Return the job in the path, or None if the graph does not know it."""
    graph = find_graph(call)
    job = call.store.find_job("ges", call.params["job_id"], call.project_id, graph.name)
    return None if job is None or is_removed(call, job) else job


def job_status(call: Call) -> Response:
    """Handle ``GET jobs/{id}/status``. ``offset`` and ``limit`` select a page of the result data."""
    job = find_job(call)
    if job is None:
        raise api_error("GES.8301", "can not find job, jobId is  " + call.params["job_id"])
    invalid = api_error("GES.8005", "Invalid parameter.")
    offset = call.number("offset", 0, invalid)
    limit = call.number("limit", 100000, invalid, least=1, most=100000)
    current: dict[str, Any] = {"status": job.status_at(call.now, STATUSES)}
    if job.lifecycle.state_at(call.now) == "finished":
        data = job.record.get("vertices", [])
        page = data[offset : offset + limit]
        outputs = {
            "data_return_size": len(page),
            "vertices": page,
            "data_offset": offset,
            "data_total_size": len(data),
        }
        current["data"] = {"outputs": outputs}
    more = {key: value for key, value in job.record.items() if key not in ("command", "vertices")}
    return reply(job.documented_record("status") or {**current, **more})


def list_jobs(call: Call) -> Response:
    """Handle ``GET jobs/status``, the list of jobs."""
    graph = find_graph(call)
    invalid = api_error("GES.8005", "Invalid parameter.")
    offset = call.number("offset", 0, invalid)
    limit = call.number("limit", 100000, invalid, least=1, most=100000)
    jobs = [job for job in call.store.jobs_of("ges", call.project_id, graph.name) if not is_removed(call, job)]
    return reply({"jobs": [list_record(call, job) for job in call.page(jobs, offset, limit)], "result": "success"})


def list_record(call: Call, job: Job) -> dict[str, Any]:
    """Return a job as the job list shows it."""
    command = job.record.get("command", "execute_algorithm")
    url = "/ges/v1.0/{}/graphs/{}/action?action_id={}".format(job.project_id, job.location, command.replace("_", "-"))
    current = {
        "jobId": job.id,
        "status": job.status_at(call.now, STATUSES),
        "request": {"command": command, "url": url, "body": {}},
    }
    return job.documented_record("list") or current


def cancel_job(call: Call) -> Response:
    """Handle ``DELETE jobs/{id}`` of a graph."""
    cancel(call)
    return reply({})


def cancel_hyg_job(call: Call) -> Response:
    """Handle ``DELETE jobs/{id}`` of the HyG engine."""
    cancel(call)
    return reply({"result": "success"})


def cancel(call: Call) -> None:
    """Cancel the job in the path (docs/api, section 4.6).

    :raises ApiError: The job is unknown, has ended, or cannot be cancelled.
    """
    job = find_job(call)
    if job is None:
        raise api_error("GES.8303", "can not find job to cancel, id is " + call.params["job_id"])
    if job.record.get("command", "execute_algorithm") not in CANCELLABLE[call.switches["ges_cancellable"]]:
        raise api_error(call.switches["ges_unsupported"], "Unsupported Operation")
    if not job.lifecycle.is_active(call.now):
        raise api_error("GES.8303", "the job has ended and cannot be cancelled, id is " + job.id)
    call.effect = job.lifecycle.request_stop(call.now)
    if job.lifecycle.refuses:
        raise api_error("GES.8303", "failed to terminate the job, id is " + job.id)


ACTIONS = {"execute-algorithm": "execute_algorithm", "import-graph": "import_graph", "export-graph": "export_graph"}


def submit_action(call: Call) -> Response:
    """Handle ``POST action``."""
    return submit(call, ACTIONS.get(call.query.get("action_id", "")))


def submit_vertex_query(call: Call) -> Response:
    """Handle ``POST vertices/action``."""
    return submit(call, "vertex_query" if call.query.get("action_id") == "query" else None)


def submit_edge_query(call: Call) -> Response:
    """Handle ``POST edges/action``."""
    return submit(call, "edge_query" if call.query.get("action_id") == "query" else None)


def submit_index(call: Call) -> Response:
    """Handle ``POST indices``."""
    return submit(call, "create_index")


def submit(call: Call, command: str | None) -> Response:
    """Submit a job.

    :param command: The command of the job; None if the parameter ``action_id`` is not valid.
    """
    graph = find_graph(call)
    if command is None:
        raise api_error("GES.8005", "Invalid parameter action_id.")
    job = JOB.submit(call.store, call.project_id, graph.name, command=command)
    call.effect = True
    return reply({"jobId": job.id, "jobType": 1})


# The management plane (docs/api, sections 4.2 and 4.4). It identifies a graph by its id.


def management_error(call: Call, code: str, text: str, status: int = 400) -> ApiError:
    """Return an error in the envelope of the management plane [D-21]."""
    if call.switches["ges_management_keys"] == "errCode":
        return ApiError(status, {"errCode": code, "externalMessage": text})
    return ApiError(status, {"errorCode": code, "errorMessage": text})


def management_record(call: Call, job: Job) -> dict[str, Any]:
    """Return a management job in the form of API v1 (docs/api, section 4.4). Times are in UTC."""
    lifecycle = job.lifecycle
    lifecycle.state_at(call.now)
    fixed = {
        "jobId": job.id,
        "jobType": "GraphManagement",
        "jobName": "ImportGraph",
        "relatedGraph": job.location,
        "beginTime": iso(lifecycle.created_at),
        "jobProgress": 0,
    }
    current: dict[str, Any] = {"status": job.status_at(call.now, STATUSES)}
    if lifecycle.ended_at is not None:
        current["endTime"] = iso(lifecycle.ended_at)
    record = job.render(call.now, "management", fixed, current)
    if call.switches["ges_job_name"] == "array":
        record = {**record, "jobName": [record["jobName"]]}
    return record


def to_v2(data: Any) -> Any:
    """Return a record of API v1 in the form of API v2: the same with snake_case keys, at every depth."""
    if isinstance(data, dict):
        return {re.sub("([A-Z])", r"_\1", key).lower(): to_v2(value) for key, value in data.items()}
    return [to_v2(item) for item in data] if isinstance(data, list) else data


def list_management_jobs(call: Call) -> Response:
    """Handle ``GET graphs/jobs`` of API v1."""
    count, records = find_management_jobs(call, "startTime", "endTime")
    return reply({"jobCount": count, "jobList": records})


def list_management_jobs_v2(call: Call) -> Response:
    """Handle ``GET graphs/jobs`` of API v2."""
    count, records = find_management_jobs(call, "start_time", "end_time")
    return reply({"job_count": count, "job_list": [to_v2(record) for record in records]})


def find_management_jobs(call: Call, since: str, until: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of matching jobs, and one page of them, newest first.

    The filter value ``waiting`` selects the status ``pending`` [D-40].

    :param since: Name of the parameter with the first day, as yyyy-MM-dd.
    :param until: Name of the parameter with the last day.
    """
    query = call.query
    invalid = management_error(call, "GES.0001", "Parameter error.")
    offset, limit = call.number("offset", 0, invalid), call.number("limit", 10, invalid, least=1)
    status = {"waiting": "pending"}.get(query.get("status", ""), query.get("status"))
    records = [management_record(call, job) for job in call.store.jobs_of("ges_management", call.project_id)]
    found = [
        record
        for record in records
        if (not status or record["status"] == status)
        and (not query.get("graph_name") or record["relatedGraph"] == query["graph_name"])
        and (not query.get(since) or record["beginTime"][:10] >= query[since])
        and (not query.get(until) or record["beginTime"][:10] <= query[until])
    ]
    found.sort(key=lambda record: record["beginTime"], reverse=True)
    return len(found), found[offset : offset + limit]


def find_management_job(call: Call) -> Job:
    """Return the management job in the path."""
    job = call.store.find_job("ges_management", call.params["job_id"], call.project_id)
    if job is None:
        raise management_error(call, "GES.7007", "The job does not exist.")
    return job


def show_management_job(call: Call) -> Response:
    """Handle ``GET graphs/{graph_id}/jobs/{id}/status`` of API v1."""
    return reply(management_record(call, find_management_job(call)))


def show_management_job_v2(call: Call) -> Response:
    """Handle ``GET graphs/{graph_id}/jobs/{id}/status`` of API v2."""
    return reply(to_v2(management_record(call, find_management_job(call))))


def graph_address(call: Call) -> str:
    """Return the address of the service plane. It includes the port, because the port is neither 80 nor 443 here."""
    return call.store.base_urls["ges_service"].partition("://")[2]


def graph_record(call: Call, graph: Graph) -> dict[str, Any]:
    """Return a graph in the form of API v1 (docs/api, section 4.2). The status 200 means that it is running."""
    address = graph_address(call)
    return {
        "id": graph.id,
        "name": graph.name,
        "createdBy": "IAMUser",
        "isMultiAz": False,
        "regionCode": "eu-west-101",
        "azCode": "eu-west-101a",
        "schemaPath": "testbucket/demo_movie/schema.xml",
        "edgesetPath": "testbucket/demo_movie/edges/",
        "edgesetFormat": "csv",
        "edgesetDefaultLabel": "",
        "vertexsetPath": "testbucket/demo_movie/vertices/",
        "vertexsetFormat": "csv",
        "vertexsetDefaultLabel": "",
        "dataStoreVersion": "2.2.21",
        "sys_tags": [],
        "status": "200",
        "actionProgress": "0",
        "graphSizeTypeIndex": "1",
        "arch": "x86_64",
        "vpcId": "2d8af840-fcf8-4a4f-9ec4-0c1a5cd5b0c4",
        "subnetId": "1c0b7f94-3ef4-4c0e-8b1d-9a1b1bd31b25",
        "securityGroupId": "7e2d9f3c-7bb3-4a8d-9df1-fa4c1a2f2b1d",
        "replication": 1,
        "created": "2018-07-23T04:09:44",
        "updated": "2018-07-23T04:09:44",
        "privateIp": address,
        "publicIp": "",
        "enableHttps": call.store.base_urls["ges_service"].startswith("https"),
    }


def graph_record_v2(call: Call, graph: Graph) -> dict[str, Any]:
    """Return a graph in the form of API v2 (docs/api, section 4.2)."""
    more = {"product_type": "InMemory", "traffic_ip_list": [graph_address(call)]}
    return {**to_v2(graph_record(call, graph)), **more}


def page_of_graphs(call: Call) -> tuple[int, list[Graph]]:
    """Return the number of graphs of the project, and one page of them."""
    invalid = management_error(call, "GES.0001", "Parameter error.")
    offset, limit = call.number("offset", 0, invalid), call.number("limit", 10, invalid, least=1)
    graphs = [
        graph for graph in call.store.graphs.values() if call.store.same_project(graph.project_id, call.project_id)
    ]
    return len(graphs), graphs[offset : offset + limit]


def list_graphs(call: Call) -> Response:
    """Handle ``GET graphs`` of API v1."""
    count, page = page_of_graphs(call)
    return reply({"graphCount": count, "graphs": [graph_record(call, graph) for graph in page]})


def list_graphs_v2(call: Call) -> Response:
    """Handle ``GET graphs`` of API v2."""
    count, page = page_of_graphs(call)
    return reply({"graph_count": count, "graphs": [graph_record_v2(call, graph) for graph in page]})


def graph_by_id(call: Call) -> Graph:
    """Return the graph in the path of the management plane."""
    graph = call.store.graphs.get(call.params["graph_id"])
    if graph is None or not call.store.same_project(graph.project_id, call.project_id):
        raise management_error(call, "GES.7000", "The graph does not exist or has been deleted.")
    return graph


def show_graph(call: Call) -> Response:
    """Handle ``GET graphs/{id}`` of API v1."""
    return reply({"graph": graph_record(call, graph_by_id(call))})


def show_graph_v2(call: Call) -> Response:
    """Handle ``GET graphs/{id}`` of API v2."""
    return reply({"graph": graph_record_v2(call, graph_by_id(call))})


GRAPH = "/ges/v1.0/{project_id}/graphs/{graph_name}"
HYG = "/ges/v1.0/{project_id}/hyg/{graph_name}"

SERVICE_PLANE = Plane(
    "ges_service",
    (
        Operation("GET", GRAPH + "/jobs/{job_id}/status", "ges.job.status", job_status),
        Operation("DELETE", GRAPH + "/jobs/{job_id}", "ges.job.cancel", cancel_job, mutating=True),
        Operation("GET", GRAPH + "/jobs/status", "ges.job.list", list_jobs),
        Operation("POST", GRAPH + "/vertices/action", "ges.job.submit", submit_vertex_query, mutating=True),
        Operation("POST", GRAPH + "/edges/action", "ges.job.submit", submit_edge_query, mutating=True),
        Operation("POST", GRAPH + "/action", "ges.job.submit", submit_action, mutating=True),
        Operation("POST", GRAPH + "/indices", "ges.job.submit", submit_index, mutating=True),
        Operation("GET", HYG + "/jobs/{job_id}/status", "ges.job.status", job_status),
        Operation("DELETE", HYG + "/jobs/{job_id}", "ges.job.cancel", cancel_hyg_job, mutating=True),
    ),
    admit,
    unknown_path,
)
MANAGEMENT_OPERATIONS = (
    Operation("GET", "/v1.0/{project_id}/graphs/jobs", "ges.management.job.list", list_management_jobs),
    Operation("GET", "/v2/{project_id}/graphs/jobs", "ges.management.job.list", list_management_jobs_v2),
    Operation(
        "GET",
        "/v1.0/{project_id}/graphs/{graph_id}/jobs/{job_id}/status",
        "ges.management.job.status",
        show_management_job,
    ),
    Operation(
        "GET",
        "/v2/{project_id}/graphs/{graph_id}/jobs/{job_id}/status",
        "ges.management.job.status",
        show_management_job_v2,
    ),
    Operation("GET", "/v1.0/{project_id}/graphs", "ges.graph.list", list_graphs),
    Operation("GET", "/v1.0/{project_id}/graphs/{graph_id}", "ges.graph.show", show_graph),
    Operation("GET", "/v2/{project_id}/graphs", "ges.graph.list", list_graphs_v2),
    Operation("GET", "/v2/{project_id}/graphs/{graph_id}", "ges.graph.show", show_graph_v2),
)
KINDS = (JOB, MANAGEMENT_JOB)
