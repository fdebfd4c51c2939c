# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The locations of jobs: clusters of MRS and CDM, queues of DLI, graphs of GES, as the services list them.

Sources: the API references of both clouds and the models of the vendor's SDKs; docs/inventory.md names them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._connection import Connection
from .._endpoints import validate_path_segment
from .._http.responses import NEVER, Response
from .._records import Record, sanitize_record
from .listing import Page, fetch_page, iterate_pages
from .service import LocationKind

Location = dict[str, Any]  # see find_locations()


def find_locations(kind: LocationKind, connection: Connection) -> list[Location]:
    """Return all locations of a service, in the order of the service.

    Each has ``service``, ``id``, ``name``, ``status`` (a word or None), ``region`` (or None), ``project_id``,
    ``target`` (the options that select its jobs) and ``details`` (the sanitized record). A queue of DLI is one location
    for each kind of jobs that it runs, because these are listed and stopped separately.

    :raises Error: the service cannot be read.
    """
    client = connection.client(kind.service, NEVER)
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
