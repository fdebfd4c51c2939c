# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API: seeds jobs, sets switches, tells the journal and the truth. On the main port, open to everybody."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import cdm, dli, ges, mrs, seeds
from .calls import is_integer
from .kinds import Kind
from .lives import STATES, Job, Life
from .switches import SWITCHES
from .world import Cluster, Fault, Graph, Throttle, World, new_uuid

KINDS: dict[str, Kind] = {kind.service: kind for kind in mrs.KINDS + cdm.KINDS + dli.KINDS + ges.KINDS}
Check = Callable[[Any], str]


class Wrong(Exception):
    """Bad control input; the text says what is wrong."""


# Checks: each answers what the value must be, or "" when it is that.


def text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "a text that is not empty"


def identifier(value: Any) -> str:
    return "" if (isinstance(value, str) and value) or is_integer(value) else "a text that is not empty, or an integer"


def flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def mapping(value: Any) -> str:
    return "" if isinstance(value, dict) else "an object"


def seconds(value: Any) -> str:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return "" if good else "a number of seconds, 0 or more"


def seconds_or_null(value: Any) -> str:
    return "" if value is None else seconds(value) and "a number of seconds, 0 or more, or null"


def anything(value: Any) -> str:
    return ""


def integer(least: int, most: int) -> Check:
    def check(value: Any) -> str:
        good = is_integer(value) and least <= value <= most
        return "" if good else f"an integer from {least} to {most}"

    return check


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        return "" if value in choices else "one of " + ", ".join(choices)

    return check


def or_null(other: Check) -> Check:
    def check(value: Any) -> str:
        return "" if value is None else other(value) and other(value) + ", or null"

    return check


