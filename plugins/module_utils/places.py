# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where jobs run: clusters of MRS and CDM, queues of DLI, graphs of GES, as the services list them.

Source: the API references of both clouds and the models of the vendor's SDKs; docs/inventory.md says which.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .arguments import Options
from .client import Budget, Client
from .connection import Connection
from .endpoints import checked_segment
from .errors import Error, LoginFailed, Unreachable
from .reading import understood
from .records import Record, clean

Place = dict[str, Any]  # see L{Project.places}


@dataclass(frozen=True)
class _Listing:
    """How a service lists its places.

    :param places: the key under which an answer has them, and C{total} that of their number on all pages.
    :param size: the parameter for the number of places on a page, and that number. Without it one page has them all.
    :param start: the parameter for where a page begins, and its value for the first one.
    :param by_page: whether that counts pages, not places.
    :param words: what the service's codes for a status mean, where it does not say it in words.
    :param gone: the status of what is listed although it was deleted.
    """

    path: str
    places: str
    id: str
    name: str
    status: str
    params: dict[str, Any] = field(default_factory=dict)
    total: str = ""
    size: tuple[str, int] | None = None
    start: tuple[str, int] = ("", 0)
    by_page: bool = False
    words: dict[str, str] = field(default_factory=dict)
    gone: str = ""


_LISTINGS = {
    "mrs": _Listing(
        path="v1.1/{project}/cluster_infos",
        places="clusters",
        id="clusterId",
        name="clusterName",
        status="clusterState",
        total="clusterTotal",
        size=("pageSize", 1000),
        start=("currentPage", 1),
        by_page=True,
        gone="terminated",
    ),
    "cdm": _Listing(
        path="v1.1/{project}/clusters",
        places="clusters",
        id="id",
        name="name",
        status="status",
        words={
            "100": "creating",
            "200": "normal",
            "300": "failed",
            "303": "creation_failed",
            "500": "restarting",
            "800": "frozen",
            "900": "stopped",
            "910": "stopping",
            "920": "starting",
        },
    ),
    "dli": _Listing(
        path="v1.0/{project}/queues",
        places="queues",
        id="queue_name",
        name="queue_name",
        status="is_restarting",
        params={"queue_type": "all"},  # else it lists the SQL queues only
        words={"true": "restarting", "false": ""},
    ),
    "ges": _Listing(
        path="v2/{project}/graphs",
        places="graphs",
        id="id",
        name="name",
        status="status",
        total="graph_count",
        size=("limit", 100),
        start=("offset", 0),
        words={
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
        gone="deleted",
    ),
}
SERVICES = tuple(_LISTINGS)
# The kinds of jobs that a queue of DLI runs, by its type. Of other types no two documents say the same.
_KINDS = {"sql": ("sql",), "general": ("spark", "flink")}
_ALL_KINDS = ("sql", "spark", "flink")
_NO_JOB = re.compile("(?!)")


class Project(Connection):
    """The way to a project, and the places in it; see L{Connection}."""

    def places(self, service: str) -> list[Place]:
        """All places of a service, by its short name, in the service's order; raises L{Error}.

        Each has C{service}, C{id}, C{name}, C{status} (a word, or None), C{region} (or None), C{project_id},
        C{target} (what it takes to find the jobs there) and C{details} (the service's record, without secrets).
        A queue of DLI is one place for each kind of jobs that it runs: they are listed and stopped apart.
        """
        how, client = _LISTINGS[service], self.client(service, _NO_JOB)
        where = {"region": self._region(service, client), "project_id": self.auth.project_id}
        records = understood(self._records, how, client)
        return [place for record in records for place in understood(_places, service, where, record)]

    def _records(self, how: _Listing, client: Client) -> list[Record]:
        """The records on all pages of a list, until there is nothing new: a page may hold less than was asked for."""
        path = how.path.format(project=checked_segment("project_id", self.auth.project_id)).split("/")
        found: dict[str, Record] = {}
        page, known = 0, -1
        while known < len(found):
            known = len(found)
            params = dict(how.params)
            if how.size:
                parameter, first = how.start
                params.update({how.size[0]: how.size[1], parameter: first + (page if how.by_page else known)})
            answer = client.send("GET", *path, params=params)
            body = answer.record()
            if str(body.get("is_success", True)).lower() == "false":  # DLI may say within a 200 that it failed
                raise answer.error(str(body.get("message") or "the service reports a failure without a reason"))
            records, total = body.get(how.places), str(body.get(how.total))
            if not isinstance(records, list):
                raise answer.error(f"the answer has no {how.places}")
            found.update((str(each[how.id]), each) for each in records if isinstance(each, dict) and each.get(how.id))
            if not how.size or (total.isdigit() and int(total) <= len(found)):
                break
            page += 1
        return list(found.values())

    def _region(self, service: str, client: Client) -> str | None:
        """The region that was given, else that of the host; None where neither tells it."""
        told = re.match(rf"https?://{service}\.([a-z]+-[a-z0-9-]+)\.", client.base_url)
        return self._options["region"] or (told[1] if told else None)


def _places(service: str, where: dict[str, str | None], record: Record) -> list[Place]:
    """The places that a record stands for; none where it was deleted."""
    how = _LISTINGS[service]
    id = str(record[how.id])
    name, code = str(record.get(how.name) or id), str(record.get(how.status) or "")
    status = how.words.get(code.lower(), code) or None
    if status and status == how.gone:
        return []
    targets: list[dict[str, str]] = [{"graph_name": name} if service == "ges" else {"cluster_id": id}]
    if service == "dli":
        targets = [{"kind": kind} for kind in _KINDS.get(str(record.get("queue_type")), _ALL_KINDS)]
    told = {key: value for key, value in where.items() if value}
    place = {"service": service, "id": id, "name": name, "status": status, **where, "details": clean(record)}
    return [{**place, "target": {"service": service, **target, **told}} for target in targets]


def read_places(
    options: Options, services: Sequence[str], optional: bool, budget: Budget, secrets: set[str]
) -> tuple[list[Place], dict[str, Error]]:
    """The places of several services, and why some of the services have none to tell of.

    :param optional: whether some of the services may be such as are not offered here.
    :param secrets: takes what is fetched and must not be shown.
    :raises Error: see L{Connection} and L{Client.send}.
    """
    project = Project(options, budget, secrets)
    places: list[Place] = []
    absent: dict[str, Error] = {}
    for service in services:
        try:
            places += project.places(service)
        except Error as error:
            absent[service] = error
            if not optional or not _is_not_offered(error) or len(absent) == len(services):
                raise
    return places, absent


def _is_not_offered(error: Error) -> bool:
    """Whether there is no such service here, or none for this user. Trouble on the way does not say so."""
    if isinstance(error, Unreachable):
        return f"[Errno {socket.EAI_NONAME}]" in error.message  # nobody knows its host
    return error.http_status in (401, 403, 404) and not isinstance(error, LoginFailed)
