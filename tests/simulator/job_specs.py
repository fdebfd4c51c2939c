# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job specifications: the jobs that the control API adds."""

from __future__ import annotations

import math
from typing import Any

from . import cdm, dli, ges, mrs, seeds
from .job_kinds import JobKind
from .lifecycle import STATES, Job, Lifecycle
from .store import Cluster, Graph, Store, new_uuid
from .validation import (
    Check,
    InvalidInput,
    flag,
    identifier,
    integer,
    mapping,
    one_of,
    or_null,
    seconds,
    text,
    validate,
)

KINDS: dict[str, JobKind] = {kind.service: kind for kind in mrs.KINDS + cdm.KINDS + dli.KINDS + ges.KINDS}
# The keys of a job specification: those of :class:`lifecycle.Lifecycle` and :class:`lifecycle.Job`, with times in
# seconds from now, and ``status``, which sets the status of the first state.
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
    "ends_after": or_null(seconds),
    "ends_as": one_of("finished", "failed"),
    "vanishes_after": seconds,
    "stop_takes": or_null(seconds),
    "refuses": flag,
    "ignores_stop": flag,
    "record": mapping,
}


def add_jobs(store: Store, data: Any) -> list[Job]:
    """Add the jobs of a specification.

    :param data: A JSON object with the keys of ``JOB_CHECKS``.
    :raises InvalidInput: The specification is not valid.
    """
    spec = validate(data, JOB_CHECKS, ("service",))
    kind = KINDS[spec["service"]]
    count = spec.get("count", 1)
    if "id" in spec and count > 1:
        raise InvalidInput(f"id and a count of {count} exclude each other")
    job_id = str(spec.get("id", ""))
    if job_id in store.jobs.get(kind.service, {}):
        raise InvalidInput(f"there is already a job with the id {job_id} in {kind.service}")
    if kind is dli.FLINK and job_id and not job_id.isdecimal():
        raise InvalidInput(f"id must be an integer for dli_flink, not {job_id}")
    for state in spec.get("statuses", {}):
        if state not in STATES:
            raise InvalidInput("statuses has the unknown state {}; known are {}".format(state, ", ".join(STATES)))
    project_id = spec.get("project_id", seeds.PROJECT)
    if project_id not in store.projects:
        raise InvalidInput("unknown project_id {}; known are {}".format(project_id, ", ".join(store.projects)))
    location = find_or_add_location(store, kind, spec, project_id)
    return [
        store.add_job(
            Job(
                kind.service,
                job_id or kind.next_id(store),
                project_id,
                location,
                new_lifecycle(store, kind, spec),
                dict(spec.get("record", {})),
                forced_statuses(kind, spec),
                vanishes_at=store.clock.now() + spec.get("vanishes_after", math.inf),
            )
        )
        for number in range(count)
    ]


def find_or_add_location(store: Store, kind: JobKind, spec: dict[str, Any], project_id: str) -> str:
    """Return the cluster or graph of a job. A new name adds one."""
    for key in ("cluster_id", "graph_name"):
        if key in spec and key != kind.location:
            raise InvalidInput(f"{key} has no meaning for {kind.service}")
    if not kind.location:
        return ""
    location = spec.get(kind.location, seeds.DEFAULT_LOCATIONS[kind.service])
    if kind.location == "graph_name":
        known = {graph.name: graph.project_id for graph in store.graphs.values()}
        if location not in known:
            graph = Graph(new_uuid(), location, project_id)
            store.graphs[graph.id] = graph
    else:
        clusters = store.cdm_clusters if kind is cdm.JOB else store.mrs_clusters
        known = {cluster.id: cluster.project_id for cluster in clusters.values()}
        if location not in known:
            clusters[location] = Cluster(location, "cluster_" + location[:8], project_id)
    if location in known and not store.same_project(known[location], project_id):
        raise InvalidInput(f"{kind.location} {location} belongs to another project")
    return location


def first_state(kind: JobKind, spec: dict[str, Any]) -> str:
    """Return the first state of a job.

    It is the given state, or the state of a documented status, or ``running``; with ``starts_after``, ``submitted``.
    """
    if "state" in spec:
        return spec["state"]
    if "starts_after" in spec:
        return "submitted"
    return kind.states.get(spec.get("status"), "running")


def forced_statuses(kind: JobKind, spec: dict[str, Any]) -> dict[str, Any]:
    """Return the statuses that replace the service's own, by state."""
    statuses = dict(spec.get("statuses", {}))
    if "status" in spec:
        statuses.setdefault(first_state(kind, spec), spec["status"])
    return statuses


def new_lifecycle(store: Store, kind: JobKind, spec: dict[str, Any]) -> Lifecycle:
    """Return the lifecycle of a specification."""
    now = store.clock.now()
    state = first_state(kind, spec)
    starts_after, ends_after = spec.get("starts_after"), spec.get("ends_after")
    if state == "stopping":
        raise InvalidInput("state must not be stopping: stop a running job instead")
    if starts_after is not None and state != "submitted":
        raise InvalidInput(f"starts_after has no meaning for a job that is {state}")
    if ends_after is not None and state not in ("submitted", "running"):
        raise InvalidInput(f"ends_after has no meaning for a job that is {state}")
    if ends_after is not None and starts_after is not None and ends_after < starts_after:
        raise InvalidInput("ends_after must not be less than starts_after")
    return Lifecycle(
        state,
        now,
        starts_at=None if starts_after is None else now + starts_after,
        ends_at=None if ends_after is None else now + ends_after,
        ends_as=spec.get("ends_as", "finished"),
        stop_takes=spec.get("stop_takes", 0.0),
        refuses=spec.get("refuses", False),
        ignores_stop=spec.get("ignores_stop", False),
    )
