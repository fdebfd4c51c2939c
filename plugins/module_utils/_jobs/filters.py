# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The filters that select jobs in a list, and the check that the service applied them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import ApiError, InvalidOption
from .._services.base import Job, JobApi


def filter_parameters(kind: type[JobApi], filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the list call for filter options.

    :raises InvalidOption: the service cannot select these jobs in this way.
    """
    if not kind.listing:
        raise InvalidOption("These jobs can be listed only in a cluster: set cluster_id, or name the jobs by id.")
    known = kind.listing.filters
    for name, value in filters.items():
        if value == "":  # an empty variable must not select every job
            raise InvalidOption(f"{name} must not be empty. Omit it, or set the value to select by.")
    unknown = [name for name in filters if name not in known]
    if unknown:
        supported = f" Supported: {', '.join(known)}." if known else ""
        raise InvalidOption(f"The service cannot select these jobs by {', '.join(unknown)}.{supported}")
    for name, value in filters.items():  # a service may ignore a point in time that it does not understand
        if known[name].match in ("least", "most") and not re.fullmatch("[0-9]+", str(value)):
            raise InvalidOption(f"{name} must be a number of milliseconds since 1970, not {value}.")
    return {known[name].parameter: value for name, value in filters.items()}


def confirm_filters(service: JobApi, jobs: Iterable[Job], filters: Mapping[str, Any]) -> None:
    """Raise :class:`ApiError` if the record of a job contradicts a filter: the service ignored it."""
    known = service.listing.filters if service.listing else {}
    for job in jobs:
        for name, value in filters.items():
            if known[name].contradicts(job.record, value):
                recorded = known[name].recorded(job.record)
                raise ApiError(
                    f"The service ignored the filter {name}: it returned {job.id}, whose {name} is {recorded}. "
                    "Select the jobs by another filter or by id."
                )