def checked(data: Any, checks: Mapping[str, Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The object, when all its keys are known and all its values pass."""
    if not isinstance(data, dict):
        raise Wrong("the body must be a JSON object")
    for key in required:
        if key not in data:
            raise Wrong(f"{key} is missing")
    for key, value in data.items():
        if key not in checks:
            raise Wrong("unknown key {}; known are {}".format(key, ", ".join(checks)))
        complaint = checks[key](value)
        if complaint:
            raise Wrong(f"{key} must be {complaint}, not {json.dumps(value)}")
    return data


JOB_CHECKS: dict[str, Check] = {
    "service": one_of(*KINDS),
    "id": identifier,
    "count": integer(1, 100000),
    "cluster_id": text,
    "graph_name": text,
    "project_id": text,
    "status": identifier,
    "statuses": mapping,
    "state": one_of(*STATES),
    "starts_after": seconds,
    "ends_after": seconds_or_null,
    "ends_as": one_of("finished", "failed"),
    "vanishes_after": seconds,
    "stop_takes": seconds_or_null,
    "refuses": flag,
    "ignores_stop": flag,
    "record": mapping,
}
FAULT_CHECKS: dict[str, Check] = {
    "meaning": text,
    "kind": one_of(
        "status", "body", "drop_before", "drop_after", "delay", "advance_before", "advance_after", "redirect"
    ),
    "times": or_null(integer(1, 1000000)),
    "after": integer(0, 1000000),
    "status": integer(200, 599),
    "body": anything,
    "headers": mapping,
    "content_type": text,
    "seconds": seconds,
    "location": text,
}


# Jobs


def add_jobs(world: World, data: Any) -> list[Job]:
    """The jobs that a specification asks for; see JOB_CHECKS for its keys."""
    spec = checked(data, JOB_CHECKS, ("service",))
    kind = KINDS[spec["service"]]
    count = spec.get("count", 1)
    if "id" in spec and count > 1:
        raise Wrong(f"id and a count of {count} exclude each other")
    job_id = str(spec.get("id", ""))
    if job_id in world.jobs.get(kind.service, {}):
        raise Wrong(f"there is already a job with the id {job_id} in {kind.service}")
    if kind is dli.FLINK and job_id and not job_id.isdecimal():
        raise Wrong(f"id must be an integer for dli_flink, not {job_id}")
    for state in spec.get("statuses", {}):
        if state not in STATES:
            raise Wrong("statuses has the unknown state {}; known are {}".format(state, ", ".join(STATES)))
    project_id = spec.get("project_id", world.examples["project_id"])
    if project_id not in world.projects:
        raise Wrong("unknown project_id {}; known are {}".format(project_id, ", ".join(world.projects)))
    place = find_place(world, kind, spec, project_id)
    return [
        world.add_job(
            Job(
                kind.service,
                job_id or kind.next_id(world),
                project_id,
                place,
                new_life(world, kind, spec),
                dict(spec.get("record", {})),
                forced_words(kind, spec),
                vanishes_at=world.clock.now() + spec.get("vanishes_after", math.inf),
            )
        )
        for number in range(count)
    ]


def find_place(world: World, kind: Kind, spec: dict[str, Any], project_id: str) -> str:
    """The cluster or graph of the job; it comes into being when its name is new."""
    for key in ("cluster_id", "graph_name"):
        if key in spec and key != kind.place:
            raise Wrong(f"{key} has no meaning for {kind.service}")
    if not kind.place:
        return ""
    place = spec.get(kind.place, world.examples["places"][kind.service])
    if kind.place == "graph_name":
        known = {graph.name: graph.project_id for graph in world.graphs.values()}
        if place not in known:
            graph = Graph(new_uuid(), place, project_id)
            world.graphs[graph.id] = graph
    else:
        clusters = world.cdm_clusters if kind is cdm.JOB else world.mrs_clusters
        known = {cluster.id: cluster.project_id for cluster in clusters.values()}
        if place not in known:
            clusters[place] = Cluster(place, "cluster_" + place[:8], project_id)
    if place in known and not world.same_home(known[place], project_id):
        raise Wrong(f"{kind.place} {place} belongs to another project")
    return place


def first_state(kind: Kind, spec: dict[str, Any]) -> str:
    """The state as given, else that of a documented status word, else running (submitted with starts_after)."""
    if "state" in spec:
        return spec["state"]
    if "starts_after" in spec:
        return "submitted"
    return kind.states.get(spec.get("status"), "running")


def forced_words(kind: Kind, spec: dict[str, Any]) -> dict[str, Any]:
    words = dict(spec.get("statuses", {}))
    if "status" in spec:
        words.setdefault(first_state(kind, spec), spec["status"])
    return words


def new_life(world: World, kind: Kind, spec: dict[str, Any]) -> Life:
    now = world.clock.now()
    state = first_state(kind, spec)
    starts_after, ends_after = spec.get("starts_after"), spec.get("ends_after")
    if state == "stopping":
        raise Wrong("state must be one that a job can begin with; ask a running job to stop to get stopping")
    if starts_after is not None and state != "submitted":
        raise Wrong(f"starts_after has no meaning for a job that is {state}")
    if ends_after is not None and state not in ("submitted", "running"):
        raise Wrong(f"ends_after has no meaning for a job that is {state}")
    if ends_after is not None and starts_after is not None and ends_after < starts_after:
        raise Wrong("ends_after must not be less than starts_after")
    return Life(
        state,
        now,
        starts_at=None if starts_after is None else now + starts_after,
        ends_at=None if ends_after is None else now + ends_after,
        ends_as=spec.get("ends_as", "finished"),
        stop_takes=spec.get("stop_takes", 0.0),
        refuses=spec.get("refuses", False),
        ignores_stop=spec.get("ignores_stop", False),
    )


class Control:
    """The handlers of the control API."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> tuple[Route, ...]:
        return (
            self._route("GET", "/ready", self.ready),
            self._route("GET", "/journal", self.read_journal),
            self._route("DELETE", "/journal", self.clear_journal),
            self._route("GET", "/switches", self.read_switches),
            self._route("PUT", "/switches", self.set_switches),
            self._route("POST", "/jobs", self.seed_jobs),
            self._route("GET", "/jobs/{service}", self.tell_truths),
            self._route("GET", "/jobs/{service}/{id:segment}", self.tell_truth),
            self._route("POST", "/faults", self.add_fault),
            self._route("DELETE", "/faults", self.clear_faults),
            self._route("PUT", "/throttle", self.set_throttle),
            self._route("POST", "/tokens/expire", self.expire_tokens),
            self._route("POST", "/tokens/revoke", self.revoke_tokens),
            self._route("POST", "/clock", self.advance_clock),
            self._route("PUT", "/latency", self.set_latency),
            self._route("POST", "/reset", self.reset),
            Route("/_control{rest:path}", self._unknown, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
        )

    @staticmethod
    def _route(method: str, path: str, handler: Callable[[Request, Any], Any]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError:
                return JSONResponse({"error": "the body is not valid JSON"}, 400)
            try:
                answer = handler(request, body)
            except Wrong as error:
                return JSONResponse({"error": str(error)}, 422)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return Route("/_control" + path, endpoint, methods=[method])

    async def _unknown(self, request: Request) -> Response:
        return JSONResponse({"error": f"no such control call: {request.method} {request.url.path}"}, 404)

    def ready(self, request: Request, body: Any) -> Any:
        return ready(self.world)

    def read_journal(self, request: Request, body: Any) -> Any:
        wanted = request.query_params.get("mutating")
        if wanted not in (None, "true", "false"):
            raise Wrong(f"mutating must be true or false, not {wanted}")
        return {"requests": self.world.journal.read(None if wanted is None else wanted == "true")}

    def clear_journal(self, request: Request, body: Any) -> Any:
        self.world.journal.clear()
        return {}

    def read_switches(self, request: Request, body: Any) -> Any:
        return {
            name: {"value": self.world.switches[name], "choices": switch.choices, "about": switch.about}
            for name, switch in SWITCHES.items()
        }

    def set_switches(self, request: Request, body: Any) -> Any:
        if not isinstance(body, dict):
            raise Wrong("the body must be a JSON object")
        for name, value in body.items():
            if name not in SWITCHES:
                raise Wrong("unknown switch {}; known are {}".format(name, ", ".join(SWITCHES)))
            switch = SWITCHES[name]
            if not switch.takes(value):
                choices = switch.choices if isinstance(switch.choices, str) else json.dumps(switch.choices)
                raise Wrong(f"{name} must be one of {choices}, not {json.dumps(value)}")
        self.world.switches.update(body)
        return self.read_switches(request, None)

    def seed_jobs(self, request: Request, body: Any) -> Any:
        return JSONResponse({"jobs": [self._summary(job) for job in add_jobs(self.world, body)]}, 201)

    def tell_truth(self, request: Request, body: Any) -> Any:
        service, job_id = request.path_params["service"], request.path_params["id"]
        job = self.world.jobs.get(service, {}).get(job_id)
        if job is None:
            return JSONResponse({"error": f"no job {job_id} in {service}"}, 404)
        return self._truth(job)

    def tell_truths(self, request: Request, body: Any) -> Any:
        return {id: self._truth(job) for id, job in self.world.jobs.get(request.path_params["service"], {}).items()}

    def _truth(self, job: Job) -> dict[str, Any]:
        summary = self._summary(job)
        del summary["service"]
        return {
            **summary,
            "state": job.life.state,
            "stopped_by_us": job.life.stopped_by_us,
            "vanished": self.world.clock.now() >= job.vanishes_at,
            "history": job.life.truth(),
        }

    def _summary(self, job: Job) -> dict[str, Any]:
        status = job.word(self.world.clock.now(), KINDS[job.service].words_now(self.world))
        return {"service": job.service, "id": int(job.id) if job.service == "dli_flink" else job.id, "status": status}

    def add_fault(self, request: Request, body: Any) -> Any:
        spec = checked(body, FAULT_CHECKS, ("meaning", "kind"))
        if spec["kind"] == "redirect" and "location" not in spec:
            raise Wrong("location is missing")
        if spec["kind"] in ("delay", "advance_before", "advance_after") and "seconds" not in spec:
            raise Wrong("seconds is missing")
        for name, value in spec.get("headers", {}).items():
            if not isinstance(value, str):
                raise Wrong(f"headers must hold texts, not {json.dumps(value)} for {name}")
        if spec["kind"] == "body":
            spec.setdefault("status", 200)
        self.world.faults.append(Fault(**spec))
        return JSONResponse({"faults": len(self.world.faults)}, 201)

    def clear_faults(self, request: Request, body: Any) -> Any:
        self.world.faults.clear()
        return {}

    def set_throttle(self, request: Request, body: Any) -> Any:
        checks = {"meaning": text, "limit": or_null(integer(0, 1000000)), "window": or_null(seconds)}
        spec = checked(body, checks, ("meaning", "limit"))
        if spec["limit"] is None:
            self.world.throttles.pop(spec["meaning"], None)
            return {}
        window = spec.get("window")
        if not window:
            raise Wrong("window must be a number of seconds, more than 0")
        self.world.throttles[spec["meaning"]] = Throttle(spec["limit"], window)
        return {}

    def expire_tokens(self, request: Request, body: Any) -> Any:
        for token in self.world.tokens.values():
            token.expires_at = self.world.clock.now()
        return {"expired": len(self.world.tokens)}

    def revoke_tokens(self, request: Request, body: Any) -> Any:
        count = len(self.world.tokens)
        self.world.tokens.clear()
        return {"revoked": count}

    def advance_clock(self, request: Request, body: Any) -> Any:
        self.world.clock.ahead += checked(body, {"advance": seconds}, ("advance",))["advance"]
        return {"now": self.world.clock.now(), "ahead": self.world.clock.ahead}

    def set_latency(self, request: Request, body: Any) -> Any:
        self.world.latency = checked(body, {"seconds": seconds}, ("seconds",))["seconds"]
        return {"seconds": self.world.latency}

    def reset(self, request: Request, body: Any) -> Any:
        self.world.clear()
        seeds.plant(self.world)
        return {}


def ready(world: World) -> dict[str, Any]:
    """What the READY line tells."""
    keys = {field.name: getattr(world.keys, field.name) for field in fields(world.keys)}
    examples = {name: value for name, value in world.examples.items() if name in seeds.EXAMPLES}
    return {**world.addresses, **keys, **world.examples["about"], "examples": examples}
