# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph Engine Service (contract, section 4): service plane on a port of its own, management plane on the main one."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from . import gateway
from .calls import Call, Operation, Plane, Refusal, reply
from .kinds import Kind
from .lives import Job
from .times import iso
from .world import Graph, new_uuid

WORDS = {
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


def hex_for(number: int) -> str:
    return new_uuid().replace("-", "")


JOB = Kind("ges", WORDS, STATES, hex_for, "graph_name")
MANAGEMENT_JOB = Kind("ges_management", WORDS, STATES, hex_for, "graph_name")

# Kinds of jobs, by the command that a job's record names (4.3) [D-38]
FOUR = ("vertex_query", "edge_query", "execute_algorithm", "create_index")
CANCELLABLE = {
    "four": FOUR,
    "five": FOUR + ("cypher_query",),
    "seven": FOUR + ("filtered_query_v2", "import_graph", "export_graph"),
}


def refused(code: str, text: str, status: int = 400, **more: Any) -> Refusal:
    return Refusal(status, {"errorMessage": text, "errorCode": code, **more})


# The service plane


def admit(call: Call) -> None:
    """The graph's own door: tokens only, its own errors, no gateway in front (4.3, 4.6)."""
    if call.operation.open:
        return
    status = call.switches["ges_auth_status"]
    token_id = call.header("x-auth-token")
    signed = call.switches["ges_authentication"] == "token_or_signature" and call.header("authorization")
    token = call.world.tokens.get(token_id or "") or call.foreign
    if token is not None and token.expires_at > call.now:
        call.user, call.token = token.user, token
    elif signed and not token_id:
        gateway.by_signature(call, call.header("authorization") or "")
    else:
        raise refused("GES.8007", "Authentication failed: the token is missing, invalid or expired.", status)
    if call.world.throttles and call.world.throttled(call.operation.meaning, call.now):
        raise Refusal(429, {"errorMessage": "Too many requests."})
    if not gateway.may_use(call, call.project_id):
        raise refused("GES.8006", "Invalid resource access, please check the project_id.", status)


def not_found(call: Call) -> Response:
    """A path that the graph does not serve; it is not behind the gateway."""
    return reply({"errorMessage": "Not Found"}, 404)


def find_graph(call: Call) -> Graph:
    name = call.params["graph_name"]
    for graph in call.world.graphs.values():
        if graph.name == name and call.world.same_home(graph.project_id, call.project_id):
            return graph
    answer = call.switches["ges_unknown_graph"]
    if answer == "404":
        raise Refusal(404, None)
    if answer == "GES.8402":
        raise refused("GES.8402", f"graph [{name}] is not found")
    raise refused("GES.8000", f"graph : {name} not exist", result="failed")


def is_gone(call: Call, job: Job) -> bool:
    return call.switches["ges_cancelled"] == "gone" and job.life.now_in(call.now) == "stopped"


def find_job(call: Call) -> Job | None:
    graph = find_graph(call)
    job = call.world.find_job("ges", call.params["job_id"], call.project_id, graph.name)
    return None if job is None or is_gone(call, job) else job


def job_status(call: Call) -> Response:
    """`offset` and `limit` page the result data."""
    job = find_job(call)
    if job is None:
        raise refused("GES.8301", "can not find job, jobId is  " + call.params["job_id"])
    bad = refused("GES.8005", "Invalid parameter.")
    offset = call.number("offset", 0, bad)
    limit = call.number("limit", 100000, bad, least=1, most=100000)
    live: dict[str, Any] = {"status": job.word(call.now, WORDS)}
    if job.life.now_in(call.now) == "finished":
        data = job.record.get("vertices", [])
        page = data[offset : offset + limit]
        outputs = {
            "data_return_size": len(page),
            "vertices": page,
            "data_offset": offset,
            "data_total_size": len(data),
        }
        live["data"] = {"outputs": outputs}
    more = {key: value for key, value in job.record.items() if key not in ("command", "vertices")}
    quote = job.quotes.get("status")
    return reply(quote if quote is not None and not job.life.changed else {**live, **more})


def list_jobs(call: Call) -> Response:
    graph = find_graph(call)
    bad = refused("GES.8005", "Invalid parameter.")
    offset = call.number("offset", 0, bad)
    limit = call.number("limit", 100000, bad, least=1, most=100000)
    jobs = [job for job in call.world.jobs_of("ges", call.project_id, graph.name) if not is_gone(call, job)]
    return reply({"jobs": [job_of_list(call, job) for job in call.page(jobs, offset, limit)], "result": "success"})


def job_of_list(call: Call, job: Job) -> dict[str, Any]:
    command = job.record.get("command", "execute_algorithm")
    url = "/ges/v1.0/{}/graphs/{}/action?action_id={}".format(job.project_id, job.place, command.replace("_", "-"))
    live = {
        "jobId": job.id,
        "status": job.word(call.now, WORDS),
        "request": {"command": command, "url": url, "body": {}},
    }
    quote = job.quotes.get("list")
    return quote if quote is not None and not job.life.changed else live


def cancel_job(call: Call) -> Response:
    cancel(call)
    return reply({})


def cancel_hyg_job(call: Call) -> Response:
    cancel(call)
    return reply({"result": "success"})


def cancel(call: Call) -> None:
    """Cancel (4.6)."""
    job = find_job(call)
    if job is None:
        raise refused("GES.8303", "can not find job to cancel, id is " + call.params["job_id"])
    if job.record.get("command", "execute_algorithm") not in CANCELLABLE[call.switches["ges_cancellable"]]:
        raise refused(call.switches["ges_unsupported"], "Unsupported Operation")
    if not job.life.is_active(call.now):
        raise refused("GES.8303", "the job has ended and cannot be cancelled, id is " + job.id)
    call.effect = job.life.ask_to_stop(call.now, job.life.stop_takes)
    if job.life.refuses:
        raise refused("GES.8303", "failed to terminate the job, id is " + job.id)


ACTIONS = {"execute-algorithm": "execute_algorithm", "import-graph": "import_graph", "export-graph": "export_graph"}


def submit_action(call: Call) -> Response:
    return submit(call, ACTIONS.get(call.query.get("action_id", "")))


def submit_vertex_query(call: Call) -> Response:
    return submit(call, "vertex_query" if call.query.get("action_id") == "query" else None)


def submit_edge_query(call: Call) -> Response:
    return submit(call, "edge_query" if call.query.get("action_id") == "query" else None)


def submit_index(call: Call) -> Response:
    return submit(call, "create_index")


def submit(call: Call, command: str | None) -> Response:
    graph = find_graph(call)
    if command is None:
        raise refused("GES.8005", "Invalid parameter action_id.")
    job = JOB.submit(call.world, call.project_id, graph.name, command=command)
    call.effect = True
    return reply({"jobId": job.id, "jobType": 1})


# The management plane. A graph is named by its id here.


def management_refused(call: Call, code: str, text: str, status: int = 400) -> Refusal:
    if call.switches["ges_management_keys"] == "errCode":
        return Refusal(status, {"errCode": code, "externalMessage": text})
    return Refusal(status, {"errorCode": code, "errorMessage": text})


def management_record(call: Call, job: Job) -> dict[str, Any]:
    """A job of the management plane (4.4), v1 form; times in UTC."""
    life = job.life
    life.now_in(call.now)
    still = {
        "jobId": job.id,
        "jobType": "GraphManagement",
        "jobName": "ImportGraph",
        "relatedGraph": job.place,
        "beginTime": iso(life.created_at),
        "jobProgress": 0,
    }
    live: dict[str, Any] = {"status": job.word(call.now, WORDS)}
    if life.ended_at is not None:
        live["endTime"] = iso(life.ended_at)
    record = job.render(call.now, "management", still, live)
    if call.switches["ges_job_name"] == "array":
        record = {**record, "jobName": [record["jobName"]]}
    return record


def v2(data: Any) -> Any:
    """The v2 form of a v1 record: the same with snake_case keys, at every depth."""
    if isinstance(data, dict):
        return {re.sub("([A-Z])", r"_\1", key).lower(): v2(value) for key, value in data.items()}
    return [v2(item) for item in data] if isinstance(data, list) else data


def list_management_jobs(call: Call) -> Response:
    count, records = management_jobs(call, "startTime", "endTime")
    return reply({"jobCount": count, "jobList": records})


def list_management_jobs_v2(call: Call) -> Response:
    count, records = management_jobs(call, "start_time", "end_time")
    return reply({"job_count": count, "job_list": [v2(record) for record in records]})


def management_jobs(call: Call, since: str, until: str) -> tuple[int, list[dict[str, Any]]]:
    """Newest first. `waiting` is the filter's word for pending [D-40]; days are yyyy-MM-dd."""
    query = call.query
    bad = management_refused(call, "GES.0001", "Parameter error.")
    offset, limit = call.number("offset", 0, bad), call.number("limit", 10, bad, least=1)
    status = {"waiting": "pending"}.get(query.get("status", ""), query.get("status"))
    records = [management_record(call, job) for job in call.world.jobs_of("ges_management", call.project_id)]
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
    job = call.world.find_job("ges_management", call.params["job_id"], call.project_id)
    if job is None:
        raise management_refused(call, "GES.7007", "The job does not exist.")
    return job


def show_management_job(call: Call) -> Response:
    return reply(management_record(call, find_management_job(call)))


def show_management_job_v2(call: Call) -> Response:
    return reply(v2(management_record(call, find_management_job(call))))


def service_address(call: Call) -> str:
    """Where the graph is served. Its port is part of the address, because it is neither 80 nor 443 here."""
    return call.world.addresses["ges_service"].partition("://")[2]


def graph_record(call: Call, graph: Graph) -> dict[str, Any]:
    """A graph (4.2), v1 form. Status 200 is running."""
    address = service_address(call)
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
        "enableHttps": call.world.addresses["ges_service"].startswith("https"),
    }


