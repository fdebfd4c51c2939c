# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The description of a service, from which argument specs, listings and documentation tables are derived."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

from .._records import Record
from .base import JobApi
from .listing import Listing


class LocationKind(NamedTuple):
    """How a service describes its clusters, queues or graphs.

    :param service: the short name of the service.
    :param root: the path of the list call, with ``{project}``.
    :param statuses: the words for the status codes, if the service has codes.
    :param deleted_status: the status of objects that are listed although they are deleted.
    :param option: the option that selects the location in a target.
    :param option_key: the key of the value of that option in a record.
    :param targets: returns the suboptions of one target for each kind of jobs, if a location has several kinds.
    """

    service: str
    root: str
    listing: Listing
    name_key: str
    status_key: str
    statuses: Mapping[str, str] = MappingProxyType({})
    deleted_status: str = ""
    option: str = "cluster_id"
    option_key: str = ""
    targets: Callable[[Record], list[dict[str, Any]]] | None = None


class Service(NamedTuple):
    """One service.

    :param name: the short name.
    :param kinds: its kinds of jobs.
    :param select_kind: returns the kind that the options of a task name.
    :param id_options: the option that names the jobs, and its aliases.
    :param state: the only value of the option ``state``, in the word of the service.
    :param arguments: the argument spec of the options that select the location and the kind of the jobs.
    :param locations: how the service describes its clusters, queues or graphs.
    """

    name: str
    kinds: tuple[type[JobApi], ...]
    select_kind: Callable[[Mapping[str, Any]], type[JobApi]]
    id_options: tuple[str, ...]
    state: str
    arguments: Mapping[str, Mapping[str, Any]]
    locations: LocationKind

    @property
    def filters(self) -> tuple[str, ...]:
        """The filter options of all kinds of jobs."""
        listings = [kind.listing for kind in self.kinds if kind.listing]
        return tuple(dict.fromkeys(name for listing in listings for name in listing.filters))
