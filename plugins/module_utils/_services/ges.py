# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Graph Engine Service: the jobs of one graph, on the service plane of the graph.

Source: the GES API reference of Huawei Cloud, service plane v1.0, and management plane v2 for the address of a graph;
docs/api, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._connection import Connection
from .._endpoints import validate_url
from .._errors import Error
from .._http.responses import Response
from .._records import Record
from .base import Job, JobApi, Phase, status_phases
from .listing import Listing, Page, fetch_page, iterate_pages
from .service import LocationKind, Service

# The API reference defines no status for cancelled jobs. They are shown as failed, or are not found any more.
_PHASES = status_phases(
    active="pending waiting running", stopped_or_failed="failed", ended="success complete partiallyfailed"
)
_GRAPHS = Listing(
    path=("graphs",),
    items=("graphs",),
    id="id",
    total=("graph_count",),
    size=("limit", 100),
    start=("offset", 0),
)


class GraphJobApi(JobApi):
    """Jobs of a graph. The service plane identifies the graph by name, the management plane by id."""

    name = "ges"
    root = "ges/v1.0/{project}/graphs/{location}/jobs"
    location_option = "graph_name"
    id_key = "jobId"
    phase_if_missing = Phase.STOPPED_OR_FAILED
    not_found = re.compile(r"GES\.830[13] .*can ?not find job", re.IGNORECASE | re.DOTALL)
    # Only newer engines have this list. It has no total.
    listing = Listing(path=("status",), items=("jobs",), id="jobId", size=("limit", 1000), start=("offset", 0))

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self._address, self._network = options["graph_address"], options["graph_network"]

    def connect(self, connection: Connection, address: str | None = None) -> None:
        """Connect to the graph. If graph_address is not set, look up the address on the management plane."""
        options = connection.options.with_values({"graph_address": self._address})
        address = validate_url("graph_address", options) if self._address else None
        super().connect(connection, address)
        if not address:
            super().connect(connection, self._find_address())

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that a status or an entry of the list describes."""
        return Job.from_record(id, record.get("status"), _PHASES, record)

    def fetch_record(self, id: str) -> Record:
        """Return the status of one job, with as little of its result as possible."""
        return self.request_record(id, id, "status", params={"limit": 1})

    def stop(self, id: str) -> None:
        """Cancel one job. The API reference does not specify whether it has stopped when the response arrives."""
        self.send("DELETE", id, mutating=True)

    def _find_address(self) -> str:
        """Return scheme and host of the service plane of the graph with the exact name."""

        def send(method: str, *path: str, **how: Any) -> Response:
            return self.client.send(method, "v2", self.project, *path, **how)

        def fetch(position: int) -> Page:
            return fetch_page(send, _GRAPHS, position, {})

        graphs = {id: graph for page in iterate_pages(fetch, _GRAPHS) for id, graph in page.records.items()}
        found = {id: graph for id, graph in graphs.items() if graph.get("name") == self.location}
        if not found:
            raise Error(f"The project {self.project} has no graph {self.location}. Check graph_name and project_id.")
        if len(found) > 1:
            raise Error(f"Several graphs have the name {self.location}: {', '.join(found)}. Set graph_address.")
        (graph,) = found.values()
        host = graph.get(f"{self._network}_ip")
        if not host:
            status = graph.get("status")
            raise Error(
                f"The graph {self.location} has no {self._network} address (status {status}). Set graph_network."
            )
        return f"{'http' if graph.get('enable_https') is False else 'https'}://{host}"


_GRAPH_LOCATIONS = LocationKind(
    service="ges",
    root="v2/{project}",
    listing=_GRAPHS,
    name_key="name",
    status_key="status",
    statuses={
        "100": "preparing",
        "200": "running",
        "201": "upgrading",
        "202": "importing",
        "203": "rolling_back",
        "204": "exporting",
        "205": "clearing",
        "206": "preparing_expansion",
        "207": "expanding",
        "208": "rolling_back_expansion",
        "210": "preparing_replicas",
        "211": "adding_replicas",
        "300": "faulty",
        "303": "creation_failed",
        "400": "deleted",
        "800": "frozen",
        "900": "stopped",
        "901": "stopping",
        "920": "starting",
    },
    deleted_status="deleted",
    option="graph_name",
    option_key="name",
)
GES = Service(
    name="ges",
    kinds=(GraphJobApi,),
    select_kind=lambda options: GraphJobApi,
    id_options=("job_ids", "job_id", "id"),
    state="cancelled",
    arguments={
        "graph_name": {"type": "str", "required": True},
        "graph_address": {"type": "str"},
        "graph_network": {"type": "str", "choices": ["private", "public"], "default": "private"},
    },
    locations=_GRAPH_LOCATIONS,
)