def graph_record_v2(call: Call, graph: Graph) -> dict[str, Any]:
    """A graph (4.2), v2 form."""
    more = {"product_type": "InMemory", "traffic_ip_list": [service_address(call)]}
    return {**v2(graph_record(call, graph)), **more}


def graphs_of_page(call: Call) -> tuple[int, list[Graph]]:
    bad = management_refused(call, "GES.0001", "Parameter error.")
    offset, limit = call.number("offset", 0, bad), call.number("limit", 10, bad, least=1)
    graphs = [one for one in call.world.graphs.values() if call.world.same_home(one.project_id, call.project_id)]
    return len(graphs), graphs[offset : offset + limit]


def list_graphs(call: Call) -> Response:
    count, page = graphs_of_page(call)
    return reply({"graphCount": count, "graphs": [graph_record(call, graph) for graph in page]})


def list_graphs_v2(call: Call) -> Response:
    count, page = graphs_of_page(call)
    return reply({"graph_count": count, "graphs": [graph_record_v2(call, graph) for graph in page]})


def graph_by_id(call: Call) -> Graph:
    graph = call.world.graphs.get(call.params["graph_id"])
    if graph is None or not call.world.same_home(graph.project_id, call.project_id):
        raise management_refused(call, "GES.7000", "The graph does not exist or has been deleted.")
    return graph


def show_graph(call: Call) -> Response:
    return reply({"graph": graph_record(call, graph_by_id(call))})


def show_graph_v2(call: Call) -> Response:
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
    not_found,
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
