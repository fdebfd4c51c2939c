# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The locations of jobs: clusters of MRS and CDM, queues of DLI, graphs of GES, as the services list them.

Sources: the API references of both clouds and the models of the vendor's SDKs; docs/inventory.md names them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .._connection import Connection
from .._endpoints import validate_path_segment
from .._http.responses import MATCH_NOTHING, Response
from .._records import Record, sanitize_record
from .listing import Page, fetch_page, iterate_pages
from .service import LocationKind

Location = dict[str, Any]  # see find_locations()
_CHECKSUM_LENGTH = 12  # hexadecimal digits
_CHECKSUM_LEVEL = 2  # see _host()


def find_locations(kind: LocationKind, connection: Connection) -> list[Location]:
    """Return all locations of a service, in the order of the service.

    Each has ``service``, ``id``, ``name``, ``status`` (a word or None), ``region`` (or None), ``project_id``,
    ``target`` (the suboptions of a target of the module ``data_jobs``, without conditions for the jobs) and ``details``
    (the sanitized record). A queue of DLI is one location for each kind of jobs that it runs, because these are listed
    and stopped separately.

    :raises Error: the service cannot be read.
    """
    client = connection.client(kind.service, MATCH_NOTHING)
    project = validate_path_segment("project_id", connection.authenticator.project_id)
    root = kind.root.format(project=project).split("/")

    def send(method: str, *path: str, **how: Any) -> Response:
        return client.send(method, *root, *path, **how)

    def fetch(position: int) -> Page:
        return fetch_page(send, kind.listing, position, {})

    host = re.match(rf"https?://{kind.service}\.([a-z]+-[a-z0-9-]+)\.", client.base_url)
    region = connection.options["region"] or (host[1] if host else None)
    records = {id: record for page in iterate_pages(fetch, kind.listing) for id, record in page.records.items()}
    return [
        location
        for id, record in records.items()
        for location in _describe(kind, id, record, {"region": region, "project_id": project})
    ]


def assign_hosts(locations: Iterable[Location], prefix: str = "") -> dict[str, Location]:
    """Return the locations by host name. Each location has a name of its own.

    A host is called ``SERVICE_NAME``, a queue of DLI ``SERVICE_NAME_KIND``. If several locations have the same host
    name, all of them get their id after the name; if the id is the name, or if that is not enough, they get a checksum
    of the id. The names depend on the locations only, not on their order.

    :param prefix: the text before each host name.
    """
    remaining = list(locations)
    levels = [0] * len(remaining)
    while True:
        names = [prefix + _host(location, level) for location, level in zip(remaining, levels)]
        times = Counter(names)
        raised = [min(level + (times[name] > 1), _CHECKSUM_LEVEL) for name, level in zip(names, levels)]
        if raised == levels:
            return dict(zip(names, remaining))
        levels = raised


def _host(location: Location, level: int) -> str:
    """Return a host name for a location, more specific on a higher level."""
    name, id, kind = location["name"], location["id"], location["target"].get("kind")
    checksum = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:_CHECKSUM_LENGTH]
    distinctions = (None, id if id != name else checksum, checksum)
    words = (location["service"], name, distinctions[level], kind)
    return re.sub("[^A-Za-z0-9_.-]", "_", "_".join(filter(None, words)))


def _describe(kind: LocationKind, id: str, record: Record, scope: Mapping[str, str | None]) -> list[Location]:
    """Return the locations that a record describes, none if it was deleted."""
    name, code = str(record.get(kind.name_key) or id), str(record.get(kind.status_key) or "")
    status = kind.statuses.get(code.lower(), code) or None
    if status and status == kind.deleted_status:
        return []
    targets = kind.targets(record) if kind.targets else [{kind.option: str(record.get(kind.option_key) or id)}]
    known_scope = {key: value for key, value in scope.items() if value}
    details = sanitize_record(record)
    return [
        {
            "service": kind.service,
            "id": id,
            "name": name,
            "status": status,
            **scope,
            "target": {"service": kind.service, **target, **known_scope},
            "details": details,
        }
        for target in targets
    ]
