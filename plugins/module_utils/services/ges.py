# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph Engine Service: the jobs of one graph, on the graph's own service plane.

Source: the GES API reference of Huawei Cloud, service plane v1.0; management plane v2 for the graph's address.
"""

from __future__ import annotations

import re

from ..arguments import Options
from ..connection import Connection
from ..endpoints import checked_url
from ..errors import Error
from ..job import Job, Listing, Phase, Service, phases
from ..records import Record

# The status of a cancelled job is in no document, and there is no word for it: it can only be failed, or gone.
_STATUSES = phases(active="pending waiting running", halted="failed", ended="success complete partiallyfailed")


class GraphJob(Service):
    """Jobs of a graph, which the service plane knows by its name and the management plane by its id."""

    name = "ges"
    path = "ges/v1.0/{project}/graphs/{place}/jobs"
    place_option = "graph_name"
    gone = Phase.HALTED
    unknown_job = re.compile(r"GES\.830[13] .*can ?not find job", re.IGNORECASE | re.DOTALL)
    # only newer engines have it, and it tells no total
    listing = Listing(path=("status",), jobs=("jobs",), total=(), id="jobId", size=("limit", 1000), start=("offset", 0))

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._address = checked_url("graph_address", options) if options["graph_address"] else None
        self._network = options["graph_network"]

    def connect(self, connection: Connection, address: str | None = None) -> None:
        """Take the way to the graph, whose address is looked up on the management plane where it is not given."""
        super().connect(connection, self._address)
        if not self._address:
            super().connect(connection, self._find_address())

    def job(self, id: str, record: Record) -> Job:
        """A job out of its status, or out of the list."""
        return Job.from_record(id, record.get("status"), _STATUSES, record)

    def get(self, id: str) -> Job:
        """Read one job's status, and as little of its result as can be asked for."""
        return self.job(id, self.send("GET", id, "status", params={"limit": 1}).record())

    def stop(self, id: str) -> None:
        """Cancel one job. Whether it has stopped when the answer comes is not documented."""
        self.send("DELETE", id, mutates=True)

    def _find_address(self) -> str:
        """Scheme and host of the graph's service plane, by the graph's exact name."""
        graphs: dict[str, Record] = {}
        known = -1
        while known < len(graphs):  # until a page brings none that is new: how many it may hold is not documented
            known = len(graphs)
            answer = self.client.send("GET", "v2", self.project, "graphs", params={"offset": known, "limit": 100})
            page = answer.record().get("graphs")
            if not isinstance(page, list):
                raise answer.error("the answer has no graphs")
            graphs.update((str(graph.get("id")), graph) for graph in page if isinstance(graph, dict))
        found = [graph for graph in graphs.values() if graph.get("name") == self.place]
        if len(found) != 1:
            ids = ", ".join(str(graph["id"]) for graph in found)
            problem = f"more than one graph has the name {self.place}: {ids}" if found else f"no graph {self.place}"
            raise Error(f"{problem} in project {self.project}; graph_address can say where the graph is")
        host = found[0].get(f"{self._network}_ip")
        if not host:
            status = found[0].get("status")
            raise Error(f"the graph {self.place} has no {self._network} address (status {status}); see graph_network")
        return f"{'http' if found[0].get('enable_https') is False else 'https'}://{host}"


service_for = GraphJob
