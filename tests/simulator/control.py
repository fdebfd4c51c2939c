# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API under ``/_control`` on the main port. It needs no authentication.

It adds jobs, sets switches, injects faults, and returns the journal and the actual history of each job.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import seeds
from .job_specs import KINDS, add_jobs
from .lifecycle import Job
from .store import Fault, Store, Throttle
from .switches import SWITCHES
from .validation import Check, InvalidInput, anything, integer, mapping, one_of, or_null, seconds, text, validate

# The keys of a fault (:class:`store.Fault`).
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


class Control:
    """The handlers of the control API. Each returns a response or the contents of one."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> tuple[Route, ...]:
        """Return the routes of the control API."""
        return (
            self._route("GET", "/ready", self.ready),
            self._route("GET", "/journal", self.read_journal),
            self._route("DELETE", "/journal", self.clear_journal),
            self._route("GET", "/switches", self.read_switches),
            self._route("PUT", "/switches", self.set_switches),
            self._route("POST", "/jobs", self.seed_jobs),
            self._route("GET", "/jobs/{service}", self.list_truths),
            self._route("GET", "/jobs/{service}/{id:segment}", self.show_truth),
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
            except InvalidInput as error:
                return JSONResponse({"error": str(error)}, 422)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return Route("/_control" + path, endpoint, methods=[method])

    async def _unknown(self, request: Request) -> Response:
        return JSONResponse({"error": f"no such control call: {request.method} {request.url.path}"}, 404)

    def ready(self, request: Request, body: Any) -> Any:
        """Return the contents of the READY line."""
        return ready(self.store)

    def read_journal(self, request: Request, body: Any) -> Any:
        """Return the requests in the journal."""
        wanted = request.query_params.get("mutating")
        if wanted not in (None, "true", "false"):
            raise InvalidInput(f"mutating must be true or false, not {wanted}")
        return {"requests": self.store.journal.read(None if wanted is None else wanted == "true")}

    def clear_journal(self, request: Request, body: Any) -> Any:
        """Clear the journal."""
        self.store.journal.clear()
        return {}

    def read_switches(self, request: Request, body: Any) -> Any:
        """Return all switches."""
        return {
            name: {"value": self.store.switches[name], "choices": switch.choices, "about": switch.about}
            for name, switch in SWITCHES.items()
        }

    def set_switches(self, request: Request, body: Any) -> Any:
        """Set switches; if one value is not valid, none is set."""
        if not isinstance(body, dict):
            raise InvalidInput("the body must be a JSON object")
        for name, value in body.items():
            if name not in SWITCHES:
                raise InvalidInput("unknown switch {}; known are {}".format(name, ", ".join(SWITCHES)))
            switch = SWITCHES[name]
            if not switch.accepts(value):
                choices = switch.choices if isinstance(switch.choices, str) else json.dumps(switch.choices)
                raise InvalidInput(f"{name} must be one of {choices}, not {json.dumps(value)}")
        self.store.switches.update(body)
        return self.read_switches(request, None)

    def seed_jobs(self, request: Request, body: Any) -> Any:
        """Add jobs."""
        return JSONResponse({"jobs": [self._summary(job) for job in add_jobs(self.store, body)]}, 201)

    def show_truth(self, request: Request, body: Any) -> Any:
        """Return the actual history of one job."""
        service, job_id = request.path_params["service"], request.path_params["id"]
        job = self.store.jobs.get(service, {}).get(job_id)
        if job is None:
            return JSONResponse({"error": f"no job {job_id} in {service}"}, 404)
        return self._truth(job)

    def list_truths(self, request: Request, body: Any) -> Any:
        """Return the actual history of all jobs of a service, by id."""
        return {id: self._truth(job) for id, job in self.store.jobs.get(request.path_params["service"], {}).items()}

    def _truth(self, job: Job) -> dict[str, Any]:
        summary = self._summary(job)
        del summary["service"]
        return {
            **summary,
            "state": job.lifecycle.state,
            "stopped_by_us": job.lifecycle.stopped_by_us,
            "vanished": self.store.clock.now() >= job.vanishes_at,
            "history": job.lifecycle.event_records(),
        }

    def _summary(self, job: Job) -> dict[str, Any]:
        status = job.status_at(self.store.clock.now(), KINDS[job.service].current_statuses(self.store))
        return {"service": job.service, "id": int(job.id) if job.service == "dli_flink" else job.id, "status": status}

    def add_fault(self, request: Request, body: Any) -> Any:
        """Add a fault."""
        spec = validate(body, FAULT_CHECKS, ("meaning", "kind"))
        if spec["kind"] == "redirect" and "location" not in spec:
            raise InvalidInput("location is missing")
        if spec["kind"] in ("delay", "advance_before", "advance_after") and "seconds" not in spec:
            raise InvalidInput("seconds is missing")
        for name, value in spec.get("headers", {}).items():
            if not isinstance(value, str):
                raise InvalidInput(f"headers must have strings as values, not {json.dumps(value)} for {name}")
        if spec["kind"] == "body":
            spec.setdefault("status", 200)
        self.store.faults.append(Fault(**spec))
        return JSONResponse({"faults": len(self.store.faults)}, 201)

    def clear_faults(self, request: Request, body: Any) -> Any:
        """Remove all faults."""
        self.store.faults.clear()
        return {}

    def set_throttle(self, request: Request, body: Any) -> Any:
        """Set the rate limit of an operation, or remove it if ``limit`` is null."""
        checks = {"meaning": text, "limit": or_null(integer(0, 1000000)), "window": or_null(seconds)}
        spec = validate(body, checks, ("meaning", "limit"))
        if spec["limit"] is None:
            self.store.throttles.pop(spec["meaning"], None)
            return {}
        window = spec.get("window")
        if not window:
            raise InvalidInput("window must be a number of seconds, more than 0")
        self.store.throttles[spec["meaning"]] = Throttle(spec["limit"], window)
        return {}

    def expire_tokens(self, request: Request, body: Any) -> Any:
        """Let all tokens expire."""
        for token in self.store.tokens.values():
            token.expires_at = self.store.clock.now()
        return {"expired": len(self.store.tokens)}

    def revoke_tokens(self, request: Request, body: Any) -> Any:
        """Remove all tokens."""
        count = len(self.store.tokens)
        self.store.tokens.clear()
        return {"revoked": count}

    def advance_clock(self, request: Request, body: Any) -> Any:
        """Move the clock forward."""
        self.store.clock.ahead += validate(body, {"advance": seconds}, ("advance",))["advance"]
        return {"now": self.store.clock.now(), "ahead": self.store.clock.ahead}

    def set_latency(self, request: Request, body: Any) -> Any:
        """Set the latency of service calls."""
        self.store.latency = validate(body, {"seconds": seconds}, ("seconds",))["seconds"]
        return {"seconds": self.store.latency}

    def reset(self, request: Request, body: Any) -> Any:
        """Restore the initial contents and settings."""
        self.store.clear()
        seeds.fill(self.store)
        return {}


def ready(store: Store) -> dict[str, Any]:
    """Return the contents of the READY line."""
    credentials = {field.name: getattr(store.credentials, field.name) for field in fields(store.credentials)}
    return {**store.base_urls, **credentials, **seeds.ACCOUNTS, "examples": seeds.EXAMPLES}
